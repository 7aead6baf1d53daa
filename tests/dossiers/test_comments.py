"""Prior observations (R.5121-74-8): who invites, who answers, what waits for it, and what the decision says of it."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.conf import settings

from accounts.actors import actor_for
from accounts.models import Membership
from documents.models import LetterOrder
from dossiers.demo.story import ONE_DAY, Story, demo_actor
from dossiers.models import CommentInvitation, Event, HolderComments
from dossiers.queries.comments import INTENTIONS, comments_of
from dossiers.services import comments
from dossiers.services.errors import Blocked, Forbidden, NotFound, WrongState
from dossiers.services.staffing import recuse
from dossiers.truth import comments_still_wait
from notifications.models import OutboxMessage
from tests.dossiers.world import REASON, title_in
from workflows.procedures.title import HEARD_FIRST, heard_about
from workflows.registry import TITLE
from workflows.types import System

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world")]

GROUNDS = "Trois cas d'hépatite rapportés."
NUMBER_OF_A_PATIENT = "1 84 12 76 451 089 46"


def invite(told: Story, login: str = "ansm_signatory", **changes: Any) -> CommentInvitation:
    asked: dict[str, Any] = {
        "intended": "suspend",
        "grounds": GROUNDS,
        "reply_by": told.at.date() + 20 * ONE_DAY,
        "at": told.at,
        **changes,
    }
    return comments.invite(number=told.title.number, actor=demo_actor(login), **asked)


def give(told: Story, login: str = "pharmacist", text: str = "Le patient répond bien.") -> CommentInvitation:
    told.at += ONE_DAY
    return comments.give(number=told.title.number, text=text, actor=demo_actor(login), at=told.at)


def suspend(told: Story, **changes: Any) -> Event:
    payload = {**REASON, "until": (told.at.date() + 30 * ONE_DAY).isoformat(), **changes}
    return told.move_title("suspend", "signatory", payload)


def codes(refusal: Any) -> list[str]:
    return [reason.code for reason in refusal.value.reasons]


def told_of(kind: str) -> set[str]:
    return set(OutboxMessage.objects.filter(kind=kind).values_list("recipient__email", flat=True))


def letter(told: Story) -> dict[str, Any]:
    return LetterOrder.objects.filter(title=told.title).latest("pk").context["matter"]["title_act"]  # type: ignore[no-any-return]


def test_what_can_be_intended_has_words_and_asks_for_observations() -> None:
    assert set(INTENTIONS) == set(HEARD_FIRST)
    for row in TITLE.transitions:
        asks = any(guard.__name__.startswith("the_holder_was_heard") for guard in row.guards)
        assert asks == bool(heard_about(row.name, {"cause": "safety"})), row.name


def test_the_whole_of_it_from_the_invitation_to_the_letter() -> None:
    told = title_in("in_force")
    invitation = invite(told)
    assert {"prescriber@demo.example", "pharmacist@demo.example"} <= told_of("comment_invitation")
    message = OutboxMessage.objects.filter(kind="comment_invitation").first()
    assert message is not None
    assert comments_still_wait(message, told.at)
    with pytest.raises(Blocked) as refusal:
        suspend(told)
    assert codes(refusal) == ["comments_awaited"]
    give(told)
    assert not comments_still_wait(message, told.at)
    assert {"ansm_signatory@demo.example", "ansm_assessor@demo.example"} <= told_of("comments_received")
    told.at += ONE_DAY
    event = suspend(told)
    invitation.refresh_from_db()
    assert invitation.closed_at == told.at
    assert event.payload["observations_invited_on"] == (told.at - 2 * ONE_DAY).date().isoformat()
    said = letter(told)
    assert said["invited_on"] == (told.at - 2 * ONE_DAY).date().isoformat()
    assert said["answered_on"] == (told.at - ONE_DAY).date().isoformat()
    assert said["emergency"] is False
    verbs = list(told.dossier.events.order_by("-seq").values_list("verb", flat=True)[:3])
    assert verbs == ["suspend", "give_comments", "invite_comments"]


def test_without_an_answer_it_waits_for_the_day_and_no_longer() -> None:
    told = title_in("in_force")
    invitation = invite(told)
    told.at = dt.datetime.combine(invitation.reply_by, dt.time(23), tzinfo=told.at.tzinfo)
    with pytest.raises(Blocked):
        suspend(told)
    told.at += ONE_DAY
    suspend(told)
    assert letter(told)["answered_on"] is None
    assert letter(told)["comments_until"] == invitation.reply_by.isoformat()


def test_an_emergency_does_not_wait_and_closes_the_invitation() -> None:
    told = title_in("in_force")
    invite(told)
    suspend(told, emergency=True)
    assert not CommentInvitation.objects.filter(closed_at=None).exists()
    assert letter(told)["emergency"] is True


def test_an_act_that_ends_the_title_closes_any_invitation_and_another_one_does_not() -> None:
    told = title_in("in_force")
    invite(told, intended="withdraw")
    suspend(told, emergency=True)
    assert CommentInvitation.objects.filter(closed_at=None).exists()
    told.move_title("cease", "signatory", {**REASON, "cause": "reimbursed"})
    assert not CommentInvitation.objects.filter(closed_at=None).exists()
    assert letter(told)["invited_on"] is None


def test_an_end_for_safety_is_heard_as_a_withdrawal() -> None:
    told = title_in("in_force")
    safety = {**REASON, "cause": "safety"}
    with pytest.raises(Blocked) as refusal:
        told.move_title("cease", "signatory", safety)
    assert codes(refusal) == ["no_observations"]
    invite(told, intended="withdraw")
    with pytest.raises(Blocked) as refusal:
        told.move_title("cease", "signatory", safety)
    assert codes(refusal) == ["comments_awaited"]
    give(told)
    event = told.move_title("cease", "signatory", safety)
    assert event.payload["observations_received_on"] == told.at.date().isoformat()
    assert letter(told)["answered_on"] == told.at.date().isoformat()


def test_a_late_comment_is_taken_as_long_as_nothing_is_decided() -> None:
    told = title_in("in_force")
    told.at = dt.datetime.combine(invite(told).reply_by + 3 * ONE_DAY, told.at.timetz())
    assert give(told, "prescriber").answered_at == told.at


def test_it_is_given_up_and_the_hospital_is_told() -> None:
    told = title_in("in_force")
    invite(told)
    actor = demo_actor("ansm_assessor")
    comments.give_up(number=told.title.number, reason="Signal écarté.", actor=actor, at=told.at)
    assert "prescriber@demo.example" in told_of("comments_given_up")
    with pytest.raises(WrongState):
        give(told)
    with pytest.raises(WrongState):
        comments.give_up(number=told.title.number, reason="Signal écarté.", actor=actor, at=told.at)
    assert invite(told).closed_at is None


def test_one_invitation_at_a_time_and_a_double_click_is_one() -> None:
    told = title_in("in_force")
    assert invite(told).pk == invite(told).pk
    with pytest.raises(WrongState):
        invite(told, intended="withdraw")
    first = give(told)
    assert give(told).pk == first.pk
    with pytest.raises(WrongState):
        give(told, text="Autre chose.")
    assert Event.objects.filter(verb="invite_comments").count() == 1
    assert Event.objects.filter(verb="give_comments").count() == 1


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"grounds": "  "}, "required"),
        ({"grounds": f"Patient {NUMBER_OF_A_PATIENT}"}, "national_number"),
        ({"grounds": "a" * (comments.LONGEST_TEXT + 1)}, "too_long"),
        ({"intended": "cease"}, "choice"),
        ({"reply_by": None}, "required"),
        ({"days": -1}, "reply_by_early"),
        ({"days": 0}, ""),
        ({"days": 400}, "reply_by_late"),
    ],
)
def test_what_an_invitation_must_be(changes: dict[str, Any], code: str) -> None:
    told = title_in("in_force")
    if "days" in changes:
        days = settings.WORKFLOW_LIMITS["COMMENTS_MIN_DAYS"] + changes["days"]
        changes = {"reply_by": told.at.date() + days * ONE_DAY}
    if not code:
        assert invite(told, **changes).pk
        return
    with pytest.raises(Blocked) as refusal:
        invite(told, **changes)
    assert codes(refusal) == [code]
    assert not CommentInvitation.objects.exists()


@pytest.mark.parametrize("state", [state.code for state in TITLE.states])
def test_only_what_can_follow_is_intended(state: str) -> None:
    told = title_in(state)
    for act in HEARD_FIRST:
        possible = any(row.name == act and state in row.sources for row in TITLE.transitions)
        if possible:
            invite(told, intended=act)
            CommentInvitation.objects.update(closed_at=told.at)
        else:
            with pytest.raises(Blocked):
                invite(told, intended=act)


def test_who_invites_and_who_comments() -> None:
    told = title_in("in_force")
    found: dict[str, Any] = {}
    for one in Membership.objects.select_related("person", "organisation").order_by("pk"):
        found.setdefault(one.role, actor_for(one))
    allowed = {role for role, actor in found.items() if _allowed(lambda actor=actor: _invite_as(told, actor))}
    assert allowed == {"ansm_assessor", "ansm_signatory"}
    CommentInvitation.objects.update(closed_at=told.at)
    invite(told)
    allowed = set()
    for role, actor in found.items():
        if _allowed(lambda actor=actor: comments.give(number=told.title.number, text="Oui.", actor=actor, at=told.at)):
            allowed.add(role)
            HolderComments.objects.all().delete()
            CommentInvitation.objects.filter(closed_at=None).update(answered_at=None)
    assert allowed == {"prescriber", "pharmacist"}


def _invite_as(told: Story, actor: Any) -> None:
    comments.invite(
        number=told.title.number,
        intended="suspend",
        grounds=GROUNDS,
        reply_by=told.at.date() + 20 * ONE_DAY,
        actor=actor,
        at=told.at,
    )


def _allowed(act: Any) -> bool:
    try:
        act()
    except (Forbidden, NotFound):
        return False
    return True


def test_another_hospital_a_recused_officer_and_the_system_are_refused() -> None:
    told = title_in("in_force")
    invite(told)
    with pytest.raises(NotFound):
        give(told, "pharmacist2")
    recuse(reference=told.reference, actor=demo_actor("ansm_assessor"), reason="Lien.", at=told.at)
    with pytest.raises(Forbidden):
        invite(told, "ansm_assessor")
    with pytest.raises(Forbidden):
        comments.give_up(number=told.title.number, reason="x", actor=System("test"), at=told.at)


def test_what_each_side_reads_of_it() -> None:
    told = title_in("in_force")
    invite(told)
    title = told.title
    hospital = comments_of(title, demo_actor("pharmacist"), told.at)
    assert hospital.open is not None
    assert (hospital.may_answer, hospital.may_give_up, hospital.intentions) == (True, False, ())
    assert hospital.open.invited_by == ""
    staff = comments_of(title, demo_actor("ansm_assessor"), told.at)
    assert staff.open is not None
    assert staff.open.invited_by
    assert (staff.may_answer, staff.may_give_up) == (False, True)
    intern = comments_of(title, demo_actor("intern"), told.at)
    assert intern.open is not None
    assert not intern.may_answer


def test_no_mail_holds_what_was_typed() -> None:
    told = title_in("in_force")
    invite(told)
    give(told)
    for message in OutboxMessage.objects.filter(kind__startswith="comment"):
        assert GROUNDS not in str(message.context)
        assert "répond bien" not in str(message.context)
        assert message.path == f"/titles/{told.title.number}/"


def test_nobody_is_invited_to_answer_after_the_last_day() -> None:
    told = title_in("in_force")
    last = told.title.in_force_until
    with pytest.raises(Blocked) as refusal:
        invite(told, reply_by=last + ONE_DAY)
    assert codes(refusal) == ["reply_by_late"]
    assert invite(told, reply_by=last).reply_by == last


def test_nobody_is_invited_when_the_end_comes_before_they_could_answer() -> None:
    told = title_in("in_force")
    told.at = dt.datetime.combine(told.title.in_force_until - ONE_DAY, told.at.timetz())
    with pytest.raises(Blocked) as refusal:
        invite(told)
    assert codes(refusal) == ["title_ends_first"]
