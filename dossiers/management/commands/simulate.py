"""A year of the country's files, or any stretch of it."""

import datetime as dt
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.progress import track

from accounts.demo import load_demo_people
from catalogue.services.demo import load_demo_catalogue
from dossiers.demo.simulation import Simulation


class Command(BaseCommand):
    help = "Plays the country's files day by day through the services, at the published volumes times --scale."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--start", type=dt.date.fromisoformat, required=True, metavar="DATE")
        parser.add_argument("--days", type=int, default=365)
        parser.add_argument("--scale", type=float, default=0.01, help="1 is the whole country: about 240 files a day")
        parser.add_argument("--seed", type=int, default=1)

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("The simulation writes invented files: set DEMO=true to allow it.")
        if options["days"] < 1 or options["scale"] <= 0:
            raise CommandError("--days must be 1 or more, --scale above 0.")
        load_demo_people()
        load_demo_catalogue()
        simulation = Simulation(
            start=options["start"], days=options["days"], scale=options["scale"], seed=options["seed"]
        )
        for _day in track(
            simulation.play(), total=options["days"], description="Days", disable=not self.stdout.isatty()
        ):
            pass
        self.stdout.write(f"{options['days']} days played, {simulation.told} files begun.")
