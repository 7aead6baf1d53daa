"""For the operator, once a mail server is mended: sends again what was given up."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from notifications.models import OutboxMessage
from notifications.outbox import retry


class Command(BaseCommand):
    help = "Lists the mails given up after all their attempts and puts them back in the queue (--list only lists)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--list", action="store_true", help="change nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        given_up = OutboxMessage.objects.filter(state=OutboxMessage.State.DEAD).order_by("created_at", "pk")
        number = 0
        for message in given_up.iterator():
            self.stdout.write(f"{message.created_at:%Y-%m-%d} {message.kind} {message.reference}: {message.last_error}")
            if not options["list"]:
                number += retry(message=message, at=timezone.now())
        self.stdout.write(f"{number} put back in the queue.")
