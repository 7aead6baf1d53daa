"""Every state x every transition x every role, both ways: what the table allows works and leaves one event; everything
else is refused with the right error and changes nothing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.db import transaction

from accounts.demo import DOMAIN
from accounts.models import Membership
from documents.models import LetterOrder
from dossiers.demo.story import ONE_DAY, Story, demo_actor
from dossiers.models import Dossier, Event, Title
from dossiers.policy import titles_visible_to, visible_to
from dossiers.services.effects import EFFECTS
from dossiers.services.errors import Blocked, Forbidden, NotFound, ServiceError, WrongState
from dossiers.services.log import differences
from dossiers.services.move import move_title_within, move_within
from notifications.models import OutboxMessage
from tests.dossiers.world import dossier_in, payload_for, renewed, title_in, title_payload_for
from workflows import roles
from workflows.dates import PARIS
from workflows.registry import KNOWN_EFFECTS, TITLE, all_procedures, procedure
from workflows.types import Actor, System

pytestmark = pytest.mark.django_db

AAC = procedure("aac")
HOUR = dt.timedelta(hours=1)
# The automatic grant has its own story (tests/dossiers/test_automatic_grant.py): elsewhere its guards refuse it.
NEEDS_ITS_OWN_STORY = {"grant_on_criteria"}
# Acts whose guards look at the past: a reminder sent, a proposal to refuse.
NEEDS_A_PAST = {"close_without_action", "refuse"}


def actors() -> dict[str, Actor]:
    """One actor per role, the assessor and the signatory being other people than those who told the story."""
    found: dict[str, Actor] = {}
    for membership in Membership.objects.select_related("person", "organisation").order_by("pk"):
        found.setdefault(
            membership.role, demo_actor(membership.person.email.removesuffix(f"@{DOMAIN}"), membership.role)
        )
    return {**found, roles.SYSTEM: System("test")}


def picture(told: Story) -> list[Any]:
    """Everything an act could have left behind."""
    return [
        list(Dossier.objects.order_by("pk").values()),
        list(Title.objects.order_by("pk").values()),
        Event.objects.count(),
        OutboxMessage.objects.count(),
        LetterOrder.objects.count(),
        told.dossier.submissions.count(),
        told.dossier.decisions.count(),
        told.dossier.requests.count(),
    ]


def test_each_role_has_an_actor(world):
    assert set(actors()) == set(roles.LABELS)


def test_every_effect_of_the_tables_exists():
    assert set(EFFECTS) == set(KNOWN_EFFECTS)


def expected_error(*, seen: bool, row: Any, role: str, by: frozenset[str]) -> type[ServiceError] | None:
    """The contract's order: out of scope, an auditor writes nothing, wrong state, role, guards."""
    if not seen:
        return NotFound
    if role == roles.AUDITOR:
        return Forbidden
    if row is None:
        return WrongState
    return None if role in by else Forbidden


def attempt(told: Story, act: Any, row: Any, error: type[ServiceError] | None, case: tuple[str, ...]) -> None:
    """One act by one role, undone if it was allowed: what it must leave behind, or that it leaves nothing."""
    if error is not None:
        with transaction.atomic(), pytest.raises(error) as refusal:
            act()
        assert type(refusal.value) is error, case
        return
    count = Event.objects.count()
    point = transaction.savepoint()
    event = act()
    # A grant opens a title, which is an event of the title.
    assert Event.objects.count() == count + 1 + ("open_title" in row.effects), case
    assert event.target == row.target, case
    assert list(differences(told.dossier, Title.objects.filter(dossier=told.dossier).first())) == [], case
    transaction.savepoint_rollback(point)


@pytest.mark.parametrize("state", [state.code for state in AAC.states])
def test_dossier(world, state):
    """The dossiers are told once for all the acts that need the same past."""
    told_for: dict[str, Story] = {}
    people = actors()
    for name in sorted({row.name for row in AAC.transitions}):
        past = name if name in NEEDS_A_PAST else ""
        told = told_for.get(past) or told_for.setdefault(past, dossier_in(state, ready_for=name))
        assert told.dossier.state == state
        row = next((row for row in AAC.transitions if row.name == name and state in row.sources), None)
        before = picture(told)
        for role, actor in people.items():
            seen = visible_to(actor).filter(reference=told.reference).exists()
            error = expected_error(seen=seen, row=row, role=role, by=row.by if row else frozenset())
            if error is None and name in NEEDS_ITS_OWN_STORY:
                error = Blocked
            act = partial(
                move_within,
                reference=told.reference,
                transition=name,
                actor=actor,
                payload=payload_for(told, name),
                at=told.at + HOUR,
            )
            attempt(told, act, row, error, (state, name, role))
        assert picture(told) == before, (state, name)


# ------------------------------------------------------------------------------------------------------ titles

TITLE_STORIES: dict[str, Callable[[str], Story]] = {"aac": title_in}
"""Procedure -> a title of it in a given state. A procedure that is added without a line here fails."""

# By hand, from the contract: what each act on a title must leave behind besides its event, when a person does it.
LETTERS = {
    "suspend": "title_suspension",
    "reinstate": "title_reinstatement",
    "withdraw": "title_withdrawal",
    "modify": "title_modification",
    "cease": "title_end",
    "expire": "title_lapse",
}
BY_THE_SYSTEM_WITHOUT_A_LETTER = {"reinstate"}
ALL_TOLD = {roles.PRESCRIBER, roles.PHARMACIST, roles.ANSM_ASSESSOR, roles.ANSM_VIGILANCE}
TOLD = {
    **dict.fromkeys(("suspend", "reinstate", "withdraw", "modify", "cease", "renounce"), ALL_TOLD),
    "stop_treatment": {roles.PRESCRIBER, roles.PHARMACIST, roles.ANSM_VIGILANCE},
    "expire": {roles.PRESCRIBER, roles.PHARMACIST},
    "replace": set(),
}
CASES = [(one.code, state.code) for one in all_procedures() for state in TITLE.states]


def test_every_procedure_and_every_row_is_proven():
    assert set(TITLE_STORIES) == {one.code for one in all_procedures()}
    assert set(TOLD) == {row.name for row in TITLE.transitions}
    assert set(LETTERS) <= set(TOLD)


def left_behind(told: Story, name: str, actor: Actor) -> None:
    """The letter and the mails of an act on a title just done by `actor`."""
    event = Event.objects.filter(dossier=told.dossier).order_by("-seq").filter(verb=name).first()
    assert event is not None
    wanted = LETTERS.get(name, "")
    if actor.is_system and name in BY_THE_SYSTEM_WITHOUT_A_LETTER:
        wanted = ""
    letters = LetterOrder.objects.filter(dedupe_key=f"{told.reference}:{event.seq}")
    assert list(letters.values_list("kind", "title__number")) == ([(wanted, told.title.number)] if wanted else [])
    mails = OutboxMessage.objects.filter(kind=name, dossier=told.dossier, created_at=event.at)
    people = set(mails.values_list("recipient_id", flat=True))
    assert actor.person_id not in people
    held = {
        role
        for person, role in Membership.objects.values_list("person_id", "role")
        if person in people or person == actor.person_id
    }
    # Those of the roles that must be told were, unless it was their own act.
    assert held >= TOLD[name], name
    assert bool(people) == bool(TOLD[name])


def title_attempt(
    told: Story, name: str, actor: Actor, error: type[ServiceError] | None, case: tuple[str, ...]
) -> None:
    row = next((row for row in TITLE.transitions if row.name == name and told.title.state in row.sources), None)

    def act() -> Event:
        event = move_title_within(
            number=told.title.number,
            transition=name,
            actor=actor,
            payload=title_payload_for(told, name),
            at=told.at + HOUR,
        )
        left_behind(told, name, actor)
        return event

    attempt(told, act, row, error, case)


@pytest.mark.parametrize(("code", "state"), CASES)
def test_title(world, code, state):
    """Every act by every role from this state: allowed or refused as the table says."""
    told = TITLE_STORIES[code](state)
    assert (told.title.procedure, told.title.state) == (code, state)
    before = picture(told)
    for name in sorted({row.name for row in TITLE.transitions}):
        row = next((row for row in TITLE.transitions if row.name == name and state in row.sources), None)
        for role, actor in actors().items():
            seen = titles_visible_to(actor).filter(number=told.title.number).exists()
            error = expected_error(seen=seen, row=row, role=role, by=row.roles(code) if row else frozenset())
            if error is None and role == roles.SYSTEM:
                # The day has not come; test_the_calendar_does_its_acts_when_their_day_has_come sees it come.
                error = Blocked
            title_attempt(told, name, actor, error, (code, state, name, role))
        assert picture(told) == before, (state, name)


@pytest.mark.parametrize("code", sorted(TITLE_STORIES))
@pytest.mark.parametrize(
    ("name", "source"),
    [(row.name, source) for row in TITLE.transitions for source in sorted(row.sources) if "system" in row.roles("aac")],
)
def test_the_calendar_does_its_acts_when_their_day_has_come(world, code, name, source):
    told = TITLE_STORIES[code](source)
    title = told.title
    if name == "replace":
        renewal = renewed(told)
        day = renewal.title.starts_on
    elif name == "reinstate":
        day = title.suspended_until + ONE_DAY
    else:
        day = title.ends_on + ONE_DAY
    told.at = dt.datetime.combine(day - ONE_DAY, dt.time(6), tzinfo=PARIS) - HOUR
    title_attempt(told, name, System("calendar"), Blocked, (code, source, name, "the eve"))
    told.at += ONE_DAY
    title_attempt(told, name, System("calendar"), None, (code, source, name, "the day"))
