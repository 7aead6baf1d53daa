"""What a clinician who signed their statement of need reads of a draft: it is the manufacturer's turn, not theirs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.utils.translation import gettext_lazy as _

from dossiers.models import Dossier
from dossiers.views.shared.actions import Action, Turn
from workflows.roles import ESTABLISHMENT
from workflows.types import Actor

STATES_THE_NEED = "state_need"


def after_signing(found: Dossier, actor: Actor, shown: dict[str, Any]) -> dict[str, Any]:
    """The `turn` and the `actions` of `shown` for who signed for this hospital; the same for anybody else. One query,
    and none where no statement is signed."""
    actions: list[Action] = shown["actions"]
    if not any(one.name == STATES_THE_NEED for one in actions):
        return {}
    own = found.statements.filter(person=actor.person_id, organisation=actor.organisation_id)
    if not own.exists():
        return {}
    renamed = [
        replace(one, label=_("Sign a new statement"), primary=False) if one.name == STATES_THE_NEED else one
        for one in actions
    ]
    turn: Turn = shown["turn"]
    if found.organisation.kind == ESTABLISHMENT:
        return {"actions": renamed}
    told = _("Your statement is signed: thank you. The manufacturer completes the request and files it; you are told.")
    return {"actions": renamed, "turn": replace(turn, help=told, mine=False, others=(found.organisation.name,))}
