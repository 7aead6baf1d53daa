"""Who examines a dossier, and what an agency does about it beside deciding."""

from __future__ import annotations

from typing import Final

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request
from rest_framework.response import Response

from api.etags import etag, if_match, refuse_stale
from api.params import IDEMPOTENCY_KEY, IF_MATCH, IF_MATCH_IF_WANTED, whole
from api.problems import NOT_FOUND
from api.schema.operations import ETAG, Body, operation
from api.shown import acts, following
from api.views.acting import HOW, ActView, typed
from api.views.base import ApiView, body_of
from api.views.dossiers import found_by
from dossiers.models import Dossier
from dossiers.queries import pages
from dossiers.services import access, requests, staffing
from dossiers.services.errors import NotFound
from dossiers.services.locks import demand
from dossiers.services.product import link_entry
from workflows.types import Actor, PayloadField

LONGEST: Final = 2_000
ASSIGN: Final = (
    PayloadField(
        "membership",
        "integer",
        _("New officer in charge"),
        help=_("One of the `candidates` of GET assignment/."),
        example=1,
    ),
    PayloadField(
        "reason", "text", _("Reason"), required=False, example="Absence de deux semaines.", max_length=LONGEST
    ),
)
RECUSE: Final = (
    PayloadField(
        "reason",
        "text",
        _("Which link obliges you to step aside"),
        help=_("Staff and auditors read it; applicants do not."),
        example="Essai clinique mené avec le demandeur.",
        max_length=LONGEST,
    ),
)
LINK: Final = (
    PayloadField(
        "indication",
        "integer",
        _("Entry of the referential"),
        help=_("The `id` of a row of GET catalogue/indications/."),
        example=1,
    ),
)


def _read(view: ApiView, reference: str) -> tuple[Dossier, Actor]:
    """The dossier, for agencies and auditors: applicants know the agency as a body. Raises NotFound, Forbidden."""
    found, actor = found_by(view, reference)
    demand(actor, "read_notes", found)
    access.record(dossier=found, actor=actor, what="page", at=timezone.now())
    return found, actor


class Assignment(ActView):
    @operation(
        "dossiers_assignment",
        tag="examination",
        summary=_("Who is in charge of a dossier, and who may be given it; for agencies and auditors"),
        answers={200: "Assignment"},
        headers=(ETAG,),
    )
    def get(self, request: Request, reference: str) -> Response:
        found, actor = _read(self, reference)
        return Response(following.assignment(found, actor, timezone.now()), headers={"ETag": etag(found.version)})

    @operation(
        "dossiers_assign",
        tag="examination",
        summary=_("Give a dossier to another officer"),
        about=HOW,
        answers={200: "Assignment"},
        body=Body(ASSIGN),
        params=(IF_MATCH, IDEMPOTENCY_KEY),
        headers=(ETAG,),
        problems=(409, 412, 422, 428),
    )
    def put(self, request: Request, reference: str) -> Response:
        seen, actor = found_by(self, reference)
        sent = self.sent(request, seen.version)
        what = typed(body_of(request), ASSIGN, actor=actor, act="assign", dossier=seen)
        staffing.reassign(reference=reference, **what, **sent)
        found, actor = found_by(self, reference)
        return Response(following.assignment(found, actor, timezone.now()), headers={"ETag": etag(found.version)})


class Recusals(ActView):
    @operation(
        "dossiers_recusals",
        tag="examination",
        summary=_("Who stepped aside from a dossier, and why; for agencies and auditors"),
        answers={200: "Recusals"},
    )
    def get(self, request: Request, reference: str) -> Response:
        found, _actor = _read(self, reference)
        stated = found.recusals.select_related("person").order_by("at", "pk")
        return Response(whole([following.recusal(one) for one in stated]))

    @operation(
        "dossiers_recuse",
        tag="examination",
        summary=_("Step aside from a dossier, for a conflict of interest: it cannot be undone"),
        answers={201: "Recusal"},
        body=Body(RECUSE),
        params=(IF_MATCH_IF_WANTED, IDEMPOTENCY_KEY),
        problems=(409, 412, 422),
    )
    def post(self, request: Request, reference: str) -> Response:
        seen, actor = found_by(self, reference)
        sent = self.sent(request, seen.version, creates=True)
        what = typed(body_of(request), RECUSE, actor=actor, act="recuse", dossier=seen)
        staffing.recuse(reference=reference, **what, **sent)
        stated = seen.recusals.select_related("person").get(person=actor.person_id)
        return Response(following.recusal(stated), status=201)


class Reminders(ActView):
    @operation(
        "dossiers_remind",
        tag="examination",
        summary=_("Remind the applicant of questions that wait for an answer: once a day at most"),
        answers={201: "Reminder"},
        params=(IF_MATCH_IF_WANTED,),
        problems=(412, 422),
    )
    def post(self, request: Request, reference: str) -> Response:
        found, actor = found_by(self, reference)
        refuse_stale(request, found.version)
        asked = requests.remind(reference=reference, actor=actor, at=timezone.now())
        body = {"request": asked.number, "reminded_at": asked.reminded_at, "reply_by": asked.reply_by}
        return Response(body, status=201)


class Tasks(ApiView):
    @operation(
        "dossiers_tasks",
        tag="examination",
        summary=_("What an act left to do, oldest first; for agencies and auditors"),
        answers={200: "Tasks"},
    )
    def get(self, request: Request, reference: str) -> Response:
        found, actor = _read(self, reference)
        return Response(whole([following.task(one) for one in pages.tasks(found, actor)]))


class TaskDone(ActView):
    @operation(
        "dossiers_task_done",
        tag="examination",
        summary=_("Say that a task is done; twice is once"),
        answers={200: "Task"},
        params=(IF_MATCH_IF_WANTED,),
        problems=(412,),
    )
    def post(self, request: Request, reference: str, id: int) -> Response:  # noqa: A002 - the parameter's name everywhere
        found, actor = found_by(self, reference)
        if not found.tasks.filter(pk=id).exists():
            raise NotFound([NOT_FOUND])
        refuse_stale(request, found.version)
        return Response(following.task(staffing.complete_task(task=id, actor=actor, at=timezone.now())))


class Product(ActView):
    @operation(
        "dossiers_product",
        tag="examination",
        summary=_("Say which entry of the referential a request in free words means"),
        about=_("The answers stay as they were signed; rules and letters use the entry."),
        answers={200: "Done"},
        body=Body(LINK),
        params=(IF_MATCH,),
        headers=(ETAG,),
        problems=(412, 422, 428),
    )
    def put(self, request: Request, reference: str) -> Response:
        seen, actor = found_by(self, reference)
        version = if_match(request, present=seen.version)
        what = typed(body_of(request), LINK, actor=actor, act="link_product", dossier=seen)
        event = link_entry(reference=reference, **what, actor=actor, version=version, at=timezone.now())
        return Response(acts.done(event, actor), headers={"ETag": etag(event.version)})
