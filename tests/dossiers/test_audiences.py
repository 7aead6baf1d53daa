"""Who is told: nobody who has left, and nobody who may not do what is asked."""

from __future__ import annotations

import pytest
from django.utils import timezone

from accounts.models import Membership, Organisation, Person
from dossiers.demo.story import ONE_DAY, Story, demo_actor
from dossiers.models import Dossier, Party
from dossiers.services import comments, obligations
from dossiers.services.obligation_reminders import plan_obligation_reminders
from dossiers.services.staffing import recuse
from dossiers.services.tell import AUDIENCES
from tests.dossiers.world import granted, story
from workflows import audiences
from workflows.dates import civil_date

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world")]


def person(login: str) -> int:
    return Person.objects.get(email=f"{login}@demo.example").pk


def leaves(login: str) -> None:
    there = Membership.objects.filter(person__email=f"{login}@demo.example")
    there.update(ends_on=timezone.localdate() - ONE_DAY)


def recused(told: Story, *logins: str) -> None:
    for login in logins:
        recuse(reference=told.reference, actor=demo_actor(login), reason="Lien.", at=told.at)


def told_of(told: Story, audience: str) -> set[int]:
    return AUDIENCES[audience](Dossier.objects.get(pk=told.dossier.pk))


@pytest.mark.parametrize("audience", [audiences.PRESCRIBER, audiences.APPLICANT_SIDE])
def test_who_began_a_request_is_told_until_they_leave(audience):
    told = story().draft()
    Dossier.objects.filter(pk=told.dossier.pk).update(created_by=person("intern"))
    assert person("intern") in told_of(told, audience)
    leaves("intern")
    assert person("intern") not in told_of(told, audience)


def test_who_joined_another_hospital_is_not_told_of_what_they_began():
    told = story().draft()
    Dossier.objects.filter(pk=told.dossier.pk).update(created_by=person("prescriber2"))
    assert person("prescriber2") not in told_of(told, audiences.PRESCRIBER)


def test_a_company_is_told_by_those_still_there():
    told = story().draft()
    company = Organisation.objects.create(kind="company", name="Labo")
    agent = Membership.objects.create(
        person=Person.objects.create(email="agent@labo.example"),
        organisation=company,
        role="applicant",
        starts_on=timezone.localdate() - 9 * ONE_DAY,
    )
    Party.objects.create(
        dossier=told.dossier, organisation=agent.organisation, membership=agent, role="applicant", since=told.at
    )
    assert told_of(told, audiences.COMPANY) == {agent.person_id}
    Membership.objects.filter(pk=agent.pk).update(ends_on=timezone.localdate())
    assert told_of(told, audiences.COMPANY) == set()


@pytest.mark.parametrize("gone", ["left", "recused"])
def test_comments_are_not_told_to_who_invited_and_is_gone(gone):
    told = granted(months=6)
    inviter = demo_actor("ansm_assessor")
    day = civil_date(told.at) + 30 * ONE_DAY
    number = told.title.number
    comments.invite(number=number, intended="suspend", grounds="x", reply_by=day, actor=inviter, at=told.at)
    if gone == "left":
        leaves("ansm_assessor")
    else:
        recused(told, "ansm_assessor")
    comments.give(number=number, text="Non.", actor=demo_actor("pharmacist"), at=told.at)
    received = told.dossier.outbox.filter(kind="comments_received").values_list("recipient", flat=True)
    assert received
    assert person("ansm_assessor") not in received


@pytest.mark.parametrize(
    ("audience", "login"),
    [
        (audiences.LEAD, "ansm_assessor2"),
        (audiences.ANSM_ASSESSORS, "ansm_assessor2"),
        (audiences.ANSM_SIGNATORIES, "ansm_signatory"),
        (audiences.ANSM_VIGILANCE, "ansm_vigilance"),
    ],
)
def test_who_is_recused_is_asked_for_nothing(audience, login):
    told = story().draft().sign().file()
    assert person(login) in told_of(told, audience)
    recused(told, login)
    assert person(login) not in told_of(told, audience)


def test_obligations_of_the_agency_are_not_recalled_to_who_is_recused():
    told = granted(months=6)
    recused(told, "ansm_assessor", "ansm_signatory")
    due_on = civil_date(told.at) + 7 * ONE_DAY
    obligations.add(
        number=told.title.number, kind="report", owed_by="agency", text="x", due_on=due_on,
        actor=demo_actor("ansm_vigilance"), at=told.at,
    )  # fmt: skip
    plan_obligation_reminders(at=told.at + 21 * ONE_DAY)
    found = set(told.dossier.outbox.filter(dedupe_key__startswith="obligation:").values_list("recipient", flat=True))
    assert person("ansm_assessor2") in found
    assert not found & {person("ansm_assessor"), person("ansm_signatory")}
