"""The forms of one patient: read, kept as typed, signed when complete."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request
from rest_framework.response import Response

from api import params, scopes
from api.errors import BadRequest
from api.etags import etag, if_match
from api.params import IF_MATCH, IF_MATCH_IF_WANTED
from api.problems import NOT_FOUND
from api.schema.operations import ETAG, LOCATION, Body, operation
from api.shown import cohort_forms as shown
from api.shown.cohort import Place
from api.views.acting import ActView
from api.views.base import ApiView, body_of
from api.views.cohort import cohort_by, note, seen_by, typed_answers
from cohort.forms import Setting
from cohort.models import CohortForm, Inclusion
from cohort.policy import is_company, may_include
from cohort.protocol import Cohort
from cohort.queries import hospital
from cohort.services import forms as services
from cohort.services.step import demand
from dossiers.services.errors import Blocked, NotFound
from workflows.dates import civil_date
from workflows.putrd_library import FOLLOW_UP
from workflows.types import Actor, Reason

SENT_AS: Final = {"answers": dict}
EXAMPLE: Final = {"answers": {"seen_on": "2026-01-15", "course": "continues", "effect": "stable"}}


def _patient(view: ApiView, number: str, access_number: str) -> tuple[Cohort, Actor, Inclusion, list[str]]:
    """The patient, and the names of their address. Raises NotFound."""
    cohort, actor = cohort_by(view, number)
    seen = seen_by(actor, cohort, access_number)
    return cohort, actor, seen, Place(number, seen.pseudonym).names


def _row(seen: Inclusion, form: str, visit: int) -> CohortForm:
    """The form of a patient of one's own hospital, begun or to begin. Raises NotFound."""
    inclusion = Inclusion.objects.get(pk=seen.pk)
    rows = shown.with_those_to_begin(inclusion)
    found = next((one for one in rows if (one.form, one.visit) == (form, visit)), None)
    if found is None:
        raise NotFound([NOT_FOUND])
    return found


def _shown(view: ApiView, number: str, access_number: str, form: str, visit: int, *, status: int = 200) -> Response:
    """The form as this caller reads it now. Raises NotFound."""
    cohort, actor, seen, names = _patient(view, number, access_number)
    at = timezone.now()
    body: dict[str, Any] | None
    if is_company(actor):
        rows = shown.all_of(cohort, names, None, seen.pk, civil_date(at))
        body = shown.signed_whole(rows, cohort, form, visit, Setting(on=civil_date(at)))
    else:
        row = _row(seen, form, visit)
        body = shown.whole(row, cohort, names, at, services.setting_of(row.inclusion, at))
    if body is None:
        raise NotFound([NOT_FOUND])
    return Response(body, status=status, headers={"ETag": etag(body["version"])})


class Forms(ApiView):
    @operation(
        "cohort_forms",
        tag="cohort",
        summary=_("The forms of a patient: signed, begun, and to come"),
        about=_("For the company, those signed, without what helps to recognise the patient."),
        answers={200: "CohortForms"},
    )
    def get(self, request: Request, number: str, access_number: str) -> Response:
        cohort, actor, seen, names = _patient(self, number, access_number)
        note(actor, cohort, f"cohort forms {seen.rank}")
        own = None if is_company(actor) else Inclusion.objects.get(pk=seen.pk)
        rows = shown.all_of(cohort, names, own, seen.pk, civil_date(timezone.now()))
        return Response(params.whole(rows))

    @operation(
        "cohort_forms_fill",
        tag="cohort",
        summary=_("Fill a form of a patient, and sign it at once if you wish"),
        about=_(
            "What is given replaces what was typed in that form, and is kept even when signing it is refused. A form "
            "that somebody began already asks for If-Match with its ETag, or *."
        ),
        answers={201: "CohortFormWhole"},
        body=Body("NewForm"),
        example={"form": FOLLOW_UP, **EXAMPLE, "sign": False},
        params=(IF_MATCH_IF_WANTED,),
        headers=(ETAG, LOCATION),
        problems=(409, 412, 422, 428),
    )
    def post(self, request: Request, number: str, access_number: str) -> Response:
        cohort, actor, seen, names = _patient(self, number, access_number)
        demand(may_include(actor))
        given = body_of(request, {"form": str, "visit": (int, type(None)), "answers": dict, "sign": bool})
        if missing := [name for name in ("form", "answers") if name not in given]:
            message = _("Fill in this field: it is needed for this act.")
            raise BadRequest([Reason("required", message, name) for name in missing])
        form, sign = given["form"], given.get("sign", False)
        if form not in shown.LABELS:
            raise Blocked([Reason("form", _("The protocol has no such form."), "form")])
        if sign:
            scopes.demand_scope(request, scopes.ACT)
        answers = typed_answers(cohort.variables(form), given["answers"])
        at = timezone.now()
        visit = _visit(seen, form, given.get("visit"), actor, at)
        where: dict[str, Any] = {
            "pseudonym": seen.pseudonym, "form": form, "visit": visit, "actor": actor, "at": at
        }  # fmt: skip
        saved = services.save(**where, data=answers, base_version=_base(request, seen, form, visit))
        if sign:
            services.sign(**where, version=saved.version)
        answer = _shown(self, number, access_number, form, visit, status=201)
        answer["Location"] = reverse("api:cohort_form", args=[*names, form, visit])
        return answer


def _visit(seen: Inclusion, form: str, visit: int | None, actor: Actor, at: dt.datetime) -> int:
    """The visit that is told. Not said: the next of the calendar when it is near, else one outside of it, as on
    screen. Raises Blocked, WrongState."""
    if form == FOLLOW_UP and visit is None:
        waiting = hospital.next_visits([seen.pk]).get(seen.pk)
        if waiting is not None and waiting[1] <= civil_date(at) + dt.timedelta(days=hospital.SOON_DAYS):
            return waiting[0]
        return services.add_unplanned_visit(pseudonym=seen.pseudonym, actor=actor, at=at).visit
    wanted = visit or 0
    planned = CohortForm.objects.filter(inclusion=seen.pk, form=form, visit__in=[wanted][: 0 <= wanted < 32_768])
    if (form == FOLLOW_UP or wanted) and not planned.exists():
        raise Blocked([Reason("visit", _("The calendar of this patient has no such visit."), "visit")])
    return wanted


def _base(request: Request, seen: Inclusion, form: str, visit: int) -> int | None:
    """The version that what is sent was typed on. Nobody began the form: none is needed. Raises NoIfMatch."""
    rows = CohortForm.objects.filter(inclusion=seen.pk, form=form, visit=visit)
    version = rows.values_list("version", flat=True).first() or 0
    if not request.headers.get("If-Match") and not version:
        return 0
    return if_match(request, present=version)


class OneForm(ApiView):
    @operation(
        "cohort_form",
        tag="cohort",
        summary=_("A form of a patient: what was answered, and the JSON Schema of what is asked"),
        about=_("`suggested` is what earlier forms say, until somebody saves this one: send back what is still true."),
        answers={200: "CohortFormWhole"},
        headers=(ETAG,),
    )
    def get(self, request: Request, number: str, access_number: str, form: str, visit: int) -> Response:
        cohort, actor, seen, _names = _patient(self, number, access_number)
        answer = _shown(self, number, access_number, form, visit)
        note(actor, cohort, f"cohort form {seen.rank}")
        return answer

    @operation(
        "cohort_form_save",
        tag="cohort",
        summary=_("Keep what is typed in a form, complete or not, without signing it"),
        about=_(
            "What is given replaces what was typed. Nothing is refused for being incomplete or invalid; a variable "
            "that the protocol does not ask is, and a patient's name or national number is never kept."
        ),
        answers={200: "CohortFormWhole"},
        body=Body("SavedForm"),
        example=EXAMPLE,
        params=(IF_MATCH,),
        headers=(ETAG,),
        problems=(409, 412, 422, 428),
    )
    def put(self, request: Request, number: str, access_number: str, form: str, visit: int) -> Response:
        cohort, actor, seen, _names = _patient(self, number, access_number)
        demand(may_include(actor))
        row = _row(seen, form, visit)
        base = if_match(request, present=row.version)
        given = body_of(request, SENT_AS)
        if "answers" not in given:
            raise BadRequest([Reason("required", _("Fill in this field: it is needed for this act."), "answers")])
        services.save(
            pseudonym=seen.pseudonym,
            form=form,
            visit=visit,
            data=typed_answers(cohort.variables(form), given["answers"]),
            base_version=base,
            actor=actor,
            at=timezone.now(),
        )
        return _shown(self, number, access_number, form, visit)


class Sign(ActView):
    @operation(
        "cohort_form_sign",
        tag="cohort",
        summary=_("Sign a form as it was last saved: every fault is listed at once"),
        about=_(
            "The access request goes to the pharmacist; the start and the end of treatment, and each visit, count at "
            "once. If-Match carries the version of the form that was read. Once signed, it is proof: nobody changes it."
        ),
        answers={200: "CohortFormWhole"},
        params=(IF_MATCH,),
        headers=(ETAG,),
        problems=(409, 412, 422, 428),
    )
    def post(self, request: Request, number: str, access_number: str, form: str, visit: int) -> Response:
        _cohort, actor, seen, _names = _patient(self, number, access_number)
        demand(may_include(actor))
        row = _row(seen, form, visit)
        version = if_match(request, present=row.version)
        services.sign(pseudonym=seen.pseudonym, form=form, visit=visit, actor=actor, version=version, at=timezone.now())
        return _shown(self, number, access_number, form, visit)
