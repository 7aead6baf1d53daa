"""The mails sent about a dossier are on its page, word for word, for whoever they concern."""

from __future__ import annotations

import datetime as dt

import pytest
from bs4 import BeautifulSoup
from django.test import Client
from django.utils import timezone

from accounts.demo import SINCE
from accounts.models import Membership, Organisation, Person
from dossiers.demo.story import demo_actor
from dossiers.queries.messages import messages_sent
from notifications import outbox
from notifications.models import OutboxMessage
from tests.dossiers.screens import browser, cost
from tests.dossiers.world import dossier_in, granted
from workflows.roles import ANSM_ASSESSOR

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world")]


def sent(told: object) -> None:
    """Everything that waits leaves."""
    outbox.sweep(limit=500, at=timezone.now() + dt.timedelta(days=1), sender=lambda mail: None)


def section(client: Client, reference: str) -> str:
    found = BeautifulSoup(client.get(f"/dossiers/{reference}/").content, "html.parser").find(id="told")
    return " ".join(found.get_text(" ").split()) if found else ""


def test_staff_read_what_was_sent_and_to_whom() -> None:
    told = granted()
    sent(told)
    row = OutboxMessage.objects.get(dossier=told.dossier, kind="grant", recipient__email="prescriber@demo.example")
    page = section(browser("ansm_assessor"), told.reference)
    assert row.subject in page
    assert " ".join(row.body.split()) in page
    assert row.recipient.full_name in page
    assert told.dossier.organisation.name in page


def test_a_hospital_reads_what_its_own_people_were_sent() -> None:
    told = granted()
    sent(told)
    rows = OutboxMessage.objects.filter(dossier=told.dossier, state="sent").select_related("recipient")
    own = {row.pk for row in rows if row.recipient.memberships.filter(organisation=told.dossier.organisation).exists()}
    assert own
    assert own != {row.pk for row in rows}, "the agency was told things too"
    shown = messages_sent(told.dossier, demo_actor("pharmacist"))
    assert len(shown) == len(own)
    agents = {row.recipient.full_name for row in rows if row.pk not in own}
    page = section(browser("pharmacist"), told.reference)
    assert [name for name in agents if name in page] == []


def test_what_a_colleague_was_sent_by_the_agency_is_not_the_hospital_s() -> None:
    told = granted()
    officer = Person.objects.get(email="ansm_assessor@demo.example")
    before = len(messages_sent(told.dossier, demo_actor("prescriber")))
    Membership.objects.create(
        person=officer, organisation=told.dossier.organisation, role="prescriber", starts_on=SINCE
    )
    assert OutboxMessage.objects.filter(dossier=told.dossier, recipient=officer).exists()
    assert len(messages_sent(told.dossier, demo_actor("prescriber"))) == before


def test_what_the_hospital_said_to_itself_before_filing_is_not_the_agency_s() -> None:
    told = granted()
    OutboxMessage.objects.update(created_at=told.dossier.filed_at - dt.timedelta(seconds=1))
    assert messages_sent(told.dossier, demo_actor("ansm_assessor")) == []
    assert messages_sent(told.dossier, demo_actor("pharmacist"))


def test_a_mail_that_has_not_left_says_so_and_one_given_up_as_untrue_is_for_staff() -> None:
    told = granted()
    OutboxMessage.objects.filter(dossier=told.dossier).update(state="moot")
    assert section(browser("prescriber"), told.reference) == ""
    assert "No longer true, not sent" in section(browser("ansm_assessor"), told.reference)
    OutboxMessage.objects.filter(dossier=told.dossier).update(state="pending", body="", subject="")
    page = section(browser("prescriber"), told.reference)
    assert "To send" in page
    assert "It is written when it leaves." in page


def test_nobody_else_s_dossier_is_read_there() -> None:
    one, other = granted(), dossier_in("assessment")
    assert {row.subject for row in messages_sent(one.dossier, demo_actor("auditor"))}
    assert not any(one.reference in row.subject for row in messages_sent(other.dossier, demo_actor("auditor")))


def test_the_latest_are_shown_first_and_old_ones_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    told = granted()
    monkeypatch.setattr("dossiers.queries.messages.SHOWN", 2)
    shown = messages_sent(told.dossier, demo_actor("auditor"))
    newest = OutboxMessage.objects.filter(dossier=told.dossier).order_by("-created_at", "-pk")[:2]
    assert [one.at for one in shown] == [row.sent_at or row.created_at for row in newest]


def test_the_page_costs_the_same_however_many_were_sent() -> None:
    told = granted()
    client, url = browser("ansm_assessor"), f"/dossiers/{told.reference}/"
    before = cost(client, url)
    officers = Organisation.objects.get(memberships__person__email="ansm_assessor@demo.example").memberships
    first = OutboxMessage.objects.filter(dossier=told.dossier).first()
    assert first is not None
    for number, held in enumerate(officers.filter(role=ANSM_ASSESSOR)):
        first.pk, first.dedupe_key, first.recipient = None, f"more:{number}", held.person
        first.save()
    assert cost(client, url) == before
