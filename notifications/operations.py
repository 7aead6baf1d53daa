"""What waits, fails or was given up, for whoever keeps the site running: addresses and errors, never what is said.

Every act may be repeated without harm: what is already back in the queue is left alone.
"""

from __future__ import annotations

import datetime as dt
import logging
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Count, QuerySet
from django.db.models.fields.json import KeyTransform
from django.utils.translation import gettext_lazy as _

from documents.letters.kinds import KINDS
from documents.letters.orders import start_again
from documents.models import LetterOrder
from notifications.models import OutboxMessage
from notifications.outbox import AGAIN, outbox_lag, poke, retry
from notifications.words import kind_in_words
from workflows.types import Text

log = logging.getLogger(__name__)

PAGE: Final = 50
YOUNG: Final = dt.timedelta(days=30)
Message, Letter = OutboxMessage.State, LetterOrder.State


@dataclass(frozen=True)
class View:
    """One list of the page. `states` are those of `OutboxMessage`, or of `LetterOrder` when `of_letters`."""

    code: str
    label: Text
    states: tuple[str, ...]
    of_letters: bool = False


VIEWS: Final = {
    view.code: view
    for view in (
        View("dead", _("Mails given up"), (Message.DEAD,)),
        View("failed", _("Mails that will be tried again"), (Message.FAILED,)),
        View("pending", _("Mails to send"), (Message.PENDING,)),
        View("moot", _("Mails no longer true, not sent"), (Message.MOOT,)),
        View("letters_failed", _("Letters given up"), (Letter.FAILED,), of_letters=True),
        View("letters_waiting", _("Letters to make"), (Letter.ORDERED, Letter.LEASED), of_letters=True),
    )
}


@dataclass(frozen=True)
class Line:
    """One message or letter order. `key` is what `again` wants; `kind` is in words, in the active language.

    `next_at` is None when nothing is planned.
    """

    key: str
    kind: str
    reference: str
    email: str
    created_at: dt.datetime
    attempts: int
    error: str
    next_at: dt.datetime | None


@dataclass(frozen=True)
class Tally:
    """How many rows each view has, and by how many seconds the oldest message is late."""

    numbers: dict[str, int]
    lag: float


def tally(at: dt.datetime) -> Tally:
    """In three queries, whatever waits."""
    messages = _by_state(OutboxMessage.objects.exclude(state=Message.SENT))
    letters = _by_state(LetterOrder.objects.exclude(state=Letter.ISSUED))
    numbers = {
        view.code: sum((letters if view.of_letters else messages).get(state, 0) for state in view.states)
        for view in VIEWS.values()
    }
    return Tally(numbers, outbox_lag(at))


def _by_state(rows: QuerySet[Any]) -> dict[str, int]:
    return dict(rows.order_by().values_list("state").annotate(Count("pk")))


def lines(view: View, *, before: int | None) -> tuple[list[Line], int | None]:
    """A page of the newest first, in one query, and the `before` of the next page, None when there is none."""
    rows = _letters(view) if view.of_letters else _messages(view)
    if before is not None:
        rows = rows.filter(pk__lt=before)
    found = list(rows.order_by("-pk")[: PAGE + 1])
    shown = found[:PAGE]
    read = _line_of_letter if view.of_letters else _line_of_message
    return [read(row) for row in shown], shown[-1].pk if len(found) > PAGE else None


def _messages(view: View) -> QuerySet[Any]:
    # What was said is not read from the database at all, but for the name of what happened.
    rows = OutboxMessage.objects.filter(state__in=view.states).select_related("recipient")
    return rows.defer("context", "subject", "body").annotate(label=KeyTransform("label", "context"))


def _letters(view: View) -> QuerySet[Any]:
    return LetterOrder.objects.filter(state__in=view.states).select_related("dossier").defer("context")


def _line_of_message(row: Any) -> Line:
    return Line(
        key=str(row.pk),
        kind=kind_in_words(row.kind, row.label),
        reference=row.reference,
        email=row.recipient.email,
        created_at=row.created_at,
        attempts=row.attempts,
        error=row.last_error,
        next_at=row.next_attempt_at if row.state in (Message.PENDING, Message.FAILED) else None,
    )


def _line_of_letter(row: LetterOrder) -> Line:
    return Line(
        key=row.number,
        kind=str(KINDS[row.kind].label) if row.kind in KINDS else row.kind,
        reference=f"{row.number} ({row.dossier.reference})",
        email="",
        created_at=row.ordered_at,
        attempts=row.attempts,
        error=row.last_error,
        next_at=row.leased_until if row.state != Letter.FAILED else None,
    )


def send_again(*, key: str, by: object, at: dt.datetime) -> int:
    """One message put back in the queue, to leave now; 1, or 0 when it needs nothing."""
    if not (key.isascii() and key.isdigit() and len(key) < 19):
        return 0
    message = OutboxMessage.objects.filter(pk=int(key)).first()
    return _told("messages", key, by, int(message is not None and retry(message=message, at=at)))


def send_all_again(*, by: object, at: dt.datetime) -> int:
    """Every message given up that is younger than YOUNG, in one statement; how many there were. Each is asked again
    whether it is still true before it leaves; older ones are news to nobody, and are tried one by one (`too_old`)."""
    young = OutboxMessage.objects.filter(state=Message.DEAD, created_at__gt=at - YOUNG)
    return _told("messages", "all", by, young.update(state=Message.PENDING, next_attempt_at=at, **AGAIN))


def too_old(at: dt.datetime) -> int:
    """How many messages given up `send_all_again` leaves."""
    return OutboxMessage.objects.filter(state=Message.DEAD, created_at__lte=at - YOUNG).count()


def make_again(*, key: str, by: object, at: dt.datetime) -> int:
    """One letter given up has a new series of attempts; 1, or 0 when it needs nothing."""
    failed = "\x00" not in key and LetterOrder.objects.filter(number=key, state=Letter.FAILED).exists()
    if failed:
        start_again(number=key, at=at)
    return _told("letters", key, by, int(failed))


def make_all_again(*, by: object, at: dt.datetime) -> int:
    """Every letter given up; how many there were."""
    numbers = list(LetterOrder.objects.filter(state=Letter.FAILED).order_by("pk").values_list("number", flat=True))
    for number in numbers:
        start_again(number=number, at=at)
    return _told("letters", "all", by, len(numbers))


def _told(what: str, key: str, by: object, count: int) -> int:
    if count:
        log.warning("operations: %s (%s) put back in the queue by person %s: %d", what, key, by, count)
    if count and what == "messages":
        poke()
    return count
