"""Whatever is sent by whoever: a documented answer, of the documented shape, without a word of somebody else's file.

Schemathesis makes the requests from the committed OpenAPI document. A few of each kind here; 2,000 per role (a few
operations have fewer requests to make than their share), with the seed of your choice, by

    FUZZ_CASES=2300 FUZZ_SEED=7 make test ARGS="tests/api/test_fuzz.py -s"
"""

from __future__ import annotations

import datetime as dt
import json
import os
from dataclasses import replace
from typing import Any, Final

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from accounts.demo import HOSPITAL_2
from api.views import cohort, units
from cohort.services import forms
from documents.attachments import attach
from documents.models import IssuedLetter
from dossiers.demo.story import Cast, Story, demo_actor
from dossiers.models import Obligation, Task
from dossiers.services import experts
from dossiers.services.answer_drafts import save_answers
from dossiers.services.comments import invite
from dossiers.services.conversation import post
from dossiers.services.obligations import add, mark_done
from dossiers.services.staffing import recuse
from tests.access import conftest as one_world_per_module
from tests.access.world import AGO, ELSEWHERE, HERE, make_letters
from tests.api.callers import BASE, caller, token_of
from tests.api.fuzz_companies import OF_COMPANIES, ask_companies, steps_of_meetings, told_of_companies
from tests.api.fuzzing import Known, fuzz, id_of, operations
from tests.cohort.world import DAY, REQUEST, VISIT, Patient, granted
from tests.devices import world as devices
from tests.dossiers.device_world import exempted
from tests.dossiers.world import indication
from workflows import roles
from workflows.dates import civil_date

pytestmark = pytest.mark.django_db
demo = one_world_per_module.demo
_django_db_helper = one_world_per_module._django_db_helper

CASES: Final = int(os.environ.get("FUZZ_CASES", "60"))
NOBODY: Final = "signed_out"
ADMIN: Final = "admin"
CALLERS: Final = (NOBODY, ADMIN, *sorted(roles.ALL), "prescriber2")
HOSPITAL: Final = frozenset({"prescriber", "intern", "pharmacist", "pharmacy_preparer"})
COMPANY: Final = frozenset({"applicant", "contributor", "pharmacovigilance"})
ANSM: Final = frozenset({"ansm_triage", "ansm_assessor", "ansm_signatory", "ansm_vigilance"})

# Word -> who may be given it. Words of no language, so that finding one is never chance.
MAY_SEE: Final[dict[str, frozenset[str]]] = {
    "zqbrouillonici": frozenset({"prescriber", "intern", "pharmacist", "auditor"}),
    "zqbrouillonailleurs": frozenset({"prescriber2", "auditor"}),
    "zqcliniqueici": HOSPITAL | ANSM | {"auditor"},
    "zqcliniqueailleurs": ANSM | {"prescriber2", "auditor"},
    "xqjzk": HOSPITAL | ANSM | {"auditor"},
    "xqjzw": ANSM | {"prescriber2", "auditor"},
    "zqpieceici": HOSPITAL | ANSM | {"auditor"},
    "zqpieceailleurs": ANSM | {"prescriber2", "auditor"},
    "zqnomailleurs": ANSM | {"prescriber2", "auditor"},
    "185057800608491": ANSM | {"prescriber2", "auditor"},  # a national number inside a document
    "zqmessageici": HOSPITAL | ANSM | {"auditor"},
    "zqmessageailleurs": ANSM | {"prescriber2", "auditor"},
    "zqnoteinterne": ANSM | {"auditor"},
    "zqmotifici": HOSPITAL | ANSM | {"auditor"},
    "zqmotifailleurs": ANSM | {"prescriber2", "auditor"},
    "zqobligationici": HOSPITAL | ANSM | {"auditor"},
    "zqobligationailleurs": ANSM | {"prescriber2", "auditor"},
    "zqgriefici": HOSPITAL | ANSM | {"auditor"},
    "zqgriefailleurs": ANSM | {"prescriber2", "auditor"},
    "zqrecusation": ANSM | {"auditor"},
    "zqreponseici": HOSPITAL,
    "zqreponseailleurs": frozenset({"prescriber2"}),
    # Patients of an early access: initials, which their hospital alone reads, and words that the company reads too.
    "xqjzp": HOSPITAL,
    "xqjzr": frozenset({"prescriber2"}),
    "zqpatientici": HOSPITAL | COMPANY,
    "zqpatientailleurs": COMPANY | {"prescriber2"},
    "zqdemandeici": HOSPITAL,
    "zqdemandeailleurs": frozenset({"prescriber2"}),
    # A device under an exemption: what a clinician stated, a hospital's own codes for its patients, an incident.
    "zqbesoin": ANSM | {"prescriber", "auditor"},
    "zqregistre1ici": HOSPITAL,
    "zqregistre1ailleurs": frozenset({"prescriber2"}),
    "zqincidentici": HOSPITAL | COMPANY | ANSM | {"auditor"},
    # What ANSM asks an expert, who has declared nothing yet.
    "zqquestion": ANSM | {"expert", "auditor"},
    **OF_COMPANIES,
}


def tell(cast: Cast, where: str, initials: str, outcome: str) -> list[Story]:
    """A draft, a request under assessment and one granted, with words of their own in each confidential field."""
    told = [Story(at=timezone.now() - AGO, indication=indication(), cast=cast, given=words) for words in (
        {"patient": {"initials": "AB"}, "clinical": {"justification": f"Forme bulbaire zqbrouillon{where}"}},
        {"patient": {"initials": initials}, "clinical": {"justification": f"Forme bulbaire zqclinique{where}"}},
        {"patient": {"initials": initials}, "clinical": {"justification": f"Forme bulbaire zqclinique{where}"}},
    )]  # fmt: skip
    for story in told:
        story.draft()
    for story in told[1:]:
        _file(story, where)
    told[1].ask("Quelle est la clairance ?")
    writer = told[1].actor("prescriber")
    save_answers(reference=told[1].reference, answers={"1": f"zqreponse{where}"}, actor=writer, at=told[1].at)
    recuse(reference=told[1].reference, reason="zqrecusation", actor=demo_actor("ansm_triage"), at=told[1].at)
    told[2].propose(outcome, f"Maladie grave zqmotif{where}").do(outcome, "signatory")
    _follow(told[2], where)
    return told


def _follow(story: Story, where: str) -> None:
    """Things owed under the title, one of them done; its holder is invited to comment; a task is left."""
    number, due_on = story.title.number, civil_date(timezone.now()) + dt.timedelta(days=20)
    for kind in ("report", "notice"):
        owed = add(
            number=number, kind=kind, owed_by="holder", text=f"zqobligation{where}", due_on=due_on,
            actor=story.actor("assessor"),
        )  # fmt: skip
    mark_done(obligation=owed.pk, done_on=civil_date(story.at), proof="Fait.", actor=story.actor("prescriber"))
    invite(
        number=number, intended="suspend", grounds=f"zqgrief{where}", reply_by=due_on, actor=story.actor("signatory")
    )
    Task.objects.create(dossier=story.dossier, kind="check", role="ansm_assessor", created_at=story.at)


def _file(story: Story, where: str) -> None:
    number = "" if where == "ici" else "185057800608491"
    upload = SimpleUploadedFile(f"zqnom{where}.txt", f"zqpiece{where} {number}".encode())
    attach(dossier=story.dossier, kind="other", upload=upload, actor=story.actor("prescriber"), at=story.at)
    story.sign().file().take_up()
    post(reference=story.reference, body=f"zqmessage{where}", actor=story.actor("prescriber"), at=story.at)
    assessor = story.actor("assessor")
    post(reference=story.reference, body="zqnoteinterne", actor=assessor, staff_only=True, at=story.at)


def follow_patients() -> dict[str, list[Any]]:
    """Patients of two hospitals in an early access: under treatment, to answer, and in preparation; how to ask for
    them."""
    title = granted(at=timezone.now() - 60 * DAY)
    pseudonyms = ["AAP-2020-1~0001"]
    elsewhere = {"prescriber": "prescriber2", "pharmacist": "pharmacist2"}
    for where, initials, cast in (("ici", "XQJZP", {}), ("ailleurs", "XQJZR", elsewhere)):
        words = {"initials": initials, "diagnosis": f"Maladie zqpatient{where}"}
        told = [Patient(title, at=timezone.now() - 40 * DAY, **cast) for _rank in range(3)]
        told[0].treated(**words)
        told[1].asked(**words)
        draft = {"initials": initials, "diagnosis": f"zqdemande{where}"}
        forms.save(pseudonym=told[2].pseudonym, form="access_request", data=draft, actor=demo_actor(told[2].prescriber))
        pseudonyms += [one.pseudonym.replace("/", "~") for one in told]
    return {
        "cohort number": [*[title.number] * 9, "AAC-2020-1"],
        "access_number": [*pseudonyms, told[0].row.access_number],
        "form": ["access_request", "initiation", "follow_up", "stop", "nonsense"],
        "visit": [*[0] * 3, 1, 2, 99],
        "cohort name": [*cohort.ASKED, "nonsense"],
    }


def told_of_patients(today: dt.date) -> dict[str, list[dict[str, Any]]]:
    """What may be sent about them."""
    visit = {**VISIT, "seen_on": str(today), "effect_text": "Stable."}
    stop = {"stopped_on": str(today), "reason": "progression", "effect": "worse", "adverse_effect": "no"}
    return {
        "cohort_include": [{"answers": {**REQUEST, "initials": "AB"}}, {"source": "AAC-2026-000001"}],
        "cohort_form_save": [{"answers": one} for one in (REQUEST, visit, stop)],
        "cohort_forms_fill": [
            {"form": "follow_up", "answers": visit, "sign": True},
            {"form": "stop", "answers": stop, "sign": True},
            {"form": "access_request", "answers": REQUEST},
        ],
    }


def follow_devices() -> dict[str, list[Any]]:
    """An exemption with units at two hospitals, one of them on its way, and an incident; another being prepared."""
    at = timezone.now()
    stated = exempted(at=at - 5 * DAY).draft().invite_clinician()
    said = {"need": "Besoin zqbesoin.", "alternatives": "Aucune.", "informed": True, "signed": True}
    stated.do("state_need", stated.clinician, {**said, "patients": ["ZQB, 1961, F"]})
    title = devices.granted(at=at)
    devices.used(title, at=at, patient="ZQREGISTRE1ICI")
    devices.used(title, at=at, patient="ZQREGISTRE1AILLEURS", to=HOSPITAL_2)
    devices.shipped(title, at=at)
    devices.incident(title, at=at, what="Rupture zqincidentici.")
    return {
        "devices number": [*[title.number] * 9, "DEX-2020-1"],
        "rank": [1, 1, 2, 3, 3, 99],
        "devices name": [*units.ASKED, "nonsense"],
        "dossiers reference": [stated.reference, title.dossier.reference],
    }


def told_of_devices(today: dt.date) -> dict[str, list[dict[str, Any]]]:
    """What may be sent about them."""
    report = {"severity": "other", "what": "Rupture.", "outcome": "recovered"}
    later = (today + dt.timedelta(days=5)).isoformat()
    noted = {"on": str(today), "lot": "L9", "count": 2}
    return {
        "units_note": [noted, {**noted, "site": devices.site().pk}, {"on": str(today), "serials": ["S1", "S2"]}],
        "units_act_together": [{"units": [3], "on": str(today)}, {"units": [3], "on": str(today), "reason": "x"}],
        "incidents_report": [{"aware_on": str(today), **report, **more} for more in ({}, {"next_on": later})],
        "incidents_follow_up": [{"kind": "follow_up", **report}, {"kind": "initial", **report, "next_on": later}],
    }


def asked_of_experts(story: Story, today: dt.date) -> tuple[dict[str, list[Any]], dict[str, list[dict[str, Any]]]]:
    """A mission of the expert on this file: how to name it, and what may be sent about it."""
    until, expert = today + dt.timedelta(days=20), demo_actor("expert").membership_id
    assert expert is not None
    asking = demo_actor("ansm_assessor")
    mission = experts.ask(
        reference=story.reference, expert=expert, question="Tenable ? zqquestion", until=until, actor=asking
    )
    names = {"missions id": [*[mission.pk] * 9, 999_999], "missions reference": [story.reference]}
    return names, {
        "dossiers_ask_expert": [{"expert": expert, "question": "Tenable ?", "until": until.isoformat()}],
        "missions_declare": [{"conflict": answer, "declaration": "Aucun."} for answer in (True, False)],
        "missions_give_opinion": [{"opinion": "Favorable."}],
    }


@pytest.fixture(scope="module")
def known(demo: None) -> Known:
    told = [*tell(HERE, "ici", "XQJZK", "grant"), *tell(ELSEWHERE, "ailleurs", "XQJZW", "grant")]
    today = civil_date(timezone.now())
    of_devices, (missions, said) = follow_devices(), asked_of_experts(told[1], today)
    make_letters(drawn_by=lambda context: f"%PDF-1.7 {json.dumps(context, default=str)}".encode())
    letters = list(IssuedLetter.objects.order_by("pk"))
    described = caller("prescriber").get(f"{BASE}procedures/{told[0].dossier.procedure}/").json()
    answers = {
        section: {name: one["examples"][0] for name, one in schema["properties"].items() if one.get("examples")}
        for section, schema in described["sections"].items()
    }
    new = {"procedure": described["code"], "kind": described["kinds"][0]["code"], "answers": answers}
    renewal = {"procedure": described["code"], "kind": described["kinds"][1]["code"], "parent": told[2].title.number}
    numbers = [*(one.title.number for one in told if one.dossier.state == "granted"), "AAC-2020-1"]
    return Known(
        names={
            "reference": [*(one.reference for one in told), "AAC-D2026-9999"],
            **dict.fromkeys(("titles number", "obligations number", "comments number"), numbers),
            "obligations id": [*Obligation.objects.values_list("pk", flat=True), 999_999],
            "examination id": [*Task.objects.values_list("pk", flat=True), 999_999],
            "letters number": [*(one.number for one in letters), "L-2020-1"],
            "id": [*(one.dossier.attachments.get().pk for one in told if one.dossier.attachments.exists()), 999_999],
            "name": ["sign", "nonsense"],
            "procedures code": [described["code"], "nonsense"],
            "verify code": [*(one.verification_code for one in letters), "nonsense"],
            **follow_patients(),
            **of_devices,
            **missions,
            "dossiers reference": [
                *(one.reference for one in told),
                *of_devices["dossiers reference"],
                "AAC-D2026-9999",
            ],
            **ask_companies(),
        },
        bodies={
            "dossiers_create": [new, renewal],
            "dossiers_answers": [answers],
            "messages_create": [{"body": "Bonjour"}, {"body": "Bonjour", "staff_only": True}],
            **following(told[1]),
            **told_of_patients(today),
            **told_of_devices(today),
            **said,
            **told_of_companies(today),
        },
        acts={
            "dossiers_act": [(one["name"], payload(one)) for one in described["transitions"]],
            "titles_act": [(one["name"], payload(one)) for one in described["title"]["transitions"]],
            "filing_meetings_act": steps_of_meetings(today),
            "cohort_act": [
                (name, {one.name: one.example for one in fields}) for name, fields in cohort.ASKED.items()
            ],
            "units_act": [
                (name, {one.name: today.isoformat() if one.name == "on" else one.example for one in fields})
                for name, fields in units.ASKED.items()
            ],
        },
    )  # fmt: skip


def following(story: Story) -> dict[str, list[dict[str, Any]]]:
    """What may be sent about what follows a grant, and about who examines."""
    today = civil_date(timezone.now())
    later = (today + dt.timedelta(days=20)).isoformat()
    reason = [{"reason": "Motif."}]
    document = story.dossier.attachments.get().pk
    return {
        "obligations_create": [
            {"kind": "report", "owed_by": "holder", "text": "Suivi.", "due_on": later, "law": "CSP"},
            {"kind": "notice", "owed_by": "agency", "text": "Avis.", "due_on": later, "every_months": 2},
        ],
        "obligations_done": [{"done_on": str(today), "proof": "Fait."}, {"done_on": str(today), "document": document}],
        "obligations_cancel": reason,
        "obligations_reopen": reason,
        "comments_invite": [{"intended": "withdraw", "grounds": "Signal.", "reply_by": later}],
        "comments_answer": [{"comments": "Bien."}],
        "comments_give_up": reason,
        "dossiers_assign": [{"membership": story.actor("assessor").membership_id, "reason": "Absence."}],
        "dossiers_recuse": reason,
        "dossiers_product": [{"indication": story.dossier.indication_id}],
        "dossiers_reply_save": [{"answers": {"1": "85 mL/min."}}],
    }


def payload(transition: dict[str, Any]) -> dict[str, Any]:
    properties = transition["payload"].get("properties", {})
    return {name: one["examples"][0] for name, one in properties.items() if one.get("examples")}


def open_to(who: str, known: Known) -> dict[str, list[tuple[dict[str, Any], Any]]]:
    """The acts that the API offers this caller, with the examples of what each asks."""
    client = caller(who)
    found: dict[str, list[tuple[dict[str, Any], Any]]] = {"dossiers_act": [], "titles_act": []}
    for operation, names, name, path in (
        ("dossiers_act", known.names["reference"], "reference", "dossiers/{}/transitions/"),
        ("titles_act", known.names["titles number"], "number", "titles/{}/"),
    ):
        for one in names:
            said = client.get(BASE + path.format(one)).json()
            for act in said.get("transitions", said.get("results", [])):
                if act["allowed"]:
                    body = payload({"payload": act["payload_schema"]})
                    found[operation].append(({name: one, "name": act["name"]}, body))
    return found


def headers_of(who: str) -> dict[str, str]:
    return {} if who == NOBODY else {"Authorization": f"Bearer {token_of(who)}"}


def leaks(text: str, who: str) -> list[str]:
    heard = text.lower()
    return [word for word, readers in MAY_SEE.items() if word in heard and who not in readers]


@pytest.mark.timeout(0)
@pytest.mark.parametrize("who", CALLERS)
def test_nothing_sent_is_a_fault_or_a_leak(known: Known, who: str, request: pytest.FixtureRequest) -> None:
    first = int(os.environ.get("FUZZ_SEED") or getattr(request.config.option, "randomly_seed", 0) or 0)

    def look(text: str, case: Any) -> None:
        found = leaks(text, who)
        assert not found, f"{case.as_curl_command()}: {found} given to {who}"

    mine = known if who == NOBODY else replace(known, open_to=open_to(who, known))
    # Each caller asks in their own way: the same requests by all would find less.
    found = fuzz(mine, headers_of(who), look, cases=CASES, first=first + CALLERS.index(who))
    told = f"{who}: {found.cases} cases, seed {first}, {dict(sorted(found.statuses.items()))}"
    print(told)  # noqa: T201 - what a full run is read for
    assert not found.wrong, "\n".join([told, *found.wrong])


def test_the_words_are_found_by_who_may_see_them(known: Known) -> None:
    """Else the search above proves nothing."""
    client = caller("auditor")
    heard = []
    for path in ("", "messages/", "documents/", "letters/", "recusals/", "statements/", "experts/"):
        heard += [client.get(f"{BASE}dossiers/{one}/{path}").content for one in known.names["dossiers reference"]]
    for path in ("obligations/", "comments/"):
        heard += [client.get(f"{BASE}titles/{one}/{path}").content for one in known.names["titles number"]]
    for writer in (caller("prescriber"), caller("prescriber2")):
        heard += [writer.get(f"{BASE}dossiers/{one}/reply/").content for one in known.names["reference"]]
    heard += [b"".join(answer) for key in known.names["id"] if (answer := client.get(
        f"{BASE}documents/{key}/content/")).streaming]  # fmt: skip
    for login, number in ((one, known.names["cohort number"][0]) for one in ("prescriber", "prescriber2", "applicant")):
        reader, path = caller(login), f"{BASE}titles/{number}/cohort/"
        listed = reader.get(path).json()["results"]
        heard += [reader.get(one["url"]).content for one in listed]
    exemption = f"{BASE}titles/{known.names['devices number'][0]}/"
    heard += [caller(login).get(f"{exemption}units/").content for login in ("prescriber", "prescriber2")]
    heard.append(caller("applicant").get(f"{exemption}incidents/1/").content)
    for path, names in (
        ("dossiers/{}/company_calls/", "frameworks reference"), ("titles/{}/material/", "frameworks number"),
        ("filing_meetings/{}/", "meeting"),
    ):  # fmt: skip
        heard += [client.get(BASE + path.format(one)).content for one in known.names[names]]
    text = b"\n".join(heard).decode().lower()
    assert [word for word in MAY_SEE if word not in text] == []


def test_every_operation_is_asked() -> None:
    assert len({id_of(one) for one in operations()}) == len(operations())
    assert {"dossiers_act", "documents_create", "oauth_token", "register_csv"} <= {id_of(one) for one in operations()}


def test_a_leak_is_seen() -> None:
    assert leaks("... ZQNoteInterne ...", "prescriber") == ["zqnoteinterne"]
    assert leaks("... ZQNoteInterne ...", "ansm_assessor") == []
