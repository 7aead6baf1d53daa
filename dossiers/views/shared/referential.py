"""What the dossier page says of the referential, to those who may mend it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from dossiers.forms.registry import form_set
from dossiers.models import Dossier
from dossiers.policy import may
from workflows.registry import grants_titles, procedure
from workflows.types import Actor

SHOWN_IN: Final = frozenset({"received", "assessment", "to_sign"})


@dataclass(frozen=True)
class ReferentialBlock:
    """`missing`: no entry stands for the request yet. `linked`: ANSM linked one. `no_put`: it has no PUT-SP, without
    which nothing is granted. `said` is what the request says in free words."""

    missing: bool
    linked: bool
    no_put: bool
    said: str


def referential_block(found: Dossier, actor: Actor, answers: Mapping[str, Any]) -> ReferentialBlock | None:
    """What there is to mend before a grant; None when all is well or it is not this actor's to mend. No query."""
    if procedure(found.procedure, found.workflow_version).consults:  # its decider asks no PUT-SP of the referential
        return None
    # The referential is of medicines that may be granted.
    if found.procedure == "device_exemption" or not grants_titles(found.procedure):
        return None
    if found.state not in SHOWN_IN or not may(actor, "link_product", found).allowed:
        return None
    entry = found.indication
    linked = entry is not None and found.linked_indication_id == entry.pk
    no_put = entry is not None and not entry.put_reference
    if entry is not None and not linked and not no_put:
        return None
    return ReferentialBlock(entry is None, linked, no_put, said_in_words(found, answers))


def said_in_words(found: Dossier, answers: Mapping[str, Any]) -> str:
    """The medicine and the indication as the request words them."""
    said = form_set(found.procedure).matter(answers)
    typed = said["medicine"]
    name = typed["name"] or (found.medicine.name if found.medicine else "")
    parts = (name, typed["inn"], typed["form"], typed["strength"], said["indication"])
    return ", ".join(part for part in parts if part)
