"""A number by year as bars: an accessible SVG, as `dossiers.views.shared.expiring_picture`.

No style attribute nor element (the page's security policy refuses them), every text escaped. A year that is not over
is hatched.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

WIDTH: Final = 420
LEFT, TOP, TALLEST = 10, 26, 120
WIDEST_BAR: Final = 44
GAP: Final = 12
ROOMY: Final = 48
"""Under this many units a year, the numbers above the bars are written smaller, or they would touch."""
BASE: Final = TOP + TALLEST
HEIGHT: Final = BASE + 28


@dataclass(frozen=True)
class Bar:
    """`said` is the number in words, written above the bar."""

    year: int
    value: float
    said: str
    running: bool = False


def bars(name: str, title: str, description: str, values: Sequence[Bar], most: float | None = None) -> SafeString:
    """`name` makes the identifiers unique on the page; `most` is the height of the picture (by default the highest)."""
    top = most or max((bar.value for bar in values), default=0) or 1
    step = min(WIDEST_BAR + GAP, (WIDTH - 2 * LEFT) / max(len(values), 1))
    return format_html(
        '<svg xmlns="http://www.w3.org/2000/svg" class="register-picture" role="img" aria-labelledby="{name}-title '
        '{name}-desc" viewBox="0 0 {width} {height}" font-family="Marianne, Arial, sans-serif" font-size="13" '
        'fill="currentColor">\n<title id="{name}-title">{title}</title>\n<desc id="{name}-desc">{desc}</desc>\n'
        '<defs><pattern id="{name}-running" width="6" height="6" patternUnits="userSpaceOnUse" '
        'patternTransform="rotate(45)"><rect width="6" height="6" fill="#ffffff"/>'
        '<rect width="3" height="6" fill="#6a6af4"/></pattern></defs>\n{bars}\n'
        '<path d="M{left} {base}H{right}" stroke="currentColor" stroke-width="1.5"/>\n</svg>\n',
        name=name,
        width=WIDTH,
        height=HEIGHT,
        title=title,
        desc=description,
        bars=format_html_join(
            "\n", "{}", ((_bar(name, bar, LEFT + rank * step, step - GAP, top),) for rank, bar in enumerate(values))
        ),
        left=LEFT - 4,
        right=WIDTH - LEFT + 4,
        base=BASE,
    )


def _bar(name: str, bar: Bar, x: float, wide: float, top: float) -> SafeString:
    tall = round(TALLEST * bar.value / top, 1)
    y = round(BASE - tall, 1)
    middle = round(x + wide / 2, 1)
    return format_html(
        '<g><rect x="{}" y="{}" width="{}" height="{}" fill="{}" stroke="currentColor"/>'
        '<text x="{}" y="{}" text-anchor="middle" font-weight="bold" font-size="{}">{}</text>'
        '<text x="{}" y="{}" text-anchor="middle" font-size="12">{}</text></g>',
        *(round(x, 1), y, round(wide, 1), tall, f"url(#{name}-running)" if bar.running else "#6a6af4"),
        *(middle, round(y - 6, 1), 13 if wide + GAP >= ROOMY else 10, bar.said),
        *(middle, BASE + 18, bar.year),
    )
