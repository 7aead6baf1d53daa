"""The letters of a prescription framework carry what the law wants (domain/aac-cpc.md, sections 2.3 and 2.4)."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest

from documents.letters.mentions import missing_mentions
from tests.documents.matters import (
    BY_KIND,
    CALLS,
    ESTABLISHED,
    EXPLOITERS,
    FRAMEWORK_PERIOD,
    NOT_ESTABLISHED,
    REPORTED,
    SIGNED_ACT,
    framed,
)
from tests.documents.pdfs import draw, poppler_text_of, text_of

HEAD = "Agence nationale de sécurité du médicament et des produits de santé"
OF_ALL = (HEAD, "CPC-D-2026-000042", "CPC-E-2026-000107", "ŒSOPHALGIDE", "≥ 2 lignes")
TO_COMPANIES = (*OF_ALL, "Laboratoires Œdipe", "1 quai des Inventions", "Génériques Ulysse")
MENTION = (
    "« Prescription au titre d’un accès compassionnel en dehors du cadre d’une autorisation de mise sur le marché »"
)
VISAS = (
    "le III de l’article L. 5121-12-1, l’article L. 5121-14-3 et les articles R. 5121-76-1 à R. 5121-76-11",
    "présenté par Centre de référence de l'Œsophage, reçu le 2 février 2026",
    "la lettre d’intention du 25 février 2026 adressée à Laboratoires Œdipe et Génériques Ulysse",
    "Laboratoires Œdipe le 11 mars 2026",
    "les projets soumis à observations le 20 avril 2026, et les observations de Génériques Ulysse le 26 avril 2026",
    "DG n° 2026-114",
)
SAID = {
    "cpc_intention": (*TO_COMPANIES, "Lettre d’intention", "Besoin rapporté", "Données dans l'indication.", "11 avril"),
    "cpc_inadmissible": (*OF_ALL, "Centre de référence de l'Œsophage", "n’est pas recevable", "deux mois"),
    "cpc_put_request": (*TO_COMPANIES, "Suivi semestriel de la réponse.", "au plus tard le 5 mai 2026"),
    "cpc_contradictory": (*TO_COMPANIES, "jusqu’au 4 mai 2026", "trois ans, chez l'adulte", "Visite à un mois ajoutée"),
    "cpc_grant": (
        *TO_COMPANIES,
        *VISAS,
        MENTION,
        "Bénéfice présumé supérieur au risque.",
        "2 µg/kg toutes les 4 semaines, par voie intraveineuse",
        "Hépatite : surveillance mensuelle.",
        "Prescription hospitalière",
        "CRPV de Montpellier",
        "tous les 12 mois",
        "24 novembre 2026",
        "23 novembre 2029",
        "36 mois",
        "lendemain de sa publication",
        "DÉCIDE",
        "Mme Inès Bourgeois",
        "CPC-2026-000123",
    ),
    "cpc_refusal": (
        *OF_ALL,
        *VISAS,
        "Données insuffisantes.",
        "liste des cadres de prescription compassionnelle non établis",
        "Voies et délais de recours",
    ),
}


@pytest.mark.parametrize("kind", sorted(SAID))
def test_each_letter_says_what_it_must_in_both_readers(kind: str) -> None:
    pdf = draw(kind, BY_KIND[kind])
    texts = {reader: reader(pdf).replace(" ", "") for reader in (text_of, poppler_text_of)}
    for words in SAID[kind]:
        assert words.replace(" ", "") in texts[text_of], words
        # In its columns, poppler cuts the name of the Agency by the numbers that stand beside.
        assert words == HEAD or words.replace(" ", "") in texts[poppler_text_of], words


def test_a_renewal_says_what_it_renews_and_a_waiver_asks_for_no_report() -> None:
    waived = (dataclasses.replace(CALLS[2], protocol="", waiver="Recul important."),)
    matter = framed(ESTABLISHED, renewed_number="CPC-2023-000007", waived=True, report_months=None, calls=waived)
    text = text_of(draw("cpc_grant", matter))
    assert "renouvellement du cadre de prescription compassionnelle" in text
    assert "n° CPC-2023-000007 est renouvelé" in text
    assert "Il n’est pas imposé de suivi des patients" in text
    assert "Aucun rapport périodique" in text
    assert "restée sans proposition" not in text
    assert "Recul important." in text_of(draw("cpc_contradictory", framed(calls=waived)))


def test_ansm_acting_by_itself_quotes_no_report() -> None:
    own = framed(NOT_ESTABLISHED, reporter=None)
    text = text_of(draw("cpc_refusal", own))
    assert "Vu le signalement" not in text
    assert "liste des cadres" not in text
    assert "Un signalement" not in text_of(draw("cpc_intention", framed(reporter=None, calls=CALLS[:1])))


def test_what_changes_a_framework_is_told_of_its_medicines_and_of_no_patient() -> None:
    act = dataclasses.replace(SIGNED_ACT, act="modify", changes="Étendu aux enfants de 6 ans et plus.", until=None)
    matter = dataclasses.replace(REPORTED, title=FRAMEWORK_PERIOD, title_act=act)
    text = text_of(draw("title_modification", matter))
    assert "Étendu aux enfants de 6 ans et plus." in text
    assert "cadre de prescription compassionnelle n° CPC-2026-000123" in text
    assert "Patient" not in text
    assert "reste fixé au 23 novembre 2029" in text


@pytest.mark.parametrize(
    ("kind", "changes", "lacks"),
    [
        ("cpc_intention", {"calls": ()}, "letter_lacks_asked"),
        ("cpc_intention", {"companies": ()}, "letter_lacks_company"),
        ("cpc_inadmissible", {"reasons": " "}, "letter_lacks_reasons"),
        ("cpc_grant", {"posology": ""}, "letter_lacks_posology"),
        ("cpc_grant", {"adverse_effects": ""}, "letter_lacks_adverse_effects"),
        ("cpc_grant", {"indication": ""}, "letter_lacks_indication"),
    ],
)
def test_a_letter_without_a_mandatory_mention_is_not_ordered(kind: str, changes: dict, lacks: str) -> None:
    assert missing_mentions(kind, BY_KIND[kind]) == ()
    assert lacks in {one.code for one in missing_mentions(kind, framed(BY_KIND[kind], **changes))}


def test_the_companies_are_all_addressed() -> None:
    text = text_of(draw("cpc_intention", BY_KIND["cpc_intention"]))
    assert all(one.name in text for one in EXPLOITERS)
    assert dt.date(2026, 4, 11) == CALLS[0].reply_by
