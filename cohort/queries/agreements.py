"""Agreements of a cohort: for each hospital and form, what is expected, received, paid and owed. Three queries."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Sum

from cohort.models import Agreement, CohortForm, Payment
from cohort.policy import agreements_visible_to, inclusions_visible_to, is_hospital, pseudonymised_for
from cohort.queries.counts import Meter, meters
from workflows.putrd import FORMS
from workflows.types import Actor, Text


@dataclass(frozen=True)
class FormAccount:
    code: str
    label: Text
    tariff: Decimal | None
    expected: int
    received: int
    paid: int
    paid_amount: Decimal

    @property
    def to_pay(self) -> int:
        return self.received - self.paid

    @property
    def owed(self) -> Decimal:
        return self.to_pay * (self.tariff or Decimal(0))


@dataclass(frozen=True)
class Account:
    """One hospital of a cohort. `agreement` None: it sends forms and nothing is signed yet."""

    hospital: int
    name: str
    agreement: Agreement | None
    forms: list[FormAccount]

    @property
    def expected(self) -> int:
        return sum(one.expected for one in self.forms)

    @property
    def received(self) -> int:
        return sum(one.received for one in self.forms)

    @property
    def paid(self) -> int:
        return sum(one.paid for one in self.forms)

    @property
    def owed(self) -> Decimal:
        return sum((one.owed for one in self.forms), Decimal(0))


def accounts(actor: Actor | None, chain: str, on: dt.date) -> list[Account]:
    """Of every hospital for the company, of itself for a hospital. By name."""
    seen = inclusions_visible_to(actor) if is_hospital(actor) else pseudonymised_for(actor)
    sent = seen.filter(chain=chain, asked_at__isnull=False)
    found = meters(
        CohortForm.objects.filter(inclusion__in=sent.values("pk")),
        on,
        "inclusion__organisation",
        "inclusion__organisation__name",
        "form",
    )
    agreements = {
        one.organisation_id: one
        for one in agreements_visible_to(actor).select_related("organisation").filter(chain=chain)
    }
    names = {key: name for key, name, _form in found} | {key: one.organisation.name for key, one in agreements.items()}
    payments = _payments([one.pk for one in agreements.values()])
    made = []
    for hospital, name in names.items():
        agreement = agreements.get(hospital)
        meters_of = {form: meter for (key, _name, form), meter in found.items() if key == hospital}
        made.append(Account(hospital, name, agreement, _forms(agreement, meters_of, payments)))
    return sorted(made, key=lambda one: one.name)


def _payments(agreements: list[int]) -> dict[tuple[int, str], tuple[int, Decimal]]:
    rows = (
        Payment.objects.filter(agreement__in=agreements)
        .order_by()
        .values_list("agreement", "form")
        .annotate(forms=Sum("count"), euros=Sum("amount"))
    )
    return {(agreement, form): (count, amount) for agreement, form, count, amount in rows}


def _forms(
    agreement: Agreement | None, found: dict[str, Meter], payments: dict[tuple[int, str], tuple[int, Decimal]]
) -> list[FormAccount]:
    made = []
    for code, label in FORMS:
        meter = found.get(code, Meter())
        key = agreement.pk if agreement else 0
        count, amount = payments.get((key, code), (0, Decimal(0)))
        tariff = agreement.tariff.get(code) if agreement else None
        euros = Decimal(tariff) if tariff is not None else None
        made.append(FormAccount(code, label, euros, meter.expected, meter.received, count, amount))
    return made
