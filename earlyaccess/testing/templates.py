"""Makes an undefined variable fail in our templates, and only there: packages' templates rely on the empty string."""

import sys
from types import FrameType
from typing import Any

from django.conf import settings
from django.template import Context, Engine
from django.template.base import FilterExpression, Node

MAY_BE_ABSENT = frozenset({"default", "default_if_none", "yesno"})


class UndefinedVariable(AssertionError):
    pass


class UndefinedVariableFails(str):
    """Stands for Django's `string_if_invalid`, which the engine formats with the name of the undefined variable."""

    def __new__(cls, engine: Engine) -> "UndefinedVariableFails":
        self = super().__new__(cls, "%s")
        self.engine = engine  # type: ignore[attr-defined]
        return self

    def __mod__(self, variable: Any) -> Any:
        frame = sys._getframe(1)
        expression, context = frame.f_locals.get("self"), frame.f_locals.get("context")
        assert isinstance(expression, FilterExpression)
        assert isinstance(context, Context)
        filters = [function.__name__ for function, _arguments in expression.filters]
        origin = _origin(frame)
        if origin.startswith(str(settings.BASE_DIR / "templates")) and not (filters and filters[0] in MAY_BE_ABSENT):
            raise UndefinedVariable(f"{{{{ {variable} }}}} is undefined in {origin}")
        self.engine.string_if_invalid = ""  # type: ignore[attr-defined]
        try:
            return expression.resolve(context)
        finally:
            self.engine.string_if_invalid = self  # type: ignore[attr-defined]


def _origin(frame: FrameType | None) -> str:
    """The file of the innermost template node being drawn."""
    while frame is not None:
        node = frame.f_locals.get("self")
        if isinstance(node, Node) and getattr(node, "origin", None) is not None:
            return str(node.origin.name)
        frame = frame.f_back
    return ""
