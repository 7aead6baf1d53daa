"""A company's first page: what a framework asks of it until it replied, and what it holds that ends soon."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.utils import timezone

from dossiers.demo.aap_story import EarlyAccess
from dossiers.demo.cpc_story import Framework
from dossiers.demo.story import ONE_DAY, demo_actor
from dossiers.models import Title
from dossiers.queries.company import GROUPS, titles_ending
from dossiers.queries.hospital import group_page
from tests.dossiers.cpc_world import framework, heard_by
from tests.dossiers.device_world import exempted
from tests.dossiers.frameworks.test_holders import GROUP, ONE, OTHER, STRANGER, granted
from tests.dossiers.screens import browser, cost, text_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world")]


def asked_now(**options: Any) -> Framework:
    return Framework(at=timezone.now() - dt.timedelta(days=8), companies=GROUP, **options).draft().report().notify()


def listed(group: str, login: str) -> list[dict[str, Any]]:
    return group_page(GROUPS[group], demo_actor(login)).rows


def row_of(told: Framework, login: str) -> str:
    """Its line on the first page, in words."""
    page = BeautifulSoup(browser(login).get("/").content, "html.parser")
    [line] = [row for row in page.select("table tr") if told.reference in row.text]
    return " ".join(line.get_text(" ").split())


def test_what_is_asked_has_its_day_until_this_company_replied() -> None:
    told = asked_now()
    call = told.dossier.company_calls.get()
    for login in (ONE, OTHER):
        assert [row["reply_by"] for row in listed("asked", login)] == [call.reply_by]
        assert "Give ANSM your information by" in row_of(told, login)
    told.says("Nos données.", after=dt.timedelta(minutes=5))
    assert [listed("asked", ONE), len(listed("examined", ONE))] == [[], 1]
    assert row_of(told, ONE).endswith("Nothing to do: your company has replied")
    # The other still has to, and is told nothing of what its competitor did.
    assert [row["reply_by"] for row in listed("asked", OTHER)] == [call.reply_by]
    assert listed("examined", OTHER) == []
    assert "Give ANSM your information by" in row_of(told, OTHER)
    for group in ("asked", "examined"):
        assert listed(group, STRANGER) == []


def test_what_is_asked_next_waits_for_everyone_again() -> None:
    told = framework(companies=GROUP).draft().report().notify().says("Un.").says("Deux.", login=OTHER)
    assert [len(listed("asked", login)) for login in (ONE, OTHER)] == [0, 0]
    told.assess().protocol().drafts()
    assert [len(listed("asked", login)) for login in (ONE, OTHER)] == [1, 1]
    told.says("Sans observation.", login=OTHER)
    assert [len(listed("asked", login)) for login in (ONE, OTHER)] == [1, 0]


def ending_soon(title: Title, days: int) -> Title:
    ends_on = timezone.localdate() + dt.timedelta(days=days)
    Title.objects.filter(pk=title.pk).update(ends_on=ends_on, in_force_until=ends_on)
    return title


def test_each_holder_sees_its_framework_end_and_what_to_do_then() -> None:
    title = granted().title
    assert titles_ending(demo_actor(OTHER), title.ends_on - 181 * ONE_DAY) == []
    for login in (ONE, OTHER):
        [shown] = titles_ending(demo_actor(login), title.ends_on - 180 * ONE_DAY)
        assert (shown.number, shown.file_by, shown.late_on(title.ends_on)) == (title.number, None, False)
    assert titles_ending(demo_actor(STRANGER), title.ends_on) == []
    ending_soon(title, 40)
    for login in (ONE, OTHER):
        page = browser(login).get("/")
        assert title.number in text_of(page)
        assert "ANSM asks for its renewal: tell it whether patients still need it" in text_of(page)
        assert f"/titles/{title.number}/renew/" not in page.content.decode()
    assert title.number not in text_of(browser(STRANGER).get("/"))


def test_a_renewal_that_ansm_prepares_is_not_told_before_its_companies_are() -> None:
    told = granted()
    renewal = told.renewal(told.at + ONE_DAY).draft().report()
    on = told.title.ends_on
    assert titles_ending(demo_actor(OTHER), on)[0].renewal == ""
    renewal.notify()
    shown = titles_ending(demo_actor(OTHER), on)[0]
    assert (shown.renewal, shown.renewal_filed) == (renewal.reference, True)


def test_an_exemption_that_ends_is_asked_for_anew() -> None:
    title = ending_soon(exempted(company=STRANGER).granted().title, 30)
    page = browser(STRANGER).get("/")
    assert title.number in text_of(page)
    assert "An exemption is not renewed." in text_of(page)
    assert BeautifulSoup(page.content, "html.parser").select_one("#waits ~ * a[href='/dossiers/new/device_exemption/']")
    assert title.number not in text_of(browser(ONE).get("/"))


def test_an_early_access_is_renewed_as_before() -> None:
    title = ending_soon(EarlyAccess(at=timezone.now() - dt.timedelta(days=200)).granted().title, 120)
    page = browser(ONE).get("/").content.decode()
    assert f"/titles/{title.number}/renew/" in page


def test_the_page_costs_the_same_however_much_ends_and_is_asked() -> None:
    told = asked_now().says("Nos données.", after=dt.timedelta(minutes=5))
    ending_soon(granted().title, 40)
    client = browser(ONE)
    before = cost(client, "/")
    asked_now()
    ending_soon(granted().title, 50)
    ending_soon(heard_by(framework(companies=GROUP), ONE, OTHER).propose().grant().title, 60)
    assert cost(client, "/") == before
    assert told.reference in text_of(client.get("/"))
