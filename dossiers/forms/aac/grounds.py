"""Why this patient may have this medicine: the published criteria, or the law's reasons (CSP R.5121-74, 5° and 6°)."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from decimal import Decimal
from math import ceil, floor
from typing import Any

from dateutil.relativedelta import relativedelta
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from catalogue.criteria import RCP_KEY, SECTION, accepted_text, elapsed, unmet
from catalogue.models import Criterion, CriterionKind
from catalogue.ranges import in_any_range, unit_text
from dossiers.forms.aac.track import CRITERIA, JUSTIFICATION, follows_criteria, justifies_in_full
from dossiers.forms.base import FormContext, SectionForm
from dossiers.forms.fields import LinesField, NumberField, ask, choice, confirm, date, describe, text

EU_CT = re.compile(r"[0-9]{4}-[0-9]{6}-[0-9]{2}(-[0-9]{2})?")
NCT = re.compile(r"NCT[0-9]{8}", re.IGNORECASE)
BOUNDS = {"below": "exclusiveMaximum", "at_most": "maximum", "above": "exclusiveMinimum", "at_least": "minimum"}


class CriteriaForm(SectionForm):
    """One field per criterion of the version in force, under the criterion's key."""

    key = SECTION
    title = _("Grant criteria")
    law = "CSP R.5121-74, 6°"
    intro = _("Confirm each criterion published by ANSM. If one is not met, choose the full justification instead.")

    only_if = ("request", "track", CRITERIA)
    fields_of_context = True

    @classmethod
    def applies(cls, context: FormContext) -> bool:
        return follows_criteria(context)

    def build(self) -> None:
        for criterion in self.context.criteria.criteria.all():
            self.fields[criterion.key] = criterion_field(criterion, self.context.on)

    def clean(self) -> dict[str, Any]:
        answers = super().clean() or {}
        # The date of the meeting (RCP) is asked for with its conclusion, in the clinical section.
        values = {**answers, RCP_KEY: self.context.on}
        for reason in unmet(self.context.criteria, values, on=self.context.on):
            name = reason.field.partition(".")[2]
            if name in self.fields and name not in self.errors:
                self.add_error(name, ValidationError(reason.message, code=reason.code))
        return answers


def criterion_field(criterion: Criterion, on: dt.date) -> forms.Field:
    accepted = accepted_text(criterion)
    hint = _("Accepted: %(accepted)s.") % {"accepted": accepted} if accepted else ""
    if criterion.kind == CriterionKind.STATEMENT:
        return confirm(criterion.text, hint=_("I confirm that this is so."))
    if criterion.kind == CriterionKind.DOCUMENT:
        return confirm(criterion.text, hint=_("I have attached the document to this request."))
    if criterion.kind == CriterionKind.DATE:
        day = date(criterion.text, hint=hint, example=_example_day(criterion, on).isoformat())
        return describe(day, **_days_accepted(criterion, on))
    if criterion.kind == CriterionKind.CHOICE:
        choices = [(one["code"], one["label"]) for one in criterion.choices]
        example = (criterion.accepted or [code for code, _label in choices])[0]
        accepted_codes = [code for code, _label in choices if not criterion.accepted or code in criterion.accepted]
        return describe(choice(criterion.text, choices, hint=hint, example=example), enum=accepted_codes)
    unit = unit_text(criterion.unit, 2)
    shown = " ".join(str(part) for part in ((_("In %(unit)s.") % {"unit": unit}) if unit else "", hint) if part)
    field = NumberField(label=criterion.text, help_text=shown, max_digits=15, decimal_places=4)
    return describe(ask(field, example=str(_example_number(criterion))), **_numbers_accepted(criterion))


def _numbers_accepted(criterion: Criterion) -> dict[str, Any]:
    ranges = [{BOUNDS[name]: Decimal(str(bound)) for name, bound in one.items()} for one in criterion.accepted]
    return {"anyOf": ranges} if len(ranges) > 1 else dict(*ranges)


def _days_accepted(criterion: Criterion, on: dt.date) -> dict[str, Any]:
    """First and last accepted days. Where several ranges are, only that the day is past: the hint says the rest."""
    bounds = {"formatMaximum": on.isoformat()}
    if len(criterion.accepted) != 1:
        return bounds
    least, most = _whole_bounds(criterion.accepted[0])
    bounds["formatMaximum"] = _inward(criterion, _before(on, least or 0, criterion.unit), -1, on).isoformat()
    if most is not None:
        first = _before(on, most + 1, criterion.unit) + dt.timedelta(days=1)
        bounds["formatMinimum"] = _inward(criterion, first, 1, on).isoformat()
    return bounds


def _whole_bounds(bounds: Mapping[str, Any]) -> tuple[int | None, int | None]:
    """Least and most completed units of time of one range, None where it has no such bound."""
    numbers = {name: Decimal(str(bound)) for name, bound in bounds.items()}
    least = [ceil(numbers["at_least"])] if "at_least" in numbers else []
    least += [floor(numbers["above"]) + 1] if "above" in numbers else []
    most = [floor(numbers["at_most"])] if "at_most" in numbers else []
    most += [ceil(numbers["below"]) - 1] if "below" in numbers else []
    return max(least, default=None), min(most, default=None)


def _before(on: dt.date, count: int, unit: str) -> dt.date:
    if unit == "days":
        return on - dt.timedelta(days=count)
    return on - relativedelta(months=count * (12 if unit == "years" else 1))


def _inward(criterion: Criterion, day: dt.date, step: int, on: dt.date) -> dt.date:
    """`day`, or the nearest after it in that direction that is accepted: months have not all the same length."""
    for moved in range(32):
        candidate = day + dt.timedelta(days=moved * step)
        if in_any_range(criterion.accepted, Decimal(elapsed(candidate, on, criterion.unit))):
            return candidate
    return day


def _example_number(criterion: Criterion) -> Decimal:
    """A number that meets the criterion: at or next to a bound, or between both."""
    if not criterion.accepted:
        return Decimal(1)
    bounds = [Decimal(str(bound)) for one in criterion.accepted for bound in one.values()]
    between = [
        sum((Decimal(str(bound)) for bound in one.values()), Decimal(0)) / len(one) for one in criterion.accepted
    ]
    for candidate in [*between, *bounds, *(bound + step for bound in bounds for step in (-1, 1))]:
        if in_any_range(criterion.accepted, candidate):
            return candidate
    return bounds[0]


def _example_day(criterion: Criterion, on: dt.date) -> dt.date:
    if not criterion.accepted:
        return on - dt.timedelta(days=30)
    days = {"years": 366, "months": 31}.get(criterion.unit, 1)
    return on - dt.timedelta(days=int(_example_number(criterion)) * days)


class JustificationForm(SectionForm):
    key = "justification"
    title = _("Full justification")
    law = "CSP L.5121-12-1, II ; R.5121-74, 6°"
    intro = _("Three reasons are asked for by law. Plain sentences are enough.")
    personal = True

    no_research = text(
        _("Why the patient cannot join a research"),
        hint=_("Example: no trial is open in France in this indication; or: the trial's inclusion is closed."),
        example="Aucun essai n'est ouvert en France dans cette indication.",
    )
    no_treatment = text(
        _("Why there is no appropriate treatment"),
        hint=_("What exists, and why it does not suit this patient. Example: progression under riluzole."),
        example="Progression malgré le riluzole ; aucune alternative dans cette forme génétique.",
    )
    efficacy_safety = text(
        _("Why efficacy and safety are presumed"),
        hint=_("The clinical data you rely on, with references. Example: phase 3 trial, NEJM 2022;387:1099."),
        example="Essai de phase 3 : réduction des neurofilaments (NEJM 2022;387:1099).",
    )

    only_if = ("request", "track", JUSTIFICATION)

    @classmethod
    def applies(cls, context: FormContext) -> bool:
        return justifies_in_full(context)


def check_research_reference(value: str) -> None:
    if not EU_CT.fullmatch(value) and not NCT.fullmatch(value):
        raise ValidationError(
            _("“%(value)s” is not a reference of research: write 2023-503456-12-00 (EU CT) or NCT05021536."),
            code="research",
            params={"value": value},
        )


class ResearchForm(SectionForm):
    key = "research"
    title = _("Current research")
    law = "CSP R.5121-74, 5°"
    intro = _("References of the research in progress on this medicine in this indication, when you know of any.")

    references = ask(
        describe(
            LinesField(
                label=_("References (EU CT or NCT)"),
                help_text=_("One a line; leave empty when you know of none. Example: NCT05021536."),
                required=False,
                one=check_research_reference,
            ),
            items={"pattern": f"^(?:{EU_CT.pattern}|{NCT.pattern})$"},
        ),
        example=["NCT05021536"],
    )
