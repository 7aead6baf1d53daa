"""Letters' matters for the tests: complete, invented, with the characters French medicine names are full of."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any, Final

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
BY_KIND: Final = {
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
