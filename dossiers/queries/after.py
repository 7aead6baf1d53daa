"""What follows a decision, as its readers may know it: appeals against it, treatments that go on after its end."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext_lazy as _

from dossiers.models import Appeal, Continuity, ContinuityCount, Dossier, Title
from dossiers.policy import is_staff_side, may
from workflows.registry import grants_titles
from workflows.types import Actor, Text

KINDS: Final[dict[str, Text]] = {
    Appeal.Kind.GRACIOUS: _("Letter to the authority that decided (gracious appeal)"),
    Appeal.Kind.COURT: _("Case before the administrative court"),
}
OUTCOMES: Final[dict[str, Text]] = {
    Appeal.Outcome.UPHELD: _("The decision stands"),
    Appeal.Outcome.CHANGED: _("The decision is changed"),
    Appeal.Outcome.DROPPED: _("The appeal was dropped"),
}


@dataclass(frozen=True)
class Counted:
    """One declaration. `by`: who made it, empty for readers to whom an agency does not name persons."""

    on: dt.date
    patients: int
    until: dt.date | None
    by: str


@dataclass(frozen=True)
class ContinuityShown:
    """`counts`: latest first. `days`: how many are left, the last one included; 0 once it is over."""

    row: Continuity
    counts: tuple[Counted, ...]
    days: int
    on_first_terms: bool
    may_count: bool

    @property
    def last(self) -> Counted | None:
        return self.counts[0] if self.counts else None


def continuity_of(title: Title, actor: Actor, on: dt.date) -> ContinuityShown | None:
    """The continuity of treatment that the end of `title` opened, as of the civil day `on`. None when it opened none.

    Two queries, one while there is none.
    """
    row = Continuity.objects.filter(title=title).first()
    if row is None:
        return None
    counts = tuple(_counted(one) for one in row.counts.select_related("declared_by").order_by("-on"))
    is_open = row.closed_on is None
    return ContinuityShown(
        row=row,
        counts=counts,
        days=max(0, (row.ends_on - max(on, row.starts_on)).days + 1) if is_open else 0,
        on_first_terms=is_open and on <= row.first_terms_until,
        may_count=is_open and row.starts_on <= on and may(actor, "fulfil", title.dossier).allowed,
    )


def _counted(one: ContinuityCount) -> Counted:
    return Counted(one.on, one.patients, one.until, one.declared_by.get_full_name() if one.declared_by else "")


def continuity_for(title: Title) -> Continuity | None:
    return Continuity.objects.filter(title=title).first()


# ------------------------------------------------------------------------------------------------------ appeals


@dataclass(frozen=True)
class AppealShown:
    """`reads_words`: whether its reader is one of the two sides, who read the grounds and the answer."""

    row: Appeal
    reads_words: bool
    may_settle: bool

    @property
    def kind(self) -> Text:
        return KINDS[self.row.kind]

    @property
    def outcome(self) -> Text:
        """Empty while nobody answered."""
        return OUTCOMES.get(self.row.outcome, "")


@dataclass(frozen=True)
class Appeals:
    """`rows`: in the order in which they were lodged."""

    rows: tuple[AppealShown, ...]
    may_add: bool

    @property
    def is_shown(self) -> bool:
        return bool(self.rows or self.may_add)


def appeals_of(dossier: Dossier, actor: Actor) -> Appeals:
    """The appeals against what was decided on `dossier`, in one query, none before the decision, nor
    against what decides nothing (an opinion on a project).

    Authorities and the owner read all; another party of the file reads kind, dates and outcome.
    """
    if not is_decided(dossier) or not grants_titles(dossier.procedure):
        return Appeals((), may_add=False)
    records = may(actor, "record_appeal", dossier).allowed
    reads = is_staff_side(actor) or actor.organisation_id == dossier.organisation_id
    rows = dossier.appeals.order_by("lodged_on", "pk")
    return Appeals(
        tuple(AppealShown(one, reads, records and not one.outcome) for one in rows),
        may_add=records,
    )


def is_decided(dossier: Dossier) -> bool:
    """By an act or by silence: what its applicant took back leaves nothing to appeal against."""
    return dossier.decided_at is not None and dossier.state != "withdrawn"


def appeal_for(dossier: Dossier, pk: int) -> Appeal | None:
    return dossier.appeals.filter(pk=pk).first()
