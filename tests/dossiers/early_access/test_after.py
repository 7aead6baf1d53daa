"""Once it has ended: the treatments that go on, and the appeals against a decision."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from dossiers.demo.aap_story import EarlyAccess
from dossiers.demo.story import demo_actor
from dossiers.models import Appeal, Continuity, Event
from dossiers.services import appeals, continuity
from dossiers.services.errors import Blocked, Forbidden, NotFound
from tests.dossiers.world import ONE_DAY, REASON, early, early_title_in, expire, given_up, granted
from workflows.aap_guards import POST_MA
from workflows.dates import civil_date, last_day_of_a_period

pytestmark = pytest.mark.django_db


def codes(refused: pytest.ExceptionInfo[Any]) -> list[str]:
    return [reason.code for reason in refused.value.reasons]


# --------------------------------------------------------------------------------------------------- continuity


def ended(act: str, login: str, payload: dict[str, Any]) -> EarlyAccess:
    told = early_title_in("in_force")
    if act == "renounce":
        given_up(told)
    else:
        told.move_title(act, login, payload)
    return told


@pytest.mark.parametrize(
    ("act", "login", "payload"),
    [
        ("withdraw", "has_college", {**REASON, "emergency": True}),
        ("cease", "has_college", {**REASON, "cause": "reimbursed"}),
        ("renounce", "applicant", REASON),
    ],
)
def test_the_treatments_go_on_for_a_year(world, act, login, payload):
    told = ended(act, login, payload)
    title = told.title
    found = Continuity.objects.get(title=title)
    first = title.in_force_until + ONE_DAY
    assert found.starts_on == first == civil_date(told.at) + ONE_DAY
    assert found.first_terms_until == last_day_of_a_period(first, 3)
    assert found.ends_on == last_day_of_a_period(first, 12)
    assert Event.objects.filter(verb="continuity_opened", dossier=told.dossier).count() == 1


def test_what_expires_goes_on_too(world):
    told = early().granted()
    expire(told)
    assert told.title.continuity.starts_on == told.title.ends_on + ONE_DAY


def test_nothing_goes_on_after_an_end_for_safety_nor_what_is_renewed(world):
    safety = ended("cease", "has_college", {**REASON, "cause": "safety", "emergency": True})
    assert (safety.title.state, Continuity.objects.count()) == ("ceased", 0)
    assert early_title_in("replaced").title.state == "replaced"
    assert not Continuity.objects.exists()


def test_an_aac_has_no_continuity(world):
    expire(granted())
    assert not Continuity.objects.exists()


def counted(told: EarlyAccess, patients: int, *, after: int, login: str = "applicant", **others: Any) -> Any:
    start = told.title.continuity.starts_on
    day = start + after * ONE_DAY
    asked: dict[str, Any] = {"on": day, "at": told.at + (after + 2) * ONE_DAY, **others}
    return continuity.count(number=told.title.number, patients=patients, actor=demo_actor(login), **asked)


def test_the_holder_counts_its_patients_until_none_is_left(world):
    told = ended("renounce", "applicant", REASON)
    counted(told, 12, after=10)
    with pytest.raises(Blocked) as refused:
        counted(told, 11, after=10)
    assert codes(refused) == ["counted"]
    counted(told, 0, after=50)
    found = told.title.continuity
    assert found.closed_on == found.starts_on + 50 * ONE_DAY
    with pytest.raises(Blocked) as refused:
        counted(told, 3, after=60)
    assert codes(refused) == ["no_continuity"]


def test_a_zero_of_an_earlier_day_does_not_close_what_a_later_count_found(world):
    told = ended("renounce", "applicant", REASON)
    counted(told, 4, after=50)
    counted(told, 0, after=10, at=told.at + 60 * ONE_DAY)
    assert told.title.continuity.closed_on is None


def test_a_count_is_possible_and_the_year_is_the_least(world):
    told = ended("renounce", "applicant", REASON)
    found = told.title.continuity
    for wrong, code in (
        ({"on": found.starts_on - ONE_DAY}, "day"),
        ({"on": civil_date(told.at) + 40 * ONE_DAY}, "day"),
        ({"patients": -1}, "patients"),
        ({"until": found.ends_on - ONE_DAY}, "until_early"),
    ):
        with pytest.raises(Blocked) as refused:
            counted(told, **{"patients": 3, "after": 5, **wrong})
        assert codes(refused) == [code]
    counted(told, 3, after=5, until=found.ends_on + 90 * ONE_DAY)
    assert told.title.continuity.ends_on == found.ends_on + 90 * ONE_DAY


def test_only_the_holder_counts(world):
    told = ended("renounce", "applicant", REASON)
    with pytest.raises(Forbidden):
        counted(told, 3, after=5, login="has_officer")
    with pytest.raises(NotFound):
        counted(told, 3, after=5, login="prescriber")


@pytest.mark.parametrize("late", [1, 8])
def test_it_closes_on_its_last_day_however_late_the_job(world, late):
    told = ended("renounce", "applicant", REASON)
    last = told.title.continuity.ends_on
    noon = dt.datetime.combine(last, dt.time(12), tzinfo=told.at.tzinfo)
    assert continuity.close_those_over(at=noon) == 0
    assert continuity.close_those_over(at=noon + late * ONE_DAY) == 1
    assert continuity.close_those_over(at=noon + late * ONE_DAY) == 0
    assert told.title.continuity.closed_on == last


# ------------------------------------------------------------------------------------------------------ appeals


def lodged(told: EarlyAccess, login: str = "has_college", **others: Any) -> Appeal:
    asked: dict[str, Any] = {
        "kind": "gracious",
        "lodged_on": civil_date(told.at) + 20 * ONE_DAY,
        "grounds": "Le critère d'innovation est rempli.",
        "at": told.at + 30 * ONE_DAY,
        **others,
    }
    return appeals.lodge(reference=told.reference, actor=demo_actor(login), **asked)


def settled(appeal: Appeal, told: EarlyAccess, **others: Any) -> Appeal:
    asked: dict[str, Any] = {
        "outcome": "upheld",
        "answered_on": appeal.lodged_on + 30 * ONE_DAY,
        "answer": "La décision est maintenue.",
        "at": told.at + 60 * ONE_DAY,
        **others,
    }
    return appeals.settle(appeal=appeal.pk, actor=demo_actor("has_officer"), **asked)


def refused_access() -> EarlyAccess:
    return early(pathway=POST_MA).examined().refuse()


def test_an_appeal_is_recorded_then_settled_once(world):
    told = refused_access()
    appeal = settled(lodged(told), told)
    assert (appeal.outcome, appeal.answer) == ("upheld", "La décision est maintenue.")
    assert [event.verb for event in told.dossier.events.order_by("-seq")[:2]] == ["appeal_settled", "appeal_lodged"]
    assert "critère" not in str([event.payload for event in told.dossier.events.all()])
    with pytest.raises(Blocked) as refused:
        settled(appeal, told)
    assert codes(refused) == ["settled"]
    # The state of the request is that of the decision: an appeal changes nothing by itself.
    assert told.dossier.state == "refused"


def test_one_of_a_kind_waits_at_a_time(world):
    told = refused_access()
    first = lodged(told)
    with pytest.raises(Blocked) as refused:
        lodged(told)
    assert codes(refused) == ["lodged"]
    lodged(told, kind="court")
    settled(first, told)
    lodged(told)
    assert told.dossier.appeals.count() == 3


def test_what_an_appeal_needs(world):
    told = refused_access()
    for wrong, code in (
        ({"kind": "king"}, "choice"),
        ({"lodged_on": civil_date(told.at) - ONE_DAY}, "day"),
        ({"lodged_on": civil_date(told.at) + 31 * ONE_DAY}, "day"),
        ({"grounds": "  "}, "required"),
        ({"grounds": "x" * 20_001}, "too_long"),
    ):
        with pytest.raises(Blocked) as refused:
            lodged(told, **wrong)
        assert codes(refused) == [code]
    appeal = lodged(told)
    for wrong, code in (
        ({"outcome": "lost"}, "choice"),
        ({"answered_on": appeal.lodged_on - ONE_DAY}, "day"),
        ({"answer": ""}, "required"),
    ):
        with pytest.raises(Blocked) as refused:
            settled(appeal, told, **wrong)
        assert codes(refused) == [code]


def test_against_what_is_decided_only(world):
    for told in (early(pathway=POST_MA).examined(), early().draft().file().do("withdraw", "applicant", REASON)):
        with pytest.raises(Blocked) as refused:
            lodged(told)
        assert codes(refused) == ["not_decided"]


def test_the_authority_records_it_and_nobody_else(world):
    told = refused_access()
    for login in ("ansm_signatory", "applicant"):
        with pytest.raises(Forbidden):
            lodged(told, login)
    with pytest.raises(NotFound):
        lodged(told, "prescriber")
    assert lodged(told, "has_officer").recorded_by_id is not None
