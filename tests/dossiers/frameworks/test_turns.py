"""Whose turn it is while companies are heard: ANSM's once each has replied, or once the day has passed."""

from __future__ import annotations

import datetime as dt

import pytest

from dossiers.demo.cpc_story import Framework
from dossiers.demo.story import ONE_DAY, demo_actor
from dossiers.models import Dossier
from dossiers.queries.awaited import awaited_roles, awaiting
from dossiers.queries.facts import facts_of
from tests.dossiers.cpc_world import framework
from tests.dossiers.frameworks.test_holders import GROUP, ONE, OTHER
from workflows.procedures.cpc import CPC
from workflows.roles import ANSM_ASSESSOR

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world")]


def is_for_ansm(told: Framework, on: dt.date) -> bool:
    """What the page says, having checked that the lists say the same."""
    found = told.dossier
    facts = facts_of(found, demo_actor(ANSM_ASSESSOR), told.at)
    on_the_page = ANSM_ASSESSOR in awaited_roles(CPC, CPC.state(found.state), facts, on)
    assert Dossier.objects.filter(awaiting(ANSM_ASSESSOR, on), pk=found.pk).exists() == on_the_page
    return on_the_page


@pytest.mark.parametrize("step", ["information", "observations"])
def test_ansm_waits_for_each_company_until_the_day(step: str) -> None:
    told = framework(companies=GROUP).draft().report().notify()
    if step == "observations":
        told.says("Un.").says("Deux.", login=OTHER).assess().protocol().drafts()
    last = told.dossier.company_calls.get(closed_at=None).reply_by
    assert not is_for_ansm(told, last)
    assert is_for_ansm(told, last + ONE_DAY)
    told.says("Nos données.", login=ONE)
    assert not is_for_ansm(told, last)
    told.says("Les nôtres.", login=OTHER)
    assert is_for_ansm(told, told.at.date())


def test_what_no_company_is_asked_is_for_ansm() -> None:
    told = framework(companies=GROUP).draft().report()
    assert is_for_ansm(told, told.at.date())
