"""What invented prescribers write, by medicine of the demonstration catalogue. No text is about a real patient."""

from __future__ import annotations

from typing import Final, NamedTuple


class Case(NamedTuple):
    """`clinical`: why this patient; `since`: news at a renewal; `question` and `reply`: an exchange with ANSM."""

    posology: str
    clinical: str
    treatment: str
    since: str
    question: str
    reply: str


CASES: Final[dict[str, Case]] = {
    "QALSODY": Case(
        "100 mg par voie intrathécale, trois doses de charge à 14 jours d'intervalle puis toutes les 4 semaines",
        "Forme bulbaire débutante, mutation SOD1 documentée ; ALSFRS-R passé de 42 à 31 en six mois.",
        "Riluzole",
        "ALSFRS-R stable à 31 depuis six mois ; neurofilaments divisés par deux ; pas d'effet indésirable grave.",
        "Quelle est la date de la dernière mesure des neurofilaments plasmatiques ?",
        "Dosage du mois dernier : 54 pg/mL, contre 103 pg/mL à l'inclusion.",
    ),
    "TROGARZO": Case(
        "2 000 mg en dose de charge, puis 800 mg toutes les deux semaines en perfusion intraveineuse",
        "Infection VIH-1 multirésistante en échec virologique ; aucun schéma suppressif constructible sans lui.",
        "Dolutégravir + darunavir/ritonavir",
        "Charge virale indétectable depuis quatre mois ; lymphocytes CD4 passés de 80 à 190/mm³.",
        "Merci de joindre le dernier génotype de résistance.",
        "Génotype joint : résistance aux quatre classes, dont l'intégrase.",
    ),
    "AMX0035": Case(
        "Un sachet par jour pendant trois semaines, puis un sachet matin et soir",
        "Sclérose latérale amyotrophique spinale ; premiers symptômes il y a plus de trois ans ; autonomie conservée.",
        "Riluzole",
        "Pente de déclin divisée par deux sur six mois ; diarrhées modérées, traitement poursuivi.",
        "Pourquoi le patient n'a-t-il pas pu entrer dans l'essai PHOENIX ?",
        "Les inclusions étaient closes et l'ancienneté des symptômes dépassait la limite du protocole.",
    ),
    "MALACEF": Case(
        "2,4 mg/kg par voie intraveineuse à H0, H12, H24 puis toutes les 24 heures",
        "Accès palustre grave à P. falciparum au retour du Cameroun ; parasitémie à 8 %, troubles de conscience.",
        "Aucun traitement antérieur",
        "Parasitémie négative au troisième jour ; surveillance de l'hémolyse retardée en cours.",
        "Le suivi de l'hémoglobine à J7, J14, J21 et J28 est-il organisé ?",
        "Oui, en hôpital de jour, avec dosage des LDH et de l'haptoglobine.",
    ),
    "ZEPZELCA": Case(
        "3,2 mg/m² en perfusion d'une heure toutes les trois semaines",
        "Cancer bronchique à petites cellules en progression quatre mois après carboplatine et étoposide ; ECOG 1.",
        "Carboplatine + étoposide + atézolizumab",
        "Réponse partielle au scanner de la sixième semaine ; neutropénie de grade 2.",
        "Merci de préciser l'indice ECOG du jour et le dernier bilan hépatique.",
        "ECOG 1 ; transaminases et bilirubine normales.",
    ),
}

INITIALS: Final = ("MR", "JD", "ALB", "CPT", "SV", "NLG", "EK", "TB", "HM", "PAD", "OR", "FZ", "LC", "IG", "WD", "BQ")
