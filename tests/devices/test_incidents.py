"""Serious incidents: who reports, by which day, who is told, and who is reminded."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from accounts.demo import HOSPITAL_1, HOSPITAL_2
from devices.models import Incident, IncidentReport
from devices.services import incidents
from devices.services.incidents import Where, acknowledge, add_report, kinds_open_to
from devices.services.reminders import milestone, plan_incident_reminders
from devices.tasks import remind_of_incidents
from dossiers.demo.story import demo_actor
from dossiers.models import Title
from dossiers.services.errors import Blocked, Forbidden, NotFound, WrongState
from notifications.models import OutboxMessage
from notifications.truth import still_true
from tests.devices.world import COMPANY, DAY, LOT, MONDAY, WHAT, granted, incident, received, site, told
from workflows.dates import civil_date

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world", "in_english")]

TODAY = civil_date(MONDAY)
NEXT = TODAY + 20 * DAY


@pytest.fixture
def title() -> Title:
    found = granted()
    received(found)
    received(found, to=HOSPITAL_2)
    return found


def readers(kind: str) -> set[str]:
    return {one.recipient.email.partition("@")[0] for one in OutboxMessage.objects.filter(kind=kind)}


@pytest.mark.parametrize(("severity", "days"), [("threat", 2), ("death", 10), ("other", 15)])
def test_a_hospital_reports_and_the_delay_of_the_company_begins(title: Title, severity: str, days: int) -> None:
    made = incident(title, severity=severity)
    assert made.reference == f"{title.number}/I01"
    assert (made.side, made.report_by, made.awaited_on) == ("hospital", TODAY + days * DAY, TODAY + days * DAY)
    assert made.initial_on is None
    assert kinds_open_to(made, demo_actor(COMPANY)) == ["initial", "final"]
    assert kinds_open_to(made, demo_actor("prescriber")) == ["follow_up"]
    assert kinds_open_to(made, demo_actor("ansm_vigilance")) == []
    assert {"ansm_vigilance"} < readers("device_incident")
    assert readers("device_incident") & {"applicant", "pharmacovigilance"}
    assert "prescriber" not in readers("device_incident")


def test_the_company_reports_then_follows_up_then_closes(title: Title) -> None:
    made = incident(title, login=COMPANY)
    assert (made.initial_on, made.awaited_on, made.closed_on) == (TODAY, NEXT, None)
    assert {"ansm_vigilance", "prescriber", "pharmacist"} <= readers("device_incident")
    later = MONDAY + 21 * DAY
    late = add_report(
        incident=made.pk,
        kind="follow_up",
        told=told(next_on=civil_date(later) + 5 * DAY),
        actor=demo_actor(COMPANY),
        at=later,
    )
    assert late.days_late == 1
    final = add_report(incident=made.pk, kind="final", told=told(), actor=demo_actor(COMPANY), at=later + DAY)
    made.refresh_from_db()
    assert (final.days_late, made.awaited_on, made.closed_on) == (0, None, civil_date(later + DAY))
    with pytest.raises(WrongState):
        add_report(incident=made.pk, kind="follow_up", told=told(), actor=demo_actor("prescriber"), at=later + 2 * DAY)


def test_a_late_first_report_says_by_how_much(title: Title) -> None:
    actor = demo_actor(COMPANY)
    made = incidents.report(
        number=title.number,
        aware_on=TODAY - 20 * DAY,
        where=Where(site=site().pk, lot=LOT),
        told=told(next_on=NEXT),
        actor=actor,
        at=MONDAY,
    )
    assert made.report_by == TODAY - 5 * DAY
    assert made.reports.get().days_late == 5


def test_what_turns_out_worse_shortens_the_delay_and_never_lengthens_it(title: Title) -> None:
    made = incident(title)
    later = MONDAY + 2 * DAY
    where: dict[str, Any] = {"incident": made.pk, "kind": "follow_up", "actor": demo_actor("prescriber")}
    add_report(**where, told=told("death", what="Décès deux jours après."), at=later)
    made.refresh_from_db()
    assert (made.severity, made.report_by) == ("death", TODAY + 12 * DAY)
    add_report(**where, told=told("other", what="Rien de plus."), at=later + DAY)
    made.refresh_from_db()
    assert (made.severity, made.report_by, made.awaited_on) == ("death", TODAY + 12 * DAY, TODAY + 12 * DAY)
    add_report(**where, told=told("death", what="Autopsie."), at=later + 13 * DAY)
    made.refresh_from_db()
    assert made.report_by == TODAY + 12 * DAY


def test_what_turns_out_worse_after_the_companys_report_brings_its_next_one_nearer(title: Title) -> None:
    made = incident(title, login=COMPANY)
    later = MONDAY + 2 * DAY
    more = told("death", what="Décès deux jours après.")
    add_report(incident=made.pk, kind="follow_up", told=more, actor=demo_actor("prescriber"), at=later)
    made.refresh_from_db()
    assert (made.severity, made.awaited_on) == ("death", TODAY + 12 * DAY)
    # Its own report then says when the next one comes.
    own = told("death", what="Analyse en cours.", next_on=TODAY + 40 * DAY)
    add_report(incident=made.pk, kind="follow_up", told=own, actor=demo_actor(COMPANY), at=later + DAY)
    made.refresh_from_db()
    assert made.awaited_on == TODAY + 40 * DAY


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"what": " "}, "what"),
        ({"what": "x" * 4_001}, "what"),
        ({"what": "Patient 1 60 07 75 123 456 78."}, "what"),
        ({"outcome": "fine"}, "outcome"),
        ({"severity": "mild"}, "severity"),
        ({"next_on": None}, "next_on"),
        ({"next_on": TODAY}, "next_on"),
        ({"next_on": TODAY + 800 * DAY}, "next_on"),
    ],
)
def test_a_report_says_what_it_must(title: Title, change: dict[str, Any], field: str) -> None:
    with pytest.raises(Blocked) as refused:
        incidents.report(
            number=title.number,
            aware_on=TODAY,
            where=Where(lot=LOT),
            told=told(**{"severity": "other", "next_on": NEXT, **change}),
            actor=demo_actor(COMPANY),
            at=MONDAY,
        )
    assert refused.value.reasons[0].field == field
    assert not Incident.objects.exists()


def test_days_and_places_are_possible(title: Title) -> None:
    where: dict[str, Any] = {"number": title.number, "told": told(next_on=NEXT), "actor": demo_actor(COMPANY)}
    for aware_on, place in (
        (TODAY + DAY, Where(lot=LOT)),
        (TODAY - DAY, Where(lot=LOT, happened_on=TODAY)),
        (TODAY, Where(site=demo_actor(COMPANY).organisation_id)),
    ):
        with pytest.raises(Blocked):
            incidents.report(aware_on=aware_on, where=place, at=MONDAY, **where)


def test_the_same_words_with_a_worse_severity_are_another_report(title: Title) -> None:
    """Else the shorter delay would be lost for a double click."""
    first = incident(title, severity="other")
    worse = incident(title, severity="threat")
    assert worse.pk != first.pk
    assert worse.report_by < first.report_by
    said = [
        add_report(incident=worse.pk, kind="follow_up", told=told(how), actor=demo_actor("prescriber"), at=MONDAY)
        for how in ("other", "death", "death")
    ]
    assert len({one.pk for one in said}) == 2


def test_the_same_report_sent_twice_is_one(title: Title) -> None:
    assert incident(title) == incident(title)
    assert incident(title, at=MONDAY + DAY) != incident(title)
    made = incident(title)
    where: dict[str, Any] = {
        "incident": made.pk,
        "kind": "follow_up",
        "told": told(),
        "actor": demo_actor("prescriber"),
    }
    assert add_report(**where, at=MONDAY + DAY) == add_report(**where, at=MONDAY + DAY)


def test_who_may_report_and_who_may_acknowledge(title: Title) -> None:
    made = incident(title)
    for login in ("ansm_vigilance", "pharmacy_preparer", "contributor"):
        with pytest.raises(Forbidden):
            incidents.report(
                number=title.number,
                aware_on=TODAY,
                where=Where(),
                told=told(next_on=NEXT),
                actor=demo_actor(login),
                at=MONDAY,
            )
    for login in ("prescriber", COMPANY, "ansm_assessor"):
        with pytest.raises(Forbidden):
            acknowledge(incident=made.pk, actor=demo_actor(login), at=MONDAY)
    for login in ("prescriber2", "applicant2", "has_officer"):
        with pytest.raises(NotFound):
            acknowledge(incident=made.pk, actor=demo_actor(login), at=MONDAY)
        with pytest.raises(NotFound):
            add_report(incident=made.pk, kind="follow_up", told=told(), actor=demo_actor(login), at=MONDAY)
    first = acknowledge(incident=made.pk, actor=demo_actor("ansm_vigilance"), at=MONDAY)
    again = acknowledge(incident=made.pk, actor=demo_actor("ansm_vigilance"), at=MONDAY + DAY)
    assert first.acknowledged_at == again.acknowledged_at == MONDAY


def test_a_kind_that_is_not_expected_is_refused(title: Title) -> None:
    made = incident(title)
    for login, kind in (("prescriber", "final"), ("prescriber", "initial"), (COMPANY, "follow_up"), (COMPANY, "x")):
        with pytest.raises(Blocked):
            add_report(incident=made.pk, kind=kind, told=told(next_on=NEXT), actor=demo_actor(login), at=MONDAY + DAY)


def test_no_message_says_a_word_of_what_happened(title: Title) -> None:
    made = incident(title)
    add_report(incident=made.pk, kind="initial", told=told(next_on=NEXT), actor=demo_actor(COMPANY), at=MONDAY + DAY)
    plan_incident_reminders(at=MONDAY + 30 * DAY)
    messages = OutboxMessage.objects.filter(kind__startswith="device_")
    assert {one.kind for one in messages} >= {"device_incident", "device_incident_report", "device_incident_due"}
    for one in messages:
        written = f"{one.reference} {one.path} {one.context}"
        assert not any(word in written for word in ("Rupture", "vis", LOT, HOSPITAL_1)), written


def test_reports_are_proof_and_their_words_are_encrypted(title: Title) -> None:
    made = incident(title)
    for act in (lambda: made.reports.update(days_late=0), lambda: made.reports.all().delete()):
        with pytest.raises(DatabaseError), transaction.atomic():
            act()
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(t)::text FROM devices_incidentreport t")
        assert all(WHAT[:10] not in text for (text,) in cursor.fetchall())
    assert IncidentReport.objects.get().content["what"] == WHAT


# ------------------------------------------------------------------------------------------------- reminders


@pytest.mark.parametrize(
    ("days_left", "step"),
    [(5, None), (2, None), (1, 1), (0, 0), (-1, -1), (-2, -1), (-7, -1), (-8, -8), (-14, -8), (-15, -15)],
)
def test_the_steps_of_a_reminder(days_left: int, step: int | None) -> None:
    assert milestone(TODAY + days_left * DAY, TODAY) == step


def test_reminders_are_sent_once_and_ansm_is_told_once_it_is_late(title: Title) -> None:
    made = incident(title)
    due = made.report_by
    assert plan_incident_reminders(at=MONDAY) == 0
    eve = _at(due - DAY)
    assert plan_incident_reminders(at=eve) > 0
    assert plan_incident_reminders(at=eve) == 0
    assert "ansm_vigilance" not in readers("device_incident_due")
    assert remind_of_incidents(_at(due).isoformat()) > 0
    assert remind_of_incidents(_at(due + DAY).isoformat()) > 0
    assert "ansm_vigilance" in readers("device_incident_due")
    assert remind_of_incidents(_at(due + 3 * DAY).isoformat()) == 0


def test_a_reminder_is_moot_once_the_report_is_made(title: Title) -> None:
    made = incident(title)
    plan_incident_reminders(at=_at(made.report_by))
    message = OutboxMessage.objects.filter(kind="device_incident_due")[0]
    assert still_true(message, MONDAY)
    add_report(incident=made.pk, kind="final", told=told(), actor=demo_actor(COMPANY), at=_at(made.report_by))
    assert not still_true(message, MONDAY)


def _at(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(9), tzinfo=MONDAY.tzinfo)
