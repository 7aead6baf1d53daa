"""A process that files requests as the web server would, then ends: `python -m tests.faults.acts 3`."""

from __future__ import annotations

import sys

import django


def file_requests(number: int) -> None:
    from django.utils import timezone

    from catalogue.models import Indication
    from dossiers.demo.story import ONE_DAY, Story

    indication = Indication.objects.select_related("medicine").filter(medicine__name="QALSODY").order_by("pk")[0]
    for _number in range(number):
        Story(at=timezone.now() - ONE_DAY, indication=indication).draft().sign().file()


if __name__ == "__main__":
    django.setup()
    file_requests(int(sys.argv[1]))
