"""Everything the demo site needs before it can answer, done in one process because starting Django costs seconds:
French catalogue, migrations, demonstration seal, demo data. Each is skipped when already done."""

import os
import sys
from pathlib import Path

import django
from django.conf import settings
from django.core.management import call_command, get_commands
from django.db import connection

from earlyaccess.local.catalogues import compile_catalogues


def say(text: str) -> None:
    print(text, flush=True)  # noqa: T201 - the terminal is this program's page


def _start_again_if_seeding_was_killed(seeding: Path) -> None:
    """Half of the demo data is worse than none. Only the embedded database is ever emptied (see `main`)."""
    if not seeding.exists():
        return
    say("The demo data was left half-made: starting it again.")
    with connection.cursor() as cursor:
        cursor.execute("DROP SCHEMA public CASCADE")
        cursor.execute("CREATE SCHEMA public")


def seed(seeding: Path, seeded: Path) -> None:
    """The demo data, made through the services, on the first start only."""
    if seeded.exists() or "seed_demo" not in get_commands():
        return
    from accounts.models import Person

    if not seeding.exists() and Person.objects.exists():
        seeded.touch()  # a database that already lives, given by DATABASE_URL
        return
    say("Making the demo data (once)")
    seeding.touch()
    call_command("seed_demo", stage="all", seed=1)
    call_command("seed_cohorts")
    call_command("seed_devices")
    seeded.touch()
    seeding.unlink()


def make_the_demonstration_seal() -> None:
    """The certificate that seals the letters of a site without a real one."""
    from documents.letters import demoseal, sealkey

    if settings.SEAL_DEMONSTRATION and demoseal.make_once(sealkey.demonstration_file()):
        say("Made a certificate to seal the letters of the demonstration (once)")


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "earlyaccess.settings.dev")
    compile_catalogues(Path(__file__).resolve().parents[2] / "locale")
    django.setup()
    home = Path(os.environ["EARLYACCESS_MARKS"])
    embedded = os.environ["EARLYACCESS_EMBEDDED"] == "1"
    seeding, seeded = home / "seeding", home / "seeded"
    if embedded:
        _start_again_if_seeding_was_killed(seeding)
    call_command("check", verbosity=0)
    call_command("migrate", interactive=False, verbosity=0)
    make_the_demonstration_seal()
    if settings.DEMO:
        seed(seeding, seeded)
    return 0


if __name__ == "__main__":
    sys.exit(main())
