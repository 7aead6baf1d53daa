"""Invented AAC histories in the format of `import_history`: the same number and seed always make the same file.

python -m benchmarks.histories 10000 > histories.json
"""

from __future__ import annotations

import datetime as dt
import json
import random
import sys
from collections.abc import Iterator
from typing import Any

from workflows.dates import last_day_of_a_period

ONE_DAY = dt.timedelta(days=1)
PRODUCTS = {
    "QALSODY": ("Sclérose latérale amyotrophique avec mutation du gène SOD1", dt.date(2022, 2, 1)),
    "AMX0035": ("Sclérose latérale amyotrophique", dt.date(2023, 10, 1)),
    "TROGARZO": (
        "Infection VIH-1 multirésistante de l'adulte sans autre schéma suppressif possible",
        dt.date(2023, 6, 1),
    ),
}
"""Entries of the demonstration's referential, and the day they open."""

HOSPITALS = ("CHU Démo de Valmirande", *(f"Hôpital inventé n° {rank}" for rank in range(1, 40)))
LAST_DAY = dt.date(2026, 4, 30)
"""Of the first requests: their last renewal is asked for five months later."""

ENDINGS = (
    *["run"] * 5,
    "renewed",
    "renewed",
    "stopped",
    "suspended",
    "withdrawn",
    "refused",
    "asked",
    "closed",
    "given_up",
)
Steps = list[dict[str, Any]]


def answers(rank: int, kind: str = "initial") -> dict[str, dict[str, Any]]:
    """What a request must say, short of its product: invented."""
    said: dict[str, dict[str, Any]] = {
        "medicine": {"posology": "Une injection toutes les quatre semaines.", "duration_days": 180},
        "request": {"track": "B", "urgent": "no"},
        "patient": {
            "initials": "DM",
            "birth_month": f"{1950 + rank % 50}-04",
            "sex": "FM"[rank % 2],
            "weight_kg": "62.5",
        },
        "justification": {
            "no_research": "Aucun essai ouvert.",
            "no_treatment": "Progression sous traitement.",
            "efficacy_safety": "Essai de phase 3 publié.",
        },
        "history": {"none": True},
        "clinical": {"justification": "Aggravation en six mois.", "cim10": "G12.2"},
        "research": {},
        "prescriber": {
            "quality": "Praticien hospitalier",
            "speciality": "Neurologie",
            "ward": "Neurologie",
            "phone": "01 42 16 00 00",
        },
        "undertakings": {"informs_patient": True, "follows_protocol": True, "states_truth": True},
    }
    if kind == "renewal":
        del said["justification"]
        said["renewal"] = {"clinical_data": "Stable depuis l'octroi.", "adverse_effects": "none", "useful": True}
    return said


def histories(count: int, seed: int = 1) -> Iterator[dict[str, Any]]:
    """`count` cases, a renewal right after what it renews."""
    chance = random.Random(seed)  # noqa: S311 - invented data, no secret
    made = 0
    while made < count:
        for case in _told(made, chance)[: count - made]:
            made += 1
            yield case


def _told(rank: int, chance: random.Random) -> list[dict[str, Any]]:
    """One file and its renewal, if it has one."""
    product = chance.choice(sorted(PRODUCTS))
    indication, opened = PRODUCTS[product]
    day = opened + ONE_DAY * chance.randrange((LAST_DAY - opened).days)
    ending = chance.choice(ENDINGS)
    case: dict[str, Any] = {
        "id": f"H-{rank:06d}",
        "procedure": "aac",
        "kind": "initial",
        "product": product,
        "indication": indication,
        "applicant": chance.choice(HOSPITALS),
        "answers": answers(rank),
        "steps": filed(day),
    }
    if ending == "given_up":
        case["steps"] += [_step(day + ONE_DAY, "withdraw", "prescriber", reason="Entrée dans un essai.")]
        return [case]
    if ending == "closed":
        case["steps"] += closed(day + ONE_DAY)
        return [case]
    if ending == "asked":
        case["steps"] += asked(day + ONE_DAY)
        day += 10 * ONE_DAY
    if ending == "refused":
        case["steps"] += decided(day + ONE_DAY, "refuse")
        return [case]
    case["steps"] += decided(day + ONE_DAY, "grant", taken_up=ending == "asked")
    granted = day + 4 * ONE_DAY
    case["steps"] += lived(granted, ending)
    if ending != "renewed":
        return [case]
    last = last_day_of_a_period(granted, 6)
    again = last - 30 * ONE_DAY
    steps = [*filed(again), *decided(again + ONE_DAY, "grant", starts_on=last + ONE_DAY)]
    renewal = {
        **case,
        "id": f"{case['id']}-R",
        "kind": "renewal",
        "parent": case["id"],
        "answers": answers(rank, "renewal"),
        "steps": steps,
    }
    return [case, renewal]


# ------------------------------------------------------------------------------------------------------ steps


def _step(day: dt.date, transition: str, role: str, **payload: Any) -> dict[str, Any]:
    return {"at": day.isoformat(), "transition": transition, "role": role, "payload": payload}


def filed(day: dt.date) -> Steps:
    return [_step(day, "sign", "prescriber"), _step(day, "file", "pharmacist", compliance=True)]


def asked(day: dt.date) -> Steps:
    by = (day + 14 * ONE_DAY).isoformat()
    return [
        _step(day, "take_up", "ansm_assessor"),
        _step(day, "request_information", "ansm_assessor", questions=["Quelle est la clairance ?"], reply_by=by),
        _step(day + 5 * ONE_DAY, "answer", "prescriber", answers={"1": "80 mL/min."}),
    ]


def closed(day: dt.date) -> Steps:
    return [
        *asked(day)[:2],
        _step(day + 10 * ONE_DAY, "remind", "ansm_assessor"),
        _step(day + 20 * ONE_DAY, "close_without_action", "ansm_assessor", reason="Aucune réponse après la relance."),
    ]


def decided(day: dt.date, outcome: str, *, taken_up: bool = False, starts_on: dt.date | None = None) -> Steps:
    proposal: dict[str, Any] = {"outcome": outcome, "reasons": "Maladie grave sans alternative."}
    if outcome == "grant":
        first = starts_on or day + 3 * ONE_DAY
        proposal |= {"starts_on": first.isoformat(), "ends_on": last_day_of_a_period(first, 6).isoformat()}
    steps = [
        _step(day, "take_up", "ansm_assessor"),
        _step(day + 2 * ONE_DAY, "propose", "ansm_assessor", **proposal),
        _step(day + 3 * ONE_DAY, outcome, "ansm_signatory"),
    ]
    return steps[1:] if taken_up else steps


def lived(granted: dt.date, ending: str) -> Steps:
    day = granted + 40 * ONE_DAY
    match ending:
        case "stopped":
            return [_step(day, "stop_treatment", "prescriber", stopped_on=day.isoformat(), reason="tolerance")]
        case "suspended":
            until = (day + 30 * ONE_DAY).isoformat()
            return [_step(day, "suspend", "ansm_signatory", reason="Signal.", until=until, emergency=True)]
        case "withdrawn":
            return [_step(day, "withdraw", "ansm_signatory", reason="Bénéfice défavorable.", emergency=True)]
    return []


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    json.dump(list(histories(count)), sys.stdout, ensure_ascii=False)


if __name__ == "__main__":
    main()
