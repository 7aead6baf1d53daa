"""Two organisations on one file: who invites whom, who reads what, what a clinician signed stays as it is."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core import mail
from django.db import DatabaseError, transaction

from accounts.actors import actor_for
from accounts.demo import HOSPITAL_2
from accounts.models import Membership, Organisation, Person
from accounts.services import join_organisation
from dossiers.demo.device_story import NEED, Exemption
from dossiers.demo.story import ONE_DAY, demo_actor
from dossiers.models import ClinicianStatement, Event
from dossiers.policy import may, visible_to
from dossiers.queries.statements import statements_of
from dossiers.queries.timeline import timeline
from dossiers.services.drafts import create_draft, save_section
from dossiers.services.errors import Blocked, Forbidden
from dossiers.services.exemption import seal_of
from dossiers.services.move import move
from notifications.models import OutboxMessage
from tests.dossiers.device_world import exempted
from tests.dossiers.screens import browser
from workflows.device_guards import GLOBAL
from workflows.roles import APPLICANT, PHARMACIST, PRESCRIBER

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world")]


def begun() -> Exemption:
    return exempted(begun_by="clinician", company="device_applicant").draft()


def sees(login: str, told: Exemption) -> bool:
    return visible_to(demo_actor(login)).filter(reference=told.reference).exists()


def parties(told: Exemption) -> set[tuple[str, str]]:
    return set(told.dossier.parties.values_list("role", "organisation__name"))


# ------------------------------------------------------------------------------------- a clinician begins


def test_the_manufacturer_takes_over_what_a_clinician_began():
    told = begun()
    assert not sees("device_applicant", told)
    told.invite_company()
    assert sees("device_applicant", told)
    assert not sees("applicant", told)
    assert told.dossier.organisation.kind == "establishment"
    told.take_over()
    assert told.dossier.organisation.name == "Démo Dispositifs Kerlann"
    hospital, company = "CHU Démo de Valmirande", "Démo Dispositifs Kerlann"
    assert parties(told) == {("prescriber", hospital), ("applicant", company)}
    assert sees("prescriber", told)
    assert not sees("prescriber2", told)
    assert may(demo_actor("prescriber"), "edit", told.dossier).allowed


def test_the_invitation_is_mailed_to_the_person_and_names_no_device():
    told = begun().invite_company()
    message = OutboxMessage.objects.get(kind="invite_company")
    assert message.recipient.email == "device_applicant@demo.example"
    assert "EXTRALIA" not in str(message.context)
    assert told.reference in message.path


def test_a_stranger_gets_an_account_and_a_link(django_capture_on_commit_callbacks):
    told = begun()
    payload = {"email": "nouvelle@fabricant.example", "company": "Fabricant Nouveau"}
    with django_capture_on_commit_callbacks(execute=True):
        told.do("invite_company", "prescriber", payload)
    company = Organisation.objects.get(name="Fabricant Nouveau")
    member = Membership.objects.get(organisation=company)
    assert (company.kind, member.role, member.person.has_usable_password()) == ("company", APPLICANT, False)
    (sent,) = [one for one in mail.outbox if one.to == ["nouvelle@fabricant.example"] and "/reset/" in one.body]
    assert "EXTRALIA" not in sent.body
    assert ("applicant", "Fabricant Nouveau") in parties(told)


def test_a_company_known_by_its_name_is_told_itself_and_no_stranger_joins_it():
    told = begun()
    told.do("invite_company", "prescriber", {"email": "intrus@ailleurs.example", "company": "démo dispositifs kerlann"})
    assert not Person.objects.filter(email="intrus@ailleurs.example").exists()
    assert OutboxMessage.objects.get(kind="invite_company").recipient.email == "device_applicant@demo.example"


def test_an_unknown_address_alone_invites_nobody():
    with pytest.raises(Blocked) as refusal:
        begun().do("invite_company", "prescriber", {"email": "nouvelle@fabricant.example"})
    assert [one.code for one in refusal.value.reasons] == ["nobody_known"]


@pytest.mark.parametrize("email", ["prescriber", "ansm_assessor", "Pharmacist2"])
def test_nobody_who_works_elsewhere_is_made_a_manufacturer(email: str):
    told = begun()
    with pytest.raises(Blocked) as refusal:
        told.do("invite_company", "prescriber", {"email": f"{email}@demo.example", "company": "Société inventée"})
    assert [(one.code, one.field) for one in refusal.value.reasons] == [("not_of_a_company", "email")]
    assert not Organisation.objects.filter(name="Société inventée").exists()


def test_a_company_of_a_long_name_is_invited_even_when_mail_is_down(django_capture_on_commit_callbacks, monkeypatch):
    def down(**_words: object) -> None:
        raise OSError("no mail today")

    monkeypatch.setattr("dossiers.services.invited.send_invitation", down)
    told, name = begun(), "Fabricant " + "x" * 190
    with django_capture_on_commit_callbacks(execute=True):
        told.do("invite_company", "prescriber", {"email": "longue@fabricant.example", "company": name})
    assert Membership.objects.get(organisation__name=name).person.last_name == name[:100]
    assert OutboxMessage.objects.get(kind="invite_company").recipient.email == "longue@fabricant.example"


def test_a_company_where_nobody_could_take_it_over_is_not_invited():
    Organisation.objects.create(kind="company", name="Fabricant absent")
    told = begun()
    with pytest.raises(Blocked) as refusal:
        told.do("invite_company", "prescriber", {"company": "Fabricant absent"})
    assert [one.code for one in refusal.value.reasons] == ["nobody_there"]
    assert told.dossier.state == "draft"


def test_a_project_that_makes_a_device_is_told_and_takes_it_over():
    project = Organisation.objects.create(kind="project", name="Projet Rotule")
    person = Person.objects.create_user("rotule@demo.example", first_name="Ana", last_name="Pic")
    join_organisation(person=person, organisation=project, role=APPLICANT, starts_on=dt.date(2021, 1, 1))
    told = begun().do("invite_company", "prescriber", {"company": "Projet Rotule"})
    assert OutboxMessage.objects.get(kind="invite_company").recipient == person
    told.do("take_over", "rotule")
    assert told.dossier.organisation == project


def test_a_company_invited_may_decline():
    told = begun().invite_company().do("withdraw", "device_applicant", {"reason": "Produit arrêté."})
    assert told.dossier.state == "withdrawn"


# ------------------------------------------------------------------------------------- a manufacturer begins


def test_the_manufacturer_invites_clinicians_who_become_parties():
    told = exempted().draft()
    assert not sees("prescriber2", told)
    told.invite_clinician("prescriber2")
    assert sees("prescriber2", told)
    assert OutboxMessage.objects.filter(kind="invite_clinician", recipient__email="prescriber2@demo.example").exists()
    told.do("invite_clinician", "applicant", {"hospital": "CHU Démo de Valmirande"})
    assert sees("prescriber", told)


def test_nobody_becomes_a_clinician_because_a_company_says_so():
    with pytest.raises(Blocked) as refusal:
        exempted().draft().do("invite_clinician", "applicant", {"email": "faux.medecin@ailleurs.example"})
    assert [one.code for one in refusal.value.reasons] == ["nobody_known"]
    assert not Person.objects.filter(email="faux.medecin@ailleurs.example").exists()


def test_only_the_manufacturer_writes_what_binds_it():
    told = exempted().draft().invite_clinician()
    with pytest.raises(Forbidden):
        create_draft(
            procedure="device_exemption",
            kind="individual",
            actor=demo_actor("prescriber"),
            answers={"commitments": {"vigilance": True}},
            at=told.at,
        )
    save_section(
        reference=told.reference,
        section="need",
        data={**told.answers["need"], "benefit": "Écrit par le clinicien."},
        actor=demo_actor("prescriber"),
        at=told.at,
    )
    assert told.dossier.sections.get(section="need").data["benefit"] == "Écrit par le clinicien."


# --------------------------------------------------------------------------------------------- statements


def test_what_a_clinician_signs_is_sealed_and_cannot_change():
    told = exempted().draft().invite_clinician().state_need()
    one = ClinicianStatement.objects.get(dossier=told.dossier)
    assert one.sha256 == seal_of(one)
    one.need += " "
    assert one.sha256 != seal_of(one)
    assert (one.author_name, one.patient_count) == ("Camille Aubrac", 1)
    with pytest.raises(DatabaseError, match="clinicianstatement"), transaction.atomic():
        ClinicianStatement.objects.update(author_name="Autre")
    with pytest.raises(DatabaseError, match="clinicianstatement"), transaction.atomic():
        one.delete()


def test_a_patient_is_in_the_statement_and_nowhere_else():
    told = exempted(patients=("ZQX, 1961, F",)).prepared()
    event = Event.objects.get(dossier=told.dossier, verb="state_need")
    assert set(event.payload) == {"informed", "signed", "statement", "sha256", "patients"}
    assert event.payload["patients"] == 1
    for login in ("applicant", "contributor"):
        actor = demo_actor(login)
        said = f"{statements_of(told.dossier, actor)} {timeline(told.dossier, actor)}"
        assert "ZQX" not in said
        assert NEED not in said


def test_who_reads_a_statement():
    told = exempted(patients=("ZQX, 1961, F", "ZQY, 1950, M")).filed()
    told_to = {
        "prescriber": True,
        "pharmacist": False,
        "applicant": False,
        "contributor": False,
        "ansm_triage": True,
        "ansm_assessor": True,
        "auditor": True,
    }
    for login, reads in told_to.items():
        (shown,) = statements_of(told.dossier, demo_actor(login))
        assert (shown.readable, bool(shown.need), len(shown.patients)) == (reads, reads, 2 if reads else 0), login
        assert (shown.patient_count, shown.author) == (2, "Camille Aubrac")


def test_another_hospital_does_not_read_it():
    told = exempted(kind=GLOBAL).draft().invite_clinician().invite_clinician("prescriber2")
    told.state_need().state_need("prescriber2")
    shown = statements_of(told.dossier, demo_actor("prescriber2"))
    assert [one.readable for one in shown] == [False, True]
    assert [one.counts for one in shown] == [True, True]


def test_before_filing_a_new_statement_replaces_the_one_before_and_both_are_kept():
    told = exempted().draft().invite_clinician().state_need().state_need(patients=["AB, 1961, F", "CD, 1955, M"])
    shown = statements_of(told.dossier, demo_actor("prescriber"))
    assert [(one.number, one.counts, one.patient_count) for one in shown] == [(1, False, 1), (2, True, 2)]
    with pytest.raises(Blocked) as refusal:
        told.attach_pieces().file()
    assert [one.code for one in refusal.value.reasons] == ["patient_count"]


def test_a_colleague_of_the_hospital_may_sign_too():
    told = exempted(kind=GLOBAL).draft().invite_clinician()
    hospital = Organisation.objects.get(name="CHU Démo de Valmirande")
    person = Person.objects.create_user("collegue@demo.example", first_name="Ève", last_name="Ormel")
    join_organisation(person=person, organisation=hospital, role=PRESCRIBER, starts_on=dt.date(2021, 1, 1))
    told.state_need().state_need("collegue")
    assert {one.author for one in statements_of(told.dossier, demo_actor("ansm_assessor"))} == {
        "Camille Aubrac",
        "Ève Ormel",
    }


def test_a_clinician_of_two_hospitals_states_the_need_of_each():
    told = exempted(kind=GLOBAL).draft().invite_clinician()
    hospital = Organisation.objects.get(name=HOSPITAL_2)
    person = Person.objects.get(email="prescriber@demo.example")
    there = join_organisation(person=person, organisation=hospital, role=PRESCRIBER, starts_on=dt.date(2021, 1, 1))
    told.do("invite_clinician", "applicant", {"hospital": HOSPITAL_2})
    told.state_need()
    payload = {"need": "Deux patients ici.", "alternatives": "Aucune.", "informed": True, "signed": True}
    move(
        reference=told.reference,
        transition="state_need",
        actor=actor_for(there),
        payload=payload,
        at=told.at + ONE_DAY,
    )
    shown = statements_of(told.dossier, demo_actor("ansm_assessor"))
    assert [(one.hospital, one.counts) for one in shown] == [("CHU Démo de Valmirande", True), (HOSPITAL_2, True)]


def test_two_clinicians_of_one_patient_ask_for_one_patient():
    told = exempted(patients=("AB, 1961, F",)).draft().invite_clinician().invite_clinician("prescriber2")
    told.state_need()
    both = {"need": NEED, "alternatives": "Aucune.", "informed": True, "signed": True, "patients": ["A.B., 1961, f"]}
    told.do("state_need", "prescriber2", {**both, "shared": 1}).attach_pieces().file()
    assert told.dossier.state == "received"
    assert seal_of(told.dossier.statements.get(number=2)) == told.dossier.statements.get(number=2).sha256
    (first, second) = statements_of(told.dossier, demo_actor("ansm_assessor"))
    assert (first.patients[0]["like"], second.patients[0]["like"]) == ("2", "1")
    # The other hospital and the company read a number, and that nobody else's patient is like theirs.
    assert [one.patients for one in statements_of(told.dossier, demo_actor("applicant"))] == [(), ()]
    assert statements_of(told.dossier, demo_actor("prescriber"))[0].patients[0]["like"] == ""


def test_who_signs_alone_is_not_asked_whose_patients_are_shared(in_english):
    told = exempted().draft().invite_clinician().invite_clinician("prescriber2")
    address = f"/dossiers/{told.reference}/act/state_need/"
    assert 'name="shared"' not in browser("prescriber").get(address).content.decode()
    told.state_need()
    assert 'name="shared"' in browser("prescriber2").get(address).content.decode()


def test_the_pharmacist_of_a_site_reads_the_file_once_it_is_filed():
    told = exempted().prepared()
    assert not sees("pharmacist", told)
    told.file()
    assert sees("pharmacist", told)
    assert PHARMACIST not in {role for role, _name in parties(told)}
