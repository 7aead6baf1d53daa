import datetime as dt

import pytest
from django.db import IntegrityError, transaction

from catalogue.models import Medicine, Source
from tests.catalogue.helpers import TODAY, a_criterion, a_medicine, a_version, an_indication

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


@pytest.mark.parametrize(
    ("starts_on", "ends_on"),
    [
        (dt.date(2025, 6, 30), None),
        (dt.date(2025, 6, 30), dt.date(2025, 6, 30)),
        (dt.date(2024, 1, 1), dt.date(2025, 1, 1)),
        (dt.date(2020, 1, 1), None),
        (dt.date(2025, 2, 1), dt.date(2025, 3, 1)),
    ],
)
def test_database_refuses_two_versions_on_one_day(starts_on, ends_on):
    indication = an_indication()
    a_version(indication, starts_on=dt.date(2025, 1, 1), ends_on=dt.date(2025, 6, 30))
    with pytest.raises(IntegrityError, match="criteria_versions_do_not_overlap"), transaction.atomic():
        a_version(indication, number=2, starts_on=starts_on, ends_on=ends_on)


def test_versions_may_follow_each_other_and_other_indications_are_free():
    indication = an_indication()
    first = a_version(indication, ends_on=dt.date(2025, 6, 30))
    a_version(indication, number=2, starts_on=first.ends_on + DAY)
    a_version(an_indication(), starts_on=first.starts_on)
    assert indication.criteria_versions.count() == 2


def test_open_ended_version_blocks_any_later_one():
    indication = an_indication()
    a_version(indication)
    with pytest.raises(IntegrityError), transaction.atomic():
        a_version(indication, number=2, starts_on=dt.date(2999, 1, 1))


def test_database_refuses_a_version_that_ends_before_it_starts():
    with pytest.raises(IntegrityError), transaction.atomic():
        a_version(starts_on=dt.date(2025, 2, 2), ends_on=dt.date(2025, 2, 1))


def test_database_refuses_the_same_number_or_key_twice():
    indication = an_indication()
    version = a_version(indication, ends_on=dt.date(2025, 1, 31))
    with pytest.raises(IntegrityError, match="criteria_number_once"), transaction.atomic():
        a_version(indication, starts_on=dt.date(2026, 1, 1))
    a_criterion(version, key="a")
    with pytest.raises(IntegrityError, match="criterion_key_once_per_version"), transaction.atomic():
        a_criterion(version, key="a")


def test_database_refuses_an_authorisation_of_more_than_a_year():
    with pytest.raises(IntegrityError, match="indication_within_one_year"), transaction.atomic():
        an_indication(max_days=367)


def test_database_refuses_an_empty_cis_and_two_equal_ones():
    with pytest.raises(IntegrityError), transaction.atomic():
        a_medicine(cis="")
    a_medicine(cis="60000001")
    with pytest.raises(IntegrityError), transaction.atomic():
        a_medicine(cis="60000001", source=Source.BDPM)


def test_keys_follow_the_names_even_on_a_partial_save():
    medicine = a_medicine(name="ÉLAN", inn="élexacaftor/œstradiol", form="gélule")
    assert medicine.search == "elan elexacaftor oestradiol gelule"
    assert medicine.names == "elan elexacaftor oestradiol"
    medicine.name = "NEUF"
    medicine.save(update_fields=["name"])
    stored = Medicine.objects.get(pk=medicine.pk)
    assert (stored.sort_key, stored.names) == ("neuf", "neuf elexacaftor oestradiol")


@pytest.mark.parametrize("field", ["ma_since", "aap_since", "closed_on"])
def test_an_indication_closes_on_the_day_itself(field):
    indication = an_indication(**{field: TODAY})
    assert indication.is_open(TODAY - DAY)
    assert not indication.is_open(TODAY)


def test_a_medicine_reads_as_its_full_name():
    assert str(a_medicine(name="X", strength="3 mg", form="gélule")) == "X 3 mg, gélule"
    assert str(a_medicine(name="X", denomination="X 3 mg, comprimé")) == "X 3 mg, comprimé"
