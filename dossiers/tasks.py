"""Jobs of the dossiers: each may run twice, at once, or late, with the same end result."""

from celery import shared_task
from django.utils import timezone

from dossiers.services.title_days import follow_titles


@shared_task
def follow_the_calendar() -> int:
    """Titles that a renewal replaces, that come back from a suspension, or whose last day has passed."""
    return follow_titles(at=timezone.now())
