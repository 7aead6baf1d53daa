"""What the letters of the Innovation and Referral Service say besides what every letter says.

Frozen with the order, as the rest of the matter. Days are civil days in Paris; codes are those of
`workflows.advice_guards`.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True)
class ApplicantMatter:
    """A company, a start-up or an academic project: none needs a number."""

    name: str
    institution: str = ""
    address: str = ""
    contact: str = ""
    email: str = ""


@dataclass(frozen=True)
class AnsweredMatter:
    """One question, the applicant's own position, and ANSM's answer; the latter empty while there is none."""

    question: str
    position: str = ""
    answer: str = ""


@dataclass(frozen=True)
class AdviceMatter:
    """`reply`: the orientation note, or why the request is not eligible. `position`, `device_class`: of a question of
    qualification. `minutes`: the text that both sides agreed to, `sha256` taken over it, `agreed`: by whom and when, in
    words made when the letter is ordered."""

    applicant: ApplicantMatter
    product: str = ""
    product_kind: str = ""
    purpose: str = ""
    questions: tuple[AnsweredMatter, ...] = ()
    wants_a_meeting: bool = False
    redirected_to: str = ""
    body_name: str = ""
    reply: str = ""
    position: str = ""
    device_class: str = ""
    met_on: dt.date | None = None
    participants: str = ""
    minutes: str = ""
    sha256: str = ""
    agreed: tuple[tuple[str, str, dt.date], ...] = ()
