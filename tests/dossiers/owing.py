"""What the tests of obligations share: one that ANSM asks for, one that is done, what is said of them."""

from __future__ import annotations

from typing import Any

import pytest

from dossiers.demo.story import ONE_DAY, Story, demo_actor
from dossiers.models import Event, Obligation
from dossiers.services.obligations import add, mark_done

TEXT = "Transmettre le dosage des neurofilaments."


def owed(told: Story, *, by: str = "ansm_assessor", **more: Any) -> Obligation:
    given: dict[str, Any] = {
        "kind": "report",
        "owed_by": "holder",
        "text": TEXT,
        "due_on": told.at.date() + 30 * ONE_DAY,
        **more,
    }
    return add(number=told.title.number, **given, actor=demo_actor(by), at=told.at)


def done(told: Story, one: Obligation, *, by: str = "prescriber", **more: Any) -> Obligation:
    given: dict[str, Any] = {"done_on": told.at.date(), "proof": "Envoyé par messagerie sécurisée.", **more}
    return mark_done(obligation=one.pk, **given, actor=demo_actor(by), at=told.at)


def codes(error: pytest.ExceptionInfo[Any]) -> list[tuple[str, str]]:
    return [(reason.code, reason.field) for reason in error.value.reasons]


def verbs(told: Story) -> list[str]:
    found = Event.objects.filter(dossier=told.dossier, verb__startswith="obligation_").order_by("seq")
    return list(found.values_list("verb", flat=True))
