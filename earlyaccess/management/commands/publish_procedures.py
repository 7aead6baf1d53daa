"""`publish_procedures`: writes docs/procedures/ from the workflow tables; `--check` only says what is out of date."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from workflows.publish import generated_files


class Command(BaseCommand):
    help = "Write docs/procedures/ (pages and diagrams) from the workflow tables."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="change nothing; fail when a file is out of date")
        parser.add_argument("--folder", type=Path, default=Path(settings.BASE_DIR) / "docs" / "procedures")

    def handle(self, *args: Any, check: bool, folder: Path, **options: Any) -> None:
        wanted = generated_files()
        present = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*") if path.is_file()}
        stale = sorted(name for name in wanted.keys() | present.keys() if wanted.get(name) != present.get(name))
        if check and stale:
            raise CommandError(f"Out of date in {folder}: {', '.join(stale)}. Run: python manage.py publish_procedures")
        for name in [] if check else stale:
            if name in wanted:
                folder.mkdir(parents=True, exist_ok=True)
                (folder / name).write_text(wanted[name], encoding="utf-8")
            else:
                (folder / name).unlink()
        self.stdout.write(f"{len(wanted)} files, {0 if check else len(stale)} changed.")
