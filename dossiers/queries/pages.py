"""What the page of one dossier shows, read in a bounded number of queries, for one audience.

Nothing an audience may not read leaves this module: proposals and notes are simply not in what applicants are given.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from accounts.models import Membership
from catalogue.criteria import RCP_KEY, questions, unmet
from catalogue.criteria import SECTION as CRITERIA_SECTION
from documents.letters.kinds import KINDS
from dossiers.forms.base import Answers, FormContext, SectionForm
from dossiers.forms.readable import Readable
from dossiers.forms.registry import form_set
from dossiers.models import AccessLog, Decision, Dossier, InformationRequest, Message, Party, Submission, Task
from dossiers.policy import (
    agency_of,
    is_staff_side,
    letters_visible_to,
    messages_visible_to,
    visible_to,
)
from dossiers.queries.answers import form_context, raw_answers
from dossiers.queries.timeline import who
from workflows import roles
from workflows.dates import civil_date
from workflows.registry import procedure
from workflows.types import Actor, Text

ACCESSES_SHOWN = 20


@dataclass(frozen=True)
class Section:
    """One section of the answers in words. `law` is the legal reference of what it asks."""

    key: str
    title: Text
    law: str
    answers: list[Readable]


@dataclass(frozen=True)
class Criterion:
    """One grant criterion, what was answered, and whether that meets it."""

    text: Text
    accepted: str
    answer: str
    met: bool
    reason: Text = ""


@dataclass(frozen=True)
class Changed:
    """An answer that differs between two submissions, in words."""

    section: Text
    label: Text
    before: str
    after: str


@dataclass(frozen=True)
class Answered:
    """The answers shown: those of `submission`, or the draft when None. `numbers` are the submissions that exist."""

    sections: list[Section]
    criteria: list[Criterion]
    criteria_version: Any = None
    submission: Submission | None = None
    numbers: list[int] = field(default_factory=list)
    compared_to: Submission | None = None
    changes: list[Changed] = field(default_factory=list)


def dossier_for(actor: Actor | None, reference: str) -> Dossier | None:
    """The dossier with the rows its page needs, or None when it is not this actor's to see."""
    return (
        visible_to(actor)
        .select_related(
            "organisation", "medicine", "indication__medicine", "lead__person", "parent_title__dossier", "title"
        )
        .prefetch_related("recusals")
        .filter(reference=reference)
        .first()
    )


# -------------------------------------------------------------------------------------------------- answers


def answered(
    dossier: Dossier,
    at: dt.datetime,
    *,
    number: int | None = None,
    against: int | None = None,
    sent_only: bool = False,
) -> Answered:
    """The answers of submission `number` (the last when None), compared to `against` (the one before when None).

    An unknown number is the last submission. A draft that was never signed is shown as typed. `sent_only` leaves out
    the versions signed before the one that was filed: the pharmacist returned them, the agency never had them.
    """
    signed = list(dossier.submissions.order_by("number").values_list("number", "at"))
    filed_at = dossier.filed_at if sent_only else None
    returned = [one for one, moment in signed if filed_at is not None and moment <= filed_at][:-1]
    numbers = [one for one, _moment in signed if one not in returned]
    chosen = number if number in numbers else (numbers[-1] if numbers else None)
    earlier = [one for one in numbers if chosen is not None and one < chosen]
    other = against if against in earlier else (earlier[-1] if earlier else None)
    wanted = {one.number: one for one in dossier.submissions.filter(number__in=[one for one in (chosen, other) if one])}
    submission, compared = wanted.get(chosen or 0), wanted.get(other or 0)
    answers = submission.answers if submission else raw_answers(dossier)
    context = form_context(dossier, civil_date(submission.at if submission else at), answers)
    sections = [Section(one.key, one.title, one.law, one.readable()) for one in _bound(dossier, context)]
    said = {section.key: section.answers for section in sections}
    return Answered(
        sections=[one for one in sections if one.answers and one.key != CRITERIA_SECTION],
        criteria=_criteria(said.get(CRITERIA_SECTION), context),
        criteria_version=context.criteria,
        submission=submission,
        numbers=numbers,
        compared_to=compared,
        changes=_changes(dossier, sections, compared.answers, context) if compared else [],
    )


def _bound(dossier: Dossier, context: FormContext) -> list[SectionForm]:
    return form_set(dossier.procedure).bound(context)


def _criteria(answers: list[Readable] | None, context: FormContext) -> list[Criterion]:
    """The table of the criteria, for a request that stands on them."""
    if answers is None or context.criteria is None:
        return []
    said = {one.name: one.value for one in answers}
    clinical = context.answers.get("clinical", {})
    values = {**context.answers.get(CRITERIA_SECTION, {}), RCP_KEY: clinical.get(RCP_KEY)}
    wrong = {one.field.partition(".")[2]: one.message for one in unmet(context.criteria, values, on=context.on)}
    return [
        Criterion(
            one.text,
            one.accepted,
            said.get(one.key) or str(values.get(one.key) or ""),
            one.key not in wrong,
            wrong.get(one.key, ""),
        )
        for one in questions(context.criteria)
    ]


def _changes(dossier: Dossier, sections: list[Section], before: Answers, context: FormContext) -> list[Changed]:
    """Answers that read differently, in the order of the form. Sections whose data are equal are not read again."""
    touched = {key for key in {*before, *context.answers} if before.get(key) != context.answers.get(key)}
    earlier = [
        Section(one.key, one.title, one.law, one.readable())
        for one in _bound(dossier, replace(context, answers=before))
        if one.key in touched
    ]
    old, new = _words(earlier), _words([one for one in sections if one.key in touched])
    changes = []
    for where in dict.fromkeys([*new, *old]):
        was, now = old.get(where), new.get(where)
        title, label, _value = now or was or ("", "", "")
        before_words, after_words = was[2] if was else "", now[2] if now else ""
        if before_words != after_words:
            changes.append(Changed(title, label, before_words, after_words))
    return changes


def _words(sections: list[Section]) -> dict[tuple[str, str], tuple[Text, Text, str]]:
    return {
        (section.key, one.name): (section.title, one.label, one.value)
        for section in sections
        for one in section.answers
    }


# ------------------------------------------------------------------------------------------------- exchanges


@dataclass(frozen=True)
class Line:
    """One message. `staff_side`: written by an agency's agent."""

    body: str
    who: str
    role: Text
    at: dt.datetime
    staff_side: bool


def conversation(dossier: Dossier, actor: Actor) -> tuple[list[Line], list[Line]]:
    """(messages, staff notes), oldest first. The notes are empty for whoever is not staff, and one's own agency's where
    two are concerned."""
    staff = is_staff_side(actor)
    found = messages_visible_to(actor, dossier).order_by("at", "id")
    lines: tuple[list[Line], list[Line]] = ([], [])
    for one in found:
        lines[one.staff_only].append(line(one, staff=staff))
    return lines


def line(one: Message, *, staff: bool) -> Line:
    """One message as this audience reads it."""
    return Line(
        body=one.body,
        who=who(one.author_role, one.author_name, _body_of(one.author_role), staff=staff),
        role=roles.LABELS.get(one.author_role, one.author_role),
        at=one.at,
        staff_side=one.author_role in roles.AGENCY_STAFF,
    )


def _body_of(role: str) -> str:
    if role in roles.ANSM_STAFF:
        return "ANSM"
    return "HAS" if role in roles.HAS_STAFF else str(roles.LABELS[roles.MINISTRY_READER])


@dataclass(frozen=True)
class Asked:
    """An information request with each question and its answer."""

    request: InformationRequest
    pairs: list[tuple[str, str]]
    is_open: bool
    is_late: bool


def questions_asked(dossier: Dossier, on: dt.date) -> list[Asked]:
    """Every information request, latest first."""
    return [
        Asked(
            one,
            [(text, one.answers.get(key, "")) for key, text in one.questions.items()],
            one.closed_at is None,
            one.closed_at is None and one.reply_by is not None and one.reply_by < on,
        )
        for one in dossier.requests.order_by("-number")
    ]


def decisions(dossier: Dossier, *, staff: bool) -> list[Decision]:
    """Latest first: what was signed, and for staff what is or was proposed."""
    found = dossier.decisions.select_related("delegation", "terms", "written_opinion").order_by("-number")
    return list(found if staff else found.filter(signed_at__isnull=False))


# ------------------------------------------------------------------------------------------ around the dossier


@dataclass(frozen=True)
class Letter:
    """A letter by its order: `ready` once issued, else being made (or `failed`, which staff must look into)."""

    number: str
    label: Text
    ordered_at: dt.datetime
    ready: bool
    failed: bool


def letters(dossier: Dossier, actor: Actor) -> list[Letter]:
    """Those that this actor may read, latest first; neither their frozen context nor their PDF is read."""
    found = letters_visible_to(actor).filter(dossier=dossier).order_by("-ordered_at", "-pk")
    return [
        Letter(number, KINDS[kind].label if kind in KINDS else kind, at, state == "issued", state == "failed")
        for number, kind, at, state in found.values_list("number", "kind", "ordered_at", "state")
    ]


def parties(dossier: Dossier) -> list[tuple[Text, str, str]]:
    """(role, name, contact) of those who took part outside the agencies."""
    found = Party.objects.filter(dossier=dossier).select_related("organisation", "membership__person").order_by("id")
    return [(_part(one, dossier), *party_name(one, dossier)) for one in found]


def _part(party: Party, dossier: Dossier) -> Text:
    """What it is on this file: a company heard on the report of another body asks for nothing."""
    heard = party.organisation_id != dossier.organisation_id and party.organisation.kind == roles.COMPANY
    return _("Company") if heard else roles.LABELS.get(party.role, party.role)


def party_name(party: Party, dossier: Dossier) -> tuple[str, str]:
    """(name, contact). Of another organisation than the owner, its own name stands too: alone while nobody acted for
    it."""
    other = party.organisation.name if party.organisation_id != dossier.organisation_id else ""
    if party.membership is None:
        return party.organisation.name, party.organisation.phone
    person = party.membership
    name = f"{person.person.full_name}, {other}" if other else person.person.full_name
    return name, ", ".join(part for part in (person.ward, person.phone) if part)


def tasks(dossier: Dossier, actor: Actor) -> list[Task]:
    """What is left to do on it by the agency of this actor; an auditor reads what either has to."""
    found = Task.objects.filter(dossier=dossier, done_at=None).order_by("created_at", "id")
    return list(found if actor.role == roles.AUDITOR else found.filter(role__in=agency_of(actor.role)))


READINGS: Final[dict[str, Text]] = {
    "page": _("the page"),
    "product": _("the story of the product"),
    "questions": _("the questions"),
    "review": _("the request, before signing"),
    "pharmacy check": _("the pharmacist's check"),
    "draft": _("the draft: %(which)s"),
    "title": _("the authorisation %(which)s"),
    "letter": _("the letter %(which)s"),
    "document": _("the attached document no. %(which)s"),
    "preview": _("a preview of the letter: %(which)s"),
}


def what_was_read(procedure: str, what: str) -> str:
    """`what` as the log keeps it (a word, then what it is about), in the words of the screens."""
    if what in READINGS:
        return str(READINGS[what])
    first, _space, which = what.partition(" ")
    if first not in READINGS or not which:
        return what
    if first == "draft":
        titles = {form.key: form.title for form in form_set(procedure).sections}
        which = str(titles.get(which, which))
    elif first == "preview" and which in KINDS:
        which = str(KINDS[which].label)
    return str(READINGS[first]) % {"which": which}


def accesses(dossier: Dossier) -> list[dict[str, Any]]:
    """The latest readings of the dossier and its files."""
    found = AccessLog.objects.filter(dossier=dossier).order_by("-at")
    rows = found.values("at", "role", "what", "person__first_name", "person__last_name")[:ACCESSES_SHOWN]
    return [
        {
            "at": one["at"],
            "who": f"{one['person__first_name']} {one['person__last_name']}",
            "role": roles.LABELS.get(one["role"], one["role"]),
            "what": what_was_read(dossier.procedure, one["what"]),
        }
        for one in rows
    ]


def assessors(dossier: Dossier, on: dt.date) -> list[tuple[int, str]]:
    """Officers in office who may be given this dossier: (membership, name), the recused left out."""
    recused = dossier.recusals.values("person_id")
    found = (
        Membership.objects.open_on(on)
        .filter(role__in=procedure(dossier.procedure, dossier.workflow_version).led_by)
        .exclude(person_id__in=recused)
        .select_related("person")
        .order_by("person__last_name", "person__first_name", "pk")
    )
    return [(one.pk, one.person.full_name) for one in found]
