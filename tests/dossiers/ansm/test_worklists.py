"""The agency's lists: what each holds, what it costs, and what a hostile address does to it."""

from __future__ import annotations

import base64
import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from bs4 import BeautifulSoup

from catalogue.models import Indication
from dossiers.demo.story import demo_actor
from dossiers.models import Dossier
from dossiers.queries import worklists
from dossiers.queries.lists import lists_of
from dossiers.queries.worklists import Filters
from tests.dossiers.screens import browser, cost, lately, text_of
from tests.dossiers.world import dossier_in, to_sign

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world")]

OF_ANSM = lists_of("ansm_assessor")
# Session, person, memberships, inbox counter; then one query for all counts, one for the requests on which ANSM is not
# heard, one for the rows.
WORKLIST_BUDGET = 9
# Five lists, the tasks, what is owed late, and the meetings to come of the Innovation and Referral Service.
HOME_BUDGET = 16


def references(name: str, login: str = "ansm_assessor", **filters: Any) -> list[str]:
    from django.utils import timezone

    page = worklists.list_page(name, demo_actor(login), timezone.now(), Filters(**filters))
    return [row["reference"] for row in page.rows]


def copies(reference: str, count: int) -> None:
    """More dossiers like this one. Lists are about rows, not about histories: these have none."""
    model = Dossier.objects.get(reference=reference)
    Dossier.objects.bulk_create(_copy(model, rank) for rank in range(count))


def _copy(model: Dossier, rank: int) -> Dossier:
    values = {field.attname: getattr(model, field.attname) for field in Dossier._meta.concrete_fields}
    values |= {"id": None, "reference": f"AAC-D-2020-{rank:06d}", "filing_number": f"AAC-E-2020-{rank:06d}"}
    return Dossier(**values)


def test_each_list_holds_its_own() -> None:
    received, assessed, waiting, signing, decided, draft = (
        dossier_in(state).reference
        for state in ("received", "assessment", "info_requested", "to_sign", "refused", "at_pharmacy")
    )
    assert references("unassigned") == [received]
    assert set(references("mine")) == {assessed, waiting, signing}
    assert references("waiting") == [waiting]
    assert references("to_sign") == [signing]
    assert set(references("all")) == {received, assessed, waiting, signing}
    assert references("decided") == [decided]
    # Told in May: whatever waits for the agency is late by now, what waits for the hospital is not.
    assert set(references("late")) == {received, assessed, signing}
    everything = {one for name in OF_ANSM for one in references(name)}
    assert draft not in everything


def test_counts_agree_with_the_lists_and_stop_at_the_cap(monkeypatch: pytest.MonkeyPatch) -> None:
    from django.utils import timezone

    told = to_sign()
    copies(told.reference, 4)
    actor = demo_actor("ansm_assessor")
    counted = worklists.counts(actor, timezone.now())
    for name, count in counted.items():
        assert count == len(references(name))
    assert "decided" not in counted
    monkeypatch.setattr(worklists, "MOST_COUNTED", 3)
    assert worklists.said(worklists.counts(actor, timezone.now())["to_sign"]) == "3+"


def test_urgent_first_then_the_target_date() -> None:
    calm = lately().draft().sign().file().reference
    urgent = lately(given={"request": {"urgent": "yes", "urgent_reason": "Vite."}}).draft().sign().file().reference
    assert references("unassigned") == [urgent, calm]


@pytest.mark.parametrize("name", sorted(set(OF_ANSM) - {"opinions"}))
def test_a_list_costs_the_same_with_1_and_20_rows(name: str) -> None:
    told = {"decided": "refused", "unassigned": "received", "waiting": "info_requested", "to_sign": "to_sign"}
    reference = dossier_in(told.get(name, "assessment")).reference
    client = browser("ansm_assessor")
    one = cost(client, f"/worklists/{name}/")
    assert text_of(client.get(f"/worklists/{name}/")).count(reference) == 1
    copies(reference, 19)
    assert text_of(client.get(f"/worklists/{name}/")).count("AAC-D-20") == 20
    assert cost(client, f"/worklists/{name}/") == one
    assert one <= WORKLIST_BUDGET


def test_the_home_and_the_search_cost_the_same_with_1_and_20_rows() -> None:
    reference = dossier_in("assessment").reference
    client = browser("ansm_assessor")
    before = [cost(client, url) for url in ("/", "/search/?q=qalsody", "/dossiers/")]
    copies(reference, 19)
    assert [cost(client, url) for url in ("/", "/search/?q=qalsody", "/dossiers/")] == before
    assert before[0] <= HOME_BUDGET
    assert before[1] <= WORKLIST_BUDGET


def test_pages_by_key_show_every_row_once_both_ways() -> None:
    from django.utils import timezone

    told = dossier_in("assessment")
    copies(told.reference, 11)
    Dossier.objects.filter(reference__endswith="3").update(due_on=None)
    Dossier.objects.filter(reference__endswith="5").update(urgent=True)
    actor = demo_actor("ansm_assessor")
    for order in ("due", "filed"):
        everything = worklists.list_page("all", actor, timezone.now(), Filters(), order=order).rows
        seen: list[str] = []
        cursor, back = "", []
        while True:
            page = worklists.list_page("all", actor, timezone.now(), Filters(), order=order, cursor=cursor, size=5)
            seen += [row["reference"] for row in page.rows]
            back.append(page)
            if not page.next:
                break
            cursor = page.next
        assert seen == [row["reference"] for row in everything]
        before = worklists.list_page(
            "all", actor, timezone.now(), Filters(), order=order, cursor=back[-1].previous, size=5
        )
        assert before.rows == back[-2].rows
        assert not back[0].previous


def test_filters_and_search_are_kept_in_every_link() -> None:
    told = dossier_in("assessment")
    copies(told.reference, 60)
    client = browser("ansm_assessor")
    url = "/worklists/all/?q=qalsody&state=assessment&hospital=valmirande&order=filed"
    page = BeautifulSoup(client.get(url).content, "html.parser")
    following = page.find("a", rel="next")
    kept = parse_qs(urlsplit(str(following["href"])).query)  # type: ignore[index]
    assert {name: kept[name] for name in ("q", "state", "hospital", "order")} == {
        "q": ["qalsody"],
        "state": ["assessment"],
        "hospital": ["valmirande"],
        "order": ["filed"],
    }
    second = BeautifulSoup(client.get(str(following["href"])).content, "html.parser")  # type: ignore[index]
    assert len(second.select("#results tbody tr")) == 11
    assert second.find("a", rel="prev") is not None
    assert page.select_one(".app-filters input[name=q]")["value"] == "qalsody"  # type: ignore[index]


@pytest.mark.parametrize(
    ("filters", "is_found"),
    [
        ({"text": "QÀLSODY"}, True),
        ({"text": "valmirande qalsody"}, True),
        ({"text": "trogarzo"}, False),
        ({"hospital": "chu demo"}, True),
        ({"hospital": "Port-Cendré"}, False),
        ({"product": "tofersen"}, True),
        ({"product": "ibalizumab"}, False),
        ({"kind": "renewal"}, False),
        ({"states": ("assessment",)}, True),
        ({"states": ("received",)}, False),
        ({"urgent": True}, False),
    ],
)
def test_filters_narrow(filters: dict[str, Any], is_found: bool) -> None:
    reference = dossier_in("assessment").reference
    assert (reference in references("all", **filters)) is is_found


def test_a_whole_reference_leads_to_its_dossier() -> None:
    told = dossier_in("assessment").dossier
    client = browser("ansm_assessor")
    for typed in (told.reference.lower(), f" {told.filing_number} "):
        assert client.get("/search/", {"q": typed})["Location"] == f"/dossiers/{told.reference}/"
    # Another hospital learns nothing from the same words.
    assert browser("prescriber2").get("/search/", {"q": told.reference}).status_code == 200


def _cursor(*content: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(list(content)).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "cursor",
    [
        "zzz",
        "é",
        "\x00",
        "A" * 5000,
        "[[[[",
        base64.urlsafe_b64encode(b"[" * 250).decode(),
        _cursor(">", "due", True, "2026-02-31", 1),
        _cursor(">", "due", True, "2026-02-03", 2**70),
        _cursor(">", "due", True, "2026-02-03", True),
        _cursor(">", "due", "yes", None, 1),
        _cursor(">", "filed", "0001-01-01T00:00:00+14:00", 1),
        _cursor(">", "due", True, "2026-02-03"),
        _cursor({}, "due", True, "2026-02-03", 1),
        _cursor(),
    ],
)
def test_a_wrong_cursor_is_the_first_page_with_a_word_of_explanation(cursor: str) -> None:
    reference = dossier_in("assessment").reference
    client = browser("ansm_assessor")
    for url in ("/worklists/all/", "/search/", "/titles/"):
        response = client.get(url, {"page": cursor})
        assert response.status_code == 200
        assert "no longer works" in text_of(response)
    assert reference in text_of(client.get("/worklists/all/", {"page": cursor}))


@pytest.mark.parametrize(
    "query",
    [
        {"q": "a\x00b"},
        {"q": "%_\\'\"--"},
        {"q": "x" * 9000},
        {"state": "nowhere"},
        {"filed_from": "2026-13-45", "filed_to": "0001-01-01"},
        {"filed_from": "9999-12-31", "filed_to": "9999-12-31"},
        {"hospital": "\x00", "product": "%"},
        {"order": "random()", "urgent": "perhaps", "kind": "\x00"},
        {"expiring": "999999999999"},
    ],
)
def test_hostile_values_never_break_a_list(query: dict[str, str]) -> None:
    dossier_in("assessment")
    client = browser("ansm_assessor")
    for url in ("/worklists/all/", "/worklists/decided/", "/search/", "/titles/"):
        assert client.get(url, query).status_code == 200


def test_lists_are_for_staff() -> None:
    assert browser("prescriber").get("/worklists/all/").status_code == 403
    assert browser("auditor").get("/worklists/").status_code == 200
    assert browser("ansm_assessor").get("/worklists/nothing/").status_code == 404


def test_the_task_of_a_first_grant_is_on_the_home_until_done() -> None:
    told = to_sign()
    Indication.objects.filter(pk=told.indication.pk).update(opened_on=None)
    told.grant()
    client = browser("ansm_assessor")
    task = told.dossier.tasks.get()
    assert "Publish the grant criteria" in text_of(client.get("/"))
    response = client.post(f"/dossiers/{told.reference}/tasks/{task.pk}/done/")
    assert response.status_code == 302
    assert "Publish the grant criteria" not in text_of(client.get("/"))


def test_a_file_that_waits_for_its_hospital_says_until_when() -> None:
    told = dossier_in("info_requested")
    day = told.dossier.requests.get().reply_by
    seen = text_of(browser("ansm_assessor").get("/worklists/waiting/"))
    assert f"answer by {day:%d/%m/%Y}" in seen
