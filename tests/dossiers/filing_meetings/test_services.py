"""The write path of pre-filing meetings: who may take which step, from where, on what; who is told, and of what."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.utils import timezone

from accounts.models import Person
from dossiers.demo.aap_story import EarlyAccess
from dossiers.demo.filing_meeting_story import ELEVEN, MINUTES, PLACE, TOO_EARLY, Meeting, written
from dossiers.demo.story import ONE_DAY, demo_actor
from dossiers.models import FilingMeeting, MeetingStep
from dossiers.paths import FILING_MEETINGS
from dossiers.policy import meetings_visible_to
from dossiers.queries.digest import digest_of
from dossiers.queries.filing_meetings import living
from dossiers.services.errors import Blocked, Forbidden, NotFound, ServiceError, Stale, WrongState
from dossiers.services.filing_meetings import begin, take
from notifications import outbox
from notifications.models import OutboxMessage
from workflows import roles
from workflows.aap_guards import POST_MA
from workflows.calendar import add_working_days
from workflows.dates import civil_date
from workflows.filing_meetings import STATES, STEPS

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world", "in_english")]

AGO = 20 * ONE_DAY
CANARIES = ("CLAIROVAX", "DMT-402", "Stargardt", "comparateur", "Directrice", "visio", "plan de développement")


def told(**given: Any) -> Meeting:
    return Meeting(at=timezone.now() - AGO, given=given)


STORIES = {
    "draft": lambda: told().draft(),
    "asked": lambda: told().asked(),
    "offered": lambda: told().offered(),
    "planned": lambda: told().planned(),
    "held": lambda: told().held(),
    "declined": lambda: told().declined(),
    "withdrawn": lambda: told().asked().do("withdraw", "applicant"),
}


def given_for(step: str, one: Meeting) -> dict[str, Any]:
    """What each step asks, right."""
    row, on = one.row, civil_date(one.at)
    days = [add_working_days(on, 9), add_working_days(on, 11)]
    return {
        "write": {"questions": "Autre question ?"},
        "ask": {},
        "plan": {"day": row.days[0], "starts_at": ELEVEN, "place": PLACE},
        "arrange": {"day": days[0], "starts_at": ELEVEN, "place": PLACE},
        "offer": {"days": days},
        "propose": {"days": days},
        "choose": {"day": row.days[0]},
        "hold": {"held_on": on, "minutes": MINUTES},
        "correct": {"minutes": MINUTES},
        "decline": {"reason": TOO_EARLY},
        "withdraw": {},
        "link": {"dossier": ""},
    }[step]


# ------------------------------------------------------------------------------- states x steps x roles, both ways


@pytest.mark.parametrize("state", STATES)
def test_a_step_is_taken_from_its_states_by_its_roles_and_by_nobody_else(state: str) -> None:
    one = STORIES[state]()
    assert one.row.state == state
    logins = {role: "has_officer" if role == roles.HAS_OFFICER else role for role in roles.ALL}
    wrong = []
    for name, step in STEPS.items():
        for role, login in logins.items():
            expected: type[ServiceError] | None = None
            if not meetings_visible_to(demo_actor(login)).filter(reference=one.reference).exists():
                expected = NotFound
            elif role not in step.roles:
                expected = Forbidden
            elif state not in step.sources:
                expected = WrongState
            found = outcome(one, name, login)
            if found is not expected:
                wrong.append(f"{name} by {role}: {found}, expected {expected}")
    assert not wrong, "\n".join(wrong)


def outcome(one: Meeting, step: str, login: str) -> type[ServiceError] | None:
    point = transaction.savepoint()
    try:
        take(reference=one.reference, step=step, given=given_for(step, one), actor=demo_actor(login), at=one.at)
    except ServiceError as error:
        return type(error)
    finally:
        transaction.savepoint_rollback(point)
    return None


SEES = {
    "applicant": set(STATES),
    "contributor": set(STATES),
    "auditor": set(STATES),
    "applicant2": set(),
    "pharmacovigilance": set(),
    "prescriber": set(),
    "ministry_reader": set(),
    "org_admin": set(),
    **dict.fromkeys(("has_officer", "ct_secretary", "has_college", "ansm_assessor", "ansm_signatory"),
                    set(STATES) - {"draft"}),
}  # fmt: skip


@pytest.mark.parametrize("login", SEES)
def test_a_draft_is_the_companys_and_what_is_sent_both_authorities(login: str) -> None:
    states = [STORIES[state]().row.state for state in ("draft", "asked", "planned")]
    seen = {one.state for one in meetings_visible_to(demo_actor(login))}
    assert seen == set(states) & SEES[login]


def test_after_marketing_authorisation_ansm_reads_it_with_the_filed_request_only() -> None:
    request = EarlyAccess(at=timezone.now() - AGO, pathway=POST_MA).draft()
    one = told(pathway=POST_MA).asked()
    assessor = demo_actor("ansm_assessor")
    assert not meetings_visible_to(assessor).exists()
    assert not OutboxMessage.objects.filter(kind="filing_meeting", recipient=assessor.person_id).exists()
    one.do("link", "contributor", dossier=request.reference)
    assert not meetings_visible_to(assessor).exists()
    request.file()
    assert meetings_visible_to(assessor).get() == one.row


# ------------------------------------------------------------------------------------------------- what is asked


def test_a_draft_keeps_anything_and_its_sending_says_all_that_lacks() -> None:
    actor = demo_actor("contributor")
    row = begin(given={"questions": "Une question"}, actor=actor)
    with pytest.raises(Blocked) as refusal:
        take(reference=row.reference, step="ask", actor=demo_actor("applicant"))
    assert {one.field for one in refusal.value.reasons} == {
        "product", "indication", "pathway", "files_on", "language", "mode", "days",
    }  # fmt: skip
    row.refresh_from_db()
    assert (row.state, row.questions) == ("draft", "Une question")


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"files_on": -1}, "files_on"),
        ({"days": [-2]}, "days"),
        ({"days": []}, "days"),
        ({"pathway": "other"}, "pathway"),
        ({"language": "xx"}, "language"),
        ({"questions": "q" * 4_001}, "questions"),
        ({"product": "p" * 301}, "product"),
        ({"questions": "Patient 1 85 05 78 006 084 91"}, "questions"),
        ({"attendees": "a\x00b"}, "attendees"),
    ],
)
def test_what_cannot_be_is_refused_beside_its_field(given: dict[str, Any], field: str) -> None:
    one = told().draft()
    on = civil_date(one.at)
    if isinstance(given.get("files_on"), int):
        given = {"files_on": on + given["files_on"] * ONE_DAY}
    if "days" in given:
        given = {"days": [on + back * ONE_DAY for back in given["days"]]}
    with pytest.raises(Blocked) as refusal:
        one.do("ask", "applicant", **given)
    assert [one.field for one in refusal.value.reasons] == [field]


def test_has_accepts_a_day_that_was_put_forward_and_has_not_passed() -> None:
    one = told().asked()
    right = given_for("plan", one)
    for wrong, field in (
        ({"day": right["day"] + ONE_DAY}, "day"),
        ({"day": None}, "day"),
        ({"starts_at": None}, "starts_at"),
        ({"place": " "}, "place"),
    ):
        with pytest.raises(Blocked) as refusal:
            take(reference=one.reference, step="plan", given=right | wrong, actor=demo_actor("has_officer"), at=one.at)
        assert [reason.field for reason in refusal.value.reasons] == [field]
    with pytest.raises(Blocked):
        take(
            reference=one.reference, step="plan", given=right, actor=demo_actor("has_officer"), at=one.at + 30 * ONE_DAY
        )


def test_days_go_back_and_forth_until_one_is_chosen() -> None:
    one = told().offered()
    offered = one.row.days
    others = [add_working_days(civil_date(one.at), 20)]
    one.do("propose", "applicant", days=others, words="Congrès cette semaine-là.")
    assert (one.row.state, one.row.days) == ("asked", others)
    one.do("offer", "has_officer", days=offered)
    one.do("choose", "applicant", day=offered[1])
    row = one.row
    assert (row.state, row.meets_on, row.starts_at) == ("planned", offered[1], None)
    one.do("arrange", "has_officer", day=offered[1], starts_at=ELEVEN, place=PLACE)
    assert (one.row.meets_on, one.row.starts_at) == (offered[1], ELEVEN)
    assert [step.verb for step in one.row.steps.order_by("seq")] == [
        "write", "ask", "offer", "propose", "offer", "choose", "arrange",
    ]  # fmt: skip


def test_minutes_are_of_a_day_that_has_come_and_their_first_words_stay_in_the_history() -> None:
    one = told().planned()
    tomorrow = civil_date(one.at) + 2 * ONE_DAY
    with pytest.raises(Blocked) as refusal:
        one.do("hold", "has_officer", held_on=tomorrow, minutes=MINUTES)
    assert [reason.field for reason in refusal.value.reasons] == ["held_on"]
    one = told().held()
    one.do("correct", "has_officer", minutes="Version corrigée.")
    assert one.row.minutes == "Version corrigée."
    assert one.row.steps.get(verb="hold").payload["minutes"] == MINUTES


def test_a_decline_has_its_reason_in_writing() -> None:
    one = told().asked()
    for reason in ("", "  ", None):
        with pytest.raises(Blocked):
            one.do("decline", "has_officer", reason=reason)
    assert told().declined().row.reason == TOO_EARLY


def test_it_is_linked_to_a_request_of_the_same_company_only() -> None:
    mine = EarlyAccess(at=timezone.now() - AGO).draft()
    theirs = EarlyAccess(at=timezone.now() - AGO, company="applicant2").draft()
    one = told().asked()
    one.do("link", "contributor", dossier=mine.reference)
    assert one.row.dossier == mine.dossier
    for reference in (theirs.reference, "AAP-D-2000-000001", "\x00"):
        with pytest.raises(Blocked):
            one.do("link", "applicant", dossier=reference)
    one.do("link", "applicant", dossier="")
    assert one.row.dossier is None


def test_only_a_company_asks() -> None:
    for login in ("has_officer", "prescriber", "pharmacovigilance", "auditor"):
        with pytest.raises(Forbidden):
            begin(given=written(civil_date(timezone.now())), actor=demo_actor(login))
    assert not FilingMeeting.objects.exists()


def test_the_second_of_two_who_read_the_same_version_is_told() -> None:
    one = told().asked()
    version = one.row.version
    one.do("offer", "has_officer", days=given_for("offer", one)["days"])
    with pytest.raises(Stale):
        take(reference=one.reference, step="decline", given={"reason": "Non"}, version=version,
             actor=demo_actor("has_officer"), at=one.at)  # fmt: skip


# -------------------------------------------------------------------------------------------------- the database


def test_the_history_only_grows() -> None:
    step = MeetingStep.objects.filter(meeting=told().asked().row).first()
    assert step is not None
    with pytest.raises(DatabaseError), transaction.atomic():
        MeetingStep.objects.filter(pk=step.pk).update(verb="plan")
    with pytest.raises(DatabaseError), transaction.atomic():
        step.delete()


@pytest.mark.parametrize(
    "facts",
    [{"meets_on": dt.date(2027, 1, 4)}, {"held_on": dt.date(2027, 1, 4)}, {"days_by": "nobody"},
     {"declined_at": timezone.now()}],
)  # fmt: skip
def test_no_impossible_request_is_stored(facts: dict[str, Any]) -> None:
    one = told().draft()
    with pytest.raises(IntegrityError), transaction.atomic():
        FilingMeeting.objects.filter(reference=one.reference).update(**facts)


# ------------------------------------------------------------------------------------------------- who is told


def told_of(one: Meeting, verb: str) -> set[str]:
    seq = one.row.steps.filter(verb=verb).latest("seq").seq
    found = OutboxMessage.objects.filter(dedupe_key__startswith=f"filing_meeting:{one.row.pk}:{seq}:")
    return {email.partition("@")[0] for email in found.values_list("recipient__email", flat=True)}


COMPANY = {"applicant", "contributor"}
ASSESSORS = {"ansm_assessor", "ansm_assessor2"}


@pytest.mark.parametrize(
    ("state", "verb", "people"),
    [
        ("draft", "write", set()),
        ("asked", "ask", {"has_officer"} | ASSESSORS),
        ("offered", "offer", COMPANY),
        ("planned", "plan", COMPANY | ASSESSORS),
        ("held", "hold", COMPANY | ASSESSORS),
        ("declined", "decline", COMPANY | ASSESSORS),
        ("withdrawn", "withdraw", {"has_officer"} | ASSESSORS),
    ],
)
def test_each_side_is_told_of_what_the_other_does(state: str, verb: str, people: set[str]) -> None:
    assert told_of(STORIES[state](), verb) & (COMPANY | ASSESSORS | {"has_officer", "applicant2"}) == people


def test_a_draft_that_is_given_up_is_told_to_nobody() -> None:
    told().draft().do("withdraw", "applicant")
    assert not OutboxMessage.objects.filter(kind="filing_meeting").exists()


def test_a_mail_says_neither_the_product_nor_anything_typed() -> None:
    for state in ("asked", "offered", "held", "declined"):
        STORIES[state]()
    outbox.sweep(at=timezone.now())
    rows = OutboxMessage.objects.filter(kind="filing_meeting")
    said = json.dumps(list(rows.values_list("context", "path", "reference", "subject", "body")), ensure_ascii=False)
    assert rows.exclude(body="").exists()
    assert not [word for word in CANARIES if word.lower() in said.lower()]


def test_who_was_asked_is_not_asked_any_more_once_it_is_answered() -> None:
    one = told().asked()
    one.do("decline", "has_officer", reason=TOO_EARLY)
    outbox.sweep(at=timezone.now())
    states = dict(OutboxMessage.objects.filter(kind="filing_meeting").values_list("recipient__email", "state"))
    assert states["has_officer@demo.example"] == OutboxMessage.State.MOOT
    assert states["applicant@demo.example"] == OutboxMessage.State.SENT


# --------------------------------------------------------------------------------------------- the daily summary


def in_the_digest(login: str, at: dt.datetime) -> int:
    found = digest_of(Person.objects.get(email=f"{login}@demo.example"), at)
    return sum(one.number for one in found if one.link.endswith(FILING_MEETINGS))


@pytest.mark.parametrize("state", STATES)
def test_the_digest_of_an_officer_counts_what_waits_for_has_as_the_list_does(state: str) -> None:
    one = STORIES[state]()
    officer, at = demo_actor("has_officer"), one.at
    for now in (at, at + 60 * ONE_DAY):
        on = civil_date(now)
        turns = [line for line in living(officer, on) if line.mine]
        assert in_the_digest("has_officer", now) == len(turns)
    assert in_the_digest("ansm_assessor", at) == in_the_digest("has_college", at) == 0


def test_a_meeting_leaves_the_digest_once_answered_and_comes_back_for_its_minutes() -> None:
    one = told().asked()
    assert in_the_digest("has_officer", one.at) == 1
    planned = told().planned()
    take(reference=one.reference, step="decline", given={"reason": TOO_EARLY}, actor=demo_actor("has_officer"))
    assert in_the_digest("has_officer", planned.at) == 0
    assert in_the_digest("has_officer", planned.at + 90 * ONE_DAY) == 1


def test_what_a_side_answers_comes_before_what_it_waits_for() -> None:
    offered, asked = told().offered(), told().asked()
    first = {"has_officer": asked, "applicant": offered}
    for login, one in first.items():
        found = living(demo_actor(login), civil_date(asked.at))
        assert [line.row.reference for line in found if line.mine] == [found[0].row.reference] == [one.reference]
