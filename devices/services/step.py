"""The only place where the state of a unit changes: one row lock, one transaction, one event.

Locks are taken in one order: the dossier and its title when a unit comes in or is used, then units by their key.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation
from devices.models import Unit
from devices.policy import is_hospital, may_step, own_units, titles_of_devices, units_visible_to
from devices.services import log
from devices.states import NOT_COUNTED, STATES, STEPS
from dossiers.models import Title
from dossiers.policy import Ruling
from dossiers.services.errors import Forbidden, NotFound, Stale, WrongState
from dossiers.services.locks import lock_title
from workflows.types import Actor, Reason


def demand(ruling: Ruling) -> None:
    if not ruling.allowed:
        raise Forbidden(ruling.reasons)


def house_of(actor: Actor) -> Organisation:
    """The organisation for which `actor` acts. Raises NotFound for somebody without one."""
    found = Organisation.objects.filter(pk=actor.organisation_id or 0).first()
    if found is None:
        raise NotFound([Reason("not_found", _("Choose the role under which you act."))])
    return found


def held_title(number: str, actor: Actor) -> Title:
    """The exemption `number` that `actor` may open, locked with its dossier. Raises NotFound."""
    seen = titles_of_devices(actor).filter(number=number).values_list("pk", "dossier_id").first()
    if seen is None:
        raise NotFound([Reason("not_found", _("No such exemption, or it is not yours to see."))])
    return lock_title(*seen)


def held_units(number: str, ranks: Iterable[int], actor: Actor) -> list[Unit]:
    """The units of these ranks that `actor` sees, locked in the order of their keys. Raises NotFound unless all are."""
    wanted = set(ranks)
    seen = own_units(actor) if is_hospital(actor) else units_visible_to(actor)
    found = seen.select_for_update(of=("self",)).filter(title__number=number, rank__in=wanted).order_by("pk")
    units = list(found)
    if not wanted or len(units) != len(wanted):
        raise NotFound([Reason("not_found", _("No such unit, or it is not yours to see."))])
    return units


def refuse_stale(unit: Unit, version: int | None) -> None:
    """`version` is the one that the actor read of a unit that the caller holds (None: not checked). Raises Stale."""
    if version is not None and version != unit.version:
        message = _("This unit has changed since you read it: look at what changed, then decide again.")
        raise Stale(current_version=unit.version, reasons=[Reason("stale", message)])


def counted(title: Title) -> int:
    """How many units count against the quantity of the decision. One query."""
    return Unit.objects.filter(title=title).exclude(state__in=NOT_COUNTED, used_on=None).count()


def begin(
    *, unit: Unit, name: str, on: dt.date, actor: Actor, at: dt.datetime, payload: Mapping[str, Any] | None = None
) -> Unit:
    """Write a unit that comes in by the step `name`, under a title that the caller holds."""
    unit.state = STEPS[name].target
    unit.created_at = unit.changed_at = at
    unit.created_by_id = actor.person_id
    unit.save(force_insert=True)
    what = {"lot": unit.lot, "serial": unit.serial, "udi_di": unit.udi_di, "site": unit.site_id}
    log.append(unit=unit, verb=name, source="", on=on, actor=actor, at=at, payload={**what, **(payload or {})})
    return unit


def take(
    *, unit: Unit, name: str, on: dt.date, actor: Actor, at: dt.datetime, payload: Mapping[str, Any] | None = None
) -> None:
    """Take the step `name` on a unit that the caller holds. Raises Forbidden, WrongState."""
    step = STEPS[name]
    demand(may_step(actor, name))
    if unit.state not in step.sources:
        said = _("This is no longer possible for %(unit)s: %(state)s.")
        raise WrongState([Reason("state", said % {"unit": unit.reference, "state": STATES[unit.state]})])
    source, unit.state = unit.state, step.target
    unit.version += 1
    unit.changed_at = at
    unit.save()
    log.append(unit=unit, verb=name, source=source, on=on, actor=actor, at=at, payload=payload or {})
