"""The write path of pre-filing meetings: one row lock, one transaction, one line of history, and whoever it concerns
is told. What each step asks is said here; who may take it, and from where, in `workflows.filing_meetings`.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dossiers.forms.fields import LINE, LONG, no_national_number
from dossiers.models import Dossier, FilingMeeting, MeetingKey, MeetingStep
from dossiers.policy import asks_for_meetings, may_step, meetings_visible_to, visible_to
from dossiers.services import filing_meeting_mails, numbers
from dossiers.services.errors import Blocked, Forbidden, NotFound, Stale, WrongState
from dossiers.services.idempotency import actor_key, key_used
from dossiers.services.log import canonical, sha256_of
from workflows.aap_guards import POST_MA, PRE_MA
from workflows.dates import civil_date, say
from workflows.filing_meetings import (
    BY_COMPANY,
    BY_HAS,
    LANGUAGES,
    MODES,
    STATES,
    STEPS,
    fault_of_day,
    faults_of_days,
)
from workflows.types import Actor, Reason, Text

SERIES: Final = "RDV"
PROCEDURE: Final = "aap"
CODES: Final[dict[str, frozenset[str]]] = {
    "pathway": frozenset({PRE_MA, POST_MA}),
    "language": frozenset(LANGUAGES),
    "mode": frozenset(MODES),
}
WRITTEN: Final = (
    "medicine_id", "product", "indication", "pathway", "files_on", "questions", "days", "language", "mode", "attendees",
)  # fmt: skip
"""What a draft holds, as the form's answers call it."""

Given = Mapping[str, Any]


def begin(
    *, given: Given, dossier: str = "", actor: Actor, key: str = "", at: dt.datetime | None = None
) -> FilingMeeting:
    """A request in preparation, of the actor's company. `given`: any of `WRITTEN`, complete or not; `dossier`: the
    reference of the company's early access request that it is about, if one is begun already. Sent again with the same
    `key`, it is begun once.

    Raises Forbidden, Blocked, Conflict (the key was used for another request).
    """
    at = at or timezone.now()
    if not asks_for_meetings(actor) or actor.organisation_id is None:
        message = _("Only a company asks for a pre-filing meeting.")
        raise Forbidden([Reason("role", message)])
    request = sha256_of(["filing_meeting", dict(given), dossier])
    before = _begun_under(actor, key, request)
    if before is not None:
        return before
    try:
        with transaction.atomic(durable=True):
            meeting = _begun(given, dossier, actor, at)
            if key:
                MeetingKey.objects.create(
                    actor_key=actor_key(actor), key=key, request_hash=request, meeting=meeting, at=at
                )
            return meeting
    except IntegrityError:
        # The same request came twice at once, and the other one began it.
        before = _begun_under(actor, key, request)
        if before is None:
            raise
        return before


def _begun_under(actor: Actor, key: str, request: str) -> FilingMeeting | None:
    """What this key began already, if anything. Raises Conflict."""
    found = MeetingKey.objects.select_related("meeting").filter(actor_key=actor_key(actor), key=key)
    earlier = found.first() if key else None
    if earlier is None:
        return None
    if earlier.request_hash != request:
        raise key_used()
    return earlier.meeting


def _begun(given: Given, dossier: str, actor: Actor, at: dt.datetime) -> FilingMeeting:
    year = civil_date(at).year
    meeting = FilingMeeting(
        reference=numbers.spell(SERIES, year, numbers.next_number(series=SERIES, year=year)),
        organisation_id=actor.organisation_id or 0,
        created_by_id=actor.person_id,
        created_at=at,
        changed_at=at,
    )
    faults = _write(meeting, given, actor, at)
    if dossier:
        faults += _link(meeting, {"dossier": dossier}, actor, at)
    if faults:
        raise Blocked(faults)
    meeting.save(force_insert=True)
    _note(meeting, "write", {}, actor, at)
    return meeting


def take(
    *,
    reference: str,
    step: str,
    given: Given | None = None,
    version: int | None = None,
    actor: Actor,
    at: dt.datetime | None = None,
) -> FilingMeeting:
    """Take one step of `workflows.filing_meetings.STEPS`. `given`: what it asks, see the function of that step below;
    `version`: the one on which it was decided (None: not checked).

    Raises NotFound, Forbidden, Stale, WrongState, Blocked. KeyError for an unknown step.
    """
    at, row = at or timezone.now(), STEPS[step]
    with transaction.atomic(durable=True):
        meeting = _locked(reference, actor)
        ruling = may_step(actor, step)
        if not ruling.allowed:
            raise Forbidden(ruling.reasons)
        if version is not None and version != meeting.version:
            message = _("This request has changed since you opened it: look at what changed, then decide again.")
            raise Stale(current_version=meeting.version, reasons=[Reason("stale", message)])
        if meeting.state not in row.sources:
            said = _("This is no longer possible: %(state)s.") % {"state": STATES[meeting.state]}
            raise WrongState([Reason("state", said)])
        faults = DO[step](meeting, given or {}, actor, at)
        if faults:
            raise Blocked(faults)
        meeting.version += 1
        meeting.changed_at = at
        meeting.save()
        _note(meeting, step, _kept(step, given or {}), actor, at)
        return meeting


def _locked(reference: str, actor: Actor) -> FilingMeeting:
    """Seen first without a lock, so that a stranger makes nobody wait."""
    seen = meetings_visible_to(actor).filter(reference=reference).values_list("pk", flat=True).first()
    if seen is None:
        raise NotFound([Reason("not_found", _("No such meeting, or it is not yours to see."))])
    return FilingMeeting.objects.select_for_update(of=("self",)).get(pk=seen)


def _note(meeting: FilingMeeting, verb: str, payload: Given, actor: Actor, at: dt.datetime) -> None:
    """The line of history, and those it is told to. The lock on the meeting makes `seq` gap-free."""
    last = MeetingStep.objects.filter(meeting=meeting).order_by("-seq").values_list("seq", flat=True).first()
    step = MeetingStep.objects.create(
        meeting=meeting,
        seq=(last or 0) + 1,
        verb=verb,
        at=at,
        actor_role=actor.role,
        actor_person_id=actor.person_id,
        actor_name=actor.name,
        payload=json.loads(canonical(dict(payload))),
    )
    filing_meeting_mails.tell(meeting=meeting, step=step, actor=actor, at=at)


def _kept(step: str, given: Given) -> Given:
    """What the history keeps: the words of a draft change until it is sent, and stand on the request."""
    return {} if step in ("write", "ask") else given


# ------------------------------------------------------------------------------------------ what each step asks


def _write(meeting: FilingMeeting, given: Given, actor: Actor, at: dt.datetime) -> list[Reason]:
    """Any of `WRITTEN`: what is given replaces what was there, valid or not yet."""
    faults: list[Reason] = []
    for name in WRITTEN:
        if name not in given:
            continue
        value = given[name]
        if isinstance(value, str):
            faults += _faults_of_words(value, name, most=LINE if name == "product" else LONG)
            value = value.strip()
        if name in CODES and value and value not in CODES[name]:
            faults.append(Reason("choice", _("Choose one of the answers."), name))
        if name == "days":
            value = sorted(set(value))
        setattr(meeting, name, value)
    meeting.days_by = BY_COMPANY
    return faults


def _ask(meeting: FilingMeeting, given: Given, actor: Actor, at: dt.datetime) -> list[Reason]:
    """`given`: what was typed last, saved with the sending."""
    faults = _write(meeting, given, actor, at)
    on = civil_date(at)
    needed: tuple[tuple[str, bool, Text], ...] = (
        ("product", bool(meeting.product or meeting.medicine_id), _("Name the product, or choose it in the list.")),
        ("indication", bool(meeting.indication), _("Say for which indication.")),
        ("pathway", bool(meeting.pathway), _("Choose the pathway: it says whether ANSM takes part.")),
        ("files_on", meeting.files_on is not None, _("Say when you plan to file.")),
        ("questions", bool(meeting.questions), _("Write your questions: they are what the meeting is prepared on.")),
        ("language", bool(meeting.language), _("Choose the language of the meeting.")),
        ("mode", bool(meeting.mode), _("Choose how you want to meet.")),
    )
    faults += [Reason("required", message, name) for name, said, message in needed if not said]
    if meeting.files_on is not None and meeting.files_on <= on:
        faults.append(Reason("past", _("The filing is still to come: choose a later day."), "files_on"))
        return faults
    faults += faults_of_days(meeting.days, on=on, files_on=meeting.files_on)
    meeting.asked_at = at
    return faults


def _plan(meeting: FilingMeeting, given: Given, actor: Actor, at: dt.datetime) -> list[Reason]:
    """`day`: one of those put forward; `starts_at`: a time, in Paris; `place`: where, or how to join."""
    faults = _meet_on(meeting, given.get("day"), at)
    return faults + _where(meeting, given)


def _choose(meeting: FilingMeeting, given: Given, actor: Actor, at: dt.datetime) -> list[Reason]:
    """`day`: one of those that HAS offered. The hour and the place are HAS's to say."""
    return _meet_on(meeting, given.get("day"), at)


def _arrange(meeting: FilingMeeting, given: Given, actor: Actor, at: dt.datetime) -> list[Reason]:
    """`day`: any that can be, as agreed by other means; `starts_at`, `place`."""
    day = given.get("day")
    if not isinstance(day, dt.date):
        return [Reason("required", _("Choose a day."), "day")]
    fault = fault_of_day(day, on=civil_date(at), files_on=None, field="day") if day != meeting.meets_on else None
    meeting.meets_on = day
    return ([fault] if fault else []) + _where(meeting, given)


def _offer(meeting: FilingMeeting, given: Given, actor: Actor, at: dt.datetime) -> list[Reason]:
    """`days`: those of HAS; `words`: why, for the company to read."""
    return _put_forward(meeting, given, BY_HAS, at)


def _propose(meeting: FilingMeeting, given: Given, actor: Actor, at: dt.datetime) -> list[Reason]:
    """`days`: those of the company; `words`: why, for HAS to read."""
    return _put_forward(meeting, given, BY_COMPANY, at)


def _decline(meeting: FilingMeeting, given: Given, actor: Actor, at: dt.datetime) -> list[Reason]:
    """`reason`: in writing, for the company to read."""
    faults = _words(given, "reason", _("Write the reason: the company reads it, and must know what to do."))
    meeting.reason, meeting.declined_at = str(given.get("reason") or "").strip(), at
    return faults


def _withdraw(meeting: FilingMeeting, given: Given, actor: Actor, at: dt.datetime) -> list[Reason]:
    """`reason`: if the company wants to give one."""
    reason = str(given.get("reason") or "").strip()
    meeting.reason, meeting.withdrawn_at = reason, at
    return _faults_of_words(reason, "reason")


def _hold(meeting: FilingMeeting, given: Given, actor: Actor, at: dt.datetime) -> list[Reason]:
    """`held_on`: the day it took place; `minutes`: what was said and agreed."""
    faults, held_on = _correct(meeting, given, actor, at), given.get("held_on")
    if not isinstance(held_on, dt.date) or meeting.asked_at is None:
        return [Reason("required", _("Choose a day."), "held_on"), *faults]
    asked_on = civil_date(meeting.asked_at)
    if not asked_on <= held_on <= civil_date(at):
        message = _("Choose a day from %s on, not in the future.")
        faults.append(Reason("day", message % say(asked_on), "held_on"))
    meeting.held_on = held_on
    return faults


def _correct(meeting: FilingMeeting, given: Given, actor: Actor, at: dt.datetime) -> list[Reason]:
    """`minutes`: in place of those there were, which the history keeps."""
    meeting.minutes = str(given.get("minutes") or "").strip()
    return _words(given, "minutes", _("Write what was said and agreed: both sides keep it."))


def _link(meeting: FilingMeeting, given: Given, actor: Actor, at: dt.datetime) -> list[Reason]:
    """`dossier`: the reference of an early access request of the same company; empty for none."""
    reference = str(given.get("dossier") or "")
    own = Dossier.objects.none()
    if reference and "\x00" not in reference:
        own = visible_to(actor).filter(procedure=PROCEDURE, organisation=meeting.organisation_id, reference=reference)
    found = own.first()
    if reference and found is None:
        return [Reason("choice", _("Choose one of your company's early access requests."), "dossier")]
    meeting.dossier = found
    return []


DO: Final[dict[str, Callable[[FilingMeeting, Given, Actor, dt.datetime], list[Reason]]]] = {
    "write": _write,
    "ask": _ask,
    "plan": _plan,
    "offer": _offer,
    "choose": _choose,
    "propose": _propose,
    "arrange": _arrange,
    "hold": _hold,
    "correct": _correct,
    "decline": _decline,
    "withdraw": _withdraw,
    "link": _link,
}
"""Step -> what writes its facts on the request, and answers why it cannot."""


def _meet_on(meeting: FilingMeeting, day: object, at: dt.datetime) -> list[Reason]:
    if not isinstance(day, dt.date) or day not in meeting.days:
        return [Reason("choice", _("Choose one of the days put forward."), "day")]
    if day < civil_date(at):
        return [Reason("past", _("This day has passed: choose another, or offer other days."), "day")]
    meeting.meets_on = day
    return []


def _where(meeting: FilingMeeting, given: Given) -> list[Reason]:
    starts_at = given.get("starts_at")
    meeting.starts_at = starts_at if isinstance(starts_at, dt.time) else None
    meeting.place = str(given.get("place") or "").strip()
    faults = [] if meeting.starts_at else [Reason("required", _("Say at what time it starts."), "starts_at")]
    return faults + _words(given, "place", _("Say where, or how to join."))


def _put_forward(meeting: FilingMeeting, given: Given, side: str, at: dt.datetime) -> list[Reason]:
    days: Sequence[dt.date] = given.get("days") or ()
    faults = faults_of_days(days, on=civil_date(at), files_on=meeting.files_on)
    meeting.days, meeting.days_by = sorted(set(days)), side
    return faults + _faults_of_words(str(given.get("words") or ""), "words")


def _words(given: Given, name: str, needed: Text) -> list[Reason]:
    text = str(given.get(name) or "").strip()
    return _faults_of_words(text, name) if text else [Reason("required", needed, name)]


def _faults_of_words(text: str, field: str, *, most: int = LONG) -> list[Reason]:
    if len(text) > most or "\x00" in text:
        return [Reason("too_long", _("This text is too long: %d characters at most.") % most, field)]
    try:
        no_national_number(text)
    except ValidationError as error:
        return [Reason("national_number", error.messages[0], field)]
    return []
