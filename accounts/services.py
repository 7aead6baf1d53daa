"""What changes who may act: joining, leaving, choosing, delegating. Keyword-only; services never see a request."""

from __future__ import annotations

import datetime as dt
import logging

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.actors import active_memberships
from accounts.models import Delegation, Membership, Organisation, Person
from workflows import roles

audit = logging.getLogger("accounts.audit")

# An auditor reads the whole country's files and an expert is named on a file by an agency:
# only an agency or the ministry gives these roles to its members.
NAMES_EXPERTS_AND_AUDITORS = frozenset({roles.ANSM, roles.HAS, roles.MINISTRY})


class NotYours(Exception):
    """The membership does not exist, is not open, or is not within the reach of who asks. Shown as "not found"."""


def grantable_roles(organisation: Organisation) -> tuple[str, ...]:
    """Roles its administrator may give, in the order of the workflow contract."""
    codes = roles.ROLES_BY_ORGANISATION_KIND[organisation.kind] | {roles.ORG_ADMIN}
    if organisation.kind in NAMES_EXPERTS_AND_AUDITORS:
        codes = codes | {roles.EXPERT, roles.AUDITOR}
    return tuple(code for code in roles.LABELS if code in codes)


def join_organisation(
    *,
    person: Person,
    organisation: Organisation,
    role: str,
    starts_on: dt.date,
    ends_on: dt.date | None = None,
    quality: str = "",
    speciality: str = "",
    ward: str = "",
    phone: str = "",
) -> Membership:
    """Open a membership. Raises ValidationError when the role does not fit or the same membership is already open."""
    membership = Membership(
        person=person,
        organisation=organisation,
        role=role,
        starts_on=starts_on,
        ends_on=ends_on,
        quality=quality,
        speciality=speciality,
        ward=ward,
        phone=phone,
    )
    if Membership.objects.filter(person=person, organisation=organisation, role=role, ends_on=None).exists():
        raise ValidationError(_("This person already holds this role in this organisation."), code="already_member")
    membership.full_clean(validate_constraints=False)
    membership.save()
    audit.info("membership_opened membership=%s role=%s organisation=%s", membership.pk, role, organisation.pk)
    return membership


def end_membership(*, membership: Membership, on: dt.date) -> Membership:
    """Close it: from that day the person no longer acts under it. Ending it twice changes nothing."""
    with transaction.atomic():
        locked = Membership.objects.select_for_update(of=("self",)).get(pk=membership.pk)
        if locked.ends_on is None or locked.ends_on > on:
            locked.ends_on = max(on, locked.starts_on)
            locked.save(update_fields=["ends_on"])
            audit.info("membership_ended membership=%s on=%s", locked.pk, on)
    return locked


def change_role(*, membership: Membership, role: str, on: dt.date) -> Membership:
    """End one membership and open another, so that past acts keep the role under which they were done."""
    if role == membership.role:
        return membership
    with transaction.atomic():
        end_membership(membership=membership, on=on)
        return join_organisation(
            person=membership.person,
            organisation=membership.organisation,
            role=role,
            starts_on=on,
            quality=membership.quality,
            speciality=membership.speciality,
            ward=membership.ward,
            phone=membership.phone,
        )


def choose_membership(*, person: Person, membership_id: int, on: dt.date) -> Membership:
    """The membership to act under, if it is theirs and open. Raises NotYours."""
    membership = active_memberships(person, on).filter(pk=membership_id).first()
    if membership is None:
        raise NotYours
    return membership


def member_of(*, organisation_id: int, membership_id: int) -> Membership:
    """A membership of that organisation, for its administrator. Raises NotYours for anybody else's."""
    membership = (
        Membership.objects.select_related("person", "organisation")
        .filter(pk=membership_id, organisation_id=organisation_id)
        .first()
    )
    if membership is None:
        raise NotYours
    return membership


def open_organisation(*, kind: str, name: str, email: str = "", siren: str = "", finess_et: str = "") -> Organisation:
    """A new organisation, without members. A project needs no number. Raises ValidationError for a wrong number, or
    when one of its kind bears the name already."""
    organisation = Organisation(
        kind=kind, name=" ".join(name.split()), email=email.strip(), siren=siren.strip(), finess_et=finess_et.strip()
    )
    if Organisation.objects.filter(kind=kind, name__iexact=organisation.name).exists():
        message = _("An organisation of this kind bears this name already: its administrator invites people.")
        raise ValidationError({"name": ValidationError(message, code="known")})
    organisation.full_clean()
    organisation.save()
    audit.info("organisation_opened organisation=%s kind=%s", organisation.pk, kind)
    return organisation


def invite(
    *,
    organisation: Organisation,
    email: str,
    first_name: str,
    last_name: str,
    role: str,
    on: dt.date,
    language: str = Person.Language.FRENCH,
    quality: str = "",
) -> Membership:
    """Open a membership for that address, with an account nobody can sign in to until a password is set.

    Somebody who already has an account keeps their name: an administrator does not rename people of elsewhere.
    Raises ValidationError for a role this organisation's administrator may not give.
    """
    if role not in grantable_roles(organisation):
        raise ValidationError({"role": ValidationError(_("You cannot give this role."), code="role")})
    with transaction.atomic():
        person = Person.objects.filter(email=email.strip().lower()).first()
        if person is None:
            person = Person.objects.create_user(email, first_name=first_name, last_name=last_name, language=language)
        return join_organisation(person=person, organisation=organisation, role=role, starts_on=on, quality=quality)


def delegate_signature(
    *,
    membership: Membership,
    delegator_name: str,
    delegator_title: str,
    reference: str,
    procedures: list[str],
    starts_on: dt.date,
    ends_on: dt.date | None = None,
) -> Delegation:
    """Let that member sign for their body on these procedures. Raises ValidationError when it makes no sense."""
    delegation = Delegation(
        membership=membership,
        delegator_name=delegator_name,
        delegator_title=delegator_title,
        reference=reference,
        procedures=sorted(set(procedures)),
        starts_on=starts_on,
        ends_on=ends_on,
    )
    delegation.full_clean()
    delegation.save()
    audit.info("signature_delegated delegation=%s membership=%s", delegation.pk, membership.pk)
    return delegation
