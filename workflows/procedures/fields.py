"""Payload fields that several tables ask for."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from workflows.types import PayloadField


def written_reason(example: str) -> PayloadField:
    """The written reason that every human refusal, return, withdrawal and suspension takes."""
    return PayloadField(
        "reason",
        "text",
        _("Reason"),
        help=_("The other side reads it: say plainly why, and what can be done next."),
        example=example,
        personal=True,
    )
