"""Demonstration data, made through the services."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from dossiers.demo.seed import STAGES, seed


class Command(BaseCommand):
    help = "Tells the demonstration's files: accounts, catalogue, dossiers at every stage. Telling twice adds nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--stage", choices=(*STAGES, "all"), default="all")
        parser.add_argument("--seed", type=int, default=1)

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("Demonstration accounts have a published password: set DEMO=true to allow them.")
        told = 0
        for reference in seed(stage=options["stage"], number=options["seed"]):
            told += 1
            self.stdout.write(reference)
        self.stdout.write(f"{told} files added.")
