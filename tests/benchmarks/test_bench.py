"""`make bench`, at sizes too small to say anything of time: what it loads is real, and what it prints is right."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console

from benchmarks.pages import BARE, PAGES, Seen
from benchmarks.report import Cost, show

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.timeout(400)
def test_loaded_dossiers_verify_and_open_and_the_table_prints() -> None:
    """The run itself refuses a broken hash chain, a missing dossier, and a page that does not answer 200."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", "--sizes", "60,120", "--rounds", "2", "--limit", "1000"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    missing = [page.label for page in (BARE, *PAGES) if page.label not in done.stdout]
    assert not missing, done.stdout


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
