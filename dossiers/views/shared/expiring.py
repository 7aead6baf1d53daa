"""What ends soon: /expiring/. What nobody has begun to renew stands out; the rest is calm."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Mapping
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from dossiers.models import Dossier
from dossiers.policy import is_staff_side, may
from dossiers.queries import expiring as queries
from dossiers.queries.expiring import BEGUN, FILED, NOTHING, WITHIN, Scope
from dossiers.queries.holders import names_in
from dossiers.services.renewals import MOST_AT_ONCE
from dossiers.views.shared.expiring_picture import month_name, picture
from dossiers.views.shared.paging import address, first_page_if_lost
from dossiers.views.shared.rows import label_of, procedures_about_patients, short
from dossiers.views.shared.title_starts import EARLY_ACCESS, is_renewed, renewal_is_late
from dossiers.views.shared.titles import days_left
from workflows.aap_guards import last_day_to_file
from workflows.dates import civil_date
from workflows.roles import AGENCY_STAFF, HOSPITAL, PHARMACY_PREPARER
from workflows.types import Actor, Text

SCOPES: Final[dict[str, Text]] = {
    "mine": _("My patients"),
    "hospital": _("My hospital"),
    "products": _("My products"),
    "agency": _("My agency"),
}
PAST: Final = 0
STEPS: Final[dict[int, Text]] = {
    PAST: _("Last day already past"),
    30: _("Within 30 days"),
    60: _("In 31 to 60 days"),
    90: _("In 61 to 90 days"),
}
LATER: Final = _("In %(first)d to %(last)d days")
"""Of a step that comes after these."""
PARTS: Final[dict[str, Text]] = {
    FILED: _("Renewal filed or granted"),
    BEGUN: _("Renewal begun, not filed"),
    NOTHING: _("No renewal begun"),
}
# Somebody who does not read drafts is not told that none was begun.
READS_NO_DRAFT: Final = AGENCY_STAFF | {PHARMACY_PREPARER}
NOTHING_RECEIVED: Final = _("No renewal received")
ONLY: Final[dict[bool, Text]] = {
    True: _("Only those with no renewal begun"),
    False: _("Only those with no renewal received"),
}
"""The link that narrows the list, for whoever reads drafts or not."""


@require_safe
def expiring(request: HttpRequest) -> HttpResponse:
    actor: Actor | None = request.actor  # type: ignore[attr-defined]
    on = civil_date(timezone.now())
    scopes = queries.scopes_for(actor)
    scope = next((one for one in scopes if one == request.GET.get("scope")), scopes[0] if scopes else None)
    within, usual = queries.steps_for(actor), queries.usual_step(actor)
    days = next((one for one in within if str(one) == request.GET.get("within")), usual)
    to_begin = request.GET.get("to_begin") == "1"
    found = first_page_if_lost(
        request,
        lambda cursor: queries.ending_page(actor, scope, on, days=days, to_begin=to_begin, cursor=cursor),
    )
    coming = queries.coming_months(actor, scope, on)
    rows = [_row(one, actor, on) for one in found.rows] if actor else []
    parts = parts_for(actor)
    staff = actor is not None and is_staff_side(actor)
    may_tick = actor is not None and actor.role in HOSPITAL and any(row["renew_url"] for row in rows)
    asked = 0 if days == usual else days
    pairs = _pairs(scope, scopes, asked, to_begin)
    context = {
        "tabs": _tabs(request, scopes, scope),
        "steps": _steps(request, coming.steps, scope, scopes, days, usual, parts),
        "groups": [
            {"name": step, "label": _step_label(step, within), "rows": list(group)}
            for step, group in itertools.groupby(rows, key=lambda row: row["step"])
        ],
        "staff": staff,
        "may_tick": may_tick,
        "columns": 4 + staff + may_tick,
        "most": MOST_AT_ONCE,
        "days": days,
        "to_begin": to_begin,
        "only": ONLY[parts[NOTHING] is not NOTHING_RECEIVED],
        "narrow_url": address(request, _pairs(scope, scopes, asked, not to_begin)),
        "picture": picture(coming.months, parts),
        "months": [_month(month) for month in coming.months],
        "parts": parts,
        "total": sum(month.total for month in coming.months),
        "next_url": address(request, pairs, page=found.next) if found.next else "",
        "previous_url": address(request, pairs, page=found.previous) if found.previous else "",
    }
    return render(request, "dossiers/shared/expiring.html", context)


def parts_for(actor: Actor | None) -> dict[str, Text]:
    """The stages of a renewal that this reader may tell apart, in their words."""
    if actor is None or actor.role not in READS_NO_DRAFT:
        return PARTS
    if actor.role in AGENCY_STAFF:
        return {FILED: PARTS[FILED], NOTHING: NOTHING_RECEIVED}
    return {**PARTS, NOTHING: NOTHING_RECEIVED}


def _month(month: queries.Month) -> dict[str, Any]:
    """A line of the table that says the picture again."""
    counts = month.counts
    return {"name": month_name(month), "total": month.total, **{part: counts[part] for part in PARTS}}


def _pairs(scope: Scope | None, scopes: tuple[Scope, ...], days: int, to_begin: bool) -> list[tuple[str, str]]:
    """The query string of this list; what is usual is left out of it, `days` being 0 then."""
    pairs: list[tuple[str, str]] = []
    if scope and scope != scopes[0]:
        pairs.append(("scope", scope))
    if days:
        pairs.append(("within", str(days)))
    if to_begin:
        pairs.append(("to_begin", "1"))
    return pairs


def _tabs(request: HttpRequest, scopes: tuple[Scope, ...], current: Scope | None) -> list[dict[str, Any]]:
    return [
        {
            "label": SCOPES[one],
            "url": address(request, _pairs(one, scopes, 0, False)),
            "current": one == current,
        }
        for one in scopes
    ]


def _left_to_begin(count: int, parts: Mapping[str, Text]) -> str:
    """ "6 with no renewal begun", in what this reader knows."""
    if parts[NOTHING] is not NOTHING_RECEIVED:
        return ngettext("%d with no renewal begun", "%d with no renewal begun", count) % count
    return ngettext("%d with no renewal received", "%d with no renewal received", count) % count


def _steps(
    request: HttpRequest,
    steps: list[queries.Step],
    scope: Scope | None,
    scopes: tuple[Scope, ...],
    days: int,
    usual: int,
    parts: Mapping[str, Text],
) -> list[dict[str, Any]]:
    """How many end within each step, leading to its list. Those past come first, when there are any."""
    return [
        {
            "days": one.days,
            "count": one.count,
            "nothing": _left_to_begin(one.nothing, parts) if one.nothing else "",
            "url": address(request, _pairs(scope, scopes, 0 if one.days == usual else one.days or WITHIN[0], False)),
            "current": one.days == days,
        }
        for one in steps
        if one.days or one.count
    ]


def _row(one: dict[str, Any], actor: Actor, on: dt.date) -> dict[str, Any]:
    staff = is_staff_side(actor)
    renewal = one["renewal"]
    return {
        "number": one["number"],
        "url": reverse("dossiers:title", args=[one["number"]]),
        "product": one["dossier__product_label"],
        "about_patient": one["procedure"] in procedures_about_patients(),
        "subject": one["dossier__subject"],
        "hospital": ", ".join(names_in(one)),
        "deserted": one["deserted"] and one["progress"] == NOTHING,
        "phone": one["organisation__phone"],
        "until": short(one["ends_on"]),
        "left": days_left(one["state"], one["ends_on"], on) or _("past"),
        "step": _step(one["ends_on"], on, queries.steps_for(actor)),
        "progress": one["progress"],
        "label": parts_for(actor)[one["progress"]],
        "successor": one["successor"] or "",
        "successor_url": reverse("dossiers:title", args=[one["successor"]]) if one["successor"] else "",
        "renewal": renewal["reference"] if renewal else "",
        "renewal_url": reverse("dossiers:dossier", args=[renewal["reference"]]) if renewal else "",
        "stage": label_of(renewal["procedure"], renewal["version"], renewal["state"], staff=staff) if renewal else "",
        "renew_url": _renew_url(one, actor, on),
        "file_by": _file_by(one, on),
    }


def _file_by(one: dict[str, Any], on: dt.date) -> str:
    """The last day to file a renewal that is not filed, where the law sets one; what is left to do after it."""
    if one["progress"] == FILED or one["procedure"] != EARLY_ACCESS:
        return ""
    latest = last_day_to_file(one["ends_on"])
    if on > latest:
        return _("Too late to renew after %s: a first request is needed.") % short(latest)
    return _("To be filed by %s.") % short(latest)


def _step(ends_on: dt.date, on: dt.date, steps: tuple[int, ...]) -> int:
    days = (ends_on - on).days
    return PAST if days < 0 else next(step for step in steps if days <= step)


def _step_label(step: int, steps: tuple[int, ...]) -> Text:
    if step in STEPS:
        return STEPS[step]
    before = max(one for one in steps if one < step)
    return str(LATER) % {"first": before + 1, "last": step}


def _renew_url(one: dict[str, Any], actor: Actor, on: dt.date) -> str:
    """Where to begin the renewal, for whoever may, while nobody has and it may still be filed."""
    owned = Dossier(procedure=one["procedure"], organisation_id=one["organisation_id"])
    if (
        one["progress"] != NOTHING
        or not is_renewed(one["procedure"])
        or renewal_is_late(one["procedure"], one["ends_on"], on)
        or not may(actor, "renew", owned).allowed
    ):
        return ""
    return reverse("dossiers:renew", args=[one["number"]])
