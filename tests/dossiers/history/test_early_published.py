"""The 29 published early accesses: each replays to its published outcome, or is refused for the reason written here."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.core.management import call_command

from documents.models import LetterOrder
from dossiers.demo.aap_answers import aap_answers
from dossiers.demo.aap_story import findings
from dossiers.models import Dossier, Event, Obligation, Task, Title
from dossiers.services import clocks
from dossiers.services.history.case import Case, Outcome
from dossiers.services.history.implied import in_time, pathway
from dossiers.services.history.planner import Known, days_of, fill
from dossiers.services.history.published import read_published
from dossiers.services.opinions import DECISIONS
from notifications.models import OutboxMessage
from tests.dossiers.history.helpers import NOW, codes, play, play_published, published
from tests.dossiers.world import early
from workflows.dates import civil_date
from workflows.registry import procedure

pytestmark = pytest.mark.django_db

AAP = procedure("aap")

# id -> state of the request, of its title, first and last day. Durations that no source gives are the longest.
REPLAYED = {
    "AAP-001": ("granted", "expired", "2021-08-06", "2022-08-05"),
    "AAP-002": ("granted", "expired", "2021-08-06", "2022-08-05"),
    "AAP-003": ("granted", "expired", "2021-11-02", "2022-11-01"),
    "AAP-004": ("granted", "expired", "2023-02-23", "2024-02-22"),
    "AAP-006": ("granted", "expired", "2021-10-21", "2022-10-20"),
    "AAP-007": ("granted", "expired", "2021-12-02", "2022-12-01"),
    "AAP-010": ("granted", "expired", "2021-12-13", "2022-12-12"),
    "AAP-012": ("granted", "expired", "2022-01-21", "2023-01-20"),
    "AAP-013": ("granted", "expired", "2022-03-29", "2023-03-28"),
    "AAP-022": ("granted", "ceased", "2022-10-01", "2023-09-30"),
    "AAP-023": ("granted", "replaced", "2022-10-27", "2023-10-26"),
    "AAP-023/2": ("granted", "replaced", "2023-10-27", "2024-10-26"),
    "AAP-023/3": ("granted", "ceased", "2024-11-06", "2025-11-05"),
    "AAP-025": ("granted", "expired", "2023-03-30", "2024-03-29"),
    "AAP-026": ("granted", "expired", "2024-01-01", "2024-12-31"),
    "AAP-027": ("granted", "expired", "2024-01-01", "2024-12-31"),
    "AAP-029": ("granted", "expired", "2024-09-01", "2025-08-31"),
    "AAP-039": ("refused", None, None, None),
}
# id -> code of the reason. None is skipped.
REFUSED = {
    "AAP-009": "criteria_not_told",  # refused on 2021-12-09: "criteria not met", without saying which
    "AAP-014": "required",  # no pathway
    "AAP-016": "renewal_not_told",  # reimbursed in 2024-04, nothing said since the grant of 2022-05
    "AAP-020": "criteria_not_told",  # its renewal: three criteria of five, without saying which
    "AAP-031": "criteria_not_told",  # one criterion named, four not
    "AAP-032": "no_date",  # "on a 21 July", of an unknown year
    "AAP-033": "no_date",
    "AAP-034": "no_date",  # listed, restricted, reimbursed: no decision is dated
    "AAP-035": "required",  # no pathway
    "AAP-036": "no_date",
    "AAP-037": "no_date",  # seen open on a day
    "AAP-041": "no_date",  # versions of its texts
    "AAP-043": "no_date",  # reimbursed, nothing said of the grant
}


@pytest.fixture
def outcomes(world) -> dict[str, Outcome]:
    return {one.id: one for one in play_published(published("early"))}


def test_each_case_replays_or_says_why(outcomes, in_english):
    told = {case["id"] for case in published("early")["cases"]}
    assert len(told) == 29
    assert {name.partition("/")[0] for name in outcomes} == told
    assert set(outcomes) == set(REPLAYED) | set(REFUSED)
    for name, (state, title, first, last) in REPLAYED.items():
        found = outcomes[name]
        assert (found.fate, found.state) == ("kept", state), (name, found.as_json())
        period = found.title and (found.title["state"], found.title["starts_on"], found.title["ends_on"])
        assert period == ((title, first, last) if title else None), name
    for name, code in REFUSED.items():
        assert codes(outcomes[name])[0] == code, name
        assert all(str(one.message) for one in outcomes[name].refused[0].reasons)
    assert [reason.field for reason in outcomes["AAP-014"].refused[0].reasons] == ["request.pathway"]
    _the_published_outcome(outcomes)
    _nobody_is_told()
    _enhertu(outcomes)
    _lynparza(outcomes)
    _xav_19(outcomes)
    call_command("verify_log")


def _the_published_outcome(outcomes: dict[str, Outcome]) -> None:
    for case in published("early")["cases"]:
        found = outcomes[case["id"]]
        if found.fate == "kept":
            assert case["outcome"].startswith(found.state), case["id"]


def _nobody_is_told() -> None:
    for model in (OutboxMessage, LetterOrder, Task, Obligation):
        assert not model.objects.exists(), model


def events(outcome: Outcome) -> list[tuple[str, str, bool]]:
    """(verb, day, inferred) of each act on the request."""
    found = Event.objects.filter(dossier__reference=outcome.reference, machine="dossier").order_by("seq")
    return [(one.verb, str(civil_date(one.at)), one.inferred) for one in found]


def _enhertu(outcomes: dict[str, Outcome]) -> None:
    assert events(outcomes["AAP-023"])[1:] == [
        ("file", "2022-07-22", False),
        ("notify_missing", "2022-07-22", True),
        ("complete", "2022-09-23", False),
        ("acknowledge", "2022-09-23", True),
        ("propose_ansm_opinion", "2022-10-04", True),
        ("give_ansm_opinion", "2022-10-04", False),
        ("give_ct_opinion", "2022-10-27", True),
        ("grant", "2022-10-27", True),
    ]
    # Filed in time, acknowledged so that the delay runs out the day before silence decided.
    assert events(outcomes["AAP-023/3"])[1:] == [
        ("file", "2024-07-26", True),
        ("acknowledge", "2024-08-05", True),
        ("grant_tacitly", "2024-11-06", False),
    ]
    first, second, third = Title.objects.filter(chain=outcomes["AAP-023"].title["number"]).order_by("renewal_rank")
    assert (second.in_force_until, third.starts_on) == (dt.date(2024, 11, 5), dt.date(2024, 11, 6))
    assert (first.in_force_until, third.in_force_until) == (dt.date(2023, 10, 26), dt.date(2025, 5, 2))
    assert first.dossier.decisions.get().official_number == "2022.0365/DC/SEM"
    decision = third.dossier.decisions.get()
    assert (decision.tacit, decision.official_number) == (True, None)
    assert [first.dossier.pathway, second.dossier.pathway, third.dossier.pathway] == ["pre_ma", "post_ma", "post_ma"]


def _lynparza(outcomes: dict[str, Outcome]) -> None:
    dossier = Dossier.objects.get(reference=outcomes["AAP-025"].reference)
    clock = clocks.due(dossier, NOW)
    assert (clock.elapsed_days, clock.due_on) == (84, dt.date(2023, 4, 5))
    assert ("give_ct_opinion", "2023-03-22", False) in events(outcomes["AAP-025"])
    assert dossier.decisions.get().official_number == "2023.0128/DC/SEM"
    assert not dossier.opinions.filter(body="ansm").exists()


def _xav_19(outcomes: dict[str, Outcome]) -> None:
    dossier = Dossier.objects.get(reference=outcomes["AAP-039"].reference)
    found = dict(dossier.findings.filter(body="college").values_list("criterion", "finding"))
    assert found.pop("efficacy_safety") == "not_met"
    assert set(found.values()) == {"not_examined"}
    assert dossier.opinions.get(body="ansm").outcome == "unfavourable"
    assert not dossier.opinions.filter(body="ct").exists()


def one(name: str, **said: Any) -> dict[str, Any]:
    [case] = [case for case in published("early")["cases"] if case["id"] == name]
    return {**case, **said}


def test_what_no_public_source_tells_is_not_missed_and_not_invented(world):
    [kept] = play_published([one("AAP-004")])
    answers = Dossier.objects.get(reference=kept.reference).submissions.get().answers
    assert answers["request"]["pathway"] == "pre_ma"
    assert answers["product"]["name"] == "TRODELVY"
    assert not answers.get("commitments")
    assert "visits" not in answers["put_rd"]
    assert "contact_email" not in answers["contacts"]


@pytest.mark.parametrize("lacking", ["pathway", "medicine", "indication"])
def test_what_a_public_source_must_tell(world, lacking):
    [refused] = play_published([one("AAP-004", **{lacking: ""})])
    assert set(codes(refused)) == {"required"}


def test_criteria_given_with_the_event_replay_a_refusal(world):
    findings = dict.fromkeys(("serious", "no_alternative", "innovative", "efficacy_safety"), "met")
    payload = {**findings, "cannot_wait": "not_met"}
    payload |= {f"{code}_reasons": "Lu dans la décision." for code in payload}
    [kept] = play_published([one("AAP-031", events=[{"date": "2025-09-09", "type": "refused", "payload": payload}])])
    assert (kept.fate, kept.state) == ("kept", "refused")


def test_a_refusal_of_its_renewal_ends_what_it_kept(world):
    findings = dict.fromkeys(("serious", "no_alternative", "cannot_wait", "innovative", "efficacy_safety"), "not_met")
    payload = {**findings, **{f"{code}_reasons": "Lu dans la décision." for code in findings}}
    case = one("AAP-020")
    told = [
        {**event, "payload": payload} if event["type"].startswith("renewal_refused") else event
        for event in case["events"]
    ]
    first, second = play_published([{**case, "events": told}])
    assert (first.title["state"], first.title["ends_on"], second.state) == ("expired", "2023-05-31", "refused")
    assert Title.objects.get().in_force_until == dt.date(2023, 7, 1)


def test_the_next_live_number_is_none_that_came_in(world):
    """Numbers of imported decisions are their own: none of ours is used up, none is given twice."""
    case = one("AAP-004")
    events_of = [{"date": "2026-05-04", "type": "granted", "reference": f"2026.0001/{DECISIONS}"}]
    [kept] = play_published([{**case, "events": events_of, "key_dates": {}}])
    assert Dossier.objects.get(reference=kept.reference).decisions.get().official_number == "2026.0001/DC/SEM"
    live = early(pathway="post_ma").granted()
    assert live.dossier.decisions.get().official_number == "2026.0002/DC/SEM"


def told_whole(**changed: Any) -> dict[str, Any]:
    """An early access in the importer's own format: its file is known, so the rules ask for all of it."""
    day = dt.date(2025, 3, 3)
    texts = dict.fromkeys(("smpc", "leaflet", "label"), "Version 2")
    period = {"put_rd_final": True, "starts_on": "2025-05-12", "ends_on": "2026-05-11"}
    proposed = {"outcome": "favourable", "reasons": "Bénéfice présumé.", **texts}
    steps = [
        ("2025-03-03", "file", "applicant", {}),
        ("2025-03-05", "acknowledge", "has_officer", {}),
        ("2025-04-02", "propose_ansm_opinion", "ansm_assessor", proposed),
        ("2025-04-03", "give_ansm_opinion", "ansm_signatory", {}),
        ("2025-05-05", "give_ct_opinion", "ct_secretary", findings()),
        ("2025-05-12", "grant", "has_college", {**findings(), **period}),
    ]
    return {
        "id": "E-1",
        "procedure": "aap",
        "kind": "first",
        "applicant": "Laboratoire inventé",
        "answers": aap_answers(on=day),
        "steps": [dict(zip(("at", "transition", "role", "payload"), step, strict=True)) for step in steps],
        **changed,
    }


def test_an_early_access_in_our_own_format(world):
    told = told_whole()
    told["steps"][-1]["number"] = "2025.0107/DC/SEM"
    [kept] = play(told)
    assert (kept.state, kept.title["starts_on"]) == ("granted", "2025-05-12"), kept.as_json()
    assert not Event.objects.filter(inferred=True).exists()
    assert Dossier.objects.get(reference=kept.reference).decisions.get().official_number == "2025.0107/DC/SEM"
    assert not LetterOrder.objects.exists()
    call_command("verify_log")


def test_a_file_known_whole_is_asked_for_whole(world):
    lacking = told_whole()
    del lacking["answers"]["commitments"]
    [refused] = play(lacking)
    assert (set(codes(refused)), refused.refused[0].transition) == ({"required"}, "file")
    # Nothing is inferred there: the opinion that is not told was not given.
    silent = told_whole()
    del silent["steps"][4]
    [refused] = play(silent)
    assert codes(refused) == ["ct_opinion_awaited"]
    long = told_whole()
    long["steps"][-1]["number"] = "2" * 41
    assert codes(play(long)[0]) == ["number"]


def test_both_ways_of_a_pathway_that_changed():
    assert pathway("pre-MA then post-MA", is_first=True) == {"request": {"pathway": "pre_ma"}}
    assert pathway("pre-MA then post-MA", is_first=False) == {"request": {"pathway": "post_ma"}}
    assert pathway("", is_first=True) == pathway("by sea", is_first=True) == {}


def planned(*known: tuple[str, str | None], renews: dt.date | None = None) -> list[tuple[str, str]]:
    steps = [Known(AAP.transition(name), days_of(said), said or "") for name, said in known]
    found = in_time(AAP, fill(AAP, steps), renews)
    return [(step.known.row.name, step.day.isoformat()) for step in found]


def test_undated_steps_go_where_the_law_lets_them_be():
    assert planned(("file", "2024-01-10"), ("grant", "2024-09-30")) == [
        ("file", "2024-01-10"),
        ("acknowledge", "2024-06-30"),
        ("grant", "2024-09-30"),
    ]
    assert planned(("grant", "2023-05-31"), renews=dt.date(2023, 5, 31)) == [
        ("file", "2023-02-28"),
        ("acknowledge", "2023-05-31"),
        ("grant", "2023-05-31"),
    ]
    # By silence: the delay ran out the day before, three months from the end of November being the end of February.
    assert planned(("grant_tacitly", "2023-03-01"), renews=dt.date(2023, 2, 20)) == [
        ("file", "2022-11-20"),
        ("acknowledge", "2022-11-28"),
        ("grant_tacitly", "2023-03-01"),
    ]
    # What is dated does not move: the clock began by the opinion that it lets give.
    assert planned(("file", "2024-01-10"), ("give_ct_opinion", "2024-02-01"), ("grant", "2024-09-30"))[1] == (
        "acknowledge",
        "2024-02-01",
    )


def test_a_case_of_the_format_is_read_without_the_database():
    entries = read_published(published("early"))
    assert sum(isinstance(entry, Case) for entry in entries) > len(REPLAYED) - 1
