"""What an agency's agent sees first: what waits for them, what is urgent, what is late."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from devices.queries.lists import incident_counts
from dossiers.models import Meeting
from dossiers.queries import worklists
from dossiers.queries.advice import meetings_to_come
from dossiers.queries.awaited import excused_from_ansm
from dossiers.queries.drafts import own_drafts
from dossiers.queries.filing_meetings import living
from dossiers.queries.lists import WORKLISTS
from dossiers.queries.worklists import Filters
from dossiers.views.ansm.worklists import first_list, staff_actor, tabs
from dossiers.views.applicant.starts import starts_for
from dossiers.views.shared.doors import services_for
from dossiers.views.shared.obligations import late_line
from dossiers.views.shared.rows import rows, short
from workflows.dates import civil_date
from workflows.roles import ANSM_ASSESSOR, ANSM_VIGILANCE, HAS_OFFICER
from workflows.types import Actor

SHOWN = 5
MEETING_DAYS = 30
EVERYTHING = Filters()
MEET_COMPANIES = frozenset({ANSM_ASSESSOR, HAS_OFFICER})
TASKS = {
    "publish_criteria": _("Publish the grant criteria and the UCD code"),
    "renunciation": _("Answer a holder who gives its authorisation up: silence accepts after a month"),
    "framework_covered": _("A framework may be covered by an MA or an early access: compare, and end it"),
    "adapt_texts": _("Adapt the SmPC, the leaflet and the label to the indication granted"),
}


def home(request: HttpRequest) -> HttpResponse:
    """ANSM's half of `/`. Raises PermissionDenied for anybody else."""
    actor = staff_actor(request)
    parts = Parts(actor, timezone.now())
    name = first_list(actor)
    urgent = {
        "title": _("Urgent dossiers"),
        "help": _("The prescriber says the patient cannot wait."),
        "rows": parts.rows_of("all", Filters(urgent=True)),
        "when_empty": _("No urgent dossier is open."),
        "url": reverse("dossiers:worklist", args=["all"]) + "?urgent=on",
    }
    shown = [
        *parts.drafts(),
        parts.own_turn(name),
        *([parts.part("unassigned")] if name == "to_route" else []),
        # Whoever examines also finds here what nobody has taken up: it is theirs to take.
        *([parts.part("unassigned")] if name == "mine" and actor.role != ANSM_VIGILANCE else []),
        *([parts.part("opinions")] if actor.role == ANSM_ASSESSOR else []),
        urgent,
        parts.part("late"),
    ]
    # Vigilance takes part in no meeting.
    meetings = [] if actor.role == ANSM_VIGILANCE else meetings_to_come(actor, parts.at, days=MEETING_DAYS)
    return agency_home(request, parts, shown, meetings=meetings)


@dataclass
class Parts:
    """The lists of a home page, each with its first rows."""

    actor: Actor
    at: dt.datetime

    @cached_property
    def excused(self) -> list[int]:
        return excused_from_ansm()

    def rows_of(
        self,
        name: str,
        filters: Filters = EVERYTHING,
        *,
        own_turn: bool = False,
    ) -> list[dict[str, Any]]:
        found = worklists.list_page(
            name, self.actor, self.at, filters, size=SHOWN, own_turn=own_turn, excused=self.excused
        )
        return rows(found.rows, staff=True, on=civil_date(self.at))

    def part(self, name: str) -> dict[str, Any]:
        one = WORKLISTS[name]
        url = reverse("dossiers:worklist", args=[name])
        return {
            "title": one.label,
            "help": one.help,
            "rows": self.rows_of(name),
            "when_empty": one.when_empty,
            "url": url,
        }

    def drafts(self) -> list[dict[str, Any]]:
        """What this agency began itself and has not sent: no worklist holds it, since nothing is filed."""
        if not starts_for(self.actor):
            return []
        found = rows(own_drafts(self.actor), staff=True, on=civil_date(self.at))
        return [{"title": _("Drafts to finish"), "rows": found, "when_empty": "", "url": ""}] if found else []

    def own_turn(self, name: str) -> dict[str, Any]:
        """Of the list `name`, the dossiers in which it is this reader's turn."""
        return {
            "title": _("Your next dossiers"),
            "help": WORKLISTS[name].help,
            "rows": self.rows_of(name, own_turn=True),
            "when_empty": _("No dossier waits for you."),
            "url": reverse("dossiers:worklist", args=[name]),
        }


def agency_home(
    request: HttpRequest,
    parts: Parts,
    shown: list[dict[str, Any]],
    *,
    agenda: bool = False,
    meetings: Sequence[Meeting] = (),
) -> HttpResponse:
    """The page, made of the lists `shown`. `agenda`: with a link to the sittings; `meetings`: those to come."""
    actor = parts.actor
    context = {
        "tabs": tabs(actor.role, worklists.counts(actor, parts.at, parts.excused)),
        "shown": shown,
        "tasks": _tasks(actor),
        "obligations_late": late_line(actor, civil_date(parts.at)),
        "agenda": agenda,
        "filing_meetings": living(actor, civil_date(parts.at), limit=SHOWN) if actor.role in MEET_COMPANIES else [],
        "meetings": meetings,
        # Vigilance begins with what it alone acknowledges.
        "watch": incident_counts(actor, civil_date(parts.at)) if actor.role == ANSM_VIGILANCE else {},
        "services": services_for(actor),
    }
    return render(request, "dossiers/ansm/home.html", context)


def _tasks(actor: Actor) -> list[dict[str, object]]:
    """What acts left for this role to do, each with the page where it is done."""
    return [
        {
            "id": task["id"],
            "label": TASKS.get(task["kind"], task["kind"]),
            "product": task["dossier__product_label"],
            "since": short(task["created_at"]),
            "reference": task["dossier__reference"],
            "url": reverse("dossiers:dossier", args=[task["dossier__reference"]]),
            "do_url": reverse("dossiers:task", args=[task["dossier__reference"], task["id"]]),
        }
        for task in worklists.open_tasks(actor)
    ]
