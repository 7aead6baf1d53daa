"""Answers to ANSM's questions while they are being written: kept as typed, sent to nobody."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dossiers.forms.fields import no_national_number
from dossiers.models import Dossier, DraftSection
from dossiers.policy import may, visible_to
from dossiers.services.errors import Blocked, Forbidden, NotFound
from workflows.types import Actor, Reason

SECTION: Final = "_answers"
"""Beside the sections of the form, which ignore it: it is never part of a submission."""
LONGEST = 10_000


def saved_answers(dossier: Dossier, request_number: int) -> dict[str, str]:
    """{question id: text} as last typed for that information request."""
    draft = dossier.sections.filter(section=SECTION).first()
    if draft is None or draft.data.get("request") != request_number:
        return {}
    return {str(key): str(text) for key, text in draft.data.get("answers", {}).items()}


def save_answers(
    *, reference: str, answers: Mapping[str, Any], actor: Actor, at: dt.datetime | None = None
) -> DraftSection:
    """Keep what was typed. Raises NotFound, Forbidden, Blocked (no question is open, or a text is too long)."""
    at = at or timezone.now()
    with transaction.atomic(durable=True):
        dossier = visible_to(actor).select_for_update(of=("self",)).filter(reference=reference).first()
        if dossier is None:
            raise NotFound([Reason("not_found", _("No such file, or it is not yours to see."))])
        ruling = may(actor, "edit", dossier)
        if not ruling.allowed:
            raise Forbidden(ruling.reasons)
        request = dossier.requests.filter(closed_at=None).first()
        if request is None:
            raise Blocked([Reason("no_open_request", _("These questions are already answered or closed."))])
        texts = {key: str(answers[key]).replace("\x00", "") for key in request.questions if key in answers}
        for key, text in texts.items():
            if len(text) > LONGEST:
                message = _("This answer is too long to be saved: shorten it or attach a document.")
                raise Blocked([Reason("too_long", message, f"answers.{key}")])
            try:
                no_national_number(text)
            except ValidationError as error:
                raise Blocked([Reason("national_number", error.messages[0], f"answers.{key}")]) from error
        draft, _created = DraftSection.objects.update_or_create(
            dossier=dossier,
            section=SECTION,
            defaults={
                "data": {"request": request.number, "answers": texts},
                "saved_at": at,
                "saved_by_id": actor.person_id,
            },
        )
        return draft
