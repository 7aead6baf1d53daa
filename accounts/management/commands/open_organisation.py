"""`manage.py open_organisation NAME ...`: a new organisation and its first member, who invites the others."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from accounts.mails import first_path, send_invitation
from accounts.services import invite, open_organisation
from workflows import roles


class Command(BaseCommand):
    """Exit status: 0 when both exist and the invitation left; 1 when nothing is kept."""

    help = "Open an organisation and mail its first member, its administrator unless said otherwise, an invitation."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="name of the organisation, as printed in letters")
        parser.add_argument("--kind", required=True, choices=sorted(roles.ROLES_BY_ORGANISATION_KIND))
        parser.add_argument("--email", required=True, help="address of the first member")
        parser.add_argument("--first-name", required=True)
        parser.add_argument("--last-name", required=True)
        parser.add_argument("--role", nargs="+", default=[roles.ORG_ADMIN], choices=sorted(roles.ALL))
        parser.add_argument("--siren", default="", help="of a company; a project needs none")
        parser.add_argument("--finess", default="", help="geographic number of a hospital")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            # The mail is inside: an organisation whose first member was never told would be nobody's.
            with transaction.atomic():
                organisation = open_organisation(
                    kind=options["kind"], name=options["name"], siren=options["siren"], finess_et=options["finess"]
                )
                held = [
                    invite(
                        organisation=organisation,
                        email=options["email"],
                        first_name=options["first_name"],
                        last_name=options["last_name"],
                        role=role,
                        on=timezone.localdate(),
                    )
                    for role in dict.fromkeys(options["role"])
                ]
                link = f"{settings.SITE_URL}{first_path(held[0].person)}"
                send_invitation(membership=held[0], link=link)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        said = ", ".join(str(roles.LABELS[one.role]) for one in held)
        self.stdout.write(f"{organisation.name} is open. {held[0].person.email} is invited as: {said}.")
