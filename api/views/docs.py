"""/api/docs/: the OpenAPI document as one page to read, with a command and a program for each operation.

Drawn here from the document itself: no library of somebody else, no code in the page, nothing fetched from elsewhere.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from api.problems import TITLES
from api.schema import examples
from api.scopes import SCOPES
from api.views.schema import document
from workflows.types import Text

METHODS: Final = ("get", "post", "patch", "put", "delete")
EVERYWHERE: Final = frozenset({"401", "403", "406", "413", "415", "429"})
"""Statuses that nearly every address can answer, for reasons said once."""
TAGS: Final[dict[str, Text]] = {
    "me": _("Who is calling"),
    "oauth": _("Tokens of systems"),
    "procedures": _("Procedures and their forms"),
    "catalogue": _("Reference data"),
    "dossiers": _("Dossiers"),
    "documents": _("Documents"),
    "messages": _("Messages"),
    "letters": _("Letters"),
    "filing_meetings": _("Meetings before filing an early access"),
    "titles": _("Authorisations"),
    "obligations": _("Obligations of an authorisation"),
    "comments": _("Comments before a sanction"),
    "frameworks": _("Companies of a prescription framework: calls, replies, information material"),
    "cohort": _("Patients of an early access: inclusion and follow-up (PUT-RD)"),
    "examination": _("Who examines a dossier, and what remains to do"),
    "devices": _("Devices under an exemption: units, serious incidents, notification"),
    "missions": _("Experts: what is asked of them, what they answer"),
    "meetings": _("Meetings of advice requests"),
    "register": _("Public register"),
    "verify": _("Verification of a letter"),
    "schema": _("This description"),
}


@login_not_required
@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    """Public, as the description itself is: it says nothing of anybody."""
    described = document()
    context = {
        "groups": _groups(described),
        "statuses": [(status, title) for status, title in TITLES.items() if status != 500],
        "scopes": SCOPES.items(),
        "first_request": _first_request(),
        "shapes": [
            (name, json.dumps(shape, indent=2, ensure_ascii=False))
            for name, shape in described["components"]["schemas"].items()
        ],
    }
    return render(request, "api/docs.html", context)


def _first_request() -> str:
    """A program to copy and run, with the address of this site."""
    text = Path(examples.__file__).with_name("first_request.txt").read_text()
    return text.replace("http://127.0.0.1:8000", settings.SITE_URL)


def marked(text: Text) -> SafeString:
    """What stands between backticks, as code."""
    forms = ("{}", "<code>{}</code>")
    parts = [format_html(forms[rank % 2], one) for rank, one in enumerate(str(text).split("`"))]
    return format_html_join("", "{}", ((part,) for part in parts))


def _groups(described: dict[str, Any]) -> list[dict[str, Any]]:
    """Operations by tag, in the order in which a newcomer needs them."""
    found: dict[str, list[dict[str, Any]]] = {}
    for path, methods in described["paths"].items():
        for method in METHODS:
            if method in methods:
                said = methods[method]
                found.setdefault(said["tags"][0], []).append(_operation(method, path, said, described))
    order = [*(tag for tag in TAGS if tag in found), *sorted(found.keys() - TAGS.keys())]
    return [{"tag": tag, "label": TAGS.get(tag, tag), "operations": found[tag]} for tag in order]


def _operation(method: str, path: str, said: dict[str, Any], described: dict[str, Any]) -> dict[str, Any]:
    site = settings.SITE_URL
    content = said.get("requestBody", {}).get("content", {})
    return {
        "id": said["operationId"],
        "method": method.upper(),
        "path": path,
        "summary": said["summary"],
        "about": marked(said.get("description", "")),
        "scope": next((scope for way in said["security"] for scope in way.get("token", [])), ""),
        "parameters": [
            {**one, "type": _type(one["schema"]), "description": marked(one["description"])}
            for one in said["parameters"]
        ],
        "body": [(media, _type(one["schema"])) for media, one in content.items()],
        "answers": [
            {"status": status, "shapes": _shapes(one), "about": _resolved(one, described)["description"]}
            for status, one in said["responses"].items()
            if status not in EVERYWHERE
        ],
        "everywhere": [status for status in said["responses"] if status in EVERYWHERE],
        "curl": examples.curl(method, path, said, site),
        "httpx": examples.httpx(method, path, said, site),
    }


def _type(schema: dict[str, Any]) -> str:
    """A schema in a few words: its name when it has one."""
    if "$ref" in schema:
        return str(schema["$ref"].rpartition("/")[2])
    if "enum" in schema:
        return " | ".join(map(str, schema["enum"]))
    if schema.get("type") == "array":
        return f"[{_type(schema['items'])}]"
    return ", ".join(schema["properties"]) if "properties" in schema else str(schema.get("type", ""))


def _shapes(answer: dict[str, Any]) -> list[tuple[str, str]]:
    """(media type, name of the shape or "") of what may come."""
    content = answer.get("content", {})
    return [(media, one["schema"].get("$ref", "").rpartition("/")[2]) for media, one in content.items()]


def _resolved(answer: dict[str, Any], described: dict[str, Any]) -> dict[str, Any]:
    name = answer.get("$ref", "").rpartition("/")[2]
    return described["components"]["responses"][name] if name else answer  # type: ignore[no-any-return]
