"""Who acts in a history. Its source names bodies and hospitals, not people: each role of each organisation gets one
person made for it, who can never sign in, holds no role on any day, and so is never written to."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.actors import actor_for
from accounts.models import Delegation, Membership, Organisation, Person
from accounts.services import delegate_signature, join_organisation
from workflows import roles
from workflows.types import Actor, Reason, System

DOMAIN: Final = "history.invalid"
"""No mail can reach it (RFC 2606)."""

NO_DAY: Final = dt.date(1900, 1, 1)
"""First day of these memberships, and first day they no longer hold: they are open on no day at all."""

CAUSE: Final = "history"
BODIES: Final = {roles.ANSM: "ANSM", roles.HAS: "HAS", roles.MINISTRY: "Ministère chargé de la santé"}
_NUMBERS: Final = ("number", "finess", "finess_et", "finess_ej", "siren")
_COLUMNS: Final = {"number": ("finess_et", "siren", "finess_ej"), "finess": ("finess_et", "finess_ej")}
"""Where a number is looked for that its source does not call by the name of a column."""


class NoActor(Exception):
    """Nobody can do this step; `reason` says why."""

    def __init__(self, code: str, message: str, where: str) -> None:
        self.reason = Reason(code, message, where)
        super().__init__(code)


@dataclass
class Cast:
    """Finds or makes each person once a run. What a refused case had made is forgotten with it (`forget`)."""

    _actors: dict[tuple[int, str, str], Actor] = field(default_factory=dict)
    _organisations: dict[tuple[tuple[str, str], ...], Organisation] = field(default_factory=dict)
    _bodies: dict[str, Organisation] = field(default_factory=dict)
    _new: list[tuple[dict[Any, Any], Any]] = field(default_factory=list)

    def keep(self) -> None:
        """The case is committed: what it made stays."""
        self._new.clear()

    def forget(self) -> None:
        """The case was undone: whatever it found may be gone with it."""
        for cache, key in self._new:
            cache.pop(key, None)
        self._new.clear()

    def applicant(self, said: Mapping[str, str], created_by: frozenset[str]) -> Organisation:
        """The organisation that a case names, found by its numbers, else by its name; made, without members, when we do
        not know it. Raises NoActor for a number that is none, and when several may be meant."""
        kinds = [kind for kind, held in roles.ROLES_BY_ORGANISATION_KIND.items() if held & created_by]
        key = (*sorted(said.items()), ("kinds", ",".join(kinds)))
        if key not in self._organisations:
            self._remember(self._organisations, key, _found(said, kinds) or _made(said, kinds))
        return self._organisations[key]

    def actor(self, role: str, applicant: Organisation, procedure: str) -> Actor:
        """Somebody who holds `role`, at the applicant's when it has such a role, else in the public body that has it.

        Raises NoActor when neither has it."""
        if role == roles.SYSTEM:
            return System(CAUSE)
        organisation = applicant if role in applicant.allowed_roles else self._body(role)
        key = (organisation.pk, role, procedure)
        if key not in self._actors:
            self._remember(self._actors, key, _actor(organisation, role, procedure))
        return self._actors[key]

    def _body(self, role: str) -> Organisation:
        kind = next((kind for kind in BODIES if role in roles.ROLES_BY_ORGANISATION_KIND[kind]), None)
        if kind is None:
            message = _("No organisation of this case has the role “%s”.") % role
            raise NoActor("no_actor", message, "role")
        if kind not in self._bodies:
            found = Organisation.objects.filter(kind=kind).order_by("pk").first()
            self._remember(self._bodies, kind, found or Organisation.objects.create(kind=kind, name=BODIES[kind]))
        return self._bodies[kind]

    def _remember(self, cache: dict[Any, Any], key: Any, value: Any) -> None:
        cache[key] = value
        self._new.append((cache, key))


# ----------------------------------------------------------------------------------------------- organisations


def _found(said: Mapping[str, str], kinds: list[str]) -> Organisation | None:
    """By a number, else by the name, unless it has another number: the file of a patient must not open to a hospital
    that happens to be called alike. Raises NoActor when several may be meant."""
    known = Organisation.objects.filter(kind__in=kinds).order_by("pk")
    name = said.get("name", "")
    numbers = _numbers(said)
    for kind, number in numbers.items():
        for column in _COLUMNS.get(kind, (kind,)):
            found = list(known.filter(**{column: number}))
            if found:
                return _the_one(found, name)
    if not name and numbers:
        return None
    for kind in numbers:
        known = known.filter(**dict.fromkeys(_COLUMNS.get(kind, (kind,)), ""))
    found = list(known.filter(name__iexact=name or _unnamed()))
    return _the_one(found) if found else None


def _the_one(found: list[Organisation], name: str = "") -> Organisation:
    """The legal entity of a hospital has several sites, and two hospitals may have one name."""
    called = [one for one in found if one.name.lower() == name.lower()] if len(found) > 1 else found
    if len(called) != 1:
        names = ", ".join(f"{one.name} ({one.finess_et or one.siren or one.finess_ej})" for one in found[:5])
        message = _("Several organisations may be meant: %s. Give the number of the one that asked.")
        raise NoActor("applicant_unclear", message % names, "applicant")
    return called[0]


def _numbers(said: Mapping[str, str]) -> dict[str, str]:
    return {name: said[name].replace(" ", "") for name in _NUMBERS if said.get(name)}


def _made(said: Mapping[str, str], kinds: list[str]) -> Organisation:
    numbers = _numbers(said)
    organisation = Organisation(kind=said.get("kind") or kinds[0], name=said.get("name") or "")
    if organisation.kind not in kinds:
        raise NoActor(
            "applicant_kind", _("An applicant of this procedure is one of: %s.") % ", ".join(kinds), "applicant"
        )
    if "siren" in numbers:
        organisation.siren = numbers.pop("siren")
    if "finess_ej" in numbers:
        organisation.finess_ej = numbers.pop("finess_ej")
    if numbers:
        number = next(iter(numbers.values()))
        column = "finess_et" if organisation.kind == roles.ESTABLISHMENT else "siren"
        setattr(organisation, column, number)
    organisation.name = (organisation.name or " ".join(numbers.values()) or _unnamed())[:200]
    try:
        organisation.full_clean(validate_constraints=False)
    except ValidationError as error:
        raise NoActor("applicant", " ".join(error.messages), "applicant") from error
    organisation.save()
    return organisation


def _unnamed() -> str:
    with translation.override(settings.LANGUAGE_CODE):
        return _("Applicant not named by the source")


# ------------------------------------------------------------------------------------------------------ people


def _actor(organisation: Organisation, role: str, procedure: str) -> Actor:
    membership = Membership.objects.select_related("person", "organisation").filter(
        organisation=organisation, role=role, person__email=_email(organisation, role)
    ).order_by("pk").first() or _member(organisation, role)
    if organisation.kind in BODIES and Delegation.in_force(membership, procedure, NO_DAY) is None:
        with translation.override(settings.LANGUAGE_CODE):
            unknown = _("Not given by the imported history")
        delegate_signature(
            membership=membership,
            delegator_name=unknown,
            delegator_title=unknown,
            reference=unknown,
            procedures=[procedure],
            starts_on=NO_DAY,
        )
    return actor_for(membership)


def _email(organisation: Organisation, role: str) -> str:
    return f"{role}.{organisation.pk}@{DOMAIN}"


def _member(organisation: Organisation, role: str) -> Membership:
    with translation.override(settings.LANGUAGE_CODE):
        first_name, last_name = str(roles.LABELS[role]), _("(imported history)")
    person = Person.objects.filter(email=_email(organisation, role)).first() or Person.objects.create_user(
        _email(organisation, role), first_name=first_name, last_name=last_name, is_active=False
    )
    return join_organisation(person=person, organisation=organisation, role=role, starts_on=NO_DAY, ends_on=NO_DAY)
