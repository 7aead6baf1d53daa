"""Inclusions by month as bars: an accessible SVG, as `register.picture`. No style attribute nor element (the page's
security policy refuses them), every text escaped."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Final

from django.utils import formats
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext

WIDTH: Final = 640
LEFT, TOP, TALLEST = 10, 26, 130
BASE: Final = TOP + TALLEST
HEIGHT: Final = BASE + 40
GAP: Final = 6
WIDEST: Final = 40
MOST_LABELS: Final = 12
"""More months than that, and only some are named under their bar."""


def months(values: Sequence[tuple[dt.date, int]]) -> SafeString:
    """`values`: first day of each month and its number. Empty when there is nothing to draw."""
    if not values:
        return format_html("{}", "")
    top = max(count for _month, count in values) or 1
    step = min(WIDEST + GAP, (WIDTH - 2 * LEFT) / len(values))
    every = -(-len(values) // MOST_LABELS)
    total = sum(count for _month, count in values)
    described = gettext("%(total)d patients given access from %(first)s to %(last)s. The table gives each month.")
    return format_html(
        '<svg xmlns="http://www.w3.org/2000/svg" class="cohort-picture" role="img" aria-labelledby="months-title '
        'months-desc" viewBox="0 0 {width} {height}" font-family="Marianne, Arial, sans-serif" font-size="12" '
        'fill="currentColor">\n<title id="months-title">{title}</title>\n<desc id="months-desc">{desc}</desc>\n'
        '{bars}\n<path d="M{left} {base}H{right}" stroke="currentColor" stroke-width="1.5"/>\n</svg>\n',
        width=WIDTH,
        height=HEIGHT,
        title=gettext("Patients given access, by month"),
        desc=described % {"total": total, "first": said(values[0][0]), "last": said(values[-1][0])},
        bars=format_html_join(
            "\n",
            "{}",
            (
                (_bar(month, count, LEFT + rank * step, step - min(GAP, step / 3), top, rank % every == 0),)
                for rank, (month, count) in enumerate(values)
            ),
        ),
        left=LEFT - 4,
        right=round(LEFT + step * len(values), 1),
        base=BASE,
    )


def said(month: dt.date) -> str:
    """The month in full, in the reader's language."""
    return formats.date_format(month, "F Y")


def _bar(month: dt.date, count: int, x: float, wide: float, top: int, named: bool) -> SafeString:
    tall = round(TALLEST * count / top, 1)
    y, middle = round(BASE - tall, 1), round(x + wide / 2, 1)
    return format_html(
        '<g><rect x="{}" y="{}" width="{}" height="{}" fill="#6a6af4"/>'
        '<text x="{}" y="{}" text-anchor="middle" font-weight="bold">{}</text>'
        '<text x="{}" y="{}" text-anchor="middle">{}</text></g>',
        *(round(x, 1), y, round(wide, 1), tall),
        *(middle, round(y - 6, 1), count or ""),
        *(middle, BASE + 18, f"{month:%m/%y}" if named else ""),
    )
