"""Whole answers of invented requests for an exemption, for the demonstration and for tests: no text is about a real
device."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from copy import deepcopy
from typing import Any, Final

from dateutil.relativedelta import relativedelta

from dossiers.demo.aap_answers import pdf
from workflows.device_guards import INDIVIDUAL, pieces_needed

Sections = dict[str, dict[str, Any]]

DEVICE: Final[Sections] = {
    "request": {
        "domain": "device",
        "capacity": "manufacturer",
        "custom_made": "no",
        "investigational": "no",
    },
    "device": {
        "name": "EXTRALIA",
        "model": "EX-2",
        "references": ["EX-2-100", "EX-2-110"],
        "manufacturer": "Démo Dispositifs Kerlann",
        "country": "France",
        "description": "Instrument d'extraction de vis à empreinte propriétaire, en acier inoxydable, stérilisable.",
        "purpose": "Explantation des vis d'un système d'ostéosynthèse posé à l'étranger, par un chirurgien formé.",
        "risk_class": "IIa",
        "implantable": "no",
        "udi_di": [],
    },
    "need": {
        "condition": "Ostéosynthèse posée à l'étranger, devenue douloureuse, dont l'empreinte est propriétaire.",
        "benefit": "Explantation sans résection osseuse, seul moyen d'éviter une arthrodèse.",
        "alternatives": "Aucun extracteur marqué CE n'est compatible avec cette empreinte.",
    },
    "status": {
        "reason": "other_market",
        "tried": "Le dispositif est enregistré hors de l'Union ; un organisme notifié est saisi depuis mars.",
        "notified_body": "Organisme Démo (0000)",
        "elsewhere": "Environ 4 000 unités par an hors de l'Union (donnée inventée).",
    },
    "evidence": {
        "safety": "Biocompatibilité conforme ; aucun évènement grave en 2 000 utilisations (donnée inventée).",
        "performance": "Extraction complète dans 98 % d'une série de 120 patients (chiffres inventés).",
        "gaps": "Pas d'essai comparatif ; l'opérateur est formé par le fabricant avant l'intervention.",
        "incidents": "Aucun incident grave sur environ 4 000 unités depuis 2023 (donnée inventée).",
    },
    "supply": {
        "sites": [{"name": "CHU Démo de Valmirande", "town": "Valmirande", "finess": "990000119"}],
        "quantity": 2,
        "months": 6,
        "storage": "Formation sur site par le fabricant la veille de l'intervention.",
    },
    "contacts": {
        "holder_name": "Démo Dispositifs Kerlann",
        "holder_address": "4 quai des Inventions\n29000 Quimper",
        "contact_name": "Louise Lanvaux, affaires réglementaires",
        "contact_email": "derogations@kerlann.example",
        "contact_phone": "02 98 00 00 01",
        "vigilance_name": "Hervé Tanguy, responsable matériovigilance",
        "vigilance_email": "vigilance@kerlann.example",
        "vigilance_phone": "02 98 00 00 02",
    },
}

IN_VITRO: Final[Sections] = {
    "request": {"domain": "in_vitro"},
    "device": {
        "name": "GENORARE",
        "model": "Panel 3",
        "references": ["GR-3-024"],
        "description": "Trousse de détection d'un réarrangement rare par amplification, 24 tests.",
        "purpose": "Aide au diagnostic de la maladie de Démo chez l'enfant, sur sang total, par un laboratoire formé.",
        "risk_class": "C",
    },
    "need": {
        "condition": "Suspicion de maladie de Démo chez l'enfant, sans test marqué CE disponible.",
        "benefit": "Diagnostic en deux jours au lieu de six semaines ; traitement débuté avant les séquelles.",
        "alternatives": "Le séquençage complet n'est rendu qu'en six semaines.",
        "criteria": "Enfants suspects de la maladie de Démo, adressés par un centre de référence.",
    },
    "supply": {"quantity": 40, "months": 12},
}
"""What differs in an in-vitro diagnostic."""

WRITTEN_BY_A_CLINICIAN: Final = ("request", "device", "need")
"""Sections that a clinician who begins the file writes."""


def device_answers(
    *, kind: str, on: dt.date, patients: int = 1, in_vitro: bool = False, given: Mapping[str, Mapping[str, Any]]
) -> Sections:
    """Answers that can be filed on the civil day `on`; `given` replaces fields of a section."""
    answers = deepcopy(DEVICE)
    for section, data in (*(IN_VITRO.items() if in_vitro else ()), *given.items()):
        answers.setdefault(section, {}).update(data)
    answers["need"].setdefault("patients", patients)
    if kind != INDIVIDUAL:
        said = "Patients adultes, sans dispositif marqué CE compatible, après avis d'un centre de référence."
        answers["need"].setdefault("criteria", said)
    answers["status"].setdefault("agreement_on", (on - relativedelta(months=3)).isoformat())
    answers["status"].setdefault("ce_expected_on", (on + relativedelta(months=9)).isoformat())
    answers["commitments"] = {
        **dict.fromkeys(("ce_marking", "vigilance", "traceability", "labelling", "end_of_use", "states_truth"), True),
        "progress_by": (on + relativedelta(months=4)).isoformat(),
        **given.get("commitments", {}),
    }
    return answers


def device_documents(answers: Mapping[str, Mapping[str, Any]]) -> dict[str, tuple[str, bytes]]:
    """{kind of document: (name, PDF)}, all that these answers cannot go without."""
    return {one: (f"{one}.pdf", pdf(one.replace("_", " "))) for one in pieces_needed(answers)}
