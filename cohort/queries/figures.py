"""What the forms of a cohort add up to: the tables and pictures of its synthesis report (CSP R.5121-70-1).

Made from what is signed, in a constant number of queries; encrypted answers are opened for one cohort at a time. No
figure names a patient, and none is told of a pseudonym.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import median
from typing import Any, Final

from django.db.models import QuerySet

from cohort.models import CohortForm, Inclusion
from cohort.policy import counted_for, inclusions_visible_to
from cohort.profile import BANDS, SEX_LABELS
from cohort.queries.counts import Meter, meters, total
from cohort.states import STATES
from workflows.dates import add_months, civil_date
from workflows.putrd import FORMS
from workflows.putrd_library import COURSES, EFFECTS, FOLLOW_UP, SITUATIONS, STOP, STOP_REASONS
from workflows.types import Actor, Text

MOST_MONTHS: Final = 24
"""Months shown by the picture; the table has them all."""


@dataclass(frozen=True)
class Line:
    """One line of a table: words and a number."""

    label: Text
    count: int


@dataclass(frozen=True)
class Hospital:
    name: str
    patients: int
    meter: Meter


@dataclass(frozen=True)
class Figures:
    """`asked`: patients for whom access was asked; `given`: those to whom it was given. `months`: first day of the
    month and patients given access in it, none left out. `answer_days`: median days from the request to the answer."""

    asked: int
    given: int
    treated: int
    ended: int
    states: list[Line]
    months: list[tuple[dt.date, int]]
    ages: list[Line]
    sexes: list[Line]
    hospitals: list[Hospital]
    stop_reasons: list[Line]
    effects: list[Line]
    courses: list[Line]
    situations: list[Line]
    adverse: int
    serious: int
    patients_with_effect: int
    completeness: Meter
    by_form: list[tuple[Text, Meter]]
    answer_days: float | None


def figures(actor: Actor | None, chain: str, on: dt.date) -> Figures:
    """Of the whole cohort, for whoever may read it."""
    return _figures(counted_for(actor).filter(chain=chain), on)


def own_figures(actor: Actor | None, chain: str, on: dt.date) -> Figures:
    """Of the reader's own hospital: what it sent, given back to it."""
    return _figures(inclusions_visible_to(actor).defer("identity").filter(chain=chain, asked_at__isnull=False), on)


def _figures(inclusions: QuerySet[Inclusion], on: dt.date) -> Figures:
    """Five queries."""
    wanted = ("state", "asked_at", "answered_at", "access_number", "profile", "organisation", "organisation__name")
    rows: list[dict[str, Any]] = [dict(row) for row in inclusions.order_by("pk").values(*wanted)]
    keys = inclusions.values("pk")
    forms = CohortForm.objects.filter(inclusion__in=keys)
    states = Counter(row["state"] for row in rows)
    given = [row for row in rows if row["access_number"]]
    followed, stopped = _signed(forms, FOLLOW_UP), _signed(forms, STOP)
    told = followed + stopped
    adverse = [one for one in told if one[1].get("adverse_effect") == "yes"]
    by_form = meters(forms, on, "form")
    return Figures(
        asked=len(rows),
        given=len(given),
        treated=states["treated"],
        ended=states["stopped"],
        states=[Line(label, states[code]) for code, label in STATES.items() if states[code]],
        months=_months([civil_date(row["answered_at"]) for row in given], on),
        ages=_lines([(code, label) for code, _next, label in BANDS], (row["profile"].get("age_band") for row in rows)),
        sexes=_lines(SEX_LABELS.items(), (row["profile"].get("sex") for row in rows)),
        hospitals=_hospitals(rows, meters(forms, on, "inclusion__organisation")),
        stop_reasons=_lines(STOP_REASONS, (answers.get("reason") for _key, answers in stopped)),
        effects=_lines(EFFECTS, (answers.get("effect") for answers in _latest(followed))),
        courses=_lines(COURSES, (answers.get("course") for answers in _latest(followed))),
        situations=_lines(SITUATIONS[1:], (answers.get("situation") for _key, answers in told)),
        adverse=len(adverse),
        serious=sum(1 for _key, answers in adverse if answers.get("adverse_effect_serious") == "yes"),
        patients_with_effect=len({key for key, _answers in adverse}),
        completeness=total(by_form.values()),
        by_form=[(label, by_form[code]) for code, label in FORMS if code in by_form and by_form[code].expected],
        answer_days=_median_days(rows),
    )


def _signed(forms: QuerySet[CohortForm], form: str) -> list[tuple[int, Mapping[str, Any]]]:
    """(patient, answers) of the signed forms of one kind, oldest first."""
    signed = forms.filter(form=form, signed_at__isnull=False).order_by("signed_at", "pk")
    return [(key, answers) for key, answers in signed.values_list("inclusion", "answers")]


def _latest(signed: Iterable[tuple[int, Mapping[str, Any]]]) -> Iterable[Mapping[str, Any]]:
    """The last answers of each patient."""
    return dict(signed).values()


def _lines(labels: Iterable[tuple[str, Text]], values: Iterable[Any]) -> list[Line]:
    """In the order of the labels; those that nobody chose are left out."""
    counted = Counter(values)
    return [Line(label, counted[code]) for code, label in labels if counted[code]]


def _months(days: list[dt.date], on: dt.date) -> list[tuple[dt.date, int]]:
    """From the first month with a patient to the present one, months without any included."""
    if not days:
        return []
    counted = Counter(day.replace(day=1) for day in days)
    first, last = min(counted), max(max(counted), on.replace(day=1))
    found = []
    while first <= last:
        found.append((first, counted[first]))
        first = add_months(first, 1)
    return found


def _hospitals(rows: list[dict[str, Any]], found: Mapping[int, Meter]) -> list[Hospital]:
    """Those with the most patients first."""
    names = {row["organisation"]: row["organisation__name"] for row in rows}
    counted = Counter(row["organisation"] for row in rows)
    made = [Hospital(names[key], count, found.get(key, Meter())) for key, count in counted.items()]
    return sorted(made, key=lambda one: (-one.patients, one.name))


def _median_days(rows: list[dict[str, Any]]) -> float | None:
    days = [
        (row["answered_at"] - row["asked_at"]).total_seconds() / 86_400
        for row in rows
        if row["answered_at"] is not None
    ]
    return round(median(days), 1) if days else None
