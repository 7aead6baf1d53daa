"""Units and serious incidents of exempted devices by systems, as on screen: the same services, the same policy."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.demo import HOSPITAL_1, HOSPITAL_2
from devices.models import Incident, IncidentReport, Unit
from dossiers.models import AccessLog, Title
from tests.api.callers import BASE, caller, codes
from tests.devices.world import LOT, PATIENT, WHAT, decide, granted, incident, received, shipped, site, used
from workflows.dates import civil_date
from workflows.device_guards import GLOBAL

pytestmark = pytest.mark.usefixtures("world")

ANYHOW = {"HTTP_IF_MATCH": "*"}
ONE_DAY = dt.timedelta(days=1)
ELSEWHERE = "P-2026-88"
SENT = {"on": "2026-01-01", "site": 999_999, "lot": "L1"}
NEEDED = ["aware_on", "severity", "what", "outcome"]


def today() -> dt.date:
    return civil_date(timezone.now())


@pytest.fixture
def title() -> Title:
    return granted(at=timezone.now())


def post(login: str, path: str, body: Any = None, **headers: Any) -> Any:
    return caller(login).post(BASE + path, {} if body is None else body, format="json", **headers)


def get(login: str, path: str) -> Any:
    return caller(login).get(BASE + path)


def fields(answer: Any) -> list[str]:
    return [reason["field"] for reason in answer.json()["reasons"]]


def sent(**changes: Any) -> dict[str, Any]:
    return {"on": str(today()), "site": site().pk, "lot": LOT, "count": 2, **changes}


def told(**changes: Any) -> dict[str, Any]:
    return {"severity": "other", "what": WHAT, "outcome": "recovered", **changes}


# ----------------------------------------------------------------------------------------------------- units


def test_a_unit_is_sent_received_used_explanted_and_returned_by_systems(title):
    here = f"titles/{title.number}/"
    seen = get("applicant", f"{here}exemption/").json()
    assert (seen["in_force"], seen["counted"], seen["acts"]) == (True, 0, ["ship", "report", "field_action"])
    assert site().pk in [one["id"] for one in seen["establishments"]]
    made = post("applicant", f"{here}units/", sent())
    assert [row["state"] for row in made.json()["results"]] == ["shipped", "shipped"]

    rows = get("pharmacist", f"{here}units/?list=shipped").json()["results"]
    ranks = [row["rank"] for row in rows]
    moved = post("pharmacist", f"{here}units/transitions/receive/", {"units": ranks, "on": str(today())})
    assert [row["state"] for row in moved.json()["results"]] == ["received", "received"]

    path = f"{here}units/{ranks[0]}/"
    read = get("prescriber", path)
    offered = {one["name"]: one["payload_schema"]["properties"] for one in read.json()["transitions"]}
    assert list(offered) == ["use", "give_back", "destroy", "strike"]
    body = {name: one["examples"][0] for name, one in offered["use"].items()}
    assert (body["on"], body["patient"]) == (str(today()), PATIENT)
    used_now = post("prescriber", f"{path}transitions/use/", body, HTTP_IF_MATCH=read["ETag"])
    assert (used_now.json()["state"], used_now.json()["patient"]) == ("used", PATIENT)
    for name, state in (("explant", "explanted"), ("give_back", "returned")):
        tag = {"HTTP_IF_MATCH": get("pharmacist", path)["ETag"]}
        done = post("pharmacist", f"{path}transitions/{name}/", {"on": str(today())}, **tag)
        assert done.json()["state"] == state
    assert done.json()["transitions"] == []
    unit = Unit.objects.get(title=title, rank=ranks[0])
    assert [event.verb for event in unit.events.all()] == ["ship", "receive", "use", "explant", "give_back"]
    assert AccessLog.objects.filter(what=f"device unit {ranks[0]}").exists()


def test_a_hospital_notes_what_came_without_a_shipment(title):
    serials = ["SN-001", "SN-002"]
    made = post("pharmacist", f"titles/{title.number}/units/", {"on": str(today()), "serials": serials})
    assert [(row["serial"], row["state"], row["site"]) for row in made.json()["results"]] == [
        ("SN-001", "received", HOSPITAL_1),
        ("SN-002", "received", HOSPITAL_1),
    ]
    again = post("pharmacist", f"titles/{title.number}/units/", {"on": str(today()), "serials": ["SN-001"]})
    assert (again.status_code, codes(again)) == (422, ["serial_taken"])


def test_nobody_but_the_site_reads_the_code_of_a_patient(title):
    at = timezone.now()
    unit = used(title, at=at)
    used(title, at=at, to=HOSPITAL_2, patient=ELSEWHERE, lot="OTHER")
    incident(title, at=at)
    here = f"titles/{title.number}/"
    paths = ("exemption/", "units/", f"units/{unit.rank}/", "units/2/", f"units/sites/?lot={LOT}", "incidents/",
             "incidents/1/", "notification/", "", "obligations/")  # fmt: skip
    for login in ("applicant", "contributor", "pharmacovigilance", "ansm_vigilance", "ansm_assessor", "auditor"):
        for path in (*(here + one for one in paths), "exemptions/", "incidents/"):
            with CaptureQueriesContext(connection) as queries:
                answer = get(login, path)
            assert PATIENT not in answer.content.decode(), (login, path)
            assert ELSEWHERE not in answer.content.decode(), (login, path)
            assert not any('"devices_unit"."patient"' in one["sql"] for one in queries), (login, path)
    own = get("prescriber", f"{here}units/").json()["results"]
    assert [row["patient"] for row in own] == [PATIENT]
    for path in paths:
        text = get("prescriber", here + path).content.decode()
        assert ELSEWHERE not in text, path
        assert "OTHER" not in text, path
    assert get("prescriber", f"{here}units/2/").status_code == 404
    assert get("prescriber2", f"{here}units/{unit.rank}/").status_code == 404
    assert [row["patient"] for row in get("prescriber2", f"{here}units/").json()["results"]] == [ELSEWHERE]


def test_a_hospital_that_has_no_unit_and_strangers_find_nothing(title):
    used(title, at=timezone.now())
    decide(title, establishments=[site().pk])
    here = f"titles/{title.number}/"
    for login in ("prescriber2", "pharmacist2", "applicant2", "device_applicant", "has_officer", "expert", "admin"):
        for path in ("exemption/", "units/", "units/1/", "units/sites/", "incidents/", "notification/"):
            assert get(login, here + path).status_code == 404, (login, path)
        for path in ("units/", "units/1/transitions/use/", "units/transitions/receive/", "incidents/"):
            assert post(login, here + path, {}, **ANYHOW).status_code == 404, (login, path)
        assert get(login, "exemptions/").json()["results"] == []
        assert get(login, "incidents/?list=open").json()["results"] == []
    assert Unit.objects.count() == 1


def test_who_may_not_is_told_so(title):
    [unit] = received(title, at=timezone.now())
    here = f"titles/{title.number}/units/"
    use = {"on": str(today()), "patient": PATIENT}
    for login in ("applicant", "pharmacovigilance", "ansm_assessor", "auditor"):
        assert post(login, f"{here}{unit.rank}/transitions/use/", use, **ANYHOW).status_code == 403, login
        assert post(login, f"{here}{unit.rank}/transitions/use/", {}, **ANYHOW).status_code == 403, login
    assert post("prescriber", f"{here}{unit.rank}/transitions/cancel/", {}, **ANYHOW).status_code == 403
    for login in ("pharmacovigilance", "ansm_assessor", "auditor"):
        assert post(login, here, sent()).status_code == 403, login
    read_only = caller("pharmacist", scopes=["read", "write"])
    assert read_only.post(BASE + here, {"on": str(today()), "lot": LOT}, format="json").status_code == 403


def test_a_step_says_which_version_it_rests_on(title):
    [unit] = received(title, at=timezone.now())
    path = f"titles/{title.number}/units/{unit.rank}/"
    before = get("prescriber", path)["ETag"]
    body = {"on": str(today()), "patient": PATIENT}
    missing = post("prescriber", f"{path}transitions/use/", body)
    assert (missing.status_code, codes(missing)) == (428, ["if_match_required"])
    assert post("prescriber", f"{path}transitions/use/", body, HTTP_IF_MATCH=before).status_code == 200
    stale = post("pharmacist", f"{path}transitions/unuse/", {"on": str(today()), "reason": "x"}, HTTP_IF_MATCH=before)
    assert (stale.status_code, codes(stale)) == (412, ["stale"])
    assert stale["ETag"] == get("prescriber", path)["ETag"]
    late = post("prescriber", f"{path}transitions/use/", body, **ANYHOW)
    assert (late.status_code, codes(late)) == (409, ["state"])
    assert post("prescriber", f"{path}transitions/nonsense/", body, **ANYHOW).status_code == 404


def test_the_same_key_notes_units_once_and_no_other_under_it(title):
    path, key = f"titles/{title.number}/units/", {"HTTP_IDEMPOTENCY_KEY": "one"}
    first, again = (post("applicant", path, sent(), **key) for _time in range(2))
    assert (first.status_code, again.status_code, again.json()) == (201, 201, first.json())
    other = post("applicant", path, sent(count=1), **key)
    assert (other.status_code, codes(other)) == (409, ["idempotency_key_reused"])
    assert post("applicant", path, sent(), HTTP_IDEMPOTENCY_KEY="two").status_code == 201
    assert Unit.objects.count() == 4
    noted = {"on": str(today()), "lot": "L-77", "count": 1}
    said = [post("pharmacist", path, noted, **key) for _time in range(2)]
    assert said[0].json() == said[1].json()
    assert Unit.objects.count() == 5
    assert post("applicant", path, sent(), HTTP_IDEMPOTENCY_KEY="é" * 3).status_code == 400


@pytest.mark.parametrize(
    ("body", "status", "named"),
    [
        ({}, 422, ["on", "site"]),
        (SENT, 422, ["site"]),
        ({**SENT, "on": "demain", "zzz": 1}, 422, ["on", "zzz"]),
        ({**SENT, "count": "beaucoup", "udi_di": 5}, 422, ["count", "udi_di"]),
        ({**SENT, "serials": "SN-1"}, 400, ["serials"]),
        ({**SENT, "serials": [1]}, 400, ["serials"]),
        ({**SENT, "serials": ["x" * 201]}, 400, ["serials"]),
        ([1], 400, [""]),
    ],
)
def test_what_is_noted_wrongly_is_refused_with_every_field(title, body, status, named):
    answer = post("applicant", f"titles/{title.number}/units/", body)
    assert (answer.status_code, fields(answer)) == (status, named)
    assert not Unit.objects.exists()


def test_what_the_decision_does_not_allow_is_refused(title):
    path = f"titles/{title.number}/units/"
    decide(title, quantity="2 unités")
    assert post("applicant", path, sent(count=3)).json()["reasons"][0]["code"] == "quantity"
    early = sent(on=str(title.starts_on - ONE_DAY))
    assert codes(post("applicant", path, early)) == ["not_in_force"]
    assert codes(post("applicant", path, sent(on=str(today() + ONE_DAY)))) == ["future"]
    assert codes(post("applicant", path, sent(count=0))) == ["count"]
    assert codes(post("applicant", path, sent(udi_di="04012345678902"))) == ["udi_di"]
    assert codes(post("pharmacist", path, sent())) == ["unknown_field"]
    [unit] = received(title, at=timezone.now())
    wrong = post(
        "prescriber", f"{path}{unit.rank}/transitions/use/", {"on": str(today()), "patient": "Dupont"}, **ANYHOW
    )
    assert (wrong.status_code, codes(wrong)) == (422, ["pseudonym"])


@pytest.mark.parametrize("units", [None, [], "1", [0], [True], [1.5], [10**30], [-1], list(range(1, 300))])
def test_ranks_that_are_none_are_malformed(title, units):
    body = {"units": units, "on": str(today())}
    answer = post("pharmacist", f"titles/{title.number}/units/transitions/receive/", body)
    assert (answer.status_code, fields(answer)) == (400, ["units"])


def test_several_move_together_or_not_at_all(title):
    ranks = [one.rank for one in shipped(title, at=timezone.now(), count=2)]
    path = f"titles/{title.number}/units/transitions/receive/"
    body = {"units": [*ranks, 99], "on": str(today())}
    assert post("pharmacist", path, body).status_code == 404
    assert set(Unit.objects.values_list("state", flat=True)) == {"shipped"}
    assert post("pharmacist", path, {"units": ranks, "on": str(today())}).status_code == 200
    again = post("pharmacist", path, {"units": ranks, "on": str(today())})
    assert (again.status_code, codes(again)) == (409, ["state"])
    assert post("pharmacist", f"titles/{title.number}/units/transitions/use/", body).status_code == 404


def test_a_field_action_finds_the_sites_of_a_lot(title):
    at = timezone.now()
    used(title, at=at)
    shipped(title, at=at, to=HOSPITAL_2, lot="OTHER", count=3)
    path = f"titles/{title.number}/units/sites/"
    for login in ("applicant", "ansm_vigilance"):
        found = get(login, f"{path}?lot={LOT.lower()}").json()
        assert found["lot"] == LOT
        assert [(row["site"]["name"], row["used"]) for row in found["results"]] == [(HOSPITAL_1, 1)]
        rows = get(login, path).json()["results"]
        assert [(row["shipped"], row["used"]) for row in rows] == [(0, 1), (3, 0)]
    assert get("pharmacist", path).status_code == 403
    assert get("applicant", f"{path}?lo=1").status_code == 400
    listed = get("applicant", f"titles/{title.number}/units/?lot=OTHER&size=2").json()
    assert len(listed["results"]) == 2
    assert len(caller("applicant").get(listed["next"]).json()["results"]) == 1
    assert get("applicant", f"titles/{title.number}/units/?list=nowhere").status_code == 400


def test_exemptions_are_listed_with_what_is_left(title):
    decide(title, quantity="4 unités")
    shipped(title, at=timezone.now(), count=4)
    [row] = get("applicant", "exemptions/").json()["results"]
    assert (row["title"], row["most"], row["counted"], row["nearly_used_up"]) == (title.number, 4, 4, True)
    assert row["units"]["shipped"] == 4
    [row] = get("pharmacist", "exemptions/").json()["results"]
    assert row["units"]["all"] == 4


# ------------------------------------------------------------------------------------------------- incidents


def test_an_incident_is_declared_followed_up_and_closed_by_both_sides(title):
    here = f"titles/{title.number}/incidents/"
    made = post("prescriber", here, {"aware_on": str(today()), "lot": LOT, **told(severity="death")})
    assert made.status_code == 201
    body = made.json()
    assert (body["side"], body["site"], body["report_by"]) == ("hospital", HOSPITAL_1, str(today() + 10 * ONE_DAY))
    path = made["Location"].removeprefix(BASE)
    assert (get("applicant", path).json()["kinds"], get("applicant", path).json()["acts"]) == (
        ["initial", "final"],
        ["report"],
    )
    assert get("ansm_vigilance", path).json()["acts"] == ["acknowledge"]
    read = [post("ansm_vigilance", f"{path}acknowledge/") for _time in range(2)]
    assert [one.status_code for one in read] == [200, 200]
    assert read[0].json()["acknowledged_at"] == read[1].json()["acknowledged_at"]

    next_on = str(today() + 5 * ONE_DAY)
    first = post("pharmacovigilance", f"{path}reports/", told(kind="initial", severity="death", next_on=next_on))
    assert (first.status_code, first.json()["awaited_on"]) == (201, next_on)
    more = post("pharmacist", f"{path}reports/", told(kind="follow_up", severity="threat"))
    assert (more.json()["severity"], more.json()["awaited_on"]) == ("threat", str(today() + 2 * ONE_DAY))
    final = post("applicant", f"{path}reports/", told(kind="final", severity="threat"))
    assert (final.json()["closed_on"], final.json()["kinds"], final.json()["acts"]) == (str(today()), [], [])
    assert [one["kind"] for one in final.json()["reports"]] == ["initial", "initial", "follow_up", "final"]
    late = post("applicant", f"{path}reports/", told(kind="follow_up", next_on=next_on))
    assert (late.status_code, codes(late)) == (409, ["closed"])
    assert [row["incident"] for row in get("applicant", "incidents/?list=closed").json()["results"]] == [
        body["incident"]
    ]
    assert AccessLog.objects.filter(what="device incident 1").exists()


def test_the_delay_of_the_company_counts_from_the_day_it_knew(title):
    here = f"titles/{title.number}/incidents/"
    for severity, days in (("threat", 2), ("death", 10), ("other", 15)):
        aware = today() - ONE_DAY
        body = told(severity=severity, aware_on=str(aware), next_on=str(today() + ONE_DAY))
        made = post("applicant", here, body).json()
        assert made["report_by"] == str(aware + days * ONE_DAY)
        assert made["delay"].startswith(f"{days} days")


def test_incidents_are_read_by_those_concerned(title):
    made = incident(title, at=timezone.now())
    path = f"titles/{title.number}/incidents/{made.rank}/"
    for login in ("prescriber", "pharmacist", "applicant", "pharmacovigilance", "ansm_vigilance", "auditor"):
        assert get(login, path).status_code == 200
        rows = get(login, f"incidents/?title={title.number}").json()["results"]
        assert [row["incident"] for row in rows] == [made.reference]
    used(title, at=timezone.now(), to=HOSPITAL_2, patient=ELSEWHERE, lot="OTHER")
    for login in ("prescriber2", "pharmacist2"):
        assert get(login, path).status_code == 404
        assert get(login, f"titles/{title.number}/incidents/").json()["results"] == []
        assert post(login, f"{path}reports/", told(kind="follow_up")).status_code == 404
        assert post(login, f"{path}acknowledge/").status_code == 404


def test_who_may_not_report_is_told_so(title):
    made = incident(title, at=timezone.now())
    here = f"titles/{title.number}/incidents/"
    for login in ("ansm_vigilance", "ansm_assessor", "auditor", "contributor"):
        for path in (here, f"{here}{made.rank}/reports/"):
            assert post(login, path, told(kind="follow_up", aware_on=str(today()))).status_code == 403, login
    for login in ("prescriber", "applicant", "ansm_assessor", "auditor"):
        assert post(login, f"{here}{made.rank}/acknowledge/").status_code == 403, login


def test_the_same_key_reports_once(title):
    here, key = f"titles/{title.number}/incidents/", {"HTTP_IDEMPOTENCY_KEY": "one"}
    body = told(aware_on=str(today()))
    first, again = (post("prescriber", here, body, **key) for _time in range(2))
    assert (first.status_code, again.status_code, again.json()) == (201, 201, first.json())
    assert codes(post("prescriber", here, {**body, "severity": "death"}, **key)) == ["idempotency_key_reused"]
    key, more = {"HTTP_IDEMPOTENCY_KEY": "two"}, told(kind="follow_up")
    said = [post("prescriber", f"{here}1/reports/", more, **key) for _time in range(2)]
    assert [one.status_code for one in said] == [201, 201]
    assert (Incident.objects.count(), IncidentReport.objects.count()) == (1, 2)
    assert post("prescriber", f"{here}1/reports/", {**more, "what": "Autre."}, **key).status_code == 409


@pytest.mark.parametrize(
    ("login", "body", "named"),
    [
        ("prescriber", {}, NEEDED),
        ("prescriber", {"site": 1, "next_on": "2035-01-01"}, [*NEEDED, "site", "next_on"]),
        ("applicant", {"severity": "mild", "outcome": "?", "next_on": "x"}, [*NEEDED, "next_on"]),
        ("applicant", {"what": 5, "lot": [], "serial": {}, "aware_on": 3}, NEEDED),
        ("prescriber", {"what": "1 84 12 76 451 089 46"}, NEEDED),
    ],
)  # fmt: skip
def test_what_is_reported_wrongly_is_refused_with_every_field(title, login, body, named):
    answer = post(login, f"titles/{title.number}/incidents/", body)
    assert (answer.status_code, fields(answer)) == (422, named)
    assert not Incident.objects.exists()


def test_what_the_services_refuse_is_a_reason_with_its_field(title):
    here = f"titles/{title.number}/incidents/"
    aware = str(today())
    for login, body, field in (
        ("applicant", told(aware_on=aware), "next_on"),
        ("applicant", told(aware_on=aware, next_on=str(today() + ONE_DAY), site=999_999), "site"),
        ("prescriber", told(aware_on=str(today() + ONE_DAY)), "aware_on"),
        ("prescriber", told(aware_on=aware, happened_on=str(today() + ONE_DAY)), "happened_on"),
    ):
        answer = post(login, here, body)
        assert (answer.status_code, fields(answer)) == (422, [field])
    made = incident(title, at=timezone.now())
    assert fields(post("prescriber", f"{here}{made.rank}/reports/", told(kind="final"))) == ["kind"]
    for query in ("list=soon", "size=0", "cursor=x", "of=1"):
        assert get("ansm_vigilance", f"incidents/?{query}").status_code == 400


# -------------------------------------------------------------------------------------------- the Commission


def test_the_sheet_for_the_commission_and_the_proof_of_its_sending():
    title = granted(at=timezone.now(), kind=GLOBAL)
    path = f"titles/{title.number}/notification/"
    seen = get("ansm_assessor", path).json()
    assert seen["to_notify"]
    assert seen["sheet"]["identification"]["number"] == title.number
    assert (seen["notice"]["state"], seen["notice"]["proof"]) == ("open", "")
    for login in ("prescriber", "applicant", "pharmacovigilance"):
        assert get(login, path).status_code == 403
    proof = {"done_on": str(today()), "proof": "Déposé sur EUDAMED."}
    sent_now = post("ansm_assessor", seen["notice"]["url"].removeprefix(BASE) + "done/", proof, **ANYHOW)
    assert sent_now.status_code == 200, sent_now.content
    assert get("auditor", path).json()["notice"]["proof"] == "Déposé sur EUDAMED."


def test_a_list_costs_the_same_whatever_its_length(title):
    def cost(login: str, path: str) -> int:
        client = caller(login)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(BASE + path).status_code == 200
        return len(queries)

    at = timezone.now()
    shipped(title, at=at)
    incident(title, at=at)
    paths = [(who, path) for who in ("applicant", "pharmacist", "ansm_vigilance") for path in (
        "exemptions/", f"titles/{title.number}/units/", f"titles/{title.number}/exemption/", "incidents/",
    )]  # fmt: skip
    before = [cost(*one) for one in paths]
    shipped(title, at=at, count=5, lot="MORE")
    incident(title, at=at, severity="death")
    granted(at=at)
    assert [cost(*one) for one in paths] == before
