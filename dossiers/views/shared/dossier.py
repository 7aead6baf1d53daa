"""The page of one dossier, for whoever may see it: what it is, whose turn it is, what was said and done."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, Final

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from dossiers.models import Dossier
from dossiers.policy import (
    is_staff_side,
    may,
    reads_as_agency,
    reads_proposals,
    reads_what_was_sent_only,
)
from dossiers.queries import pages
from dossiers.queries.advice import advice_of
from dossiers.queries.after import appeals_of
from dossiers.queries.awaited import awaited_roles
from dossiers.queries.consulted import consulted
from dossiers.queries.experts import missions_on
from dossiers.queries.facts import facts_of
from dossiers.queries.filing_meetings import meetings_of
from dossiers.queries.frameworks import exchange_of, next_act, terms_of
from dossiers.queries.messages import messages_sent
from dossiers.queries.statements import statements_of
from dossiers.queries.timeline import timeline
from dossiers.services import access
from dossiers.services.clocks import due
from dossiers.services.conversation import LONGEST_MESSAGE
from dossiers.views.applicant.documents import documents_shown
from dossiers.views.shared.actions import actions, turn
from dossiers.views.shared.after_signing import after_signing
from dossiers.views.shared.keys import new_key
from dossiers.views.shared.referential import referential_block
from dossiers.views.shared.rows import colour_of, is_about_a_patient, is_bound_by_a_delay
from workflows.dates import civil_date
from workflows.diagram import state_diagram
from workflows.engine import choices
from workflows.registry import procedure
from workflows.types import Actor

EXEMPTION: Final = "device_exemption"


def visible_dossier(request: HttpRequest, reference: str) -> Dossier:
    """The dossier, or Http404: absent and out of reach are told apart to nobody."""
    found = pages.dossier_for(request.actor, reference)  # type: ignore[attr-defined]
    if found is None:
        raise Http404
    return found


@require_safe
def dossier(request: HttpRequest, reference: str) -> HttpResponse:
    found = visible_dossier(request, reference)
    at = timezone.now()
    access.record(dossier=found, actor=request.actor, what="page", at=at)  # type: ignore[attr-defined]
    return page(request, found, at)


def page(
    request: HttpRequest, found: Dossier, at: dt.datetime, *, typed: dict[str, Any] | None = None, status: int = 200
) -> HttpResponse:
    """The page itself. `typed` gives back what a refused message or note said, with why it was refused."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    staff = is_staff_side(actor)
    table = procedure(found.procedure, found.workflow_version)
    content = _content(request, found, actor, at, staff=staff)
    signed = content["shown"].submission
    head = _head(found, actor, at, staff=staff)
    context = {
        **head,
        **after_signing(found, actor, head),
        **content,
        "referential": referential_block(found, actor, signed.answers if signed else {}),
        "exchange": exchange_of(found, actor, at),
        "terms": terms_of(found) if reads_proposals(actor) or found.decided_at else None,
        "consulted": consulted(found, actor, signed.answers if signed else {}),
        "advice": advice_of(found, signed.answers if signed else {}),
        "table": table,
        "diagram": state_diagram(table, current=found.state, audience="staff" if staff else "applicant"),
        "typed": typed or {},
        "sent": request.GET.get("sent", ""),
        "longest_message": LONGEST_MESSAGE,
        "key": new_key(),
    }
    return render(request, "dossiers/shared/dossier.html", context, status=status)


def _head(found: Dossier, actor: Actor, at: dt.datetime, *, staff: bool) -> dict[str, Any]:
    """What it is, where it is, what can be done."""
    table = procedure(found.procedure, found.workflow_version)
    state = table.state(found.state)
    may_edit = may(actor, "edit", found).allowed
    may_act = may(actor, "act", found).allowed
    facts = facts_of(found, actor, at) if may_act or (staff and table.consults) else None
    verdicts = choices(table, facts, actor, at) if facts and may_act else ()
    on = civil_date(at)
    # An agency's own target binds nobody: applicants are told the law's delays only.
    by_law = is_bound_by_a_delay(table)
    first = next_act(found) if verdicts else ""
    clock = due(found, at) if found.filed_at and (staff or by_law) else None
    whose_turn = turn(
        table,
        state,
        actor,
        # Applicants are not told which body is consulted.
        awaited=awaited_roles(table, state, facts, on) if facts and (staff or not table.consults) else state.waits_for,
        staff=staff,
        owner=found.organisation.name,
    )
    # What one may do while another is awaited is possible, not urged.
    urged = bool(first) or whose_turn.mine or not whose_turn.others
    acts = actions(verdicts, table, found, may_edit=may_edit, first=first, urged=urged)
    return {
        "dossier": found,
        "staff": staff,
        "state": state,
        "state_label": state.staff if staff else state.applicant,
        "state_colour": colour_of(found.state, staff=staff),
        "kind": dict(table.kinds).get(found.kind, found.kind),
        "about_patient": is_about_a_patient(table),
        "turn": whose_turn,
        "actions": acts,
        "may_edit": may_edit and found.filed_at is None,
        "clock": clock,
        "by_law": by_law,
        "late": clock is not None and clock.is_late(on),
        "may_assign": may(actor, "assign", found).allowed,
        # Of what nobody has taken up, and that the reader cannot go on with, giving it to somebody is the next act.
        "assign_first": found.lead_id is None and not any(one.primary for one in acts),
        "may_recuse": may(actor, "recuse", found).allowed and found.decided_at is None,
        "title": getattr(found, "title", None),
    }


def _content(request: HttpRequest, found: Dossier, actor: Actor, at: dt.datetime, *, staff: bool) -> dict[str, Any]:
    """What was said and done."""
    messages, notes = pages.conversation(found, actor)
    letters = pages.letters(found, actor)
    asked = pages.questions_asked(found, civil_date(at))
    agency = reads_as_agency(actor, found)
    sent_only = agency and reads_what_was_sent_only(actor)
    version, against = _number(request, "version"), _number(request, "against")
    shown = pages.answered(found, at, number=version, against=against, sent_only=sent_only)
    return {
        "shown": shown,
        "documents": documents_shown(found, actor),
        "may_attach": may(actor, "attach", found).allowed,
        "asked": asked,
        "open_request": next((one for one in asked if one.is_open), None),
        "conversation": messages,
        "notes": notes,
        "may_write": may(actor, "write_message", found).allowed,
        "may_note": may(actor, "write_note", found).allowed,
        "decisions": pages.decisions(found, staff=reads_proposals(actor)),
        "statements": statements_of(found, actor) if found.procedure == EXEMPTION else [],
        "exemption": found.procedure == EXEMPTION,
        "appeals": appeals_of(found, actor),
        "meetings": meetings_of(found, actor, civil_date(at)),
        "letters": letters,
        "reply": _reply(found, letters),
        "parties": pages.parties(found),
        "missions": missions_on(found, actor) if agency else [],
        "may_ask_expert": staff and may(actor, "ask_expert", found).allowed,
        "tasks": pages.tasks(found, actor) if staff else [],
        "told": messages_sent(found, actor),
        "timeline": timeline(found, actor),
        "accesses": pages.accesses(found) if agency else [],
    }


def _reply(found: Dossier, letters: Sequence[pages.Letter]) -> pages.Letter | None:
    """The letter that ended it, for whoever may read it: it was ordered by the act that did, not by an earlier one."""
    ended = found.decided_at
    return next((one for one in reversed(letters) if one.ready and ended and one.ordered_at >= ended), None)


def _number(request: HttpRequest, name: str) -> int | None:
    typed = request.GET.get(name, "")
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 6 else None
