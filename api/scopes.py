"""What a token may be used for. A scope never adds a right: the policy still says what its bearer may do."""

from __future__ import annotations

from typing import Any, Final

from django.utils.translation import gettext_lazy as _
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from dossiers.services.errors import Forbidden
from workflows.types import Reason, Text

READ: Final = "read"
WRITE: Final = "write"
ACT: Final = "act"

SCOPES: Final[dict[str, Text]] = {
    READ: _("read files, documents, letters and authorisations"),
    WRITE: _("write drafts, documents and messages"),
    ACT: _("act: sign, send, decide, as far as the role may"),
}
SAFE: Final = frozenset({"GET", "HEAD"})


def scope_of(view: Any, method: str) -> str:
    """The scope that this method of the view asks for."""
    return READ if method in SAFE else view.write_scope


def demand_scope(request: Request, needed: str) -> None:
    """Raises Forbidden when the token was not given the scope `needed`."""
    if needed not in request.auth.scopes:
        message = _("This token was not given the scope “%s”: make another one.") % needed
        raise Forbidden([Reason("insufficient_scope", message)])


class HasScope(BasePermission):
    """401 without a valid token or session, 403 when the token was not given this scope."""

    def has_permission(self, request: Request, view: Any) -> bool:
        if view.is_public:
            return True
        if request.auth is None:
            return False
        demand_scope(request, scope_of(view, str(request.method)))
        return True
