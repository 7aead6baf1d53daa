"""An exemption for a device asked and decided by a client that knows its description alone, and has three documents."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import pytest
from django.utils import timezone

from tests.api.callers import token_of
from tests.api.generic_client import Caller, GenericClient, Refused, first_examples
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


def do(caller: Caller, reference: str, name: str, payload: dict[str, Any]) -> None:
    tag = caller.call("GET", f"dossiers/{reference}/").headers["ETag"]
    caller.call("POST", f"dossiers/{reference}/transitions/{name}/", json=payload, headers={"If-Match": tag})


CODE_OF_THE_PATIENT = "REG-ZQX-0417"


def test_from_a_clinician_s_draft_to_an_incident_the_manufacturer_never_reads_about_the_patient(
    base: str, client: GenericClient
) -> None:
    """The individual exemption of one patient, then its unit: by HTTP alone."""
    company, clinician = client.callers[0], client.callers[1]
    reference = begun_by(clinician, company)
    for kind in PIECES:
        attach(company, reference, kind)
    assert client.follow(reference, CODE) == "granted"
    number = client.callers[3].get(f"dossiers/{reference}/")["title"]["number"]
    here, today = f"titles/{number}/", timezone.localdate().isoformat()
    site = company.get(f"{here}exemption/")["establishments"][0]["id"]
    sent = company.call("POST", f"{here}units/", json={"on": today, "site": site, "lot": "L-1", "count": 1}).json()
    unit = sent["results"][0]["url"].removeprefix("/api/v1/")
    step(clinician, unit, "receive", {"on": today})
    step(clinician, unit, "use", {"on": today, "patient": CODE_OF_THE_PATIENT})
    told = {"severity": "death", "what": "Migration de la vis.", "outcome": "recovering", "lot": "L-1"}
    clinician.call("POST", f"{here}incidents/", json={"aware_on": today, **told})

    addresses = [
        *(f"dossiers/{reference}/{part}" for part in ("", "events/", "transitions/", "statements/", "messages/",
                                                      "documents/", "letters/", "meeting/")),
        *(here + part for part in ("", "exemption/", "units/", "units/1/", "units/sites/", "incidents/",
                                   "incidents/1/", "obligations/", "comments/")),
        "dossiers/", "titles/", "exemptions/", "incidents/", "obligations/",
    ]  # fmt: skip
    read = "".join(company.call("GET", address).text for address in addresses)
    for word in ("ZQX", "Besoin confidentiel", CODE_OF_THE_PATIENT):
        assert word not in read
    assert CODE_OF_THE_PATIENT in clinician.call("GET", f"{here}units/1/").text
    elsewhere = Caller(base, token_of("prescriber2"))
    for address in (f"{here}exemption/", f"{here}units/", f"{here}units/1/", f"{here}incidents/1/"):
        with pytest.raises(Refused) as refused:
            elsewhere.get(address)
        assert refused.value.status == 404
    elsewhere.close()


def begun_by(clinician: Caller, company: Caller) -> str:
    """A request that a clinician begins and states, and that the manufacturer takes over and completes."""
    described = clinician.get(f"procedures/{CODE}/?kind=individual")["sections"]
    examples = {key: first_examples(schema) for key, schema in described.items()}
    written = {key: examples[key] for key in ("request", "device", "need")}
    draft = {"procedure": CODE, "kind": "individual", "answers": written}
    reference = str(clinician.call("POST", "dossiers/", json=draft).json()["reference"])
    do(clinician, reference, "invite_company", {"email": "device_applicant@demo.example"})
    do(company, reference, "take_over", {})
    tag = company.call("GET", f"dossiers/{reference}/").headers["ETag"]
    company.call("PATCH", f"dossiers/{reference}/answers/", json=examples, headers={"If-Match": tag})
    patient = {"patients": ["ZQX, 1961, F"], "informed": True, "signed": True}
    do(clinician, reference, "state_need", {"need": "Besoin confidentiel.", "alternatives": "Aucune.", **patient})
    return reference


def step(caller: Caller, unit: str, name: str, payload: dict[str, Any]) -> None:
    tag = caller.call("GET", unit).headers["ETag"]
    caller.call("POST", f"{unit}transitions/{name}/", json=payload, headers={"If-Match": tag})
