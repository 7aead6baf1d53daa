"""The treatments that go on once an early access has ended (CSS L.162-16-5-4, D.163-3; CSP D.5121-69-3).

The holder supplies the patients already treated for a year at least, the first three months on the old terms. Nothing
continues when the end is for safety.
"""

from __future__ import annotations

import datetime as dt

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dossiers.models import Continuity, ContinuityCount, Title
from dossiers.services import log
from dossiers.services.errors import Blocked
from dossiers.services.locks import demand, locked_title
from workflows.dates import ONE_DAY, civil_date, last_day_of_a_period, say
from workflows.types import Actor, Reason

CONTINUED = frozenset({"aap"})
FIRST_TERMS_MONTHS = 3
LEAST_MONTHS = 12
MOST_PATIENTS = 1_000_000


def open_after(*, title: Title, verb: str, cause: str, actor: Actor, at: dt.datetime) -> Continuity | None:
    """The continuity of what has just ended by `verb`; None when it is renewed, ended for safety, or of a procedure
    that has none."""
    if title.procedure not in CONTINUED or verb == "replace" or cause == "safety" or title.is_taken_back:
        return None
    starts_on = title.in_force_until + ONE_DAY
    continuity, is_new = Continuity.objects.get_or_create(
        title=title,
        defaults={
            "starts_on": starts_on,
            "first_terms_until": last_day_of_a_period(starts_on, FIRST_TERMS_MONTHS),
            "ends_on": last_day_of_a_period(starts_on, LEAST_MONTHS),
            "created_at": at,
        },
    )
    if is_new:
        payload = {"ends_on": continuity.ends_on}
        log.append(dossier=title.dossier, verb="continuity_opened", actor=actor, at=at, payload=payload)
    return continuity


def count(
    *,
    number: str,
    on: dt.date,
    patients: int,
    until: dt.date | None = None,
    actor: Actor,
    at: dt.datetime | None = None,
) -> ContinuityCount:
    """The holder of the title `number` declares how many `patients` were still treated on the civil day `on`, and,
    with `until`, that it goes on longer. None left, or the last day past, closes it.

    Raises NotFound, Forbidden, Blocked.
    """
    at = at or timezone.now()
    with transaction.atomic(durable=True):
        title = locked_title(number, actor)
        demand(actor, "fulfil", title.dossier)
        continuity = Continuity.objects.select_for_update().filter(title=title).first()
        if continuity is None or continuity.closed_on is not None:
            raise Blocked([Reason("no_continuity", _("No continuity of treatment is open for this authorisation."))])
        faults = _faults(continuity, on, patients, until, civil_date(at))
        if faults:
            raise Blocked(faults)
        try:
            with transaction.atomic():
                declared = ContinuityCount.objects.create(
                    continuity=continuity, on=on, patients=patients, until=until, declared_by_id=actor.person_id, at=at
                )
        except IntegrityError as error:
            message = _("Patients were already counted on that day: choose another.")
            raise Blocked([Reason("counted", message, "on")]) from error
        if until is not None:
            continuity.ends_on = until
        if patients == 0 and not continuity.counts.filter(on__gt=on).exists():
            continuity.closed_on = on
        continuity.save(update_fields=["ends_on", "closed_on"])
        payload = {"on": on, "patients": patients}
        log.append(dossier=title.dossier, verb="continuity_counted", actor=actor, at=at, payload=payload)
        return declared


def _faults(continuity: Continuity, on: dt.date, patients: int, until: dt.date | None, today: dt.date) -> list[Reason]:
    faults = []
    if not continuity.starts_on <= on <= today:
        message = _("Choose a day from %s on, not in the future.")
        faults.append(Reason("day", message % say(continuity.starts_on), "on"))
    if not 0 <= patients <= MOST_PATIENTS:
        faults.append(Reason("patients", _("Give the number of patients, 0 when none is left."), "patients"))
    if until is not None and until < continuity.ends_on:
        message = _("The continuity lasts until %s at least: choose a later day, or leave this empty.")
        faults.append(Reason("until_early", message % say(continuity.ends_on), "until"))
    return faults


def close_those_over(*, at: dt.datetime) -> int:
    """Those whose last day has passed, on that day however late the pass. Returns how many were closed."""
    return Continuity.objects.filter(closed_on=None, ends_on__lt=civil_date(at)).update(closed_on=F("ends_on"))
