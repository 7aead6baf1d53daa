"""Demonstration patients, made through the services."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from cohort.demo import seed


class Command(BaseCommand):
    help = "Tells patients of the demonstration's early accesses (seed_demo first). Telling twice adds nothing."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("Demonstration accounts have a published password: set DEMO=true to allow them.")
        told = 0
        for pseudonym in seed(at=timezone.now()):
            told += 1
            self.stdout.write(pseudonym)
        self.stdout.write(f"{told} patients added.")
