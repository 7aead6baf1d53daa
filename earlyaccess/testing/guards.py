"""Pytest plugin: the guards that make the suite hostile to luck. Each is a fixture that says what it refuses and why;
tests/house/test_guards.py shows that each one bites. (Warnings are errors by pyproject.toml, order is random by
pytest-randomly, a GET that writes fails by earlyaccess.testing.readonly.)"""

import ipaddress
import random
import re
import socket
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest

OUR_ROOMS = frozenset(
    {
        "accounts",
        "catalogue",
        "documents",
        "notifications",
        "dossiers",
        "earlyaccess",
        "api",
        "register",
        "cohort",
        "devices",
    }
)


class NetworkRefused(AssertionError):
    pass


class LockWithoutTable(AssertionError):
    pass


class OtherCelery(AssertionError):
    pass


def _outer_part(sql: str) -> str:
    """The statement without its parentheses: what a subquery joins is not locked."""
    while (shorter := re.sub(r"\([^()]*\)", "", sql)) != sql:
        sql = shorter
    return sql


@contextmanager
def replaced(owner: Any, name: str, make: Callable[[Any], Any]) -> Generator[None]:
    """Replaces an attribute by `make(original)` for a while."""
    original = getattr(owner, name)
    setattr(owner, name, make(original))
    try:
        yield
    finally:
        setattr(owner, name, original)


def _is_here(host: str) -> bool:
    if host in {"", "localhost"}:
        return True
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return False


@pytest.fixture(scope="session", autouse=True)
def network_is_refused() -> Generator[None]:
    """Only the loopback and Unix sockets answer: a test that needs the world passes or fails by the world's mood."""

    def guard_address(original: Any) -> Any:
        def connect(self: socket.socket, address: Any) -> Any:
            if self.family != socket.AF_UNIX and not _is_here(str(address[0])):
                raise NetworkRefused(f"A test tried to reach {address[0]}.")
            return original(self, address)

        return connect

    def guard_name(original: Any) -> Any:
        def getaddrinfo(host: Any, *arguments: Any, **options: Any) -> Any:
            name = host.decode() if isinstance(host, bytes) else (host or "")
            if not _is_here(name):
                raise NetworkRefused(f"A test tried to look up {name}.")
            return original(host, *arguments, **options)

        return getaddrinfo

    with ExitStack() as stack:
        stack.enter_context(replaced(socket.socket, "connect", guard_address))
        stack.enter_context(replaced(socket.socket, "connect_ex", guard_address))
        stack.enter_context(replaced(socket, "getaddrinfo", guard_name))
        yield


@pytest.fixture(scope="session", autouse=True)
def unordered_querysets_are_shuffled() -> Generator[None]:
    """PostgreSQL promises no order without ORDER BY, yet keeps insertion order until the first update in production: a
    test must not pass thanks to it."""
    from django.db.models import QuerySet

    def shuffle(original: Any) -> Any:
        def fetch_all(self: Any) -> None:
            fresh = self._result_cache is None
            original(self)
            ours = self.model.__module__.partition(".")[0] in OUR_ROOMS
            if fresh and ours and len(self._result_cache) > 1 and not self.ordered:
                random.shuffle(self._result_cache)

        return fetch_all

    with replaced(QuerySet, "_fetch_all", shuffle):
        yield


@pytest.fixture(scope="session", autouse=True)
def locks_name_their_table() -> Generator[None]:
    """`select_for_update()` over a join locks every joined row, so two unrelated acts wait for each other or deadlock:
    it must say `of=`."""
    from django.db.models.sql.compiler import SQLCompiler

    def check(original: Any) -> Any:
        def as_sql(self: Any, *arguments: Any, **options: Any) -> Any:
            answer = original(self, *arguments, **options)
            query = self.query
            if query.select_for_update and not query.select_for_update_of and " JOIN " in _outer_part(answer[0]):
                raise LockWithoutTable(f"select_for_update over a join without of=: {answer[0]}")
            return answer

        return as_sql

    with replaced(SQLCompiler, "as_sql", check):
        yield


@pytest.fixture(scope="session", autouse=True)
def tasks_stay_in_our_celery() -> Generator[None]:
    """A new Celery application becomes, by default, the one to which this process sends its tasks: all the tests that
    follow would wake another's worker."""
    from celery import Celery

    def refuse(_original: Any) -> Any:
        def set_current(self: Any) -> None:
            raise OtherCelery(f"{self!r} would take the tasks of ours: give it set_as_current=False.")

        return set_current

    with replaced(Celery, "set_current", refuse):
        yield


@pytest.fixture(scope="session", autouse=True)
def undefined_template_variables_fail() -> Generator[None]:
    """A misspelt variable prints nothing and nobody notices; in our templates it fails. `{% if x %}` and
    `{{ x|default:... }}` say that x may be absent, and are let through."""
    from django.template import engines

    from earlyaccess.testing.templates import UndefinedVariableFails

    engine = engines["django"].engine  # type: ignore[attr-defined]
    usual = engine.string_if_invalid
    engine.string_if_invalid = UndefinedVariableFails(engine)
    yield
    engine.string_if_invalid = usual


@pytest.fixture(scope="session", autouse=True)
def tables_are_emptied_between_tests() -> Generator[None]:
    """Tests that commit (threads, browser) leave nothing to the next."""
    from django.test import TransactionTestCase

    from earlyaccess.testing.emptying import empty_the_tables

    with replaced(TransactionTestCase, "_fixture_teardown", lambda _original: empty_the_tables):
        yield


@pytest.fixture(autouse=True)
def cache_is_empty(request: pytest.FixtureRequest) -> Generator[None]:
    """Rate limits counted by one test must not refuse the next. Only where a database (hence a site) is used."""
    yield
    if {"db", "transactional_db", "client", "live_server"} & set(request.fixturenames):
        from django.core.cache import cache

        cache.clear()
