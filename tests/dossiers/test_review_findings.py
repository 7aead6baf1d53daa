"""What a hostile reader found once, and must not find again."""

import datetime as dt
import threading

import pytest
from django.db import connection

from accounts.models import Membership
from catalogue.models import Indication
from dossiers.demo.story import ONE_DAY, demo_actor
from dossiers.models import Dossier
from dossiers.queries.pages import conversation
from dossiers.services.conversation import post
from dossiers.services.drafts import create_draft
from dossiers.services.errors import Blocked, Forbidden
from dossiers.services.requests import remind
from dossiers.services.staffing import reassign, recuse
from notifications.models import OutboxMessage
from tests.dossiers.world import MONDAY, assessed, granted, renewed, story
from tests.snapshot import load_world


def codes(refusal: pytest.ExceptionInfo[Blocked]) -> list[str]:
    return [reason.code for reason in refusal.value.reasons]


def dispensed(days_before: int) -> dict:
    return {"request": {"track": "A", "dispensed_at": (MONDAY - days_before * ONE_DAY).isoformat()}}


@pytest.mark.django_db
def test_a_dispensing_of_long_ago_is_not_regularised(world):
    told = story("TROGARZO", kind="regularisation", given=dispensed(16)).draft()
    with pytest.raises(Blocked) as refusal:
        told.sign()
    assert codes(refusal) == ["regularisation_late"]


@pytest.mark.django_db
def test_a_recent_dispensing_is_granted_from_its_day(world):
    told = story("TROGARZO", kind="regularisation", given=dispensed(2)).draft().sign().file()
    assert told.dossier.state == "granted"
    assert told.title.starts_on == (MONDAY - 2 * ONE_DAY).date()


@pytest.mark.django_db
def test_a_period_already_over_is_left_to_a_person(world):
    given = dispensed(10)
    given["medicine"] = {"duration_days": 3}
    told = story("TROGARZO", kind="regularisation", given=given).draft().sign().file()
    assert told.dossier.state == "received"


@pytest.mark.django_db
def test_a_title_is_renewed_once(world):
    first = granted(months=6)
    renewed(first)
    again = first.renewal(first.at + 160 * ONE_DAY).draft()
    with pytest.raises(Blocked) as refusal:
        again.sign()
    assert codes(refusal) == ["already_renewed"]


@pytest.mark.django_db
def test_an_indication_that_an_ma_covers_gets_no_new_access(world):
    told = assessed()
    Indication.objects.filter(pk=told.indication.pk).update(ma_since=told.at.date() - 10 * ONE_DAY)
    with pytest.raises(Blocked) as refusal:
        told.propose("grant", "Bénéfice présumé.")
    assert codes(refusal) == ["covered"]
    told.at = MONDAY + 2 * ONE_DAY
    told.propose("refuse", "Une AMM couvre l'indication.").refuse()
    assert told.dossier.state == "refused"


@pytest.mark.django_db
def test_a_treatment_under_way_ends_three_months_after_the_ma(world):
    first = granted(months=3)
    since = first.title.ends_on - 20 * ONE_DAY
    Indication.objects.filter(pk=first.indication.pk).update(ma_since=since)
    renewal = first.renewal(dt.datetime.combine(since, MONDAY.timetz())).draft().sign().file().take_up()
    with pytest.raises(Blocked) as refusal:
        renewal.propose("grant", "Poursuite.", months=6)
    assert codes(refusal) == ["ma_limit"]
    renewal.propose("grant", "Poursuite.", months=1).grant()


@pytest.mark.django_db
def test_a_recused_person_does_nothing_more_on_the_file(world):
    told = assessed().ask("Pourquoi ?")
    assessor = told.actor("assessor")
    recuse(reference=told.reference, actor=assessor, reason="Lien familial.", at=told.at)
    colleague = Membership.objects.get(person__email="ansm_assessor2@demo.example").pk
    acts = (
        lambda: reassign(reference=told.reference, membership=colleague, actor=assessor, at=told.at),
        lambda: post(reference=told.reference, body="Bonjour", actor=assessor, at=told.at),
        lambda: post(reference=told.reference, body="Note", actor=assessor, staff_only=True, at=told.at),
        lambda: remind(reference=told.reference, actor=assessor, at=told.at),
    )
    for act in acts:
        with pytest.raises(Forbidden) as refusal:
            act()
        assert [reason.code for reason in refusal.value.reasons] == ["recused"]


@pytest.mark.django_db
def test_the_agency_does_not_read_what_the_hospital_said_before_filing(world):
    told = story().draft().sign()
    prescriber = told.actor("prescriber")
    post(reference=told.reference, body="Entre nous.", actor=prescriber, at=told.at)
    told.file()
    post(reference=told.reference, body="Pour l'agence.", actor=prescriber, at=told.at + ONE_DAY)
    read = [line.body for line in conversation(told.dossier, demo_actor("ansm_assessor"))[0]]
    assert read == ["Pour l'agence."]
    assert len(conversation(told.dossier, prescriber)[0]) == 2


@pytest.mark.django_db
def test_a_planned_departure_does_not_silence_a_pharmacist(world):
    in_office = Membership.objects.filter(person__email="pharmacist@demo.example")
    in_office.update(ends_on=dt.datetime.now(dt.UTC).date() + 180 * ONE_DAY)
    Membership.objects.filter(person__email="pharmacy_preparer@demo.example").update(
        ends_on=dt.datetime.now(dt.UTC).date() - ONE_DAY
    )
    told = story().draft().sign()
    warned = OutboxMessage.objects.filter(dossier=told.dossier).values_list("recipient__email", flat=True)
    assert set(warned) == {"pharmacist@demo.example"}


@pytest.mark.django_db
def test_a_message_sent_twice_is_one_message(world):
    told = assessed()
    first = post(reference=told.reference, body="Bonjour.", actor=told.actor("prescriber"), at=told.at)
    again = post(reference=told.reference, body="Bonjour.", actor=told.actor("prescriber"), at=told.at)
    assert first.pk == again.pk
    assert OutboxMessage.objects.filter(kind="message").count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_button_pressed_four_times_at_once_begins_one_draft():
    load_world()
    actor, start, made = demo_actor("prescriber"), threading.Barrier(4), []

    def press() -> None:
        try:
            start.wait(timeout=20)
            made.append(create_draft(procedure="aac", kind="initial", actor=actor, key="one-page").reference)
        finally:
            connection.close()

    threads = [threading.Thread(target=press) for _rank in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert len(made) == 4
    assert set(made) == set(Dossier.objects.values_list("reference", flat=True))
    assert len(set(made)) == 1
