"""Whom a file invites: a company by an address or its name, a clinician whom a hospital knows.

An invitation opens an account for a company only: whether somebody is a doctor is for their hospital to say.
"""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.mails import first_path, send_invitation
from accounts.models import Membership, Organisation, Person
from accounts.services import invite
from dossiers.services.errors import Blocked
from workflows.roles import APPLICANT, COMPANY, CONTRIBUTOR, ESTABLISHMENT, PRESCRIBER, PROJECT
from workflows.types import Reason

Found = tuple[Organisation, int | None]


def company_invited(*, email: str, name: str, on: dt.date) -> Found:
    """The company and, when the address is of one of its people, their membership.

    An address of nobody with a name of no company opens both: an account, to which the invitation is mailed after the
    commit. A company known by its name is never joined by a stranger: its own applicants are told. Blocked when the
    address alone is given and nobody has it, when it is of somebody who works for no company (a clinician would be the
    manufacturer of their own request), and when nobody of the company could take the file over.
    """
    kinds = (COMPANY, PROJECT)
    member = _member(email, (APPLICANT, CONTRIBUTOR), kinds, on)
    if member is not None:
        return member.organisation, member.pk
    known = Organisation.objects.filter(kind__in=kinds)
    company = _one(known.filter(name__iexact=name)) if name else None
    company = company or (_one(known.filter(email__iexact=email)) if email else None)
    if company is not None:
        _refuse_where_nobody_answers(company, on)
        return company, None
    if not (email and name):
        message = _("Nobody is known under this address or name: give the e-mail address and the name of the company.")
        raise Blocked([Reason("nobody_known", message, "email" if name else "company")])
    if Person.objects.filter(email__iexact=email).exists():
        message = _("This person has an account here, but for no company: give the address of somebody of the company.")
        raise Blocked([Reason("not_of_a_company", message, "email")])
    company = Organisation.objects.create(kind=COMPANY, name=name, email=email)
    last_name = name[: Person._meta.get_field("last_name").max_length]
    made = invite(organisation=company, email=email, first_name="", last_name=last_name, role=APPLICANT, on=on)
    # The act is done, whatever becomes of this mail: that of the act itself goes to the same address, and waits.
    transaction.on_commit(lambda: _send(made.pk), robust=True)
    return company, made.pk


def _refuse_where_nobody_answers(company: Organisation, on: dt.date) -> None:
    there = Membership.objects.open_on(on).filter(organisation=company, role=APPLICANT, person__is_active=True)
    if not there.exists():
        message = _("Nobody of this company may take the file over here yet: ask ANSM to have them given an account.")
        raise Blocked([Reason("nobody_there", message, "company")])


def clinician_known(*, email: str, hospital: str, on: dt.date) -> tuple[Organisation | None, int | None]:
    """The hospital and, when the address is of one of its prescribers, their membership; (None, None) when unknown."""
    member = _member(email, (PRESCRIBER,), (ESTABLISHMENT,), on)
    if member is not None:
        return member.organisation, member.pk
    known = Organisation.objects.filter(kind=ESTABLISHMENT, name__iexact=hospital) if hospital else None
    return (_one(known) if known is not None else None), None


def _member(email: str, roles: tuple[str, ...], kinds: tuple[str, ...], on: dt.date) -> Membership | None:
    if not email:
        return None
    found = Membership.objects.open_on(on).filter(
        person__email__iexact=email, person__is_active=True, role__in=roles, organisation__kind__in=kinds
    )
    return found.select_related("organisation").order_by("role", "pk").first()


def _one(found: QuerySet[Organisation]) -> Organisation | None:
    """None when several bear the name: which one is meant cannot be told."""
    rows = list(found.order_by("pk")[:2])
    return rows[0] if len(rows) == 1 else None


def _send(membership_id: int) -> None:
    """The accounts' own invitation, its link made when it is sent."""
    membership = Membership.objects.select_related("person", "organisation").get(pk=membership_id)
    send_invitation(membership=membership, link=f"{settings.SITE_URL}{first_path(membership.person)}")
