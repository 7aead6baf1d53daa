"""What every page of the site owes its readers, whatever its view."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpRequest, HttpResponseBase

Answering = Callable[[HttpRequest], HttpResponseBase]


class PrivateUnlessSaid:
    """What a signed-in person is shown may name a patient: no cache keeps it, unless the view itself says otherwise."""

    def __init__(self, get_response: Answering) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if request.user.is_authenticated and not response.has_header("Cache-Control"):
            response["Cache-Control"] = "private, no-store"
        return response


class NulIsNotFound:
    """PostgreSQL refuses a NUL in a text: no address that holds one can be found."""

    def __init__(self, get_response: Answering) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> None:
        if "\x00" in request.path:
            raise Http404
