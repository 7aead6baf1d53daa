"""How soon a manufacturer reports a serious incident of a device (MDR art. 87, paragraphs 2 to 6; IVDR art. 82).

Days are calendar days, counted from the day after the one on which the manufacturer became aware: the last of them is
included (Regulation (EEC, Euratom) 1182/71, art. 3). An incomplete report in time is worth more than a whole one late
(art. 87, paragraph 6). Whoever uses devices reports at once (CSP L.5212-2), so that no day is counted for a hospital.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext_lazy as _

from workflows.types import Text

THREAT: Final = "threat"
DEATH: Final = "death"
OTHER: Final = "other"


@dataclass(frozen=True)
class Severity:
    """`days`: the manufacturer's delay; `reason`: why, in words that stand beside the due date."""

    code: str
    label: Text
    days: int
    reason: Text
    law: str


SEVERITIES: Final[dict[str, Severity]] = {
    one.code: one
    for one in (
        Severity(
            THREAT,
            _("Serious public health threat"),
            2,
            _("2 days: serious public health threat"),
            "MDR art. 87(4)",
        ),
        Severity(
            DEATH,
            _("Death, or unanticipated serious deterioration of a person's health"),
            10,
            _("10 days: death or unanticipated serious deterioration"),
            "MDR art. 87(5)",
        ),
        Severity(OTHER, _("Other serious incident"), 15, _("15 days: serious incident"), "MDR art. 87(3)"),
    )
}


def report_by(aware_on: dt.date, severity: str) -> dt.date:
    """The last day of the manufacturer's initial report. KeyError for a severity that is not one.

    >>> report_by(dt.date(2026, 3, 30), "threat")
    datetime.date(2026, 4, 1)
    """
    return aware_on + dt.timedelta(days=SEVERITIES[severity].days)


def worst(one: str, other: str) -> str:
    """The severity with the shorter delay: a follow-up never makes an incident milder than what was reported."""
    return min(one, other, key=lambda code: SEVERITIES[code].days)
