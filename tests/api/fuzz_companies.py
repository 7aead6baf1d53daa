"""What companies say to agencies, for `test_fuzz`: their calls and replies, their material, their meetings."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from django.utils import timezone

from api import filing_meetings
from dossiers.demo.cpc_story import Framework
from dossiers.demo.filing_meeting_story import Meeting, written
from dossiers.demo.story import demo_actor
from dossiers.models import InformationMaterial
from dossiers.services import material
from tests.cohort.world import DAY

ASK: Final = frozenset({"applicant", "contributor"})
COMPANY: Final = ASK | {"pharmacovigilance"}
AGENCIES: Final = frozenset({
    "ansm_triage", "ansm_assessor", "ansm_signatory", "ansm_vigilance", "has_officer", "has_college", "ct_secretary",
})  # fmt: skip
ANSM: Final = frozenset(role for role in AGENCIES if role.startswith("ansm"))
OF_COMPANIES: Final[dict[str, frozenset[str]]] = {
    # Frameworks: what each company says to ANSM, of which its competitor and the reporter know nothing.
    "zqventesici": COMPANY | ANSM | {"ministry_reader", "auditor"},
    "zqventesailleurs": ANSM | {"ministry_reader", "auditor"},
    "zqprojetdecadre": COMPANY | ANSM | {"ministry_reader", "auditor"},
    "zqdepliant": COMPANY | ANSM | {"auditor"},
    # Meetings before a filing: one in preparation, and one sent.
    "zqrendezvousbrouillon": ASK | {"auditor"},
    "zqrendezvousici": ASK | AGENCIES | {"auditor"},
    "zqrendezvousailleurs": AGENCIES | {"auditor"},
}
"""Word -> who may be given it."""


def ask_companies() -> dict[str, list[Any]]:
    """A framework of two companies under which each replied, one that is granted with material, and meetings; how to
    ask for them."""
    group = "Laboratoires Démo Aurélia\nDémo Biotech Norvane"
    asked = Framework(at=timezone.now() - 50 * DAY, companies=group).draft().report().notify(asked="zqprojetdecadre")
    asked.says("zqventesici").says("zqventesailleurs", login="applicant2")
    framework = Framework(at=timezone.now() - 90 * DAY).granted()
    number = framework.title.number
    for rank in range(2):
        material.submit(number=number, name=f"zqdepliant {rank}", description="x", actor=demo_actor("applicant"))
    at = timezone.now() - 5 * DAY
    draft = Meeting(at=at, given={"questions": "zqrendezvousbrouillon"}).draft()
    sent = Meeting(at=at, given={"questions": "zqrendezvousici"}).asked()
    planned = Meeting(at=at, given={"questions": "zqrendezvousici"}).planned()
    others = Meeting(at=at, company="applicant2", given={"questions": "zqrendezvousailleurs"}).asked()
    return {
        "frameworks reference": [asked.reference, asked.reference, framework.reference, "CPC-D-2020-9"],
        "frameworks number": [number, number, "CPC-2020-1"],
        "frameworks id": [*InformationMaterial.objects.values_list("pk", flat=True), 999_999],
        "meeting": [*(one.reference for one in (draft, sent, planned, others)), "RDV-2020-000001"],
        "filing_meetings name": [*filing_meetings.ASKED, "nonsense"],
    }


def told_of_companies(today: dt.date) -> dict[str, list[dict[str, Any]]]:
    """What may be sent about them."""
    said = written(today)
    days = [day.isoformat() for day in said["days"]]
    request = {**said, "files_on": said["files_on"].isoformat(), "days": days}
    return {
        "company_calls_reply": [{"text": "Deux essais."}],
        "material_submit": [{"name": "Lettre", "description": "Texte."}],
        "material_opinion": [{"opinion": "favourable"}, {"opinion": "unfavourable", "reasons": "Publicité."}],
        "filing_meetings_create": [request, {"product": "X", "medicine": None, "dossier": ""}],
        "filing_meetings_write": [request, dict.fromkeys(request)],
    }


def steps_of_meetings(today: dt.date) -> list[tuple[str, dict[str, Any]]]:
    days = [day.isoformat() for day in written(today)["days"]]
    when = {"day": days[0], "starts_at": "11:00", "place": "Salle 3"}
    given: dict[str, dict[str, Any]] = {
        "plan": when, "arrange": when, "offer": {"days": days}, "propose": {"days": days, "words": "Autres."},
        "choose": {"day": days[0]}, "hold": {"held_on": str(today), "minutes": "Oui."}, "correct": {"minutes": "Non."},
        "decline": {"reason": "Avis."}, "link": {"dossier": ""},
    }  # fmt: skip
    return [(name, given.get(name, {})) for name in filing_meetings.ASKED]
