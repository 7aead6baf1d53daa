"""What people choose to be told of: kept, shown, and never about what must be told."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Membership, Organisation
from notifications.models import Preference
from notifications.preferences import ALWAYS_SENT, PATH, TOPICS, choice_of, choices_of, choose
from workflows import roles

pytestmark = pytest.mark.django_db


@pytest.fixture
def member(make_person):
    """A person of these roles in one organisation of their kind."""

    def make(*held: str):
        person = make_person(language="en")
        for role in held:
            kind = next(kind for kind, allowed in roles.ROLES_BY_ORGANISATION_KIND.items() if role in allowed)
            place, _new = Organisation.objects.get_or_create(kind=kind, name=f"A {kind}")
            Membership.objects.create(person=person, organisation=place, role=role, starts_on=dt.date(2020, 1, 1))
        return person

    return make


@pytest.fixture
def signed_in(member, in_english):
    def sign_in(*held: str):
        person, client = member(*held), Client(headers={"accept-language": "en"})
        client.force_login(person)
        return person, client

    return sign_in


def test_without_a_choice_the_default_holds(make_person):
    person = make_person()
    assert choices_of(person) == {"reminders": "all", "digest": "on"}
    assert choice_of(person, "reminders") == "all"


def test_the_last_choice_holds_and_is_this_persons_alone(make_person):
    person, other = make_person(), make_person()
    choose(person=person, topic="reminders", choice="none")
    choose(person=person, topic="reminders", choice="mine")
    assert choice_of(person, "reminders") == "mine"
    assert choices_of(other)["reminders"] == "all"
    assert Preference.objects.count() == 1


def test_unknown_topics_and_choices_are_refused(make_person):
    person = make_person()
    with pytest.raises(KeyError):
        choose(person=person, topic="decisions", choice="none")
    with pytest.raises(KeyError):
        choice_of(person, "decisions")
    with pytest.raises(ValueError, match="digest has no choice 'mine'"):
        choose(person=person, topic="digest", choice="mine")
    assert not Preference.objects.exists()


def test_choices_of_all_topics_are_one_query(make_person, django_assert_num_queries):
    person = make_person()
    with django_assert_num_queries(1):
        choices_of(person)


def test_every_default_is_a_choice():
    assert all(topic.default in topic.choices and topic.roles for topic in TOPICS.values())


# ------------------------------------------------------------------------------------------------ the page


def test_the_profile_leads_to_the_page(signed_in):
    _person, client = signed_in(roles.PRESCRIBER)
    page = client.get(reverse("accounts:profile")).content.decode()
    assert f'href="{reverse("notifications:preferences")}"' in page
    assert reverse("notifications:preferences") == PATH


@pytest.mark.parametrize(
    ("held", "topics"),
    [
        ((roles.PRESCRIBER,), {"reminders"}),
        ((roles.PHARMACIST,), {"reminders"}),
        ((roles.INTERN,), set()),
        ((roles.ANSM_VIGILANCE,), {"digest"}),
        ((roles.PRESCRIBER, roles.ANSM_ASSESSOR), {"reminders", "digest"}),
        ((), set()),
    ],
)
def test_the_page_asks_what_concerns_the_person(signed_in, held, topics):
    _person, client = signed_in(*held)
    answer = client.get(PATH)
    page = answer.content.decode()
    assert {code for code in TOPICS if f'name="{code}"' in page} == topics
    assert ("Save my choices" in page) == bool(topics)
    for notice in ALWAYS_SENT:
        assert str(notice.what) in page


def test_a_choice_is_saved_and_shown(signed_in):
    person, client = signed_in(roles.PRESCRIBER)
    answer = client.post(PATH, {"reminders": "mine"}, follow=True)
    assert answer.redirect_chain == [(PATH, 302)]
    assert "Your choices are saved." in answer.content.decode()
    assert choice_of(person, "reminders") == "mine"
    assert answer.context["form"]["reminders"].value() == "mine"


@pytest.mark.parametrize("typed", [{}, {"reminders": "never"}])
def test_a_choice_that_does_not_exist_changes_nothing(signed_in, typed):
    person, client = signed_in(roles.PRESCRIBER)
    choose(person=person, topic="reminders", choice="mine")
    assert client.post(PATH, typed).status_code == 422
    assert choice_of(person, "reminders") == "mine"


def test_what_does_not_concern_the_person_is_not_kept(signed_in):
    person, client = signed_in(roles.PRESCRIBER)
    client.post(PATH, {"reminders": "all", "digest": "off", "decisions": "off"})
    assert list(Preference.objects.values_list("person", "topic")) == [(person.pk, "reminders")]


def test_reading_the_page_writes_nothing(signed_in):
    _person, client = signed_in(roles.PRESCRIBER)
    client.get(PATH)
    assert not Preference.objects.exists()
