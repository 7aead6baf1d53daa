"""What the tests of the catalogue start from."""

from __future__ import annotations

import datetime as dt
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

from catalogue.models import CriteriaVersion, Criterion, Indication, Medicine, Source
from workflows import roles
from workflows.types import Actor

TODAY = dt.date(2026, 11, 23)
NOW = dt.datetime(2026, 11, 23, 10, tzinfo=ZoneInfo("Europe/Paris"))
ASSESSOR = Actor(role=roles.ANSM_ASSESSOR, person_id=7, name="Anne Martin", organisation_name="ANSM")
PRESCRIBER = Actor(role=roles.PRESCRIBER, person_id=8, name="Paul Petit", organisation_name="CHU")

_numbers = count(1)


def a_medicine(**fields: Any) -> Medicine:
    fields = {"name": f"MEDICINE {next(_numbers)}", "source": Source.REFERENTIAL, **fields}
    return Medicine.objects.create(**fields)


def an_indication(**fields: Any) -> Indication:
    medicine = fields.pop("medicine", None) or a_medicine()
    return Indication.objects.create(medicine=medicine, label=fields.pop("label", "Une maladie"), **fields)


def a_version(indication: Indication | None = None, **fields: Any) -> CriteriaVersion:
    fields = {"number": 1, "starts_on": dt.date(2025, 1, 1), **fields}
    return CriteriaVersion.objects.create(indication=indication or an_indication(), **fields)


def a_criterion(version: CriteriaVersion | None = None, **fields: Any) -> Criterion:
    fields = {"key": "critere", "text": "Un critère", **fields}
    return Criterion.objects.create(version=version or a_version(), **fields)
