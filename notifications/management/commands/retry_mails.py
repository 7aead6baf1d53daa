"""For the operator, once a mail server is mended: sends again what was given up."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from notifications.models import OutboxMessage
from notifications.operations import YOUNG
from notifications.outbox import retry


class Command(BaseCommand):
    help = "Lists the mails given up after all their attempts and puts them back in the queue (--list only lists)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--list", action="store_true", help="change nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        given_up = OutboxMessage.objects.filter(state=OutboxMessage.State.DEAD).order_by("created_at", "pk")
        at = timezone.now()
        number = old = 0
        for message in given_up.iterator():
            self.stdout.write(f"{message.created_at:%Y-%m-%d} {message.kind} {message.reference}: {message.last_error}")
            if options["list"]:
                continue
            if message.created_at <= at - YOUNG:
                old += 1
            else:
                number += retry(message=message, at=at)
        self.stdout.write(f"{number} put back in the queue.")
        if old:
            self.stdout.write(f"{old} older than {YOUNG.days} days left: try each again on the operations page.")
