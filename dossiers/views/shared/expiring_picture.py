"""The coming months as an accessible SVG: how many authorisations end in each, by how far their renewal is.

As `workflows.diagram`: no style attribute nor element (the page's security policy refuses them), every text escaped.
The three parts of a bar differ by their pattern as well as by their colour.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from dossiers.queries.expiring import BEGUN, FILED, NOTHING, Month
from workflows.types import Text

WIDTH: Final = 420
BAR, GAP, LEFT = 24, 10, 10
TOP, TALLEST = 24, 130
BASE: Final = TOP + TALLEST
LEGEND_TOP: Final = BASE + 58
LINE: Final = 24
# From the base up: what still has to be begun stands on the ground, where heights compare best.
STACK: Final = (NOTHING, BEGUN, FILED)


def picture(months: Sequence[Month], labels: Mapping[str, Text]) -> SafeString:
    """SVG of the months; `labels` says each part that the reader may tell apart, in their words."""
    most = max((month.total for month in months), default=0)
    height = LEGEND_TOP + LINE * len(labels)
    return format_html(
        '<svg xmlns="http://www.w3.org/2000/svg" class="ending-picture" role="img" '
        'aria-labelledby="ending-title ending-desc" viewBox="0 0 {width} {height}" '
        'font-family="Marianne, Arial, sans-serif" font-size="13" fill="currentColor">\n'
        '<title id="ending-title">{title}</title>\n<desc id="ending-desc">{desc}</desc>\n'
        "{patterns}{bars}\n{ground}{legend}\n</svg>\n",
        width=WIDTH,
        height=height,
        title=_("Authorisations that end in the next twelve months"),
        desc=_description(months),
        patterns=_patterns(),
        bars=format_html_join("\n", "{}", ((_bar(rank, month, most),) for rank, month in enumerate(months))),
        ground=format_html(
            '<path d="M{} {}H{}" stroke="currentColor" stroke-width="1.5"/>\n', LEFT - 4, BASE, WIDTH - LEFT + 4
        ),
        legend=_legend(labels),
    )


def month_name(month: Month) -> str:
    """ "March 2026" in the reader's language."""
    return date_format(month.first, "F Y")


def _description(months: Sequence[Month]) -> str:
    said = [
        _("%(month)s: %(total)d, of which %(nothing)d without a renewal.")
        % {"month": month_name(month), "total": month.total, "nothing": month.counts[NOTHING]}
        for month in months
        if month.total
    ]
    return " ".join(said) or _("None ends in these months.")


def _patterns() -> SafeString:
    return format_html(
        "<defs>"
        '<pattern id="ending-{begun}" width="6" height="6" patternUnits="userSpaceOnUse" '
        'patternTransform="rotate(45)"><rect width="6" height="6" fill="#ffffff"/>'
        '<rect width="3" height="6" fill="#000091"/></pattern>'
        '<pattern id="ending-{filed}" width="6" height="6" patternUnits="userSpaceOnUse">'
        '<rect width="6" height="6" fill="#ffffff"/><circle cx="3" cy="3" r="1.4" fill="#18753c"/></pattern>'
        "</defs>\n",
        begun=BEGUN,
        filed=FILED,
    )


FILL: Final = {NOTHING: "#ce0500", BEGUN: f"url(#ending-{BEGUN})", FILED: f"url(#ending-{FILED})"}


def _bar(rank: int, month: Month, most: int) -> SafeString:
    """One month: its parts from the ground up, its total above, its name beneath (the year where it begins)."""
    x = LEFT + rank * (BAR + GAP)
    middle = x + BAR // 2
    parts = []
    y = float(BASE)
    for part in STACK:
        tall = TALLEST * month.counts[part] / most if most else 0.0
        if tall:
            y -= tall
            parts.append((part, x, round(y, 1), BAR, round(tall, 1), FILL[part]))
    year = str(month.first.year) if rank == 0 or month.first.month == 1 else ""
    return format_html(
        '<g class="ending-picture__month">{}<text x="{}" y="{}" text-anchor="middle" font-weight="bold">{}</text>'
        '<text x="{}" y="{}" text-anchor="middle" font-size="12">{}</text>'
        '<text x="{}" y="{}" text-anchor="middle" font-size="12">{}</text></g>',
        format_html_join(
            "",
            '<rect data-part="{}" x="{}" y="{}" width="{}" height="{}" fill="{}" stroke="currentColor"/>',
            parts,
        ),
        *(middle, round(y, 1) - 6, month.total or ""),
        *(middle, BASE + 16, date_format(month.first, "b")[:4]),
        *(middle, BASE + 32, year),
    )


def _legend(labels: Mapping[str, Text]) -> SafeString:
    return format_html_join(
        "\n",
        '<rect x="{}" y="{}" width="16" height="16" fill="{}" stroke="currentColor"/><text x="{}" y="{}">{}</text>',
        (
            (LEFT, LEGEND_TOP + LINE * nth - 13, FILL[part], LEFT + 26, LEGEND_TOP + LINE * nth, labels[part])
            for nth, part in enumerate(part for part in STACK if part in labels)
        ),
    )
