"""Letters that could not be made: see them, and have them made again once the cause is mended."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from documents.letters.orders import start_again
from documents.models import LetterOrder


class Command(BaseCommand):
    help = "Lists the letters that were given up, with their last error; --all or NUMBER gives them new attempts."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("numbers", nargs="*", metavar="NUMBER")
        parser.add_argument("--all", action="store_true", help="every letter that was given up")

    def handle(self, *args: Any, **options: Any) -> None:
        failed = LetterOrder.objects.filter(state=LetterOrder.State.FAILED).defer("context").order_by("pk")
        if not options["all"] and not options["numbers"]:
            for order in failed:
                self.stdout.write(
                    f"{order.number}  {order.kind}  ordered {order.ordered_at:%Y-%m-%d}  {order.last_error}"
                )
            self.stdout.write(f"{len(failed)} given up")
            return
        chosen = failed if options["all"] else failed.filter(number__in=options["numbers"])
        for order in list(chosen):
            start_again(number=order.number, at=timezone.now())
            self.stdout.write(f"{order.number} will be made again")
