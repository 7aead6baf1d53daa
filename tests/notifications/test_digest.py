"""The agents' summary of the day: on working days, once, with what is true when it leaves."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core import mail

from accounts.models import Membership, Organisation, Person
from dossiers import truth
from dossiers.demo.story import ONE_DAY, demo_actor
from dossiers.models import Obligation
from dossiers.queries.digest import digest_of
from dossiers.services.title_days import follow_titles
from dossiers.tasks import send_digests
from notifications.digest import plan_digests
from notifications.models import OutboxMessage
from notifications.outbox import sweep
from notifications.preferences import choose
from notifications.rendering import register_words
from tests.dossiers.test_races import at_once
from tests.dossiers.world import MONDAY, assessed, granted, story, to_sign
from tests.snapshot import load_world
from workflows import roles
from workflows.dates import PARIS

pytestmark = pytest.mark.django_db

State = OutboxMessage.State
SEVEN = dt.datetime(2026, 5, 4, 7, 0, tzinfo=PARIS)  # a Monday
AGENTS = {"ansm_assessor", "ansm_signatory", "ansm_triage", "ansm_vigilance"}


@pytest.fixture
def world(db) -> None:
    load_world()


def digests():
    return OutboxMessage.objects.filter(kind="digest").order_by("pk")


def told() -> set[str]:
    return {email.partition("@")[0] for email in digests().values_list("recipient__email", flat=True)}


def person(login: str) -> Person:
    return Person.objects.get(email=f"{login}@demo.example")


def numbers(login: str, at: dt.datetime) -> dict[str, int]:
    """Last part of the link -> number."""
    return {line.link.rstrip("/").rpartition("/")[2]: line.number for line in digest_of(person(login), at)}


def send(at: dt.datetime) -> None:
    OutboxMessage.objects.exclude(kind="digest").filter(state=State.PENDING).update(state=State.SENT, sent_at=at)
    sweep(limit=500, at=at)


# ------------------------------------------------------------------------------------------------ when and who


def test_every_member_of_the_agencies_and_nobody_else(world):
    new = plan_digests(at=SEVEN)
    assert new == digests().count() == len(told())
    assert told() >= AGENTS
    agents = roles.ANSM_STAFF | roles.HAS_STAFF
    in_office = Membership.objects.filter(role__in=agents, organisation__kind__in=("ansm", "has"))
    assert told() == {one.person.email.partition("@")[0] for one in in_office.select_related("person")}
    [row] = digests().filter(recipient=person("ansm_assessor"))
    assert row.dedupe_key == f"digest:2026-05-04:{row.recipient_id}"


@pytest.mark.parametrize(
    ("at", "planned"),
    [
        (SEVEN - dt.timedelta(seconds=1), False),
        (SEVEN, True),
        (SEVEN.replace(hour=23, minute=59), True),
        (dt.datetime(2026, 5, 4, 4, 59, tzinfo=dt.UTC), False),  # 06:59 in Paris, in summer
        (dt.datetime(2026, 1, 5, 5, 30, tzinfo=dt.UTC), False),  # 06:30 in Paris, in winter
        (dt.datetime(2026, 1, 5, 6, 0, tzinfo=dt.UTC), True),
        (dt.datetime(2026, 5, 2, 9, 0, tzinfo=PARIS), False),  # Saturday
        (dt.datetime(2026, 5, 3, 9, 0, tzinfo=PARIS), False),  # Sunday
        (dt.datetime(2026, 5, 8, 9, 0, tzinfo=PARIS), False),  # Victory in Europe day, a Friday
        (dt.datetime(2026, 4, 6, 9, 0, tzinfo=PARIS), False),  # Easter Monday
    ],
)
def test_on_working_days_from_seven_in_paris(world, at, planned):
    assert (plan_digests(at=at) > 0) == planned


def test_one_a_day_however_often_it_is_asked(world):
    first = plan_digests(at=SEVEN)
    assert plan_digests(at=SEVEN + dt.timedelta(hours=3)) == 0
    assert send_digests(at=(SEVEN + ONE_DAY).isoformat()) == first


def test_a_person_of_two_roles_has_one(world):
    agency = Organisation.objects.get(kind="ansm")
    once = plan_digests(at=SEVEN - 7 * ONE_DAY)
    Membership.objects.create(
        person=person("ansm_assessor"), organisation=agency, role=roles.ANSM_TRIAGE, starts_on=dt.date(2020, 1, 1)
    )
    assert plan_digests(at=SEVEN) == once


def test_neither_those_who_refused_nor_those_who_left_nor_closed_accounts(world):
    choose(person=person("ansm_triage"), topic="digest", choice="off")
    choose(person=person("ansm_vigilance"), topic="digest", choice="on")
    Membership.objects.filter(person=person("ansm_signatory")).update(ends_on=SEVEN.date())
    Person.objects.filter(pk=person("ansm_assessor").pk).update(is_active=False)
    plan_digests(at=SEVEN)
    assert told() & AGENTS == {"ansm_vigilance"}


@pytest.mark.django_db(transaction=True)
def test_eight_runs_at_once_plan_each_once(transactional_db):
    load_world()
    counts = at_once(lambda rank: plan_digests(at=SEVEN))
    assert sum(counts) == digests().count() == len(told())


# ------------------------------------------------------------------------------------------------ what it says


def test_with_nothing_to_say_it_does_not_leave(world):
    plan_digests(at=SEVEN)
    send(SEVEN)
    assert set(digests().values_list("state", flat=True)) == {State.MOOT}
    assert not mail.outbox


def test_files_and_proposals(world):
    story().draft().sign().file()
    assessed()
    at = to_sign().at
    assert numbers("ansm_assessor", at) == {"mine": 1, "unassigned": 1}
    assert numbers("ansm_triage", at) == {"unassigned": 1}
    assert numbers("ansm_signatory", at) == {"to_sign": 1}
    assert numbers("ansm_vigilance", at) == {}
    assert numbers("prescriber", at) == {}


def test_late_files_and_questions_without_an_answer(world):
    late = assessed()
    asked = assessed().ask("Quelle est la clairance ?", days=5)
    reply_by = asked.dossier.requests.get().reply_by
    on_the_day = dt.datetime.combine(reply_by, dt.time(7), tzinfo=PARIS)
    assert "waiting" not in numbers("ansm_vigilance", on_the_day)
    assert numbers("ansm_vigilance", on_the_day + ONE_DAY)["waiting"] == 1
    due_on = dt.datetime.combine(late.dossier.due_on, dt.time(7), tzinfo=PARIS)
    assert "late" not in numbers("ansm_vigilance", due_on)
    assert numbers("ansm_vigilance", due_on + ONE_DAY)["late"] == 1


def test_titles_that_end_without_a_renewal(world):
    one, other = granted(months=6), granted(months=6)
    at = dt.datetime.combine(one.title.ends_on - 30 * ONE_DAY, dt.time(7), tzinfo=PARIS)
    assert "expiring" not in numbers("ansm_vigilance", at - ONE_DAY)
    assert numbers("ansm_vigilance", at) == {"expiring": 2}
    other.renewal(at).draft().sign().file()
    assert numbers("ansm_vigilance", at)["expiring"] == 1
    follow_titles(at=at + 31 * ONE_DAY)
    assert "expiring" not in numbers("ansm_vigilance", at + 31 * ONE_DAY)


@pytest.mark.usefixtures("in_english")
def test_a_hospital_where_nobody_may_renew_is_pointed_out(world):
    title = granted(months=6).title
    at = dt.datetime.combine(title.ends_on - 30 * ONE_DAY, dt.time(7), tzinfo=PARIS)
    assert [line.number for line in digest_of(person("ansm_vigilance"), at)] == [1]
    there = Membership.objects.filter(organisation=title.organisation, role__in=("prescriber", "pharmacist"))
    there.update(ends_on=at.date() - 40 * ONE_DAY)
    ending, orphans = digest_of(person("ansm_vigilance"), at)
    assert (ending.number, orphans.number) == (1, 1)
    assert "where nobody may renew them" in str(orphans.label)
    # Sooner than the others: a role must first be given.
    assert [str(line.label) for line in digest_of(person("ansm_vigilance"), at - 30 * ONE_DAY)] == [str(orphans.label)]
    assert digest_of(person("ansm_vigilance"), at - 31 * ONE_DAY) == []


def test_late_obligations(world):
    due_on = dt.date(2026, 6, 1)
    for state in ("open", "open", "done", "cancelled"):
        closed_at = None if state == "open" else MONDAY
        title = granted(months=6).title
        Obligation.objects.create(
            title=title, kind="report", owed_by="holder", holder_id=title.organisation_id, text="x", due_on=due_on,
            state=state, created_at=MONDAY, closed_at=closed_at, done_on=due_on if state == "done" else None,
        )  # fmt: skip
    Obligation.objects.update(due_on=due_on)
    at = dt.datetime.combine(due_on, dt.time(7), tzinfo=PARIS)
    before = numbers("ansm_vigilance", at).get("obligations", 0)
    assert (
        numbers("ansm_vigilance", at + ONE_DAY).get("obligations", 0)
        == before + Obligation.objects.filter(state="open").count()
    )


def test_two_roles_are_read_together(world):
    agency = Organisation.objects.get(kind="ansm")
    at = to_sign().at
    Membership.objects.create(
        person=person("ansm_triage"), organisation=agency, role=roles.ANSM_SIGNATORY, starts_on=dt.date(2020, 1, 1)
    )
    story().draft().sign().file()
    assert numbers("ansm_triage", at) == {"unassigned": 1, "to_sign": 1}


# ------------------------------------------------------------------------------------------------ the mail


def test_its_text_is_what_is_true_when_it_leaves(world, settings):
    Person.objects.update(language="en")
    plan_digests(at=SEVEN)
    told_story = story(at=SEVEN - 3 * ONE_DAY).draft().sign().file()
    send(SEVEN)
    [sent] = [one for one in mail.outbox if one.to == ["ansm_triage@demo.example"]]
    assert sent.subject == "Summary of the day - 4 May 2026"
    assert f"- Files that nobody has taken up: 1\n  {settings.SITE_URL}/worklists/unassigned/\n" in sent.body
    assert f"{settings.SITE_URL}/account/notifications/" in sent.body
    dossier = told_story.dossier
    for personal in (dossier.subject, dossier.product_label, dossier.reference):
        assert personal not in sent.body


def test_it_is_not_sent_on_another_day_nor_to_who_refused_meanwhile(world):
    story(at=SEVEN - 3 * ONE_DAY).draft().sign().file()
    plan_digests(at=SEVEN)
    choose(person=person("ansm_triage"), topic="digest", choice="off")
    send(SEVEN)
    assert digests().get(recipient=person("ansm_triage")).state == State.MOOT
    assert digests().get(recipient=person("ansm_assessor")).state == State.SENT
    plan_digests(at=SEVEN + ONE_DAY)
    send(SEVEN + 2 * ONE_DAY)
    assert set(digests().filter(dedupe_key__contains="2026-05-05").values_list("state", flat=True)) == {State.MOOT}


def test_a_kind_of_message_has_one_function_for_its_words():
    register_words("digest", truth.words_of_digest)
    with pytest.raises(ValueError, match="digest already has"):
        register_words("digest", lambda message, at: {})


def test_the_number_of_queries_does_not_grow(world, django_assert_num_queries):
    at = to_sign().at
    someone = person("ansm_assessor")
    with django_assert_num_queries(10):
        digest_of(someone, at)
    to_sign()
    assert demo_actor("ansm_assessor").role == roles.ANSM_ASSESSOR
    with django_assert_num_queries(10):
        digest_of(someone, at)
