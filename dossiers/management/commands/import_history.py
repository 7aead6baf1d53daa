"""Dated histories into dossiers and titles, through the same rules as live acts (design/api.md)."""

import json
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from dossiers.services.history.case import Outcome
from dossiers.services.history.published import read_published
from dossiers.services.history.reading import UnreadableFile, load, read_own
from dossiers.services.history.run import import_cases

A_LINE_EVERY = 100
"""Cases, where no bar can be drawn: a log shows that the work goes on."""
READERS = {"own": read_own, "published": read_published}


class Command(BaseCommand):
    help = (
        "Replays dated histories through the same rules as live acts, each step at its own date. A refused case leaves "
        "nothing; a case imported before is not imported again. Exit status 1 when a case was refused."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument("--format", choices=sorted(READERS), default="own", help="own (default) or published cases")
        parser.add_argument("--json", action="store_true", help="only JSON on standard output")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            entries = READERS[options["format"]](load(options["file"]))
        except UnreadableFile as error:
            raise CommandError(str(error)) from error
        outcomes: dict[int, Outcome] = {}
        with self._bar() as bar:
            task = bar.add_task("Cases", total=len(entries))
            for rank, outcome in import_cases(entries, now=timezone.now()):
                outcomes[rank] = outcome
                bar.advance(task)
                if not bar.console.is_terminal and len(outcomes) % A_LINE_EVERY == 0:
                    self.stderr.write(f"{len(outcomes)}/{len(entries)}")
        said = [outcomes[rank] for rank in sorted(outcomes)]
        if options["json"]:
            self.stdout.write(json.dumps({"cases": [one.as_json() for one in said]}))
        else:
            self._tell(said)
        if any(one.fate == "refused" for one in said):
            sys.exit(1)

    def _bar(self) -> Progress:
        """On standard error: standard output is for the report alone."""
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        return Progress(*columns, console=Console(file=self.stderr._out))

    def _tell(self, outcomes: list[Outcome]) -> None:
        for one in outcomes:
            if one.fate == "refused":
                self.stdout.write(_("%s: refused, nothing kept") % one.id)
                for refusal in one.refused:
                    self.stdout.write(f"  {refusal.at} {refusal.transition}")
                    for reason in refusal.reasons:
                        self.stdout.write(f"    - {reason.message}" + (f" ({reason.field})" if reason.field else ""))
                continue
            title = (
                one.title
                and f", {one.title['number']} {one.title['state']} {one.title['starts_on']} - {one.title['ends_on']}"
            )
            known = f" ({_('imported before')})" if one.fate == "known" else ""
            self.stdout.write(f"{one.id}: {one.reference} {one.state}{title or ''}{known}")
        fates = [one.fate for one in outcomes]
        said = {"kept": fates.count("kept"), "known": fates.count("known"), "refused": fates.count("refused")}
        self.stdout.write(_("%(kept)d imported, %(known)d imported before, %(refused)d refused.") % said)
