"""Whole answers of invented requests to the Innovation and Referral Service, for the demonstration and for tests.

The projects, products and figures are invented: no text is about a real product.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from copy import deepcopy
from typing import Any, Final

from dossiers.forms.advice.meeting import usual_days
from workflows.advice_guards import (
    DEVICE_CLINICAL_RESEARCH,
    DEVICE_QUALIFICATION,
    MEETING,
    MOST_QUESTIONS,
    PRE_SUBMISSION,
    REGULATORY_GUIDANCE,
    SCIENTIFIC_OPINION,
    WRITTEN,
)
from workflows.meetings import AFTERNOON, MORNING

Sections = dict[str, dict[str, Any]]

_PROJECT: Final[dict[str, Any]] = {
    "name": "Projet académique Lucioles (inventé)",
    "nature": "academic",
    "siren": "",
    "institution": "Université inventée de Démoville",
    "address": "4 place de la Démonstration\n99000 Démoville",
    "contact_name": "Yaël Yvetot, investigateur coordonnateur",
    "contact_email": "lucioles@universite.example",
    "contact_phone": "01 99 00 01 04",
}
_STATEMENTS: Final[dict[str, Any]] = {"confidential": "", "not_binding": True, "states_truth": True}

_DEVICE: Final[dict[str, Any]] = {
    "name": "LUCIOLES-VISION",
    "model": "version 0.9",
    "manufacturer": "",
    "purpose": "Repérer sur une vidéo les crises d'épilepsie d'un patient hospitalisé et en avertir l'équipe de soins.",
    "users": "Neurologues et infirmières, à l'hôpital",
    "knowledge": "Étude de faisabilité sur 40 enregistrements ; aucun produit comparable n'est disponible en France.",
}
_MEDICINE: Final[dict[str, Any]] = {
    "name": "DMT-900",
    "inn": "lucioximab (DCI inventée)",
    "mechanism": "Anticorps monoclonal inventé dirigé contre une protéine d'exemple.",
    "indication": "Adultes atteints de la maladie d'Exemple, en deuxième ligne de traitement.",
    "knowledge": "Première étude chez l'homme terminée : 24 volontaires, tolérance satisfaisante (données inventées).",
}
_QUALIFICATION: Final[dict[str, Any]] = {
    "claim": "device",
    "device_class": "IIa",
    "rule": "annexe VIII, règle 11",
    "reasons": "Le logiciel a une finalité médicale, donne un résultat pour un patient et analyse les données reçues.",
    "software": "Entrée : vidéo. Traitement : réseau de neurones. Résultat : heure et type de chaque crise.",
    "materials": "Projet de notice joint.",
}
_RESEARCH: Final[dict[str, Any]] = {
    "study": "clinical_investigation",
    "study_title": "Étude inventée LUCIOLES-1",
    "synopsis": "Étude prospective et comparative, 120 patients suivis six mois ; critère principal : sensibilité.",
    "patients": 120,
    "sites": "Trois centres en France",
    "starts_on": "",
}
_QUESTIONS: Final[dict[str, list[dict[str, str]]]] = {
    SCIENTIFIC_OPINION: [
        {
            "question": "Le comparateur prévu dans l'étude de phase 3 est-il acceptable ?",
            "position": "Oui : c'est le traitement recommandé en deuxième ligne.",
        },
        {
            "question": "Une seule étude pivot suffit-elle ?",
            "position": "Oui, vu la rareté de la maladie et l'effet attendu.",
        },
    ],
    REGULATORY_GUIDANCE: [
        {
            "question": "Faut-il une autorisation pour l'étude de faisabilité du prototype ?",
            "position": "Nous pensons que non : aucun patient ne reçoit de soin d'après son résultat.",
        }
    ],
    DEVICE_QUALIFICATION: [
        {
            "question": "Le logiciel est-il un dispositif médical au sens du règlement (UE) 2017/745 ?",
            "position": "Oui : sa finalité est médicale et son résultat concerne un patient donné.",
        },
        {"question": "Si oui, de quelle classe ?", "position": "Classe IIa, règle 11."},
    ],
    DEVICE_CLINICAL_RESEARCH: [
        {
            "question": "L'étude relève-t-elle de l'article 62 ou de l'article 82 du règlement ?",
            "position": "De l'article 62 : elle vise le marquage CE.",
        }
    ],
    PRE_SUBMISSION: [
        {
            "question": "La surveillance des dix premiers patients est-elle suffisante ?",
            "position": "Oui : une visite par semaine pendant un mois.",
        }
    ],
}


def too_many_questions() -> dict[str, Any]:
    """One more than a scientific opinion answers."""
    one = _QUESTIONS[SCIENTIFIC_OPINION][0]
    return {"questions": [dict(one) for _rank in range(MOST_QUESTIONS + 1)]}


def slots(on: dt.date, count: int = 10) -> list[dict[str, str]]:
    """The first days that may be proposed on `on`, mornings and afternoons in turn."""
    return [
        {"day": day.isoformat(), "half": AFTERNOON if rank % 2 else MORNING}
        for rank, day in enumerate(usual_days(on, count))
    ]


def advice_answers(
    *, kind: str, on: dt.date, meeting: bool = False, given: Mapping[str, Mapping[str, Any]] | None = None
) -> Sections:
    """Answers that may be sent on `on`, with the `given` fields in place of the invented ones."""
    of_medicine = kind == SCIENTIFIC_OPINION
    sections: Sections = {
        "triage": {
            "product_kind": "medicine" if of_medicine else "device",
            "stage": "late_clinical" if of_medicine else "preclinical",
            "summary": "Choix du comparateur et nombre d'études pivots."
            if of_medicine
            else "Notre logiciel de repérage des crises sur vidéo : ce qu'il est en droit, et la suite.",
            "elsewhere": "no",
            "elsewhere_what": "",
            "answer": MEETING if meeting else WRITTEN,
        },
        "project": deepcopy(_PROJECT),
        "about": deepcopy(_MEDICINE if of_medicine else _DEVICE),
        "questions": {"questions": deepcopy(_QUESTIONS[kind])},
        "statements": deepcopy(_STATEMENTS),
    }
    if kind == DEVICE_QUALIFICATION:
        sections["qualification"] = deepcopy(_QUALIFICATION)
    if kind in (DEVICE_CLINICAL_RESEARCH, PRE_SUBMISSION):
        sections["research"] = {**_RESEARCH, "starts_on": (on + dt.timedelta(days=150)).isoformat()}
    if kind == PRE_SUBMISSION:
        sections["pre_submission"] = {
            "filing_on": (on + dt.timedelta(days=90)).isoformat(),
            "nearly_final": True,
            "identifier": "",
            "points": "La surveillance des premiers patients.",
        }
    if meeting:
        sections["meeting"] = {
            "slots": slots(on),
            "participants": "Yaël Yvetot, investigateur coordonnateur ; une méthodologiste.",
            "remote": "Visioconférence de préférence",
        }
    for section, values in (given or {}).items():
        sections[section] = {**sections.get(section, {}), **values}
    return sections
