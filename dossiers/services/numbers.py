"""Numbers in series, gap-free within a committed transaction."""

from dossiers.models import Number


def next_number(*, series: str, year: int) -> int:
    """The next number of `series` in `year`. Holds the series' row until the transaction ends: take it last."""
    locked = Number.objects.select_for_update(of=("self",)).filter(series=series, year=year)
    number = locked.first()
    if number is None:
        # Two first comers of a year meet here: one inserts, the other waits and reads its row.
        Number.objects.bulk_create([Number(series=series, year=year)], ignore_conflicts=True)
        number = locked.get()
    number.last += 1
    number.save(update_fields=["last"])
    return number.last


def spell(prefix: str, year: int, number: int) -> str:
    """`AAC-2026-000123`: prefix, year, six digits at least."""
    return f"{prefix}-{year}-{number:06d}"
