"""`manage.py verify_cohorts`: the history of every inclusion holds, or what does not."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from cohort.models import Inclusion
from cohort.services.log import differences


class Command(BaseCommand):
    help = "Check the chain of events of every inclusion in a cohort."

    def handle(self, *args: Any, **options: Any) -> None:
        found = 0
        count = 0
        for inclusion in Inclusion.objects.order_by("pk").iterator(chunk_size=500):
            count += 1
            for difference in differences(inclusion):
                self.stderr.write(difference)
                found += 1
        if found:
            raise CommandError(f"{found} differences")
        self.stdout.write(f"{count} inclusions verified")
