"""Pre-filing meetings as their readers may know them: a list, and the page of one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import F, Q, QuerySet

from dossiers.forms.aap.pathway import PATHWAYS
from dossiers.models import Dossier, FilingMeeting, MeetingStep
from dossiers.policy import asks_for_meetings, is_staff_side, may_step, meetings_visible_to, visible_to
from dossiers.queries.answers import raw_answers
from dossiers.queries.keyset import Column, Ordering, Page, page
from dossiers.queries.timeline import who
from workflows.filing_meetings import ASKED, BY_COMPANY, DRAFT, OFFERED, PLANNED, STATES, STEPS, Step
from workflows.roles import AGENCY_STAFF, HAS_OFFICER
from workflows.types import Actor, Text

MOST: Final = 200
WHEN: Final = ("living", "over")
LATEST_FIRST: Final = Ordering(
    "-changed_at", (Column("changed_at", "datetime", descending=True), Column("id", "integer", descending=True))
)
HAS_NAME: Final = "HAS"
LIVING: Final = Q(held_on=None, declined_at=None, withdrawn_at=None)
COLOURS: Final = {
    DRAFT: "new", ASKED: "info", OFFERED: "warning", PLANNED: "success", "held": "", "declined": "error",
    "withdrawn": "",
}  # fmt: skip


@dataclass(frozen=True)
class Line:
    """One meeting in a list. `mine`: the next act is this reader's side's."""

    row: FilingMeeting
    mine: bool

    @property
    def state(self) -> str:
        return self.row.state

    @property
    def label(self) -> Text:
        return STATES[self.row.state]

    @property
    def colour(self) -> str:
        return COLOURS[self.row.state]

    @property
    def product(self) -> str:
        return product_of(self.row)


def product_of(meeting: FilingMeeting) -> str:
    return str(meeting.medicine) if meeting.medicine else meeting.product


def living(actor: Actor, on: dt.date, *, limit: int = MOST) -> list[Line]:
    """Those that are not over: first those without a day, what this side answers before what it waits for, the longest
    waiting first; then by day. One query."""
    found = _with_names(meetings_visible_to(actor).filter(LIVING))
    theirs = "-days_by" if asks_for_meetings(actor) else "days_by"
    ordered = found.order_by(F("meets_on").asc(nulls_first=True), theirs, F("asked_at").asc(nulls_last=True), "pk")
    return _lines(ordered[:limit], actor, on)


def over(actor: Actor, on: dt.date, *, limit: int = MOST) -> list[Line]:
    """The latest of those that are over. One query."""
    found = _with_names(meetings_visible_to(actor).exclude(LIVING)).order_by("-changed_at", "-pk")
    return _lines(found[:limit], actor, on)


def meetings_page(
    actor: Actor | None, on: dt.date, *, when: str = "", cursor: str = "", size: int
) -> tuple[Page, list[Line]]:
    """One page, the one that changed last first, with its lines. `when`: one of `WHEN`, or "" for both. Two queries.

    Raises BadCursor.
    """
    seen = meetings_visible_to(actor)
    if when:
        seen = seen.filter(LIVING) if when == "living" else seen.exclude(LIVING)
    found = page(seen, LATEST_FIRST, cursor, ("id",), size)
    if actor is None or not found.rows:
        return found, []
    rows = _with_names(FilingMeeting.objects.filter(pk__in=[one["id"] for one in found.rows]))
    return found, _lines(rows.order_by("-changed_at", "-pk"), actor, on)


def _with_names(found: QuerySet[FilingMeeting]) -> QuerySet[FilingMeeting]:
    return found.select_related("organisation", "medicine")


def _lines(found: QuerySet[FilingMeeting], actor: Actor, on: dt.date) -> list[Line]:
    return [Line(one, is_turn_of(one, actor, on)) for one in found]


def waiting_for_has(actor: Actor, on: dt.date) -> QuerySet[FilingMeeting]:
    """Those that `is_turn_of` would say are an officer's turn, counted without reading them: a day to answer, an hour
    and a place to say, or minutes to write."""
    days_asked = Q(meets_on=None, days_by=BY_COMPANY, asked_at__isnull=False)
    to_say_or_write = Q(meets_on__isnull=False) & (Q(starts_at=None) | Q(meets_on__lte=on))
    return meetings_visible_to(actor).filter(LIVING).filter(days_asked | to_say_or_write)


def is_turn_of(meeting: FilingMeeting, actor: Actor, on: dt.date) -> bool:
    """Whether the next act is this reader's side's, on the civil day `on`: HAS answers, says the hour and the place,
    and writes the minutes once the day has come."""
    state = meeting.state
    if asks_for_meetings(actor):
        return state in (DRAFT, OFFERED)
    waits = state == ASKED or (state == PLANNED and (meeting.starts_at is None or _has_come(meeting, on)))
    return actor.role == HAS_OFFICER and waits


def _has_come(meeting: FilingMeeting, on: dt.date) -> bool:
    return meeting.meets_on is not None and meeting.meets_on <= on


def meeting_for(actor: Actor | None, reference: str) -> FilingMeeting | None:
    """The meeting, or None when it is not this actor's to see."""
    if "\x00" in reference:
        return None
    found = meetings_visible_to(actor).select_related("organisation", "medicine", "created_by")
    return found.filter(reference=reference).first()


def steps_for(meeting: FilingMeeting, actor: Actor, on: dt.date) -> list[Step]:
    """What this actor may do now, in the order of the table; once its day has come, a meeting is recorded first."""
    found = [one for one in STEPS.values() if meeting.state in one.sources and may_step(actor, one.name).allowed]
    return sorted(found, key=lambda one: one.name != "hold") if _has_come(meeting, on) else found


def request_of(meeting: FilingMeeting, actor: Actor) -> Dossier | None:
    """The early access request that came of it, for whoever may know of it: a draft is its owner's alone."""
    if meeting.dossier_id is None:
        return None
    return visible_to(actor).filter(pk=meeting.dossier_id).first()


def meetings_of(dossier: Dossier, actor: Actor, on: dt.date) -> list[Line]:
    """The meetings that were about a request, for its page. One query, none for other procedures."""
    if dossier.procedure != "aap":
        return []
    found = _with_names(meetings_visible_to(actor).filter(dossier=dossier)).order_by("pk")
    return _lines(found, actor, on)


def held_about(dossier: Dossier) -> dt.date | None:
    """The day of the last meeting held about a request."""
    held = FilingMeeting.objects.filter(dossier=dossier, held_on__isnull=False).order_by("-held_on")
    return held.values_list("held_on", flat=True).first()


def linkable(actor: Actor, present: int | None) -> list[tuple[str, str]]:
    """(reference, words) of the company's early access requests that a meeting may be about: those not decided, and the
    one linked now. One query."""
    own = visible_to(actor).filter(procedure="aap", organisation=actor.organisation_id)
    rows = own.filter(Q(decided_at=None) | Q(pk=present)).order_by("-changed_at", "-pk")[:MOST]
    return [
        (one.reference, " · ".join(part for part in (one.reference, one.product_label, one.subject) if part))
        for one in rows
    ]


def said_in(dossier: Dossier) -> dict[str, Any]:
    """What a draft says already of what a meeting is asked about, by the names of the meeting's form."""
    answers = raw_answers(dossier)
    product, indication = answers.get("product") or {}, answers.get("indication") or {}
    pathway = (answers.get("request") or {}).get("pathway")
    return {
        "medicine": dossier.medicine,
        "product": product.get("name") or product.get("code_name") or "",
        "indication": indication.get("claimed") or indication.get("simplified") or "",
        "pathway": pathway if pathway in dict(PATHWAYS) else "",
    }


@dataclass(frozen=True)
class Told:
    """A line of the history. `words`: what its author wrote; `days`: those put forward or chosen."""

    what: Text
    who: str
    at: dt.datetime
    words: str
    days: tuple[dt.date, ...]


def history(meeting: FilingMeeting, actor: Actor) -> list[Told]:
    """Oldest first. What the company did on its side, before sending and with its drafts, the company and the auditor
    alone read."""
    steps = meeting.steps.order_by("seq")
    if actor.role in AGENCY_STAFF:
        steps = steps.exclude(verb__in=("write", "link"))
    return [_told(one, meeting, actor) for one in steps]


def _told(step: MeetingStep, meeting: FilingMeeting, actor: Actor) -> Told:
    payload = step.payload
    on_the_page = {meeting.minutes, meeting.reason}
    typed = (str(payload.get(name) or "") for name in ("words", "reason", "minutes", "place", "dossier"))
    return Told(
        what=STEPS[step.verb].past,
        who=who(step.actor_role, step.actor_name, HAS_NAME, staff=is_staff_side(actor)),
        at=step.at,
        words=next((text for text in typed if text and text not in on_the_page), ""),
        days=tuple(_days(payload)),
    )


def _days(payload: Mapping[str, Any]) -> Iterable[dt.date]:
    found = [*(payload.get("days") or ()), payload.get("day"), payload.get("held_on")]
    return [dt.date.fromisoformat(one) for one in found if one]
