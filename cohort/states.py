"""What may become of an inclusion, and by whom: the one table of the cohort (domain/workflows.md, PUT-RD cohort).

The machine of an inclusion is short and has one path, so it is a table of rows here and not a procedure of
`workflows`: nothing is decided by an authority, no clock runs, no letter is made.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext_lazy as _

from workflows.roles import APPLICANT, PHARMACIST, PRESCRIBER
from workflows.types import Role, Text

DRAFT: Final = "draft"
AT_PHARMACY: Final = "at_pharmacy"
ASKED: Final = "asked"
ACCEPTED: Final = "accepted"
DECLINED: Final = "declined"
TREATED: Final = "treated"
STOPPED: Final = "stopped"
WITHDRAWN: Final = "withdrawn"

STATES: Final[dict[str, Text]] = {
    DRAFT: _("Access request in preparation"),
    AT_PHARMACY: _("To be checked by the pharmacist"),
    ASKED: _("Access asked of the company"),
    ACCEPTED: _("Access given, not started"),
    DECLINED: _("Access declined"),
    TREATED: _("Under treatment"),
    STOPPED: _("Treatment ended"),
    WITHDRAWN: _("Request given up"),
}
OVER: Final = frozenset({DECLINED, STOPPED, WITHDRAWN})
LIVING: Final = frozenset(STATES) - OVER


@dataclass(frozen=True)
class Step:
    """One row. `needs_title`: refused while the authorisation is not in force, for it would bring a patient in.
    `needs_reason`: the words are kept and read by the other side."""

    name: str
    label: Text
    past: Text
    sources: frozenset[str]
    target: str
    roles: frozenset[Role]
    needs_title: bool = False
    needs_reason: bool = False


_SIGN: Final = frozenset({PRESCRIBER, PHARMACIST})

STEPS: Final[dict[str, Step]] = {
    step.name: step
    for step in (
        Step("sign", _("Sign and give to the pharmacy"), _("Access request signed by the prescriber"),
             frozenset({DRAFT}), AT_PHARMACY, frozenset({PRESCRIBER}), needs_title=True),
        Step("return", _("Return to the prescriber"), _("Returned to the prescriber"),
             frozenset({AT_PHARMACY}), DRAFT, frozenset({PHARMACIST}), needs_reason=True),
        Step("send", _("Sign and send to the company"), _("Access request signed by the pharmacist and sent"),
             frozenset({AT_PHARMACY}), ASKED, frozenset({PHARMACIST}), needs_title=True),
        Step("accept", _("Give access"), _("Access given by the company"),
             frozenset({ASKED}), ACCEPTED, frozenset({APPLICANT}), needs_title=True),
        Step("decline", _("Decline"), _("Access declined by the company"),
             frozenset({ASKED}), DECLINED, frozenset({APPLICANT}), needs_reason=True),
        Step("start", _("Sign the start of treatment"), _("Treatment started"),
             frozenset({ACCEPTED}), TREATED, _SIGN),
        Step("stop", _("Sign the end of treatment"), _("Treatment ended"),
             frozenset({TREATED}), STOPPED, _SIGN),
        Step("withdraw", _("Give up this request"), _("Request given up by the hospital"),
             frozenset({DRAFT, AT_PHARMACY, ASKED, ACCEPTED}), WITHDRAWN, _SIGN, needs_reason=True),
    )
}  # fmt: skip

NOTES: Final[dict[str, Text]] = {
    "create": _("Access request begun"),
    "follow": _("Follow-up form signed"),
}
"""What is written in the history beside the steps, and moves nothing."""
