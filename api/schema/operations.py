"""What the OpenAPI document says of one operation, said beside its code.

    @operation("dossiers_retrieve", tag="dossiers", summary=_("..."), answers={200: "Dossier"})
    def get(self, request, reference): ...

The statuses that can come without the view's own doing (no token, wrong scope, too many requests) are added here, so
that each view says only what it adds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from workflows.types import PayloadField, Text

View = TypeVar("View", bound=Callable[..., Any])

JSON: Final = "application/json"
PDF: Final = "application/pdf"
CSV: Final = "text/csv"
BYTES: Final = "application/octet-stream"
MULTIPART: Final = "multipart/form-data"
FORM: Final = "application/x-www-form-urlencoded"

ETAG: Final = "ETag"
LOCATION: Final = "Location"


@dataclass(frozen=True)
class Query:
    """One parameter of the query string."""

    name: str
    schema: Mapping[str, Any]
    about: Text
    where: str = "query"
    required: bool = False


@dataclass(frozen=True)
class Body:
    """`shape` is the name of a component (`api.schema.shapes`), a JSON Schema of its own, or the fields of an act, in
    the language of whoever reads the document. `file` is the part under which a file may come with those fields, as
    multipart/form-data."""

    shape: str | Mapping[str, Any] | tuple[PayloadField, ...]
    media: str = JSON
    required: bool = True
    file: str = ""


@dataclass(frozen=True)
class Operation:
    """Everything about one operation. `answers` is {status: {media type: shape}}."""

    id: str
    tag: str
    summary: Text
    about: Text
    answers: Mapping[int, Mapping[str, str | Mapping[str, Any]]]
    problems: frozenset[int]
    body: Body | None
    params: tuple[Query, ...]
    headers: tuple[str, ...]
    scope: str
    example: Mapping[str, Any] | None


Answer = str | Mapping[str, Any]


def operation(
    operation_id: str,
    *,
    tag: str,
    summary: Text,
    answers: Mapping[int, Answer],
    about: Text = "",
    problems: tuple[int, ...] = (),
    body: Body | None = None,
    params: tuple[Query, ...] = (),
    headers: tuple[str, ...] = (),
    example: Mapping[str, Any] | None = None,
    media: Mapping[str, Answer] | None = None,
    binary: Mapping[int, Mapping[str, Answer]] | None = None,
    scope: str = "",
) -> Callable[[View], View]:
    """Describe the method it decorates. `answers` are {status: shape} in JSON; `media` adds other types to the first;
    `binary` are answers that are no JSON at all.

    `problems` are the statuses that this operation can answer besides the common ones. `scope` is told when it is not
    the one of the method. `example` is a body that may be sent as it stands, shown on the pages of the documentation.
    """

    def describe(method: View) -> View:
        typed: dict[int, dict[str, Answer]] = {status: {JSON: shape} for status, shape in answers.items()}
        typed |= {status: dict(shapes) for status, shapes in (binary or {}).items()}
        if media:
            typed[next(iter(answers))].update(media)
        method.operation = Operation(  # type: ignore[attr-defined]
            id=operation_id,
            tag=tag,
            summary=summary,
            about=about,
            answers=typed,
            problems=frozenset(problems),
            body=body,
            params=params,
            headers=headers,
            scope=scope,
            example=example,
        )
        return method

    return describe
