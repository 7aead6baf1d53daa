import datetime as dt
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from catalogue.bdpm import Refused, read, split_name, tidy
from catalogue.models import Medicine, Source
from catalogue.search import medicines
from catalogue.services.bdpm import import_bdpm
from tests.catalogue.helpers import a_medicine

FILE = Path(__file__).parent / "data" / "cis_dirty.txt"


@pytest.fixture(autouse=True)
def _in_english():
    with translation.override("en"):
        yield


def run(path=FILE):
    out = StringIO()
    call_command("import_bdpm", str(path), stdout=out)
    return out.getvalue()


@pytest.mark.django_db
def test_bad_lines_are_reported_with_their_number_and_the_rest_goes_on():
    said = run()
    for line in (
        "Line 11 not imported: CIS code has 8 digits; 7 were typed.",
        "Line 12 not imported: 4 columns instead of 12.",
        "Line 13 not imported: “31/02/2003” is not a date (day/month/year).",
        "Line 14 not imported: unknown status of the authorisation: “Peut-être”.",
        "Line 15 not imported: byte 15 is not Windows-1252 text.",
        "Line 16 not imported: the name is empty.",
        "Line 17 not imported: CIS code 68729480 was already given by line 1.",
        "Line 18 not imported: the line holds a NUL character.",
        "Line 19 not imported: the name is longer than 400 characters.",
        "Line 20 not imported: the additional monitoring must be Oui or Non, not “Maybe”.",
        "Line 21 not imported: unknown marketing status: “Vendue”.",
    ):
        assert line in said
    assert "21 lines read: 10 medicines added, 0 changed, 0 unchanged" in said
    assert "11 lines not imported." in said
    assert Medicine.objects.count() == 10


@pytest.mark.django_db
def test_spaces_encoding_and_raw_texts():
    run()
    dirty = Medicine.objects.get(cis="60000001")
    assert dirty.denomination == "DIRTY NAME 2,5 mg/ml , solution buvable"
    assert (dirty.name, dirty.strength) == ("DIRTY NAME", "2,5 mg/ml")
    assert (dirty.form, dirty.route, dirty.holder) == ("solution et solution", "orale, cutanée", "LABO UN, LABO DEUX")
    assert dirty.ma_on == dt.date(2003, 2, 1)
    egaten = Medicine.objects.get(cis="67258794")
    assert (egaten.name, egaten.strength, egaten.form) == ("EGATEN", "250 mg", "comprimé sécable")
    assert (egaten.has_ma, egaten.marketed, egaten.has_current_ma) == (True, True, True)
    assert (egaten.ma_status, egaten.marketing_status) == ("Autorisation active", "Commercialisée")
    assert (egaten.source, egaten.verification) == ("bdpm", "imported")
    gone = Medicine.objects.get(cis="60000012")
    assert (gone.has_ma, gone.marketed, gone.ma_on, gone.enhanced_monitoring) == (False, False, None, True)
    suspended = Medicine.objects.get(cis="61032190")
    assert (suspended.has_ma, suspended.marketed) == (True, False)


@pytest.mark.django_db
def test_an_exponent_stays_an_exponent():
    run()
    assert "2 x 10^6 UI" in Medicine.objects.get(cis="67401121").denomination


@pytest.mark.django_db
def test_a_second_run_changes_nothing_and_says_so():
    run()
    before = list(Medicine.objects.order_by("id").values())
    said = run()
    assert "0 medicines added, 0 changed, 10 unchanged" in said
    assert "Nothing to change" in said
    assert list(Medicine.objects.order_by("id").values()) == before


@pytest.mark.django_db
def test_what_changed_in_the_file_is_changed_and_nothing_else():
    run()
    Medicine.objects.filter(cis="67258794").update(inn="triclabendazole", holder="OLD HOLDER")
    a_medicine(cis="69999999", source=Source.BDPM)
    said = run()
    assert "0 medicines added, 1 changed, 9 unchanged" in said
    assert "1 medicine of an earlier import is not in this file" in said
    egaten = Medicine.objects.get(cis="67258794")
    assert (egaten.holder, egaten.inn) == ("NOVARTIS PHARMA", "triclabendazole")
    assert [found.cis for found in medicines("triclabendazole")] == ["67258794"]
    assert "0 medicines added, 0 changed, 10 unchanged" in run()
    assert Medicine.objects.filter(cis="69999999").exists()


@pytest.mark.django_db
def test_the_referential_is_never_overwritten():
    mine = a_medicine(cis="67258794", name="EGATEN OF THE REFERENTIAL", holder="ANSM knows better")
    assert "1 kept as the referential has them" in run()
    stored = Medicine.objects.get(cis="67258794")
    assert (stored.pk, stored.name, stored.holder) == (mine.pk, mine.name, mine.holder)
    assert stored.source == Source.REFERENTIAL


@pytest.mark.django_db
def test_batches_cost_the_same_number_of_queries(django_assert_max_num_queries):
    line = FILE.read_bytes().splitlines()[2]
    lines = [line.replace(b"67258794", str(60_000_000 + number).encode()) for number in range(2500)]
    with django_assert_max_num_queries(3 * 4 + 1):  # three batches: savepoint, lock, upsert, release
        report = import_bdpm(lines=lines)
    assert (report.created, report.refused) == (2500, [])


@pytest.mark.parametrize("path", ["/nowhere/CIS_bdpm.txt", "/tmp"])  # noqa: S108
def test_an_unreadable_file_is_an_error(path):
    with pytest.raises(CommandError, match="cannot be read"):
        run(path)


@pytest.mark.parametrize(
    ("denomination", "name", "strength"),
    [
        ("ABACAVIR ARROW 300 mg, comprimé pelliculé sécable", "ABACAVIR ARROW", "300 mg"),
        ("ABACAVIR/LAMIVUDINE EG 600 mg/300 mg, comprimé", "ABACAVIR/LAMIVUDINE EG", "600 mg/300 mg"),
        ("BOSENTAN SUN 62,5 mg, comprimé pelliculé", "BOSENTAN SUN", "62,5 mg"),
        ("SCYOVA 240 mg/mL + 12 mg/mL, solution", "SCYOVA", "240 mg/mL + 12 mg/mL"),
        ("ESTRAPATCH 40 microgrammes/24 heures, dispositif", "ESTRAPATCH", "40 microgrammes/24 heures"),
        ("A 313 50 000 U.I., capsule molle", "A 313 50 000 U.I.", ""),
        ("A 313 200 000 UI POUR CENT, pommade", "A 313 200 000 UI POUR CENT", ""),
        ("EPREX 4 000 UI/0,4 ml, solution injectable", "EPREX", "4 000 UI/0,4 ml"),
        ("MAG 2 100 mg, comprimé", "MAG 2 100 mg", ""),
        ("TECENTRIQ 1 875 mg, solution injectable", "TECENTRIQ 1 875 mg", ""),
        ("UMULINE PROFIL 30 100 UI/mL, suspension", "UMULINE PROFIL 30 100 UI/mL", ""),
        ("NICORETTE 4 mg SANS SUCRE, gomme", "NICORETTE 4 mg SANS SUCRE", ""),
        ("AMINOMIX 500, solution pour perfusion", "AMINOMIX 500", ""),
        ("W616", "W616", ""),
        ("300 mg, comprimé", "300 mg", ""),
        ("ACIDUM PHOSPHORICUM COMPOSE", "ACIDUM PHOSPHORICUM COMPOSE", ""),
    ],
)
def test_a_name_is_split_only_when_safe(denomination, name, strength):
    assert split_name(denomination) == (name, strength)


@given(st.text(alphabet="AZ é0123456789.,/+%mgUI()", min_size=1, max_size=120))
def test_splitting_loses_nothing(text):
    denomination = tidy(text)
    if denomination:
        name, strength = split_name(denomination)
        assert name
        assert denomination.startswith(name)
        assert strength in denomination


@given(st.lists(st.binary(max_size=200), max_size=5))
def test_no_bytes_break_the_reader(lines):
    for row in read(lines):
        assert isinstance(row, (Refused, tuple))
