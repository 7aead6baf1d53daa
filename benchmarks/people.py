"""Invented establishments, officers and medicines, in the numbers of the real thing, around those of the demo."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib.auth.hashers import make_password

from accounts.demo import HOSPITAL_1, HOSPITAL_2, load_demo_people
from accounts.models import Membership, Organisation, Person
from catalogue.models import Indication, Medicine, Source, Verification
from catalogue.services.demo import load_demo_catalogue
from catalogue.text import search_key
from dossiers.demo.story import DOMAIN
from dossiers.forms.aac.reading import product_label
from workflows import roles

HOSPITALS = 900
OFFICERS = 10
MEDICINES = 195
KNOWN_PRODUCTS = ("QALSODY", "TROGARZO", "AMX0035", "ZEPZELCA", "MALACEF")
"""The five products that half of the requests ask for."""
RARE = "Établissement Introuvable de Bench"
"""Holds the same few dossiers whatever the size: what it costs to find them is the cost of a search."""
SINCE = dt.date(2021, 7, 1)


@dataclass(frozen=True)
class Member:
    membership: int
    person: int
    name: str


@dataclass(frozen=True)
class Hospital:
    pk: int
    name: str
    prescriber: Member
    pharmacist: Member


@dataclass(frozen=True)
class Product:
    medicine: int
    indication: int
    label: str
    key: str


@dataclass(frozen=True)
class Cast:
    """`hospitals`: the demo's two, then the one where the patterns are told, the rare one, and the others."""

    hospitals: tuple[Hospital, ...]
    officers: tuple[Member, ...]
    products: tuple[Product, ...]


def invent() -> Cast:
    """Make all of them. The first hospital of bench is where the patterns are told (`bench-prescriber-0`)."""
    load_demo_people()
    load_demo_catalogue()
    names = ["Centre Hospitalier Modèle de Bench", RARE]
    names += [f"Centre Hospitalier Inventé n° {number:03d}" for number in range(HOSPITALS - len(names))]
    hospitals = Organisation.objects.bulk_create(
        Organisation(
            kind=roles.ESTABLISHMENT, name=name, address="1 rue Inventée\n99000 Benchville", pharmacy_name=name
        )
        for name in names
    )
    _members("prescriber", roles.PRESCRIBER, hospitals)
    _members("pharmacist", roles.PHARMACIST, hospitals)
    _invent_medicines()
    demo = list(Organisation.objects.filter(name__in=(HOSPITAL_1, HOSPITAL_2)).order_by("pk"))
    return Cast(_staffed([*demo, *hospitals]), (), _products())


def with_officers(cast: Cast) -> Cast:
    """The cast with its assessors. They come after the patterns, which tell every assessor of each new dossier: the
    inbox of the demo's two is as full as a real one, and the others' would only fill the disk."""
    agency = Organisation.objects.get(kind=roles.ANSM)
    _members("officer", roles.ANSM_ASSESSOR, [agency] * OFFICERS)
    officers = _known(Membership.objects.filter(role=roles.ANSM_ASSESSOR).order_by("pk"))
    return Cast(cast.hospitals, tuple(officers), cast.products)


def _members(login: str, role: str, organisations: Iterable[Organisation]) -> None:
    """One person per organisation, who cannot sign in."""
    organisations = list(organisations)
    people = Person.objects.bulk_create(
        Person(
            email=f"bench-{login}-{number}@{DOMAIN}",
            password=make_password(None),
            first_name="Dominique",
            last_name=f"Bench-{number}",
        )
        for number in range(len(organisations))
    )
    Membership.objects.bulk_create(
        Membership(person=person, organisation=organisation, role=role, starts_on=SINCE, quality="Bench", ward="Bench")
        for person, organisation in zip(people, organisations, strict=True)
    )


def _known(memberships: Iterable[Membership]) -> list[Member]:
    found = memberships.select_related("person")  # type: ignore[attr-defined]
    return [Member(one.pk, one.person_id, one.person.full_name) for one in found]


def _staffed(organisations: list[Organisation]) -> tuple[Hospital, ...]:
    first: dict[tuple[int, str], Member] = {}
    wanted = Membership.objects.filter(organisation__in=organisations, role__in=(roles.PRESCRIBER, roles.PHARMACIST))
    for one in wanted.select_related("person").order_by("pk"):
        member = Member(one.pk, one.person_id, one.person.full_name)
        first.setdefault((one.organisation_id, one.role), member)
    return tuple(
        Hospital(one.pk, one.name, first[one.pk, roles.PRESCRIBER], first[one.pk, roles.PHARMACIST])
        for one in organisations
    )


def _invent_medicines() -> None:
    medicines = [
        Medicine(
            name=f"BENCHIVEX {number:03d}",
            strength="10 mg",
            form="comprimé",
            source=Source.REFERENTIAL,
            verification=Verification.ENTERED,
            invented_fields=["name"],
        )
        for number in range(MEDICINES)
    ]
    for medicine in medicines:
        medicine.refresh_keys()
    Medicine.objects.bulk_create(medicines)
    Indication.objects.bulk_create(
        Indication(medicine=medicine, label=f"Maladie inventée de {medicine.name}", invented=True)
        for medicine in medicines
    )


def _products() -> tuple[Product, ...]:
    found = Indication.objects.select_related("medicine")
    known = [found.filter(medicine__name=name).order_by("pk")[0] for name in KNOWN_PRODUCTS]
    others = found.filter(medicine__name__startswith="BENCHIVEX").order_by("pk")
    products = []
    for one in [*known, *others]:
        label = product_label(one.medicine, {})
        products.append(Product(one.medicine_id, one.pk, label, search_key(label, one.label)))
    return tuple(products)
