"""`make bench`, at sizes too small to say anything of time: what it loads is real, and what it prints is right."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console

from benchmarks import planning
from benchmarks.pages import BARE, PAGES, Seen
from benchmarks.report import Cost, show

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.timeout(400)
def test_loaded_dossiers_verify_and_open_and_the_table_prints() -> None:
    """The run itself refuses a broken hash chain, a missing dossier, a page that does not answer 200, reminders other
    than those of the raw statement, and a second run that plans more."""
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "benchmarks",
            "--sizes",
            "60,120",
            "--titles",
            "150,300",
            "--rounds",
            "2",
            "--limit",
            "1000",
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    missing = [page.label for page in (BARE, *PAGES) if page.label not in done.stdout]
    assert not missing, done.stdout
    assert "Planning costs at most 1000 times the raw statement, and its memory does not grow." in done.stdout


def _costs(*seconds: tuple[list[float], list[float]]) -> list[Cost]:
    """Rounds at sizes 10 and 20: of the bare view, then of each page."""
    pages = [BARE, *PAGES]
    seen = {10: Seen(3, 9_000), 20: Seen(3, 9_000)}
    return [Cost(pages[rank], seen, {10: small, 20: large}) for rank, (small, large) in enumerate(seconds)]


def test_a_page_that_grows_more_than_its_limit_is_named() -> None:
    printed = io.StringIO()
    costs = _costs(
        ([0.01, 0.01], [0.01, 0.01]),
        ([0.04, 0.04], [0.05, 0.05]),
        ([0.04, 0.04], [0.08, 0.08]),
    )
    too_slow = show(costs, sizes=[10, 20], limit=1.5, console=Console(file=printed, width=150))
    assert too_slow == [PAGES[1].label]
    assert printed.getvalue().count("TOO SLOW") == 1


def test_a_noise_that_falls_on_both_sizes_of_a_round_is_no_growth() -> None:
    cost = _costs(([0.01, 0.01, 0.1], [0.01, 0.01, 0.1]), ([0.02, 0.02, 0.2], [0.02, 0.02, 0.2]))[1]
    assert cost.growth() == pytest.approx(1)
    assert cost.ratio_to(_costs(([0.01, 0.01, 0.1], [0.01, 0.01, 0.1]))[0], 20) == pytest.approx(2)


def _figures(titles: int, own: list[float], raw: list[float], **memory: int) -> planning.Figures:
    seconds = {"own": {"first": own, "second": raw}, "raw": {"first": raw, "second": raw}}
    return planning.Figures(titles, messages=40, **seconds, **memory)  # type: ignore[arg-type]


def _shown(*figures: planning.Figures) -> tuple[list[str], str]:
    printed = io.StringIO()
    return planning.show(list(figures), limit=1.5, console=Console(file=printed, width=150)), printed.getvalue()


def test_planning_that_costs_more_than_its_limit_is_named_at_the_largest_size_only() -> None:
    small, large = ([0.2, 0.2], [0.1, 0.1]), ([0.3, 3.2, 0.3], [0.1, 2.0, 0.1])
    too_much, printed = _shown(_figures(10, *small), _figures(20, *large))
    assert too_much == ["first run, 20 titles"]
    assert printed.count("TOO MUCH") == 1
    assert _shown(_figures(10, *large), _figures(20, [0.15], [0.1]))[0] == []


@pytest.mark.parametrize("memory", ["growth", "python_peak"])
def test_planning_that_grows_the_process_is_named(memory: str) -> None:
    assert _shown(_figures(10, [0.1], [0.1], **{memory: planning.MOST_MEMORY}))[0] == []
    assert _shown(_figures(10, [0.1], [0.1], **{memory: planning.MOST_MEMORY + 1}))[0] == ["memory, 10 titles"]
