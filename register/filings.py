"""Complete requests under examination: that a company asked is public before anybody decides (CSP R.5121-73).

No reference and no page each: the file is not public, and nothing of it is told but what is here.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
from dataclasses import dataclass
from typing import Any, Final

from dossiers.models import Dossier
from dossiers.models.dossier import OPEN
from register import published
from register.decided import claimed_in, started_on
from register.exports.rows import company
from register.exports.table import MARK, harmless
from register.kept import kept
from workflows.registry import procedure
from workflows.types import Text

COLUMNS: Final = ("procedure", "medicine", "indication_claimed", "holder", "pathway", "complete_on")


@dataclass(frozen=True)
class Filing:
    """`complete_on`: the day the authority acknowledged that the request is complete."""

    procedure: str
    medicine: str
    indication_claimed: str
    holder: str
    pathway: str
    complete_on: dt.date

    @property
    def procedure_label(self) -> Text:
        return procedure(self.procedure).name

    @property
    def pathway_label(self) -> Text:
        return published.pathway(self.procedure, self.pathway)


def filings() -> list[Filing]:
    """All of them, the latest first. A constant number of queries."""
    rows = Dossier.objects.filter(OPEN, procedure__in=published.with_filings(), clock_facts__act="started").distinct()
    found = list(rows.select_related("organisation", "medicine", "indication").defer("subject").order_by("pk"))
    complete, claimed = started_on([one.pk for one in found]), claimed_in(found)
    return sorted((_filing(one, claimed.get(one.pk, ""), complete[one.pk]) for one in found), key=_latest)


def _filing(one: Dossier, claimed: str, complete_on: dt.date) -> Filing:
    return Filing(
        procedure=one.procedure,
        medicine=str(one.medicine) if one.medicine else one.product_label,
        indication_claimed=claimed or (one.indication.label if one.indication else ""),
        holder=company(one.organisation),
        pathway=one.pathway,
        complete_on=complete_on,
    )


def _latest(one: Filing) -> tuple[int, str, str]:
    return -one.complete_on.toordinal(), one.medicine, one.indication_claimed


def kept_filings(on: dt.date) -> list[Filing]:
    """As `filings`, kept for some minutes: it reads the requests themselves."""
    found: list[Filing] = kept(f"register:filings:{on.isoformat()}", filings)
    return found


def as_json(rows: list[Filing]) -> list[dict[str, Any]]:
    return [{name: getattr(one, name) or None for name in COLUMNS} for one in rows]


def as_csv(rows: list[Filing]) -> str:
    """For a spreadsheet, as the file of the register."""
    buffer = io.StringIO()
    lines = csv.writer(buffer, delimiter=";", lineterminator="\r\n")
    lines.writerow(COLUMNS)
    lines.writerows([harmless(getattr(one, name)) for name in COLUMNS] for one in rows)
    return MARK + buffer.getvalue()
