"""The sections of a request as the screens show them: how far each is, what it says, what it lacks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from dossiers.forms.base import Answers, FormContext, SectionForm
from dossiers.forms.readable import Readable
from dossiers.forms.registry import form_set
from dossiers.models import Dossier
from dossiers.services.filings import may_have_siblings, requests_of
from dossiers.views.applicant.words import ANSWERED_BY, asked_words, words_for
from workflows.types import Actor, Text

COMPLETE, INCOMPLETE, EMPTY = "complete", "incomplete", "empty"
PROGRESS: dict[str, Text] = {COMPLETE: _("complete"), INCOMPLETE: _("to complete"), EMPTY: _("empty")}


@dataclass(frozen=True)
class Step:
    """One entry of the menu beside a draft."""

    key: str
    title: Text
    url: str
    progress: str
    current: bool = False

    @property
    def progress_label(self) -> Text:
        return PROGRESS[self.progress]


@dataclass(frozen=True)
class SectionShown:
    key: str
    title: Text
    answers: list[Readable]
    url: str
    personal: bool = False


def progress_of(form: SectionForm) -> str:
    if form.is_valid():
        # Nothing in it is mandatory and nothing is typed: there is nothing left to do.
        return COMPLETE
    return EMPTY if form.is_empty() else INCOMPLETE


def steps(dossier: Dossier, context: FormContext, current: str = "") -> list[Step]:
    """Every section that applies, in order, with how far it is."""
    return [
        Step(
            key=form.key,
            title=form.title,
            url=reverse("dossiers:edit", args=[dossier.reference, form.key]),
            progress=progress_of(form),
            current=form.key == current,
        )
        for form in form_set(dossier.procedure).bound(context)
    ]


def following(dossier: Dossier, context: FormContext, current: str) -> str:
    """Address of what comes after this section: the next one, the documents after the last."""
    keys = [form.key for form in form_set(dossier.procedure).applicable(context)]
    rank = keys.index(current) + 1 if current in keys else len(keys)
    if rank < len(keys):
        return reverse("dossiers:edit", args=[dossier.reference, keys[rank]])
    return reverse("dossiers:documents", args=[dossier.reference])


def sections_shown(dossier: Dossier, context: FormContext) -> list[SectionShown]:
    """What was answered, section by section, in words. `context` carries the answers to show."""
    shown = []
    for form in form_set(dossier.procedure).bound(context):
        url = reverse("dossiers:edit", args=[dossier.reference, form.key])
        shown.append(SectionShown(form.key, form.title, form.readable(), url, form.personal))
    return shown


@dataclass(frozen=True)
class End:
    """The last entry of the menu beside a draft: where it is read again, or where what was asked is answered."""

    key: str
    title: Text
    url: str


def end_of(dossier: Dossier) -> End:
    if dossier.state in ANSWERED_BY:
        title = _("Questions and answers") if dossier.procedure == "aac" else asked_words(dossier).title
        return End("answers", title, reverse("dossiers:answers", args=[dossier.reference]))
    return End("review", words_for(dossier).read_again, reverse("dossiers:review", args=[dossier.reference]))


def siblings_shown(dossier: Dossier, actor: Actor) -> list[Dossier]:
    """The other requests of its filing, for a request that may have some."""
    if dossier.filing_id is None or not may_have_siblings(dossier):
        return []
    return list(requests_of(dossier, actor).exclude(pk=dossier.pk))


def typed_version(dossier: Dossier, section: str) -> tuple[dict[str, Any], int, Any]:
    """(what is saved, its version, the row or None) of one section; version 0 when nothing was ever saved."""
    saved = dossier.sections.select_related("saved_by").filter(section=section).first()
    return (saved.data, saved.version, saved) if saved else ({}, 0, None)


def with_section(answers: Answers, section: str, data: dict[str, Any]) -> dict[str, Any]:
    return {**answers, section: data}
