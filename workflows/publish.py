"""What is made from the tables for people to read: a Markdown page per procedure, its diagrams, its access matrix."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from django.utils import translation

from workflows import roles
from workflows.audiences import KNOWN_AUDIENCES
from workflows.clock import say_length
from workflows.diagram import state_diagram
from workflows.registry import KNOWN_EFFECTS, KNOWN_LETTERS, all_machines, state_pairs
from workflows.types import NO_EFFECT, ClockRule, Guard, Procedure, Role, Transition

__all__ = ["MatrixRow", "access_matrix", "generated_files", "procedure_page", "state_pairs"]

LANGUAGE: Final = "en"
CLOCK_WORDS: Final = {
    "start": "starts",
    "stop": "is suspended",
    "resume": "resumes",
    "extend": "is extended",
    "end": "ends",
    "": "-",
}


@dataclass(frozen=True)
class MatrixRow:
    """Who may do one act from one state. `roles` maps each role that may to the procedures where it may (title
    machine), or to nothing when it may everywhere."""

    name: str
    label: str
    source: str
    target: str
    roles: dict[Role, tuple[str, ...]]


def access_matrix(table: Procedure) -> list[MatrixRow]:
    """One row per act and source state, in the table's order: the whole of who may do what."""
    return [
        MatrixRow(row.name, str(row.label), state.code, row.target, _holders(row))
        for row in table.transitions
        for state in table.states
        if state.code in row.sources
    ]


def _holders(row: Transition) -> dict[Role, tuple[str, ...]]:
    """Roles in the order of their labels, so that pages do not change from one run to the next."""
    found: dict[Role, tuple[str, ...]] = {}
    for role in roles.LABELS:
        where = tuple(sorted(code for code, actors in row.by_procedure.items() if role in actors))
        if where or role in row.by:
            found[role] = where
    return found


def generated_files() -> dict[str, str]:
    """File name -> content of everything in `docs/procedures/`, in English, from the tables alone."""
    files = {}
    with translation.override(LANGUAGE):
        for table in all_machines():
            files[f"{table.code}.md"] = procedure_page(table)
            files[f"{table.code}.svg"] = str(state_diagram(table))
            files[f"{table.code}-applicant.svg"] = str(state_diagram(table, audience="applicant"))
        files["README.md"] = _index()
    return files


def procedure_page(table: Procedure) -> str:
    """The Markdown page of a table, in the active language."""
    return "\n".join(_page(table)) + "\n"


# ------------------------------------------------------------------------------------------------- Markdown


def _index() -> str:
    lines = [
        "# Procedures",
        "",
        "Made from `workflows/procedures/` by `python manage.py publish_procedures`. Do not edit: change the table.",
        "",
        *(f"- [{table.name}]({table.code}.md) (`{table.code}`, version {table.version})" for table in all_machines()),
    ]
    return "\n".join(lines) + "\n"


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    titles = list(head)
    yield "| " + " | ".join(titles) + " |"
    yield "|" + " --- |" * len(titles)
    for row in rows:
        yield "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in row) + " |"
    yield ""


def _codes(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names) or "-"


def _people(people: frozenset[Role]) -> str:
    return _codes(role for role in roles.LABELS if role in people)


def _sentence(guard: Guard) -> str:
    return getattr(guard, "__name__", "rule").replace("_", " ")


def _page(table: Procedure) -> Iterator[str]:
    yield from (
        f"# {table.name}",
        "",
        f"Code `{table.code}`, version {table.version}. Made from its table: do not edit.",
        "",
    )
    yield from (f"Law: {'; '.join(table.law)}.", "")
    if table.kinds:
        yield from ("Kinds: " + "; ".join(f"{label} (`{code}`)" for code, label in table.kinds) + ".", "")
    if table.created_by:
        yield from (f"Created by: {_people(table.created_by)}.", "")
    yield from (f"![{table.name}]({table.code}.svg)", "", f"[As applicants see it]({table.code}-applicant.svg)", "")
    yield from ("## States", "")
    yield from _table(
        ("Code", "For staff", "For applicants", "Meaning", "Waits for", "Edited by", "Read by"),
        (
            (
                f"`{state.code}`",
                f"{state.staff}{' (final)' if state.final else ''}",
                str(state.applicant),
                str(state.help),
                _people(state.waits_for),
                _people(state.edited_by),
                _people(state.read_by),
            )
            for state in table.states
        ),
    )
    yield from ("## Acts", "")
    for row in table.transitions:
        yield from _act(table, row)
    yield from ("## Who may do what", "")
    yield from _matrix(table)
    if table.clocks:
        yield from ("## Delays", "")
        yield from _clocks(table.clocks)


def _act(table: Procedure, row: Transition) -> Iterator[str]:
    sources = [state.code for state in table.states if state.code in row.sources]
    yield from (f"### {row.label} (`{row.name}`)", "")
    if row.help:
        yield from (str(row.help), "")
    yield f"- From {_codes(sources)} to `{row.target}`."
    yield f"- By: {_by(row)}."
    if row.law:
        yield f"- Law: {row.law}."
    if row.guards:
        yield f"- Refused unless: {'; '.join(_sentence(guard) for guard in row.guards)}."
    for field in row.payload:
        needed = "required" if field.required else "optional"
        when = f", only if `{field.only_if[0]}` is `{field.only_if[1]}`" if field.only_if else ""
        options = f": {', '.join(f'`{code}`' for code, _label in field.choices)}" if field.choices else ""
        yield f"- Asks `{field.name}` ({field.kind}, {needed}{when}{options}): {field.label}."
    for effect in row.effects:
        yield f"- Effect `{effect}`: {KNOWN_EFFECTS[effect]}."
    if row.letter:
        signed = ", none when the system acts" if row.letter_is_signed else ""
        yield f"- Letter `{row.letter}`{signed}: {KNOWN_LETTERS[row.letter]}."
    for audience in row.tells:
        yield f"- Tells `{audience}`: {KNOWN_AUDIENCES[audience]}."
    if row.clock:
        yield f"- The clock {CLOCK_WORDS[row.clock]}."
    if row.staff_only:
        yield "- Applicants do not see this event."
    yield ""


def _by(row: Transition) -> str:
    if not row.by_procedure:
        return _people(row.by)
    parts = [f"{_people(actors)} (title of `{code}`)" for code, actors in sorted(row.by_procedure.items())]
    return "; ".join(parts)


def _matrix(table: Procedure) -> Iterator[str]:
    """Acts x roles; a cell names the procedures when the right depends on the one that granted the title."""
    rows = access_matrix(table)
    holding = [role for role in roles.LABELS if any(role in row.roles for row in rows)]
    yield from _table(
        ("Act", "From", "To", *(f"`{role}`" for role in holding)),
        (
            (
                f"`{row.name}`",
                f"`{row.source}`",
                f"`{row.target}`",
                *((", ".join(row.roles[role]) or "yes") if role in row.roles else "" for role in holding),
            )
            for row in rows
        ),
    )


def _effects_of_silence(rule: ClockRule) -> list[str]:
    return [name for name in (rule.silence, rule.silence_otherwise) if name != NO_EFFECT]


def _clocks(rules: Iterable[ClockRule]) -> Iterator[str]:
    yield from _table(
        ("Clock", "Delay", "Law", "Silence", "Target"),
        (
            (
                f"`{rule.name}`",
                say_length(rule.length) if rule.length else "none",
                rule.law,
                "no effect" if rule.silence == NO_EFFECT else _codes(_effects_of_silence(rule)),
                _codes(name for name in (rule.target_setting, rule.urgent_target_setting) if name)
                + (" (working days, no legal effect)" if rule.target_setting else ""),
            )
            for rule in rules
        ),
    )
