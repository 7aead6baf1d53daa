"""Another organisation than the owner, named on a dossier: what it reads and may do, and who is told."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.models import Membership, Organisation, Person
from documents.attachments import attach
from dossiers.demo.aap_story import EarlyAccess
from dossiers.models import Dossier, Party
from dossiers.policy import attachments_visible_to, may, visible_to
from dossiers.queries import company, hospital
from dossiers.queries.pages import conversation, parties
from dossiers.services.conversation import post
from dossiers.services.parties import name_party
from dossiers.services.tell import AUDIENCES
from tests.dossiers.world import MONDAY
from workflows import audiences
from workflows.types import Actor

pytestmark = pytest.mark.django_db


@pytest.fixture
def told(world: None, time_machine: Any) -> EarlyAccess:
    time_machine.move_to(MONDAY + dt.timedelta(days=30))
    return EarlyAccess(at=MONDAY).draft().file()


@pytest.fixture
def other(told: EarlyAccess) -> Organisation:
    return Organisation.objects.create(kind="company", name="Laboratoire du Second", phone="01 02 03 04 05")


def actor_of(organisation: Organisation, told: EarlyAccess, role: str = "applicant") -> Actor:
    return replace(
        told.actor("applicant"),
        role=role,
        person_id=None,
        membership_id=None,
        organisation_id=organisation.pk,
        organisation_kind=organisation.kind,
    )


def named(told: EarlyAccess, organisation: Organisation) -> Dossier:
    name_party(dossier=told.dossier, organisation=organisation.pk, role="applicant", at=told.at)
    return Dossier.objects.get(pk=told.dossier.pk)


def test_a_file_is_unknown_to_an_organisation_until_it_is_named(told, other):
    stranger = actor_of(other, told)
    assert not visible_to(stranger).exists()
    assert may(stranger, "act", told.dossier).reasons[0].code == "not_owner"
    dossier = named(told, other)
    assert list(visible_to(stranger)) == [dossier]
    assert may(stranger, "act", dossier).allowed


def test_a_party_is_held_to_the_roles_of_the_table(told, other):
    dossier = named(told, other)
    assert not visible_to(actor_of(other, told, "prescriber")).exists()
    assert not may(actor_of(other, told), "write_note", dossier).allowed
    assert not may(actor_of(other, told), "edit", dossier).allowed  # filed: nobody edits


def test_being_named_twice_is_being_named_once_and_the_latest_person_stands(told, other):
    dossier = named(told, other)
    named(told, other)
    assert Party.objects.filter(dossier=dossier, organisation=other).count() == 1
    name_party(
        dossier=dossier,
        organisation=told.actor("applicant").organisation_id,
        role="applicant",
        membership=told.actor("applicant").membership_id,
        at=told.at,
    )
    name_party(dossier=dossier, organisation=other.pk, role="applicant", at=told.at)
    assert Party.objects.filter(dossier=dossier, role="applicant").count() == 2


def test_a_company_without_a_known_person_is_told_through_its_applicants(told, other):
    dossier = named(told, other)
    before = AUDIENCES[audiences.COMPANY](dossier)
    member = told.actor("applicant")
    theirs = Membership.objects.create(
        person_id=member.person_id, organisation=other, role="applicant", starts_on=MONDAY.date()
    )
    assert member.person_id in AUDIENCES[audiences.COMPANY](dossier)
    assert theirs.person_id not in before or before == AUDIENCES[audiences.COMPANY](dossier)


def test_the_page_names_the_organisation_while_nobody_acted_for_it(told, other):
    shown = parties(named(told, other))
    assert shown[-1][1:] == ("Laboratoire du Second", "01 02 03 04 05")
    assert "," not in shown[0][1]  # the owner's people are named alone


def test_the_board_of_the_company_lists_the_files_that_name_it(told, other):
    dossier = named(told, other)
    rows = hospital.group_page(company.GROUPS["examined"], actor_of(other, told)).rows
    assert [row["reference"] for row in rows] == [dossier.reference]
    owner = hospital.group_page(company.GROUPS["examined"], told.actor("applicant")).rows
    assert [row["reference"] for row in owner] == [dossier.reference]


def test_each_side_reads_its_own_messages_and_those_of_the_agency(told, other):
    dossier = named(told, other)
    theirs = actor_with_a_person(other)
    post(reference=told.reference, body="zqowner", actor=told.actor("applicant"))
    post(reference=told.reference, body="zqparty", actor=theirs)
    post(reference=told.reference, body="zqagency", actor=told.actor("has_officer"))

    def read_by(actor: Actor) -> set[str]:
        return {line.body for line in conversation(dossier, actor)[0]}

    assert read_by(told.actor("applicant")) == {"zqowner", "zqagency"}
    assert read_by(theirs) == {"zqparty", "zqagency"}
    assert read_by(told.actor("has_officer")) == {"zqowner", "zqparty", "zqagency"}


def test_what_a_party_attaches_is_between_it_and_the_agency(told, other):
    dossier = named(told, other)
    theirs = actor_with_a_person(other)
    given, later = {}, told.at + dt.timedelta(hours=1)
    for who in (told.actor("applicant"), theirs):
        upload = SimpleUploadedFile("note.txt", f"note {who.organisation_id}".encode())
        given[who.organisation_id] = attach(dossier=dossier, kind="other", upload=upload, actor=who, at=later)
    owners = given[dossier.organisation_id]
    assert list(attachments_visible_to(told.actor("applicant"))) == [owners]
    assert set(attachments_visible_to(theirs)) == set(given.values())


def actor_with_a_person(organisation: Organisation) -> Actor:
    person = Person.objects.create(email="autre@labo.example", first_name="Ana", last_name="Autre")
    held = Membership.objects.create(
        person=person, organisation=organisation, role="applicant", starts_on=MONDAY.date()
    )
    return Actor(
        role="applicant",
        person_id=person.pk,
        membership_id=held.pk,
        organisation_id=organisation.pk,
        organisation_kind="company",
        name=person.full_name,
        organisation_name=organisation.name,
    )
