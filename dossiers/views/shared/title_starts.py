"""What the holder of an authorisation may begin from its page: a renewal, and what else its procedure allows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext_lazy as _

from dossiers.forms.aap.pathway import MA_OBTAINED, NEW_DATA
from dossiers.models import Dossier, Title
from dossiers.policy import may
from dossiers.queries.titles import LIVING
from workflows.aap_guards import PRE_MA, RENEWAL, last_day_to_file
from workflows.registry import procedure
from workflows.renewals import kept_by_its_renewal
from workflows.types import Actor, Text

EARLY_ACCESS: Final = "aap"
SOON: Final = dt.timedelta(days=60)
HELP: Final[dict[str, Text]] = {
    NEW_DATA: _("New data change the benefit, the indication or the protocol."),
    MA_OBTAINED: _("The marketing authorisation is given: the access goes on after it."),
}


@dataclass(frozen=True)
class Start:
    """One request that may be begun: a button that posts `kind`."""

    kind: str
    label: Text
    help: Text


@dataclass(frozen=True)
class Starts:
    """`file_by`: the last day to file a renewal, where the law sets one and nothing was filed; `late`: it is past."""

    others: tuple[Start, ...] = ()
    file_by: dt.date | None = None
    late: bool = False


def renewals_among(requests: Iterable[Dossier]) -> list[Dossier]:
    return [one for one in requests if one.kind == RENEWAL]


def is_renewed(procedure_code: str) -> bool:
    """Whether its titles are renewed: an exemption of a device is asked anew."""
    return RENEWAL in procedure(procedure_code).kinds_on_a_title


def renewal_is_late(procedure_code: str, ends_on: dt.date, on: dt.date) -> bool:
    """Whether the last day to file a renewal went by. Never where the law sets none."""
    return procedure_code == EARLY_ACCESS and on > last_day_to_file(ends_on)


def is_kept_by_a_renewal(title: Title) -> bool:
    """Whether a renewal filed in time, not decided yet, keeps it in force past its last day (CSP R.5121-69-4)."""
    if not kept_by_its_renewal(title.procedure) or title.state not in LIVING:
        return False
    return title.renewals.filter(kind=RENEWAL, filed_at__isnull=False, decided_at=None).exists()


def presses(last_day: dt.date | None, on: dt.date) -> bool:
    """Whether that day, the last one to do something, comes so soon that it should be done now."""
    return last_day is not None and on <= last_day <= on + SOON


def starts(title: Title, actor: Actor, requests: list[Dossier], on: dt.date) -> Starts:
    """`requests`: those already made about this title, any kind."""
    if title.procedure != EARLY_ACCESS or title.state not in LIVING or not may(actor, "renew", title.dossier).allowed:
        return Starts()
    under_way = {one.kind for one in requests if one.decided_at is None}
    table = procedure(title.procedure)
    has_ma = title.dossier.pathway != PRE_MA or any(
        one.kind == MA_OBTAINED and one.state == "granted" for one in requests
    )
    wanted = [NEW_DATA] if has_ma else [NEW_DATA, MA_OBTAINED]
    labels = dict(table.kinds)
    renewal_filed = any(one.filed_at is not None and one.decided_at is None for one in renewals_among(requests))
    return Starts(
        others=tuple(Start(kind, labels[kind], HELP[kind]) for kind in wanted if kind not in under_way),
        file_by=None if renewal_filed else last_day_to_file(title.ends_on),
        late=not renewal_filed and renewal_is_late(title.procedure, title.ends_on, on),
    )
