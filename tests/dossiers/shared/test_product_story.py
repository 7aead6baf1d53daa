"""One product, one story: the files of one product in all procedures, to those who may see each."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.urls import reverse

from dossiers.demo.aap_story import EarlyAccess
from dossiers.demo.story import demo_actor
from dossiers.models import Dossier
from dossiers.queries.product_story import story_of
from dossiers.views.shared.product_picture import periods_shown, picture
from tests.dossiers.screens import browser, cost, text_of
from tests.dossiers.world import MONDAY, granted
from workflows.dates import civil_date

pytestmark = pytest.mark.django_db
ON = MONDAY.date() + dt.timedelta(days=200)


@pytest.fixture
def told(world: None, time_machine: Any) -> EarlyAccess:
    story = EarlyAccess(at=MONDAY).granted()
    EarlyAccess(at=MONDAY + dt.timedelta(days=60)).draft().file()
    time_machine.move_to(MONDAY + dt.timedelta(days=200))
    return story


def test_the_files_of_one_name_are_one_story(told):
    story = story_of(told.dossier, demo_actor("ansm_assessor"), ON)
    assert [(one.procedure, len(one.rows)) for one in story.chapters] == [("aap", 2)]
    assert [one.state for one in story.periods] == ["in_force", "examined"]
    assert told.dossier.product_label == story.name


def test_a_company_reads_its_own_files_alone(told):
    other = demo_actor("applicant2")
    mine = told.actor("applicant")
    assert other.organisation_id != mine.organisation_id
    assert story_of(told.dossier, other, ON).chapters == []
    assert story_of(told.dossier, other, ON).periods == []
    assert len(story_of(told.dossier, mine, ON).chapters) == 1
    assert browser("applicant2").get(reverse("dossiers:product_story", args=[told.reference])).status_code == 404


def test_patients_are_counted_by_indication(world, time_machine):
    first = granted(months=6)
    granted(months=6)
    time_machine.move_to(first.at + dt.timedelta(days=10))
    story = story_of(first.dossier, demo_actor("ansm_assessor"), civil_date(first.at))
    assert [(one.count, one.state, one.number, one.reference) for one in story.periods] == [(2, "in_force", "", "")]
    drawn = str(picture(story.periods, civil_date(first.at)))
    assert first.dossier.subject not in drawn
    assert "2 authorisations" in drawn
    assert periods_shown(story.periods)[0]["url"] == ""


def test_another_product_has_another_story(told):
    other = granted(months=6)
    codes = {one.procedure for one in story_of(other.dossier, demo_actor("ansm_assessor"), ON).chapters}
    assert codes == {"aac"}


def test_a_file_without_a_name_is_its_own_story(told):
    Dossier.objects.filter(pk=told.dossier.pk).update(product_label="")
    story = story_of(Dossier.objects.get(pk=told.dossier.pk), demo_actor("ansm_assessor"), ON)
    assert [len(one.rows) for one in story.chapters] == [1]


def test_the_page_says_it_in_a_picture_and_in_words_at_one_cost(told):
    client = browser("ansm_assessor")
    url = reverse("dossiers:product_story", args=[told.reference])
    page = client.get(url)
    assert "under examination since" in text_of(page)
    assert 'class="app-story-picture"' in page.content.decode()
    first = cost(client, url)
    for days in (70, 80, 90):
        EarlyAccess(at=MONDAY + dt.timedelta(days=days)).draft().file()
    assert cost(client, url) == first
