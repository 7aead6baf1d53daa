"""Where the room is plugged into the acts on titles: an exemption that stops is told to every site that holds units."""

from __future__ import annotations

from devices.policy import PROCEDURE
from devices.services.tell import sites_of_a_title
from dossiers.models import Event
from dossiers.services.act import Act
from dossiers.services.tell import also_tell


def tell_the_sites(act: Act, event: Event) -> None:
    if event.machine == "title" and act.title is not None and act.title.procedure == PROCEDURE:
        sites_of_a_title(act.title, f"{act.dossier.pk}:{event.seq}", act.actor, act.at)


def register() -> None:
    also_tell(tell_the_sites)
