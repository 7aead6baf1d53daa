"""The agreement between a company and a hospital, and what was paid for the forms received.

Source: arrêté of 15 April 2022 (standard agreement for data collection in early access, JO of 23 April 2022). The
tariff is the parties' own: the site only counts.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cohort.models import Agreement, CohortForm, Payment
from cohort.policy import agreements_visible_to, may_keep_agreements, pseudonymised_for, titles_of_cohorts
from cohort.services.step import demand
from dossiers.services.errors import Blocked, NotFound
from workflows.dates import civil_date, say
from workflows.putrd import FORMS
from workflows.types import Actor, Reason

CODES: Final = frozenset(code for code, _label in FORMS)
HIGHEST: Final = Decimal(100_000)


def keep(
    *,
    chain: str,
    hospital: int,
    signed_on: dt.date,
    tariff: Mapping[str, Decimal],
    reference: str = "",
    actor: Actor,
    at: dt.datetime | None = None,
) -> Agreement:
    """Note the agreement, or correct it: one for each hospital of a cohort. `tariff`: euros by form.

    Raises NotFound (not this company's cohort, or the hospital has no patient in it), Forbidden, Blocked.
    """
    at = at or timezone.now()
    with transaction.atomic(durable=True):
        if not titles_of_cohorts(actor).filter(chain=chain).exists():
            raise NotFound([Reason("not_found", _("No such early access."))])
        demand(may_keep_agreements(actor))
        if not pseudonymised_for(actor).filter(chain=chain, organisation=hospital).exists():
            raise NotFound([Reason("hospital", _("This hospital has no patient in this cohort."))])
        faults = _faults(signed_on, tariff, civil_date(at))
        if faults:
            raise Blocked(faults)
        found, _new = Agreement.objects.update_or_create(
            chain=chain,
            organisation_id=hospital,
            defaults={
                "signed_on": signed_on,
                "reference": reference.strip()[:80],
                "tariff": {code: str(euros) for code, euros in tariff.items()},
                "noted_by_id": actor.person_id,
                "noted_at": at,
            },
        )
        return found


def pay(
    *, agreement: int, form: str, count: int, paid_on: dt.date, actor: Actor, at: dt.datetime | None = None
) -> Payment:
    """Note that `count` signed forms of one kind were paid. Never more than were received and not yet paid.

    Raises NotFound, Forbidden, Blocked.
    """
    at = at or timezone.now()
    with transaction.atomic(durable=True):
        seen = agreements_visible_to(actor).filter(pk=agreement).values_list("pk", flat=True).first()
        if seen is None:
            raise NotFound([Reason("not_found", _("No such agreement, or it is not yours to see."))])
        demand(may_keep_agreements(actor))
        held = Agreement.objects.select_for_update(of=("self",)).get(pk=seen)
        owed = received(held, form) - paid(held, form)
        faults = []
        if form not in CODES:
            faults.append(Reason("form", _("Choose a form."), "form"))
        elif count < 1 or count > owed:
            message = _("Write a number from 1 to %(most)d: what was received and not yet paid.") % {"most": owed}
            faults.append(Reason("count", message if owed > 0 else _("Nothing is owed for this form."), "count"))
        if not held.signed_on <= paid_on <= civil_date(at):
            message = _("Write a day from %(first)s until today.") % {"first": say(held.signed_on)}
            faults.append(Reason("paid_on", message, "paid_on"))
        if faults:
            raise Blocked(faults)
        return Payment.objects.create(
            agreement=held,
            form=form,
            count=count,
            amount=count * Decimal(held.tariff.get(form, "0")),
            paid_on=paid_on,
            noted_by_id=actor.person_id,
            noted_at=at,
        )


def received(agreement: Agreement, form: str) -> int:
    """Signed forms of one kind that this hospital sent in this cohort."""
    return CohortForm.objects.filter(
        inclusion__chain=agreement.chain,
        inclusion__organisation=agreement.organisation_id,
        inclusion__asked_at__isnull=False,
        form=form,
        signed_at__isnull=False,
    ).count()


def paid(agreement: Agreement, form: str) -> int:
    return sum(Payment.objects.filter(agreement=agreement, form=form).values_list("count", flat=True))


def _faults(signed_on: dt.date, tariff: Mapping[str, Decimal], today: dt.date) -> list[Reason]:
    faults = []
    if signed_on > today:
        faults.append(Reason("future", _("Write the day it was signed, today at the latest."), "signed_on"))
    for code, euros in tariff.items():
        if code not in CODES or not 0 <= euros <= HIGHEST:
            faults.append(Reason("tariff", _("Write an amount in euros, 0 or more."), code))
    return faults
