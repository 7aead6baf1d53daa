"""`make bench`: loads one database per size, measures the same pages of all of them in turn, prints the table.

Exit status 1 when a page costs more than --limit times as much at the largest size as at the smallest.
"""

from __future__ import annotations

import argparse
import gc
import sys
import time
from pathlib import Path

from django.core.management import call_command
from django.utils import timezone
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from benchmarks import databases, planning
from benchmarks.load import Loader
from benchmarks.pages import BARE, PAGES, Site, WrongAnswer
from benchmarks.patterns import cast_of_patterns, tell_all
from benchmarks.people import invent, with_officers
from benchmarks.plan import Plan
from benchmarks.report import Cost, show
from earlyaccess.local.catalogues import compile_catalogues

SIZES = "1000,200000"
ROUNDS = 40
WARM_UP = 3
LIMIT = 1.5
BASE = f"{databases.PREFIX}base"


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--sizes", default=SIZES, help=f"dossiers, smallest first (default {SIZES})")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"requests of each page (default {ROUNDS})")
    parser.add_argument("--limit", type=float, default=LIMIT, help=f"growth allowed (default {LIMIT})")
    parser.add_argument("--only", default="", help="only what has this in its name")
    parser.add_argument(
        "--titles", default=planning.TITLES, help=f"titles whose reminders are planned (default {planning.TITLES})"
    )
    parser.add_argument("--keep", action="store_true", help="leave the databases, to EXPLAIN what is slow")
    return parser.parse_args()


def load(sizes: list[int], *, fresh: int, progress: Progress) -> list[Site]:
    """One database per size. What they have in common is made once, in a database that each is a copy of."""
    now = timezone.now()
    preparing = progress.add_task("Migrations, people, medicines", total=2)
    databases.create(BASE)
    databases.use(BASE)
    call_command("migrate", interactive=False, verbosity=0)
    progress.advance(preparing)
    cast = invent()
    progress.advance(preparing)
    telling = progress.add_task("Patterns, told through the services", total=15)
    patterns = tell_all(now, lambda: progress.advance(telling))
    cast = with_officers(cast)
    original = cast_of_patterns(cast.hospitals[2], cast.products[0])
    sites = []
    for size in sizes:
        name = f"{databases.PREFIX}{size}"
        databases.create(name, like=BASE)
        databases.use(name)
        loading = progress.add_task(f"{size:,} dossiers", total=size - len(patterns))
        building = progress.add_task(f"{size:,} dossiers: indexes and constraints", total=None)
        plan = Plan(size=size - len(patterns), fresh=fresh, patterns=patterns, cast=cast, today=now.date())
        Loader(original).load(
            plan.copies(),
            loaded=lambda number, task=loading: progress.advance(task, number),  # type: ignore[misc]
            built_one=lambda done, total, task=building: progress.update(task, completed=done, total=total),  # type: ignore[misc]
        )
        sites.append(Site(name, size))
    databases.drop(BASE)
    return sites


def measure(sites: list[Site], *, rounds: int, only: str, progress: Progress) -> list[Cost]:
    """Interleaved: the same page of every size, one after the other, then the next page; the first size changes at
    each round. What else the machine does then weighs on all alike."""
    pages = [BARE, *(page for page in PAGES if only.lower() in page.label.lower())]
    costs = [
        Cost(page, {site.size: site.look(page) for site in sites}, {site.size: [] for site in sites}) for page in pages
    ]
    measuring = progress.add_task("Measuring", total=(WARM_UP + rounds) * len(pages))
    gc.collect()
    gc.freeze()
    for rank in range(-WARM_UP, rounds):
        for cost in costs:
            for site in sites if rank % 2 else reversed(sites):
                seconds = _seconds(site, cost)
                if rank >= 0:
                    cost.seconds[site.size].append(seconds)
            progress.advance(measuring)
    return costs


def _seconds(site: Site, cost: Cost) -> float:
    databases.use(site.database)
    client, path = site.prepare(cost.page)
    begun = time.perf_counter()
    site.ask(cost.page, client, path)
    return time.perf_counter() - begun


def main() -> int:
    """The pages, then the planning of reminders. The worst exit status of the two."""
    options = arguments()
    console = Console(width=None if sys.stdout.isatty() else 150)
    statuses = [0]
    if any(options.only.lower() in page.label.lower() for page in PAGES):
        statuses.append(pages(options, console))
    if options.only.lower() in planning.NAME.lower():
        titles = [int(size) for size in options.titles.split(",")]
        rounds = min(options.rounds, planning.ROUNDS)
        statuses.append(
            planning.run(sizes=titles, rounds=rounds, limit=options.limit, console=console, progress=_progress(console))
        )
    return max(statuses)


def _progress(console: Console) -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=console)


def pages(options: argparse.Namespace, console: Console) -> int:
    """Exit status 1 when a page grows too much, 2 when one does not answer as it should."""
    sizes = sorted(int(size) for size in options.sizes.split(","))
    compile_catalogues(Path(__file__).resolve().parents[1] / "locale")
    sites: list[Site] = []
    try:
        with _progress(console) as progress:
            sites = load(sizes, fresh=options.rounds + WARM_UP + 1, progress=progress)
            for site in sites:
                site.check()
                site.open()
            costs = measure(sites, rounds=options.rounds, only=options.only, progress=progress)
        too_slow = show(costs, sizes=sizes, limit=options.limit, console=console)
    except WrongAnswer as error:
        console.print(f"[red]{error}[/red]")
        return 2
    finally:
        if not options.keep:
            for site in sites:
                databases.drop(site.database)
    if too_slow:
        console.print(f"[red]Grows more than {options.limit:g} times from {sizes[0]:,} to {sizes[-1]:,}:[/red]")
        console.print("\n".join(f"  {label}" for label in too_slow))
        return 1
    console.print(f"Nothing grows more than {options.limit:g} times from {sizes[0]:,} to {sizes[-1]:,} dossiers.")
    return 0
