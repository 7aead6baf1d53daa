"""ANSM records what is not in the referential yet, and keeps its entries up to date; each act leaves its trace."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from catalogue.criteria import current_version
from catalogue.identifiers import check_cim10, check_orpha
from catalogue.models import Indication, Medicine, ReferentialAct, ReferentialChange, Source
from catalogue.services.criteria import PARIS, NotAllowed, may_publish
from catalogue.services.history import Changes, note_change
from catalogue.similar import similar_medicines
from catalogue.text import search_key
from workflows import roles
from workflows.types import Actor, Reason

RECORDERS: Final = frozenset({roles.ANSM_TRIAGE, roles.ANSM_ASSESSOR, roles.ANSM_SIGNATORY, roles.SYSTEM})
MOST_FOLLOWUP_MONTHS: Final = 12
"""An authorisation lasts one year at most: data asked for less often would never be due."""
MOST_DAYS: Final = 365
"""CSP L.5121-12-1, II: one year at most."""
RESTRICTED_CLASSES: Final = (
    "Médicament réservé à l'usage hospitalier",
    "Médicament à prescription hospitalière",
    "Médicament à prescription initiale hospitalière",
    "Médicament à prescription réservée à certains médecins spécialistes",
    "Médicament nécessitant une surveillance particulière pendant le traitement",
)
"""Classes of CSP R.5121-36, as letters print them; a medicine may be in several."""
BETWEEN_CLASSES: Final = " ; "
# Any number does, as long as nothing else of the database uses it: creations wait for one another.
ONE_CREATION_AT_A_TIME: Final = 5_121_036


class EntryRefused(Exception):
    """Nothing was written. `reasons` say why, each with the name of the field it is about."""

    def __init__(self, *reasons: Reason) -> None:
        super().__init__("; ".join(str(reason.message) for reason in reasons))
        self.reasons = reasons


class LooksLikeExisting(EntryRefused):
    """Medicines that may be the same one are recorded: `found`, most alike first. Choose one, or say none is."""

    def __init__(self, found: Iterable[Medicine]) -> None:
        self.found = tuple(found)
        message = _("Medicines of the same or nearly the same name are recorded: choose one of them, or say none is.")
        super().__init__(Reason("similar", message, "none_of_these"))


class ChangedMeanwhile(EntryRefused):
    """Somebody changed the entry since it was opened: `last` says who and what."""

    def __init__(self, last: ReferentialChange) -> None:
        self.last = last
        message = _("%(who)s changed this entry since you opened it. Compare, then save again.")
        super().__init__(Reason("changed_meanwhile", message % {"who": last.actor_name}))


@dataclass(frozen=True)
class NewMedicine:
    """A medicine to record: at least one of `name`, `inn`, `code_name`."""

    name: str = ""
    inn: str = ""
    code_name: str = ""
    form: str = ""
    strength: str = ""
    route: str = ""
    holder: str = ""
    restricted_class: str = ""


@dataclass(frozen=True)
class NewIndication:
    label: str
    cim10: str = ""
    orpha: str = ""
    rare: bool = False


PUT_FIELDS: Final = ("put_reference", "put_url", "put_published_on", "put_followup_months")
TERMS: Final = (
    *PUT_FIELDS,
    "automatic_grant",
    "accepts_very_early",
    "company_undertaking_on",
    "max_days",
    "ma_since",
    "aap_since",
    "closed_on",
)
"""What ANSM decides of an entry, and may change."""
MEDICINE_FIELDS: Final = ("name", "inn", "code_name", "form", "strength", "route", "holder", "restricted_class")
NOT_OF_THE_PUBLIC_FILE: Final = ("inn", "code_name", "restricted_class")
"""What may be changed of a medicine of the public database: the rest comes back with its next import."""


def may_record(actor: Actor | None) -> bool:
    """Whether this person, under this membership, records entries and their PUT-SP."""
    return actor is not None and actor.role in RECORDERS


# ------------------------------------------------------------------------------------------------- a new entry


@transaction.atomic
def create_entry(
    *,
    medicine: Medicine | NewMedicine,
    indication: NewIndication,
    actor: Actor,
    at: dt.datetime,
    none_of_these: bool = False,
) -> Indication:
    """Record an indication, of a medicine already there or of a new one. `none_of_these`: the similar medicines that
    are recorded were seen and are others.

    Raises `NotAllowed`, `EntryRefused` with every fault found, `LooksLikeExisting`; nothing is then written.
    """
    if not may_record(actor):
        raise NotAllowed
    faults = list(_faults_of_indication(indication))
    if isinstance(medicine, NewMedicine):
        faults = [*_faults_of_medicine(medicine), *faults]
        if faults:
            raise EntryRefused(*faults)
        recorded = _record_medicine(medicine, none_of_these, actor, at)
    else:
        # Two at once would both find that the indication is not there.
        recorded = Medicine.objects.select_for_update().get(pk=medicine.pk)
        faults += _faults_of_the_same_label(recorded, indication.label)
        if faults:
            raise EntryRefused(*faults)
    entry = Indication.objects.create(
        medicine=recorded,
        label=_words(indication.label),
        cim10=check_cim10(indication.cim10) if indication.cim10 else "",
        orpha=check_orpha(indication.orpha) if indication.orpha else "",
        rare=indication.rare,
    )
    new = _given(entry, ("label", "cim10", "orpha", "rare"))
    note_change(medicine=recorded, indication=entry, act=ReferentialAct.CREATED, changes=new, actor=actor, at=at)
    return entry


def _record_medicine(new: NewMedicine, none_of_these: bool, actor: Actor, at: dt.datetime) -> Medicine:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [ONE_CREATION_AT_A_TIME])
    values = {name: _words(value) for name, value in vars(new).items()}
    values["name"] = values["name"] or values["code_name"] or values["inn"]
    twin = _twin(values)
    if twin is not None:
        message = _("“%(medicine)s” is already recorded: choose it instead.")
        raise EntryRefused(Reason("already_recorded", message % {"medicine": twin}, "name"))
    alike = similar_medicines(values["name"], values["inn"], values["code_name"])
    if alike and not none_of_these:
        raise LooksLikeExisting(alike)
    medicine = Medicine.objects.create(source=Source.REFERENTIAL, **values)
    given = _given(medicine, MEDICINE_FIELDS)
    note_change(medicine=medicine, act=ReferentialAct.CREATED, changes=given, actor=actor, at=at)
    return medicine


def _twin(values: Mapping[str, str]) -> Medicine | None:
    """Same name, strength and form but for accents and case, in the referential."""
    named = Medicine.objects.filter(source=Source.REFERENTIAL, sort_key=search_key(values["name"])[:400])
    for one in named.order_by("id"):
        if all(search_key(getattr(one, name)) == search_key(values[name]) for name in ("strength", "form")):
            return one
    return None


def _given(row: Any, names: Iterable[str]) -> Changes:
    return {name: (None, getattr(row, name)) for name in names if getattr(row, name)}


def _faults_of_medicine(medicine: NewMedicine) -> Iterable[Reason]:
    if not any(_words(name) for name in (medicine.name, medicine.inn, medicine.code_name)):
        yield Reason("no_name", _("Give the name of the medicine, its substance or its code name."), "name")
    yield from _too_long(Medicine, vars(medicine))


def _faults_of_indication(indication: NewIndication) -> Iterable[Reason]:
    if not _words(indication.label):
        yield Reason("no_label", _("Write the indication, as it will be printed in letters."), "label")
    for name, check in (("cim10", check_cim10), ("orpha", check_orpha)):
        yield from _bad_code(name, getattr(indication, name), check)


def _bad_code(name: str, value: str, check: Callable[[str], str]) -> Iterable[Reason]:
    try:
        if value:
            check(value)
    except ValidationError as error:
        yield Reason(f"bad_{name}", " ".join(error.messages), name)


def _faults_of_the_same_label(medicine: Medicine, label: str) -> Iterable[Reason]:
    key = search_key(label)
    if any(search_key(one.label) == key for one in medicine.indications.order_by("id")):
        message = _("This indication of this medicine is already recorded: choose it instead.")
        yield Reason("already_recorded", message, "label")


def _too_long(model: Any, values: Mapping[str, Any]) -> Iterable[Reason]:
    for name, value in values.items():
        most = model._meta.get_field(name).max_length
        if most and isinstance(value, str) and len(value) > most:
            yield Reason("too_long", _("At most %(most)d characters.") % {"most": most}, name)


def _words(text: str) -> str:
    return " ".join(text.replace("\x00", "").split())


# ------------------------------------------------------------------------------------------- an entry that changes


def record_put(
    *,
    indication: Indication,
    reference: str,
    url: str,
    published_on: dt.date | None,
    followup_months: int | None = None,
    actor: Actor,
    at: dt.datetime,
    seen: int | None = None,
) -> Indication:
    """Record the protocol for use and follow-up (PUT-SP), without which nothing is granted (CSP R.5121-74-5), and every
    how many months it requires follow-up data (None: never). Authorisations already granted keep what they owe.

    `seen`: as in `update_entry`. Raises `NotAllowed`, `EntryRefused`, `ChangedMeanwhile`.
    """
    if not may_record(actor):
        raise NotAllowed
    values = {
        "put_reference": _words(reference),
        "put_url": url.strip(),
        "put_published_on": published_on,
        "put_followup_months": followup_months,
    }
    if not values["put_reference"]:
        raise EntryRefused(Reason("no_put_reference", _("Give the reference of the PUT-SP."), "put_reference"))
    return _change(indication, values, ReferentialAct.PUT, actor, at, seen)


def update_entry(
    *, indication: Indication, changes: Mapping[str, Any], actor: Actor, at: dt.datetime, seen: int | None = None
) -> Indication:
    """Change what ANSM decides of an entry: `changes` is {one of TERMS: value}. Periods are in days, dates civil.

    `seen` is the number of the last change (`last_change`) that the person had before their eyes (None: not checked).
    What is already so leaves no trace. Raises `NotAllowed`, `EntryRefused`, `ChangedMeanwhile`.
    """
    if not may_publish(actor):
        raise NotAllowed
    unknown = set(changes) - set(TERMS)
    if unknown:
        raise ValueError(f"not a term of an entry: {sorted(unknown)}")
    return _change(indication, dict(changes), ReferentialAct.CHANGED, actor, at, seen)


def last_change(indication: Indication) -> int:
    """The number of the last change of this entry, 0 when there is none."""
    return indication.changes.order_by("-id").values_list("id", flat=True).first() or 0


@transaction.atomic
def _change(
    indication: Indication, values: dict[str, Any], act: str, actor: Actor, at: dt.datetime, seen: int | None
) -> Indication:
    locked = Indication.objects.select_for_update(of=("self",)).select_related("medicine").get(pk=indication.pk)
    _refuse_if_changed(locked, seen)
    changed = _set(locked, values)
    if not changed:
        return locked
    faults = [*_faults_of_put(locked), *_faults_of_terms(locked, changed, at.astimezone(PARIS).date())]
    if faults:
        raise EntryRefused(*faults)
    locked.save(update_fields=[*changed, "invented_fields"])
    note_change(medicine=locked.medicine, indication=locked, act=act, changes=changed, actor=actor, at=at)
    return locked


def _refuse_if_changed(indication: Indication, seen: int | None) -> None:
    if seen is not None and last_change(indication) != seen:
        last = indication.changes.order_by("-id").first()
        if last is not None:
            raise ChangedMeanwhile(last)


def _set(row: Any, values: Mapping[str, Any]) -> Changes:
    """Give `row` the values that differ; what a person now vouches for is no longer invented."""
    changed = {name: (getattr(row, name), value) for name, value in values.items() if getattr(row, name) != value}
    for name, value in values.items():
        setattr(row, name, value)
    row.invented_fields = [name for name in row.invented_fields if name not in changed]
    return changed


def _faults_of_put(entry: Indication) -> Iterable[Reason]:
    yield from _too_long(Indication, {"put_reference": entry.put_reference, "put_url": entry.put_url})
    if (entry.put_url or entry.put_published_on or entry.put_followup_months) and not entry.put_reference:
        yield Reason("no_put_reference", _("Give the reference of the PUT-SP."), "put_reference")
    if entry.put_url and not entry.put_url.startswith(("https://", "http://")):
        yield Reason("bad_put_url", _("Copy the address of the page, which starts with https://."), "put_url")
    if entry.put_published_on and not entry.put_url:
        message = _("A published PUT-SP has an address: letters send the prescriber there.")
        yield Reason("no_put_url", message, "put_url")
    months = entry.put_followup_months
    if months is not None and not 1 <= months <= MOST_FOLLOWUP_MONTHS:
        message = _("From 1 to %(most)d months; empty when the protocol requires no follow-up data.")
        yield Reason("bad_followup", message % {"most": MOST_FOLLOWUP_MONTHS}, "put_followup_months")


def _faults_of_terms(entry: Indication, changed: Changes, today: dt.date) -> Iterable[Reason]:
    if not 1 <= entry.max_days <= MOST_DAYS:
        message = _("From 1 to %(most)d days: the law allows one year at most.")
        yield Reason("bad_max_days", message % {"most": MOST_DAYS}, "max_days")
    if entry.closed_on and entry.opened_on and entry.closed_on < entry.opened_on:
        message = _("The first access was granted after that day: choose a later one.")
        yield Reason("closed_before_opened", message, "closed_on")
    if entry.company_undertaking_on and entry.company_undertaking_on > today:
        message = _("Write the day the undertaking was received, today at the latest.")
        yield Reason("undertaking_in_future", message, "company_undertaking_on")
    if not entry.automatic_grant:
        return
    # Criteria that lapsed since are no reason to refuse another change: without them nothing is granted by itself.
    if "automatic_grant" in changed and current_version(entry, today) is None:
        message = _("No criteria are in force: publish them before requests are granted automatically.")
        yield Reason("automatic_without_criteria", message, "automatic_grant")
    published = entry.put_published_on
    if not entry.put_reference or published is None or published > today:
        message = _("No PUT-SP is published: publish it before requests are granted automatically.")
        yield Reason("automatic_without_put", message, "automatic_grant")


# ------------------------------------------------------------------------------------------ a medicine put right


def fields_that_may_change(medicine: Medicine) -> tuple[str, ...]:
    return MEDICINE_FIELDS if medicine.source == Source.REFERENTIAL else NOT_OF_THE_PUBLIC_FILE


@transaction.atomic
def update_medicine(*, medicine: Medicine, changes: Mapping[str, str], actor: Actor, at: dt.datetime) -> Medicine:
    """Put right what is recorded of a medicine: `changes` is {one of `fields_that_may_change`: text}. Letters already
    issued keep what they say. Raises `NotAllowed`, `EntryRefused`."""
    if not may_record(actor):
        raise NotAllowed
    locked = Medicine.objects.select_for_update().get(pk=medicine.pk)
    unknown = set(changes) - set(fields_that_may_change(locked))
    if unknown:
        raise ValueError(f"not to be changed here: {sorted(unknown)}")
    changed = _set(locked, {name: _words(value) for name, value in changes.items()})
    if not changed:
        return locked
    faults = list(_too_long(Medicine, changes))
    if not locked.name:
        faults.append(Reason("no_name", _("A medicine needs a name; its code name will do."), "name"))
    if faults:
        raise EntryRefused(*faults)
    locked.save(update_fields=[*changed, "invented_fields"])
    note_change(medicine=locked, act=ReferentialAct.CHANGED, changes=changed, actor=actor, at=at)
    return locked
