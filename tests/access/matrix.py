"""The access matrix as data: `matrix.csv`, one line per request, one column per reader, the status that each gets.

`relation` says whose object it is: "own ..." belongs to the first hospital (that of `prescriber`, `pharmacist`, ...),
"other ..." to the second (`prescriber2`, `pharmacist2`).

Every reader is asked at the addresses that are about no dossier, and at those of `ASKED_BY_ALL` of what is about one;
the other lines ask `OFTEN_ASKED` only, and those of a method that the address refuses to all (405) `REFUSED_TO`: the
rest of the cells is empty. What every role may know of, state by state, is asked of the policy itself.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl

from django.core.mail import EmailMessage
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from accounts.demo import HOSPITAL_1
from accounts.models import Membership
from cohort.models import VigilanceNotice
from documents.models import IssuedLetter
from dossiers.demo.filing_meeting_story import Meeting
from dossiers.demo.story import ONE_DAY, Story
from dossiers.models import Appeal, Obligation, Task
from dossiers.services.appeals import lodge
from dossiers.services.obligations import add, mark_done
from notifications.backends import DemoMailboxBackend, file_name
from notifications.calendars import open_feed
from notifications.models import OutboxMessage
from tests.access.world import ELSEWHERE, READERS, STATES, make_letters, person, told_until
from tests.cohort.world import EFFECT, Patient
from tests.cohort.world import granted as granted_early_access
from tests.devices.world import granted as exempted
from tests.devices.world import incident, received, shipped, site, used
from workflows.dates import civil_date

MATRIX: Final = Path(__file__).with_name("matrix.csv")

THIRD_PARTY: Final = {
    "account_": "django-allauth's sign-in pages, about nobody's file; tests/accounts/test_signed_out.py",
    "mfa_": "django-allauth's second factor, about oneself only",
    "usersessions_": "django-allauth's own sessions, about oneself only",
    "api:": "the REST API, asked with tokens; tests/api/matrix.csv",
}
"""Prefixes of addresses that have no line, each with the reason."""


OFTEN_ASKED: Final = (
    "signed_out", "admin", "prescriber", "intern", "pharmacist", "pharmacy_preparer", "ansm_assessor",
    "ansm_signatory", "auditor", "applicant", "prescriber2",
)  # fmt: skip
ASKED_BY_ALL: Final = (
    "dossiers:dossier", "dossiers:edit", "dossiers:act", "dossiers:message", "dossiers:note", "dossiers:title",
    "dossiers:title_act", "dossiers:renew", "documents:letter", "documents:attachment",
)  # fmt: skip
OWED: Final = "À transmettre."
OWED_DONE: Final = "Transmis."
OWED_BY_AGENCY: Final = "Réponse attendue de l'agence."
REFUSED_TO: Final = ("signed_out", "prescriber", "ansm_assessor")


@dataclass(frozen=True)
class Row:
    name: str
    method: str
    relation: str
    path: str
    data: str
    statuses: dict[str, str]

    @property
    def label(self) -> str:
        return " ".join(part for part in (self.method, self.path, self.data, f"({self.relation})") if part)

    @property
    def asked(self) -> set[str]:
        return {who for who, status in self.statuses.items() if status}

    @property
    def object(self) -> str:
        """ "own draft" for "named: own draft"; empty when the line is about no dossier."""
        words = self.relation.rpartition(": ")[2]
        return words if words.partition(" ")[0] in ("own", "other") else ""


def rows() -> list[Row]:
    with MATRIX.open(newline="") as file:
        lines = list(csv.DictReader(file))
    request = ("name", "method", "relation", "path", "data")
    return [Row(*(line[name] for name in request), {who: line[who] for who in READERS}) for line in lines]


def url_names(patterns: Any = None, prefix: str = "") -> set[str]:
    """Every URL name of the project, with its namespace."""
    found: set[str] = set()
    for one in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(one, URLResolver):
            found |= url_names(one.url_patterns, f"{prefix}{one.namespace}:" if one.namespace else prefix)
        elif isinstance(one, URLPattern):
            found.add(f"{prefix}{one.name}")
    return found


@dataclass
class Scene:
    """What the lines speak of. Two hospitals; the second has less, enough to be looked for from the first."""

    own: dict[str, Story] = field(default_factory=dict)
    other: dict[str, Story] = field(default_factory=dict)
    mail: str = ""
    calendar: str = ""
    cohort: dict[str, Any] = field(default_factory=dict)
    meetings: dict[str, Any] = field(default_factory=dict)
    devices: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def told(cls) -> Scene:
        with_documents = {"draft", "granted"}
        scene = cls(
            own={state: told_until(state, document=state in with_documents) for state in STATES},
            other={
                state: told_until(state, cast=ELSEWHERE, document=state in with_documents)
                for state in ("draft", "assessment", "granted")
            },
        )
        granted = scene.own["granted"].dossier
        Task.objects.create(dossier=granted, kind="publish_criteria", role="ansm_assessor", created_at=timezone.now())
        for whose in (scene.own, scene.other):
            _oblige(whose["granted"])
        _appeal(scene.own["refused"])
        scene.cohort = _cohort()
        scene.meetings = _meetings()
        scene.devices = _devices()
        make_letters(drawn_by=_not_drawn)
        # Their mails have long left, else /health/ready would say that they are late.
        OutboxMessage.objects.update(state=OutboxMessage.State.SENT, sent_at=timezone.now())
        headers = {"Message-ID": "<one@x>"}
        mail = EmailMessage("Nouvelles", "Du nouveau.", to=["prescriber@demo.example"], headers=headers)
        DemoMailboxBackend().send_messages([mail])
        scene.mail = file_name("<one@x>")
        held = Membership.objects.filter(person=person("prescriber")).order_by("pk")[0]
        scene.calendar = open_feed(membership=held, at=timezone.now())
        return scene

    def story(self, words: str) -> Story | None:
        whose, _space, state = words.partition(" ")
        return {"own": self.own, "other": self.other}.get(whose, {}).get(state)

    def places(self, row: Row) -> dict[str, Any]:
        """What stands between braces in the line's path and data."""
        story = self.story(row.object) or self.own["granted"]
        dossier = story.dossier
        title = getattr(dossier, "title", None)
        letter = IssuedLetter.objects.filter(dossier=dossier).order_by("-pk").first()
        document = dossier.attachments.order_by("pk").first()
        task = dossier.tasks.first()
        owed = {one.text: one.pk for one in Obligation.objects.filter(title=title)}
        return {
            **self.cohort,
            **self.meetings,
            **self.devices,
            "appeal": Appeal.objects.order_by("pk").values_list("pk", flat=True).first(),
            "owed": owed.get(OWED),
            "owed_done": owed.get(OWED_DONE),
            "owed_by_agency": owed.get(OWED_BY_AGENCY),
            "reference": dossier.reference,
            "title": title and title.number,
            "letter": letter and letter.number,
            "code": letter and letter.verification_code,
            "document": document and document.pk,
            "task": task and task.pk,
            "medicine": story.indication.medicine_id,
            "indication": story.indication.pk,
            "message": OutboxMessage.objects.filter(recipient=person("prescriber")).order_by("pk").first().pk,
            "membership": _membership(row.relation),
            "mail": self.mail,
            "calendar": self.calendar,
            "today": timezone.localdate().isoformat(),
        }


def _oblige(told: Story) -> None:
    """What is to do, what was done, and what the agency owes."""
    title, assessor = told.title.number, told.actor("assessor")
    for text, owed_by in ((OWED, "holder"), (OWED_DONE, "holder"), (OWED_BY_AGENCY, "agency")):
        one = add(
            number=title,
            kind="report",
            owed_by=owed_by,
            text=text,
            due_on=told.title.ends_on,
            actor=assessor,
            at=told.at,
        )
        if text == OWED_DONE:
            mark_done(
                obligation=one.pk,
                done_on=civil_date(told.at),
                proof="Fait.",
                actor=told.actor("prescriber"),
                at=told.at,
            )


def _cohort() -> dict[str, Any]:
    """An early access of the first company, with two patients of the first hospital: one asked, one treated who had an
    adverse effect."""
    title = granted_early_access(at=timezone.now() - 60 * ONE_DAY)
    asked = Patient(title, at=timezone.now() - 2 * ONE_DAY).asked()
    treated = Patient(title, at=timezone.now() - 40 * ONE_DAY).treated().followed(1, EFFECT)
    return {
        "cohort": title.chain,
        "asked": asked.row.rank,
        "treated": treated.row.rank,
        "notice": VigilanceNotice.objects.get().pk,
        "hospital": asked.row.organisation_id,
    }


def _meetings() -> dict[str, Any]:
    """Of the first company, before marketing authorisation: one in preparation, one asked for, one planned."""
    at = timezone.now() - 2 * ONE_DAY
    asked = Meeting(at=at).asked()
    return {
        "meeting_draft": Meeting(at=at).draft().reference,
        "meeting_asked": asked.reference,
        "meeting_day": asked.row.days[-1].isoformat(),
        "meeting_planned": Meeting(at=at).planned().reference,
    }


def _devices() -> dict[str, Any]:
    """An exemption of the first company for the first hospital: a unit on its way, one in stock, one used, and a
    serious incident that it reported."""
    at = timezone.now()
    title = exempted(at=at, sites=HOSPITAL_1)
    return {
        "exemption": title.number,
        "sent": shipped(title, at=at, lot="A")[0].rank,
        "stocked": received(title, at=at, lot="B")[0].rank,
        "implanted": used(title, at=at).rank,
        "happened": incident(title, at=at).rank,
        "site": site().pk,
        "next": (timezone.localdate() + 9 * ONE_DAY).isoformat(),
    }


def _appeal(told: Story) -> None:
    on = timezone.localdate()
    signatory = told.actor("signatory")
    lodge(reference=told.reference, kind="gracious", lodged_on=on, grounds="Erreur.", actor=signatory)


def _not_drawn(context: Any) -> bytes:
    return b"%PDF-1.7 not drawn: only who may have it is asked here"


def _membership(relation: str) -> int:
    login = {"the prescriber's": "prescriber", "a member of the second hospital": "prescriber2"}.get(relation, "intern")
    return Membership.objects.get(person=person(login)).pk


def ask(client: Client, row: Row, places: dict[str, Any]) -> str:
    """The status, as text."""
    path = row.path.format(**places)
    data = dict(parse_qsl(row.data.format(**places), keep_blank_values=True))
    answer = client.get(path) if row.method == "GET" else client.post(path, data)
    if answer.streaming:
        list(answer)  # a file is closed by whoever reads it to the end
    return str(answer.status_code)
