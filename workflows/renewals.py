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
