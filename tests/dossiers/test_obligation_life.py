"""The life of an obligation with its title: it comes again, ends, passes to the renewal, or is asked by a protocol."""

from __future__ import annotations

import datetime as dt

import pytest

from catalogue.models import Indication
from dossiers.demo.story import ONE_DAY
from dossiers.models import Obligation
from dossiers.services.log import differences
from dossiers.services.title_days import follow_titles
from tests.dossiers.owing import TEXT, done, owed, verbs
from tests.dossiers.world import REASON, expire, granted, renew_now, renewed
from workflows.dates import PARIS, add_months

pytestmark = pytest.mark.django_db


# --------------------------------------------------------------------------------------------------- repetition


def test_a_repeating_one_goes_on_from_the_day_it_was_due(world):
    told = granted(months=6)
    first = owed(told, due_on=dt.date(2026, 5, 31), every_months=1)
    told.at += 40 * ONE_DAY  # late: the next day does not move
    done(told, first)
    following = Obligation.objects.get(previous=first)
    assert (following.due_on, following.state, following.text) == (dt.date(2026, 6, 30), "open", TEXT)
    assert (following.every_months, following.kind, following.owed_by) == (1, "report", "holder")


def test_the_last_occurrence_is_within_the_title(world):
    told = granted(months=6)
    last_day = told.title.ends_on
    told.at += ONE_DAY
    within = owed(told, due_on=add_months(last_day, -2), every_months=2)
    beyond = owed(told, kind="notice", due_on=last_day, every_months=1)
    done(told, within)
    done(told, beyond)
    assert Obligation.objects.get(previous=within).due_on <= last_day
    assert not Obligation.objects.filter(previous=beyond).exists()


def test_the_next_one_falls_under_the_renewal_when_its_day_does(world):
    told = granted(months=3)
    last_day = told.title.ends_on
    one = owed(told, due_on=last_day - ONE_DAY, every_months=2)
    renewal = renewed(told)
    told.at = renewal.at
    done(told, one)
    assert Obligation.objects.get(previous=one).title == renewal.title


# ---------------------------------------------------------------------------------------------- with their title


@pytest.mark.parametrize("ending", ["withdraw", "stop_treatment", "cease"])
def test_what_falls_due_after_the_end_is_owed_no_more(world, ending):
    told = granted()
    told.at += 20 * ONE_DAY
    before = owed(told, due_on=told.at.date())
    after = owed(told, due_on=told.at.date() + 5 * ONE_DAY, every_months=1)
    word = owed(told, kind="undertaking", due_on=told.at.date() + 60 * ONE_DAY)
    agency = owed(told, owed_by="agency", due_on=told.at.date() + 60 * ONE_DAY)
    match ending:
        case "stop_treatment":
            payload = {"stopped_on": str(told.at.date()), "reason": "efficacy"}
            told.move_title(ending, "prescriber", payload)
        case "withdraw":
            told.move_title(ending, "signatory", {**REASON, "emergency": True})
        case _:
            told.move_title(ending, "signatory", {**REASON, "cause": "safety", "emergency": True})
    states = dict(Obligation.objects.values_list("pk", "state"))
    assert states == {before.pk: "open", after.pk: "cancelled", word.pk: "open", agency.pk: "open"}
    assert verbs(told)[-1] == "obligation_lapsed"
    assert list(differences(told.dossier, told.title)) == []
    # What stays is done as ever, and a repeating one does not go on.
    done(told, before)
    assert done(told, word).state == "done"


def test_expiry_keeps_what_was_due_until_the_last_day(world):
    told = granted(months=3)
    one = owed(told, due_on=told.title.ends_on)
    expire(told)
    assert Obligation.objects.get().state == "open"
    assert done(told, one).state == "done"


def test_a_renewal_takes_over_what_is_still_owed(world):
    told = granted(months=3)
    last_day = told.title.ends_on
    kept = owed(told, due_on=last_day - 40 * ONE_DAY)
    carried = owed(told, kind="undertaking", due_on=last_day + 10 * ONE_DAY)
    renewal = renewed(told)
    titles = dict(Obligation.objects.values_list("pk", "title_id"))
    assert titles == {kept.pk: told.title.pk, carried.pk: renewal.title.pk}
    assert "obligation_carried" in verbs(told)
    assert "obligation_carried" in verbs(renewal)
    # Asked after the renewal was granted, before it starts: it passes when the title is replaced.
    told.at = renewal.at
    late = owed(told, kind="undertaking", due_on=last_day + 20 * ONE_DAY)
    follow_titles(at=dt.datetime.combine(last_day + ONE_DAY, dt.time(6), tzinfo=PARIS))
    assert told.title.state == "replaced"
    assert Obligation.objects.get(pk=late.pk).title == renewal.title
    for each in (told, renewal):
        assert list(differences(each.dossier, each.title)) == []


def test_a_renewal_taken_back_gives_back_what_it_took_over(world):
    told = granted(months=6)
    renewal = told.renewal(told.at + 60 * ONE_DAY).draft().sign().file().take_up()
    starts_on = renewal.at.date() + 20 * ONE_DAY
    last_day = told.title.ends_on
    within = owed(told, due_on=starts_on + 10 * ONE_DAY)
    word = owed(told, kind="undertaking", due_on=last_day + 30 * ONE_DAY)
    agency = owed(told, owed_by="agency", due_on=last_day + 30 * ONE_DAY)
    period = {"starts_on": str(starts_on), "ends_on": str(last_day + 90 * ONE_DAY)}
    renewal.do("propose", "assessor", {"outcome": "grant", "reasons": "Dose doublée.", **period})
    renewal.grant()
    own = owed(renewal, due_on=last_day + 40 * ONE_DAY)
    assert set(Obligation.objects.values_list("title_id", flat=True)) == {renewal.title.pk}
    renewal.move_title("withdraw", "signatory", {**REASON, "emergency": True})
    assert told.title.in_force_until == last_day
    rows = {pk: (title, state) for pk, title, state in Obligation.objects.values_list("pk", "title_id", "state")}
    back = (told.title.pk, "open")
    assert rows == {within.pk: back, word.pk: back, agency.pk: back, own.pk: (renewal.title.pk, "cancelled")}
    assert "obligation_given_back" in verbs(told)
    for each in (told, renewal):
        assert list(differences(each.dossier, each.title)) == []


def test_a_repeating_one_done_before_the_renewal_goes_on_under_it(world):
    told = granted(months=3)
    one = owed(told, due_on=told.title.ends_on - 5 * ONE_DAY, every_months=2)
    told.at += ONE_DAY
    done(told, one)
    assert not Obligation.objects.filter(previous=one).exists()
    renewal = renew_now(told)
    following = Obligation.objects.get(previous=one)
    assert following.title == renewal.title
    assert following.due_on == add_months(one.due_on, 2)


# ------------------------------------------------------------------------------------------------ follow-up data


def asking(months: int | None) -> None:
    Indication.objects.filter(medicine__name="QALSODY").update(put_followup_months=months)


def test_the_protocol_of_an_entry_asks_for_follow_up_data(world):
    asking(2)
    told = granted(months=6)
    one = Obligation.objects.get()
    assert one.due_on == add_months(told.title.starts_on, 2)
    assert (one.kind, one.owed_by, one.every_months, one.law) == ("report", "holder", 2, "CSP R.5121-74-5")
    assert "PUT-SP QALSODY v1" in one.text
    assert verbs(told) == ["obligation_added"]
    assert list(differences(told.dossier, told.title)) == []


@pytest.mark.parametrize("months", [None, 6, 12])
def test_nothing_is_asked_that_would_fall_after_the_last_day(world, months):
    asking(months)
    granted(months=6)
    assert not Obligation.objects.exists()


def test_the_demonstration_asks_for_follow_up_data_and_says_it_is_invented(world):
    entry = Indication.objects.get(medicine__name="TROGARZO")
    assert entry.put_followup_months == 3
    assert "put_followup_months" in entry.invented_fields


def test_a_renewal_asks_once(world):
    asking(2)
    told = granted(months=5)
    first = Obligation.objects.get()
    renewal = renewed(told)
    # The one that is late under the first title goes on when it is done: a second is not asked beside it.
    assert Obligation.objects.get() == first
    told.at = renewal.at
    done(told, first)
    assert Obligation.objects.filter(state="open").count() == 1


def test_a_renewal_asks_again_when_everything_was_done(world):
    asking(5)
    told = granted(months=6)
    done(told, Obligation.objects.get())
    renewal = renew_now(told)
    following = Obligation.objects.get(state="open")
    assert following.title == renewal.title
    assert following.previous is not None
