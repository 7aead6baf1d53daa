"""Logs without patient data: structured lines that carry identifiers, never what people typed."""

import re
from typing import Any

import structlog

# What a request or a form could carry by accident. Dropped from every line, whoever wrote it.
DROPPED_KEYS = frozenset({"answers", "payload", "patient", "data", "body", "form", "query_string", "context", "email"})

# The address by which somebody sets a password is a password, that of a calendar opens it, and the code
# printed on a letter opens what is known of it: whoever reads the logs must use none.
KEY_IN_AN_ADDRESS = re.compile(r"(/password/reset/key/|/calendar/|/verify/)[^\s?]+")


def drop_personal_data(_logger: object, _name: str, event: dict[str, Any]) -> dict[str, Any]:
    """Removes the fields that may hold personal data, and the query string of the request (searches name people)."""
    for key in DROPPED_KEYS & event.keys():
        del event[key]
    request = event.get("request")
    if isinstance(request, str) and "?" in request:
        event["request"] = request.partition("?")[0]
    for key in ("request", "event"):
        if isinstance(event.get(key), str):
            event[key] = KEY_IN_AN_ADDRESS.sub(r"\1...", event[key])
    return event


SHARED_PROCESSORS: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.StackInfoRenderer(),
    drop_personal_data,
]


def logging_config(*, log_format: str, level: str) -> dict[str, Any]:
    """`log_format` is `json` (one object a line) or `console`; also sets structlog up for this process."""
    renderer: Any = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if log_format == "json"
        # A plain traceback: the rich one prints local variables, and with them what people typed.
        else structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    )
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *SHARED_PROCESSORS,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    final: list[Any] = [structlog.stdlib.ProcessorFormatter.remove_processors_meta]
    if log_format == "json":
        final.append(structlog.processors.format_exc_info)
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "structured": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": SHARED_PROCESSORS,
                "processors": [*final, renderer],
            }
        },
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "structured"}},
        "root": {"handlers": ["console"], "level": level},
        "loggers": {
            "django": {"handlers": ["console"], "level": level, "propagate": False},
            # django-structlog already writes one line a request.
            "django.server": {"handlers": [], "level": "ERROR", "propagate": False},
            "weasyprint": {"level": "ERROR"},
            "fontTools": {"level": "WARNING"},
        },
    }
