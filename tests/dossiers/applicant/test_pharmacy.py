"""The pharmacy checks, returns, sends; a preparer prepares and does not send."""

from __future__ import annotations

import datetime as dt

import pytest
from django.urls import reverse

from catalogue.models import CriteriaVersion, Criterion
from tests.dossiers.world import MONDAY, indication, story

pytestmark = pytest.mark.django_db


def url(reference: str) -> str:
    return reverse("dossiers:check", args=[reference])


def filed(version: int, **more: str) -> dict[str, str | int]:
    return {"act": "file", "version": version, "key": "k", **more}


def test_the_queue_shows_urgent_ones_first_then_the_oldest(signed_in):
    first = story().draft().sign()
    later = story(at=MONDAY + dt.timedelta(days=1)).draft().sign()
    urgent = story(at=MONDAY + dt.timedelta(days=2), given={"request": {"urgent": "yes"}}).draft().sign()
    rows = signed_in("pharmacist").get("/worklists/pharmacy/").context["rows"]
    assert [row["reference"] for row in rows] == [urgent.reference, first.reference, later.reference]


@pytest.mark.parametrize(
    ("login", "status"), [("pharmacist", 200), ("pharmacy_preparer", 200), ("prescriber", 403), ("ansm_assessor", 403)]
)
def test_the_queue_is_the_pharmacys(signed_in, login, status):
    assert signed_in(login).get("/worklists/pharmacy/").status_code == status


def test_each_criterion_stands_beside_its_answer(signed_in, time_machine):
    time_machine.move_to(MONDAY + dt.timedelta(days=1))
    of = indication("QALSODY")
    of.criteria_versions.all().delete()
    version = CriteriaVersion.objects.create(indication=of, number=1, starts_on=dt.date(2026, 1, 1), min_age_months=12)
    Criterion.objects.create(version=version, key="als", text="SLA confirmée", position=0)
    onset = Criterion.objects.create(
        version=version,
        key="onset",
        text="Début",
        kind="number",
        unit="months",
        accepted=[{"below": 12}, {"above": 36}],
        position=1,
    )
    told = story(given={"request": {"track": "A"}, "criteria": {"als": True, "onset": "40"}}).draft().sign()
    client = signed_in("pharmacist")
    checked = client.get(url(told.reference)).context["criteria"]
    assert [(one.text, one.answer, one.reason) for one in checked] == [
        ("SLA confirmée", "Yes", ""),
        ("Début", "40", ""),
    ]
    # The criteria change between the signature and the check: the pharmacist sees which one is no longer met.
    onset.accepted = [{"below": 12}]
    onset.save()
    checked = client.get(url(told.reference)).context["criteria"]
    assert [bool(one.reason) for one in checked] == [False, True]


def test_sending_needs_the_attestation(signed_in):
    told = story().draft().sign()
    client = signed_in("pharmacist")
    refused = client.post(url(told.reference), filed(told.dossier.version))
    assert refused.status_code == 422
    assert "Attest" in refused.content.decode()
    assert told.dossier.state == "at_pharmacy"
    done = client.post(url(told.reference), filed(told.dossier.version, compliance="on"))
    assert done.url == reverse("dossiers:dossier", args=[told.reference])
    assert told.dossier.filed_at is not None


def test_a_double_click_sends_once(signed_in):
    told = story().draft().sign()
    client = signed_in("pharmacist")
    posted = filed(told.dossier.version, compliance="on")
    first, second = client.post(url(told.reference), posted), client.post(url(told.reference), posted)
    assert first.status_code == second.status_code == 302
    assert told.dossier.events.filter(verb="file").count() == 1


def test_a_return_needs_a_reason_and_keeps_what_was_typed(signed_in):
    told = story().draft().sign()
    client = signed_in("pharmacist")
    posted = {"act": "return", "version": told.dossier.version, "key": "k-r"}
    refused = client.post(url(told.reference), {**posted, "reason": "  "})
    assert refused.status_code == 422
    done = client.post(url(told.reference), {**posted, "reason": "Le poids manque."})
    assert done.status_code == 302
    assert told.dossier.state == "draft"
    assert told.dossier.events.get(verb="return_to_prescriber").payload["reason"] == "Le poids manque."


def test_a_stale_page_keeps_the_reason_that_was_typed(signed_in):
    told = story().draft().sign()
    read = told.dossier.version
    answer = signed_in("pharmacist").post(
        url(told.reference), {"act": "return", "version": read - 1, "key": "k", "reason": "Une longue raison."}
    )
    assert answer.status_code == 409
    assert "Une longue raison." in answer.content.decode()
    assert told.dossier.state == "at_pharmacy"


def test_somebody_else_was_faster(signed_in):
    told = story().draft().sign()
    read = told.dossier.version
    told.file()
    answer = signed_in("pharmacist").post(url(told.reference), filed(read, compliance="on"))
    assert answer.url == reverse("dossiers:dossier", args=[told.reference])
    assert told.dossier.events.filter(verb="file").count() == 1


def test_a_preparer_reads_everything_and_has_no_button(signed_in):
    told = story().draft().sign()
    client = signed_in("pharmacy_preparer")
    text = client.get(url(told.reference)).content.decode()
    assert "A pharmacist must send it." in text
    assert 'name="compliance"' not in text
    assert 'name="reason"' not in text
    assert client.post(url(told.reference), filed(told.dossier.version, compliance="on")).status_code == 403
    assert told.dossier.state == "at_pharmacy"


@pytest.mark.parametrize(("login", "status"), [("pharmacist2", 404), ("ansm_assessor", 404), ("prescriber", 200)])
def test_who_may_read_the_check(signed_in, login, status):
    told = story().draft().sign()
    answer = signed_in(login).get(url(told.reference))
    assert answer.status_code == status
    if status == 200:
        assert 'name="compliance"' not in answer.content.decode()
