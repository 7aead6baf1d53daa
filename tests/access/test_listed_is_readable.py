"""What a list shows can be opened, and what can be opened is in a list: dossiers, titles and letters.

Random small worlds: the same dozen files told once, then in each example some of them go on by random acts, and random
people look: any role, in any organisation where it may sit, of the first or of the second hospital.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any, Final

import pytest
from django.template.backends.django import Template
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from accounts.actors import actor_for
from accounts.demo import SINCE
from accounts.models import Membership, Organisation, Person
from documents.models import LetterOrder
from dossiers.demo.story import Story
from dossiers.models import Dossier, Title
from dossiers.policy import is_staff_side
from dossiers.queries import hospital, titles, worklists
from dossiers.queries.pages import letters
from dossiers.services.errors import ServiceError
from dossiers.services.move import move_within
from tests.access.world import ELSEWHERE, HERE, make_letters, told_until, undone
from workflows import roles
from workflows.types import Actor

pytestmark = pytest.mark.django_db

WHOLE_LIST: Final = 1_000
KINDS: Final = {role: kind for kind, held in roles.ROLES_BY_ORGANISATION_KIND.items() for role in sorted(held)}
ROLES: Final = sorted(roles.ALL)
ACTS: Final = (
    ("draft", "sign", "prescriber", {}),
    ("at_pharmacy", "return_to_prescriber", "pharmacist", {"reason": "Poids manquant."}),
    ("at_pharmacy", "file", "pharmacist", {"compliance": True}),
    ("received", "take_up", "assessor", {}),
    ("draft", "withdraw", "prescriber", {"reason": "Motif."}),
    ("assessment", "withdraw", "pharmacist", {"reason": "Motif."}),
    ("to_sign", "grant", "signatory", {}),
)


@pytest.fixture(scope="module")
def stories(demo: None) -> Iterator[list[Story]]:
    states = ("draft", "at_pharmacy", "received", "assessment", "to_sign", "granted")
    told = [told_until(state, cast=cast) for cast in (HERE, ELSEWHERE) for state in states]
    told.append(told_until("info_requested"))
    # Withdrawn before it was ever filed: the agency never hears of it.
    told.append(told_until("draft"))
    told[-1].do("withdraw", "prescriber", {"reason": "Motif."})
    make_letters(drawn_by=lambda context: b"%PDF-1.7 not drawn")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Template, "render", lambda template, context=None, request=None: "")  # only statuses count
        yield told


people = st.tuples(st.sampled_from(ROLES), st.integers(0, 9), st.booleans())
acts = st.lists(st.tuples(st.sampled_from(ACTS), st.booleans()), max_size=2)


def somebody(role: str, where: int, gone: bool) -> tuple[Person, Membership | None]:
    """A new person of that role, in one of the organisations where it may sit; perhaps already gone."""
    kinds = [KINDS[role]] if role in KINDS else [roles.ESTABLISHMENT, roles.ANSM, roles.HAS, roles.MINISTRY]
    organisations = list(Organisation.objects.filter(kind__in=kinds).order_by("pk"))
    someone = Person.objects.create_user(
        f"someone{Person.objects.count()}@demo.example", first_name="Qui", last_name="Vive"
    )
    membership = Membership.objects.create(
        person=someone,
        organisation=organisations[where % len(organisations)],
        role=role,
        starts_on=SINCE,
        ends_on=timezone.localdate() - dt.timedelta(days=1) if gone else None,
    )
    return someone, None if gone else membership


def go_on(stories: list[Story], wanted: list[Any]) -> None:
    """Each act on the first or the last file that stands where it starts; an act that is refused changes nothing."""
    for (state, transition, part, payload), last in wanted:
        found = [story for story in stories if story.dossier.state == state]
        if found:
            story = found[-1 if last else 0]
            try:
                move_within(
                    reference=story.reference,
                    transition=transition,
                    actor=story.actor(part),
                    payload=payload,
                    at=story.at + dt.timedelta(days=3),
                )
            except ServiceError:
                continue


def listed_dossiers(actor: Actor | None) -> set[str]:
    """Every list and search of this reader, put together."""
    at, everything = timezone.now(), worklists.Filters()
    staff = actor is not None and is_staff_side(actor)
    pages = [worklists.search_page(actor, everything, staff=staff, size=WHOLE_LIST)]
    if actor is not None and staff:
        pages += [worklists.list_page(name, actor, at, everything, size=WHOLE_LIST) for name in worklists.WORKLISTS]
    if actor is not None and actor.role in roles.HOSPITAL:
        pages += [hospital.group_page(one, actor, size=WHOLE_LIST) for one in hospital.GROUPS.values()]
    return {row["reference"] for page in pages for row in page.rows}


def listed_titles(actor: Actor | None) -> set[str]:
    every = titles.TitleFilters(states=())
    page = titles.titles_page(actor, every, timezone.localdate(), size=WHOLE_LIST)
    return {row["number"] for row in page.rows}


def opens(client: Client, path: str) -> bool:
    status = client.get(path).status_code
    assert status in {200, 202, 404}, path
    return status != 404


@given(who=people, moves=acts, picked=st.lists(st.integers(0, 13), min_size=3, max_size=3, unique=True))
@settings(
    max_examples=25,
    deadline=None,
    database=None,
    phases=(Phase.generate, Phase.shrink),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_listed_if_and_only_if_readable(
    stories: list[Story], who: tuple[str, int, bool], moves: list[Any], picked: list[int]
) -> None:
    with undone():
        go_on(stories, moves)
        someone, membership = somebody(*who)
        actor = actor_for(membership) if membership else None
        client = Client()
        client.force_login(someone)

        in_lists = listed_dossiers(actor)
        granted = Title.objects.values_list("number", "dossier__reference")
        for reference in {stories[rank].reference for rank in picked}:
            assert opens(client, f"/dossiers/{reference}/") == (reference in in_lists), reference
        readable_titles = listed_titles(actor)
        for number, reference in granted:
            assert opens(client, f"/titles/{number}/") == (number in readable_titles), number
            assert (number in readable_titles) == (reference in in_lists), number

        on_pages = {
            letter.number for one in Dossier.objects.filter(reference__in=in_lists) for letter in letters(one, actor)
        }
        for number in LetterOrder.objects.order_by("?").values_list("number", flat=True)[:4]:
            assert opens(client, f"/letters/{number}/") == (number in on_pages), number
