"""Letters' matters for the tests: complete, invented, with the characters French medicine names are full of."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any, Final

from documents.letters.advice import AdviceMatter, AnsweredMatter, ApplicantMatter
from documents.letters.early_access import (
    CompanyMatter,
    EarlyAccessMatter,
    ExchangeMatter,
    FindingMatter,
    OpinionMatter,
)
from documents.letters.exemption import ClinicianMatter, ConditionMatter, ExemptionMatter
from documents.letters.frameworks import CallMatter, FrameworkMatter, ReplyMatter
from documents.letters.matter import (
    DecisionMatter,
    DelegationMatter,
    EstablishmentMatter,
    LetterMatter,
    MedicineMatter,
    PatientMatter,
    PharmacistMatter,
    PharmacyMatter,
    PrescriberMatter,
    PutMatter,
    TitleActMatter,
    TitleMatter,
)
from workflows.dates import PARIS

AT: Final = dt.datetime(2026, 11, 23, 9, 30, tzinfo=PARIS)
PERIOD: Final = TitleMatter("AAC-2026-000123", dt.date(2026, 11, 23), dt.date(2027, 11, 22))

RECEIPT: Final = LetterMatter(
    reference="D-2026-000042",
    filing_number="AACD-2026-000107",
    procedure="aac",
    kind="first",
    filed_on=dt.date(2026, 11, 1),
    submission_number=2,
    answers={"patient": {"secret": "canary-of-the-answers"}},
    medicine=MedicineMatter(
        name="ŒSOPHALGIDE β-2b",
        inn="œsophalgide",
        code_name="EAS-7781",
        form="solution à diluer pour perfusion",
        strength="200 µg/mL",
        restricted_class="médicament réservé à l'usage hospitalier",
    ),
    indication="Œsophagite à éosinophiles sévère, réfractaire (≥ 2 lignes)",
    patient=PatientMatter(initials="D. É.", birth_month="1984-03", sex="F", weight_kg="58,5"),
    prescriber=PrescriberMatter(
        name="Dr Hélène Lefèvre",
        quality="Praticien hospitalier",
        speciality="hépato-gastro-entérologie",
        ward="Service des maladies de l'appareil digestif",
        rpps="10003456781",
        phone="01 23 45 67 89",
        email="h.lefevre@chu.example",
    ),
    establishment=EstablishmentMatter(
        name="CHU de Saint-Éloi",
        finess_et="750712184",
        finess_ej="750000018",
        address="12 rue de l'Hôtel-Dieu\n75004 Paris",
    ),
    pharmacy=PharmacyMatter(
        name="PUI de Saint-Éloi",
        address="Bâtiment C, 12 rue de l'Hôtel-Dieu\n75004 Paris",
        phone="01 23 45 67 00",
        email="pui@chu.example",
    ),
    pharmacist=PharmacistMatter(name="Dr Jérôme Naïm"),
    posology="2 µg/kg toutes les 4 semaines",
    urgent=False,
    at=AT,
)
GRANTED: Final = DecisionMatter(
    outcome="grant",
    conditions="Surveillance mensuelle de la fonction hépatique.",
    signatory="Mme Inès Bourgeois",
    signatory_quality="Cheffe du pôle des accès dérogatoires",
    delegation=DelegationMatter("M. Paul Durand", "directeur général", "DG n° 2026-114 du 1er septembre 2026"),
    signed_on=dt.date(2026, 11, 23),
)
REFUSED: Final = dataclasses.replace(
    GRANTED,
    outcome="refuse",
    conditions="",
    reasons="Un traitement approprié existe.\n\nLe patient peut être inclus dans l'essai EU CT 2024-512345-12-00.",
)
PUT: Final = PutMatter("PUT-SP œsophalgide, version 3 du 2 mars 2026", "https://ansm.example/put/oesophalgide")
GRANT: Final = dataclasses.replace(RECEIPT, title=PERIOD, decision=GRANTED, put=PUT)
REFUSAL: Final = dataclasses.replace(RECEIPT, decision=REFUSED)
SIGNED_ACT: Final = TitleActMatter(
    act="suspend",
    effective_on=dt.date(2026, 11, 23),
    reasons="Signal hépatique grave : trois cas d'hépatite.\n\nL'analyse est en cours.",
    until=dt.date(2027, 1, 31),
    invited_on=dt.date(2026, 11, 2),
    comments_until=dt.date(2026, 11, 17),
    answered_on=dt.date(2026, 11, 12),
    signatory="Mme Inès Bourgeois",
    signatory_quality="Cheffe du pôle des accès dérogatoires",
    delegation=GRANTED.delegation,
    signed_on=dt.date(2026, 11, 23),
)


def about_title(**changes: Any) -> LetterMatter:
    """A letter about an act on a title: that of `SIGNED_ACT`, changed."""
    return dataclasses.replace(RECEIPT, title=PERIOD, title_act=dataclasses.replace(SIGNED_ACT, **changes))


NOT_HEARD: Final[dict[str, Any]] = {"invited_on": None, "comments_until": None, "answered_on": None}
SUSPENSION: Final = about_title()
WITHDRAWAL: Final = about_title(act="withdraw", until=None, last_day=SIGNED_ACT.effective_on)
REINSTATEMENT: Final = about_title(
    act="reinstate", reasons="Le signal est écarté.", suspended_on=dt.date(2026, 10, 1), **NOT_HEARD
)
MODIFICATION: Final = about_title(
    act="modify",
    until=None,
    changes="Posologie portée à 3 µg/kg.",
    previous_end=dt.date(2027, 11, 22),
    new_end=dt.date(2027, 6, 30),
    **NOT_HEARD,
)
EARLY_END: Final = about_title(act="cease", until=None, cause="ma", reasons="AMM délivrée le 3 mars.", **NOT_HEARD)
LAPSE: Final = dataclasses.replace(
    RECEIPT, title=PERIOD, title_act=TitleActMatter(act="expire", effective_on=dt.date(2027, 11, 23))
)
FOUND: Final = tuple(
    FindingMatter(code, "met", f"Motif retenu : {code}.")
    for code in ("serious", "no_alternative", "cannot_wait", "innovative", "efficacy_safety")
)
OPINION: Final = OpinionMatter(
    outcome="favourable",
    reasons="Survie doublée à douze mois.\n\nTolérance acceptable.",
    smpc="RCP, version 4 du 2 novembre 2026",
    leaflet="Notice, version 4 du 2 novembre 2026",
    label="Étiquetage, version 2 du 2 novembre 2026",
    signatory="Mme Inès Bourgeois",
    signatory_quality="Cheffe du pôle des accès dérogatoires",
    delegation=GRANTED.delegation,
    given_on=dt.date(2026, 11, 10),
)
BY_THE_COLLEGE: Final = dataclasses.replace(
    GRANTED,
    conditions="Réunion de concertation pluridisciplinaire.",
    signatory="M. Élie Marchand",
    signatory_quality="Directeur délégué",
    delegation=DelegationMatter("Mme Jeanne Roy", "présidente de la Haute Autorité de santé", "HAS n° 2026-7"),
)
EARLY: Final = EarlyAccessMatter(
    company=CompanyMatter(
        name="Laboratoires Œdipe",
        address="1 quai des Inventions\n69000 Lyon",
        contact="Alex Naïm, affaires réglementaires",
        phone="01 23 45 67 89",
        email="acces@oedipe.example",
        principal="Œdipe Pharma Ltd, Dublin",
    ),
    pathway="pre_ma",
    ansm_is_asked=True,
    claimed_indication="Œsophagite à éosinophiles sévère, réfractaire (≥ 2 lignes)",
    missing=(ExchangeMatter(dt.date(2026, 9, 3), dt.date(2026, 9, 10), ("Projet de RCP en français", "Mandat signé")),),
    questions=(ExchangeMatter(dt.date(2026, 10, 1), dt.date(2026, 10, 20), ("Résultats à douze mois ?",), by="ansm"),),
    acknowledged_on=dt.date(2026, 9, 11),
    due_on=dt.date(2026, 12, 30),
    ma_application_by=dt.date(2028, 3, 1),
    listing_request=True,
    report_months=9,
    ansm_opinion=OPINION,
    ct_sat_on=dt.date(2026, 11, 18),
    findings=FOUND,
    comparators="Corticoïdes par voie orale.",
    official_number="2026.0128/DC/SEM",
    sat_on=dt.date(2026, 11, 20),
)
FILED_EARLY: Final = dataclasses.replace(
    RECEIPT,
    reference="AAP-D-2026-000042",
    filing_number="AAP-E-2026-000107",
    procedure="aap",
    filed_on=dt.date(2026, 9, 1),
    patient=PatientMatter(initials=""),
    prescriber=PrescriberMatter(name=""),
    establishment=EstablishmentMatter(name="Laboratoires Œdipe"),
    pharmacy=PharmacyMatter(name=""),
    pharmacist=PharmacistMatter(name=""),
    posology="",
    early_access=EARLY,
)
EARLY_PERIOD: Final = TitleMatter("AAP-2026-000123", dt.date(2026, 11, 23), dt.date(2027, 11, 22))
EARLY_GRANT: Final = dataclasses.replace(FILED_EARLY, title=EARLY_PERIOD, decision=BY_THE_COLLEGE)
EARLY_REFUSAL: Final = dataclasses.replace(
    FILED_EARLY,
    decision=dataclasses.replace(BY_THE_COLLEGE, outcome="refuse", conditions=""),
    early_access=dataclasses.replace(
        EARLY, findings=(FindingMatter("serious", "not_met", "Évolution bénigne."), *FOUND[1:])
    ),
)


def early(matter: LetterMatter = FILED_EARLY, **changes: Any) -> LetterMatter:
    """The matter of an early access, with what it has of its own changed."""
    assert matter.early_access is not None
    return dataclasses.replace(matter, early_access=dataclasses.replace(matter.early_access, **changes))


def about_early_title(**changes: Any) -> LetterMatter:
    """A letter about an act of HAS on an early access."""
    act = dataclasses.replace(SIGNED_ACT, by="has", **changes)
    told = EarlyAccessMatter(
        company=EARLY.company,
        pathway="pre_ma",
        ansm_is_asked=True,
        claimed_indication=EARLY.claimed_indication,
        opening_number="2026.0128/DC/SEM",
        opened_on=dt.date(2026, 11, 20),
    )
    return dataclasses.replace(FILED_EARLY, title=EARLY_PERIOD, title_act=act, early_access=told)


EXPLOITERS: Final = (
    CompanyMatter(name="Laboratoires Œdipe", address="1 quai des Inventions\n69000 Lyon", email="acces@oedipe.example"),
    CompanyMatter(name="Génériques Ulysse", address="2 quai des Inventions\n69000 Lyon"),
)
CALLS: Final = (
    CallMatter(
        "information",
        dt.date(2026, 2, 25),
        dt.date(2026, 4, 11),
        "Données dans l'indication.",
        replies=(ReplyMatter("Laboratoires Œdipe", dt.date(2026, 3, 11)),),
    ),
    CallMatter(
        "protocol",
        dt.date(2026, 4, 5),
        dt.date(2026, 5, 5),
        "Suivi semestriel de la réponse.",
        replies=(ReplyMatter("Laboratoires Œdipe", dt.date(2026, 4, 15)),),
    ),
    CallMatter(
        "observations",
        dt.date(2026, 4, 20),
        dt.date(2026, 5, 4),
        "Projet : trois ans, chez l'adulte.",
        protocol="Visite à un mois ajoutée.",
        replies=(ReplyMatter("Génériques Ulysse", dt.date(2026, 4, 26)),),
    ),
)
FRAMEWORK: Final = FrameworkMatter(
    companies=EXPLOITERS,
    reporter=CompanyMatter(name="Centre de référence de l'Œsophage", address="3 rue du Centre\n75000 Paris"),
    reasons="Besoin rapporté par le réseau ; données publiées favorables.",
    calls=CALLS,
    medicines=("ŒSOPHALGIDE 200 µg/mL, solution", "ŒSOPHALGIDE ULYSSE 200 µg/mL, solution"),
    indication="Œsophagite à éosinophiles de l'adulte, réfractaire (≥ 2 lignes)",
    posology="2 µg/kg toutes les 4 semaines, par voie intraveineuse",
    adverse_effects="Hépatite : surveillance mensuelle.",
    prescription_class="Prescription hospitalière",
    report_months=12,
    vigilance_centre="CRPV de Montpellier",
)
REPORTED: Final = dataclasses.replace(
    FILED_EARLY,
    reference="CPC-D-2026-000042",
    filing_number="CPC-E-2026-000107",
    procedure="cpc",
    kind="report",
    filed_on=dt.date(2026, 2, 2),
    early_access=None,
    framework=FRAMEWORK,
)
FRAMEWORK_PERIOD: Final = TitleMatter("CPC-2026-000123", dt.date(2026, 11, 24), dt.date(2029, 11, 23))
BY_ANSM: Final = dataclasses.replace(GRANTED, reasons="Besoin non couvert.\n\nBénéfice présumé supérieur au risque.")
ESTABLISHED: Final = dataclasses.replace(REPORTED, title=FRAMEWORK_PERIOD, decision=BY_ANSM)
NOT_ESTABLISHED: Final = dataclasses.replace(
    REPORTED, decision=dataclasses.replace(BY_ANSM, outcome="refuse", conditions="", reasons="Données insuffisantes.")
)


def framed(matter: LetterMatter = REPORTED, **changes: Any) -> LetterMatter:
    """The matter of a framework, with what it has of its own changed."""
    assert matter.framework is not None
    return dataclasses.replace(matter, framework=dataclasses.replace(matter.framework, **changes))


EXEMPTION: Final = ExemptionMatter(
    company=CompanyMatter(name="Démo Dispositifs Œdipe", address="5 quai des Inventions\n69000 Lyon"),
    domain="device",
    individual=True,
    name="EXTRALIA",
    model="EX-2",
    manufacturer="Démo Dispositifs Œdipe",
    country="FR",
    risk_class="IIb",
    purpose="Explantation d'un implant posé à l'étranger.",
    references=("EX-2-100",),
    clinicians=(ClinicianMatter("Camille Aubrac", "PH", "CHU de Démoville", dt.date(2026, 10, 1)),),
    asked=ExchangeMatter(dt.date(2026, 10, 5), items=("Notice en français",), by="ansm"),
    reply_by=dt.date(2026, 10, 20),
    ground="no_benefit",
    ground_reasons="Des extracteurs marqués CE conviennent.",
    signatory="Mme Inès Bourgeois",
    patients=1,
    single=True,
    sites=("CHU de Démoville",),
    quantity="1 unité",
    conditions=(ConditionMatter(dt.date(2027, 3, 31), "Rapport de sécurité."),),
)
EXEMPTION_FILED: Final = dataclasses.replace(
    FILED_EARLY,
    reference="DEROG-D-2026-000042",
    filing_number="DEROG-E-2026-000107",
    procedure="device_exemption",
    kind="individual",
    early_access=None,
    exemption=EXEMPTION,
)
EXEMPTED: Final = dataclasses.replace(
    EXEMPTION_FILED,
    title=TitleMatter("DEROG-2026-000123", dt.date(2026, 11, 24), dt.date(2027, 11, 23)),
    decision=BY_ANSM,
)
NOT_EXEMPTED: Final = dataclasses.replace(
    EXEMPTION_FILED, decision=dataclasses.replace(BY_ANSM, outcome="refuse", conditions="", reasons="Une alternative.")
)

ADVICE: Final = AdviceMatter(
    applicant=ApplicantMatter(
        name="Projet académique Lucioles",
        institution="Université inventée",
        address="4 place de la Démonstration\n99000 Démoville",
        contact="Yaël Yvetot",
        email="lucioles@universite.example",
    ),
    product="LUCIOLES-VISION",
    product_kind="device",
    purpose="Repérer les crises sur une vidéo.",
    questions=(
        AnsweredMatter("Est-ce un dispositif médical ?", "Oui : sa finalité est médicale.", "Oui, sans réserve."),
        AnsweredMatter("De quelle classe ?", "", "De classe IIa."),
    ),
    redirected_to="has",
    reply="Adressez-vous à la HAS.",
    position="device",
    device_class="IIa",
    met_on=dt.date(2026, 11, 3),
    participants="Deux évaluateurs, trois chercheurs.",
    minutes="Question 1. L'Agence en convient.",
    sha256="ab" * 32,
    agreed=(("ansm", "Olivier Orvault", dt.date(2026, 11, 5)), ("applicant", "Yaël Yvetot", dt.date(2026, 11, 9))),
)
WRITTEN_OPINION: Final[DecisionMatter] = dataclasses.replace(
    GRANTED, outcome="opinion", conditions="", reasons="Le produit est un dispositif."
)


def advised(decision: DecisionMatter | None = None, **changes: Any) -> LetterMatter:
    """The matter of a request to the Innovation and Referral Service, with what it has of its own changed."""
    said = dataclasses.replace(ADVICE, **changes)
    return dataclasses.replace(
        RECEIPT,
        procedure="advice",
        kind="device_qualification",
        reference="ADVICE-D-2026-000007",
        filing_number="ADVICE-E-2026-000004",
        medicine=MedicineMatter(name="LUCIOLES-VISION"),
        patient=PatientMatter(initials=""),
        establishment=EstablishmentMatter(name="Projet académique Lucioles"),
        decision=decision,
        advice=said,
    )


BY_KIND: Final = {
    "advice_receipt": advised(),
    "advice_orientation": advised(),
    "advice_ineligible": advised(),
    "advice_opinion": advised(WRITTEN_OPINION),
    "advice_minutes": advised(),
    "device_exemption_receipt": EXEMPTION_FILED,
    "device_exemption_completion": EXEMPTION_FILED,
    "device_exemption_inadmissible": EXEMPTION_FILED,
    "device_exemption_grant": EXEMPTED,
    "device_exemption_refusal": NOT_EXEMPTED,
    "cpc_intention": framed(calls=CALLS[:1]),
    "cpc_inadmissible": framed(companies=(), calls=()),
    "cpc_put_request": framed(calls=CALLS[:2]),
    "cpc_contradictory": REPORTED,
    "cpc_grant": ESTABLISHED,
    "cpc_refusal": NOT_ESTABLISHED,
    "aap_missing_items": FILED_EARLY,
    "aap_acknowledgement": FILED_EARLY,
    "aap_ansm_opinion": FILED_EARLY,
    "aap_grant": EARLY_GRANT,
    "aap_refusal": EARLY_REFUSAL,
    "aac_receipt": RECEIPT,
    "aac_grant": GRANT,
    "aac_refusal": REFUSAL,
    "title_suspension": SUSPENSION,
    "title_reinstatement": REINSTATEMENT,
    "title_withdrawal": WITHDRAWAL,
    "title_modification": MODIFICATION,
    "title_end": EARLY_END,
    "title_lapse": LAPSE,
}


def renewal_of(matter: LetterMatter, **changes: Any) -> LetterMatter:
    return dataclasses.replace(matter, kind="renewal", parent_title="AAC-2025-000077", **changes)
