"""A serious incident: its first report, those that follow, its page."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views import View
from django.views.decorators.http import require_POST

from devices.exemption import Exemption
from devices.forms import IncidentForm, NextReportForm
from devices.models import Incident, IncidentReport, Unit
from devices.policy import (
    incidents_visible_to,
    is_company,
    is_hospital,
    may_acknowledge,
    may_report,
    units_visible_to,
)
from devices.queries.lists import due
from devices.queries.sites import sites_holding
from devices.services import incidents as services
from devices.services.incidents import OUTCOMES, kinds_open_to
from devices.services.step import demand
from devices.views.common import actor_of, blame, exemption_for, statuses
from dossiers.services import access
from dossiers.services.errors import Blocked, WrongState
from workflows.dates import civil_date
from workflows.incidents import SEVERITIES
from workflows.types import Actor


class New(View):
    """The first report, by the company or by a hospital."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        self.actor = actor_of(request)
        self.exemption = exemption_for(self.actor, kwargs["number"])
        with statuses():
            demand(may_report(self.actor))
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: HttpRequest, number: str) -> HttpResponse:
        return self._page(self._form(initial={"aware_on": civil_date(timezone.now()), **self._of_a_unit()}))

    def post(self, request: HttpRequest, number: str) -> HttpResponse:
        form = self._form(request.POST)
        made: Incident | None = None
        if form.is_valid():
            try:
                with statuses():
                    made = services.report(
                        number=number,
                        aware_on=form.cleaned_data["aware_on"],
                        where=form.where(),
                        told=form.told(),
                        actor=self.actor,
                        at=timezone.now(),
                    )
            except Blocked as refusal:
                blame(form, refusal)
        if made is None:
            return self._page(form, status=422)
        messages.success(request, _("Reported. ANSM's vigilance is told now; here is what comes next."))
        return redirect("devices:incident", number, made.rank)

    def _form(self, *args: Any, **kwargs: Any) -> IncidentForm:
        return IncidentForm(*args, exemption=self.exemption, company=is_company(self.actor), **kwargs)

    def _of_a_unit(self) -> dict[str, Any]:
        """The numbers of the unit from whose row the report begins."""
        asked = self.request.GET.get("unit", "")
        if not (asked.isascii() and asked.isdecimal() and len(asked) < 7):
            return {}
        units = units_visible_to(self.actor).filter(title=self.exemption.title, rank=int(asked))
        unit: Unit | None = units.first()
        return {"lot": unit.lot, "serial": unit.serial, "site": str(unit.site_id)} if unit is not None else {}

    def _page(self, form: forms.Form, *, status: int = 200) -> HttpResponse:
        context = {"exemption": self.exemption, "form": form, "hospital": is_hospital(self.actor)}
        return render(self.request, "devices/report.html", context, status=status)


class Page(View):
    """One incident with its reports; posted, the next one."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        self.actor = actor_of(request)
        self.exemption, self.incident = _found(self.actor, kwargs["number"], kwargs["rank"])
        self.kinds = kinds_open_to(self.incident, self.actor)
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: HttpRequest, number: str, rank: int) -> HttpResponse:
        what = f"device incident {rank}"
        access.record(dossier=self.incident.title.dossier, actor=self.actor, what=what, at=timezone.now())
        return self._page(self._form(initial={"severity": self.incident.severity}) if self.kinds else None)

    def post(self, request: HttpRequest, number: str, rank: int) -> HttpResponse:
        if not self.kinds:
            with statuses():
                demand(may_report(self.actor))
        form = self._form(request.POST)
        done = False
        if form.is_valid():
            try:
                with statuses():
                    services.add_report(
                        incident=self.incident.pk,
                        kind=form.cleaned_data["kind"],
                        told=form.told(),
                        actor=self.actor,
                        at=timezone.now(),
                    )
                    done = True
            except (Blocked, WrongState) as refusal:
                blame(form, Blocked(refusal.reasons))
        if not done:
            return self._page(form, status=422)
        messages.success(request, _("Your report is kept; ANSM's vigilance is told."))
        return redirect("devices:incident", number, rank)

    def _form(self, *args: Any, **kwargs: Any) -> NextReportForm:
        return NextReportForm(*args, kinds=self.kinds, company=is_company(self.actor), **kwargs)

    def _page(self, form: NextReportForm | None, *, status: int = 200) -> HttpResponse:
        found, on = self.incident, civil_date(timezone.now())
        row = {name: getattr(found, name) for name in ("severity", "awaited_on", "initial_on")}
        holding = found.title if found.lot and not is_hospital(self.actor) else None
        context = {
            "exemption": self.exemption,
            "incident": found,
            "due": due(row, on),
            "reports": [_shown(one) for one in found.reports.order_by("-seq")],
            "form": form,
            "company": is_company(self.actor),
            "hospital": is_hospital(self.actor),
            "may_acknowledge": may_acknowledge(self.actor).allowed and found.acknowledged_at is None,
            "holding": list(sites_holding(holding, found.lot)) if holding is not None else [],
        }
        return render(self.request, "devices/incident.html", context, status=status)


@require_POST
def acknowledge(request: HttpRequest, number: str, rank: int) -> HttpResponse:
    actor = actor_of(request)
    _exemption, incident = _found(actor, number, rank)
    with statuses():
        services.acknowledge(incident=incident.pk, actor=actor, at=timezone.now())
    messages.success(request, _("Acknowledged. Your name and the time are kept."))
    return redirect("devices:incident", number, rank)


def _found(actor: Actor, number: str, rank: int) -> tuple[Exemption, Incident]:
    """Raises Http404."""
    incidents = incidents_visible_to(actor).select_related("title__dossier", "organisation", "site")
    incident = incidents.filter(title__number=number, rank=rank).first()
    if incident is None:
        raise Http404
    return exemption_for(actor, number), incident


def _shown(report: IncidentReport) -> dict[str, Any]:
    return {
        "kind": report.get_kind_display(),
        "severity": SEVERITIES[report.severity].label,
        "what": report.content["what"],
        "outcome": dict(OUTCOMES)[report.content["outcome"]],
        "measures": report.content["measures"],
        "next_on": report.next_on,
        "days_late": report.days_late,
        "at": report.at,
        "who": report.actor_name,
        "where": report.actor_organisation,
    }
