"""The lists that HAS works from, what ANSM finds of an early access in its own, and what they cost."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone

from dossiers.demo.aap_story import EarlyAccess
from dossiers.demo.story import demo_actor
from dossiers.models import Dossier, Submission
from dossiers.queries import worklists
from dossiers.queries.digest import digest_of
from dossiers.queries.lists import lists_of
from dossiers.queries.worklists import Filters
from tests.dossiers.screens import browser, cost, text_of
from tests.dossiers.world import dossier_in
from workflows.aap_guards import POST_MA, PRE_MA

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world")]

WORKLIST_BUDGET = 9
HOME_BUDGET = 12
HAS = ("has_officer", "ct_secretary", "has_college")


def told(pathway: str = PRE_MA, days: int = 60, **options: Any) -> EarlyAccess:
    return EarlyAccess(at=timezone.now() - dt.timedelta(days=days), pathway=pathway, **options)


def references(name: str, login: str) -> set[str]:
    page = worklists.list_page(name, demo_actor(login), timezone.now(), Filters())
    return {row["reference"] for row in page.rows}


def copies(story: EarlyAccess, count: int) -> None:
    """More rows like this one, with what lists read of them: their last answers."""
    model = story.dossier
    values = {field.attname: getattr(model, field.attname) for field in Dossier._meta.concrete_fields}
    for rank in range(count):
        own = {"id": None, "reference": f"AAP-D-2020-{rank:06d}", "filing_number": f"AAP-E-2020-{rank:06d}"}
        copy = Dossier(**values | own)
        Dossier.objects.bulk_create([copy])
        last = Submission.objects.filter(dossier=model).latest("number")
        signed = {field.attname: getattr(last, field.attname) for field in Submission._meta.concrete_fields}
        Submission.objects.create(**signed | {"id": None, "dossier_id": copy.pk})


def test_each_list_of_has_holds_its_own() -> None:
    filed = told().draft().file().reference
    incomplete = told().draft().file().missing("Le projet de notice").reference
    examined = told().draft().file().acknowledge().reference
    asked = told().draft().file().acknowledge().ask("Pourquoi ?").reference
    ready = told(POST_MA).examined().reference
    granted = told(POST_MA).granted().reference
    draft = told().draft().reference
    aac = dossier_in("assessment").reference
    assert references("completeness", "has_officer") == {filed}
    assert references("waiting", "has_officer") == {incomplete, asked}
    assert references("mine", "has_officer") == {examined, asked, ready}
    assert references("committee", "ct_secretary") == {examined}
    assert references("college", "has_college") == {ready}
    assert references("decided", "has_officer") == {granted}
    assert references("all", "has_college") == {filed, incomplete, examined, asked, ready}
    everything = {one for login in HAS for name in lists_of(login) for one in references(name, login)}
    assert not everything & {draft, aac}


def test_what_presses_is_said() -> None:
    late = told(POST_MA, days=95).draft().file().acknowledge().reference
    soon = told(POST_MA, days=85).draft().file().acknowledge().reference
    calm = told(POST_MA, days=5).draft().file().acknowledge().reference
    assert references("due_soon", "has_officer") == {late, soon}
    seen = text_of(browser("has_college").get("/worklists/due_soon/"))
    assert late in seen
    assert calm not in seen


def test_ansm_is_shown_the_opinions_it_owes_and_no_other_early_access_as_its_turn() -> None:
    before = told().draft().file().acknowledge().reference
    proposed = told().draft().file().acknowledge().propose_opinion().reference
    given = told().draft().file().acknowledge().opinion().reference
    after = told(POST_MA).draft().file().acknowledge().reference
    filed = told().draft().file().reference
    assert references("opinions", "ansm_assessor") == {before}
    assert references("to_sign", "ansm_signatory") == {proposed}
    # Nobody at ANSM takes them up: HAS leads.
    assert not references("unassigned", "ansm_assessor") & {before, given, after, filed}
    home = text_of(browser("ansm_assessor").get("/"))
    assert before in home
    for other in (given, after, filed):
        assert other not in home


def test_a_list_of_another_role_is_not_found() -> None:
    assert browser("has_officer").get("/worklists/to_sign/").status_code == 404
    assert browser("ansm_assessor").get("/worklists/college/").status_code == 404
    assert browser("auditor").get("/worklists/college/").status_code == 200
    assert browser("applicant").get("/worklists/all/").status_code == 403


@pytest.mark.parametrize("login", [*HAS, "ansm_assessor"])
def test_lists_and_home_cost_the_same_with_1_and_20_rows(login: str) -> None:
    story = told(days=85).draft().file().acknowledge()
    client = browser(login)
    names = [name for name in lists_of(login) if story.reference in references(name, login)]
    assert names
    urls = ["/", *(f"/worklists/{name}/" for name in names)]
    before = [cost(client, url) for url in urls]
    copies(story, 19)
    assert [cost(client, url) for url in urls] == before
    assert text_of(client.get(urls[1])).count("AAP-D-20") == 20
    # An assessor has the opinions to give, its drafts, and both kinds of meetings (an officer has one of them).
    assert before[0] <= HOME_BUDGET + 4 * (login == "ansm_assessor")
    assert max(before[1:]) <= WORKLIST_BUDGET


def test_the_digest_of_has() -> None:
    told().draft().file()
    told(POST_MA, days=85).draft().file().acknowledge()
    told(POST_MA).examined()

    def lines(login: str) -> dict[str, int]:
        at = timezone.now()
        found = digest_of(_person(login), at)
        return {one.link.rstrip("/").rpartition("/")[2]: one.number for one in found}

    assert lines("has_officer") == {"mine": 1, "completeness": 1, "due_soon": 1}
    assert lines("ct_secretary") == {"committee": 1, "due_soon": 1}
    assert lines("has_college") == {"college": 1, "due_soon": 1}


def _person(login: str) -> Any:
    from accounts.models import Person

    return Person.objects.get(email=f"{login}@demo.example")


def test_a_list_names_the_day_that_it_shows(in_english) -> None:
    """What the law sets is a delay; what ANSM sets itself is a target; a list of both says so, each of its rows too."""
    told().draft().file().acknowledge()
    assert "The delay ends on" in text_of(browser("has_officer").get("/worklists/all/"))
    assert "Target date" not in text_of(browser("has_officer").get("/worklists/all/"))
    dossier_in("assessment")
    both = browser("ansm_assessor").get("/worklists/all/").content.decode()
    assert "Delay or target" in both
    assert 'data-label="Target date"' in both
    assert 'data-label="The delay ends on"' in both
