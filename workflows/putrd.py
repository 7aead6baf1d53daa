"""What a PUT-RD makes of its answers: which variables each form of its cohort asks, and when visits are due.

Sources: CSP R.5121-70 (contents of the protocol) and R.5121-70-1 (data collection, synthesis reports); the model of
PUT-RD published by HAS for the four forms. That a visit may be counted in months or in days, and that the last visits
may repeat, is what published protocols do; no text sets it.

`put_rd` is the section of that name of an AAP's answers; nothing here fails on answers that are not valid.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from workflows.dates import add_months
from workflows.putrd_library import FOLLOW_UP, FORMS, INITIATION, LIBRARY, STOP, Variable

__all__ = [
    "FORMS",
    "LIBRARY",
    "MEASURED_AT",
    "Variable",
    "Visit",
    "chosen_field",
    "core_variables",
    "measure_code",
    "optional_variables",
    "protocol_variables",
    "variable",
    "variables_of",
    "visits_due",
]

MEASURED_AT: Final = (INITIATION, FOLLOW_UP, STOP)
"""Forms that ask the protocol's own measures (a score that the library cannot know), so that they can be compared."""

MOST_VISITS: Final = 200
MEASURE: Final = "measure_"


@dataclass(frozen=True)
class Visit:
    """One visit of the calendar. `number` counts from 1 in the order of the days."""

    number: int
    label: str
    due_on: dt.date


# ------------------------------------------------------------------------------------------------ variables


def variables_of(form: str) -> tuple[Variable, ...]:
    """The whole library for one form, in the order in which it is asked."""
    return tuple(one for one in LIBRARY if one.form == form)


def core_variables(form: str) -> tuple[Variable, ...]:
    """Those that every protocol asks."""
    return tuple(one for one in variables_of(form) if one.core)


def optional_variables(form: str) -> tuple[Variable, ...]:
    """Those that a protocol may choose."""
    return tuple(one for one in variables_of(form) if not one.core)


def variable(form: str, code: str) -> Variable:
    """Raises KeyError for a variable that the library has not."""
    for one in variables_of(form):
        if one.code == code:
            return one
    raise KeyError(f"{form}.{code}")


def chosen_field(form: str) -> str:
    """The field of `put_rd` that lists the codes of the optional variables chosen for `form`."""
    return f"variables_{form}"


def protocol_variables(put_rd: Mapping[str, Any], form: str) -> tuple[Variable, ...]:
    """What this protocol asks in `form`: the core, the optional variables it chose, then its own measures."""
    listed = put_rd.get(chosen_field(form))
    chosen = {code for code in listed if isinstance(code, str)} if isinstance(listed, list | tuple) else set()
    asked = tuple(one for one in variables_of(form) if one.core or one.code in chosen)
    return asked + (tuple(_measures(put_rd, form)) if form in MEASURED_AT else ())


def _measures(put_rd: Mapping[str, Any], form: str) -> Iterable[Variable]:
    met: dict[str, int] = {}
    for row in _rows(put_rd.get("measures")):
        label = str(row.get("label") or "").strip()
        if label:
            code = measure_code(label)
            met[code] = met.get(code, 0) + 1
            yield Variable(
                code=code if met[code] == 1 else f"{code}_{met[code]}",
                form=form,
                label=label,
                kind="number",
                purpose=_("To follow what the treatment does."),
                family="efficacy",
                unit=str(row.get("unit") or "").strip(),
            )


def measure_code(label: str) -> str:
    """ "measure_alsfrs_r" for "ALSFRS-R": the same from one version of the protocol to the next, whatever its rank."""
    plain = unicodedata.normalize("NFKD", label).encode("ascii", "ignore").decode().lower()
    return MEASURE + (re.sub(r"[^a-z0-9]+", "_", plain).strip("_") or "own")


# --------------------------------------------------------------------------------------------------- visits


def visits_due(
    starts_on: dt.date,
    visits: Iterable[Mapping[str, Any]],
    *,
    every_months: int | None = None,
    until: dt.date | None = None,
) -> tuple[Visit, ...]:
    """The visits of a patient whose first day of treatment is `starts_on`, in the order of their days.

    Each row of `visits` gives its `label` and either `months` or `days` after the first day; a row that tells no delay
    is left out. With `every_months`, others follow after the last row at whole multiples of so many months from the
    first day, up to `until` included (none when `until` is not given): M1, M3, then every 6 months is M6, M12...

    Months go from the first day to the same day of the month, or to the last day of a shorter month: 31 January + 1
    month is 28 February, and + 2 months is 31 March again.
    """
    found = [(due, str(row.get("label") or "")) for row in _rows(visits) if (due := _due(starts_on, row)) is not None]
    if every_months and every_months > 0 and until is not None:
        found += _repeated(starts_on, max((due for due, _label in found), default=starts_on), every_months, until)
    in_order = sorted(found, key=lambda pair: pair[0])[:MOST_VISITS]
    return tuple(Visit(number, label, due) for number, (due, label) in enumerate(in_order, 1))


def _repeated(starts_on: dt.date, after: dt.date, every_months: int, until: dt.date) -> list[tuple[dt.date, str]]:
    """Visits at whole multiples of `every_months` from the first day, later than `after`."""
    found = []
    for rank in range(1, MOST_VISITS + 1):
        due = add_months(starts_on, rank * every_months)
        if due > until:
            break
        if due > after:
            found.append((due, f"M{rank * every_months}"))
    return found


def _due(starts_on: dt.date, row: Mapping[str, Any]) -> dt.date | None:
    months, days = _count(row.get("months")), _count(row.get("days"))
    if months is not None:
        return add_months(starts_on, months)
    return None if days is None else starts_on + dt.timedelta(days=days)


def _count(value: Any) -> int | None:
    """A small number of months or days, from an answer that may be text; None when it is not one."""
    typed = str(value).strip() if isinstance(value, int | str) and not isinstance(value, bool) else ""
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 5 else None


def _rows(value: Any) -> list[Mapping[str, Any]]:
    if isinstance(value, str | bytes | Mapping) or not isinstance(value, Iterable):
        return []
    return [row for row in value if isinstance(row, Mapping)]
