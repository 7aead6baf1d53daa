"""What is refused of an obligation as it was typed, each fault beside its field."""

from __future__ import annotations

import datetime as dt
from typing import Final

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from documents.models import Attachment
from dossiers.forms.fields import no_national_number
from dossiers.models import Obligation, Title
from dossiers.queries.holders import holders_of
from dossiers.services.obligation_life import OUTLIVING
from workflows.dates import say
from workflows.payload import FIRST_YEAR, LAST_YEAR
from workflows.types import Reason, Text

LONGEST_TEXT: Final = 4_000
LONGEST_LAW: Final = 120
MOST_MONTHS: Final = 60

Kind = Obligation.Kind
OwedBy = Obligation.OwedBy


def clean(text: str) -> str:
    return text.replace("\x00", "").strip()


def faults_of_words(text: str, field: str, when_empty: Text, *, longest: int = LONGEST_TEXT) -> list[Reason]:
    if not text:
        return [Reason("required", when_empty, field)] if when_empty else []
    if len(text) > longest:
        return [Reason("too_long", _("This is too long: %d characters at most.") % longest, field)]
    try:
        no_national_number(text)
    except ValidationError as error:
        return [Reason("national_number", error.message, field)]
    return []


def faults_of_choices(kind: str, owed_by: str) -> list[Reason]:
    faults = []
    if kind not in Kind.values:
        faults.append(Reason("choice", _("Choose what kind of obligation it is."), "kind"))
    if owed_by not in OwedBy.values:
        faults.append(Reason("choice", _("Choose who owes it."), "owed_by"))
    return faults


def faults_of_holder(title: Title, owed_by: str, holder: int | None) -> list[Reason]:
    if holder is None or (owed_by == OwedBy.HOLDER and holder in holders_of(title)):
        return []
    return [Reason("not_a_holder", _("Choose one of the companies that hold this authorisation."), "holder")]


def faults_of_days(
    title: Title, kind: str, owed_by: str, due_on: dt.date, every_months: int | None, today: dt.date
) -> list[Reason]:
    faults = []
    if due_on < today:
        faults.append(Reason("past", _("Choose today or a later day."), "due_on"))
    elif due_on.year > LAST_YEAR:
        faults.append(Reason("date_year", _("Check the year of this date."), "due_on"))
    elif owed_by == OwedBy.HOLDER and kind not in OUTLIVING and due_on > title.in_force_until:
        # It would be cancelled by the end of the title before its day came.
        message = _("The authorisation ends on %(day)s: choose a day until then, or an undertaking, which outlives it.")
        faults.append(Reason("after_the_end", message % {"day": say(title.in_force_until)}, "due_on"))
    if every_months is not None and not 1 <= every_months <= MOST_MONTHS:
        often = _("A number of months from 1 to %(most)d; empty when it is owed once.")
        faults.append(Reason("months", often % {"most": MOST_MONTHS}, "every_months"))
    return faults


def faults_of_done_on(done_on: dt.date, today: dt.date) -> list[Reason]:
    if done_on > today:
        return [Reason("future", _("Write the day it was done, today at the latest."), "done_on")]
    if done_on.year < FIRST_YEAR:
        return [Reason("date_year", _("Check the year of this date."), "done_on")]
    return []


def faults_of_proof(proof: str, document: int | None, shown: Attachment | None, *, is_uploaded: bool) -> list[Reason]:
    faults = faults_of_words(proof, "proof", "")
    if document is not None and shown is None:
        faults.append(Reason("document", _("Choose a document of this file, or add a new one."), "document"))
    if not proof and document is None and not is_uploaded:
        message = _("Say in a few words what was done, or add the document that shows it.")
        faults.append(Reason("required", message, "proof"))
    return faults
