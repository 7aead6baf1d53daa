import datetime as dt
import threading
from dataclasses import replace
from decimal import Decimal

import pytest
from django.db import connection

from catalogue.differences import Change, differences
from catalogue.models import CriteriaVersion, Indication
from catalogue.services.criteria import (
    CriteriaRefused,
    Limits,
    NewCriterion,
    NotAllowed,
    Publication,
    allocate_ucd,
    publish_criteria,
    record_first_grant,
)
from tests.catalogue.helpers import ASSESSOR, NOW, PRESCRIBER, TODAY, a_medicine, an_indication
from workflows import roles
from workflows.types import System

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
CONFIRMED = NewCriterion(key="confirmed", text="Diagnostic confirmé")
ONSET = NewCriterion(
    key="onset", text="Premiers symptômes", kind="number", unit="months", accepted=[{"below": 12}, {"above": 36}]
)


def publish(indication, *criteria, starts_on=TODAY, actor=ASSESSOR, **fields):
    return publish_criteria(
        indication=indication,
        publication=Publication(starts_on=starts_on, **fields),
        criteria=criteria or (CONFIRMED,),
        actor=actor,
        at=NOW,
    )


def refused(indication, *criteria, **fields):
    with pytest.raises(CriteriaRefused) as caught:
        publish(indication, *criteria, **fields)
    return [(reason.code, reason.field) for reason in caught.value.reasons]


def test_the_previous_version_ends_the_day_before():
    indication = an_indication()
    first = publish(indication)
    second = publish(indication, CONFIRMED, ONSET, starts_on=TODAY + 30 * DAY)
    first.refresh_from_db()
    assert (first.number, first.ends_on) == (1, TODAY + 29 * DAY)
    assert (second.number, second.ends_on) == (2, None)
    assert [criterion.key for criterion in second.criteria.all()] == ["confirmed", "onset"]
    assert second.published_by == "Anne Martin, ANSM"
    assert (second.published_by_id, second.published_at) == (7, NOW)


@pytest.mark.parametrize("role", sorted(roles.ALL - {roles.ANSM_ASSESSOR, roles.ANSM_SIGNATORY}))
def test_other_roles_publish_nothing(role):
    indication = an_indication()
    with pytest.raises(NotAllowed):
        publish(indication, actor=replace(PRESCRIBER, role=role))
    assert not indication.criteria_versions.exists()


def test_the_same_publication_twice_is_refused_the_second_time():
    indication = an_indication()
    publish(indication)
    assert refused(indication) == [("starts_before_last", "starts_on")]
    assert indication.criteria_versions.get().ends_on is None


def test_people_do_not_rewrite_the_past_but_the_system_loads_it():
    indication = an_indication()
    assert refused(indication, starts_on=TODAY - DAY) == [("starts_in_past", "starts_on")]
    publish(indication, starts_on=TODAY - DAY, actor=System("demo"))


def test_today_is_the_day_in_paris():
    indication = an_indication()
    just_after_midnight_in_paris = dt.datetime(2026, 11, 23, 23, 30, tzinfo=dt.UTC)
    with pytest.raises(CriteriaRefused):
        publish_criteria(
            indication=indication,
            publication=Publication(starts_on=TODAY),
            criteria=[CONFIRMED],
            actor=ASSESSOR,
            at=just_after_midnight_in_paris,
        )


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"ends_on": TODAY - DAY}, ("ends_before_start", "ends_on")),
        ({"review_on": TODAY - DAY}, ("review_before_start", "review_on")),
        ({"limits": Limits(min_age_months=24, max_age_months=12)}, ("ages_crossed", "max_age_months")),
        ({"limits": Limits(max_daily_dose=Decimal(3))}, ("dose_without_unit", "dose_unit")),
    ],
)
def test_faults_of_the_version(fields, fault):
    assert refused(an_indication(), **fields) == [fault]


@pytest.mark.parametrize(
    ("criterion", "fault"),
    [
        (replace(CONFIRMED, text="  "), ("bad_text", "0.text")),
        (replace(CONFIRMED, key="Pas bon"), ("bad_key", "0.key")),
        (replace(CONFIRMED, key="rcp_on"), ("bad_key", "0.key")),
        (replace(CONFIRMED, kind="essay"), ("bad_kind", "0.kind")),
        (replace(ONSET, accepted=[{"above": 3, "below": 2}]), ("bad_accepted", "0.accepted")),
        (replace(ONSET, kind="date", unit="moons"), ("bad_unit", "0.unit")),
        (replace(CONFIRMED, kind="choice", choices=[{"code": "a", "label": "A"}]), ("bad_choices", "0.choices")),
        (
            replace(
                CONFIRMED,
                kind="choice",
                choices=[{"code": "a", "label": "A"}, {"code": "b", "label": "B"}],
                accepted=["c"],
            ),
            ("bad_choices", "0.choices"),
        ),
    ],
)
def test_faults_of_a_criterion_name_its_row(criterion, fault):
    assert refused(an_indication(), criterion) == [fault]


def test_all_faults_are_told_at_once_and_nothing_is_written():
    indication = an_indication()
    faults = refused(indication, replace(CONFIRMED, text=""), CONFIRMED, starts_on=TODAY - DAY)
    assert faults == [("starts_in_past", "starts_on"), ("bad_text", "0.text"), ("same_key", "1.key")]
    assert not CriteriaVersion.objects.exists()


@pytest.mark.usefixtures("in_english")
def test_no_criterion_is_no_version():
    with pytest.raises(CriteriaRefused, match="at least one"):
        publish_criteria(
            indication=an_indication(),
            publication=Publication(starts_on=TODAY),
            criteria=[],
            actor=ASSESSOR,
            at=NOW,
        )


@pytest.mark.usefixtures("in_english")
def test_differences_between_two_versions():
    indication = an_indication()
    stricter = replace(ONSET, accepted=[{"below": 6}])
    first = publish(indication, CONFIRMED, ONSET, limits=Limits(min_age_months=216))
    second = publish(indication, stricter, NewCriterion(key="new", text="Avis", needs_rcp=True), starts_on=TODAY + DAY)
    assert differences(first, first) == []
    assert differences(first, second) == [
        Change(
            "changed",
            "Premiers symptômes · accepted: less than 12 months or more than 36 months",
            "Premiers symptômes · accepted: less than 6 months",
        ),
        Change("added", "", "Avis · after a multidisciplinary meeting (RCP)"),
        Change("removed", "Diagnostic confirmé", ""),
        Change("removed", "Age: at least 18 years", ""),
    ]


def test_the_first_grant_is_recorded_once():
    indication = an_indication()
    assert record_first_grant(indication=indication, on=TODAY) is True
    assert record_first_grant(indication=indication, on=TODAY + DAY) is False
    assert Indication.objects.get().opened_on == TODAY


def test_a_ucd_code_is_checked_and_given_to_one_medicine_only():
    medicine, other = a_medicine(), a_medicine(ucd13="3400893213261")
    assert allocate_ucd(medicine=medicine, ucd13="34008 9321332 2", actor=ASSESSOR).ucd13 == "3400893213322"
    for bad in ("3400893213323", other.ucd13):
        with pytest.raises(CriteriaRefused):
            allocate_ucd(medicine=medicine, ucd13=bad, actor=ASSESSOR)
    with pytest.raises(NotAllowed):
        allocate_ucd(medicine=medicine, ucd13="3400893213322", actor=PRESCRIBER)


@pytest.mark.django_db(transaction=True)
def test_eight_publications_at_once_give_one_version():
    indication = an_indication()
    outcomes, start = [], threading.Barrier(8)

    def one():
        try:
            start.wait(10)
            publish(indication)
            outcomes.append("published")
        except CriteriaRefused as refusal:
            outcomes.append(refusal.reasons[0].code)
        finally:
            connection.close()

    threads = [threading.Thread(target=one) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(outcomes) == ["published"] + ["starts_before_last"] * 7
    assert indication.criteria_versions.count() == 1
