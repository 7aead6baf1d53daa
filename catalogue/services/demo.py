"""The demonstration catalogue: real entries where a source was read, and what was invented said to be."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from django.db import transaction

from catalogue.models import Indication, Medicine, Source
from catalogue.services.bdpm import import_bdpm
from catalogue.services.criteria import PARIS, Limits, NewCriterion, Publication, publish_criteria
from workflows.types import System

FOLDER: Final = Path(__file__).resolve().parent.parent / "demo"
DATES: Final = ("ma_since", "aap_since", "put_published_on", "company_undertaking_on", "opened_on", "closed_on")
VERSION_DATES: Final = ("starts_on", "ends_on", "review_on")
LIMITS: Final = ("min_age_months", "max_age_months", "sex", "max_daily_dose", "dose_unit")


@dataclass
class DemoReport:
    """What was added; all zero when the demonstration catalogue was already there."""

    medicines: int = 0
    indications: int = 0
    versions: int = 0


@transaction.atomic
def load_demo_catalogue() -> DemoReport:
    """Add what is missing of the demonstration catalogue; nothing that exists is changed, so it may run again.

    Holds an excerpt of the public medicines file, for medicines whose MA means that an AAC is not the route.
    """
    report = DemoReport()
    with (FOLDER / "bdpm_excerpt.txt").open("rb") as file:
        report.medicines += import_bdpm(lines=file).created
    data = json.loads((FOLDER / "referential.json").read_text(encoding="utf-8"))
    _name_substances(data["substances"])
    for entry in data["medicines"]:
        _load(entry, report)
    return report


def _name_substances(substances: dict[str, str]) -> None:
    """The public file of specialities does not name substances."""
    for medicine in Medicine.objects.filter(cis__in=substances, inn="").order_by("id"):
        medicine.inn = substances[str(medicine.cis)]
        medicine.save(update_fields=["inn"])


def _load(entry: dict[str, Any], report: DemoReport) -> None:
    about = entry["medicine"]
    medicine, created = Medicine.objects.get_or_create(source=Source.REFERENTIAL, name=about["name"], defaults=about)
    report.medicines += created
    for each in entry["indications"]:
        fields = {name: value for name, value in each.items() if name != "versions"}
        fields |= {name: dt.date.fromisoformat(fields[name]) for name in DATES if name in fields}
        indication, created = Indication.objects.get_or_create(
            medicine=medicine, label=fields.pop("label"), defaults=fields
        )
        report.indications += created
        if not indication.criteria_versions.exists():
            for version in each["versions"]:
                _publish(indication, version)
                report.versions += 1


def _publish(indication: Indication, version: dict[str, Any]) -> None:
    days = {name: dt.date.fromisoformat(version[name]) for name in VERSION_DATES if name in version}
    limits = {name: version[name] for name in LIMITS if name in version}
    if "max_daily_dose" in limits:
        limits["max_daily_dose"] = Decimal(limits["max_daily_dose"])
    publish_criteria(
        indication=indication,
        publication=Publication(
            **days,
            source_url=version.get("source_url", ""),
            invented=version["invented"],
            limits=Limits(**limits),
        ),
        criteria=[NewCriterion(**criterion) for criterion in version["criteria"]],
        actor=System("demo"),
        at=dt.datetime.combine(days["starts_on"], dt.time(9), tzinfo=PARIS),
    )
