"""Every letter carries the mentions the law wants (domain/aac-cpc.md, 1.9 to 1.11), readable by two PDF readers."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from collections.abc import Callable
from typing import Any

import pytest

from documents.errors import UnknownLetter
from documents.letters.kinds import KINDS
from documents.letters.matter import LetterMatter
from documents.letters.mentions import missing_mentions
from documents.letters.words import CAUSES, REGIMES
from tests.documents.matters import (
    BY_KIND,
    GRANT,
    GRANTED,
    LAPSE,
    NOT_HEARD,
    RECEIPT,
    REFUSAL,
    about_title,
    renewal_of,
)
from tests.documents.pdfs import draw, poppler_text_of, text_of
from tests.documents.test_early_letters import OF_EARLY_LETTERS
from tests.documents.test_framework_letters import SAID as OF_FRAMEWORK_LETTERS
from workflows.registry import TITLE, all_procedures, grants_titles

OF_A_GRANT = (
    "AAC-2026-000123",
    "D-2026-000042",
    "L-2026-000123",
    "AACD-2026-000107",
    "L. 5121-12-1",
    "R. 5121-74 à R. 5121-74-10",
    "DÉCIDE",
    "Dr Hélène Lefèvre",
    "01 23 45 67 89",
    "h.lefevre@chu.example",
    "10003456781",
    "PUI de Saint-Éloi",
    "pui@chu.example",
    "750712184",
    "D. É.",
    "mars 1984",
    "féminin",
    "ŒSOPHALGIDE β-2b",
    "œsophalgide",
    "EAS-7781",
    "solution à diluer pour perfusion",
    "200 µg/mL",
    "≥ 2 lignes",
    "23 novembre 2026",
    "22 novembre 2027",
    "12 mois",
    "PUT-SP œsophalgide, version 3 du 2 mars 2026",
    "https://ansm.example/put/oesophalgide",
    "doit être lu et respecté",
    "R. 5121-36",
    "médicament réservé à l'usage hospitalier",
    "dispensé par la pharmacie à usage intérieur",
    "Surveillance mensuelle de la fonction hépatique.",
    "Fait le 23 novembre 2026",
    "Pour M. Paul Durand, directeur général, et par délégation",
    "DG n° 2026-114 du 1er septembre 2026",
    "Mme Inès Bourgeois",
    "01234-56789-ABCDE-FGHJK",
)
OF_A_REFUSAL = (
    "AACD-2026-000107",
    "L. 5121-12-1",
    "R. 5121-74-2",
    "Un traitement approprié existe.",
    "EU CT 2024-512345-12-00",
    "est refusée",
    "D. É.",
    "recours gracieux",
    "recours contentieux",
    "tribunal administratif",
    "deux mois",
    "Fait le 23 novembre 2026",
    "par délégation",
    "Mme Inès Bourgeois",
)
OF_A_RECEIPT = (
    "Accusé de réception",
    "AACD-2026-000107",
    "D-2026-000042",
    "1er novembre 2026",
    "Dr Jérôme Naïm",
    "ŒSOPHALGIDE β-2b",
    "Ce qui va se passer",
    "L’absence de réponse ne vaut pas autorisation.",
)


OF_A_TITLE_ACT = (
    "AAC-2026-000123",
    "D-2026-000042",
    "AACD-2026-000107",
    "Dr Hélène Lefèvre",
    "PUI de Saint-Éloi",
    "D. É.",
    "ŒSOPHALGIDE β-2b",
    "01234-56789-ABCDE-FGHJK",
)
OF_A_SIGNED_ACT = (
    *OF_A_TITLE_ACT,
    "L. 5121-12-1",
    "DÉCIDE",
    "Fait le 23 novembre 2026",
    "Pour M. Paul Durand, directeur général, et par délégation",
    "DG n° 2026-114 du 1er septembre 2026",
    "Mme Inès Bourgeois",
)
APPEAL = ("recours gracieux", "recours contentieux", "tribunal administratif", "deux mois")
HEARD = ("invités le 2 novembre 2026", "reçues le 12 novembre 2026")
OF_TITLE_LETTERS = {
    "title_suspension": (
        *OF_A_SIGNED_ACT, *APPEAL, *HEARD, "R. 5121-74-8", "trois cas d'hépatite",
        "suspendue du 23 novembre 2026 au 31 janvier 2027 inclus", "ne peut pas être dispensé",
        "dont le dernier jour reste le 22 novembre 2027",
    ),
    "title_withdrawal": (
        *OF_A_SIGNED_ACT, *APPEAL, *HEARD, "R. 5121-74-8", "trois cas d'hépatite",
        "est retirée, pour le médicament", "Son dernier jour de validité est le 23 novembre 2026",
        "prend effet dès sa notification, le 23 novembre 2026", "ne peut plus être dispensé",
    ),
    "title_reinstatement": (
        *OF_A_SIGNED_ACT, "Le signal est écarté.", "décision du 1er octobre 2026", "jusqu’au 31 janvier 2027",
        "est levée à compter du 23 novembre 2026", "peut de nouveau être dispensé",
    ),
    "title_modification": (
        *OF_A_SIGNED_ACT, "Posologie portée à 3 µg/kg.", "modifiée à compter du 23 novembre 2026",
        "fixé au 22 novembre 2027, est avancé au 30 juin 2027 inclus",
    ),
    "title_end": (
        *OF_A_SIGNED_ACT, "R. 5121-74-9", "une autorisation de mise sur le marché couvre désormais l’indication",
        "AMM délivrée le 3 mars.", "mis fin à l’autorisation d’accès compassionnel n° AAC-2026-000123",
    ),
    "title_lapse": (
        *OF_A_TITLE_ACT, "valable du 23 novembre 2026 au 22 novembre 2027 inclus, a pris fin",
        "Depuis le 23 novembre 2027, le médicament ne peut plus être dispensé",
        "déposez aujourd’hui une demande de renouvellement", "ne porte pas de signature",
    ),
}  # fmt: skip


def squeezed(text: str) -> str:
    """Readers cut long words and addresses where the line ends."""
    return re.sub(r"\s", "", text)


@pytest.mark.parametrize("read", [text_of, poppler_text_of])
@pytest.mark.parametrize(
    ("kind", "mentions"),
    [
        ("aac_grant", OF_A_GRANT),
        ("aac_refusal", OF_A_REFUSAL),
        ("aac_receipt", OF_A_RECEIPT),
        *OF_TITLE_LETTERS.items(),
    ],
)
def test_a_letter_carries_its_mandatory_mentions(
    kind: str, mentions: tuple[str, ...], read: Callable[[bytes], str]
) -> None:
    text = squeezed(read(draw(kind, BY_KIND[kind])))
    assert [mention for mention in mentions if squeezed(mention) not in text] == []


def test_a_renewal_cites_the_old_number_and_says_nothing_of_its_end() -> None:
    text = text_of(draw("aac_grant", renewal_of(GRANT)))
    assert "renouvellement d’une autorisation" in text
    assert "Elle fait suite à l’autorisation n° AAC-2025-000077." in text
    assert "remplace" not in text


def test_a_renewal_receipt_says_that_it_prolongs_nothing() -> None:
    assert "ne prolonge pas l’autorisation n° AAC-2025-000077" in text_of(draw("aac_receipt", renewal_of(RECEIPT)))


def test_a_refused_renewal_names_the_title_it_leaves_alone() -> None:
    text = text_of(draw("aac_refusal", renewal_of(REFUSAL)))
    assert "R. 5121-74-4" in text
    assert "L’autorisation n° AAC-2025-000077 n’est pas prolongée" in text


def test_an_automatic_grant_says_so_and_names_no_signatory() -> None:
    decision = dataclasses.replace(GRANTED, automatic=True, signatory="", delegation=None)
    text = text_of(draw("aac_grant", dataclasses.replace(GRANT, decision=decision)))
    assert "Décision prise automatiquement" in text
    assert "par délégation" not in text


def test_a_grant_has_no_appeal_block_and_a_receipt_no_decision() -> None:
    assert "recours gracieux" not in text_of(draw("aac_grant", GRANT))
    assert "DÉCIDE" not in text_of(draw("aac_receipt", RECEIPT))


def test_no_letter_prints_the_weight_or_the_answers() -> None:
    for kind, matter in BY_KIND.items():
        text = text_of(draw(kind, matter))
        assert "58,5" not in text
        assert "canary-of-the-answers" not in text


def test_a_complete_matter_lacks_nothing() -> None:
    assert {kind: missing_mentions(kind, matter) for kind, matter in BY_KIND.items()} == dict.fromkeys(BY_KIND, ())


@pytest.mark.parametrize(
    ("part", "field", "code"),
    [
        ("patient", "initials", "letter_lacks_initials"),
        ("prescriber", "name", "letter_lacks_prescriber"),
        ("medicine", "form", "letter_lacks_form"),
        ("medicine", "strength", "letter_lacks_strength"),
    ],
)
def test_each_missing_mention_is_named(part: str, field: str, code: str) -> None:
    emptied = dataclasses.replace(getattr(GRANT, part), **{field: "  "})
    reasons = missing_mentions("aac_grant", dataclasses.replace(GRANT, **{part: emptied}))
    assert [reason.code for reason in reasons] == [code]


def test_a_grant_needs_its_period_and_a_refusal_its_reasons() -> None:
    without_period = missing_mentions("aac_grant", dataclasses.replace(GRANT, title=None))
    assert [reason.code for reason in without_period] == ["letter_lacks_period"]
    assert REFUSAL.decision is not None
    silent = dataclasses.replace(REFUSAL, decision=dataclasses.replace(REFUSAL.decision, reasons=""))
    assert [reason.code for reason in missing_mentions("aac_refusal", silent)] == ["letter_lacks_reasons"]


def test_a_letter_nobody_wrote_is_refused() -> None:
    with pytest.raises(UnknownLetter):
        missing_mentions("aac_poem", GRANT)


@pytest.mark.parametrize(("kind", "matter"), [("aac_receipt", RECEIPT), ("aac_refusal", REFUSAL)])
def test_a_renewal_letter_stays_true_when_the_old_authorisation_is_over(kind: str, matter: LetterMatter) -> None:
    text = text_of(draw(kind, renewal_of(matter)))
    assert "elle prend fin, ou a pris fin, au plus tard à la date qu’elle indique" in text


@pytest.mark.parametrize("phone", ["", "01 23 45 67 89 00"])
def test_an_urgent_receipt_gives_the_on_call_number_when_there_is_one(phone: str, settings: Any) -> None:
    settings.ANSM_ON_CALL_PHONE = phone
    text = text_of(draw("aac_receipt", dataclasses.replace(RECEIPT, urgent=True)))
    assert ("astreinte" in text) == bool(phone)
    assert phone in text


# ------------------------------------------------------------------------------------- letters of a title's acts


def test_every_letter_has_its_mentions_here() -> None:
    early = {code for code in KINDS if code.startswith("aap_")}
    framed = {code for code in KINDS if code.startswith("cpc_")}
    # What these print is read in test_advice_letters and in tests/dossiers/exemption/test_letters.
    elsewhere = {code for code in KINDS if code.startswith(("advice_", "device_exemption_"))}
    here = {"aac_grant", "aac_refusal", "aac_receipt", *early, *framed, *OF_TITLE_LETTERS}
    assert set(BY_KIND) == set(KINDS) == here | elsewhere
    assert early == set(OF_EARLY_LETTERS)
    assert framed == set(OF_FRAMEWORK_LETTERS)


def test_every_procedure_has_its_words_and_every_cause_its_sentence() -> None:
    assert set(REGIMES) >= {one.code for one in all_procedures() if grants_titles(one.code)}
    (cause,) = [field for field in TITLE.transition("cease").payload if field.name == "cause"]
    assert set(CAUSES) == {code for code, _label in cause.choices}


def test_an_emergency_is_stated_and_nobody_is_said_to_have_been_heard() -> None:
    text = text_of(draw("title_withdrawal", about_title(act="withdraw", until=None, emergency=True, **NOT_HEARD)))
    assert "l’urgence ne permettait pas d’attendre les observations" in text
    assert "ont été invités" not in text


def test_a_holder_who_did_not_answer_is_said_not_to_have() -> None:
    text = text_of(draw("title_suspension", about_title(answered_on=None)))
    assert "au plus tard le 17 novembre 2026, et n’en ont pas présenté" in text
    assert "reçues le" not in text


def test_an_invitation_by_post_claims_nothing_about_the_answer() -> None:
    text = text_of(draw("title_suspension", about_title(answered_on=None, comments_until=None)))
    assert "invités le 2 novembre 2026 à présenter leurs observations ;" in text
    assert "n’en ont pas présenté" not in text


def test_a_change_that_leaves_the_last_day_says_so() -> None:
    kept = about_title(act="modify", until=None, changes="Dose réduite.", **NOT_HEARD)
    assert "ne change pas : il reste fixé au 22 novembre 2027 inclus" in text_of(draw("title_modification", kept))


def test_a_lapse_before_a_renewal_that_is_granted_says_from_when() -> None:
    assert LAPSE.title_act is not None
    granted = dataclasses.replace(LAPSE.title_act, renewed_from=dt.date(2027, 12, 1))
    text = text_of(draw("title_lapse", dataclasses.replace(LAPSE, title_act=granted)))
    assert "accordé à compter du 1er décembre 2027" in text
    assert "déposez" not in text
    assert "sans qu’un renouvellement" not in text


def test_a_lapse_with_a_renewal_under_examination_does_not_ask_for_one() -> None:
    assert LAPSE.title_act is not None
    pending = dataclasses.replace(LAPSE, title_act=dataclasses.replace(LAPSE.title_act, renewal_pending=True))
    text = text_of(draw("title_lapse", pending))
    assert "Elle ne prolonge pas l’autorisation" in text
    assert "déposez aujourd’hui" not in text


def test_what_the_holder_may_contest_gives_the_routes_of_appeal() -> None:
    kept = about_title(act="modify", until=None, changes="Dose réduite.", **NOT_HEARD)
    contested = {"title_suspension", "title_withdrawal", "title_end", "title_modification"}
    for kind in OF_TITLE_LETTERS:
        assert ("recours gracieux" in text_of(draw(kind, BY_KIND[kind]))) == (kind in contested), kind
    assert "recours gracieux" not in text_of(draw("title_modification", kept))


def test_what_is_withdrawn_before_its_first_day_never_had_force() -> None:
    text = text_of(draw("title_withdrawal", about_title(act="withdraw", until=None, never_begun=True)))
    assert "Cette autorisation n’a pas pris effet" in text
    assert "dernier jour de validité" not in text


def test_an_end_for_safety_says_whether_the_holder_was_heard() -> None:
    heard = about_title(act="cease", until=None, cause="safety")
    assert "ont été invités le 2 novembre 2026" in text_of(draw("title_end", heard))


@pytest.mark.parametrize(
    ("kind", "change", "code"),
    [
        ("title_suspension", {"reasons": " "}, "letter_lacks_reasons"),
        ("title_suspension", {"until": None}, "letter_lacks_until"),
        ("title_suspension", {"signatory": ""}, "letter_lacks_signatory"),
        ("title_withdrawal", {"reasons": ""}, "letter_lacks_reasons"),
        ("title_modification", {"changes": ""}, "letter_lacks_changes"),
        ("title_end", {"reasons": ""}, "letter_lacks_reasons"),
        ("title_reinstatement", {"signatory": ""}, "letter_lacks_signatory"),
    ],
)
def test_a_title_letter_without_a_mention_is_not_ordered(kind: str, change: dict[str, Any], code: str) -> None:
    act = BY_KIND[kind].title_act
    assert act is not None
    lacking = dataclasses.replace(BY_KIND[kind], title_act=dataclasses.replace(act, **change))
    assert [reason.code for reason in missing_mentions(kind, lacking)] == [code]


def test_a_missing_address_keeps_no_title_alive() -> None:
    bare = dataclasses.replace(
        LAPSE,
        prescriber=dataclasses.replace(LAPSE.prescriber, name=""),
        establishment=dataclasses.replace(LAPSE.establishment, name=""),
    )
    assert missing_mentions("title_lapse", bare) == ()
    assert [one.code for one in missing_mentions("title_lapse", dataclasses.replace(LAPSE, title=None))] == [
        "letter_lacks_title"
    ]
