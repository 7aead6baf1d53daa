"""Middleware of the test settings: a GET that writes fails."""

import re
from collections.abc import Callable
from typing import Any

from django.db import connection
from django.http import HttpRequest, HttpResponse

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
WRITES = re.compile(r"^\s*(?:/\*.*?\*/\s*)*(?:INSERT\s+INTO|UPDATE|DELETE\s+FROM|TRUNCATE)\s+\"?(\w+)", re.IGNORECASE)
# Sessions belong to the visit, not to the site's data; the access logs exist to note who has read what, and allauth
# notes when somebody first saw their own recovery codes.
MAY_BE_WRITTEN = frozenset(
    {"django_session", "dossiers_accesslog", "api_apicall", "usersessions_usersession", "mfa_authenticator"}
)


class GetWrote(AssertionError):
    pass


def _refuse_writes(execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
    found = WRITES.match(str(sql))
    if found and found.group(1) not in MAY_BE_WRITTEN:
        raise GetWrote(f"A GET wrote to {found.group(1)}: a link, a prefetch or a crawler would change the data.")
    return execute(sql, params, many, context)


class GetNeverWrites:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method not in SAFE_METHODS:
            return self.get_response(request)
        with connection.execute_wrapper(_refuse_writes):
            return self.get_response(request)
