"""A request to the Innovation and Referral Service, from the draft to the answer: what each act keeps and sends."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from documents.letters.data import letter_data
from documents.letters.render import render
from documents.models import LetterOrder
from dossiers.demo.advice_answers import too_many_questions
from dossiers.demo.advice_story import MINUTES, PARTICIPANTS, AdviceStory
from dossiers.demo.story import ONE_DAY, demo_actor
from dossiers.models import Decision, Meeting, MinutesAgreement, MinutesVersion, Routing
from dossiers.policy import attachments_visible_to, visible_to
from dossiers.services.errors import Blocked
from dossiers.services.letters import preview
from notifications.models import OutboxMessage
from tests.documents.pdfs import text_of
from tests.dossiers.advice_world import advice, advice_in, with_a_meeting
from workflows.advice_guards import (
    DEVICE_CLINICAL_RESEARCH,
    DEVICE_QUALIFICATION,
    PRE_SUBMISSION,
    REGULATORY_GUIDANCE,
    SCIENTIFIC_OPINION,
    fingerprint,
)
from workflows.roles import APPLICANT

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world")]

DEMO = "DÉMONSTRATION - document fictif, sans valeur "
KINDS = (SCIENTIFIC_OPINION, REGULATORY_GUIDANCE, DEVICE_QUALIFICATION, DEVICE_CLINICAL_RESEARCH, PRE_SUBMISSION)


def last_order(told: AdviceStory) -> LetterOrder:
    return LetterOrder.objects.filter(dossier__reference=told.reference).order_by("-pk")[0]


def last_letter(told: AdviceStory) -> str:
    return text_of(render(last_order(told).context)).replace(DEMO, "")


def told_people(told: AdviceStory, kind: str) -> set[str]:
    found = OutboxMessage.objects.filter(kind=kind, dossier=told.dossier)
    return {email.partition("@")[0] for email in found.values_list("recipient__email", flat=True)}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("who", ["two_hats", "applicant", "device_applicant"])
def test_projects_and_companies_send_every_kind(kind: str, who: str) -> None:
    told = advice(kind=kind, who=who).draft().file()
    assert told.dossier.state == "received"
    assert told.dossier.filing_number.startswith("ADVICE-E-2026-")
    assert told_people(told, "file") >= {"ansm_triage"}
    text = last_letter(told)
    assert "Guichet Innovation et Orientation" in text
    assert "Accusé de réception" in text
    for row in told.answers["questions"]["questions"]:
        assert row["question"] in text


def test_a_project_needs_no_company_number() -> None:
    told = advice(who="two_hats", given={"project": {"siren": ""}}).draft().file()
    assert not told.dossier.organisation.siren
    with pytest.raises(Blocked) as refused:
        advice(given={"project": {"nature": "company", "siren": ""}}).draft().file()
    assert [reason.field for reason in refused.value.reasons] == ["project.siren"]


def test_ten_questions_and_ten_days() -> None:
    with pytest.raises(Blocked) as refused:
        advice(kind=SCIENTIFIC_OPINION, given={"questions": too_many_questions()}).draft().file()
    assert {reason.field for reason in refused.value.reasons} == {"questions.questions"}
    few = {"meeting": {"slots": with_a_meeting().answers["meeting"]["slots"][:9]}}
    with pytest.raises(Blocked) as refused:
        with_a_meeting(given=few).draft().file()
    assert [reason.code for reason in refused.value.reasons] == ["slots_few"]


def test_a_request_is_routed_to_a_desk_and_an_assessor() -> None:
    told = advice().assigned("device")
    found = told.dossier
    assert Routing.objects.get(dossier=found).desk == "device"
    assert found.lead is not None
    assert found.lead.person.email == "ansm_assessor@demo.example"
    assert found.due_on is not None
    assert told_people(told, "route") >= {"ansm_assessor", "contributor"}


def test_a_recused_assessor_is_not_offered() -> None:
    from dossiers.services.staffing import recuse

    told = advice().draft().file()
    recuse(reference=told.reference, actor=demo_actor("ansm_assessor"), reason="Lien d'intérêts.", at=told.at)
    with pytest.raises(Blocked) as refused:
        told.route()
    assert [reason.code for reason in refused.value.reasons] == ["not_an_assessor"]


@pytest.mark.parametrize("routed", [False, True])
def test_a_redirected_request_has_its_orientation_note(routed: bool) -> None:
    told = advice().assigned() if routed else advice().draft().file()
    told.do("redirect", "ansm_triage", {"body": "has", "note": "Le remboursement relève de la HAS."})
    text = last_letter(told)
    assert "Note d’orientation" in text
    assert "la Haute Autorité de santé (HAS)" in text
    assert "Le remboursement relève de la HAS." in text
    assert Routing.objects.get(dossier=told.dossier).desk == ("device" if routed else "")


def test_another_body_is_named_in_the_letter() -> None:
    told = advice().draft().file()
    payload = {"body": "other", "body_name": "Agence inventée de l'innovation", "note": "Écrivez-lui."}
    told.do("redirect", "ansm_triage", payload)
    assert "Votre demande relève d’un autre organisme : Agence inventée de l'innovation." in last_letter(told)


def test_a_request_that_is_not_eligible_says_why() -> None:
    told = advice().draft().file().do("find_ineligible", "ansm_triage", {"reason": "Dossier déjà déposé à l'EMA."})
    text = last_letter(told)
    assert "Demande non éligible" in text
    assert "Dossier déjà déposé à l'EMA." in text
    assert "recours" not in text


def test_questions_pause_the_target_and_make_a_new_version() -> None:
    told = advice().assigned().ask("Quelles données d'entrée ?")
    assert told.dossier.due_on is None
    told.answer("Les images et le compte rendu.")
    assert told.dossier.due_on is not None
    assert told.dossier.submissions.count() == 2


# ------------------------------------------------------------------------------------------------ in writing


def test_a_written_opinion_answers_question_by_question() -> None:
    told = advice(who="two_hats").assigned().propose()
    assert "Non signé" in text_of(preview(told.dossier, "advice_opinion", told.at))
    told.give()
    decision = Decision.objects.get(dossier=told.dossier, signed_at__isnull=False)
    assert decision.written_opinion.position == "device"
    text = last_letter(told)
    asked = told.answers["questions"]["questions"]
    for row in asked:
        assert row["question"] in text
        assert row["position"] in text
    assert text.count("Réponse de l’Agence") == len(asked)
    for said in (
        "un dispositif médical, de classe IIa",
        "Quentin Quiberville",
        "Il ne lie ni l’Agence ni le demandeur",
    ):
        assert said in text, said
    assert told_people(told, "give_opinion") >= {"two_hats"}
    data = letter_data(last_order(told).context)
    assert data["advice"]["position"] == "device"
    assert data["advice"]["questions"] == len(asked)
    assert data["establishment"] is None


def test_an_opinion_is_signed_by_another_person_with_a_delegation() -> None:
    told = advice().assigned().propose()
    decision = told.dossier.decisions.get()
    assert decision.proposer_name == "Olivier Orvault"
    told.give()
    decision.refresh_from_db()
    assert decision.delegation is not None
    assert decision.signatory_name == "Quentin Quiberville"


def test_an_opinion_sent_back_is_proposed_again() -> None:
    told = advice().assigned().propose().do("send_back", "ansm_signatory", {"reason": "Préciser."})
    told.propose().give()
    assert told.dossier.decisions.count() == 2
    assert told.dossier.state == "answered"


def test_the_company_does_not_see_the_opinion_before_it_is_signed() -> None:
    told = advice().assigned().propose()
    assert not LetterOrder.objects.filter(dossier=told.dossier, kind="advice_opinion").exists()
    assert told.dossier.events.get(verb="propose").staff_only


# ----------------------------------------------------------------------------------------------- with a meeting


def test_a_meeting_then_minutes_agreed_by_both_sides() -> None:
    told = with_a_meeting(who="two_hats").assigned("scientific").plan()
    meeting = Meeting.objects.get(dossier=told.dossier)
    assert told_people(told, "plan_meeting") == {"two_hats"}
    assert "Visioconférence" not in str(OutboxMessage.objects.filter(kind="plan_meeting").values())
    told.send("briefing").send("slides").hold()
    meeting.refresh_from_db()
    assert meeting.briefing_sent_at is not None
    assert meeting.slides_sent_at is not None
    assert meeting.participants == PARTICIPANTS
    assert told.dossier.state == "minutes_draft"
    other = MINUTES + "\n\nLe demandeur précise que l'étude compte 120 patients."
    told.agree(minutes=other)
    assert told.dossier.state == "minutes_draft"
    told.agree("ansm_assessor", minutes=other.replace("\n", "\r\n"))
    assert told.dossier.state == "answered"
    assert told.dossier.decided_at == told.at
    versions = list(told.dossier.minutes.values_list("number", "side", "sha256"))
    assert versions == [(1, "ansm", fingerprint(MINUTES)), (2, "applicant", fingerprint(other))]
    text = last_letter(told)
    for said in ("Compte rendu de réunion", "120 patients", fingerprint(other), "Olivier Orvault", "Yaël Yvetot"):
        assert said in text, said
    assert "Pour l’Agence" in text
    assert letter_data(last_order(told).context)["advice"]["minutes_sha256"] == fingerprint(other)


def test_the_applicant_may_write_the_minutes_first() -> None:
    told = with_a_meeting().met(minutes="")
    assert not told.dossier.minutes.exists()
    told.agree()
    assert told.dossier.state == "minutes_draft"
    told.agree("ansm_assessor")
    assert told.dossier.state == "answered"


def test_minutes_are_proof() -> None:
    told = with_a_meeting().met()
    for change in (
        lambda: MinutesVersion.objects.update(text="Un autre texte"),
        lambda: MinutesAgreement.objects.all().delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()
    assert told.dossier.minutes.get().text == MINUTES


def test_what_is_sent_for_a_meeting_reaches_the_agency_then() -> None:
    told = with_a_meeting().assigned("scientific").plan().attach("briefing")
    assessor = demo_actor("ansm_assessor")
    assert not attachments_visible_to(assessor).filter(dossier=told.dossier).exists()
    told.do("send_briefing", "applicant", {"piece": "briefing"}, after=ONE_DAY)
    assert [one.kind for one in attachments_visible_to(assessor).filter(dossier=told.dossier)] == ["briefing"]


def test_a_meeting_is_not_planned_outside_the_days_proposed() -> None:
    told = with_a_meeting().assigned("scientific")
    with pytest.raises(Blocked) as refused:
        told.do("plan_meeting", "ansm_assessor", {"starts_at": "2026-12-23T09:00:00+01:00", "place": "Sur site"})
    assert [reason.field for reason in refused.value.reasons] == ["starts_at"]


# ----------------------------------------------------------------------------------------------------- who reads


OTHERS = ("applicant2", "device_applicant", "prescriber", "has_officer", "ministry_reader", "pharmacovigilance")


@pytest.mark.parametrize("state", ["draft", "assigned", "meeting_planned", "minutes_draft", "answered"])
def test_a_project_is_confidential(state: str) -> None:
    told = advice_in(state)
    seen = {login for login in OTHERS if visible_to(demo_actor(login)).filter(pk=told.dossier.pk).exists()}
    assert seen == set()
    assert visible_to(demo_actor("contributor")).filter(pk=told.dossier.pk).exists()


def test_two_hats_reads_it_as_the_project_alone() -> None:
    told = advice(who="two_hats").draft().file()
    as_project, as_doctor = demo_actor("two_hats", APPLICANT), demo_actor("two_hats", "prescriber")
    assert visible_to(as_project).filter(pk=told.dossier.pk).exists()
    assert not visible_to(as_doctor).filter(pk=told.dossier.pk).exists()


@pytest.mark.parametrize("transition", ["file", "route", "plan_meeting", "hold_meeting", "agree_minutes"])
def test_no_mail_says_what_is_in_the_project(transition: str) -> None:
    told: Any = with_a_meeting().met().agree()
    context = str(list(OutboxMessage.objects.filter(dossier=told.dossier, kind=transition).values_list("context")))
    for secret in ("DMT-900", "comparateur", "lucioximab", "Yvetot"):
        assert secret not in context


def test_the_target_is_a_setting(settings: Any) -> None:
    settings.WORKFLOW_LIMITS = {**settings.WORKFLOW_LIMITS, "ADVICE_TARGET_WORKING_DAYS": 1}
    soon = advice().assigned().dossier.due_on
    settings.WORKFLOW_LIMITS = {**settings.WORKFLOW_LIMITS, "ADVICE_TARGET_WORKING_DAYS": 60}
    late = advice().assigned().dossier.due_on
    assert soon is not None
    assert late is not None
    assert late - soon > dt.timedelta(days=70)


def test_what_is_too_long_for_its_column_is_refused_beside_its_field() -> None:
    told = with_a_meeting().assigned("scientific")
    with pytest.raises(Blocked) as refusal:
        told.plan(place="x" * 301)
    assert [(one.code, one.field) for one in refusal.value.reasons] == [("too_long", "place")]
    with pytest.raises(Blocked) as refusal:
        told.do("redirect", "ansm_triage", {"body": "other", "body_name": "x" * 301, "note": "Ailleurs."})
    assert ("too_long", "body_name") in [(one.code, one.field) for one in refusal.value.reasons]
    assert told.dossier.state == "assigned"
