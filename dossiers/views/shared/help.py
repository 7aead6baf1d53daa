"""Help made from the procedures' tables, for anybody: what happens when, who acts, and by which law."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from dossiers.policy import is_staff_side
from workflows import roles
from workflows.diagram import Audience, state_diagram
from workflows.registry import TITLE, all_procedures, procedure
from workflows.types import Procedure, State, Text, Transition


@dataclass(frozen=True)
class Act:
    label: Text
    who: tuple[Text, ...]
    target: Text
    help: Text
    law: str


@dataclass(frozen=True)
class Stage:
    label: Text
    help: Text
    waits_for: tuple[Text, ...]
    acts: list[Act]
    final: bool


def _is_staff(request: HttpRequest) -> bool:
    actor = getattr(request, "actor", None)
    return actor is not None and is_staff_side(actor)


@login_not_required
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    return render(request, "dossiers/shared/help_index.html", {"procedures": all_procedures()})


@login_not_required
@require_safe
def help_page(request: HttpRequest, procedure_code: str) -> HttpResponse:
    try:
        table = procedure(procedure_code)
    except KeyError as error:
        raise Http404 from error
    staff = _is_staff(request)
    audience: Audience = "staff" if staff else "applicant"
    context = {
        "table": table,
        "stages": stages(table, table.code, staff=staff),
        "diagram": state_diagram(table, audience=audience),
        "title_stages": stages(TITLE, table.code, staff=staff),
        "title_diagram": state_diagram(TITLE, audience=audience, granted_by=table.code),
        "staff": staff,
    }
    return render(request, "dossiers/shared/help.html", context)


def stages(table: Procedure, code: str, *, staff: bool) -> list[Stage]:
    """The states with their acts, for procedure `code`; those that applicants see under one label are one."""
    found: dict[str, Stage] = {}
    for state in table.states:
        label = state.staff if staff else state.applicant
        acts = [_act(table, row, code, staff=staff) for row in table.transitions if _is_shown(row, state, code, staff)]
        known = found.get(str(label))
        if known is None:
            found[str(label)] = Stage(label, state.help, _waited(state, staff=staff), acts, state.final)
        else:
            labels = {str(act.label) for act in known.acts}
            known.acts.extend(act for act in acts if str(act.label) not in labels)
    return list(found.values())


def _is_shown(row: Transition, state: State, code: str, staff: bool) -> bool:
    return state.code in row.sources and (staff or not row.staff_only) and bool(row.roles(code))


def _act(table: Procedure, row: Transition, code: str, *, staff: bool) -> Act:
    target = table.state(row.target)
    return Act(
        label=row.label,
        who=tuple(label for role, label in roles.LABELS.items() if role in row.roles(code)),
        target=target.staff if staff else target.applicant,
        help=row.help,
        law=row.law,
    )


def _waited(state: State, *, staff: bool) -> tuple[Text, ...]:
    if not staff and state.waits_for & roles.ANSM_STAFF:
        return ("ANSM",)
    if not staff and state.waits_for & roles.HAS_STAFF:
        return ("HAS",)
    return tuple(label for role, label in roles.LABELS.items() if role in state.waits_for)
