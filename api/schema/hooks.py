"""What drf-spectacular calls before and after it walks through the addresses."""

from __future__ import annotations

from typing import Any, Final

from django.conf import settings

from api.schema.cohort import COHORT
from api.schema.companies import COMPANIES
from api.schema.described import DESCRIBED
from api.schema.devices import DEVICES
from api.schema.filing_meetings import FILING_MEETINGS
from api.schema.following import FOLLOWING
from api.schema.inspector import problem_responses
from api.schema.missions import MISSIONS
from api.schema.shapes import SHAPES
from api.scopes import SCOPES

ALL: Final = {
    **SHAPES, **DESCRIBED, **FOLLOWING, **COHORT, **MISSIONS, **DEVICES, **COMPANIES, **FILING_MEETINGS,
}  # fmt: skip


def documented_only(endpoints: list[Any]) -> list[Any]:
    """Methods that describe themselves (`api.schema.operations`)."""
    return [
        (path, regex, method, callback)
        for path, regex, method, callback in endpoints
        if hasattr(getattr(callback.cls, method.lower(), None), "operation")
    ]


def finish(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """The components, the ways to sign in, and where the site is."""
    result["components"] = {
        "schemas": dict(sorted(ALL.items())),
        "responses": problem_responses(),
        "securitySchemes": {
            "token": {
                "type": "oauth2",
                "description": "Authorization: Bearer TOKEN. Tokens of people are made on their profile page.",
                "flows": {
                    "clientCredentials": {
                        "tokenUrl": "/api/oauth/token/",
                        "scopes": {code: str(label) for code, label in SCOPES.items()},
                    }
                },
            },
            "session": {"type": "apiKey", "in": "cookie", "name": settings.SESSION_COOKIE_NAME},
        },
    }
    return result
