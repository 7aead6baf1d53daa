"""The patients of an early access: included by a hospital, answered by the company, counted for the others.

What a hospital reads of its own patients, what the company reads by pseudonym and what agencies read in numbers is
`cohort.policy`'s to say; nothing here names a role.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request
from rest_framework.response import Response

from api import params
from api.errors import BadRequest
from api.etags import etag, if_match
from api.params import CURSOR, IDEMPOTENCY_KEY, IF_MATCH, SIZE
from api.problems import NOT_FOUND
from api.schema.cohort import STATE
from api.schema.operations import ETAG, LOCATION, Body, Query, operation
from api.shown import cohort as shown
from api.shown import cohort_forms
from api.shown.cohort import Place
from api.views.acting import ActView
from api.views.base import ApiView, body_of
from api.views.transitions import payload_of
from cohort.forms import Setting
from cohort.models import Inclusion
from cohort.policy import is_hospital, may_include, may_step, titles_of_cohorts
from cohort.prefill import own_aac
from cohort.protocol import REPEATED, Cohort, cohort_of
from cohort.queries import figures as queries
from cohort.services import forms, inclusions
from cohort.services.step import LONGEST_REASON, demand, in_scope
from cohort.states import STATES
from dossiers.services import access
from dossiers.services.errors import Blocked, NotFound
from workflows.dates import civil_date
from workflows.payload import clean_payload
from workflows.putrd import FORMS, Variable
from workflows.putrd_library import ACCESS_REQUEST
from workflows.types import Actor, PayloadField, Reason

LIST: Final = (
    Query("state", {"type": "array", "items": STATE}, _("In this state; may be given several times.")),
    CURSOR,
    SIZE,
)


def _reason(example: str) -> PayloadField:
    return PayloadField("reason", "text", _("Reason"), example=example, max_length=LONGEST_REASON, personal=True)


ASKED: Final[dict[str, tuple[PayloadField, ...]]] = {
    "return": (_reason("La posologie prévue n'est pas celle du protocole."),),
    "send": (),
    "accept": (
        PayloadField(
            "access_number",
            "line",
            _("Access number"),
            required=False,
            help=_("Yours; left out, the next number of the cohort."),
            example="ACCES-0042",
            max_length=40,
        ),
    ),
    "decline": (_reason("Le patient peut entrer dans l'essai ouvert."),),
    "withdraw": (_reason("Le patient renonce au traitement."),),
}
"""What each step asks. Those that are not here are taken by signing a form."""

SERVICES: Final[dict[str, Callable[..., Inclusion]]] = {
    "return": forms.give_back,
    "send": forms.send,
    "accept": inclusions.accept,
    "decline": inclusions.decline,
    "withdraw": inclusions.withdraw,
}


def cohort_by(view: ApiView, number: str) -> tuple[Cohort, Actor]:
    """The cohort that this title belongs to. Raises NotFound: absent and out of reach are told apart to nobody."""
    chain = titles_of_cohorts(view.actor).filter(number=number).values_list("chain", flat=True).first()
    found = cohort_of(chain) if chain else None
    if found is None or view.actor is None:
        raise NotFound([NOT_FOUND])
    return found, view.actor


def seen_by(actor: Actor, cohort: Cohort, access_number: str) -> Inclusion:
    """The patient whose access number or pseudonym it is, without their identity; the pseudonym wins. Raises
    NotFound."""
    value = access_number.replace("~", "/")
    found = in_scope(actor).filter(chain=cohort.chain).only("pseudonym", "version", "state", "rank", "chain")
    one = found.filter(pseudonym=value).first() or (found.filter(access_number=value).first() if value else None)
    if one is None:
        raise NotFound([NOT_FOUND])
    return one


def note(actor: Actor, cohort: Cohort, what: str) -> None:
    access.record(dossier=cohort.title.dossier, actor=actor, what=what, at=timezone.now())


def typed_answers(variables: tuple[Variable, ...], given: Mapping[str, Any]) -> dict[str, Any]:
    """Answers of one form, as a draft keeps them; null is nothing. Raises Blocked naming each that the form has not,
    or whose JSON type is another."""
    known = {one.code for one in variables}
    unknown = _("This form of the protocol has no such variable: remove it.")
    wrong = _("This is not the JSON type that is asked.")
    reasons = [Reason("unknown_field", unknown, code[:100]) for code in given if code not in known]
    reasons += [Reason("type", wrong, code[:100]) for code in cohort_forms.mistyped(variables, dict(given))]
    if reasons:
        raise Blocked(reasons)
    return {code: value for code, value in given.items() if value is not None}


class Patients(ApiView):
    @operation(
        "cohort_list",
        tag="cohort",
        summary=_("The patients followed under an authorisation, in the order in which they were begun"),
        about=_(
            "A hospital reads its own patients, with their initials. The company reads by pseudonym those whose access "
            "was asked of it. Agencies and auditors read no patient: `results` is empty, `numbers` counts the cohort."
        ),
        answers={200: "CohortPage"},
        params=LIST,
    )
    def get(self, request: Request, number: str) -> Response:
        params.known_only(request, LIST)
        cohort, actor = cohort_by(self, number)
        states = [code for code in request.query_params.getlist("state") if code]
        if set(states) - set(STATES):
            raise BadRequest([Reason("parameter", _("There is no such state."), "state")])
        on = civil_date(timezone.now())
        page = shown.patients_page(actor, cohort, states, cursor=params.cursor(request), size=params.size(request))
        note(actor, cohort, "cohort")
        body = params.listed(request, page, shown.rows(number, page.rows, on))
        return Response({**body, "numbers": shown.numbers(actor, cohort.chain, on)})

    @operation(
        "cohort_include",
        tag="cohort",
        summary=_("Begin the access request of a patient of your hospital"),
        about=_(
            "A draft: nothing is asked of the company until the prescriber signs the form `access_request` and the "
            "pharmacist takes the step `send`. `answers` are those of that form, complete or not. Never a name nor a "
            "national number."
        ),
        answers={201: "CohortPatient"},
        body=Body("NewInclusion"),
        example={"answers": {"initials": "AB", "birth_month": "1961-07", "sex": "F"}},
        params=(IDEMPOTENCY_KEY,),
        headers=(ETAG, LOCATION),
        problems=(409, 422),
    )
    def post(self, request: Request, number: str) -> Response:
        cohort, actor = cohort_by(self, number)
        demand(may_include(actor))
        given = body_of(request, {"source": (str, type(None)), "answers": dict})
        source = given.get("source") or ""
        if source and own_aac(actor, cohort, source) is None:
            message = _("No such compassionate access in your hospital.")
            raise Blocked([Reason("source", message, "source")])
        made = inclusions.create(
            chain=cohort.chain,
            actor=actor,
            source=source,
            typed=typed_answers(cohort.variables(ACCESS_REQUEST), given.get("answers", {})),
            key=params.idempotency_key(request),
            at=timezone.now(),
        )
        answer = whole(self, number, made.pseudonym, status=201)
        answer["Location"] = reverse("api:cohort_patient", args=Place(number, made.pseudonym).names)
        return answer


def whole(view: ApiView, number: str, pseudonym: str, *, status: int = 200) -> Response:
    """The patient as this caller sees them now. Raises NotFound."""
    cohort, actor = cohort_by(view, number)
    body = shown.patient(actor, cohort, Place(number, pseudonym), timezone.now(), ASKED)
    if body is None:
        raise NotFound([NOT_FOUND])
    return Response(body, status=status, headers={"ETag": etag(body["version"])})


class Patient(ApiView):
    @operation(
        "cohort_patient",
        tag="cohort",
        summary=_("A patient: the request, the forms, what was done, and what you may do now"),
        about=_("For the company, forms that are signed, without what helps to recognise the patient."),
        answers={200: "CohortPatient"},
        headers=(ETAG,),
    )
    def get(self, request: Request, number: str, access_number: str) -> Response:
        cohort, actor = cohort_by(self, number)
        seen = seen_by(actor, cohort, access_number)
        note(actor, cohort, f"cohort patient {seen.rank}")
        return whole(self, number, seen.pseudonym)


class Step(ActView):
    @operation(
        "cohort_act",
        tag="cohort",
        summary=_("Take a step: send or return the request, give or decline access, give the request up"),
        about=_(
            "`transitions` of the patient lists those of your role, with what each asks. If-Match carries the version "
            "of the patient that the decision rests on."
        ),
        answers={200: "CohortPatient"},
        body=Body("Payload", required=False),
        example={},
        params=(IF_MATCH,),
        headers=(ETAG,),
        problems=(409, 412, 422, 428),
    )
    def post(self, request: Request, number: str, access_number: str, name: str) -> Response:
        cohort, actor = cohort_by(self, number)
        seen = seen_by(actor, cohort, access_number)
        if name not in ASKED:
            raise NotFound([NOT_FOUND])
        version = if_match(request, present=seen.version)
        what, reasons = clean_payload(ASKED[name], payload_of(request))
        if reasons:
            demand(may_step(actor, name))
            raise Blocked(reasons)
        SERVICES[name](pseudonym=seen.pseudonym, actor=actor, version=version, at=timezone.now(), **what)
        return whole(self, number, seen.pseudonym)


class Figures(ApiView):
    @operation(
        "cohort_figures",
        tag="cohort",
        summary=_("What the forms of a cohort add up to, for its synthesis report: no patient, no pseudonym"),
        answers={200: "CohortFigures"},
    )
    def get(self, request: Request, number: str) -> Response:
        cohort, actor = cohort_by(self, number)
        on = civil_date(timezone.now())
        note(actor, cohort, "cohort figures")
        found = queries.figures(actor, cohort.chain, on)
        return Response(shown.figures(found, on, with_hospitals=not is_hospital(actor)))


class Protocol(ApiView):
    @operation(
        "cohort_protocol",
        tag="cohort",
        summary=_("What the protocol asks: the calendar of visits, and the JSON Schema of each form"),
        about=_(
            "The first of a property's `examples` can be sent as it is, and all of them together make a form that can "
            "be signed. `x-personal`: the company never reads it. The schema of one patient's form is with that form."
        ),
        answers={200: "CohortProtocol"},
    )
    def get(self, request: Request, number: str) -> Response:
        cohort, _actor = cohort_by(self, number)
        on = civil_date(timezone.now())
        rows = [row for row in cohort.put_rd.get("visits") or () if isinstance(row, Mapping)]
        body = {
            "title": cohort.title.number,
            "product": cohort.label,
            "indication": cohort.indication,
            "admits": cohort.admits(on),
            "register": cohort.register,
            "visits": [_visit(row) for row in rows],
            "every_months": _whole(cohort.put_rd.get(REPEATED)),
            "forms": {code: cohort_forms.schema_of(cohort, code, Setting(on=on)) for code, _label in FORMS},
        }
        return Response(body)


def _visit(row: Mapping[str, Any]) -> dict[str, Any]:
    months, days = _whole(row.get("months")), _whole(row.get("days"))
    return {"label": str(row.get("label") or ""), "months": months, "days": days}


def _whole(value: Any) -> int | None:
    """Answers of a dossier may be text."""
    typed = str(value).strip()
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 5 else None
