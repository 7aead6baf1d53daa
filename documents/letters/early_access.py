"""What the letters of an early access (AAP) say besides what every letter says: CSP L.5121-12, R.5121-68 to 73-1.

Frozen with the order, as the rest of the matter. Days are civil days in Paris.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True)
class DelegationMatter:
    """Whose signature it is, when the signatory signs by delegation."""

    delegator_name: str
    delegator_title: str
    reference: str


@dataclass(frozen=True)
class CompanyMatter:
    """Who asks and receives the letters. `principal`: whom a mandatary stands for, as typed."""

    name: str
    address: str = ""
    contact: str = ""
    phone: str = ""
    email: str = ""
    principal: str = ""


@dataclass(frozen=True)
class ExchangeMatter:
    """What was asked of the company: items that lacked, or information. `received_on` None: not received, or replaced
    by another list. `by`: "has" or "ansm"."""

    asked_on: dt.date
    received_on: dt.date | None = None
    items: tuple[str, ...] = ()
    by: str = "has"


@dataclass(frozen=True)
class FindingMatter:
    """What the College found of one criterion: codes of `workflows.aap_guards`, and why."""

    criterion: str
    finding: str
    reasons: str = ""


@dataclass(frozen=True)
class OpinionMatter:
    """ANSM's. `outcome` is "favourable" or "unfavourable"; `indication` the one kept, empty when it is the one claimed;
    `smpc`, `leaflet`, `label`: which version of each text is annexed. One that is proposed has no `given_on` yet."""

    outcome: str
    reasons: str = ""
    indication: str = ""
    smpc: str = ""
    leaflet: str = ""
    label: str = ""
    signatory: str = ""
    signatory_quality: str = ""
    delegation: DelegationMatter | None = None
    given_on: dt.date | None = None


@dataclass(frozen=True)
class EarlyAccessMatter:
    """`pathway` is "pre_ma" or "post_ma"; `ansm_is_asked` is False after the MA, or once the CHMP has given
    a favourable opinion: silence then grants, whatever ANSM thinks.

    `granted_indication`: empty when it is the one claimed. `official_number` and `sat_on`: of the decision of the
    College that the letter is; `opening_number`, `opened_on`, `opened_tacitly`: of the decision that granted the title,
    for a letter about that title. `changed_number`, `changed_ends_on`: the title that the request is about.
    `ma_application_by`, `listing_request`: what the company undertook to ask for, by when.
    """

    company: CompanyMatter
    pathway: str
    ansm_is_asked: bool
    claimed_indication: str = ""
    missing: tuple[ExchangeMatter, ...] = ()
    questions: tuple[ExchangeMatter, ...] = ()
    acknowledged_on: dt.date | None = None
    extended_on: dt.date | None = None
    due_on: dt.date | None = None
    chmp_favourable_on: dt.date | None = None
    ma_number: str = ""
    ma_on: dt.date | None = None
    ma_application_by: dt.date | None = None
    listing_request: bool = False
    report_months: int | None = None
    ansm_opinion: OpinionMatter | None = None
    ct_sat_on: dt.date | None = None
    findings: tuple[FindingMatter, ...] = ()
    comparators: str = ""
    official_number: str = ""
    sat_on: dt.date | None = None
    granted_indication: str = ""
    opening_number: str = ""
    opened_on: dt.date | None = None
    opened_tacitly: bool = False
    changed_number: str = ""
    changed_ends_on: dt.date | None = None
