"""What is asked and by whom (CSP R.5121-68, II, 1°)."""

from __future__ import annotations

from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from dossiers.forms.aap.pathway import (
    FIRST,
    MA_OBTAINED,
    PATHWAYS,
    POST_MA,
    PRE_MA,
    past_day,
    refuse_future,
    without_superseded,
)
from dossiers.forms.base import SectionForm
from dossiers.forms.fields import choice, date, describe, line, text
from workflows.types import Text

HOLDER: Final = "holder"
MANDATARY: Final = "mandatary"
EMAIL: Final = r"[A-Za-z0-9._%+\-]+@[A-Za-z0-9.\-]+\.[A-Za-z]{2,}"
PHONE: Final = r"^\+?[0-9](?:[ .\-]?[0-9]){3,12}$"


class RequestForm(SectionForm):
    key = "request"
    title = _("Reason for the request")
    law = "CSP L.5121-12, II"
    intro = _("One request is about one indication. The pathway decides what is asked next.")

    pathway = choice(
        _("Which pathway?"),
        PATHWAYS,
        hint=_("Before the MA, ANSM gives a binding opinion; after it, HAS decides alone."),
        example=PRE_MA,
    )
    change_summary = text(
        _("What has changed since the last decision"),
        hint=_(
            "A few lines for those who know the file. Example: final results of the phase 3 trial; no new "
            "comparator; protocol unchanged."
        ),
        max_length=2_000,
        example="Résultats finaux de l'essai de phase 3 ; aucun nouveau comparateur ; protocole inchangé.",
    )
    meeting_on = date(
        _("Date of the pre-filing meeting"),
        hint=_("Only if HAS and ANSM met you about this request."),
        required=False,
        example="2026-01-20",
    )

    def build(self) -> None:
        past_day(self, "meeting_on", days=60)
        if self.context.kind == FIRST:
            del self.fields["change_summary"]
        if self.context.kind == MA_OBTAINED:
            pathway: Any = self.fields["pathway"]
            pathway.choices = [pair for pair in PATHWAYS if pair[0] == POST_MA]
            pathway.example = POST_MA
            pathway.help_text = _("The MA is obtained: the access goes on after the MA.")

    def clean(self) -> dict[str, Any]:
        answers = super().clean() or {}
        refuse_future(self, ("meeting_on",))
        return answers


def _email(label: Text, example: str) -> forms.CharField:
    field = line(label, max_length=150, example=example, inputmode="email")
    field.validators.append(
        RegexValidator(
            rf"\A{EMAIL}\Z", _("Give an e-mail address, such as acces.precoce@company.example."), code="email"
        )
    )
    return describe(field, pattern=f"^{EMAIL}$")


def _phone(label: Text, hint: Text, example: str) -> forms.CharField:
    return describe(line(label, hint=hint, max_length=30, example=example, inputmode="tel"), pattern=PHONE)


class ContactsForm(SectionForm):
    key = "contacts"
    title = _("Applicant and contacts")
    law = "CSP R.5121-68, II, 1°"
    intro = _("Who holds the rights, and whom HAS and ANSM call. Professional contact details only.")
    rules = (
        {
            "if": {"properties": {"capacity": {"const": MANDATARY}}, "required": ["capacity"]},
            "then": {"required": ["principal"], "properties": {"principal": {"pattern": "\\S"}}},
        },
    )

    capacity = choice(
        _("The applicant is"),
        ((HOLDER, _("the holder of the exploitation rights")), (MANDATARY, _("a representative of the holder"))),
        example=HOLDER,
    )
    principal = text(
        _("Name and address of the holder represented"),
        hint=_("Attach the mandate to the documents."),
        required=False,
        max_length=500,
        rows=3,
        example="Exemple Pharma Ltd, 1 Invented Street, Dublin, Irlande",
    )
    holder_name = line(
        _("Name of the company"), hint=_("As printed in the decision."), max_length=200, example="Exemple Pharma"
    )
    holder_address = text(
        _("Address of the company"), max_length=500, rows=3, example="1 rue de l'Invention, 75000 Paris"
    )
    contact_name = line(
        _("Contact for this request"), hint=_("Name and position."), max_length=200,
        example="Alex Martin, affaires réglementaires",
    )  # fmt: skip
    contact_email = _email(_("E-mail of this contact"), "acces.precoce@exemple-pharma.example")
    contact_phone = _phone(
        _("Phone of this contact"), _("HAS calls it when something is unclear. Example: 01 23 45 67 89."),
        "01 23 45 67 89",
    )  # fmt: skip
    vigilance_name = line(
        _("Pharmacovigilance contact"), hint=_("Name and position."), max_length=200,
        example="Camille Bernard, responsable pharmacovigilance",
    )  # fmt: skip
    vigilance_email = _email(_("E-mail for pharmacovigilance"), "pharmacovigilance@exemple-pharma.example")
    vigilance_phone = _phone(
        _("Phone for pharmacovigilance"), _("Answered day and night. Example: 01 23 45 67 90."), "01 23 45 67 90"
    )

    def superseded(self) -> frozenset[str]:
        return frozenset({"principal"}) if self.data.get("capacity") == HOLDER else frozenset()

    def undrawn(self) -> frozenset[str]:
        return frozenset()

    def clean(self) -> dict[str, Any]:
        answers = super().clean() or {}
        for name in ("contact_phone", "vigilance_phone"):
            phone = answers.get(name) or ""
            if phone and sum(character.isdigit() for character in phone) < 4:
                self.add_error(name, ValidationError(_("Give a phone number, such as 01 42 16 00 00."), code="phone"))
        if answers.get("capacity") == MANDATARY and "principal" in answers and not answers["principal"]:
            message = _("Give the name and address of the holder that you represent.")
            self.add_error("principal", ValidationError(message, code="required"))
        return without_superseded(self, answers)
