"""`manage.py api_token EMAIL`: prints a bearer token for that account, once."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts.actors import active_memberships
from accounts.models import Membership, Person
from api.scopes import SCOPES
from api.tokens import USUAL_DAYS, create_token
from dossiers.services.errors import Blocked
from workflows.dates import civil_date


class Command(BaseCommand):
    help = "Make an API token for an account and print it. It is shown this once: only its fingerprint is kept."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--role", default="", help="which of the account's memberships acts; the first when absent")
        parser.add_argument("--days", type=int, default=USUAL_DAYS)
        parser.add_argument("--scopes", default=",".join(SCOPES), help="comma-separated: read, write, act")
        parser.add_argument("--name", default="manage.py api_token")

    def handle(self, *args: Any, **options: Any) -> None:
        at = timezone.now()
        person = Person.objects.filter(email=options["email"].strip().lower()).first()
        if person is None or not person.is_active:
            raise CommandError(f"no account may sign in as {options['email']}")
        membership = _membership(list(active_memberships(person, civil_date(at))), options["role"])
        scopes = [one.strip() for one in options["scopes"].split(",") if one.strip()]
        try:
            _token, secret = create_token(
                person=person, membership=membership, name=options["name"], scopes=scopes, days=options["days"], at=at
            )
        except Blocked as error:
            raise CommandError("; ".join(str(reason.message) for reason in error.reasons)) from error
        self.stdout.write(secret)


def _membership(memberships: list[Membership], role: str) -> Membership | None:
    """The one with this role, or the first. None for somebody of no organisation, who may call and sees no file."""
    if role:
        found = next((one for one in memberships if one.role == role), None)
        if found is None:
            held = ", ".join(one.role for one in memberships) or "none"
            raise CommandError(f"this account does not hold the role {role} today (it holds: {held})")
        return found
    return memberships[0] if memberships else None
