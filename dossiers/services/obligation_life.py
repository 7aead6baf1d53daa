"""Obligations follow their title: opened with it, repeated while it lives, carried to its renewal, over when it ends.

Called under the locks of the write path: dossier, then title, then obligation.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterable
from typing import Any, Final

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils import translation
from django.utils.translation import gettext

from dossiers.forms.registry import form_set
from dossiers.models import Dossier, Obligation, Title
from dossiers.models.title import LIVING
from dossiers.queries.answers import current_answers
from dossiers.queries.holders import holders_of, may_have_several
from dossiers.services import log
from workflows.dates import add_months
from workflows.types import Actor

FOLLOW_UP_LAW: Final = "CSP R.5121-74-5"
OUTLIVING: Final = frozenset({Obligation.Kind.UNDERTAKING})
"""Kinds owed whatever becomes of the title: an undertaking is a word given, and it is made for what comes after. What a
report, a notice or a condition is about ends with the authorisation."""

OUTLIVES: Final = Q(owed_by=Obligation.OwedBy.AGENCY) | Q(kind__in=OUTLIVING)
"""What stays owed whatever becomes of the title."""

State = Obligation.State


def outlives(obligation: Obligation) -> bool:
    """`OUTLIVES`, of an obligation in hand."""
    return obligation.owed_by == Obligation.OwedBy.AGENCY or obligation.kind in OUTLIVING


def words(obligation: Obligation) -> dict[str, object]:
    """What an event keeps of an obligation: which one it is, never its text. Of a title that several may hold, whose it
    is too: `policy.reads_note` keeps it from the others."""
    said = {"id": obligation.pk, "obligation": obligation.kind, "due_on": obligation.due_on}
    if obligation.holder is not None and may_have_several(obligation.title):
        said |= {"holder": obligation.holder_id, "company": obligation.holder.name}
    return said


def owe(
    *, title: Title, actor: Actor, at: dt.datetime, holders: Iterable[int] | None = None, **owed: Any
) -> list[Obligation]:
    """Each organisation that holds `title`, or each of `holders`, owes it by itself: what one does frees no other."""
    made = [
        Obligation.objects.create(
            title=title, owed_by=Obligation.OwedBy.HOLDER, holder_id=holder, created_at=at, **owed
        )
        for holder in (holders_of(title) if holders is None else holders)
    ]
    for one in made:
        log.append(dossier=title.dossier, verb="obligation_added", actor=actor, at=at, payload=words(one))
    return made


def open_with(*, title: Title, actor: Actor, at: dt.datetime, due_from: dt.date | None = None) -> None:
    """What a title obliges to from its first day: what its parent still owed, then the follow-up data that the protocol
    of its entry requires (CSP R.5121-74-5). `due_from`, for a title imported during its life: nothing falls due before.
    """
    parent = title.dossier.parent_title
    if parent is not None:
        _carry(parent, title, actor, at)
        _resume(title, actor, at)
    _ask_for_follow_up(title, actor, at, due_from or title.starts_on)
    first_day = title.starts_on
    undertake(title=title, dossier=title.dossier, starts_on=first_day, actor=actor, at=at, due_from=due_from)


def without(title: Title, asked: QuerySet[Obligation]) -> list[int]:
    """Who holds `title` and owes none of `asked`."""
    owing = set(asked.values_list("holder", flat=True))
    return [one for one in holders_of(title) if one not in owing]


def undertake(
    *,
    title: Title,
    dossier: Dossier,
    starts_on: dt.date,
    actor: Actor,
    at: dt.datetime,
    due_from: dt.date | None = None,
) -> None:
    """What the grant of `dossier` obliges the holder of `title` to, as its forms say (`FormSet.duties`), from the day
    `starts_on` of that decision."""
    forms = form_set(dossier.procedure)
    for duty in forms.duties(dossier.kind, current_answers(dossier), starts_on):
        due_on = duty.due_on
        while due_from is not None and due_on < due_from and duty.every_months:
            due_on = add_months(due_on, duty.every_months)
        if due_from is not None and due_on < due_from:
            continue
        # Stored once for all its readers: in the language of the site, as letters are.
        with translation.override(settings.LANGUAGE_CODE):
            text = str(duty.text)
        owe(
            title=title,
            actor=actor,
            at=at,
            kind=duty.kind,
            text=text,
            law=duty.law,
            due_on=due_on,
            every_months=duty.every_months,
        )


def close_with(*, title: Title, actor: Actor, at: dt.datetime) -> None:
    """`title` has just ended: what falls due after its last day goes to its renewal when there is one, of the same
    holder. Else the holder owes it no more, but for what outlives a title. What the agency owes, and what was due
    before, stays. A renewal taken back before its first day first gives back what it had taken over.
    """
    if title.is_taken_back:
        _give_back(title, actor, at)
    renewal = (
        Title.objects.filter(LIVING, chain=title.chain, renewal_rank__gt=title.renewal_rank)
        .order_by("renewal_rank")
        .first()
    )
    if renewal is not None:
        _carry(title, renewal, actor, at)
    for one in _open(title).filter(due_on__gt=title.in_force_until).exclude(OUTLIVES):
        if renewal is not None and _is_owed_under(renewal, one):
            continue
        one.state = State.CANCELLED
        one.closed_at = at
        one.save(update_fields=["state", "closed_at"])
        log.append(dossier=title.dossier, verb="obligation_lapsed", actor=actor, at=at, payload=words(one))


def open_next(*, done: Obligation, titles: Iterable[Title], actor: Actor, at: dt.datetime) -> Obligation | None:
    """The next occurrence of a repeating obligation, counted date to date from the day the last one was due, so that a
    late report moves nothing. On the title of `titles` that has force on that day; None when none has, when it does not
    repeat, or when it is open already."""
    if done.every_months is None or Obligation.objects.filter(previous=done).exists():
        return None
    due_on = add_months(done.due_on, done.every_months)
    under = next((one for one in titles if _lives_on(one, due_on)), None)
    if under is None or not _is_owed_under(under, done):
        return None
    return Obligation.objects.create(
        title=under,
        kind=done.kind,
        owed_by=done.owed_by,
        holder_id=_who_owes(under, done),
        text=done.text,
        law=done.law,
        due_on=due_on,
        every_months=done.every_months,
        previous=done,
        created_by_id=actor.person_id,
        created_at=at,
    )


def _lives_on(title: Title, day: dt.date) -> bool:
    return title.state in ("in_force", "suspended") and title.starts_on <= day <= title.in_force_until


def _is_owed_under(title: Title, owed: Obligation) -> bool:
    """A company that no longer holds a framework owes nothing under its renewal."""
    return owed.holder_id is None or not may_have_several(title) or owed.holder_id in holders_of(title)


def _who_owes(title: Title, owed: Obligation) -> int | None:
    return owed.holder_id if owed.holder_id is None or may_have_several(title) else title.organisation_id


def _open(title: Title) -> QuerySet[Obligation]:
    return Obligation.objects.select_for_update(of=("self",)).filter(title=title, state=State.OPEN).order_by("pk")


def _carry(parent: Title, title: Title, actor: Actor, at: dt.datetime) -> None:
    """What falls due from the first day of the renewal is owed under it, once or repeatedly: renewing frees of nothing.
    The row moves, so that its reminders go on and none is sent again."""
    owed = _open(parent).filter(due_on__gte=title.starts_on)
    _pass_on(owed, "obligation_carried", parent, title, actor, at)


def _give_back(title: Title, actor: Actor, at: dt.datetime) -> None:
    """To the title that it continued, when that one lives: what falls due within its days, and what outlives any."""
    parent = Title.objects.filter(LIVING, renewals=title.dossier_id).first()
    if parent is not None:
        owed = _open(title).filter(OUTLIVES | Q(due_on__lte=parent.in_force_until))
        _pass_on(owed, "obligation_given_back", title, parent, actor, at)


def _pass_on(owed: QuerySet[Obligation], verb: str, giver: Title, taker: Title, actor: Actor, at: dt.datetime) -> None:
    rows = [one for one in owed if _is_owed_under(taker, one)]
    if rows:
        # Its log is written too. Given back, the locks are taken in the other order: see `deadlock`.
        Dossier.objects.select_for_update(of=("self",)).get(pk=taker.dossier_id)
    for one in rows:
        one.title, one.holder_id = taker, _who_owes(taker, one)
        one.save(update_fields=["title", "holder"])
        for dossier, other in ((giver.dossier, taker), (taker.dossier, giver)):
            payload = {**words(one), "title": other.number}
            log.append(dossier=dossier, verb=verb, actor=actor, at=at, payload=payload)


def _resume(title: Title, actor: Actor, at: dt.datetime) -> None:
    """A repeating one done before the renewal, whose next day fell after the last day of the title: it goes on."""
    done = Obligation.objects.select_for_update(of=("self",)).filter(
        title__chain=title.chain, state=State.DONE, every_months__isnull=False, next=None
    )
    for one in done.order_by("pk"):
        opened = open_next(done=one, titles=[title], actor=actor, at=at)
        if opened is not None:
            log.append(dossier=title.dossier, verb="obligation_added", actor=actor, at=at, payload=words(opened))


def _ask_for_follow_up(title: Title, actor: Actor, at: dt.datetime, due_from: dt.date) -> None:
    entry = title.indication
    months = entry.put_followup_months if entry is not None else None
    if entry is None or months is None:
        return
    ranks = itertools.count(1)
    due_on = next(day for rank in ranks if (day := add_months(title.starts_on, rank * months)) >= due_from)
    asked = Obligation.objects.filter(
        title__chain=title.chain, law=FOLLOW_UP_LAW, state=State.OPEN, every_months__isnull=False
    )
    if due_on > title.in_force_until:
        return
    # Stored once for all its readers: in the language of the site, as letters are.
    with translation.override(settings.LANGUAGE_CODE):
        text = gettext("Follow-up data required by the protocol %(put)s") % {"put": entry.put_reference}
    owe(
        title=title,
        actor=actor,
        at=at,
        holders=without(title, asked),
        kind=Obligation.Kind.REPORT,
        text=text.strip(),
        law=FOLLOW_UP_LAW,
        due_on=due_on,
        every_months=months,
    )
