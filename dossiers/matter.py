"""What only one procedure keeps of a dossier, as its guards read it (`Facts.matter`): a meeting and its minutes, the
observations of a company. One loader a procedure, which reads a constant number of rows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any, Final

from dossiers.models import Dossier

Loader = Callable[[Dossier, dt.datetime], Mapping[str, Any]]

_LOADERS: Final[dict[str, Loader]] = {}


def plug_in(procedure: str, loader: Loader) -> None:
    """For the room that keeps the matter of `procedure`, when the site starts (`AppConfig.ready`)."""
    _LOADERS[procedure] = loader


def matter_of(dossier: Dossier, at: dt.datetime) -> Mapping[str, Any]:
    """Nothing for a procedure that keeps nothing of its own."""
    loader = _LOADERS.get(dossier.procedure)
    return loader(dossier, at) if loader else {}
