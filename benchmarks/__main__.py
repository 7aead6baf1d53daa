"""python -m benchmarks, with a PostgreSQL and a Valkey of its own (see `make bench`)."""

import os
import sys

# Set and not defaulted: the test suite, which runs this too, has settings of its own in its environment.
os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.settings"

import django

django.setup()

from benchmarks.run import main  # noqa: E402 - the models need the settings

sys.exit(main())
