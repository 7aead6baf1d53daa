"""What a grant opens: obligations with their days, the notice to other States, and how an exemption ends."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import override_settings

from accounts.demo import HOSPITAL_1, HOSPITAL_2
from accounts.models import Organisation
from dossiers.demo.device_story import Exemption
from dossiers.models import Event, Obligation
from dossiers.queries.sites import establishments_named
from dossiers.queries.statements import starting_terms
from dossiers.services.errors import Blocked
from notifications.models import OutboxMessage
from tests.dossiers.device_world import exempted, exemption_title_in
from tests.dossiers.screens import browser
from tests.dossiers.world import title_payload_for
from workflows.dates import PARIS, add_months, civil_date
from workflows.device_guards import GLOBAL

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world")]

TWO = ("AB, 1961, F", "CD, 1955, M")


def owed(told: Exemption) -> list[tuple[str, str, dt.date, str]]:
    rows = Obligation.objects.filter(title=told.title).order_by("due_on", "pk")
    return [(one.kind, one.owed_by, one.due_on, one.law) for one in rows]


def notices(told: Exemption) -> list[Obligation]:
    return list(Obligation.objects.filter(title=told.title, kind="notice"))


@pytest.mark.parametrize(
    ("kind", "patients", "granted_for", "told_to_others"),
    [
        ("individual", ("AB, 1961, F",), 1, False),
        ("individual", TWO, 2, True),
        ("individual", TWO, 1, False),
        ("global", (), None, True),
        ("global", (), 40, True),
        ("global", (), 1, False),
    ],
)
def test_other_states_are_told_by_the_count_of_patients_not_by_the_kind(kind, patients, granted_for, told_to_others):
    told = exempted(kind=kind, patients=patients).filed().take_up().propose(patients=granted_for).grant()
    found = notices(told)
    assert bool(found) == told_to_others
    for one in found:
        assert (one.owed_by, one.law) == ("agency", "MDR art. 59(2)")
        assert one.due_on == civil_date(told.at) + dt.timedelta(days=15)


@override_settings(LANGUAGE_CODE="fr")
def test_the_notice_of_an_in_vitro_device_has_its_own_law():
    told = exempted(kind=GLOBAL, in_vitro=True).granted()
    assert notices(told)[0].law == "IVDR art. 54(2)"


def test_conditions_and_milestones_become_obligations_with_their_days():
    told = exempted(kind="individual").granted(months=12, dated_conditions=["3: Rapport", "9: Bilan"])
    first = told.title.starts_on
    answers = told.dossier.submissions.get().answers
    law = "MDR art. 59, IVDR art. 54"
    expected = [
        ("condition", "holder", add_months(first, 3), "MDR art. 59"),
        ("condition", "holder", add_months(first, 9), "MDR art. 59"),
        ("report", "holder", dt.date.fromisoformat(answers["commitments"]["progress_by"]), law),
        ("condition", "holder", dt.date.fromisoformat(answers["status"]["ce_expected_on"]), law),
    ]
    assert sorted(owed(told)) == sorted(expected)
    assert Event.objects.filter(dossier=told.dossier, verb="obligation_added").count() == 4


def test_a_proposal_sent_back_takes_its_terms_with_it():
    told = exempted().filed().take_up().propose(sites="Hôpital A", quantity="9 unités")
    told.do("send_back", "ansm_signatory", {"reason": "Préciser les sites."})
    told.propose(sites="Hôpital B", quantity="1 unité").grant()
    decision = told.dossier.decisions.get(signed_at__isnull=False)
    assert (decision.terms.sites, decision.terms.quantity) == ("Hôpital B", "1 unité")


def test_the_decision_names_hospitals_by_their_number_or_their_name():
    other = Organisation.objects.get(name=HOSPITAL_2)
    same = Organisation.objects.create(kind="establishment", name="Clinique Démo des Deux")
    Organisation.objects.create(kind="establishment", name="Clinique Démo des Deux")
    lines = f"{HOSPITAL_1}, Valmirande\n{other.finess_et} sous un autre nom\n{same.name}\nUniversitätsspital, Bâle"
    told = exempted().filed().take_up().propose(sites=f"{lines}\n{HOSPITAL_2}").grant()
    terms = told.dossier.decisions.get().terms
    assert terms.establishments == [Organisation.objects.get(name=HOSPITAL_1).pk, other.pk]
    assert terms.known_sites == [HOSPITAL_1, HOSPITAL_2]
    assert terms.has_unknown_sites
    page = browser("ansm_assessor").get(f"/titles/{told.title.number}/").content.decode()
    assert f"{HOSPITAL_1}, {HOSPITAL_2}." in page


def test_a_proposal_starts_with_the_numbers_of_the_request():
    told = exempted().filed()
    number = told.answers["supply"]["sites"][0]["finess"]
    terms = starting_terms(told.dossier, told.answers)
    assert terms["sites"].startswith(f"{number}, {HOSPITAL_1}")
    assert establishments_named(terms["sites"]) == [Organisation.objects.get(name=HOSPITAL_1).pk]


def test_a_refusal_has_no_terms_and_opens_nothing():
    told = exempted().filed().take_up().propose("refuse").refuse()
    decision = told.dossier.decisions.get()
    assert not hasattr(decision, "terms")
    assert not hasattr(told.dossier, "title")


def test_the_title_is_the_manufacturers():
    told = exempted(begun_by="clinician", company="device_applicant").granted()
    assert told.title.organisation.name == "Démo Dispositifs Kerlann"


# ------------------------------------------------------------------------------------------------- its end


@pytest.mark.parametrize("act", ["suspend", "withdraw", "cease"])
def test_a_lifting_is_at_once_and_every_site_is_told(act):
    told = exempted(kind=GLOBAL).draft().invite_clinician().invite_clinician("prescriber2").state_need()
    told.attach_pieces().file().take_up().propose().grant()
    event = told.move_title(act, "ansm_signatory", title_payload_for(told, act))
    assert event.target in ("suspended", "withdrawn", "ceased")
    people = set(OutboxMessage.objects.filter(kind=act).values_list("recipient__email", flat=True))
    assert people >= {f"{login}@demo.example" for login in ("prescriber", "prescriber2", "pharmacist", "applicant")}


def test_ce_marking_ends_it_on_the_word_of_the_manufacturer():
    told = exemption_title_in("ceased")
    assert (told.title.state, told.title.in_force_until) == ("ceased", told.at.date())
    event = Event.objects.get(dossier=told.dossier, verb="close_ce_obtained")
    assert event.payload["certificate"] == "CE 0000-1"
    assert not Obligation.objects.filter(title=told.title, state="open", kind="report").exists()


def test_ce_marking_is_the_end_of_no_medicine():
    told = exemption_title_in("in_force")
    payload = {**title_payload_for(told, "cease"), "cause": "ma"}
    with pytest.raises(Blocked) as refusal:
        told.move_title("cease", "ansm_signatory", payload)
    assert [one.code for one in refusal.value.reasons] == ["cause_impossible"]


def test_an_exemption_is_asked_anew_and_not_renewed(time_machine):
    told = exempted().granted(months=12, dated_conditions=[])
    for days_left, said in ((200, False), (20, True)):
        time_machine.move_to(dt.datetime.combine(told.title.ends_on, dt.time(9), PARIS) - dt.timedelta(days=days_left))
        page = browser("applicant").get(f"/titles/{told.title.number}/").content.decode()
        assert "/renew/" not in page
        assert ("names this one" in page, "/dossiers/new/device_exemption/" in page) == (said, said)
        listed = browser("pharmacist").get("/expiring/")
        assert listed.status_code == 200
        assert "/renew/" not in listed.content.decode().replace("/expiring/renew/", "")


@pytest.mark.parametrize("patients", [0, -1, 10**7, 10**12, "9" * 18])
def test_a_number_of_patients_that_cannot_be_is_refused_and_breaks_nothing(patients: int | str):
    told = exempted(kind=GLOBAL).filed().take_up()
    with pytest.raises(Blocked) as refusal:
        told.propose(patients=patients)
    assert [(one.code, one.field) for one in refusal.value.reasons] == [("patients", "patients")]
