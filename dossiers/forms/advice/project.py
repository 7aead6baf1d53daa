"""Who asks: a company, a start-up or an academic team. No company number is needed."""

from __future__ import annotations

from typing import Any, Final

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from catalogue.identifiers import check_siren
from dossiers.forms.aap.request import EMAIL, PHONE
from dossiers.forms.base import SectionForm
from dossiers.forms.fields import choice, describe, line, text

ACADEMIC: Final = "academic"
NATURES: Final = (
    (ACADEMIC, _("An academic or hospital team")),
    ("start_up", _("A start-up")),
    ("company", _("A company")),
    ("other", _("Somebody else: association, learned society, ...")),
)


class ProjectForm(SectionForm):
    key = "project"
    title = _("Applicant")
    intro = _("Whom ANSM answers. Professional contact details only.")

    name = line(
        _("Name of the project, team or company"),
        hint=_("As printed in the letters."),
        max_length=200,
        example="Projet académique Lucioles",
    )
    nature = choice(_("You are"), NATURES, example=ACADEMIC)
    siren = line(
        _("SIREN number"),
        hint=_("Nine digits, if you have one. A project without a company leaves it empty."),
        required=False,
        max_length=11,
        example="",
        inputmode="numeric",
    )
    institution = line(
        _("Institution that hosts the project"),
        hint=_("University, hospital, research body. If there is one."),
        required=False,
        max_length=200,
        example="Université inventée de Démoville",
    )
    address = text(_("Postal address"), max_length=500, rows=3, example="1 rue de l'Invention, 75000 Paris")
    contact_name = line(
        _("Contact for this request"),
        hint=_("Name and position."),
        max_length=200,
        example="Yaël Yvetot, investigateur coordonnateur",
    )
    contact_email = line(_("E-mail"), max_length=150, example="lucioles@universite.example", inputmode="email")
    contact_phone = line(_("Phone"), required=False, max_length=30, example="01 23 45 67 89", inputmode="tel")

    def build(self) -> None:
        mail: Any = self.fields["contact_email"]
        message = _("Give an e-mail address, such as contact@projet.example.")
        mail.validators = [*mail.validators, RegexValidator(rf"\A{EMAIL}\Z", message, code="email")]
        describe(mail, pattern=f"^{EMAIL}$")
        phone: Any = self.fields["contact_phone"]
        message = _("Give a phone number, such as 01 42 16 00 00.")
        phone.validators = [*phone.validators, RegexValidator(PHONE, message, code="phone")]
        describe(phone, pattern=PHONE)

    def clean_siren(self) -> str:
        typed = "".join(str(self.cleaned_data.get("siren") or "").split())
        if typed:
            check_siren(typed)
        return typed

    def clean(self) -> dict[str, Any]:
        answers = super().clean() or {}
        if answers.get("nature") == "company" and not answers.get("siren") and "siren" not in self.errors:
            message = _("A company gives its SIREN number. A project without a company chooses another answer above.")
            self.add_error("siren", ValidationError(message, code="required"))
        return answers
