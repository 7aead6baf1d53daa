"""Who is calling: a bearer token, or the session of a signed-in browser. Both end in a membership and its actor."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework.authentication import BaseAuthentication, SessionAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from accounts.actors import actor_for
from accounts.models import Membership, Person
from api.models import ApiToken
from api.scopes import SCOPES
from workflows.dates import civil_date
from workflows.types import Actor

REALM = 'Bearer realm="earlyaccess"'


@dataclass(frozen=True)
class Acting:
    """Who acts, for one request. `actor` is None for somebody who belongs to no organisation: they see no file."""

    person: Person
    membership: Membership | None
    scopes: frozenset[str]
    token: ApiToken | None = None

    @property
    def actor(self) -> Actor | None:
        return actor_for(self.membership) if self.membership else None


def digest_of(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


class Bearer(BaseAuthentication):
    """`Authorization: Bearer TOKEN`: read again from the database at each request, so that what ended has ended."""

    def authenticate(self, request: Request) -> tuple[Person, Acting] | None:
        scheme, _space, secret = get_authorization_header(request).decode("latin-1").partition(" ")
        if scheme.lower() != "bearer":
            return None
        found = (
            ApiToken.objects.select_related("person", "membership__person", "membership__organisation", "client")
            .filter(digest=digest_of(secret.strip()))
            .first()
        )
        if found is None or not _still_holds(found):
            raise AuthenticationFailed(_("This token is unknown, expired or revoked: ask for another one."))
        return found.person, Acting(found.person, found.membership, frozenset(found.scopes), found)

    def authenticate_header(self, request: Request) -> str:
        """RFC 6750, 3: an error is named only to whoever showed a token."""
        return f'{REALM}, error="invalid_token"' if get_authorization_header(request) else REALM


def _still_holds(token: ApiToken) -> bool:
    """The token, whoever bears it, what they act as. The person of a system is never active: nobody signs in as it."""
    at = timezone.now()
    if not token.holds_at(at):
        return False
    bearer = token.client.revoked_at is None if token.client else token.person.is_active
    return bearer and (token.membership is None or token.membership.is_open(civil_date(at)))


class Browser(SessionAuthentication):
    """The site's own session, for "try it" on the pages of the documentation. Writes need the form token (CSRF)."""

    def authenticate(self, request: Request) -> tuple[Person, Acting] | None:
        if get_authorization_header(request):
            return None
        found = super().authenticate(request)
        if found is None:
            return None
        person: Any = found[0]
        # Set by MembershipMiddleware from the database, for this very request.
        membership = request._request.membership  # type: ignore[attr-defined]
        return person, Acting(person, membership, frozenset(SCOPES))

    def authenticate_header(self, request: Request) -> str:
        return REALM
