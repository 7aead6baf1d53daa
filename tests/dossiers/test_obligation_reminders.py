"""Reminders of obligations: exactly those of a pure model, once each, and only what is still true."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.core import mail
from django.test import override_settings
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.models import Membership, Person
from dossiers.demo.story import ONE_DAY, Story, demo_actor
from dossiers.models import Obligation
from dossiers.policy import may
from dossiers.services.obligation_reminders import LATE, SOON, plan_obligation_reminders, still_due
from dossiers.services.obligations import add, cancel, mark_done, reopen
from dossiers.services.staffing import recuse
from dossiers.tasks import remind_of_obligations
from notifications.models import OutboxMessage
from notifications.outbox import sweep
from tests.access.world import undone
from tests.dossiers.test_races import at_once
from tests.dossiers.world import granted
from tests.snapshot import load_world
from workflows import roles
from workflows.dates import PARIS
from workflows.renewals import fulfilled_by
from workflows.types import Actor

pytestmark = pytest.mark.django_db

State = OutboxMessage.State
SECRET = "zqsecretum"
HOLDERS = {"prescriber", "pharmacist", "two_hats"}
SIGNATORIES = {"ansm_signatory"}
KINDS = ("reminder_obligation", "obligation_late")


def at_six(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(6), tzinfo=PARIS)


def owed(told: Story, days: int = 40, **more: Any) -> Obligation:
    """Due so many days after the last act of the story."""
    fields: dict[str, Any] = {
        "kind": "report", "owed_by": "holder", "text": f"Dosage {SECRET}.", "due_on": told.at.date() + days * ONE_DAY,
    } | more  # fmt: skip
    return add(number=told.title.number, **fields, actor=demo_actor("ansm_assessor"), at=told.at)


def planned() -> set[tuple[str, str, int]]:
    """(kind, login, milestone) of every reminder."""
    found = OutboxMessage.objects.filter(kind__in=KINDS).values_list("kind", "recipient__email", "dedupe_key")
    return {(kind, email.partition("@")[0], int(key.split(":")[3])) for kind, email, key in found}


def with_left(one: Obligation, days: int) -> dt.datetime:
    return at_six(one.due_on - days * ONE_DAY)


# ------------------------------------------------------------------------------------------------ the pure model


def milestone(left: int, days: tuple[int, ...] = (30, 7, 0)) -> int | None:
    if left <= -7:
        return -(-left // 7) * 7
    return min((one for one in days if one >= left), default=None)


def expected(left: int, owed_by: str) -> set[tuple[str, str, int]]:
    current = milestone(left)
    if current is None:
        return set()
    first = HOLDERS if owed_by == "holder" else {"ansm_assessor"}
    found = {("reminder_obligation", login, current) for login in first}
    if owed_by == "holder" and left <= -7:
        found.add(("obligation_late", "ansm_assessor", current))
    if left <= -14:
        found |= {("obligation_late", login, current) for login in SIGNATORIES - first}
    return found


@pytest.mark.parametrize(
    ("left", "current"),
    [(31, None), (30, 30), (8, 30), (7, 7), (1, 7), (0, 0), (-1, 0), (-6, 0), (-7, -7), (-13, -7), (-14, -14)],
)
@pytest.mark.parametrize("owed_by", ["holder", "agency"])
def test_the_current_milestone_to_whoever_is_concerned(world, left, current, owed_by):
    assert milestone(left) == current
    one = owed(granted(), owed_by=owed_by)
    new = plan_obligation_reminders(at=with_left(one, left))
    assert planned() == expected(left, owed_by)
    assert new == len(planned())


@pytest.fixture
def two_owed(world: None) -> list[Obligation]:
    told = granted()
    return [owed(told), owed(told, days=55, owed_by="agency", kind="notice")]


def test_any_days_of_work_give_what_the_model_says(two_owed):
    """Days of work in any order and number, outages included: a milestone comes if and only if a day saw it."""
    start = two_owed[0].due_on

    @settings(max_examples=25, deadline=None)
    @given(st.lists(st.integers(min_value=-40, max_value=60), min_size=1, max_size=8))
    def holds(days: list[int]) -> None:
        with undone():
            for day in sorted(days):
                plan_obligation_reminders(at=at_six(start + day * ONE_DAY))
            for one in two_owed:
                found = OutboxMessage.objects.filter(dedupe_key__startswith=f"obligation:{one.pk}:")
                seen = [expected((one.due_on - start).days - day, one.owed_by) for day in days]
                told = sorted(
                    (row.kind, row.recipient.email.partition("@")[0], int(row.dedupe_key.split(":")[3]))
                    for row in found.select_related("recipient")
                )
                assert told == sorted(set().union(*seen))

    holds()


# ----------------------------------------------------------------------------------------------------- once each


def test_twice_is_once_and_the_key_names_all_that_counts(two_owed):
    at = with_left(two_owed[0], 30)
    assert plan_obligation_reminders(at=at) == len(HOLDERS)
    assert plan_obligation_reminders(at=at) == 0
    assert remind_of_obligations(at=at.isoformat()) == 0
    row = OutboxMessage.objects.get(kind="reminder_obligation", recipient__email="prescriber@demo.example")
    one = two_owed[0]
    assert row.dedupe_key == f"obligation:{one.pk}:{one.due_on.isoformat()}:30:{row.recipient_id}"
    number = one.title.number
    assert (row.reference, row.path, row.dossier_id) == (number, f"/titles/{number}/", one.title.dossier_id)


@pytest.mark.django_db(transaction=True)
def test_four_workers_at_once_plan_each_reminder_once(transactional_db):
    load_world()
    one = owed(granted())
    new = at_once(lambda _rank: plan_obligation_reminders(at=with_left(one, -15)), threads=4)
    assert sum(new) == len(planned()) == len(expected(-15, "holder"))


def test_somebody_reached_twice_is_told_once(world):
    """A signatory who is also the officer in charge: as the officer."""
    one = owed(granted(), owed_by="agency")
    officer = Membership.objects.get(person__email="ansm_assessor@demo.example")
    Membership.objects.create(
        person=officer.person, organisation=officer.organisation, role=roles.ANSM_SIGNATORY, starts_on=officer.starts_on
    )
    plan_obligation_reminders(at=with_left(one, -14))
    rows = OutboxMessage.objects.filter(recipient=officer.person, kind__in=KINDS)
    assert [row.kind for row in rows] == ["reminder_obligation"]


def test_without_an_officer_in_charge_every_assessor_is_told(world):
    told = granted()
    one = owed(told, owed_by="agency")
    recuse(reference=told.reference, actor=told.actor("assessor"), reason="Lien.", at=told.at)
    plan_obligation_reminders(at=with_left(one, 7))
    assessors = Membership.objects.filter(role=roles.ANSM_ASSESSOR).values_list("person__email", flat=True)
    assessors = assessors.exclude(person=told.actor("assessor").person_id)  # the one recused
    assert {login for _kind, login, _milestone in planned()} == {one.partition("@")[0] for one in assessors}


def test_settings_say_when(world):
    one = owed(granted())
    with override_settings(OBLIGATION_REMINDER_DAYS=[3], OBLIGATION_CLIMBS_AFTER_DAYS=[1, 2]):
        assert plan_obligation_reminders(at=with_left(one, 4)) == 0
        plan_obligation_reminders(at=with_left(one, -1))
        assert {login for kind, login, _days in planned() if kind == "obligation_late"} == {"ansm_assessor"}
    with override_settings(OBLIGATION_REMINDER_DAYS=[]):
        assert plan_obligation_reminders(at=with_left(one, 0)) == 0


def test_those_who_are_told_are_those_who_may_do_it(world):
    dossier = granted().dossier
    may_do = {
        role
        for role in roles.ALL
        if may(Actor(role=role, person_id=1, organisation_id=dossier.organisation_id), "fulfil", dossier).allowed
    }
    assert may_do == fulfilled_by("aac")
    assert set(SOON) == set(LATE) == set(Obligation.Kind.values)


# ------------------------------------------------------------------------------------------------------ still true


def send(at: dt.datetime) -> set[str]:
    OutboxMessage.objects.exclude(kind__in=KINDS).filter(state=State.PENDING).update(state=State.SENT, sent_at=at)
    sweep(limit=500, at=at)
    return set(OutboxMessage.objects.filter(kind__in=KINDS).values_list("state", flat=True))


def test_a_true_one_leaves_and_says_neither_text_nor_patient_nor_medicine(world):
    told = granted()
    one = owed(told)
    at = with_left(one, -14)
    plan_obligation_reminders(at=at)
    assert send(at) == {State.SENT}
    assert len(mail.outbox) == len(expected(-14, "holder"))
    for sent in mail.outbox:
        said = f"{sent.subject}\n{sent.body}"
        assert told.title.number in sent.subject
        assert f"/titles/{told.title.number}/" in sent.body
        for word in (SECRET, "QALSODY", told.dossier.subject, told.reference):
            assert word not in said
    stored = str(list(OutboxMessage.objects.filter(kind__in=(*KINDS, "obligation_added")).values()))
    assert SECRET not in stored


@pytest.mark.parametrize("what", ["done", "cancelled", "moved", "carried on", "left", "account closed"])
def test_what_is_no_longer_true_is_not_sent(world, what):
    told = granted()
    one = owed(told)
    at = with_left(one, 7)
    assert plan_obligation_reminders(at=at) == len(HOLDERS)
    match what:
        case "done":
            mark_done(
                obligation=one.pk, done_on=told.at.date(), proof="Fait.", actor=demo_actor("prescriber"), at=told.at
            )
        case "cancelled":
            cancel(obligation=one.pk, reason="Doublon.", actor=demo_actor("ansm_assessor"), at=told.at)
        case "moved":
            Obligation.objects.update(due_on=one.due_on + 60 * ONE_DAY)
        case "carried on":
            at = with_left(one, -8)  # a week late: another reminder is due by then
        case "left":
            Membership.objects.filter(person__email__in=[f"{who}@demo.example" for who in HOLDERS]).update(
                ends_on=at.date()
            )
        case _:
            Person.objects.filter(email__in=[f"{who}@demo.example" for who in HOLDERS]).update(is_active=False)
    assert send(at) == {State.MOOT}
    assert mail.outbox == []


def test_one_that_is_reopened_goes_on(world):
    told = granted()
    one = owed(told)
    mark_done(obligation=one.pk, done_on=told.at.date(), proof="Fait.", actor=demo_actor("prescriber"), at=told.at)
    assert plan_obligation_reminders(at=with_left(one, 7)) == 0
    reopen(obligation=one.pk, reason="Manque.", actor=demo_actor("ansm_assessor"), at=told.at)
    assert plan_obligation_reminders(at=with_left(one, 7)) == len(HOLDERS)


@pytest.mark.parametrize("key", ["", "obligation", "obligation::", "obligation:x:2026-01-01:30:1", "reminder:7"])
def test_another_key_is_true_of_nothing(world, key):
    assert still_due(dedupe_key=key, at=at_six(dt.date(2026, 5, 4))) is False
