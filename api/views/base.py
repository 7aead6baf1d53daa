"""What every address of the API does alike: who asks, how often, what is noted of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn

from django.http import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import APIException
from rest_framework.request import Request
from rest_framework.views import APIView

from api import scopes
from api.errors import BadRequest
from api.models import ApiCall
from workflows.types import Actor, Reason


class ApiView(APIView):
    """`write_scope` is the scope that its writes ask for; `is_public` needs no token."""

    write_scope = scopes.WRITE
    is_public = False
    http_method_names = ["get", "head", "post", "put", "patch", "delete"]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """As DRF, but whoever shows a wrong token is counted before they are refused."""
        self.format_kwarg = None
        request.accepted_renderer, request.accepted_media_type = self.perform_content_negotiation(request)
        try:
            self.perform_authentication(request)
        except APIException:
            request._not_authenticated()
            self.check_throttles(request)
            raise
        self.check_throttles(request)
        self.check_permissions(request)

    def finalize_response(self, request: Request, response: HttpResponseBase, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(request, response, *args, **kwargs)
        note(request, response.status_code)
        return response

    def raise_uncaught_exception(self, exc: Exception) -> NoReturn:
        """A fault of ours is a call too: it is noted before Django answers it (`api.problems.server_error`)."""
        note(self.request, 500)
        raise exc

    @property
    def actor(self) -> Actor | None:
        """Who acts; None for somebody of no organisation, who sees nobody's file, and for the public."""
        auth = self.request.auth
        return auth.actor if auth is not None else None


def note(request: Request, status: int) -> None:
    """The log of calls: append-only, outside of any transaction of the call itself. Unknown callers have a log line."""
    auth = request.auth if hasattr(request, "_auth") else None
    if auth is None:
        return
    ApiCall.objects.create(
        at=timezone.now(),
        # A method that nobody knows is refused (405) like another, however long its name.
        method=(request.method or "")[:7],
        path=request.path[:200],
        status=status,
        person=auth.person,
        role=auth.membership.role if auth.membership else "",
        token=auth.token,
    )


def body_of(request: Request, allowed: Mapping[str, type | tuple[type, ...]] | None = None) -> dict[str, Any]:
    """The body as a JSON object; nothing sent is an empty one. `allowed` are its keys with their types.

    Raises BadRequest, naming each key that is unknown or of another type.
    """
    data = request.data if request.data is not None else {}
    if not isinstance(data, dict):
        raise BadRequest([Reason("not_an_object", _("Send a JSON object."))])
    if allowed is None:
        return data
    reasons = []
    for name, value in data.items():
        shown = str(name)[:100]
        if name not in allowed:
            reasons.append(Reason("unknown_field", _("“%s” is not read here: remove it.") % shown, shown))
        elif not isinstance(value, allowed[name]) or isinstance(value, bool) and bool not in _types(allowed[name]):
            reasons.append(Reason("type", _("This is not the JSON type that is asked."), shown))
    if reasons:
        raise BadRequest(reasons)
    return data


def _types(allowed: type | tuple[type, ...]) -> tuple[type, ...]:
    return allowed if isinstance(allowed, tuple) else (allowed,)
