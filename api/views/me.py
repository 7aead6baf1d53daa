"""GET me/: under which name and role these calls are made."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.actors import active_memberships
from accounts.models import Membership
from api.schema.operations import operation
from api.views.base import ApiView
from workflows.dates import civil_date


class Me(ApiView):
    @operation(
        "me_retrieve",
        tag="me",
        summary=_("Whose token this is, what they may act as, and as what they act now"),
        answers={200: "Me"},
    )
    def get(self, request: Request) -> Response:
        auth = request.auth
        memberships = list(active_memberships(auth.person, civil_date(timezone.now())))
        if auth.membership is not None and auth.membership not in memberships:
            memberships.append(auth.membership)
        return Response(
            {
                "account": {
                    "id": auth.person.pk,
                    "email": auth.person.email,
                    "name": auth.person.full_name,
                    "language": auth.person.language,
                },
                "memberships": [_membership(one, active=one == auth.membership) for one in memberships],
                "active_role": auth.membership.role if auth.membership else None,
                "scopes": sorted(auth.scopes),
                "expires_at": auth.token.expires_at if auth.token else None,
            }
        )


def _membership(one: Membership, *, active: bool) -> dict[str, Any]:
    return {
        "id": one.pk,
        "role": one.role,
        "role_label": one.get_role_display(),
        "organisation": {
            "id": one.organisation_id,
            "kind": one.organisation.kind,
            "name": one.organisation.name,
        },
        "active": active,
    }
