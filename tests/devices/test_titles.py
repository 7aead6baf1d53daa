"""An exemption that stops, ends or applies again is told to every site that holds units or that its decision names, and
to no other."""

from __future__ import annotations

import pytest

from accounts.demo import HOSPITAL_2
from devices.policy import titles_of_devices
from devices.services import units
from dossiers.demo.device_story import Exemption
from dossiers.demo.story import demo_actor
from dossiers.models import Title
from dossiers.services.errors import Blocked
from dossiers.services.move import move_title
from dossiers.services.title_days import follow_titles
from notifications.models import OutboxMessage
from tests.devices.world import DAY, MONDAY, decide, granted, received, shipped, site, used
from workflows.dates import civil_date

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world", "in_english")]

REASON = {"reason": "Signal de sécurité.", "emergency": True}


@pytest.fixture
def title() -> Title:
    return granted()


def told() -> dict[str, str]:
    """{login: what they are told}, of the messages to sites."""
    messages = OutboxMessage.objects.filter(kind="device_title").order_by("pk")
    return {one.recipient.email.partition("@")[0]: one.context["label"]["text"]["en"] for one in messages}


def move(title: Title, transition: str, **payload: object) -> None:
    signatory = demo_actor("ansm_signatory")
    move_title(number=title.number, transition=transition, actor=signatory, payload=payload, at=MONDAY + DAY)


def test_a_site_that_the_decision_names_is_told_even_without_a_unit(title: Title) -> None:
    other = site(HOSPITAL_2)
    decide(title, sites=f"Une clinique étrangère\n{other.finess_et}, sous un autre nom", establishments=[other.pk])
    received(title)
    move(title, "withdraw", **REASON)
    assert "that you hold" in told()["pharmacist"]
    assert "that your hospital may use" in told()["pharmacist2"]
    assert titles_of_devices(demo_actor("pharmacist2")).filter(pk=title.pk).exists()


def test_a_suspension_is_told_to_the_sites_that_hold_units(title: Title) -> None:
    received(title, to=HOSPITAL_2)
    move(title, "suspend", **REASON, until=str(civil_date(MONDAY + 30 * DAY)))
    assert {"pharmacist2", "prescriber2"} <= set(told())
    assert not {"applicant", "ansm_vigilance"} & set(told())
    assert "suspended" in told()["pharmacist2"]
    move(title, "reinstate", reason="Signal écarté.")
    assert "lifted" in told()["pharmacist2"]


@pytest.mark.parametrize(("transition", "more"), [("withdraw", {}), ("cease", {"cause": "safety"})])
def test_an_end_is_told_to_the_sites(title: Title, transition: str, more: dict[str, str]) -> None:
    used(title)
    move(title, transition, **REASON, **more)
    assert {"pharmacist", "prescriber"} <= set(told())


def test_the_last_day_is_told_to_the_sites(title: Title) -> None:
    received(title)
    follow_titles(at=MONDAY + 400 * DAY)
    assert Title.objects.get(pk=title.pk).state == "expired"
    assert "expired" in told()["pharmacist"]


def test_a_site_that_gave_everything_back_is_not_told(title: Title) -> None:
    unit = received(title)[0]
    units.move_on(
        number=title.number,
        ranks=[unit.rank],
        name="give_back",
        on=civil_date(MONDAY),
        actor=demo_actor("pharmacist"),
        at=MONDAY,
    )
    decide(title, sites="Une clinique étrangère", establishments=[])
    move(title, "withdraw", **REASON)
    assert told() == {}


def test_nothing_is_sent_nor_used_while_it_is_suspended(title: Title) -> None:
    unit = received(title)[0]
    move(title, "suspend", **REASON, until=str(civil_date(MONDAY + 30 * DAY)))
    with pytest.raises(Blocked) as refused:
        shipped(title, at=MONDAY + 2 * DAY)
    assert refused.value.reasons[0].code == "not_in_force"
    # What was sent before may still be noted.
    assert shipped(title, at=MONDAY)
    with pytest.raises(Blocked) as refused:
        units.use(
            number=title.number,
            rank=unit.rank,
            on=civil_date(MONDAY + 2 * DAY),
            patient="R-1",
            actor=demo_actor("prescriber"),
            at=MONDAY + 2 * DAY,
        )
    assert refused.value.reasons[0].code == "deviation_needed"


def test_a_site_without_a_unit_is_not_told_that_it_holds_one() -> None:
    told_story = Exemption(at=MONDAY - 30 * DAY, company="applicant").granted()
    move(told_story.title, "withdraw", **REASON)
    assert set(told().values()) == {"The exemption of a device that your hospital may use is withdrawn"}
