"""Pages of the public register, for everybody, signed in or not. Nothing here asks who reads: all read the same."""

from __future__ import annotations

import hashlib
import math
from typing import Any, Final
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from rest_framework.request import Request

from api.throttles import PerAddress
from dossiers.views.shared.paging import address, first_page_if_lost
from register import entry_page, published, queries
from register import filings as requests
from register import frameworks as framed
from register import statistics as numbers
from register.exports import risad, rows
from register.forms import RegisterForm
from register.kept import SECONDS, kept
from register.picture import Bar, bars
from workflows.dates import civil_date
from workflows.registry import procedure

TURTLE: Final = "text/turtle; charset=utf-8"
BADGES: Final = {
    queries.IN_FORCE: "success",
    queries.UPCOMING: "info",
    queries.SUSPENDED: "warning",
    queries.ENDED: "",
    queries.REFUSED: "",
}


@login_not_required
@require_safe
def register(request: HttpRequest) -> HttpResponse:
    """The list. What narrows it is in the address, and the files of data take the same filters."""
    on = civil_date(timezone.now())
    form = RegisterForm(request.GET)
    wanted = form.wanted()
    found = first_page_if_lost(request, lambda cursor: queries.entries(wanted, on, cursor))
    pairs = form.query()
    data = [(name, value) for name, value in pairs if name in ("procedure", "in_force_on") and name not in form.errors]
    context = {
        "form": form,
        "rows": [{"entry": entry, "colour": BADGES[entry.state]} for entry in rows.load(found.rows, on)],
        "filtered": bool(pairs),
        "clear_url": request.path,
        "next_url": address(request, pairs, page=found.next) if found.next else "",
        "previous_url": address(request, pairs, page=found.previous) if found.previous else "",
        "csv_url": _with(reverse("api:register_csv"), data),
        "json_url": _with(reverse("api:register"), data),
    }
    return render(request, "register/list.html", context)


@login_not_required
@require_safe
def entry(request: HttpRequest, kind: str, key: str) -> HttpResponse:
    """One entry at its permanent address. What is not public is not there: 404, whoever asks."""
    found = entry_page.find(kind, key, civil_date(timezone.now()))
    if found is None:
        raise Http404
    return render(request, "register/entry.html", {"shown": found, "colour": BADGES[found.entry.state]})


@login_not_required
@require_safe
def frameworks(request: HttpRequest) -> HttpResponse:
    """Those in force, for prescribers."""
    text = request.GET.get("q", "").replace("\x00", "")[:200]
    rows = framed.in_force(civil_date(timezone.now()), text)
    return render(request, "register/frameworks.html", {"rows": rows, "text": text})


@login_not_required
@require_safe
def framework(request: HttpRequest, number: str) -> HttpResponse:
    """One framework, made to be printed: what to write on the prescription, posology, follow-up, versions."""
    found = framed.find(number.replace("\x00", "")[:40], civil_date(timezone.now()))
    if found is None:
        raise Http404
    return render(request, "register/framework.html", {"shown": found, "wording": framed.WORDING})


@login_not_required
@require_safe
def statistics(request: HttpRequest) -> HttpResponse:
    shown = [_pictured(one) for one in numbers.kept_statistics(civil_date(timezone.now()))]
    return render(request, "register/statistics.html", {"procedures": shown, "small": numbers.published.SMALL})


@login_not_required
@require_safe
def risad_turtle(request: HttpRequest) -> HttpResponseBase:
    """The whole register in the shape of the national reference. Kept for some minutes, counted as the API counts those
    who show no token, and not sent again to whoever has it."""
    if (refused := _asked_too_often(request)) is not None:
        return refused
    on, here = civil_date(timezone.now()), request.build_absolute_uri("/")
    body = kept(f"register:risad:{on}:{here}", lambda: "".join(risad.turtle(on, request.build_absolute_uri)).encode())
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    fresh = {"ETag": etag, "Cache-Control": f"public, max-age={SECONDS}"}
    headers = {"Content-Disposition": 'attachment; filename="risad.ttl"', **fresh}
    answer = HttpResponse(body, content_type=TURTLE, headers=headers)
    return get_conditional_response(request, etag=etag, response=answer) or answer


@login_not_required
@require_safe
def risad_shapes(request: HttpRequest) -> HttpResponseBase:
    """What the terms of the export mean, and the shape it keeps."""
    headers = {"Content-Disposition": 'attachment; filename="risad.shacl.ttl"'}
    return HttpResponse(risad.SHAPES.read_bytes(), content_type=TURTLE, headers=headers)


@login_not_required
@require_safe
def filings(request: HttpRequest) -> HttpResponse:
    """That a complete request is under examination, before anybody decides on it."""
    rows = requests.kept_filings(civil_date(timezone.now()))
    return render(request, "register/filings.html", {"rows": rows, "laws": _laws_of_filings()})


@login_not_required
@require_safe
def filings_csv(request: HttpRequest) -> HttpResponse:
    body = requests.as_csv(requests.kept_filings(civil_date(timezone.now())))
    headers = {"Content-Disposition": 'attachment; filename="filings.csv"'}
    kind = "text/csv; charset=utf-8"
    return _asked_too_often(request) or HttpResponse(body, content_type=kind, headers=headers)


@login_not_required
@require_safe
def filings_json(request: HttpRequest) -> HttpResponse:
    rows = requests.as_json(requests.kept_filings(civil_date(timezone.now())))
    return _asked_too_often(request) or JsonResponse({"results": rows})


def _laws_of_filings() -> str:
    return ", ".join(sorted({procedure(code).public.law for code in published.with_filings()}))


def _asked_too_often(request: HttpRequest) -> HttpResponse | None:
    """The answer to whoever asks more often than the API lets those who show no token."""
    throttle = PerAddress()
    if throttle.allow_request(Request(request), None):
        return None
    wait = math.ceil(throttle.wait())
    text = _("Too many requests from your address: try again in %d seconds.") % wait
    return HttpResponse(text, status=429, content_type="text/plain; charset=utf-8", headers={"Retry-After": wait})


def _with(path: str, pairs: list[tuple[str, str]]) -> str:
    return f"{path}?{urlencode(pairs)}" if pairs else path


def _pictured(one: numbers.OfProcedure) -> dict[str, Any]:
    """The two pictures of a procedure, each with what it says in words."""
    days = [
        Bar(year.year, year.median, number_format(year.median, 1 if year.median % 1 else 0), year.running)
        for year in one.drawn
        if year.median is not None
    ]
    rates = [
        Bar(year.year, year.rate, f"{number_format(year.rate, 1 if year.rate % 1 else 0)} %", year.running)
        for year in one.drawn
        if year.rate is not None
    ]
    return {
        "procedure": one,
        "days": bars(
            f"days-{one.code}",
            _("Median time to a decision, in working days"),
            " ".join(_("%(year)s: %(days)s working days.") % {"year": bar.year, "days": bar.said} for bar in days),
            days,
        )
        if days
        else "",
        "rates": bars(
            f"rates-{one.code}",
            _("Grants in a hundred decisions"),
            " ".join(_("%(year)s: %(rate)s.") % {"year": bar.year, "rate": bar.said} for bar in rates),
            rates,
            most=100,
        )
        if rates
        else "",
    }
