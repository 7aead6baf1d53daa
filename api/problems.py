"""Errors as `application/problem+json` (RFC 9457), whoever found them: a service, DRF or Django itself."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext_lazy as _
from django.views import defaults
from rest_framework import exceptions

from api.errors import BadRequest, NoIfMatch, NotReady, Tired, TooLarge
from api.etags import etag
from dossiers.queries.keyset import BadCursor
from dossiers.services import errors
from workflows.types import Reason, Text

MEDIA_TYPE: Final = "application/problem+json"

TITLES: Final[dict[int, Text]] = {
    400: _("The request is malformed"),
    401: _("Sign in, or give a valid token"),
    403: _("You may not do this"),
    404: _("Nothing here that you may see"),
    405: _("This address does not take this method"),
    406: _("This address does not answer in that type"),
    409: _("Not possible at this stage"),
    412: _("The file changed since you read it"),
    413: _("The request is too large"),
    415: _("This type of content is not read here"),
    422: _("Refused, for the reasons given"),
    428: _("Say which version you read"),
    429: _("Too many requests"),
    500: _("Something went wrong on our side"),
}
STATUS_OF: Final[tuple[tuple[type[errors.ServiceError], int], ...]] = (
    (errors.NotFound, 404),
    (errors.Forbidden, 403),
    (errors.WrongState, 409),
    (errors.Conflict, 409),
    (errors.Blocked, 422),
    (errors.Stale, 412),
)


OURS: Final = {BadRequest: 400, NoIfMatch: 428, NotReady: 409, TooLarge: 413, Tired: 429}


def problem(
    status: int, reasons: Iterable[Reason] = (), *, detail: str = "", headers: dict[str, str] | None = None, **more: Any
) -> JsonResponse:
    """One problem document. `detail` is the reasons' words unless given."""
    told = [{"code": one.code, "message": str(one.message), "field": one.field} for one in reasons]
    body = {
        "type": f"/api/docs/#status-{status}",
        "title": str(TITLES[status]),
        "status": status,
        "detail": detail or " ".join(dict.fromkeys(one["message"] for one in told)),
        "reasons": told,
        **more,
    }
    readable = {"ensure_ascii": False}
    return JsonResponse(body, status=status, headers=headers, content_type=MEDIA_TYPE, json_dumps_params=readable)


def handle(error: Exception, context: dict[str, Any]) -> HttpResponse | None:
    """DRF's hook. What is not expected is a fault of ours: it is raised on, logged, and answered by `server_error`."""
    # Here, not above: that module reads the settings, whose parsers are refused with what is written here.
    from rest_framework.views import set_rollback

    set_rollback()
    if isinstance(error, errors.ServiceError):
        return _of_a_service(error)
    if isinstance(error, BadCursor):
        return problem(400, [Reason("cursor", _("This page of the list does not exist: start again."), "cursor")])
    if isinstance(error, Http404):
        return problem(404, [NOT_FOUND])
    if isinstance(error, PermissionDenied):
        return problem(403, [Reason("forbidden", str(error) or TITLES[403])])
    if isinstance(error, exceptions.APIException):
        return _of_rest_framework(error)
    return None


NOT_FOUND: Final = Reason("not_found", _("There is nothing here, or it is not yours to see."))


def _of_a_service(error: errors.ServiceError) -> HttpResponse:
    status = OURS.get(type(error)) or next(code for kind, code in STATUS_OF if isinstance(error, kind))  # type: ignore[call-overload]
    reasons, headers = error.reasons, {}
    if isinstance(error, errors.Stale):
        # What happened meanwhile, as far as the reader may know of it, so that they decide again knowing it.
        reasons += tuple(Reason("changed", change) for change in error.changes)
        headers["ETag"] = etag(error.current_version)
    if isinstance(error, NotReady) and error.soon:
        headers["Retry-After"] = "5"
    if isinstance(error, Tired):
        headers["Retry-After"] = "60"
    return problem(status, reasons, headers=headers)


def _of_rest_framework(error: exceptions.APIException) -> HttpResponse:
    status = error.status_code if error.status_code in TITLES else 400
    codes = error.get_codes()
    message = str(error.detail) if not isinstance(error.detail, (list, dict)) else str(TITLES[status])
    headers = {}
    if isinstance(error, exceptions.Throttled) and error.wait is not None:
        headers["Retry-After"] = str(max(1, round(error.wait)))
        message = str(_("Wait for the time given by Retry-After, in seconds, then try again."))
    if getattr(error, "auth_header", ""):
        headers["WWW-Authenticate"] = error.auth_header  # type: ignore[attr-defined]
    return problem(status, [Reason(codes if isinstance(codes, str) else "invalid", message)], headers=headers)


# --------------------------------------------------------------------- what Django finds before or after a view


def _is_api(request: HttpRequest) -> bool:
    return request.path_info.startswith("/api/")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return (
        problem(400, [Reason("malformed", TITLES[400])])
        if _is_api(request)
        else defaults.bad_request(request, exception)
    )


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    return problem(403) if _is_api(request) else defaults.permission_denied(request, exception)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return problem(404, [NOT_FOUND]) if _is_api(request) else defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    return problem(500) if _is_api(request) else defaults.server_error(request)
