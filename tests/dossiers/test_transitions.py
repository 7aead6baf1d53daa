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
from tests.dossiers.advice_world import advice_in, advice_payload_for
from tests.dossiers.cpc_world import (
    framework_in,
    framework_payload_for,
    framework_renewed,
    framework_title_in,
)
from tests.dossiers.device_world import exemption_in, exemption_payload_for, exemption_title_in
from tests.dossiers.world import (
    dossier_in,
    early_in,
    early_payload_for,
    early_renewed,
    early_title_in,
    payload_for,
    renewed,
    title_in,
    title_payload_for,
)
from workflows import roles
from workflows.dates import PARIS
from workflows.registry import KNOWN_EFFECTS, TITLE, all_procedures, grants_titles, procedure
from workflows.types import Actor, System

pytestmark = pytest.mark.django_db

HOUR = dt.timedelta(hours=1)
# The automatic grant has its own story (tests/dossiers/test_automatic_grant.py): elsewhere its guards refuse it.
NEEDS_ITS_OWN_STORY = {"grant_on_criteria"}
# A company does it in time; the system, once the day has passed (tests/dossiers/frameworks).
LATER_BY_THE_SYSTEM = {"receive_put"}
# Acts whose guards look at the past: a reminder sent, a proposal to refuse, an opinion given, a delay that ran out.
NEEDS_A_PAST = {
    "aac": {"close_without_action", "refuse"},
    "aap": {
        "propose_ansm_opinion",
        "give_ansm_opinion",
        "give_ct_opinion",
        "deem_abandoned",
        "grant_tacitly",
        "refuse_tacitly",
    },
    "cpc": {"assess", "receive_put", "close_contradictory", "propose", "refuse"},
    "device_exemption": {"invite_company", "refuse"},
    "advice": {"plan_meeting", "hold_meeting"},
}
DOSSIER_STORIES: dict[str, tuple[Callable[..., Any], Callable[..., dict[str, Any]]]] = {
    "aac": (dossier_in, payload_for),
    "aap": (early_in, early_payload_for),
    "cpc": (framework_in, framework_payload_for),
    "device_exemption": (exemption_in, exemption_payload_for),
    "advice": (advice_in, advice_payload_for),
}
"""Procedure -> a dossier of it in a given state, and what its acts need. One added without a line here fails."""


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
    dossier = told.dossier
    return [
        list(Dossier.objects.order_by("pk").values()),
        list(Title.objects.order_by("pk").values()),
        Event.objects.count(),
        OutboxMessage.objects.count(),
        LetterOrder.objects.count(),
        dossier.submissions.count(),
        dossier.decisions.count(),
        dossier.requests.count(),
        dossier.clock_facts.count(),
        list(dossier.opinions.values()),
        dossier.findings.count(),
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


OPENING = {"open_title", "open_or_change_title", "open_framework"}


def attempt(told: Story, act: Any, row: Any, error: type[ServiceError] | None, case: tuple[str, ...]) -> None:
    """One act by one role, undone if it was allowed: what it must leave behind. What is refused is undone by nobody
    here: the caller sees that it wrote nothing."""
    if error is not None:
        with pytest.raises(error) as refusal:
            act()
        assert type(refusal.value) is error, case
        return
    # What a title obliges to is noted beside; it is no state of anything.
    moves = Event.objects.exclude(machine="note")
    count = moves.count()
    point = transaction.savepoint()
    event = act()
    # A grant opens a title, which is an event of the title.
    assert moves.count() == count + 1 + bool(OPENING & set(row.effects)), case
    # A row with `when` has its own test of where it leads; here it is the act that is allowed.
    assert event.target == row.target or row.when is not None, case
    assert list(differences(told.dossier, Title.objects.filter(dossier=told.dossier).first())) == [], case
    transaction.savepoint_rollback(point)


@pytest.mark.parametrize(
    ("code", "state"), [(one.code, state.code) for one in all_procedures() for state in one.states]
)
def test_dossier(world, code, state):
    """The dossiers are told once for all the acts that need the same past, and asked once who sees them."""
    table = procedure(code)
    make, needed = DOSSIER_STORIES[code]
    leaving = {row.name: row for row in reversed(table.transitions) if state in row.sources}
    names = sorted({row.name for row in table.transitions})
    past_of = {name: name if name in leaving and name in NEEDS_A_PAST[code] else "" for name in names}
    first_of = {past: name for name, past in reversed(past_of.items())}
    told_for = {past: make(state, ready_for=name) for past, name in first_of.items()}
    people = actors()
    seen_by = {
        past: {role for role, actor in people.items() if visible_to(actor).filter(reference=told.reference).exists()}
        for past, told in told_for.items()
    }
    before = {past: picture(told) for past, told in told_for.items()}
    for name, past in past_of.items():
        told, row = told_for[past], leaving.get(name)
        assert told.dossier.state == state
        payload = needed(told, name)
        for role, actor in people.items():
            error = expected_error(seen=role in seen_by[past], row=row, role=role, by=row.by if row else frozenset())
            if error is None and (
                name in NEEDS_ITS_OWN_STORY or (role == roles.SYSTEM and (not past or name in LATER_BY_THE_SYSTEM))
            ):
                error = Blocked
            act = partial(
                move_within,
                reference=told.reference,
                transition=name,
                actor=actor,
                payload=payload,
                at=told.at + HOUR,
            )
            attempt(told, act, row, error, (state, name, role))
        assert picture(told) == before[past], (state, name)


# ------------------------------------------------------------------------------------------------------ titles

TITLE_STORIES: dict[str, Callable[[str], Any]] = {
    "aac": title_in,
    "aap": early_title_in,
    "cpc": framework_title_in,
    "device_exemption": exemption_title_in,
}
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
BY_AUTHORITY_OR_HOLDER = ("suspend", "reinstate", "withdraw", "modify", "cease", "renounce")
TOLD = {
    "aac": {
        **dict.fromkeys(BY_AUTHORITY_OR_HOLDER, ALL_TOLD),
        "stop_treatment": {roles.PRESCRIBER, roles.PHARMACIST, roles.ANSM_VIGILANCE},
        "expire": {roles.PRESCRIBER, roles.PHARMACIST},
        "replace": set(),
        "close_ce_obtained": set(),
    },
    "aap": {
        **dict.fromkeys(BY_AUTHORITY_OR_HOLDER, {roles.APPLICANT, roles.HAS_OFFICER, roles.ANSM_VIGILANCE}),
        "stop_treatment": set(),
        "expire": {roles.APPLICANT},
        "replace": set(),
        "close_ce_obtained": set(),
    },
    "device_exemption": {
        **dict.fromkeys((*BY_AUTHORITY_OR_HOLDER, "close_ce_obtained"), ALL_TOLD | {roles.APPLICANT}),
        "stop_treatment": set(),
        "expire": {roles.APPLICANT, roles.PRESCRIBER, roles.PHARMACIST},
        "replace": set(),
    },
    "cpc": {
        **dict.fromkeys(
            BY_AUTHORITY_OR_HOLDER, {roles.REPORTER, roles.APPLICANT, roles.ANSM_ASSESSOR, roles.ANSM_VIGILANCE}
        ),
        "stop_treatment": set(),
        "expire": {roles.REPORTER, roles.APPLICANT},
        "replace": set(),
        "close_ce_obtained": set(),
    },
}


def reachable(code: str, state: str) -> bool:
    """Whether some act leads a title of this procedure there: nobody declares that one treatment of an early access
    stopped, and nothing renews an exemption of a device."""
    return state == TITLE.initial or any(row.target == state and happens(code, row) for row in TITLE.transitions)


def happens(code: str, row: Any) -> bool:
    renewed = "renewal" in dict(procedure(code).kinds)
    return bool(row.roles(code)) and (row.name != "replace" or renewed)


GRANTING = [one.code for one in all_procedures() if grants_titles(one.code)]
CASES = [(code, state.code) for code in GRANTING for state in TITLE.states if reachable(code, state.code)]


def test_every_procedure_and_every_row_is_proven():
    codes = {one.code for one in all_procedures()}
    assert set(DOSSIER_STORIES) == set(NEEDS_A_PAST) == codes
    assert set(TITLE_STORIES) == set(TOLD) == set(GRANTING)
    for told in TOLD.values():
        assert set(told) == {row.name for row in TITLE.transitions}
        assert set(LETTERS) <= set(told)
    assert {case for case in CASES if case[0] == "aap"} == {
        ("aap", state.code) for state in TITLE.states if state.code != "stopped"
    }
    # Nothing renews an exemption, so that nothing replaces one.
    assert {state for code, state in CASES if code == "device_exemption"} == {
        state.code for state in TITLE.states if state.code not in ("stopped", "replaced")
    }


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
    wanted_roles = TOLD[told.title.procedure][name]
    assert held >= wanted_roles, name
    assert bool(people) == bool(wanted_roles)


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
    people = actors()
    seen_by = {
        role for role, actor in people.items() if titles_visible_to(actor).filter(number=told.title.number).exists()
    }
    before = picture(told)
    for name in sorted({row.name for row in TITLE.transitions}):
        row = next((row for row in TITLE.transitions if row.name == name and state in row.sources), None)
        for role, actor in people.items():
            error = expected_error(seen=role in seen_by, row=row, role=role, by=row.roles(code) if row else frozenset())
            if error is None and role == roles.SYSTEM:
                # The day has not come; test_the_calendar_does_its_acts_when_their_day_has_come sees it come.
                error = Blocked
            if error is None and (code, name) == ("aap", "renounce"):
                # HAS is told first and has a month: early_access/test_renunciations sees it through.
                error = Blocked
            title_attempt(told, name, actor, error, (code, state, name, role))
        assert picture(told) == before, (state, name)


RENEWED: dict[str, Callable[..., Any]] = {"aac": renewed, "aap": early_renewed, "cpc": framework_renewed}


@pytest.mark.parametrize(
    ("code", "name", "source"),
    [
        (code, row.name, source)
        for code in sorted(TITLE_STORIES)
        for row in TITLE.transitions
        for source in sorted(row.sources)
        # What a holder asked to give up ends by silence: told in early_access/test_renunciations.
        if "system" in row.roles(code) and happens(code, row) and row.name != "renounce"
    ],
)
def test_the_calendar_does_its_acts_when_their_day_has_come(world, code, name, source):
    told = TITLE_STORIES[code](source)
    title = told.title
    if name == "replace":
        renewal = RENEWED[code](told)
        day = renewal.title.starts_on
    elif name == "reinstate":
        day = title.suspended_until + ONE_DAY
    else:
        day = title.ends_on + ONE_DAY
    told.at = dt.datetime.combine(day - ONE_DAY, dt.time(6), tzinfo=PARIS) - HOUR
    title_attempt(told, name, System("calendar"), Blocked, (code, source, name, "the eve"))
    told.at += ONE_DAY
    title_attempt(told, name, System("calendar"), None, (code, source, name, "the day"))
