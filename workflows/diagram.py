"""The state diagram of a procedure as an accessible SVG, made from its table.

No style attribute nor style element: the page's security policy refuses them. Colours are presentation attributes that
the site's style sheet may override through the classes `diagram-state`, `diagram-state--current`, `diagram-arrow`...
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from workflows import roles
from workflows.diagram_layout import BOX_HEIGHT, BOX_WIDTH, MARGIN, Drawing, Link, lay_out
from workflows.types import Procedure, State, Transition

Audience = Literal["staff", "applicant"]
FROM_EVERYWHERE: Final = 4
"""An act possible from that many states is drawn once, at its target: its arrows would hide the others."""

LINE: Final = 22
CHARACTERS_IN_A_BOX: Final = 23


@dataclass(frozen=True)
class _Box:
    code: str
    label: str
    final: bool


@dataclass(frozen=True)
class _Act:
    number: int
    row: Transition
    sources: tuple[str, ...]
    target: str
    who: str

    @property
    def from_everywhere(self) -> bool:
        return len(self.sources) >= FROM_EVERYWHERE


def state_diagram(
    table: Procedure, *, current: str | None = None, audience: Audience = "staff", granted_by: str = ""
) -> SafeString:
    """SVG of the table in the active language; the state `current` is lit.

    For applicants, states with the same label are one box, and acts that only staff see are not named.
    `granted_by` narrows the title machine to the acts that exist for titles of that procedure.
    """
    home = _home_of_states(table, audience)
    boxes = {
        code: _Box(code, str(_label(table.state(code), audience)), table.state(code).final) for code in home.values()
    }
    acts = list(_acts(table, home, audience, granted_by))
    drawing = lay_out(
        list(boxes), frozenset(box.code for box in boxes.values() if box.final), _links(table, home, acts, granted_by)
    )
    lit = home.get(current) if current else None
    name = f"diagram-{table.code}-{audience}"
    legend_top = drawing.height + LINE
    height = legend_top + LINE * (len(acts) + 1)
    return format_html(
        '<svg xmlns="http://www.w3.org/2000/svg" class="diagram" role="img" aria-labelledby="{name}-title {name}-desc" '
        'viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        'font-family="Marianne, Arial, sans-serif" font-size="14" fill="currentColor">\n'
        '<title id="{name}-title">{title}</title>\n<desc id="{name}-desc">{desc}</desc>\n'
        '<defs><marker id="{name}-tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" '
        'orient="auto"><path d="M0 0L8 4L0 8z" fill="currentColor"/></marker></defs>\n'
        "{arrows}\n{boxes}\n{entries}\n{legend}\n</svg>\n",
        name=name,
        width=drawing.width,
        height=height,
        title=_("Stages: %s") % table.name,
        desc=_description(boxes, acts, lit),
        arrows=_arrows(drawing, name, table, home),
        boxes=_boxes(drawing, boxes, lit),
        entries=_entries(drawing, acts, name),
        legend=_legend(acts, legend_top),
    )


# ----------------------------------------------------------------------------------------------- what is drawn


def _label(state: State, audience: Audience) -> object:
    return state.staff if audience == "staff" else state.applicant


def _home_of_states(table: Procedure, audience: Audience) -> dict[str, str]:
    """Which box stands for each state: its own, or that of the first state with the same label."""
    first: dict[str, str] = {}
    return {state.code: first.setdefault(str(_label(state, audience)), state.code) for state in table.states}


def _exists(row: Transition, granted_by: str) -> bool:
    return not granted_by or bool(row.roles(granted_by))


def _acts(table: Procedure, home: dict[str, str], audience: Audience, granted_by: str) -> Iterator[_Act]:
    number = 0
    for row in table.transitions:
        if not _exists(row, granted_by) or (audience == "applicant" and row.staff_only):
            continue
        sources = tuple(dict.fromkeys(home[state.code] for state in table.states if state.code in row.sources))
        number += 1
        yield _Act(number, row, sources, home[row.target], _who(row, granted_by))


def _links(table: Procedure, home: dict[str, str], acts: list[_Act], granted_by: str) -> list[Link]:
    """One arrow per pair of boxes, with the numbers of its acts; an unnamed act still has its arrow."""
    numbers: dict[tuple[str, str], list[int]] = {}
    for act in acts:
        if not act.from_everywhere:
            for source in act.sources:
                numbers.setdefault((source, act.target), []).append(act.number)
    for row in table.transitions:
        if row.staff_only and _exists(row, granted_by):
            for source in sorted(row.sources):
                pair = (home[source], home[row.target])
                if pair[0] != pair[1]:
                    numbers.setdefault(pair, [])
    return [Link(source, target, tuple(found)) for (source, target), found in numbers.items()]


def _who(row: Transition, granted_by: str) -> str:
    actors = row.roles(granted_by) if granted_by else row.by.union(*row.by_procedure.values())
    return ", ".join(str(label) for role, label in roles.LABELS.items() if role in actors)


def _description(boxes: dict[str, _Box], acts: list[_Act], lit: str | None) -> str:
    """The diagram in words, for those who do not see it."""
    sentences = [_("Present stage: %s.") % boxes[lit].label] if lit else []
    for act in acts:
        sentences.append(
            _("%(act)s (%(who)s): from %(sources)s to %(target)s.")
            % {
                "act": act.row.label,
                "who": act.who,
                "sources": ", ".join(boxes[code].label for code in act.sources),
                "target": boxes[act.target].label,
            }
        )
    return " ".join(sentences)


# ---------------------------------------------------------------------------------------------------- drawing


def _arrows(drawing: Drawing, name: str, table: Procedure, home: dict[str, str]) -> SafeString:
    x, y = drawing.boxes[home[table.initial]]
    top = y - BOX_HEIGHT // 2
    entry = format_html(
        '<circle cx="{}" cy="{}" r="5"/><path class="diagram-arrow" d="M{} {}V{}" fill="none" stroke="currentColor" '
        'stroke-width="1.5" marker-end="url(#{}-tip)"/>\n',
        *(x, top - 30, x, top - 30, top, name),
    )
    paths = format_html_join(
        "\n",
        '<path class="diagram-arrow" d="{}" fill="none" stroke="currentColor" stroke-width="1.5" '
        'marker-end="url(#{}-tip)"/>',
        ((path, name) for _link, path, _badge in drawing.arrows),
    )
    badges = format_html_join(
        "",
        "\n{}",
        (
            (_badge(bx, by, ", ".join(map(str, link.numbers))),)
            for link, _path, (bx, by) in drawing.arrows
            if link.numbers
        ),
    )
    return entry + paths + badges


def _badge(x: int, y: int, text: str) -> SafeString:
    half = 10 + 4 * max(0, len(text) - 2)
    return format_html(
        '<g class="diagram-badge"><rect x="{}" y="{}" width="{}" height="20" rx="10" fill="#ffffff" stroke="#3a3a3a"/>'
        '<text x="{}" y="{}" text-anchor="middle" font-size="12" fill="#161616">{}</text></g>',
        *(x - half, y - 10, 2 * half, x, y + 4, text),
    )


def _boxes(drawing: Drawing, boxes: dict[str, _Box], lit: str | None) -> SafeString:
    return format_html_join(
        "\n", "{}", ((_box(*drawing.boxes[code], box, code == lit),) for code, box in boxes.items())
    )


def _box(x: int, y: int, box: _Box, lit: bool) -> SafeString:
    lines = textwrap.wrap(box.label, CHARACTERS_IN_A_BOX)
    first = y + 5 - 9 * (len(lines) - 1)
    words = format_html_join(
        "", '<tspan x="{}" y="{}">{}</tspan>', ((x, first + 18 * nth, line) for nth, line in enumerate(lines))
    )
    kind = "diagram-state" + (" diagram-state--final" if box.final else "") + (" diagram-state--current" if lit else "")
    return format_html(
        '<g class="{}" data-state="{}"><rect x="{}" y="{}" width="{}" height="{}" rx="{}" fill="{}" stroke="{}" '
        'stroke-width="{}"/><text text-anchor="middle" fill="#161616" font-weight="{}">{}</text></g>',
        kind,
        box.code,
        x - BOX_WIDTH // 2,
        y - BOX_HEIGHT // 2,
        BOX_WIDTH,
        BOX_HEIGHT,
        BOX_HEIGHT // 2 if box.final else 4,
        "#e3e3fd" if lit else "#ffffff",
        "#000091" if lit else "#3a3a3a",
        4 if lit else 1.5,
        "bold" if lit else "normal",
        words,
    )


def _entries(drawing: Drawing, acts: list[_Act], name: str) -> SafeString:
    """Acts possible from nearly everywhere: a dashed arrow into their target."""
    return format_html_join(
        "\n",
        '<path class="diagram-arrow" d="M{} {}V{}" fill="none" stroke="currentColor" stroke-width="1.5" '
        'stroke-dasharray="4 3" marker-end="url(#{}-tip)"/>{}',
        (
            (
                x,
                y - BOX_HEIGHT // 2 - MARGIN,
                y - BOX_HEIGHT // 2,
                name,
                _badge(x, y - BOX_HEIGHT - 18, str(act.number)),
            )
            for act in acts
            if act.from_everywhere
            for x, y in [drawing.boxes[act.target]]
        ),
    )


def _legend(acts: list[_Act], top: int) -> SafeString:
    return format_html_join(
        "\n",
        '<text class="diagram-legend" x="{}" y="{}">{}. {} ({}){}</text>',
        (
            (
                16,
                top + LINE * nth,
                act.number,
                act.row.label,
                act.who,
                "" if not act.from_everywhere else _(" — from %d stages") % len(act.sources),
            )
            for nth, act in enumerate(acts)
        ),
    )
