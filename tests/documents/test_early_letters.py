"""The letters of an early access carry what the law wants (domain/aap.md, section 7), under the head of who signs."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from collections.abc import Callable
from typing import Any

import pytest

from documents.letters.context import freeze, printed
from documents.letters.data import letter_data
from documents.letters.early_access import ExchangeMatter, FindingMatter
from documents.letters.matter import LetterMatter
from documents.letters.mentions import missing_mentions
from documents.letters.words import CRITERIA, FINDINGS
from tests.documents.matters import (
    BY_KIND,
    BY_THE_COLLEGE,
    EARLY_GRANT,
    EARLY_REFUSAL,
    FILED_EARLY,
    FOUND,
    NOT_HEARD,
    OPINION,
    RECEIPT,
    about_early_title,
    about_title,
    early,
)
from tests.documents.pdfs import CODE, draw, poppler_text_of, text_of
from workflows import aap_guards

HAS_HEAD = "Haute Autorité de santé Accès précoce aux médicaments"
ANSM_HEAD = "Agence nationale de sécurité du médicament et des produits de santé Accès dérogatoires aux médicaments"
OF_ALL = ("AAP-D-2026-000042", "AAP-E-2026-000107", "ŒSOPHALGIDE β-2b", "1er septembre 2026", "Laboratoires Œdipe")
TO_THE_COMPANY = (*OF_ALL, HAS_HEAD, "Alex Naïm, affaires réglementaires", "1 quai des Inventions")
OF_THE_COLLEGE = (
    *TO_THE_COMPANY,
    "Décision n° 2026.0128/DC/SEM du 23 novembre 2026 du collège de la Haute Autorité de santé portant",
    "ayant valablement délibéré en sa séance du 20 novembre 2026",
    "L. 161-37",
    "R. 5121-68 à R. 5121-73-1",
    "reçue le 1er septembre 2026",
    "autorisation de mise sur le marché au plus tard le 1er mars 2028",
    "l’information du 3 septembre 2026",
    "les éléments reçus le 10 septembre 2026",
    "accusé d’enregistrement de la demande complète en date du 11 septembre 2026",
    "informations complémentaires du 1er octobre 2026, faite par l’Agence",
    "les réponses reçues le 20 octobre 2026",
    "l’avis favorable de l’Agence nationale de sécurité du médicament et des produits de santé en date du "
    "10 novembre 2026",
    "l’avis de la commission de la transparence en date du 18 novembre 2026",
    "HAS n° 2026-7",
    "DÉCIDE",
    "Fait le 23 novembre 2026",
    "Pour le collège de la Haute Autorité de santé",
    "M. Élie Marchand",
)
OF_EARLY_LETTERS = {
    "aap_missing_items": (
        *TO_THE_COMPANY, "Éléments manquants", "Projet de RCP en français", "Mandat signé",
        "Le délai d’instruction n’a pas commencé",
    ),
    "aap_acknowledgement": (
        *TO_THE_COMPANY, "Accusé d’enregistrement", "complétée le 10 septembre 2026",
        "enregistrée le 11 septembre 2026",
        "trois mois", "au plus tard le 30 décembre 2026", "vaut acceptation si l’ANSM a rendu dans ce délai un avis "
        "favorable", "Il vaut rejet dans les autres cas",
    ),
    "aap_ansm_opinion": (
        *OF_ALL, ANSM_HEAD, "œsophalgide", "EAS-7781", "solution à diluer pour perfusion", "200 µg/mL",
        "≥ 2 lignes", "éléments reçus le 10 septembre 2026", "réponses reçues le 20 octobre 2026", "Avis favorable",
        "Annexe 1", "Survie doublée à douze mois.", "RCP, version 4", "Notice, version 4", "Étiquetage, version 2",
        "Mme Inès Bourgeois", "DG n° 2026-114",
    ),
    "aap_grant": (
        *OF_THE_COLLEGE, "autorisation d’accès précoce de la spécialité", "AAP-2026-000123", "≥ 2 lignes",
        *(f"Motif retenu : {code}." for code in CRITERIA), "Corticoïdes par voie orale.",
        "du 23 novembre 2026 au 22 novembre 2027 inclus",
        "PUT-RD) est annexé", "tous les 9 mois", "médicament réservé à l'usage hospitalier",
        "pharmacies à usage intérieur", "continuité des traitements", "concertation pluridisciplinaire", "est publiée",
        "Mandataire de : Œdipe Pharma Ltd",
    ),
    "aap_refusal": (
        *OF_THE_COLLEGE, "portant refus d’accès précoce", "critère non rempli", "Évolution bénigne.",
        "recours gracieux", "présidence de la Haute Autorité de santé", "tribunal administratif", "deux mois",
    ),
}  # fmt: skip


def squeezed(text: str) -> str:
    return re.sub(r"\s", "", text)


@pytest.mark.parametrize("read", [text_of, poppler_text_of])
@pytest.mark.parametrize(("kind", "mentions"), OF_EARLY_LETTERS.items())
def test_a_letter_of_an_early_access_carries_its_mentions(
    kind: str, mentions: tuple[str, ...], read: Callable[[bytes], str]
) -> None:
    text = squeezed(read(draw(kind, BY_KIND[kind])))
    # Poppler's columns put what stands on the right of the head between the lines of its left.
    said = [one for one in mentions if read is text_of or one not in (HAS_HEAD, ANSM_HEAD)]
    assert [one for one in said if squeezed(one) not in text] == []


def test_the_words_know_every_criterion_and_every_finding() -> None:
    assert list(CRITERIA) == [code for code, _label in aap_guards.CRITERIA]
    assert set(FINDINGS) == {code for code, _label in aap_guards.FINDINGS}


def test_no_letter_of_an_early_access_speaks_of_a_patient_s_hospital() -> None:
    for kind in OF_EARLY_LETTERS:
        text = text_of(draw(kind, BY_KIND[kind]))
        for word in ("Initiales", "Prescripteur", "R. 5121-74", "canary-of-the-answers", "Copie :"):
            assert word not in text, (kind, word)


# ------------------------------------------------------------------------------------------------ by kind and outcome


@pytest.mark.parametrize(
    ("changes", "said", "not_said"),
    [
        ({}, "Il vaut rejet dans les autres cas", "n’est pas demandé"),
        (
            {"ansm_is_asked": False, "chmp_favourable_on": dt.date(2026, 8, 1)},
            "rendu le 1er août 2026 un avis favorable, l’avis de l’ANSM n’est pas demandé",
            "vaut rejet",
        ),
        ({"pathway": "post_ma", "ansm_is_asked": False}, "a une autorisation de mise sur le marché", "vaut rejet"),
    ],
)
def test_the_acknowledgement_says_what_silence_means_on_its_pathway(
    changes: dict[str, Any], said: str, not_said: str
) -> None:
    text = text_of(draw("aap_acknowledgement", early(**changes)))
    assert said in text
    assert not_said not in text
    assert "vaut acceptation" in text


def test_the_missing_items_are_numbered() -> None:
    assert "1. Projet de RCP en français 2. Mandat signé" in poppler_text_of(draw("aap_missing_items", FILED_EARLY))


def test_a_new_list_says_that_it_replaces_the_one_before() -> None:
    again = (ExchangeMatter(dt.date(2026, 9, 2), None, ("Ancien élément",)), *FILED_EARLY.early_access.missing)  # type: ignore[union-attr]
    text = text_of(draw("aap_missing_items", early(missing=again)))
    assert "Cette liste remplace toute liste précédente" in text
    assert "Ancien élément" not in text
    assert "remplace" not in text_of(draw("aap_missing_items", FILED_EARLY))


@pytest.mark.parametrize(
    ("kind", "outcome", "title", "article"),
    [
        ("first", "grant", "portant autorisation d’accès précoce", "est autorisé"),
        ("renewal", "grant", "portant renouvellement de l’autorisation", "n° AAP-2025-000077 de la spécialité"),
        ("new_data", "change", "portant modification de l’autorisation", "modifiée au vu de données nouvelles"),
        ("ma_obtained", "change", "portant modification", "se poursuit après l’autorisation de mise sur le marché"),
    ],
)
def test_a_decision_says_what_it_grants(kind: str, outcome: str, title: str, article: str) -> None:
    changed = {"changed_number": "AAP-2025-000077", "changed_ends_on": dt.date(2027, 2, 1)} if kind != "first" else {}
    decision = dataclasses.replace(BY_THE_COLLEGE, outcome=outcome)
    text = text_of(draw("aap_grant", early(dataclasses.replace(EARLY_GRANT, kind=kind, decision=decision), **changed)))
    assert title in text
    assert article in text
    assert ("son dernier jour reste le 1er février 2027" in text) == (outcome == "change")
    assert ("soit 12 mois" in text) == (outcome == "grant")
    assert ("dans les deux mois" in text) == (kind == "first")
    assert "recours gracieux" not in text


def test_a_narrower_indication_is_said_beside_the_one_claimed_and_may_be_contested() -> None:
    text = text_of(draw("aap_grant", early(EARLY_GRANT, granted_indication="Formes graves de l’adulte")))
    assert "dans l’indication suivante : Formes graves de l’adulte Cette indication est plus restreinte" in text
    assert "≥ 2 lignes" in text
    assert "ANSM, qui adapte en conséquence le résumé des caractéristiques" in text
    assert "recours gracieux" in text


def test_after_the_ma_the_letters_speak_of_the_listing_and_of_no_opinion_of_ansm() -> None:
    after = early(
        EARLY_GRANT,
        pathway="post_ma",
        ansm_is_asked=False,
        ansm_opinion=None,
        ma_number="EU/1/26/0001",
        ma_on=dt.date(2026, 8, 3),
    )
    text = text_of(draw("aap_grant", after))
    assert "Vu l’autorisation de mise sur le marché n° EU/1/26/0001 du 3 août 2026" in text
    assert "et son engagement de demander l’inscription du médicament au remboursement" in text
    assert "et son engagement" not in text_of(draw("aap_grant", early(after, listing_request=False)))
    assert "l’avis favorable" not in text


UNFAVOURABLE = dataclasses.replace(OPINION, outcome="unfavourable", reasons="Signal hépatique.", smpc="", leaflet="")


def test_a_refusal_after_an_unfavourable_opinion_begins_with_it_and_leaves_the_rest() -> None:
    left = tuple(FindingMatter(one.criterion, "not_examined") for one in FOUND[:-1])
    found = (*left, FindingMatter("efficacy_safety", "not_met", "Au vu de cet avis."))
    text = text_of(draw("aap_refusal", early(EARLY_REFUSAL, ansm_opinion=UNFAVOURABLE, findings=found)))
    assert "Signal hépatique. Cet avis défavorable s’impose" in text
    assert "les critères suivants n’ont pas été examinés" in text
    assert text.index("Signal hépatique.") < text.index("Ce que le collège retient") < text.index("Critères non exam")


def test_a_refusal_on_the_criteria_examines_each() -> None:
    text = text_of(draw("aap_refusal", EARLY_REFUSAL))
    assert text.count("critère rempli") == 4
    assert "n’ont pas été examinés" not in text
    assert "s’impose" not in text


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("first", "une nouvelle demande appuyée sur des éléments nouveaux"),
        ("renewal", "la continuité des traitements en cours est assurée"),
        ("new_data", "n’est pas modifiée par la présente décision"),
    ],
)
def test_a_refusal_says_what_becomes_of_the_authorisation(kind: str, said: str) -> None:
    matter = early(dataclasses.replace(EARLY_REFUSAL, kind=kind), changed_number="AAP-2025-000077")
    assert said in text_of(draw("aap_refusal", matter))


def test_an_opinion_that_keeps_another_indication_says_so() -> None:
    kept = early(ansm_opinion=dataclasses.replace(OPINION, indication="Adultes seulement"))
    text = text_of(draw("aap_ansm_opinion", kept))
    assert "dans l’indication suivante : Adultes seulement Cette indication diffère" in text


def test_an_unfavourable_opinion_settles_no_text() -> None:
    text = text_of(draw("aap_ansm_opinion", early(ansm_opinion=UNFAVOURABLE)))
    assert "Avis défavorable" in text
    assert "Signal hépatique." in text
    assert "Annexe 2" not in text


HOSTILE = "<b>gras</b> & {{ m.reference }} {% now 'Y' %} </div></body>"


@pytest.mark.parametrize(
    ("kind", "matter", "times"),
    [
        ("aap_missing_items", early(missing=(ExchangeMatter(dt.date(2026, 9, 3), None, (HOSTILE,)),)), 1),
        ("aap_ansm_opinion", early(ansm_opinion=dataclasses.replace(OPINION, indication=HOSTILE, reasons=HOSTILE)), 2),
        ("aap_ansm_opinion", early(claimed_indication=HOSTILE), 2),
        ("aap_grant", early(EARLY_GRANT, granted_indication=HOSTILE, comparators=HOSTILE), 2),
        ("aap_refusal", early(EARLY_REFUSAL, findings=(FindingMatter("serious", "not_met", HOSTILE),)), 1),
    ],
)
def test_what_is_typed_shows_as_text(kind: str, matter: LetterMatter, times: int) -> None:
    assert text_of(draw(kind, matter)).count(HOSTILE) == times


# ------------------------------------------------------------------------------------------------- what lacks


@pytest.mark.parametrize(
    ("kind", "matter", "code"),
    [
        ("aap_missing_items", early(missing=()), "items"),
        ("aap_acknowledgement", early(acknowledged_on=None), "acknowledged_on"),
        ("aap_acknowledgement", early(due_on=None), "due_on"),
        ("aap_acknowledgement", early(pathway=""), "pathway"),
        ("aap_acknowledgement", early(claimed_indication=" "), "indication"),
        ("aap_ansm_opinion", early(ansm_opinion=None), "opinion"),
        ("aap_ansm_opinion", early(ansm_opinion=dataclasses.replace(OPINION, reasons="")), "reasons"),
        ("aap_ansm_opinion", early(ansm_opinion=dataclasses.replace(OPINION, smpc="")), "smpc"),
        ("aap_ansm_opinion", early(ansm_opinion=dataclasses.replace(OPINION, signatory="")), "signatory"),
        ("aap_grant", early(EARLY_GRANT, official_number=""), "official_number"),
        ("aap_grant", early(EARLY_GRANT, sat_on=None), "sat_on"),
        ("aap_grant", dataclasses.replace(EARLY_GRANT, title=None), "period"),
        ("aap_refusal", early(EARLY_REFUSAL, findings=()), "findings"),
        ("aap_refusal", early(EARLY_REFUSAL, findings=(FindingMatter("serious", "not_met"),)), "reasons"),
        (
            "aap_refusal",
            early(EARLY_REFUSAL, company=dataclasses.replace(FILED_EARLY.early_access.company, name="")),  # type: ignore[union-attr]
            "company",
        ),
        ("aap_refusal", dataclasses.replace(EARLY_REFUSAL, early_access=None), "early_access"),
    ],
)
def test_what_lacks_is_named(kind: str, matter: LetterMatter, code: str) -> None:
    assert [one.code for one in missing_mentions(kind, matter)] == [f"letter_lacks_{code}"]


# -------------------------------------------------------------------------------------------------- the title's


TITLE_LETTERS: dict[str, tuple[LetterMatter, str]] = {
    "title_suspension": (about_early_title(), "du 23 novembre 2026 au 31 janvier 2027 inclus"),
    "title_reinstatement": (
        about_early_title(act="reinstate", suspended_on=dt.date(2026, 10, 1), **NOT_HEARD),
        "peut de nouveau être dispensé",
    ),
    "title_withdrawal": (
        about_early_title(act="withdraw", until=None, last_day=dt.date(2026, 11, 23)),
        "aucun traitement ne peut plus être débuté",
    ),
    "title_modification": (
        about_early_title(act="modify", until=None, changes="Nouveau conditionnement.", **NOT_HEARD),
        "Nouveau conditionnement.",
    ),
    "title_end": (
        about_early_title(act="cease", until=None, cause="reimbursed", **NOT_HEARD),
        "La continuité des traitements en cours est assurée par le titulaire",
    ),
    "title_lapse": (
        about_early_title(
            act="expire", effective_on=dt.date(2027, 11, 23), until=None, signed_on=None, signatory="", delegation=None
        ),
        "déposez une première demande",
    ),
}


@pytest.mark.parametrize("kind", sorted(TITLE_LETTERS))
def test_a_letter_about_an_early_access_is_of_has_and_to_the_company(kind: str) -> None:
    matter, said = TITLE_LETTERS[kind]
    assert missing_mentions(kind, matter) == ()
    text = text_of(draw(kind, matter))
    assert text.replace("DÉMONSTRATION - document fictif, sans valeur ", "").startswith(HAS_HEAD)
    for one in (said, "autorisation d’accès précoce", "AAP-2026-000123", "Laboratoires Œdipe", "≥ 2 lignes"):
        assert one in text, one
    for one in ("Initiales", "R. 5121-74", "L. 5121-12-1", "accès compassionnel", "prescripteur et la pharmacie à"):
        assert one not in text, one
    if kind != "title_lapse":
        assert "décision n° 2026.0128/DC/SEM du 20 novembre 2026" in text
        assert "Pour le collège de la Haute Autorité de santé" in text


@pytest.mark.parametrize("kind", ["title_suspension", "title_withdrawal"])
def test_a_sanction_cites_its_article_and_says_that_the_company_was_heard(kind: str) -> None:
    text = text_of(draw(kind, TITLE_LETTERS[kind][0]))
    assert "R. 5121-72-1" in text
    assert "le titulaire de l’autorisation a été invité le 2 novembre 2026 à présenter ses observations" in text
    assert "présidence de la Haute Autorité de santé" in text


def test_what_ansm_suspends_in_an_emergency_is_of_ansm() -> None:
    matter = about_early_title(emergency=True, **NOT_HEARD)
    assert matter.title_act is not None
    act = dataclasses.replace(matter.title_act, by="ansm")
    text = text_of(draw("title_suspension", dataclasses.replace(matter, title_act=act)))
    assert text.replace("DÉMONSTRATION - document fictif, sans valeur ", "").startswith(ANSM_HEAD)
    assert "en cas d’urgence, l’Agence nationale de sécurité du médicament" in text
    assert "direction générale de l’Agence" in text
    assert "Pour le collège" not in text


def test_an_end_for_safety_promises_no_continuity() -> None:
    text = text_of(draw("title_end", about_early_title(act="cease", until=None, cause="safety")))
    assert "ne sont pas poursuivis" in text
    assert "continuité" not in text


def test_an_early_access_born_of_silence_is_said_to_be() -> None:
    silent = early(about_early_title(), opening_number="", opened_tacitly=True)
    assert "née le 20 novembre 2026 du silence gardé" in text_of(draw("title_suspension", silent))


def test_the_letters_of_an_aac_keep_the_head_of_ansm() -> None:
    for kind, matter in (("aac_receipt", RECEIPT), ("title_suspension", about_title(by="ansm"))):
        text = text_of(draw(kind, matter)).replace("DÉMONSTRATION - document fictif, sans valeur ", "")
        assert text.startswith(ANSM_HEAD), kind
        assert "Haute Autorité" not in text


# ---------------------------------------------------------------------------------------------------- its data


def data_of(kind: str, matter: LetterMatter) -> dict[str, Any]:
    return letter_data(freeze(kind=kind, number="L-2026-000123", code=CODE, matter=matter))


def test_the_data_give_the_decision_and_no_sentence() -> None:
    data = data_of("aap_grant", early(EARLY_GRANT, granted_indication="Adultes"))
    assert data["establishment"] is None
    assert data["early_access"] == {
        "pathway": "pre_ma",
        "acknowledged_on": "2026-09-11",
        "official_number": "2026.0128/DC/SEM",
        "sat_on": "2026-11-20",
        "changed_number": "",
        "changed_ends_on": None,
        "due_on": None,
        "company": "Laboratoires Œdipe",
        "indication_restricted": True,
        "findings": dict.fromkeys(CRITERIA, "met"),
        "ansm_opinion": {"outcome": "favourable", "given_on": "2026-11-10"},
    }
    assert "Motif retenu" not in str(data)


def test_the_data_of_the_acknowledgement_give_the_last_day_of_the_delay() -> None:
    assert data_of("aap_acknowledgement", FILED_EARLY)["early_access"]["due_on"] == "2026-12-30"


def test_an_order_frozen_before_early_accesses_is_still_drawn() -> None:
    old = freeze(kind="aac_receipt", number="L-2026-000123", code=CODE, matter=RECEIPT)
    del old["matter"]["early_access"]
    assert printed(old)["early"] is None
    assert letter_data(old)["early_access"] is None
    assert letter_data(old)["establishment"]["name"] == "CHU de Saint-Éloi"
