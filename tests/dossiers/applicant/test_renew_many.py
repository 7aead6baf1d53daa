"""Renewing several authorisations at once: one request each, an account of every one, nothing lost, nothing twice."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.test import Client
from django.utils import timezone

from dossiers.demo.story import Cast, demo_actor
from dossiers.models import Dossier, DraftSection, Event, Title
from dossiers.queries.answers import raw_answers
from dossiers.services import drafts, renewals
from dossiers.services.errors import Blocked
from dossiers.services.renewals import ToSign, Wish
from tests.dossiers.screens import text_of
from tests.dossiers.shared.test_titles_and_help import in_force
from workflows.types import Reason

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world")]

MANY = "/expiring/renew/"
TICKED = {"informs_patient": "on", "follows_protocol": "on", "states_truth": "on"}
COMPLETE = {
    "clinical_data": "ALSFRS-R stable à 31.",
    "adverse_effects": "none",
    "weight_kg": "62,5",
    "urgent": "no",
    "urgent_reason": "",
}
SignedIn = Callable[..., Client]


def typed(*titles: str, useful: bool = True, key: str = "k1", **rows: dict[str, str]) -> dict[str, Any]:
    """The first page as a person fills it; `rows` by title, complete where nothing else is said."""
    data: dict[str, Any] = {"step": "begin", "key": key, "title": list(titles)}
    for number in titles:
        data |= {f"{number}-{name}": value for name, value in rows.get(number, COMPLETE).items()}
    return data | ({"useful": "on"} if useful else {})


def renewals_of(*titles: str) -> list[Dossier]:
    return list(Dossier.objects.filter(parent_title__number__in=titles).order_by("pk"))


def table(response: Any) -> list[list[str]]:
    rows = BeautifulSoup(response.content, "html.parser").select("main table tbody tr")
    return [[" ".join(cell.get_text(" ").split()) for cell in row.select("td")] for row in rows]


def sign_data(response: Any) -> dict[str, Any]:
    """What the browser would send from the form of signature."""
    form = BeautifulSoup(response.content, "html.parser").select_one("form:has(input[name=request])")
    assert form is not None
    found: dict[str, Any] = {"request": []}
    for control in form.select("input[type=hidden]"):
        if control["name"] == "request":
            found["request"].append(control["value"])
        else:
            found[str(control["name"])] = control["value"]
    return found


# -------------------------------------------------------------------------------------------- the first page


def test_patients_of_the_same_initials_cannot_be_mixed_up(signed_in: SignedIn) -> None:
    born = {"1958-04": "April 1958", "1999-12": "December 1999"}
    told = [in_force(given={"patient": {"initials": "DM", "birth_month": month}}) for month in born]
    titles = [one.title.number for one in told]
    client = signed_in("prescriber")
    page = client.get(MANY, {"title": titles})
    legends = [" ".join(one.get_text().split()) for one in BeautifulSoup(page.content, "html.parser").select("legend")]
    for number, month in zip(titles, born.values(), strict=True):
        assert any(said.startswith(f"DM, {month} QALSODY") and said.endswith(number) for said in legends)
    results = client.post(MANY, typed(*titles))
    signing = BeautifulSoup(results.content, "html.parser").select("section:has(#sign) li")
    for row, line, number, month in zip(table(results), signing, titles, born.values(), strict=True):
        assert number in row[0]
        assert f"DM, {month}" in row[1]
        assert f"DM, {month}" in line.text
        assert number in line.text
    assert "each of these patients or their representative" in text_of(results)
    assert "known risks" in text_of(results)


def test_the_page_asks_for_each_and_once_for_all(signed_in: SignedIn) -> None:
    first, second = in_force().title.number, in_force().title.number
    page = signed_in("prescriber").get(MANY, {"title": [first, second]})
    found = BeautifulSoup(page.content, "html.parser")
    for number in (first, second):
        assert len(found.select(f"textarea[name='{number}-clinical_data']")) == 1
        assert len(found.select(f"input[name='{number}-weight_kg']")) == 1
    assert len(found.select("input[name=useful]")) == 1
    # Said once for all in the plural, with the words that each request keeps.
    assert "useful for each of these patients" in text_of(page)
    assert "useful for this patient" in text_of(page)
    assert not renewals_of(first, second)


def test_only_titles_of_the_hospital_are_on_the_page(signed_in: SignedIn) -> None:
    mine = in_force().title.number
    theirs = in_force(cast=Cast(prescriber="prescriber2", pharmacist="pharmacist2")).title.number
    page = text_of(signed_in("prescriber").get(MANY, {"title": [mine, theirs, "AAC-2000-000000", "a\x00b"]}))
    assert mine in page
    assert theirs not in page
    empty = signed_in("prescriber").get(MANY, {"title": [theirs]})
    assert (empty.status_code, empty["Location"]) == (302, "/expiring/")


@pytest.mark.parametrize("login", ["pharmacy_preparer", "ansm_assessor", "auditor", "applicant", "org_admin"])
def test_others_may_not(signed_in: SignedIn, login: str) -> None:
    number = in_force().title.number
    client = signed_in(login)
    assert client.get(MANY, {"title": number}).status_code == 403
    assert client.post(MANY, typed(number)).status_code == 403
    assert client.post(MANY, {"step": "sign", "request": "x 1", **TICKED}).status_code == 403
    assert not renewals_of(number)


# ------------------------------------------------------------------------------------------------ beginning


def test_one_request_each_with_what_was_typed_in_the_midst_of_the_last_answers(signed_in: SignedIn) -> None:
    told = [in_force(), in_force()]
    first, second = (one.title.number for one in told)
    other = {**COMPLETE, "clinical_data": "Stable", "adverse_effects": "reported"}
    response = signed_in("prescriber").post(MANY, typed(first, second, **{second: other}))
    begun = renewals_of(first, second)
    assert [(one.kind, one.state, one.parent_title.number) for one in begun] == [
        ("renewal", "draft", first),
        ("renewal", "draft", second),
    ]
    kept = raw_answers(begun[1])
    assert kept["renewal"] == {"clinical_data": "Stable", "adverse_effects": "reported", "useful": True}
    assert kept["patient"]["weight_kg"] == "62,5"
    assert kept["patient"]["initials"] == told[1].dossier.subject
    assert kept["request"]["track"] == "B"
    assert "undertakings" not in kept
    assert [(row[0], row[2], row[4]) for row in table(response)] == [
        (first, "Begun", "The signature"),
        (second, "Begun", "The signature"),
    ]


def test_a_second_press_and_a_reload_begin_nothing_more(signed_in: SignedIn) -> None:
    number = in_force().title.number
    client = signed_in("prescriber")
    data = typed(number)
    answers = [table(client.post(MANY, data)) for _ in range(3)]
    assert answers[0] == answers[1] == answers[2]
    assert len(renewals_of(number)) == 1
    # Meanwhile the draft was written on: the page sent again does not undo that.
    reference = renewals_of(number)[0].reference
    mended = {"clinical_data": "Corrigé.", "adverse_effects": "none", "useful": True}
    drafts.save_section(
        reference=reference, section="renewal", data=mended, actor=demo_actor("prescriber"), at=timezone.now()
    )
    client.post(MANY, data)
    assert DraftSection.objects.get(dossier__reference=reference, section="renewal").data == mended


def test_what_is_incomplete_is_begun_all_the_same_and_says_what_it_lacks(signed_in: SignedIn) -> None:
    number = in_force().title.number
    response = signed_in("prescriber").post(MANY, typed(number, useful=False, **{number: {"clinical_data": "Peu."}}))
    (begun,) = renewals_of(number)
    assert raw_answers(begun)["renewal"]["clinical_data"] == "Peu."
    (row,) = table(response)
    assert row[2] == "Begun"
    assert "useful" in row[4]
    assert f"/dossiers/{begun.reference}/edit/patient/#id_weight_kg" in response.content.decode()
    assert "Sign 1 request" not in text_of(response)


def test_one_already_under_way_is_shown_and_what_was_typed_given_back(signed_in: SignedIn) -> None:
    told, other = in_force(), in_force()
    number = told.title.number
    renewal = told.renewal(timezone.now()).draft()
    response = signed_in("prescriber").post(MANY, typed(number, other.title.number))
    assert len(renewals_of(number)) == 1
    rows = table(response)
    assert rows[0][2:4] == ["Already under way", f"{renewal.reference} Draft, not sent"]
    assert "What you typed, which was not kept" in rows[0][4]
    assert COMPLETE["clinical_data"] in rows[0][4]
    assert rows[1][2] == "Begun"


def test_what_must_not_be_kept_is_refused_alone_and_can_be_corrected(signed_in: SignedIn) -> None:
    good, bad = in_force().title.number, in_force().title.number
    client = signed_in("prescriber")
    with_a_number = {**COMPLETE, "clinical_data": "Patient 2 85 05 78 006 084 91 stable"}
    response = client.post(MANY, typed(good, bad, **{bad: with_a_number}))
    assert (len(renewals_of(good)), len(renewals_of(bad))) == (1, 0)
    rows = table(response)
    assert [row[2] for row in rows] == ["Begun", "Not done"]
    assert "national health number" in rows[1][4]
    found = BeautifulSoup(response.content, "html.parser")
    again = found.select_one(f"textarea[name='{bad}-clinical_data']")
    assert again is not None
    assert "Patient 2 85" in again.text
    assert found.select_one("input[name=useful][checked]") is not None
    assert table(client.post(MANY, typed(bad, key="k2")))[0][2] == "Begun"


def test_an_authorisation_that_ended_or_is_renewed_is_refused_with_its_reason() -> None:
    ended, renewed, theirs = in_force(), in_force(), in_force(cast=Cast("prescriber2", "pharmacist2"))
    ended.at = timezone.now()
    ended.move_title("stop_treatment", "prescriber", {"stopped_on": str(timezone.localdate()), "reason": "efficacy"})
    again = renewed.renewal(timezone.now()).draft()
    again.own_pace = False
    again.sign().file().take_up().propose("grant", "Poursuite utile.").grant()
    titles = (ended.title.number, renewed.title.number, theirs.title.number)
    before = Dossier.objects.count()
    found = renewals.begin_all(
        wishes=[Wish(number, {}) for number in titles], actor=demo_actor("prescriber"), key="k", at=timezone.now()
    )
    assert [(one.outcome, one.reasons[0].code) for one in found] == [
        ("refused", "ended"), ("refused", "renewed"), ("refused", "not_found"),
    ]  # fmt: skip
    assert Dossier.objects.count() == before


def test_an_intern_and_a_pharmacist_begin_and_a_prescriber_signs(signed_in: SignedIn) -> None:
    for login in ("intern", "pharmacist"):
        number = in_force().title.number
        client = signed_in(login)
        response = client.post(MANY, typed(number))
        assert [one.state for one in renewals_of(number)] == ["draft"]
        assert "A prescriber must sign." in text_of(response)
        (begun,) = renewals_of(number)
        data = {"step": "sign", "request": f"{begun.reference} {begun.version}", **TICKED}
        assert client.post(MANY, data).status_code == 403
        assert "undertakings" not in raw_answers(begun)


def test_fifty_at_once_and_no_more(signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch) -> None:
    told = [in_force().title.number for _ in range(3)]
    monkeypatch.setattr(renewals, "MOST_AT_ONCE", 2)
    monkeypatch.setattr("dossiers.views.applicant.renew_many.MOST_AT_ONCE", 2)
    actor = demo_actor("prescriber")
    with pytest.raises(Blocked):
        renewals.begin_all(wishes=[Wish(one, {}) for one in told], actor=actor, key="k", at=timezone.now())
    client = signed_in("prescriber")
    page = client.get(MANY, {"title": told})
    assert "You selected 3: here are the first 2." in text_of(page)
    assert len(BeautifulSoup(page.content, "html.parser").select("input[name=title]")) == 2
    client.post(MANY, typed(*told))
    assert len(renewals_of(*told)) == 2


# -------------------------------------------------------------------------------------------------- signing


def test_all_that_are_complete_are_signed_together(signed_in: SignedIn) -> None:
    first, second, third = (in_force().title.number for _ in range(3))
    client = signed_in("prescriber")
    page = client.post(MANY, typed(first, second, third, **{third: {**COMPLETE, "clinical_data": ""}}))
    assert "2 requests are complete." in text_of(page)
    assert "conditions of its supply" in text_of(page)
    data = sign_data(page) | TICKED
    response = client.post(MANY, data)
    assert [one.state for one in renewals_of(first, second, third)] == ["at_pharmacy", "at_pharmacy", "draft"]
    rows = {row[0]: row for row in table(response)}
    assert rows[first][2] == rows[second][2] == "Signed and sent to the pharmacy"
    assert rows[third][2] == "Not done"
    assert "Clinical data since the authorisation" in rows[third][4]
    # What is not signed is under no undertaking.
    assert "undertakings" not in raw_answers(renewals_of(third)[0])
    signed = renewals_of(first)[0].submissions.get()
    assert signed.answers["undertakings"] == dict.fromkeys(TICKED, True)
    assert signed.author_id == demo_actor("prescriber").person_id
    # Pressed again: the same account, and each signed once.
    assert table(client.post(MANY, data)) == table(response)
    assert Event.objects.filter(dossier__in=renewals_of(first, second), verb="sign").count() == 2


def test_every_undertaking_must_be_ticked(signed_in: SignedIn) -> None:
    number = in_force().title.number
    client = signed_in("prescriber")
    data = sign_data(client.post(MANY, typed(number))) | {"informs_patient": "on", "states_truth": "on"}
    response = client.post(MANY, data)
    assert response.status_code == 422
    assert "the request cannot be signed without it" in text_of(response)
    assert [one.state for one in renewals_of(number)] == ["draft"]
    found = BeautifulSoup(response.content, "html.parser")
    assert len(found.select("input[type=checkbox][checked]")) == 2
    assert sign_data(response)["request"] == data["request"]
    client.post(MANY, sign_data(response) | TICKED)
    assert [one.state for one in renewals_of(number)] == ["at_pharmacy"]


def test_what_changed_since_the_page_was_read_is_not_signed(signed_in: SignedIn) -> None:
    number = in_force().title.number
    client = signed_in("prescriber")
    data = sign_data(client.post(MANY, typed(number))) | TICKED
    (begun,) = renewals_of(number)
    changed = {"clinical_data": "Tout autre chose.", "adverse_effects": "none", "useful": True}
    drafts.save_section(
        reference=begun.reference, section="renewal", data=changed, actor=demo_actor("intern"), at=timezone.now()
    )
    (row,) = table(client.post(MANY, data))
    assert row[2] == "Not done"
    assert "has changed since you opened this page" in row[4]
    assert [one.state for one in renewals_of(number)] == ["draft"]


def test_nobody_signs_what_is_not_theirs() -> None:
    theirs = in_force(cast=Cast("prescriber2", "pharmacist2"))
    draft = theirs.renewal(timezone.now()).draft().dossier
    wanted = [ToSign(draft.reference, draft.version)]
    ticked = dict.fromkeys(TICKED, True)
    at = timezone.now() + dt.timedelta(minutes=1)
    (found,) = renewals.sign_all(requests=wanted, undertakings=ticked, actor=demo_actor("prescriber"), key="k", at=at)
    assert (found.outcome, found.reasons[0].code) == ("refused", "not_found")
    # Nor, of one's own hospital, without the right to make the undertakings.
    own = in_force().renewal(timezone.now()).draft().dossier
    wanted = [ToSign(own.reference, own.version)]
    (found,) = renewals.sign_all(requests=wanted, undertakings=ticked, actor=demo_actor("intern"), key="k", at=at)
    assert (found.outcome, found.reasons[0].code) == ("refused", "role")
    assert set(Dossier.objects.filter(pk__in=(draft.pk, own.pk)).values_list("state", flat=True)) == {"draft"}


def test_the_titles_are_left_as_they_were(signed_in: SignedIn) -> None:
    number = in_force().title.number
    before = Title.objects.values().get(number=number)
    signed_in("prescriber").post(MANY, typed(number))
    assert Title.objects.values().get(number=number) == before


def begun_for(number: str) -> Dossier:
    wishes = [Wish(number, {"renewal": {"clinical_data": "Stable.", "adverse_effects": "none", "useful": True}})]
    (outcome,) = renewals.begin_all(wishes=wishes, actor=demo_actor("prescriber"), key="k", at=timezone.now())
    return Dossier.objects.get(reference=outcome.reference)


def sign(begun: Dossier) -> renewals.Outcome:
    (outcome,) = renewals.sign_all(
        requests=[ToSign(begun.reference, begun.version)],
        undertakings=dict.fromkeys(TICKED, True),
        actor=demo_actor("prescriber"),
        key="s",
        at=timezone.now(),
    )
    return outcome


def test_what_cannot_be_renewed_any_more_is_under_no_undertaking() -> None:
    told = in_force()
    begun = begun_for(told.title.number)
    told.at = timezone.now()
    told.move_title("withdraw", "signatory", {"reason": "Signal.", "emergency": True})
    outcome = sign(begun)
    assert outcome.outcome == renewals.REFUSED
    assert "parent_not_renewable" in {reason.code for reason in outcome.reasons}
    assert "undertakings" not in raw_answers(begun)


def test_an_undertaking_given_for_a_signature_that_was_prevented_is_taken_back(monkeypatch: pytest.MonkeyPatch) -> None:
    begun = begun_for(in_force().title.number)

    def prevented(**_asked: object) -> None:
        raise Blocked([Reason("meanwhile", "Somebody else acted.")])

    monkeypatch.setattr(renewals, "_why_it_is_not_signed", lambda *_asked: ())
    monkeypatch.setattr(renewals, "move", prevented)
    assert [reason.code for reason in sign(begun).reasons] == ["meanwhile"]
    assert not raw_answers(begun).get("undertakings")
