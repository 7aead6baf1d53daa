"""What the request is about: the product as it stands today, and for a device what it is claimed to be."""

from __future__ import annotations

from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from catalogue.models import Medicine
from dossiers.forms.advice.need import BORDERLINE, DEVICE, IVD, MEDICINE, product_kind_of
from dossiers.forms.base import FormContext, SectionForm
from dossiers.forms.fields import RowChoiceField, ask, choice, describe, line, text
from dossiers.forms.qualification import kept_of, outcome_field, path_field, refuse_another_outcome, version_field
from workflows.advice_guards import CLASSES, DEVICE_QUALIFICATION, POSITIONS

CLAIMS: Final = tuple(pair for pair in POSITIONS if pair[0] != "undetermined")
UNKNOWN: Final = "unknown"


def _example_medicine_id() -> int | None:
    found = Medicine.objects.order_by("pk").first()
    return found.pk if found else None


class AboutForm(SectionForm):
    key = "about"
    title = _("Product")
    intro = _("The product as you see it today. Say simply what is not settled yet.")

    OF_A_MEDICINE = ("medicine", "inn", "mechanism", "indication")
    OF_A_DEVICE = ("model", "manufacturer", "purpose", "users")

    medicine = ask(
        RowChoiceField(
            Medicine.objects.all(),
            catalogue="medicines",
            label=_("Medicine of the catalogue"),
            help_text=_("Only if the product is there already."),
            required=False,
        ),
        example=_example_medicine_id,
    )
    name = line(_("Name or code name"), hint=_("How you call it."), max_length=200, example="LUCIOLES-VISION")
    inn = line(
        _("Substance (INN)"),
        hint=_("If it has a common name already."),
        required=False,
        max_length=200,
        example="démolizumab",
    )
    mechanism = text(
        _("What it is made of and how it acts"), required=False, max_length=2_000, rows=4,
        example="Anticorps monoclonal inventé dirigé contre une protéine d'exemple.",
    )  # fmt: skip
    indication = text(
        _("Disease and patients"),
        hint=_("The indication that you have in mind."),
        required=False,
        max_length=2_000,
        rows=4,
        example="Adultes atteints de la maladie d'Exemple, en deuxième ligne de traitement.",
    )
    model = line(_("Model or version"), required=False, max_length=200, example="version 0.9")
    manufacturer = line(
        _("Manufacturer"), hint=_("If it is not you."), required=False, max_length=200, example="Démo Dispositifs"
    )
    purpose = text(
        _("Intended purpose"),
        hint=_("What it is for, in whom, and what is done with its result. It decides what the product is in law."),
        required=False,
        max_length=3_000,
        example="Repérer sur une vidéo les crises d'épilepsie d'un patient et en avertir son médecin.",
    )
    users = line(_("Who uses it, and where"), required=False, max_length=300, example="Neurologues, à l'hôpital")
    knowledge = text(
        _("State of knowledge"),
        hint=_("Results so far, existing treatments or tests, what is published. Attach the details."),
        required=False,
        example="Étude de faisabilité sur 40 enregistrements ; aucun produit comparable n'est disponible en France.",
    )

    def build(self) -> None:
        chosen = product_kind_of(self.context)
        self.fields["indication"].required = chosen == MEDICINE
        self.fields["purpose"].required = chosen in (DEVICE, IVD, BORDERLINE)
        describe(
            self.fields["medicine"], **{"x-otherwise": str(_("For a product that is not in the catalogue: null."))}
        )

    def superseded(self) -> frozenset[str]:
        others = {MEDICINE: self.OF_A_DEVICE, DEVICE: self.OF_A_MEDICINE, IVD: self.OF_A_MEDICINE}
        return frozenset(others.get(product_kind_of(self.context), ()))

    def clean(self) -> dict[str, Any]:
        answers = super().clean() or {}
        for name in self.superseded():
            if name in answers:
                answers[name] = None if name == "medicine" else ""
        return answers


class QualificationForm(SectionForm):
    """For a question of qualification: what the applicant thinks that the product is, and why."""

    key = "qualification"
    title = _("Qualification and class")
    law = "Règlement (UE) 2017/745, article 2 et annexe VIII ; règlement (UE) 2017/746"
    intro = _("Your own view. ANSM answers case by case, on the intended purpose.")

    claim = choice(
        _("In your view, the product is"),
        (*CLAIMS, (UNKNOWN, _("I do not know"))),
        example="device",
    )
    device_class = choice(
        _("In your view, its class is"),
        (*CLASSES, (UNKNOWN, _("I do not know"))),
        required=False,
        example="IIa",
    )
    rule = line(
        _("Classification rule"),
        hint=_("Example: annex VIII, rule 11."),
        required=False,
        max_length=200,
        example="annexe VIII, règle 11",
    )
    reasons = text(
        _("Why"),
        hint=_("The conditions that the product meets or not; comparable products; texts that you rest on."),
        example="Le logiciel a une finalité médicale, donne un résultat pour un patient et analyse les données.",
    )
    software = text(
        _("For software: input data, processing, result"),
        required=False,
        max_length=3_000,
        rows=4,
        example="Entrée : vidéo. Traitement : réseau de neurones. Résultat : heure et type de chaque crise.",
    )
    materials = text(
        _("What you say of it"),
        hint=_("Leaflet, website, advertising: claims are part of the intended purpose. Attach them."),
        required=False,
        max_length=2_000,
        rows=3,
        example="Site internet : « repère les crises à votre place ».",
    )
    outcome = outcome_field()
    path = path_field()
    version = version_field()

    def clean(self) -> dict[str, Any]:
        answers = super().clean() or {}
        refuse_another_outcome(self)
        return answers

    @property
    def kept(self) -> dict[str, Any] | None:
        """What the questions of qualification said of the product, for the page of this section."""
        return kept_of(self.data if self.is_bound else self.initial)

    @classmethod
    def applies(cls, context: FormContext) -> bool:
        return context.kind == DEVICE_QUALIFICATION
