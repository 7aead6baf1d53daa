"""An answer to an agency's questions while it is being written: kept, and sent to nobody."""

from __future__ import annotations

from typing import Any, Final

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request
from rest_framework.response import Response

from api.etags import refuse_stale
from api.params import IF_MATCH_IF_WANTED
from api.schema.operations import Body, operation
from api.views.acting import typed
from api.views.base import ApiView, body_of
from api.views.dossiers import found_by
from dossiers.models import Dossier
from dossiers.services import access
from dossiers.services.answer_drafts import LONGEST, save_answers, saved_answers
from dossiers.services.errors import Blocked
from dossiers.services.locks import demand
from workflows.types import PayloadField, Reason

REPLY: Final = (
    PayloadField(
        "answers",
        "answers",
        _("Your answers"),
        help=_("{number of the question: text}; what is not given is forgotten."),
        example={"1": "La clairance est de 85 mL/min."},
        max_length=LONGEST,
        personal=True,
    ),
)


class Reply(ApiView):
    @operation(
        "dossiers_reply",
        tag="dossiers",
        summary=_("The questions that wait, and what is written so far in answer"),
        answers={200: "Reply"},
    )
    def get(self, request: Request, reference: str) -> Response:
        found, actor = found_by(self, reference)
        demand(actor, "edit", found)
        access.record(dossier=found, actor=actor, what="questions", at=timezone.now())
        return Response(_reply(found))

    @operation(
        "dossiers_reply_save",
        tag="dossiers",
        summary=_("Keep what is written in answer, without sending it: the transition `answer` sends"),
        answers={200: "Reply"},
        body=Body(REPLY),
        params=(IF_MATCH_IF_WANTED,),
        problems=(412, 422),
    )
    def put(self, request: Request, reference: str) -> Response:
        found, actor = found_by(self, reference)
        demand(actor, "edit", found)
        refuse_stale(request, found.version)
        answers = typed(body_of(request), REPLY, actor=actor, act="edit", dossier=found)["answers"]
        asked = _reply(found)["questions"]
        if unknown := [key for key in answers if asked and key not in asked]:
            message = _("There is no such question: remove this answer.")
            raise Blocked([Reason("unknown_question", message, f"answers.{key[:100]}") for key in unknown])
        save_answers(reference=reference, answers=answers, actor=actor, at=timezone.now())
        return Response(_reply(found))


def _reply(found: Dossier) -> dict[str, Any]:
    asked = found.requests.filter(closed_at=None).first()
    if asked is None:
        return {"request": None, "questions": {}, "answers": {}}
    return {"request": asked.number, "questions": asked.questions, "answers": saved_answers(found, asked.number)}
