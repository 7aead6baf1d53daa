"""Demonstration units and incidents, made through the services."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from devices.demo import seed


class Command(BaseCommand):
    help = "Tells units and incidents of the demonstration's exemptions (seed_demo first). Telling twice adds nothing."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("Demonstration accounts have a published password: set DEMO=true to allow them.")
        told = 0
        for reference in seed(at=timezone.now()):
            told += 1
            self.stdout.write(reference)
        self.stdout.write(f"{told} units and incidents added.")
