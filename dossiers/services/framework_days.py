"""What the calendar does to prescription frameworks (CPC): a protocol that did not come, silence on information
material, a medicine of the same substance, strength and form that another authorisation now covers.

Each pass asks the database what is left to do: it may stop anywhere, run twice, or come days late.
"""

from __future__ import annotations

import datetime as dt
import logging

from django.db import transaction

from dossiers.models import CompanyCall, Task
from dossiers.queries.coverage import COVERED, covered_titles
from dossiers.services import log as history
from dossiers.services.errors import Blocked, WrongState
from dossiers.services.locks import locked_title
from dossiers.services.material import note_silence
from dossiers.services.move import move
from workflows.cpc_guards import PROTOCOL
from workflows.dates import civil_date
from workflows.roles import ANSM_ASSESSOR
from workflows.types import System

log = logging.getLogger(__name__)


def follow_frameworks(*, at: dt.datetime) -> int:
    """Do all of it by the civil day of `at`; returns how many things were done."""
    return _go_on_without_protocols(at) + note_silence(at=at) + ask_to_end_what_is_covered(at=at)


def _go_on_without_protocols(at: dt.datetime) -> int:
    late = CompanyCall.objects.filter(step=PROTOCOL, closed_at=None, reply_by__lt=civil_date(at))
    return sum(
        _go_on(reference, at) for reference in list(late.order_by("pk").values_list("dossier__reference", flat=True))
    )


def _go_on(reference: str, at: dt.datetime) -> bool:
    try:
        move(reference=reference, transition="receive_put", actor=System("silence"), at=at)
    except (Blocked, WrongState):
        return False
    except Exception as error:  # noqa: BLE001 - one dossier that cannot be read must not keep the others waiting
        log.error("dossier %s could not go on without its protocol: %s", reference, type(error).__name__)
        return False
    return True


def ask_to_end_what_is_covered(*, at: dt.datetime) -> int:
    """Each authorisation that may cover a framework is told once; a person then compares the two indications. A task
    that was done opens again for the next one."""
    return sum(_ask(found.number, found.what, at) for found in covered_titles(civil_date(at)))


def _ask(number: str, what: str, at: dt.datetime) -> bool:
    system = System("coverage")
    with transaction.atomic():
        title = locked_title(number, system)
        dossier = title.dossier
        if any(one.payload.get("covered_by") == what for one in dossier.events.filter(verb=COVERED)):
            return False
        asked = {"role": ANSM_ASSESSOR, "created_at": at, "done_at": None, "done_by": None}
        Task.objects.update_or_create(dossier=dossier, kind=COVERED, defaults=asked)
        dossier.version += 1
        dossier.changed_at = at
        payload = {"title": number, "covered_by": what}
        history.append(dossier=dossier, verb=COVERED, actor=system, at=at, payload=payload, staff_only=True)
        dossier.save(update_fields=["version", "changed_at"])
    return True
