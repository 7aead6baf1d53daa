"""Published cases: what a source leaves out is inferred and marked, never invented."""

import copy
import datetime as dt

import pytest
from django.core.management import call_command

from dossiers.models import Dossier, Event
from dossiers.services.history.published import read_published
from dossiers.services.history.reading import UnreadableFile
from tests.dossiers.history.helpers import codes, play_published, published, rows
from workflows.dates import civil_date

pytestmark = pytest.mark.django_db

INVENTED = 2
"""Rank of the case whose patient is invented, since no source publishes one."""


def invented(**said):
    return {**copy.deepcopy(published("aac")["cases"][INVENTED]), **said}


def test_a_published_entry_names_no_patient_and_is_refused_for_it(world):
    before = rows()
    opened, early = play_published(published("aac")["cases"][:INVENTED])
    for outcome in (opened, early):
        assert set(codes(outcome)) == {"required"}
        fields = {reason.field for reason in outcome.refused[0].reasons}
        assert {"patient.initials", "patient.birth_month", "undertakings.states_truth"} <= fields
        # Free texts were marked as not given: they are not what is missing.
        assert not any(field.startswith("justification.") for field in fields)
    assert opened.refused[0].transition == "sign"
    assert rows() == before


def test_missing_steps_are_inferred_and_marked(world):
    [kept] = play_published([invented()])
    assert kept.state == "granted", kept.as_json()
    assert (kept.title["starts_on"], kept.title["ends_on"]) == ("2022-02-03", "2023-02-02")
    events = Event.objects.filter(dossier__reference=kept.reference).order_by("seq")
    told = [(one.verb, str(civil_date(one.at)), one.inferred) for one in events]
    assert told[1:7] == [
        ("sign", "2022-02-03", True),
        ("file", "2022-02-03", False),
        ("take_up", "2022-02-03", True),
        ("propose", "2022-02-03", True),
        ("grant", "2022-02-03", True),
        ("open", "2022-02-03", True),
    ]
    call_command("verify_log")


def test_what_the_source_does_not_give_says_so(world, in_english):
    [kept] = play_published([invented()])
    dossier = Dossier.objects.get(reference=kept.reference)
    answers = dossier.submissions.get().answers
    marked = {
        answers["justification"]["no_treatment"],
        answers["medicine"]["posology"],
        dossier.decisions.get().reasons,
    }
    assert len(marked) == 1
    assert dossier.organisation.name
    assert not dossier.organisation.finess_et


def test_a_decision_without_period_is_refused(world):
    [refused] = play_published([invented(key_dates={})])
    assert codes(refused) == ["required"]
    assert (refused.refused[0].transition, refused.refused[0].reasons[0].field) == ("propose", "ends_on")


def test_a_refusal_needs_no_period(world):
    [kept] = play_published(
        [invented(key_dates={}, outcome="refused", events=[{"date": "2022-05", "type": "refused"}])]
    )
    assert (kept.state, kept.title) == ("refused", None)
    event = Event.objects.get(verb="refuse")
    assert (civil_date(event.at), event.inferred) == (dt.date(2022, 5, 1), True)


def test_a_known_outcome_is_dated_by_the_nearest_known_date(world):
    events = [{"date": "2022-02-03", "type": "submitted"}]
    [kept] = play_published([invented(events=events)])
    event = Event.objects.get(verb="grant")
    assert kept.state == "granted"
    assert (civil_date(event.at), event.inferred) == (dt.date(2022, 2, 3), True)


def test_what_takes_effect_was_granted_by_then(world):
    [kept] = play_published([invented(events=[{"date": "2022-06", "type": "effective"}])])
    assert kept.title["starts_on"] == "2022-06-01"


def test_a_publication_is_not_a_second_decision(world):
    events = [{"date": "2022-02-03", "type": "granted"}, {"date": "2022-02-20", "type": "granted_published"}]
    assert [one.id for one in play_published([invented(events=events)])] == ["AAC-001-INVENTED"]


def test_what_follows_a_decision_is_a_renewal_of_its_own(world):
    events = [
        {"date": "2022-02-03", "type": "granted"},
        {"date": "2023-01-20", "type": "renewed"},
        {"date": "2023-06", "type": "stopped", "payload": {"cause": "ma"}},
    ]
    said = invented(events=events)
    said["answers"]["renewal"] = {"adverse_effects": "none", "useful": True}
    first, second = play_published([said])
    assert first.title["state"] in {"expired", "replaced"}
    # The source gives the period of the first decision only.
    assert (second.id, codes(second)) == ("AAC-001-INVENTED/2", ["required"])
    assert second.refused[0].reasons[0].field == "ends_on"


WRONG = {
    "no events": ({"events": None}, "type"),
    "nothing of ours": ({"events": [{"date": "2022", "type": "prior_access"}], "outcome": ""}, "no_known_step"),
    "no date": ({"events": [{"date": None, "type": "granted"}]}, "no_date"),
    "bad date": ({"events": [{"date": "spring 2022", "type": "granted"}]}, "date"),
    "no such month": ({"events": [{"date": "2022-13", "type": "granted"}]}, "date"),
    "far year": ({"events": [{"date": "9999", "type": "granted"}]}, "date_year"),
    "year one": ({"events": [{"date": "0001-01-01", "type": "granted"}]}, "date_year"),
    "far key date": ({"key_dates": {"effective": "9999-12-31", "stated_duration": "1 year"}}, "date_year"),
    "backwards": (
        {"events": [{"date": "2022-05", "type": "submitted"}, {"date": "2022-02", "type": "granted"}]},
        "order",
    ),
    "unknown role": ({"events": [{"date": "2022", "type": "granted", "role": "king"}]}, "role"),
    "unknown procedure": ({"procedure": "xyz"}, "unknown_procedure"),
    "no procedure": ({"id": "001"}, "unknown_procedure"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_cannot_be_read_says_why(world, name):
    change, code = WRONG[name]
    [refused] = play_published([invented(**change)])
    assert codes(refused) == [code]


def test_a_file_without_cases():
    with pytest.raises(UnreadableFile):
        read_published({"title": "nothing"})
