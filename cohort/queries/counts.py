"""Forms expected and received: the completeness of a patient, a hospital, a cohort. Each is one query."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet

from cohort.models import CohortForm


@dataclass(frozen=True)
class Meter:
    """`expected`: forms signed, and visits whose day has come. A form that nothing expects yet is in neither."""

    received: int = 0
    expected: int = 0

    @property
    def rate(self) -> int:
        """Whole per cent, rounded down so that 100 means all; 100 when nothing is expected."""
        return 100 * self.received // self.expected if self.expected else 100

    @property
    def lacking(self) -> int:
        return self.expected - self.received


def _received() -> Q:
    return Q(signed_at__isnull=False)


def _expected(on: dt.date) -> Q:
    return _received() | Q(due_on__lte=on, cancelled_at=None)


def meters(forms: QuerySet[CohortForm], on: dt.date, *by: str) -> dict[Any, Meter]:
    """{value of `by`: meter}; a tuple of values when there are several."""
    rows = (
        forms.order_by()
        .values_list(*by)
        .annotate(received=Count("pk", filter=_received()), expected=Count("pk", filter=_expected(on)))
    )
    return {(row[0] if len(by) == 1 else row[:-2]): Meter(row[-2], row[-1]) for row in rows}


def of_patients(inclusions: Iterable[int], on: dt.date) -> dict[int, Meter]:
    return meters(CohortForm.objects.filter(inclusion__in=list(inclusions)), on, "inclusion")


def total(found: Iterable[Meter]) -> Meter:
    rows = list(found)
    return Meter(sum(one.received for one in rows), sum(one.expected for one in rows))
