"""Who is told of an act: audiences of the table turned into people, one outbox row each."""

from __future__ import annotations

from collections.abc import Callable

from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import Membership, Person
from dossiers.models import Dossier, Event, Party
from dossiers.paths import dossier_path
from dossiers.services.act import Act
from notifications.outbox import queue
from notifications.words import words_for
from workflows import audiences
from workflows.aap_guards import PRE_MA
from workflows.dates import civil_date
from workflows.registry import TITLE, procedure
from workflows.roles import (
    AGENCY_STAFF,
    ANSM,
    ANSM_ASSESSOR,
    ANSM_SIGNATORY,
    ANSM_TRIAGE,
    APPLICANT,
    COMPANY,
    CT_SECRETARY,
    ESTABLISHMENT,
    HAS_COLLEGE,
    HAS_OFFICER,
    INTERN,
    MINISTRY_READER,
    PHARMACIST,
    PHARMACY_PREPARER,
    PRESCRIBER,
    PROJECT,
    ROLES_BY_ORGANISATION_KIND,
)
from workflows.roles import ANSM_VIGILANCE as VIGILANCE_ROLE


def _in_office() -> QuerySet[Membership]:
    """Memberships that hold today, a planned end included: whom to tell is a question about now, not about the act."""
    return Membership.objects.open_on(civil_date(timezone.now()))


def _members(dossier: Dossier, *roles: str) -> set[int]:
    """People who hold one of these roles today in the organisation that owns the dossier."""
    memberships = _in_office().filter(organisation=dossier.organisation_id, role__in=roles)
    return set(memberships.values_list("person_id", flat=True))


def _staff(dossier: Dossier, *roles: str) -> set[int]:
    """People of an authority under these roles, but for those recused from the dossier: they may not do what is
    asked."""
    recused = dossier.recusals.values("person_id")
    there = _in_office().filter(role__in=roles).exclude(person_id__in=recused)
    return set(there.values_list("person_id", flat=True))


def of_the_agency(dossier: Dossier, person: int | None) -> set[int]:
    """This very person, while they belong to an agency and are not recused from the dossier; else nobody."""
    if person is None or dossier.recusals.filter(person=person).exists():
        return set()
    return {person} if _in_office().filter(role__in=AGENCY_STAFF, person=person).exists() else set()


def _party(dossier: Dossier, role: str) -> set[int]:
    """The person who took part under `role`, while they still belong to the owner's organisation."""
    parties = dossier.parties.filter(role=role, membership__in=_in_office())
    return set(parties.values_list("membership__person_id", flat=True))


def _prescriber(dossier: Dossier) -> set[int]:
    people = _party(dossier, PRESCRIBER) or _members(dossier, PRESCRIBER, INTERN)
    if dossier.created_by_id in people or dossier.created_by_id is None:
        return people
    still_there = _in_office().filter(organisation=dossier.organisation_id, person=dossier.created_by_id)
    return people | ({dossier.created_by_id} if still_there.exists() else set())


def _lead(dossier: Dossier) -> set[int]:
    if dossier.filed_at is None:  # a draft is withdrawn without the agency ever hearing of it
        return set()
    if dossier.lead is not None and dossier.lead.is_open(civil_date(timezone.now())):
        return {dossier.lead.person_id}
    return _staff(dossier, *procedure(dossier.procedure, dossier.workflow_version).led_by)


def _while_unassigned(role: str) -> Callable[[Dossier], set[int]]:
    return lambda dossier: set() if dossier.lead_id else _staff(dossier, role)


def _ansm_before_ma(dossier: Dossier) -> set[int]:
    return _staff(dossier, ANSM_ASSESSOR, ANSM_SIGNATORY) if dossier.pathway == PRE_MA else set()


def _signatories(dossier: Dossier) -> set[int]:
    return _staff(dossier, ANSM_SIGNATORY)


def _pharmacy(dossier: Dossier) -> set[int]:
    return _members(dossier, PHARMACIST, PHARMACY_PREPARER)


def _applicant_side(dossier: Dossier) -> set[int]:
    """Several owners, everyone told: a file must not wait in the mailbox of somebody on leave."""
    kind = dossier.organisation.kind
    if kind == ESTABLISHMENT:
        return _prescriber(dossier) | _pharmacy(dossier)
    if kind == ANSM:
        return _lead(dossier)  # a file that the agency began by itself
    writers = procedure(dossier.procedure, dossier.workflow_version).created_by
    return _members(dossier, *(writers & ROLES_BY_ORGANISATION_KIND[kind]))


def _ministers(dossier: Dossier) -> set[int]:
    """Those of the ministries, of a file that they read."""
    table = procedure(dossier.procedure, dossier.workflow_version)
    return _staff(dossier, MINISTRY_READER) if MINISTRY_READER in table.state(dossier.state).read_by else set()


def _company(dossier: Dossier) -> set[int]:
    """The companies and projects that are parties to it: those who act for them, as long as no person of theirs is
    known. An AAC names none."""
    return _of_parties(dossier.parties.filter(organisation__kind__in=(COMPANY, PROJECT)))


def of_the_holder(dossier: Dossier, organisation: int) -> set[int]:
    """Whoever acts for an organisation that holds what was granted: the owner's own people, or those of one company of
    a framework and of no other."""
    if organisation == dossier.organisation_id:
        return _applicant_side(dossier)
    return _of_parties(dossier.parties.filter(organisation=organisation))


def _of_parties(parties: QuerySet[Party]) -> set[int]:
    named = parties.filter(membership__in=_in_office()).values_list("membership__person_id", "organisation_id")
    unknown = set(parties.values_list("organisation_id", flat=True)) - {company for _person, company in named}
    members = _in_office().filter(organisation__in=unknown, role=APPLICANT)
    return {person for person, _company in named} | set(members.values_list("person_id", flat=True))


def _sites(dossier: Dossier) -> set[int]:
    """The hospitals that take part without owning the file: whoever of them reads it now."""
    hospitals = dossier.parties.filter(organisation__kind=ESTABLISHMENT).exclude(organisation=dossier.organisation_id)
    readers = procedure(dossier.procedure, dossier.workflow_version).state(dossier.state).read_by
    roles = readers & ROLES_BY_ORGANISATION_KIND[ESTABLISHMENT]
    there = _in_office().filter(organisation__in=hospitals.values("organisation"), role__in=roles)
    return set(there.values_list("person_id", flat=True))


AUDIENCES: dict[str, Callable[[Dossier], set[int]]] = {
    audiences.PRESCRIBER: _prescriber,
    audiences.PHARMACY: _pharmacy,
    audiences.APPLICANT_SIDE: _applicant_side,
    audiences.LEAD: _lead,
    audiences.ANSM_TRIAGE: _while_unassigned(ANSM_TRIAGE),
    audiences.ANSM_ASSESSORS: _while_unassigned(ANSM_ASSESSOR),
    audiences.ANSM_SIGNATORIES: _signatories,
    audiences.ANSM_VIGILANCE: lambda dossier: _staff(dossier, VIGILANCE_ROLE),
    audiences.COMPANY: _company,
    audiences.HAS_OFFICERS: _while_unassigned(HAS_OFFICER),
    audiences.CT_SECRETARIES: lambda dossier: _staff(dossier, CT_SECRETARY),
    audiences.HAS_COLLEGE: lambda dossier: _staff(dossier, HAS_COLLEGE),
    audiences.MINISTERS: _ministers,
    audiences.ANSM_BEFORE_MA: _ansm_before_ma,
    audiences.SITES: _sites,
}


APPLICANTS = {
    audiences.PRESCRIBER,
    audiences.PHARMACY,
    audiences.APPLICANT_SIDE,
    audiences.COMPANY,
    audiences.SITES,
}
AGENCY_AUDIENCES = frozenset(AUDIENCES) - APPLICANTS

_also: list[Callable[[Act, Event], None]] = []


def also_tell(function: Callable[[Act, Event], None]) -> None:
    """`function(act, event)` queues its own messages for whoever a room on the right knows of, in the transaction of
    the act. To call in `ready()`; the same function is called once."""
    if function not in _also:
        _also.append(function)


def tell(*, act: Act, event: Event) -> None:
    """Queue one message per person told of this act, never to the one who acted. Only labels, never a datum.

    A person of two audiences is told once, in the words of the first.
    """
    table = procedure(act.dossier.procedure, act.dossier.workflow_version)
    title = act.title if event.machine == "title" else None
    state = TITLE.state(title.state) if title else table.state(act.dossier.state)
    told = {act.actor.person_id}
    for audience in act.row.tells:
        people = AUDIENCES[audience](act.dossier) - told
        if not people:
            continue
        told |= people
        queue(
            kind=act.row.name,
            recipients=Person.objects.filter(pk__in=people, is_active=True),
            dedupe=f"{act.dossier.pk}:{event.seq}",
            dossier=act.dossier,
            reference=act.dossier.reference,
            path=dossier_path(act.dossier.reference),
            context={
                "label": act.row.past,
                "procedure": table.name,
                "state": state.staff if audience in AGENCY_AUDIENCES else state.applicant,
                **({"title": act.title.number} if act.title else {}),
                **words_for(
                    act.row.name,
                    audience,
                    on_title=title is not None,
                    held_by_a_company=act.dossier.organisation.kind in (COMPANY, PROJECT),
                    treats=act.dossier.organisation.kind == ESTABLISHMENT,
                ),
            },
            at=act.at,
        )
    for function in _also:
        function(act, event)
