"""Prior observations: the holder of a title is told what is intended, and comments."""

from __future__ import annotations

from typing import Any, Final

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request
from rest_framework.response import Response

from api.etags import etag
from api.params import IDEMPOTENCY_KEY, IF_MATCH, IF_MATCH_IF_WANTED, whole
from api.problems import NOT_FOUND
from api.schema.operations import ETAG, Body, operation
from api.shown import following
from api.views.acting import HOW, ActView, typed
from api.views.base import ApiView, body_of
from api.views.titles import title_by
from dossiers.queries.comments import INTENTIONS, comments_of
from dossiers.services import access
from dossiers.services import comments as services
from dossiers.services.errors import NotFound
from workflows.types import PayloadField


def _text(name: str, label: Any, example: str) -> PayloadField:
    return PayloadField(name, "text", label, example=example, max_length=services.LONGEST_TEXT, personal=True)


INVITE: Final = (
    PayloadField(
        "intended", "choice", _("What is intended"), choices=tuple(INTENTIONS.items()), example=next(iter(INTENTIONS))
    ),
    _text("grounds", _("Grounds"), "Trois cas d'hépatite rapportés."),
    PayloadField("reply_by", "date", _("Last day to comment"), example="2026-12-31"),
)
ANSWER: Final = (_text("comments", _("Your comments"), "Le patient répond bien au traitement."),)
GIVE_UP: Final = (_text("reason", _("Reason"), "Les cas rapportés ont une autre cause."),)


class Comments(ActView):
    @operation(
        "titles_comments",
        tag="comments",
        summary=_("What the holder was invited to comment on, and what they answered: the open invitation first"),
        about=_("The ETag is that of the dossier: it is what If-Match takes to answer or to give up."),
        answers={200: "Comments"},
        headers=(ETAG,),
    )
    def get(self, request: Request, number: str) -> Response:
        found, actor = title_by(self, number)
        access.record(dossier=found.dossier, actor=actor, what=f"comments {found.number}", at=timezone.now())
        rows = following.comments(comments_of(found, actor, timezone.now()))
        return Response(whole(rows), headers={"ETag": etag(found.dossier.version)})

    @operation(
        "comments_invite",
        tag="comments",
        summary=_("Tell the holder what is intended and why, and until when they may comment"),
        about=_("One invitation at a time. `intended` is the name of the transition that may follow."),
        answers={201: "Comment"},
        body=Body(INVITE),
        params=(IF_MATCH_IF_WANTED, IDEMPOTENCY_KEY),
        headers=(ETAG,),
        problems=(409, 412, 422),
    )
    def post(self, request: Request, number: str) -> Response:
        seen, actor = title_by(self, number)
        sent = self.sent(request, seen.dossier.version, creates=True)
        what = typed(body_of(request), INVITE, actor=actor, act="invite_comments", dossier=seen.dossier)
        made = services.invite(number=number, **what, **sent)
        return _shown(self, number, made.invited_at, status=201)


class Answer(ActView):
    @operation(
        "comments_answer",
        tag="comments",
        summary=_("Comment, once, for the whole hospital"),
        about=HOW,
        answers={200: "Comment"},
        body=Body(ANSWER),
        params=(IF_MATCH, IDEMPOTENCY_KEY),
        headers=(ETAG,),
        problems=(409, 412, 422, 428),
    )
    def post(self, request: Request, number: str) -> Response:
        seen, actor = title_by(self, number)
        sent = self.sent(request, seen.dossier.version)
        what = typed(body_of(request), ANSWER, actor=actor, act="give_comments", dossier=seen.dossier)
        given = services.give(number=number, text=what["comments"], **sent)
        return _shown(self, number, given.invited_at)


class GiveUp(ActView):
    @operation(
        "comments_give_up",
        tag="comments",
        summary=_("No longer intend it: the invitation closes, the holder is told why"),
        about=HOW,
        answers={200: "Comment"},
        body=Body(GIVE_UP),
        params=(IF_MATCH, IDEMPOTENCY_KEY),
        headers=(ETAG,),
        problems=(409, 412, 422, 428),
    )
    def post(self, request: Request, number: str) -> Response:
        seen, actor = title_by(self, number)
        sent = self.sent(request, seen.dossier.version)
        what = typed(body_of(request), GIVE_UP, actor=actor, act="invite_comments", dossier=seen.dossier)
        closed = services.give_up(number=number, **what, **sent)
        return _shown(self, number, closed.invited_at)


def _shown(view: ApiView, number: str, invited_at: Any, *, status: int = 200) -> Response:
    """The invitation made at that instant, as its reader sees it now."""
    found, actor = title_by(view, number)
    rows = following.comments(comments_of(found, actor, timezone.now()))
    row = next((one for one in rows if one["invited_at"] == invited_at), None)
    if row is None:
        # Asked again with the key of one so old that it is no longer listed.
        raise NotFound([NOT_FOUND])
    return Response(row, status=status, headers={"ETag": etag(found.dossier.version)})
