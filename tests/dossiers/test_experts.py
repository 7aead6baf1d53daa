"""An expert asked about one file: what opens when, for how long, to whom; and what nobody else learns."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Membership
from dossiers.demo.aap_story import EarlyAccess
from dossiers.demo.story import Story, demo_actor
from dossiers.models import Event, ExpertMission
from dossiers.policy import may, titles_visible_to, visible_to
from dossiers.queries.experts import missions_for, missions_on
from dossiers.services import experts
from dossiers.services.errors import Blocked, Forbidden, NotFound
from dossiers.services.staffing import recuse
from notifications.models import OutboxMessage
from tests.dossiers.cpc_world import framework
from tests.dossiers.screens import browser, cost
from tests.dossiers.world import MONDAY, dossier_in
from workflows.dates import ONE_DAY, civil_date
from workflows.types import Actor

pytestmark = pytest.mark.django_db
SECRET = "zqopinexpe"
UNTIL = MONDAY.date() + 60 * ONE_DAY


@pytest.fixture
def told(world: None, time_machine: Any) -> Story:
    time_machine.move_to(MONDAY + dt.timedelta(days=30))
    return dossier_in("assessment")


@pytest.fixture
def expert() -> Actor:
    return demo_actor("expert")


def asked(told: Story, expert: Actor, **given: Any) -> ExpertMission:
    said = {"question": "La dose est-elle tenable ?", "until": UNTIL, "actor": demo_actor("ansm_assessor"), **given}
    return experts.ask(reference=told.reference, expert=expert.membership_id, **said)


def test_the_file_opens_with_the_declaration_and_closes_with_the_opinion(told, expert):
    assert not visible_to(expert).exists()
    mission = asked(told, expert)
    assert not visible_to(expert).exists()
    assert [one.question for one in missions_for(expert, civil_date(told.at))] == ["La dose est-elle tenable ?"]
    experts.declare(mission=mission.pk, conflict=False, declaration="Aucun lien.", actor=expert)
    assert list(visible_to(expert)) == [told.dossier]
    experts.give_opinion(mission=mission.pk, opinion=SECRET, actor=expert)
    assert not visible_to(expert).exists()
    assert not titles_visible_to(expert).exists()
    assert [one.opinion for one in missions_on(told.dossier, demo_actor("ansm_signatory"))] == [SECRET]


def test_a_conflict_ends_the_mission_and_opens_nothing(told, expert):
    mission = asked(told, expert)
    experts.declare(mission=mission.pk, conflict=True, declaration="Consultant du laboratoire.", actor=expert)
    assert not visible_to(expert).exists()
    assert missions_for(expert, civil_date(told.at)) == []
    with pytest.raises(NotFound):
        experts.give_opinion(mission=mission.pk, opinion=SECRET, actor=expert)
    asked(told, expert)  # may be asked again, should the link end


def test_access_ends_with_the_last_day(told, expert, time_machine):
    mission = asked(told, expert)
    experts.declare(mission=mission.pk, conflict=False, declaration="Aucun.", actor=expert)
    time_machine.move_to(dt.datetime.combine(UNTIL, dt.time(22, 30), tzinfo=dt.UTC))  # past midnight in Paris
    assert not visible_to(expert).exists()
    with pytest.raises(NotFound):
        experts.give_opinion(mission=mission.pk, opinion=SECRET, actor=expert)


def test_nothing_is_said_before_the_declaration_nor_twice(told, expert):
    mission = asked(told, expert)
    with pytest.raises(Blocked):
        experts.give_opinion(mission=mission.pk, opinion=SECRET, actor=expert)
    experts.declare(mission=mission.pk, conflict=False, declaration="Aucun.", actor=expert)
    with pytest.raises(Blocked):
        experts.declare(mission=mission.pk, conflict=True, declaration="Si.", actor=expert)


@pytest.mark.parametrize("who", ["prescriber", "pharmacist", "ansm_vigilance", "has_officer", "auditor"])
def test_only_who_examines_asks(told, expert, who):
    with pytest.raises((Forbidden, NotFound)):
        asked(told, expert, actor=demo_actor(who))


def test_what_is_asked_wrongly_is_refused_with_its_field(told, expert):
    with pytest.raises(Blocked) as wrong:
        experts.ask(
            reference=told.reference,
            expert=demo_actor("prescriber").membership_id,
            question=" ",
            until=civil_date(told.at) - 90 * ONE_DAY,
            actor=demo_actor("ansm_assessor"),
        )
    assert [one.field for one in wrong.value.reasons] == ["expert", "question", "until"]
    asked(told, expert)
    with pytest.raises(Blocked, match="asked"):
        asked(told, expert)


def test_an_expert_of_a_side_of_the_file_is_refused(told, expert):
    hospital = told.dossier.organisation
    Membership.objects.create(
        person_id=expert.person_id, organisation=hospital, role="prescriber", starts_on=MONDAY.date()
    )
    with pytest.raises(Blocked, match="concerned"):
        asked(told, expert)


def test_who_is_recused_asks_nobody(told, expert):
    recuse(reference=told.reference, actor=demo_actor("ansm_assessor"), reason="Lien familial.")
    with pytest.raises(Forbidden):
        asked(told, expert)


def test_an_expert_reads_and_changes_nothing(told, expert):
    mission = asked(told, expert)
    experts.declare(mission=mission.pk, conflict=False, declaration="Aucun.", actor=expert)
    for act in ("act", "edit", "attach", "write_message", "write_note", "read_notes", "assign", "recuse"):
        assert not may(expert, act, told.dossier).allowed, act


def test_the_applicant_learns_nothing_of_it(told, expert):
    mission = asked(told, expert)
    experts.declare(mission=mission.pk, conflict=False, declaration=SECRET, actor=expert)
    experts.give_opinion(mission=mission.pk, opinion=SECRET, actor=expert)
    assert missions_on(told.dossier, demo_actor("prescriber")) == []
    page = browser("prescriber").get(reverse("dossiers:dossier", args=[told.reference])).content.decode()
    assert SECRET not in page
    assert "Wambrechies" not in page
    assert "expert" not in {event.verb.split("_")[0] for event in Event.objects.filter(staff_only=False)}
    for mail in OutboxMessage.objects.all():
        assert SECRET not in str(mail.context)
        assert told.dossier.product_label not in str(mail.context)


def test_the_staff_read_all_of_it_and_may_stop_asking(told, expert):
    mission = asked(told, expert)
    client = browser("ansm_assessor")
    page = client.get(reverse("dossiers:dossier", args=[told.reference])).content.decode()
    assert "La dose est-elle tenable ?" in page
    client.post(reverse("dossiers:expert_end", args=[told.reference, mission.pk]))
    assert missions_for(expert, civil_date(told.at)) == []
    again = client.post(reverse("dossiers:expert_end", args=[told.reference, mission.pk]), follow=True)
    assert "over already" in again.content.decode()


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize(("asking", "other"), [("ansm_assessor", "has_officer"), ("has_officer", "ansm_assessor")])
def test_an_agency_ends_the_missions_that_it_asked_and_finds_no_others(expert, asking, other, time_machine):
    """Both examine an early access before the marketing authorisation."""
    time_machine.move_to(MONDAY + dt.timedelta(days=10))
    early = EarlyAccess(at=MONDAY).draft().file().acknowledge()
    assert may(demo_actor(other), "ask_expert", early.dossier).allowed
    mission = asked(early, expert, actor=demo_actor(asking))
    with pytest.raises(NotFound):
        experts.end(mission=mission.pk, actor=demo_actor(other))
    address = reverse("dossiers:expert_end", args=[early.reference, mission.pk])
    assert browser(other).post(address).status_code == 404
    assert [one.pk for one in missions_for(expert, civil_date(early.at))] == [mission.pk]
    assert missions_on(early.dossier, demo_actor(other)) == []
    experts.end(mission=mission.pk, actor=demo_actor(asking))
    assert missions_for(expert, civil_date(early.at)) == []


def test_the_road_of_an_expert_on_screen(told, expert):
    asking = browser("ansm_assessor")
    wrong = asking.post(reverse("dossiers:expert_ask", args=[told.reference]), {"question": "Et la dose ?"})
    assert wrong.status_code == 422
    assert "Et la dose ?" in wrong.content.decode()
    right = {"expert": expert.membership_id, "question": "Et la dose ?", "until": UNTIL.isoformat()}
    assert asking.post(reverse("dossiers:expert_ask", args=[told.reference]), right).status_code == 302
    client: Client = browser("expert")
    mission = ExpertMission.objects.get()
    url = reverse("dossiers:mission", args=[mission.pk])
    assert url in client.get("/").content.decode()
    assert client.get(reverse("dossiers:dossier", args=[told.reference])).status_code == 404
    assert client.post(url, {"conflict": "no"}).status_code == 422
    assert client.post(url, {"conflict": "no", "declaration": "Aucun."}).status_code == 302
    assert client.get(reverse("dossiers:dossier", args=[told.reference])).status_code == 200
    assert client.post(url, {"opinion": "Oui, sous surveillance."}).status_code == 302
    assert client.get(url).status_code == 404
    assert client.get(reverse("dossiers:dossier", args=[told.reference])).status_code == 404


def test_an_expert_reads_the_request_and_its_documents_alone(told, expert):
    from dossiers.services.conversation import post

    post(reference=told.reference, body="zqmessage", actor=demo_actor("ansm_assessor"))
    mission = asked(told, expert)
    experts.declare(mission=mission.pk, conflict=False, declaration="Aucun.", actor=expert)
    page = browser("expert").get(reverse("dossiers:dossier", args=[told.reference])).content.decode()
    assert told.dossier.product_label in page
    assert "zqmessage" not in page


def test_the_list_of_an_expert_costs_one_size_whatever_its_length(told, expert):
    asked(told, expert)
    client = browser("expert")
    client.get("/")
    one = cost(client, "/")
    for _ in range(3):
        asked(dossier_in("assessment"), expert)
    assert cost(client, "/") == one


def test_an_expert_whose_day_passed_may_be_asked_again(told, expert):
    first = asked(told, expert)
    with pytest.raises(Blocked):
        asked(told, expert)
    again = asked(told, expert, until=UNTIL + 30 * ONE_DAY, at=MONDAY + dt.timedelta(days=61))
    first.refresh_from_db()
    assert first.ended_at is not None
    assert again.ended_at is None


@pytest.mark.usefixtures("world")
def test_an_agency_asks_its_own_experts_about_what_it_began_itself(expert):
    begun = framework(kind="own_initiative").assessed()
    mission = experts.ask(
        reference=begun.reference,
        expert=expert.membership_id,
        question="Le bénéfice est-il présumé ?",
        until=civil_date(begun.at) + ONE_DAY,
        actor=demo_actor("ansm_assessor"),
        at=begun.at,
    )
    assert mission.dossier == begun.dossier
