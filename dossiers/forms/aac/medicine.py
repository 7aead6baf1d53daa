"""Which medicine, for which indication, how much and for how long (CSP R.5121-74)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from catalogue.criteria import patient_outside
from catalogue.models import Indication, Medicine
from dossiers.forms.aac.track import follows_criteria
from dossiers.forms.base import SectionForm
from dossiers.forms.fields import NumberField, RowChoiceField, WholeNumberField, ask, describe, line, text

LONGEST_DAYS = 365
"""CSP L.5121-12-1, II: one year at most, renewable."""


def _example_indication() -> Indication | None:
    """One that may be asked for and whose medicine says its form and strength: nothing more is then needed."""
    open_ones = Indication.objects.filter(closed_on=None, ma_since=None, aap_since=None)
    return open_ones.exclude(medicine__form="").exclude(medicine__strength="").order_by("pk").first()


def _example_medicine_id() -> int | None:
    indication = _example_indication()
    return indication.medicine_id if indication else None


def _example_indication_id() -> int | None:
    indication = _example_indication()
    return indication.pk if indication else None


class MedicineForm(SectionForm):
    key = "medicine"
    title = _("Medicine")
    law = "CSP R.5121-74"
    intro = _("The medicine, the indication it is asked for, the dose and the duration.")
    must_have: tuple[str, ...] = ("medicine", "indication")

    medicine = ask(
        RowChoiceField(Medicine.objects.all(), catalogue="medicines", label=_("Medicine"), required=False),
        example=_example_medicine_id,
    )
    indication = ask(
        RowChoiceField(
            Indication.objects.all(), catalogue="indications", label=_("Indication of the referential"), required=False
        ),
        example=_example_indication_id,
    )
    other_name = line(
        _("Name or code name"),
        hint=_("Only for a medicine that is not in the list. Example: AMX0035."),
        required=False,
        max_length=200,
        example="AMX0035",
    )
    other_inn = line(
        _("Substance (INN)"),
        hint=_("Only for a medicine that is not in the list. Example: tofersen."),
        required=False,
        max_length=200,
        example="tofersen",
    )
    other_form = line(
        _("Pharmaceutical form"),
        hint=_("Only when the list does not say it. Example: solution for injection."),
        required=False,
        max_length=200,
        example="solution injectable",
    )
    other_strength = line(
        _("Strength"),
        hint=_("Only when the list does not say it. Example: 100 mg/15 mL."),
        required=False,
        max_length=200,
        example="100 mg/15 mL",
    )
    other_indication = text(
        _("Indication, in your words"),
        hint=_(
            "Only when the referential does not list it. Example: amyotrophic lateral sclerosis with a SOD1 mutation."
        ),
        required=False,
        max_length=1_000,
        rows=3,
        example="Sclérose latérale amyotrophique avec mutation du gène SOD1",
    )
    posology = text(
        _("Posology"),
        hint=_("Dose, rhythm and route. Example: 100 mg by intrathecal injection every 28 days."),
        max_length=1_000,
        rows=3,
        example="100 mg par voie intrathécale toutes les 4 semaines, après 3 doses de charge à 14 jours d'intervalle",
    )
    daily_dose = ask(
        NumberField(
            label=_("Daily dose"),
            help_text=_("A number. Needed only when the grant criteria set a highest dose."),
            required=False,
            min_value=Decimal("0.001"),
            max_digits=12,
            decimal_places=3,
        ),
        example="1.5",
    )
    duration_days = ask(
        WholeNumberField(
            label=_("Duration asked for, in days"),
            help_text=_("From 1 to 365: an authorisation lasts one year at most and can be renewed. Example: 180."),
            min_value=1,
            max_value=LONGEST_DAYS,
        ),
        example=180,
    )

    def build(self) -> None:
        criteria = self.context.criteria
        if criteria is not None and criteria.max_daily_dose is not None:
            self.fields["daily_dose"].help_text = _(
                "In %(unit)s per day. The grant criteria allow %(most)s at most."
            ) % {
                "unit": criteria.dose_unit,
                "most": format(criteria.max_daily_dose.normalize(), "f"),
            }
        self.fields["indication"].queryset = Indication.objects.select_related("medicine")  # type: ignore[attr-defined]
        self._describe_for_systems()

    def _describe_for_systems(self) -> None:
        """A medicine outside the catalogue is possible too; what it then needs is said in words."""
        chosen, criteria = self.context.indication, self.context.criteria
        words = {
            "medicine": _("For a medicine that is not in the catalogue: null, and other_name or other_inn."),
            "indication": _("For an indication that is not in the catalogue: null, and other_indication."),
        }
        for name, said in words.items():
            describe(self.fields[name], **{"x-otherwise": str(said)})
        if chosen is not None:
            for name, pk in (("medicine", chosen.medicine_id), ("indication", chosen.pk)):
                ask(self.fields[name], example=pk)
            unsaid = [name for name in ("form", "strength") if not getattr(chosen.medicine, name)]
            self.must_have = (*self.must_have, *(f"other_{name}" for name in unsaid))
        if criteria is not None and criteria.max_daily_dose is not None and follows_criteria(self.context):
            self.must_have = (*self.must_have, "daily_dose")
            describe(self.fields["daily_dose"], maximum=criteria.max_daily_dose)

    @cached_property
    def chosen_medicine(self) -> Medicine | None:
        """The medicine that this page shows, None when none is chosen."""
        indication = self.chosen_indication
        found: Medicine | None = self._row("medicine")
        return found or (indication.medicine if indication else None)

    @cached_property
    def chosen_indication(self) -> Indication | None:
        found: Indication | None = self._row("indication")
        return found

    def _row(self, name: str) -> Any:
        typed = self.data.get(name) if self.is_bound else self.initial.get(name)
        try:
            return self.fields[name].clean(typed)
        except ValidationError:
            return None

    def superseded(self) -> frozenset[str]:
        medicine, indication = self.chosen_medicine, self.chosen_indication
        left_out = set()
        if medicine is not None:
            left_out |= {"other_name", "other_inn"}
            left_out |= {f"other_{name}" for name in ("form", "strength") if getattr(medicine, name)}
        if indication is not None:
            left_out.add("other_indication")
        # Without criteria that limit it, a dose has no unit: the posology, in words, says it.
        criteria = self.context.criteria
        if criteria is None or criteria.max_daily_dose is None:
            left_out.add("daily_dose")
        return frozenset(left_out)

    def clean(self) -> dict[str, Any]:
        answers = super().clean() or {}
        if "medicine" in answers and "indication" in answers:
            self._one_medicine(answers)
            self._one_indication(answers)
        if "daily_dose" in answers:
            self._dose_within_criteria(answers["daily_dose"])
        return answers

    def _one_medicine(self, answers: dict[str, Any]) -> None:
        medicine, indication = answers["medicine"], answers["indication"]
        if medicine is None and indication is not None:
            medicine = answers["medicine"] = indication.medicine
        if medicine is not None:
            answers["other_name"] = answers["other_inn"] = ""
            self._form_and_strength_are_known(answers, medicine.form, medicine.strength)
            self._not_an_ordinary_medicine(medicine, indication)
            return
        if not answers.get("other_name") and not answers.get("other_inn"):
            self.add_error(
                "medicine",
                ValidationError(
                    _("Choose the medicine in the list, or give its name, code name or substance."), code="required"
                ),
            )
            return
        self._form_and_strength_are_known(answers, "", "")

    def _form_and_strength_are_known(self, answers: dict[str, Any], form: str, strength: str) -> None:
        """Both are printed in the authorisation (CSP R.5121-74-3): typed here when the catalogue does not say them."""
        for name, known in (("other_form", form), ("other_strength", strength)):
            if known:
                answers[name] = ""
            elif name in answers and not answers[name]:
                message = _("The list does not say it: write it here, the authorisation must state it.")
                self.add_error(name, ValidationError(message, code="required"))

    def _one_indication(self, answers: dict[str, Any]) -> None:
        medicine, indication = answers.get("medicine"), answers.get("indication")
        if indication is not None:
            answers["other_indication"] = ""
            if medicine is not None and indication.medicine_id != medicine.pk:
                self.add_error(
                    "indication",
                    ValidationError(_("This indication belongs to another medicine: choose again."), code="mismatch"),
                )
        elif not answers.get("other_indication") and "other_indication" in answers:
            self.add_error(
                "other_indication",
                ValidationError(_("Choose an indication in the list, or write it here."), code="required"),
            )

    def _not_an_ordinary_medicine(self, medicine: Medicine, indication: Indication | None) -> None:
        """CSP L.5121-12-1, II: no MA, or marketing stopped. A patient already treated is ANSM's to judge."""
        if medicine.has_current_ma and indication is None and self.context.kind != "renewal":
            message = _(
                "This medicine is authorised and marketed in France: a compassionate access for one patient is not the "
                "route. Prescribe it off-label under your responsibility, or within a prescription framework (CPC) if "
                "one exists."
            )
            self.add_error("medicine", ValidationError(message, code="has_ma"))

    def _dose_within_criteria(self, dose: Decimal | None) -> None:
        criteria = self.context.criteria
        if criteria is None or not follows_criteria(self.context):
            return
        for reason in patient_outside(criteria, sex=criteria.sex, age_months=criteria.min_age_months, daily_dose=dose):
            if reason.code == "dose_outside":
                self.add_error("daily_dose", ValidationError(reason.message, code=reason.code))
