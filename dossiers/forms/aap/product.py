"""Which medicine, in which indication, and where it stands with the authorities (CSP R.5121-68, II; R.5121-69-2)."""

from __future__ import annotations

from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from catalogue.models import Indication, Medicine
from catalogue.services.referential import RESTRICTED_CLASSES
from dossiers.forms.aap.pathway import (
    POST_MA,
    PRE_MA,
    past_day,
    pathway_of,
    refuse_disorder,
    refuse_future,
    without_superseded,
)
from dossiers.forms.base import SectionForm
from dossiers.forms.fields import (
    CodesField,
    RowChoiceField,
    WholeNumberField,
    ask,
    date,
    describe,
    line,
    text,
)
from workflows.types import Text

ATC: Final = r"[A-V](?:[0-9]{2}(?:[A-Z](?:[A-Z](?:[0-9]{2})?)?)?)?"
UCD: Final = r"34008[0-9]{8}"
MENTIONS: Final = ("name", "code_name", "inn", "form", "strength")
"""What the catalogue says of a medicine, under the same names."""

MENTIONS_NEEDED: Final = ("inn", "form", "strength")
MENTION_MISSING: Final = _("Write it here: the decision must state it.")

MOST_PATIENTS: Final = 1_000_000


def _example_indication() -> Indication | None:
    return Indication.objects.order_by("pk").first()


def _example_medicine_id() -> int | None:
    found = _example_indication()
    return found.medicine_id if found else None


def _example_indication_id() -> int | None:
    found = _example_indication()
    return found.pk if found else None


def _code(label: Text, pattern: str, message: Text, *, hint: Text, example: str) -> forms.CharField:
    field = line(label, hint=hint, required=False, max_length=13, example=example)
    field.validators.append(RegexValidator(rf"\A{pattern}\Z", message, code="code"))
    return describe(field, pattern=f"^{pattern}$")


class ProductForm(SectionForm):
    key = "product"
    title = _("Product")
    law = "CSP R.5121-68, II, 1° ; R.5121-69-2"
    intro = _("One strength and form. These mentions are printed in the decision.")
    must_have = ("name", "inn", "form", "strength")

    medicine = ask(
        RowChoiceField(Medicine.objects.all(), catalogue="medicines", label=_("Medicine"), required=False),
        example=_example_medicine_id,
    )
    name = line(
        _("Name"),
        hint=_("Needed, unless the medicine has only a code name yet. Example: DEMOLIZINE."),
        required=False,
        max_length=200,
        example="DEMOLIZINE",
    )
    code_name = line(
        _("Code name"),
        hint=_("When there is no name yet, or to find older documents. Example: XYZ-123."),
        required=False,
        max_length=100,
        example="DEM-001",
    )
    inn = line(
        _("Substance (INN)"), hint=_("Example: tofersen."), required=False, max_length=200, example="démolizumab"
    )
    form = line(
        _("Pharmaceutical form"),
        hint=_("Example: solution for injection."),
        required=False,
        max_length=200,
        example="solution à diluer pour perfusion",
    )
    strength = line(
        _("Strength"), hint=_("Example: 100 mg/15 mL."), required=False, max_length=200, example="100 mg/5 mL"
    )
    atc = _code(
        _("ATC code"),
        ATC,
        _("Write an ATC code such as N07XX22."),
        hint=_("If it has one. Example: N07XX22."),
        example="L01FX99",
    )
    # Its key is not checked: a code may be asked for before it is allocated, and the decision does not print it.
    ucd = _code(
        _("UCD13 code"),
        UCD,
        _("Write the 13 digits of the UCD code: it starts with 34008."),
        hint=_("If it has one: hospitals bill with it. Example: 3400893213322."),
        example="3400893213322",
    )
    prescription_class = ask(
        CodesField(
            label=_("Restricted prescription asked for"),
            help_text="CSP R.5121-36",
            required=False,
            choices=[(one, one) for one in RESTRICTED_CLASSES],
        ),
        example=list(RESTRICTED_CLASSES[:1]),
    )

    def build(self) -> None:
        words = _("For a medicine that is not in the catalogue: null.")
        describe(self.fields["medicine"], **{"x-otherwise": str(words)})
        chosen = self.context.indication
        if chosen is not None:
            ask(self.fields["medicine"], example=chosen.medicine_id)
        # The catalogue says them of a medicine that it has.
        known = bool((self.data if self.is_bound else self.initial).get("medicine"))
        for name in MENTIONS_NEEDED:
            self.fields[name].required = not known
            self.fields[name].error_messages["required"] = MENTION_MISSING

    def clean(self) -> dict[str, Any]:
        answers = super().clean() or {}
        medicine = answers.get("medicine")
        for name in MENTIONS:
            if medicine is not None and name in answers and not answers[name]:
                answers[name] = getattr(medicine, name)[: self.fields[name].max_length]  # type: ignore[attr-defined]
        if "name" in answers and "code_name" in answers and not (answers["name"] or answers["code_name"]):
            message = _("Give the name of the medicine, or its code name when it has no name yet.")
            self.add_error("name", ValidationError(message, code="required"))
        for name in MENTIONS_NEEDED:
            if name in answers and not answers[name]:
                self.add_error(name, ValidationError(MENTION_MISSING, code="required"))
        return answers


class IndicationForm(SectionForm):
    key = "indication"
    title = _("Indication")
    law = "CSP L.5121-12, III ; R.5121-68, II"
    intro = _("The wording that you claim. ANSM, then HAS, may keep a narrower one.")

    indication = ask(
        RowChoiceField(
            Indication.objects.all(), catalogue="indications", label=_("Indication of the referential"), required=False
        ),
        example=_example_indication_id,
    )
    claimed = text(
        _("Indication claimed, word for word"),
        hint=_("As it would stand in the decision: disease, stage, line of treatment, population."),
        max_length=2_000,
        example="Traitement des patients adultes atteints de la maladie d'Exemple au stade avancé, après échec d'au "
        "moins une ligne de traitement.",
    )
    simplified = line(
        _("Indication in plain words"),
        hint=_("One line that a patient understands. It is shown in lists and published with the protocol."),
        max_length=200,
        example="Maladie d'Exemple avancée, après échec d'un traitement",
    )
    population = text(
        _("Patients concerned"),
        hint=_("Who they are, how many in France, and where the figure comes from."),
        max_length=2_000,
        example="Environ 400 patients par an en France (registre national de la maladie d'Exemple, donnée inventée).",
    )
    expected_patients = ask(
        WholeNumberField(
            label=_("Patients expected in the early access over one year"),
            help_text=_("A number. Example: 120."),
            min_value=1,
            max_value=MOST_PATIENTS,
        ),
        example=120,
    )

    def build(self) -> None:
        self.fields["indication"].queryset = Indication.objects.select_related("medicine")  # type: ignore[attr-defined]
        words = _("For an indication that is not in the catalogue: null.")
        describe(self.fields["indication"], **{"x-otherwise": str(words)})
        if self.context.indication is not None:
            ask(self.fields["indication"], example=self.context.indication.pk)

    def clean(self) -> dict[str, Any]:
        answers = super().clean() or {}
        indication, medicine = answers.get("indication"), self.context.answers.get("product", {}).get("medicine")
        if indication is not None and medicine and str(indication.medicine_id) != str(medicine):
            message = _("This indication belongs to another medicine: choose again.")
            self.add_error("indication", ValidationError(message, code="mismatch"))
        return answers


class RegulatoryForm(SectionForm):
    """Fields of one pathway are not read in the other. A favourable CHMP opinion makes ANSM's needless (L.5121-12)."""

    key = "regulatory"
    title = _("Regulatory status")
    law = "CSP L.5121-12, II et III ; R.5121-68, II, 2°"
    intro = _("Where the medicine stands in Europe, in France and elsewhere.")

    OF_PATHWAY = {PRE_MA: ("ema_filed_on", "chmp_favourable_on"), POST_MA: ("ma_number", "ma_on")}

    ma_number = line(
        _("MA number"),
        hint=_("In this indication. Example: EU/1/24/1783/001."),
        required=False,
        max_length=50,
        example="EU/1/26/0000/001",
    )
    ma_on = date(_("Date of the MA in this indication"), required=False, example="2026-03-01")
    ema_filed_on = date(
        _("MA application filed on"), hint=_("Empty when it is not filed yet."), required=False, example="2026-01-10"
    )
    chmp_favourable_on = describe(
        date(
            _("Favourable opinion of the CHMP on"),
            hint=_("Only if it is given already: ANSM's opinion is then not needed."),
            required=False,
            example="2026-03-01",
        ),
        **{"x-not-before": "ema_filed_on"},
    )
    foreign = text(
        _("Authorisations and refusals abroad"),
        hint=_("Country, date, indication. Say it also when a country refused or restricted the medicine."),
        required=False,
        max_length=2_000,
        rows=4,
        example="États-Unis : autorisation accélérée le 12 décembre 2025 dans la même indication (donnée inventée).",
    )
    prior_access = text(
        _("Earlier access in France"),
        hint=_("Compassionate access (AAC, CPC), former ATU: dates, indication, number of patients."),
        required=False,
        max_length=2_000,
        rows=4,
        example="Douze autorisations d'accès compassionnel depuis janvier 2025.",
    )

    def build(self) -> None:
        for name, days in (("ma_on", 40), ("ema_filed_on", 120), ("chmp_favourable_on", 10)):
            past_day(self, name, days=days)
        for name in self.OF_PATHWAY[POST_MA]:
            self.fields[name].required = pathway_of(self.context) == POST_MA

    def superseded(self) -> frozenset[str]:
        others = {PRE_MA: POST_MA, POST_MA: PRE_MA}
        return frozenset(self.OF_PATHWAY.get(others.get(pathway_of(self.context), ""), ()))

    def clean(self) -> dict[str, Any]:
        answers = super().clean() or {}
        refuse_future(self, ("ma_on", "ema_filed_on", "chmp_favourable_on"))
        message = _("The CHMP gives its opinion after the application is filed: correct one of the two dates.")
        refuse_disorder(self, "ema_filed_on", "chmp_favourable_on", message)
        return without_superseded(self, answers)
