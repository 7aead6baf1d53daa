"""Payload fields that several tables ask for."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from workflows.aap_guards import CRITERIA, FINDINGS, MET
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


def findings_fields(example: str = MET) -> tuple[PayloadField, ...]:
    """What a body finds of each criterion of L.5121-12, and why; then the comparators it looked at."""
    fields = []
    for code, label in CRITERIA:
        fields += [
            PayloadField(code, "choice", label, choices=FINDINGS, example=example),
            PayloadField(
                f"{code}_reasons",
                "text",
                _("Reasons"),
                required=False,
                help=_("Needed when the criterion is met or not met."),
                example="Au vu des données de l'étude pivot et de la stratégie thérapeutique actuelle.",
                personal=True,
            ),
        ]
    fields.append(
        PayloadField(
            "comparators",
            "text",
            _("Clinically relevant comparators"),
            required=False,
            example="Meilleurs soins de support.",
            personal=True,
        )
    )
    return tuple(fields)
