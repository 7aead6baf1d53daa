"""The mentions a letter must carry by law: asked before it is ordered, so that none goes out without them."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_lazy as _

from documents.letters.early_access import EarlyAccessMatter
from documents.letters.kinds import LetterKind, kind_of
from documents.letters.matter import LetterMatter
from workflows.types import Reason, Text

Mention = tuple[str, object, Text]
"""(code, what the letter would say, its name for whoever must fill it in)."""


def missing_mentions(kind: str, matter: LetterMatter) -> tuple[Reason, ...]:
    """What is missing for a letter of that kind, empty when it can go out. A grant: R.5121-74-3 CSP; a suspension or a
    withdrawal: R.5121-74-8; an early access: L.5121-12 and R.5121-69-2."""
    letter = kind_of(kind)
    if letter.on_title:
        wanted = _mentions_of_an_act(matter, letter)
    elif letter.procedure == "aap":
        wanted = _mentions_of_an_early_access(matter, letter)
    elif letter.procedure == "cpc":
        wanted = mentions_of_a_framework(matter, letter)
    elif letter.procedure == "device_exemption":
        wanted = _mentions_of_an_exemption(matter, letter)
    elif letter.procedure == "advice":
        wanted = _mentions_of_advice(matter, letter)
    else:
        wanted = _mentions_of_a_request(matter, letter)
    return tuple(
        Reason(f"letter_lacks_{code}", _("The letter lacks %(what)s.") % {"what": label}, code)
        for code, value, label in wanted
        if not (value.strip() if isinstance(value, str) else value)
    )


SIGNATORY: Final = _("the name of the signatory")
COMPANY: Final = _("the name of the company")


def _mentions_of_a_request(matter: LetterMatter, letter: LetterKind) -> list[Mention]:
    wanted: list[Mention] = [
        ("reference", matter.reference, _("the reference of the dossier")),
        ("filing_number", matter.filing_number, _("the number of the request")),
        *_mentions_of_the_holder(matter),
        ("initials", matter.patient.initials, _("the initials of the patient")),
        _medicine(matter),
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
        wanted += [*_mentions_of_the_holder(matter), ("signatory", act and act.signatory, SIGNATORY)]
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


def _medicine(matter: LetterMatter) -> Mention:
    medicine = matter.medicine
    label = _("the name, the substance or the code name of the medicine")
    return "medicine", medicine.name or medicine.inn or medicine.code_name, label


def _mentions_of_the_holder(matter: LetterMatter) -> list[Mention]:
    """Who receives the letter: a doctor in a hospital, or a company."""
    if matter.early_access is not None:
        return [("company", matter.early_access.company.name, COMPANY)]
    if matter.framework is not None:
        return [("company", matter.framework.companies, COMPANY)]
    if matter.exemption is not None:
        return [("company", matter.exemption.company.name, COMPANY)]
    return [
        ("prescriber", matter.prescriber.name, _("the name of the prescriber")),
        ("establishment", matter.establishment.name, _("the name of the establishment")),
    ]


def _mentions_of_an_early_access(matter: LetterMatter, letter: LetterKind) -> list[Mention]:
    early = matter.early_access
    wanted: list[Mention] = [
        ("reference", matter.reference, _("the reference of the dossier")),
        ("filing_number", matter.filing_number, _("the number of the request")),
        _medicine(matter),
        ("early_access", early, _("what is asked")),
    ]
    if early is None:
        return wanted
    wanted += [
        ("company", early.company.name, COMPANY),
        ("pathway", early.pathway, _("the pathway, before or after the marketing authorisation")),
        ("indication", early.claimed_indication, _("the indication claimed")),
    ]
    match letter.code:
        case "aap_missing_items":
            asked = early.missing[-1].items if early.missing else ()
            return [*wanted, ("items", asked, _("the items that are missing"))]
        case "aap_acknowledgement":
            return [
                *wanted,
                ("acknowledged_on", early.acknowledged_on, _("the day of the acknowledgement")),
                ("due_on", early.due_on, _("the last day of the delay")),
            ]
        case "aap_ansm_opinion":
            return wanted + _mentions_of_an_opinion(matter, early)
        case _:
            return wanted + _mentions_of_the_college(matter, early, letter)


def _mentions_of_advice(matter: LetterMatter, letter: LetterKind) -> list[Mention]:
    said, decision = matter.advice, matter.decision
    wanted: list[Mention] = [
        ("reference", matter.reference, _("the reference of the dossier")),
        ("filing_number", matter.filing_number, _("the number of the request")),
        ("advice", said, _("what is asked")),
    ]
    if said is None:
        return wanted
    wanted.append(("applicant", said.applicant.name, _("the name of the applicant")))
    match letter.code:
        case "advice_orientation":
            body = said.body_name if said.redirected_to == "other" else said.redirected_to
            return [*wanted, ("body", body, _("the body to turn to")), ("reply", said.reply, _("the orientation note"))]
        case "advice_ineligible":
            return [*wanted, ("reply", said.reply, _("the reasons"))]
        case "advice_minutes":
            return [*wanted, ("minutes", said.minutes, _("the text of the minutes"))]
        case "advice_opinion":
            return [
                *wanted,
                ("answers", all(one.answer for one in said.questions), _("the answer to a question")),
                ("reasons", decision and decision.reasons, _("the conclusion")),
                ("signatory", decision and decision.signatory, SIGNATORY),
            ]
    return wanted


def _mentions_of_an_opinion(matter: LetterMatter, early: EarlyAccessMatter) -> list[Mention]:
    """Its name, form and strength, its reasons, and when it is favourable the texts that it settles (R.5121-69)."""
    opinion = early.ansm_opinion
    wanted: list[Mention] = [
        ("form", matter.medicine.form, _("the pharmaceutical form")),
        ("strength", matter.medicine.strength, _("the strength")),
        ("opinion", opinion, _("the opinion")),
    ]
    if opinion is None:
        return wanted
    wanted += [("reasons", opinion.reasons, _("the reasons")), ("signatory", opinion.signatory, SIGNATORY)]
    if opinion.outcome == "favourable":
        wanted += [
            ("smpc", opinion.smpc, _("the version of the summary of product characteristics")),
            ("leaflet", opinion.leaflet, _("the version of the leaflet")),
            ("label", opinion.label, _("the version of the label")),
        ]
    return wanted


def _mentions_of_the_college(matter: LetterMatter, early: EarlyAccessMatter, letter: LetterKind) -> list[Mention]:
    decision = matter.decision
    judged = [one for one in early.findings if one.finding != "not_examined"]
    silent = next((one for one in judged if not one.reasons.strip()), None)
    wanted: list[Mention] = [
        ("decision", decision, _("the decision")),
        ("official_number", early.official_number, _("the number of the decision")),
        ("sat_on", early.sat_on, _("the day of the sitting")),
        ("signatory", decision and decision.signatory, SIGNATORY),
        ("findings", judged, _("what the College found of the criteria")),
        ("reasons", silent is None, _("the reasons of a finding")),
    ]
    if letter.grants:
        wanted += [
            ("form", matter.medicine.form, _("the pharmaceutical form")),
            ("strength", matter.medicine.strength, _("the strength")),
            ("period", matter.title, _("the period of the authorisation")),
        ]
    return wanted


def mentions_of_a_framework(matter: LetterMatter, letter: LetterKind) -> list[Mention]:
    """R.5121-76-5: indication, posology and route, adverse effects, validity, reasons."""
    said, decision = matter.framework, matter.decision
    wanted: list[Mention] = [
        ("reference", matter.reference, _("the reference of the dossier")),
        ("filing_number", matter.filing_number, _("the number of the request")),
        ("medicine", said and any(said.medicines), _("the name, the substance or the code name of the medicine")),
        ("framework", said, _("what is asked")),
    ]
    if said is None:
        return wanted
    wanted.append(("indication", said.indication, _("the indication of the framework")))
    if letter.code == "cpc_inadmissible":
        return [*wanted, ("reasons", said.reasons, _("the reasons"))]
    if not letter.decides:
        asked = said.calls[-1].asked if said.calls else ""
        return [
            *wanted,
            ("company", said.companies, _("the name of the company")),
            ("asked", asked, _("what is asked")),
        ]
    wanted += [
        ("decision", decision, _("the decision")),
        ("signatory", decision and decision.signatory, SIGNATORY),
        ("reasons", decision and decision.reasons, _("the reasons")),
    ]
    if letter.grants:
        wanted += [
            ("company", said.companies, _("the name of the company")),
            ("posology", said.posology, _("the posology and the route")),
            ("adverse_effects", said.adverse_effects, _("the adverse effects")),
            ("period", matter.title, _("the period of the authorisation")),
        ]
    return wanted


def _mentions_of_an_exemption(matter: LetterMatter, letter: LetterKind) -> list[Mention]:
    """A decision names the device, its maker, where, how much, for how long, and its reasons (MDR art. 59)."""
    said, decision = matter.exemption, matter.decision
    wanted: list[Mention] = [
        ("reference", matter.reference, _("the reference of the dossier")),
        ("filing_number", matter.filing_number, _("the number of the request")),
        ("exemption", said, _("what is asked")),
    ]
    if said is None:
        return wanted
    wanted += [
        ("company", said.company.name, COMPANY),
        ("device", said.name, _("the name of the device")),
        ("manufacturer", said.manufacturer, _("the name of the manufacturer")),
    ]
    match letter.code:
        case "device_exemption_completion":
            asked = said.asked.items if said.asked else ()
            return [*wanted, ("items", asked, _("the pieces that are missing"))]
        case "device_exemption_inadmissible":
            return [
                *wanted,
                ("ground", said.ground, _("why the request is inadmissible")),
                ("reasons", said.ground_reasons, _("the reasons")),
                ("signatory", said.signatory, SIGNATORY),
            ]
    if letter.decides:
        reasons = decision.reasons if decision else ""
        wanted += [("decision", decision, _("the decision")), ("reasons", reasons, _("the reasons"))]
    if letter.grants:
        wanted += [
            ("sites", said.sites, _("the sites")),
            ("quantity", said.quantity, _("the quantity")),
            ("period", matter.title, _("the period of the authorisation")),
        ]
    return wanted
