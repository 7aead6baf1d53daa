"""What the database holds, and who acts."""

import datetime as dt
from collections.abc import Callable

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from accounts import services
from accounts.actors import active_memberships, actor_for
from accounts.demo import HOSPITAL_1, PEOPLE, load_demo_people
from accounts.models import Delegation, Membership, Organisation, Person
from workflows import roles

TODAY = dt.date(2026, 3, 2)
DAY = dt.timedelta(days=1)
Members = Callable[[str], Membership]


@pytest.mark.django_db
def test_an_address_in_other_letters_is_the_same_person() -> None:
    first = Person.objects.create_user("Ada@Hopital.example", first_name="Ada", last_name="L")
    assert first.email == "ada@hopital.example"
    assert Person.objects.get_by_natural_key(" ADA@hopital.EXAMPLE ") == first
    with pytest.raises(IntegrityError), transaction.atomic():
        Person.objects.bulk_create([Person(email="ADA@hopital.example", first_name="A", last_name="B")])


@pytest.mark.django_db
def test_two_people_without_rpps_may_exist_but_not_two_with_the_same() -> None:
    Person.objects.create_user("a@x.example", first_name="A", last_name="A", rpps="")
    Person.objects.create_user("b@x.example", first_name="B", last_name="B", rpps="10999000010")
    assert Person.objects.get(email="a@x.example").rpps is None
    with pytest.raises(IntegrityError), transaction.atomic():
        Person.objects.create_user("c@x.example", first_name="C", last_name="C", rpps="10999000010")


@pytest.mark.django_db
def test_an_rpps_with_a_wrong_key_is_refused() -> None:
    person = Person(email="a@x.example", first_name="A", last_name="A", rpps="10005173141", password="x")
    with pytest.raises(ValidationError) as refusal:
        person.full_clean()
    assert set(refusal.value.error_dict) == {"rpps"}


def test_a_role_must_exist_in_the_kind_of_organisation(membership: Members) -> None:
    prescriber = membership("prescriber")
    ansm = membership("ansm_assessor").organisation
    with pytest.raises(ValidationError) as refusal:
        services.join_organisation(person=prescriber.person, organisation=ansm, role="prescriber", starts_on=TODAY)
    assert refusal.value.error_dict["role"][0].code == "role"
    for kind in Organisation.Kind.values:
        allowed = Organisation(kind=kind).allowed_roles
        assert allowed == roles.ROLES_BY_ORGANISATION_KIND[kind] | roles.ANYWHERE


def test_the_same_open_membership_cannot_exist_twice(membership: Members) -> None:
    held = membership("prescriber")
    with pytest.raises(ValidationError):
        services.join_organisation(person=held.person, organisation=held.organisation, role=held.role, starts_on=TODAY)
    with pytest.raises(IntegrityError), transaction.atomic():
        Membership.objects.create(person=held.person, organisation=held.organisation, role=held.role, starts_on=TODAY)


def test_an_unknown_role_is_refused_by_the_database_itself(membership: Members) -> None:
    held = membership("prescriber")
    with pytest.raises(IntegrityError), transaction.atomic():
        Membership.objects.filter(pk=held.pk).update(role="system")


def test_a_membership_ended_today_gives_nothing_today(membership: Members) -> None:
    held = membership("prescriber")
    assert list(active_memberships(held.person, TODAY)) == [held]
    services.end_membership(membership=held, on=TODAY)
    assert list(active_memberships(held.person, TODAY)) == []
    assert list(active_memberships(held.person, TODAY - DAY)) == [held]
    services.end_membership(membership=held, on=TODAY + 5 * DAY)
    held.refresh_from_db()
    assert held.ends_on == TODAY, "ending it again must not reopen it"


def test_a_closed_account_acts_as_nobody(membership: Members) -> None:
    held = membership("prescriber")
    held.person.is_active = False
    held.person.save()
    assert list(active_memberships(held.person, TODAY)) == []


@given(start=st.integers(-5, 5), length=st.none() | st.integers(0, 5), on=st.integers(-8, 12))
def test_the_query_and_the_method_agree_on_what_is_open(start: int, length: int | None, on: int) -> None:
    starts_on = TODAY + start * DAY
    ends_on = None if length is None else starts_on + length * DAY
    day = TODAY + on * DAY
    membership = Membership(starts_on=starts_on, ends_on=ends_on)
    assert membership.is_open(day) == (start <= on and (length is None or on < start + length))


def test_changing_a_role_keeps_the_past(membership: Members) -> None:
    held = membership("intern")
    now = services.change_role(membership=held, role="prescriber", on=TODAY)
    held.refresh_from_db()
    assert (held.role, held.ends_on) == ("intern", TODAY)
    assert (now.role, now.starts_on, now.ward) == ("prescriber", TODAY, held.ward)


def test_the_actor_is_a_snapshot_of_the_membership(membership: Members) -> None:
    held = membership("pharmacist")
    actor = actor_for(held)
    assert actor.role == "pharmacist"
    assert (actor.person_id, actor.membership_id, actor.organisation_id) == (
        held.person_id,
        held.pk,
        held.organisation_id,
    )
    assert (actor.name, actor.organisation_name) == ("Inès Caradec", HOSPITAL_1)
    assert actor.organisation_kind == "establishment"
    assert not actor.is_system


def test_a_delegation_holds_for_its_procedures_and_its_days_only(membership: Members) -> None:
    held = membership("ansm_assessor")
    services.delegate_signature(
        membership=held,
        delegator_name="X",
        delegator_title="DG",
        reference="R1",
        procedures=["aac"],
        starts_on=TODAY,
        ends_on=TODAY + 10 * DAY,
    )
    in_force = Delegation.in_force
    assert in_force(held, "aac", TODAY) is not None
    assert in_force(held.pk, "aac", TODAY + 10 * DAY) is not None
    assert in_force(held, "aac", TODAY - DAY) is None
    assert in_force(held, "aac", TODAY + 11 * DAY) is None
    assert in_force(held, "cpc", TODAY) is None
    assert in_force(membership("ansm_triage"), "aac", TODAY) is None


@pytest.mark.django_db
def test_demo_people_can_be_loaded_twice_and_cover_every_role() -> None:
    def picture() -> tuple[int, ...]:
        return tuple(model.objects.count() for model in (Person, Organisation, Membership, Delegation))

    load_demo_people()
    before = picture()
    load_demo_people()
    assert picture() == before
    assert {row.login for row in PEOPLE} >= roles.ALL
    for organisation in Organisation.objects.all():
        organisation.full_clean()
    for person in Person.objects.all():
        person.full_clean()
    for held in Membership.objects.select_related("organisation"):
        held.full_clean()
    admin = Person.objects.get(email="admin@demo.example")
    assert admin.is_staff
    assert not active_memberships(admin, timezone.localdate()).exists()
