"""Screens by which ANSM records entries of the referential and keeps them up to date.

Each leads back to the page in `back`, an address of this site (the dossier that asked for it), or to the medicine.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views import View

from catalogue.entry_forms import (
    EntryForm,
    IndicationForm,
    MedicineChangeForm,
    MedicineForm,
    NoneOfTheseForm,
    PutForm,
    UcdForm,
    show_reasons,
)
from catalogue.models import Indication, Medicine
from catalogue.services.criteria import CriteriaRefused, allocate_ucd, may_publish
from catalogue.services.referential import (
    ChangedMeanwhile,
    EntryRefused,
    LooksLikeExisting,
    create_entry,
    last_change,
    may_record,
    record_put,
    update_entry,
    update_medicine,
)
from workflows.types import Actor


def back_of(request: HttpRequest) -> str:
    """The page of this site that `back` names, or "": an address elsewhere is no way back."""
    back = request.GET.get("back", "")
    # None of our hosts is allowed by name, so only an address without a host passes.
    return back if back.startswith("/") and url_has_allowed_host_and_scheme(back, allowed_hosts=None) else ""


class StaffScreen(View):
    """Open to those that `allowed` lets in; `refusal` tells the others who may."""

    refusal: Any = _("Only ANSM triage, an assessor or a signatory records entries of the referential.")
    actor: Actor

    @staticmethod
    def allowed(actor: Actor | None) -> bool:
        return may_record(actor)

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        actor: Actor | None = getattr(request, "actor", None)
        if actor is None or not self.allowed(actor):
            raise PermissionDenied(str(self.refusal))
        self.actor = actor
        return super().dispatch(request, *args, **kwargs)

    def done(self, medicine: Medicine, message: str) -> HttpResponse:
        messages.success(self.request, message)
        return HttpResponseRedirect(back_of(self.request) or medicine.get_absolute_url())


class NewEntry(StaffScreen):
    """A medicine and its first indication, or (`?medicine=`) a new indication of a medicine already recorded."""

    def get(self, request: HttpRequest) -> HttpResponse:
        about = MedicineForm(initial={"name": request.GET.get("name", "")[:400]})
        return self._page(self._known(), about, IndicationForm())

    def post(self, request: HttpRequest) -> HttpResponse:
        known = self._known()
        about, indication, other = (
            MedicineForm(request.POST),
            IndicationForm(request.POST),
            NoneOfTheseForm(request.POST),
        )
        valid = indication.is_valid() & other.is_valid()
        if not (valid and (known is not None or about.is_valid())):
            return self._page(known, about, indication, status=422)
        try:
            entry = create_entry(
                medicine=known or about.new_medicine(),
                indication=indication.new_indication(),
                actor=self.actor,
                at=timezone.now(),
                none_of_these=other.cleaned_data["none_of_these"],
            )
        except LooksLikeExisting as error:
            return self._page(known, about, indication, other, alike=error.found, status=409)
        except EntryRefused as error:
            show_reasons(error.reasons, *([indication] if known else [about, indication]))
            return self._page(known, about, indication, status=422)
        return self.done(entry.medicine, gettext("The entry is recorded."))

    def _known(self) -> Medicine | None:
        typed = self.request.GET.get("medicine", "")
        if not typed:
            return None
        pk = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 19 else 0
        return get_object_or_404(Medicine, pk=pk)

    def _page(
        self,
        known: Medicine | None,
        about: MedicineForm,
        indication: IndicationForm,
        other: NoneOfTheseForm | None = None,
        *,
        alike: tuple[Medicine, ...] = (),
        status: int = 200,
    ) -> HttpResponse:
        context = {
            "known": known,
            "about": about,
            "indication_form": indication,
            "other": other,
            "alike": alike,
            "add_url_name": "catalogue:new_entry",
            "back": back_of(self.request),
        }
        return render(self.request, "catalogue/new_entry.html", context, status=status)


class ChangeScreen(StaffScreen):
    """One form that changes one row: what is typed, what the service refuses, what somebody else changed meanwhile."""

    title: Any = ""
    intro: Any = ""
    button: Any = _("Save")
    template = "catalogue/change.html"

    def page(
        self,
        medicine: Medicine,
        form: forms.Form,
        *,
        indication: Indication | None = None,
        last: Any = None,
        status: int = 200,
    ) -> HttpResponse:
        context = {
            "medicine": medicine,
            "indication": indication,
            "form": form,
            "title": self.title,
            "intro": self.intro,
            "button": self.button,
            "seen": last_change(indication) if indication else 0,
            "last": last,
            "back": back_of(self.request),
        }
        return render(self.request, self.template, context, status=status)


class EntryScreen(ChangeScreen):
    """A change of an entry. `form_class` and `save` say which."""

    form_class: type[PutForm] = EntryForm
    saved: Any = _("The entry is changed.")

    def save(self, entry: Indication, form: PutForm, seen: int) -> None:
        raise NotImplementedError

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        entry = self._entry(pk)
        return self.page(entry.medicine, self.form_class(initial=self.form_class.initial_of(entry)), indication=entry)

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        entry, form = self._entry(pk), self.form_class(request.POST)
        if not form.is_valid():
            return self.page(entry.medicine, form, indication=entry, status=422)
        typed = request.POST.get("seen", "")
        seen = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 19 else 0
        try:
            self.save(entry, form, seen)
        except ChangedMeanwhile as error:
            # The page shows what was changed; sending it again is then a choice.
            return self.page(entry.medicine, form, indication=entry, last=error.last, status=412)
        except EntryRefused as error:
            show_reasons(error.reasons, form)
            return self.page(entry.medicine, form, indication=entry, status=422)
        return self.done(entry.medicine, str(self.saved))

    def _entry(self, pk: int) -> Indication:
        return get_object_or_404(Indication.objects.select_related("medicine"), pk=pk)


class EditEntry(EntryScreen):
    title = _("Change the entry")
    refusal = _("Only an ANSM assessor or signatory changes an entry.")

    @staticmethod
    def allowed(actor: Actor | None) -> bool:
        return may_publish(actor)

    def save(self, entry: Indication, form: PutForm, seen: int) -> None:
        update_entry(indication=entry, changes=form.values(), actor=self.actor, at=timezone.now(), seen=seen)


class RecordPut(EntryScreen):
    form_class = PutForm
    title = _("Record the protocol for use and follow-up (PUT-SP)")
    intro = _("Nothing is granted without it: prescriber and pharmacist must read it and follow it.")
    saved = _("The PUT-SP is recorded.")

    def save(self, entry: Indication, form: PutForm, seen: int) -> None:
        typed = form.values()
        record_put(
            indication=entry,
            reference=typed["put_reference"],
            url=typed["put_url"],
            published_on=typed["put_published_on"],
            followup_months=typed["put_followup_months"],
            actor=self.actor,
            at=timezone.now(),
            seen=seen,
        )


class EditMedicine(ChangeScreen):
    title = _("Put the medicine right")
    intro = _("Letters already issued keep what they say.")

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        medicine = get_object_or_404(Medicine, pk=pk)
        return self.page(medicine, MedicineChangeForm(medicine=medicine))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        medicine = get_object_or_404(Medicine, pk=pk)
        form = MedicineChangeForm(request.POST, medicine=medicine)
        if not form.is_valid():
            return self.page(medicine, form, status=422)
        try:
            update_medicine(medicine=medicine, changes=form.cleaned_data, actor=self.actor, at=timezone.now())
        except EntryRefused as error:
            show_reasons(error.reasons, form)
            return self.page(medicine, form, status=422)
        return self.done(medicine, gettext("The medicine is put right."))


class AllocateUcd(ChangeScreen):
    title = _("Allocate the UCD code")
    intro = _("After a first grant the medicine is given its code of the unit of dispensing (CSP R.5121-74-3).")
    button = _("Allocate")
    refusal = _("Only an ANSM assessor or signatory allocates a UCD code.")

    @staticmethod
    def allowed(actor: Actor | None) -> bool:
        return may_publish(actor)

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        medicine = get_object_or_404(Medicine, pk=pk)
        return self.page(medicine, UcdForm(initial={"ucd13": medicine.ucd13}))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        medicine, form = get_object_or_404(Medicine, pk=pk), UcdForm(request.POST)
        if not form.is_valid():
            return self.page(medicine, form, status=422)
        try:
            allocate_ucd(medicine=medicine, ucd13=form.cleaned_data["ucd13"], actor=self.actor, at=timezone.now())
        except CriteriaRefused as error:
            show_reasons(error.reasons, form)
            return self.page(medicine, form, status=422)
        return self.done(medicine, gettext("The UCD code is allocated."))
