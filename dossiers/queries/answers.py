"""The answers of a dossier: as typed, as signed, and what changed between two signatures."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from catalogue.criteria import current_version
from dossiers.forms.base import Answers, FormContext
from dossiers.forms.registry import form_set
from dossiers.models import Dossier, DraftSection, Submission, Title
from workflows.dates import civil_date


def raw_answers(dossier: Dossier) -> dict[str, dict[str, Any]]:
    """What was last typed, valid or not, by section."""
    return {section.section: section.data for section in dossier.sections.all()}


def last_submission(dossier: Dossier) -> Submission | None:
    return dossier.submissions.order_by("-number").first()


def current_answers(dossier: Dossier) -> dict[str, dict[str, Any]]:
    """The answers as last signed, or as last typed while nothing is signed."""
    submission = last_submission(dossier)
    return submission.answers if submission else raw_answers(dossier)


def standing_answers(title: Title) -> dict[str, dict[str, Any]]:
    """What an authorisation says today: a decision on new data, or on the marketing authorisation obtained, changed
    what its own request said."""
    version = title.versions.order_by("-number").first()
    return dict(version.content.get("answers") or {}) if version else {}


def birth_months(dossiers: Iterable[int]) -> dict[int, str]:
    """Month and year of birth ("1958-04") by dossier, as last typed, to tell apart patients of the same initials. One
    query, whatever their number."""
    found = DraftSection.objects.filter(dossier__in=dossiers, section="patient").values_list("dossier", "data")
    return {dossier: str(data.get("birth_month") or "") for dossier, data in found}


def form_context(dossier: Dossier, on: dt.date, answers: Answers | None = None) -> FormContext:
    """What the sections of this dossier may look at. `on` is the civil date at which rules are judged.

    Once filed, the criteria are those of the day of filing: a version published later does not undo a request.
    """
    criteria_on = civil_date(dossier.filed_at) if dossier.filed_at else on
    return FormContext(
        kind=dossier.kind,
        on=on,
        answers=raw_answers(dossier) if answers is None else answers,
        indication=dossier.indication,
        criteria=current_version(dossier.indication, criteria_on) if dossier.indication else None,
        parent_title=dossier.parent_title,
        filed=dossier.filed_at is not None,
    )


@dataclass(frozen=True)
class Change:
    """One field that differs: `section.field`, its words, and both values as signed."""

    where: str
    section: Any
    label: Any
    before: Any
    after: Any


def difference(dossier: Dossier, before: Answers, after: Answers, context: FormContext) -> list[Change]:
    """The fields of `after` that differ from `before`, in the order of the form. `context` carries `after`."""
    changes = []
    for section in form_set(dossier.procedure).bound(context):
        old, new = before.get(section.key, {}), after.get(section.key, {})
        for name in dict.fromkeys([*section.fields, *old, *new]):
            if old.get(name) != new.get(name):
                label = section.fields[name].label if name in section.fields else name
                where = f"{section.key}.{name}"
                changes.append(Change(where, section.title, label or name, old.get(name), new.get(name)))
    return changes
