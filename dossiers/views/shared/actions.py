"""What the reader may do now: the engine's answer as buttons. Forbidden acts are absent, blocked ones say why."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Final

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _

from dossiers.forms.registry import form_set
from dossiers.models import Dossier, Title
from workflows import roles
from workflows.engine import Verdict
from workflows.title_guards import renounced_after_a_month
from workflows.types import Actor, Procedure, Reason, Role, State, Text, Transition

REASONS_SHOWN: Final = 5

# Acts that have a screen of their own, where the whole request is read before it is signed or answered.
OWN_SCREENS: Final = {
    "sign": "dossiers:review",
    "file": "dossiers:check",
    "report": "dossiers:review",
    "answer": "dossiers:answers",
    "complete": "dossiers:answers",
    "plan_meeting": "dossiers:meeting_plan",
}


@dataclass(frozen=True)
class Why:
    """One reason of a refusal, with the page that mends it when there is one."""

    message: Text
    url: str = ""


@dataclass(frozen=True)
class Action:
    """`direct`: done at one click, nothing being asked. `more`: how many reasons are not listed."""

    name: str
    label: Text
    help: Text
    url: str
    allowed: bool
    danger: bool
    direct: bool
    primary: bool = False
    reasons: tuple[Why, ...] = ()
    more: int = 0


def is_direct(row: Transition) -> bool:
    """Nothing to type, nothing that cannot be undone, no letter that leaves: one click is enough."""
    return not (row.payload or row.danger or row.letter or row.name in OWN_SCREENS)


def actions(
    verdicts: Iterable[Verdict],
    table: Procedure,
    dossier: Dossier,
    *,
    may_edit: bool,
    first: str = "",
    urged: bool = True,
) -> list[Action]:
    """Buttons for the engine's verdicts on a dossier: the act named `first`, else the one that leads furthest;
    dangerous ones last. `urged`: the first of them stands out."""
    furthest = [state.code for state in table.states]
    found = []
    for verdict in verdicts:
        row = verdict.transition
        if row is not None:
            one = _action(row, verdict, _address(row, dossier), _whys(verdict.reasons, dossier, may_edit))
            found.append((not one.allowed, one.danger, row.name != first, -furthest.index(row.target), one))
    ordered = [one for *_rank, one in sorted(found, key=lambda ranked: ranked[:4])]
    if urged and ordered and ordered[0].allowed and not ordered[0].danger:
        ordered[0] = replace(ordered[0], primary=True)
    return ordered


def title_actions(verdicts: Iterable[Verdict], title: Title) -> list[Action]:
    """Buttons for the engine's verdicts on a title. Where the authority is told first, giving it up begins there."""
    found = []
    for verdict in verdicts:
        row = verdict.transition
        if row is not None:
            own = row.name == "renounce" and renounced_after_a_month(title.procedure) and verdict.allowed
            name, more = ("renunciation", []) if own else ("title_act", [row.name])
            url = reverse(f"dossiers:{name}", args=[title.number, *more])
            found.append(_action(row, verdict, url, tuple(Why(reason.message) for reason in verdict.reasons)))
    return sorted(found, key=lambda one: (not one.allowed, one.danger))


def _action(row: Transition, verdict: Verdict, url: str, whys: tuple[Why, ...]) -> Action:
    return Action(
        name=row.name,
        label=row.label,
        help=row.help,
        url=url,
        allowed=verdict.allowed,
        danger=row.danger,
        direct=is_direct(row),
        reasons=whys[:REASONS_SHOWN],
        more=max(0, len(whys) - REASONS_SHOWN),
    )


def _address(row: Transition, dossier: Dossier) -> str:
    own = OWN_SCREENS.get(row.name)
    if row.name == "file" and dossier.state in row.sources and "draft" in row.sources:
        own = "dossiers:review"  # whoever writes it files it: nobody else checks it on the way
    if own:
        try:
            return reverse(own, args=[dossier.reference])
        except NoReverseMatch:
            pass
    return reverse("dossiers:act", args=[dossier.reference, row.name])


def _whys(reasons: Iterable[Reason], dossier: Dossier, may_edit: bool) -> tuple[Why, ...]:
    """A reason about an answer leads to its section, for whoever may change it."""
    sections = {section.key for section in form_set(dossier.procedure).sections}
    found = []
    for reason in reasons:
        section = reason.field.partition(".")[0]
        url = ""
        if may_edit and section in sections:
            try:
                url = reverse("dossiers:edit", args=[dossier.reference, section])
            except NoReverseMatch:
                url = ""
        found.append(Why(reason.message, url))
    return tuple(found)


# ------------------------------------------------------------------------------------------- whose turn it is


@dataclass(frozen=True)
class Turn:
    """`mine`: the reader's role is awaited. `others`: who is, in words; empty once the dossier is final."""

    help: Text
    mine: bool
    others: tuple[Text, ...]


def turn(table: Procedure, state: State, actor: Actor, *, awaited: frozenset[Role], staff: bool, owner: str) -> Turn:
    """`awaited`: the roles whose turn it is. Each side is told of the other as one body: applicants of the agency,
    staff of the `owner` of the file.

    Applicants are told of states under one label as one state.
    """
    shown = state if staff else next(one for one in table.states if str(one.applicant) == str(state.applicant))
    mine = actor.role in awaited
    agencies_turn = bool(awaited & roles.AGENCY_STAFF)
    if staff and awaited and not agencies_turn:
        others: tuple[Text, ...] = (owner,)
    elif staff or not agencies_turn:
        others = tuple(label for role, label in roles.LABELS.items() if role in awaited and role != actor.role)
    else:
        others = (_the_agency(table),)
    return Turn(shown.help, mine, others)


def _the_agency(table: Procedure) -> Any:
    """Who decides, for an applicant: whom it consults meanwhile is its own affair."""
    return "ANSM" if table.led_by & roles.ANSM_STAFF else _("HAS")
