"""The letters that the acts of an early access order, from the request to the end of the authorisation."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest

from cohort.protocol import cohort_of
from documents.letters.render import render
from documents.models import LetterOrder
from dossiers.demo.aap_story import EarlyAccess
from dossiers.demo.story import ONE_DAY
from dossiers.models import Decision
from dossiers.services.letters import preview, preview_of_decision
from dossiers.services.silence import follow_silence
from tests.documents.pdfs import text_of
from tests.dossiers.screens import browser
from workflows.dates import PARIS
from workflows.registry import procedure

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world")]

MONDAY = dt.datetime(2026, 5, 4, 9, 0, tzinfo=PARIS)
DEMO = "DÉMONSTRATION - document fictif, sans valeur "
NOT_EXAMINED = dict.fromkeys(("serious", "no_alternative", "cannot_wait", "innovative"), "not_examined")


def told(**options: Any) -> EarlyAccess:
    return EarlyAccess(at=MONDAY, **options)


def orders_of(story: EarlyAccess) -> list[LetterOrder]:
    return list(LetterOrder.objects.filter(dossier__reference=story.reference).order_by("pk"))


def kinds_of(story: EarlyAccess) -> list[str]:
    return [order.kind for order in orders_of(story)]


def last_letter(story: EarlyAccess) -> str:
    return text_of(render(orders_of(story)[-1].context)).replace(DEMO, "")


def test_a_first_request_orders_its_letters_with_the_stored_dates() -> None:
    story = told().draft().file().missing("Projet de RCP", "Mandat")
    assert "Projet de RCP" in last_letter(story)
    story.complete("Joint", "Joint").missing("Mandat signé")
    assert "Cette liste remplace toute liste précédente" in last_letter(story)
    story.complete("Joint").acknowledge()
    text = last_letter(story)
    assert "complétée le 11 mai 2026 et le 18 mai 2026" in text
    assert "enregistrée le 19 mai 2026" in text
    assert "au plus tard le 19 août 2026" in text
    story.ask("Quels résultats ?", login="ansm_assessor").answer("Favorables.").opinion()
    text = last_letter(story)
    assert text.startswith("Agence nationale de sécurité du médicament et des produits de santé")
    for said in ("déposée le 4 mai 2026", "le 11 mai 2026", "le 18 mai 2026", "réponses reçues le 3 juin 2026"):
        assert said in text, said
    assert "Quentin Quiberville" in text
    story.committee().grant()
    text = last_letter(story)
    for said in (
        "Décision n° 2026.0001/DC/SEM du",
        "portant autorisation d’accès précoce de la spécialité SOLVANTIA",
        f"Autorisation n° {story.title.number}",
        "l’information du 6 mai 2026 par laquelle",
        "les éléments reçus le 11 mai 2026",
        "l’information du 13 mai 2026 par laquelle",
        "les éléments reçus le 18 mai 2026",
        "en date du 19 mai 2026",
        "du 24 mai 2026, faite par l’Agence nationale de sécurité du médicament et des produits de santé, et les "
        "réponses reçues le 3 juin 2026",
        "l’avis favorable de l’Agence",
        "l’avis de la commission de la transparence en date du 30 juin 2026",
        "Décision du président de la HAS démo",
        "Ulysse Urcel",
        "au plus tard le 4 novembre 2027",
        "tous les 6 mois",
    ):
        assert said in text, said
    assert kinds_of(story) == [
        "aap_missing_items",
        "aap_missing_items",
        "aap_acknowledgement",
        "aap_ansm_opinion",
        "aap_grant",
    ]


def test_a_restricted_grant_says_so_and_the_title_s_letters_repeat_the_narrower_indication() -> None:
    story = told().granted(indication="Adultes, après trois lignes.", conditions="Concertation pluridisciplinaire.")
    text = last_letter(story)
    assert "Adultes, après trois lignes. Cette indication est plus restreinte que celle qui était revendiquée" in text
    assert "Concertation pluridisciplinaire." in text
    assert "recours gracieux" in text
    story.at += ONE_DAY
    story.move_title("withdraw", "has_college", {"reason": "Engagement non tenu.", "emergency": True})
    text = last_letter(story)
    assert "Indication autorisée Adultes, après trois lignes." in text
    assert "réarrangement" not in text


def test_a_renewal_new_data_and_the_ma_obtained_have_their_decisions() -> None:
    first = told().granted()
    renewal = first.on_title("renewal", dt.datetime(2027, 1, 4, 9, tzinfo=PARIS)).granted()
    text = last_letter(renewal)
    assert "portant renouvellement de l’autorisation d’accès précoce" in text
    assert (
        f"n° {first.title.number} de la spécialité SOLVANTIA est renouvelée sous le n° {renewal.title.number}" in text
    )
    data = renewal.on_title("new_data", renewal.at + 10 * ONE_DAY).granted()
    text = last_letter(data)
    assert "portant modification de l’autorisation d’accès précoce" in text
    assert "données nouvelles" in text
    assert "La durée de l’autorisation ne change pas" in text
    assert orders_of(data)[-1].title == renewal.title
    ma = renewal.on_title("ma_obtained", data.at + 10 * ONE_DAY)
    ma.pathway = "post_ma"
    ma.granted()
    text = last_letter(ma)
    assert "se poursuit après l’autorisation de mise sur le marché" in text
    assert "Vu l’autorisation de mise sur le marché n° EU/1/26/0000/001" in text
    assert "l’inscription du médicament au remboursement" in text


def test_a_title_s_letter_says_the_product_as_the_last_decision_left_it() -> None:
    first = told().granted()
    ma = first.on_title("ma_obtained", first.at + 10 * ONE_DAY)
    ma.pathway = "post_ma"
    ma.granted()
    first.at = ma.at + ONE_DAY
    first.move_title("modify", "has_college", {"reason": "Étiquetage.", "changes": "Nouveau conditionnement."})
    text = last_letter(first)
    assert "Spécialité NEUROLYSE" in text
    # Its page and its cohort call it so too.
    page = browser("applicant").get(f"/titles/{first.title.number}/").content.decode()
    assert re.search(r"<h1[^>]*>NEUROLYSE", page)
    cohort = cohort_of(first.title.chain)
    assert cohort is not None
    assert cohort.label.startswith("NEUROLYSE")
    assert "SOLVANTIA" not in text


def test_a_refusal_after_an_unfavourable_opinion_gives_it_first() -> None:
    story = told().draft().file().acknowledge().opinion("unfavourable", reasons="Signal hépatique grave.")
    assert "Avis défavorable" in last_letter(story)
    story.refuse(efficacy_safety="not_met", **NOT_EXAMINED)
    text = last_letter(story)
    assert "portant refus d’accès précoce" in text
    assert text.index("Signal hépatique grave.") < text.index("Ce que le collège retient")
    assert "les critères suivants n’ont pas été examinés" in text
    assert "adressée à la présidence de la Haute Autorité de santé" in text
    assert "tribunal administratif" in text


def test_a_refusal_on_the_criteria_examines_each() -> None:
    story = told(pathway="post_ma").examined().refuse(innovative="not_met")
    text = last_letter(story)
    assert text.count("critère rempli") == 4
    assert text.count("critère non rempli") == 1
    assert "2026.0001/DC/SEM" in text
    assert "l’avis favorable" not in text


def test_a_tacit_decision_makes_no_letter() -> None:
    story = told(pathway="post_ma").draft().file().acknowledge()
    assert follow_silence(at=dt.datetime.combine(story.dossier.due_on + ONE_DAY, dt.time(6), tzinfo=PARIS)) == 1
    assert Decision.objects.get(dossier__reference=story.reference).tacit
    assert kinds_of(story) == ["aap_acknowledgement"]


def test_a_suspension_is_of_whoever_suspends() -> None:
    story = told().granted()
    story.at += ONE_DAY
    until = (story.at.date() + 30 * ONE_DAY).isoformat()
    urgent = {"reason": "Signal grave.", "until": until, "emergency": True}
    story.move_title("suspend", "ansm_signatory", urgent)
    assert last_letter(story).startswith("Agence nationale de sécurité du médicament et des produits de santé")
    story.at += ONE_DAY
    story.move_title("reinstate", "has_college", {"reason": "Signal écarté."})
    text = last_letter(story)
    assert text.startswith("Haute Autorité de santé")
    assert "Ulysse Urcel" in text
    story.move_title("suspend", "has_college", urgent)
    text = last_letter(story)
    assert text.startswith("Haute Autorité de santé")
    assert "R. 5121-72-1" in text
    assert "accordée par la décision n° 2026.0001/DC/SEM" in text


def test_a_decision_is_read_before_it_is_signed() -> None:
    story = told(pathway="post_ma").examined()
    row = procedure("aap").transition("refuse")
    typed = {"serious": "not_met", "serious_reasons": "Évolution bénigne.", "innovative": "met"}
    text = text_of(preview_of_decision(dossier=story.dossier, row=row, payload=typed, at=story.at))
    assert "PROJET" in text
    assert "Évolution bénigne." in text
    assert "DC/SEM" not in text
    assert not story.dossier.findings.filter(body="college").exists()


def test_the_letters_of_another_procedure_have_no_preview() -> None:
    story = told().draft().file()
    has = browser("has_officer")
    assert has.get(f"/dossiers/{story.reference}/preview/aap_acknowledgement/").status_code == 200
    assert has.get(f"/dossiers/{story.reference}/preview/aac_grant/").status_code == 404


def test_the_opinion_is_read_before_it_is_signed() -> None:
    story = told().draft().file().acknowledge().propose_opinion(reasons="Survie doublée.")
    text = text_of(preview(story.dossier, "aap_ansm_opinion", story.at))
    assert "PROJET" in text
    assert "Survie doublée." in text
    assert "Non signé" in text


def test_the_page_of_a_title_lists_the_decisions_that_changed_it_and_no_opinion_before_them() -> None:
    first = told().granted()
    data = first.on_title("new_data", first.at + 10 * ONE_DAY).draft().file().acknowledge().opinion()
    opinion = LetterOrder.objects.get(dossier=data.dossier, kind="aap_ansm_opinion").number
    address = f"/titles/{first.title.number}/"
    assert opinion not in browser("applicant").get(address).content.decode()
    data.committee().grant(indication="ZQNARROWER")
    decision = LetterOrder.objects.get(dossier=data.dossier, kind="aap_grant").number
    page = browser("applicant").get(address).content.decode()
    assert decision in page
    assert LetterOrder.objects.get(dossier=first.dossier, kind="aap_grant").number in page
    # What it is granted for is the wording of the last decision.
    assert '<dd class="app-text">ZQNARROWER</dd>' in page
