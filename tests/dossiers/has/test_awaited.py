"""Whose turn it is on an early access: the page and the lists must say the same."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone

from dossiers.demo.aap_story import EarlyAccess
from dossiers.demo.story import demo_actor
from dossiers.models import Dossier
from dossiers.queries.awaited import awaited_roles, awaiting, excused_from_ansm
from dossiers.queries.facts import facts_of
from workflows import roles
from workflows.aap_guards import POST_MA, PRE_MA, UNFAVOURABLE
from workflows.dates import civil_date
from workflows.registry import procedure

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world")]

ROLES = sorted(roles.ANSM_STAFF | roles.HAS_STAFF)
AGO = dt.timedelta(days=60)


def told(pathway: str = PRE_MA, **options: Any) -> EarlyAccess:
    return EarlyAccess(at=timezone.now() - AGO, pathway=pathway, **options)


def heard_by_the_chmp() -> EarlyAccess:
    on = civil_date(timezone.now() - AGO)
    days = {"ema_filed_on": str(on - dt.timedelta(days=200)), "chmp_favourable_on": str(on - dt.timedelta(days=9))}
    return told(given={"regulatory": days})


def on_the_page(story: EarlyAccess) -> set[str]:
    found = story.dossier
    table = procedure(found.procedure, found.workflow_version)
    facts = facts_of(found, demo_actor("has_officer"), timezone.now())
    return set(awaited_roles(table, table.state(found.state), facts, civil_date(timezone.now()))) & set(ROLES)


def in_the_lists(story: EarlyAccess) -> set[str]:
    excused = excused_from_ansm()
    own = Dossier.objects.filter(reference=story.reference)
    return {role for role in ROLES if own.filter(awaiting(role, civil_date(timezone.now()), excused)).exists()}


OFFICER, CT, COLLEGE = roles.HAS_OFFICER, roles.CT_SECRETARY, roles.HAS_COLLEGE
ASSESSOR, SIGNATORY = roles.ANSM_ASSESSOR, roles.ANSM_SIGNATORY

STAGES = {
    "filed": (lambda: told().draft().file(), {OFFICER}),
    "incomplete": (lambda: told().draft().file().missing("Le projet de notice"), set()),
    "before MA": (lambda: told().draft().file().acknowledge(), {OFFICER, CT, ASSESSOR}),
    "after MA": (lambda: told(POST_MA).draft().file().acknowledge(), {OFFICER, CT}),
    "heard by the CHMP": (lambda: heard_by_the_chmp().draft().file().acknowledge(), {OFFICER, CT}),
    "asked": (lambda: told().draft().file().acknowledge().ask("Pourquoi ?"), set()),
    "opinion proposed": (lambda: told().draft().file().acknowledge().propose_opinion(), {OFFICER, CT, SIGNATORY}),
    "opinion given": (lambda: told().draft().file().acknowledge().opinion(), {OFFICER, CT}),
    "unfavourable": (lambda: told().draft().file().acknowledge().opinion(UNFAVOURABLE), {COLLEGE}),
    "committee before ANSM": (lambda: told().draft().file().acknowledge().committee(), {OFFICER, ASSESSOR}),
    "examined before MA": (lambda: told().examined(), {COLLEGE}),
    "examined after MA": (lambda: told(POST_MA).examined(), {COLLEGE}),
    "examined, heard by the CHMP": (
        lambda: heard_by_the_chmp().draft().file().acknowledge().committee(),
        {COLLEGE},
    ),
    "granted": (lambda: told().granted(), set()),
    "refused": (lambda: told(POST_MA).examined().refuse(), set()),
}


@pytest.mark.parametrize("stage", sorted(STAGES))
def test_the_page_and_the_lists_say_whose_turn_it_is(stage: str) -> None:
    tell, expected = STAGES[stage]
    story = tell()
    assert on_the_page(story) == expected
    assert in_the_lists(story) == expected


def test_the_excused_are_read_in_one_query(django_assert_num_queries: Any) -> None:
    first = heard_by_the_chmp().draft().file().acknowledge().dossier.pk
    told().draft().file().acknowledge()
    with django_assert_num_queries(1):
        assert excused_from_ansm() == [first]
    second = heard_by_the_chmp().draft().file().acknowledge().dossier.pk
    with django_assert_num_queries(1):
        assert set(excused_from_ansm()) == {first, second}
