"""The table at the end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from rich.console import Console
from rich.table import Table

from benchmarks.pages import BARE, Page, Seen


@dataclass(frozen=True)
class Cost:
    """Seconds of each round, by size, in the order of the rounds: rank i of two sizes was measured side by side."""

    page: Page
    seen: dict[int, Seen]
    seconds: dict[int, list[float]]

    def median_ms(self, size: int) -> float:
        return 1_000 * median(self.seconds[size])

    def growth(self) -> float:
        """From the smallest size to the largest: the median over rounds, so that a noise of the machine, which falls on
        both sizes of a round alike, falls out."""
        small, large = self.seconds[min(self.seconds)], self.seconds[max(self.seconds)]
        return median(after / before for before, after in zip(small, large, strict=True))

    def ratio_to(self, bare: Cost, size: int) -> float:
        pairs = zip(self.seconds[size], bare.seconds[size], strict=True)
        return median(own / other for own, other in pairs)


def show(costs: Sequence[Cost], *, sizes: Sequence[int], limit: float, console: Console) -> list[str]:
    """Print the table; the labels of what grows more than `limit`."""
    bare = next(cost for cost in costs if cost.page is BARE)
    table = Table(title="Cost of one request, median of the rounds")
    table.add_column("")
    table.add_column("queries", justify="right")
    for size in sizes:
        table.add_column(f"{size:,}\nms", justify="right")
        table.add_column("\n× bare", justify="right")
        table.add_column("\nkB", justify="right")
    table.add_column("growth", justify="right")
    table.add_column("limit", justify="right")
    table.add_column("")
    too_slow = []
    for cost in costs:
        line = [cost.page.label, str(cost.seen[max(sizes)].queries)]
        for size in sizes:
            line += [
                f"{cost.median_ms(size):.1f}",
                f"{cost.ratio_to(bare, size):.1f}",
                f"{cost.seen[size].weight / 1_000:.0f}",
            ]
        if cost.page is BARE:
            table.add_row(*line, f"{cost.growth():.2f}", "", "", end_section=True)
            continue
        ok = cost.growth() <= limit
        if not ok:
            too_slow.append(cost.page.label)
        table.add_row(*line, f"{cost.growth():.2f}", f"{limit:g}", "OK" if ok else "TOO SLOW")
    console.print(table)
    return too_slow
