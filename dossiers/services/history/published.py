"""The published-case format: what public pages tell of a file, with partial dates and without most of its steps.

Each case has `events` ({"date", "type"}), an `outcome`, `key_dates`, and may have `procedure`, `kind`, `applicant`,
`answers` and, on an event, `payload` and `role`. A source tells a product's whole life: what follows a decision is a
renewal, played as a case of its own, `<id>/2`, `<id>/3`...
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from django.utils.translation import gettext as _

from dossiers.services.history import frameworks, implied, planner
from dossiers.services.history.case import Case, Entry, Step, moment_of
from dossiers.services.history.gaps import completed, not_given
from dossiers.services.history.planner import Days, Known, NoDate, NoPath, Planned
from dossiers.services.history.reading import (
    A_MINUTE,
    UnreadableFile,
    Wrong,
    answers_of,
    entries_of,
    mapping_of,
    named_of,
    text_of,
)
from workflows.dates import civil_date, last_day_of_a_period
from workflows.guards import RENEWAL
from workflows.payload import FIRST_YEAR, LAST_YEAR
from workflows.registry import TITLE, all_procedures, procedure
from workflows.roles import COMPANY, LABELS, ROLES_BY_ORGANISATION_KIND
from workflows.types import Procedure, Transition

ACTS: Final = {
    "submitted": "file",
    "incomplete_notified": "notify_missing",
    "completed": "complete",
    "complete_acknowledged": "acknowledge",
    "ansm_opinion": "give_ansm_opinion",
    "ct_opinion": "give_ct_opinion",
    "granted": "grant",
    "granted_published": "grant",
    "renewed": "grant",
    "renewed_tacitly": "grant_tacitly",
    "refused": "refuse",
    "refused_published": "refuse",
    "renewal_refused_published": "refuse",
    "modified_published": "modify",
    "stopped": "cease",
    "ended": "cease",
    "reported": "report",
    "intention_notified": "notify_intention",
    "assessed": "assess",
    "drafts_sent": "open_contradictory",
    "observations_received": "close_contradictory",
}
"""What a source calls an event -> the act of our tables. Others are the world around the file, and are not replayed."""

TAKES_EFFECT: Final = "effective"
"""What was granted takes effect: it was granted by then, when the source does not say on which day."""

PUBLICATION: Final = "_published"
GRANT: Final = "grant"
REFUSE: Final = "refuse"
_CODE: Final = re.compile(r"[A-Za-z][A-Za-z_]*")
_MONTHS: Final = {"year": 12, "years": 12, "month": 1, "months": 1}
_DURATION: Final = re.compile(r"(\d{1,2}) (years?|months?)")


def unknown_procedure(code: str, at: str = "") -> Wrong:
    known = ", ".join(one.code for one in all_procedures())
    message = _("The procedure “%(code)s” is not known here: the procedures are %(known)s.")
    return Wrong("unknown_procedure", message % {"code": code, "known": known}, "procedure", at=at)


def read_published(data: Any) -> list[Entry]:
    """Every case of the file, in its order. Raises UnreadableFile when it holds no list of cases."""
    cases = data.get("cases") if isinstance(data, Mapping) else data
    if not isinstance(cases, list):
        raise UnreadableFile(_("The file must hold a list of published cases."))
    return [entry for rank, raw in enumerate(cases, start=1) for entry in entries_of(raw, rank, _cases)]


def _cases(raw: Mapping[str, Any], name: str, digest: str) -> list[Entry]:
    events = [event for event in _list(raw, "events") if isinstance(event, Mapping)]
    first = next((str(event["date"]) for event in events if event.get("date")), "")
    code = _procedure(raw, name)
    if code not in {one.code for one in all_procedures()}:
        raise unknown_procedure(code, at=first)
    table = procedure(code)
    played = []
    ends_on: dt.date | None = None
    for rank, known in enumerate(_requests(table, events, str(raw.get("outcome") or ""))):
        steps = _steps(raw, table, known, is_first=rank == 0, at=first, parent_ends_on=ends_on)
        played.append(_case(raw, name, digest, table, rank, steps))
        ends_on = _last_day(table, steps, ends_on)
    return [*played]


def _last_day(table: Procedure, steps: Sequence[Step], parent_ends_on: dt.date | None) -> dt.date | None:
    """The last day of what these steps granted: as typed, or the longest when silence granted it."""
    for step in steps:
        if "ends_on" in step.payload:
            return dt.date.fromisoformat(str(step.payload["ends_on"]))
        if step.transition == table.clocks[0].silence:
            return implied.longest_period(table.code, civil_date(step.at), parent_ends_on).get("ends_on")
    return None


def _procedure(raw: Mapping[str, Any], name: str) -> str:
    """The case's own, else the letters its id starts with: "AAP-001" is an early access."""
    found = _CODE.match(name)
    return text_of(raw, "procedure") or (found.group().lower() if found else "")


def _list(raw: Mapping[str, Any], name: str) -> list[Any]:
    value = raw.get(name)
    if not isinstance(value, list):
        raise Wrong("type", _("“%s” is a list.") % name, name)
    return value


# ---------------------------------------------------------------------------------------------------- events


def _requests(table: Procedure, events: Sequence[Mapping[str, Any]], outcome: str) -> list[list[Known]]:
    """What is known of each request: the first, then its renewals."""
    requests: list[list[Known]] = [[]]
    decided = ""
    for event in events:
        kind = str(event.get("type") or "")
        row = _row(table, kind, bool(decided))
        deduced = kind == TAKES_EFFECT and not decided
        if deduced:
            row = _row(table, "granted", False)
        if row is None or (kind.endswith(PUBLICATION) and row.name == decided):
            continue
        if decided and row in table.transitions:
            requests.append([])
            decided = ""
        requests[-1].append(_known(row, event, deduced=deduced))
        if row in table.transitions and table.state(row.target).final:
            decided = row.name
    if not decided and len(requests) == 1:
        # The source says how it ended and not when: the nearest date stands for it.
        name = next((word for word in ("grant", "refuse") if outcome.startswith(word)), "")
        if row := _row(table, {"grant": "granted", "refuse": "refused"}.get(name, ""), False):
            requests[-1].append(Known(row, deduced=True))
    return requests


def _row(table: Procedure, event: str, has_title: bool) -> Transition | None:
    """The act of the procedure, or of what it granted; None when an event is none of ours."""
    name = implied.ACTS_OF.get(table.code, {}).get(event) or ACTS.get(event, "")
    for machine in (table, TITLE) if has_title else (table,):
        for row in machine.transitions:
            if row.name == name and row.roles(table.code):
                return row
    return None


def _known(row: Transition, event: Mapping[str, Any], *, deduced: bool) -> Known:
    said = text_of(event, "date")
    role = text_of(event, "role")
    if role and role not in LABELS:
        raise Wrong("role", _("“%s” is not a role.") % role, "role", at=said)
    kind, detail, number = str(event.get("type") or ""), text_of(event, "detail"), text_of(event, "reference")
    payload = {**implied.payload_of_event(row, kind, detail), **mapping_of(event, "payload")}
    # What the medicine became is told; that it ended the authorisation follows.
    deduced = deduced or kind == "reimbursed"
    return Known(row, _days(said), said, payload, role, deduced, number)


def _days(said: str) -> Days | None:
    message = _("“%s” is not a date: write 2023, 2023-02 or 2023-02-05.") % said[:40]
    try:
        days = planner.days_of(said)
    except ValueError as error:
        raise Wrong("date", message, "date", at=said[:40]) from error
    if days is not None and not FIRST_YEAR <= days.first.year <= LAST_YEAR:
        raise Wrong("date_year", message, "date", at=said[:40])
    return days


# ----------------------------------------------------------------------------------------------------- steps


def _steps(
    raw: Mapping[str, Any],
    table: Procedure,
    known: Sequence[Known],
    *,
    is_first: bool,
    at: str,
    parent_ends_on: dt.date | None,
) -> tuple[Step, ...]:
    if not known:
        raise Wrong("no_known_step", _("The source tells of no act of this procedure."), "events", at=at)
    known = implied.prepared(table, known, any(one.row.target == "granted" for one in known))
    known = frameworks.heard_first(table, known)
    try:
        planned = implied.in_time(table, planner.fill(table, known), parent_ends_on)
        planned = frameworks.with_time_to_reply(table, planned)
    except NoPath as error:
        message = _("Ordinary acts do not lead from what is known before to “%s”.") % error.transition
        raise Wrong("no_path", message, "events", at=at) from error
    except NoDate as error:
        message = _("This date comes before the one of an earlier event.") if error.said else _("No act has a date.")
        raise Wrong("order" if error.said else "no_date", message, "events", at=error.said or at) from error
    decision = next((one.known.row.name for one in planned if table_has(table, one) and _is_final(table, one)), "")
    steps: list[Step] = []
    asked = 1
    for rank, one in enumerate(planned):
        moment = moment_of(one.day)
        if steps and moment <= steps[-1].at:
            moment = steps[-1].at + A_MINUTE
        name, period, is_told = one.known.row.name, *_period_of(raw, table, one, is_first, parent_ends_on)
        given = _given(raw, table, one, known, period)
        _refuse_what_is_not_told(table, one, given, _last_day(table, steps, parent_ends_on))
        period = {**period, **frameworks.reply_by(table, planned, rank)}
        payload = completed(one.known.row, given, day=one.day, decision=decision, period=period, asked=asked)
        asked = len(payload.get("questions") or ()) or asked
        steps.append(
            Step(
                at=moment,
                transition=name,
                role=one.known.role or planner.role_of(one.known.row, table.code),
                payload=payload,
                inferred=one.inferred or not is_told,
                said=one.known.said or one.day.isoformat(),
                number=_number(raw, one, is_first) if name == decision and table.code in implied.NUMBERED else "",
            )
        )
    return tuple(steps)


def _given(
    raw: Mapping[str, Any], table: Procedure, one: Planned, known: Sequence[Known], period: Mapping[str, dt.date]
) -> dict[str, Any]:
    """What was typed with an act: what its source tells of it, over what follows from the rest."""
    if not table_has(table, one):
        return dict(one.known.payload)
    return {
        **_period_typed(one.known.row, period),
        **implied.payload_of(one.known.row, known, not_given()),
        **frameworks.told(table, one.known.row, raw, not_given()),
        **one.known.payload,
    }


def _period_of(
    raw: Mapping[str, Any], table: Procedure, one: Planned, is_first: bool, parent_ends_on: dt.date | None
) -> tuple[dict[str, dt.date], bool]:
    """The period of what is granted, and whether the source gives it: the longest that the law allows otherwise."""
    period = _period(raw, implied.first_day(table.code, one.day)) if is_first else {}
    if one.known.row.name != implied.PERIOD_TYPED_WITH.get(table.code, GRANT) or "ends_on" in {
        **period,
        **one.known.payload,
    }:
        return period, True
    longest = implied.longest_period(
        table.code, period.get("starts_on", implied.first_day(table.code, one.day)), parent_ends_on
    )
    return longest or period, not longest


def _period_typed(row: Transition, period: Mapping[str, dt.date]) -> dict[str, str]:
    """The days of a grant whose form does without them for what only changes an authorisation."""
    asked = {field.name for field in row.payload} if row.name == GRANT and "ends_on" in period else set()
    return {name: day.isoformat() for name, day in period.items() if name in asked}


def _refuse_what_is_not_told(
    table: Procedure, one: Planned, given: Mapping[str, Any], last_day: dt.date | None
) -> None:
    """Said in its own words, since the rules would only name the fields that are empty, or the state of the title."""
    said = one.known.said or one.day.isoformat()
    if table.consults and one.known.row.name == REFUSE and not given:
        message = _("The source does not say which criteria are not met: give them with the event, as its payload.")
        raise Wrong("criteria_not_told", message, "events", at=said)
    if table.code in implied.LONGEST and not table_has(table, one) and last_day is not None and one.day > last_day:
        message = _(
            "The source tells of this act and of no renewal, while the authorisation that it tells of ended on %s at "
            "the latest."
        )
        raise Wrong("renewal_not_told", message % last_day.isoformat(), "events", at=said)


def _number(raw: Mapping[str, Any], one: Planned, is_first: bool) -> str:
    """The number that the source gives the decision: with its event, else among the dates of the first one."""
    told = mapping_of(raw, "key_dates") if is_first else {}
    return one.known.number or text_of(told, "decision_reference", where="key_dates.decision_reference")


def table_has(table: Procedure, one: Planned) -> bool:
    return one.known.row in table.transitions


def _is_final(table: Procedure, one: Planned) -> bool:
    return table.state(one.known.row.target).final


def _period(raw: Mapping[str, Any], day: dt.date) -> dict[str, dt.date]:
    """The first and the last day, as far as the source gives them: a day, or a duration such as "1 year"."""
    told = mapping_of(raw, "key_dates")
    effective, expiry = _exact(told, "effective"), _exact(told, "expiry")
    starts_on = max(effective, day) if effective else day
    duration = _DURATION.fullmatch(text_of(told, "stated_duration", where="key_dates.stated_duration"))
    if expiry is None and duration:
        expiry = last_day_of_a_period(starts_on, int(duration[1]) * _MONTHS[duration[2]])
    return {"starts_on": starts_on, **({"ends_on": expiry} if expiry else {})}


def _exact(told: Mapping[str, Any], name: str) -> dt.date | None:
    days = _days(text_of(told, name, where=f"key_dates.{name}"))
    return days.first if days and days.is_exact else None


def _answers(raw: Mapping[str, Any], table: Procedure, rank: int) -> dict[str, dict[str, Any]]:
    answers = implied.pathway(text_of(raw, "pathway"), is_first=rank == 0) if table.consults else {}
    for section, values in answers_of(raw).items():
        answers[section] = {**answers.get(section, {}), **values}
    return answers


def _case(raw: Mapping[str, Any], name: str, digest: str, table: Procedure, rank: int, steps: tuple[Step, ...]) -> Case:
    company = table.created_by & ROLES_BY_ORGANISATION_KIND[COMPANY]
    applicant = named_of(raw, "applicant") or (named_of(raw, "company") if company else {})
    return Case(
        id=name if rank == 0 else f"{name}/{rank + 1}",
        digest=digest,
        procedure=table.code,
        kind=text_of(raw, "kind") if rank == 0 else RENEWAL,
        product={"name": text_of(raw, "medicine"), "inn": text_of(raw, "active_substance")},
        indication=text_of(raw, "indication"),
        applicant=applicant,
        answers=_answers(raw, table, rank),
        steps=steps,
        parent="" if rank == 0 else (name if rank == 1 else f"{name}/{rank}"),
        published=True,
    )
