"""The letters of an exemption, made through the services and read in their PDF: each outcome, what is never said."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from documents.letters.data import letter_data
from documents.letters.mentions import missing_mentions
from documents.letters.render import render
from documents.models import LetterOrder
from dossiers.demo.device_story import Exemption
from dossiers.services.letters import matter_of, preview
from tests.documents.pdfs import text_of
from tests.dossiers.device_world import exempted, exemption_title_in
from tests.dossiers.world import title_payload_for
from workflows.device_guards import GLOBAL

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world")]

SECRET = "ZQX, 1961, F"


DEMO = "DÉMONSTRATION - document fictif, sans valeur "


def letter(told: Exemption, kind: str) -> str:
    """The words of the latest letter of that kind."""
    order = LetterOrder.objects.filter(dossier__reference=told.reference, kind=kind).order_by("-pk")[0]
    return text_of(render(order.context)).replace(DEMO, "")


def says(text: str, *words: str) -> None:
    for one in words:
        assert one in text, one


def test_the_receipt_goes_to_the_manufacturer_and_grants_nothing():
    told = exempted(patients=(SECRET,)).filed()
    text = letter(told, "device_exemption_receipt")
    says(
        text,
        "Démo Dispositifs Kerlann",
        told.dossier.filing_number,
        "EXTRALIA, modèle EX-2",
        "EX-2-100, EX-2-110",
        "Camille Aubrac, CHU Démo de Valmirande",
        "l’article 59 du règlement (UE) 2017/745",
        "L’absence de réponse ne vaut pas autorisation",
    )
    assert "ZQX" not in text


def test_missing_pieces_are_listed_with_their_day():
    told = exempted().filed().ask_for_pieces("Notice en français", "Analyse des risques à jour", days=20)
    text = letter(told, "device_exemption_completion")
    says(text, "Notice en français", "Analyse des risques à jour", "au plus tard le", "mai 2026")


def test_an_inadmissible_request_is_reasoned_and_says_how_to_appeal():
    text = letter(exempted().filed().find_inadmissible(), "device_exemption_inadmissible")
    says(
        text, "aucun bénéfice significatif", "Des extracteurs marqués CE conviennent", "irrecevable", "recours gracieux"
    )


def test_a_grant_says_where_how_much_for_whom_until_when_and_who_answers_for_it():
    told = exempted(patients=(SECRET,)).granted(months=6)
    text = letter(told, "device_exemption_grant")
    says(
        text,
        told.title.number,
        "son article 59",
        "II de l’article L. 5211-3",
        "Vu l’attestation motivée signée le",
        "Un seul patient",
        "CHU Démo de Valmirande",
        "2 unités",
        "soit 6 mois",
        "Utilisation par un opérateur formé par le fabricant.",
        "Rapport intermédiaire de sécurité",
        "engage la responsabilité de l’Agence, du fabricant et du praticien utilisateur",
        "matériovigilance",
    )
    assert "ZQX" not in text
    # One patient: no other State is told.
    assert "États membres" not in text


def test_a_global_in_vitro_grant_has_its_law_its_criteria_and_the_notice_to_other_states():
    told = exempted(kind=GLOBAL, in_vitro=True).granted(months=12)
    text = letter(told, "device_exemption_grant")
    says(
        text,
        "(UE) 2017/746",
        "son article 54",
        "II de l’article L. 5221-3",
        "Tout patient répondant aux critères ci-dessous",
        "adressés par un centre de référence",
        "les autres États membres (article 54, paragraphe 2",
        "réactovigilance",
    )
    assert "2017/745" not in text


def test_a_refusal_gives_its_reasons_and_the_routes_of_appeal():
    told = exempted().filed().take_up().propose("refuse", reasons="Une alternative marquée CE existe.").refuse()
    text = letter(told, "device_exemption_refusal")
    says(text, "est refusée", "Une alternative marquée CE existe.", "recours gracieux", "deux mois")


@pytest.mark.parametrize(
    ("act", "kind", "words"),
    [
        ("suspend", "title_suspension", "ne peut être ni fourni ni utilisé"),
        ("withdraw", "title_withdrawal", "Le fabricant reprend les unités non utilisées"),
        ("cease", "title_end", "la sécurité des patients ne permet plus"),
    ],
)
def test_a_letter_about_an_exemption_speaks_of_a_device(act, kind, words):
    told = exemption_title_in("in_force")
    told.move_title(act, "ansm_signatory", title_payload_for(told, act))
    text = letter(told, kind)
    says(text, words, "autorisation dérogatoire", "EXTRALIA", "Démo Dispositifs Kerlann")
    assert "médicament" not in text.replace("sécurité du médicament et des produits de santé", "")
    assert "R. 5121" not in text


def test_an_exemption_that_expires_is_not_renewed():
    text = letter(exemption_title_in("expired"), "title_lapse")
    says(text, "Une dérogation ne se renouvelle pas", "Les patients porteurs du dispositif restent suivis")


def test_the_data_of_a_letter_name_no_person():
    told = exempted(patients=(SECRET,)).granted()
    order = LetterOrder.objects.get(kind="device_exemption_grant", dossier=told.dossier)
    found: dict[str, Any] = letter_data(order.context)
    assert found["exemption"]["sites"] == ["CHU Démo de Valmirande"]
    assert found["exemption"]["company"] == "Démo Dispositifs Kerlann"
    assert found["establishment"] is None
    assert "ZQX" not in json.dumps(order.context)
    assert "Aubrac" not in json.dumps(found)


def test_the_letter_is_read_before_it_is_signed():
    told = exempted().filed().take_up().propose(sites="Hôpital Démo de Port-Cendré")
    text = text_of(preview(told.dossier, "device_exemption_grant", told.at))
    says(text, "Hôpital Démo de Port-Cendré", "PROJET", "Numéro attribué à la signature")


def test_a_grant_without_a_manufacturer_or_a_site_does_not_leave():
    told = exempted().filed().take_up().propose()
    matter = matter_of(told.dossier, at=told.at, decision=told.dossier.decisions.get())
    assert matter.exemption is not None
    assert missing_mentions("device_exemption_grant", matter) == ()
    bare = replace(matter, exemption=replace(matter.exemption, manufacturer="", sites=()))
    codes = {one.code for one in missing_mentions("device_exemption_grant", bare)}
    assert codes == {"letter_lacks_manufacturer", "letter_lacks_sites"}
