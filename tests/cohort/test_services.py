"""One patient through the four forms, what is refused on the way, and what each signature sets going."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.core.management import call_command
from django.db import ProgrammingError, transaction

from cohort.models import CohortEvent, CohortForm, Inclusion, VigilanceNotice
from cohort.protocol import cohort_of
from cohort.queries import company
from cohort.services import forms, inclusions, log, vigilance
from cohort.states import STATES, STEPS
from dossiers.demo.aap_story import EarlyAccess
from dossiers.demo.story import demo_actor
from dossiers.models import Title
from dossiers.services.errors import Blocked, Forbidden, NotFound, WrongState
from dossiers.services.move import move_title
from dossiers.services.title_days import follow_titles
from notifications.models import OutboxMessage
from tests.cohort.world import BIRTH_MONTH, DAY, EFFECT, INITIALS, MONDAY, REQUEST, Patient, granted, patient_in
from tests.dossiers.world import early, early_renewed
from tests.dossiers.world import granted as granted_aac
from workflows.dates import PARIS, civil_date

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world", "in_english")]


@pytest.fixture
def title() -> Title:
    return granted()


def set_state(title: Title, state: str) -> None:
    Title.objects.filter(pk=title.pk).update(state=state)


def test_a_patient_goes_through_the_four_forms(title: Title) -> None:
    told = Patient(title).treated()
    assert told.row.state == "treated"
    visits = CohortForm.objects.filter(inclusion=told.row, form="follow_up").order_by("visit")
    assert [(one.visit, one.visit_label, one.due_on) for one in visits] == [
        (1, "M1", dt.date(2026, 6, 4)),
        (2, "M3", dt.date(2026, 8, 4)),
        (3, "M6", dt.date(2026, 11, 4)),
        (4, "M12", dt.date(2027, 5, 4)),
    ]
    assert told.row.next_due_on == dt.date(2026, 6, 4)
    told.followed(1)
    assert told.row.next_due_on == dt.date(2026, 8, 4)
    told.stopped()
    row = told.row
    assert (row.state, row.stopped_on, row.next_due_on) == ("stopped", dt.date(2026, 6, 4), None)
    assert not list(log.differences(row))
    verbs = list(row.events.order_by("seq").values_list("verb", flat=True))
    assert verbs == ["create", "sign", "send", "accept", "start", "follow", "stop"]


def test_a_pseudonym_tells_nothing_and_is_given_at_birth(title: Title) -> None:
    first, second = Patient(title), Patient(title, prescriber="prescriber2", pharmacist="pharmacist2")
    assert first.pseudonym == f"{title.chain}/0001"
    assert second.pseudonym == f"{title.chain}/0002"


def test_what_names_the_patient_lies_apart(title: Title) -> None:
    told = Patient(title).asked()
    form = told.form("access_request")
    assert form.personal == {"initials": INITIALS, "birth_month": BIRTH_MONTH}
    assert not {"initials", "birth_month"} & set(form.answers)
    assert told.row.identity == form.personal
    assert told.row.profile == {"age_band": "60-69", "sex": "F"}


def test_a_draft_keeps_anything_but_a_name_or_a_national_number(title: Title) -> None:
    told = Patient(title)
    actor = demo_actor("intern")
    where: dict[str, Any] = {"pseudonym": told.pseudonym, "form": "access_request", "actor": actor, "at": MONDAY}
    forms.save(**where, data={"weight": "beaucoup", "unknown": "x", "birth_month": "hier"})
    kept = told.form("access_request")
    assert (kept.answers, kept.personal) == ({"weight": "beaucoup"}, {"birth_month": "hier"})
    for data in ({"initials": "Dupont"}, {"diagnosis": "1 85 07 75 116 001 42"}):
        with pytest.raises(Blocked):
            forms.save(**where, data=data)
    assert told.form("access_request").answers == {"weight": "beaucoup"}


def test_signing_is_strict_and_says_each_fault(title: Title) -> None:
    told = Patient(title)
    prescriber = demo_actor("prescriber")
    where: dict[str, Any] = {"pseudonym": told.pseudonym, "form": "access_request", "actor": prescriber, "at": MONDAY}
    forms.save(**where, data={**REQUEST, "in_indication": "no", "weight": "", "informed": "no"})
    with pytest.raises(Blocked) as refused:
        forms.sign(**where)
    assert {reason.field for reason in refused.value.reasons} == {"in_indication", "weight", "informed"}
    assert told.row.state == "draft"


def test_what_somebody_else_saved_is_not_overwritten(title: Title) -> None:
    told = Patient(title)
    where: dict[str, Any] = {"pseudonym": told.pseudonym, "form": "access_request", "at": MONDAY}
    forms.save(**where, data={"diagnosis": "SLA"}, actor=demo_actor("intern"), base_version=1)
    with pytest.raises(forms.StaleForm) as stale:
        forms.save(**where, data={"diagnosis": "SEP"}, actor=demo_actor("prescriber"), base_version=1)
    assert stale.value.theirs == {"diagnosis": "SLA"}
    assert told.form("access_request").answers == {"diagnosis": "SLA"}


@pytest.mark.parametrize(
    ("login", "may"),
    [("prescriber", True), ("two_hats", True), ("intern", False), ("pharmacist", False), ("pharmacy_preparer", False)],
)
def test_a_prescriber_signs_the_access_request(title: Title, login: str, may: bool) -> None:
    told = Patient(title)
    where: dict[str, Any] = {"pseudonym": told.pseudonym, "form": "access_request", "at": MONDAY}
    forms.save(**where, data=REQUEST, actor=demo_actor("intern"))
    if may:
        forms.sign(**where, actor=demo_actor(login, "prescriber"))
        assert told.row.state == "at_pharmacy"
    else:
        with pytest.raises(Forbidden):
            forms.sign(**where, actor=demo_actor(login))
        assert told.row.state == "draft"


def test_the_pharmacist_returns_or_sends(title: Title) -> None:
    told = Patient(title).signed()
    pharmacist = demo_actor("pharmacist")
    with pytest.raises(Blocked):
        forms.give_back(pseudonym=told.pseudonym, reason=" ", actor=pharmacist, at=MONDAY)
    forms.give_back(pseudonym=told.pseudonym, reason="Posologie ?", actor=pharmacist, at=MONDAY)
    assert told.row.state == "draft"
    assert told.form("access_request").signed_at is None
    assert told.form("access_request").answers["diagnosis"] == REQUEST["diagnosis"]
    told.asked()
    form = told.form("access_request")
    assert form.signed_by_name == "Camille Aubrac"
    assert form.pharmacist_name == "Inès Caradec"


def test_the_company_gives_its_number_or_the_next_one(title: Title) -> None:
    applicant = demo_actor("applicant")
    first, second, third = (Patient(title).asked() for _ in range(3))
    inclusions.accept(pseudonym=first.pseudonym, actor=applicant, at=MONDAY)
    assert first.row.access_number == f"{title.chain}-A0001"
    number = first.row.access_number
    with pytest.raises(Blocked):
        inclusions.accept(pseudonym=second.pseudonym, access_number=number, actor=applicant, at=MONDAY)
    number = f"{title.chain}-A0002"
    inclusions.accept(pseudonym=second.pseudonym, access_number=number, actor=applicant, at=MONDAY)
    inclusions.accept(pseudonym=third.pseudonym, actor=applicant, at=MONDAY)
    assert third.row.access_number == f"{title.chain}-A0003"


def test_no_patient_comes_in_when_the_title_is_not_in_force(title: Title) -> None:
    draft, checked, asked = Patient(title), Patient(title).signed(), Patient(title).asked()
    treated = Patient(title).treated()
    forms.save(
        pseudonym=draft.pseudonym,
        form="access_request",
        data=REQUEST,
        actor=demo_actor("prescriber"),
        at=MONDAY,
    )
    prescriber = demo_actor("prescriber")
    for state in ("suspended", "expired", "withdrawn", "ceased", "replaced"):
        set_state(title, state)
        with pytest.raises(Blocked):
            inclusions.create(chain=title.chain, actor=prescriber, at=MONDAY)
        with pytest.raises(Blocked):
            forms.sign(pseudonym=draft.pseudonym, form="access_request", actor=prescriber, at=MONDAY)
        with pytest.raises(Blocked):
            forms.send(pseudonym=checked.pseudonym, actor=demo_actor("pharmacist"), at=MONDAY)
        with pytest.raises(Blocked):
            inclusions.accept(pseudonym=asked.pseudonym, actor=demo_actor("applicant"), at=MONDAY)
    assert {one.row.state for one in (draft, checked, asked)} == {"draft", "at_pharmacy", "asked"}
    # Patients already treated are followed to the end: continuity of treatment.
    treated.followed(1).stopped()
    assert treated.row.state == "stopped"


def test_a_treatment_begun_before_a_suspension_may_still_be_told(title: Title) -> None:
    told, late = Patient(title).accepted(), Patient(title).accepted()
    suspended_at = MONDAY + 2 * DAY
    suspension = {"reason": "Signal grave.", "until": (suspended_at + 30 * DAY).date().isoformat(), "emergency": True}
    college = demo_actor("has_college")
    move_title(number=title.number, transition="suspend", actor=college, payload=suspension, at=suspended_at)
    late.at = suspended_at + DAY
    with pytest.raises(Blocked) as refused:
        late.starts()
    assert refused.value.reasons[0].code == "title_not_in_force"
    told.at = MONDAY + DAY
    told.starts()
    assert told.row.state == "treated"
    move_title(
        number=title.number,
        transition="reinstate",
        actor=college,
        payload={"reason": "Signal écarté."},
        at=suspended_at + 3 * DAY,
    )
    late.at = suspended_at + 4 * DAY
    late.starts()
    assert late.row.state == "treated"


def test_a_treatment_begins_after_the_access(title: Title) -> None:
    told = Patient(title).accepted()
    answers = {"started_on": (MONDAY.date() - DAY).isoformat(), "dose": "100 mg", "baseline": "Stable"}
    with pytest.raises(Blocked) as refused:
        told.fills("initiation", answers)
    assert refused.value.reasons[0].code == "before_access"


ACTED_BY = {
    "return": "pharmacist",
    "send": "pharmacist",
    "accept": "applicant",
    "decline": "applicant",
    "withdraw": "prescriber",
}


def act(told: Patient, name: str, login: str) -> None:
    where: dict[str, Any] = {"pseudonym": told.pseudonym, "actor": demo_actor(login), "at": told.at}
    match name:
        case "return":
            forms.give_back(**where, reason="Non.")
        case "send":
            forms.send(**where)
        case "accept":
            inclusions.accept(**where)
        case "decline":
            inclusions.decline(**where, reason="Non.")
        case "withdraw":
            inclusions.withdraw(**where, reason="Non.")


@pytest.mark.parametrize("state", sorted(STATES))
def test_each_step_from_each_state(title: Title, state: str) -> None:
    """The table says where each step starts: there it makes one event, elsewhere it changes nothing."""
    for name, login in ACTED_BY.items():
        told = patient_in(state, title)
        before = told.row.events.count()
        if state in STEPS[name].sources:
            act(told, name, login)
            assert told.row.state == STEPS[name].target, name
            assert told.row.events.count() == before + 1
            assert not list(log.differences(told.row))
        else:
            with pytest.raises((WrongState, NotFound)):
                act(told, name, login)
            assert told.row.state == state, name
            assert told.row.events.count() == before


def test_each_step_by_each_role(title: Title) -> None:
    """Whoever the table does not name is refused, and changes nothing."""
    told = {name: patient_in(min(STEPS[name].sources), title) for name in ACTED_BY}
    everybody = (
        "prescriber", "intern", "pharmacist", "pharmacy_preparer", "applicant", "contributor", "pharmacovigilance",
        "ansm_assessor", "has_officer", "has_college", "ministry_reader", "auditor", "org_admin", "prescriber2",
        "pharmacist2", "applicant2", "expert", "reporter",
    )  # fmt: skip
    for name, one in told.items():
        before = one.row.version
        own = {"pharmacist", "prescriber"} if name == "withdraw" else {ACTED_BY[name]}
        for login in everybody:
            if login not in own:
                with pytest.raises((NotFound, Forbidden)):
                    act(one, name, login)
        assert one.row.version == before, name


def test_strangers_find_no_patient(title: Title) -> None:
    told = Patient(title).asked()
    for login in ("applicant2", "prescriber2", "ansm_assessor", "has_officer", "auditor", "org_admin"):
        actor = demo_actor(login)
        with pytest.raises(NotFound):
            forms.save(pseudonym=told.pseudonym, form="access_request", data={}, actor=actor, at=MONDAY)
        with pytest.raises(NotFound):
            forms.sign(pseudonym=told.pseudonym, form="access_request", actor=actor, at=MONDAY)


def test_the_company_writes_no_form(title: Title) -> None:
    told = Patient(title).accepted()
    with pytest.raises(Forbidden):
        forms.save(
            pseudonym=told.pseudonym, form="initiation", data={"dose": "1"}, actor=demo_actor("applicant"), at=MONDAY
        )


def test_visits_after_the_end_are_not_expected_and_those_before_are(title: Title) -> None:
    told = Patient(title).treated()
    told.at = MONDAY + 100 * DAY
    told.stopped(stopped_on=(MONDAY + 70 * DAY).date().isoformat())
    open_ones = CohortForm.objects.filter(inclusion=told.row, form="follow_up", cancelled_at=None)
    assert [one.visit for one in open_ones] == [1]
    told.fills("follow_up", {**EFFECT, "seen_on": (MONDAY + 31 * DAY).date().isoformat()}, 1)
    assert told.form("follow_up", 1).signed_at is not None


def test_an_adverse_effect_is_routed_without_a_word_of_the_patient(title: Title) -> None:
    told = Patient(title).treated()
    OutboxMessage.objects.all().delete()
    told.followed(1, EFFECT)
    notice = VigilanceNotice.objects.get()
    messages = OutboxMessage.objects.filter(kind="cohort_vigilance")
    assert set(messages.values_list("recipient__email", flat=True)) == {
        "pharmacovigilance@demo.example",
        "ansm_vigilance@demo.example",
    }
    for message in messages:
        written = f"{message.reference} {message.path} {message.context}"
        assert message.reference == title.number
        assert not any(word in written for word in (told.pseudonym, INITIALS, "Valmirande", "Céphalées", "QALSODY"))
    vigilance.acknowledge(notice=notice.pk, actor=demo_actor("pharmacovigilance"), at=told.at)
    vigilance.acknowledge(notice=notice.pk, actor=demo_actor("ansm_vigilance"), at=told.at)
    notice.refresh_from_db()
    assert notice.company_name == "Jeanne Jolivet"
    assert notice.agency_name == "Rose Rambures"
    for login in ("applicant2", "prescriber", "ansm_assessor", "auditor"):
        with pytest.raises(NotFound):
            vigilance.acknowledge(notice=notice.pk, actor=demo_actor(login), at=told.at)


def test_no_effect_no_notice(title: Title) -> None:
    Patient(title).treated().followed(1).stopped()
    assert not VigilanceNotice.objects.exists()


def test_what_the_aac_of_the_same_patient_says_is_not_typed_again(title: Title) -> None:
    aac = granted_aac()
    prescriber = demo_actor("prescriber")
    made = inclusions.create(chain=title.chain, actor=prescriber, source=aac.title.number, at=MONDAY)
    form = made.forms.get()
    assert form.personal["initials"] == aac.dossier.subject
    assert form.answers["sex"] in ("F", "M")
    assert form.answers["prior_treatments"]
    assert made.source == aac.title.number
    with pytest.raises(NotFound):
        inclusions.create(chain=title.chain, actor=demo_actor("prescriber2"), source=aac.title.number, at=MONDAY)


def test_pressed_twice_it_is_begun_once(title: Title) -> None:
    prescriber = demo_actor("prescriber")
    first = inclusions.create(chain=title.chain, actor=prescriber, at=MONDAY)
    again = inclusions.create(chain=title.chain, actor=prescriber, at=MONDAY + dt.timedelta(seconds=2))
    later = inclusions.create(chain=title.chain, actor=prescriber, at=MONDAY + dt.timedelta(minutes=5))
    assert first == again != later
    assert Inclusion.objects.count() == 2


def test_a_visit_that_the_calendar_does_not_ask_for(title: Title) -> None:
    told = Patient(title).treated()
    extra = forms.add_unplanned_visit(pseudonym=told.pseudonym, actor=demo_actor("intern"), at=told.at)
    same = forms.add_unplanned_visit(pseudonym=told.pseudonym, actor=demo_actor("intern"), at=told.at)
    assert (extra.visit, same.pk) == (5, extra.pk)
    told.fills("follow_up", {**EFFECT, "seen_on": MONDAY.date().isoformat()}, extra.visit)
    assert told.row.next_due_on == dt.date(2026, 6, 4)
    assert VigilanceNotice.objects.count() == 1


def test_a_renewal_goes_on_with_the_same_patients(title: Title) -> None:
    told = Patient(title).treated()
    ends_at = dt.datetime.combine(title.ends_on, dt.time(9), tzinfo=PARIS)
    renewed = EarlyAccess(at=ends_at - 150 * DAY, kind="renewal", parent=title).granted().title
    assert renewed.chain == title.chain
    on_its_first_day = dt.datetime.combine(renewed.starts_on, dt.time(6), tzinfo=PARIS)
    follow_titles(at=on_its_first_day)
    title.refresh_from_db(fields=["version"])
    cohort = cohort_of(title.chain)
    assert cohort is not None
    assert cohort.title == renewed
    new = Patient(renewed, at=on_its_first_day + DAY).asked()
    assert new.row.title == renewed
    assert new.pseudonym == f"{title.chain}/0002"
    told.followed(1)
    board = company.board_page(demo_actor("applicant"), title.chain, "all")
    assert {row["pseudonym"] for row in board.rows} == {told.pseudonym, new.pseudonym}


def test_the_history_of_an_inclusion_is_proof(title: Title) -> None:
    told = Patient(title).asked()
    event = told.row.events.first()
    assert event is not None
    with pytest.raises(ProgrammingError, match="Cannot update"), transaction.atomic():
        CohortEvent.objects.filter(pk=event.pk).update(verb="accept")
    call_command("verify_cohorts")
    told_again = told.row
    told_again.state = "treated"
    assert list(log.differences(told_again)) == [
        f"{told.pseudonym}: the events lead to asked, the row says treated",
    ]


def test_patients_come_in_until_the_renewal_that_was_granted_ahead_begins() -> None:
    """It lives from its grant on, and begins months later: the title that it will replace stands meanwhile."""
    told = early().granted()
    renewal = early_renewed(told)
    assert renewal.title.starts_on > civil_date(renewal.at) + DAY
    before = inclusions.create(chain=told.title.chain, actor=demo_actor("prescriber"), at=renewal.at + DAY)
    assert before.title == told.title
    first_day = dt.datetime.combine(renewal.title.starts_on, dt.time(6), tzinfo=PARIS)
    follow_titles(at=first_day)
    after = inclusions.create(chain=told.title.chain, actor=demo_actor("prescriber"), at=first_day)
    assert (after.title, after.rank) == (renewal.title, 2)
