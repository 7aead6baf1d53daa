"""Serious incidents of an exempted device, from the first report to the final one (MDR art. 87 to 89, CSP L.5212-2).

Device vigilance covers devices whether or not they bear the CE marking, but for those in a clinical investigation.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, dataclass
from typing import Final

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation
from devices.models import Incident, IncidentReport, Side, Unit
from devices.policy import incidents_visible_to, is_company, may_acknowledge, may_report
from devices.services import keys, tell
from devices.services.step import demand, held_title, house_of
from devices.services.words import clean, number_of, past_day, read_label
from dossiers.models import Title
from dossiers.services.errors import Blocked, NotFound, WrongState
from dossiers.services.log import sha256_of
from workflows.dates import civil_date
from workflows.incidents import SEVERITIES, report_by, worst
from workflows.roles import ESTABLISHMENT
from workflows.types import Actor, Reason

Kind = IncidentReport.Kind
DOUBLE_CLICK: Final = dt.timedelta(seconds=20)
LONGEST_WAIT: Final = dt.timedelta(days=366)

OUTCOMES: Final = (
    ("recovered", _("Recovered")),
    ("recovering", _("Recovering")),
    ("not_recovered", _("Not recovered, or lasting harm")),
    ("death", _("Death")),
    ("no_harm", _("No harm: the incident might have caused some")),
    ("unknown", _("Not known yet")),
)


@dataclass(frozen=True)
class Told:
    """What a report says. `next_on`: the day by which the company expects to report again."""

    severity: str
    what: str
    outcome: str
    measures: str = ""
    next_on: dt.date | None = None


@dataclass(frozen=True)
class Where:
    """Where and with which unit it happened; what is not known is left empty."""

    site: int | None = None
    lot: str = ""
    serial: str = ""
    happened_on: dt.date | None = None


def report(
    *,
    number: str,
    aware_on: dt.date,
    where: Where,
    told: Told,
    actor: Actor,
    key: str = "",
    at: dt.datetime | None = None,
) -> Incident:
    """The first report of a serious incident under the exemption `number`, by its company or by a hospital.

    The manufacturer's delay counts from the day on which it became aware: `aware_on` when it reports itself, the day of
    the hospital's report otherwise. Asked again with the same `key`, it is reported once, here and below. Raises
    NotFound, Forbidden, Blocked, Conflict (the key was used for another request).
    """
    at = at or timezone.now()
    request = sha256_of({"report": number, "aware_on": aware_on, "where": asdict(where), "told": asdict(told)})
    today = civil_date(at)
    with transaction.atomic(durable=True):
        title = held_title(number, actor)
        demand(may_report(actor))
        done = keys.made_under(actor, key, request)
        if done is not None:
            return Incident.objects.get(pk=done[0])
        content = _content(told)
        past_day(aware_on, "aware_on", today)
        if where.happened_on is not None:
            past_day(where.happened_on, "happened_on", aware_on)
        by_company = is_company(actor)
        site = where.site if by_company else actor.organisation_id
        _demand_site(site)
        label = read_label(where.lot, "lot")
        lot, serial = label.lot, number_of(where.serial, "serial") or label.serial
        before = None if key else _sent_twice(title, actor, aware_on, (lot, serial), told, content, at)
        if before is not None:
            return before
        counted_from = aware_on if by_company else today
        last = Incident.objects.filter(title=title).aggregate(last=Max("rank"))["last"] or 0
        incident = Incident.objects.create(
            title=title,
            rank=last + 1,
            reference=f"{title.number}/I{last + 1:02d}",
            side=Side.COMPANY if by_company else Side.HOSPITAL,
            organisation=house_of(actor),
            site_id=site,
            lot=lot,
            serial=serial,
            severity=told.severity,
            happened_on=where.happened_on,
            aware_on=aware_on,
            company_aware_on=counted_from,
            report_by=report_by(counted_from, told.severity),
            awaited_on=report_by(counted_from, told.severity),
            created_at=at,
        )
        _add(incident, title, Kind.INITIAL, told, content, actor, at)
        keys.remember(actor, key, request, [incident.pk], at)
        return incident


def add_report(
    *, incident: int, kind: str, told: Told, actor: Actor, key: str = "", at: dt.datetime | None = None
) -> IncidentReport:
    """Another report: the company's own first one when a hospital spoke before it, a follow-up of either, or the final
    one of the company, which closes the incident. Raises NotFound, Forbidden, WrongState, Blocked, Conflict.
    """
    at = at or timezone.now()
    request = sha256_of({"add_report": incident, "kind": kind, "told": asdict(told)})
    with transaction.atomic(durable=True):
        found, title = _held(incident, actor)
        demand(may_report(actor))
        done = keys.made_under(actor, key, request)
        if done is not None:
            return found.reports.get(pk=done[0])
        content = _content(told)
        if found.closed_on is not None:
            message = _("The final report is made: report what is new as another incident, and name this one.")
            raise WrongState([Reason("closed", message)])
        before = None if key else _report_sent_twice(found, kind, told, content, actor, at)
        if before is not None:
            return before
        _demand_kind(found, kind, actor)
        made = _add(found, title, Kind(kind), told, content, actor, at)
        keys.remember(actor, key, request, [made.pk], at)
        return made


def acknowledge(*, incident: int, actor: Actor, at: dt.datetime | None = None) -> Incident:
    """ANSM's vigilance read it and takes it in charge. The first counts. Raises NotFound, Forbidden."""
    at = at or timezone.now()
    with transaction.atomic(durable=True):
        found, _title = _held(incident, actor)
        demand(may_acknowledge(actor))
        if found.acknowledged_at is None:
            found.acknowledged_at, found.acknowledged_by = at, actor.name
            found.save(update_fields=["acknowledged_at", "acknowledged_by"])
        return found


def kinds_open_to(incident: Incident, actor: Actor) -> list[str]:
    """The kinds of report that this side may still make."""
    if incident.closed_on is not None or not may_report(actor).allowed:
        return []
    if not is_company(actor):
        return [Kind.FOLLOW_UP]
    return [Kind.INITIAL, Kind.FINAL] if incident.initial_on is None else [Kind.FOLLOW_UP, Kind.FINAL]


def _add(
    incident: Incident,
    title: Title,
    kind: IncidentReport.Kind,
    told: Told,
    content: dict[str, str],
    actor: Actor,
    at: dt.datetime,
) -> IncidentReport:
    """Write the report, then what follows from it for the incident, which the caller holds or has just made."""
    today = civil_date(at)
    by_company = is_company(actor)
    awaited = incident.awaited_on
    _worsen(incident, told.severity, today)
    if by_company:
        _demand_next(kind, told.next_on, today)
        incident.initial_on = incident.initial_on or today
        incident.awaited_on = None if kind == Kind.FINAL else told.next_on
        incident.closed_on = today if kind == Kind.FINAL else None
    incident.save()
    last = incident.reports.aggregate(last=Max("seq"))["last"] or 0
    made = IncidentReport.objects.create(
        incident=incident,
        seq=last + 1,
        kind=kind,
        side=Side.COMPANY if by_company else Side.HOSPITAL,
        severity=told.severity,
        content=content,
        next_on=told.next_on if by_company else None,
        days_late=max((today - awaited).days, 0) if by_company and awaited is not None else 0,
        at=at,
        actor_role=actor.role,
        actor_person_id=actor.person_id,
        actor_name=actor.name,
        actor_organisation=actor.organisation_name,
    )
    tell.reported(incident, title, made.seq, actor, at)
    return made


def _worsen(incident: Incident, severity: str, today: dt.date) -> None:
    """What turns out worse leaves the manufacturer the shorter delay, from the day on which it is said; never a longer
    one than it had."""
    worse = worst(incident.severity, severity)
    if worse == incident.severity:
        return
    incident.severity = worse
    if incident.initial_on is None:
        incident.report_by = min(incident.report_by, report_by(today, worse))
        incident.awaited_on = incident.report_by
    elif incident.awaited_on is not None:
        # The day that the company chose for its next report was for an incident that seemed milder.
        incident.awaited_on = min(incident.awaited_on, report_by(today, worse))


def _content(told: Told) -> dict[str, str]:
    if told.severity not in SEVERITIES:
        raise Blocked([Reason("severity", _("Say how serious it is."), "severity")])
    if told.outcome not in dict(OUTCOMES):
        raise Blocked([Reason("outcome", _("Say what is known of the outcome."), "outcome")])
    return {
        "what": clean(told.what, "what", needed=True),
        "outcome": told.outcome,
        "measures": clean(told.measures, "measures"),
    }


def _demand_site(site: int | None) -> None:
    if site is not None and not Organisation.objects.filter(pk=site, kind=ESTABLISHMENT).exists():
        raise Blocked([Reason("site", _("Choose the hospital where it happened."), "site")])


def _demand_kind(incident: Incident, kind: str, actor: Actor) -> None:
    if kind in kinds_open_to(incident, actor):
        return
    message = _("This kind of report is not expected of you now.")
    raise Blocked([Reason("kind", message, "kind")])


def _demand_next(kind: IncidentReport.Kind, next_on: dt.date | None, today: dt.date) -> None:
    """MDR art. 87(6), art. 89: as long as the report is not final, the next one has a day."""
    if kind == Kind.FINAL:
        return
    if next_on is None or not today < next_on <= today + LONGEST_WAIT:
        message = _("Give the day of your next report, in the year to come: this one is not the final one.")
        raise Blocked([Reason("next_on", message, "next_on")])


def _held(incident: int, actor: Actor) -> tuple[Incident, Title]:
    seen = incidents_visible_to(actor).filter(pk=incident).values_list("pk", flat=True).first()
    if seen is None:
        raise NotFound([Reason("not_found", _("No such incident, or it is not yours to see."))])
    found = Incident.objects.select_for_update(of=("self",)).select_related("title").get(pk=seen)
    return found, found.title


def _sent_twice(
    title: Title,
    actor: Actor,
    aware_on: dt.date,
    unit: tuple[str, str],
    told: Told,
    content: dict[str, str],
    at: dt.datetime,
) -> Incident | None:
    """The incident that the same words said just now. The same words with another severity are another report: the
    shorter delay must not be lost for a double click."""
    lately = Incident.objects.filter(
        title=title,
        organisation=actor.organisation_id,
        aware_on=aware_on,
        lot=unit[0],
        serial=unit[1],
        created_at__range=(at - DOUBLE_CLICK, at),
    )
    for one in lately.order_by("pk"):
        first = one.reports.order_by("seq").first()
        if first is not None and _is_the_same(first, told, content) and first.actor_person_id == actor.person_id:
            return one
    return None


def _report_sent_twice(
    incident: Incident, kind: str, told: Told, content: dict[str, str], actor: Actor, at: dt.datetime
) -> IncidentReport | None:
    lately = incident.reports.filter(kind=kind, actor_person=actor.person_id, at__range=(at - DOUBLE_CLICK, at))
    return next((one for one in lately.order_by("seq") if _is_the_same(one, told, content)), None)


def _is_the_same(report: IncidentReport, told: Told, content: dict[str, str]) -> bool:
    return report.content == content and report.severity == told.severity


def unit_of(title: Title, rank: int) -> Unit | None:
    """The unit from whose row a report begins, without its patient."""
    return Unit.objects.defer("patient", "deviation").filter(title=title, rank=rank).first()
