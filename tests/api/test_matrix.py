"""Who gets what at every address of the API: `matrix.csv`, a line per request, a column per caller.

`object` says what it is about: a draft or an authorisation of the first hospital (that of `prescriber`, `pharmacist`),
the cohort of an early access of the first company, or one of its patients, of the first hospital; an exempted device of
that company, with a unit at that hospital; a mission of the expert; a meeting of the first company; a framework whose
company is asked (that one), one that is granted, or a meeting of that company before a filing. The lines are asked, and
themselves obey the contract (design/api.md): 401 without a token, 404 out of scope, 403 in scope without the right.
"""

from __future__ import annotations

import csv
import datetime as dt
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import URLPattern, resolve
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.demo import HOSPITAL_1
from api.urls import API, V1
from dossiers.demo.cpc_story import Framework
from dossiers.demo.filing_meeting_story import Meeting
from dossiers.demo.story import Story, demo_actor
from dossiers.models import Dossier, ExpertMission, Task, Title
from dossiers.services.comments import invite
from dossiers.services.material import submit
from dossiers.services.obligations import add
from tests.access.world import HOSPITAL_OF, READERS_OF, make_letters, told_until, undone
from tests.api.callers import caller
from tests.cohort.world import DAY, Patient
from tests.cohort.world import granted as granted_early_access
from tests.devices import world as devices
from tests.dossiers.advice_world import with_a_meeting
from workflows.dates import civil_date

MATRIX: Final = Path(__file__).with_name("matrix.csv")
NOBODY: Final = "signed_out"
CALLERS: Final = (
    NOBODY, "admin", "org_admin", "prescriber2", "pharmacist2", "applicant", "applicant2", "pharmacovigilance",
    "reporter", "expert", "has_officer", "ministry_reader", "prescriber", "pharmacist", "ansm_assessor", "auditor",
)  # fmt: skip
PUBLIC: Final = {
    "api:schema", "api:verify", "api:register", "api:register_csv", "api:oauth_token", "api:unknown",
}  # fmt: skip
"""Asked without a token. Another one needs a reason and a line here; `unknown` is every address that is none."""
LATER: Final = dt.timedelta(days=20)
_OWN_PATIENT = {"prescriber", "pharmacist", "applicant", "pharmacovigilance"}
SEEN_BY: Final = {
    **READERS_OF,
    "cohort": _OWN_PATIENT
    | {"prescriber2", "pharmacist2", "ansm_assessor", "has_officer", "ministry_reader", "auditor"},
    "patient": _OWN_PATIENT,
    "device": _OWN_PATIENT | {"ansm_assessor", "auditor"},
    "mission": {"expert"},
    "advice": {"applicant", "ansm_assessor", "auditor"},
    "framework": {"applicant", "pharmacovigilance", "reporter", "ministry_reader", "ansm_assessor", "auditor"},
    "framework_title": {"applicant", "pharmacovigilance", "reporter", "ministry_reader", "ansm_assessor", "auditor"},
    "material": {"applicant", "pharmacovigilance", "ansm_assessor", "auditor"},
    "meeting": {"applicant", "has_officer", "ansm_assessor", "auditor"},
}
"""Object -> who finds it: a hospital, of those of a dossier, finds its own only."""
METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE")


@dataclass(frozen=True)
class Row:
    name: str
    method: str
    object: str
    path: str
    body: str
    statuses: dict[str, str]

    @property
    def label(self) -> str:
        return f"{self.method} {self.path} {self.body} ({self.object})"


def rows() -> list[Row]:
    with MATRIX.open(newline="") as file:
        lines = list(csv.DictReader(file))
    request = ("name", "method", "object", "path", "body")
    return [Row(*(line[name] for name in request), {who: line[who] for who in CALLERS}) for line in lines]


ROWS: Final = rows()


def places(told: Story) -> dict[str, Any]:
    dossier = told.dossier
    title = getattr(dossier, "title", None)
    letter = dossier.letters.order_by("pk").last()
    now = timezone.now()
    return {
        **(under(title) if title else {}),
        "task": Task.objects.create(dossier=dossier, kind="check", role="ansm_assessor", created_at=now).pk,
        "officer": told.actor("assessor").membership_id,
        "entry": dossier.indication_id,
        "expert": demo_actor("expert").membership_id,
        "mission": asked_of_the_expert(dossier),
        "later": (civil_date(now) + LATER).isoformat(),
        "reference": dossier.reference,
        "title": title.number if title else "none",
        "letter": letter.number if letter else "none",
        "code": letter.verification_code if letter else "none",
        "document": dossier.attachments.get().pk,
        "today": civil_date(told.at).isoformat(),
    }


def asked_of_the_expert(dossier: Dossier) -> int:
    """A mission whose links of interest are not declared: the file stays closed to its expert."""
    return ExpertMission.objects.create(
        dossier=dossier, expert_id=demo_actor("expert").membership_id, question="La dose ?",
        until=civil_date(timezone.now()) + LATER, asked_by_role="ansm_assessor", asked_at=timezone.now(),
    ).pk  # fmt: skip


def device_places() -> dict[str, Any]:
    """An exemption of the first company for the first hospital: a unit on its way, an incident that it reported."""
    at = timezone.now()
    title = devices.granted(at=at, sites=HOSPITAL_1)
    [unit] = devices.shipped(title, at=at)
    reported = devices.incident(title, at=at)
    return {
        "exempted": title.number, "unit": unit.rank, "incident": reported.rank, "today": civil_date(at).isoformat(),
        "hospital": devices.site().pk,
    }  # fmt: skip


def cohort_places() -> dict[str, Any]:
    """A patient of the first hospital under treatment in an early access of the first company, and one to answer."""
    title = granted_early_access(at=timezone.now() - 60 * DAY)
    asked = Patient(title, at=timezone.now() - 2 * DAY).asked()
    treated = Patient(title, at=timezone.now() - 20 * DAY).treated()
    named = {name: one.pseudonym.replace("/", "~") for name, one in (("asked", asked), ("treated", treated))}
    return {"early": title.number, **named}


def places_of_companies() -> dict[str, dict[str, Any]]:
    """A company is asked under one framework and submitted material under another; a meeting waits for its day."""
    asked = Framework(at=timezone.now() - 20 * DAY).draft().report().notify()
    granted = Framework(at=timezone.now() - 90 * DAY).granted()
    sent = submit(number=granted.title.number, name="Affiche", description="x", actor=demo_actor("applicant"))
    meeting = Meeting(at=timezone.now() - 2 * DAY).planned()
    return {
        "framework": {"reference": asked.reference},
        **dict.fromkeys(("framework_title", "material"), {"title": granted.title.number, "material": sent.pk}),
        "meeting": {"meeting": meeting.reference},
    }


def under(title: Title) -> dict[str, Any]:
    """Something owed under the title by its holder, who is invited to comment on a suspension."""
    due_on = civil_date(timezone.now()) + LATER
    owed = add(
        number=title.number, kind="report", owed_by="holder", text="Suivi.", due_on=due_on,
        actor=demo_actor("ansm_assessor"),
    )  # fmt: skip
    invite(
        number=title.number, intended="suspend", grounds="Signal.", reply_by=due_on, actor=demo_actor("ansm_signatory")
    )
    return {"obligation": owed.pk}


def ask(client: APIClient, row: Row, found: dict[str, Any]) -> str:
    """The status, as text. `file` stands for an upload; every write carries If-Match: *."""
    path = row.path
    for name, value in found.items():
        path = path.replace(f"<{name}>", str(value))
    send = getattr(client, row.method.lower())
    if row.body == "file":
        upload = SimpleUploadedFile("note.txt", b"Une note.", content_type="text/plain")
        answer = send(path, {"kind": "other", "file": upload}, format="multipart", HTTP_IF_MATCH="*")
    elif row.body.startswith("grant_type"):
        answer = send(path, row.body, content_type="application/x-www-form-urlencoded")
    elif row.method in ("GET", "DELETE"):
        answer = send(path)
    else:
        text = row.body or "{}"
        for name, value in found.items():
            text = text.replace(f"<{name}>", str(value))
        body = json.loads(text)
        answer = send(path, body, format="json", HTTP_IF_MATCH="*")
    if answer.streaming:
        list(answer)
    return str(answer.status_code)


@pytest.mark.timeout(400)
def test_each_caller_gets_what_the_matrix_says(world: None) -> None:
    told = {state: told_until(state, document=True) for state in ("draft", "granted")}
    make_letters(drawn_by=lambda context: b"%PDF-1.7 not drawn: only who may have it is asked here")
    found = {state: places(story) for state, story in told.items()}
    found["cohort"] = found["patient"] = cohort_places()
    found["device"], found["mission"] = device_places(), found["granted"]
    planned = with_a_meeting(at=timezone.now() - 6 * DAY).assigned("scientific").plan()
    found["advice"] = {"advice": planned.reference}
    found |= places_of_companies()
    clients = {who: APIClient(HTTP_ACCEPT_LANGUAGE="en") if who == NOBODY else caller(who) for who in CALLERS}
    wrong = []
    for row in ROWS:
        for who, client in clients.items():
            with undone():
                status = ask(client, row, found[row.object or "granted"])
            if status != row.statuses[who]:
                wrong.append(f"{row.label} by {who}: {status}, the matrix says {row.statuses[who]}")
    assert not wrong, "\n".join(wrong)


def test_every_address_has_its_lines() -> None:
    addresses = [one for one in [*V1, *API] if isinstance(one, URLPattern)]
    for one in addresses:
        view = getattr(one.callback, "cls", None)
        methods = {method for method in METHODS if view and hasattr(view, method.lower())} or {"GET", "POST"}
        covered = {row.method for row in ROWS if row.name == f"api:{one.name}"}
        assert methods <= covered, f"{one.name}: {sorted(methods - covered)} has no line in tests/api/matrix.csv"


def test_every_line_says_where_it_goes() -> None:
    for row in ROWS:
        assert resolve(re.sub(r"<\w+>", "1", row.path.partition("?")[0])).view_name == row.name, row.label


def test_without_a_token_only_what_is_public_answers() -> None:
    for row in ROWS:
        if row.name not in PUBLIC:
            assert row.statuses[NOBODY] == "401", row.label


@pytest.mark.parametrize("row", [row for row in ROWS if row.object], ids=lambda row: row.label)
def test_out_of_scope_is_not_found_and_in_scope_never_is(row: Row) -> None:
    for who, status in row.statuses.items():
        if who == NOBODY or status == "405":
            continue
        own = HOSPITAL_OF.get(who, "own") == "own" or row.object not in READERS_OF
        if who in SEEN_BY[row.object] and own:
            assert status != "404", who
        else:
            assert status == "404", who


def test_an_auditor_writes_nothing() -> None:
    for row in ROWS:
        if row.method != "GET" and row.name not in PUBLIC:
            assert row.statuses["auditor"] in {"403", "404", "405"}, row.label
