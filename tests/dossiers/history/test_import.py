"""Histories replayed: dossiers and titles as the live acts would have left them, and nobody told."""

import copy
import datetime as dt
import json
import re

import pytest
from django.core import mail
from django.core.management import call_command

from accounts.models import Membership, Organisation, Person
from benchmarks.histories import histories
from catalogue.criteria import current_version
from catalogue.models import Indication
from documents.models import LetterOrder
from dossiers.demo.story import demo_actor
from dossiers.forms.aac.grounds import criterion_field
from dossiers.forms.fields import example_of
from dossiers.models import Dossier, Event, ImportedCase, Obligation, Task, Title
from dossiers.paths import dossier_path, title_path
from dossiers.queries.timeline import timeline
from dossiers.services.history.replay import Importer
from dossiers.services.move import move, move_title
from dossiers.services.title_days import follow_titles
from notifications.models import OutboxMessage
from tests.dossiers.history.helpers import DAY, NOW, ONE_DAY, altered, case, codes, lived_case, play, rows
from tests.dossiers.screens import browser, text_of
from workflows.dates import PARIS, civil_date

pytestmark = pytest.mark.django_db

TROGARZO_DAY = dt.date(2024, 3, 4)


@pytest.mark.timeout(300)
def test_sixty_histories_come_in_once_and_tell_nobody(world):
    told = list(histories(60))
    outcomes = play(*told)
    assert [one.id for one in outcomes] == [one["id"] for one in told]
    assert {one.fate for one in outcomes} == {"kept"}, [one.as_json() for one in outcomes if one.refused]
    assert {"granted", "refused", "withdrawn", "closed"} <= {one.state for one in outcomes}
    assert {"expired", "replaced", "stopped", "withdrawn", "in_force"} <= {
        one.title["state"] for one in outcomes if one.title
    }
    assert Dossier.objects.count() == ImportedCase.objects.count() == 60
    assert not OutboxMessage.objects.exists()
    assert not LetterOrder.objects.exists()
    assert not Task.objects.exists()
    assert not mail.outbox
    call_command("verify_log")
    before = rows()
    again = play(*told, now=NOW + ONE_DAY)
    assert {one.fate for one in again} == {"known"}
    assert [one.as_json() for one in again] == [one.as_json() for one in outcomes]
    assert rows() == before


def test_each_step_keeps_its_own_date_and_numbers_are_those_of_its_year(world):
    [kept] = play(case())
    assert (kept.reference, kept.state) == ("AAC-D-2024-000001", "granted")
    assert kept.title == {
        "number": "AAC-2024-000001", "state": "expired", "starts_on": "2024-03-07", "ends_on": "2024-09-06"
    }  # fmt: skip
    dossier = Dossier.objects.get(reference=kept.reference)
    assert dossier.filing_number == "AAC-E-2024-000001"
    events = list(dossier.events.order_by("seq").values_list("verb", "at", "inferred"))
    assert [(verb, civil_date(at)) for verb, at, _inferred in events] == [
        ("create", DAY),
        ("sign", DAY),
        ("file", DAY),
        ("take_up", DAY),
        ("propose", DAY + 2 * ONE_DAY),
        ("grant", DAY + 3 * ONE_DAY),
        ("open", DAY + 3 * ONE_DAY),
        ("expire", dt.date(2024, 9, 7)),
        ("import_history", civil_date(NOW)),
    ]
    assert not any(inferred for _verb, _at, inferred in events)
    assert [at for _verb, at, _inferred in events] == sorted(at for _verb, at, _inferred in events)
    assert dossier.decided_at.astimezone(PARIS).date() == DAY + 3 * ONE_DAY
    assert min(event.recorded_at for event in dossier.events.all()).year > 2024
    call_command("verify_log")


def test_the_timeline_says_that_it_was_imported(world, in_english):
    [kept] = play(case())
    entries = timeline(Dossier.objects.get(reference=kept.reference), demo_actor("prescriber"))
    assert "Imported from a history" in str(entries[0].words)


def test_series_stay_without_gap_when_a_case_is_refused(world):
    bad = altered(case(id="H-2"), 5 - 1, role="ansm_assessor")
    first, refused, third = play(case(id="H-1"), bad, case(id="H-3"))
    assert refused.fate == "refused"
    assert (first.reference, third.reference) == ("AAC-D-2024-000001", "AAC-D-2024-000002")
    assert third.title["number"] == "AAC-2024-000002"


# ------------------------------------------------------------------------------------------------------ titles


def renewed():
    """A case that ended long ago and its renewal."""
    told = {one["id"]: one for one in histories(60)}
    renewal = next(one for one in told.values() if "parent" in one and one["steps"][-1]["at"] < "2025-12-31")
    return [told[renewal["parent"]], renewal]


def test_a_renewal_takes_over_from_its_parent_wherever_it_stands_in_the_file(world):
    told = renewed()
    renewal, first = play(*reversed(told))
    assert (first.title["state"], renewal.title["state"]) == ("replaced", "expired")
    assert renewal.title["number"] == f"{first.title['number']}-R01"
    assert play(*reversed(told))[0].fate == "known"


def test_a_renewal_does_not_begin_before_what_it_renews_was_granted(world):
    told = renewed()
    early = str(dt.date.fromisoformat(told[0]["steps"][-1]["at"]) - ONE_DAY)
    first, renewal = play(told[0], altered(told[1], 0, at=early))
    assert first.title["state"] == "expired"
    assert codes(renewal) == ["before_parent"]


def test_a_parent_whose_renewal_is_refused_ends_by_itself(world):
    told = renewed()
    first, renewal = play(told[0], altered(told[1], 0, role="pharmacist"))
    assert (first.title["state"], renewal.fate) == ("expired", "refused")


def living_family():
    """A case whose title was renewed; the renewal still has force on the day of the import."""
    told = [copy.deepcopy(one) for one in renewed()]
    late = (civil_date(NOW) - dt.date.fromisoformat(told[1]["steps"][-1]["at"])).days - 30
    text = re.sub(
        r"\b20\d\d-\d\d-\d\d\b", lambda day: str(dt.date.fromisoformat(day[0]) + late * ONE_DAY), json.dumps(told)
    )
    return json.loads(text)


def test_a_family_imported_again_later_is_left_to_its_own_life(world):
    """Its titles live here since: what the days do to them is the daily job's, which tells people."""
    told = living_family()
    first, renewal = play(*told)
    assert (first.title["state"], renewal.title["state"]) == ("replaced", "in_force")
    before = rows()
    ended = dt.datetime.combine(dt.date.fromisoformat(renewal.title["ends_on"]) + ONE_DAY, dt.time(1), tzinfo=PARIS)
    assert [one.fate for one in play(*told, now=ended)] == ["known", "known"]
    assert rows() == before
    assert Title.objects.get(number=renewal.title["number"]).state == "in_force"
    assert follow_titles(at=ended) == 1
    assert LetterOrder.objects.count() == 1


def test_a_run_stopped_before_the_renewal_leaves_no_title_to_the_daily_job(world, monkeypatch):
    """It would have ended the title that the renewal continues, and told people of what happened years ago."""
    told, before, whole = renewed(), rows(), Importer.play

    def stopped_at_the_renewal(self, case, **options):
        if case.parent:
            raise KeyboardInterrupt
        return whole(self, case, **options)

    monkeypatch.setattr(Importer, "play", stopped_at_the_renewal)
    with pytest.raises(KeyboardInterrupt):
        play(*told)
    assert rows() == before
    monkeypatch.undo()
    assert [one.fate for one in play(*told)] == ["kept", "kept"]


def test_a_renewal_of_nothing_is_refused(world):
    before = rows()
    told = case(kind="renewal", parent="H-unknown")
    each_other = [case(id=name, kind="renewal", parent=other) for name, other in (("A", "B"), ("B", "A"))]
    for outcome in play(told, *each_other):
        assert [reason.code for reason in outcome.refused[0].reasons] == ["parent"]
    assert rows() == before


def test_a_suspension_ends_by_itself_and_then_the_title(world):
    [kept] = play(lived_case("suspended"))
    verbs = Event.objects.filter(dossier__reference=kept.reference, machine="title").order_by("seq")
    assert list(verbs.values_list("verb", flat=True)) == ["open", "suspend", "reinstate", "expire"]


def test_what_happens_after_the_last_day_is_refused(world):
    told = lived_case("stopped")
    late = "2025-01-10"
    told["steps"][-1] |= {"at": late, "payload": {"stopped_on": late, "reason": "choice"}}
    [refused] = play(told)
    assert refused.refused[0].as_json()["at"] == late
    assert [reason.code for reason in refused.refused[0].reasons] == ["wrong_state"]


def test_withdraw_means_the_request_before_the_decision_and_the_title_after(world):
    steps = case()["steps"]
    early = [
        *steps[:3],
        {"at": "2024-03-05", "transition": "withdraw", "role": "pharmacist", "payload": {"reason": "x"}},
    ]
    request, title = play(case(id="A", steps=early), lived_case("withdrawn", id="B"))
    assert (request.state, request.title) == ("withdrawn", None)
    assert (title.state, title.title["state"]) == ("granted", "withdrawn")


def test_nothing_of_the_past_is_left_to_the_jobs_that_write_to_people(world):
    """Whatever the source believed to be its last day: half an hour later a letter would have left for a title of
    2024."""
    [kept] = play(case(until="2024-08-01", applicant="CHU Démo de Valmirande"))
    assert kept.title["state"] == "expired"
    assert follow_titles(at=NOW) == 0
    assert not OutboxMessage.objects.exists()
    assert not LetterOrder.objects.exists()


# ------------------------------------------------------------------------------------ what follows by itself


def automatic(**said):
    told = case("TROGARZO", day=TROGARZO_DAY, **said)
    told["answers"] |= {"request": {"track": "A", "urgent": "no"}}
    told["answers"]["clinical"] |= {"rcp_on": "2024-02-01", "rcp_place": "COREVIH", "rcp_conclusion": "Favorable."}
    told["answers"]["criteria"] = {}
    entry = Indication.objects.get(medicine__name="TROGARZO")
    for criterion in current_version(entry, TROGARZO_DAY).criteria.all():
        told["answers"]["criteria"][criterion.key] = example_of(criterion_field(criterion, TROGARZO_DAY))
    return told


def test_what_the_criteria_grant_is_granted_by_itself_when_the_history_says_no_more(world):
    told = automatic()
    told["steps"] = told["steps"][:2]
    [kept] = play(told)
    assert (kept.state, kept.title["starts_on"]) == ("granted", "2024-03-04")
    assert Event.objects.get(verb="grant_on_criteria").actor_role == "system"


def test_what_the_history_says_was_examined_was_not_granted_by_itself(world):
    [kept] = play(automatic())
    assert kept.state == "granted"
    assert not Event.objects.filter(verb="grant_on_criteria").exists()
    assert Event.objects.filter(verb="take_up").exists()


def test_a_grant_on_criteria_told_at_its_own_date(world):
    told = automatic()
    told["steps"] = [*told["steps"][:2], {"at": "2024-03-11", "transition": "grant_on_criteria", "role": "system"}]
    [kept] = play(told)
    assert (kept.state, kept.title["starts_on"]) == ("granted", "2024-03-11")


# -------------------------------------------------------------------------------------------- who acts, who is told


def test_those_who_act_can_never_sign_in_nor_be_written_to(world):
    play(case(applicant="CHU Démo de Valmirande"))
    people = Person.objects.filter(email__endswith="@history.invalid")
    assert people.count() == 4
    assert not people.filter(is_active=True).exists()
    assert not any(person.has_usable_password() for person in people)
    held = Membership.objects.filter(person__in=people)
    assert held.count() == 4
    assert not any(held.open_on(day).exists() for day in (dt.date(1900, 1, 1), DAY, civil_date(NOW)))
    decision = Dossier.objects.get().decisions.get()
    assert decision.proposer_id != decision.signatory_id
    assert decision.delegation is not None


def test_the_people_of_a_body_are_made_once(world):
    play(case(id="A"))
    people, organisations = Person.objects.count(), Organisation.objects.count()
    play(case(id="B"))
    assert (Person.objects.count(), Organisation.objects.count()) == (people, organisations)


def test_an_applicant_is_found_by_number_and_by_name_or_made_without_members(world):
    hospital = Organisation.objects.get(name="CHU Démo de Valmirande")
    play(
        case(id="A", applicant=hospital.finess_et),
        case(id="B", applicant={"finess": hospital.finess_et, "name": "Another spelling"}),
        case(id="C", applicant=hospital.name.upper()),
        case(id="D", applicant="Hôpital jamais vu"),
    )
    assert Dossier.objects.filter(organisation=hospital).count() == 3
    made = Organisation.objects.get(name="Hôpital jamais vu")
    assert made.kind == "establishment"
    assert not made.memberships.open_on(civil_date(NOW)).exists()


def test_a_hospital_called_alike_is_not_taken_for_another(world):
    """The file of a patient would open to its people."""
    hospital = Organisation.objects.get(name="CHU Démo de Valmirande")
    [kept] = play(case(applicant={"name": hospital.name, "finess": "750000549"}))
    made = Dossier.objects.get(reference=kept.reference).organisation
    assert (made.name, made.finess_et) == (hospital.name, "750000549")
    before = rows()
    for said in (hospital.name, {"name": hospital.name}):
        [refused] = play(case(id="B", applicant=said))
        assert codes(refused) == ["applicant_unclear"]
    assert rows() == before


def test_of_the_sites_of_a_legal_entity_the_one_named_is_meant(world):
    hospital = Organisation.objects.get(name="CHU Démo de Valmirande")
    other = Organisation.objects.create(kind="establishment", name="Second site", finess_ej=hospital.finess_ej)
    [refused] = play(case(applicant=hospital.finess_ej))
    assert codes(refused) == ["applicant_unclear"]
    assert other.name in str(refused.refused[0].reasons[0].message)
    [kept] = play(case(applicant={"finess": hospital.finess_ej, "name": "second SITE"}))
    assert Dossier.objects.get(reference=kept.reference).organisation == other


def test_a_living_title_is_followed_from_today_on_and_then_people_are_told(world):
    day = civil_date(NOW) - 60 * ONE_DAY
    [kept] = play(case(day=day, applicant="CHU Démo de Valmirande"))
    assert kept.title["state"] == "in_force"
    assert not OutboxMessage.objects.exists()
    after = dt.datetime.combine(dt.date.fromisoformat(kept.title["ends_on"]) + ONE_DAY, dt.time(6), tzinfo=PARIS)
    assert follow_titles(at=after) == 1
    told = set(OutboxMessage.objects.filter(kind="expire").values_list("recipient__email", flat=True))
    assert "pharmacist@demo.example" in told
    assert not any(email.endswith("history.invalid") for email in told)
    assert LetterOrder.objects.filter(dossier__reference=kept.reference).count() == 1


def test_the_hospital_sees_and_stops_what_was_imported_for_it(world):
    day = civil_date(NOW) - 60 * ONE_DAY
    [kept] = play(case(day=day, applicant="CHU Démo de Valmirande"))
    stopped = {"stopped_on": str(civil_date(NOW)), "reason": "choice"}
    move_title(
        number=kept.title["number"],
        transition="stop_treatment",
        actor=demo_actor("prescriber"),
        payload=stopped,
        at=NOW,
    )
    assert Title.objects.get().state == "stopped"
    call_command("verify_log")


def test_its_pages_open_without_letters_and_say_where_it_comes_from(world):
    [kept] = play(case(day=civil_date(NOW) - 60 * ONE_DAY, applicant="CHU Démo de Valmirande"))
    for login in ("prescriber", "ansm_assessor"):
        client = browser(login)
        page = client.get(dossier_path(kept.reference))
        assert page.status_code == 200
        assert "Imported from a history" in text_of(page)
        assert client.get(title_path(kept.title["number"])).status_code == 200


def test_a_file_still_under_examination_waits_for_an_officer_of_today(world):
    [kept] = play(case(steps=case()["steps"][:3]))
    dossier = Dossier.objects.get(reference=kept.reference)
    assert (dossier.state, dossier.lead) == ("assessment", None)
    assert not dossier.assignments.filter(until=None).exists()
    proposal = {"outcome": "refuse", "reasons": "Données insuffisantes."}
    move(reference=kept.reference, transition="propose", actor=demo_actor("ansm_assessor"), payload=proposal, at=NOW)
    call_command("verify_log")


def test_what_a_living_title_obliges_to_counts_from_today(world):
    """Follow-up data are due every three months: the first day has passed, and nobody knows here what was sent."""
    day = civil_date(NOW) - 120 * ONE_DAY
    living = case("TROGARZO", id="A", day=day)
    living["steps"][3]["payload"]["ends_on"] = str(day + 360 * ONE_DAY)
    play(living, case("TROGARZO", id="B", day=TROGARZO_DAY))
    [one] = Obligation.objects.all()
    assert one.title.dossier.imported_case.case == "A"
    assert civil_date(NOW) <= one.due_on <= civil_date(NOW) + 92 * ONE_DAY


def test_a_reminder_told_lets_a_file_be_closed(world):
    closed = next(one for one in histories(60) if one["steps"][-1]["transition"] == "close_without_action")
    without = {**closed, "id": "other", "steps": [one for one in closed["steps"] if one["transition"] != "remind"]}
    kept, refused = play(closed, without)
    assert kept.state == "closed"
    assert not OutboxMessage.objects.exists()
    assert [reason.code for reason in refused.refused[0].reasons] == ["no_reminder"]
