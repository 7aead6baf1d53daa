"""Systems of an organisation: who they are, and the short tokens they take (OAuth2 client credentials, RFC 6749 4.4).

A system acts under a membership like anybody, so that the policy, the log and the lists know it without a word more.
Its person cannot sign in and gets no mail. It holds only roles that prepare: what the law has a prescriber, a
pharmacist or an agent sign is signed by a human being (docs/adr/0014).
"""

from __future__ import annotations

import datetime as dt
import logging
import secrets
from collections.abc import Iterable
from typing import Final

from django.db import transaction
from django.db.models import Max, QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation, Person
from accounts.services import end_membership, join_organisation
from api.authentication import digest_of
from api.models import SystemClient
from api.scopes import SCOPES
from dossiers.services.errors import Blocked
from workflows import roles
from workflows.dates import civil_date
from workflows.types import Reason

audit = logging.getLogger("accounts.audit")

DOMAIN: Final = "systems.invalid"
"""No mail can leave for it (RFC 2606): a system has no mailbox, and no password can be set through one."""
TOKEN_LASTS: Final = dt.timedelta(hours=1)
ROLES_OF_SYSTEMS: Final = frozenset(
    {
        roles.INTERN,
        roles.PHARMACY_PREPARER,
        roles.APPLICANT,
        roles.CONTRIBUTOR,
        roles.PHARMACOVIGILANCE,
        roles.REPORTER,
        roles.MINISTRY_READER,
    }
)


def roles_offered(organisation: Organisation) -> tuple[str, ...]:
    """Roles that a system of this organisation may hold, in the order of the workflow contract."""
    allowed = ROLES_OF_SYSTEMS & organisation.allowed_roles
    return tuple(code for code in roles.LABELS if code in allowed)


def create_client(
    *, organisation: Organisation, name: str, role: str, scopes: Iterable[str], created_by: Person, at: dt.datetime
) -> tuple[SystemClient, str]:
    """A client and its secret, shown once. Raises Blocked for a role no system may hold, a missing name or scope."""
    asked = sorted(set(scopes))
    reasons = []
    if not name.strip():
        reasons.append(Reason("required", _("Name this system: its acts show this name."), "name"))
    if role not in roles_offered(organisation):
        reasons.append(Reason("role", _("A system of your organisation cannot hold this role."), "role"))
    if not asked or set(asked) - SCOPES.keys():
        reasons.append(Reason("scope", _("Choose at least one of the scopes offered."), "scopes"))
    if reasons:
        raise Blocked(reasons)
    client_id, secret = f"sys-{secrets.token_hex(10)}", secrets.token_urlsafe(32)
    with transaction.atomic():
        person = Person.objects.create_user(f"{client_id}@{DOMAIN}", last_name=name.strip()[:100], is_active=False)
        membership = join_organisation(person=person, organisation=organisation, role=role, starts_on=civil_date(at))
        client = SystemClient.objects.create(
            client_id=client_id,
            secret_digest=digest_of(secret),
            membership=membership,
            scopes=asked,
            created_by=created_by,
            created_at=at,
        )
    audit.info("system_client_created client=%s role=%s organisation=%s", client_id, role, organisation.pk)
    return client, secret


def clients_of(organisation: Organisation) -> QuerySet[SystemClient]:
    """The systems of an organisation, latest first, each with `last_used_at` read from the log of calls."""
    found = SystemClient.objects.filter(membership__organisation=organisation).select_related("membership__person")
    return found.annotate(last_used_at=Max("tokens__calls__at")).order_by("-created_at", "-pk")


def revoke_client(*, organisation: Organisation, pk: int, at: dt.datetime) -> bool:
    """From now on neither its secret nor its tokens open anything. False when this organisation has no such system."""
    with transaction.atomic():
        own = SystemClient.objects.filter(membership__organisation=organisation, pk=pk)
        client = own.select_related("membership").first()
        if client is None:
            return False
        if client.revoked_at is None:
            own.update(revoked_at=at)
            end_membership(membership=client.membership, on=civil_date(at))
            audit.info("system_client_revoked client=%s", client.client_id)
    return True


def client_with(client_id: str, secret: str, *, at: dt.datetime) -> SystemClient | None:
    """The client that proves to be itself and may still act. Compared in constant time, unknown clients included."""
    found = SystemClient.objects.select_related("membership__person").filter(client_id=client_id).first()
    known = found.secret_digest if found else digest_of("")
    proved = secrets.compare_digest(known, digest_of(secret))
    if found is None or not proved or found.revoked_at is not None:
        return None
    return found if found.membership.is_open(civil_date(at)) else None
