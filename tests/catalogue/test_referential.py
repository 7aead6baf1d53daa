"""Entries recorded and changed by ANSM: who may, what is refused, and the trace that nobody can alter."""

import datetime as dt
import threading
from dataclasses import replace

import pytest
from django.db import connection, transaction
from django.db.utils import ProgrammingError

from catalogue.models import Indication, Medicine, ReferentialAct, ReferentialChange, Source
from catalogue.services.criteria import NotAllowed, allocate_ucd
from catalogue.services.referential import (
    MOST_DAYS,
    RECORDERS,
    ChangedMeanwhile,
    EntryRefused,
    LooksLikeExisting,
    NewIndication,
    NewMedicine,
    create_entry,
    last_change,
    record_put,
    update_entry,
    update_medicine,
)
from catalogue.similar import similar_medicines
from tests.catalogue.helpers import ASSESSOR, NOW, PRESCRIBER, TODAY, a_medicine, a_version, an_indication
from workflows import roles

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
TRIAGE = replace(ASSESSOR, role=roles.ANSM_TRIAGE)
TOFERSEN = NewMedicine(name="QALSODY", inn="tofersen", form="solution injectable", strength="100 mg/15 ml")
ALS = NewIndication(label="Sclérose latérale amyotrophique", cim10="G122", orpha="ORPHA:803", rare=True)
PUT = {"reference": "PUT-SP QALSODY v1", "url": "https://ansm.sante.fr/put", "published_on": TODAY}


def create(medicine=TOFERSEN, indication=ALS, actor=ASSESSOR, **options):
    return create_entry(medicine=medicine, indication=indication, actor=actor, at=NOW, **options)


def reasons_of(act, *args, **options):
    with pytest.raises(EntryRefused) as caught:
        act(*args, **options)
    return [(reason.code, reason.field) for reason in caught.value.reasons]


def change(entry, **changes):
    return update_entry(indication=entry, changes=changes, actor=ASSESSOR, at=NOW)


# ---------------------------------------------------------------------------------------------------- recording


def test_a_new_medicine_and_its_indication_leave_their_trace():
    entry = create(actor=TRIAGE)
    assert (entry.cim10, entry.orpha, entry.rare) == ("G122", "803", True)
    assert (entry.medicine.source, entry.medicine.inn) == (Source.REFERENTIAL, "tofersen")
    of_entry, of_medicine = ReferentialChange.objects.all()
    assert of_medicine.changes["strength"] == [None, "100 mg/15 ml"]
    assert of_entry.changes["label"] == [None, ALS.label]
    for one in (of_entry, of_medicine):
        assert (one.act, one.at, one.medicine) == (ReferentialAct.CREATED, NOW, entry.medicine)
        assert (one.actor_name, one.actor_role, one.actor_person_id) == ("Anne Martin", roles.ANSM_TRIAGE, 7)
    assert (of_medicine.indication, of_entry.indication) == (None, entry)


@pytest.mark.parametrize("role", sorted(roles.ALL - RECORDERS))
def test_other_roles_record_nothing(role):
    stranger = replace(PRESCRIBER, role=role)
    entry = an_indication()
    with pytest.raises(NotAllowed):
        create(actor=stranger)
    with pytest.raises(NotAllowed):
        record_put(indication=entry, **PUT, actor=stranger, at=NOW)
    with pytest.raises(NotAllowed):
        update_medicine(medicine=entry.medicine, changes={"inn": "x"}, actor=stranger, at=NOW)
    assert not ReferentialChange.objects.exists()
    assert Indication.objects.get().put_reference == ""


@pytest.mark.parametrize("role", sorted(roles.ALL - {roles.ANSM_ASSESSOR, roles.ANSM_SIGNATORY}))
def test_only_those_who_publish_change_an_entry(role):
    with pytest.raises(NotAllowed):
        update_entry(indication=an_indication(), changes={"max_days": 90}, actor=replace(ASSESSOR, role=role), at=NOW)
    assert Indication.objects.get().max_days == 365


@pytest.mark.parametrize(
    ("medicine", "indication", "faults"),
    [
        (replace(TOFERSEN, name=" ", inn="", code_name=""), ALS, [("no_name", "name")]),
        (TOFERSEN, replace(ALS, label=" \n"), [("no_label", "label")]),
        (TOFERSEN, replace(ALS, cim10="12", orpha="x"), [("bad_cim10", "cim10"), ("bad_orpha", "orpha")]),
        (replace(TOFERSEN, code_name="x" * 101), ALS, [("too_long", "code_name")]),
    ],
)
def test_what_is_refused_is_named_and_nothing_is_written(medicine, indication, faults):
    assert reasons_of(create, medicine, indication) == faults
    assert not Medicine.objects.exists()


def test_a_code_name_alone_is_enough():
    assert create(NewMedicine(code_name="BIIB067")).medicine.name == "BIIB067"


def test_an_indication_is_recorded_once_for_a_medicine():
    entry = create()
    again = NewIndication(label="  SCLEROSE laterale   amyotrophique ")
    assert reasons_of(create, entry.medicine, again) == [("already_recorded", "label")]
    assert create(entry.medicine, NewIndication(label="Autre maladie")).medicine == entry.medicine


# --------------------------------------------------------------------------------------------------- duplicates


@pytest.mark.parametrize(
    "typed",
    [
        ("qalsodi", ""),
        ("QALSODY 100 mg/15 mL solution injectable", ""),
        ("", "tofersène"),
        ("Nom inconnu", "Tofersen"),
    ],
)
def test_a_medicine_typed_otherwise_is_proposed(typed):
    entry = create()
    a_medicine(name="DOLIPRANE", inn="paracétamol")
    name, inn = typed
    with pytest.raises(LooksLikeExisting) as caught:
        create(NewMedicine(name=name, inn=inn, form="solution", strength="20 mg"))
    assert caught.value.found == (entry.medicine,)
    other = create(NewMedicine(name=name, inn=inn, form="solution", strength="20 mg"), none_of_these=True)
    assert other.medicine != entry.medicine


def test_the_very_same_medicine_is_refused_whatever_is_said():
    create()
    twin = replace(TOFERSEN, name="Qalsody", strength="100 MG / 15 ml")
    assert reasons_of(create, twin, none_of_these=True) == [("already_recorded", "name")]
    create(NewMedicine(name="AZT", form="gélule"))
    assert reasons_of(create, NewMedicine(name="azt", form="Gelule")) == [("already_recorded", "name")]


def test_entries_come_before_the_public_file_and_short_names_find_nothing():
    public = a_medicine(name="TOFERSEN BIDON", source=Source.BDPM)
    entry = create(none_of_these=True)
    assert similar_medicines("tofersen") == [entry.medicine, public]
    assert similar_medicines("abc") == []
    assert similar_medicines("", "") == []
    assert similar_medicines("zzzzqqqq") == []


@pytest.mark.django_db(transaction=True)
def test_four_people_at_once_record_one_medicine():
    outcomes, start = [], threading.Barrier(4)

    def one():
        try:
            start.wait(10)
            create()
            outcomes.append("recorded")
        except EntryRefused as refusal:
            outcomes.append(refusal.reasons[0].code)
        finally:
            connection.close()

    threads = [threading.Thread(target=one) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(outcomes) == ["already_recorded"] * 3 + ["recorded"]
    assert Medicine.objects.count() == 1


# ------------------------------------------------------------------------------------------------------ changes


def test_the_put_is_recorded_with_its_trace_and_is_invented_no_more():
    entry = an_indication(put_reference="PUT v0", invented_fields=["put_reference", "put_url", "rare"])
    record_put(indication=entry, **PUT, actor=TRIAGE, at=NOW)
    entry.refresh_from_db()
    assert (entry.put_reference, entry.put_url, entry.put_published_on) == tuple(PUT.values())
    assert entry.invented_fields == ["rare"]
    trace = ReferentialChange.objects.get()
    assert trace.act == ReferentialAct.PUT
    assert trace.changes["put_reference"] == ["PUT v0", "PUT-SP QALSODY v1"]
    assert trace.changes["put_published_on"] == [None, TODAY.isoformat()]
    # Saying the same again changes nothing and leaves no trace.
    record_put(indication=entry, **PUT, actor=TRIAGE, at=NOW)
    assert ReferentialChange.objects.count() == 1


@pytest.mark.parametrize(
    ("put", "fault"),
    [
        ({"reference": "  "}, ("no_put_reference", "put_reference")),
        ({"url": "ftp://ansm.sante.fr/put"}, ("bad_put_url", "put_url")),
        ({"url": ""}, ("no_put_url", "put_url")),
        ({"reference": "x" * 101}, ("too_long", "put_reference")),
        ({"followup_months": 0}, ("bad_followup", "put_followup_months")),
        ({"followup_months": 13}, ("bad_followup", "put_followup_months")),
    ],
)
def test_an_incomplete_put_is_refused(put, fault):
    entry = an_indication()
    assert reasons_of(record_put, indication=entry, **{**PUT, **put}, actor=ASSESSOR, at=NOW) == [fault]
    entry.refresh_from_db()
    assert entry.put_reference == ""
    assert not ReferentialChange.objects.exists()


def test_a_put_may_require_follow_up_data():
    entry = record_put(indication=an_indication(), **PUT, followup_months=6, actor=ASSESSOR, at=NOW)
    assert entry.put_followup_months == 6
    assert change(entry, put_followup_months=None).put_followup_months is None
    entry = an_indication(label="Autre")
    assert reasons_of(change, entry, put_followup_months=6) == [("no_put_reference", "put_reference")]


def test_an_unpublished_put_needs_no_address():
    entry = record_put(indication=an_indication(), reference="PUT", url="", published_on=None, actor=ASSESSOR, at=NOW)
    assert entry.put_reference == "PUT"


def test_automatic_grants_need_criteria_and_a_published_put():
    entry = an_indication()
    faults = [("automatic_without_criteria", "automatic_grant"), ("automatic_without_put", "automatic_grant")]
    assert reasons_of(change, entry, automatic_grant=True) == faults
    a_version(entry)
    assert reasons_of(change, entry, automatic_grant=True) == faults[1:]
    put = {"put_reference": "PUT", "put_url": "https://ansm.sante.fr/put"}
    assert reasons_of(change, entry, automatic_grant=True, **put, put_published_on=TODAY + DAY) == faults[1:]
    assert change(entry, automatic_grant=True, **put, put_published_on=TODAY).automatic_grant is True
    # It may not be taken away under an automatic grant, whoever does it.
    assert reasons_of(change, entry, put_published_on=None) == faults[1:]
    assert change(entry, automatic_grant=False, put_published_on=None).automatic_grant is False


def test_lapsed_criteria_do_not_hold_back_another_change():
    entry = an_indication(
        automatic_grant=True, put_reference="PUT", put_url="https://a.fr/", put_published_on=TODAY - DAY
    )
    a_version(entry, ends_on=TODAY - DAY)
    assert change(entry, max_days=90).max_days == 90


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"max_days": 0}, ("bad_max_days", "max_days")),
        ({"max_days": MOST_DAYS + 1}, ("bad_max_days", "max_days")),
        ({"closed_on": TODAY - 2 * DAY}, ("closed_before_opened", "closed_on")),
        ({"company_undertaking_on": TODAY + DAY}, ("undertaking_in_future", "company_undertaking_on")),
    ],
)
def test_terms_out_of_bounds_are_refused(changes, fault):
    entry = an_indication(opened_on=TODAY - DAY)
    assert reasons_of(change, entry, **changes) == [fault]
    with pytest.raises(ValueError, match="not a term"):
        change(entry, opened_on=None)


def test_an_entry_closed_is_closed_to_new_requests():
    entry = change(an_indication(), aap_since=TODAY, max_days=180, accepts_very_early=True)
    assert not entry.is_open(TODAY)
    assert ReferentialChange.objects.get().changes == {
        "aap_since": [None, TODAY.isoformat()],
        "max_days": [365, 180],
        "accepts_very_early": [False, True],
    }


def test_a_change_over_somebody_elses_is_refused_until_seen():
    entry = an_indication()
    seen = last_change(entry)
    update_entry(indication=entry, changes={"max_days": 90}, actor=ASSESSOR, at=NOW, seen=seen)
    with pytest.raises(ChangedMeanwhile) as caught:
        update_entry(indication=entry, changes={"max_days": 30}, actor=ASSESSOR, at=NOW, seen=seen)
    assert caught.value.last.changes == {"max_days": [365, 90]}
    update_entry(indication=entry, changes={"max_days": 30}, actor=ASSESSOR, at=NOW, seen=last_change(entry))
    assert Indication.objects.get().max_days == 30


def test_a_medicine_is_put_right_and_found_under_its_new_words():
    medicine = create().medicine
    update_medicine(medicine=medicine, changes={"name": "QALSODY  NEO", "route": "intrathécale"}, actor=TRIAGE, at=NOW)
    medicine.refresh_from_db()
    assert (medicine.name, medicine.sort_key) == ("QALSODY NEO", "qalsody neo")
    assert ReferentialChange.objects.first().changes["route"] == ["", "intrathécale"]
    assert reasons_of(update_medicine, medicine=medicine, changes={"name": " "}, actor=TRIAGE, at=NOW) == [
        ("no_name", "name")
    ]
    with pytest.raises(ValueError, match="not to be changed"):
        update_medicine(medicine=a_medicine(source=Source.BDPM), changes={"strength": "1 g"}, actor=TRIAGE, at=NOW)


# ------------------------------------------------------------------------------------------------------ history


def test_the_ucd_code_leaves_its_trace():
    medicine = a_medicine(ucd13="3400893213261", invented_fields=["ucd13"])
    allocate_ucd(medicine=medicine, ucd13="3400893213322", actor=ASSESSOR, at=NOW)
    trace = ReferentialChange.objects.get()
    assert (trace.act, trace.at) == (ReferentialAct.UCD, NOW)
    assert trace.changes == {"ucd13": ["3400893213261", "3400893213322"]}
    medicine.refresh_from_db()
    assert medicine.invented_fields == []


def test_the_database_keeps_the_history_as_it_is():
    create()
    before = list(ReferentialChange.objects.values())

    def truncate():
        with connection.cursor() as cursor:
            # Else PostgreSQL refuses because of the checks of foreign keys that wait for the commit.
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("TRUNCATE catalogue_referentialchange")

    for act in (
        lambda: ReferentialChange.objects.update(actor_name="Personne"),
        lambda: ReferentialChange.objects.all().delete(),
        truncate,
    ):
        with pytest.raises(ProgrammingError, match="Cannot"), transaction.atomic():
            act()
    assert list(ReferentialChange.objects.values()) == before
