"""Everything that happens by the clock, in one place. Each room adds the line of its own periodic task here.

An entry only wakes a sweeper that asks PostgreSQL what is due: missing a beat, or beating twice, changes nothing.
Tasks are named by their dotted path; tests/architecture checks that each imports and takes its arguments.
"""

from typing import Any, Final

BEAT_SCHEDULE: Final[dict[str, dict[str, Any]]] = {
    # A wake-up nobody took for five seconds is worth nothing: the next one is there.
    "outbox": {"task": "notifications.tasks.sweep_outbox", "schedule": 5.0, "options": {"expires": 5}},
    "letters": {"task": "documents.tasks.make_letters", "schedule": 5.0, "options": {"expires": 5}},
    "virus scan": {"task": "documents.tasks.scan_attachments", "schedule": 15.0, "options": {"expires": 15}},
    # Civil days change at midnight in Paris; a pass each half hour also catches up after an outage.
    "titles": {"task": "dossiers.tasks.follow_the_calendar", "schedule": 1800.0, "options": {"expires": 1800}},
    "silence": {"task": "dossiers.tasks.follow_the_silence", "schedule": 1800.0, "options": {"expires": 1800}},
    "frameworks": {"task": "dossiers.tasks.follow_the_frameworks", "schedule": 1800.0, "options": {"expires": 1800}},
    "reminders": {"task": "dossiers.tasks.remind_of_expiry", "schedule": 1800.0, "options": {"expires": 1800}},
    "obligations": {"task": "dossiers.tasks.remind_of_obligations", "schedule": 1800.0, "options": {"expires": 1800}},
    "incidents": {"task": "devices.tasks.remind_of_incidents", "schedule": 1800.0, "options": {"expires": 1800}},
    "meetings": {"task": "dossiers.tasks.remind_of_meetings", "schedule": 1800.0, "options": {"expires": 1800}},
    # Once a day by their key; asked often so that a morning without a server still has its digest.
    "digests": {"task": "dossiers.tasks.send_digests", "schedule": 600.0, "options": {"expires": 600}},
    # Nothing to count but after an upgrade: some hundreds of files a turn, until none is left.
    "days of decisions": {
        "task": "dossiers.tasks.count_the_days_of_decisions",
        "schedule": 600.0,
        "options": {"expires": 600},
    },
}
