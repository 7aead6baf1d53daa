"""The conversation of a dossier, and the notes staff keep for themselves."""

from __future__ import annotations

import datetime as dt

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Person
from dossiers.forms.fields import no_national_number
from dossiers.models import Dossier, Message
from dossiers.paths import dossier_path
from dossiers.policy import is_staff_side, may, visible_to
from dossiers.services import tell
from dossiers.services.errors import Blocked, Forbidden, NotFound
from notifications.outbox import queue
from workflows import audiences
from workflows.roles import COMPANY
from workflows.types import Actor, Reason

LONGEST_MESSAGE = 20_000
DOUBLE_CLICK = dt.timedelta(minutes=1)
"""The same words by the same person within this time are one message sent twice."""


def post(
    *, reference: str, body: str, actor: Actor, staff_only: bool = False, at: dt.datetime | None = None
) -> Message:
    """Add a message; the other side is told that there is one. A staff note is told to nobody.

    Raises NotFound, Forbidden, Blocked (empty, too long, a patient's national number).
    """
    at = at or timezone.now()
    with transaction.atomic(durable=True):
        dossier = visible_to(actor).select_for_update(of=("self",)).filter(reference=reference).first()
        if dossier is None:
            raise NotFound([Reason("not_found", _("No such file, or it is not yours to see."))])
        ruling = may(actor, "write_note" if staff_only else "write_message", dossier)
        if not ruling.allowed:
            raise Forbidden(ruling.reasons)
        text = body.replace("\x00", "").strip()
        if not text:
            raise Blocked([Reason("required", _("Write a message before you send it."), "body")])
        if len(text) > LONGEST_MESSAGE:
            message = _("This message is too long: %d characters at most.") % LONGEST_MESSAGE
            raise Blocked([Reason("too_long", message, "body")])
        try:
            no_national_number(text)
        except ValidationError as error:
            raise Blocked([Reason("national_number", error.message, "body")]) from error
        mine = dossier.messages.filter(author=actor.person_id, organisation=actor.organisation_id)
        last = mine.filter(staff_only=staff_only).order_by("-at", "-id").first()
        if last is not None and last.body == text and at - last.at < DOUBLE_CLICK:
            return last
        posted = Message.objects.create(
            dossier=dossier,
            body=text,
            staff_only=staff_only,
            author_id=actor.person_id,
            author_name=actor.name,
            author_role=actor.role,
            organisation_id=actor.organisation_id,
            at=at,
        )
        if not staff_only and dossier.filed_at is not None:
            queue(
                kind="message",
                recipients=Person.objects.filter(pk__in=_other_side(dossier, actor) - {actor.person_id}),
                dedupe=f"{dossier.pk}:{posted.pk}",
                dossier=dossier,
                reference=dossier.reference,
                path=dossier_path(dossier.reference),
                context={"label": _("New message in a file")},
                at=at,
            )
        return posted


def _other_side(dossier: Dossier, actor: Actor) -> set[int]:
    """An agency writes to the applicant's side, and to the companies that are heard on the report of another body."""
    if not is_staff_side(actor):
        return tell.AUDIENCES[audiences.LEAD](dossier)
    heard = set() if dossier.organisation.kind == COMPANY else tell.AUDIENCES[audiences.COMPANY](dossier)
    return tell.AUDIENCES[audiences.APPLICANT_SIDE](dossier) | heard
