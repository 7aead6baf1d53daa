"""A ministry's first page: its own reports, what is in force, what is examined, what has ended."""

from __future__ import annotations

from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from dossiers.queries import ministry, titles
from dossiers.queries.drafts import own_drafts
from dossiers.queries.titles import ENDED, ENDING, TitleFilters
from dossiers.views.applicant.common import acting
from dossiers.views.applicant.starts import starts_for
from dossiers.views.shared.doors import services_for
from dossiers.views.shared.rows import rows
from dossiers.views.shared.titles import ALL, title_rows
from workflows.dates import civil_date
from workflows.registry import TITLE

SHOWN: Final = 8
OVER: Final = tuple(one.code for one in TITLE.states if one.final)


def ministry_home(request: HttpRequest) -> HttpResponse:
    actor, on = acting(request), civil_date(timezone.now())

    def listed(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return rows(found, staff=True, on=on)

    def granted(procedure: str, states: tuple[str, ...]) -> list[dict[str, Any]]:
        wanted = TitleFilters(states=states, procedure=procedure)
        order = ENDED if states == OVER else ENDING
        return title_rows(titles.titles_page(actor, wanted, on, ordering=order, size=SHOWN).rows, on)

    every_title = reverse("dossiers:titles")
    context = {
        "begins": bool(starts_for(actor)),
        "drafts": listed(own_drafts(actor)),
        "own": listed(ministry.own_reports(actor, limit=SHOWN)),
        "frameworks": granted("cpc", titles.LIVING),
        "early": granted("aap", titles.LIVING),
        "examined": listed(ministry.examined(actor, limit=SHOWN)),
        "ended": granted("", OVER),
        "titles_url": every_title,
        "ended_url": f"{every_title}?state={ALL}",
        "open_url": reverse("dossiers:worklist", args=["all"]),
        "decided_url": reverse("dossiers:worklist", args=["decided"]),
        "services": services_for(actor),
    }
    return render(request, "dossiers/applicant/ministry_home.html", context)
