"""The questions, each with the applicant's own answer to it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from dossiers.forms.base import SectionForm
from dossiers.forms.fields import ask
from dossiers.forms.readable import as_mapping
from dossiers.forms.rows import RowsField
from workflows.advice_guards import MOST_QUESTIONS, SCIENTIFIC_OPINION
from workflows.types import Text

MOST: Final = 20
LONG: Final = 4_000


class QuestionsField(RowsField):
    """Questions with their positions, read one under the other: they are paragraphs, not cells."""

    def readable(self, value: Any) -> str:
        rows = value if isinstance(value, list | tuple) else []
        return "\n\n".join(_said(rank, as_mapping(row)) for rank, row in enumerate(rows, start=1))


def _said(rank: int, row: Mapping[str, Any]) -> str:
    question, position = str(row.get("question") or ""), str(row.get("position") or "")
    said = f"{rank}. {question}"
    own = gettext("Applicant's position: %s") % position
    return f"{said}\n{own}" if position else said


def _cell(label: Text, *, rows: int, required: bool = True) -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": rows, "autocomplete": "off"})
    return forms.CharField(label=label, required=required, max_length=LONG, widget=widget)


def _questions(most: int, hint: Text) -> QuestionsField:
    field = QuestionsField(
        columns={
            "question": _cell(_("Question"), rows=3),
            "position": _cell(_("Your own position, and why"), rows=5, required=False),
        },
        most=most,
        label=_("Questions"),
        help_text=hint,
        error_messages={"required": _("Write at least one question: ANSM answers what is asked.")},
    )
    example = {
        "question": "Le logiciel est-il un dispositif médical au sens du règlement (UE) 2017/745 ?",
        "position": "Oui : sa finalité est médicale et son résultat concerne un patient donné.",
    }
    return ask(field, example=[example])


class QuestionsForm(SectionForm):
    key = "questions"
    title = _("Questions")
    intro = _("One row per question. ANSM answers each of them, on the ground of your own position.")

    questions = _questions(MOST, _("Precise questions get precise answers. Your position helps, even as a draft."))

    def build(self) -> None:
        if self.context.kind == SCIENTIFIC_OPINION:
            hint = _("Ten questions at most, each with your own position.")
            self.fields["questions"] = _questions(MOST_QUESTIONS, hint)

    def clean(self) -> dict[str, Any]:
        return super().clean() or {}
