"""The calendar's acts on titles: the renewal takes over without a gap, a last day passes, a suspension ends."""

import datetime as dt
import re

import pytest
from django.db import IntegrityError, connection, transaction

from documents.models import LetterOrder
from dossiers.demo.story import ONE_DAY, demo_actor
from dossiers.models import Event, Title
from dossiers.models.title import TAKEN_BACK
from dossiers.queries.hospital import titles_ending
from dossiers.services import reminders
from dossiers.services.errors import Blocked
from dossiers.services.move import move_title
from dossiers.services.reminders import plan_expiry_reminders
from dossiers.services.title_days import follow_titles
from notifications.models import OutboxMessage
from tests.dossiers.world import MONDAY, assessed, granted, renewed, story, title_in
from workflows.dates import PARIS, last_day_of_a_period
from workflows.registry import TITLE

pytestmark = pytest.mark.django_db


def at_six(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(6), tzinfo=PARIS)


def test_a_renewal_follows_its_title_without_a_gap_nor_a_common_day(world):
    first = granted(months=6)
    ends_on = first.title.ends_on
    renewal = renewed(first)
    assert renewal.title.number == f"{first.title.number}-R01"
    assert renewal.title.starts_on == ends_on + ONE_DAY
    assert (first.title.state, first.title.in_force_until) == ("in_force", ends_on)
    assert follow_titles(at=at_six(ends_on)) == 0
    assert follow_titles(at=at_six(ends_on + ONE_DAY)) == 1
    assert (first.title.state, renewal.title.state) == ("replaced", "in_force")
    assert follow_titles(at=at_six(ends_on + ONE_DAY)) == 0


def test_a_renewal_that_starts_before_the_end_cuts_the_old_title_at_once(world):
    first = granted(months=6)
    told = first.renewal(first.at + 60 * ONE_DAY).draft().sign().file().take_up()
    today = (told.at + 2 * ONE_DAY).date()
    payload = {"outcome": "grant", "reasons": "Dose doublée.", "starts_on": str(today), "ends_on": str(today + ONE_DAY)}
    told.do("propose", "assessor", payload, after=2 * ONE_DAY)
    told.grant()
    assert (first.title.state, first.title.in_force_until) == ("replaced", today - ONE_DAY)
    assert first.title.ends_on > today


def test_the_database_refuses_two_titles_of_a_chain_on_one_day(world):
    first = granted(months=6)
    second = renewed(first)
    with pytest.raises(IntegrityError, match="one_title_of_a_chain_in_force"), transaction.atomic():
        Title.objects.filter(pk=second.title.pk).update(starts_on=first.title.in_force_until)


def test_a_title_without_renewal_expires_the_day_after_its_last_day(world):
    told = granted(months=3)
    assert follow_titles(at=at_six(told.title.ends_on)) == 0
    # Three days late, and twice: the same end.
    assert follow_titles(at=at_six(told.title.ends_on + 3 * ONE_DAY)) == 1
    assert follow_titles(at=at_six(told.title.ends_on + 3 * ONE_DAY)) == 0
    assert told.title.state == "expired"
    assert told.title.in_force_until == told.title.ends_on
    assert Event.objects.filter(dossier=told.dossier, verb="expire").count() == 1


def test_a_suspension_ends_by_itself_after_its_term(world):
    told = title_in("suspended")
    until = told.title.suspended_until
    assert follow_titles(at=at_six(until)) == 0
    assert follow_titles(at=at_six(until + ONE_DAY)) == 1
    assert (told.title.state, told.title.suspended_until) == ("in_force", None)


def test_a_renewal_of_an_ended_title_leaves_it_as_it_is(world):
    told = granted(months=3)
    follow_titles(at=at_six(told.title.ends_on + ONE_DAY))
    late = told.renewal(at_six(told.title.ends_on + 10 * ONE_DAY)).draft().sign().file().take_up()
    late.propose("grant", "Reprise du traitement.").grant()
    assert told.title.state == "expired"
    assert late.title.starts_on > told.title.ends_on + ONE_DAY
    assert late.title.chain == told.title.chain


def test_a_stopped_treatment_is_not_renewed(world):
    told = title_in("stopped")
    renewal = told.renewal(told.at + ONE_DAY).draft()
    with pytest.raises(Blocked) as refusal:
        renewal.sign()
    assert [reason.code for reason in refusal.value.reasons] == ["parent_not_renewable"]


def test_the_first_grant_of_an_indication_opens_the_task_to_publish_its_criteria(world):
    told = assessed(name="MALACEF")
    indication = told.indication
    type(indication).objects.filter(pk=indication.pk).update(opened_on=None)
    told.propose("grant", "Urgence vitale.").grant()
    assert told.dossier.tasks.get().kind == "publish_criteria"
    again = granted(name="MALACEF", at=MONDAY + 30 * ONE_DAY)
    assert not again.dossier.tasks.exists()


def test_the_criteria_grant_at_once_by_themselves(world):
    told = story("TROGARZO", given={"request": {"track": "A"}}).draft().sign().file()
    assert told.dossier.state == "granted"
    verbs = list(told.dossier.events.order_by("seq").values_list("verb", flat=True))
    assert verbs == ["create", "sign", "file", "grant_on_criteria", "open", "obligation_added"]
    decision = told.dossier.decisions.get()
    assert decision.automatic
    assert decision.signatory is None
    days = int(told.answers["medicine"]["duration_days"])
    assert told.title.ends_on == told.title.starts_on + (days - 1) * ONE_DAY


def test_a_full_justification_is_never_granted_by_itself(world):
    told = story("TROGARZO", given={"request": {"track": "B"}}).draft().sign().file()
    assert told.dossier.state == "received"


def taken_back(renewal):
    """The authority withdraws the renewal before its first day."""
    told = renewal.title
    move_title(
        number=told.number,
        transition="withdraw",
        actor=demo_actor("ansm_signatory"),
        payload={"reason": "Signal de sécurité.", "emergency": True},
        at=at_six(told.starts_on - 5 * ONE_DAY),
    )


def test_a_renewal_taken_back_before_its_first_day_continues_nothing(world):
    first = granted(months=6)
    renewal = renewed(first)
    taken_back(renewal)
    a_week_before = at_six(first.title.ends_on - 7 * ONE_DAY)
    assert plan_expiry_reminders(at=a_week_before) > 0
    assert [one["number"] for one in titles_ending(demo_actor("prescriber"), a_week_before.date())] == [
        first.title.number
    ]
    assert follow_titles(at=at_six(first.title.ends_on + ONE_DAY)) == 1
    assert (first.title.state, renewal.title.state) == ("expired", "withdrawn")
    again = first.renewal(at_six(first.title.ends_on + 2 * ONE_DAY)).draft().sign()
    assert again.dossier.state == "at_pharmacy"


def test_a_title_cut_by_a_renewal_that_is_taken_back_lives_until_its_own_last_day(world):
    first = granted(months=6)
    told = first.renewal(first.at + 60 * ONE_DAY).draft().sign().file().take_up()
    starts_on = (told.at + 20 * ONE_DAY).date()
    payload = {"outcome": "grant", "reasons": "Dose doublée.", "starts_on": str(starts_on)}
    told.do("propose", "assessor", {**payload, "ends_on": str(starts_on + 90 * ONE_DAY)})
    told.grant()
    assert first.title.in_force_until == starts_on - ONE_DAY
    taken_back(told)
    assert (first.title.state, first.title.in_force_until) == ("in_force", first.title.ends_on)
    assert follow_titles(at=at_six(starts_on)) == 0


def test_a_renewal_whose_treatment_stopped_before_its_first_day_asks_for_no_other(world):
    first = granted(months=6)
    renewal = renewed(first)
    day = renewal.title.starts_on - 5 * ONE_DAY
    payload = {"stopped_on": str(day), "reason": "death"}
    move_title(
        number=renewal.title.number,
        transition="stop_treatment",
        actor=demo_actor("prescriber"),
        payload=payload,
        at=at_six(day),
    )
    assert plan_expiry_reminders(at=at_six(day)) == 0


def suspend(told, until, at):
    payload = {"reason": "Signal de sécurité.", "until": str(until), "emergency": True}
    return move_title(
        number=told.title.number, transition="suspend", actor=demo_actor("ansm_signatory"), payload=payload, at=at
    )


def codes(refusal):
    return [reason.code for reason in refusal.value.reasons]


def test_a_suspension_does_not_outlast_the_eve_of_a_renewal_that_is_not_suspended(world):
    first = granted(months=3)
    renewal = renewed(first)
    last = first.title.ends_on
    day = at_six(last - 5 * ONE_DAY)
    with pytest.raises(Blocked, match="renewal_not_suspended") as refusal:
        suspend(first, last + ONE_DAY, day)
    assert renewal.title.number in str(refusal.value.reasons[0].message)
    suspend(renewal, last + 30 * ONE_DAY, day)
    with pytest.raises(Blocked, match="renewal_not_suspended"):
        suspend(first, last + 31 * ONE_DAY, day)
    suspend(first, last + 30 * ONE_DAY, day)
    assert (first.title.state, renewal.title.state) == ("suspended", "suspended")


def test_a_suspension_until_the_eve_of_the_renewal_leaves_it_to_take_over(world):
    first = granted(months=3)
    renewal = renewed(first)
    last = first.title.ends_on
    suspend(first, last, at_six(last - 5 * ONE_DAY))
    assert follow_titles(at=at_six(last + ONE_DAY)) == 1
    assert (first.title.state, renewal.title.state) == ("replaced", "in_force")


def test_a_suspended_title_is_replaced_on_the_first_day_of_its_suspended_renewal(world):
    first = granted(months=3)
    renewal = renewed(first)
    last = first.title.ends_on
    for one in (renewal, first):
        suspend(one, last + 30 * ONE_DAY, at_six(last - 5 * ONE_DAY))
    assert follow_titles(at=at_six(last)) == 0
    assert follow_titles(at=at_six(last + ONE_DAY)) == 1
    assert (first.title.state, first.title.in_force_until, renewal.title.state) == ("replaced", last, "suspended")
    assert follow_titles(at=at_six(last + 31 * ONE_DAY)) == 1
    assert renewal.title.state == "in_force"


def test_a_renewal_starts_after_the_suspension_of_its_title(world):
    first = granted(months=3)
    last = first.title.ends_on
    told = first.renewal(at_six(last - 30 * ONE_DAY)).draft().sign().file().take_up()
    until = last + 20 * ONE_DAY
    suspend(first, until, told.at)
    payload = {"outcome": "grant", "reasons": "Poursuite utile.", "ends_on": str(until + 90 * ONE_DAY)}
    with pytest.raises(Blocked) as refusal:
        told.do("propose", "assessor", {**payload, "starts_on": str(last + ONE_DAY)})
    assert codes(refusal) == ["parent_suspended"]
    told.do("propose", "assessor", {**payload, "starts_on": str(until + ONE_DAY)})
    told.grant()
    assert told.title.starts_on == until + ONE_DAY
    follow_titles(at=at_six(last + ONE_DAY))
    assert first.title.state == "expired"


def test_a_suspension_after_the_proposal_sends_the_renewal_back(world):
    first = granted(months=3)
    last = first.title.ends_on
    told = first.renewal(at_six(last - 30 * ONE_DAY)).draft().sign().file().take_up()
    told.propose("grant", "Poursuite utile.")
    suspend(first, last + 20 * ONE_DAY, told.at)
    with pytest.raises(Blocked) as refusal:
        told.grant()
    assert codes(refusal) == ["parent_suspended"]


def test_a_renewal_is_prepared_while_its_title_is_suspended(world):
    told = title_in("suspended")
    assert told.renewal(told.at + ONE_DAY).draft().sign().file().dossier.state == "received"


def test_nobody_lifts_the_suspension_of_what_has_ended(world):
    told = granted(months=3)
    last = told.title.ends_on
    suspend(told, last + 30 * ONE_DAY, at_six(last - 20 * ONE_DAY))
    with pytest.raises(Blocked) as refusal:
        move_title(
            number=told.title.number,
            transition="reinstate",
            actor=demo_actor("ansm_signatory"),
            payload={"reason": "Écarté."},
            at=at_six(last + ONE_DAY),
        )
    assert codes(refusal) == ["title_ended"]
    assert follow_titles(at=at_six(last + ONE_DAY)) == 1
    assert told.title.state == "expired"


def test_a_letter_states_the_last_day_that_a_renewal_left(world):
    first = granted(months=6)
    told = first.renewal(first.at + 60 * ONE_DAY).draft().sign().file().take_up()
    starts_on = (told.at + 20 * ONE_DAY).date()
    payload = {"outcome": "grant", "reasons": "Dose doublée.", "starts_on": str(starts_on)}
    told.do("propose", "assessor", {**payload, "ends_on": str(starts_on + 90 * ONE_DAY)})
    told.grant()
    suspend(first, starts_on - 5 * ONE_DAY, told.at)
    matter = LetterOrder.objects.get(kind="title_suspension").context["matter"]
    assert matter["title"]["ends_on"] == str(starts_on - ONE_DAY)


def stop(told, day, **changes):
    payload = {"stopped_on": str(day), "reason": "death", **changes}
    return move_title(
        number=told.title.number,
        transition="stop_treatment",
        actor=demo_actor("prescriber"),
        payload=payload,
        at=at_six(day),
    )


@pytest.mark.parametrize("declared_on", [0, 1])
def test_a_treatment_stops_under_each_title_of_its_chain(world, declared_on):
    chain = [first := granted(months=3), renewed(first)]
    day = first.title.ends_on - 5 * ONE_DAY
    stop(chain[declared_on], day)
    assert [one.title.state for one in chain] == ["stopped", "stopped"]
    assert [one.title.in_force_until for one in chain] == [day, chain[1].title.starts_on - ONE_DAY]
    for one in chain:
        event = one.dossier.events.get(verb="stop_treatment")
        assert (event.actor_role, event.payload["reason"]) == ("prescriber", "death")
    assert follow_titles(at=at_six(chain[1].title.starts_on)) == 0


def test_whoever_examines_the_renewal_of_a_stopped_treatment_is_told_and_grants_nothing(world):
    first = granted(months=3)
    told = first.renewal(at_six(first.title.ends_on - 30 * ONE_DAY)).draft().sign().file().take_up()
    stop(first, told.at.date())
    mail = OutboxMessage.objects.get(kind="renewal_stopped")
    assert (mail.recipient.email, mail.reference) == ("ansm_assessor@demo.example", told.reference)
    with pytest.raises(Blocked, match="parent_not_renewable"):
        told.propose("grant", "Poursuite utile.")
    told.propose("refuse", "Le traitement a été arrêté.").refuse()
    assert told.dossier.state == "refused"


def test_a_renewal_that_nobody_took_up_is_told_to_every_assessor(world):
    first = granted(months=3)
    told = first.renewal(at_six(first.title.ends_on - 30 * ONE_DAY)).draft().sign().file()
    stop(first, told.at.date())
    told_of = set(OutboxMessage.objects.filter(kind="renewal_stopped").values_list("recipient__email", flat=True))
    assert {"ansm_assessor@demo.example", "ansm_assessor2@demo.example"} <= told_of


def test_a_treatment_did_not_stop_before_it_was_authorised(world):
    first = granted(months=3)
    renewal = renewed(first)
    starts_on = first.title.starts_on
    follow_titles(at=at_six(renewal.title.starts_on))
    day = renewal.title.starts_on + ONE_DAY
    with pytest.raises(Blocked, match="stop_before_the_start"):
        stop(renewal, day, stopped_on=str(starts_on - ONE_DAY))
    stop(renewal, day, stopped_on=str(starts_on))
    assert (first.title.state, renewal.title.state) == ("replaced", "stopped")


def change(told, at, **payload):
    asked = {"changes": "Posologie réduite.", "reason": "Poids.", **payload}
    return move_title(
        number=told.title.number, transition="modify", actor=demo_actor("ansm_signatory"), payload=asked, at=at
    )


def test_a_renewal_that_has_not_begun_changes_from_its_first_day(world):
    renewal = renewed(granted(months=3))
    title = renewal.title
    day = at_six(title.starts_on - 10 * ONE_DAY)
    with pytest.raises(Blocked) as refusal:
        change(renewal, day, ends_on=str(title.starts_on - ONE_DAY))
    assert codes(refusal) == ["end_past"]
    change(renewal, day, ends_on=str(title.starts_on))
    assert renewal.title.ends_on == title.starts_on
    assert title.versions.latest("number").valid_from == title.starts_on
    said = LetterOrder.objects.get(kind="title_modification").context["matter"]
    assert said["title_act"]["effective_on"] == str(title.starts_on)
    assert said["title"]["ends_on"] == str(title.starts_on)


def test_a_change_leaves_no_gap_before_a_renewal_that_is_granted(world):
    first = granted(months=3)
    renewal = renewed(first)
    last = first.title.ends_on
    with pytest.raises(Blocked) as refusal:
        change(first, at_six(last - 20 * ONE_DAY), ends_on=str(last - ONE_DAY))
    assert codes(refusal) == ["gap_before_renewal"]
    assert renewal.title.number in str(refusal.value.reasons[0].message)


def test_the_notice_of_expiry_says_from_when_a_later_renewal_is_granted(world):
    first = granted(months=3)
    last = first.title.ends_on
    told = first.renewal(at_six(last - 30 * ONE_DAY)).draft().sign().file().take_up()
    suspend(first, last + 5 * ONE_DAY, told.at)
    starts_on = last + 6 * ONE_DAY
    payload = {"outcome": "grant", "reasons": "Poursuite utile.", "starts_on": str(starts_on)}
    told.do("propose", "assessor", {**payload, "ends_on": str(starts_on + 90 * ONE_DAY)})
    told.grant()
    assert follow_titles(at=at_six(last + ONE_DAY)) == 1
    matter = LetterOrder.objects.get(kind="title_lapse").context["matter"]
    assert (first.title.state, matter["title_act"]["renewed_from"]) == ("expired", str(starts_on))


@pytest.mark.parametrize("act", ["withdraw", "cease"])
def test_the_letter_of_an_end_states_the_last_day_of_the_register(world, act):
    told = title_in("in_force")
    payload = {"reason": "Signal.", "emergency": True} | ({"cause": "safety"} if act == "cease" else {})
    told.move_title(act, "signatory", payload)
    said = LetterOrder.objects.filter(title=told.title).latest("pk").context["matter"]
    assert said["title_act"]["last_day"] == str(told.title.in_force_until) == str(told.at.date())
    assert said["title_act"]["never_begun"] is False


def test_the_letter_of_a_renewal_taken_back_says_that_it_never_began(world):
    renewal = renewed(granted(months=6))
    taken_back(renewal)
    said = LetterOrder.objects.filter(title=renewal.title).latest("pk").context["matter"]["title_act"]
    assert (said["last_day"], said["never_begun"]) == (None, True)


def test_suspensions_that_follow_each_other_count_as_one(world):
    told = granted(months=12)
    first = told.title.starts_on + ONE_DAY
    latest = last_day_of_a_period(first, 3)
    suspend(told, first + 40 * ONE_DAY, at_six(first))
    again = first + 41 * ONE_DAY
    follow_titles(at=at_six(again))
    with pytest.raises(Blocked, match="until_late"):
        suspend(told, latest + ONE_DAY, at_six(again))
    suspend(told, latest, at_six(again))
    follow_titles(at=at_six(latest + ONE_DAY))
    with pytest.raises(Blocked, match="suspended_long_enough"):
        suspend(told, latest + 10 * ONE_DAY, at_six(latest + ONE_DAY))
    # A day in force is a new beginning.
    suspend(told, last_day_of_a_period(latest + 2 * ONE_DAY, 3), at_six(latest + 2 * ONE_DAY))


def test_a_suspension_lifted_today_and_begun_again_goes_on(world):
    told = granted(months=12)
    first = told.title.starts_on + ONE_DAY
    suspend(told, first + 60 * ONE_DAY, at_six(first))
    told.at = at_six(first + 5 * ONE_DAY)
    told.move_title("reinstate", "signatory", {"reason": "Erreur."})
    with pytest.raises(Blocked, match="until_late"):
        suspend(told, last_day_of_a_period(first, 3) + ONE_DAY, told.at)


def test_what_a_taken_back_title_is_reads_the_same_in_every_form(world):
    """The condition of the queries, that of the reminders' SQL, and the property of a title in hand."""
    first = granted(months=6).title
    (condition,) = re.findall(r"AND NOT \((successor\.state IN .*?)\)\n", reminders._DUE)
    rows = Title.objects.filter(pk=first.pk)
    for state in (one.code for one in TITLE.states):
        for last in (first.starts_on - ONE_DAY, first.starts_on, first.ends_on):
            rows.update(state=state, in_force_until=last)
            found = rows.get().is_taken_back
            assert rows.filter(TAKEN_BACK).exists() is found, (state, last)
            with connection.cursor() as cursor:
                cursor.execute(f"SELECT {condition} FROM dossiers_title successor WHERE id = %s", [first.pk])  # noqa: S608
                assert cursor.fetchone()[0] is found, (state, last)
