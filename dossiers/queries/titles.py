"""What was granted, as lists and as a page."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Prefetch, Q, QuerySet

from catalogue.models import Medicine
from catalogue.text import query_key
from documents.letters.kinds import KINDS
from dossiers.models import CommentInvitation, Decision, Dossier, HolderComments, Title, TitleVersion
from dossiers.policy import is_staff_side, letters_visible_to, titles_visible_to, visible_to
from dossiers.queries.holders import held_by, names_of_holders
from dossiers.queries.keyset import Column, Ordering, Page, page
from dossiers.queries.pages import Letter
from workflows.types import Actor

ENDING: Final = Ordering("ending", (Column("ends_on", "date"), Column("id", "integer")))
ENDED: Final = Ordering(
    "ended", (Column("in_force_until", "date", descending=True), Column("id", "integer", descending=True))
)
TITLE_COLUMNS: Final = (
    "number",
    "procedure",
    "state",
    "starts_on",
    "ends_on",
    "in_force_until",
    "organisation__name",
    "held_by",
    "dossier__reference",
    "dossier__product_label",
    "dossier__subject",
)
LIVING: Final = ("in_force", "suspended")
MOST_WORDS: Final = 8


@dataclass(frozen=True)
class TitleFilters:
    """`expiring`: only those whose last day comes within that many days. Empty values do not filter."""

    text: str = ""
    states: tuple[str, ...] = LIVING
    expiring: int | None = None
    procedure: str = ""


def titles_page(
    actor: Actor | None,
    filters: TitleFilters,
    on: dt.date,
    *,
    ordering: Ordering = ENDING,
    cursor: str = "",
    size: int = 50,
) -> Page:
    """Titles by their last day, in one query. Raises BadCursor."""
    found = _narrowed(_listed(actor), filters, on).annotate(held_by=names_of_holders())
    return page(found, ordering, cursor, TITLE_COLUMNS, size)


def _listed(actor: Actor | None) -> QuerySet[Title]:
    """Staff read all they may see, others those that their own organisation holds, which an index gives at once."""
    seen = titles_visible_to(actor)
    if actor is None or is_staff_side(actor):
        return seen
    return held_by(actor, seen)


def _narrowed(titles: QuerySet[Title], filters: TitleFilters, on: dt.date) -> QuerySet[Title]:
    if filters.states:
        titles = titles.filter(state__in=filters.states)
    if filters.procedure:
        titles = titles.filter(procedure=filters.procedure)
    if filters.expiring is not None:
        titles = titles.filter(ends_on__range=(on, on + dt.timedelta(days=filters.expiring)))
    words = query_key(filters.text).split()[:MOST_WORDS]
    if words:
        called = Medicine.objects.all()
        for word in words:
            called = called.filter(search__contains=word)
        titles = titles.filter(Q(number=filters.text.strip().upper()[:40]) | Q(medicine__in=called.values("pk")))
    return titles


def title_for(actor: Actor | None, number: str) -> Title | None:
    """The title with the rows its page needs, or None when it is not this actor's to see."""
    return (
        titles_visible_to(actor)
        .select_related("dossier__organisation", "organisation", "medicine", "indication")
        .prefetch_related(
            "dossier__recusals",
            Prefetch("comment_invitations", CommentInvitation.objects.select_related("invited_by")),
            Prefetch("comment_invitations__answers", HolderComments.objects.select_related("organisation")),
        )
        .filter(number=number)
        .first()
    )


def versions(title: Title) -> list[TitleVersion]:
    """What the title said, latest first."""
    return list(title.versions.order_by("-number"))


def opened_by(title: Title) -> Decision | None:
    """The decision that opened it: signed, or made by silence."""
    signed = Decision.objects.filter(dossier=title.dossier_id, signed_at__isnull=False)
    return signed.order_by("-number").first()


def product_of(title: Title, content: Mapping[str, Any]) -> str:
    """What it is called, `content` being its last version: a marketing authorisation may have given another name than
    the one of its request. No query for a title that comes with its medicine and its dossier."""
    if not content.get("decided_by"):
        return title.dossier.product_label
    typed = (content.get("answers") or {}).get("product") or {}
    said = (
        (title.medicine.name, title.medicine.strength) if title.medicine else (typed.get("name"), typed.get("strength"))
    )
    return " ".join(str(part) for part in said if part) or title.dossier.product_label


def granted_wording(title: Title, content: Mapping[str, Any]) -> str:
    """The indication that it is granted for, `content` being its last version: the narrower one of the decision, else
    the one claimed, else the entry of the referential; empty when nothing says it."""
    claimed = ((content.get("answers") or {}).get("indication") or {}).get("claimed")
    return str(content.get("indication") or claimed or (title.indication.label if title.indication else ""))


@dataclass(frozen=True)
class Span:
    """A version and the days it held, both included. `until` is None when another took its place the same day."""

    number: int
    since: dt.date
    until: dt.date | None
    changes: str


def spans(title: Title, found: list[TitleVersion]) -> list[Span]:
    """Each version with its last day: the eve of the next one, or of the title's own end. `found` is latest first."""
    shown = []
    last = title.in_force_until
    for one in found:
        shown.append(
            Span(one.number, one.valid_from, last if last >= one.valid_from else None, one.content.get("changes", ""))
        )
        last = one.valid_from - dt.timedelta(days=1)
    return shown


def chain(title: Title, actor: Actor) -> list[dict[str, Any]]:
    """The title and those before and after it by renewal, oldest first."""
    found = titles_visible_to(actor).filter(chain=title.chain).order_by("renewal_rank")
    return [dict(one) for one in found.values("number", "state", "starts_on", "in_force_until")]


def renewals(title: Title, actor: Actor) -> list[Dossier]:
    """The requests that ask to renew this title, latest first."""
    return list(visible_to(actor).filter(parent_title=title).order_by("-id")[:10])


def title_letters(title: Title, actor: Actor) -> list[Letter]:
    """The letters that this actor reads about this title, the decisions that changed it among them, and about the
    request that it came from, latest first."""
    about = Q(dossier=title.dossier_id) | Q(title=title)
    orders = letters_visible_to(actor).filter(about).order_by("-ordered_at", "-pk")
    return [
        Letter(number, KINDS[kind].label if kind in KINDS else kind, at, state == "issued", state == "failed")
        for number, kind, at, state in orders.values_list("number", "kind", "ordered_at", "state")
    ]
