"""What may become of one unit of an exempted device, and by whom: the one table of traceability.

Short and with one path, as that of a cohort's patient: nothing is decided by an authority, no letter is made.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext_lazy as _

from workflows.roles import APPLICANT, CONTRIBUTOR, HOSPITAL
from workflows.types import Role, Text

SHIPPED: Final = "shipped"
RECEIVED: Final = "received"
USED: Final = "used"
EXPLANTED: Final = "explanted"
RETURNED: Final = "returned"
DESTROYED: Final = "destroyed"
CANCELLED: Final = "cancelled"

STATES: Final[dict[str, Text]] = {
    SHIPPED: _("Sent, not received"),
    RECEIVED: _("In stock"),
    USED: _("Used or implanted"),
    EXPLANTED: _("Explanted"),
    RETURNED: _("Returned to the company"),
    DESTROYED: _("Destroyed"),
    CANCELLED: _("Struck off"),
}
AT_SITE: Final = frozenset({SHIPPED, RECEIVED, USED})
"""A field action or an end of the exemption concerns the site: the unit is on its way, in stock, or in a patient."""

NOT_COUNTED: Final = frozenset({RETURNED, CANCELLED})
"""What does not count against the quantity of the decision, unless it was used: it may serve elsewhere."""

SENDERS: Final = frozenset({APPLICANT, CONTRIBUTOR})


@dataclass(frozen=True)
class Step:
    """One row. `button`: what is pressed; `past`: what the history says. `reason`: words are asked and kept."""

    name: str
    button: Text
    past: Text
    sources: frozenset[str]
    target: str
    roles: frozenset[Role]
    reason: bool = False


STEPS: Final[dict[str, Step]] = {
    step.name: step
    for step in (
        Step("ship", _("Note a shipment"), _("Sent by the company"), frozenset(), SHIPPED, SENDERS),
        Step("record", _("Note units received"), _("Noted by the hospital"), frozenset(), RECEIVED, HOSPITAL),
        Step("receive", _("Received"), _("Received by the hospital"), frozenset({SHIPPED}), RECEIVED, HOSPITAL),
        Step("use", _("Note its use"), _("Used or implanted"), frozenset({RECEIVED}), USED, HOSPITAL),
        Step("explant", _("Explanted"), _("Explanted"), frozenset({USED}), EXPLANTED, HOSPITAL),
        Step("give_back", _("Returned to the company"), _("Returned to the company"),
             frozenset({RECEIVED, EXPLANTED}), RETURNED, HOSPITAL),
        Step("destroy", _("Destroyed"), _("Destroyed"), frozenset({RECEIVED, EXPLANTED}), DESTROYED, HOSPITAL),
        Step("cancel", _("Never sent"), _("Shipment cancelled by the company"),
             frozenset({SHIPPED}), CANCELLED, SENDERS, reason=True),
        Step("strike", _("Noted by mistake"), _("Struck off: noted by mistake"),
             frozenset({RECEIVED}), CANCELLED, HOSPITAL, reason=True),
        Step("unuse", _("Use noted by mistake"), _("Back in stock: its use was noted by mistake"),
             frozenset({USED}), RECEIVED, HOSPITAL, reason=True),
    )
}  # fmt: skip

ON_A_LIST: Final = ("receive", "explant", "give_back", "destroy", "cancel", "strike", "unuse")
"""Steps that need a day alone, and may be taken for several units at once."""
