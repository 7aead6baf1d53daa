"""The mentions a letter must carry by law: asked before it is ordered, so that none goes out without them."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from documents.letters.kinds import LetterKind, kind_of
from documents.letters.matter import LetterMatter
from workflows.types import Reason, Text

Mention = tuple[str, object, Text]
"""(code, what the letter would say, its name for whoever must fill it in)."""


def missing_mentions(kind: str, matter: LetterMatter) -> tuple[Reason, ...]:
    """What is missing for a letter of that kind, empty when it can go out. A grant: R.5121-74-3 CSP; a suspension or a
    withdrawal: R.5121-74-8."""
    letter = kind_of(kind)
    wanted = _mentions_of_an_act(matter, letter) if letter.on_title else _mentions_of_a_request(matter, letter)
    return tuple(
        Reason(f"letter_lacks_{code}", _("The letter lacks %(what)s.") % {"what": label}, code)
        for code, value, label in wanted
        if not (value.strip() if isinstance(value, str) else value)
    )


def _mentions_of_a_request(matter: LetterMatter, letter: LetterKind) -> list[Mention]:
    wanted: list[Mention] = [
        ("reference", matter.reference, _("the reference of the dossier")),
        ("filing_number", matter.filing_number, _("the number of the request")),
        ("prescriber", matter.prescriber.name, _("the name of the prescriber")),
        ("establishment", matter.establishment.name, _("the name of the establishment")),
        ("initials", matter.patient.initials, _("the initials of the patient")),
        (
            "medicine",
            matter.medicine.name or matter.medicine.inn or matter.medicine.code_name,
            _("the name, the substance or the code name of the medicine"),
        ),
    ]
    if letter.decides:
        wanted.append(("decision", matter.decision, _("the decision")))
    if letter.decides and not letter.grants:
        wanted.append(("reasons", matter.decision and matter.decision.reasons, _("the reasons of the refusal")))
    if letter.grants:
        wanted += _mentions_of_a_grant(matter)
    return wanted


def _mentions_of_an_act(matter: LetterMatter, letter: LetterKind) -> list[Mention]:
    """The notice that nobody signs asks for little: a missing address must not keep a title alive past its last day."""
    title, act = matter.title, matter.title_act
    wanted: list[Mention] = [
        ("reference", matter.reference, _("the reference of the dossier")),
        ("title", title and title.number, _("the number of the authorisation")),
        ("act", act, _("what was done and when")),
    ]
    if letter.signed:
        wanted += [
            ("prescriber", matter.prescriber.name, _("the name of the prescriber")),
            ("establishment", matter.establishment.name, _("the name of the establishment")),
            ("signatory", act and act.signatory, _("the name of the signatory")),
        ]
    if letter.reasoned:
        wanted.append(("reasons", act and act.reasons, _("the reasons")))
    if letter.code == "title_suspension":
        wanted.append(("until", act and act.until, _("the last day of the suspension")))
    if letter.code == "title_modification":
        wanted.append(("changes", act and act.changes, _("what changes")))
    return wanted


def _mentions_of_a_grant(matter: LetterMatter) -> list[Mention]:
    prescriber, pharmacy, address = matter.prescriber, matter.pharmacy, matter.establishment.address
    return [
        ("prescriber_contact", prescriber.phone or prescriber.email or address, _("a way to reach the prescriber")),
        ("pharmacy", pharmacy.name or matter.establishment.name, _("the name of the hospital pharmacy")),
        (
            "pharmacy_contact",
            pharmacy.phone or pharmacy.email or pharmacy.address or address,
            _("a way to reach the hospital pharmacy"),
        ),
        ("form", matter.medicine.form, _("the pharmaceutical form")),
        ("strength", matter.medicine.strength, _("the strength")),
        ("period", matter.title, _("the period of the authorisation")),
    ]
