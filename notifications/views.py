"""The inbox, and in demo mode everyone's mailbox."""

from __future__ import annotations

import datetime as dt
from typing import cast

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from accounts.models import Person
from notifications import mailbox as demo_mailbox
from notifications import outbox
from notifications.models import OutboxMessage
from notifications.rendering import subject_of

PAGE = 20


@require_GET
def inbox(request: HttpRequest) -> HttpResponse:
    """One page of my messages; `?before=` holds the last line of the page before."""
    me = _signed_in(request)
    rows = outbox.inbox(me)
    before = _cursor(request.GET.get("before", ""))
    if before:
        at, pk = before
        rows = rows.filter(Q(created_at__lt=at) | Q(created_at=at, pk__lt=pk))
    page = list(rows[: PAGE + 1])
    more = len(page) > PAGE
    page = page[:PAGE]
    # The header's counter reads it here rather than asking again.
    unread = outbox.unread_count(me)
    request.unread_messages = unread  # type: ignore[attr-defined]
    context = {
        "lines": [{"message": message, "subject": subject_of(message)} for message in page],
        "unread": unread,
        "unread_said": outbox.said(unread),
        "older": _cursor_of(page[-1]) if more else "",
        "first_page": before is None,
    }
    return render(request, "notifications/inbox.html", context)


def _signed_in(request: HttpRequest) -> Person:
    """LoginRequiredMiddleware let nobody else through."""
    return cast(Person, request.user)


def _cursor_of(message: OutboxMessage) -> str:
    return f"{message.created_at.isoformat()}_{message.pk}"


def _cursor(text: str) -> tuple[dt.datetime, int] | None:
    """A damaged address shows the first page: a link cut by a mail client is no reason for an error."""
    at, _, pk = text.replace(" ", "+").rpartition("_")
    try:
        moment = dt.datetime.fromisoformat(at)
        number = int(pk)
    except ValueError:
        return None
    # Beyond bigint, or before PostgreSQL's calendar in UTC, the database would refuse the question.
    if moment.tzinfo is None or not 0 <= number < 2**63 or not 1900 <= moment.year < 3000:
        return None
    return moment, number


@require_POST
def mark_read(request: HttpRequest, pk: int) -> HttpResponse:
    """Marks one message, then opens what it tells about when asked to."""
    message = outbox.mark_read(person=_signed_in(request), message=pk, at=timezone.now())
    if message is None:
        raise Http404
    if "open" in request.POST:
        return redirect(message.path)
    return redirect("notifications:inbox")


@require_POST
def mark_all_read(request: HttpRequest) -> HttpResponse:
    outbox.mark_all_read(person=_signed_in(request), at=timezone.now())
    return redirect("notifications:inbox")


@login_not_required
@never_cache
@require_GET
def mailbox(request: HttpRequest) -> HttpResponse:
    """The demo's mails, for all to read: it stands for everyone's mail client."""
    _only_in_demo()
    mails = demo_mailbox.all_mails()
    addresses = sorted({address for mail in mails for address in mail.recipients})
    chosen = request.GET.get("to", "")
    if chosen:
        mails = [mail for mail in mails if chosen in mail.recipients]
    page = Paginator(mails, 50).get_page(request.GET.get("page"))
    context = {"page": page, "addresses": addresses, "chosen": chosen}
    return render(request, "notifications/mailbox.html", context)


@login_not_required
@never_cache
@require_GET
def mail(request: HttpRequest, name: str) -> HttpResponse:
    _only_in_demo()
    found = demo_mailbox.read_mail(name)
    if found is None:
        raise Http404
    headers, text = found
    return render(request, "notifications/mail.html", {"mail": headers, "text": text})


def _only_in_demo() -> None:
    if not settings.DEMO:
        raise Http404
