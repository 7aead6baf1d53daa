"""The invented people of the demo. Fixed by design/api.md: `<role>@demo.example`, password `early-access-demo`."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final, NamedTuple

from django.db import transaction
from stdnum import luhn

from accounts.models import Delegation, Membership, Organisation, Person
from workflows import roles

PASSWORD: Final = "early-access-demo"  # noqa: S105 - published on purpose, refused outside demo mode
DOMAIN: Final = "demo.example"
SINCE: Final = dt.date(2021, 7, 1)

HOSPITAL_1: Final = "CHU Démo de Valmirande"
HOSPITAL_2: Final = "Hôpital Démo de Port-Cendré"
COMPANY_1: Final = "Laboratoires Démo Aurélia"
COMPANY_2: Final = "Démo Biotech Norvane"
DEVICE_COMPANY: Final = "Démo Dispositifs Kerlann"
PROJECT: Final = "Projet académique Démo Lucioles"
REPORTING_BODY: Final = "Centre de référence Démo des maladies rares"
ANSM: Final = "ANSM (démo)"
HAS: Final = "HAS (démo)"
MINISTRY: Final = "Ministère chargé de la santé (démo)"


class DemoPerson(NamedTuple):
    login: str
    first_name: str
    last_name: str
    organisation: str
    role: str
    quality: str = ""
    speciality: str = ""
    ward: str = ""
    has_rpps: bool = False


PEOPLE: Final = (
    DemoPerson(
        "prescriber",
        "Camille",
        "Aubrac",
        HOSPITAL_1,
        roles.PRESCRIBER,
        "Praticienne hospitalière",
        "Neurologie",
        "Neurologie, unité des maladies neuromusculaires",
        True,
    ),
    DemoPerson(
        "intern",
        "Noé",
        "Bellefond",
        HOSPITAL_1,
        roles.INTERN,
        "Interne",
        "Neurologie",
        "Neurologie, unité des maladies neuromusculaires",
    ),
    DemoPerson(
        "pharmacist",
        "Inès",
        "Caradec",
        HOSPITAL_1,
        roles.PHARMACIST,
        "Pharmacienne hospitalière",
        "",
        "Pharmacie à usage intérieur",
        True,
    ),
    DemoPerson(
        "pharmacy_preparer",
        "Théo",
        "Dalmont",
        HOSPITAL_1,
        roles.PHARMACY_PREPARER,
        "Préparateur en pharmacie",
        "",
        "Pharmacie à usage intérieur",
    ),
    DemoPerson("org_admin", "Mireille", "Estournel", HOSPITAL_1, roles.ORG_ADMIN, "Direction des affaires médicales"),
    DemoPerson(
        "prescriber2",
        "Adrien",
        "Fauconnet",
        HOSPITAL_2,
        roles.PRESCRIBER,
        "Professeur des universités, praticien hospitalier",
        "Hématologie",
        "Hématologie clinique",
        True,
    ),
    DemoPerson(
        "pharmacist2",
        "Salomé",
        "Garrigou",
        HOSPITAL_2,
        roles.PHARMACIST,
        "Pharmacienne hospitalière",
        "",
        "Pharmacie à usage intérieur",
        True,
    ),
    DemoPerson(
        "applicant", "Hélène", "Houdancourt", COMPANY_1, roles.APPLICANT, "Responsable des affaires réglementaires"
    ),
    DemoPerson("contributor", "Ilyès", "Izard", COMPANY_1, roles.CONTRIBUTOR, "Chargé d'affaires réglementaires"),
    DemoPerson(
        "pharmacovigilance",
        "Jeanne",
        "Jolivet",
        COMPANY_1,
        roles.PHARMACOVIGILANCE,
        "Responsable de la pharmacovigilance",
    ),
    DemoPerson("applicant2", "Karim", "Kerguélen", COMPANY_2, roles.APPLICANT, "Directeur des affaires réglementaires"),
    DemoPerson(
        "device_applicant",
        "Louise",
        "Lanvaux",
        DEVICE_COMPANY,
        roles.APPLICANT,
        "Responsable des affaires réglementaires",
    ),
    DemoPerson("reporter", "Marius", "Montségur", REPORTING_BODY, roles.REPORTER, "Coordonnateur"),
    DemoPerson("ansm_triage", "Nadia", "Norroy", ANSM, roles.ANSM_TRIAGE, "Gestionnaire de dossiers"),
    DemoPerson("ansm_assessor", "Olivier", "Orvault", ANSM, roles.ANSM_ASSESSOR, "Évaluateur"),
    DemoPerson("ansm_assessor2", "Pauline", "Pellevoisin", ANSM, roles.ANSM_ASSESSOR, "Évaluatrice"),
    DemoPerson("ansm_signatory", "Quentin", "Quiberville", ANSM, roles.ANSM_SIGNATORY, "Directeur médical"),
    DemoPerson("ansm_vigilance", "Rose", "Rambures", ANSM, roles.ANSM_VIGILANCE, "Évaluatrice de pharmacovigilance"),
    DemoPerson("has_officer", "Sacha", "Sorède", HAS, roles.HAS_OFFICER, "Chargé de projet"),
    DemoPerson(
        "ct_secretary",
        "Tiphaine",
        "Tournebride",
        HAS,
        roles.CT_SECRETARY,
        "Secrétaire de la commission de la transparence",
    ),
    DemoPerson("has_college", "Ulysse", "Urcel", HAS, roles.HAS_COLLEGE, "Service du Collège"),
    DemoPerson("ministry_reader", "Viviane", "Vauquois", MINISTRY, roles.MINISTRY_READER, "Chargée de mission"),
    DemoPerson("expert", "William", "Wambrechies", ANSM, roles.EXPERT, "Expert externe", "Neurologie"),
    DemoPerson("auditor", "Xavière", "Xaintrailles", MINISTRY, roles.AUDITOR, "Inspectrice"),
    # Two memberships, to show the switch of the header: a doctor who also leads an academic project.
    DemoPerson(
        "two_hats",
        "Yaël",
        "Yvetot",
        HOSPITAL_1,
        roles.PRESCRIBER,
        "Praticien hospitalier",
        "Pédiatrie",
        "Pédiatrie",
        True,
    ),
    DemoPerson("two_hats", "Yaël", "Yvetot", PROJECT, roles.APPLICANT, "Investigateur coordonnateur"),
)


def with_luhn_key(digits: str) -> str:
    """The digits followed by their Luhn key."""
    return digits + luhn.calc_check_digit(digits)


def _phone(number: int) -> str:
    """French numbers that the regulator keeps for fiction: 01 99 00 00 00 and after."""
    return f"01 99 00 {number // 100:02d} {number % 100:02d}"


def _hospital(number: int, name: str, town: str) -> dict[str, str]:
    # Département 99 does not exist: these FINESS numbers pass the check digit and belong to nobody.
    return {
        "kind": roles.ESTABLISHMENT,
        "name": name,
        "finess_et": with_luhn_key(f"9900001{number}"),
        "finess_ej": with_luhn_key(f"9900000{number}"),
        "address": f"{number} avenue de la Démonstration\n99{number}00 {town}",
        "phone": _phone(number * 10),
        "email": f"direction.h{number}@{DOMAIN}",
        "pharmacy_name": f"Pharmacie à usage intérieur, {name}",
        "pharmacy_address": f"Bâtiment P, {number} avenue de la Démonstration\n99{number}00 {town}",
        "pharmacy_phone": _phone(number * 10 + 1),
        "pharmacy_email": f"pui.h{number}@{DOMAIN}",
    }


def _other(number: int, kind: str, name: str, *, company: bool = False) -> dict[str, str]:
    return {
        "kind": kind,
        "name": name,
        "siren": with_luhn_key(f"9990000{number}") if company else "",
        "address": f"{number} place de la Démonstration\n99000 Démoville",
        "phone": _phone(100 + number),
        "email": f"contact{number}@{DOMAIN}",
    }


ORGANISATIONS: Final = (
    _hospital(1, HOSPITAL_1, "Valmirande"),
    _hospital(2, HOSPITAL_2, "Port-Cendré"),
    _other(1, roles.COMPANY, COMPANY_1, company=True),
    _other(2, roles.COMPANY, COMPANY_2, company=True),
    _other(3, roles.COMPANY, DEVICE_COMPANY, company=True),
    _other(4, roles.PROJECT, PROJECT),
    _other(5, roles.REPORTING_BODY, REPORTING_BODY),
    _other(6, roles.ANSM, ANSM),
    _other(7, roles.HAS, HAS),
    _other(8, roles.MINISTRY, MINISTRY),
)


@transaction.atomic
def load_demo_people() -> None:
    """Make what is missing and leave the rest as it is: loading twice changes nothing."""
    organisations = {row["name"]: _organisation(row) for row in ORGANISATIONS}
    for number, row in enumerate(PEOPLE, start=1):
        person = _person(row, number)
        Membership.objects.get_or_create(
            person=person,
            organisation=organisations[row.organisation],
            role=row.role,
            defaults={
                "starts_on": SINCE,
                "quality": row.quality,
                "speciality": row.speciality,
                "ward": row.ward,
                "phone": _phone(200 + number),
            },
        )
    _delegate_to_the_signatories()
    if not Person.objects.filter(email=f"admin@{DOMAIN}").exists():
        Person.objects.create_user(f"admin@{DOMAIN}", PASSWORD, first_name="Zoé", last_name="Zuydcoote", is_staff=True)


def _organisation(row: dict[str, str]) -> Organisation:
    return Organisation.objects.get_or_create(name=row["name"], kind=row["kind"], defaults=row)[0]


def _person(row: DemoPerson, number: int) -> Person:
    email = f"{row.login}@{DOMAIN}"
    person = Person.objects.filter(email=email).first()
    if person is None:
        rpps = with_luhn_key(f"10999000{number:02d}") if row.has_rpps else None
        person = Person.objects.create_user(
            email, PASSWORD, first_name=row.first_name, last_name=row.last_name, rpps=rpps
        )
    return person


def _delegate_to_the_signatories() -> None:
    _delegate(
        "ansm_signatory",
        roles.ANSM_SIGNATORY,
        "Décision DG démo n° 2021-000",
        delegator_name="Alix Démonstration",
        delegator_title="Directrice générale de l'ANSM",
        procedures=["aac", "aap", "cpc", "device_exemption", "advice"],
    )
    _delegate(
        "has_college",
        roles.HAS_COLLEGE,
        "Décision du président de la HAS démo",
        delegator_name="Camille Exemple",
        delegator_title="Président de la Haute Autorité de santé",
        procedures=["aap"],
    )


def _delegate(login: str, role: str, reference: str, **said: Any) -> None:
    membership = Membership.objects.get(person__email=f"{login}@{DOMAIN}", role=role)
    Delegation.objects.get_or_create(membership=membership, reference=reference, defaults={**said, "starts_on": SINCE})
