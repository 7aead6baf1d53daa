"""What both searches for typed words use: the words of a text, all that a tour of the site says, logs and tables."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

import structlog
from django.db import connection
from django.test import Client

from tests.documents.pdfs import text_of

Words = Mapping[str, str]


def names_in(text: str, words: Words) -> set[str]:
    """The names of those of `words` that `text` holds."""
    found = text.lower()
    return {name for name, word in words.items() if word.lower() in found}


def said_at(client: Client, addresses: Iterable[str]) -> list[str]:
    """Bodies and headers of all these pages and files, letters read as text."""
    heard = []
    for address in addresses:
        answer = client.get(address)
        body = b"".join(answer) if answer.streaming else answer.content
        is_pdf = answer.headers.get("Content-Type") == "application/pdf"
        heard += [text_of(body) if is_pdf else body.decode(), str(answer.headers)]
    return heard


@contextmanager
def what_production_logs() -> Iterator[io.StringIO]:
    """Everything that production would log meanwhile (INFO, the project's own formatter)."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    usual = next(one for one in logging.getLogger("django").handlers)
    handler.setFormatter(usual.formatter)
    assert isinstance(usual.formatter, structlog.stdlib.ProcessorFormatter)
    loggers = [logging.getLogger(), logging.getLogger("django")]
    levels = [one.level for one in loggers]
    for one in loggers:
        one.addHandler(handler)
        one.setLevel(logging.INFO)
    yield stream
    for one, level in zip(loggers, levels, strict=True):
        one.removeHandler(handler)
        one.setLevel(level)


def in_plain_tables(words: Words) -> set[tuple[str, str]]:
    """(table, name of the word) of every row of every table as text: what somebody with a copy of the database and no
    key would read."""
    found = set()
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT string_agg(t::text, chr(10)) FROM "{table}" t')  # noqa: S608 - our own tables
            found |= {(table, name) for name in names_in(cursor.fetchone()[0] or "", words)}
    return found
