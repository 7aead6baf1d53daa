"""The demo's people and catalogue, made once per test process and copied into each test that wants them.

Making them costs half a second; copying the rows back a hundredth of that. The rows are those the real loaders made.
"""

from __future__ import annotations

from django.apps import apps
from django.db import connection

from accounts.demo import load_demo_people
from accounts.models import Person
from catalogue.services.demo import load_demo_catalogue

ROOMS = ("accounts", "catalogue")
_rows: dict[str, bytes] = {}


def load_world() -> None:
    """People and catalogue; nothing when this test has them already."""
    if Person.objects.filter(email="admin@demo.example").exists():
        load_demo_catalogue()
    elif _rows:
        _paste()
    else:
        load_demo_people()
        load_demo_catalogue()
        _copy()


def _tables() -> list[str]:
    models = [model for room in ROOMS for model in apps.get_app_config(room).get_models(include_auto_created=True)]
    return [model._meta.db_table for model in models]


def _copy() -> None:
    with connection.cursor() as cursor:
        for table in _tables():
            with cursor.copy(f'COPY "{table}" TO STDOUT') as lines:
                _rows[table] = b"".join(bytes(line) for line in lines)


def _paste() -> None:
    """Sequences are not rolled back with a test, so that no later row takes a copied row's key."""
    with connection.cursor() as cursor:
        for table, lines in _rows.items():
            if lines:
                with cursor.copy(f'COPY "{table}" FROM STDIN') as copy:
                    copy.write(lines)
