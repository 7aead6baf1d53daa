"""Units noted, moved on together, and used one by one."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views import View
from django.views.decorators.http import require_POST

from devices.exemption import in_force_on, is_stopped
from devices.forms import RecordForm, ShipForm, UseForm
from devices.models import Unit
from devices.policy import is_company, is_hospital, may_step, own_units
from devices.queries.lists import held
from devices.services import units as services
from devices.services.step import demand
from devices.states import STATES, STEPS
from devices.views.common import actor_of, blame, exemption_for, statuses
from devices.views.home import exemption_page
from dossiers.services.errors import Blocked, WrongState
from workflows.dates import civil_date
from workflows.types import Actor


class Add(View):
    """The company notes a shipment, the hospital what it received without one."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        self.actor = actor_of(request)
        self.exemption = exemption_for(self.actor, kwargs["number"])
        self.name = "ship" if is_company(self.actor) else "record"
        with statuses():
            demand(may_step(self.actor, self.name))
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: HttpRequest, number: str) -> HttpResponse:
        return self._page(self._form(initial={"on": civil_date(timezone.now())}))

    def post(self, request: HttpRequest, number: str) -> HttpResponse:
        form = self._form(request.POST)
        made: list[Unit] = []
        if form.is_valid():
            try:
                with statuses():
                    made = self._note(form, number)
            except Blocked as refusal:
                blame(form, refusal)
        if form.errors:
            return self._page(form, status=422)
        count = len(made)
        said = ngettext("%(count)d unit noted.", "%(count)d units noted.", count) % {"count": count}
        messages.success(request, said)
        if any(unit.over_quantity or unit.off_site for unit in made):
            messages.warning(request, _("Noted as beyond the decision, its quantity or its sites: ANSM is told."))
        return redirect(f"{reverse('devices:exemption', args=[number])}?list={_list_of(self.name)}")

    def _note(self, form: Any, number: str) -> list[Unit]:
        said: dict[str, Any] = {"number": number, "noted": form.noted(), "on": form.cleaned_data["on"]}
        if self.name == "ship":
            return services.ship(**said, site=form.cleaned_data["to"], actor=self.actor, at=timezone.now())
        return services.record(**said, actor=self.actor, at=timezone.now())

    def _form(self, *args: Any, **kwargs: Any) -> forms.Form:
        if self.name == "ship":
            return ShipForm(*args, exemption=self.exemption, **kwargs)
        return RecordForm(*args, **kwargs)

    def _page(self, form: forms.Form, *, status: int = 200) -> HttpResponse:
        title = self.exemption.title
        company = self.name == "ship"
        context = {
            "exemption": self.exemption,
            "form": form,
            "company": company,
            "reached": held(self.actor, self.exemption).reached,
            "unnamed": not company and not self.exemption.names(self.actor.organisation_id or 0),
            "stopped": is_stopped(title, civil_date(timezone.now())),
        }
        return render(self.request, "devices/add.html", context, status=status)


class Use(View):
    """A unit in stock, used or implanted."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        self.actor = actor_of(request)
        self.exemption = exemption_for(self.actor, kwargs["number"])
        if not is_hospital(self.actor):
            raise Http404
        found = own_units(self.actor).filter(title=self.exemption.title, rank=kwargs["rank"]).first()
        if found is None:
            raise Http404
        self.unit = found
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: HttpRequest, number: str, rank: int) -> HttpResponse:
        if self.unit.state not in STEPS["use"].sources:
            messages.error(request, _too_late(self.unit))
            return redirect("devices:exemption", number)
        today = civil_date(timezone.now())
        return self._page(UseForm(initial={"on": today}, outside=not in_force_on(self.exemption.title, today)))

    def post(self, request: HttpRequest, number: str, rank: int) -> HttpResponse:
        form = UseForm(request.POST, outside=bool(request.POST.get("deviation")))
        if form.is_valid():
            try:
                with statuses():
                    services.use(number=number, rank=rank, **form.cleaned_data, actor=self.actor, at=timezone.now())
            except WrongState as refusal:
                messages.error(request, str(refusal.reasons[0].message))
                return redirect("devices:exemption", number)
            except Blocked as refusal:
                outside = any(reason.field == "deviation" for reason in refusal.reasons)
                form = UseForm(request.POST, outside=outside or bool(request.POST.get("deviation")))
                blame(form, refusal)
        if form.errors:
            return self._page(form, status=422)
        messages.success(request, _("Its use is noted. Keep the link with the patient in your own register."))
        return redirect(f"{reverse('devices:exemption', args=[number])}?list=used")

    def _page(self, form: UseForm, *, status: int = 200) -> HttpResponse:
        title = self.exemption.title
        context = {
            "exemption": self.exemption,
            "unit": self.unit,
            "form": form,
            "stopped": is_stopped(title, civil_date(timezone.now())),
        }
        return render(self.request, "devices/use.html", context, status=status)


@require_POST
def act(request: HttpRequest, number: str) -> HttpResponse:
    """One step for the units ticked on the list; what was refused comes back there with what was ticked."""
    actor = actor_of(request)
    found = exemption_for(actor, number)
    name, ticked = request.POST.get("act", ""), request.POST.getlist("unit")
    if name not in STEPS:
        raise Http404
    ranks = [int(one) for one in ticked if one.isascii() and one.isdecimal() and len(one) < 7]
    on = _day(request.POST.get("on", ""))
    problem = ""
    if not may_step(actor, name).allowed:
        raise PermissionDenied(_("Your role does not allow you to do this."))
    if not ranks:
        problem = _("Tick at least one unit.")
    elif on is None:
        problem = _("Write the day.")
    else:
        problem = _done(request, actor, number, name, ranks, on)
    if problem:
        refused = {"message": problem, "ticked": ranks, "on": request.POST.get("on", ""), "name": name}
        return exemption_page(request, actor, found, refused={**refused, "reason": request.POST.get("reason", "")})
    return redirect(f"{reverse('devices:exemption', args=[number])}?list={_list_of(name)}")


def _done(request: HttpRequest, actor: Actor, number: str, name: str, ranks: list[int], on: dt.date) -> str:
    """Does it, and returns what is wrong in words; empty when nothing is."""
    reason = request.POST.get("reason", "")
    try:
        with statuses():
            units = services.move_on(
                number=number, ranks=ranks, name=name, on=on, reason=reason, actor=actor, at=timezone.now()
            )
    except (Blocked, WrongState) as refusal:
        return str(refusal.reasons[0].message)
    said = ngettext("%(count)d unit: %(done)s.", "%(count)d units: %(done)s.", len(units))
    messages.success(request, said % {"count": len(units), "done": STEPS[name].past})
    return ""


def _list_of(name: str) -> str:
    return {"ship": "shipped", "record": "stock", "receive": "stock", "unuse": "stock", "use": "used"}.get(name, "over")


def _day(typed: str) -> dt.date | None:
    try:
        return parse_date(typed)
    except ValueError:
        return None


def _too_late(unit: Unit) -> str:
    said = _("This is no longer possible for %(unit)s: %(state)s.")
    return said % {"unit": unit.reference, "state": STATES[unit.state]}
