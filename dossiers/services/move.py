"""The one write path: every state of every dossier and title changes here, under one lock, in one transaction.

Lock order is always dossier, title, number series. Mails, PDFs and brokers come after the commit: what must happen
later is a row written here (an outbox message, a letter order).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dossiers.forms.registry import form_set
from dossiers.models import Dossier, Event, Title
from dossiers.policy import is_staff_side, reads_note, visible_to
from dossiers.queries.facts import facts_of, title_facts
from dossiers.queries.timeline import NOTES
from dossiers.services import clocks, effects, log
from dossiers.services.act import Act, Following
from dossiers.services.deadlock import until_no_deadlock
from dossiers.services.errors import Blocked, Forbidden, NotFound, ServiceError, Stale, WrongState
from dossiers.services.idempotency import earlier_answer, remember
from dossiers.services.letters import order_letter
from dossiers.services.locks import demand, locked_title
from dossiers.services.tell import tell
from workflows.engine import Verdict, judge, refused_unread
from workflows.registry import TITLE, procedure
from workflows.roles import AGENCY_STAFF
from workflows.title_guards import told_a_month_before
from workflows.types import NO_EFFECT, Actor, Facts, Procedure, Reason, System, Transition


def move(
    *,
    reference: str,
    transition: str,
    actor: Actor,
    version: int | None = None,
    payload: Mapping[str, Any] | None = None,
    key: str = "",
    at: dt.datetime | None = None,
) -> Event:
    """Do `transition` on the dossier `reference` and return its event.

    `version` is the one the actor read (None: not checked). `key` makes the call repeatable: the same key with the
    same request gives the same event. `at` is for the importer and the simulator; it defaults to now.
    Raises NotFound, Forbidden, WrongState, Blocked, Stale, Conflict.
    """
    return until_no_deadlock(
        lambda: move_within(
            reference=reference, transition=transition, actor=actor, version=version, payload=payload, key=key, at=at
        )
    )


def move_within(
    *,
    reference: str,
    transition: str,
    actor: Actor,
    version: int | None = None,
    payload: Mapping[str, Any] | None = None,
    key: str = "",
    at: dt.datetime | None = None,
    inferred: bool = False,
    imported: bool = False,
    published: bool = False,
    follow: bool = True,
) -> Event:
    """`move` inside a transaction of the caller: for the importer, whose whole case stands or falls together.

    `inferred`, `imported`, `published`: see `Act`. `follow` False: what the application does by itself from the state
    reached did not happen, since the history says what did.
    """
    at = at or timezone.now()
    request = log.sha256_of(["dossier", reference, transition, payload or {}])
    dossier = visible_to(actor).select_for_update(of=("self",)).filter(reference=reference).first()
    # Asked under the lock, so that a repeated request waits for the first; and before the dossier is missed, because
    # the act itself may have put it out of the actor's sight.
    answered = earlier_answer(actor, key, request)
    if answered:
        return answered
    if dossier is None:
        raise NotFound([Reason("not_found", _("No such file, or it is not yours to see."))])
    table = procedure(dossier.procedure, dossier.workflow_version)
    _refuse_stale(dossier, dossier, version, actor)
    _refuse_unread(table, transition, actor, dossier, dossier.state)
    facts = facts_of(dossier, actor, at, dict(payload or {}))
    if published:
        facts = replace(facts, missing=form_set(dossier.procedure).essential(facts.missing))
    row, typed = _allowed(table, transition, facts, actor, at)
    act = Act(dossier, row, actor, at, facts, typed, inferred=inferred, imported=imported, published=published)
    event = _perform(act, dossier)
    remember(actor, key, request, event)
    if follow:
        _follow_by_itself(table, act)
    return event


def move_title(
    *,
    number: str,
    transition: str,
    actor: Actor,
    version: int | None = None,
    payload: Mapping[str, Any] | None = None,
    key: str = "",
    at: dt.datetime | None = None,
) -> Event:
    """Do `transition` on the title `number`; as `move`, on the title machine."""
    return until_no_deadlock(
        lambda: move_title_within(
            number=number, transition=transition, actor=actor, version=version, payload=payload, key=key, at=at
        )
    )


def move_title_within(
    *,
    number: str,
    transition: str,
    actor: Actor,
    version: int | None = None,
    payload: Mapping[str, Any] | None = None,
    key: str = "",
    at: dt.datetime | None = None,
    inferred: bool = False,
    imported: bool = False,
) -> Event:
    """`move_title` inside a transaction of the caller. `inferred`, `imported`: see `Act`."""
    at = at or timezone.now()
    request = log.sha256_of(["title", number, transition, payload or {}])
    answered = earlier_answer(actor, key, request)
    if answered:
        return answered
    title = locked_title(number, actor)
    dossier = title.dossier
    answered = earlier_answer(actor, key, request)
    if answered:
        return answered
    _refuse_stale(dossier, title, version, actor)
    _refuse_unread(TITLE, transition, actor, dossier, title.state)
    facts = title_facts(title, actor, at, dict(payload or {}))
    if imported:
        facts = told_a_month_before(facts, at)
    row, typed = _allowed(TITLE, transition, facts, actor, at)
    act = Act(dossier, row, actor, at, facts, typed, title=title, inferred=inferred, imported=imported)
    event = _perform(act, title)
    remember(actor, key, request, event)
    return event


# ------------------------------------------------------------------------------------------------ the steps


def _allowed(
    table: Procedure, transition: str, facts: Facts, actor: Actor, at: dt.datetime
) -> tuple[Transition, dict[str, Any]]:
    """The row of the table and the cleaned payload, or the error that says why not."""
    verdict = judge(table, transition, facts, actor, at)
    if verdict.allowed and verdict.transition is not None:
        return verdict.transition, verdict.payload or {}
    raise _error_of(verdict)


def _refuse_unread(table: Procedure, transition: str, actor: Actor, dossier: Dossier, state: str) -> None:
    """What is refused to this actor, or in this state, whatever the dossier says: before the fifteen queries that read
    it, and while others wait for it."""
    demand(actor, "act", dossier)
    verdict = refused_unread(table, transition, code=dossier.procedure, state=state, role=actor.role)
    if verdict is not None:
        raise _error_of(verdict)


def _error_of(verdict: Verdict) -> ServiceError:
    match verdict.outcome:
        case "unknown":
            return NotFound([Reason("unknown_transition", _("This procedure has no such act."))])
        case "wrong_state":
            return WrongState(verdict.reasons)
        case "forbidden":
            return Forbidden(verdict.reasons)
        case _:
            return Blocked(verdict.reasons)


def _perform(act: Act, machine: Dossier | Title) -> Event:
    """Effects, the FSM move of `machine`, the version, the event, the clock, then what will be told and written."""
    moves_title = isinstance(machine, Title)
    source = machine.state
    opened_before = act.title
    for name in act.row.effects:
        effects.EFFECTS[name](act)
    machine.enter(act.row.target)
    machine.version += 1
    if moves_title:
        act.dossier.version += 1
    act.dossier.changed_at = act.at
    event = log.append(
        dossier=act.dossier,
        verb=act.row.name,
        actor=act.actor,
        at=act.at,
        machine="title" if moves_title else "dossier",
        source=source,
        target=act.row.target,
        payload={**act.payload, **act.result},
        staff_only=act.row.staff_only,
        inferred=act.inferred,
    )
    if act.title is not None and opened_before is None:
        log.append(
            dossier=act.dossier,
            verb="open",
            actor=act.actor,
            at=act.at,
            machine="title",
            target=act.title.state,
            payload={"title": act.title.number},
            inferred=act.inferred,
        )
    for write in act.afterwards:
        write()
    if not moves_title:
        clocks.note(act)
    act.dossier.save()
    if moves_title:
        machine.save()
    if not act.imported:
        if act.row.letter:
            order_letter(act=act, event=event)
        tell(act=act, event=event)
    for following in act.followed_by:
        _follow_on_title(following, act)
    return event


def _follow_on_title(following: Following, act: Act) -> None:
    """An act on another title, when its own table allows it today. A job comes back to what only the day prevents."""
    try:
        move_title_within(
            number=following.number,
            transition=following.transition,
            actor=following.actor,
            payload=following.payload,
            at=act.at,
            inferred=act.inferred,
            imported=act.imported,
        )
    except (Blocked, WrongState):
        return


def _follow_by_itself(table: Procedure, done: Act) -> None:
    """What the application does by itself from the state just reached: a grant on published criteria, for one.

    In the same transaction, so that nobody ever sees the dossier wait for something that nothing prevents.
    """
    decides = any(rule.silence != NO_EFFECT for rule in table.clocks)
    system, dossier, at = System("silence" if decides else "criteria"), done.dossier, done.at
    for row in table.transitions:
        if dossier.state in row.sources and row.by == {"system"}:
            facts = facts_of(dossier, system, at, {})
            verdict = judge(table, row.name, facts, system, at)
            if verdict.allowed:
                typed = verdict.payload or {}
                act = Act(dossier, row, system, at, facts, typed, inferred=done.inferred, imported=done.imported)
                _perform(act, dossier)
                return


def _refuse_stale(dossier: Dossier, machine: Dossier | Title, expected: int | None, actor: Actor) -> None:
    """`expected` is the version the actor read. What changed since is told, as far as they may read it."""
    if expected is None or expected == machine.version:
        return
    since = dossier.events.order_by("-seq")
    if isinstance(machine, Title):
        # A title counts its own acts: each is one version.
        since = since.filter(machine="title").exclude(verb="open")[: max(machine.version - expected, 0)]
    else:
        since = since.filter(version__gt=expected)
    seen = [event for event in since if reads_note(event, actor, dossier)]
    message = _("This file has changed since you opened it: look at what changed, then decide again.")
    raise Stale(
        current_version=machine.version,
        changes=[words_of(event, actor) for event in reversed(seen)],
        reasons=[Reason("stale", message)],
    )


def words_of(event: Event, reader: Actor) -> str:
    """The event in words: "Taken up by an assessor (ANSM)". Only staff read an agent's own name."""
    table = TITLE if event.machine == "title" else procedure(event.dossier.procedure, event.dossier.workflow_version)
    names = {row.name: row.past for row in table.transitions}
    done = names.get(event.verb) or NOTES.get(event.verb, event.verb)
    hidden = event.actor_role in AGENCY_STAFF and not is_staff_side(reader)
    name = event.actor_organisation if hidden else event.actor_name
    return f"{done} ({name})" if name else str(done)
