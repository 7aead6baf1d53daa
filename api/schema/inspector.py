"""From what each view says of itself (`api.schema.operations`) to an operation of OpenAPI 3.1."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from django.utils.translation import gettext_lazy as _
from drf_spectacular.openapi import AutoSchema

from api.problems import MEDIA_TYPE, TITLES
from api.schema.operations import ETAG, FORM, LOCATION, MULTIPART, Body, Operation
from api.schema.shapes import PATH_PARAMETERS, reference_to
from api.scopes import scope_of
from workflows.payload import payload_schema
from workflows.types import PayloadField

IF_MATCH: Final = "If-Match"
IDEMPOTENCY_KEY: Final = "Idempotency-Key"

_SAID: Final = {200: _("Here it is, or it is done"), 201: _("It is made")}
_HEADERS_IN: Final = {
    IF_MATCH: (
        _("The ETag that was read, or * for whatever the version."),
        {"type": "string", "examples": ['"3"', "*"]},
    ),
    IDEMPOTENCY_KEY: (
        _("Any text of yours, new for each act: sent again with the same request, it gives the same answer."),
        {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]+$"},
    ),
}
_HEADERS_OUT: Final = {
    ETAG: (_("The version, to be sent back as If-Match."), {"type": "string"}),
    LOCATION: (_("Where what was made can be read."), {"type": "string", "format": "uri-reference"}),
}


class Inspector(AutoSchema):
    """An operation that describes itself; a method that does not is no part of the document."""

    def get_operation(self, path: str, path_regex: str, path_prefix: str, method: str, registry: Any) -> Any:
        said: Operation | None = getattr(getattr(self.view, method.lower(), None), "operation", None)
        if said is None:
            return None
        names = re.findall(r"{(\w+)}", path)
        public = self.view.is_public
        found: dict[str, Any] = {
            "operationId": said.id,
            "tags": [said.tag],
            "summary": str(said.summary),
            "parameters": [*_path(names), *_given(said, method)],
            "responses": {},
            "security": [] if public else [{"token": [said.scope or scope_of(self.view, method)]}, {"session": []}],
        }
        if said.about:
            found["description"] = str(said.about)
        if said.body is not None:
            found["requestBody"] = {"required": said.body.required, "content": _content(said.body, said.example)}
        for status, typed in said.answers.items():
            found["responses"][str(status)] = _answer(status, typed, said.headers)
        for status in sorted(_problems(said, has_path=bool(names), public=public) - said.answers.keys()):
            found["responses"][str(status)] = {"$ref": f"#/components/responses/Problem{status}"}
        return found


def _problems(said: Operation, *, has_path: bool, public: bool) -> set[int]:
    common = {406, 429}
    if not public:
        common |= {401, 403}
    if has_path:
        common |= {404}
    if said.body is not None:
        common |= {400, 415}
        if said.body.media != FORM:
            common |= {413}
    if any(one.where == "query" for one in said.params):
        common |= {400}
    return common | said.problems


def _path(names: list[str]) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "in": "path",
            "required": True,
            "description": str(PATH_PARAMETERS[name][0]),
            "schema": PATH_PARAMETERS[name][1],
        }
        for name in names
    ]


def _given(said: Operation, method: str) -> list[dict[str, Any]]:
    found = []
    for one in said.params:
        schema, about = dict(one.schema), str(one.about)
        if one.where == "header":
            about, schema = str(_HEADERS_IN[one.name][0]), dict(_HEADERS_IN[one.name][1])
        found.append(
            {"name": one.name, "in": one.where, "required": one.required, "description": about, "schema": schema}
        )
    return found


def _answer(status: int, typed: Mapping[str, Any], headers: tuple[str, ...]) -> dict[str, Any]:
    found: dict[str, Any] = {
        "description": str(_SAID.get(status, "")) or str(TITLES[status]),
        "content": {media: {"schema": _shape(shape)} for media, shape in typed.items()},
    }
    if headers:
        found["headers"] = {
            name: {"description": str(_HEADERS_OUT[name][0]), "schema": _HEADERS_OUT[name][1]} for name in headers
        }
    return found


def _shape(shape: str | Mapping[str, Any] | tuple[PayloadField, ...]) -> dict[str, Any]:
    if isinstance(shape, str):
        return reference_to(shape)
    return payload_schema(shape) if isinstance(shape, tuple) else dict(shape)


def _content(body: Body, example: Mapping[str, Any] | None) -> dict[str, Any]:
    """{media type: what is read of it}: the fields alone, and with a file when one may come with them."""
    schema = _shape(body.shape)
    if example is None and isinstance(body.shape, tuple):
        example = {field.name: field.example for field in body.shape if field.required}
    found: dict[str, Any] = {"schema": schema}
    if example is not None:
        found["example"] = dict(example)
    if not body.file:
        return {body.media: found}
    parts = {**schema["properties"], body.file: {"type": "string", "format": "binary"}}
    return {body.media: found, MULTIPART: {"schema": {**schema, "properties": parts}}}


def problem_responses() -> dict[str, Any]:
    """One reusable response for each status of the contract."""
    return {
        f"Problem{status}": {
            "description": str(title),
            "content": {MEDIA_TYPE: {"schema": reference_to("Problem")}},
        }
        for status, title in TITLES.items()
    }
