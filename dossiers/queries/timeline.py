"""What happened to a dossier and its title, in the words of the procedure's table, for one audience."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from django.utils.dateparse import parse_date
from django.utils.translation import gettext_lazy as _

from dossiers.models import Dossier, Event, Obligation
from dossiers.policy import (
    is_staff_side,
    note_authors,
    reads_as_agency,
    reads_letter_of,
    reads_note,
    reads_what_was_sent_only,
)
from workflows import roles
from workflows.aap_guards import CRITERIA
from workflows.dates import say
from workflows.registry import TITLE, all_procedures, procedure
from workflows.types import Actor, PayloadField, Procedure, Text

# Acts that no table names: they move no state.
NOTES: Final[dict[str, Text]] = {
    "create": _("Draft created"),
    "import_history": _("Imported from a history kept elsewhere: no mail was sent and no letter made for its acts"),
    "open": _("Authorisation opened"),
    "reassign": _("Given to another officer"),
    "recuse": _("Declared a conflict of interest and stepped aside"),
    "link_product": _("Linked to the referential"),
    "remind": _("Reminder sent to the applicant"),
    "task_done": _("Task done"),
    "company_reply": _("A company replied to what ANSM asked"),
    "framework_covered": _("Another authorisation may cover this framework"),
    "material_sent": _("Information material submitted"),
    "material_opinion": _("Opinion on information material"),
    "material_deemed": _("Information material: no opinion in time, deemed favourable"),
    "expert_asked": _("An expert was asked"),
    "expert_declared": _("The expert declared no conflict of interest"),
    "expert_conflict": _("The expert declared a conflict of interest: the request for an opinion ended"),
    "expert_opinion": _("The expert gave an opinion"),
    "expert_ended": _("The expert is no longer asked"),
    "invite_comments": _("The holder was invited to comment"),
    "give_comments": _("The holder commented"),
    "give_up_comments": _("What was intended is given up"),
    "obligation_added": _("Obligation added"),
    "continuity_opened": _("Continuity of treatment begins"),
    "continuity_counted": _("Patients still treated counted"),
    "appeal_lodged": _("Appeal recorded"),
    "appeal_settled": _("Appeal settled"),
    "obligation_done": _("Obligation done"),
    "obligation_reopened": _("Obligation reopened"),
    "obligation_cancelled": _("Obligation cancelled"),
    "obligation_lapsed": _("Obligation ended with the authorisation"),
    "obligation_carried": _("Obligation carried to the renewal"),
    "request_carried": _("Asked of the renewal of that authorisation from now on"),
    "renunciation_asked": _("The holder tells HAS that it gives the authorisation up"),
    "renunciation_accepted": _("HAS accepts that the authorisation is given up"),
    "renunciation_refused": _("HAS refuses that the authorisation is given up"),
    "obligation_given_back": _("Obligation given back to the authorisation that goes on"),
}
# Notes that tell of the title more than of the request: they stand on its page.
OF_A_TITLE: Final = frozenset({"invite_comments", "give_comments", "give_up_comments"}) | {
    verb for verb in NOTES if verb.startswith(("obligation_", "renunciation_", "material_"))
}
_NOTE_FIELDS: Final = (
    PayloadField("to", "line", _("Given to")),
    PayloadField(
        "intended", "choice", _("Intended"), choices=tuple((row.name, row.label) for row in TITLE.transitions)
    ),
    PayloadField("reply_by", "date", _("Comments until")),
    PayloadField("obligation", "choice", _("Obligation"), choices=tuple(Obligation.Kind.choices)),
    PayloadField("due_on", "date", _("Last day to do it")),
    PayloadField("done_on", "date", _("Done on")),
    PayloadField("reason", "text", _("Reason")),
    PayloadField("title", "line", _("Authorisation")),
    PayloadField("company", "line", _("Company")),
    PayloadField("covered_by", "line", _("Covered by")),
    PayloadField("medicine", "line", _("Medicine")),
    PayloadField("indication", "text", _("Indication")),
)
# Shown where they belong on the page, not a second time here.
_SHOWN_ELSEWHERE: Final = frozenset(
    {"questions", "answers", "outcome", "reasons", "conditions", "compliance", "comparators", "assessor", "minutes"}
).union(*({code, f"{code}_reasons"} for code, _label in CRITERIA))
# What a ministry reads of the exchanges between agencies.
_OPINIONS_GIVEN: Final = frozenset(
    row.name
    for one in all_procedures()
    for row in one.transitions
    if {"give_opinion", "record_findings"} & set(row.effects)
)
_READABLE_KINDS: Final = frozenset({"text", "line", "date", "choice", "integer", "boolean"})


@dataclass(frozen=True)
class Entry:
    """One line of the timeline. `details` are (label, words) of what was typed with the act; `verb`, `machine`,
    `source` and `target` are the codes of what happened."""

    seq: int
    verb: str
    machine: str
    source: str
    target: str
    at: dt.datetime
    words: Text
    who: str
    role: Text
    role_code: str
    details: tuple[tuple[Text, str], ...]
    state: Text
    of_title: bool
    staff_only: bool
    inferred: bool


def timeline(dossier: Dossier, actor: Actor) -> list[Entry]:
    """Latest first, in one query. Others than staff never see what is marked as staff's, nor an agent's own name.

    An agency does not read what the hospital's people said to each other before the request was filed; where two
    agencies are concerned, nor what the other keeps to itself: that it proposes an opinion, but not which. Of several
    organisations on one file, none reads what another says to the agency, nor what the agency asks of another.
    """
    staff, agency = is_staff_side(actor), reads_as_agency(actor, dossier)
    found = Event.objects.filter(dossier=dossier).order_by("-seq").select_related("actor_membership")
    events = [event for event in found if reads_note(event, actor, dossier)]
    table = procedure(dossier.procedure, dossier.workflow_version)
    authors = note_authors(actor, dossier)
    sent_only = agency and reads_what_was_sent_only(actor)
    entries = []
    for event in events:
        one = _entry(event, TITLE if event.machine == "title" else table, staff=staff)
        before = sent_only and dossier.filed_at is not None and one.at < dossier.filed_at
        of_others = one.staff_only and authors is not None and one.role_code not in authors
        if not agency:
            of_others = is_between_others(event, table, actor)
        if of_others and agency and actor.role == roles.MINISTRY_READER and one.verb not in _OPINIONS_GIVEN:
            continue
        entries.append(replace(one, details=()) if before or of_others else one)
    return entries


def is_between_others(event: Event, table: Procedure, actor: Actor) -> bool:
    """Whether the words of an act are not for this reader, who is of no agency: that it was done is told, what was
    typed with it is not. The act that ends the file says why to all."""
    row = next((row for row in table.transitions if row.name == event.verb), None)
    if event.machine != "dossier" or row is None or actor.role == roles.EXPERT:
        return False
    if event.actor_role in roles.AGENCY_STAFF:
        return not reads_letter_of(row, actor)
    author = event.actor_membership.organisation_id if event.actor_membership else None
    return author not in (None, actor.organisation_id) and not table.state(row.target).final


def _entry(event: Event, table: Procedure, *, staff: bool) -> Entry:
    row = next((row for row in table.transitions if row.name == event.verb), None)
    note = event.machine == "note" or row is None
    state: Text = ""
    if event.target and event.target != event.source:
        target = table.state(event.target)
        state = target.staff if staff else target.applicant
    return Entry(
        seq=event.seq,
        verb=event.verb,
        machine=event.machine,
        source=event.source,
        target=event.target,
        at=event.at,
        words=NOTES.get(event.verb, event.verb) if note or row is None else row.past,
        who=who(event.actor_role, event.actor_name, event.actor_organisation, staff=staff),
        role=roles.LABELS.get(event.actor_role, event.actor_role),
        role_code=event.actor_role,
        details=tuple(_details(_NOTE_FIELDS if note or row is None else row.payload, event.payload)),
        state=state,
        of_title=event.machine == "title" or event.verb in OF_A_TITLE,
        staff_only=event.staff_only,
        inferred=event.inferred,
    )


def who(role: str, name: str, organisation: str, *, staff: bool) -> str:
    """Who to name for this audience: to applicants an agency answers as a body, not through one of its agents."""
    if role == roles.SYSTEM:
        return ""
    return organisation or name if not staff and role in roles.AGENCY_STAFF else name


def _details(fields: Iterable[PayloadField], payload: Mapping[str, Any]) -> Iterable[tuple[Text, str]]:
    for one in fields:
        value = payload.get(one.name)
        if value in (None, "", False) or one.name in _SHOWN_ELSEWHERE or one.kind not in _READABLE_KINDS:
            continue
        yield one.label, _said(one, value)


def _said(one: PayloadField, value: Any) -> str:
    if one.kind == "boolean":
        return str(_("Yes"))
    if one.kind == "choice":
        return str(dict(one.choices).get(value, value))
    if one.kind == "date":
        day = parse_date(str(value))
        return say(day) if day else str(value)
    # Companies typed one on each line are kept as those that were found.
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
