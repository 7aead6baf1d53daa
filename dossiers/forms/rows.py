"""A small table typed row by row."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from dossiers.forms.fields import no_national_number
from dossiers.forms.json_types import mistyped
from dossiers.forms.readable import as_mapping, readable


class RowsInput(forms.Widget):
    """A small table typed row by row. Reads a list of rows, or a posted form (`name-0-column`). `on_a_line`: its cells
    are short, and a row is one line where there is room."""

    template_name = "dossiers/applicant/widgets/rows.html"
    on_a_line = False

    def __init__(self, columns: Mapping[str, forms.Field], most: int, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs)
        self.columns, self.most, self.blank_rows = columns, most, 0

    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> list[dict[str, Any]]:
        whole = data.get(name)
        if isinstance(whole, list | tuple):
            return [dict(row) if isinstance(row, Mapping) else {"": row} for row in whole]
        ranks = sorted(
            {int(found[1]) for key in data if (found := re.fullmatch(rf"{re.escape(name)}-(\d{{1,3}})-\w+", str(key)))}
        )
        rows = [
            {
                column: one.widget.value_from_datadict(data, files, f"{name}-{rank}-{column}")
                for column, one in self.columns.items()
            }
            for rank in ranks[: self.most + 1]
        ]
        return [row for row in rows if any(str(value or "").strip() for value in row.values())]

    def value_omitted_from_data(self, data: Mapping[str, Any], files: Any, name: str) -> bool:
        return name not in data and not any(str(key).startswith(f"{name}-") for key in data)

    def id_for_label(self, id_: str) -> str:
        return f"{id_}-0-{next(iter(self.columns))}"

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        rows = list(value) if isinstance(value, list | tuple) else []
        rows += [{}] * max(self.blank_rows, 0 if rows else 1)
        context["rows"] = [self._cells(name, rank, as_mapping(row)) for rank, row in enumerate(rows[: self.most])]
        context["may_add"] = len(rows) < self.most
        context["on_a_line"] = self.on_a_line
        return context

    def _cells(self, name: str, rank: int, row: Mapping[str, Any]) -> list[dict[str, Any]]:
        cells = []
        for column, one in self.columns.items():
            id_ = f"id_{name}-{rank}-{column}"
            css = "fr-select" if isinstance(one.widget, forms.Select) else "fr-input"
            control = one.widget.render(f"{name}-{rank}-{column}", row.get(column), {"id": id_, "class": css})
            cells.append({"id": id_, "label": one.label, "hint": one.help_text, "control": control})
        return cells


class RowsField(forms.Field):
    """A list of rows with the same columns: [{"treatment": "Riluzole", ...}] once clean. Empty rows are dropped."""

    def __init__(self, *, columns: Mapping[str, forms.Field], most: int = 20, **kwargs: Any) -> None:
        self.columns, self.most = columns, most
        kwargs.setdefault("widget", RowsInput(columns, most))
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> list[Mapping[str, Any]]:
        if value in (None, ""):
            return []
        if not isinstance(value, list | tuple):
            raise ValidationError(_("A list of rows is expected."), code="rows")
        return [
            row for row in value if not isinstance(row, Mapping) or any(str(one or "").strip() for one in row.values())
        ]

    def never_kept(self, value: Any) -> None:
        for row in value if isinstance(value, list | tuple) else [value]:
            for column, cell in as_mapping(row).items():
                no_national_number(column)
                no_national_number(cell)

    def clean(self, value: Any) -> list[dict[str, Any]]:
        rows = self.to_python(value)
        if self.required and not rows:
            raise ValidationError(self.error_messages["required"], code="required")
        if len(rows) > self.most:
            raise ValidationError(_("%(most)d rows at most."), code="too_many", params={"most": self.most})
        problems: list[ValidationError] = []
        clean = [self._clean_row(rank, row, problems) for rank, row in enumerate(rows, 1)]
        if problems:
            raise ValidationError(problems)
        return clean

    def _clean_row(self, rank: int, row: Any, problems: list[ValidationError]) -> dict[str, Any]:
        known: dict[str, Any] = {}
        if not isinstance(row, Mapping):
            problems.append(ValidationError(_("Row %(rank)d is not a row."), code="row", params={"rank": rank}))
            return known
        for column in row.keys() - self.columns.keys():
            # A row that was no object comes under an empty name.
            named = {"rank": rank, "column": str(column)[:100]}
            unread = _("Row %(rank)d: “%(column)s” is not read here: remove it.")
            message = unread if column else _("Row %(rank)d is not a row.")
            problems.append(ValidationError(message, code="unknown_field", params=named))
        for column, one in self.columns.items():
            try:
                if wrong := mistyped(one, row.get(column)):
                    raise ValidationError(wrong, code="type")  # type: ignore[arg-type]
                known[column] = one.clean(row.get(column))
            except ValidationError as error:
                problems += [
                    ValidationError(
                        _("Row %(rank)d, %(column)s: %(message)s"),
                        code="row",
                        params={"rank": rank, "column": one.label, "message": message},
                    )
                    for message in error.messages
                ]
        return known

    def readable(self, value: Any) -> str:
        if not isinstance(value, list | tuple):
            return str(value or "")
        sentences = []
        for row in value:
            given = as_mapping(row)
            cells = ((one.label, readable(one, given.get(column))) for column, one in self.columns.items())
            said = (gettext("%(label)s: %(text)s") % {"label": label, "text": shown} for label, shown in cells if shown)
            sentences.append(" · ".join(said))
        return "\n".join(sentence for sentence in sentences if sentence)
