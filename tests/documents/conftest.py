"""A minimal world: one hospital, one dossier, one title. Letters are ordered from the matters of `matters.py`."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Callable, Iterator

import pytest
from django.db import transaction

from accounts.models import Organisation
from documents.letters import sealkey
from documents.letters.matter import LetterMatter
from documents.letters.orders import order
from documents.models import LetterOrder
from dossiers.models import Dossier, Title
from tests.documents.matters import AT, BY_KIND, PERIOD
from workflows.roles import ESTABLISHMENT


@pytest.fixture
def dossier(db: None) -> Dossier:
    hospital = Organisation.objects.create(kind=ESTABLISHMENT, name="CHU de Saint-Éloi")
    return Dossier.objects.create(
        reference="D-2026-000042",
        procedure="aac",
        workflow_version=1,
        kind="initial",
        state="draft",
        organisation=hospital,
        created_at=AT,
        changed_at=AT,
    )


@pytest.fixture
def title(dossier: Dossier) -> Title:
    return Title.objects.create(
        number=PERIOD.number,
        chain=PERIOD.number,
        procedure="aac",
        dossier=dossier,
        organisation=dossier.organisation,
        state="in_force",
        starts_on=PERIOD.starts_on,
        ends_on=PERIOD.ends_on,
        in_force_until=PERIOD.ends_on,
        created_at=AT,
    )


@pytest.fixture
def order_letter(dossier: Dossier) -> Callable[..., LetterOrder]:
    """Orders a letter in its own transaction; numbers follow each other."""
    numbers = itertools.count(1)

    def make(
        kind: str = "aac_receipt",
        *,
        title: Title | None = None,
        matter: LetterMatter | None = None,
        key: str = "",
        at: dt.datetime = AT,
    ) -> LetterOrder:
        number = f"L-2026-{next(numbers):06d}"
        with transaction.atomic():
            return order(
                kind=kind,
                number=number,
                dossier=dossier,
                title=title,
                matter=matter or BY_KIND[kind],
                dedupe_key=key or number,
                at=at,
            )

    return make


@pytest.fixture
def fresh_seal() -> Iterator[None]:
    """For tests that change where the seal comes from: the one already opened is left aside, then theirs is."""
    sealkey.forget()
    yield
    sealkey.forget()
