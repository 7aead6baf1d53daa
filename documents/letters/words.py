"""From facts to the French words of a letter. Pure: the same frozen context always gives the same words."""

from __future__ import annotations

import datetime as dt
import unicodedata
from dataclasses import dataclass, replace
from typing import Any, Final

MONTHS: Final = (
    "janvier", "février", "mars", "avril", "mai", "juin",
    "juillet", "août", "septembre", "octobre", "novembre", "décembre",
)  # fmt: skip
SEXES: Final = {"M": "masculin", "F": "féminin"}


@dataclass(frozen=True)
class Issuer:
    """The body whose letter it is: its head, and how it is named where it answers an appeal."""

    name: str
    unit: str
    appeal_to: str
    answer_of: str
    college: str = ""


ISSUERS: Final = {
    "ansm": Issuer(
        name="Agence nationale de sécurité du médicament et des produits de santé",
        unit="Accès dérogatoires aux médicaments",
        appeal_to="à la direction générale de l’Agence nationale de sécurité du médicament et des produits de santé",
        answer_of="de l’Agence",
    ),
    "gio": Issuer(
        name="Agence nationale de sécurité du médicament et des produits de santé",
        unit="Guichet Innovation et Orientation",
        appeal_to="à la direction générale de l’Agence nationale de sécurité du médicament et des produits de santé",
        answer_of="de l’Agence",
    ),
    "has": Issuer(
        name="Haute Autorité de santé",
        unit="Accès précoce aux médicaments",
        appeal_to="à la présidence de la Haute Autorité de santé",
        answer_of="de la Haute Autorité de santé",
        college="Pour le collège de la Haute Autorité de santé,",
    ),
}

ISSUERS_OF_DEVICES: Final = {
    "ansm": replace(
        ISSUERS["ansm"], unit="Dispositifs médicaux et dispositifs médicaux de diagnostic in vitro : dérogations"
    )
}
"""The body's department for devices."""


@dataclass(frozen=True)
class Regime:
    """How the letters about a title name it and its law, and those who hold it. Nouns are feminine: "une
    autorisation", "elle". `body` decides on it; `scope` is what the designation below gives; the rest is said of the
    holders who were heard. `suspension_law`: empty where no article of the code rules it. `end_law`: of an end within
    three months of the MA, empty where the law gives no such term.
    """

    name: str
    law: str
    suspension_law: str
    end_law: str
    body: str
    scope: str
    notified: str
    of_holder: str
    invited: str
    comments: str
    silent: str


REGIMES: Final = {
    "aac": Regime(
        name="autorisation d’accès compassionnel",
        law="le II de l’article L. 5121-12-1 et les articles R. 5121-74 à R. 5121-74-10",
        suspension_law="R. 5121-74-8",
        end_law="R. 5121-74-9",
        body="ansm",
        scope="le médicament, le patient, le prescripteur et la pharmacie à usage intérieur désignés ci-dessous",
        notified="au prescripteur et à la pharmacie à usage intérieur",
        of_holder="du prescripteur et de la pharmacie à usage intérieur",
        invited="le prescripteur et la pharmacie à usage intérieur ont été invités",
        comments="leurs observations",
        silent="n’en ont pas présenté",
    ),
    "aap": Regime(
        name="autorisation d’accès précoce",
        law="les articles L. 5121-12 et R. 5121-68 à R. 5121-73-1",
        suspension_law="R. 5121-72-1",
        end_law="",
        body="has",
        scope="la spécialité et l’indication désignées ci-dessous",
        notified="au titulaire de l’autorisation",
        of_holder="du titulaire de l’autorisation",
        invited="le titulaire de l’autorisation a été invité",
        comments="ses observations",
        silent="n’en a pas présenté",
    ),
    "cpc": Regime(
        name="autorisation de prescrire dans un cadre de prescription compassionnelle",
        law="le III de l’article L. 5121-12-1 et les articles R. 5121-76-1 à R. 5121-76-11",
        suspension_law="R. 5121-76-9",
        end_law="",
        body="ansm",
        scope="les spécialités et l’indication désignées ci-dessous",
        notified="aux exploitants des spécialités et publiée sur le site de l’Agence",
        of_holder="des exploitants des spécialités",
        invited="les exploitants des spécialités ont été invités",
        comments="leurs observations",
        silent="n’en ont pas présenté",
    ),
    "device_exemption": Regime(
        name="autorisation dérogatoire",
        law="le II de l’article L. 5211-3 et le II de l’article L. 5221-3",
        suspension_law="",
        end_law="",
        body="ansm",
        scope="le dispositif désigné ci-dessous",
        notified="au fabricant ; les établissements autorisés en sont informés",
        of_holder="du fabricant",
        invited="le fabricant a été invité",
        comments="ses observations",
        silent="n’en a pas présenté",
    ),
}
"""Procedure that granted the title -> the words of its letters."""

CRITERIA: Final = {
    "serious": "La maladie est grave, rare ou invalidante",
    "no_alternative": "Il n’existe pas de traitement approprié",
    "cannot_wait": "La mise en œuvre du traitement ne peut pas être différée",
    "innovative": "Le médicament est présumé innovant, notamment au regard d’un éventuel comparateur cliniquement "
    "pertinent",
    "efficacy_safety": "L’efficacité et la sécurité du médicament sont fortement présumées au vu des résultats "
    "d’essais thérapeutiques",
}
"""The conditions of CSP L.5121-12 II, in the order in which the decision gives them."""

FINDINGS: Final = {"met": "critère rempli", "not_met": "critère non rempli", "not_examined": "critère non examiné"}


@dataclass(frozen=True)
class Cause:
    """Why an authority ends a title early, and how the patient may go on, when the cause itself says it."""

    said: str
    then: str = ""


CAUSES: Final = {
    "ma": Cause(
        "qu’une autorisation de mise sur le marché couvre désormais l’indication",
        "Le traitement peut être poursuivi avec le médicament autorisé, dans les conditions de son autorisation de "
        "mise sur le marché.",
    ),
    "aap": Cause(
        "qu’un accès précoce couvre désormais l’indication",
        "Le traitement peut être poursuivi dans le cadre de l’accès précoce, selon les modalités de son protocole.",
    ),
    "reimbursed": Cause("que le médicament est désormais pris en charge dans l’indication"),
    "ce_obtained": Cause("que le dispositif porte désormais le marquage CE"),
    "safety": Cause("que la sécurité d’emploi du médicament ne permet plus de poursuivre"),
}
"""Choices of the transition `cease`."""

CAUSES_OF_DEVICES: Final = {
    "ce_obtained": Cause(
        "que le dispositif porte désormais le marquage CE",
        "Le dispositif peut être utilisé dans les conditions de son marquage CE.",
    ),
    "safety": Cause("que la sécurité des patients ne permet plus de poursuivre l’utilisation du dispositif"),
}
"""The same, of an exemption for a device."""
ADVICE_KINDS: Final = {
    "scientific_opinion": "avis scientifique",
    "regulatory_guidance": "orientation réglementaire",
    "device_qualification": "qualification et classification d’un dispositif",
    "device_clinical_research": "exigences applicables et recherche clinique",
    "pre_submission": "pré-soumission d’une étude clinique",
}
PRODUCT_KINDS: Final = {
    "medicine": "médicament",
    "device": "dispositif médical",
    "ivd": "dispositif médical de diagnostic in vitro",
    "borderline": "produit dont la qualification est demandée",
}
BODIES: Final = {
    "has": "la Haute Autorité de santé (HAS)",
    "ema": "l’Agence européenne des médicaments (EMA)",
    "notified_body": "un organisme notifié",
    "ethics_committee": "un comité de protection des personnes (CPP)",
    "g_nius": "G_NIUS, guichet national de l’innovation en santé numérique",
}
"""To whom an applicant is sent, by code; another body is named as typed."""
POSITIONS: Final = {
    "device": "un dispositif médical",
    "accessory": "un accessoire de dispositif médical",
    "ivd": "un dispositif médical de diagnostic in vitro",
    "medicine": "un médicament",
    "neither": "ni un dispositif médical ni un médicament",
    "undetermined": "un produit dont la qualification ne peut être établie au vu du dossier",
}
SIDES: Final = {"ansm": "Pour l’Agence", "applicant": "Pour le demandeur"}

# Characters that reverse or hide what the reader sees: a refusal must not read as a grant.
INVISIBLE: Final = frozenset("\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff")


def clean(value: Any) -> Any:
    """The same facts without control characters, direction overrides or broken surrogates, in composed Unicode."""
    if isinstance(value, str):
        text = value.replace("\r\n", "\n").replace("\r", "\n").encode("utf-8", "ignore").decode()
        kept = (c for c in text if c in "\n\t" or (unicodedata.category(c) != "Cc" and c not in INVISIBLE))
        return unicodedata.normalize("NFC", "".join(kept)).strip()
    if isinstance(value, dict):
        return {key: clean(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [clean(item) for item in value]
    return value


def french_date(day: str | dt.date | None) -> str:
    """ "1er mars 2026"; empty for no date.

    >>> french_date("2026-03-01")
    '1er mars 2026'
    """
    if not day:
        return ""
    date = dt.date.fromisoformat(day) if isinstance(day, str) else day
    number = "1er" if date.day == 1 else str(date.day)
    return f"{number} {MONTHS[date.month - 1]} {date.year}"


def french_month(month: str) -> str:
    """ "mars 1984" from "1984-03"; what was typed when it is not a month.

    >>> french_month("1984-03")
    'mars 1984'
    """
    year, _, number = month.partition("-")
    if year.isdigit() and number.isdigit() and 1 <= int(number) <= 12:
        return f"{MONTHS[int(number) - 1]} {year}"
    return month


def span(starts_on: dt.date, ends_on: dt.date) -> str:
    """How long a period lasts, both days included: in months when it is date to date, else in days.

    >>> span(dt.date(2026, 11, 23), dt.date(2027, 11, 22))
    '12 mois'
    >>> span(dt.date(2026, 11, 23), dt.date(2026, 11, 23))
    '1 jour'
    """
    after = ends_on + dt.timedelta(days=1)
    months = (after.year - starts_on.year) * 12 + after.month - starts_on.month
    if after.day == starts_on.day and months > 0:
        return f"{months} mois"
    days = (after - starts_on).days
    return f"{days} jour" if days == 1 else f"{days} jours"


def listed(parts: list[str]) -> str:
    """
    >>> listed(["le 1er mai", "le 3 mai", "le 5 mai"])
    'le 1er mai, le 3 mai et le 5 mai'
    """
    return " et ".join(part for part in (", ".join(parts[:-1]), *parts[-1:]) if part)


def medicine_name(medicine: dict[str, str]) -> str:
    """The name, or else the substance, or else the code name: one of them is mandatory (R.5121-74-3)."""
    return medicine["name"] or medicine["inn"] or medicine["code_name"]
