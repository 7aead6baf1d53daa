"""One patient: for the hospital with every form in its time, for the company by pseudonym; and the acts of both."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import View
from django.views.decorators.http import require_safe

from cohort.forms import said
from cohort.models import CohortForm, Inclusion, VigilanceNotice
from cohort.policy import is_company, may_include, may_sign_forms, may_step
from cohort.protocol import Cohort
from cohort.queries import hospital
from cohort.queries.counts import Meter, of_patients
from cohort.services import forms, inclusions
from cohort.states import NOTES, STATES, STEPS
from cohort.views import company as company_views
from cohort.views.common import actor_of, cohort_for, statuses
from dossiers.forms.readable import Readable
from dossiers.services import access
from dossiers.services.errors import Blocked, WrongState
from workflows.dates import civil_date
from workflows.putrd import FORMS
from workflows.putrd_library import FOLLOW_UP, INITIATION, STOP
from workflows.types import Actor, Text

LABELS = dict(FORMS)
DONE: dict[str, Text] = {
    "return": gettext_lazy("Returned to the prescriber, who is told."),
    "send": gettext_lazy("Signed and sent. The company is told."),
    "accept": gettext_lazy("Access given. The hospital is told."),
    "decline": gettext_lazy("Declined. The hospital is told and reads your reason."),
    "withdraw": gettext_lazy("Given up."),
}


@dataclass(frozen=True)
class Shown:
    """One form on the patient's page."""

    form: CohortForm
    label: Text
    when: str
    late: int
    url: str
    answers: list[Readable]
    open: bool
    notice: VigilanceNotice | None


@require_safe
def page(request: HttpRequest, chain: str, rank: int) -> HttpResponse:
    actor = actor_of(request)
    if is_company(actor):
        return company_views.patient(request, actor, cohort_for(actor, chain), rank)
    return hospital_page(request, actor, chain, rank)


def hospital_page(
    request: HttpRequest, actor: Actor, chain: str, rank: int, *, refused: dict[str, Any] | None = None
) -> HttpResponse:
    found = hospital.patient(actor, chain, rank)
    if found is None:
        raise Http404
    cohort = cohort_for(actor, chain)
    at = timezone.now()
    on = civil_date(at)
    access.record(dossier=found.title.dossier, actor=actor, what=f"cohort patient {rank}", at=at)
    rows = hospital.forms_of(found)
    visits = hospital.next_visits([found.pk]).get(found.pk)
    following = hospital.next_act(found.state, visits, on, actor.role)
    context = {
        "inclusion": found,
        "cohort": cohort,
        "state_label": STATES[found.state],
        "next": following,
        "next_url": _form_url(found, following.form, following.visit) if following.form else "",
        "shown": [_shown(one, found, cohort, on) for one in rows],
        "meter": of_patients([found.pk], on).get(found.pk, Meter()),
        "events": _events(found),
        "acts": _acts(actor, found),
        "may_write": may_include(actor).allowed,
        "may_sign": may_sign_forms(actor).allowed,
        "stop_url": _form_url(found, STOP, 0) if found.state == "treated" else "",
        "start_url": _form_url(found, INITIATION, 0) if found.state == "accepted" else "",
        "visit_url": reverse("cohort:visit", args=[chain, rank]) if found.state == "treated" else "",
        "admits": cohort.admits(on),
        "refused": refused or {},
    }
    return render(request, "cohort/patient.html", context, status=422 if refused else 200)


def _form_url(found: Inclusion, form: str, visit: int) -> str:
    return reverse("cohort:form", args=[found.chain, found.rank, form, visit])


def _shown(one: CohortForm, found: Inclusion, cohort: Cohort, on: dt.date) -> Shown:
    due = one.due_on if one.signed_at is None and one.cancelled_at is None else None
    label: Text = LABELS[one.form]
    if one.form == FOLLOW_UP:
        label = one.visit_label or _("Visit outside the calendar")
    # A visit far ahead is not offered yet; one that came early is told outside the calendar.
    near = due is None or due <= on + dt.timedelta(days=hospital.SOON_DAYS) or one.version > 0
    is_open = near and one.signed_at is None and one.cancelled_at is None and found.state in forms.OPEN_WHILE[one.form]
    answers = said(cohort.variables(one.form), {**one.answers, **one.personal}) if one.signed_at else []
    return Shown(
        form=one,
        label=label,
        when="late" if due is not None and due < on else "due" if due is not None else "",
        late=(on - due).days if due is not None and due < on else 0,
        url=_form_url(found, one.form, one.visit),
        answers=answers,
        open=is_open,
        notice=getattr(one, "notice", None),
    )


def _events(found: Inclusion) -> list[dict[str, Any]]:
    """The history, latest first. One query."""
    said_of = {**{name: step.past for name, step in STEPS.items()}, **NOTES}
    return [
        {
            "what": said_of.get(one.verb, one.verb),
            "at": one.at,
            "who": one.actor_name,
            "where": one.actor_organisation,
            "reason": one.payload.get("reason", ""),
        }
        for one in found.events.order_by("-seq")
    ]


def _acts(actor: Actor, found: Inclusion) -> dict[str, str]:
    """{step: address} of what this person may do now."""
    return {
        name: reverse("cohort:act", args=[found.chain, found.rank, name])
        for name in ("return", "send", "withdraw")
        if found.state in STEPS[name].sources and may_step(actor, name).allowed
    }


class Act(View):
    """An act on an inclusion, posted from its page. What was refused comes back there with what was typed."""

    http_method_names = ("post", "options")

    def post(self, request: HttpRequest, chain: str, rank: int, name: str) -> HttpResponse:
        actor = actor_of(request)
        if name not in DONE:
            raise Http404
        reason, number = request.POST.get("reason", ""), request.POST.get("access_number", "")
        pseudonym = f"{chain}/{rank:04d}"
        where: dict[str, Any] = {"pseudonym": pseudonym, "actor": actor, "at": timezone.now()}
        acts: dict[str, Callable[[], object]] = {
            "return": lambda: forms.give_back(**where, reason=reason),
            "send": lambda: forms.send(**where),
            "accept": lambda: inclusions.accept(**where, access_number=number),
            "decline": lambda: inclusions.decline(**where, reason=reason),
            "withdraw": lambda: inclusions.withdraw(**where, reason=reason),
        }
        try:
            with statuses():
                acts[name]()
        except WrongState as refusal:
            messages.error(request, str(refusal.reasons[0].message))
            return redirect("cohort:patient", chain, rank)
        except Blocked as refusal:
            refused = {
                "name": name,
                "message": str(refusal.reasons[0].message),
                "reason": reason,
                "access_number": number,
            }
            if is_company(actor):
                return company_views.patient(request, actor, cohort_for(actor, chain), rank, refused=refused)
            return hospital_page(request, actor, chain, rank, refused=refused)
        messages.success(request, str(DONE[name]))
        if is_company(actor):
            return redirect(f"{reverse('cohort:cohort', args=[chain])}?list=asked")
        return redirect("cohort:patient", chain, rank)
