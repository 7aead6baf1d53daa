"""Grant criteria: which version counts on a day, what it asks, and what of it an answer does not meet."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from dateutil.relativedelta import relativedelta
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from catalogue.models import CriteriaVersion, Criterion, CriterionKind, Indication
from catalogue.ranges import age_text, in_any_range, ranges_text
from workflows.types import Reason

SECTION: Final = "criteria"
RCP_KEY: Final = "rcp_on"
"""Key under which the date of the multidisciplinary meeting (RCP) is answered when a criterion needs one."""


@dataclass(frozen=True)
class Question:
    """What a form asks for one criterion. `accepted` says in words which values are fine, empty when any is."""

    key: str
    text: str | Promise
    kind: str
    unit: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    accepted: str = ""


def current_version(indication: Indication, on: dt.date) -> CriteriaVersion | None:
    """The criteria in force on that civil day, or None. Reads prefetched versions when the caller has them."""
    for version in indication.criteria_versions.all():
        if version.is_current(on):
            return version
    return None


def questions(version: CriteriaVersion) -> tuple[Question, ...]:
    """One question per criterion, in order, then the date of the RCP when one is needed. `unmet` reads their keys."""
    criteria = list(version.criteria.all())
    asked = [
        Question(
            key=criterion.key,
            text=criterion.text,
            kind=criterion.kind,
            unit=criterion.unit,
            choices=tuple((choice["code"], choice["label"]) for choice in criterion.choices),
            accepted=accepted_text(criterion),
        )
        for criterion in criteria
    ]
    if any(criterion.needs_rcp for criterion in criteria):
        asked.append(
            Question(key=RCP_KEY, text=_("Date of the multidisciplinary meeting (RCP)"), kind=CriterionKind.DATE)
        )
    return tuple(asked)


def accepted_text(criterion: Criterion) -> str:
    """The accepted values in words: "less than 12 months or more than 36 months". Empty when any value is fine."""
    if not criterion.accepted:
        return ""
    if criterion.kind == CriterionKind.CHOICE:
        return ", ".join(choice["label"] for choice in criterion.choices if choice["code"] in criterion.accepted)
    return ranges_text(criterion.accepted, criterion.unit)


def unmet(version: CriteriaVersion, values: Mapping[str, Any], *, on: dt.date) -> tuple[Reason, ...]:
    """What in `values` does not meet the criteria; empty when all are met.

    `values` is {criterion key: answer}: True for a statement or an attached document, a number (or its text) in the
    criterion's unit, a date (or its ISO text), the code of a choice. `on` is the civil day of the check.
    Reasons carry the field `criteria.<key>`. Legal source: CSP R.5121-74, 6°.
    """
    criteria = list(version.criteria.all())
    reasons: list[Reason] = []
    for criterion in criteria:
        reasons += _judge(criterion, values.get(criterion.key), on)
    if any(criterion.needs_rcp for criterion in criteria):
        reasons += _rcp(values.get(RCP_KEY), on)
    return tuple(reasons)


def patient_outside(
    version: CriteriaVersion,
    *,
    age_months: int | None = None,
    sex: str = "",
    daily_dose: Decimal | None = None,
) -> tuple[Reason, ...]:
    """Why a patient (age in completed months, sex "F" or "M", daily dose in the version's unit) is outside its limits.

    A limit whose value is unknown is a reason too: it cannot be said to be met.
    """
    reasons: list[Reason] = []
    if version.min_age_months is not None or version.max_age_months is not None:
        reasons += _age_outside(version, age_months)
    if version.sex and sex != version.sex:
        reasons.append(
            Reason(
                "patient_sex",
                _("These criteria are for patients of this sex only: %(sex)s.") % {"sex": version.get_sex_display()},
                "patient.sex",
            )
        )
    if version.max_daily_dose is not None and (daily_dose is None or daily_dose > version.max_daily_dose):
        reasons.append(
            Reason(
                "dose_outside",
                _("The daily dose must be stated and be at most %(dose)s %(unit)s.")
                % {"dose": _plain(version.max_daily_dose), "unit": version.dose_unit},
                "treatment.daily_dose",
            )
        )
    return tuple(reasons)


def _age_outside(version: CriteriaVersion, age_months: int | None) -> Iterable[Reason]:
    limits = {}
    if version.min_age_months is not None:
        limits["at_least"] = version.min_age_months
    if version.max_age_months is not None:
        limits["at_most"] = version.max_age_months
    if age_months is None or not in_any_range([limits], Decimal(age_months)):
        accepted = age_text(limits)
        yield Reason(
            "patient_age",
            _("The patient's age is outside these criteria: %(accepted)s.") % {"accepted": accepted},
            "patient.age",
        )


def _judge(criterion: Criterion, value: Any, on: dt.date) -> Iterable[Reason]:
    field = f"{SECTION}.{criterion.key}"
    if criterion.kind == CriterionKind.STATEMENT:
        if value is not True:
            yield Reason(
                "criterion_not_confirmed", _("Confirm this criterion: %(text)s") % {"text": criterion.text}, field
            )
    elif criterion.kind == CriterionKind.DOCUMENT:
        if value is not True:
            yield Reason(
                "criterion_document_missing", _("Attach the document for: %(text)s") % {"text": criterion.text}, field
            )
    elif value is None or value == "":
        yield Reason("criterion_missing", _("Fill in: %(text)s") % {"text": criterion.text}, field)
    elif criterion.kind == CriterionKind.NUMBER:
        yield from _number(criterion, value, field)
    elif criterion.kind == CriterionKind.DATE:
        yield from _date(criterion, value, field, on)
    else:
        yield from _choice(criterion, value, field)


def _number(criterion: Criterion, value: Any, field: str) -> Iterable[Reason]:
    number = read_number(value)
    if number is None:
        yield Reason("criterion_not_a_number", _("Enter a number for: %(text)s") % {"text": criterion.text}, field)
    elif criterion.accepted and not in_any_range(criterion.accepted, number):
        yield _out_of_range(criterion, field)


def _date(criterion: Criterion, value: Any, field: str, on: dt.date) -> Iterable[Reason]:
    day = read_date(value)
    if day is None:
        yield Reason("criterion_not_a_date", _("Enter a date for: %(text)s") % {"text": criterion.text}, field)
    elif day > on:
        yield Reason("criterion_in_future", _("This date is in the future: %(text)s") % {"text": criterion.text}, field)
    elif criterion.accepted and not in_any_range(criterion.accepted, Decimal(elapsed(day, on, criterion.unit))):
        yield _out_of_range(criterion, field)


def _choice(criterion: Criterion, value: Any, field: str) -> Iterable[Reason]:
    known = [choice["code"] for choice in criterion.choices]
    if value not in known:
        yield Reason(
            "criterion_unknown_choice", _("Choose one of the answers for: %(text)s") % {"text": criterion.text}, field
        )
    elif criterion.accepted and value not in criterion.accepted:
        yield _out_of_range(criterion, field)


def _out_of_range(criterion: Criterion, field: str) -> Reason:
    return Reason(
        "criterion_out_of_range",
        _("%(text)s: this answer does not meet the criterion. Accepted: %(accepted)s.")
        % {"text": criterion.text.rstrip(" ."), "accepted": accepted_text(criterion)},
        field,
    )


def _rcp(value: Any, on: dt.date) -> Iterable[Reason]:
    field = f"{SECTION}.{RCP_KEY}"
    day = read_date(value)
    if day is None:
        yield Reason("rcp_missing", _("Give the date of the multidisciplinary meeting (RCP)."), field)
    elif day > on:
        yield Reason("rcp_in_future", _("The multidisciplinary meeting (RCP) must already have been held."), field)


def read_number(value: Any) -> Decimal | None:
    """A number typed in French or English ("2,5", "1 200"), or None when it is not one. True is not a number."""
    if isinstance(value, bool):
        return None
    typed = "".join(str(value).split()).replace(",", ".")[:40]
    try:
        number = Decimal(typed)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def read_date(value: Any) -> dt.date | None:
    """A civil date from a date or its ISO text, or None."""
    if isinstance(value, dt.datetime):
        return None
    if isinstance(value, dt.date):
        return value
    try:
        return dt.date.fromisoformat(str(value).strip())
    except ValueError:
        return None


def elapsed(since: dt.date, on: dt.date, unit: str) -> int:
    """Completed days, months or years from one civil day to another (months go date to date)."""
    if unit == "days":
        return (on - since).days
    gone = relativedelta(on, since)
    return gone.years if unit == "years" else gone.years * 12 + gone.months


def _plain(number: Decimal) -> str:
    return format(number.normalize(), "f")


NO_CRITERIA: Final = Reason(
    "no_criteria",
    _("ANSM has published no criteria in force for this indication."),
    SECTION,
)
