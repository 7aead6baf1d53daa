"""Every system of the mission is at most two clicks from the home page of whoever uses it, in both languages.

A click follows a link of the page, its menu and its foot included. Nothing is typed and no form is sent.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import urljoin, urlsplit

import pytest
from bs4 import BeautifulSoup
from django.test import Client
from django.utils import timezone

from accounts.demo import PROJECT
from accounts.models import Membership
from dossiers.demo.aap_story import EarlyAccess
from dossiers.demo.advice_story import AdviceStory
from dossiers.demo.cpc_story import Framework
from dossiers.demo.story import ONE_DAY, demo_actor
from dossiers.services import experts
from tests.access.world import AGO, browser, told_until
from workflows.cpc_guards import OWN_INITIATIVE

pytestmark = pytest.mark.django_db

OF_THE_PROJECT: Final = "two_hats"
STORY: Final = r"/dossiers/[^/]+/story/"
MISSION: Final = r"/missions/[0-9]+/"
NEW: Final = "/dossiers/new/"
# (who, what they look for, its address). `STORY` and `MISSION` are patterns: there is one for each file.
SYSTEMS: Final = (
    ("prescriber", "AAC", f"{NEW}?of=aac"),
    ("prescriber", "device exemption", f"{NEW}device_exemption/"),
    ("prescriber", "frameworks in force", "/register/frameworks/"),
    ("prescriber", "cohort", "/cohort/"),
    ("prescriber", "devices used", "/devices/"),
    ("prescriber", "incidents", "/devices/vigilance/"),
    ("prescriber", "story of a product", STORY),
    ("pharmacist", "AAC", "/worklists/pharmacy/"),
    ("pharmacist", "cohort", "/cohort/"),
    ("pharmacist", "devices used", "/devices/"),
    ("pharmacist", "incidents", "/devices/vigilance/"),
    ("pharmacist", "frameworks in force", "/register/frameworks/"),
    ("applicant", "AAP", f"{NEW}?of=aap"),
    ("applicant", "pre-filing meetings", "/filing-meetings/"),
    ("applicant", "device exemption", f"{NEW}device_exemption/"),
    ("applicant", "devices", "/devices/"),
    ("applicant", "incidents", "/devices/vigilance/"),
    ("applicant", "GIO", f"{NEW}advice/"),
    ("applicant", "qualification", "/qualification/"),
    ("applicant", "meetings", "/meetings/"),
    ("applicant", "cohort", "/cohort/"),
    ("applicant", "frameworks in force", "/register/frameworks/"),
    ("applicant", "story of a product", STORY),
    ("pharmacovigilance", "incidents", "/devices/vigilance/"),
    ("pharmacovigilance", "cohort", "/cohort/"),
    (OF_THE_PROJECT, "GIO", f"{NEW}advice/"),
    (OF_THE_PROJECT, "qualification", "/qualification/"),
    (OF_THE_PROJECT, "meetings", "/meetings/"),
    (OF_THE_PROJECT, "story of a product", STORY),
    ("reporter", "CPC", f"{NEW}cpc/"),
    ("reporter", "frameworks in force", "/register/frameworks/"),
    ("reporter", "story of a product", STORY),
    ("ministry_reader", "CPC", f"{NEW}cpc/"),
    ("ministry_reader", "story of a product", STORY),
    ("ansm_assessor", "CPC of its own", f"{NEW}cpc/"),
    ("ansm_assessor", "meetings", "/meetings/"),
    ("ansm_assessor", "pre-filing meetings", "/filing-meetings/"),
    ("ansm_assessor", "devices", "/devices/"),
    ("ansm_assessor", "story of a product", STORY),
    ("ansm_triage", "requests to route", "/worklists/to_route/"),
    ("ansm_triage", "meetings", "/meetings/"),
    ("ansm_signatory", "decisions to sign", "/worklists/to_sign/"),
    ("ansm_vigilance", "incidents", "/devices/vigilance/"),
    ("ansm_vigilance", "devices", "/devices/"),
    ("ansm_vigilance", "cohort", "/cohort/"),
    ("has_officer", "AAP", "/worklists/completeness/"),
    ("has_officer", "pre-filing meetings", "/filing-meetings/"),
    ("has_college", "sittings", "/agenda/"),
    ("has_officer", "cohort", "/cohort/"),
    ("expert", "missions", MISSION),
    *((who, "register", "/register/") for who in ("signed_out", "prescriber", "applicant", "expert", "auditor")),
)
READERS: Final = tuple(dict.fromkeys(who for who, _what, _address in SYSTEMS))


@pytest.fixture(scope="module")
def stories(demo: None) -> None:
    """A file of each procedure, none with a meeting: what is reached is not reached by a chance line of a list."""
    at = timezone.now() - AGO
    told_until("received")
    EarlyAccess(at=at).draft().file()
    told = Framework(at=at).draft().report()
    AdviceStory(at=at).draft().file()
    expert, assessor = demo_actor("expert"), demo_actor("ansm_assessor")
    until = timezone.localdate() + 30 * ONE_DAY
    assert expert.membership_id is not None
    experts.ask(
        reference=told.reference, expert=expert.membership_id, question="La dose ?", until=until, actor=assessor
    )


def client_of(who: str, language: str) -> Client:
    client = browser(who)
    client.cookies["django_language"] = language
    if who == OF_THE_PROJECT:
        own = Membership.objects.get(person__email=f"{who}@demo.example", organisation__name=PROJECT)
        client.post("/profile/act-as/", {"membership": own.pk})
    return client


def links(client: Client, address: str) -> Iterator[str]:
    """The pages that this one links to; none from one that is refused."""
    answer = client.get(address, follow=True)
    if answer.status_code != 200 or not answer["Content-Type"].startswith("text/html"):
        return
    here = answer.redirect_chain[-1][0] if answer.redirect_chain else address
    for link in BeautifulSoup(answer.content, "html.parser").find_all("a", href=True):
        target = urlsplit(urljoin(here, str(link["href"])))
        if not target.netloc and not target.scheme:
            yield target.path + (f"?{target.query}" if target.query else "")


def within_two_clicks(client: Client, wanted: set[str]) -> set[str]:
    """Which of the addresses `wanted` (patterns) are reached; looks no further once all are."""

    def missing() -> set[str]:
        return {one for one in wanted if not any(re.fullmatch(one, address) for address in seen)}

    seen = dict.fromkeys(links(client, "/"))
    for first in list(seen):
        if not missing():
            break
        seen.update(dict.fromkeys(links(client, first)))
    reached = {one: next(address for address in seen if re.fullmatch(one, address)) for one in wanted - missing()}
    return {one for one, address in reached.items() if client.get(address, follow=True).status_code == 200}


def pattern(address: str) -> str:
    return address if address in (STORY, MISSION) else re.escape(address)


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("who", READERS)
def test_each_system_is_within_two_clicks(stories: None, who: str, language: str) -> None:
    asked = {pattern(address): what for reader, what, address in SYSTEMS if reader == who}
    client = client_of(who, language)
    reached = within_two_clicks(client, set(asked))
    assert reached == set(asked), [what for one, what in asked.items() if one not in reached]
    assert f'<html lang="{language}"' in client.get("/").content.decode()


@pytest.mark.parametrize("who", READERS)
def test_every_page_that_a_home_names_opens(stories: None, who: str) -> None:
    client = client_of(who, "en")
    home = BeautifulSoup(client.get("/").content, "html.parser")
    named = {str(link["href"]).partition("#")[0] for link in home.select("nav a[href]")} - {""}
    refused = {one: client.get(one, follow=True).status_code for one in named}
    assert {one: status for one, status in refused.items() if status != 200} == {}


def test_an_agency_finds_its_own_draft_on_its_home(stories: None) -> None:
    told = Framework(at=timezone.now() - AGO, kind=OWN_INITIATIVE).draft()
    assert told.reference in browser("ansm_assessor").get("/").content.decode()
    assert told.reference not in browser("ministry_reader").get("/").content.decode()
