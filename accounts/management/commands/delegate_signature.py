"""`manage.py delegate_signature EMAIL ...`: record that the head of a body lets one of its members sign."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts.models import Membership
from accounts.services import delegate_signature
from workflows import roles
from workflows.registry import all_procedures


class Command(BaseCommand):
    """Exit status: 0 when the delegation is recorded; 1 when nothing is."""

    help = "Record a delegation of signature, as published: it is printed in letters and checked before each signature."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", help="address with which the signatory signs in")
        parser.add_argument("--role", required=True, choices=sorted(roles.ALL), help="role under which they sign")
        parser.add_argument("--delegator-name", required=True, help="who delegates")
        parser.add_argument("--delegator-title", required=True, help="title of who delegates, as printed in letters")
        parser.add_argument("--reference", required=True, help="reference of the act of delegation")
        parser.add_argument("--procedures", required=True, help="codes of procedures, comma-separated: aac,...")
        parser.add_argument("--from", required=True, dest="starts_on", type=dt.date.fromisoformat, help="YYYY-MM-DD")
        parser.add_argument("--until", dest="ends_on", type=dt.date.fromisoformat, help="last day, YYYY-MM-DD")

    def handle(self, *args: Any, **options: Any) -> None:
        procedures = [code.strip() for code in options["procedures"].split(",") if code.strip()]
        unknown = sorted(set(procedures) - {one.code for one in all_procedures()})
        if unknown:
            raise CommandError(f"No such procedure: {', '.join(unknown)}.")
        membership = _open_membership(options["email"], options["role"])
        try:
            delegation = delegate_signature(
                membership=membership,
                delegator_name=options["delegator_name"],
                delegator_title=options["delegator_title"],
                reference=options["reference"],
                procedures=procedures,
                starts_on=options["starts_on"],
                ends_on=options["ends_on"],
            )
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        until = f" until {delegation.ends_on}" if delegation.ends_on else ""
        self.stdout.write(
            f"{membership.person.full_name} signs for {delegation.delegator_name} "
            f"({', '.join(delegation.procedures)}) from {delegation.starts_on}{until}."
        )


def _open_membership(email: str, role: str) -> Membership:
    found = Membership.objects.open_on(timezone.localdate()).select_related("person")
    held = list(found.filter(person__email=email.strip().lower(), role=role).order_by("pk"))
    if len(held) != 1:
        many = "several memberships" if held else "no membership"
        raise CommandError(f"{email} has {many} with the role {role} today. Nothing is recorded.")
    return held[0]
