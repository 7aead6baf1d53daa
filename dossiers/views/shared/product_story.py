"""The page of one product: what was asked, advised and granted for it, in all procedures, with its picture."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from dossiers.policy import is_staff_side
from dossiers.queries.product_story import Chapter, story_of
from dossiers.services import access
from dossiers.views.shared.dossier import visible_dossier
from dossiers.views.shared.product_picture import periods_shown, picture
from dossiers.views.shared.rows import colour_of, short, state_labels
from workflows.dates import civil_date
from workflows.registry import procedure
from workflows.types import Actor


@require_safe
def product_story(request: HttpRequest, reference: str) -> HttpResponse:
    found = visible_dossier(request, reference)
    actor: Actor = request.actor  # type: ignore[attr-defined]
    at = timezone.now()
    access.record(dossier=found, actor=actor, what="product", at=at)
    story = story_of(found, actor, civil_date(at))
    context = {
        "dossier": found,
        "story": story,
        "staff": is_staff_side(actor),
        "chapters": [_chapter(one, staff=is_staff_side(actor)) for one in story.chapters],
        "all_url": f"{reverse('dossiers:list')}?{urlencode({'q': story.name})}",
        "register_url": f"{reverse('register:list')}?{urlencode({'q': story.substance or story.name})}",
        "picture": picture(story.periods, civil_date(at)) if story.periods else "",
        "periods": periods_shown(story.periods),
    }
    return render(request, "dossiers/shared/product_story.html", context)


def _chapter(chapter: Chapter, *, staff: bool) -> dict[str, Any]:
    """Rows as the template reads them: nothing is worked out there."""
    labels = state_labels(staff=staff)
    kinds = dict(procedure(chapter.procedure).kinds)
    rows = [
        {
            **row,
            "url": reverse("dossiers:dossier", args=[row["reference"]]),
            "label": labels.get((chapter.procedure, row["state"]), row["state"]),
            "colour": colour_of(row["state"], staff=staff),
            "kind_label": kinds.get(row["kind"], row["kind"]),
            "since": short(row["decided_at"] or row["filed_at"] or row["changed_at"]),
            "about": row["indication__label"] or row["subject"] or "",
        }
        for row in chapter.rows
    ]
    return {"code": chapter.procedure, "name": chapter.name, "rows": rows, "more": chapter.more}
