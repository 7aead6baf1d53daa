"""Whole answers of invented early access requests (AAP), for the demonstration and for tests.

The products, companies, figures and publications are invented: no text is about a real medicine. Two products are told,
one per pathway; a renewal, new data and an MA obtained are told of the same products.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from copy import deepcopy
from typing import Any, Final

from dateutil.relativedelta import relativedelta

from dossiers.forms.aap.pathway import FIRST, MA_OBTAINED, NEW_DATA, POST_MA, PRE_MA
from workflows.aap_documents import documents_needed
from workflows.aap_guards import RENEWAL

Sections = dict[str, dict[str, Any]]

KINDS_BY_PATHWAY: Final = (
    *((kind, pathway) for kind in (FIRST, RENEWAL, NEW_DATA) for pathway in (PRE_MA, POST_MA)),
    (MA_OBTAINED, POST_MA),
)
"""Every kind with each pathway that it may have."""

_CONTACTS: Final = {
    "capacity": "holder",
    "holder_name": "Laboratoires Demeter (entreprise inventée)",
    "holder_address": "12 rue des Inventions\n75000 Paris",
    "contact_name": "Alex Martin, affaires réglementaires",
    "contact_email": "acces.precoce@demeter.example",
    "contact_phone": "01 23 45 67 89",
    "vigilance_name": "Camille Bernard, responsable pharmacovigilance",
    "vigilance_email": "pharmacovigilance@demeter.example",
    "vigilance_phone": "01 23 45 67 90",
}

_PRODUCTS: Final[dict[str, Sections]] = {
    PRE_MA: {
        "product": {
            "name": "SOLVANTIA",
            "code_name": "DMT-204",
            "inn": "solvantimab (DCI inventée)",
            "form": "solution à diluer pour perfusion",
            "strength": "100 mg/5 mL",
            "atc": "L01FX99",
            "prescription_class": ["Médicament réservé à l'usage hospitalier"],
        },
        "indication": {
            "claimed": "Traitement des patients adultes atteints d'un cholangiocarcinome intrahépatique localement "
            "avancé ou métastatique avec réarrangement DMT1, après échec d'au moins une ligne de chimiothérapie.",
            "simplified": "Cancer des voies biliaires avancé avec réarrangement DMT1, après une chimiothérapie",
            "population": "Environ 150 patients par an en France, d'après le registre national (donnée inventée).",
            "expected_patients": 90,
        },
    },
    POST_MA: {
        "product": {
            "name": "NEUROLYSE",
            "inn": "neurolysine (DCI inventée)",
            "form": "comprimé pelliculé",
            "strength": "50 mg",
            "atc": "N07XX99",
            "prescription_class": ["Médicament réservé à l'usage hospitalier"],
        },
        "indication": {
            "claimed": "Traitement de l'ataxie héréditaire de Demeter chez les adultes et les adolescents âgés de "
            "16 ans et plus, dont le score EXEMPLE-12 est inférieur à 40.",
            "simplified": "Ataxie héréditaire de Demeter à partir de 16 ans",
            "population": "Environ 600 patients suivis par les centres de référence (donnée inventée).",
            "expected_patients": 250,
        },
    },
}

_CRITERIA: Final[Sections] = {
    PRE_MA: {
        "serious": "Cancer au pronostic sombre : médiane de survie inférieure à 12 mois en deuxième ligne. Douleurs, "
        "ictère et dénutrition altèrent rapidement la qualité de vie.",
        "no_alternative": "Après échec de la première ligne, seule une chimiothérapie de faible efficacité est "
        "recommandée. Aucun traitement ciblé du réarrangement DMT1 n'est disponible ni remboursé.",
        "comparators": [
            {
                "name": "Chimiothérapie de deuxième ligne",
                "reimbursed": "yes",
                "why_not": "Réponse chez 5 % des patients seulement, toxicité élevée",
            },
            {"name": "Soins de support seuls", "reimbursed": "yes", "why_not": "N'agissent pas sur la tumeur"},
        ],
        "cannot_wait": "La survie sans progression est de trois mois sous chimiothérapie : attendre l'AMM puis la "
        "prise en charge ferait perdre une chance à la plupart des patients.",
        "innovative": "Premier traitement ciblé de ce réarrangement. Réponse durable chez près d'un patient sur deux. "
        "L'essai de phase 3 DMT-3 rendra ses résultats dans 18 mois. Rien ne suggère un effet délétère.",
        "efficacy_safety": "Essai de phase 2 DMT-2 (n = 103, résultats inventés) : réponse objective 42 %, durée "
        "médiane 9,7 mois. Hyperphosphatémie chez 55 % des patients, contrôlée par le régime et les chélateurs.",
    },
    POST_MA: {
        "serious": "Maladie rare et invalidante : perte de la marche en moyenne 12 ans après le début des signes, "
        "atteinte cardiaque qui réduit l'espérance de vie.",
        "no_alternative": "Aucun traitement de fond n'existe. La rééducation ne ralentit pas la maladie.",
        "comparators": [],
        "cannot_wait": "Chaque année sans traitement fait perdre deux points du score EXEMPLE-12, sans retour.",
        "innovative": "Premier médicament qui ralentit la maladie, avec maintien de la marche dans l'essai ; "
        "l'extension en ouvert à cinq ans est en cours.",
        "efficacy_safety": "",
    },
}

_PUT_RD: Final[dict[str, Any]] = {
    "purpose": "Donner l'accès aux patients de l'indication et documenter l'efficacité et la qualité de vie au-delà de "
    "la durée des essais, ainsi que les motifs d'arrêt.",
    "conditions": "Prescription par un médecin spécialiste hospitalier après réunion de concertation. Dispensation par "
    "la pharmacie à usage intérieur. Contre-indications et adaptations de dose : voir le RCP.",
    "monitoring": "Bilan biologique avant le début, puis à chaque visite. Arrêt en cas de progression ou d'effet "
    "indésirable grave imputable.",
    "visits": [
        {"label": "J15", "days": 15},
        {"label": "M1", "months": 1},
        {"label": "M3", "months": 3},
        {"label": "M6", "months": 6},
    ],
    "every_months": 3,
    "pharmacovigilance": "Tout effet indésirable et toute situation particulière (grossesse, erreur, mésusage, "
    "surdosage) sont déclarés sans délai au CRPV dont dépend le prescripteur.",
    "information": "Avant le traitement, le patient reçoit une note et des explications : absence d'alternative, "
    "risques connus, contraintes, bénéfice attendu, données recueillies et droits sur celles-ci.",
    "roles": "Le prescripteur et le pharmacien demandent l'accès et saisissent les données ; le laboratoire fournit le "
    "médicament, répond sans délai et analyse ; le CRPV chargé du suivi national évalue les effets indésirables.",
    "crpv": "CRPV de Lyon",
    "register": "application",
    "report_months": 6,
    "variables_access_request": ["stage", "biomarkers", "ecog", "rcp_on"],
    "variables_initiation": ["ecog", "imaging", "qol_questionnaire", "qol_score", "creatinine", "alt"],
    "variables_follow_up": ["ecog", "imaging", "qol_questionnaire", "qol_score", "creatinine", "alt"],
    "variables_stop": ["died_on", "next_treatment"],
}

_MEASURES: Final = {
    PRE_MA: [{"label": "Somme des lésions cibles", "unit": "mm"}],
    POST_MA: [{"label": "Score EXEMPLE-12", "unit": "points"}],
}
_TRIALS: Final = {
    PRE_MA: [
        {"title": "DMT-2, phase 2 non comparative", "reference": "NCT00000002", "status": "finished",
         "investigator": "Pr Dominique Petit", "sites": "Paris (Dr Roux), Lyon (Dr Blanc)"},
        {"title": "DMT-3, phase 3 contre chimiothérapie", "reference": "NCT00000003", "status": "ongoing",
         "investigator": "Pr Dominique Petit", "sites": "Paris (Dr Roux), Lille (Dr Noir)"},
    ],
    POST_MA: [
        {"title": "ATAXIE-1, phase 3 contre placebo", "reference": "NCT00000004", "status": "finished",
         "investigator": "Pr Claude Vidal", "sites": "Paris (Dr Roux), Montpellier (Dr Vert)"},
    ],
}  # fmt: skip


def aap_answers(
    *, kind: str = FIRST, pathway: str = PRE_MA, on: dt.date, given: Mapping[str, Mapping[str, Any]] | None = None
) -> Sections:
    """Raw answers that can be signed on the civil day `on`, with those `given` on top, field by field.

    Raises KeyError for a pathway that does not exist; an MA obtained is always after the MA.
    """
    pathway = POST_MA if kind == MA_OBTAINED else pathway
    answers: Sections = {
        **deepcopy(_PRODUCTS[pathway]),
        "request": {"pathway": pathway, "meeting_on": _before(on, days=90)},
        "contacts": dict(_CONTACTS),
        "criteria": deepcopy(_CRITERIA[pathway]),
        "trials": {"trials": deepcopy(_TRIALS[pathway])},
        "put_rd": {**deepcopy(_PUT_RD), "measures": deepcopy(_MEASURES[pathway])},
        "annexes": {
            "bibliography": "Petit D. et al. Essai inventé. Revue d'Exemple 2026;1:1-10.",
            "confidential": "Procédé de fabrication (secret des affaires).",
        },
        **(_before_the_ma(kind, on) if pathway == PRE_MA else _after_the_ma(on)),
    }
    if kind == FIRST:
        answers["gmo"] = {"is_gmo": "no"}
    else:
        answers["request"]["change_summary"] = _CHANGES[kind]
        answers["data_since_grant"] = _since(kind, on)
    for section, values in (given or {}).items():
        answers[section] = {**answers.get(section, {}), **values}
    return answers


_CHANGES: Final = {
    RENEWAL: "Demande de renouvellement : critères toujours remplis, protocole inchangé.",
    NEW_DATA: "Nouvelles données de survie globale ; aucun changement du protocole.",
    MA_OBTAINED: "AMM obtenue dans l'indication de l'accès précoce ; le nom et le RCP sont ceux de l'AMM.",
}


def _before(on: dt.date, *, days: int) -> str:
    return (on - dt.timedelta(days=days)).isoformat()


def _commitments(**others: Any) -> dict[str, Any]:
    made = ("supply", "continuity", "data_collection", "states_truth")
    return {**dict.fromkeys(made, True), **others}


def _before_the_ma(kind: str, on: dt.date) -> Sections:
    # A renewal counts the two years from the authorisation: a day that is also within them.
    within = relativedelta(months=18 if kind == FIRST else 6)
    return {
        "regulatory": {
            "ema_filed_on": "",
            "chmp_favourable_on": "",
            "foreign": "Aucune autorisation ni aucun refus à l'étranger.",
            "prior_access": "Douze autorisations d'accès compassionnel depuis un an.",
        },
        "quality": {
            "file": "brochure",
            "version_on": _before(on, days=120),
            "quality": "Fabrication et libération dans l'Union européenne ; conservation 24 mois entre 2 et 8 °C.",
            "clinical": "310 patients exposés ; principaux risques : hyperphosphatémie, toxicité oculaire.",
        },
        "texts": {
            "smpc": True,
            "leaflet": True,
            "label": True,
            "origin": "Projets établis en français par le laboratoire d'après la brochure de l'investigateur.",
        },
        "commitments": _commitments(ma_application_by=(on + within).isoformat()),
    }


def _after_the_ma(on: dt.date) -> Sections:
    return {
        "regulatory": {
            "ma_number": "EU/1/26/0000/001",
            "ma_on": _before(on, days=20),
            "foreign": "États-Unis : autorisée depuis six mois dans la même indication (donnée inventée).",
            "prior_access": "",
        },
        "ma_texts": {"annexes": True, "annexes_on": _before(on, days=20), "difference": ""},
        "commitments": _commitments(listing_request=True),
    }


def _since(kind: str, on: dt.date) -> dict[str, Any]:
    return {
        "period_from": _before(on, days=270),
        "period_to": _before(on, days=20),
        "patients": 84,
        "report": "84 patients traités dans 31 établissements ; 61 % stables ou améliorés à six mois ; 12 effets "
        "indésirables graves, tous attendus ; rapport bénéfice/risque inchangé (chiffres inventés).",
        "new_data": "Survie globale à 12 mois de 64 % dans l'essai de phase 2 (chiffre inventé)."
        if kind == NEW_DATA
        else "Aucune donnée nouvelle hors de l'accès précoce.",
        "alternatives": "Aucune nouvelle alternative depuis la décision.",
    }


# ------------------------------------------------------------------------------------------------ documents


def pdf(title: str) -> bytes:
    """A valid PDF of one page that says `title` (ASCII) and that it is invented."""
    shown = f"{title} - document de demonstration, invente".translate({ord(one): None for one in "()\\"})
    stream = f"BT /F1 14 Tf 72 760 Td ({shown}) Tj ET".encode("ascii", "replace")
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
        b"/Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
    )
    written, offsets = b"%PDF-1.4\n", []
    for number, one in enumerate(objects, 1):
        offsets.append(len(written))
        written += b"%d 0 obj\n%s\nendobj\n" % (number, one)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    end = b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, len(written))
    return written + b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1) + table + end


def aap_documents(kind: str, answers: Mapping[str, Mapping[str, Any]]) -> dict[str, tuple[str, bytes]]:
    """{kind of document: (name, PDF)}, all that these answers cannot go without."""
    return {one: (f"{one}.pdf", pdf(one.replace("_", " "))) for one in documents_needed(kind, answers)}
