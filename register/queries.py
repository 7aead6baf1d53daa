"""What the public register holds, as querysets of one form: an entry, its first and last day, its state on a day.

Three sources, each empty where no procedure publishes it: entries of the referential (a medicine in an indication),
titles, refusals. Whatever is not selected here has no page, no line and no export.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import (
    Case,
    CharField,
    DateField,
    Exists,
    F,
    Func,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Cast, Coalesce, Least, TruncDate, TruncMonth
from django.db.models.lookups import Exact
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from catalogue.models import Indication
from catalogue.search import LARGEST_LIMIT, medicines
from dossiers.models import Decision, Dossier, Event, Title
from dossiers.queries.keyset import PAGE_SIZE, Column, Ordering, Page, page_of_several
from register import published
from workflows.dates import ONE_DAY, PARIS
from workflows.types import Text

REFERENTIAL, TITLE, REFUSAL = "referential", "title", "refusal"
KINDS: Final = (REFERENTIAL, TITLE, REFUSAL)

UPCOMING, IN_FORCE, SUSPENDED, ENDED, REFUSED = "upcoming", "in_force", "suspended", "ended", "refused"
STATES: Final[dict[str, Text]] = {
    IN_FORCE: _("In force"),
    UPCOMING: _("Not yet in force"),
    SUSPENDED: _("Suspended"),
    ENDED: _("Ended"),
    REFUSED: _("Refused"),
}
LATEST: Final = Ordering(
    "latest", (Column("since", "date", descending=True), Column("rank", "integer"), Column("id", "integer"))
)
COLUMNS: Final = ("state_now", "until")


@dataclass(frozen=True)
class Wanted:
    """What narrows the register. `in_force_on`: only what had force on that day. `state`: as of today."""

    text: str = ""
    procedure: str = ""
    in_force_on: dt.date | None = None
    state: str = ""


class DayBefore(Func):
    template = "(%(expressions)s - 1)"
    output_field = DateField()


def entries(wanted: Wanted, on: dt.date, cursor: str = "", size: int = PAGE_SIZE) -> Page:
    """A page of the register as of the civil day `on`, the latest first: {"rank", "id", "since", "until", "state_now"}.

    Raises BadCursor.
    """
    return page_of_several(_sources(wanted, on), LATEST, cursor, COLUMNS, size)


def every_page(wanted: Wanted, on: dt.date, size: int) -> Iterator[Page]:
    """The whole register, page by page, for exports."""
    cursor = ""
    while True:
        found = entries(wanted, on, cursor, size)
        yield found
        cursor = found.next
        if not cursor:
            return


def referential() -> QuerySet[Indication]:
    """Entries under which something was granted. One only asked for is nobody's business."""
    open_to_all = published.of_the_referential() is not None
    return Indication.objects.filter(opened_on__isnull=False) if open_to_all else Indication.objects.none()


def titles() -> QuerySet[Title]:
    return Title.objects.filter(procedure__in=published.with_titles())


def refusals() -> QuerySet[Dossier]:
    public = Q(pk__in=[])
    for code, kinds in published.refused_kinds().items():
        public |= Q(procedure=code, state=published.REFUSED, **({"kind__in": sorted(kinds)} if kinds else {}))
    return Dossier.objects.filter(public, filed_at__isnull=False, decided_at__isnull=False)


def path(kind: str, key: str) -> str:
    """The permanent address of an entry."""
    return reverse("register:entry", args=[kind, key])


# ---------------------------------------------------------------------------------------- one form for the three


def _sources(wanted: Wanted, on: dt.date) -> list[QuerySet[Any]]:
    table = published.of_the_referential()
    text = wanted.text.strip()
    known = [medicine.pk for medicine in medicines(text, LARGEST_LIMIT)] if text else []
    found: list[QuerySet[Any]] = []
    if table is not None and wanted.procedure in ("", table.code):
        found.append(_narrowed(dated_referential(on, wanted.in_force_on), wanted, _referential_words(text, known)))
    if codes := _asked(published.with_titles(), wanted.procedure):
        own = dated_titles(on, wanted.in_force_on).filter(procedure__in=codes)
        found.append(_narrowed(own, wanted, _title_words(text, known)))
    if codes := _asked(published.with_refusals(), wanted.procedure):
        refused = dated_refusals().filter(procedure__in=codes)
        found.append(_narrowed(refused, wanted, _refusal_words(text, known)))
    return found


def _asked(codes: list[str], procedure: str) -> list[str]:
    return [code for code in codes if procedure in ("", code)]


def _narrowed(rows: QuerySet[Any], wanted: Wanted, words: Q) -> QuerySet[Any]:
    if wanted.text.strip():
        rows = rows.filter(words)
    if wanted.state:
        rows = rows.filter(state_now=wanted.state)
    return rows.filter(state_then=IN_FORCE) if wanted.in_force_on else rows


def _referential_words(text: str, known: list[int]) -> Q:
    return Q(medicine__in=known) | Q(label__icontains=text)


def _title_words(text: str, known: list[int]) -> Q:
    words = Q(medicine__in=known) | Q(indication__label__icontains=text)
    words |= Q(dossier__product_label__icontains=text) | Q(number__iexact=text)
    return words | _decision_words(text, OuterRef("dossier"))


def _refusal_words(text: str, known: list[int]) -> Q:
    words = Q(medicine__in=known) | Q(indication__label__icontains=text)
    words |= Q(product_label__icontains=text) | Q(filing_number__iexact=text)
    return words | _decision_words(text, OuterRef("pk"))


def _decision_words(text: str, dossier: OuterRef) -> Q:
    """The number that the authority gave its decision, or the indication as it granted it."""
    signed = Decision.objects.filter(dossier=dossier, signed_at__isnull=False)
    return Q(Exists(signed.filter(Q(official_number__iexact=text) | Q(indication__icontains=text))))


def dated_referential(on: dt.date, then: dt.date | None = None) -> QuerySet[Indication]:
    return with_dates(referential(), on, then)


def with_dates(rows: QuerySet[Indication], on: dt.date, then: dt.date | None = None) -> QuerySet[Indication]:
    """`since` is the month of the first grant: its day is the date of one patient's authorisation."""
    rows = rows.annotate(
        rank=Value(KINDS.index(REFERENTIAL), IntegerField()),
        since=TruncMonth("opened_on", output_field=DateField()),
        until=DayBefore(Least("closed_on", "ma_since", "aap_since")),
    )
    return _with_states(rows, on, then, lambda day: ())


def dated_titles(on: dt.date, then: dt.date | None = None) -> QuerySet[Title]:
    rows = titles().annotate(
        rank=Value(KINDS.index(TITLE), IntegerField()), since=F("starts_on"), until=F("in_force_until")
    )
    return _with_states(rows, on, then, _suspended_on)


def dated_refusals() -> QuerySet[Dossier]:
    return refusals().annotate(
        rank=Value(KINDS.index(REFUSAL), IntegerField()),
        since=TruncDate("decided_at", tzinfo=PARIS),
        until=Cast(Value(None), DateField()),
        state_now=Value(REFUSED, CharField()),
        state_then=Value(REFUSED, CharField()),
    )


def _with_states(
    rows: QuerySet[Any], on: dt.date, then: dt.date | None, more: Callable[[dt.date], tuple[When, ...]]
) -> QuerySet[Any]:
    def state(day: dt.date) -> Case:
        return Case(
            When(since__gt=day, then=Value(UPCOMING)),
            When(until__lt=day, then=Value(ENDED)),
            *more(day),
            default=Value(IN_FORCE),
            output_field=CharField(),
        )

    rows = rows.annotate(state_now=state(on))
    return rows.annotate(state_then=state(then)) if then else rows


def _suspended_on(day: dt.date) -> tuple[When, ...]:
    """What the title's own acts say it was at the end of that day; a suspension also has a last day of its own."""
    midnight = dt.datetime.combine(day + ONE_DAY, dt.time(), tzinfo=PARIS)
    acts = Event.objects.filter(dossier=OuterRef("dossier"), machine="title", at__lt=midnight).exclude(target="")
    state = Coalesce(Subquery(acts.order_by("-seq").values("target")[:1]), Value(IN_FORCE))
    running = Q(suspended_until__isnull=True) | Q(suspended_until__gte=day)
    return (When(running & Q(Exact(state, Value(SUSPENDED))), then=Value(SUSPENDED)),)
