"""What held when, by indication, as an accessible SVG: one bar a title (for named patients, one an indication), hollow
for what is still examined. As `workflows.diagram`: no style, every text escaped; the page has the same as a list."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, Final

from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dossiers.queries.product_story import Period
from workflows.dates import say
from workflows.registry import TITLE, procedure

WIDTH: Final = 480
LEFT: Final = 10
ROW, BAR, TOP = 44, 14, 34
LONGEST_LABEL: Final = 56
FILL: Final = {"in_force": "#000091", "suspended": "url(#story-suspended)", "examined": "none"}
ENDED: Final = "#929292"


def picture(periods: Sequence[Period], on: dt.date) -> SafeString:
    """SVG of the periods, in their order, over the years they span; a line through each bar marks today."""
    first = dt.date(min(one.starts_on for one in periods).year, 1, 1)
    last = max(max(one.ends_on for one in periods), on)
    end = dt.date(last.year + 1, 1, 1)
    wide = WIDTH - 2 * LEFT

    def at(day: dt.date) -> float:
        return round(LEFT + wide * (day - first).days / (end - first).days, 1)

    height = TOP + ROW * len(periods) + 10
    return format_html(
        '<svg xmlns="http://www.w3.org/2000/svg" class="app-story-picture" role="img" '
        'aria-labelledby="story-title story-desc" viewBox="0 0 {width} {height}" '
        'font-family="Marianne, Arial, sans-serif" font-size="13" fill="currentColor">\n'
        '<title id="story-title">{title}</title>\n<desc id="story-desc">{desc}</desc>\n'
        '<defs><pattern id="story-suspended" width="6" height="6" patternUnits="userSpaceOnUse" '
        'patternTransform="rotate(45)"><rect width="6" height="6" fill="#ffffff"/>'
        '<rect width="3" height="6" fill="#000091"/></pattern></defs>\n'
        '{years}\n{bars}\n<path d="{today}" stroke="#ce0500" stroke-width="1.5"/>\n</svg>\n',
        width=WIDTH,
        height=height,
        title=_("What held when, by indication"),
        desc=" ".join(one["said"] for one in periods_shown(periods)),
        years=_years(first.year, end.year, at, height),
        bars=format_html_join("\n", "{}", ((_bar(rank, one, at),) for rank, one in enumerate(periods))),
        # Through each bar and beside its name, which it must not strike out.
        today=" ".join(f"M{at(on)} {TOP + ROW * rank + 17}v{BAR + 6}" for rank in range(len(periods))),
    )


def periods_shown(periods: Sequence[Period]) -> list[dict[str, Any]]:
    """The same in words, each with the page it leads to, if there is one."""
    return [{"said": _said(one), "url": _url(one)} for one in periods]


def _years(first: int, end: int, at: Any, height: int) -> SafeString:
    """A line a year; its number where there is room for it."""
    every = max(1, (end - first) // 8)
    return format_html_join(
        "\n",
        '<path d="M{} {}V{}" stroke="currentColor" stroke-opacity="0.2"/><text x="{}" y="{}" font-size="11">{}</text>',
        (
            (at(dt.date(year, 1, 1)), TOP - 12, height - 6, at(dt.date(year, 1, 1)) + 3, TOP - 16, year)
            for year in range(first, end, every)
        ),
    )


def _bar(rank: int, one: Period, at: Any) -> SafeString:
    y = TOP + ROW * rank
    x = at(one.starts_on)
    return format_html(
        '<g data-state="{}"><text x="{}" y="{}">{}</text>'
        '<rect x="{}" y="{}" width="{}" height="{}" fill="{}" stroke="currentColor" stroke-dasharray="{}"/></g>',
        one.state,
        *(LEFT, y + 14, Truncator(_named(one)).chars(LONGEST_LABEL)),
        *(x, y + 20, max(3.0, round(at(one.ends_on + dt.timedelta(days=1)) - x, 1)), BAR),
        FILL.get(one.state, ENDED),
        "4 2" if one.state == "examined" else "none",
    )


def _named(one: Period) -> str:
    code = one.procedure.upper() if one.procedure in {"aac", "aap", "cpc"} else str(procedure(one.procedure).name)
    said = f"{code} · {one.label}" if one.label else code
    if one.count > 1:
        said += " · " + ngettext("%(n)d authorisation", "%(n)d authorisations", one.count) % {"n": one.count}
    return said


def _said(one: Period) -> str:
    if one.state == "examined":
        return _("%(what)s: under examination since %(day)s.") % {"what": _named(one), "day": say(one.starts_on)}
    return _("%(what)s: %(state)s, from %(first)s to %(last)s.") % {
        "what": _named(one),
        "state": str(TITLE.state(one.state).applicant).lower(),
        "first": say(one.starts_on),
        "last": say(one.ends_on),
    }


def _url(one: Period) -> str:
    if one.number:
        return reverse("dossiers:title", args=[one.number])
    return reverse("dossiers:dossier", args=[one.reference]) if one.reference else ""
