"""What a member of an agency reads in the summary of the day: numbers and links, never a patient nor a product."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass
from typing import Final

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.actors import active_memberships, actor_for
from accounts.models import Person
from dossiers.models import Dossier, InformationRequest, Obligation, Title
from dossiers.models.title import LIVING, continuing
from dossiers.paths import EXPIRING, FILING_MEETINGS, OBLIGATIONS, worklist_path
from dossiers.policy import titles_visible_to, visible_to
from dossiers.queries.awaited import awaiting, excused_from_ansm
from dossiers.queries.expiring import somebody_may_renew
from dossiers.queries.filing_meetings import waiting_for_has
from dossiers.queries.lists import dossiers_in
from notifications.rendering import absolute
from workflows.dates import civil_date
from workflows.roles import (
    ANSM_ASSESSOR,
    ANSM_SIGNATORY,
    ANSM_STAFF,
    ANSM_TRIAGE,
    CT_SECRETARY,
    HAS_COLLEGE,
    HAS_OFFICER,
    HAS_STAFF,
)
from workflows.types import Actor, Text

ENDING_DAYS: Final = 30
ORPHAN_DAYS: Final = 60
"""Where nobody may ask for a renewal, a role must first be given."""


@dataclass(frozen=True)
class Line:
    """`number` of something, and the page that lists it."""

    label: Text
    number: int
    link: str


LABELS: Final[dict[str, Text]] = {
    "mine": _("Files you are in charge of that wait for you"),
    "unassigned": _("Files that nobody has taken up"),
    "to_sign": _("Proposals to sign"),
    "opinions": _("Early accesses on which your opinion is awaited"),
    "completeness": _("Filed requests to check for completeness"),
    "filing_meetings": _("Pre-filing meetings that wait for an answer, an hour or their minutes"),
    "committee": _("Requests that wait for the Transparency Committee"),
    "college": _("Requests that the College may decide"),
    "late": _("Files whose target date has passed"),
    "due_soon": _("Files whose delay ends within 14 days, or has ended"),
    "questions": _("Questions left without an answer after their date"),
    "obligations": _("Obligations that are late"),
    "ending": _("Authorisations that end within 30 days, without a renewal sent"),
    "orphans": _("Authorisations that end within 60 days, of an organisation where nobody may renew them: call it"),
}
OF_ROLES: Final = {
    "mine": {ANSM_ASSESSOR, HAS_OFFICER},
    "unassigned": {ANSM_TRIAGE, ANSM_ASSESSOR},
    "to_sign": {ANSM_SIGNATORY},
    "opinions": {ANSM_ASSESSOR},
    "completeness": {HAS_OFFICER},
    "committee": {CT_SECRETARY},
    "college": {HAS_COLLEGE},
    "late": ANSM_STAFF,
    "due_soon": HAS_STAFF,
}
"""Lines that are for some roles only."""


def digest_of(person: Person, at: dt.datetime) -> list[Line]:
    """The lines that have something to say, under every role the person holds at an agency that day. Empty when nothing
    waits, or when they have left."""
    held = active_memberships(person, civil_date(at)).filter(role__in=ANSM_STAFF | HAS_STAFF)
    found: Counter[str] = Counter()
    for membership in held:
        actor = actor_for(membership)
        own = _numbers(actor, at)
        # One leads a file under one membership; the other lists are the agency's, the same under each.
        mine = found["mine"] + own["mine"]
        found |= own
        found["mine"] = mine
    return [Line(LABELS[name], found[name], absolute(_path(name))) for name in LABELS if found[name]]


def _path(name: str) -> str:
    elsewhere = {
        "ending": EXPIRING,
        "orphans": EXPIRING,
        "obligations": OBLIGATIONS,
        "filing_meetings": FILING_MEETINGS,
        "questions": worklist_path("waiting"),
    }
    return elsewhere.get(name, worklist_path(name))


def _numbers(actor: Actor, at: dt.datetime) -> Counter[str]:
    on = civil_date(at)
    excused = excused_from_ansm()
    lists = {name: dossiers_in(name, actor, at, excused) for name, held in OF_ROLES.items() if actor.role in held}
    if "mine" in lists:
        lists["mine"] = lists["mine"].filter(awaiting(actor.role, on, excused))
    unanswered = InformationRequest.objects.filter(closed_at=None, reply_by__lt=on, dossier__in=visible_to(actor))
    obligations = Obligation.objects.filter(state="open", due_on__lt=on, title__in=titles_visible_to(actor))
    return Counter(
        {
            **{name: files.count() for name, files in lists.items()},
            "questions": unanswered.count(),
            "obligations": obligations.count(),
            # The officers of HAS answer for both agencies.
            "filing_meetings": waiting_for_has(actor, on).count() if actor.role == HAS_OFFICER else 0,
            "ending": _ending(actor, on, ENDING_DAYS).count(),
            "orphans": _ending(actor, on, ORPHAN_DAYS).exclude(somebody_may_renew(on)).count(),
        }
    )


def _ending(actor: Actor, on: dt.date, days: int) -> QuerySet[Title]:
    """Within `days`. As `services.reminders` understands it: neither continued nor asked to be."""
    renewal = Dossier.objects.filter(
        parent_title=OuterRef("pk"), kind="renewal", filed_at__isnull=False, decided_at=None
    )
    successor = continuing(OuterRef("chain"), OuterRef("renewal_rank"))
    soon = (on, on + dt.timedelta(days=days))
    return titles_visible_to(actor).filter(~Exists(renewal), ~Exists(successor), LIVING, ends_on__range=soon)
