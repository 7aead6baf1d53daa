"""GET schema/: the OpenAPI document."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.generators import SchemaGenerator
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from api.schema.operations import operation
from api.schema.shapes import ANY_OBJECT
from api.views.base import ApiView


class OpenApiJSON(JSONRenderer):
    media_type = "application/vnd.oai.openapi+json"


def document() -> dict[str, Any]:
    """The OpenAPI 3.1 document, in the active language."""
    return SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-any-return]


class Schema(ApiView):
    is_public = True
    authentication_classes = ()
    renderer_classes = (JSONRenderer, OpenApiJSON)

    @operation(
        "schema_retrieve",
        tag="schema",
        summary=_("This API, described as OpenAPI 3.1"),
        answers={200: ANY_OBJECT},
        media={OpenApiJSON.media_type: ANY_OBJECT},
    )
    def get(self, request: Request) -> Response:
        return Response(document())
