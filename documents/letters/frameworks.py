"""What the letters of a prescription framework (CPC) say besides what every letter says: CSP R.5121-76-2 to 76-10.

Frozen with the order, as the rest of the matter. Days are civil days in Paris.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from documents.letters.early_access import CompanyMatter


@dataclass(frozen=True)
class ReplyMatter:
    """A reply of one company, and its day."""

    company: str
    on: dt.date


@dataclass(frozen=True)
class CallMatter:
    """What was asked of the companies: `step` is a code of `workflows.cpc_guards.STEPS`."""

    step: str
    asked_on: dt.date
    reply_by: dt.date
    asked: str = ""
    protocol: str = ""
    waiver: str = ""
    replies: tuple[ReplyMatter, ...] = ()


@dataclass(frozen=True)
class FrameworkMatter:
    """`reasons`: why ANSM considers a framework, or finds a report not admissible. `reporter`: the body that reports,
    empty when ANSM acts by itself. The rest is what a decision to establish says; `report_months` None: no report.
    `renewed_number`: the framework that this one continues."""

    companies: tuple[CompanyMatter, ...] = ()
    reporter: CompanyMatter | None = None
    reasons: str = ""
    calls: tuple[CallMatter, ...] = ()
    medicines: tuple[str, ...] = ()
    indication: str = ""
    posology: str = ""
    adverse_effects: str = ""
    prescription_class: str = ""
    report_months: int | None = None
    vigilance_centre: str = ""
    waived: bool = False
    renewed_number: str = ""
