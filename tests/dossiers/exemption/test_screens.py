"""What a clinician, the manufacturer and ANSM read of an exemption on their screens, and what each may do there."""

from __future__ import annotations

import pytest
from django.utils import timezone

from dossiers.demo.device_story import NEED
from dossiers.demo.story import ONE_DAY
from dossiers.models import ExemptionTerms
from dossiers.queries.statements import starting_terms
from tests.documents.pdfs import text_of as letter_text
from tests.dossiers.device_world import exempted, exemption_payload_for
from tests.dossiers.screens import browser, cost, text_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world")]


def page(login: str, path: str) -> str:
    return text_of(browser(login).get(path))


def test_the_home_of_a_clinician_lists_what_it_takes_part_in():
    told = exempted(begun_by="clinician").draft()
    assert "Complete it, invite the manufacturer, sign your statement" in page("prescriber", "/")
    told.invite_company()
    assert "the manufacturer takes it over" in page("prescriber", "/")
    told.take_over().state_need().attach_pieces().file()
    for login in ("prescriber", "pharmacist"):
        assert told.reference in page(login, "/")
    assert told.reference not in page("prescriber2", "/")
    assert told.reference in page("prescriber", "/files/devices/")


def test_the_home_of_a_company_says_what_it_has_to_do():
    told = exempted(begun_by="clinician").draft().invite_company()
    assert "Read it, then take it over or decline" in page("applicant", "/")
    told.take_over().state_need().attach_pieces().file().ask_for_pieces("Notice")
    assert "Send the missing pieces" in page("applicant", "/")
    told.complete("Jointe.").take_up()
    home = page("applicant", "/")
    assert "Nothing to do: ANSM examines it" in home
    # The agency's own target binds nobody.
    assert "Decision due by" not in home


def test_a_statement_on_the_page_of_a_file():
    told = exempted(patients=("ZQX, 1961, F",)).filed()
    path = f"/dossiers/{told.reference}/"
    for login, reads in {"ansm_assessor": True, "prescriber": True, "applicant": False, "pharmacist": False}.items():
        words = page(login, path)
        assert ("ZQX" in words, NEED in words) == (reads, reads), login
        assert "Statement 1, signed by Camille Aubrac" in words


def test_the_manufacturer_is_offered_no_act_of_a_clinician():
    told = exempted().prepared()
    path = f"/dossiers/{told.reference}/"
    offered = {login: browser(login).get(path).content.decode() for login in ("applicant", "prescriber")}
    assert "/act/invite_clinician/" in offered["applicant"]
    assert "/act/state_need/" not in offered["applicant"]
    assert "/act/state_need/" in offered["prescriber"]
    # There is nobody left to invite.
    assert "/act/invite_company/" not in offered["prescriber"]


def test_who_has_signed_is_told_that_the_manufacturer_goes_on():
    told = exempted(begun_by="clinician").draft().state_need()
    path = f"/dossiers/{told.reference}/"
    assert "Your hospital has signed: invite the manufacturer" in page("prescriber", "/")
    words = page("prescriber", path)
    assert "It is your turn" in words  # nobody is invited yet
    assert "Sign a new statement" in words
    told.invite_company().take_over()
    words = page("prescriber", path)
    assert "Your statement is signed: thank you." in words
    assert "your hospital has signed, the manufacturer completes it" in page("prescriber", "/")
    assert "It is your turn" not in words
    assert "Your statement is signed" not in page("applicant", path)


def test_what_a_clinician_prepares_is_apart_from_what_goes_on_elsewhere():
    told = exempted(begun_by="clinician").draft()
    home = page("prescriber", "/")
    assert home.index("What waits for me") < home.index(told.reference) < home.index("What happens elsewhere")
    assert told.reference in page("prescriber", "/files/device_drafts/")
    told.invite_company()
    home = page("prescriber", "/")
    assert home.index("What happens elsewhere") < home.index(told.reference)
    assert "Exemptions for devices to prepare" not in page("pharmacist", "/")


def test_a_clinician_who_begins_is_led_to_the_invitation():
    told = exempted(begun_by="clinician").draft()
    assert "Invite the manufacturer, from the page of the file" in page(
        "prescriber", f"/dossiers/{told.reference}/edit/status/"
    )


def test_a_clinician_reads_and_does_not_write_what_is_the_manufacturers():
    told = exempted().draft().invite_clinician()
    words = page("prescriber", f"/dossiers/{told.reference}/edit/status/")
    assert "The manufacturer writes this section" in words


def test_the_pieces_that_lack_are_said_where_documents_are_added():
    told = exempted().draft()
    words = page("applicant", f"/dossiers/{told.reference}/documents/")
    for one in ("Instructions for use", "Safety and performance data", "Risk analysis"):
        assert one in words
    assert "Needed before the request can be filed" in words
    assert "HAS asks for what lacks" not in words


def test_a_proposal_starts_with_what_is_asked_then_with_what_was_sent_back():
    told = exempted().filed().take_up()
    asked = starting_terms(told.dossier, told.dossier.submissions.get().answers)
    assert asked == {"sites": "990000119, CHU Démo de Valmirande, Valmirande", "quantity": "2", "patients": 1}
    told.propose(sites="Hôpital A", quantity="9 unités", dated_conditions=["3: Rapport"])
    told.do("send_back", "ansm_signatory", {"reason": "Préciser."})
    again = starting_terms(told.dossier, told.dossier.submissions.get().answers)
    assert (again["sites"], again["quantity"], len(again["dated_conditions"])) == ("Hôpital A", "9 unités", 1)


def test_the_letter_is_read_while_it_is_typed():
    told = exempted(at=timezone.now() - 5 * ONE_DAY).filed().take_up()
    told.at = timezone.now()
    typed = {**exemption_payload_for(told, "propose"), "sites": "Hôpital Démo de Port-Cendré"}
    answer = browser("ansm_assessor").post(
        f"/dossiers/{told.reference}/preview/typed/", {**typed, "dated_conditions.1": "1: Rapport intermédiaire"}
    )
    assert answer.status_code == 200
    words = letter_text(answer.content)
    assert "Hôpital Démo de Port-Cendré" in words
    assert "Rapport intermédiaire" in words
    assert not ExemptionTerms.objects.exists()


def test_a_page_costs_the_same_whatever_the_number_of_statements():
    one = exempted(kind="global").draft().invite_clinician().state_need()
    path = f"/dossiers/{one.reference}/"
    client = browser("applicant")
    client.get(path)
    before = cost(client, path)
    for _turn in range(4):
        one.state_need()
    assert cost(client, path) == before


def test_whoever_asks_the_manufacturer_is_told_to_name_no_patient() -> None:
    told = exempted().filed()
    assert "name no patient" in page("ansm_triage", f"/dossiers/{told.reference}/act/request_completion/")
    told.take_up()
    assert "name no patient" in page("ansm_assessor", f"/dossiers/{told.reference}/act/request_information/")
