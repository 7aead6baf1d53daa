"""What the company sees: its cohort by pseudonym, the requests to answer, the export."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from cohort.policy import may_export, may_keep_agreements, may_step
from cohort.protocol import Cohort
from cohort.queries import company as queries
from cohort.states import STEPS
from cohort.views.common import actor_of, cohort_for
from dossiers.services import access
from dossiers.views.shared.paging import address, first_page_if_lost
from register.exports.table import MARK
from workflows.dates import civil_date
from workflows.types import Actor


def board(request: HttpRequest, actor: Actor, cohort: Cohort) -> HttpResponse:
    on = civil_date(timezone.now())
    counted = queries.counts(actor, cohort.chain)
    asked = request.GET.get("list", "")
    group = asked if asked in queries.GROUPS else queries.TO_ANSWER if counted[queries.TO_ANSWER] else queries.EVERYBODY
    page = first_page_if_lost(request, lambda cursor: queries.board_page(actor, cohort.chain, group, cursor=cursor))
    rows = queries.rows(page.rows, on)
    for row in rows:
        row["url"] = reverse("cohort:patient", args=[cohort.chain, row["rank"]])
    here = reverse("cohort:cohort", args=[cohort.chain])
    pairs = [("list", group)]
    context = {
        "cohort": cohort,
        "rows": rows,
        "group": group,
        "admits": cohort.admits(on),
        "may_answer": may_step(actor, "accept").allowed,
        "tabs": [
            (label, f"{here}?list={name}", name == group, counted[name]) for name, label in queries.GROUPS.items()
        ],
        "total": counted[queries.EVERYBODY],
        "next_url": address(request, pairs, page=page.next) if page.next else "",
        "previous_url": address(request, pairs, page=page.previous) if page.previous else "",
    }
    return render(request, "cohort/board.html", context)


def patient(
    request: HttpRequest, actor: Actor, cohort: Cohort, rank: int, *, refused: dict[str, Any] | None = None
) -> HttpResponse:
    at = timezone.now()
    found = queries.patient(actor, cohort, rank, civil_date(at))
    if found is None:
        raise Http404
    if request.method == "GET":
        access.record(dossier=cohort.title.dossier, actor=actor, what=f"cohort pseudonym {rank}", at=at)
    context = {
        "cohort": cohort,
        "patient": found,
        "may_answer": found.state in STEPS["accept"].sources and may_step(actor, "accept").allowed,
        "admits": cohort.admits(civil_date(at)),
        "accept_url": reverse("cohort:act", args=[cohort.chain, rank, "accept"]),
        "decline_url": reverse("cohort:act", args=[cohort.chain, rank, "decline"]),
        "refused": refused or {},
        "may_agree": may_keep_agreements(actor).allowed,
    }
    return render(request, "cohort/request.html", context, status=422 if refused else 200)


@require_safe
def export(request: HttpRequest, chain: str) -> HttpResponse | StreamingHttpResponse:
    """Every signed form as a CSV file: UTF-8 with its mark, semicolons, ISO dates, codes of the protocol's library."""
    actor = actor_of(request)
    cohort = cohort_for(actor, chain)
    if not may_export(actor):
        raise Http404
    access.record(dossier=cohort.title.dossier, actor=actor, what="cohort export", at=timezone.now())
    answer = StreamingHttpResponse(_lines(queries.export(actor, cohort)), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{chain}.csv"'
    return answer


def _lines(rows: Iterator[list[str]]) -> Iterator[str]:
    yield MARK
    for row in rows:
        buffer = io.StringIO()
        csv.writer(buffer, delimiter=";", lineterminator="\r\n").writerow(row)
        yield buffer.getvalue()
