"""Bringing the public medicines file (BDPM) into the catalogue, in batches, as often as one likes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

from django.db import transaction
from django.utils.translation import gettext as _

from catalogue.bdpm import Refused, read
from catalogue.models import Medicine, Source

BATCH: Final = 1000

FIELDS: Final = (
    "denomination",
    "name",
    "strength",
    "form",
    "route",
    "holder",
    "has_ma",
    "marketed",
    "ma_status",
    "ma_procedure",
    "marketing_status",
    "ma_on",
    "eu_number",
    "enhanced_monitoring",
    "search",
    "names",
    "sort_key",
)
"""What the file knows of a medicine. Anything else of the row (substance, codes, notes) is left alone."""


@dataclass
class Report:
    """What an import did. `kept` are entries of the early-access referential with the same CIS code, never touched.
    `absent` counts medicines of an earlier import that this file does not have; they are left as they were."""

    created: int = 0
    changed: int = 0
    unchanged: int = 0
    kept: int = 0
    absent: int = 0
    refused: list[Refused] = field(default_factory=list)

    @property
    def lines(self) -> int:
        return self.created + self.changed + self.unchanged + self.kept + len(self.refused)


def import_bdpm(*, lines: Iterable[bytes], on_batch: Callable[[Report], None] | None = None) -> Report:
    """Import the lines of the file; each batch is one transaction, so an interrupted import is finished by the next.

    Lines that cannot be medicines, and second lines of one CIS code, are refused with their number and the rest goes
    on. A second run on the same file changes nothing. `on_batch` is called after each batch.
    """
    report = Report()
    first_line: dict[str, int] = {}
    medicines = _first_of_each(read(lines), report, first_line)
    while batch := list(islice(medicines, BATCH)):
        _store(batch, report)
        if on_batch:
            on_batch(report)
    imported = Medicine.objects.filter(source=Source.BDPM).values_list("cis", flat=True)
    report.absent = sum(cis not in first_line for cis in imported.order_by("cis").iterator())
    return report


def _first_of_each(
    rows: Iterable[tuple[int, Medicine] | Refused], report: Report, first_line: dict[str, int]
) -> Iterator[Medicine]:
    for row in rows:
        if isinstance(row, Refused):
            report.refused.append(row)
            continue
        number, medicine = row
        cis = str(medicine.cis)
        if cis in first_line:
            reason = _("CIS code %(cis)s was already given by line %(line)d") % {"cis": cis, "line": first_line[cis]}
            report.refused.append(Refused(number, reason))
            continue
        first_line[cis] = number
        yield medicine


def _store(batch: list[Medicine], report: Report) -> None:
    with transaction.atomic():
        codes = [medicine.cis for medicine in batch]
        stored = {row.cis: row for row in Medicine.objects.select_for_update().filter(cis__in=codes).order_by("id")}
        to_write = []
        for medicine in batch:
            before = stored.get(medicine.cis)
            if before is not None:
                # The file does not know the substance: what is searched must keep it.
                medicine.inn, medicine.code_name = before.inn, before.code_name
                medicine.refresh_keys()
            if before is None:
                report.created += 1
                to_write.append(medicine)
            elif before.source == Source.REFERENTIAL:
                report.kept += 1
            elif all(getattr(before, name) == getattr(medicine, name) for name in FIELDS):
                report.unchanged += 1
            else:
                report.changed += 1
                to_write.append(medicine)
        Medicine.objects.bulk_create(to_write, update_conflicts=True, unique_fields=["cis"], update_fields=FIELDS)
