"""Statements of clinicians read by systems: the manufacturer never reads what they say, nor a patient's pseudonym."""

from __future__ import annotations

from typing import Any

import pytest

from dossiers.demo.device_story import NEED, Exemption
from dossiers.models import AccessLog
from tests.api.callers import BASE, caller
from tests.dossiers.device_world import exempted

pytestmark = pytest.mark.usefixtures("world")

PATIENT = "ZQX, 1961, F"


@pytest.fixture
def told() -> Exemption:
    """Begun by a clinician, taken over by the manufacturer, then stated by the clinician."""
    begun = exempted(begun_by="clinician").draft().invite_company().take_over()
    return begun.state_need(patients=[PATIENT])


def statements(login: str, told: Exemption) -> Any:
    return caller(login).get(f"{BASE}dossiers/{told.reference}/statements/")


def test_the_manufacturer_reads_that_a_statement_exists_and_nothing_of_it(told):
    [seen] = statements("applicant", told).json()["results"]
    assert (seen["readable"], seen["need"], seen["alternatives"], seen["patients"]) == (False, "", "", [])
    assert (seen["patient_count"], seen["counts"], len(seen["sha256"])) == (1, True, 64)
    for part in ("", "events/", "transitions/", "statements/", "documents/", "messages/", "meeting/"):
        said = caller("applicant").get(f"{BASE}dossiers/{told.reference}/{part}").content.decode()
        assert "ZQX" not in said, part
        assert NEED not in said, part


def test_the_clinician_s_hospital_reads_it_whole_with_its_seal(told):
    [seen] = statements("prescriber", told).json()["results"]
    assert (seen["readable"], seen["need"]) == (True, NEED)
    assert seen["patients"][0]["who"] == "ZQX"
    assert seen["sha256"] == told.dossier.statements.get().sha256
    assert AccessLog.objects.filter(dossier=told.dossier, what="statements").exists()


def test_another_hospital_invited_reads_that_it_exists(told):
    told.invite_clinician("prescriber2").state_need("prescriber2", patients=["WVU, 1970, M"])
    rows = statements("prescriber2", told).json()["results"]
    assert [(one["number"], one["readable"]) for one in rows] == [(1, False), (2, True)]
    assert "ZQX" not in statements("prescriber2", told).content.decode()
    assert "WVU" not in statements("prescriber", told).content.decode()
    assert "WVU" not in statements("applicant", told).content.decode()


def test_the_agency_reads_what_is_filed_and_strangers_find_nothing(told):
    assert statements("ansm_assessor", told).status_code == 404
    for login in ("prescriber2", "applicant2", "has_officer", "expert", "admin"):
        assert statements(login, told).status_code == 404, login
    assert statements("auditor", told).json()["results"][0]["readable"]
    told.attach_pieces().file()
    [seen] = statements("ansm_assessor", told).json()["results"]
    assert seen["readable"]
