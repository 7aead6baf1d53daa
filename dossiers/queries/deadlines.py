"""The days by which somebody must have acted, for their calendar: references and dates, never a patient, a product or a
text. One query per kind of deadline, none of which opens an encrypted column.

Applicants: the last day of their authorisations whose renewal is not filed, what those oblige them to, the questions
they must answer, what a framework asks of their company, what they send before a meeting. For a prescriber or an intern
those of their own patients, for others of the hospital all. Agency staff: the same days of the files they lead, when
those are due, and what the authorisations oblige their agency to.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

from django.db.models import Q, QuerySet

from dossiers.models import CompanyCall, Continuity, Dossier, InformationRequest, Meeting, Party, Title
from dossiers.models.life import Obligation
from dossiers.paths import dossier_path, meeting_path, title_path
from dossiers.policy import meetings_visible_to, titles_visible_to, visible_to
from dossiers.queries.expiring import FILED, living_titles, scopes_for, touched_by, with_progress
from dossiers.queries.holders import held_by
from dossiers.queries.meetings import PLANNED, PROCEDURE
from workflows import meetings
from workflows.dates import add_months, civil_date
from workflows.registry import procedure
from workflows.roles import AGENCY_STAFF, ANSM_ASSESSOR, APPLICANT, CONTRIBUTOR, HAS_OFFICER
from workflows.types import Actor

Kind = Literal["last_day", "obligation", "continuity", "reply_by", "due", "meeting", "briefing", "slides"]

MONTHS_AHEAD: Final = 24
MOST: Final = 500


@dataclass(frozen=True, order=True)
class Deadline:
    """`key` is the same at each reading, whatever the day has become; `changed_at` when it was last set, or later."""

    day: dt.date
    reference: str
    kind: Kind
    key: str
    path: str
    changed_at: dt.datetime


def deadlines(actor: Actor, on: dt.date) -> list[Deadline]:
    """What this actor has to watch up to two years after the civil day `on`, soonest first, `MOST` at most. What is
    late stays until it is done."""
    until = add_months(on, MONTHS_AHEAD)
    found = [*_last_days(actor, until), *_obligations(actor, until), *_replies(actor, until)]
    if actor.role in procedure(PROCEDURE).state(PLANNED).read_by:
        found += _meetings(actor)
    if actor.role in AGENCY_STAFF:
        found += _due(actor, until)
        found += _calls(actor, until)
        found += _filing_meetings(actor, on, until)
    elif actor.organisation_kind == "company":
        found += _continuities(actor, until)
        found += _calls(actor, until)
        found += _filing_meetings(actor, on, until)
    return sorted(found)[:MOST]


def _followed_titles(actor: Actor) -> QuerySet[Title]:
    if actor.role in AGENCY_STAFF:
        return living_titles(actor, "agency").filter(dossier__lead=actor.membership_id)
    scopes = [scope for scope in scopes_for(actor) if scope != "agency"]
    return living_titles(actor, scopes[0] if scopes else None)


def _followed_dossiers(actor: Actor) -> QuerySet[Dossier]:
    seen = visible_to(actor).filter(decided_at=None)
    if actor.role in AGENCY_STAFF:
        return seen.filter(lead=actor.membership_id)
    seen = seen.filter(organisation=actor.organisation_id)
    return seen.filter(touched_by(actor)) if "mine" in scopes_for(actor) else seen


def _last_days(actor: Actor, until: dt.date) -> Iterable[Deadline]:
    """Once its renewal is filed, nobody has to act any more: the day leaves the calendar."""
    titles = with_progress(_followed_titles(actor).filter(ends_on__lte=until), actor).exclude(progress=FILED)
    rows = titles.order_by("ends_on", "pk").values_list("number", "ends_on", "created_at", "dossier__changed_at")
    for number, ends_on, created_at, changed_at in rows[:MOST]:
        moment = max(created_at, changed_at)
        yield Deadline(ends_on, number, "last_day", f"title-{number}", title_path(number), moment)


def _obligations(actor: Actor, until: dt.date) -> Iterable[Deadline]:
    agency = actor.role in AGENCY_STAFF
    titles = titles_visible_to(actor) if agency else _followed_titles(actor)
    owed = Obligation.objects.filter(state="open", due_on__lte=until)
    owed = owed.filter(owed_by="agency") if agency else owed.filter(holder=actor.organisation_id)
    rows = owed.filter(title__in=titles.values("pk")).order_by("due_on", "pk")
    for pk, number, due_on, created_at in rows.values_list("pk", "title__number", "due_on", "created_at")[:MOST]:
        yield Deadline(due_on, number, "obligation", f"obligation-{pk}", title_path(number), created_at)


def _continuities(actor: Actor, until: dt.date) -> Iterable[Deadline]:
    """Until when the holder supplies the patients still treated once its authorisation has ended."""
    titles = held_by(actor, titles_visible_to(actor))
    rows = Continuity.objects.filter(title__in=titles.values("pk"), closed_on=None, ends_on__lte=until)
    found = rows.order_by("ends_on", "pk").values_list("pk", "title__number", "ends_on", "created_at")
    for pk, number, ends_on, created_at in found[:MOST]:
        yield Deadline(ends_on, number, "continuity", f"continuity-{pk}", title_path(number), created_at)


def _filing_meetings(actor: Actor, on: dt.date, until: dt.date) -> Iterable[Deadline]:
    """Pre-filing meetings to come, for whoever prepares them: the company's own, all of them for HAS's officers, and
    for ANSM's assessors those in which it takes part."""
    if actor.role not in {APPLICANT, CONTRIBUTOR, HAS_OFFICER, ANSM_ASSESSOR}:
        return
    planned = meetings_visible_to(actor).filter(held_on=None, declined_at=None, withdrawn_at=None)
    rows = planned.filter(meets_on__gte=on, meets_on__lte=until).order_by("meets_on", "pk")
    for pk, reference, day, changed_at in rows.values_list("pk", "reference", "meets_on", "changed_at")[:MOST]:
        yield Deadline(day, reference, "meeting", f"meeting-{pk}", meeting_path(reference), changed_at)


def _replies(actor: Actor, until: dt.date) -> Iterable[Deadline]:
    asked = InformationRequest.objects.filter(closed_at=None, reply_by__lte=until)
    rows = asked.filter(dossier__in=_followed_dossiers(actor).values("pk")).order_by("reply_by", "pk")
    for pk, reference, day, asked_at in rows.values_list("pk", "dossier__reference", "reply_by", "asked_at")[:MOST]:
        yield Deadline(day, reference, "reply_by", f"request-{pk}", dossier_path(reference), asked_at)


def _calls(actor: Actor, until: dt.date) -> Iterable[Deadline]:
    """What the companies of a prescription framework are asked, until they reply; for its officer, until it is
    closed."""
    asked = CompanyCall.objects.filter(closed_at=None, reply_by__lte=until)
    if actor.role in AGENCY_STAFF:
        asked = asked.filter(dossier__in=_followed_dossiers(actor).values("pk"))
    else:
        named = Party.objects.filter(organisation=actor.organisation_id, role=APPLICANT)
        asked = asked.filter(dossier__in=visible_to(actor).filter(pk__in=named.values("dossier")).values("pk"))
        asked = asked.exclude(replies__organisation=actor.organisation_id)
    rows = asked.order_by("reply_by", "pk").values_list("pk", "dossier__reference", "reply_by", "asked_at")
    for pk, reference, day, asked_at in rows[:MOST]:
        yield Deadline(day, reference, "reply_by", f"call-{pk}", dossier_path(reference), asked_at)


def _meetings(actor: Actor) -> Iterable[Deadline]:
    """What is sent before a meeting, until it was."""
    files = _followed_dossiers(actor).filter(state=PLANNED)
    found = Meeting.objects.filter(dossier__in=files.values("pk"), held_on=None).order_by("starts_at", "pk")
    for one in found.select_related("dossier").defer("participants")[:MOST]:
        meeting_on, reference = civil_date(one.starts_at), one.dossier.reference
        path = dossier_path(reference)
        if one.briefing_sent_at is None:
            day = meetings.briefing_due(meeting_on)
            yield Deadline(day, reference, "briefing", f"briefing-{one.pk}", path, one.planned_at)
        if one.slides_sent_at is None:
            day = meetings.slides_due(meeting_on)
            yield Deadline(day, reference, "slides", f"slides-{one.pk}", path, one.planned_at)


def _due(actor: Actor, until: dt.date) -> Iterable[Deadline]:
    """A file whose clock is stopped has no due date, and comes back with its new one."""
    files = _followed_dossiers(actor).filter(Q(filed_at__isnull=False), due_on__lte=until).order_by("due_on", "pk")
    for reference, day, changed_at in files.values_list("reference", "due_on", "changed_at")[:MOST]:
        yield Deadline(day, reference, "due", f"due-{reference}", dossier_path(reference), changed_at)
