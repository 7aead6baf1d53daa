"""Agreements between the company and each hospital: what is due for the data entered, and what was paid."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import View
from django.views.decorators.http import require_safe

from cohort.policy import is_company, is_hospital, may_keep_agreements
from cohort.queries import agreements as queries
from cohort.services import agreements as services
from cohort.views.common import actor_of, cohort_for, statuses
from dossiers.forms import fields
from dossiers.forms.fields import NumberField
from dossiers.services.errors import Blocked
from workflows.dates import civil_date
from workflows.putrd import FORMS
from workflows.types import Actor

LAW = "arrêté du 15 avril 2022 (JO du 23 avril 2022)"


class AgreementForm(forms.Form):
    use_required_attribute = False

    signed_on = fields.date(gettext_lazy("Signed on"), example="")
    reference = fields.line(gettext_lazy("Reference of the agreement"), example="", required=False, max_length=80)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for code, label in FORMS:
            self.fields[code] = NumberField(
                label=_("%(form)s, in euros for each") % {"form": label},
                min_value=0,
                max_value=services.HIGHEST,
                max_digits=9,
                decimal_places=2,
                widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off", "class": "cohort-narrow"}),
            )

    def tariff(self) -> dict[str, Decimal]:
        return {code: self.cleaned_data[code] for code, _label in FORMS}


class PaymentForm(forms.Form):
    use_required_attribute = False

    form = forms.ChoiceField(label=gettext_lazy("Form"), choices=FORMS)
    count = fields.WholeNumberField(
        label=gettext_lazy("How many were paid"),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "class": "cohort-narrow"}),
    )
    paid_on = fields.date(gettext_lazy("Paid on"), example="")


@require_safe
def agreements(request: HttpRequest, chain: str) -> HttpResponse:
    actor = actor_of(request)
    cohort = cohort_for(actor, chain)
    if not (is_company(actor) or is_hospital(actor)):
        raise Http404
    context = {
        "cohort": cohort,
        "accounts": queries.accounts(actor, chain, civil_date(timezone.now())),
        "company": is_company(actor),
        "may_keep": may_keep_agreements(actor).allowed,
        "law": LAW,
    }
    return render(request, "cohort/agreements.html", context)


class Edit(View):
    """One hospital's agreement: noted, corrected, and what was paid under it."""

    actor: Actor

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        self.actor = actor_of(request)
        self.chain = kwargs["chain"]
        self.cohort = cohort_for(self.actor, self.chain)
        found = queries.accounts(self.actor, self.chain, civil_date(timezone.now())) if is_company(self.actor) else []
        account = next((one for one in found if one.hospital == kwargs["hospital"]), None)
        if account is None:
            raise Http404
        ruling = may_keep_agreements(self.actor)
        if not ruling.allowed:
            raise PermissionDenied(str(ruling.reasons[0].message))
        self.account = account
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return self._page(AgreementForm(initial=self._noted()), self._blank_payment())

    def post(self, request: HttpRequest, chain: str, hospital: int) -> HttpResponse:
        form = AgreementForm(request.POST)
        if form.is_valid():
            try:
                with statuses():
                    services.keep(
                        chain=chain,
                        hospital=hospital,
                        signed_on=form.cleaned_data["signed_on"],
                        reference=form.cleaned_data["reference"],
                        tariff=form.tariff(),
                        actor=self.actor,
                        at=timezone.now(),
                    )
            except Blocked as refusal:
                _blame(form, refusal)
        if form.errors:
            return self._page(form, self._blank_payment(), status=422)
        messages.success(request, _("The agreement is noted."))
        return redirect("cohort:agreement", chain, hospital)

    def _noted(self) -> dict[str, Any]:
        agreement = self.account.agreement
        if agreement is None:
            return {}
        return {"signed_on": agreement.signed_on, "reference": agreement.reference, **agreement.tariff}

    def _blank_payment(self) -> PaymentForm:
        today: dt.date = civil_date(timezone.now())
        return PaymentForm(initial={"paid_on": today})

    def _page(self, form: forms.Form, payment: forms.Form, *, status: int = 200) -> HttpResponse:
        context = {
            "cohort": self.cohort,
            "account": self.account,
            "form": form,
            "payment": payment,
            "law": LAW,
        }
        return render(self.request, "cohort/agreement.html", context, status=status)


class Pay(Edit):
    http_method_names = ("post", "options")

    def post(self, request: HttpRequest, chain: str, hospital: int) -> HttpResponse:
        if self.account.agreement is None:
            raise Http404
        form = PaymentForm(request.POST)
        if form.is_valid():
            try:
                with statuses():
                    services.pay(
                        agreement=self.account.agreement.pk, **form.cleaned_data, actor=self.actor, at=timezone.now()
                    )
            except Blocked as refusal:
                _blame(form, refusal)
        if form.errors:
            return self._page(AgreementForm(initial=self._noted()), form, status=422)
        messages.success(request, _("The payment is noted."))
        return redirect("cohort:agreement", chain, hospital)


def _blame(form: forms.Form, refusal: Blocked) -> None:
    for reason in refusal.reasons:
        form.add_error(reason.field if reason.field in form.fields else None, str(reason.message))
