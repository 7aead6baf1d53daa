"""What planning the reminders costs beside the INSERT that it stands for, and the memory it takes, as titles add up."""

from __future__ import annotations

import argparse
import gc
import resource
import sys
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import median
from typing import Any, Final

from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from benchmarks import databases, register
from dossiers.services.reminders import KIND, WORDS, plan_expiry_reminders
from notifications.planning import frozen

NAME: Final = "Planning the reminders"
TITLES: Final = "12000,1000000"
ROUNDS: Final = 7
LIMIT: Final = 1.5
MOST_MEMORY: Final = 5_000
"""Kilobytes by which the process may grow while it plans, whatever there is to plan."""

# As somebody would type it who knows the tables: the same titles, the same people, the same rows.
RAW: Final = """
INSERT INTO notifications_outboxmessage (
    dedupe_key, kind, recipient_id, dossier_id, reference, path, context,
    state, attempts, next_attempt_at, created_at, message_id, subject, body, last_error
)
SELECT concat_ws(':', 'reminder', told.number, told.ends_on, told.days, told.person_id, NULLIF(told.in_vain, 0)),
    %(kind)s, told.person_id, told.dossier_id, told.number, '/titles/' || told.number || '/',
    %(words)s || jsonb_build_object('days', told.days, 'ends_on', jsonb_build_object('date', told.ends_on)),
    'pending', 0, %(at)s, %(at)s, '<' || replace(gen_random_uuid()::text, '-', '') || '@testserver>', '', '', ''
FROM (
    SELECT wanted.*, bool_or(wanted.willing) OVER (PARTITION BY wanted.number) AS somebody_is
    FROM (
        SELECT title.number, title.ends_on, title.dossier_id, milestone.days, person.id AS person_id, (
            SELECT count(*) FROM dossiers_dossier renewal
            WHERE renewal.parent_title_id = title.id AND renewal.filed_at IS NOT NULL
                AND renewal.decided_at IS NOT NULL
        ) AS in_vain, COALESCE(
            preference.choice IS NULL OR preference.choice = 'all' OR preference.choice = 'mine' AND person.id IN (
                SELECT part.person_id FROM dossiers_party party
                JOIN accounts_membership part ON part.id = party.membership_id
                WHERE party.dossier_id = title.dossier_id
                UNION ALL SELECT created_by_id FROM dossiers_dossier dossier WHERE dossier.id = title.dossier_id
                UNION ALL SELECT lead.person_id FROM dossiers_dossier dossier
                JOIN accounts_membership lead ON lead.id = dossier.lead_id WHERE dossier.id = title.dossier_id
            ), FALSE
        ) AS willing
        FROM dossiers_title title
        CROSS JOIN LATERAL (
            SELECT CASE WHEN title.ends_on <= %(day)s + 15 THEN 15
                WHEN title.ends_on <= %(day)s + 30 THEN 30 ELSE 60 END
        ) AS milestone (days)
        JOIN accounts_membership membership ON membership.organisation_id = title.organisation_id
            AND membership.role IN ('prescriber', 'pharmacist') AND membership.starts_on <= %(day)s
            AND (membership.ends_on IS NULL OR membership.ends_on > %(day)s)
        JOIN accounts_person person ON person.id = membership.person_id AND person.is_active
        LEFT JOIN notifications_preference preference
            ON preference.person_id = person.id AND preference.topic = 'reminders'
        WHERE title.state IN ('in_force', 'suspended') AND title.ends_on BETWEEN %(day)s AND %(day)s + 60
            AND NOT EXISTS (
                SELECT FROM dossiers_dossier renewal
                WHERE renewal.parent_title_id = title.id AND renewal.filed_at IS NOT NULL
                    AND renewal.decided_at IS NULL
            ) AND NOT EXISTS (
                SELECT FROM dossiers_title successor
                WHERE successor.chain = title.chain AND successor.renewal_rank > title.renewal_rank AND NOT (
                    successor.state IN ('withdrawn', 'ceased') AND successor.in_force_until < successor.starts_on
                )
            )
    ) AS wanted
) AS told
WHERE told.willing OR NOT told.somebody_is
ON CONFLICT (dedupe_key) DO NOTHING
"""
"""But for the administrators of a hospital where nobody may renew: the register loaded has none."""


class WrongRows(Exception):
    """Our planning and the raw statement did not write the same messages: comparing them would say nothing."""


@dataclass
class Figures:
    """Seconds of each round, in the order of the rounds; memory in kB."""

    titles: int
    messages: int = 0
    own: dict[str, list[float]] = field(default_factory=lambda: {"first": [], "second": []})
    raw: dict[str, list[float]] = field(default_factory=lambda: {"first": [], "second": []})
    python_peak: int = 0
    growth: int = 0

    def ratio(self, run: str) -> float:
        """The median over the rounds: what else the machine did weighed on both of a round."""
        return median(own / raw for own, raw in zip(self.own[run], self.raw[run], strict=True))


def measure(sizes: list[int], *, rounds: int, progress: Progress) -> list[Figures]:
    """One database per size, smallest first, each dropped after its turn. Raises WrongRows."""
    found = []
    for size in sorted(sizes):
        name = f"{databases.PREFIX}reminders_{size}"
        try:
            loading = progress.add_task(f"{NAME}: {size:,} titles", total=1)
            databases.create(name)
            databases.use(name)
            call_command("migrate", interactive=False, verbosity=0)
            figures = Figures(register.load(size, timezone.localdate()))
            progress.update(loading, completed=1)
            _memory(figures)
            _rounds(figures, rounds, progress)
            found.append(figures)
        finally:
            databases.drop(name)
    return found


def _own() -> int:
    return plan_expiry_reminders(at=timezone.now())


def _raw() -> int:
    now = timezone.now()
    params: dict[str, Any] = {"kind": KIND, "words": frozen(WORDS), "day": timezone.localdate(now), "at": now}
    with connection.cursor() as cursor:
        cursor.execute(RAW, params)
        return cursor.rowcount


def _memory(figures: Figures) -> None:
    """First of all, so that the most this process ever took is what planning took."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with transaction.atomic():
        figures.messages = _own()
        transaction.set_rollback(True)
    figures.growth = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    tracemalloc.start()
    with transaction.atomic():
        _own()
        transaction.set_rollback(True)
    figures.python_peak = tracemalloc.get_traced_memory()[1] // 1_000
    tracemalloc.stop()


def _rounds(figures: Figures, rounds: int, progress: Progress) -> None:
    measuring = progress.add_task(f"{NAME}: {figures.titles:,} titles, rounds", total=rounds)
    gc.collect()
    for rank in range(rounds):
        turns = [(_own, figures.own), (_raw, figures.raw)]
        written = {_turn(act, seconds) for act, seconds in (turns if rank % 2 else reversed(turns))}
        if len(written) != 1:
            raise WrongRows(f"not the same messages: {written}")
        progress.advance(measuring)


def _turn(act: Callable[[], int], seconds: dict[str, list[float]]) -> tuple[Any, ...]:
    """Once with all to write, once with nothing left; then undone. Returns how many rows, and a sum of their keys."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM notifications_outboxmessage")
    with transaction.atomic():
        for run in ("first", "second"):
            begun = time.perf_counter()
            new = act()
            seconds[run].append(time.perf_counter() - begun)
            if run == "second" and new:
                raise WrongRows(f"a second run planned {new} more")
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*), md5(string_agg(dedupe_key || kind || reference || path || context::text, ' ' "
                "ORDER BY dedupe_key)) FROM notifications_outboxmessage"
            )
            written: tuple[Any, ...] = cursor.fetchone()
        transaction.set_rollback(True)
    if not written[0]:
        raise WrongRows("nothing was planned: the titles loaded have no reminder due")
    return written


def show(found: list[Figures], *, limit: float, console: Console) -> list[str]:
    """Print the table; what is over its limit. Ratios count at the largest size only: the others are too quick."""
    table = Table(title=f"{NAME}: beside INSERT ... SELECT ... ON CONFLICT DO NOTHING, median of the rounds")
    for column in ("titles", "messages", "run", "ours, ms", "raw, ms", "ratio", "limit", ""):
        table.add_column(column, justify="left" if column in ("run", "") else "right")
    too_much = []
    largest = max(found, key=lambda one: one.titles)
    for one in found:
        for run in ("first", "second"):
            limited = one is largest
            ok = not limited or one.ratio(run) <= limit
            if not ok:
                too_much.append(f"{run} run, {one.titles:,} titles")
            table.add_row(
                f"{one.titles:,}",
                f"{one.messages if run == 'first' else 0:,}",
                run,
                f"{1_000 * median(one.own[run]):.1f}",
                f"{1_000 * median(one.raw[run]):.1f}",
                f"{one.ratio(run):.2f}",
                f"{limit:g}" if limited else "",
                ("OK" if ok else "TOO MUCH") if limited else "",
            )
    console.print(table)
    return too_much + _show_memory(found, console)


def _show_memory(found: list[Figures], console: Console) -> list[str]:
    table = Table(title=f"{NAME}: memory of the process that asks")
    for column in ("titles", "messages", "Python's peak, kB", "process grows by, kB", "limit", ""):
        table.add_column(column, justify="left" if not column else "right")
    too_much = []
    for one in found:
        ok = max(one.growth, one.python_peak) <= MOST_MEMORY
        if not ok:
            too_much.append(f"memory, {one.titles:,} titles")
        cells = (one.titles, one.messages, one.python_peak, one.growth, MOST_MEMORY)
        table.add_row(*(f"{cell:,}" for cell in cells), "OK" if ok else "TOO MUCH")
    console.print(table)
    return too_much


def run(*, sizes: list[int], rounds: int, limit: float, console: Console, progress: Progress) -> int:
    """Exit status: 0, 1 when something is over its limit, 2 when what is compared is not comparable."""
    try:
        with progress:
            found = measure(sizes, rounds=rounds, progress=progress)
    except WrongRows as error:
        console.print(f"[red]{error}[/red]")
        return 2
    too_much = show(found, limit=limit, console=console)
    if too_much:
        console.print("[red]Over the limit:[/red] " + "; ".join(too_much))
        return 1
    console.print(f"Planning costs at most {limit:g} times the raw statement, and its memory does not grow.")
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.reminders", description=__doc__)
    parser.add_argument("--titles", default=TITLES, help=f"titles, smallest first (default {TITLES})")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"rounds (default {ROUNDS})")
    parser.add_argument("--limit", type=float, default=LIMIT, help=f"times the raw statement (default {LIMIT})")
    options = parser.parse_args()
    console = Console(width=None if sys.stdout.isatty() else 150)
    sizes = [int(size) for size in options.titles.split(",")]
    return run(
        sizes=sizes, rounds=options.rounds, limit=options.limit, console=console, progress=Progress(console=console)
    )
