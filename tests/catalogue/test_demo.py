import datetime as dt

import pytest

from catalogue.criteria import current_version, unmet
from catalogue.facts import product_facts
from catalogue.models import CriteriaVersion, Indication, Medicine, Verification
from catalogue.services.demo import load_demo_catalogue
from tests.catalogue.helpers import TODAY, a_version, an_indication

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


def entry(name):
    return Indication.objects.select_related("medicine").get(medicine__name=name)


def test_loading_twice_changes_nothing():
    first = load_demo_catalogue()
    assert (first.medicines, first.indications, first.versions) == (30, 9, 10)
    before = [list(model.objects.order_by("id").values()) for model in (Medicine, Indication, CriteriaVersion)]
    again = load_demo_catalogue()
    assert (again.medicines, again.indications, again.versions) == (0, 0, 0)
    assert [list(m.objects.order_by("id").values()) for m in (Medicine, Indication, CriteriaVersion)] == before


def test_a_change_made_since_is_kept():
    load_demo_catalogue()
    Indication.objects.filter(medicine__name="ZEPZELCA").update(put_reference="PUT-SP v9", put_published_on=TODAY)
    load_demo_catalogue()
    assert entry("ZEPZELCA").put_reference == "PUT-SP v9"


def test_only_entries_that_were_read_somewhere_and_what_is_invented_says_so():
    load_demo_catalogue()
    referential = Medicine.objects.filter(source="referential")
    assert set(referential.values_list("verification", flat=True)) == {Verification.SOURCED, Verification.PARTLY}
    for indication in Indication.objects.all():
        assert bool(indication.invented_fields) <= indication.invented
        if indication.put_reference:
            assert "put_reference" in indication.invented_fields
    for version in CriteriaVersion.objects.all():
        assert version.invented or version.source_url
    # ATC, ICD-10 and ORPHA codes of the research are from memory: never shown as facts.
    assert set(Medicine.objects.values_list("atc", flat=True)) == {""}
    assert set(Indication.objects.values_list("cim10", "orpha")) == {("", "")}


def test_the_demonstration_has_each_case():
    load_demo_catalogue()
    automatic = product_facts(entry("TROGARZO"), TODAY)
    assert automatic["automatic_grant"] is True
    assert automatic["put_published"] is True
    assert automatic["criteria_version"] == 2
    assert automatic["medicine"]["restricted_class"] == "Médicament réservé à l'usage hospitalier"
    assert product_facts(entry("ZEPZELCA"), TODAY)["put_published"] is False
    assert product_facts(entry("TELISO-V"), TODAY)["aap_since"] == dt.date(2026, 9, 1)
    assert product_facts(entry("TRIKAFTA"), TODAY)["ma_since"] == dt.date(2020, 8, 21)
    assert product_facts(entry("TRIKAFTA"), TODAY)["criteria_version"] is None
    very_early = product_facts(entry("AMX0035"), TODAY)
    assert (very_early["accepts_very_early"], very_early["company_undertaking"]) == (True, True)
    assert Medicine.objects.get(name="EGATEN").has_current_ma


def test_real_disjunctive_criterion_with_its_review_date():
    load_demo_catalogue()
    version = current_version(entry("AMX0035"), TODAY)
    assert version.invented is False
    assert version.review_on == dt.date(2024, 1, 31)
    assert unmet(version, {"premiers-symptomes": 40, "hors-essai": True}, on=TODAY) == ()
    assert len(unmet(version, {"premiers-symptomes": 24, "hors-essai": True}, on=TODAY)) == 1


@pytest.mark.parametrize(
    ("field", "key", "empty"),
    [
        ("ma_since", "ma_since", None),
        ("aap_since", "aap_since", None),
        ("put_published_on", "put_published", False),
        ("company_undertaking_on", "company_undertaking", False),
    ],
)
def test_facts_know_nothing_of_the_days_to_come(field, key, empty):
    indication = an_indication(**{field: TODAY})
    assert product_facts(indication, TODAY - DAY)[key] == empty
    assert product_facts(indication, TODAY)[key] in (TODAY, True)


def test_facts_follow_the_version_in_force():
    indication = an_indication()
    a_version(indication, starts_on=TODAY, ends_on=TODAY, max_age_months=12, sex="F")
    assert product_facts(indication, TODAY)["limits"] == {
        "min_age_months": None,
        "max_age_months": 12,
        "sex": "F",
        "max_daily_dose": None,
        "dose_unit": "",
    }
    after = product_facts(indication, TODAY + DAY)
    assert (after["criteria_version"], after["criteria_current"], after["limits"]) == (None, False, None)


def test_facts_cost_one_query(django_assert_num_queries):
    a_version(an_indication())
    indication = Indication.objects.select_related("medicine").get()
    with django_assert_num_queries(1):
        product_facts(indication, TODAY)
