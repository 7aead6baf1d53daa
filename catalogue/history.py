"""What changed in the referential, in words, for staff."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, Final

from django.db import models
from django.utils import formats
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _

from catalogue.models import Indication, Medicine, ReferentialChange
from workflows import roles
from workflows.types import Text

MOST: Final = 100


@dataclass(frozen=True)
class ChangeShown:
    """One act. `lines` are (field, before, after) in words; `before` is empty for what is new."""

    at: dt.datetime
    who: str
    role: Text
    act: Text
    indication: str
    lines: list[tuple[Text, str, str]]


def history_of(medicine: Medicine) -> list[ChangeShown]:
    """The latest acts on a medicine and its indications, newest first, in one query."""
    found = ReferentialChange.objects.filter(medicine=medicine).select_related("indication").order_by("-id")[:MOST]
    return [
        ChangeShown(
            at=one.at,
            who=one.actor_name,
            role=roles.LABELS.get(one.actor_role, one.actor_role),
            act=one.get_act_display(),
            indication=one.indication.label if one.indication else "",
            lines=_lines(Indication if one.indication_id else Medicine, one.changes),
        )
        for one in found
    ]


def _lines(model: Any, changes: dict[str, list[Any]]) -> list[tuple[Text, str, str]]:
    """In the order of the model: JSON of the database keeps none."""
    fields = [field for field in model._meta.concrete_fields if field.name in changes]
    return [(field.verbose_name, *(_said(field, value) for value in changes[field.name])) for field in fields]


def _said(field: Any, value: Any) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    day = parse_date(value) if isinstance(field, models.DateField) else None
    return formats.date_format(day, "j F Y") if day else str(value)
