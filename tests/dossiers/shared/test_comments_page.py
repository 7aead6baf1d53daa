"""The page where the holder is invited to comment and comments; what the page of an act says before the press."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.utils import timezone

from dossiers.demo.story import demo_actor
from dossiers.models import CommentInvitation, Event, Title
from dossiers.queries.titles import spans, versions
from dossiers.services import comments
from dossiers.views.shared.acts import TOLD
from tests.documents.pdfs import text_of as pdf_text
from tests.dossiers.screens import browser, hidden, lately, text_of
from workflows.registry import TITLE

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world")]

GROUNDS = "Trois cas d'hépatite rapportés."


def in_force() -> Any:
    return lately().draft().sign().file().take_up().propose("grant", "Bénéfice présumé.", months=6).grant()


def in_days(days: int) -> dt.date:
    return timezone.localdate() + dt.timedelta(days=days)


def invited(told: Any, intended: str = "suspend") -> CommentInvitation:
    return comments.invite(
        number=told.title.number,
        intended=intended,
        grounds=GROUNDS,
        reply_by=in_days(20),
        actor=demo_actor("ansm_signatory"),
        at=timezone.now(),
    )


def test_invited_then_commented_from_the_page() -> None:
    told = in_force()
    url = f"/titles/{told.title.number}/"
    staff, hospital = browser("ansm_assessor"), browser("pharmacist")
    assert "Invite the holder to comment" in text_of(staff.get(url))
    assert "Comments before a decision" not in text_of(hospital.get(url))
    typed = {"do": "invite", "intended": "suspend", "grounds": GROUNDS, "reply_by": in_days(20).isoformat()}
    assert staff.post(f"{url}comments/", typed).status_code == 302
    page = text_of(hospital.get(url))
    assert "You may comment until" in page
    assert GROUNDS in page
    assert "The holder was invited to comment" in page
    assert "You may comment until" not in text_of(browser("intern").get(url))
    assert hospital.post(f"{url}comments/", {"do": "give", "comments": "Il répond bien."}).status_code == 302
    page = text_of(browser("ansm_signatory").get(f"{url}act/suspend/"))
    assert "Il répond bien." in page
    assert "You may comment" not in text_of(hospital.get(url))


def test_nothing_typed_is_lost_when_it_is_refused() -> None:
    told = in_force()
    url = f"/titles/{told.title.number}/comments/"
    staff = browser("ansm_signatory")
    soon = {"do": "invite", "intended": "withdraw", "grounds": GROUNDS, "reply_by": in_days(2).isoformat()}
    refused = staff.post(url, soon)
    assert refused.status_code == 422
    page = BeautifulSoup(refused.content, "html.parser")
    assert GROUNDS in page.get_text()
    assert page.select_one("input[value=withdraw][checked]") is not None
    assert page.select_one(".app-error-summary a[href='#id_reply_by']") is not None
    hospital = browser("pharmacist")
    too_late = hospital.post(url, {"do": "give", "comments": "Longue réponse."})
    assert too_late.status_code == 409
    assert "Longue réponse." in text_of(too_late)
    assert staff.post(url, {"do": "nonsense"}).status_code == 404
    assert not CommentInvitation.objects.exists()
    invited(told)
    nir = hospital.post(url, {"do": "give", "comments": "Patient 1 84 12 76 451 089 46"})
    assert nir.status_code == 422
    assert "national health number" in text_of(nir)
    assert "1 84 12 76 451 089 46" in nir.content.decode()


def test_the_page_offers_a_day_that_is_accepted() -> None:
    told = in_force()
    page = browser("ansm_signatory").get(f"/titles/{told.title.number}/comments/")
    offered = BeautifulSoup(page.content, "html.parser").select_one("#id_reply_by")["value"]  # type: ignore[index]
    assert offered == comments.earliest_reply(timezone.now()).isoformat()


def test_an_act_waits_for_the_answer_and_says_until_when() -> None:
    told = in_force()
    invited(told)
    url = f"/titles/{told.title.number}/act/suspend/"
    client = browser("ansm_signatory")
    page = client.get(url)
    typed = {
        "version": hidden(page, "version"),
        "key": hidden(page, "key"),
        "reason": "Signal.",
        "until": in_days(30).isoformat(),
    }
    refused = client.post(url, typed)
    assert refused.status_code == 422
    assert "The holder may comment until" in text_of(refused)
    assert client.post(url, {**typed, "emergency": "on"}).status_code == 302
    assert told.title.state == "suspended"
    history = text_of(client.get(f"/titles/{told.title.number}/"))
    assert "It is an emergency: observations were not awaited: Yes" in history.replace(" :", ":")


def test_an_end_for_safety_shows_the_hearing_of_a_withdrawal_and_no_other_end_asks_for_one() -> None:
    told = in_force()
    client, url = browser("ansm_signatory"), f"/titles/{told.title.number}/act/cease/"
    assert "has not been invited to comment" not in text_of(client.get(url))
    invited(told, "withdraw")
    assert "The holder may comment until" in text_of(client.get(url))
    assert GROUNDS in text_of(client.get(url))


@pytest.mark.parametrize("name", [row.name for row in TITLE.transitions if "aac" in row.by_procedure])
def test_the_page_of_an_act_says_who_is_told_and_which_letter_is_made(name: str) -> None:
    told = in_force()
    row = TITLE.transition(name)
    if "in_force" not in row.sources:
        until = in_days(30).isoformat()
        told.at = timezone.now()
        told.move_title("suspend", "signatory", {"reason": "x", "until": until, "emergency": True})
    login = "ansm_signatory" if "ansm_signatory" in row.roles("aac") else "prescriber"
    page = text_of(browser(login).get(f"/titles/{told.title.number}/act/{name}/"))
    for audience in row.tells:
        # A ministry reads no compassionate access.
        assert (str(TOLD[audience]) in page) == (audience != "ministers")
    assert ("A letter is made and numbered" in page) == bool(row.letter)


def test_the_letter_is_read_before_it_is_signed_and_nothing_is_done() -> None:
    told = in_force()
    number = told.title.number
    client = browser("ansm_signatory")
    url = f"/titles/{number}/preview/withdraw/"
    before = Event.objects.count()
    page = client.post(url, {"reason": "Risque hépatique avéré.", "emergency": "on"})
    assert page["Content-Type"] == "application/pdf"
    text = pdf_text(page.content)
    assert "Décision portant retrait" in text
    assert "Risque hépatique avéré." in text
    assert number in text
    assert "Non signé" in text
    assert (Event.objects.count(), told.title.state) == (before, "in_force")
    refused = client.post(url, {"reason": "Sans avoir entendu personne."})
    assert refused.status_code == 422
    assert "must first be invited to comment" in text_of(refused)
    assert client.get(url)["Location"] == f"/titles/{number}/act/withdraw/"
    assert client.post(f"/titles/{number}/preview/renounce/", {}).status_code == 404
    assert browser("ansm_assessor").post(url, {"reason": "x", "emergency": "on"}).status_code == 403


def test_versions_show_the_days_they_held() -> None:
    told = in_force()
    told.at = timezone.now()
    for changes in ("Dose doublée.", "Dose triplée."):
        told.move_title("modify", "signatory", {"reason": "Adaptation.", "changes": changes})
    title = told.title
    since = title.starts_on
    third, second, first = spans(title, versions(title))
    assert (first.since, first.until) == (since, timezone.localdate() - dt.timedelta(days=1))
    assert (second.since, second.until) == (timezone.localdate(), None)
    assert (third.since, third.until) == (timezone.localdate(), title.ends_on)
    page = text_of(browser("prescriber").get(f"/titles/{title.number}/"))
    assert "Dose doublée." in page
    assert "replaced the same day" in page


def test_each_page_says_what_is_awaited_and_what_comes_next() -> None:
    told = in_force()
    invited(told)
    url = f"/titles/{told.title.number}/"
    staff, signatory = browser("ansm_assessor"), browser("ansm_signatory")
    panel = BeautifulSoup(staff.get(url).content, "html.parser").select_one(".app-next")
    assert panel is not None
    assert "intends to suspend the authorisation: the holder may comment until" in panel.text
    assert "this act is refused unless you state below that it is an emergency" in text_of(
        signatory.get(f"{url}act/suspend/")
    )
    assert "this act is refused unless" not in text_of(signatory.get(f"{url}act/withdraw/"))
    assert "Nothing is to do until the holder answers" in text_of(staff.get(f"{url}comments/"))
    browser("pharmacist").post(f"{url}comments/", {"do": "give", "comments": "Il répond bien."})
    assert "the holder commented on" in text_of(staff.get(url))
    assert "this act is refused unless" not in text_of(signatory.get(f"{url}act/suspend/"))
    page = staff.get(f"{url}comments/")
    assert "A signatory may now suspend the authorisation" in text_of(page)
    # Only whoever signs is led to the act.
    assert f"{url}act/suspend/" not in page.content.decode()
    assert f"{url}act/suspend/" in signatory.get(f"{url}comments/").content.decode()


def test_a_suspension_that_outlasts_the_authorisation_says_so() -> None:
    told = in_force()
    told.at = timezone.now()
    told.move_title("suspend", "signatory", {"reason": "Signal.", "until": str(in_days(30)), "emergency": True})
    client, url = browser("pharmacist"), f"/titles/{told.title.number}/"
    assert "will not be in force again" not in text_of(client.get(url))
    Title.objects.filter(pk=told.title.pk).update(ends_on=in_days(20), in_force_until=in_days(20))
    assert "will not be in force again after its suspension" in text_of(client.get(url))
