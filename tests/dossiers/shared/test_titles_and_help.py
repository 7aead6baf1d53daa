"""What was granted, and the help pages made from the tables."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from dossiers.models import Dossier, Title
from dossiers.policy import titles_visible_to
from tests.dossiers.screens import browser, cost, hidden, lately, text_of
from tests.dossiers.world import granted, title_in
from workflows.registry import TITLE

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world")]

TITLES_BUDGET = 7
TITLE_BUDGET = 20


def in_force(**options: Any) -> Any:
    return lately(**options).draft().sign().file().take_up().propose("grant", "Bénéfice présumé.", months=6).grant()


def copies(told: Any, count: int) -> None:
    """More titles like this one, each of its own dossier."""
    dossier, title = told.dossier, told.title
    for rank in range(count):
        values = {one.attname: getattr(dossier, one.attname) for one in Dossier._meta.concrete_fields}
        values |= {"id": None, "reference": f"AAC-D-2020-{rank:06d}", "filing_number": f"AAC-E-2020-{rank:06d}"}
        copy = Dossier.objects.bulk_create([Dossier(**values)])[0]
        own = {one.attname: getattr(title, one.attname) for one in Title._meta.concrete_fields}
        own |= {"id": None, "number": f"AAC-2020-{rank:06d}", "chain": f"AAC-2020-{rank:06d}", "dossier_id": copy.pk}
        Title.objects.bulk_create([Title(**own)])


@pytest.mark.parametrize("state", [state.code for state in TITLE.states])
@pytest.mark.parametrize("login", ["prescriber", "ansm_signatory"])
def test_every_state_of_a_title_has_its_page(state: str, login: str) -> None:
    told = title_in(state)
    page = text_of(browser(login).get(f"/titles/{told.title.number}/"))
    assert str(TITLE.state(state).staff) in page
    assert "What was granted" in page


def test_another_hospital_sees_no_title() -> None:
    number = granted().title.number
    client = browser("prescriber2")
    assert client.get(f"/titles/{number}/").status_code == 404
    assert client.post(f"/titles/{number}/act/stop_treatment/", {"reason": "death"}).status_code == 404
    assert number not in text_of(client.get("/titles/?state=all"))


def test_titles_by_their_last_day_and_those_that_end_soon() -> None:
    told = in_force()
    number = told.title.number
    for login in ("prescriber", "ansm_assessor"):
        client = browser(login)
        assert number in text_of(client.get("/titles/"))
        assert number in text_of(client.get("/titles/?q=tofersen"))
        assert number in text_of(client.get("/titles/", {"q": number.lower()}))
        assert number not in text_of(client.get("/titles/?expiring=60"))
        assert number not in text_of(client.get("/titles/?state=stopped"))
        assert f"Patient {told.dossier.subject}" in text_of(client.get("/titles/"))
        assert f"Patient {told.dossier.subject}" in text_of(client.get("/dossiers/"))
    soon = timezone.localdate() + dt.timedelta(days=20)
    Title.objects.update(ends_on=soon, in_force_until=soon)
    assert "21 days left" in text_of(browser("prescriber").get("/titles/?expiring=30"))


def test_the_list_and_the_page_cost_the_same_with_1_and_20_titles() -> None:
    told = in_force()
    for login in ("prescriber", "ansm_assessor"):
        client = browser(login)
        url = f"/titles/{told.title.number}/"
        client.get(url)
        before = cost(client, "/titles/"), cost(client, url)
        if login == "prescriber":
            copies(told, 19)
        assert (cost(client, "/titles/"), cost(client, url)) == before
        assert before[0] <= TITLES_BUDGET
        assert before[1] <= TITLE_BUDGET


def test_the_renewal_is_one_click_away_until_it_is_asked_for() -> None:
    told = in_force()
    client = browser("prescriber")
    url = f"/titles/{told.title.number}/"
    assert f"{url}renew/" in client.get(url).content.decode()
    assert f"{url}renew/" not in browser("ansm_assessor").get(url).content.decode()
    renewal = told.renewal(timezone.now()).draft()
    page = client.get(url).content.decode()
    assert f"{url}renew/" not in page
    assert renewal.reference in page
    # The agency is not told of a draft.
    assert renewal.reference not in browser("ansm_assessor").get(url).content.decode()


def test_an_act_on_a_title_from_its_own_form() -> None:
    told = in_force()
    number = told.title.number
    client = browser("prescriber")
    url = f"/titles/{number}/act/stop_treatment/"
    page = client.get(url)
    typed = {"version": hidden(page, "version"), "key": hidden(page, "key"), "stopped_on": str(timezone.localdate())}
    refused = client.post(url, {**typed, "details": "À ne pas perdre."})
    assert refused.status_code == 422
    assert "À ne pas perdre." in text_of(refused)
    assert client.post(url, {**typed, "reason": "efficacy"}).status_code == 302
    assert told.title.state == "stopped"
    assert client.get(url).status_code == 409
    assert browser("ansm_signatory").get(f"/titles/{number}/act/suspend/").status_code == 409
    assert browser("ansm_assessor").get(f"/titles/{number}/act/suspend/").status_code in (403, 409)


def test_a_hospital_reads_the_titles_of_its_own_dossiers_and_no_other() -> None:
    from dossiers.demo.story import demo_actor
    from dossiers.queries.titles import TitleFilters, titles_page

    told = in_force()
    for login in ("prescriber", "prescriber2", "ansm_assessor", "auditor", "applicant"):
        actor = demo_actor(login)
        listed = {row["number"] for row in titles_page(actor, TitleFilters(states=()), timezone.localdate()).rows}
        assert listed == set(titles_visible_to(actor).values_list("number", flat=True)), login
    assert told.title.number


def test_help_is_for_everybody_and_tells_applicants_their_half() -> None:
    public = Client()
    public.cookies["django_language"] = "en"
    index = text_of(public.get("/help/"))
    for said in ("Reminders before its last day", "signed together", "Whoever owes it", "a suspension or a withdrawal"):
        assert said in index
    page = text_of(public.get("/help/aac/"))
    assert "Under examination at ANSM" in page
    assert "To be signed" not in page
    assert "Take up" not in page
    assert "CSP R.5121-74" in page
    assert "Propose a decision" in text_of(browser("ansm_assessor").get("/help/aac/"))
    assert public.get("/help/nothing/").status_code == 404
