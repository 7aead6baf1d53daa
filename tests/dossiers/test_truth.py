"""A mail that asks for answers is not sent once they were given."""

import datetime as dt

import pytest
from django.core import mail

from dossiers.demo.story import Story, demo_actor
from dossiers.models import InformationRequest, Obligation
from dossiers.services import comments, obligations
from dossiers.services.title_days import follow_titles
from notifications.models import OutboxMessage
from notifications.outbox import still_true, sweep
from tests.dossiers.world import REASON, assessed, granted, story
from workflows.dates import PARIS

pytestmark = pytest.mark.django_db
State = OutboxMessage.State


@pytest.mark.parametrize("kind", ["request_information", "request_reminder"])
def test_nobody_is_asked_for_what_they_gave(world, kind):
    told = assessed().ask("Quelle est la clairance ?")
    if kind == "request_reminder":
        told.remind()
    asked = OutboxMessage.objects.filter(kind=kind)
    assert asked.exists()
    told.answer("80 mL/min.")
    sweep(limit=500, at=told.at + dt.timedelta(minutes=1))
    assert set(asked.values_list("state", flat=True)) == {OutboxMessage.State.MOOT}
    assert OutboxMessage.objects.filter(kind="answer", state=OutboxMessage.State.SENT).exists()


def test_open_questions_are_asked(world):
    assessed().ask("Quelle est la clairance ?")
    assert InformationRequest.objects.filter(closed_at=None).exists()
    sweep(limit=500, at=dt.datetime.now(dt.UTC))
    kinds = set(OutboxMessage.objects.filter(state=OutboxMessage.State.SENT).values_list("kind", flat=True))
    assert "request_information" in kinds
    assert mail.outbox


def states(kind: str, **of: str) -> set[str]:
    return set(OutboxMessage.objects.filter(kind=kind, **of).values_list("state", flat=True))


def send(told: Story) -> None:
    sweep(limit=500, at=told.at + dt.timedelta(minutes=1))


def test_nobody_is_asked_for_the_act_that_followed(world):
    told = story().draft().sign().file().take_up().ask("Quelle est la clairance ?").answer("80 mL/min.")
    told.propose("grant", "Bénéfice.").do("send_back", "signatory", REASON)
    told.propose("grant", "Bénéfice.").grant()
    send(told)
    for kind in ("sign", "answer", "propose", "send_back"):
        assert states(kind) == {State.MOOT}, kind
    # Sent to the agency, it was taken up; the hospital keeps its receipt.
    assert states("file", recipient__email="ansm_assessor@demo.example") == {State.MOOT}
    assert states("file", recipient__email="prescriber@demo.example") == {State.SENT}
    assert states("grant") == {State.SENT}


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("sign", lambda: story().draft().sign()),
        ("return_to_prescriber", lambda: returned(story().draft().sign())),
        ("file", lambda: story().draft().sign().file()),
        ("answer", lambda: assessed().ask("Quelle est la clairance ?").answer("80 mL/min.")),
        ("propose", lambda: assessed().propose("grant", "Bénéfice.")),
    ],
)
def test_what_waits_is_asked_for(world, kind, told):
    send(told())
    assert states(kind) == {State.SENT}


def returned(told: Story) -> Story:
    told.do("return_to_prescriber", "pharmacist", REASON)
    return told


def test_a_request_signed_again_is_asked_for_once(world):
    told = returned(story().draft().sign()).sign()
    send(told)
    asked = OutboxMessage.objects.filter(kind="sign", recipient__email="pharmacist@demo.example").order_by("pk")
    assert list(asked.values_list("state", flat=True)) == [State.MOOT, State.SENT]
    assert states("return_to_prescriber") == {State.MOOT}


def suspended(told: Story, days: int) -> Story:
    until = (told.at + dt.timedelta(days=days)).date()
    told.move_title("suspend", "signatory", {**REASON, "until": str(until), "emergency": True})
    return told


def test_nobody_dispenses_again_under_what_has_ended(world):
    told = suspended(granted(months=3), 20)
    last = told.title.ends_on
    # The server was down from before the end of the suspension until after the last day.
    after = dt.datetime.combine(last + dt.timedelta(days=5), dt.time(12), tzinfo=PARIS)
    follow_titles(at=after)
    assert told.title.state == "expired"
    sweep(limit=500, at=after)
    assert states("reinstate") <= {State.MOOT}
    assert states("expire") == {State.SENT}


def test_after_a_suspension_dispensing_may_start_again(world):
    told = suspended(granted(months=3), 20)
    after = told.at + dt.timedelta(days=21)
    follow_titles(at=after)
    sweep(limit=500, at=after)
    assert states("reinstate") == {State.SENT}
    message = OutboxMessage.objects.filter(kind="reinstate").first()
    assert still_true(message, after)
    told.at = after
    suspended(told, 10)
    assert not still_true(message, after)


def test_an_invitation_given_up_is_not_sent_because_another_is_open(world):
    told = granted(months=6)
    at, actor = told.at, demo_actor("ansm_assessor")
    days = dt.timedelta(days=30)
    number = told.title.number
    asked = {"number": number, "grounds": "Signal.", "actor": actor}
    first = comments.invite(intended="suspend", reply_by=(at + days).date(), at=at, **asked)
    comments.give_up(number=number, reason="Erreur.", actor=actor, at=at)
    second = comments.invite(intended="withdraw", reply_by=(at + 2 * days).date(), at=at, **asked)
    sweep(limit=500, at=at)
    for invitation, state in ((first, State.MOOT), (second, State.SENT)):
        assert states("comment_invitation", dedupe_key__contains=f":{invitation.pk}:") == {state}


def test_an_obligation_given_up_is_not_announced(world):
    told = granted(months=6)
    due_on = (told.at + dt.timedelta(days=30)).date()
    actor = demo_actor("ansm_assessor")
    number = told.title.number
    given_up, kept = (
        obligations.add(
            number=number, kind="report", owed_by="holder", text=text, due_on=due_on, actor=actor, at=told.at
        )
        for text in ("Rapport.", "Autre rapport.")
    )
    Obligation.objects.filter(pk=given_up.pk).update(state="cancelled", closed_at=told.at)
    sweep(limit=500, at=told.at)
    for obligation, state in ((given_up, State.MOOT), (kept, State.SENT)):
        assert states("obligation_added", dedupe_key__startswith=f"obligation_added:{obligation.pk}:") == {state}
