"""The Celery application. It carries primary keys only: what must happen is a row in PostgreSQL (see notifications).

It never guesses its settings: whoever starts it sets DJANGO_SETTINGS_MODULE.
"""

from celery import Celery

app = Celery("earlyaccess")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
