"""Renewing several authorisations at once: one request each, one transaction each, and an account of every one.

What the law asks for each patient (CSP R.5121-74-4: the clinical data since the last grant) is given for each; the
statement that it is useful to go on may be made once for all those named above it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from dossiers.forms.base import Answers
from dossiers.forms.registry import form_set
from dossiers.models import Dossier, Title
from dossiers.models.title import continuing
from dossiers.policy import titles_visible_to, visible_to
from dossiers.queries.answers import current_answers, form_context, raw_answers
from dossiers.queries.facts import facts_of
from dossiers.queries.hospital import open_renewal
from dossiers.services import drafts
from dossiers.services.errors import Blocked, ServiceError
from dossiers.services.idempotency import event_of
from dossiers.services.move import move
from workflows.dates import civil_date
from workflows.engine import judge
from workflows.registry import TITLE, procedure
from workflows.types import Actor, Reason

MOST_AT_ONCE: Final = 50
"""Requests begun or signed by one press: what one person can answer for in one sitting, and one answer of the site."""

UNDERTAKINGS: Final = "undertakings"
BEGUN, UNDER_WAY, SIGNED, REFUSED = "begun", "under_way", "signed", "refused"


@dataclass(frozen=True)
class Wish:
    """A title to renew, and what was typed for it: raw answers by section, added to what its last request says."""

    number: str
    answers: Answers


@dataclass(frozen=True)
class ToSign:
    """A request, at the version that the signer was shown."""

    reference: str
    version: int


@dataclass(frozen=True)
class Outcome:
    """What became of one of them: `begun`, `under_way`, `signed` or `refused`, why, and under which reference."""

    subject: str
    outcome: str
    reference: str = ""
    reasons: tuple[Reason, ...] = ()


# ------------------------------------------------------------------------------------------------- beginning


def begin_all(*, wishes: Sequence[Wish], actor: Actor, key: str, at: dt.datetime) -> list[Outcome]:
    """Begin the renewal of each title with what was typed for it, valid or not. Nothing is sent.

    Each stands alone: one that is refused stops no other. `key` is that of the page: sent twice, it begins nothing
    more. Raises Blocked for more than `MOST_AT_ONCE`.
    """
    _refuse_too_many(wishes)
    return [_begin(wish, actor, key, at) for wish in wishes]


def _begin(wish: Wish, actor: Actor, key: str, at: dt.datetime) -> Outcome:
    title = titles_visible_to(actor).select_related("dossier").filter(number=wish.number).first()
    if title is None:
        reason = Reason("not_found", _("No such authorisation, or it is not yours to see."))
        return Outcome(wish.number, REFUSED, reasons=(reason,))
    own_key = f"{key}:{title.number}"
    earlier = event_of(actor, own_key)
    if earlier is not None:
        return Outcome(title.number, BEGUN, earlier.dossier.reference)
    reasons = _why_it_cannot_be_renewed(title)
    if reasons:
        return Outcome(title.number, REFUSED, reasons=reasons)
    try:
        dossier = drafts.create_draft(
            procedure=title.procedure,
            kind="renewal",
            actor=actor,
            answers=_merged(title, wish.answers),
            parent=title.number,
            key=own_key,
            at=at,
        )
    except ServiceError as refusal:
        begun = open_renewal(actor, title)
        if begun:
            return Outcome(title.number, UNDER_WAY, begun)
        return Outcome(title.number, REFUSED, reasons=refusal.reasons)
    return Outcome(title.number, BEGUN, dossier.reference)


def _why_it_cannot_be_renewed(title: Title) -> tuple[Reason, ...]:
    if TITLE.state(title.state).final:
        return (Reason("ended", _("This authorisation has ended: make a new request.")),)
    successor = continuing(title.chain, title.renewal_rank).last()
    if successor is not None:
        return (Reason("renewed", _("This authorisation is already renewed: %s.") % successor.number),)
    return ()


def _merged(title: Title, typed: Answers) -> dict[str, dict[str, Any]]:
    """The typed fields in the midst of the sections that the last request fills."""
    prefilled = form_set(title.procedure).prefill(current_answers(title.dossier))
    sections = {section: dict(data) for section, data in prefilled.items()}
    for section, data in typed.items():
        sections[section] = {**sections.get(section, {}), **data}
    return sections


def _refuse_too_many(wanted: Sequence[object]) -> None:
    if len(wanted) > MOST_AT_ONCE:
        message = _("%d at once at most: do the others afterwards.") % MOST_AT_ONCE
        raise Blocked([Reason("too_many", message)])


# --------------------------------------------------------------------------------------------------- signing


def still_needed(dossier: Dossier, on: dt.date) -> tuple[Reason, ...]:
    """What stops this draft from being signed, its undertakings aside: they are given with the signature."""
    _answers, missing = form_set(dossier.procedure).strict(form_context(dossier, on))
    return _but_undertakings(missing)


def _but_undertakings(reasons: Iterable[Reason]) -> tuple[Reason, ...]:
    return tuple(reason for reason in reasons if reason.field.partition(".")[0] != UNDERTAKINGS)


def sign_all(
    *, requests: Sequence[ToSign], undertakings: Mapping[str, Any], actor: Actor, key: str, at: dt.datetime
) -> list[Outcome]:
    """Sign each draft that is complete, under `undertakings` that were given once for all of them.

    One transaction each, by the write path; one that cannot be signed says why and stops no other. `key` is that of the
    page: sent twice, each is signed once. Raises Blocked for more than `MOST_AT_ONCE`.
    """
    _refuse_too_many(requests)
    return [_sign(one, undertakings, actor, key, at) for one in requests]


def _sign(one: ToSign, undertakings: Mapping[str, Any], actor: Actor, key: str, at: dt.datetime) -> Outcome:
    own_key = f"{key}:{one.reference}"
    if event_of(actor, own_key) is not None:
        return Outcome(one.reference, SIGNED, one.reference)
    dossier = visible_to(actor).filter(reference=one.reference).first()
    if dossier is None:
        reason = Reason("not_found", _("No such file, or it is not yours to see."))
        return Outcome(one.reference, REFUSED, reasons=(reason,))
    reasons = _why_it_is_not_signed(dossier, one.version, actor, at)
    if reasons:
        return Outcome(one.reference, REFUSED, one.reference, reasons)
    # Any change since the signer looked, other than these undertakings, is refused as stale.
    before = raw_answers(dossier).get(UNDERTAKINGS, {})
    gained = int(before != dict(undertakings))
    kept = None
    try:
        kept = drafts.save_section(reference=one.reference, section=UNDERTAKINGS, data=undertakings, actor=actor, at=at)
        move(
            reference=one.reference,
            transition="sign",
            actor=actor,
            version=one.version + gained,
            key=own_key,
            at=at,
        )
    except ServiceError as refusal:
        if kept is not None and gained:
            _take_back(one.reference, before, kept.version, actor, at)
        return Outcome(one.reference, REFUSED, one.reference, refusal.reasons)
    return Outcome(one.reference, SIGNED, one.reference)


def _take_back(reference: str, before: Mapping[str, Any], version: int, actor: Actor, at: dt.datetime) -> None:
    """What was stated for a signature that another act prevented meanwhile, unless it was written over since."""
    with suppress(ServiceError):
        drafts.save_section(
            reference=reference, section=UNDERTAKINGS, data=before, actor=actor, base_version=version, at=at
        )


def _why_it_is_not_signed(dossier: Dossier, version: int, actor: Actor, at: dt.datetime) -> tuple[Reason, ...]:
    """Asked before the undertakings are kept: they belong to a signature, not to a draft that waits."""
    table = procedure(dossier.procedure, dossier.workflow_version)
    if dossier.state != table.initial:
        return (Reason("not_draft", _("This request is no longer a draft: it is signed already, or withdrawn.")),)
    context = form_context(dossier, civil_date(at))
    undertakings = form_set(dossier.procedure).section(UNDERTAKINGS, context)
    if undertakings is None or (undertakings.only_for and actor.role not in undertakings.only_for):
        return (Reason("role", _("A prescriber must make these statements.")),)
    if dossier.version != version:
        return (Reason("stale", _("This request has changed since you opened this page: read it again, then sign.")),)
    verdict = judge(table, "sign", facts_of(dossier, actor, at, {}), actor, at)
    return _but_undertakings(verdict.reasons)
