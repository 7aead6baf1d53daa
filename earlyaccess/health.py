"""`/health/live` (the process answers) and `/health/ready` (database, migrations, broker, outbox lag).

They answer before any other middleware: a probe has no session, no Host header of ours and no HTTPS.
"""

from collections.abc import Callable

import redis
from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone

from notifications.outbox import outbox_lag

Check = Callable[[], str | None]


def database_answers() -> str | None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return None


def migrations_are_applied() -> str | None:
    executor = MigrationExecutor(connection)
    missing = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    return f"{missing} migrations to apply" if missing else None


def broker_answers() -> str | None:
    with redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=2, socket_timeout=2) as client:
        client.ping()
    return None


def mails_leave_in_time() -> str | None:
    lag = outbox_lag(timezone.now())
    return f"{lag:.0f} s late" if lag > settings.OUTBOX_LAG_LIMIT else None


CHECKS: dict[str, Check] = {
    "database": database_answers,
    "migrations": migrations_are_applied,
    "broker": broker_answers,
    "outbox": mails_leave_in_time,
}


def live() -> JsonResponse:
    return JsonResponse({"status": "ok"})


def ready() -> JsonResponse:
    """200 when every check passes, 503 otherwise; a failing check says what, never where (no host, no password)."""
    answers: dict[str, str] = {}
    for name, check in CHECKS.items():
        try:
            answers[name] = check() or "ok"
        except Exception as error:  # whatever the driver raises, the probe must answer
            answers[name] = f"failed: {type(error).__name__}"
    healthy = all(answer == "ok" for answer in answers.values())
    return JsonResponse({"status": "ok" if healthy else "failing", "checks": answers}, status=200 if healthy else 503)


class HealthMiddleware:
    """Answers the two probes and passes everything else on."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info in {"/health/live", "/health/live/"}:
            return live()
        if request.path_info in {"/health/ready", "/health/ready/"}:
            return ready()
        return self.get_response(request)
