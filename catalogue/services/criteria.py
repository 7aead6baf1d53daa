"""ANSM publishes grant criteria, and what goes with a first grant (CSP R.5121-74-3, R.5121-74-10)."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalogue.criteria import RCP_KEY
from catalogue.identifiers import check_ucd13
from catalogue.models import CriteriaVersion, Criterion, CriterionKind, Indication, Medicine, ReferentialAct
from catalogue.ranges import BadRange, check_ranges
from catalogue.services.history import note_change
from workflows import roles
from workflows.types import Actor, Reason

PUBLISHERS: Final = frozenset({roles.ANSM_ASSESSOR, roles.ANSM_SIGNATORY, roles.SYSTEM})
MOST_CRITERIA: Final = 50
TIME_UNITS: Final = ("days", "months", "years")
PARIS: Final = ZoneInfo("Europe/Paris")


class CriteriaRefused(Exception):
    """The criteria cannot be published as they are. `reasons` say why; their field is `<index>.<field>` for a criterion
    (index from 0), the name of the field otherwise."""

    def __init__(self, *reasons: Reason) -> None:
        super().__init__("; ".join(str(reason.message) for reason in reasons))
        self.reasons = reasons


class NotAllowed(Exception):
    """This role does not change the referential."""


@dataclass(frozen=True)
class NewCriterion:
    """One criterion to publish; see `catalogue.models.Criterion` for what `accepted` and `choices` hold."""

    key: str
    text: str
    kind: str = CriterionKind.STATEMENT
    unit: str = ""
    accepted: Sequence[Any] = ()
    choices: Sequence[dict[str, str]] = ()
    needs_rcp: bool = False


@dataclass(frozen=True)
class Limits:
    """Who the criteria are for: ages in completed months, sex "F" or "M", highest daily dose in `dose_unit`."""

    min_age_months: int | None = None
    max_age_months: int | None = None
    sex: str = ""
    max_daily_dose: Decimal | None = None
    dose_unit: str = ""


NO_LIMITS: Final = Limits()


@dataclass(frozen=True)
class Publication:
    """The dates and the origin of a version. `invented`: the text was written for the demonstration."""

    starts_on: dt.date
    ends_on: dt.date | None = None
    review_on: dt.date | None = None
    source_url: str = ""
    invented: bool = False
    limits: Limits = field(default=NO_LIMITS)


def may_publish(actor: Actor | None) -> bool:
    """Whether this person, under this membership, publishes criteria."""
    return actor is not None and actor.role in PUBLISHERS


@transaction.atomic
def publish_criteria(
    *,
    indication: Indication,
    publication: Publication,
    criteria: Sequence[NewCriterion],
    actor: Actor,
    at: dt.datetime,
) -> CriteriaVersion:
    """Publish a new version; the version in force ends the day before it starts.

    `at` is an aware datetime. Raises `NotAllowed` for another role, `CriteriaRefused` with every fault found: nothing
    is then changed. The same version sent twice is refused the second time, because one already starts on that day.
    """
    if not may_publish(actor):
        raise NotAllowed
    # One publication at a time for an indication: two at once would both read the same last version.
    Indication.objects.select_for_update().get(pk=indication.pk)
    versions = list(CriteriaVersion.objects.filter(indication=indication).order_by("number"))
    today = at.astimezone(PARIS).date()
    reasons = (*_faults_of_dates(publication, versions, actor, today), *_faults_of(criteria))
    if reasons:
        raise CriteriaRefused(*reasons)
    _close_previous(versions, publication.starts_on)
    version = CriteriaVersion.objects.create(
        indication=indication,
        number=versions[-1].number + 1 if versions else 1,
        starts_on=publication.starts_on,
        ends_on=publication.ends_on,
        review_on=publication.review_on,
        source_url=publication.source_url,
        invented=publication.invented,
        **vars(publication.limits),
        published_at=at,
        published_by=", ".join(part for part in (actor.name, actor.organisation_name) if part),
        published_by_id=actor.person_id,
    )
    Criterion.objects.bulk_create(
        Criterion(
            version=version,
            key=new.key,
            text=new.text.strip(),
            kind=new.kind,
            unit=new.unit.strip(),
            accepted=list(new.accepted),
            choices=list(new.choices),
            needs_rcp=new.needs_rcp,
            position=position,
        )
        for position, new in enumerate(criteria, start=1)
    )
    return version


def _close_previous(versions: Iterable[CriteriaVersion], starts_on: dt.date) -> None:
    for version in versions:
        if version.ends_on is None or version.ends_on >= starts_on:
            version.ends_on = starts_on - dt.timedelta(days=1)
            version.save(update_fields=["ends_on"])


def _faults_of_dates(
    publication: Publication, versions: Iterable[CriteriaVersion], actor: Actor, today: dt.date
) -> Iterable[Reason]:
    starts_on, limits = publication.starts_on, publication.limits
    if starts_on < today and not actor.is_system:
        yield Reason("starts_in_past", _("New criteria start today at the earliest."), "starts_on")
    if any(version.starts_on >= starts_on for version in versions):
        yield Reason(
            "starts_before_last",
            _("A version of these criteria already starts on that day or later. Choose a later day."),
            "starts_on",
        )
    if publication.ends_on is not None and publication.ends_on < starts_on:
        yield Reason("ends_before_start", _("The last day is before the first."), "ends_on")
    if publication.review_on is not None and publication.review_on < starts_on:
        yield Reason("review_before_start", _("The review is before the first day."), "review_on")
    youngest, oldest = limits.min_age_months, limits.max_age_months
    if youngest is not None and oldest is not None and youngest > oldest:
        yield Reason("ages_crossed", _("The oldest age is under the youngest."), "max_age_months")
    if limits.max_daily_dose is not None and not limits.dose_unit.strip():
        yield Reason("dose_without_unit", _("Say the unit of the dose, for example mg."), "dose_unit")


def _faults_of(criteria: Sequence[NewCriterion]) -> Iterable[Reason]:
    if not criteria:
        yield Reason("no_criterion", _("Write at least one criterion."), "criteria")
    if len(criteria) > MOST_CRITERIA:
        yield Reason("too_many", _("At most %(count)d criteria.") % {"count": MOST_CRITERIA}, "criteria")
    seen: set[str] = set()
    for index, criterion in enumerate(criteria):
        if not re.fullmatch(r"[a-z0-9_-]{1,50}", criterion.key) or criterion.key == RCP_KEY:
            yield Reason("bad_key", _("The key holds lower-case letters, digits, - and _ only."), f"{index}.key")
        elif criterion.key in seen:
            yield Reason("same_key", _("Two criteria have the same key."), f"{index}.key")
        seen.add(criterion.key)
        for name, message in _faults_of_one(criterion):
            yield Reason(f"bad_{name}", message, f"{index}.{name}")


def _faults_of_one(criterion: NewCriterion) -> Iterable[tuple[str, Any]]:
    if not criterion.text.strip():
        yield "text", _("Write the criterion as prescribers will read it.")
    if criterion.kind not in CriterionKind.values:
        yield "kind", _("Choose what is asked.")
    if criterion.kind in (CriterionKind.NUMBER, CriterionKind.DATE):
        try:
            check_ranges(list(criterion.accepted))
        except BadRange as error:
            yield "accepted", str(error)
    if criterion.kind == CriterionKind.DATE and criterion.accepted and criterion.unit not in TIME_UNITS:
        yield "unit", _("The time elapsed since a date is counted in days, months or years.")
    if criterion.kind == CriterionKind.CHOICE:
        codes = [choice["code"] for choice in criterion.choices]
        if len(codes) < 2 or len(set(codes)) != len(codes):
            yield "choices", _("Write at least two different answers, one a line.")
        elif set(criterion.accepted) - set(codes):
            yield "choices", _("An accepted answer is not among the answers.")


def record_first_grant(*, indication: Indication, on: dt.date) -> bool:
    """Remember the day of the first grant. True the first time: criteria and UCD code are then to be published."""
    return bool(Indication.objects.filter(pk=indication.pk, opened_on__isnull=True).update(opened_on=on))


@transaction.atomic
def allocate_ucd(*, medicine: Medicine, ucd13: str, actor: Actor, at: dt.datetime | None = None) -> Medicine:
    """Give the medicine its UCD code after a first grant (CSP R.5121-74-3). Raises `NotAllowed`, `CriteriaRefused`."""
    at = at or timezone.now()
    if not may_publish(actor):
        raise NotAllowed
    try:
        code = check_ucd13(ucd13)
    except ValidationError as error:
        raise CriteriaRefused(Reason("bad_ucd13", " ".join(error.messages), "ucd13")) from error
    other = Medicine.objects.filter(Q(ucd13=code) & ~Q(pk=medicine.pk)).order_by("id").first()
    if other is not None:
        raise CriteriaRefused(Reason("ucd13_taken", _("%(medicine)s has this code.") % {"medicine": other}, "ucd13"))
    locked = Medicine.objects.select_for_update().get(pk=medicine.pk)
    before, locked.ucd13 = locked.ucd13, code
    if before != code:
        locked.invented_fields = [name for name in locked.invented_fields if name != "ucd13"]
        locked.save(update_fields=["ucd13", "invented_fields"])
        note_change(medicine=locked, act=ReferentialAct.UCD, changes={"ucd13": (before, code)}, actor=actor, at=at)
    return locked
