"""From a membership to the actor that rules and logs know."""

from __future__ import annotations

import datetime as dt

from accounts.models import Membership, MembershipQuerySet, Person
from workflows.types import Actor


def active_memberships(person: Person, on: dt.date) -> MembershipQuerySet:
    """What the person may act as on that civil day, oldest first, organisation loaded. None for a closed account."""
    memberships = Membership.objects.filter(person=person).open_on(on)
    if not person.is_active:
        memberships = memberships.none()
    return memberships.select_related("organisation", "person").order_by("starts_on", "pk")


def actor_for(membership: Membership) -> Actor:
    """A snapshot of who acts, as the event log keeps it."""
    person, organisation = membership.person, membership.organisation
    return Actor(
        role=membership.role,
        person_id=person.pk,
        membership_id=membership.pk,
        organisation_id=organisation.pk,
        organisation_kind=organisation.kind,
        name=person.full_name,
        organisation_name=organisation.name,
    )
