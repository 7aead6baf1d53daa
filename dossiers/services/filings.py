"""What a company files at once: one request per indication (CSP R.5121-68), under one reference, sharing documents.

Each request lives its own life once it is begun: what they share is copied from one to the others when somebody says
so, and a document is one file that each of them points to.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from documents import attachments
from documents.errors import BadFile
from documents.models import Attachment
from dossiers.forms.base import Answers
from dossiers.forms.registry import form_set
from dossiers.models import Dossier, Filing
from dossiers.policy import attachments_visible_to, may, visible_to
from dossiers.queries.answers import raw_answers
from dossiers.services import drafts, log, numbers
from dossiers.services.errors import Blocked, Forbidden, NotFound, ServiceError
from dossiers.services.idempotency import earlier_answer, event_of, remember
from dossiers.services.move import move
from workflows.aap_guards import FIRST
from workflows.dates import civil_date
from workflows.types import Actor, Reason

PROCEDURE: Final = "aap"
SERIES: Final = "AAP-F"
MOST_INDICATIONS: Final = 12
"""Requests of one filing: more than was ever seen, less than what one page can account for."""

SHARED: Final = (
    "product", "regulatory", "trials", "quality", "texts", "ma_texts", "gmo", "put_rd", "annexes", "contacts",
)  # fmt: skip
"""Sections that say the same whatever the indication: a new one starts with them."""

COPIED: Final = (*SHARED, "commitments")
"""Sections that may be copied from one request to the others: commitments too, by whoever may make them."""

FILED, REFUSED = "filed", "refused"


@dataclass(frozen=True)
class ToFile:
    """A draft, at the version that the applicant was shown."""

    reference: str
    version: int


@dataclass(frozen=True)
class Outcome:
    """What became of one request: `filed`, under its number, or `refused`, and why."""

    reference: str
    outcome: str
    number: str = ""
    reasons: tuple[Reason, ...] = ()


# ------------------------------------------------------------------------------------------------- beginning


def begin_filing(
    *, answers: Answers, indications: Sequence[Mapping[str, Any]], actor: Actor, key: str, at: dt.datetime
) -> Filing:
    """One draft per indication, each with the same `answers`, under one new reference, in one transaction.

    `indications` are raw answers of the section `indication`. The same `key` gives the same filing. Raises Forbidden
    when the role begins none, Blocked without an indication or with too many, Conflict for a key used otherwise.
    """
    _refuse_a_wrong_count(len(indications))
    request = log.sha256_of(["filing", dict(answers), [dict(one) for one in indications]])
    try:
        with transaction.atomic(durable=True):
            earlier = earlier_answer(actor, key, request)
            if earlier is not None:
                return _filing_of(earlier.dossier)
            begun = [_begin({**answers, "indication": one}, actor, at) for one in indications]
            filing = _new_filing(begun, at)
            remember(actor, key, request, begun[0].events.get(seq=1))
            return filing
    except IntegrityError:
        # The same key pressed at the same instant: the other one made the drafts, ours were undone whole.
        earlier = earlier_answer(actor, key, request)
        if earlier is None:
            raise
        return _filing_of(earlier.dossier)


def _refuse_a_wrong_count(count: int) -> None:
    if count < 1:
        raise Blocked([Reason("no_indication", _("Give one indication at least."), "indications")])
    if count > MOST_INDICATIONS:
        message = _("%d indications in one filing at most: make a second filing.") % MOST_INDICATIONS
        raise Blocked([Reason("too_many", message, "indications")])


def _begin(answers: Answers, actor: Actor, at: dt.datetime) -> Dossier:
    return drafts.create_draft_within(procedure=PROCEDURE, kind=FIRST, actor=actor, answers=answers, parent=None, at=at)


def _new_filing(begun: Sequence[Dossier], at: dt.datetime) -> Filing:
    """Its number is taken last: the series is everybody's."""
    year = civil_date(at).year
    filing = Filing.objects.create(
        reference=numbers.spell(SERIES, year, numbers.next_number(series=SERIES, year=year)),
        organisation_id=begun[0].organisation_id,
        created_at=at,
    )
    for dossier in begun:
        dossier.filing = filing
        dossier.save(update_fields=["filing"])
    return filing


def _filing_of(dossier: Dossier) -> Filing:
    assert dossier.filing is not None  # noqa: S101 - made in the same transaction
    return dossier.filing


def add_indication(
    *, reference: str, indication: Mapping[str, Any], actor: Actor, key: str, at: dt.datetime
) -> Dossier:
    """One more request in the filing of the draft `reference`, which starts with what that draft shares and with its
    documents. Raises NotFound, Forbidden, Blocked when it is no draft of a first request or the filing is full."""
    request = log.sha256_of(["indication", reference, dict(indication)])
    with transaction.atomic(durable=True):
        # Locked first: the same key pressed twice at once waits here, then finds the answer of the first.
        source = _locked_draft(reference, actor)
        earlier = earlier_answer(actor, key, request)
        if earlier is not None:
            return earlier.dossier
        if source.filing_id is None:
            source.filing = _new_filing([source], at)
        _refuse_a_wrong_count(Dossier.objects.filter(filing=source.filing_id).count() + 1)
        added = _begin({**shared_answers(source), "indication": indication}, actor, at)
        added.filing_id = source.filing_id
        added.save(update_fields=["filing"])
        for one in attachments_visible_to(actor).filter(dossier=source, removed_at=None).order_by("pk"):
            attachments.share(attachment=one, dossier=added, actor=actor, at=at)
        remember(actor, key, request, added.events.get(seq=1))
        return added


def _locked_draft(reference: str, actor: Actor) -> Dossier:
    source = visible_to(actor).select_for_update(of=("self",)).filter(reference=reference).first()
    if source is None:
        raise NotFound([Reason("not_found", _("No such file, or it is not yours to see."))])
    ruling = may(actor, "edit", source)
    if not ruling.allowed:
        raise Forbidden(ruling.reasons)
    if not may_have_siblings(source) or source.filed_at is not None:
        message = _("An indication is added while a first request is a draft: begin a new filing.")
        raise Blocked([Reason("not_draft", message)])
    return source


def may_have_siblings(dossier: Dossier) -> bool:
    """Whether this is a request of a kind that is filed for several indications at once."""
    return dossier.procedure == PROCEDURE and dossier.kind == FIRST


def shared_answers(dossier: Dossier) -> dict[str, dict[str, Any]]:
    """What another indication starts with: the sections that say the same, and the pathway. What an older form asked is
    left behind, since a new draft could not show it."""
    raw = raw_answers(dossier)
    forms = {form.key: form for form in form_set(dossier.procedure).sections}
    found = {key: raw[key] for key in SHARED if raw.get(key)}
    if raw.get("request"):
        found["request"] = {"pathway": raw["request"].get("pathway")}
    return {
        key: {name: value for name, value in data.items() if name in forms[key].base_fields}
        for key, data in found.items()
    }


# --------------------------------------------------------------------------------------------------- sharing


def requests_of(dossier: Dossier, actor: Actor) -> QuerySet[Dossier]:
    """Every request of the filing of `dossier` that this actor sees, itself among them, in the order they were begun.
    Of a request that is in no filing: itself."""
    seen = visible_to(actor)
    if dossier.filing_id is None:
        return seen.filter(pk=dossier.pk)
    return seen.filter(filing=dossier.filing_id).order_by("pk")


def share_document(*, attachment: Attachment, actor: Actor, at: dt.datetime) -> tuple[list[str], list[str]]:
    """Put this document on every other request of the filing that still takes documents.

    (references of those that have it now, references of those that are full). Its bytes are stored once.
    """
    given, full = [], []
    for other in requests_of(attachment.dossier, actor).exclude(pk=attachment.dossier_id):
        if not may(actor, "attach", other).allowed:
            continue
        try:
            attachments.share(attachment=attachment, dossier=other, actor=actor, at=at)
        except BadFile:
            full.append(other.reference)
        else:
            given.append(other.reference)
    return given, full


def copy_section(*, reference: str, section: str, actor: Actor, at: dt.datetime) -> list[str]:
    """Write what this draft says in a shared section into the other drafts of its filing, in the place of what they
    say. References of those that changed. Raises NotFound, Forbidden, Blocked for a section that is not shared."""
    form = next((one for one in form_set(PROCEDURE).sections if one.key == section), None)
    if form is None or section not in COPIED:
        raise Blocked([Reason("section", _("This section is about one indication: write it in each request."))])
    source = visible_to(actor).filter(reference=reference).first()
    if source is None:
        raise NotFound([Reason("not_found", _("No such file, or it is not yours to see."))])
    ruling = may(actor, "edit", source)
    if not ruling.allowed:
        raise Forbidden(ruling.reasons)
    if form.only_for and actor.role not in form.only_for:
        raise Forbidden([Reason("role", _("Your role does not allow you to make these statements."))])
    data = raw_answers(source).get(section)
    if not data:
        raise Blocked([Reason("empty", _("This section is still empty here: fill it in first, then copy it."))])
    copied = []
    for other in requests_of(source, actor).filter(filed_at=None, decided_at=None).exclude(pk=source.pk):
        if raw_answers(other).get(section) != data and may(actor, "edit", other).allowed:
            drafts.save_section(reference=other.reference, section=section, data=data, actor=actor, at=at)
            copied.append(other.reference)
    return copied


# ---------------------------------------------------------------------------------------------------- filing


def file_all(*, wishes: Sequence[ToFile], actor: Actor, key: str, at: dt.datetime) -> list[Outcome]:
    """File each of these drafts by the write path, one transaction each; one that is refused stops no other.

    `key` is that of the page: sent twice, each is filed once. Raises Blocked for more than `MOST_INDICATIONS`.
    """
    _refuse_a_wrong_count(len(wishes))
    return [_file(one, actor, f"{key}:{one.reference}", at) for one in wishes]


def _file(one: ToFile, actor: Actor, key: str, at: dt.datetime) -> Outcome:
    earlier = event_of(actor, key)
    if earlier is not None:
        return Outcome(one.reference, FILED, earlier.dossier.filing_number or "")
    try:
        event = move(reference=one.reference, transition="file", actor=actor, version=one.version, key=key, at=at)
    except ServiceError as refusal:
        return Outcome(one.reference, REFUSED, reasons=refusal.reasons)
    return Outcome(one.reference, FILED, event.dossier.filing_number or "")
