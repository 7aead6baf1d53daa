"""`manage.py import_bdpm FILE`: the public medicines file into the catalogue."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from catalogue.services.bdpm import Report, import_bdpm

SHOWN_REFUSALS = 200
# A line of the file is under 700 bytes; a file without line ends must not be read whole into memory.
LONGEST_LINE = 100_000


class Command(BaseCommand):
    """Exit status: 0 with a report, even when lines were refused; 1 when the file cannot be read."""

    help = "Import the public medicines file (BDPM, CIS_bdpm.txt). It may be run again: only what changed is written."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="path of CIS_bdpm.txt (Windows-1252, tab-separated, no header)")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        try:
            with path.open("rb") as file:
                report = self._import(file, path.stat().st_size)
        except OSError as error:
            reason = error.strerror or str(error)
            raise CommandError(
                _("%(path)s cannot be read: %(reason)s. Give the path of CIS_bdpm.txt.")
                % {"path": path, "reason": reason}
            ) from error
        self._print(report)

    def _import(self, file: IO[bytes], size: int) -> Report:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, console=Console(file=sys.stderr), disable=not sys.stderr.isatty()) as progress:
            task = progress.add_task(_("Reading the medicines (bytes)"), total=size)
            return import_bdpm(lines=_counted(file, progress, task))

    def _print(self, report: Report) -> None:
        for refused in report.refused[:SHOWN_REFUSALS]:
            self.stdout.write(
                _("Line %(number)d not imported: %(reason)s.") % {"number": refused.number, "reason": refused.reason}
            )
        if len(report.refused) > SHOWN_REFUSALS:
            self.stdout.write(_("... and %(count)d more.") % {"count": len(report.refused) - SHOWN_REFUSALS})
        self.stdout.write(
            _(
                "%(lines)d lines read: %(created)d medicines added, %(changed)d changed, %(unchanged)d unchanged, "
                "%(kept)d kept as the referential has them, %(refused)d lines not imported."
            )
            % {
                "lines": report.lines,
                "created": report.created,
                "changed": report.changed,
                "unchanged": report.unchanged,
                "kept": report.kept,
                "refused": len(report.refused),
            }
        )
        if not report.created and not report.changed:
            self.stdout.write(_("Nothing to change: the catalogue already has what this file says."))
        if report.absent:
            self.stdout.write(
                ngettext(
                    "%(count)d medicine of an earlier import is not in this file; it was left as it is.",
                    "%(count)d medicines of an earlier import are not in this file; they were left as they are.",
                    report.absent,
                )
                % {"count": report.absent}
            )


def _counted(file: IO[bytes], progress: Progress, task: TaskID) -> Iterator[bytes]:
    while line := file.readline(LONGEST_LINE):
        progress.advance(task, len(line))
        yield line
