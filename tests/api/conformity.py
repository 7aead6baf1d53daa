"""Every answer that a test of this folder gets is held against the OpenAPI document: its status, type and shape."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from django.urls import Resolver404, resolve
from django.utils import translation
from jsonschema import Draft202012Validator

from api.views.schema import document

PARAMETER = re.compile(r"<\w+:(\w+)>")


@cache
def described() -> dict[str, Any]:
    with translation.override("en"):
        return document()


def operation_of(method: str, path: str) -> dict[str, Any] | None:
    """What the document says of this request; None for an address or a method that is not in it."""
    try:
        route = "/" + PARAMETER.sub(r"{\1}", resolve(path).route)
    except Resolver404:
        return None
    return described()["paths"].get(route, {}).get(method.lower())


def problems_of(method: str, path: str, answer: Any) -> list[str]:
    """What the document does not say of this answer."""
    operation = operation_of(method, path)
    if operation is None:
        return []
    status = str(answer.status_code)
    if status not in operation["responses"]:
        return [f"{method} {path}: {status} is not documented"]
    said = operation["responses"][status]
    if "$ref" in said:
        said = described()["components"]["responses"][said["$ref"].rpartition("/")[2]]
    media = answer.get("Content-Type", "").partition(";")[0]
    content = said.get("content", {})
    if media not in content:
        return [f"{method} {path}: {status} comes as {media}, the document says {sorted(content)}"]
    for name in said.get("headers", {}):
        if name not in answer and status != "200":
            return [f"{method} {path}: {status} comes without {name}"]
    if not media.endswith("json"):
        return []
    return [
        f"{method} {path}: {status} {error.json_path} {error.message[:200]}"
        for error in _errors(content[media], answer)
    ]


def _errors(content: dict[str, Any], answer: Any) -> Any:
    validator = Draft202012Validator({**content["schema"], "components": described()["components"]})
    return validator.iter_errors(answer.json())
