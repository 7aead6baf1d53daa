"""Which of the two ways an early access is asked for (CSP L.5121-12, II), and what both ways share in the forms."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from dossiers.forms.base import FormContext, SectionForm
from dossiers.forms.fields import ask, describe
from workflows.aap_guards import FIRST, POST_MA, PRE_MA

__all__ = [
    "FIRST",
    "MA_OBTAINED",
    "NEW_DATA",
    "NO",
    "PATHWAYS",
    "POST_MA",
    "PRE_MA",
    "YES",
    "YES_NO",
    "past_day",
    "pathway_of",
    "refuse_disorder",
    "refuse_future",
    "without_superseded",
]

PATHWAYS: Final = (
    (PRE_MA, _("Before the marketing authorisation (MA): no MA in this indication yet")),
    (POST_MA, _("After the marketing authorisation (MA): authorised in this indication, not reimbursed yet")),
)
YES, NO = "yes", "no"
YES_NO: Final = ((YES, _("Yes")), (NO, _("No")))

NEW_DATA: Final = "new_data"
MA_OBTAINED: Final = "ma_obtained"


def pathway_of(context: FormContext) -> str:
    """Empty while nobody chose. Once the MA is obtained there is but one way, whatever a copied answer says."""
    if context.kind == MA_OBTAINED:
        return POST_MA
    chosen = context.answers.get("request", {}).get("pathway")
    return chosen if chosen in (PRE_MA, POST_MA) else ""


def past_day(form: SectionForm, name: str, *, days: int) -> None:
    """The field `name` takes a day until today; its example is `days` before."""
    on = form.context.on
    ask(form.fields[name], example=(on - dt.timedelta(days=days)).isoformat())
    describe(form.fields[name], formatMaximum=on.isoformat())


def refuse_future(form: SectionForm, names: Iterable[str]) -> None:
    for name in names:
        day = form.cleaned_data.get(name)
        if day is not None and day > form.context.on:
            form.add_error(name, ValidationError(_("This day is still to come: correct the date."), code="future"))


def refuse_disorder(form: SectionForm, first: str, last: str, message: Any) -> None:
    """`message` beside `last` when it is before `first`."""
    start, end = form.cleaned_data.get(first), form.cleaned_data.get(last)
    if start is not None and end is not None and end < start:
        form.add_error(last, ValidationError(message, code="order"))


def without_superseded(form: SectionForm, answers: dict[str, Any]) -> dict[str, Any]:
    """What another answer made needless is not part of what is signed."""
    for name in form.superseded():
        if name in answers:
            answers[name] = form.fields[name].to_python("")
    return answers
