"""Medicines that a new one may already be: same name or substance, typed otherwise. Asked before one is created."""

from __future__ import annotations

from typing import Final

from django.contrib.postgres.search import TrigramWordSimilarity
from django.db import connection, transaction
from django.db.models import BooleanField, Exists, ExpressionWrapper, F, OuterRef, Prefetch, Q
from django.db.models.functions import Greatest

from catalogue.models import Indication, Medicine
from catalogue.search import SHORTEST_TYPO, with_versions
from catalogue.text import query_key

ALIKE: Final = 0.45
"""A little stricter than the search: these are shown as a warning, which noise would wear out."""
MOST: Final = 8


def similar_medicines(name: str, *others: str, limit: int = MOST) -> list[Medicine]:
    """Medicines whose name, substance or code name looks like `name` or one of `others` (substance, code name).

    Entries of the referential first, then most alike; indications are loaded. The first word of `name` counts by
    itself, because people type the strength and the form after it. Under four letters nothing is found. One setting
    and three queries.
    """
    keys = _keys(name, others)
    if not keys:
        return []
    alike = Q()
    for key in keys:
        alike |= Q(names__trigram_word_similar=key)
    likenesses = [TrigramWordSimilarity(key, "names") for key in keys]
    likeness = Greatest(*likenesses) if len(likenesses) > 1 else likenesses[0]
    entries = Indication.objects.filter(medicine=OuterRef("pk"))
    found = (
        Medicine.objects.filter(alike)
        .annotate(
            likeness=likeness,
            derogatory=ExpressionWrapper(Exists(entries), output_field=BooleanField()),
        )
        .order_by(F("derogatory").desc(), F("likeness").desc(), "sort_key", "id")
        .prefetch_related(Prefetch("indications", queryset=with_versions()))
    )
    with transaction.atomic(), connection.cursor() as cursor:
        # The operator that the index answers reads its threshold in a setting: local, it ends with this block.
        cursor.execute("SELECT set_config('pg_trgm.word_similarity_threshold', %s, true)", [str(ALIKE)])
        return list(found[:limit])


def _keys(name: str, others: tuple[str, ...]) -> list[str]:
    wanted = [query_key(name), query_key(name).partition(" ")[0], *(query_key(other) for other in others)]
    return [key for key in dict.fromkeys(wanted) if len(key) >= SHORTEST_TYPO]
