"""What names a patient is refused wherever a system may write it, and the refusal does not repeat it."""

from __future__ import annotations

from typing import Any

import pytest

from dossiers.models import Dossier, Event
from tests.access.world import told_until
from tests.api.callers import BASE, caller, codes

pytestmark = pytest.mark.usefixtures("world")

NUMBER = "185057800608491"


@pytest.mark.parametrize(
    ("answers", "code"),
    [
        ({"clinical": {"justification": f"Vu le 3 mai, {NUMBER}."}}, "national_number"),
        ({"clinical": {"justification": [NUMBER]}}, "national_number"),
        ({"clinical": {"nonsense": NUMBER}}, "unknown_field"),
        ({"clinical": {"nonsense": {"deeper": int(NUMBER)}}}, "unknown_field"),
        ({"criteria": {"sod1": f"positif {NUMBER}"}}, "national_number"),
        ({"clinical": {NUMBER: "x"}}, "national_number"),
        ({"patient": {"last_name": "Zqpatronyme"}}, "unknown_field"),
    ],
)
def test_answers_that_name_the_patient_are_not_kept(answers: dict[str, Any], code: str) -> None:
    told, client = told_until("draft"), caller("prescriber")
    path = f"{BASE}dossiers/{told.reference}/"
    for refused in (
        client.patch(f"{path}answers/", answers, format="json", HTTP_IF_MATCH="*"),
        client.post(f"{BASE}dossiers/", {"procedure": "aac", "kind": "initial", "answers": answers}, format="json"),
    ):
        assert refused.status_code == 422, refused.content
        assert code in codes(refused)
        assert NUMBER.encode() not in refused.content
        assert b"Zqpatronyme" not in refused.content
    assert Dossier.objects.count() == 1
    kept = client.get(path).content
    assert NUMBER.encode() not in kept
    assert b"last_name" not in kept


def test_an_unknown_field_is_named_and_may_be_taken_back() -> None:
    told, client = told_until("draft"), caller("prescriber")
    path = f"{BASE}dossiers/{told.reference}/answers/"
    refused = client.patch(path, {"patient": {"initals": "AB", "initials": "CD"}}, format="json", HTTP_IF_MATCH="*")
    assert [reason["field"] for reason in refused.json()["reasons"]] == ["patient.initals"]
    assert told.dossier.sections.get(section="patient").data["initials"] != "CD"
    assert client.patch(path, {"patient": {"initals": None}}, format="json", HTTP_IF_MATCH="*").status_code == 200


@pytest.mark.parametrize(
    ("state", "who", "act", "payload", "field"),
    [
        ("draft", "prescriber", "withdraw", {"reason": f"Patient {NUMBER} suivi ailleurs."}, "reason"),
        ("info_requested", "prescriber", "answer", {"answers": {"1": "1 85 05 78 006 084 91"}}, "answers"),
        ("assessment", "ansm_assessor", "request_information", {"questions": [f"Est-ce {NUMBER} ?"]}, "questions"),
    ],
)
def test_no_act_writes_it_in_the_history(state: str, who: str, act: str, payload: dict[str, Any], field: str) -> None:
    told = told_until(state)
    before = Event.objects.count()
    path = f"{BASE}dossiers/{told.reference}/transitions/{act}/"
    refused = caller(who).post(path, payload, format="json", HTTP_IF_MATCH="*")
    assert refused.status_code == 422
    assert ("national_number", field) in {(one["code"], one["field"]) for one in refused.json()["reasons"]}
    assert NUMBER.encode() not in refused.content
    assert Event.objects.count() == before
