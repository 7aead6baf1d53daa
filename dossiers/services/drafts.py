"""Drafts: begun, saved as typed, never lost. Strictness waits for signing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dossiers.forms.base import Answers
from dossiers.forms.registry import form_set
from dossiers.models import Dossier, DraftSection, Title
from dossiers.policy import may, titles_visible_to, visible_to
from dossiers.queries.answers import current_answers, raw_answers, standing_answers
from dossiers.services import log, numbers
from dossiers.services.derived import derive_columns
from dossiers.services.errors import Blocked, Conflict, Forbidden, NotFound, Stale
from dossiers.services.idempotency import earlier_answer, remember
from dossiers.services.stale import refuse_stale
from workflows.dates import civil_date
from workflows.identity import holds_national_number
from workflows.registry import prefix_of
from workflows.registry import procedure as table_of
from workflows.types import Actor, Reason

LONGEST_SECTION = 200_000
"""Characters of JSON one section may hold: more than any real request, less than what would hurt."""


class StaleSection(Stale):
    """Somebody saved this section since it was opened: `theirs` is what they typed. Nothing was overwritten."""

    def __init__(self, section: DraftSection) -> None:
        self.theirs: dict[str, Any] = section.data
        self.version = section.version
        self.saved_at = section.saved_at
        self.saved_by_name = section.saved_by.full_name if section.saved_by else ""
        message = _("This section was changed elsewhere since you opened it: compare both texts, then choose.")
        super().__init__(current_version=section.version, reasons=[Reason("stale_section", message)])


def create_draft(
    *,
    procedure: str,
    kind: str,
    actor: Actor,
    answers: Answers | None = None,
    parent: str | None = None,
    key: str = "",
    at: dt.datetime | None = None,
) -> Dossier:
    """A new draft of the actor's organisation. `parent`: number of the title it renews, whose answers pre-fill it.

    The same `key` with the same request gives the same draft, pressed twice or at once. Raises Forbidden when the role
    makes none, NotFound for an unseen parent, Blocked for a wrong kind or section, Conflict for a key used otherwise.
    """
    given = {section: _storable(data) for section, data in (answers or {}).items()}
    request = log.sha256_of(["create", procedure, kind, given, parent or ""])
    try:
        with transaction.atomic(durable=True):
            earlier = earlier_answer(actor, key, request)
            if earlier is not None:
                return earlier.dossier
            dossier = create_draft_within(
                procedure=procedure, kind=kind, actor=actor, answers=given, parent=parent, at=at or timezone.now()
            )
            remember(actor, key, request, dossier.events.get(seq=1))
            return dossier
    except Conflict:
        # The same key pressed at the same instant: the other one made the draft, ours was undone whole.
        earlier = earlier_answer(actor, key, request)
        if earlier is None:
            raise
        return earlier.dossier


def create_draft_within(
    *, procedure: str, kind: str, actor: Actor, answers: Answers | None, parent: str | None, at: dt.datetime
) -> Dossier:
    """`create_draft` inside a transaction of the caller: for the importer."""
    table = table_of(procedure)
    title = _parent_title(parent, actor) if parent else None
    if title is not None:
        _refuse_a_second_one(title, kind)
    organisation = _refuse_a_wrong_start(table, kind, actor, title)
    prefilled = form_set(procedure).prefill(_said_by(title)) if title else {}
    raw = {**prefilled, **{section: dict(values) for section, values in (answers or {}).items()}}
    on = civil_date(at)
    prefix = f"{prefix_of(procedure)}-D"
    dossier = Dossier(
        reference=numbers.spell(prefix, on.year, numbers.next_number(series=prefix, year=on.year)),
        procedure=procedure,
        workflow_version=table.version,
        kind=kind,
        state=table.initial,
        organisation_id=organisation,
        created_by_id=actor.person_id,
        created_at=at,
        changed_at=at,
        parent_title=title,
        # What ANSM linked for the first request holds for its renewals: the same words are in their answers.
        linked_indication_id=title.dossier.linked_indication_id if title else None,
    )
    _refuse_unknown_sections(procedure, raw)
    _refuse_sections_of_others(procedure, answers or {}, actor)
    _refuse_unknown_fields(procedure, answers or {}, before=prefilled)
    _refuse_what_is_never_kept(procedure, raw)
    derive_columns(dossier, raw)
    dossier.save(force_insert=True)
    DraftSection.objects.bulk_create(
        DraftSection(dossier=dossier, section=section, data=data, saved_at=at, saved_by_id=actor.person_id)
        for section, data in raw.items()
    )
    log.append(
        dossier=dossier,
        verb="create",
        actor=actor,
        at=at,
        machine="dossier",
        target=table.initial,
        payload={"kind": kind, "parent": parent or ""},
    )
    return dossier


def save_section(
    *,
    reference: str,
    section: str,
    data: Mapping[str, Any],
    actor: Actor,
    base_version: int | None = None,
    at: dt.datetime | None = None,
) -> DraftSection:
    """Keep what was typed in one section, valid or not. `base_version` is the section's version when it was opened
    (0: it did not exist; None: not checked). Raises NotFound, Forbidden, Blocked (too long), StaleSection."""
    at = at or timezone.now()
    with transaction.atomic(durable=True):
        dossier = visible_to(actor).select_for_update(of=("self",)).filter(reference=reference).first()
        if dossier is None:
            raise NotFound([Reason("not_found", _("No such file, or it is not yours to see."))])
        ruling = may(actor, "edit", dossier)
        if not ruling.allowed:
            raise Forbidden(ruling.reasons)
        typed = _storable(data)
        _refuse_unknown_sections(dossier.procedure, [section])
        _refuse_sections_of_others(dossier.procedure, {section: typed}, actor)
        _refuse_what_is_never_kept(dossier.procedure, {section: typed})
        saved = dossier.sections.select_related("saved_by").filter(section=section).first()
        if base_version is not None and base_version != (saved.version if saved else 0) and saved is not None:
            if saved.data == typed:
                return saved
            raise StaleSection(saved)
        if saved is None:
            saved = DraftSection(dossier=dossier, section=section, version=0)
        elif saved.data == typed:
            return saved
        saved.data, saved.saved_at, saved.saved_by_id = typed, at, actor.person_id
        saved.version += 1
        saved.save()
        _derive_what_was_sent(dossier, {**raw_answers(dossier), section: typed})
        dossier.version += 1
        dossier.changed_at = at
        dossier.save()
        return saved


def save_answers(
    *,
    reference: str,
    answers: Answers,
    actor: Actor,
    version: int | None = None,
    at: dt.datetime | None = None,
) -> Dossier:
    """Keep what a system gives, in one transaction and one step of the dossier's version; permissive, as a draft is.

    Each field given replaces that field, None removes it, and what is not given stays. `version` is the dossier's when
    it was read (None: not checked). Raises NotFound, Forbidden, Stale, Blocked (unknown section or field, too long,
    never kept).
    """
    at = at or timezone.now()
    with transaction.atomic(durable=True):
        dossier = visible_to(actor).select_for_update(of=("self",)).filter(reference=reference).first()
        if dossier is None:
            raise NotFound([Reason("not_found", _("No such file, or it is not yours to see."))])
        ruling = may(actor, "edit", dossier)
        if not ruling.allowed:
            raise Forbidden(ruling.reasons)
        refuse_stale(dossier, version, actor)
        _refuse_unknown_sections(dossier.procedure, answers)
        _refuse_sections_of_others(dossier.procedure, answers, actor)
        before = raw_answers(dossier)
        _refuse_unknown_fields(dossier.procedure, answers, before=before)
        merged = {section: _storable(_merged(before.get(section, {}), data)) for section, data in answers.items()}
        changed = {section: data for section, data in merged.items() if data != before.get(section, {})}
        if not changed:
            return dossier
        _refuse_what_is_never_kept(dossier.procedure, changed)
        _write_sections(dossier, changed, actor, at)
        _derive_what_was_sent(dossier, {**before, **changed})
        dossier.version += 1
        dossier.changed_at = at
        dossier.save()
        return dossier


def _derive_what_was_sent(dossier: Dossier, raw: Answers) -> None:
    """Of a request that the register publishes while it is examined, the columns say what was sent: what is typed for
    an answer counts when it is sent too (`effects.freeze_submission`)."""
    if dossier.filed_at is None or not table_of(dossier.procedure, dossier.workflow_version).public.filings:
        derive_columns(dossier, raw)


def _merged(before: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in before.items() if name not in given}
    return kept | {name: value for name, value in given.items() if value is not None}


def _write_sections(dossier: Dossier, changed: Answers, actor: Actor, at: dt.datetime) -> None:
    present = {one.section: one for one in dossier.sections.all()}
    for section, data in changed.items():
        saved = present.get(section) or DraftSection(dossier=dossier, section=section, version=0)
        saved.data, saved.saved_at, saved.saved_by_id = dict(data), at, actor.person_id
        saved.version += 1
        saved.save()


# ------------------------------------------------------------------------------------------------ the checks


def _refuse_sections_of_others(procedure: str, answers: Answers, actor: Actor) -> None:
    """What only some roles may state, an undertaking for one, is not written for them by somebody else."""
    reserved = {form.key: form for form in form_set(procedure).sections if form.only_for}
    for section, data in answers.items():
        if section in reserved and data and actor.role not in reserved[section].only_for:
            message = _("Your role does not allow you to fill in “%s”.") % reserved[section].title
            raise Forbidden([Reason("role", message, section)])


def _parent_title(number: str, actor: Actor) -> Title:
    title = titles_visible_to(actor).select_related("dossier").filter(number=number).first()
    if title is None:
        raise NotFound([Reason("not_found", _("No such authorisation, or it is not yours to see."))])
    ruling = may(actor, "renew", title.dossier)
    if not ruling.allowed:
        raise Forbidden(ruling.reasons)
    return title


def _said_by(title: Title) -> Answers:
    """What a request about this title starts from: what it says today, else what its own request said."""
    return standing_answers(title) or current_answers(title.dossier)


def _refuse_a_second_one(title: Title, kind: str) -> None:
    """One request of a kind on a title at a time. Its dossier is locked, so that two who press at once do not both
    begin one."""
    Dossier.objects.select_for_update(of=("self",)).get(pk=title.dossier_id)
    begun = Dossier.objects.filter(parent_title=title, kind=kind, decided_at=None).order_by("-id").first()
    if begun is not None:
        message = _("A request of this kind on this authorisation is already under way: %s.") % begun.reference
        raise Blocked([Reason("renewal_begun", message, "parent")])


def _refuse_a_wrong_start(table: Any, kind: str, actor: Actor, title: Title | None) -> int:
    """The organisation that will own the draft, or the error that says why there will be none."""
    renews = title is not None and title.procedure == table.code
    if actor.organisation_id is None or not (actor.role in table.created_by or (renews and actor.role == "pharmacist")):
        raise Forbidden([Reason("role", _("Your role does not allow you to start this kind of file."))])
    if table.created_in and actor.organisation_kind not in table.created_in:
        raise Forbidden([Reason("role", _("Your organisation cannot start this kind of file."))])
    if kind not in dict(table.kinds):
        raise Blocked([Reason("kind", _("Choose one of the kinds of this procedure."), "kind")])
    if actor.role not in table.kinds_reserved.get(kind, {actor.role}):
        raise Forbidden([Reason("role", _("Your role does not allow you to start this kind of file."))])
    if (kind in table.kinds_on_a_title) != (title is not None):
        message = _(
            "A request of this kind starts from an authorisation: open that authorisation and start from there."
        )
        if kind not in table.kinds_on_a_title:
            message = _("A request of this kind stands alone: it starts from no authorisation.")
        raise Blocked([Reason("parent", message, "parent")])
    if title is not None and title.procedure != table.code:
        raise Blocked([Reason("parent", _("This authorisation is of another procedure."), "parent")])
    return actor.organisation_id


def _refuse_unknown_sections(procedure: str, sections: Iterable[str]) -> None:
    """A section that does not apply today may still be kept: the track may change back, and nothing typed is lost."""
    known = {section.key for section in form_set(procedure).sections}
    for section in sections:
        if section not in known:
            raise Blocked([Reason("section", _("“%s” is not a section of this request.") % section, str(section))])


def _refuse_unknown_fields(procedure: str, answers: Answers, *, before: Answers) -> None:
    """A field that no screen shows would be kept unseen (a patient's name?), and its giver would think it read.

    What is there `before` stays: an older form may have asked it.
    """
    forms = {form.key: form for form in form_set(procedure).sections if not form.fields_of_context}
    unknown = [
        (section, str(name)[:100])
        for section, data in answers.items()
        if section in forms
        for name, value in data.items()
        if value is not None
        and name not in {*forms[section].base_fields, *before.get(section, {})}
        and not holds_national_number(name)
    ]
    if unknown:
        message = _("“%s” is not read here: remove it.")
        raise Blocked([Reason("unknown_field", message % name, f"{section}.{name}") for section, name in unknown])


def _refuse_what_is_never_kept(procedure: str, answers: Answers) -> None:
    """A patient's name or national number is refused even in a draft: what is not stored cannot leak."""
    forms = form_set(procedure)
    reasons = [reason for section, data in answers.items() for reason in forms.never_kept(section, data)]
    if reasons:
        raise Blocked(reasons)


def _storable(data: Mapping[str, Any]) -> dict[str, Any]:
    """The typed values, without the characters that PostgreSQL's clients choke on; refused when far too long."""
    text = log.canonical(dict(data))
    if len(text) > LONGEST_SECTION:
        message = _("This section is too long to be saved: shorten it or attach a document.")
        raise Blocked([Reason("too_long", message)])
    if not _is_encodable(text):
        message = _("This text holds characters that cannot be stored: type it again.")
        raise Blocked([Reason("characters", message)])
    return dict(data)


def _is_encodable(text: str) -> bool:
    """Half a surrogate pair can be written in JSON but not stored."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
