"""Who looks (one column of the matrix each) and at what (stories of two hospitals, in every state)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from accounts.demo import DOMAIN, HOSPITAL_1, SINCE
from accounts.models import Membership, Organisation, Person
from documents.attachments import attach
from documents.letters import orders
from documents.models import Attachment
from dossiers.demo.story import Cast, Story
from tests.dossiers.world import REASON, indication
from workflows import roles

AGO: Final = dt.timedelta(days=40)
"""Stories begin then: a reply date and its reminder are past, every authorisation is still in force."""

HERE: Final = Cast()
ELSEWHERE: Final = Cast(prescriber="prescriber2", pharmacist="pharmacist2")

NOBODY: Final = "signed_out"
WITHOUT_MEMBERSHIP: Final = ("admin", "former")
"""A technical administrator, and somebody whose only membership has ended."""
ROLES: Final = tuple(sorted(roles.ALL))
OF_ANOTHER_ORGANISATION: Final = ("prescriber2", "pharmacist2", "applicant2")
READERS: Final = (NOBODY, *WITHOUT_MEMBERSHIP, *ROLES, *OF_ANOTHER_ORGANISATION)

HOSPITAL_OF: Final = {
    "prescriber": "own", "intern": "own", "pharmacist": "own", "pharmacy_preparer": "own",
    "prescriber2": "other", "pharmacist2": "other",
}  # fmt: skip
_WRITERS = {"prescriber", "intern", "pharmacist", "prescriber2", "pharmacist2"}
_HOSPITALS = _WRITERS | {"pharmacy_preparer"}
_ANSM = {"ansm_triage", "ansm_assessor", "ansm_signatory", "ansm_vigilance"}
_FILED = _HOSPITALS | _ANSM | {"auditor"}
READERS_OF: Final = {
    "draft": _WRITERS | {"auditor"},
    "at_pharmacy": _HOSPITALS | {"auditor"},
    **dict.fromkeys(
        ("received", "assessment", "info_requested", "to_sign", "granted", "refused", "closed", "withdrawn"), _FILED
    ),
}
"""State -> who reads an AAC in it (of their own hospital, for hospitals). By the contract an auditor reads all."""

QUESTION: Final = "Quelle est la clairance ?"
STATES: Final = (
    "draft", "at_pharmacy", "received", "assessment", "info_requested", "to_sign",
    "granted", "refused", "closed", "withdrawn",
)  # fmt: skip


def told_until(state: str, *, cast: Cast = HERE, at: dt.datetime | None = None, document: bool = False) -> Story:
    """An AAC in `state`, told through the services by `cast`."""
    told = Story(at=at or timezone.now() - AGO, indication=indication(), cast=cast).draft()
    if document:
        with_a_document(told)
    if state == "draft":
        return told
    told.sign()
    if state == "at_pharmacy":
        return told
    told.file()
    if state == "received":
        return told
    told.take_up()
    match state:
        case "info_requested":
            told.ask(QUESTION)
        case "closed":
            told.ask(QUESTION).remind().do("close_without_action", "assessor", REASON)
        case "withdrawn":
            told.do("withdraw", "prescriber", REASON)
        case "to_sign" | "granted":
            told.propose("grant", "Maladie grave sans alternative.")
        case "refused":
            told.propose("refuse", "Une alternative existe.")
    if state == "granted":
        told.grant()
    if state == "refused":
        told.refuse()
    return told


def with_a_document(told: Story) -> Attachment:
    return attach(
        dossier=told.dossier,
        kind="other",
        upload=SimpleUploadedFile("avis.txt", b"Avis favorable de la RCP."),
        actor=told.actor("prescriber"),
        at=told.at,
    )


def make_letters(*, drawn_by: Any = None) -> None:
    """Issue the letters that wait. `drawn_by(context) -> bytes` stands for WeasyPrint where their look is no matter."""
    with pytest.MonkeyPatch.context() as patch:
        if drawn_by is not None:
            patch.setattr(orders, "render", drawn_by)
            patch.setattr(orders, "sealed", lambda pdf, seal: pdf)
        orders.make_pending(limit=100, at=timezone.now())


def person(login: str) -> Person:
    return Person.objects.get(email=f"{login}@{DOMAIN}")


def load_the_former_member() -> None:
    """Somebody who was a prescriber of the first hospital until last year."""
    former = Person.objects.create_user(f"former@{DOMAIN}", first_name="Ex", last_name="Membre")
    hospital = Organisation.objects.get(name=HOSPITAL_1)
    Membership.objects.create(
        person=former,
        organisation=hospital,
        role=roles.PRESCRIBER,
        starts_on=SINCE,
        ends_on=timezone.localdate() - dt.timedelta(days=365),
    )


def browser(login: str) -> Client:
    """A browser in English, signed in as `login` unless it is NOBODY."""
    client = Client()
    client.cookies["django_language"] = "en"
    if login != NOBODY:
        client.force_login(person(login))
    return client


@contextmanager
def undone() -> Iterator[None]:
    """Whatever is written inside is undone. A savepoint by hand: the services must not see one more atomic block."""
    point = transaction.savepoint()
    waiting = list(connection.run_on_commit)
    try:
        yield
    finally:
        transaction.set_rollback(False)
        transaction.savepoint_rollback(point)
        connection.run_on_commit[:] = waiting
