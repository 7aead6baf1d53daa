"""The published life of a framework, told through the same acts as any other, each on its real day."""

from __future__ import annotations

import datetime as dt

import pytest

from documents.models import LetterOrder
from dossiers.demo.cpc_seed import Kaftrio, day
from dossiers.models import Event, Message, Title
from dossiers.services.title_days import follow_titles
from workflows.dates import civil_date

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world")]


def test_the_framework_of_kaftrio_follows_its_published_days() -> None:
    told = Kaftrio(day(2026, 11, 23)).tell()
    first, second = Title.objects.order_by("pk")
    assert (first.starts_on, first.ends_on) == (dt.date(2022, 5, 20), dt.date(2025, 5, 19))
    days = {(one.verb, civil_date(one.at)) for one in Event.objects.filter(dossier__reference=told.reference)}
    assert {
        ("notify_intention", dt.date(2022, 2, 25)),
        ("company_reply", dt.date(2022, 3, 11)),
        ("company_reply", dt.date(2022, 4, 1)),
        ("open_contradictory", dt.date(2022, 4, 20)),
        ("company_reply", dt.date(2022, 4, 26)),
        ("grant", dt.date(2022, 5, 19)),
        ("modify", dt.date(2023, 6, 1)),
        ("modify", dt.date(2024, 2, 2)),
    } <= days
    # The meeting with the association is ANSM's own note; then a mail of the company and the letter in reply.
    said = Message.objects.filter(dossier__reference=told.reference).order_by("at")
    assert [(one.author_role, civil_date(one.at), one.staff_only) for one in said] == [
        ("ansm_assessor", dt.date(2022, 5, 5), True),
        ("applicant", dt.date(2022, 5, 9), False),
        ("ansm_assessor", dt.date(2022, 5, 17), False),
    ]
    # 83 days from the letter of intention to the decision; neither change moved the end.
    assert (dt.date(2022, 5, 19) - dt.date(2022, 2, 25)).days == 83
    assert list(first.versions.values_list("number", "valid_from")) == [
        (1, dt.date(2022, 5, 20)),
        (2, dt.date(2023, 6, 1)),
        (3, dt.date(2024, 2, 2)),
    ]
    assert (second.state, second.in_force_until, second.starts_on) == (
        "ceased",
        dt.date(2025, 11, 6),
        dt.date(2025, 5, 20),
    )
    follow_titles(at=day(2026, 11, 23))
    first = Title.objects.get(pk=first.pk)
    assert (first.state, first.in_force_until) == ("replaced", dt.date(2025, 5, 19))
    kinds = set(LetterOrder.objects.filter(dossier__reference=told.reference).values_list("kind", flat=True))
    assert kinds == {"cpc_intention", "cpc_put_request", "cpc_contradictory", "cpc_grant", "title_modification"}
