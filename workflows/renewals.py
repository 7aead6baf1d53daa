"""Who may ask for the renewal of what was granted, and is therefore reminded before it ends."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from workflows.roles import APPLICANT, PHARMACIST, PRESCRIBER
from workflows.types import Role

RENEWED_BY: Final[Mapping[str, frozenset[Role]]] = {
    "aac": frozenset({PRESCRIBER, PHARMACIST}),
    "aap": frozenset({APPLICANT}),
    "cpc": frozenset({APPLICANT}),
    "device_exemption": frozenset({APPLICANT}),
}
"""Procedure -> the roles of the owning organisation that file: who only prepares (intern, contributor) is not asked."""

KEPT_IN_FORCE: Final = frozenset({"aap"})
"""Procedures whose titles a renewal filed in time keeps in force until it is decided (CSP R.5121-69-4)."""


def fulfilled_by(procedure: str) -> frozenset[Role]:
    """Roles of the holder that do what its title obliges to, and say so: those that may ask for its renewal."""
    return RENEWED_BY.get(procedure, frozenset())


def kept_by_its_renewal(procedure: str) -> bool:
    return procedure in KEPT_IN_FORCE
