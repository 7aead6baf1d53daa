"""What invented prescribers write, by medicine of the demonstration catalogue. No text is about a real patient."""

from __future__ import annotations

from typing import Any, Final, NamedTuple


class Case(NamedTuple):
    """`clinical`: why this patient; `since`: news at a renewal; `question` and `reply`: an exchange with ANSM;
    `no_research`, `no_treatment`, `efficacy`: the three justifications; `expert`: where the case was discussed."""

    posology: str
    clinical: str
    treatment: str
    since: str
    question: str
    reply: str
    no_research: str
    no_treatment: str
    efficacy: str
    cim10: str
    expert: str
    speciality: str


CASES: Final[dict[str, Case]] = {
    "QALSODY": Case(
        "100 mg par voie intrathécale, trois doses de charge à 14 jours d'intervalle puis toutes les 4 semaines",
        "Forme bulbaire débutante, mutation SOD1 documentée ; ALSFRS-R passé de 42 à 31 en six mois.",
        "Riluzole",
        "ALSFRS-R stable à 31 depuis six mois ; neurofilaments divisés par deux ; pas d'effet indésirable grave.",
        "Quelle est la date de la dernière mesure des neurofilaments plasmatiques ?",
        "Dosage du mois dernier : 54 pg/mL, contre 103 pg/mL à l'inclusion.",
        "Aucun essai n'est ouvert en France pour les formes SOD1 symptomatiques.",
        "Progression malgré le riluzole ; aucune alternative dans cette forme génétique.",
        "Essai VALOR et son extension : réduction des neurofilaments (N Engl J Med 2022;387:1099).",
        "G12.2",
        "Centre de référence SLA",
        "Neurologie",
    ),
    "TROGARZO": Case(
        "2 000 mg en dose de charge, puis 800 mg toutes les deux semaines en perfusion intraveineuse",
        "Infection VIH-1 multirésistante en échec virologique ; aucun schéma suppressif constructible sans lui.",
        "Dolutégravir + darunavir/ritonavir",
        "Charge virale indétectable depuis quatre mois ; lymphocytes CD4 passés de 80 à 190/mm³.",
        "Merci de joindre le dernier génotype de résistance.",
        "Génotype joint : résistance aux quatre classes, dont l'intégrase.",
        "Aucun essai ne recrute de patients en échec des quatre classes.",
        "Génotype : résistance aux inhibiteurs de protéase et de l'intégrase ; aucun schéma suppressif possible.",
        "Essai TMB-301 : baisse de la charge virale de plus de 0,5 log chez 83 % des patients au jour 14.",
        "B24",
        "Réunion de concertation VIH multirésistant",
        "Maladies infectieuses",
    ),
    "AMX0035": Case(
        "Un sachet par jour pendant trois semaines, puis un sachet matin et soir",
        "Sclérose latérale amyotrophique spinale ; premiers symptômes il y a plus de trois ans ; autonomie conservée.",
        "Riluzole",
        "Pente de déclin divisée par deux sur six mois ; diarrhées modérées, traitement poursuivi.",
        "Pourquoi le patient n'a-t-il pas pu entrer dans l'essai PHOENIX ?",
        "Les inclusions étaient closes et l'ancienneté des symptômes dépassait la limite du protocole.",
        "Patient non incluable dans l'essai PHOENIX : inclusions closes.",
        "Progression sous riluzole, seul traitement autorisé.",
        "Essai CENTAUR : ralentissement du déclin fonctionnel sur 24 semaines.",
        "G12.2",
        "Centre de référence SLA",
        "Neurologie",
    ),
    "MALACEF": Case(
        "2,4 mg/kg par voie intraveineuse à H0, H12, H24 puis toutes les 24 heures",
        "Accès palustre grave à P. falciparum au retour du Cameroun ; parasitémie à 8 %, troubles de conscience.",
        "",
        "Parasitémie négative au troisième jour ; surveillance de l'hémolyse retardée en cours.",
        "Le suivi de l'hémoglobine à J7, J14, J21 et J28 est-il organisé ?",
        "Oui, en hôpital de jour, avec dosage des LDH et de l'haptoglobine.",
        "Urgence vitale : aucune inclusion possible.",
        "Accès grave : la forme orale est impossible, la quinine intraveineuse est moins efficace.",
        "Essais SEAQUAMAT et AQUAMAT : mortalité réduite par rapport à la quinine.",
        "B50",
        "Centre national de référence du paludisme, avis téléphonique",
        "Maladies infectieuses",
    ),
    "ZEPZELCA": Case(
        "3,2 mg/m² en perfusion d'une heure toutes les trois semaines",
        "Cancer bronchique à petites cellules en progression quatre mois après carboplatine et étoposide ; ECOG 1.",
        "Carboplatine + étoposide + atézolizumab",
        "Réponse partielle au scanner de la sixième semaine ; neutropénie de grade 2.",
        "Merci de préciser l'indice ECOG du jour et le dernier bilan hépatique.",
        "ECOG 1 ; transaminases et bilirubine normales.",
        "Aucun essai ouvert au-delà de la première rechute dans la région.",
        "Progression après platine et immunothérapie ; topotécan contre-indiqué par l'état hématologique.",
        "Phase 2 en rechute : 35 % de réponses (Lancet Oncol 2020;21:645).",
        "C34.9",
        "Réunion de concertation d'oncologie thoracique",
        "Oncologie thoracique",
    ),
}

INITIALS: Final = ("MR", "JD", "ALB", "CPT", "SV", "NLG", "EK", "TB", "HM", "PAD", "OR", "FZ", "LC", "IG", "WD", "BQ")


def request_of(case: Case) -> dict[str, dict[str, Any]]:
    """The answers of a request that only this case can give; `Story` takes the rest from the form's examples."""
    return {
        "medicine": {"posology": case.posology},
        "justification": {
            "no_research": case.no_research,
            "no_treatment": case.no_treatment,
            "efficacy_safety": case.efficacy,
        },
        "history": {
            "none": not case.treatment,
            "treatments": [{"treatment": case.treatment, "started": "2025-03", "response": "none"}]
            if case.treatment
            else [],
        },
        "clinical": {
            "justification": case.clinical,
            "cim10": case.cim10,
            "orpha": "",
            "rcp_place": case.expert,
            "rcp_conclusion": "Avis favorable.",
        },
        "prescriber": {"speciality": case.speciality, "ward": case.speciality},
        "research": {"references": []},
    }
