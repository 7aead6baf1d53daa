"""Reminders before a title ends: who, when, once, and no longer once it is not true."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.core import mail
from django.db.models import F, Q
from django.urls import reverse
from django.utils import translation

from accounts.models import Membership, Organisation, Person
from dossiers.demo.story import ONE_DAY, Story, demo_actor
from dossiers.models import Dossier, Party, Title
from dossiers.services.reminders import bands, plan_expiry_reminders
from dossiers.tasks import remind_of_expiry
from notifications.models import OutboxMessage
from notifications.outbox import sweep
from notifications.preferences import choose
from tests.dossiers.test_races import at_once
from tests.dossiers.world import early, granted, renewed, title_in
from tests.snapshot import load_world
from workflows import roles
from workflows.aap_guards import last_day_to_file
from workflows.dates import PARIS
from workflows.registry import TITLE

pytestmark = pytest.mark.django_db

State = OutboxMessage.State
MINUTE = dt.timedelta(minutes=1)


def leave_one_of_each_role() -> None:
    """The demo's hospital has one prescriber, and two pharmacists, of whom one is kept."""
    Membership.objects.filter(person__email="two_hats@demo.example").update(ends_on=F("starts_on"))


@pytest.fixture
def world(world: None) -> None:
    leave_one_of_each_role()


def at_six(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(6), tzinfo=PARIS)


def before_end(told: Story, days: int) -> dt.datetime:
    """Six in the morning of the day that has `days` left."""
    return at_six(told.title.ends_on - days * ONE_DAY)


def reminders() -> Any:
    return OutboxMessage.objects.filter(kind="reminder_expiry").order_by("pk")


def milestones() -> list[tuple[str, int]]:
    """(recipient's login, milestone) of every reminder planned."""
    found = reminders().values_list("recipient__email", "dedupe_key")
    return sorted((email.partition("@")[0], int(key.split(":")[3])) for email, key in found)


def person(login: str) -> Person:
    return Person.objects.get(email=f"{login}@demo.example")


def member(login: str, role: str, **fields: Any) -> Membership:
    """A colleague at the hospital of the demo's prescriber."""
    someone, _new = Person.objects.get_or_create(email=f"{login}@demo.example", defaults={"last_name": login})
    defaults = {"organisation": hospital(), "starts_on": dt.date(2020, 1, 1)}
    return Membership.objects.create(person=someone, role=role, **(defaults | fields))


def hospital() -> Organisation:
    return Organisation.objects.get(pk=demo_actor("prescriber").organisation_id)


def send(at: dt.datetime) -> set[str]:
    """The states of the reminders after a sweep, and nothing else in the way."""
    ours = ("reminder_expiry", "nobody_renews")
    OutboxMessage.objects.exclude(kind__in=ours).filter(state=State.PENDING).update(state=State.SENT, sent_at=at)
    sweep(limit=500, at=at)
    return set(reminders().values_list("state", flat=True))


# ------------------------------------------------------------------------------------------------ when


def test_bands_hold_each_day_once():
    found = list(bands([30, 60, 15, 30, -4]))
    assert [(band.least, band.milestone) for band in found] == [(0, 15), (16, 30), (31, 60)]
    assert [(band.least, band.milestone) for band in bands([0])] == [(0, 0)]
    assert list(bands([])) == []


@pytest.mark.parametrize("ends_on", [dt.date(2027, 8, 31), dt.date(2027, 5, 31), dt.date(2027, 5, 28)])
def test_the_last_day_to_file_an_early_access_is_reminded_of_before_it_is_past(world, ends_on):
    """Three months are 92 days in summer: a reminder 90 days before the end would come two days too late."""
    told = early().granted()
    Title.objects.filter(pk=told.title.pk).update(ends_on=ends_on, in_force_until=ends_on)
    day = last_day_to_file(ends_on) - 40 * ONE_DAY
    while day < last_day_to_file(ends_on):
        plan_expiry_reminders(at=at_six(day))
        day += ONE_DAY
    assert {milestone for _login, milestone in milestones()} == {180, 120, 93}


@pytest.mark.parametrize(
    ("days", "milestone"), [(61, None), (60, 60), (31, 60), (30, 30), (16, 30), (15, 15), (0, 15), (-1, None)]
)
def test_the_current_milestone_is_the_smallest_not_smaller_than_the_days_left(world, days, milestone):
    told = granted(months=6)
    new = plan_expiry_reminders(at=before_end(told, days))
    expected = [] if milestone is None else [("pharmacist", milestone), ("prescriber", milestone)]
    assert (new, milestones()) == (len(expected), expected)


def test_the_key_names_title_day_milestone_and_person(world):
    told = granted(months=6)
    plan_expiry_reminders(at=before_end(told, 45))
    [row] = reminders().filter(recipient=person("prescriber"))
    title = told.title
    assert row.dedupe_key == f"reminder:{title.number}:{title.ends_on.isoformat()}:60:{row.recipient_id}"
    assert (row.reference, row.path, row.dossier) == (title.number, f"/titles/{title.number}/", told.dossier)


def test_the_civil_day_is_that_of_paris(world):
    told = granted(months=6)
    midnight = dt.datetime.combine(told.title.ends_on - 60 * ONE_DAY, dt.time(0), tzinfo=PARIS)
    assert plan_expiry_reminders(at=(midnight - MINUTE).astimezone(dt.UTC)) == 0
    assert plan_expiry_reminders(at=midnight.astimezone(dt.UTC)) == 2


def test_day_by_day_each_milestone_comes_once_to_each(world):
    told = granted(months=6)
    for days in range(70, -3, -1):
        plan_expiry_reminders(at=before_end(told, days))
        plan_expiry_reminders(at=before_end(told, days))
    assert milestones() == [(login, days) for login in ("pharmacist", "prescriber") for days in (15, 30, 60)]


def test_after_an_outage_the_current_one_comes_late_and_alone(world):
    told = granted(months=6)
    plan_expiry_reminders(at=before_end(told, 60))
    plan_expiry_reminders(at=before_end(told, 12))
    assert {days for _login, days in milestones()} == {60, 15}


def test_of_two_that_wait_only_the_current_one_leaves(world):
    told = granted(months=6)
    for days in (60, 30):
        plan_expiry_reminders(at=before_end(told, days))
    assert send(before_end(told, 30)) == {State.MOOT, State.SENT}
    assert len(mail.outbox) == 2
    assert all(":30:" in row.dedupe_key for row in reminders().filter(state=State.SENT))


def test_a_short_title_is_reminded_at_once(world):
    told = granted(months=1)
    assert plan_expiry_reminders(at=told.at) == 2
    assert {days for _login, days in milestones()} == {30}


def test_a_title_moved_to_another_last_day_is_armed_again(world):
    told = granted(months=6)
    plan_expiry_reminders(at=before_end(told, 60))
    told.at = before_end(told, 50)
    moved = told.title.ends_on - 10 * ONE_DAY
    told.move_title("modify", "signatory", {"reason": "x", "changes": "x", "ends_on": moved.isoformat()})
    assert plan_expiry_reminders(at=told.at) == 2
    assert reminders().filter(dedupe_key__contains=f":{moved.isoformat()}:60:").count() == 2
    assert send(told.at) == {State.MOOT, State.SENT}


def test_the_setting_says_the_milestones(world, settings):
    settings.REMINDER_DAYS = {"aac": [5, 100]}
    told = granted(months=6)
    plan_expiry_reminders(at=before_end(told, 99))
    assert {days for _login, days in milestones()} == {100}


# ------------------------------------------------------------------------------------------------ which titles


@pytest.mark.parametrize("state", sorted(state.code for state in TITLE.states))
def test_titles_in_force_or_suspended_are_reminded_of(world, state):
    told = title_in(state)
    successor = Title.objects.filter(chain=told.title.chain, renewal_rank=1).first()
    plan_expiry_reminders(at=max(before_end(told, 15), told.at))
    expected = {"in_force": 2, "suspended": 2}.get(state, 0)
    assert reminders().filter(reference=told.title.number).count() == expected
    assert successor is None or state == "replaced"


def test_a_renewal_filed_and_undecided_stops_them_a_refused_one_arms_them_again(world):
    told = granted(months=6)
    plan_expiry_reminders(at=before_end(told, 60))
    renewal = told.renewal(before_end(told, 40)).draft().sign()
    assert plan_expiry_reminders(at=before_end(told, 30)) == 2, "a draft is not a request"
    renewal.file()
    assert plan_expiry_reminders(at=before_end(told, 15)) == 0
    renewal.take_up().propose("refuse", "Sans bénéfice.").refuse()
    assert plan_expiry_reminders(at=before_end(told, 15)) == 2


@pytest.mark.parametrize("sent", [True, False])
def test_a_renewal_asked_for_in_vain_arms_the_present_milestone_again(world, sent):
    told = granted(months=6)
    plan_expiry_reminders(at=before_end(told, 15))
    if sent:
        assert send(before_end(told, 15)) == {State.SENT}
    renewal = told.renewal(before_end(told, 15)).draft().sign().file()
    if not sent:
        assert send(before_end(told, 14)) == {State.MOOT}
    renewal.at = before_end(told, 3)
    renewal.do("withdraw", "prescriber", {"reason": "x"})
    assert plan_expiry_reminders(at=before_end(told, 3)) == 2
    assert plan_expiry_reminders(at=before_end(told, 2)) == 0
    again = reminders().filter(dedupe_key__regex=r":15:\d+:1$")
    title, one = told.title, again.get(recipient=person("prescriber"))
    assert one.dedupe_key == f"reminder:{title.number}:{title.ends_on.isoformat()}:15:{one.recipient_id}:1"
    send(before_end(told, 2))
    assert set(again.values_list("state", flat=True)) == {State.SENT}


def test_a_draft_given_up_arms_nothing(world):
    told = granted(months=6)
    plan_expiry_reminders(at=before_end(told, 15))
    renewal = told.renewal(before_end(told, 15)).draft()
    renewal.do("withdraw", "prescriber", {"reason": "x"})
    assert plan_expiry_reminders(at=before_end(told, 14)) == 0


def test_a_title_whose_renewal_is_granted_is_not_reminded_of(world):
    told = granted(months=6)
    renewal = renewed(told)
    assert plan_expiry_reminders(at=before_end(told, 10)) == 0
    assert plan_expiry_reminders(at=before_end(renewal, 10)) == 2
    assert set(reminders().values_list("reference", flat=True)) == {renewal.title.number}


# ------------------------------------------------------------------------------------------------ who


def test_members_in_office_whose_role_may_renew(world):
    told = granted(months=6)
    day = told.title.ends_on - 15 * ONE_DAY
    member("second", roles.PRESCRIBER)
    member("intern9", roles.INTERN)
    member("preparer9", roles.PHARMACY_PREPARER)
    member("joins_today", roles.PHARMACIST, starts_on=day)
    member("joins_tomorrow", roles.PHARMACIST, starts_on=day + ONE_DAY)
    member("leaves_today", roles.PRESCRIBER, ends_on=day)
    member("leaves_tomorrow", roles.PRESCRIBER, ends_on=day + ONE_DAY)
    Person.objects.filter(pk=member("closed", roles.PRESCRIBER).person_id).update(is_active=False)
    other = Organisation.objects.get(pk=demo_actor("prescriber2").organisation_id)
    member("elsewhere", roles.PRESCRIBER, organisation=other)
    plan_expiry_reminders(at=at_six(day))
    assert [login for login, _days in milestones()] == [
        "joins_today", "leaves_tomorrow", "pharmacist", "prescriber", "second"
    ]  # fmt: skip


def test_a_person_of_two_roles_is_told_once(world):
    told = granted(months=6)
    member("prescriber", roles.PHARMACIST)
    assert plan_expiry_reminders(at=before_end(told, 15)) == 2
    assert milestones() == [("pharmacist", 15), ("prescriber", 15)]


def test_who_refused_is_not_told(world):
    told = granted(months=6)
    choose(person=person("pharmacist"), topic="reminders", choice="none")
    plan_expiry_reminders(at=before_end(told, 15))
    assert milestones() == [("prescriber", 15)]


def test_mine_are_those_one_signed_sent_or_began(world):
    told = granted(months=6)
    member("second", roles.PRESCRIBER)
    began = member("began", roles.PRESCRIBER).person
    Dossier.objects.filter(pk=told.dossier.pk).update(created_by=began)
    for login in ("prescriber", "pharmacist", "second", "began"):
        choose(person=person(login), topic="reminders", choice="mine")
    plan_expiry_reminders(at=before_end(told, 15))
    assert milestones() == [("began", 15), ("pharmacist", 15), ("prescriber", 15)]


def test_a_title_that_is_nobodys_own_is_everybodys(world):
    told = granted(months=6)
    Party.objects.all().delete()
    Dossier.objects.update(created_by=None)
    for login in ("prescriber", "pharmacist"):
        choose(person=person(login), topic="reminders", choice="mine")
    assert plan_expiry_reminders(at=before_end(told, 15)) == 2


def test_when_everybody_refused_everybody_is_told(world):
    told = granted(months=6)
    member("second", roles.PRESCRIBER)
    choose(person=person("prescriber"), topic="reminders", choice="none")
    choose(person=person("pharmacist"), topic="reminders", choice="none")
    # "Mine" of somebody who had no part in it: for this title, that is a refusal.
    choose(person=person("second"), topic="reminders", choice="mine")
    assert plan_expiry_reminders(at=before_end(told, 15)) == 3
    assert send(before_end(told, 15)) == {State.SENT}


def nobody_renews() -> Any:
    return OutboxMessage.objects.filter(kind="nobody_renews").order_by("pk")


def leave_everybody(day: dt.date) -> None:
    there = Membership.objects.filter(organisation=hospital(), role__in=(roles.PRESCRIBER, roles.PHARMACIST))
    there.filter(Q(ends_on=None) | Q(ends_on__gt=day)).update(ends_on=day)


def test_administrators_are_told_of_a_title_that_nobody_may_renew(world):
    told = granted(months=6)
    title = told.title
    leave_everybody(title.ends_on - 60 * ONE_DAY)
    member("admin9", roles.ORG_ADMIN)
    member("left9", roles.ORG_ADMIN, ends_on=title.ends_on - 60 * ONE_DAY)
    other = Organisation.objects.get(pk=demo_actor("prescriber2").organisation_id)
    member("elsewhere9", roles.ORG_ADMIN, organisation=other)
    for days in (61, 60, 59, 30):
        plan_expiry_reminders(at=before_end(told, days))
    assert not reminders().exists()
    keys = dict(nobody_renews().filter(recipient=person("admin9")).values_list("dedupe_key", "path"))
    assert keys == {
        f"nobody:{title.number}:{title.ends_on.isoformat()}:{days}:{person('admin9').pk}": reverse("accounts:members")
        for days in (60, 30)
    }
    logins = set(nobody_renews().values_list("recipient__email", flat=True))
    assert logins == {"admin9@demo.example", "org_admin@demo.example"}


def test_it_is_moot_once_somebody_may(world):
    told = granted(months=6)
    leave_everybody(told.title.ends_on - 60 * ONE_DAY)
    plan_expiry_reminders(at=before_end(told, 30))
    assert nobody_renews().count() == 1
    Person.objects.update(language="en")
    send(before_end(told, 30))
    assert nobody_renews().get().state == State.SENT
    assert "Nobody of your organisation may ask for the renewal" in mail.outbox[0].body
    assert told.title.number in mail.outbox[0].subject
    plan_expiry_reminders(at=before_end(told, 15))
    member("comes9", roles.PHARMACIST)
    send(before_end(told, 15))
    assert list(nobody_renews().values_list("state", flat=True)) == [State.SENT, State.MOOT]
    assert plan_expiry_reminders(at=before_end(told, 15)) == 1
    assert milestones() == [("comes9", 15)]


# ------------------------------------------------------------------------------------------------ still true


def planned(told: Story) -> None:
    assert plan_expiry_reminders(at=before_end(told, 30)) == 2


def test_it_is_moot_once_a_renewal_is_filed(world):
    told = granted(months=6)
    planned(told)
    told.renewal(before_end(told, 30)).draft().sign().file()
    assert send(before_end(told, 29)) == {State.MOOT}


def test_it_is_moot_once_the_treatment_stopped(world):
    told = granted(months=6)
    planned(told)
    told.at = before_end(told, 30)
    told.move_title("stop_treatment", "prescriber", {"stopped_on": str(told.at.date()), "reason": "efficacy"})
    assert send(told.at) == {State.MOOT}


def test_it_is_moot_for_who_has_left_and_true_for_the_others(world):
    told = granted(months=6)
    planned(told)
    leaves = told.title.ends_on - 29 * ONE_DAY
    Membership.objects.filter(person=person("prescriber")).update(ends_on=leaves)
    send(before_end(told, 29))
    assert dict(reminders().values_list("recipient__email", "state")) == {
        "prescriber@demo.example": State.MOOT,
        "pharmacist@demo.example": State.SENT,
    }


def test_it_is_moot_for_who_refuses_meanwhile(world):
    told = granted(months=6)
    planned(told)
    choose(person=person("prescriber"), topic="reminders", choice="none")
    assert send(before_end(told, 29)) == {State.MOOT, State.SENT}


def test_it_is_moot_after_the_last_day(world):
    told = granted(months=6)
    plan_expiry_reminders(at=before_end(told, 0))
    assert send(before_end(told, -1)) == {State.MOOT}


def test_still_true_it_leaves(world):
    told = granted(months=6)
    planned(told)
    assert send(before_end(told, 16)) == {State.SENT}


# ------------------------------------------------------------------------------------------------ the mail


def test_the_mail_names_a_reference_and_a_link_and_nobody(world, settings):
    told = granted(months=6)
    Person.objects.update(language="en")
    planned(told)
    send(before_end(told, 30))
    sent = mail.outbox[0]
    title = told.title
    with translation.override("en"):
        assert sent.subject == f"{title.number} - ends on {title.ends_on:%-d %B %Y}"
    assert "ends in 30 days or less and no renewal has been sent." in sent.body
    assert f"{settings.SITE_URL}/titles/{title.number}/" in sent.body
    text = sent.subject + sent.body
    for personal in (told.dossier.subject, told.dossier.product_label, title.medicine.name, "Model"):
        assert personal
        assert personal not in text


def test_the_last_day_is_called_today(world, settings):
    settings.REMINDER_DAYS = {"aac": [15, 0]}
    told = granted(months=6)
    Person.objects.update(language="en")
    plan_expiry_reminders(at=before_end(told, 0))
    send(before_end(told, 0))
    assert "This authorisation ends today and no renewal has been sent." in mail.outbox[0].body


def test_the_job_may_be_given_its_instant(world):
    told = granted(months=6)
    assert remind_of_expiry(at=before_end(told, 60).isoformat()) == 2
    assert remind_of_expiry(at=before_end(told, 60).isoformat()) == 0


# ------------------------------------------------------------------------------------------------ at once


@pytest.mark.django_db(transaction=True)
def test_eight_runs_at_once_plan_each_reminder_once():
    load_world()
    leave_one_of_each_role()
    told = granted(months=6)
    at = before_end(told, 30)
    counts = at_once(lambda rank: plan_expiry_reminders(at=at))
    assert sum(counts) == 2
    assert reminders().count() == 2
