"""What ends soon: who sees which, in which order, with what to do next, and the picture of the coming months."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pgtrigger
import pytest
from bs4 import BeautifulSoup, Tag
from django.db import connection
from django.db.models import F
from django.utils import timezone

from dossiers.demo.aap_story import EarlyAccess
from dossiers.demo.story import Cast, Story, demo_actor
from dossiers.models import Dossier, Title
from dossiers.queries import expiring
from dossiers.services.move import move
from tests.dossiers.screens import browser, cost, lately, text_of
from tests.dossiers.shared.test_titles_and_help import copies, in_force

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world")]

BOARD = "/expiring/"
BUDGET = 9


def ending_in(days: int, **options: Any) -> Story:
    """An authorisation in force whose last day comes in that many days."""
    told = in_force(**options)
    last = timezone.localdate() + dt.timedelta(days=days)
    Title.objects.filter(pk=told.title.pk).update(ends_on=last, in_force_until=last, starts_on=last - dt.timedelta(90))
    return told


def row_of(page: Any, number: str) -> Tag:
    for row in BeautifulSoup(page.content, "html.parser").select(".ending-list__row"):
        link = row.select_one(".app-list__link")
        if link is not None and link.text == number:
            return row
    raise AssertionError(f"{number} is not on the board")


def listed(client: Any, url: str = BOARD) -> list[str]:
    found = BeautifulSoup(client.get(url).content, "html.parser").select(".ending-list .app-list__link")
    return [link.text for link in found]


def numbers(login: str, scope: Any, **options: Any) -> set[str]:
    rows = expiring.ending_page(demo_actor(login), scope, timezone.localdate(), **options).rows
    return {row["number"] for row in rows}


# ------------------------------------------------------------------------------------------------- the list


def test_soonest_first_under_the_heading_of_their_step() -> None:
    told = {days: ending_in(days).title.number for days in (91, 90, 61, 60, 31, 30, 0, -3)}
    page = browser("prescriber").get(BOARD)
    found = BeautifulSoup(page.content, "html.parser")
    groups = [
        (heading.text, [link.text for link in heading.find_parent("tbody").select(".app-list__link")])  # type: ignore[union-attr]
        for heading in found.select("h2[id^=group-]")
    ]
    assert groups == [
        ("Last day already past", [told[-3]]),
        ("Within 30 days", [told[0], told[30]]),
        ("In 31 to 60 days", [told[31], told[60]]),
        ("In 61 to 90 days", [told[61], told[90]]),
    ]
    steps = [one.get_text(" ", strip=True) for one in found.select(".ending-steps a")]
    assert steps == ["1 last day already past", "2 within 30 days", "4 within 60 days", "6 within 90 days"]
    assert listed(browser("prescriber"), f"{BOARD}?within=30") == [told[-3], told[0], told[30]]
    assert "31 days left" in row_of(page, told[30]).get_text()


def early_ending_in(days: int) -> EarlyAccess:
    told = EarlyAccess(at=timezone.now() - dt.timedelta(days=200)).granted()
    last = timezone.localdate() + dt.timedelta(days=days)
    Title.objects.filter(pk=told.title.pk).update(ends_on=last, in_force_until=last)
    return told


@pytest.mark.parametrize(("login", "usual"), [("applicant", 180), ("has_officer", 180), ("ansm_assessor", 90)])
def test_who_reads_early_accesses_sees_them_while_their_renewal_may_still_be_filed(login: str, usual: int) -> None:
    """Three months before the end it is too late: a board of 90 days would only ever show what is lost."""
    told = {days: early_ending_in(days) for days in (181, 180, 120, 60)}
    client = browser(login)
    page = client.get(f"{BOARD}?within=180")
    assert listed(client, f"{BOARD}?within=180") == [told[days].title.number for days in (60, 120, 180)]
    found = BeautifulSoup(page.content, "html.parser")
    assert "In 91 to 180 days" in [heading.text for heading in found.select("h2[id^=group-]")]
    assert "3 within 180 days" in text_of(page)
    assert "To be filed by" in row_of(page, told[120].title.number).get_text()
    assert "Too late to renew" in row_of(page, told[60].title.number).get_text()
    assert len(listed(client)) == (3 if usual == 180 else 1)
    # The link of the usual step is the plain address.
    current = found.select_one(".ending-steps a[aria-current]")
    assert current is not None
    assert ("within=180" in str(current["href"])) is (usual != 180)


def test_my_patients_are_those_i_asked_for_or_signed() -> None:
    mine = ending_in(10)
    begun_by_the_intern = ending_in(20)
    move_to(begun_by_the_intern, created_by="intern")
    colleagues = ending_in(30)
    move_to(colleagues, created_by="intern", signed_by="pharmacist")
    assert numbers("prescriber", "mine") == {mine.title.number, begun_by_the_intern.title.number}
    assert numbers("intern", "mine") == {begun_by_the_intern.title.number, colleagues.title.number}
    assert numbers("prescriber", "hospital") == {one.title.number for one in (mine, begun_by_the_intern, colleagues)}
    client = browser("prescriber")
    assert colleagues.title.number not in listed(client)
    assert colleagues.title.number in listed(client, f"{BOARD}?scope=hospital")
    assert "My patients" not in text_of(browser("pharmacist").get(BOARD))


def move_to(told: Story, *, created_by: str, signed_by: str = "") -> None:
    """As if others had written it. The append-only rows are of the past, so they are told by another hand here."""
    from accounts.models import Membership, Person
    from dossiers.models import Party, Submission

    person = Person.objects.get(email=f"{created_by}@demo.example")
    Dossier.objects.filter(reference=told.reference).update(created_by=person)
    if signed_by:
        other = Membership.objects.get(person__email=f"{signed_by}@demo.example")
        Party.objects.filter(dossier__reference=told.reference, role="prescriber").update(membership=other)
        with pgtrigger.ignore():
            Submission.objects.filter(dossier__reference=told.reference).update(author=other.person)


def test_each_reads_their_own_and_nobody_elses() -> None:
    here = ending_in(10).title.number
    there = ending_in(10, cast=Cast(prescriber="prescriber2", pharmacist="pharmacist2")).title.number
    seen = {
        "prescriber": [here], "pharmacist": [here], "pharmacy_preparer": [here], "prescriber2": [there],
        "ansm_assessor": [here, there], "ansm_signatory": [here, there], "auditor": [here, there],
        "applicant": [], "has_officer": [], "org_admin": [], "expert": [],
    }  # fmt: skip
    for login, expected in seen.items():
        assert sorted(listed(browser(login))) == sorted(expected), login
    # The scope of somebody else is not a scope of mine.
    assert listed(browser("prescriber"), f"{BOARD}?scope=agency") == [here]
    assert listed(browser("ansm_assessor"), f"{BOARD}?scope=mine") == sorted([here, there])


def test_staff_see_which_hospital_has_nobody_left_to_renew() -> None:
    from accounts.models import Membership, Organisation

    number = ending_in(10, cast=Cast(prescriber="prescriber2", pharmacist="pharmacist2")).title.number
    agency, neighbour = browser("ansm_assessor"), browser("prescriber")
    said = "Nobody there may renew: call the hospital"
    assert said not in text_of(agency.get(BOARD))
    theirs = demo_actor("prescriber2").organisation_id
    Organisation.objects.filter(pk=theirs).update(phone="01 99 00 12 34")
    Membership.objects.filter(organisation=theirs).update(ends_on=timezone.localdate())
    row = row_of(agency.get(BOARD), number).get_text(" ", strip=True)
    assert said in row
    assert "01 99 00 12 34" in row
    mine = ending_in(12).title.number
    assert said not in row_of(agency.get(BOARD), mine).get_text()
    assert said not in text_of(neighbour.get(BOARD))


@pytest.mark.parametrize("login", ["expert", "org_admin"])
def test_a_role_that_reads_no_title_is_not_led_to_the_board(login: str) -> None:
    ending_in(10)
    page = browser(login).get(BOARD)
    assert "Your role reads no authorisation." in text_of(page)
    assert "My products" not in text_of(page)
    assert 'href="/expiring/"' not in page.content.decode()


def test_what_next_for_each_stage_of_the_renewal() -> None:
    client, agency, preparer = browser("prescriber"), browser("ansm_assessor"), browser("pharmacy_preparer")
    told = ending_in(20)
    number = told.title.number
    row = row_of(client.get(BOARD), number)
    assert f"/titles/{number}/renew/" in str(row)
    assert "No renewal begun" in row.get_text()
    assert "No renewal received" in row_of(agency.get(BOARD), number).get_text()
    assert "/renew/" not in str(row_of(agency.get(BOARD), number)) + str(row_of(preparer.get(BOARD), number))

    renewal = told.renewal(timezone.now()).draft()
    row = row_of(client.get(BOARD), number)
    assert renewal.reference in row.get_text()
    assert "Draft" in row.get_text()
    assert "ending-list__row--begun" in row["class"]
    assert "/renew/" not in str(row)
    # A draft is the hospital's own: the agency learns of it when it is filed.
    for other in (agency, preparer):
        assert renewal.reference not in other.get(BOARD).content.decode()
        assert "ending-list__row--nothing" in row_of(other.get(BOARD), number)["class"]

    renewal.own_pace = False
    renewal.sign().file()
    for reader in (client, agency, preparer):
        row = row_of(reader.get(BOARD), number)
        assert "ending-list__row--filed" in row["class"]
        assert renewal.reference in row.get_text()
    assert listed(client, f"{BOARD}?to_begin=1") == []
    assert "Every renewal is in hand." in text_of(client.get(f"{BOARD}?to_begin=1"))

    renewal.take_up().propose("grant", "Poursuite utile.")
    renewal.grant()
    row = row_of(client.get(BOARD), number)
    assert f"Renewed: {renewal.title.number}" in row.get_text()
    assert "ending-list__row--filed" in row["class"]


def test_a_renewal_that_failed_leaves_all_to_begin_again() -> None:
    told = ending_in(20)
    renewal = told.renewal(timezone.now()).draft()
    move(
        reference=renewal.reference, transition="withdraw", actor=demo_actor("prescriber"),
        payload={"reason": "Erreur."}, at=timezone.now(),
    )  # fmt: skip
    row = row_of(browser("prescriber").get(BOARD), told.title.number)
    assert "No renewal begun" in row.get_text()
    assert f"Last one asked for, {renewal.reference}: Withdrawn" in " ".join(row.get_text().split())
    assert "/renew/" in str(row)


def test_what_ended_otherwise_is_no_longer_there() -> None:
    told = ending_in(20)
    payload = {"stopped_on": str(timezone.localdate()), "reason": "efficacy"}
    told.at = timezone.now()
    told.move_title("stop_treatment", "prescriber", payload)
    client = browser("prescriber")
    assert listed(client) == []
    assert "No authorisation ends in the next 90 days." in text_of(client.get(BOARD))
    assert "No authorisation ends in the next twelve months." in text_of(client.get(BOARD))


def test_a_long_list_goes_by_pages_and_a_wrong_page_is_forgiven() -> None:
    told = ending_in(20)
    copies(told, 60)
    client = browser("pharmacist")
    first = client.get(BOARD)
    following = BeautifulSoup(first.content, "html.parser").select_one(".fr-pagination a[rel=next], a[rel=next]")
    assert following is not None
    seen = listed(client), listed(client, str(following["href"]))
    assert (len(seen[0]), len(seen[1])) == (50, 11)
    assert not set(seen[0]) & set(seen[1])
    assert client.get(f"{BOARD}?page=nonsense&within=x&scope=y").status_code == 200


@pytest.mark.parametrize("login", ["prescriber", "pharmacist", "ansm_assessor"])
def test_the_board_costs_the_same_with_1_and_20(login: str) -> None:
    told = ending_in(20)
    client = browser(login)
    client.get(BOARD)
    before = cost(client, BOARD)
    copies(told, 19)
    assert len(listed(client)) == 20
    assert cost(client, BOARD) == before <= BUDGET


@pytest.mark.parametrize(
    ("login", "scope", "found_by"),
    [
        ("pharmacist2", "hospital", r"Index Cond: \(+organisation_id ="),
        ("ansm_assessor", "agency", "using title_living"),
    ],
)
def test_among_thousands_the_list_is_read_from_its_index(login: str, scope: Any, found_by: str) -> None:
    """Of ten hospitals' worth of titles, those that end soon are few, and found without reading the rest."""
    many(ending_in(20), 3_000)
    theirs = Title.objects.annotate(rank=F("pk") % 10).filter(rank=0)
    theirs.update(organisation=demo_actor("pharmacist2").organisation_id)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE dossiers_title, dossiers_dossier")
    soon = timezone.localdate() + dt.timedelta(days=90)
    titles = expiring.living_titles(demo_actor(login), scope).filter(ends_on__lte=soon)
    plan = titles.order_by("ends_on", "id")[:50].explain()
    assert re.search(found_by, plan), plan
    assert "Seq Scan on dossiers_title" not in plan, plan


def many(told: Story, count: int) -> None:
    """Titles like this one, over the coming years."""
    dossier, title = told.dossier, told.title
    row = {one.attname: getattr(dossier, one.attname) for one in Dossier._meta.concrete_fields if one.name != "id"}
    files = Dossier.objects.bulk_create(
        Dossier(**row | {"reference": f"D-{dossier.pk}-{rank}", "filing_number": f"E-{dossier.pk}-{rank}"})
        for rank in range(count)
    )
    row = {one.attname: getattr(title, one.attname) for one in Title._meta.concrete_fields if one.name != "id"}
    for rank, file in enumerate(files):
        last = title.ends_on + dt.timedelta(days=rank % 1_000)
        name = f"T-{title.pk}-{rank}"
        row |= {"number": name, "chain": name, "dossier_id": file.pk, "ends_on": last, "in_force_until": last}
        files[rank] = Title(**row)  # type: ignore[call-overload]
    Title.objects.bulk_create(files)  # type: ignore[arg-type]


# ---------------------------------------------------------------------------------------------- the picture


def test_each_title_is_counted_once_in_its_month() -> None:
    on = dt.date(2026, 3, 10)
    actor = demo_actor("prescriber")
    told = [lately().draft().sign().file().take_up().propose("grant", "Bénéfice.", months=6).grant() for _ in range(4)]
    for one, day in zip(told, ("2026-03-09", "2026-03-31", "2026-04-01", "2027-02-28"), strict=True):
        Title.objects.filter(pk=one.title.pk).update(starts_on="2026-01-01", ends_on=day, in_force_until=day)
    told[2].renewal(timezone.now()).draft()
    coming = expiring.coming_months(actor, "mine", on)
    assert {month.first.isoformat(): month.counts for month in coming.months if month.total} == {
        "2026-03-01": {"filed": 0, "begun": 0, "nothing": 1},
        "2026-04-01": {"filed": 0, "begun": 1, "nothing": 0},
        "2027-02-01": {"filed": 0, "begun": 0, "nothing": 1},
    }
    assert [(step.days, step.count, step.nothing) for step in coming.steps] == [
        (0, 1, 1), (30, 2, 1), (60, 2, 1), (90, 2, 1),
    ]  # fmt: skip


def test_the_picture_is_safe_accessible_and_said_again_as_a_table() -> None:
    ending_in(20)
    ending_in(45)
    page = BeautifulSoup(browser("prescriber").get(BOARD).content, "html.parser")
    picture = page.select_one("svg.ending-picture")
    assert picture is not None
    assert picture["role"] == "img"
    for name in str(picture["aria-labelledby"]).split():
        assert picture.find(id=name).text.strip()  # type: ignore[union-attr]
    assert not picture.select("[style], style, script")
    parts = [rect["data-part"] for rect in picture.select("rect[data-part]")]
    assert parts
    assert set(parts) == {"nothing"}
    cells = [[cell.text for cell in row.select("td")] for row in page.select(".ending-months tbody tr")]
    assert len(cells) == 12
    assert sum(int(row[0]) for row in cells) == sum(int(row[3]) for row in cells) == 2


def test_the_agency_is_not_shown_a_part_that_it_cannot_know() -> None:
    told = ending_in(20)
    told.renewal(timezone.now()).draft()
    page = text_of(browser("ansm_assessor").get(BOARD))
    assert "Renewal begun, not filed" not in page
    assert "No renewal received" in page
    assert "Renewal begun, not filed" in text_of(browser("prescriber").get(BOARD))


def test_the_menu_and_the_home_page_lead_to_the_board() -> None:
    for login in ("prescriber", "intern", "pharmacist", "pharmacy_preparer", "ansm_assessor", "ansm_signatory"):
        assert 'href="/expiring/"' in browser(login).get("/help/").content.decode(), login
    home = BeautifulSoup(browser("pharmacist").get("/").content, "html.parser").select_one("main")
    assert 'href="/expiring/"' in str(home)
