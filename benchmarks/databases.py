"""Databases of the benchmark, beside the one of DATABASE_URL, and which of them the site reads."""

from __future__ import annotations

from typing import Any

import psycopg
from django.conf import settings
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg import sql

PREFIX = "earlyaccess_bench_"
_open: dict[str, BaseDatabaseWrapper] = {}


def _administer(*statements: sql.Composed) -> None:
    home: dict[str, Any] = settings.DATABASES["default"]
    with psycopg.connect(
        host=home["HOST"] or None,
        port=home["PORT"] or None,
        user=home["USER"] or None,
        password=home["PASSWORD"] or None,
        dbname=HOME,
        autocommit=True,
    ) as connection:
        for statement in statements:
            connection.execute(statement)


HOME = settings.DATABASES["default"]["NAME"]


def create(name: str, *, like: str = "template1") -> None:
    """A new database, a copy of `like`; one of that name that a killed run left is dropped first."""
    for other in (name, like):
        close(other)
    _administer(
        sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)),
        sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(like)),
    )


def drop(name: str) -> None:
    close(name)
    _administer(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def use(name: str) -> None:
    """From now on the site's one database is this one. Its connection stays open, so that going back costs nothing."""
    if name not in _open:
        connections.settings["default"] = {**connections.settings["default"], "NAME": name}
        _open[name] = connections.create_connection("default")
    connections["default"] = _open[name]


def close(name: str) -> None:
    if name in _open:
        _open.pop(name).close()
