"""How the answers of a procedure are typed: sections, each a small Django form.

A draft keeps what was typed, valid or not; strictness waits for signing. A procedure gives one `FormSet` (see
`dossiers.forms.registry`) and everything else - drafts, review page, submissions, differences, API - reads it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import Truncator
from django.utils.translation import gettext

from dossiers.forms.documents import KINDS
from dossiers.forms.fields import no_national_number
from dossiers.forms.json_types import mistyped
from dossiers.forms.readable import Readable, readable
from workflows.types import Reason, Text

LONGEST_LABEL = 90
"""Characters of a label quoted before what is wrong: statements to tick are whole sentences."""

Answers = Mapping[str, Mapping[str, Any]]
"""{section: {field: value}}: raw in a draft, cleaned and JSON-ready in a submission."""


@dataclass(frozen=True)
class FormContext:
    """What a section may look at besides its own fields. `answers` are the raw answers of all sections. `filed`: the
    request was sent, and what suited on that day is not judged again."""

    kind: str
    on: dt.date
    answers: Answers = field(default_factory=dict)
    indication: Any = None
    criteria: Any = None
    parent_title: Any = None
    filed: bool = False


class SectionForm(forms.Form):
    """One short page of the request. Subclasses set `key`, `title`, and `applies` when not every dossier has it.

    `law` is the legal reference of what is asked. `must_have` names fields that are not `required` by themselves
    (something else may stand for them) but that a client which fills by rote should give. `personal`: holds data about
    the patient. `fields_of_context`: it has fields that only the context tells. `only_for`: roles that may write it,
    empty when whoever edits the request may. For systems: `only_if` is the answer (section, field, value) with which
    the section applies when it depends on one, and `rules` are fragments of JSON Schema for what holds between fields.
    """

    key: str = ""
    title: Text = ""
    intro: Text = ""
    law: str = ""
    must_have: tuple[str, ...] = ()
    personal: bool = False
    only_for: frozenset[str] = frozenset()
    fields_of_context: bool = False
    only_if: tuple[str, str, Any] | None = None
    rules: tuple[Mapping[str, Any], ...] = ()
    # A draft keeps anything: the browser must not refuse to send what is not finished.
    use_required_attribute = False

    def __init__(self, data: Mapping[str, Any] | None = None, *, context: FormContext, **kwargs: Any) -> None:
        self.context = context
        super().__init__(data, prefix=None, **kwargs)
        self.build()

    def build(self) -> None:
        """Hook for fields that depend on the context (one field per grant criterion)."""

    @classmethod
    def applies(cls, context: FormContext) -> bool:
        return True

    def clean(self) -> dict[str, Any]:
        for name, one in self.fields.items():
            wrong = mistyped(one, self.data.get(name))
            if wrong and name not in self.errors:
                self.add_error(name, ValidationError(wrong, code="type"))  # type: ignore[arg-type]
        return super().clean() or self.cleaned_data

    @classmethod
    def typed(cls, data: Mapping[str, Any], context: FormContext) -> dict[str, Any]:
        """The raw answers of this section in a posted form, valid or not, as a draft keeps them."""
        form = cls({}, context=context)
        files: dict[str, Any] = {}
        return {
            name: one.widget.value_from_datadict(data, files, form.add_prefix(name))
            for name, one in form.fields.items()
            if not one.disabled
        }

    @classmethod
    def never_kept(cls, data: Mapping[str, Any]) -> tuple[Reason, ...]:
        """What must not be stored even in a draft, such as a patient's name or national number, and why.

        A field says so by a method of that name, which raises ValidationError.
        """
        reasons = []
        for name, one in cls.base_fields.items():
            refuse = getattr(one, "never_kept", None)
            if refuse is not None and data.get(name) not in (None, ""):
                try:
                    refuse(data[name])
                except ValidationError as error:
                    reasons.append(Reason(error.code or "never_kept", error.messages[0], f"{cls.key}.{name}"))
        # Fields made from the context are not known here, nor those that a system invents: of these, names count too.
        rest = {name: value for name, value in data.items() if name not in cls.base_fields}
        try:
            no_national_number(rest)
        except ValidationError as error:
            reasons.append(Reason("national_number", error.messages[0], cls.key))
        return tuple(reasons)

    def superseded(self) -> frozenset[str]:
        """Fields that no longer count because of another answer: what they hold is kept in a draft, and not read."""
        return frozenset()

    def undrawn(self) -> frozenset[str]:
        """Fields that the screen leaves out. Systems may still give them."""
        return self.superseded()

    def drawn(self) -> list[forms.BoundField]:
        left_out = self.undrawn()
        return [self[name] for name in self.fields if name not in left_out]

    def is_empty(self) -> bool:
        """Nothing typed, whatever the fields start with."""
        return all(not readable(one, self.data.get(name)) for name, one in self.fields.items())

    def readable(self) -> list[Readable]:
        """Label and value of each answer given, in words, from what was typed or from clean answers alike."""
        left_out = self.superseded()
        counted = ((name, one) for name, one in self.fields.items() if name not in left_out)
        pairs = ((name, one, readable(one, self.data.get(name))) for name, one in counted)
        return [Readable(name, one.label or name, shown) for name, one, shown in pairs if shown]

    def json_answers(self) -> dict[str, Any]:
        """The cleaned values as JSON: dates as ISO text, chosen rows as their primary keys. Only after `is_valid`."""
        return {name: as_json(value) for name, value in self.cleaned_data.items()}


def as_json(value: Any) -> Any:
    if isinstance(value, dt.date | dt.datetime):
        return value.isoformat()
    if hasattr(value, "pk"):
        return value.pk
    if isinstance(value, Mapping):
        return {key: as_json(one) for key, one in value.items()}
    if isinstance(value, list | tuple | set):
        return [as_json(one) for one in value]
    if hasattr(value, "as_tuple"):  # Decimal: kept exact, as text
        return str(value)
    return value


@dataclass(frozen=True)
class Derived:
    """Columns of the dossier that are read from the answers, so that lists and rules need not open them."""

    subject: str = ""
    product_label: str = ""
    medicine_id: int | None = None
    indication_id: int | None = None
    urgent: bool = False
    pathway: str = ""


@dataclass(frozen=True)
class StatedProduct:
    """A product in the words of a history. `medicine` and `indication` are rows of the catalogue when it knows them."""

    name: str = ""
    inn: str = ""
    form: str = ""
    strength: str = ""
    indication_text: str = ""
    medicine: Any = None
    indication: Any = None


@dataclass(frozen=True)
class Duty:
    """Something that a grant obliges its holder to: `kind` of an obligation, its words, its law, the last day to do it,
    and how many months later it comes again, if it does."""

    kind: str
    text: Text
    law: str
    due_on: dt.date
    every_months: int | None = None


def no_duties(kind: str, answers: Answers, starts_on: dt.date) -> Iterable[Duty]:
    return ()


def nothing_stated(product: StatedProduct) -> Answers:
    return {}


@dataclass(frozen=True)
class FormSet:
    """The answers of one procedure. `derive` reads columns out of raw answers and never fails on bad ones;
    `product` gives guards what the catalogue says, judged on the answers (`criteria_met`); `prefill` makes the raw
    answers of a renewal from the last submission; `matter` gives the letters what only this procedure's answers know:
    `medicine` (keywords of MedicineMatter), `indication`, `patient` (PatientMatter), `posology`; `stated` says where
    the product of an imported history is written among the answers; `duties`: what the grant of that kind, from its
    first day, obliges its holder to; `document_kinds` are the documents that may be
    attached; `published_needs`: the answers (`section.field`) without which a history known from public sources alone
    is not a request, None when it needs all that any request needs."""

    procedure: str
    version: int
    sections: tuple[type[SectionForm], ...]
    derive: Callable[[Answers], Derived]
    product: Callable[[Any, Answers, dt.date], Mapping[str, Any]]
    prefill: Callable[[Answers], Answers]
    matter: Callable[[Answers], dict[str, Any]]
    stated: Callable[[StatedProduct], Answers] = nothing_stated
    duties: Callable[[str, Answers, dt.date], Iterable[Duty]] = no_duties
    document_kinds: tuple[tuple[str, Text], ...] = KINDS
    published_needs: frozenset[str] | None = None

    def essential(self, reasons: Iterable[Reason]) -> tuple[Reason, ...]:
        """Those that stop a request known from public sources alone: what no such source tells is not missed."""
        needs = self.published_needs
        return tuple(one for one in reasons if needs is None or one.code != "required" or one.field in needs)

    def applicable(self, context: FormContext) -> Iterable[type[SectionForm]]:
        return [section for section in self.sections if section.applies(context)]

    def never_kept(self, section: str, data: Mapping[str, Any]) -> tuple[Reason, ...]:
        """See `SectionForm.never_kept`."""
        return tuple(reason for form in self.sections if form.key == section for reason in form.never_kept(data))

    def section(self, key: str, context: FormContext) -> type[SectionForm] | None:
        return next((section for section in self.applicable(context) if section.key == key), None)

    def bound(self, context: FormContext) -> list[SectionForm]:
        """Every applicable section, filled with the raw answers and ready to be validated."""
        return [section(context.answers.get(section.key, {}), context=context) for section in self.applicable(context)]

    def strict(self, context: FormContext) -> tuple[dict[str, dict[str, Any]], tuple[Reason, ...]]:
        """The clean answers, and everything that stops them from being signed (field = `section.field`)."""
        answers: dict[str, dict[str, Any]] = {}
        reasons: list[Reason] = []
        for form in self.bound(context):
            if form.is_valid():
                answers[form.key] = form.json_answers()
                continue
            for name, errors in form.errors.get_json_data().items():
                where = form.key if name == "__all__" else f"{form.key}.{name}"
                label = form.title if name == "__all__" else form.fields[name].label
                for error in errors:
                    about = Truncator(str(label or "").rstrip(" .?")).chars(LONGEST_LABEL)
                    said = {"label": about, "text": error["message"]}
                    message = gettext("%(label)s: %(text)s") % said if about else error["message"]
                    reasons.append(Reason(error["code"] or "invalid", message, where))
        return answers, tuple(reasons)
