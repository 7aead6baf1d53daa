import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalogue.models import Indication, Source
from catalogue.results import results_for
from catalogue.search import medicines
from catalogue.services.demo import load_demo_catalogue
from catalogue.text import query_key, search_key
from tests.catalogue.helpers import TODAY, a_medicine, a_version, an_indication

pytestmark = pytest.mark.django_db


@pytest.fixture
def demo():
    load_demo_catalogue()


def names(text, **limits):
    return [medicine.name for medicine in medicines(text, **limits)]


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("TROGARZO", "TROGARZO"),
        ("trogarzo", "TROGARZO"),
        ("trogarzzo", "TROGARZO"),
        ("trgoarzo", "TROGARZO"),
        ("trogar", "TROGARZO"),
        ("ibalizumab", "TROGARZO"),
        ("elexacaftor", "TRIKAFTA"),
        ("Élexacaftor", "TRIKAFTA"),
        ("elexacafotr", "TRIKAFTA"),
        ("tofersène", "QALSODY"),
        ("tofersen", "QALSODY"),
        ("qalsdoy", "QALSODY"),
        ("AMX 0035", "AMX0035"),
        ("amx0035", "AMX0035"),
        ("relyvrio", "AMX0035"),
        ("artesunate", "MALACEF"),
        ("egatn", "EGATEN"),
        ("triclabendazole", "EGATEN"),
        ("egaten 250 mg", "EGATEN"),
        ("250 mg egaten", "EGATEN"),
        ("67258794", "EGATEN"),
        ("672 587 94", "EGATEN"),
        ("3400899990012", "TROGARZO"),
        ("kaftrio granulés", "KAFTRIO"),
        ("\x00trogarzo", "TROGARZO"),
    ],
)
def test_found_first(demo, typed, first):
    assert names(typed)[0] == first


def test_entries_of_the_referential_come_before_the_plain_database(demo):
    found = medicines("raltégravir")
    assert [medicine.source for medicine in found] == [Source.REFERENTIAL, Source.BDPM]
    assert [medicine.name for medicine in found] == ["MK-0518", "ISENTRESS"]


def test_a_mistake_that_suits_the_referential_does_not_hide_what_was_typed(demo):
    a_medicine(name="KAFTRIA")
    Indication.objects.create(medicine=a_medicine(name="KAFTRIU"), label="x")
    assert names("kaftria")[0] == "KAFTRIA"


@pytest.mark.parametrize("typed", ["", "   ", "%", "_", "%%__", "'", '"', "\x00", "\\", "--", ";", "zzzzqqqq", "💊"])
def test_nothing_is_found_and_nothing_breaks(demo, typed):
    assert medicines(typed) == []


@pytest.mark.parametrize("typed", ["'; DROP TABLE catalogue_medicine; --", "tro%gar_zo", "x" * 10_240, "a " * 5_000])
def test_hostile_text_is_only_text(demo, typed):
    assert len(medicines(typed)) <= 20
    assert names("trogarzo") == ["TROGARZO"]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=60))
def test_no_text_breaks_the_search(demo, typed):
    assert len(medicines(typed)) <= 20


def test_limits(demo):
    assert len(medicines("mg", limit=3)) == 3
    assert len(medicines("mg", limit=0)) == 1


@pytest.mark.usefixtures("in_english")
def test_a_wrong_code_says_so(demo):
    results = results_for("3400899990013", on=TODAY)
    assert results.rows == ()
    assert "last digit" in str(results.problem)
    assert results_for("3400899990012", on=TODAY).problem == ""


@pytest.mark.django_db(transaction=True)
def test_the_threshold_does_not_outlive_the_search():
    medicines("trogarzo")
    with connection.cursor() as cursor:
        cursor.execute("SHOW pg_trgm.word_similarity_threshold")
        assert cursor.fetchone()[0] == "0.6"


def test_same_number_of_queries_for_one_and_twenty(django_assert_num_queries):
    def some(count):
        for number in range(count):
            a_version(an_indication(medicine=a_medicine(name=f"SIMILAR {number}", ucd13="")))

    some(1)
    with django_assert_num_queries(6):  # savepoint, setting, three tables, release
        assert len(results_for("similar", on=TODAY).rows) == 1
    some(25)
    with django_assert_num_queries(6):
        assert len(results_for("similar", on=TODAY).rows) == 20


@pytest.mark.parametrize(
    ("typed", "open_", "said"),
    [
        ("egaten", None, "compassionate prescription frameworks"),
        ("trikafta", False, "marketing authorisation (MA) covers"),
        ("teliso-v", False, "early access (AAP) covers"),
        ("trogarzo", True, ""),
        ("amx0035", True, ""),
    ],
)
@pytest.mark.usefixtures("in_english")
def test_results_say_what_may_be_asked_for(demo, typed, open_, said):
    row = results_for(typed, on=TODAY).rows[0]
    if open_ is None:
        assert row.choices == ()
        assert said in str(row.not_the_route)
    else:
        [choice] = row.choices
        assert (not choice.closed) is open_
        assert said in str(choice.closed)
        assert choice.criteria_in_force is (typed in ("trogarzo", "amx0035", "teliso-v"))


@given(st.text(max_size=80))
def test_a_key_is_its_own_key(text):
    key = search_key(text)
    assert search_key(key) == key
    assert "\x00" not in key
    assert len(query_key(text * 50)) <= 200 * 18
