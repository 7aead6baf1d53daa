"""`manage.py publish_api`: writes docs/api/openapi.json, or with --check says whether it is up to date."""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import translation

from api.views.schema import document


def published() -> str:
    """The OpenAPI document as it is committed: in English, keys in the order in which they are read."""
    with translation.override("en"):
        return json.dumps(document(), indent=1, ensure_ascii=False) + "\n"


class Command(BaseCommand):
    help = "Write the OpenAPI document of the REST API to docs/api/openapi.json."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="write nothing; fail when the file is out of date")

    def handle(self, *args: Any, **options: Any) -> None:
        path = settings.BASE_DIR / "docs" / "api" / "openapi.json"
        text = published()
        if not options["check"]:
            path.write_text(text)
            self.stdout.write(f"{path} written")
        elif not path.exists() or path.read_text() != text:
            raise CommandError("docs/api/openapi.json is out of date: run `manage.py publish_api`, read what changed")
