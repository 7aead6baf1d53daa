"""A patient asked for, accepted or not: what happens before the first day of treatment."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import Any, Final

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cohort.forms import Setting, apart
from cohort.models import CohortForm, Inclusion
from cohort.policy import may_include, titles_of_cohorts
from cohort.prefill import answers_of_aac, own_aac
from cohort.profile import profile_of
from cohort.services import keys, log, tell
from cohort.services.forms import storable
from cohort.services.step import demand, demand_open, held, locked, take
from dossiers.services import numbers
from dossiers.services.errors import Blocked, NotFound, WrongState
from dossiers.services.log import sha256_of
from workflows.dates import civil_date
from workflows.putrd_library import ACCESS_REQUEST
from workflows.types import Actor, Reason

ACCESS_NUMBER: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9./_-]{0,39}")
NO_YEAR: Final = 0
"""The ranks of a cohort go on from one year to the next."""

DOUBLE_CLICK: Final = dt.timedelta(seconds=20)


def create(
    *,
    chain: str,
    actor: Actor,
    source: str = "",
    typed: Mapping[str, Any] | None = None,
    key: str = "",
    at: dt.datetime | None = None,
) -> Inclusion:
    """Begin an access request of the actor's hospital in the cohort `chain`. `source`: number of an AAC of the same
    hospital for the same medicine, whose answers fill the form; `typed`: answers known already, which win.

    Pressed twice at once, or sent again with the same `key`, it is begun once. Raises NotFound, Forbidden, Blocked
    (title not in force; a name, a national number), Conflict (the key was used for another request).
    """
    at = at or timezone.now()
    with transaction.atomic(durable=True):
        if not titles_of_cohorts(actor).filter(chain=chain).exists():
            raise NotFound([Reason("not_found", _("No such early access."))])
        demand(may_include(actor))
        cohort = held(chain)
        if cohort is None or actor.organisation_id is None:
            raise NotFound([Reason("not_found", _("No such early access."))])
        request = sha256_of({"include": chain, "source": source, "typed": typed or {}})
        before = keys.begun_under(actor, key, request)
        if before is None and not (key or typed):
            before = _sent_twice(chain, source, actor, at)
        if before is not None:
            return before
        demand_open(cohort, at)
        title = own_aac(actor, cohort, source) if source else None
        if source and title is None:
            raise NotFound([Reason("source", _("No such compassionate access in your hospital."))])
        given = answers_of_aac(title) if title is not None else {}
        variables = cohort.variables(ACCESS_REQUEST)
        asked = {one.code for one in variables}
        given = {code: value for code, value in given.items() if code in asked}
        kept = storable(typed or {}, variables, Setting(on=civil_date(at)))
        answers, personal = apart(variables, {**given, **kept})
        rank = numbers.next_number(series=chain, year=NO_YEAR)
        inclusion = Inclusion.objects.create(
            title=cohort.title,
            chain=chain,
            rank=rank,
            pseudonym=f"{chain}/{rank:04d}",
            organisation_id=actor.organisation_id,
            identity=personal,
            profile=profile_of(personal.get("birth_month"), answers.get("sex"), civil_date(at)),
            source=title.number if title is not None else "",
            created_by_id=actor.person_id,
            created_at=at,
            changed_at=at,
        )
        CohortForm.objects.create(
            inclusion=inclusion,
            form=ACCESS_REQUEST,
            answers=answers,
            personal=personal,
            version=1,
            saved_at=at,
            saved_by_id=actor.person_id,
        )
        log.append(inclusion=inclusion, verb="create", actor=actor, at=at, target="draft")
        keys.remember(actor, key, request, inclusion, at)
        return inclusion


def fill_from_aac(*, pseudonym: str, source: str, actor: Actor, at: dt.datetime | None = None) -> Inclusion:
    """Fill what is still empty in the access request from an AAC of the same hospital. What was typed wins.

    Raises NotFound, Forbidden, WrongState (no longer a draft).
    """
    at = at or timezone.now()
    with transaction.atomic(durable=True):
        inclusion, cohort = locked(pseudonym, actor)
        demand(may_include(actor))
        title = own_aac(actor, cohort, source)
        if title is None:
            raise NotFound([Reason("source", _("No such compassionate access in your hospital."))])
        if inclusion.state != "draft":
            raise WrongState([Reason("state", _("The access request is signed: it can no longer be changed."))])
        form = inclusion.forms.select_for_update().get(form=ACCESS_REQUEST)
        variables = cohort.variables(ACCESS_REQUEST)
        asked = {one.code for one in variables}
        given = {code: value for code, value in answers_of_aac(title).items() if code in asked}
        form.answers, form.personal = apart(variables, {**given, **form.answers, **form.personal})
        form.version += 1
        form.saved_at, form.saved_by_id = at, actor.person_id
        form.save()
        inclusion.source, inclusion.identity, inclusion.changed_at = title.number, form.personal, at
        inclusion.profile = profile_of(form.personal.get("birth_month"), form.answers.get("sex"), civil_date(at))
        inclusion.save(update_fields=["source", "identity", "profile", "changed_at"])
        return inclusion


def accept(
    *, pseudonym: str, access_number: str = "", actor: Actor, version: int | None = None, at: dt.datetime | None = None
) -> Inclusion:
    """The company gives access, under its own number or, when it gives none, the next of the cohort.

    Raises NotFound, Forbidden, WrongState, Stale, Blocked (title not in force, number taken or ill-written).
    """
    at = at or timezone.now()
    with transaction.atomic(durable=True):
        inclusion, cohort = locked(pseudonym, actor, with_title=True, version=version)
        number = access_number.strip() or _next_access_number(inclusion.chain)
        if not ACCESS_NUMBER.fullmatch(number):
            message = _("Write a number of 40 characters at most: letters, digits, and . / _ - between them.")
            raise Blocked([Reason("access_number", message, "access_number")])
        if Inclusion.objects.filter(chain=inclusion.chain, access_number=number).exclude(pk=inclusion.pk).exists():
            message = _("This access number is already given to another patient.")
            raise Blocked([Reason("access_number_taken", message, "access_number")])
        inclusion.access_number, inclusion.answered_at = number, at
        take(
            inclusion=inclusion,
            cohort=cohort,
            name="accept",
            actor=actor,
            at=at,
            payload={"access_number": number},
        )
        label = _("The company gives access")
        todo = _("Order the medicine, then fill in the form of the start of treatment.")
        tell.prescriber(inclusion, "cohort_accept", label, actor, at, todo)
        return inclusion


def decline(
    *, pseudonym: str, reason: str, actor: Actor, version: int | None = None, at: dt.datetime | None = None
) -> Inclusion:
    """The company declines, with its reason. Raises NotFound, Forbidden, WrongState, Stale, Blocked."""
    at = at or timezone.now()
    with transaction.atomic(durable=True):
        inclusion, cohort = locked(pseudonym, actor, version=version)
        inclusion.answered_at = at
        take(inclusion=inclusion, cohort=cohort, name="decline", actor=actor, at=at, reason=reason)
        tell.prescriber(inclusion, "cohort_decline", _("The company declines access"), actor, at)
        return inclusion


def withdraw(
    *, pseudonym: str, reason: str, actor: Actor, version: int | None = None, at: dt.datetime | None = None
) -> Inclusion:
    """The hospital gives up before the treatment began; the company reads the reason if it was asked already.

    Raises NotFound, Forbidden, WrongState, Stale, Blocked.
    """
    at = at or timezone.now()
    with transaction.atomic(durable=True):
        inclusion, cohort = locked(pseudonym, actor, version=version)
        take(inclusion=inclusion, cohort=cohort, name="withdraw", actor=actor, at=at, reason=reason)
        return inclusion


def _sent_twice(chain: str, source: str, actor: Actor, at: dt.datetime) -> Inclusion | None:
    lately = Inclusion.objects.filter(
        chain=chain,
        source=source,
        state="draft",
        version=1,
        created_by=actor.person_id,
        organisation=actor.organisation_id,
        created_at__range=(at - DOUBLE_CLICK, at),
    )
    begun = lately.order_by("pk").first()
    # Something typed in it already: this is another patient, not the same press.
    return begun if begun is not None and not begun.forms.filter(version__gt=1).exists() else None


def _next_access_number(chain: str) -> str:
    """ "AAP-2026-000012-A0007": skips those that the company gave by hand."""
    while True:
        number = f"{chain}-A{numbers.next_number(series=f'{chain}-A', year=NO_YEAR):04d}"
        if not Inclusion.objects.filter(chain=chain, access_number=number).exists():
            return number
