"""What ANSM asks of the companies of a prescription framework, and what each company replies."""

from __future__ import annotations

from typing import Final

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request
from rest_framework.response import Response

from api.etags import etag
from api.params import IDEMPOTENCY_KEY, IF_MATCH_IF_WANTED, whole
from api.schema.operations import ETAG, Body, operation
from api.shown import companies
from api.views.acting import ActView
from api.views.base import body_of
from api.views.dossiers import found_by
from dossiers.queries.frameworks import exchange_of
from dossiers.services import access
from dossiers.services import company_replies as services
from dossiers.services.errors import Blocked
from workflows.payload import clean_payload
from workflows.types import PayloadField

REPLY: Final = (
    PayloadField(
        "text",
        "text",
        _("Reply for your company"),
        help=_("ANSM alone reads it. Add to it by replying again, until ANSM goes on."),
        example="Deux essais sont ouverts dans cette indication.",
        max_length=services.LONGEST_TEXT,
        personal=True,
    ),
)


class CompanyCalls(ActView):
    @operation(
        "company_calls_list",
        tag="frameworks",
        summary=_("What the companies are asked, latest first, and the replies that you may read"),
        about=_(
            "A company reads its own replies, ANSM all of them; whoever reported knows that the companies are asked, "
            "and not what. A protocol that is asked is attached to the documents and sent by the transition "
            "`receive_put`. Empty for a dossier that is no prescription framework."
        ),
        answers={200: "CompanyCalls"},
        headers=(ETAG,),
    )
    def get(self, request: Request, reference: str) -> Response:
        found, actor = found_by(self, reference)
        at = timezone.now()
        access.record(dossier=found, actor=actor, what="page", at=at)
        exchange = exchange_of(found, actor, at)
        body = {**whole(companies.calls(exchange)), "companies": sorted(exchange.companies) if exchange else []}
        return Response(body, headers={"ETag": etag(found.version)})


class CompanyReplies(ActView):
    @operation(
        "company_calls_reply",
        tag="frameworks",
        summary=_("Reply for your company to what is asked now; again, until ANSM goes on"),
        about=_("The other companies do not read it. The same words sent twice are one reply."),
        answers={201: "CompanyReply"},
        body=Body(REPLY),
        params=(IF_MATCH_IF_WANTED, IDEMPOTENCY_KEY),
        headers=(ETAG,),
        problems=(409, 412, 422),
    )
    def post(self, request: Request, reference: str) -> Response:
        found, actor = found_by(self, reference)
        sent = self.sent(request, found.version, creates=True)
        what, faults = clean_payload(REPLY, body_of(request))
        exchange = exchange_of(found, actor, sent["at"])
        if faults and exchange is not None and exchange.may_reply:
            raise Blocked(faults)
        # Whoever may not reply is told so by the service, however they write.
        made = services.reply(reference=reference, text=what.get("text", ""), **sent)
        found, _actor = found_by(self, reference)
        return Response(companies.reply(made), status=201, headers={"ETag": etag(found.version)})
