"""Who is told what of a framework that is suspended, or of which it is intended: its companies, and the ministers."""

from __future__ import annotations

import pytest
from django.utils import timezone

from dossiers.demo.cpc_story import Framework
from dossiers.demo.story import ONE_DAY, Story, demo_actor
from dossiers.queries.comments import comments_of
from dossiers.queries.deadlines import deadlines
from dossiers.services import comments
from dossiers.services.conversation import post
from dossiers.services.move import move_title
from notifications.context import thaw
from notifications.models import OutboxMessage
from tests.dossiers.cpc_world import framework, framework_title_in
from tests.dossiers.screens import browser, text_of
from tests.dossiers.world import granted
from workflows.dates import civil_date

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world")]


def people_told(kind: str) -> set[str]:
    found = OutboxMessage.objects.filter(kind=kind).values_list("recipient__email", flat=True)
    return {one.partition("@")[0] for one in found}


def suspend(told: Framework | Story) -> None:
    until = str(civil_date(told.at) + 30 * ONE_DAY)
    move_title(
        number=told.title.number,
        transition="suspend",
        actor=demo_actor("ansm_signatory"),
        payload={"reason": "Signal grave.", "until": until, "emergency": True},
        at=told.at,
    )


def test_the_companies_are_invited_to_comment_and_not_the_reporter() -> None:
    told = framework_title_in("in_force")
    comments.invite(
        number=told.title.number,
        intended="suspend",
        grounds="Les rapports ne viennent pas.",
        reply_by=civil_date(told.at) + 15 * ONE_DAY,
        actor=demo_actor("ansm_assessor"),
        at=told.at,
    )
    invited = people_told("comment_invitation")
    assert "applicant" in invited
    assert "reporter" not in invited
    told.at += ONE_DAY
    comments.give(number=told.title.number, text="Les rapports viennent.", actor=demo_actor("applicant"), at=told.at)
    read = {
        login: comments_of(told.title, demo_actor(login), told.at).any
        for login in ("applicant", "contributor", "ansm_assessor", "reporter")
    }
    assert read == {"applicant": True, "contributor": True, "ansm_assessor": True, "reporter": False}


def test_the_ministers_are_told_at_once_of_a_suspension_and_a_reporter_is_not_told_to_stop_dispensing(
    in_english,
) -> None:
    told = framework_title_in("in_force")
    suspend(told)
    assert {"applicant", "reporter", "ministry_reader"} <= people_told("suspend")
    said = OutboxMessage.objects.get(kind="suspend", recipient__email="reporter@demo.example").context
    assert str(thaw(said)["todo"]) == "Nothing is expected of you: the letter is in the file."


def test_the_ministers_are_told_nothing_of_an_access_that_they_do_not_read() -> None:
    told = granted(months=6)
    told.at += 10 * ONE_DAY
    suspend(told)
    assert "prescriber" in people_told("suspend")
    assert "ministry_reader" not in people_told("suspend")


def test_the_day_to_reply_is_in_the_calendar_of_each_company_until_it_has_replied() -> None:
    told = framework(companies="Laboratoires Démo Aurélia\nDémo Biotech Norvane").draft().report().notify(days=20)

    def days(login: str) -> list[str]:
        return [one.key.partition("-")[0] for one in deadlines(demo_actor(login), civil_date(told.at))]

    assert [days(login).count("call") for login in ("applicant", "applicant2", "ansm_assessor")] == [1, 1, 1]
    assert days("reporter") == []
    told.says("Nos données.")
    assert [days(login).count("call") for login in ("applicant", "applicant2", "ansm_assessor")] == [0, 1, 1]


def test_the_page_of_a_suspension_says_who_is_told_of_a_framework() -> None:
    told = framework(timezone.now() - 90 * ONE_DAY).granted()
    page = text_of(browser("ansm_signatory").get(f"/titles/{told.title.number}/act/suspend/"))
    assert "the ministries" in page
    assert "those who filed the request" in page
    assert "the hospital pharmacy" not in page


def test_what_ansm_writes_is_told_to_the_companies_that_it_hears_and_to_the_reporter() -> None:
    told = framework().draft().report()
    post(reference=told.reference, body="Merci.", actor=demo_actor("ansm_assessor"), at=told.at)
    assert people_told("message") == {"reporter"}
    told.notify()
    post(reference=told.reference, body="Une précision.", actor=demo_actor("ansm_assessor"), at=told.at)
    assert {"reporter", "applicant"} <= people_told("message")
    assert "applicant2" not in people_told("message")
