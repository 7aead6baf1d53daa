"""What every page needs to know about the site."""

from django.conf import settings
from django.http import HttpRequest


def site(request: HttpRequest) -> dict[str, object]:
    """`demo_mode`: the page says that accounts and patients are invented."""
    return {"demo_mode": settings.DEMO}
