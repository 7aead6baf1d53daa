"""Where each unit of an exempted device is: sent, received, used, explanted, returned, destroyed.

Source: ANSM follows each exemption (domain/devices-advice.md 1.5 and 1.8); a field action must find every unit of a lot
and whom it was used for, whom only the hospital can name.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Final

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation
from devices.exemption import exemption_of, in_force_on
from devices.models import Unit
from devices.policy import may_step, units_visible_to
from devices.services import keys, tell
from devices.services.step import (
    begin,
    counted,
    demand,
    held_title,
    held_units,
    house_of,
    refuse_stale,
    take,
)
from devices.services.words import clean, device_identifier, past_day, pseudonym, read_label
from devices.states import CANCELLED, ON_A_LIST, STEPS
from dossiers.models import Title
from dossiers.services.errors import Blocked, NotFound
from dossiers.services.log import sha256_of
from workflows.dates import civil_date
from workflows.roles import ESTABLISHMENT
from workflows.types import Actor, Reason, Text

MOST_AT_ONCE: Final = 200
DOUBLE_CLICK: Final = dt.timedelta(seconds=20)
"""The same units noted by the same person within this time are one form sent twice."""


@dataclass(frozen=True)
class Noted:
    """What is noted at once: so many units of a lot, or one for each serial number. Each number may be typed, or be the
    whole barcode of a label, which then says the others."""

    lot: str = ""
    serials: Sequence[str] = field(default_factory=tuple)
    count: int | None = None
    udi_di: str = ""

    def cleaned(self) -> Noted:
        """Raises Blocked."""
        labels = [read_label(self.lot, "lot"), *(read_label(one, "serials") for one in self.serials if one.strip())]
        batch = _only_one({label.lot for label in labels}, "lot", _("Note one lot at a time."))
        identifier = device_identifier(self.udi_di)
        several = _("Note one device at a time: these labels are of several.")
        identifier = _only_one({identifier, *(label.udi_di for label in labels)}, "udi_di", several)
        serials = tuple(dict.fromkeys(label.serial for label in labels if label.serial))
        if not batch and not serials:
            raise Blocked([Reason("no_number", _("Give the lot, or the serial number of each unit."), "lot")])
        # Labels scanned one after the other, of a lot without serial numbers: each is a unit.
        count = len(serials) or self.count or len(labels) - 1
        if serials and self.count not in (None, len(serials)):
            message = _("The number of units does not match the number of serial numbers.")
            raise Blocked([Reason("count", message, "count")])
        if not 1 <= count <= MOST_AT_ONCE:
            message = _("Give a number of units between 1 and %d.")
            raise Blocked([Reason("count", message % MOST_AT_ONCE, "count")])
        return Noted(lot=batch, serials=serials, count=count, udi_di=identifier)


def _only_one(found: set[str], field_name: str, message: Text) -> str:
    said = sorted(found - {""})
    if len(said) > 1:
        raise Blocked([Reason("several", message, field_name)])
    return said[0] if said else ""


def ship(
    *,
    number: str,
    site: int,
    noted: Noted,
    on: dt.date,
    actor: Actor,
    key: str = "",
    at: dt.datetime | None = None,
) -> list[Unit]:
    """The company sent units to the establishment `site` on the day `on`; its pharmacy is told. Asked again with the
    same `key`, they are noted once, here and below.

    To a hospital that the decision does not name, what was sent is kept all the same and ANSM is told. Raises NotFound,
    Forbidden, Blocked (not in force that day; beyond the quantity of the decision; a serial number noted already; a
    mistyped identifier), Conflict (the key was used for another request).
    """
    at = at or timezone.now()
    request = sha256_of({"ship": number, "site": site, "noted": asdict(noted), "on": on})
    with transaction.atomic(durable=True):
        title = held_title(number, actor)
        demand(may_step(actor, "ship"))
        before = keys.made_under(actor, key, request)
        if before is not None:
            return list(units_visible_to(actor).filter(pk__in=before).order_by("pk"))
        there = Organisation.objects.filter(pk=site, kind=ESTABLISHMENT).first()
        if there is None:
            raise Blocked([Reason("site", _("Choose the hospital that receives the units."), "site")])
        past_day(on, "on", civil_date(at))
        if not in_force_on(title, on):
            message = _("The exemption was not in force on that day: no unit may be sent.")
            raise Blocked([Reason("not_in_force", message, "on")])
        made, new = _noted(title, there, noted.cleaned(), "ship", on, actor, at, with_key=bool(key))
        keys.remember(actor, key, request, [one.pk for one in made], at)
        if new:
            tell.on_their_way(title, there.pk, actor, at)
        return made


def record(
    *, number: str, noted: Noted, on: dt.date, actor: Actor, key: str = "", at: dt.datetime | None = None
) -> list[Unit]:
    """The hospital notes units received on the day `on` that the company did not announce here. What is in the house is
    written down, even beyond the period, the quantity or the sites of the exemption, and ANSM is told: traceability
    comes first, use is checked on its own day.

    Raises NotFound, Forbidden, Blocked, Conflict.
    """
    at = at or timezone.now()
    request = sha256_of({"record": number, "noted": asdict(noted), "on": on})
    with transaction.atomic(durable=True):
        title = held_title(number, actor)
        demand(may_step(actor, "record"))
        before = keys.made_under(actor, key, request)
        if before is not None:
            return list(units_visible_to(actor).filter(pk__in=before).order_by("pk"))
        there = house_of(actor)
        past_day(on, "on", civil_date(at))
        made, _new = _noted(title, there, noted.cleaned(), "record", on, actor, at, with_key=bool(key))
        keys.remember(actor, key, request, [one.pk for one in made], at)
        return made


def move_on(
    *,
    number: str,
    ranks: Sequence[int],
    name: str,
    on: dt.date,
    reason: str = "",
    actor: Actor,
    version: int | None = None,
    at: dt.datetime | None = None,
) -> list[Unit]:
    """Take the step `name` of `states.ON_A_LIST` on several units at once, all or none. `version`: the one on which the
    act was decided, for a unit alone (None: not checked).

    Raises NotFound, Forbidden, WrongState, Blocked, Stale.
    """
    at = at or timezone.now()
    if name not in ON_A_LIST:
        raise NotFound([Reason("not_found", _("No such act."))])
    with transaction.atomic(durable=True):
        units = held_units(number, ranks, actor)
        refuse_stale(units[0], version)
        demand(may_step(actor, name))
        words = clean(reason, "reason", needed=True) if STEPS[name].reason else ""
        for unit in units:
            past_day(on, "on", civil_date(at), not_before=_latest_day(unit))
            _date(unit, name, on)
            take(unit=unit, name=name, on=on, actor=actor, at=at, payload={"reason": words} if words else {})
        return units


def use(
    *,
    number: str,
    rank: int,
    on: dt.date,
    patient: str,
    deviation: str = "",
    actor: Actor,
    version: int | None = None,
    at: dt.datetime | None = None,
) -> Unit:
    """The unit was used or implanted on the day `on` for the patient that the hospital calls `patient`.

    On a day when the exemption was not in force, `deviation` says why: what was done is kept all the same, and ANSM is
    told. `version` as above. Raises NotFound, Forbidden, WrongState, Blocked, Stale.
    """
    at = at or timezone.now()
    with transaction.atomic(durable=True):
        title = held_title(number, actor)
        unit = held_units(number, [rank], actor)[0]
        refuse_stale(unit, version)
        demand(may_step(actor, "use"))
        past_day(on, "on", civil_date(at), not_before=unit.received_on)
        code = pseudonym(patient)
        outside = not in_force_on(title, on)
        words = clean(deviation, "deviation") if outside else ""
        if outside and not words:
            message = _(
                "The exemption was not in force on that day. If the unit was used all the same, say why: ANSM is told."
            )
            raise Blocked([Reason("deviation_needed", message, "deviation")])
        unit.used_on, unit.patient, unit.deviation = on, code, words
        payload = {"patient": code, **({"deviation": words} if words else {})}
        take(unit=unit, name="use", on=on, actor=actor, at=at, payload=payload)
        if outside:
            tell.used_outside(unit, title, actor, at)
        return unit


def _noted(
    title: Title,
    site: Organisation,
    noted: Noted,
    name: str,
    on: dt.date,
    actor: Actor,
    at: dt.datetime,
    *,
    with_key: bool,
) -> tuple[list[Unit], bool]:
    """The units, and whether they are new: the same form sent twice makes them once. A system that gives keys says by
    them what is the same."""
    before = [] if with_key else _sent_twice(title, site, noted, name, on, actor, at)
    if before:
        return before, False
    exemption = exemption_of(title)
    left = exemption.left(counted(title))
    if name == "ship":
        _demand_room(exemption.most, left, noted.count or 0)
    _demand_new_serials(title, noted)
    rank = Unit.objects.filter(title=title).aggregate(last=Max("rank"))["last"] or 0
    made = []
    for place in range(noted.count or 0):
        rank += 1
        unit = Unit(
            title=title,
            rank=rank,
            reference=f"{title.number}/U{rank:04d}",
            site=site,
            lot=noted.lot,
            serial=noted.serials[place] if noted.serials else "",
            udi_di=noted.udi_di,
            over_quantity=left is not None and place >= left,
            off_site=not exemption.names(site.pk),
            **{"shipped_on" if name == "ship" else "received_on": on},
        )
        made.append(begin(unit=unit, name=name, on=on, actor=actor, at=at, payload=_flags(unit)))
    tell.beyond([unit for unit in made if unit.over_quantity or unit.off_site], title, actor, at)
    return made, True


def _flags(unit: Unit) -> dict[str, bool]:
    """What the history says of a unit beyond the decision; nothing of the others."""
    said = {"over_quantity": unit.over_quantity, "off_site": unit.off_site}
    return {name: True for name, holds in said.items() if holds}


def _demand_room(most: int | None, left: int | None, more: int) -> None:
    if left is not None and more > left:
        message = _("The decision grants %(most)d units: %(left)d may still be sent. Ask ANSM before sending more.")
        raise Blocked([Reason("quantity", message % {"most": most, "left": left}, "count")])


def _demand_new_serials(title: Title, noted: Noted) -> None:
    known = Unit.objects.filter(title=title, udi_di=noted.udi_di, serial__in=noted.serials).exclude(state=CANCELLED)
    taken = list(known.exclude(serial="").order_by("serial").values_list("serial", flat=True)[:5])
    if taken:
        message = _("These serial numbers are noted already: %(serials)s.") % {"serials": ", ".join(taken)}
        raise Blocked([Reason("serial_taken", message, "serials")])


def _sent_twice(
    title: Title, site: Organisation, noted: Noted, name: str, on: dt.date, actor: Actor, at: dt.datetime
) -> list[Unit]:
    lately = Unit.objects.filter(
        title=title,
        site=site,
        lot=noted.lot,
        udi_di=noted.udi_di,
        created_by=actor.person_id,
        created_at__range=(at - DOUBLE_CLICK, at),
        **{"shipped_on" if name == "ship" else "received_on": on},
    )
    found = list(lately.order_by("pk"))
    same = {one.serial for one in found} == (set(noted.serials) or {""})
    return found if found and len(found) == noted.count and same else []


def _date(unit: Unit, name: str, on: dt.date) -> None:
    """Where the day of the step is kept. A use noted by mistake leaves nothing but its history."""
    if name == "receive":
        unit.received_on = on
    elif name == "unuse":
        unit.used_on, unit.patient, unit.deviation = None, "", ""
    else:
        unit.ended_on = on


def _latest_day(unit: Unit) -> dt.date | None:
    days = [day for day in (unit.shipped_on, unit.received_on, unit.used_on) if day is not None]
    return max(days, default=None)
