"""Which lists there are, for whom, and which dossiers each holds. The tables say whose turn it is, not this file."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from dossiers.models import Dossier
from dossiers.models.dossier import DONE, OPEN
from dossiers.policy import agency_of, visible_to
from dossiers.queries.awaited import awaiting, excused_from_ansm
from dossiers.queries.keyset import Column, Ordering
from workflows import roles
from workflows.dates import civil_date
from workflows.registry import all_procedures
from workflows.types import Actor, Role, Text

DUE: Final = Ordering(
    "due",
    (
        Column("urgent", "boolean", descending=True),
        Column("due_on", "date", nullable=True),
        Column("id", "integer"),
    ),
)
FILED: Final = Ordering("filed", (Column("filed_at", "datetime"), Column("id", "integer")))
NEWEST: Final = Ordering(
    "newest", (Column("filed_at", "datetime", descending=True), Column("id", "integer", descending=True))
)
BEGUN: Final = Ordering("begun", (Column("id", "integer", descending=True),))
DECIDED: Final = Ordering(
    "decided", (Column("decided_at", "datetime", descending=True), Column("id", "integer", descending=True))
)
CHANGED: Final = Ordering(
    "changed", (Column("changed_at", "datetime", descending=True), Column("id", "integer", descending=True))
)


@dataclass(frozen=True)
class Worklist:
    """`orderings`: the first one is the default. `counted`: its size is shown beside its name."""

    name: str
    label: Text
    help: Text
    orderings: tuple[Ordering, ...] = (DUE, FILED)
    counted: bool = True
    when_empty: Text = _("Nothing here.")


DUE_SOON_DAYS: Final = 14
"""Of a delay that silence ends: this many days before its last one the file is said to be due soon."""

_LISTS: Final = (
    Worklist(
        "completeness",
        _("To check"),
        _("Filed requests: check that they are complete. The delay starts with the acknowledgement."),
        when_empty=_("No filed request waits for its check."),
    ),
    Worklist(
        "to_route",
        _("To route"),
        _("Requests just received: give each to a desk, redirect it or answer that it is not eligible."),
        orderings=(FILED,),
        when_empty=_("No request waits to be routed."),
    ),
    Worklist("mine", _("Mine"), _("Open dossiers you are in charge of."), when_empty=_("You lead no open dossier.")),
    Worklist(
        "unassigned",
        _("Unassigned"),
        _("Filed dossiers that nobody has taken up."),
        when_empty=_("Every filed dossier has an officer in charge."),
    ),
    Worklist(
        "opinions",
        _("Opinions to propose"),
        _("Early accesses before marketing authorisation, on which HAS waits for ANSM's opinion."),
        orderings=(DUE,),
        when_empty=_("No opinion is awaited."),
    ),
    Worklist(
        "late",
        _("Late"),
        _("Open dossiers whose target date has passed while they wait for the agency."),
        when_empty=_("No dossier is late."),
    ),
    Worklist(
        "due_soon",
        _("Due soon or late"),
        _("Open dossiers whose delay ends within 14 days: after it, silence decides."),
        orderings=(DUE,),
        when_empty=_("No delay ends soon."),
    ),
    Worklist(
        "waiting",
        _("Waiting for the applicant"),
        _("Questions were asked or items are missing; the applicant has not answered yet."),
        when_empty=_("No applicant owes an answer."),
    ),
    Worklist(
        "committee",
        _("To the Committee"),
        _("Requests on which the Transparency Committee has not given its opinion."),
        orderings=(DUE,),
        when_empty=_("No request waits for the Transparency Committee."),
    ),
    Worklist(
        "college",
        _("To the College"),
        _("Requests with every opinion they need: the College may decide."),
        orderings=(DUE,),
        when_empty=_("No request waits for the College."),
    ),
    Worklist(
        "to_sign",
        _("To sign"),
        _("A decision or an opinion is proposed and waits for its signature."),
        when_empty=_("No proposal waits for a signature."),
    ),
    Worklist("all", _("All open"), _("Every dossier not yet decided."), when_empty=_("No open dossier.")),
    Worklist(
        "decided",
        _("All decided"),
        _("Granted, refused, withdrawn and closed dossiers, latest first."),
        orderings=(DECIDED,),
        counted=False,
        when_empty=_("Nothing has been decided yet."),
    ),
)
WORKLISTS: Final[dict[str, Worklist]] = {one.name: one for one in _LISTS}

_OF_ANSM: Final = ("mine", "unassigned", "opinions", "late", "waiting", "to_sign", "all", "decided")
_OF_BOTH: Final = (
    *("to_route", "mine", "unassigned", "late", "waiting", "committee", "college", "to_sign", "all", "decided"),
)
_OF_ROLE: Final[dict[Role, tuple[str, ...]]] = {
    roles.HAS_OFFICER: ("completeness", "mine", "waiting", "due_soon", "committee", "college", "all", "decided"),
    roles.CT_SECRETARY: ("committee", "due_soon", "college", "all", "decided"),
    roles.HAS_COLLEGE: ("college", "due_soon", "committee", "all", "decided"),
    roles.MINISTRY_READER: ("all", "decided"),
    **dict.fromkeys(roles.ANSM_STAFF, _OF_ANSM),
    roles.ANSM_TRIAGE: ("to_route", *_OF_ANSM),
}


def lists_of(role: Role) -> tuple[str, ...]:
    """Names of the lists that this role works from, in their order; an auditor's are those of both agencies."""
    return _OF_ROLE.get(role, _OF_BOTH)


def _waiting_for_applicant(codes: Iterable[str]) -> Q:
    """Filed, open dossiers of these procedures in which it is no agency's turn, as their tables say."""
    condition = Q(pk__in=[])
    for one in all_procedures():
        states = [
            state.code
            for state in one.states
            if not state.final
            and state.read_by & roles.AGENCY_STAFF
            and state.waits_for
            and not state.waits_for & roles.AGENCY_STAFF
        ]
        if one.code in codes and states:
            condition |= Q(procedure=one.code, state__in=states)
    return condition


def _led_by_agency_of(role: Role) -> list[str]:
    """Codes of the procedures that this role's agency leads; all of them for a role of no agency."""
    agency = agency_of(role)
    return [one.code for one in all_procedures() if not agency or one.led_by & agency]


def _to_check() -> Q:
    """States in which it is the officer's turn alone: nothing is examined yet."""
    condition = Q(pk__in=[])
    for one in all_procedures():
        states = [state.code for state in one.states if state.waits_for == {roles.HAS_OFFICER}]
        condition |= Q(procedure=one.code, state__in=states)
    return condition


_TURN_OF: Final[dict[str, Role]] = {
    "opinions": roles.ANSM_ASSESSOR,
    "committee": roles.CT_SECRETARY,
    "college": roles.HAS_COLLEGE,
    "to_route": roles.ANSM_TRIAGE,
    "to_sign": roles.ANSM_SIGNATORY,
}
"""List -> the role whose turn it is in each of its dossiers."""


def dossiers_in(name: str, actor: Actor, at: dt.datetime, excused: Collection[int] | None = None) -> QuerySet[Dossier]:
    """The dossiers of one list (a key of WORKLISTS) that this actor may see, unordered. Raises KeyError.

    `excused`: what `excused_from_ansm` gives, when the caller has asked it already.
    """
    seen = visible_to(actor).filter(DONE if name == "decided" else OPEN)
    if name == "opinions":
        seen = seen.filter(procedure__in=[one.code for one in all_procedures() if one.consults])
    on = civil_date(at)
    if name in _TURN_OF:
        return seen.filter(awaiting(_TURN_OF[name], on, excused_from_ansm() if excused is None else excused))
    led = _led_by_agency_of(actor.role)
    conditions = {
        "completeness": _to_check(),
        "mine": Q(lead=actor.membership_id) if actor.membership_id else Q(pk__in=[]),
        "unassigned": Q(lead__isnull=True, procedure__in=led),
        # While an applicant owes an answer the clock is stopped and there is no due date.
        "late": Q(due_on__lt=on),
        "due_soon": Q(due_on__lte=on + dt.timedelta(days=DUE_SOON_DAYS)),
        "waiting": _waiting_for_applicant(led),
        "all": Q(),
        "decided": Q(),
    }
    return seen.filter(conditions[name])
