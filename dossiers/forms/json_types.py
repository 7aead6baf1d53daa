"""Systems send JSON: an answer of another type than its field's is a wrong answer, never read as something else.

Django reads the number 5 as the text "5" and the list [0] as a ticked box. On screen neither can be typed.
"""

from __future__ import annotations

from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from dossiers.forms.fields import CodesField, LinesField
from workflows.types import Text

TICKS: Final = frozenset({"true", "false", "on", "off", "1", "0"})
"""What a browser, or a form kept before, gives for a box."""


def mistyped(field: forms.Field, value: Any) -> Text:
    """What is wrong with the JSON type of `value` for `field`; empty when nothing is, or when the field says it."""
    if value is None or value == "":
        return ""
    if hasattr(field, "columns"):  # a `RowsField`, which asks here about each of its cells
        return "" if isinstance(value, list | tuple) else _("A list of rows is expected.")
    if isinstance(field, CodesField):
        fine = isinstance(value, list | tuple) and all(isinstance(one, str) for one in value)
        return "" if fine else _("A list of texts is expected.")
    if isinstance(field, LinesField):
        lines = [value] if isinstance(value, str) else value
        fine = isinstance(lines, list | tuple) and all(isinstance(one, str) for one in lines)
        return "" if fine else _("A list of texts is expected.")
    if isinstance(field, forms.BooleanField):
        fine = isinstance(value, bool) or (isinstance(value, str) and value.lower() in TICKS)
        return "" if fine else _("Answer true or false.")
    if isinstance(field, forms.ModelChoiceField) or not isinstance(field, forms.CharField | forms.ChoiceField):
        return ""
    return "" if isinstance(value, str) else _("A text is expected.")
