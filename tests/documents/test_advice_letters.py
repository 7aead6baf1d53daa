"""Letters of the Innovation and Referral Service: what they print, what they must not lack, what is typed in them."""

from __future__ import annotations

import dataclasses
from typing import Final

import pytest

from documents.letters import words
from documents.letters.advice import AnsweredMatter
from documents.letters.data import as_json
from documents.letters.kinds import KINDS
from documents.letters.matter import LetterMatter
from documents.letters.mentions import missing_mentions
from tests.documents.matters import OPINION
from tests.documents.matters import advised as matter
from tests.documents.pdfs import draw, one_line, poppler_text_of, text_of
from workflows import advice_guards

HOSTILE: Final = "<script>alert('x')</script> & {{ 7*7 }}"
EXPECTED: Final = {
    "advice_receipt": (
        "Accusé de réception",
        "Est-ce un dispositif médical ?",
        "De quelle classe ?",
        "Ce service est gratuit",
        "Aucun texte ne fixe de délai de réponse",
    ),
    "advice_orientation": ("Note d’orientation", "la Haute Autorité de santé (HAS)", "Adressez-vous à la HAS."),
    "advice_ineligible": ("Demande non éligible", "Adressez-vous à la HAS.", "aucune appréciation sur votre projet"),
    "advice_opinion": (
        "REND L’AVIS SUIVANT",
        "le produit est un dispositif médical, de classe IIa.",
        "Question 1 Est-ce un dispositif médical ? Position du demandeur Oui : sa finalité est médicale. "
        "Réponse de l’Agence Oui, sans réserve.",
        "Question 2 De quelle classe ? Réponse de l’Agence De classe IIa.",
        "Mme Inès Bourgeois",
        "Pour M. Paul Durand, directeur général, et par délégation",
        "ne vaut pas autorisation",
    ),
    "advice_minutes": (
        "Compte rendu de réunion",
        "réunion du 3 novembre 2026",
        "Question 1. L'Agence en convient.",
        "Pour l’Agence Olivier Orvault, le 5 novembre 2026",
        "Pour le demandeur Yaël Yvetot, le 9 novembre 2026",
        "ab" * 32,
    ),
}


def test_every_letter_of_the_service_is_here() -> None:
    assert set(EXPECTED) == {code for code, kind in KINDS.items() if kind.procedure == "advice"}


@pytest.mark.parametrize("kind", sorted(EXPECTED))
def test_a_letter_says_what_it_must(kind: str) -> None:
    found = matter(OPINION if kind == "advice_opinion" else None)
    pdf = draw(kind, found)
    text, seen = text_of(pdf), poppler_text_of(pdf)
    for said in EXPECTED[kind]:
        assert said in text, said
    for said in ("Guichet Innovation et Orientation", "Projet académique Lucioles", "ADVICE-E-2026-000004"):
        assert said in text
        assert said in seen
    assert "patient" not in text.lower().replace("patients", "")
    assert "recours" not in text
    assert "canary" not in text


def test_an_opinion_without_qualification_says_none() -> None:
    text = text_of(draw("advice_opinion", matter(OPINION, position="", device_class="")))
    assert "le produit est" not in text


def test_a_receipt_tells_of_the_meeting_asked_for() -> None:
    assert "Une réunion vous est proposée" in text_of(draw("advice_receipt", matter(wants_a_meeting=True)))
    assert "Une réponse écrite vous est adressée" in text_of(draw("advice_receipt", matter()))


@pytest.mark.parametrize(
    ("kind", "found"),
    [
        ("advice_receipt", matter(questions=(AnsweredMatter(HOSTILE),))),
        ("advice_orientation", matter(reply=HOSTILE)),
        ("advice_orientation", matter(redirected_to="other", body_name=HOSTILE)),
        ("advice_ineligible", matter(reply=HOSTILE)),
        ("advice_opinion", matter(OPINION, questions=(AnsweredMatter("?", HOSTILE, "Oui."),))),
        ("advice_opinion", matter(OPINION, questions=(AnsweredMatter("?", "", HOSTILE),))),
        ("advice_minutes", matter(minutes=HOSTILE)),
        ("advice_minutes", matter(participants=HOSTILE)),
    ],
)
def test_what_is_typed_shows_as_text(kind: str, found: LetterMatter) -> None:
    assert one_line(HOSTILE) in text_of(draw(kind, found))


@pytest.mark.parametrize(
    ("kind", "found", "lacking"),
    [
        ("advice_receipt", dataclasses.replace(matter(), filing_number=""), "filing_number"),
        ("advice_receipt", dataclasses.replace(matter(), advice=None), "advice"),
        ("advice_orientation", matter(reply=" "), "reply"),
        ("advice_orientation", matter(redirected_to="other", body_name=""), "body"),
        ("advice_ineligible", matter(reply=""), "reply"),
        ("advice_opinion", matter(OPINION, questions=(AnsweredMatter("?", "Oui", ""),)), "answers"),
        ("advice_opinion", matter(dataclasses.replace(OPINION, reasons="")), "reasons"),
        ("advice_opinion", matter(dataclasses.replace(OPINION, signatory="")), "signatory"),
        ("advice_minutes", matter(minutes=""), "minutes"),
    ],
)
def test_a_letter_that_lacks_a_mention_does_not_leave(kind: str, found: LetterMatter, lacking: str) -> None:
    assert [reason.field for reason in missing_mentions(kind, found)] == [lacking]


def test_nothing_lacks_in_a_whole_letter() -> None:
    for kind in EXPECTED:
        assert missing_mentions(kind, matter(OPINION)) == ()


def test_the_words_of_the_letters_know_every_code() -> None:
    assert set(words.POSITIONS) == {code for code, _label in advice_guards.POSITIONS}
    assert set(words.BODIES) | {"other"} == {code for code, _label in advice_guards.BODIES}
    assert set(words.SIDES) == {code for code, _label in advice_guards.SIDES}


def test_the_attached_data_hold_no_sentence() -> None:
    from documents.letters.context import freeze

    frozen = freeze(kind="advice_opinion", number="L-1", code="0123456789ABCDEFGHJK", matter=matter(OPINION))
    data = as_json(frozen).decode()
    for sentence in ("Oui, sans réserve", "sa finalité", "L'Agence en convient", "Repérer les crises"):
        assert sentence not in data
