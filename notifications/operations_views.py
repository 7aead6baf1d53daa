"""The page of whoever keeps the site running: technical staff, who read no dossier."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from notifications import operations

Page = Callable[[HttpRequest], HttpResponse]


def technical_staff(page: Page) -> Page:
    """Not a role in any procedure: an account made by the operator (`is_staff`). Others are refused (403)."""

    @wraps(page)
    def guarded(request: HttpRequest) -> HttpResponse:
        if not request.user.is_staff:
            raise PermissionDenied
        return page(request)

    return guarded


@never_cache
@require_safe
@technical_staff
def outbox(request: HttpRequest) -> HttpResponse:
    """What is stuck, by state; `?before=` continues a list. A damaged address shows the beginning."""
    at = timezone.now()
    view = operations.VIEWS.get(request.GET.get("show", ""), operations.VIEWS["dead"])
    before = _number(request.GET.get("before", ""))
    lines, older = operations.lines(view, before=before)
    counted = operations.tally(at)
    context = {
        "view": view,
        "views": [(one, counted.numbers[one.code], _address(one.code)) for one in operations.VIEWS.values()],
        "lag": timesince(at - dt.timedelta(seconds=counted.lag), at, depth=1),
        "late": counted.lag >= 60,
        "lines": lines,
        "newest_url": _address(view.code) if before is not None else "",
        "older_url": _address(view.code, older) if older else "",
        "given_up": view.code in ("dead", "letters_failed"),
        "retries_one": view.code in ("dead", "failed", "letters_failed"),
    }
    return render(request, "notifications/operations.html", context)


@require_POST
@technical_staff
def again(request: HttpRequest) -> HttpResponse:
    """`show` names the list one comes from; `key` one of its lines, absent for all that were given up."""
    at, by, key = timezone.now(), request.user.pk, request.POST.get("key", "")
    view = operations.VIEWS.get(request.POST.get("show", ""), operations.VIEWS["dead"])
    acts: dict[tuple[bool, bool], Callable[[], int]] = {
        (False, True): lambda: operations.send_again(key=key, by=by, at=at),
        (False, False): lambda: operations.send_all_again(by=by, at=at),
        (True, True): lambda: operations.make_again(key=key, by=by, at=at),
        (True, False): lambda: operations.make_all_again(by=by, at=at),
    }
    count = acts[view.of_letters, bool(key)]()
    if count:
        said = ngettext("%(n)s put back in the queue.", "%(n)s put back in the queue.", count) % {"n": count}
        messages.success(request, said)
    else:
        messages.info(request, _("Nothing to do: it was already put back in the queue, or is done."))
    if not key and not view.of_letters and (left := operations.too_old(at)):
        left_out = ngettext(
            "%(n)s is older than 30 days and was left: what it says may be known long since. Try it again by itself.",
            "%(n)s are older than 30 days and were left: what they say may be known long since. Try each by itself.",
            left,
        )
        messages.warning(request, left_out % {"n": left})
    return redirect(_address(view.code))


def _address(code: str, before: int | None = None) -> str:
    asked: dict[str, Any] = {"show": code} | ({"before": before} if before else {})
    return f"{reverse('notifications:operations')}?{urlencode(asked)}"


def _number(typed: str) -> int | None:
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 19 else None
