"""The night's work on titles, seen: for an operator after an outage, or before opening a day."""

import datetime as dt
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from rich.console import Console
from rich.progress import track

from dossiers.services.title_days import due_titles, steps


class Command(BaseCommand):
    help = "Expires, replaces or reinstates every title that is due today. Ctrl-C stops it; run it again to go on."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--on", type=dt.date.fromisoformat, metavar="DATE", help="demonstrations only: as of that day"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        at = timezone.now()
        if options["on"]:
            if not settings.DEMO:
                raise CommandError("Only a demonstration may choose its day: set DEMO=true to allow it.")
            at = dt.datetime.combine(options["on"], dt.time(12), tzinfo=timezone.get_default_timezone())
        total = due_titles(at).count()
        moved = 0
        bar = track(
            steps(at=at), total=total, description="Titles", console=Console(file=self.stderr), disable=not total
        )
        with asked_to_stop() as stop:
            for step in bar:
                moved += step.moved
                if stop.is_set():
                    break
        left = due_titles(at).count()
        self.stdout.write(f"{moved} titles moved, {left} still due.")
        if stop.is_set() and left:
            raise CommandError("Stopped as asked: run the command again to do the rest.", returncode=130)


@contextmanager
def asked_to_stop() -> Iterator[threading.Event]:
    """Set by Ctrl-C or a stop: the title in hand is finished first. A second Ctrl-C does not wait."""
    stop = threading.Event()
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def note(number: int, _frame: FrameType | None) -> None:
        stop.set()
        signal.signal(number, before[signal.Signals(number)])

    for number in before:
        signal.signal(number, note)
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
