"""Reading a body of JSON strictly: what cannot be kept or answered again is refused at the door."""

from __future__ import annotations

import json
import math
from typing import Any, Final

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from rest_framework.parsers import BaseParser

from api.errors import BadRequest, TooLarge
from dossiers.services.errors import Blocked
from workflows.types import Reason

DEEPEST: Final = 20
"""Levels of lists and objects: an answer has four."""


class StrictJSON(BaseParser):
    """No NaN, no name given twice, no number that overflows, no text that cannot be stored, no nesting made to hurt."""

    media_type = "application/json"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        raw = stream.read(settings.API_LARGEST_JSON + 1)
        if len(raw) > settings.API_LARGEST_JSON:
            raise TooLarge([Reason("too_large", _("Send less at once, or attach a document."))])
        try:
            value = json.loads(raw.decode(), parse_constant=_refuse, parse_float=_finite, object_pairs_hook=_once)
        except (ValueError, RecursionError) as error:
            raise BadRequest([Reason("json", _("This is not JSON that can be read, in UTF-8."))]) from error
        _look_into(value, "", 0)
        return value


def _refuse(name: str) -> Any:
    raise ValueError(name)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A name given twice would be read one way here and another way elsewhere: we do not choose."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name is given twice")
    return found


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return number


def _look_into(value: Any, where: str, depth: int) -> None:
    if depth > DEEPEST:
        raise BadRequest([Reason("too_deep", _("This JSON is nested too deep."), where[:100])])
    if isinstance(value, str) and not _is_storable(value):
        message = _("This text holds characters that cannot be stored: type it again.")
        raise Blocked([Reason("characters", message, where[:100])])
    if isinstance(value, dict):
        for key, one in value.items():
            _look_into(key, where, depth)
            _look_into(one, f"{where}.{key}" if where else key, depth + 1)
    elif isinstance(value, list):
        for one in value:
            _look_into(one, where, depth + 1)


def _is_storable(text: str) -> bool:
    """Neither NUL nor half a surrogate pair: both can be written in JSON, PostgreSQL keeps neither."""
    return "\x00" not in text and not any("\ud800" <= letter <= "\udfff" for letter in text)
