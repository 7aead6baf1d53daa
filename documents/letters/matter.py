"""What a letter is made of: filled by the dossiers room, frozen with the order, never read again from the dossier.

The mentions an AAC must carry are those of R.5121-74-3 of the public health code (domain/aac-cpc.md, 1.9).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from documents.letters.advice import AdviceMatter
from documents.letters.early_access import DelegationMatter, EarlyAccessMatter
from documents.letters.exemption import ExemptionMatter
from documents.letters.frameworks import FrameworkMatter

__all__ = [
    "AdviceMatter",
    "DecisionMatter",
    "DelegationMatter",
    "EarlyAccessMatter",
    "EstablishmentMatter",
    "ExemptionMatter",
    "FrameworkMatter",
    "LetterMatter",
    "MedicineMatter",
    "PatientMatter",
    "PharmacistMatter",
    "PharmacyMatter",
    "PrescriberMatter",
    "PutMatter",
    "TitleActMatter",
    "TitleMatter",
]


@dataclass(frozen=True)
class MedicineMatter:
    """At least one of `name`, `inn`, `code_name` is set. `restricted_class`: class of R.5121-36 CSP, if any."""

    name: str = ""
    inn: str = ""
    code_name: str = ""
    form: str = ""
    strength: str = ""
    restricted_class: str = ""


@dataclass(frozen=True)
class PatientMatter:
    """Never more than this: `birth_month` is "YYYY-MM", `weight_kg` is written as typed, `sex` is "M", "F" or ""."""

    initials: str
    birth_month: str = ""
    sex: str = ""
    weight_kg: str = ""


@dataclass(frozen=True)
class PrescriberMatter:
    name: str
    quality: str = ""
    speciality: str = ""
    ward: str = ""
    rpps: str = ""
    phone: str = ""
    email: str = ""


@dataclass(frozen=True)
class EstablishmentMatter:
    name: str
    finess_et: str = ""
    finess_ej: str = ""
    address: str = ""


@dataclass(frozen=True)
class PharmacyMatter:
    """The hospital pharmacy (PUI) that sends the request and dispenses."""

    name: str
    address: str = ""
    phone: str = ""
    email: str = ""


@dataclass(frozen=True)
class PharmacistMatter:
    name: str


@dataclass(frozen=True)
class TitleMatter:
    """What is granted; both days are included."""

    number: str
    starts_on: dt.date
    ends_on: dt.date


@dataclass(frozen=True)
class DecisionMatter:
    """`outcome` is "grant", "refuse", or "change" of a title already granted (AAP). An `automatic` grant has no
    signatory: it was made by rule on the criteria.

    A preview has no `signed_on` yet.
    """

    outcome: str
    reasons: str = ""
    conditions: str = ""
    signatory: str = ""
    signatory_quality: str = ""
    delegation: DelegationMatter | None = None
    signed_on: dt.date | None = None
    automatic: bool = False


@dataclass(frozen=True)
class TitleActMatter:
    """What was done to a title already granted. `act` is the transition's name; days are civil days in Paris. `by`:
    "ansm" or "has", whoever acted; empty when it is the system.

    `effective_on`: first day of the effect. `last_day`: of an end, the last day of force. It is that of the decision,
    which takes effect when it is notified, in the course of that day, and cannot undo what was lawfully dispensed that
    morning. `never_begun`: the end came before the first day, so that no day has force. `until`: last day of the
    suspension, for a suspension and for its lifting, which also has `suspended_on`. `cause`: code of an early end.
    `changes`, `previous_end`, `new_end`: of a change, the latter two when the last day moves. Observations: the day the
    holder was invited, the last day they had, the day they answered. `renewal_pending`: a renewal is filed and not
    decided; `renewed_from`: the first day of one that is granted and leaves a gap. A preview has no `signed_on` yet,
    and what the system does has no signatory at all.
    """

    act: str
    effective_on: dt.date
    reasons: str = ""
    cause: str = ""
    changes: str = ""
    until: dt.date | None = None
    suspended_on: dt.date | None = None
    previous_end: dt.date | None = None
    new_end: dt.date | None = None
    emergency: bool = False
    invited_on: dt.date | None = None
    comments_until: dt.date | None = None
    answered_on: dt.date | None = None
    renewal_pending: bool = False
    renewed_from: dt.date | None = None
    last_day: dt.date | None = None
    never_begun: bool = False
    by: str = ""
    signatory: str = ""
    signatory_quality: str = ""
    delegation: DelegationMatter | None = None
    signed_on: dt.date | None = None


@dataclass(frozen=True)
class PutMatter:
    """The therapeutic use protocol (PUT-SP): how it is called and where it is read."""

    reference: str
    url: str


@dataclass(frozen=True)
class LetterMatter:
    """Everything a letter may say. `kind` is the dossier's kind; `at` is the aware instant of the act.

    `answers` is {section: {field: value}} of the submission; a letter quotes little of it. `posology` is free text.
    `parent_title` is the number of the title this request renews. `early_access`: of an AAP, which names no patient, no
    prescriber and no pharmacy; `exemption`: of a device without CE marking, which names no patient either. `framework`:
    of a CPC, which names none either; nor does `advice`, of an opinion on a project.
    """

    reference: str
    filing_number: str
    procedure: str
    kind: str
    filed_on: dt.date
    submission_number: int
    medicine: MedicineMatter
    indication: str
    patient: PatientMatter
    prescriber: PrescriberMatter
    establishment: EstablishmentMatter
    pharmacy: PharmacyMatter
    pharmacist: PharmacistMatter
    at: dt.datetime
    answers: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    title: TitleMatter | None = None
    decision: DecisionMatter | None = None
    title_act: TitleActMatter | None = None
    parent_title: str | None = None
    put: PutMatter | None = None
    posology: str = ""
    urgent: bool = False
    early_access: EarlyAccessMatter | None = None
    framework: FrameworkMatter | None = None
    exemption: ExemptionMatter | None = None
    advice: AdviceMatter | None = None
