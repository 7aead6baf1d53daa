"""The life of an early access: what a renewal keeps in force, what changes it, what it obliges to, how it ends."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction

from dossiers.demo.aap_story import EarlyAccess
from dossiers.models import Obligation, Title
from dossiers.models.life import Obligation as Owed
from dossiers.queries.facts import title_fact
from dossiers.services.errors import Blocked, Forbidden
from dossiers.services.obligations import mark_done
from dossiers.services.silence import follow_silence
from dossiers.services.title_days import follow_titles
from tests.dossiers.world import ONE_DAY, REASON, early, early_renewed, early_title_in, expire, given_up, renewal_filed
from workflows.aap_guards import POST_MA, PRE_MA
from workflows.dates import PARIS, add_months, civil_date

pytestmark = pytest.mark.django_db


def at_nine(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(9), tzinfo=PARIS)


def days_go_by(first: dt.date, last: dt.date) -> None:
    """The daily job, from `first` to `last`, both included."""
    while first <= last:
        follow_titles(at=at_nine(first) - dt.timedelta(hours=3))
        first += ONE_DAY


def reasons(refused: pytest.ExceptionInfo[Any]) -> set[str]:
    return {reason.code for reason in refused.value.reasons}


def kept(late: int = 20) -> tuple[EarlyAccess, EarlyAccess]:
    """A title whose renewal, filed in time, is still examined `late` days after its last day."""
    told = early(pathway=POST_MA).granted()
    renewal = renewal_filed(told, days_before=100)
    renewal.ask("Quelle survie ?", days=45)
    renewal.at += 30 * ONE_DAY
    renewal.answer("71 %.")
    end = told.title.ends_on
    renewal.own_pace = False
    renewal.at = at_nine(end + late * ONE_DAY)
    assert renewal.dossier.due_on >= civil_date(renewal.at)
    days_go_by(end, end + late * ONE_DAY)
    return told, renewal


def covered(*titles: Title) -> list[dt.date]:
    """Every day on which some title of these has force, in order."""
    return sorted(
        title.starts_on + rank * ONE_DAY
        for title in titles
        for rank in range((title.in_force_until - title.starts_on).days + 1)
    )


def gapless(days: list[dt.date]) -> bool:
    return days == [days[0] + rank * ONE_DAY for rank in range(len(days))]


# --------------------------------------------------------------------------------------- kept by its renewal


def test_a_renewal_filed_in_time_keeps_the_title_in_force_day_by_day(world):
    told, renewal = kept()
    title = told.title
    assert (title.state, title.ends_on) == ("in_force", civil_date(renewal.at) - 20 * ONE_DAY)
    assert title.in_force_until == civil_date(renewal.at)
    # A pass missed for days is made up for by the next one.
    later = title.in_force_until + 5 * ONE_DAY
    follow_titles(at=at_nine(later))
    assert told.title.in_force_until == later
    assert follow_titles(at=at_nine(later)) == 0


def test_it_is_suspended_withdrawn_and_given_up_as_long_as_it_is_kept(world):
    """Between two passes of the job too: its last day is the day of the act."""
    for end in (
        lambda told: told.move_title("withdraw", "has_college", {**REASON, "emergency": True}),
        given_up,
    ):
        told, renewal = kept()
        told.at = renewal.at + 2 * ONE_DAY
        end(told)
        assert told.title.in_force_until == civil_date(told.at)


def test_a_renewal_granted_after_the_old_end_leaves_no_gap_and_no_overlap(world):
    told, renewal = kept()
    renewal.committee().grant()
    old, new = told.title, renewal.title
    assert new.starts_on == civil_date(renewal.at)
    assert (old.state, old.in_force_until) == ("replaced", new.starts_on - ONE_DAY)
    assert gapless(covered(old, new))
    with pytest.raises(IntegrityError), transaction.atomic():
        Title.objects.filter(pk=old.pk).update(in_force_until=new.starts_on)
    call_command("verify_log")


def test_a_renewal_granted_before_the_end_starts_the_day_after(world):
    told = early().granted()
    renewal = early_renewed(told)
    old, new = told.title, renewal.title
    assert (old.state, new.starts_on) == ("in_force", old.ends_on + ONE_DAY)
    days_go_by(new.starts_on, new.starts_on)
    assert told.title.state == "replaced"
    assert gapless(covered(told.title, renewal.title))


END_OF_A_RENEWAL = {
    "refused": lambda told: told.committee(innovative="not_met").refuse(),
    "withdrawn": lambda told: told.do("withdraw", "applicant", REASON),
}


@pytest.mark.parametrize("outcome", END_OF_A_RENEWAL)
@pytest.mark.parametrize("noted", [True, False])
def test_what_a_renewal_kept_ends_the_day_it_is_refused_or_withdrawn(world, outcome, noted):
    """Whether the daily job had come so far or not."""
    told, renewal = kept()
    if not noted:
        renewal.at += 3 * ONE_DAY
    END_OF_A_RENEWAL[outcome](renewal)
    day = civil_date(renewal.at)
    assert renewal.dossier.state == outcome
    assert (told.title.state, told.title.in_force_until) == ("in_force", day)
    days_go_by(day, day)
    assert told.title.state == "in_force"
    days_go_by(day + ONE_DAY, day + ONE_DAY)
    assert (told.title.state, told.title.in_force_until) == ("expired", day)


@pytest.mark.parametrize("late", [0, 4])
def test_what_a_renewal_kept_ends_the_day_it_is_abandoned(world, late):
    told, renewal = kept(late=5)
    renewal.ask("Encore une question ?", days=10)
    reply_by = renewal.dossier.requests.order_by("-number")[0].reply_by
    days_go_by(told.title.in_force_until, reply_by + (1 + late) * ONE_DAY)
    follow_silence(at=at_nine(reply_by + (1 + late) * ONE_DAY))
    assert renewal.dossier.state == "abandoned"
    day = reply_by + ONE_DAY
    assert told.title.in_force_until == day
    days_go_by(day + ONE_DAY, day + (1 + late) * ONE_DAY)
    assert (told.title.state, told.title.in_force_until) == ("expired", day)


def test_a_renewal_refused_before_the_end_shortens_nothing(world):
    told = early(pathway=POST_MA).granted()
    end = told.title.ends_on
    renewal_filed(told).committee(innovative="not_met").refuse()
    assert told.title.in_force_until == end
    expire(told)
    assert (told.title.state, told.title.in_force_until) == ("expired", end)


def test_a_draft_of_a_renewal_keeps_nothing_and_taking_it_back_lengthens_nothing(world):
    told = early(pathway=POST_MA).granted()
    end = told.title.ends_on
    draft = told.on_title("renewal", at_nine(end - 150 * ONE_DAY)).draft()
    draft.at = at_nine(end + 2 * ONE_DAY)
    draft.do("withdraw", "applicant", REASON)
    assert told.title.in_force_until == end
    assert not title_fact(told.title).renewal_pending
    days_go_by(end + 2 * ONE_DAY, end + 2 * ONE_DAY)
    assert (told.title.state, told.title.in_force_until) == ("expired", end)


def test_a_renewal_filed_too_late_is_refused_with_the_last_day(world, in_english):
    told = early(pathway=POST_MA).granted()
    last = add_months(told.title.ends_on, -3)
    late = told.on_title("renewal", at_nine(last + ONE_DAY)).draft()
    late.own_pace = False
    with pytest.raises(Blocked) as refused:
        late.file()
    assert reasons(refused) == {"renewal_late"}
    late.at = at_nine(last)
    late.own_pace = True
    assert late.file().dossier.state == "filed"


def test_completed_after_that_day_it_stays_in_time(world):
    """What counts is the day on which it was filed."""
    told = early(pathway=POST_MA).granted()
    last = add_months(told.title.ends_on, -3)
    renewal = told.on_title("renewal", at_nine(last)).draft().file()
    renewal.missing("Rapport de synthèse").complete("Joint.").acknowledge().committee().grant()
    assert renewal.title.chain == told.title.chain


# --------------------------------------------------------------------------------------- what changes a title


@pytest.mark.parametrize(("kind", "pathway"), [("new_data", PRE_MA), ("new_data", POST_MA), ("ma_obtained", PRE_MA)])
def test_new_data_and_the_ma_make_a_version_and_move_no_day(world, kind, pathway):
    told = early(pathway=pathway).granted()
    before = told.title
    change = told.on_title(kind, told.at + 30 * ONE_DAY)
    change.pathway = POST_MA if kind == "ma_obtained" else pathway
    change.examined().grant(conditions="Nouvelles conditions.")
    after = told.title
    assert (after.starts_on, after.ends_on, after.in_force_until, after.state) == (
        before.starts_on,
        before.ends_on,
        before.in_force_until,
        "in_force",
    )
    first, second = after.versions.order_by("number")
    assert (second.number, second.content["pathway"], second.content["conditions"]) == (
        2,
        change.pathway,
        "Nouvelles conditions.",
    )
    assert second.valid_from == civil_date(change.at)
    assert second.content["decided_by"] == change.reference
    assert not Title.objects.filter(dossier__reference=change.reference).exists()
    assert change.dossier.decisions.get().outcome == "change"
    # What was obtained is another name and another pathway from that day on; the first version stays as it was.
    assert first.content["pathway"] == pathway


def test_new_data_by_silence_keeps_the_conditions(world):
    told = early(pathway=POST_MA).granted(conditions="Réunion de concertation.")
    change = told.on_title("new_data", told.at + 30 * ONE_DAY).draft().file().acknowledge()
    follow_silence(at=at_nine(change.dossier.due_on + ONE_DAY))
    assert change.dossier.decisions.get().outcome == "change"
    assert told.title.versions.order_by("-number")[0].content["conditions"] == "Réunion de concertation."


def test_one_request_of_a_kind_at_a_time_and_none_on_what_is_renewed(world):
    told = early(pathway=POST_MA).granted()
    draft = told.on_title("new_data", told.at + 20 * ONE_DAY).draft()
    with pytest.raises(Blocked) as refused:
        told.on_title("new_data", told.at + 21 * ONE_DAY).draft()
    assert reasons(refused) == {"renewal_begun"}
    early_renewed(told)
    draft.at = told.at + 300 * ONE_DAY
    with pytest.raises(Blocked) as refused:
        draft.file()
    assert reasons(refused) == {"already_renewed"}


def test_a_request_whose_authorisation_ended_is_refused_by_silence(world):
    """The College cannot grant it, nobody can file it again: it must not wait for ever."""
    told = early(pathway=POST_MA).granted()
    renewal = renewal_filed(told)
    told.at = renewal.at + ONE_DAY
    told.move_title("withdraw", "has_college", {**REASON, "emergency": True})
    assert follow_silence(at=at_nine(renewal.dossier.due_on + ONE_DAY)) == 1
    assert renewal.dossier.state == "refused"
    assert told.title.state == "withdrawn"


# ------------------------------------------------------------------------------------ suspended, given up, ended


def test_ansm_suspends_in_an_emergency_and_has_after_hearing_the_holder(world):
    told = early_title_in("in_force")
    until = str(civil_date(told.at) + 30 * ONE_DAY)
    calm = {**REASON, "until": until, "observations_invited_on": str(civil_date(told.at) - 5 * ONE_DAY)}
    with pytest.raises(Blocked) as refused:
        told.move_title("suspend", "ansm_signatory", calm)
    assert reasons(refused) == {"not_an_emergency"}
    told.move_title("suspend", "ansm_signatory", {**REASON, "until": until, "emergency": True})
    assert told.title.state == "suspended"
    told.move_title("reinstate", "ansm_signatory", REASON)
    told.move_title("suspend", "has_college", calm)
    assert told.title.state == "suspended"
    with pytest.raises(Forbidden):
        told.move_title("withdraw", "ansm_signatory", {**REASON, "emergency": True})


def test_the_holder_gives_it_up(world):
    told = early_title_in("in_force")
    given_up(told)
    title = told.title
    assert (title.state, title.in_force_until) == ("ceased", civil_date(told.at))
    assert title.continuity.starts_on == title.in_force_until + ONE_DAY


# -------------------------------------------------------------------------------------------------- obligations


def owed(title: Title) -> list[tuple[str, dt.date, int | None]]:
    rows = Obligation.objects.filter(title=title, state=Owed.State.OPEN).order_by("due_on", "pk")
    return list(rows.values_list("kind", "due_on", "every_months"))


def test_what_a_grant_before_the_ma_obliges_to(world):
    told = early().granted()
    first = told.title.starts_on
    promised = dt.date.fromisoformat(told.answers["commitments"]["ma_application_by"])
    undertaking = next(due_on for kind, due_on, _every in owed(told.title) if kind == "undertaking")
    assert abs(undertaking - promised) < dt.timedelta(days=60)
    assert undertaking <= add_months(first, 24)
    rest = [one for one in owed(told.title) if one[0] != "undertaking"]
    assert rest == [("condition", add_months(first, 2), None), ("report", add_months(first, 6), 6)]


def test_what_a_grant_after_the_ma_obliges_to(world):
    told = early(pathway=POST_MA).granted()
    first = told.title.starts_on
    ma_on = dt.date.fromisoformat(told.dossier.submissions.get().answers["regulatory"]["ma_on"])
    listing = add_months(ma_on, 1) if add_months(ma_on, 1) >= first else add_months(first, 1)
    assert sorted(owed(told.title)) == sorted(
        [
            ("condition", add_months(first, 2), None),
            ("report", add_months(first, 6), 6),
            ("undertaking", listing, None),
        ]
    )


def test_the_ma_obtained_obliges_to_ask_for_the_listing(world):
    told = early().granted()
    change = told.on_title("ma_obtained", told.at + 30 * ONE_DAY)
    change.pathway = POST_MA
    change.examined().grant()
    words_given = [due_on for kind, due_on, _every in owed(told.title) if kind == "undertaking"]
    # The MA is older than a month: a month from the decision. The other is the application promised before the MA.
    assert words_given[0] == add_months(civil_date(change.at), 1)
    assert len(words_given) == 2


def test_a_renewal_takes_over_what_falls_due_after_its_first_day(world):
    told = early().granted()
    before = owed(told.title)
    renewal = early_renewed(told)
    first = renewal.title.starts_on
    assert owed(told.title) == [one for one in before if one[1] < first]
    assert owed(renewal.title) == [one for one in before if one[1] >= first]
    assert any(kind == "undertaking" for kind, _due, _every in owed(renewal.title))


def test_only_the_word_given_outlives_the_title(world):
    told = early_title_in("in_force")
    given_up(told)
    assert {kind for kind, _due, _every in owed(told.title)} == {"undertaking"}


KEPT = "Adultes, après deux lignes de traitement."


def test_a_grant_is_never_wider_than_what_ansm_kept(world) -> None:
    """L.5121-12: ANSM's opinion binds. Left empty, the indication granted is the one that it kept."""
    told = early().draft().file().acknowledge().opinion(indication=KEPT).committee().grant()
    assert told.dossier.decisions.get().indication == KEPT
    assert told.title.versions.get().content["indication"] == KEPT
    assert not told.dossier.tasks.exists()


def test_silence_grants_what_ansm_kept(world) -> None:
    told = early().draft().file().acknowledge().opinion(indication=KEPT)
    assert follow_silence(at=at_nine(told.dossier.due_on + ONE_DAY)) == 1
    assert told.dossier.decisions.get().indication == KEPT


def test_a_refusal_grants_no_indication(world) -> None:
    told = early().draft().file().acknowledge().opinion(indication=KEPT).committee().refuse()
    assert told.dossier.decisions.get().indication == ""


# ------------------------------------------------------------------------------- a change, and the renewal meanwhile


def renewed_meanwhile(kind: str) -> tuple[EarlyAccess, EarlyAccess, EarlyAccess]:
    """A title, a request that changes it, and its renewal: granted, not started, while that request is examined."""
    told = early(pathway=POST_MA).granted()
    renewal = renewal_filed(told)
    change = told.on_title(kind, renewal.at)
    change.examined()
    renewal.committee().grant()
    change.at = renewal.at
    return told, change, renewal


def test_a_change_examined_when_its_title_is_renewed_counts_for_both(world):
    told, change, renewal = renewed_meanwhile("new_data")
    change.grant(conditions="Nouvelles conditions.")
    old, new = told.title, renewal.title
    assert new.starts_on > civil_date(change.at)
    for title, since in ((old, civil_date(change.at)), (new, new.starts_on)):
        last = title.versions.order_by("-number")[0]
        assert (last.content["conditions"], last.content["decided_by"]) == ("Nouvelles conditions.", change.reference)
        assert (last.valid_from, last.content["ends_on"]) == (since, title.ends_on.isoformat())
    assert old.in_force_until < new.starts_on


def test_a_change_still_examined_when_the_renewal_starts_is_about_the_renewal(world):
    told, change, renewal = renewed_meanwhile("new_data")
    first = renewal.title.starts_on
    days_go_by(first, first)
    assert told.title.state == "replaced"
    assert change.dossier.parent_title == renewal.title
    assert change.dossier.events.filter(verb="request_carried").count() == 1
    follow_silence(at=at_nine(change.dossier.due_on + ONE_DAY))
    assert change.dossier.state == "granted"
    assert renewal.title.versions.count() == 2
    assert told.title.versions.count() == 1
    call_command("verify_log")


def test_a_draft_goes_on_under_the_renewal(world):
    """Nothing typed is lost: it can be filed then. Of two drafts of a kind the renewal keeps its own."""
    told = early(pathway=POST_MA).granted()
    change, other = (told.on_title(kind, told.at + 20 * ONE_DAY).draft() for kind in ("new_data", "ma_obtained"))
    renewal = early_renewed(told)
    own = renewal.on_title("ma_obtained", renewal.at).draft()
    first = renewal.title.starts_on
    days_go_by(first, first)
    assert change.dossier.parent_title == own.dossier.parent_title == renewal.title
    assert other.dossier.parent_title == told.title
    change.at = at_nine(first)
    assert change.file().dossier.state == "filed"


NEW_WORDS = "Adultes et adolescents à partir de 12 ans."
OWN_WORDS = "Une ligne de traitement, et après échec d'une autre."


def changed_while_the_renewal_was_examined(
    kind: str, *, changed: dict[str, Any], own: dict[str, Any] | None = None, pathway: str = POST_MA
) -> tuple[EarlyAccess, EarlyAccess, EarlyAccess]:
    """A title, a change of it granted while its renewal was examined, and that renewal, granted afterwards."""
    told = early(pathway=pathway).granted()
    renewal = renewal_filed(told, given=own or {})
    change = told.on_title(kind, renewal.at, given=changed)
    if kind == "ma_obtained":
        change.pathway = POST_MA
    change.examined().grant()
    renewal.at = max(renewal.at, change.at)
    if pathway == PRE_MA:
        renewal.opinion()
    renewal.committee().grant()
    return told, change, renewal


def first_words(title: Title) -> dict[str, Any]:
    return title.versions.get(number=1).content


def test_a_renewal_granted_after_a_change_goes_on_from_what_was_changed(world) -> None:
    told, change, renewal = changed_while_the_renewal_was_examined(
        "new_data", changed={"indication": {"simplified": NEW_WORDS}}
    )
    assert told.title.versions.order_by("-number")[0].content["decided_by"] == change.reference
    assert renewal.dossier.submissions.latest("number").answers["indication"]["simplified"] != NEW_WORDS
    said = first_words(renewal.title)["answers"]
    assert said["indication"]["simplified"] == NEW_WORDS
    # What each request says of itself alone is never another's.
    own = renewal.dossier.submissions.latest("number").answers
    for section in ("data_since_grant", "commitments", "request"):
        assert said[section] == own[section]


def test_what_a_renewal_says_itself_stands_against_the_change(world) -> None:
    _told, _change, renewal = changed_while_the_renewal_was_examined(
        "new_data",
        changed={"indication": {"simplified": NEW_WORDS}, "annexes": {"bibliography": "Une autre."}},
        own={"indication": {"simplified": OWN_WORDS}},
    )
    said = first_words(renewal.title)["answers"]
    assert said["indication"]["simplified"] == OWN_WORDS
    assert said["annexes"]["bibliography"] == "Une autre."


def test_a_renewal_granted_after_the_ma_is_one_of_after_the_ma(world) -> None:
    told, _change, renewal = changed_while_the_renewal_was_examined("ma_obtained", changed={}, pathway=PRE_MA)
    assert renewal.dossier.pathway == PRE_MA
    content = first_words(renewal.title)
    assert content["pathway"] == content["answers"]["request"]["pathway"] == POST_MA
    standing = told.title.versions.order_by("-number")[0].content["answers"]
    assert content["answers"]["regulatory"] == standing["regulatory"]
    assert renewal.title.medicine_id == told.title.medicine_id


def test_a_renewal_begun_after_the_change_says_what_it_says(world) -> None:
    told = early(pathway=POST_MA).granted()
    told.on_title("new_data", told.at + ONE_DAY, given={"indication": {"simplified": NEW_WORDS}}).examined().grant()
    renewal = early_renewed(told)
    own = renewal.dossier.submissions.latest("number").answers
    assert first_words(renewal.title)["answers"] == own


def test_a_report_sent_late_under_a_title_already_renewed_opens_the_next_under_its_renewal(world) -> None:
    told = early().granted()
    late = Obligation.objects.get(title=told.title, kind="report")
    renewal = early_renewed(told)
    first = renewal.title.starts_on
    days_go_by(first, first)
    assert told.title.state == "replaced"
    sent_on = add_months(first, 1)
    mark_done(
        obligation=late.pk,
        done_on=sent_on,
        proof="Envoyé à la HAS.",
        actor=told.actor("applicant"),
        at=at_nine(sent_on),
    )
    following = Obligation.objects.get(previous=late)
    assert (following.title, following.due_on) == (renewal.title, add_months(late.due_on, 6))
    assert following.every_months == 6
