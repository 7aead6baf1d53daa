"""Who asks for a prescription framework, and for which medicine (CSP L.5121-12-1 III, R.5121-76-2)."""

from __future__ import annotations

from typing import Any, Final

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from catalogue.models import Medicine
from dossiers.forms.base import FormContext, SectionForm
from dossiers.forms.fields import LinesField, RowChoiceField, ask, choice, describe, line, text
from workflows.cpc_guards import OWN_INITIATIVE, REPORT

OTHER: Final = "other"
MINISTER: Final = "minister"
ORIGINS: Final = (
    ("inca", _("the National Cancer Institute (INCa)")),
    ("rare_disease", _("a reference or competence centre for rare diseases")),
    ("professional_council", _("a national professional council (CNP)")),
    ("association", _("an approved association of patients")),
    (MINISTER, _("a minister (health or social security)")),
    (OTHER, _("somebody else: a hospital, a doctor, a learned society, a company")),
)

MARKETED: Final = "marketed"
MA_STATUSES: Final = (
    (MARKETED, _("It has a marketing authorisation (MA) and is marketed in France")),
    ("not_marketed", _("It has a marketing authorisation and is not marketed in France")),
    ("no_ma", _("It has no marketing authorisation in France")),
    ("preparation", _("It is prepared by a pharmacy, or is a raw material")),
)
CIS: Final = r"[0-9]{8}"


def _example_medicine_id() -> int | None:
    found = Medicine.objects.filter(has_ma=True, marketed=True).order_by("pk").first()
    return found.pk if found else None


class OriginForm(SectionForm):
    """ANSM acting by itself says why in the next sections: nobody reports to it."""

    key = "origin"
    title = _("Who reports")
    law = "CSP R.5121-76-2"
    intro = _("The law names who may report. ANSM answers the body that reports, and publishes its decision.")

    body = choice(_("The report comes from"), ORIGINS, example="rare_disease")
    body_name = line(
        _("Name of the body"),
        hint=_("Example: Reference centre for rare neuromuscular diseases, Lyon."),
        max_length=200,
        example="Centre de référence des maladies rares de l'exemple",
    )
    contact_name = line(
        _("Contact for this report"),
        hint=_("Name and position. ANSM calls this person when something is unclear."),
        max_length=200,
        example="Alex Martin, coordination du centre",
    )
    experience = text(
        _("Experience of this use"),
        hint=_("How many patients are treated so in your network, and since when. Leave empty if nothing is known."),
        required=False,
        max_length=2_000,
        rows=4,
        example="Vingt-cinq patients suivis dans la filière depuis 2023 (donnée inventée).",
    )

    @classmethod
    def applies(cls, context: FormContext) -> bool:
        return context.kind == REPORT

    def clean(self) -> dict[str, Any]:
        answers = super().clean() or {}
        if answers.get("body") == OTHER:
            message = _(
                "The law does not let this body report to ANSM: ask a national professional council, a rare-disease "
                "centre, INCa or an approved association to make the report."
            )
            self.add_error("body", ValidationError(message, code="origin"))
        return answers


class ProductForm(SectionForm):
    key = "product"
    title = _("Medicine")
    law = "CSP L.5121-12-1 III, R.5121-76-7"
    intro = _("A medicine marketed in France, outside its indication. One framework may hold several medicines.")
    must_have = ("inn", "form", "strength")

    medicine = ask(
        RowChoiceField(Medicine.objects.all(), catalogue="medicines", label=_("Medicine"), required=False),
        example=_example_medicine_id,
    )
    name = line(_("Name"), hint=_("Example: VELCADE."), max_length=200, example="DEMOLIZINE 50 mg, gélule")
    cis = describe(
        line(
            _("CIS code"),
            hint=_("Its 8 digits in the public medicines database, if you know it: ANSM then finds this medicine."),
            required=False,
            max_length=8,
            example="60000000",
        ),
        pattern=f"^{CIS}$",
    )
    inn = line(_("Substance (INN)"), hint=_("Example: bortezomib."), max_length=200, example="démolizumab")
    form = line(
        _("Pharmaceutical form"),
        hint=_("Example: powder for solution for injection."),
        required=False,
        max_length=200,
        example="gélule",
    )
    strength = line(_("Strength"), hint=_("Example: 3.5 mg."), required=False, max_length=200, example="50 mg")
    ma_status = choice(_("Where it stands in France"), MA_STATUSES, example=MARKETED)
    others = ask(
        LinesField(
            label=_("Other medicines of the same framework"),
            help_text=_("One on each line: other strengths, generics, biosimilars, or medicines that act alike."),
            required=False,
        ),
        example=["DEMOLIZINE 100 mg, gélule"],
    )
    companies = ask(
        LinesField(
            label=_("Companies that exploit them"),
            help_text=_("One on each line, as far as you know. ANSM tells each of them."),
            required=False,
        ),
        example=["Laboratoires Démo Aurélia"],
    )

    def build(self) -> None:
        words = _("For a medicine that is not in the catalogue: null.")
        describe(self.fields["medicine"], **{"x-otherwise": str(words)})
        self.fields["cis"].validators.append(
            RegexValidator(rf"\A{CIS}\Z", _("Write the 8 digits of the CIS code."), code="code")
        )
        if self.context.kind == OWN_INITIATIVE:
            self.fields["companies"].help_text = _("One on each line. Each is told of the intention.")
