"""python -m benchmarks.reminders: the planning of reminders alone, with a PostgreSQL of its own unless DATABASE_URL
names one. `make bench` runs it after the pages."""

import os
import sys


def alone() -> int:
    from earlyaccess.testing.services import start_servers, stop_servers

    if not (os.environ.get("DATABASE_URL") and os.environ.get("REDIS_URL")):
        start_servers()
    try:
        # Set and not defaulted, as in __main__.
        os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.settings"

        import django

        django.setup()

        from benchmarks.planning import main

        return main()
    finally:
        stop_servers()


if __name__ == "__main__":
    sys.exit(alone())
