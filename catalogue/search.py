"""Finding a medicine from what was typed: name, substance, code name or code, accents and typing mistakes forgiven.

One setting of the transaction and three queries, whatever is found: the trigram indexes answer both the words that are
there and the names that look alike.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.contrib.postgres.search import TrigramWordSimilarity
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import (
    BooleanField,
    Case,
    Exists,
    ExpressionWrapper,
    FloatField,
    IntegerField,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Value,
    When,
)
from django.utils.functional import Promise

from catalogue import identifiers
from catalogue.models import CriteriaVersion, Indication, Medicine
from catalogue.text import LONGEST_QUERY, query_key

DEFAULT_LIMIT: Final = 20
LARGEST_LIMIT: Final = 100
MOST_WORDS: Final = 8
# "trgoarzo" is 0.38 like "trogarzo": two swapped letters in a short name must still be found.
LOOKS_LIKE: Final = 0.35
# What looks alike much less than the best find is noise: "azithromycine EG" when "egaten" was found.
WORSE_THAN_BEST: Final = 0.2
SHORTEST_TYPO: Final = 4
"""Under this many characters a mistake cannot be told from another name: only what contains the text is found."""


@dataclass(frozen=True)
class Code:
    """A medicine's code that was typed. `problem` says what is wrong with it, empty when nothing is."""

    digits: str
    problem: str | Promise = ""


def code_in(text: str) -> Code | None:
    """The CIS (8 digits), CIP13 or UCD13 code that `text` is, presentation forgiven, or None when it is not one."""
    typed = "".join(text[:LONGEST_QUERY].split())
    if not (typed.isascii() and typed.isdigit()) or len(typed) not in (8, 13):
        return None
    if len(typed) == 8:
        return Code(typed)
    check = identifiers.check_ucd13 if typed.startswith("34008") else identifiers.check_cip13
    try:
        return Code(check(typed))
    except ValidationError as error:
        return Code(typed, " ".join(error.messages))


def medicines(text: str, limit: int = DEFAULT_LIMIT) -> list[Medicine]:
    """At most `limit` medicines for what was typed, best first, with their indications loaded.

    An exact code first, then what has the words before what only looks alike; within each, entries of the
    early-access referential (those with indications) before the plain medicines database, then by name.
    Nothing typed, or nothing but punctuation, finds nothing.
    """
    key = query_key(text)
    if not key:
        return []
    limit = max(1, min(limit, LARGEST_LIMIT))
    with transaction.atomic(), connection.cursor() as cursor:
        # The index is used by the operator <%, whose threshold is a setting: local, it ends with this block.
        cursor.execute("SELECT set_config('pg_trgm.word_similarity_threshold', %s, true)", [str(LOOKS_LIKE)])
        found = list(_ranked(key, code_in(text))[:limit])
    best = max((_likeness(medicine) for medicine in found), default=0.0)
    return [medicine for medicine in found if _likeness(medicine) >= best - WORSE_THAN_BEST]


def _likeness(medicine: Medicine) -> float:
    return float(medicine.likeness)  # type: ignore[attr-defined] # an annotation of `_ranked`


def with_versions() -> QuerySet[Indication]:
    """Indications by name, with their criteria versions loaded (not the criteria themselves)."""
    versions = CriteriaVersion.objects.order_by("-number")
    return Indication.objects.order_by("label", "id").prefetch_related(Prefetch("criteria_versions", queryset=versions))


def _ranked(key: str, code: Code | None) -> QuerySet[Medicine]:
    words = key.split()[:MOST_WORDS]
    has_words = Q()
    for word in words:
        has_words &= Q(search__contains=word)
    has_code = Q(cis=code.digits) | Q(ucd13=code.digits) | Q(cip13=code.digits) if code else Q(pk__in=[])
    found = has_words | has_code
    if len(key) >= SHORTEST_TYPO:
        found |= Q(names__trigram_word_similar=key)
    begins = Q(sort_key__startswith=words[0])
    entries = Indication.objects.filter(medicine=OuterRef("pk"))
    return (
        Medicine.objects.filter(found)
        .annotate(
            match=Case(
                When(has_code, then=Value(0)),
                When(has_words, then=Value(1)),
                default=Value(2),
                output_field=IntegerField(),
            ),
            derogatory=ExpressionWrapper(Exists(entries), output_field=BooleanField()),
            begins=Case(When(begins, then=Value(0)), default=Value(1), output_field=IntegerField()),
            likeness=Case(
                When(has_words | has_code, then=Value(1.0)),
                default=TrigramWordSimilarity(key, "names"),
                output_field=FloatField(),
            ),
        )
        .order_by("match", "-derogatory", "-likeness", "begins", "sort_key", "strength", "id")
        .prefetch_related(Prefetch("indications", queryset=with_versions()))
    )
