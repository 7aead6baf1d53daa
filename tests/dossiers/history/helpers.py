"""One history, told in the importer's own format, and what it leaves behind."""

from __future__ import annotations

import copy
import datetime as dt
import json
from pathlib import Path
from typing import Any

from django.apps import apps

from benchmarks.histories import PRODUCTS, answers, decided, filed, lived
from dossiers.services.history.case import Outcome
from dossiers.services.history.published import read_published
from dossiers.services.history.reading import read_own
from dossiers.services.history.run import import_cases
from workflows.dates import PARIS

HERE = Path(__file__).parent
NOW = dt.datetime(2026, 11, 23, 10, 0, tzinfo=PARIS)
DAY = dt.date(2024, 3, 4)
ONE_DAY = dt.timedelta(days=1)
Case = dict[str, Any]


def case(product: str = "QALSODY", *, day: dt.date = DAY, outcome: str = "grant", **said: Any) -> Case:
    """A request filed on `day`, decided three days later."""
    return {
        "id": "H-1",
        "procedure": "aac",
        "kind": "initial",
        "product": product,
        "indication": PRODUCTS[product][0],
        "applicant": "Hôpital inventé",
        "answers": answers(1),
        "steps": [*filed(day), *decided(day, outcome)],
        **said,
    }


def lived_case(ending: str, **said: Any) -> Case:
    """A request granted, then what happened to its title forty days later."""
    told = case(**said)
    return {**told, "steps": told["steps"] + lived(DAY + 3 * ONE_DAY, ending)}


def altered(told: Case, step: int, **change: Any) -> Case:
    """The same history, one step of which says otherwise."""
    other = copy.deepcopy(told)
    other["steps"][step].update(change)
    return other


def play(*cases: Any, now: dt.datetime = NOW) -> list[Outcome]:
    return [outcome for _rank, outcome in sorted(import_cases(read_own(list(cases)), now=now), key=lambda one: one[0])]


def play_published(cases: Any, now: dt.datetime = NOW) -> list[Outcome]:
    return [outcome for _rank, outcome in import_cases(read_published(cases), now=now)]


def published(name: str) -> Any:
    return json.loads((HERE / f"{name}_published.json").read_text())


def codes(outcome: Outcome) -> list[str]:
    """Codes of the reasons of a refused case."""
    assert outcome.fate == "refused", outcome
    assert (outcome.reference, outcome.state, outcome.title) == (None, None, None)
    return [reason.code for refusal in outcome.refused for reason in refusal.reasons]


def rows() -> dict[str, int]:
    """How many rows each table has."""
    return {model._meta.label: model._base_manager.count() for model in apps.get_models(include_auto_created=True)}
