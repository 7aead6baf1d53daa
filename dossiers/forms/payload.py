"""The form of an act, made from its row in the procedure's table.

The engine alone judges what was typed, so this form checks nothing: it shows the fields, keeps what was typed, and puts
each refusal beside the field it is about.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from django import forms
from django.forms.utils import ErrorDict
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from workflows.aap_guards import CRITERIA
from workflows.dates import PARIS
from workflows.payload import MAX_ITEMS, form_values
from workflows.types import PayloadField, Reason

FIRST_QUESTIONS: Final = 2
"""Boxes offered at first for a list of questions; the button "Add a question" gives one more, without JavaScript."""

ADD_BUTTON: Final = "add_to"
CRITERIA_CODES: Final = frozenset(code for code, _label in CRITERIA)
LINES: Final = {"questions": _("Question %(rank)d"), "patients": _("Patient %(rank)d")}
"""What each line of a list is called, where it is more than a line."""
_TEXT_ROWS: Final = {"text": 6, "answers": 4, "questions": 2}


@dataclass(frozen=True)
class Group:
    """Fields shown together. `other` and `value`: they count only when that other field has that value. `criterion`:
    the criterion of an early access of which they hold the finding and its reasons; `heard`: what stands beside, for
    whoever judges it."""

    fields: list[forms.BoundField]
    other: str = ""
    value: str = ""
    legend: Any = ""
    help: Any = ""
    adds_to: str = ""
    criterion: str = ""
    heard: Any = None


class PayloadForm(forms.Form):
    """Fields for `spec`. `questions` ({id: text}) are those an `answers` field answers; `offered`: {field: {value:
    words}} of those that offer what only this file knows; `initial` is by payload name.

    With `data`, shows what was typed and `refusals`; `extra` adds that many empty boxes to each list of questions.
    `prefix` tells apart the forms of several acts on one page.
    """

    use_required_attribute = False

    def __init__(
        self,
        spec: tuple[PayloadField, ...],
        data: QueryDict | None = None,
        *,
        initial: Mapping[str, Any] | None = None,
        questions: Mapping[str, str] | None = None,
        offered: Mapping[str, Mapping[str, str]] | None = None,
        refusals: Iterable[Reason] = (),
        extra: int = 0,
        prefix: str | None = None,
    ) -> None:
        super().__init__(data, prefix=prefix)
        self.spec = spec
        self.questions = dict(questions or {})
        self.offered = dict(offered or {})
        self.starting = dict(initial or {})
        self.refusals = tuple(refusals)
        self.extra = extra
        self._names: dict[str, list[str]] = {}
        for one in spec:
            self._add(one)

    # ------------------------------------------------------------------------------------------ fields

    def _add(self, one: PayloadField) -> None:
        if one.kind == "questions":
            typed = self._typed_questions(one)
            for rank in range(1, min(max(len(typed) + self.extra, FIRST_QUESTIONS), MAX_ITEMS) + 1):
                text = typed[rank - 1] if rank <= len(typed) else ""
                label = LINES.get(one.name, _("Line %(rank)d")) % {"rank": rank}
                field = _text_area(one, label, help_text="", required=one.required and rank == 1)
                self._place(one, f"{one.name}.{rank}", field, text)
        elif one.kind == "answers":
            given = self.starting.get(one.name) or {}
            for key, question in self.questions.items():
                self._place(one, f"{one.name}.{key}", _text_area(one, question, help_text=""), given.get(key, ""))
        else:
            self._place(one, one.name, self._single(one), self.starting.get(one.name))

    def _single(self, one: PayloadField) -> forms.Field:
        values = self.offered.get(one.name)
        if values is None:
            return _field(one)
        choices = [("", _("Choose")), *values.items()]
        return forms.ChoiceField(label=one.label, help_text=one.help, required=one.required, choices=choices)

    def _place(self, one: PayloadField, name: str, field: forms.Field, initial: Any) -> None:
        self.fields[name] = field
        self.initial[name] = initial
        self._names.setdefault(one.name, []).append(name)

    def _typed_questions(self, one: PayloadField) -> list[str]:
        if not self.is_bound:
            return list(self.starting.get(one.name) or [])
        ranks = range(1, MAX_ITEMS + 1)
        typed = [self.data.get(self.add_prefix(f"{one.name}.{rank}"), "") for rank in ranks]
        while typed and not typed[-1].strip():
            typed.pop()
        boxes = sum(1 for rank in ranks if self.add_prefix(f"{one.name}.{rank}") in self.data)
        return typed + [""] * max(0, min(boxes, MAX_ITEMS) - len(typed))

    def groups(self) -> Iterator[Group]:
        """The fields in the table's order; a list of questions, and fields under the same condition, go together."""
        pending: list[forms.BoundField] = []
        condition: tuple[str, Any] | None = None
        for one in self.spec:
            bound = [self[name] for name in self._names.get(one.name, [])]
            alone = one.kind == "questions" or criterion_of(one.name)
            if pending and (one.only_if != condition or alone):
                yield self._group(pending, condition)
                pending = []
            condition = one.only_if
            if one.kind == "questions":
                # What one asks is plain; what the lines of another list look like is not.
                told = "" if one.name == "questions" else one.help
                depends = self._group(bound, one.only_if) if one.only_if else Group(bound)
                yield replace(depends, legend=one.label, adds_to=one.name, help=told)
            elif one.name in CRITERIA_CODES:
                yield Group([*bound, self[f"{one.name}_reasons"]], criterion=one.name)
            elif not alone:
                pending += bound
        if pending:
            yield self._group(pending, condition)

    def _group(self, bound: list[forms.BoundField], condition: tuple[str, Any] | None) -> Group:
        if condition is None:
            return Group(bound)
        other = next(one for one in self.spec if one.name == condition[0])
        label = dict(other.choices).get(condition[1], condition[1])
        legend = _("Only if “%(choice)s” is chosen") % {"choice": label}
        return Group(bound, other=self.add_prefix(condition[0]), value=str(condition[1]), legend=legend)

    # ------------------------------------------------------------------------------------- in and out

    def raw(self) -> dict[str, Any]:
        """The payload as typed, in the shape the services take; empty fields are left out of it."""
        start = f"{self.prefix}-" if self.prefix else ""
        posted = {key.removeprefix(start): self.data[key] for key in self.data if key.startswith(start)}
        values = form_values(self.spec, posted)
        for one in self.spec:
            if one.kind == "questions":
                values[one.name] = [text for text in self._typed_questions(one) if text.strip()]
            elif one.kind == "answers":
                values[one.name] = {key: text for key, text in values[one.name].items() if str(text).strip()}
            elif one.kind == "datetime" and one.name in values:
                values[one.name] = _in_paris(values[one.name])
        return {name: value for name, value in values.items() if value not in ("", [], {})}

    def full_clean(self) -> None:
        """Put the refusals in place; a reason about a field that is not here concerns the whole act."""
        self._errors = ErrorDict(renderer=self.renderer)
        self.cleaned_data = {}
        if not self.is_bound:
            return
        for reason in self.refusals:
            names = [reason.field] if reason.field in self.fields else self._names.get(reason.field, [])
            self.add_error(names[0] if names else None, forms.ValidationError(str(reason.message), code=reason.code))


def criterion_of(name: str) -> str:
    """The criterion that a field of a payload is about; empty for any other field."""
    code = name.removesuffix("_reasons")
    return code if code in CRITERIA_CODES else ""


def _in_paris(typed: str) -> str:
    """A browser gives a time without its zone: it is the time in Paris."""
    try:
        moment = dt.datetime.fromisoformat(typed)
    except ValueError:
        return typed
    return typed if moment.tzinfo else moment.replace(tzinfo=PARIS).isoformat()


def _field(one: PayloadField) -> forms.Field:
    shown: dict[str, Any] = {"label": one.label, "help_text": one.help, "required": one.required}
    if one.kind == "text":
        return _text_area(one, one.label, help_text=one.help, required=one.required)
    if one.kind == "choice":
        return forms.ChoiceField(choices=one.choices, widget=forms.RadioSelect, **shown)
    if one.kind == "boolean":
        return forms.BooleanField(**shown)
    types = {"date": "date", "datetime": "datetime-local", "integer": "number"}
    attrs = {"type": types[one.kind], "class": "app-short"} if one.kind in types else {"maxlength": one.max_length}
    return forms.CharField(widget=forms.TextInput(attrs=attrs), **shown)


def _rows(one: PayloadField) -> int:
    return 3 if criterion_of(one.name) else _TEXT_ROWS[one.kind]


def _text_area(one: PayloadField, label: Any, *, help_text: Any, required: bool | None = None) -> forms.Field:
    return forms.CharField(
        label=label,
        help_text=help_text,
        required=one.required if required is None else required,
        widget=forms.Textarea(attrs={"rows": _rows(one), "maxlength": one.max_length}),
    )
