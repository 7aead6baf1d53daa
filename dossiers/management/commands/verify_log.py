"""Proof that nobody altered the log."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from rich.progress import track

from dossiers.models import Dossier, Title
from dossiers.services.log import differences


class Command(BaseCommand):
    help = "Recomputes every hash chain and folds the events into states. Exit status 1 on any difference."

    def handle(self, *args: Any, **options: Any) -> None:
        total = Dossier.objects.count()
        found = 0
        dossiers = Dossier.objects.order_by("pk").only("pk", "reference", "state", "procedure").iterator(chunk_size=500)
        for dossier in track(dossiers, total=total, description="Events", disable=not self.stdout.isatty()):
            for difference in differences(dossier, Title.objects.filter(dossier=dossier).first()):
                found += 1
                self.stderr.write(difference)
        if found:
            raise CommandError(f"{found} differences: the log or a state was altered.")
        self.stdout.write(f"{total} dossiers verified, no difference.")
