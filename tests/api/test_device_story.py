"""An exemption for a device asked and decided by a client that knows its description alone, and has three documents."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import pytest

from tests.api.callers import token_of
from tests.api.generic_client import Caller, GenericClient
from tests.snapshot import load_world

pytestmark = pytest.mark.timeout(300)

CODE = "device_exemption"
CAST = ("device_applicant", "prescriber", "ansm_triage", "ansm_assessor", "ansm_signatory")
PIECES = ("instructions", "clinical_data", "risk_analysis")


@pytest.fixture
def base(transactional_db: None, live_server: Any) -> str:
    load_world()
    return f"{live_server.url}/api/v1/"


@pytest.fixture
def client(base: str) -> Iterator[GenericClient]:
    made = GenericClient(base, [token_of(login) for login in CAST], random.Random(0))  # noqa: S311
    yield made
    made.close()


def attach(caller: Caller, reference: str, kind: str) -> None:
    upload = {"file": (f"{kind}.txt", f"Pièce {kind}.".encode(), "text/plain")}
    caller.call("POST", f"dossiers/{reference}/documents/", data={"kind": kind}, files=upload)


def test_a_manufacturer_invites_a_clinician_and_is_granted(client: GenericClient) -> None:
    reference = client.file(CODE, "individual", by_rote=True)
    for kind in PIECES:
        attach(client.callers[0], reference, kind)
    assert client.follow(reference, CODE) == "granted"
    assert client.done == [
        ("applicant", "invite_clinician"),
        ("prescriber", "state_need"),
        ("applicant", "file"),
        ("ansm_triage", "request_completion"),
        ("applicant", "complete"),
        ("ansm_assessor", "take_up"),
        ("ansm_assessor", "request_information"),
        ("applicant", "answer"),
        ("ansm_assessor", "propose"),
        ("ansm_signatory", "grant"),
    ]


def test_a_clinician_begins_and_the_manufacturer_never_reads_about_the_patient(client: GenericClient) -> None:
    company, clinician = client.callers[0], client.callers[1]
    described = clinician.get(f"procedures/{CODE}/?kind=individual")["sections"]
    answers = {
        key: {name: one["examples"][0] for name, one in described[key]["properties"].items()}
        for key in ("request", "device", "need")
    }
    made = clinician.call("POST", "dossiers/", json={"procedure": CODE, "kind": "individual", "answers": answers})
    reference = made.json()["reference"]
    do(clinician, reference, "invite_company", {"email": "device_applicant@demo.example"})
    do(company, reference, "take_over", {})
    patient = {"patients": ["ZQX, 1961, F"], "informed": True, "signed": True}
    do(clinician, reference, "state_need", {"need": "Besoin confidentiel.", "alternatives": "Aucune.", **patient})
    read = "".join(company.call("GET", f"dossiers/{reference}/{part}").text for part in ("", "events/", "transitions/"))
    assert "ZQX" not in read
    assert "Besoin confidentiel" not in read


def do(caller: Caller, reference: str, name: str, payload: dict[str, Any]) -> None:
    tag = caller.call("GET", f"dossiers/{reference}/").headers["ETag"]
    caller.call("POST", f"dossiers/{reference}/transitions/{name}/", json=payload, headers={"If-Match": tag})
