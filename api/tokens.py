"""Making and revoking what opens the API. A secret is given once, to whoever asked; only its SHA-256 is kept."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Iterable
from typing import Final

from django.db.models import Max, QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership, Person
from api.authentication import digest_of
from api.models import ApiToken, SystemClient
from api.scopes import SCOPES
from dossiers.services.errors import Blocked
from workflows.types import Reason

PREFIX: Final = "ea_"
"""So that a secret left in a public repository is recognised by those who look for them."""
LONGEST_DAYS: Final = 366
USUAL_DAYS: Final = 90


def create_token(
    *,
    person: Person,
    membership: Membership | None,
    name: str,
    scopes: Iterable[str],
    days: int,
    at: dt.datetime,
) -> tuple[ApiToken, str]:
    """A token of a person, and its secret. Raises Blocked for an unknown scope, a life too long, a missing name."""
    asked = sorted(set(scopes))
    reasons = []
    if not name.strip():
        reasons.append(Reason("required", _("Name this token after the system that will use it."), "name"))
    if not asked or set(asked) - SCOPES.keys():
        reasons.append(Reason("scope", _("Choose at least one of the scopes offered."), "scopes"))
    if not 1 <= days <= LONGEST_DAYS:
        message = _("A token lives from 1 to %d days.") % LONGEST_DAYS
        reasons.append(Reason("days", message, "days"))
    if reasons:
        raise Blocked(reasons)
    return _kept(person, membership, None, name.strip()[:100], asked, at, at + dt.timedelta(days=days))


def token_for_client(
    *, client: SystemClient, scopes: Iterable[str], lasts: dt.timedelta, at: dt.datetime
) -> tuple[ApiToken, str]:
    """The short token that a system takes with its own secret (RFC 6749, 4.4.3)."""
    membership = client.membership
    name = membership.person.full_name[:100]
    return _kept(membership.person, membership, client, name, sorted(set(scopes)), at, at + lasts)


def _kept(
    person: Person,
    membership: Membership | None,
    client: SystemClient | None,
    name: str,
    scopes: list[str],
    at: dt.datetime,
    expires_at: dt.datetime,
) -> tuple[ApiToken, str]:
    secret = PREFIX + secrets.token_urlsafe(32)
    token = ApiToken.objects.create(
        name=name,
        digest=digest_of(secret),
        hint=secret[:9],
        person=person,
        membership=membership,
        client=client,
        scopes=scopes,
        created_at=at,
        expires_at=expires_at,
    )
    return token, secret


def tokens_of(person: Person) -> QuerySet[ApiToken]:
    """The tokens that a person made, latest first, each with `last_used_at` read from the log of calls."""
    found = ApiToken.objects.filter(person=person, client=None).select_related("membership__organisation")
    return found.annotate(last_used_at=Max("calls__at")).order_by("-created_at", "-pk")


def revoke_token(*, person: Person, pk: int, at: dt.datetime) -> bool:
    """From now on it opens nothing. False when this person has no such token; revoking twice changes nothing."""
    own = ApiToken.objects.filter(person=person, client=None, pk=pk)
    own.filter(revoked_at=None).update(revoked_at=at)
    return own.exists()
