"""One dossier of each kind, told through the services as in real life: the bulk loader copies these, so that a loaded
dossier has every row, and only the rows, that the site itself would have written."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Field, JSONField, Model

from benchmarks.people import Hospital, Member, Product
from catalogue.models import Indication
from documents.models import LetterOrder
from dossiers.demo.story import ONE_DAY, Story, demo_actor
from dossiers.demo.story import Cast as Played
from dossiers.models import (
    AccessLog,
    Assignment,
    ClockFact,
    Decision,
    Dossier,
    DraftSection,
    Event,
    InformationRequest,
    Message,
    Party,
    Submission,
    Title,
    TitleVersion,
)
from dossiers.services import access
from dossiers.services.conversation import post
from dossiers.services.title_days import follow_titles
from notifications.models import OutboxMessage
from workflows.dates import PARIS

TABLES: tuple[type[Model], ...] = (
    Dossier,
    DraftSection,
    Submission,
    Party,
    Assignment,
    InformationRequest,
    Message,
    Decision,
    Event,
    ClockFact,
    Title,
    TitleVersion,
    LetterOrder,
    OutboxMessage,
    AccessLog,
)
MONTHS = (3, 6, 12)
OPEN = ("draft", "at_pharmacy", "received", "assessment", "info_requested", "to_sign")


@dataclass(frozen=True)
class Told:
    """One row of a pattern: as the code reads it, and as the database receives it."""

    values: dict[str, Any]
    stored: list[Any]


@dataclass(frozen=True)
class Pattern:
    """`ended_on`: day of its last act. `due_on` is the dossier's, `ends_on` its title's."""

    name: str
    rows: dict[type[Model], list[Told]]
    ended_on: dt.date
    due_on: dt.date | None
    ends_on: dt.date | None

    @property
    def dossier(self) -> dict[str, Any]:
        return self.rows[Dossier][0].values

    @property
    def title(self) -> dict[str, Any]:
        """Empty when nothing was granted."""
        return self.rows[Title][0].values if self.rows[Title] else {}


def tell_all(now: dt.datetime, told_step: Callable[[], None]) -> dict[str, Pattern]:
    """Every pattern by name. Titles that expire come first: the calendar that ends them would end others too."""
    teller = _Teller(now)
    tellings: dict[str, Callable[[], Story]] = {}
    for months in MONTHS:
        tellings[f"expired_{months}"] = lambda months=months: teller.expired(months)  # type: ignore[misc]
    for months in MONTHS:
        tellings[f"in_force_{months}"] = lambda months=months: teller.granted(months)  # type: ignore[misc]
    for name in (*OPEN, "refused", "withdrawn", "closed"):
        tellings[name] = getattr(teller, name)
    patterns = {}
    for name, telling in tellings.items():
        patterns[name] = _read(name, telling())
        told_step()
    return patterns


def cast_of_patterns(hospital: Hospital, product: Product) -> tuple[Hospital, Product, Member]:
    """Who and what the patterns are about, to be replaced in the copies."""
    assessor = demo_actor("ansm_assessor")
    return hospital, product, Member(assessor.membership_id or 0, assessor.person_id or 0, assessor.name)


class _Teller:
    def __init__(self, now: dt.datetime) -> None:
        # Long ago enough for the longest title to have expired.
        self.at = dt.datetime.combine(now.date() - 400 * ONE_DAY, dt.time(9), tzinfo=PARIS)

    def draft(self) -> Story:
        indication = Indication.objects.select_related("medicine").filter(medicine__name="QALSODY").order_by("pk")[0]
        cast = Played(prescriber="bench-prescriber-0", pharmacist="bench-pharmacist-0")
        return Story(at=self.at, indication=indication, cast=cast).draft()

    def at_pharmacy(self) -> Story:
        return self.draft().sign()

    def received(self) -> Story:
        return self.at_pharmacy().file()

    def assessment(self) -> Story:
        told = self.received().take_up()
        for login in ("bench-prescriber-0", "ansm_assessor", "ansm_signatory"):
            access.record(dossier=told.dossier, actor=demo_actor(login), what="page", at=told.at)
        return told

    def info_requested(self) -> Story:
        return self.assessment().ask("Quelle est la date du dernier dosage ?")

    def _after_a_question(self) -> Story:
        told = self.info_requested().answer("Le mois dernier : 54 pg/mL.")
        for part, body, staff_only in (
            ("assessor", "Merci de votre réponse rapide.", False),
            ("assessor", "Comparer avec la demande précédente de ce service.", True),
        ):
            post(reference=told.reference, body=body, actor=told.actor(part), staff_only=staff_only, at=told.at)
        return told

    def to_sign(self) -> Story:
        return self.assessment().propose("grant", "Maladie grave sans alternative ; bénéfice présumé.")

    def granted(self, months: int) -> Story:
        """A question was asked about the longest."""
        told = self._after_a_question() if months == max(MONTHS) else self.assessment()
        return told.propose("grant", "Maladie grave sans alternative ; bénéfice présumé.", months=months).grant()

    def expired(self, months: int) -> Story:
        told = self.granted(months)
        follow_titles(at=dt.datetime.combine(told.title.ends_on + ONE_DAY, dt.time(6), tzinfo=PARIS))
        return told

    def refused(self) -> Story:
        return self._after_a_question().propose("refuse", "L'efficacité ne peut plus être présumée.").refuse()

    def withdrawn(self) -> Story:
        told = self.assessment()
        told.do("withdraw", "prescriber", {"reason": "Le patient entre dans un essai clinique."})
        return told

    def closed(self) -> Story:
        told = self.info_requested().remind()
        told.do("close_without_action", "assessor", {"reason": "Aucune réponse après la relance."}, after=3 * ONE_DAY)
        return told


def _read(name: str, story: Story) -> Pattern:
    dossier = story.dossier
    rows = {model: [_told(one) for one in _of(model, dossier)] for model in TABLES}
    acts = [one.values["at"] for one in rows[Event]]
    title = rows[Title][0].values if rows[Title] else {}
    return Pattern(name, rows, max(acts).date(), dossier.due_on, title.get("ends_on"))


def _of(model: type[Model], dossier: Dossier) -> list[Model]:
    found = model._default_manager.order_by("pk")
    if model is Dossier:
        return list(found.filter(pk=dossier.pk))
    return list(found.filter(title__dossier=dossier) if model is TitleVersion else found.filter(dossier=dossier))


def _told(row: Model) -> Told:
    fields = row._meta.concrete_fields
    if isinstance(row, Event):
        row.recorded_at = row.at  # the copies were recorded when they happened, not while the benchmark ran
    values = {field.attname: getattr(row, field.attname) for field in fields}
    return Told(values, [_stored(field, values[field.attname]) for field in fields])


def _stored(field: Field[Any, Any], value: Any) -> Any:
    """As the database receives it; plain JSON as text, which is written as fast as it is copied."""
    return json.dumps(value) if isinstance(field, JSONField) else field.get_db_prep_save(value, connection)
