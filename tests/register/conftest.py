"""The demo's people and catalogue under every test of this folder."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection

from dossiers.models import Dossier, Title
from tests.snapshot import load_world
from workflows import registry
from workflows.procedures.aac import AAC
from workflows.types import Publication

OPEN_CODE = "openaccess"
OPEN = dataclasses.replace(
    AAC,
    code=OPEN_CODE,
    name="Open access",
    public=Publication(titles=True, refusals=True, national_kind="AAP", law="CSP R.5121-73"),
)
"""A procedure that no code knows, whose titles and refusals are public one by one."""


@pytest.fixture
def world(db: Any) -> Iterator[None]:
    load_world()
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def publish(world: None, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Dossiers become those of the open procedure, which the registry now has. What they were is of no account here."""
    versions = {**registry._BY_CODE_AND_VERSION, (OPEN_CODE, OPEN.version): OPEN}
    monkeypatch.setattr(registry, "_VERSIONS", tuple(versions.values()))
    monkeypatch.setattr(registry, "_BY_CODE_AND_VERSION", versions)
    with connection.cursor() as cursor:
        # The database knows the tables of its migrations; this one is undone with the test.
        cursor.execute("ALTER TABLE dossiers_dossier DROP CONSTRAINT dossier_state_is_of_its_procedure")

    def publish_these(*dossiers: Dossier) -> None:
        keys = [one.pk for one in dossiers]
        Dossier.objects.filter(pk__in=keys).update(procedure=OPEN_CODE)
        Title.objects.filter(dossier__in=keys).update(procedure=OPEN_CODE)

    return publish_these
