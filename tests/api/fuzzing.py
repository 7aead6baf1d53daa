"""Requests by the hundred for one operation: half of them as the OpenAPI document asks, half of them not, and most of
them about files that exist, so that they get past the first refusal."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import schemathesis
from django.conf import settings as site
from django.core.cache import cache
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.specs.openapi import checks

from tests.access.world import undone

CHECKS: Final = [
    schemathesis.checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]
VERSIONS: Final = (*["*"] * 12, '"1"', '"2"', 'W/"1"', '"1", "2"', '"999999999999"', "nonsense", '"-1"', "0")
ACCEPTED: Final = ("*/*", "application/json", "application/pdf", "text/csv", "text/html", "application/json;q=0, */*")

Check = Callable[[str, Any], None]


@dataclass
class Known:
    """What a caller may have seen, heard of or guessed: names of things in addresses ("tag name", else "name"), bodies
    and acts that the API describes, by operation."""

    names: Mapping[str, list[Any]]
    bodies: Mapping[str, list[Any]]
    acts: Mapping[str, list[tuple[str, Any]]]
    open_to: Mapping[str, list[tuple[dict[str, Any], Any]]] = field(default_factory=dict)
    """What this caller may do now: (names in the address, body) by operation."""


@dataclass
class Findings:
    cases: int = 0
    statuses: dict[int, int] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)


@functools.cache
def operations() -> tuple[Any, ...]:
    """Every operation of the committed document, called in this process."""
    loaded = schemathesis.openapi.from_path(site.BASE_DIR / "docs" / "api" / "openapi.json")
    loaded.app = get_wsgi_application()
    loaded.location = "/api/v1/schema/"
    return tuple(result.ok() for result in loaded.get_all_operations())


def id_of(operation: Any) -> str:
    return str(operation.definition.raw["operationId"])


@st.composite
def requests(draw: st.DrawFn, operation: Any, known: Known) -> Any:
    """A request of this operation."""
    raw = operation.definition.raw
    can_be_wrong = bool(raw["parameters"] or "requestBody" in raw)
    mode = draw(st.sampled_from(list(GenerationMode))) if can_be_wrong else GenerationMode.POSITIVE
    case = draw(operation.as_strategy(generation_mode=mode))
    if draw(st.integers(0, 9)) > 0:
        for name in case.path_parameters:
            names = known.names.get(f"{raw['tags'][0]} {name}") or known.names[name]
            case.path_parameters[name] = draw(st.sampled_from(names))
    if known.open_to.get(id_of(operation)) and draw(st.booleans()):
        names, body = draw(st.sampled_from(known.open_to[id_of(operation)]))
        case.path_parameters.update(names)
        case.body = _spoilt(draw, body)
    elif known.acts.get(id_of(operation)) and draw(st.integers(0, 9)) > 0:
        act, body = draw(st.sampled_from(known.acts[id_of(operation)]))
        case.path_parameters["name"] = act
        if draw(st.integers(0, 3)) > 0:
            case.body = _spoilt(draw, body)
    elif known.bodies.get(id_of(operation)) and draw(st.integers(0, 2)) > 0:
        case.media_type = "application/json"
        case.body = _spoilt(draw, draw(st.sampled_from(known.bodies[id_of(operation)])))
    if any(one["name"] == "If-Match" for one in raw["parameters"]) and draw(st.integers(0, 9)) > 1:
        case.headers["If-Match"] = draw(st.sampled_from(VERSIONS))
    if draw(st.integers(0, 3)) == 0:
        case.headers["Accept"] = draw(st.sampled_from(ACCEPTED))
    return case


ANYTHING: Final = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text(max_size=20),
    st.lists(st.text(max_size=3), max_size=2), st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
)  # fmt: skip


def _spoilt(draw: st.DrawFn, body: Any) -> Any:
    """The body as it is, without one of its values, or with one of them changed; at any depth."""
    if isinstance(body, dict) and body and draw(st.booleans()):
        name = draw(st.sampled_from(sorted(body)))
        rest = {key: value for key, value in body.items() if key != name}
        return rest if draw(st.integers(0, 4)) == 0 else {**rest, name: _spoilt(draw, body[name])}
    return draw(ANYTHING) if draw(st.integers(0, 3)) == 0 else body


@contextmanager
def in_this_test() -> Iterator[None]:
    """Each request leaves the test's connection open, as under Django's own client; refusals fill no log."""
    logging.disable(logging.WARNING)
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)
        for signal in (request_started, request_finished):
            signal.connect(close_old_connections)


def fuzz(known: Known, headers: Mapping[str, str], look: Check, *, cases: int, first: int) -> Findings:
    """`cases` requests or a few more, shared among the operations, writes asked most.

    `look(text of the answer, case)` raises what it finds.
    """
    found = Findings()
    shares = {id_of(one): 1 + 2 * ("requestBody" in one.definition.raw) for one in operations()}
    share = -(-cases // sum(shares.values()))
    with in_this_test():
        for operation in operations():
            for error in _fuzz_one(operation, known, headers, look, found, share * shares[id_of(operation)], first):
                found.wrong.append(f"{id_of(operation)}: {error}")
    return found


def _fuzz_one(
    operation: Any, known: Known, headers: Mapping[str, str], look: Check, found: Findings, cases: int, first: int
) -> Iterator[str]:
    @seed(first)
    @settings(
        max_examples=cases,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
        print_blob=False,
    )
    @given(case=requests(operation, known))
    def one(case: Any) -> None:
        cache.clear()
        with undone():
            answer = case.call(headers=dict(headers), environ_overrides={"REMOTE_ADDR": "127.0.0.1"}, buffered=True)
        found.cases += 1
        found.statuses[answer.status_code] = found.statuses.get(answer.status_code, 0) + 1
        case.validate_response(answer, checks=CHECKS, headers=dict(headers))
        if answer.status_code >= 400:
            media = answer.headers["content-type"][0]
            assert media == "application/problem+json" or id_of(operation) == "oauth_token", media
        look(f"{answer.headers}\n{answer.content.decode(errors='replace')}", case)

    try:
        one()
    except (Failure, FailureGroup, AssertionError, Exception) as error:  # noqa: BLE001 - told, with the others
        yield _told(error)


def _told(error: BaseException) -> str:
    inner = getattr(error, "exceptions", ())
    return "\n".join([f"{type(error).__name__}: {error}", *(_told(one) for one in inner)])
