"""What a company, a project or a reporter sees first: what waits for it, what the authorities examine, which
authorisations end soon. The states of each list are read from the procedures' tables.

As for a hospital, files belong to the organisation and every list is one query, whatever its length.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.utils.translation import gettext_lazy as _

from dossiers.models import Dossier
from dossiers.models.title import continuing
from dossiers.policy import titles_visible_to, visible_to
from dossiers.queries.holders import held_by
from dossiers.queries.hospital import CHANGED, DECIDED, REPLY_BY, ROW, Group
from dossiers.queries.keyset import Column, Ordering
from workflows.aap_guards import last_day_to_file
from workflows.registry import all_procedures
from workflows.roles import APPLICANT, CONTRIBUTOR, PHARMACOVIGILANCE, REPORTER
from workflows.types import Actor, Procedure, Role, State

WRITERS: Final = frozenset({APPLICANT, CONTRIBUTOR, REPORTER})
ROLES: Final = WRITERS | {PHARMACOVIGILANCE}
ENDING_DAYS: Final = 180
"""An early access is shown from its first reminder: three months before the last day to file its renewal. Frameworks
and exemptions, which others renew or nobody does, are shown with it."""
EARLY_ACCESS: Final = "aap"

DUE: Final = Ordering("due", (Column("due_on", "date", nullable=True), Column("id", "integer")))
COMPANY_ROW: Final = (*ROW, "pathway", "due_on", "filing__reference")


def _states(among: Callable[[Procedure, State], bool]) -> frozenset[str]:
    return frozenset(
        state.code
        for table in all_procedures()
        if table.code != "aac"
        for state in table.states
        if state.read_by & ROLES and among(table, state)
    )


_BEGUN: Final = _states(lambda table, state: state.code == table.initial)
_OVER: Final = _states(lambda table, state: state.final)


def _groups(side: frozenset[Role]) -> dict[str, Group]:
    """The lists of one side: what a table asks of a company it asks of no reporter, who reads it as going on."""
    asked = _states(lambda table, state: bool(state.waits_for & side)) - _BEGUN
    examined = _states(lambda table, state: not state.final) - _BEGUN - asked
    groups = (
        Group(
            "asked",
            _("What is asked of you"),
            asked,
            side,
            REPLY_BY,
            _("Nothing is asked of you."),
            (*COMPANY_ROW, "reply_by"),
            named=True,
            until_replied=True,
        ),
        Group(
            "writing",
            _("Drafts to finish"),
            _BEGUN,
            side,
            CHANGED,
            _("No draft waits for you."),
            COMPANY_ROW,
            named=True,
        ),
        Group(
            "examined",
            _("Under examination"),
            examined,
            frozenset(),
            DUE,
            _("No request is under examination."),
            (*COMPANY_ROW, "replied"),
            named=True,
            once_replied=asked,
        ),
        Group(
            "over",
            _("Decided or closed"),
            _OVER,
            frozenset(),
            DECIDED,
            _("Nothing has been decided yet."),
            COMPANY_ROW,
            decided=True,
            named=True,
        ),
    )
    return {one.name: one for one in groups if one.states}


GROUPS: Final = _groups(frozenset({APPLICANT, CONTRIBUTOR}))
OF_REPORTERS: Final = _groups(frozenset({REPORTER}))


def groups_of(role: Role) -> dict[str, Group]:
    """The lists that this role reads, by name."""
    return OF_REPORTERS if role == REPORTER else GROUPS


def groups_for(role: Role) -> tuple[list[Group], list[Group]]:
    """(what waits for this role, what happens elsewhere). Pharmacovigilance reads no draft: it is not told of any."""
    groups = groups_of(role).values()
    mine = [group for group in groups if role in group.waits_for]
    others = [group for group in groups if role not in group.waits_for]
    return mine, [group for group in others if role in WRITERS or group.name != "writing"]


@dataclass(frozen=True)
class Ending:
    """An authorisation that ends soon. `dossier`: reference of its request. `renewal`: reference of the one begun or
    filed, if any. `file_by`: the last day to file one, of an early access, the only one that a company renews."""

    number: str
    procedure: str
    dossier: str
    product: str
    indication: str
    ends_on: dt.date
    file_by: dt.date | None
    renewal: str
    renewal_filed: bool

    def late_on(self, on: dt.date) -> bool:
        return not self.renewal_filed and self.file_by is not None and on > self.file_by


def titles_ending(actor: Actor, on: dt.date, *, limit: int = 20) -> list[Ending]:
    """Titles that live and end within `ENDING_DAYS`, soonest first, none of them renewed. One query."""
    found = held_by(actor, titles_visible_to(actor)).filter(
        state__in=("in_force", "suspended"), ends_on__lte=on + dt.timedelta(days=ENDING_DAYS)
    )
    found = found.annotate(
        renewal=Subquery(_renewal(actor).values("reference")[:1]),
        renewal_filed_at=Subquery(_renewal(actor).values("filed_at")[:1]),
    ).exclude(Exists(continuing(OuterRef("chain"), OuterRef("renewal_rank"))))
    rows = found.order_by("ends_on", "id").values_list(
        *("number", "procedure", "dossier__reference", "dossier__product_label", "dossier__subject", "ends_on"),
        *("renewal", "renewal_filed_at"),
    )[:limit]
    return [
        Ending(
            *(number, code, dossier, product, subject, ends_on),
            file_by=last_day_to_file(ends_on) if code == EARLY_ACCESS else None,
            renewal=renewal or "",
            renewal_filed=filed_at is not None,
        )
        for number, code, dossier, product, subject, ends_on, renewal, filed_at in rows
    ]


def _renewal(actor: Actor) -> QuerySet[Dossier]:
    """Asked by the company itself, or by an agency that has told it."""
    renewals = visible_to(actor).filter(parent_title=OuterRef("pk"), kind="renewal", decided_at=None)
    return renewals.exclude(state="withdrawn").order_by("-id")
