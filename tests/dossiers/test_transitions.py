"""Every state x every transition x every role, both ways: what the table allows works and leaves one event; everything
else is refused with the right error and changes nothing."""

from __future__ import annotations

import datetime as dt
from functools import partial
from typing import Any

import pytest
from django.db import transaction

from accounts.demo import DOMAIN
from accounts.models import Membership
from documents.models import LetterOrder
from dossiers.demo.story import Story, demo_actor
from dossiers.models import Dossier, Event, Title
from dossiers.policy import titles_visible_to, visible_to
from dossiers.services.effects import EFFECTS
from dossiers.services.errors import Blocked, Forbidden, NotFound, ServiceError, WrongState
from dossiers.services.log import differences
from dossiers.services.move import move_title_within, move_within
from notifications.models import OutboxMessage
from tests.dossiers.world import dossier_in, payload_for, title_in, title_payload_for
from workflows import roles
from workflows.registry import KNOWN_EFFECTS, TITLE, procedure
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


@pytest.mark.parametrize("state", [state.code for state in TITLE.states])
def test_title_of_an_aac(world, state):
    told = title_in(state)
    assert told.title.state == state
    before = picture(told)
    for name in sorted({row.name for row in TITLE.transitions}):
        row = next((row for row in TITLE.transitions if row.name == name and state in row.sources), None)
        for role, actor in actors().items():
            seen = titles_visible_to(actor).filter(number=told.title.number).exists()
            error = expected_error(seen=seen, row=row, role=role, by=row.roles("aac") if row else frozenset())
            if error is None and role == roles.SYSTEM:
                # The day has not come; tests/dossiers/test_title_days.py sees it come.
                error = Blocked
            act = partial(
                move_title_within,
                number=told.title.number,
                transition=name,
                actor=actor,
                payload=title_payload_for(told, name),
                at=told.at + HOUR,
            )
            attempt(told, act, row, error, (state, name, role))
        assert picture(told) == before, (state, name)
