"""Everything that happens by the clock, in one place. Each room adds the line of its own periodic task here.

An entry only wakes a sweeper that asks PostgreSQL what is due: missing a beat, or beating twice, changes nothing.
Tasks are named by their dotted path; tests/architecture checks that each imports and takes its arguments.
"""

from typing import Any, Final

BEAT_SCHEDULE: Final[dict[str, dict[str, Any]]] = {}
