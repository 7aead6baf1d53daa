"""What must be true of every procedure table. Run by the registry at import."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

from workflows import roles
from workflows.audiences import KNOWN_AUDIENCES
from workflows.payload import clean_payload, example_payload
from workflows.types import NO_EFFECT, Procedure, Text, Transition

_ANY_DAY = dt.date(2026, 1, 15)


def problems_of(table: Procedure, *, effects: frozenset[str], letters: frozenset[str]) -> list[str]:
    """Everything wrong with a table, in words; empty when it is sound."""
    found = [*_states(table), *_roads(table), *_roles(table), *_clocks(table), *_publication(table)]
    for row in table.transitions:
        found += [f"{row.name}: {problem}" for problem in _row(table, row, effects, letters)]
    return found


def message_id(text: Text) -> str:
    """The untranslated words of a label. Translating is impossible while Django is still loading its applications."""
    lazy: Any = text
    return text if isinstance(text, str) else str(lazy.__reduce__()[1][1][0])


def _states(table: Procedure) -> Iterator[str]:
    codes = [state.code for state in table.states]
    if len(set(codes)) != len(codes):
        yield "two states have the same code"
    if table.initial not in codes:
        yield f"the initial state {table.initial} does not exist"
    labels = [message_id(state.staff) for state in table.states]
    if len(set(labels)) != len(labels):
        yield "two states have the same staff label"
    for state in table.states:
        if not state.read_by:
            yield f"nobody may read {state.code}"
        shares = (("edits", state.edited_by), ("attaches", state.attached_by), ("is waited for", state.waits_for))
        for name, people in shares:
            if not people <= state.read_by:
                yield f"{state.code}: a role {name} without reading"


def _roads(table: Procedure) -> Iterator[str]:
    codes = {state.code for state in table.states}
    seen: dict[tuple[str, str], Transition] = {}
    for row in table.transitions:
        if not row.sources:
            yield f"{row.name} starts nowhere"
        for code in sorted((row.sources | {row.target}) - codes):
            yield f"{row.name} names the state {code}, which does not exist"
        for source in row.sources:
            before = seen.get((row.name, source))
            if before is not None and before.when is None:
                yield f"two rows are called {row.name} from {source}"
            seen[(row.name, source)] = row
    reached = {table.initial}
    while True:
        more = {row.target for row in table.transitions if row.sources & reached} - reached
        if not more:
            break
        reached |= more
    for state in table.states:
        leaves = any(state.code in row.sources and row.target != state.code for row in table.transitions)
        if state.code not in reached:
            yield f"{state.code} cannot be reached"
        if state.final and leaves:
            yield f"{state.code} is final and has a way out"
        if not state.final and not leaves:
            yield f"{state.code} has no way out"


def _roles(table: Procedure) -> Iterator[str]:
    known = roles.ALL | {roles.SYSTEM}
    for state in table.states:
        for role in sorted((state.read_by | state.edited_by | state.attached_by | state.waits_for) - roles.ALL):
            yield f"{state.code} names the role {role}, which does not exist"
    for role in sorted(table.created_by - roles.ALL):
        yield f"created by {role}, which does not exist"
    for row in table.transitions:
        actors = row.by.union(*row.by_procedure.values())
        if not actors:
            yield f"{row.name}: nobody may do it"
        for role in sorted(actors - known):
            yield f"{row.name} names the role {role}, which does not exist"
        for source in sorted(row.sources & {state.code for state in table.states}):
            for role in sorted(actors - {roles.SYSTEM} - table.state(source).read_by):
                yield f"{row.name}: {role} may do it from {source} without reading it"


def _clocks(table: Procedure) -> Iterator[str]:
    names = {row.name for row in table.transitions if roles.SYSTEM in row.by.union(*row.by_procedure.values())}
    for rule in table.clocks:
        for silence in (rule.silence, rule.silence_otherwise):
            if rule.length is None and silence != NO_EFFECT:
                yield f"clock {rule.name}: silence has an effect but the law gives no delay"
            if silence != NO_EFFECT and silence not in names:
                yield f"clock {rule.name}: silence names {silence}, which the system cannot do"
        if rule.length is not None and not (rule.length.months or rule.length.days or rule.length.working_days):
            yield f"clock {rule.name}: an empty length is not a delay"
        if not rule.law:
            yield f"clock {rule.name}: no legal reference"


def _row(table: Procedure, row: Transition, effects: frozenset[str], letters: frozenset[str]) -> Iterator[str]:
    for guard in row.guards:
        if not callable(guard):
            yield "a guard is not callable"
    for effect in row.effects:
        if effect not in effects:
            yield f"unknown effect {effect}"
    if row.letter and row.letter not in letters:
        yield f"unknown letter {row.letter}"
    for audience in row.tells:
        if audience not in KNOWN_AUDIENCES:
            yield f"unknown audience {audience}"
    names = [field.name for field in row.payload]
    if len(set(names)) != len(names):
        yield "two payload fields have the same name"
    for place, field in enumerate(row.payload):
        if field.kind == "choice" and not field.choices:
            yield f"{field.name} offers no choice"
        if field.example is None:
            yield f"{field.name} has no example"
        if field.only_if is not None and field.only_if[0] not in names[:place]:
            yield f"{field.name} depends on {field.only_if[0]}, which does not come before it"
    _clean, reasons = clean_payload(row.payload, example_payload(row.payload, _ANY_DAY))
    for reason in reasons:
        yield f"the example of {reason.field} is refused ({reason.code})"


def _publication(table: Procedure) -> Iterator[str]:
    public = table.public
    if (public.titles or public.refusals or public.referential) and not public.law:
        yield "it is public without saying by what law"
    if public.titles and public.referential:
        yield "its titles are public twice: by themselves and through the referential"
