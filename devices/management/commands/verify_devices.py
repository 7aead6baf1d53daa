"""`manage.py verify_devices`: the history of every unit holds, or what does not."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from devices.models import Unit
from devices.services.log import differences


class Command(BaseCommand):
    help = "Check the chain of events of every unit of an exempted device."

    def handle(self, *args: Any, **options: Any) -> None:
        found = 0
        count = 0
        for unit in Unit.objects.defer("patient", "deviation").order_by("pk").iterator(chunk_size=500):
            count += 1
            for difference in differences(unit):
                self.stderr.write(difference)
                found += 1
        if found:
            raise CommandError(f"{found} differences")
        self.stdout.write(f"{count} units verified")
