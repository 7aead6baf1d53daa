"""Each unit where it is: sent, received, used, explanted, returned, destroyed; and never beyond what was granted."""

from __future__ import annotations

import datetime as dt
import itertools
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from accounts.demo import HOSPITAL_1, HOSPITAL_2
from devices.exemption import exemption_of
from devices.models import Unit, UnitEvent
from devices.notification import sheet
from devices.queries.lists import held
from devices.queries.sites import sites_holding
from devices.services import units
from devices.services.log import differences
from devices.services.units import Noted
from devices.states import ON_A_LIST, STATES, STEPS
from dossiers.demo.story import demo_actor
from dossiers.models import Title
from dossiers.services.errors import Blocked, Forbidden, NotFound, WrongState
from notifications.models import OutboxMessage
from tests.devices.world import COMPANY, DAY, LOT, MONDAY, PATIENT, decide, granted, received, shipped, site, used
from workflows.dates import civil_date

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world", "in_english")]

TODAY = civil_date(MONDAY)


@pytest.fixture
def title() -> Title:
    return granted()


def code_of(refusal: Any) -> str:
    return refusal.value.reasons[0].code


def test_a_unit_from_the_company_to_the_patient_and_back(title: Title) -> None:
    unit = used(title, serials=("sn 1",), count=None)
    assert (unit.state, unit.serial, unit.patient) == ("used", "SN1", PATIENT)
    later = MONDAY + 3 * DAY
    where: dict[str, Any] = {"number": title.number, "ranks": [unit.rank], "on": civil_date(later), "at": later}
    units.move_on(**where, name="explant", actor=demo_actor("prescriber"))
    units.move_on(**where, name="give_back", actor=demo_actor("pharmacist"))
    unit.refresh_from_db()
    assert unit.state == "returned"
    assert [one.verb for one in unit.events.order_by("seq")] == ["ship", "receive", "use", "explant", "give_back"]
    assert list(differences(unit)) == []


def test_a_serial_number_makes_one_unit_and_a_lot_as_many_as_said(title: Title) -> None:
    assert [one.serial for one in shipped(title, serials=("A1", "a 2", "", "A1"), count=None)] == ["A1", "A2"]
    assert {one.lot for one in shipped(title, count=3, at=MONDAY + DAY)} == {LOT}
    assert Unit.objects.filter(title=title).count() == 5
    with pytest.raises(Blocked) as refused:
        shipped(title, serials=("A2",), count=None, at=MONDAY + DAY)
    assert code_of(refused) == "serial_taken"


@pytest.mark.parametrize(
    ("noted", "code"),
    [
        ({"lot": "", "count": 2}, "no_number"),
        ({"count": 0}, "count"),
        ({"count": 201}, "count"),
        ({"serials": ("A", "B"), "count": 3}, "count"),
        ({"udi_di": "03400930000013"}, "udi_di"),
        ({"lot": "é"}, "lot"),
    ],
)
def test_what_cannot_be_traced_is_not_noted(title: Title, noted: dict[str, Any], code: str) -> None:
    with pytest.raises(Blocked) as refused:
        shipped(title, **noted)
    assert code_of(refused) == code
    assert not Unit.objects.exists()


def test_labels_scanned_one_after_the_other(title: Title) -> None:
    label = "(01)03400930000014(17)280131(10)L26-0412"
    made = shipped(title, lot="", serials=(f"{label}(21)SN1", f"{label}(21)SN2"), count=None)
    assert {(one.lot, one.serial, one.udi_di) for one in made} == {
        ("L26-0412", "SN1", "03400930000014"),
        ("L26-0412", "SN2", "03400930000014"),
    }
    assert len(shipped(title, lot="", serials=(label, label, label), count=None, at=MONDAY + DAY)) == 3
    for serials in ((f"{label}(21)SN3", "(01)03400930000014(10)L9(21)SN4"), ("(01)03400930000013(10)L1",)):
        with pytest.raises(Blocked):
            shipped(title, lot="", serials=serials, count=None, at=MONDAY + 2 * DAY)


def test_the_same_form_sent_twice_makes_units_once(title: Title) -> None:
    first = shipped(title, count=2)
    assert shipped(title, count=2) == first
    assert len(shipped(title, count=2, at=MONDAY + DAY)) == 2
    assert Unit.objects.count() == 4


def test_no_unit_beyond_the_quantity_of_the_decision(title: Title) -> None:
    decide(title, quantity="3")
    shipped(title, count=2)
    with pytest.raises(Blocked) as refused:
        shipped(title, count=2, at=MONDAY + DAY)
    assert code_of(refused) == "quantity"
    assert not Unit.objects.filter(over_quantity=True).exists()
    unit = received(title, at=MONDAY + DAY)[0]
    # What came back unused may be sent elsewhere.
    units.move_on(
        number=title.number,
        ranks=[unit.rank],
        name="give_back",
        on=TODAY + DAY,
        actor=demo_actor("pharmacist"),
        at=MONDAY + DAY,
    )
    assert shipped(title, at=MONDAY + 2 * DAY, to=HOSPITAL_2)


def recorded(title: Title, login: str, count: int, at: dt.datetime = MONDAY + DAY) -> list[Unit]:
    noted = Noted(lot=LOT, count=count)
    return units.record(number=title.number, noted=noted, on=TODAY, actor=demo_actor(login), at=at)


def test_what_a_hospital_received_beyond_the_quantity_is_noted_and_told(title: Title) -> None:
    decide(title, quantity="3")
    shipped(title, count=2)
    made = recorded(title, "pharmacist", 2)
    assert [one.over_quantity for one in made] == [False, True]
    assert list(differences(made[1])) == []
    assert made[1].events.get().payload["over_quantity"] is True
    (message,) = OutboxMessage.objects.filter(kind="device_beyond", recipient__email="ansm_vigilance@demo.example")
    assert message.path == f"/devices/{title.number}/"
    assert held(demo_actor(COMPANY), exemption_of(title)).beyond == 1
    # The same form sent twice tells nothing more.
    assert recorded(title, "pharmacist", 2) == made
    assert OutboxMessage.objects.filter(kind="device_beyond").count() == len(
        set(OutboxMessage.objects.filter(kind="device_beyond").values_list("recipient", flat=True))
    )


def test_a_unit_at_a_site_that_the_decision_does_not_name_is_marked(title: Title) -> None:
    decide(title, establishments=[site().pk])
    assert [one.off_site for one in (*shipped(title), *shipped(title, to=HOSPITAL_2))] == [False, True]
    assert OutboxMessage.objects.filter(kind="device_beyond").exists()
    # A decision that names no hospital known here tells nothing of those that are.
    decide(title, sites="Une clinique étrangère", establishments=[])
    assert [one.off_site for one in shipped(title, to=HOSPITAL_2, at=MONDAY + DAY)] == [False]


def test_what_was_used_counts_for_good_even_given_back(title: Title) -> None:
    decide(title, quantity="1")
    unit = used(title)
    later = MONDAY + DAY
    where: dict[str, Any] = {"number": title.number, "ranks": [unit.rank], "on": civil_date(later), "at": later}
    units.move_on(**where, name="explant", actor=demo_actor("prescriber"))
    units.move_on(**where, name="give_back", actor=demo_actor("pharmacist"))
    with pytest.raises(Blocked) as refused:
        shipped(title, at=MONDAY + 2 * DAY)
    assert code_of(refused) == "quantity"
    assert held(demo_actor(COMPANY), exemption_of(title)).counted == 1
    said = {line.code: line.value for line in sheet(exemption_of(title), civil_date(later))}
    assert (said["units_supplied"], said["units_used"]) == ("1", "1")


def test_a_quantity_in_words_fixes_no_number(title: Title) -> None:
    decide(title, quantity="1 unité et 1 unité de secours")
    assert len(shipped(title, count=5)) == 5


def test_nothing_is_sent_outside_the_period(title: Title) -> None:
    after = MONDAY + 800 * DAY
    with pytest.raises(Blocked) as refused:
        shipped(title, at=after)
    assert code_of(refused) == "not_in_force"


def test_a_use_outside_the_period_is_written_with_its_reason_and_told_to_ansm(title: Title) -> None:
    unit = received(title)[0]
    after = MONDAY + 800 * DAY
    where: dict[str, Any] = {
        "number": title.number,
        "rank": unit.rank,
        "on": civil_date(after),
        "patient": PATIENT,
        "actor": demo_actor("prescriber"),
        "at": after,
    }
    with pytest.raises(Blocked) as refused:
        units.use(**where)
    assert code_of(refused) == "deviation_needed"
    done = units.use(**where, deviation="Urgence vitale, aucun autre dispositif.")
    assert (done.state, done.deviation) == ("used", "Urgence vitale, aucun autre dispositif.")
    assert OutboxMessage.objects.filter(kind="device_used_outside").exists()


@pytest.mark.parametrize("patient", ["", "Dupont", "1 60 07 75 123 456 78", "X1" * 30])
def test_a_patient_is_a_code_of_the_hospital(title: Title, patient: str) -> None:
    unit = received(title)[0]
    with pytest.raises(Blocked):
        units.use(
            number=title.number,
            rank=unit.rank,
            on=TODAY,
            patient=patient,
            actor=demo_actor("prescriber"),
            at=MONDAY,
        )


def test_a_use_noted_by_mistake_leaves_only_its_history(title: Title) -> None:
    unit = used(title)
    where: dict[str, Any] = {"number": title.number, "ranks": [unit.rank], "on": TODAY, "at": MONDAY}
    with pytest.raises(Blocked):
        units.move_on(**where, name="unuse", actor=demo_actor("prescriber"))
    units.move_on(**where, name="unuse", reason="Autre unité.", actor=demo_actor("prescriber"))
    unit.refresh_from_db()
    assert (unit.state, unit.used_on, unit.patient, unit.ended_on) == ("received", None, "", None)
    assert unit.events.get(verb="use").payload["patient"] == PATIENT
    units.move_on(**where, name="strike", reason="Jamais reçue.", actor=demo_actor("pharmacist"))
    unit.refresh_from_db()
    assert (unit.state, list(differences(unit))) == ("cancelled", [])
    assert not sites_holding(title).exists()


def test_days_come_in_their_order_and_have_come(title: Title) -> None:
    unit = received(title)[0]
    where: dict[str, Any] = {"number": title.number, "ranks": [unit.rank], "actor": demo_actor("pharmacist")}
    for on in (TODAY - DAY, TODAY + DAY):
        with pytest.raises(Blocked):
            units.move_on(**where, name="destroy", on=on, at=MONDAY)
    with pytest.raises(WrongState):
        units.move_on(**where, name="receive", on=TODAY, at=MONDAY)


def test_several_units_go_on_together_or_not_at_all(title: Title) -> None:
    made = shipped(title, count=3)
    pharmacist = demo_actor("pharmacist")
    units.move_on(number=title.number, ranks=[made[0].rank], name="receive", on=TODAY, actor=pharmacist, at=MONDAY)
    with pytest.raises(WrongState):
        units.move_on(
            number=title.number,
            ranks=[one.rank for one in reversed(made)],
            name="receive",
            on=TODAY,
            actor=pharmacist,
            at=MONDAY,
        )
    assert Unit.objects.filter(state="shipped").count() == 2


def test_each_step_from_each_state_by_each_side(title: Title) -> None:
    unit = used(title)
    actors = [demo_actor(one) for one in ("applicant", "pharmacist", "intern", "ansm_vigilance", "pharmacovigilance")]
    for name, state, actor in itertools.product(ON_A_LIST, STATES, actors):
        # A state that no act of this test leads to: only the table is asked.
        Unit.objects.filter(pk=unit.pk).update(state=state)
        step = STEPS[name]
        undone = transaction.atomic()
        undone._from_testcase = True  # type: ignore[attr-defined]
        with undone:
            try:
                units.move_on(
                    number=title.number, ranks=[unit.rank], name=name, on=TODAY, reason="Non.", actor=actor, at=MONDAY
                )
                done = True
            except (Forbidden, WrongState):
                done = False
            transaction.set_rollback(True)
        assert done == (state in step.sources and actor.role in step.roles), (name, state, actor.role)


def test_a_stranger_finds_nothing(title: Title) -> None:
    unit = received(title)[0]
    for login in ("pharmacist2", "applicant2", "has_officer"):
        with pytest.raises(NotFound):
            units.move_on(
                number=title.number,
                ranks=[unit.rank],
                name="destroy",
                on=TODAY,
                actor=demo_actor(login),
                at=MONDAY,
            )


def test_only_the_company_sends_and_only_a_hospital_notes_what_it_received(title: Title) -> None:
    shipped(title)
    with pytest.raises(Forbidden):
        units.ship(
            number=title.number,
            site=site().pk,
            noted=Noted(lot=LOT, count=1),
            on=TODAY,
            actor=demo_actor("pharmacist"),
            at=MONDAY,
        )
    with pytest.raises(Forbidden):
        units.record(number=title.number, noted=Noted(lot=LOT, count=1), on=TODAY, actor=demo_actor(COMPANY), at=MONDAY)
    with pytest.raises(Blocked):
        units.ship(
            number=title.number,
            site=demo_actor(COMPANY).organisation_id or 0,
            noted=Noted(lot=LOT, count=1),
            on=TODAY,
            actor=demo_actor(COMPANY),
            at=MONDAY,
        )


def test_the_sites_that_hold_a_lot(title: Title) -> None:
    used(title)
    received(title, to=HOSPITAL_2, lot="OTHER")
    assert [one.name for one in sites_holding(title)] == sorted([HOSPITAL_1, HOSPITAL_2])
    assert [one.name for one in sites_holding(title, "OTHER")] == [HOSPITAL_2]
    unit = Unit.objects.get(lot="OTHER")
    units.move_on(
        number=title.number,
        ranks=[unit.rank],
        name="destroy",
        on=TODAY,
        actor=demo_actor("pharmacist2"),
        at=MONDAY,
    )
    assert [one.name for one in sites_holding(title)] == [HOSPITAL_1]


def test_the_hospital_is_told_once_a_day_of_what_is_on_its_way(title: Title) -> None:
    shipped(title)
    shipped(title, lot="OTHER", at=MONDAY + dt.timedelta(hours=1))
    told = OutboxMessage.objects.filter(kind="device_shipped")
    assert told.count() == told.values("recipient").distinct().count() > 0
    assert {one.recipient.email.partition("@")[0] for one in told} >= {"pharmacist", "prescriber"}


def test_the_history_of_a_unit_is_proof(title: Title) -> None:
    unit = used(title)
    for act in (
        lambda: UnitEvent.objects.filter(unit=unit).update(actor_name="x"),
        lambda: UnitEvent.objects.filter(unit=unit).delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            act()
    Unit.objects.filter(pk=unit.pk).update(state="destroyed")
    unit.refresh_from_db()
    assert list(differences(unit))


def test_the_pseudonym_lies_encrypted(title: Title) -> None:
    used(title)
    with connection.cursor() as cursor:
        for table in ("devices_unit", "devices_unitevent"):
            cursor.execute(f"SELECT row_to_json(t)::text FROM {table} t")  # noqa: S608 - our own names
            assert all(PATIENT not in text for (text,) in cursor.fetchall()), table
