"""The project that assembles the rooms: settings, addresses, jobs, health, encryption."""

from earlyaccess.celery import app as celery_app

__all__ = ["celery_app"]
