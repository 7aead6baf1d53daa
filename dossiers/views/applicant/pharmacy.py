"""The hospital pharmacy: what waits to be checked, the check against the criteria, the return, the sending."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views import View

from catalogue.criteria import RCP_KEY, patient_outside, questions, read_date, read_number, unmet
from dossiers.forms.aac.grounds import criterion_field
from dossiers.forms.aac.patient import age_in_months
from dossiers.forms.aac.track import follows_criteria
from dossiers.forms.base import FormContext
from dossiers.forms.readable import day, readable
from dossiers.models import Dossier
from dossiers.queries import hospital
from dossiers.queries.answers import current_answers, form_context, last_submission
from dossiers.services import access
from dossiers.views.applicant.acts import Outcome, attempt, offered
from dossiers.views.applicant.common import acting, file_context, find_dossier, new_key, problems
from dossiers.views.applicant.documents import documents_shown
from dossiers.views.applicant.home import shown
from dossiers.views.applicant.sections import sections_shown
from dossiers.views.shared.paging import address, first_page_if_lost
from workflows.dates import civil_date
from workflows.roles import PHARMACIST, PHARMACY_PREPARER
from workflows.types import Text

LONGEST_REASON = 10_000


class Queue(View):
    """Requests that wait at the pharmacy, urgent ones first, then the oldest."""

    def get(self, request: HttpRequest) -> HttpResponse:
        actor = acting(request)
        if actor.role not in {PHARMACIST, PHARMACY_PREPARER}:
            raise PermissionDenied(_("This list is the hospital pharmacy's."))
        group = hospital.GROUPS["pharmacy"]
        found = first_page_if_lost(request, lambda cursor: hospital.group_page(group, actor, cursor=cursor))
        context = {
            "group": group,
            "rows": shown(found, actor.role),
            "may_send": actor.role == PHARMACIST,
            "next_url": address(request, [], page=found.next) if found.next else "",
            "previous_url": address(request, [], page=found.previous) if found.previous else "",
        }
        return render(request, "dossiers/applicant/queue.html", context)


@dataclass(frozen=True)
class CriterionChecked:
    """One criterion beside the answer given to it. `reason` says what is not met; empty when it is."""

    text: Text
    answer: str
    accepted: Text
    reason: Text


def criteria_checked(context: FormContext, on: dt.date) -> list[CriterionChecked]:
    """Each published criterion and limit with its verdict; nothing when the request does not rest on them."""
    if not follows_criteria(context):
        return []
    version, answers = context.criteria, context.answers
    values = {**answers.get("criteria", {}), RCP_KEY: read_date(answers.get("clinical", {}).get("rcp_on"))}
    faults = {reason.field.partition(".")[2]: reason.message for reason in unmet(version, values, on=on)}
    criteria = {criterion.key: criterion for criterion in version.criteria.all()}
    checked = []
    for question in questions(version):
        value = values.get(question.key)
        if question.key in criteria:
            answer = readable(criterion_field(criteria[question.key], on), value)
        else:
            answer = day(value) if value else ""
        checked.append(CriterionChecked(question.text, answer, question.accepted, faults.get(question.key, "")))
    return checked + limits_checked(context, on)


def limits_checked(context: FormContext, on: dt.date) -> list[CriterionChecked]:
    """Limits of the criteria on the patient that are exceeded: age, sex, dose."""
    patient = context.answers.get("patient", {})
    outside = patient_outside(
        context.criteria,
        age_months=age_in_months(str(patient.get("birth_month") or ""), on),
        sex=str(patient.get("sex") or ""),
        daily_dose=read_number(context.answers.get("medicine", {}).get("daily_dose")),
    )
    names = {"patient_age": _("Age"), "patient_sex": _("Sex"), "dose_outside": _("Daily dose")}
    return [CriterionChecked(names.get(reason.code, ""), "", "", reason.message) for reason in outside]


class Check(View):
    """The request as signed, beside the criteria; the pharmacist returns it with a reason, or attests and sends it."""

    def get(self, request: HttpRequest, reference: str) -> HttpResponse:
        dossier = find_dossier(request, reference)
        if dossier.state != "at_pharmacy":
            return redirect("dossiers:dossier", reference)
        access.record(dossier=dossier, actor=acting(request), what="pharmacy check", at=timezone.now())
        return self._page(request, dossier, Outcome())

    def post(self, request: HttpRequest, reference: str) -> HttpResponse:
        dossier = find_dossier(request, reference)
        actor = acting(request)
        if request.POST.get("act") == "return":
            reason = request.POST.get("reason", "")[:LONGEST_REASON].replace("\x00", "")
            outcome = attempt(request, dossier, "return_to_prescriber", actor, {"reason": reason})
            done = _("Returned to the prescriber, with your reason.")
        else:
            attested = request.POST.get("compliance") == "on"
            outcome = attempt(request, dossier, "file", actor, {"compliance": attested})
            done = _("Sent to ANSM. The receipt is being made: it appears on this page in a minute.")
        if outcome.event is not None:
            messages.success(request, done)
            return redirect("dossiers:dossier", reference)
        if outcome.status == 403:
            raise PermissionDenied(" ".join(str(reason.message) for reason in outcome.reasons))
        if dossier.state != "at_pharmacy":
            messages.info(request, _("Somebody has already acted on this request: here is where it stands."))
            return redirect("dossiers:dossier", reference)
        return self._page(request, dossier, outcome)

    def _page(self, request: HttpRequest, dossier: Dossier, outcome: Outcome) -> HttpResponse:
        actor = acting(request)
        on = civil_date(timezone.now())
        context = form_context(dossier, on, current_answers(dossier))
        verdicts = offered(dossier, actor)
        filing = verdicts.get("file")
        shown_context = {
            **file_context(dossier, actor),
            "sections": sections_shown(dossier, context),
            "criteria": criteria_checked(context, on),
            "version": context.criteria,
            "on_criteria": follows_criteria(context),
            "age": age_words(context, on),
            "submission": last_submission(dossier),
            "documents": documents_shown(dossier, actor),
            "may_send": filing is not None,
            "may_return": "return_to_prescriber" in verdicts,
            "problems": problems(dossier, outcome.reasons or (filing.reasons if filing else ())),
            "outcome": outcome,
            "typed": request.POST,
            "key": new_key(),
        }
        return render(request, "dossiers/applicant/check.html", shown_context, status=outcome.status)


def age_words(context: FormContext, on: dt.date) -> str:
    months = age_in_months(str(context.answers.get("patient", {}).get("birth_month") or ""), on)
    if months is None or months < 0:
        return ""
    if months < 36:
        return _("%(months)d months") % {"months": months}
    return _("%(years)d years") % {"years": months // 12}
