"""The Celery application. It carries primary keys only: what must happen is a row in PostgreSQL (see notifications).

It never guesses its settings: whoever starts it sets DJANGO_SETTINGS_MODULE.
"""

from typing import Any

from celery import Celery
from celery.signals import beat_init

from earlyaccess.schedule import BEAT_SCHEDULE

app = Celery("earlyaccess")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@beat_init.connect
def begin_at_once(**_signal: Any) -> None:
    """A beat that is born would wait a whole turn before its first one: half an hour without reminders after each
    start, and for ever where it is started again more often than that."""
    for entry in BEAT_SCHEDULE.values():
        app.send_task(entry["task"], retry=False, ignore_result=True, **entry["options"])
