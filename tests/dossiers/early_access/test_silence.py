"""What silence decides, end to end: the job, however late, on both pathways; what it leaves and what it does not."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.core.management import call_command

from documents.models import LetterOrder
from dossiers.demo.aap_story import EarlyAccess
from dossiers.models import Dossier, Event, Obligation
from dossiers.services import silence
from dossiers.services.clocks import due as clock_of
from dossiers.services.errors import Blocked
from dossiers.services.log import differences
from dossiers.services.silence import due_dossiers, follow_silence
from dossiers.services.title_days import follow_titles
from notifications.models import OutboxMessage
from tests.dossiers.world import (
    ONE_DAY,
    REASON,
    assessed,
    early,
    past_its_delay,
    renewal_filed,
    under_examination,
)
from workflows.aap_guards import POST_MA, PRE_MA
from workflows.dates import PARIS, civil_date, last_day_of_a_period
from workflows.roles import ANSM_ASSESSOR, APPLICANT, HAS_OFFICER, MINISTRY_READER

pytestmark = pytest.mark.django_db


def at_six(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(6), tzinfo=PARIS)


def after_silence(told: EarlyAccess, late: int = 0) -> dt.date:
    """The job, `late` days late; returns the last day of the delay."""
    due_on = told.dossier.due_on
    past_its_delay(told, late)
    assert follow_silence(at=told.at) == 1
    return due_on


def told_by(kind: str, dossier: Dossier) -> set[str]:
    return set(
        OutboxMessage.objects.filter(kind=kind, dossier=dossier).values_list("recipient__memberships__role", flat=True)
    )


# ---------------------------------------------------------------------------------------------- the two effects


def test_nothing_falls_on_the_last_day_itself(world):
    told = under_examination(pathway=POST_MA)
    last = dt.datetime.combine(told.dossier.due_on, dt.time(23, 59), tzinfo=PARIS)
    assert follow_silence(at=last) == 0
    assert told.dossier.state == "assessment"
    assert follow_silence(at=last + dt.timedelta(minutes=1)) == 1
    assert told.dossier.state == "granted"


@pytest.mark.parametrize("late", [0, 1, 9])
def test_a_grant_by_silence_bears_the_day_of_the_law_however_late_the_job(world, late):
    told = under_examination(pathway=POST_MA)
    due_on = after_silence(told, late)
    dossier, title = told.dossier, told.title
    first = due_on + ONE_DAY
    assert dossier.state == "granted"
    assert (title.starts_on, title.ends_on) == (first, last_day_of_a_period(first, 12))
    assert civil_date(dossier.decided_at) == first
    decision = dossier.decisions.get()
    assert (decision.outcome, decision.tacit, decision.automatic) == ("grant", True, True)
    assert (decision.signatory_id, decision.official_number, civil_date(decision.signed_at)) == (None, None, first)
    assert list(differences(dossier, title)) == []
    # Done once: the same pass again, or the next one, finds nothing.
    assert follow_silence(at=told.at) == follow_silence(at=told.at + 3 * ONE_DAY) == 0
    assert dossier.decisions.count() == 1


def test_a_decision_by_silence_has_no_letter_and_tells_everybody(world):
    told = under_examination(pathway=PRE_MA).opinion()
    letters = LetterOrder.objects.count()
    after_silence(told)
    assert LetterOrder.objects.count() == letters
    assert told_by("grant_tacitly", told.dossier) >= {APPLICANT, HAS_OFFICER, ANSM_ASSESSOR, MINISTRY_READER}
    event = Event.objects.get(verb="grant_tacitly")
    assert (event.actor_role, event.actor_name) == ("system", "silence")


def outcome(told: EarlyAccess) -> str:
    after_silence(told)
    return told.dossier.state


def test_before_the_ma_silence_follows_ansm(world):
    assert outcome(under_examination()) == "refused"
    assert outcome(under_examination().propose_opinion()) == "refused"
    assert outcome(under_examination().opinion("unfavourable")) == "refused"
    assert outcome(under_examination().opinion()) == "granted"
    assert outcome(under_examination().opinion().committee()) == "granted"
    before = {"regulatory": {"chmp_favourable_on": "2026-03-02"}}
    assert outcome(under_examination(given=before)) == "granted"


def test_after_the_ma_silence_accepts(world):
    assert outcome(under_examination(pathway=POST_MA)) == "granted"
    assert outcome(under_examination(pathway=POST_MA).committee(innovative="not_met")) == "granted"


def test_an_opinion_given_after_the_delay_does_not_count(world):
    told = under_examination().propose_opinion()
    due_on = told.dossier.due_on
    told.own_pace = False
    told.at = at_six(due_on + ONE_DAY)
    told.do("give_ansm_opinion", "ansm_signatory")
    # Silence had decided the day before: the act itself brings it to light, or the job that follows.
    follow_silence(at=told.at)
    assert told.dossier.state == "refused"
    assert Event.objects.get(verb="refuse_tacitly").actor_name == "silence"


def test_what_a_late_act_brings_to_light_begins_on_the_day_of_the_law(world):
    told = under_examination(pathway=POST_MA)
    due_on = told.dossier.due_on
    told.own_pace = False
    told.at = at_six(due_on + 4 * ONE_DAY)
    told.committee()
    first = due_on + ONE_DAY
    assert told.dossier.state == "granted"
    assert (told.title.starts_on, told.title.ends_on) == (first, last_day_of_a_period(first, 12))
    assert list(differences(told.dossier, told.title)) == []


def test_a_refusal_by_silence_opens_nothing_and_leaves_no_proposal(world):
    told = under_examination().propose_opinion()
    after_silence(told)
    dossier = told.dossier
    assert (dossier.state, hasattr(dossier, "title")) == ("refused", False)
    assert not dossier.opinions.filter(given_at=None, dropped_at=None).exists()
    decision = dossier.decisions.get()
    assert (decision.outcome, decision.tacit, decision.starts_on) == ("refuse", True, None)


@pytest.mark.parametrize("name", ["grant", "refuse"])
def test_the_college_comes_too_late_once_the_delay_has_run_out(world, name):
    told = past_its_delay(early(pathway=POST_MA).examined())
    told.own_pace = False
    with pytest.raises(Blocked) as refused:
        getattr(told, name)()
    assert "clock_over" in {reason.code for reason in refused.value.reasons}


# ---------------------------------------------------------------------------------------------------- the clock


def test_rounds_stops_and_the_extension_through_the_services(world):
    told = early(pathway=POST_MA).draft().file()
    for _round in range(5):
        told.missing("Un document").complete("Joint.")
        assert (told.dossier.due_on, told.dossier.clock_facts.count()) == (None, 0)
    told.acknowledge()
    first = civil_date(told.at)
    assert told.dossier.due_on == last_day_of_a_period(first, 3) + ONE_DAY
    before = told.dossier.due_on
    told.ask("Quelle survie ?")
    assert told.dossier.due_on is None
    told.do("extend", "has_officer", REASON)
    told.answer("71 % à douze mois.")
    waited = civil_date(told.at) - civil_date(told.dossier.requests.order_by("-number")[0].asked_at)
    assert told.dossier.due_on == last_day_of_a_period(first, 4) + ONE_DAY + waited
    assert told.dossier.due_on > before
    with pytest.raises(Blocked) as refused:
        told.do("extend", "has_officer", REASON)
    assert [reason.code for reason in refused.value.reasons] == ["extended"]


def test_lynparza_through_the_services(world):
    """HAS decision 2023.0128/DC/SEM: 84 days on the clock, of the 100 from filing to decision."""

    def noon(*day: int) -> dt.datetime:
        return dt.datetime(*day, 12, tzinfo=PARIS)  # type: ignore[misc,arg-type]

    given = {"regulatory": {"ma_on": "2022-12-16"}, "ma_texts": {"annexes_on": "2022-12-16"}}
    told = early(noon(2022, 12, 20), pathway=POST_MA, own_pace=False, given=given)
    acts: list[tuple[dt.datetime, Any]] = [
        (noon(2022, 12, 20), lambda: told.draft().file()),
        (noon(2022, 12, 22), lambda: told.missing("Un document")),
        (noon(2023, 1, 4), lambda: told.complete("Joint.")),
        (noon(2023, 1, 5), told.acknowledge),
        (noon(2023, 3, 22), told.committee),
        (noon(2023, 3, 30), told.grant),
    ]
    for told.at, act in acts:
        act()
    found = clock_of(told.dossier, told.at)
    assert (found.state, found.started_on, found.elapsed_days) == ("ended", dt.date(2023, 1, 5), 84)
    assert found.due_on == dt.date(2023, 4, 5)
    assert told.dossier.decisions.get().official_number == "2023.0001/DC/SEM"


# -------------------------------------------------------------------------------------------------- abandonment


@pytest.mark.parametrize("late", [0, 6])
def test_what_is_not_answered_is_abandoned_on_its_own_day(world, late):
    told = under_examination().ask("Quelle survie ?", days=20)
    reply_by = told.dossier.requests.get().reply_by
    assert follow_silence(at=at_six(reply_by)) == 0
    assert follow_silence(at=at_six(reply_by + (1 + late) * ONE_DAY)) == 1
    dossier = told.dossier
    assert dossier.state == "abandoned"
    assert civil_date(dossier.decided_at) == reply_by + ONE_DAY
    assert dossier.requests.get().closed_at is not None
    assert told_by("deem_abandoned", dossier) >= {APPLICANT, HAS_OFFICER, MINISTRY_READER}
    assert follow_silence(at=at_six(reply_by + 30 * ONE_DAY)) == 0


def test_an_answer_on_the_last_day_is_in_time_and_the_next_day_is_not(world):
    told = under_examination().ask("Quelle survie ?", days=20)
    reply_by = told.dossier.requests.get().reply_by
    told.own_pace = False
    told.at = dt.datetime.combine(reply_by + ONE_DAY, dt.time(0, 1), tzinfo=PARIS)
    with pytest.raises(Blocked) as refused:
        told.answer("Trop tard.")
    assert [reason.code for reason in refused.value.reasons] == ["reply_by_passed"]
    told.at = dt.datetime.combine(reply_by, dt.time(23, 59), tzinfo=PARIS)
    assert told.answer("À temps.").dossier.state == "assessment"


def test_missing_items_are_waited_for_without_end(world):
    told = early().draft().file().missing("Projet de RCP")
    assert follow_silence(at=told.at + 900 * ONE_DAY) == 0
    assert told.dossier.state == "incomplete"


def test_nothing_falls_on_an_aac(world):
    told = assessed()
    waiting = assessed().ask("Quelle est la clairance ?")
    late = told.at + 400 * ONE_DAY
    assert not due_dossiers(late).exists()
    assert follow_silence(at=late) == 0
    assert (told.dossier.state, waiting.dossier.state) == ("assessment", "info_requested")


def test_one_that_cannot_be_read_keeps_no_other_waiting(world, monkeypatch, caplog):
    broken, sound = under_examination(pathway=POST_MA), under_examination(pathway=POST_MA)
    real = silence.move

    def breaking(*, reference: str, **rest: Any) -> Any:
        if reference == broken.reference:
            raise ValueError("secret")
        return real(reference=reference, **rest)

    monkeypatch.setattr(silence, "move", breaking)
    past_its_delay(sound)
    assert follow_silence(at=sound.at) == 1
    assert sound.dossier.state == "granted"
    assert broken.reference in caplog.text
    assert "secret" not in caplog.text


# ----------------------------------------------------------------------------------------- a renewal by silence


@pytest.mark.parametrize("late", [0, 5])
def test_a_renewal_by_silence_after_the_old_end_leaves_no_gap(world, late):
    """Enhertu: renewed by silence on 6 November 2024, eleven days after the last day of the authorisation before."""
    told = early(pathway=POST_MA).granted(conditions="Réunion de concertation.", indication="Après trois lignes.")
    renewal = renewal_filed(told, days_before=100)
    renewal.ask("Quelle survie ?", days=40)
    renewal.at += 10 * ONE_DAY
    renewal.answer("71 %.")
    old_end = told.title.ends_on
    assert renewal.dossier.due_on > old_end
    day = old_end + ONE_DAY
    while day <= renewal.dossier.due_on + (1 + late) * ONE_DAY:
        follow_titles(at=at_six(day))
        day += ONE_DAY
    due_on = after_silence(renewal, late)
    old, new = told.title, renewal.title
    assert (new.starts_on, old.in_force_until, old.ends_on) == (due_on + ONE_DAY, due_on, old_end)
    assert (old.state, new.state) == ("replaced", "in_force")
    content = new.versions.get().content
    assert (content["conditions"], content["indication"]) == ("Réunion de concertation.", "Après trois lignes.")
    assert not Obligation.objects.filter(title=old, state="open", due_on__gt=old.in_force_until).exists()
    call_command("verify_log")
