"""Writes the dossiers of a plan: each is a copy of one told through the services, with other people, another product,
other numbers and other days, and a hash chain of its own that `verify_log` finds whole."""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from types import SimpleNamespace
from typing import Any

from django.db import connection, models
from django.db.models import Max, Model

from accounts.models import Membership, Organisation, Person
from benchmarks.bulk import copy_rows, go_on_numbering, settle, without_indexes
from benchmarks.patterns import TABLES, Pattern, Told
from benchmarks.people import Hospital, Member, Product
from benchmarks.plan import Copy
from catalogue.models import Indication, Medicine
from catalogue.text import search_key
from documents.models import LetterOrder
from dossiers.models import Dossier, DraftSection, Event, Number, Submission, Title, TitleVersion
from dossiers.services.log import hash_of, sha256_of
from dossiers.services.numbers import spell
from notifications.models import OutboxMessage

CHUNK = 2_000
NAMES = ("author_name", "actor_name", "actor_organisation", "proposer_name")
A_DAY = re.compile(r"\d{4}-\d\d-\d\d")
DATES = (models.DateField,)  # and DateTimeField, which derives from it
ORIGINAL = tuple[Hospital, Product, Member]


class Table:
    """How to copy one row of a table: which columns are days, links and names."""

    def __init__(self, model: type[Model]) -> None:
        fields = model._meta.concrete_fields
        self.name = model._meta.db_table
        self.columns = [str(field.column) for field in fields]
        self.attributes = [field.attname for field in fields]
        self.at = {field.attname: rank for rank, field in enumerate(fields)}
        self.days = [rank for rank, field in enumerate(fields) if isinstance(field, DATES)]
        self.links = [(rank, field.related_model) for rank, field in enumerate(fields) if field.is_relation]
        self.names = [self.at[name] for name in NAMES if name in self.at]
        self.stored = {field.attname: field.get_db_prep_save for field in fields}
        self.last = model._default_manager.aggregate(last=Max("pk"))["last"] or 0
        self.rows: list[list[Any]] = []

    def copy(self, told: Told, swaps: Mapping[Any, Mapping[Any, Any]], shift: dt.timedelta) -> list[Any]:
        row = told.stored.copy()
        self.last += 1
        row[0] = self.last
        for rank in self.days:
            if row[rank] is not None:
                row[rank] += shift
        for rank, model in self.links:
            row[rank] = swaps[model].get(row[rank], row[rank])
        for rank in self.names:
            row[rank] = swaps[str].get(row[rank], row[rank])
        self.rows.append(row)
        return row

    def put(self, row: list[Any], **values: Any) -> None:
        """Values as the database receives them."""
        for name, value in values.items():
            row[self.at[name]] = value

    def encrypt(self, attribute: str, value: Any) -> Any:
        return self.stored[attribute](value, connection)

    def flush(self) -> None:
        copy_rows(self.name, self.columns, self.rows)
        self.rows = []


class Loader:
    """Not for two at a time: it numbers rows itself. `original` is who and what the patterns are about."""

    def __init__(self, original: ORIGINAL) -> None:
        self.original = original
        self.tables = {model: Table(model) for model in TABLES}
        self.counters = {(one.series, one.year): one.last for one in Number.objects.all()}
        self.known: dict[Any, Any] = {}

    def load(
        self, copies: Iterable[Copy], *, loaded: Callable[[int], None], built_one: Callable[[int, int], None]
    ) -> None:
        """`loaded(how many)` after each chunk, `built_one(done, total)` after each index."""
        with without_indexes([table.name for table in self.tables.values()], built_one):
            waiting = 0
            for copy in copies:
                self._add(copy)
                waiting += 1
                if waiting == CHUNK:
                    self._flush()
                    loaded(waiting)
                    waiting = 0
            self._flush()
            loaded(waiting)
        self._finish()

    def _flush(self) -> None:
        for table in self.tables.values():
            table.flush()

    def _finish(self) -> None:
        for table in self.tables.values():
            go_on_numbering(table.name)
        Number.objects.bulk_create(
            [Number(series=series, year=year, last=last) for (series, year), last in self.counters.items()],
            update_conflicts=True,
            unique_fields=["series", "year"],
            update_fields=["last"],
        )
        settle()

    def _number(self, prefix: str, year: int) -> str:
        last = self.counters[prefix, year] = self.counters.get((prefix, year), 0) + 1
        return spell(prefix, year, last)

    def _once(self, key: Any, make: Callable[[], Any]) -> Any:
        """What two copies share is worked out, and encrypted, once."""
        if key not in self.known:
            self.known[key] = make()
        return self.known[key]

    # -------------------------------------------------------------------------------------------- one dossier

    def _add(self, copy: Copy) -> None:
        shift = dt.timedelta(days=copy.days)
        words = self._numbers_of(copy, shift)
        swaps = self._swaps(copy)
        rows = copy.pattern.rows
        dossier = self._dossier(copy, swaps, shift, words)
        for told in rows[Submission]:
            self._submission(copy, told, swaps, shift)
        self._events(rows[Event], swaps, shift, words)
        for told in rows[Title]:
            self._title(told, swaps, shift, words)
        for told in rows[TitleVersion]:
            self._title_version(copy, told, swaps, shift)
        for told in rows[LetterOrder]:
            self._letter(told, swaps, shift, copy.pattern, words)
        for told in rows[OutboxMessage]:
            self._message(told, swaps, shift, dossier, words[copy.pattern.dossier["reference"]])
        if copy.pattern.dossier["decided_at"] is None:
            for told in rows[DraftSection]:
                self._section(copy, told, swaps, shift)
        for model in TABLES:
            if model not in _SPECIAL:
                for told in rows[model]:
                    self.tables[model].copy(told, swaps, shift)

    def _numbers_of(self, copy: Copy, shift: dt.timedelta) -> dict[str, str]:
        """The pattern's numbers -> the copy's."""
        told, title = copy.pattern.dossier, copy.pattern.title
        prefix = told["procedure"].upper()
        words = {told["reference"]: self._number(f"{prefix}-D", (told["created_at"] + shift).year)}
        if told["filing_number"]:
            words[told["filing_number"]] = self._number(f"{prefix}-E", (told["filed_at"] + shift).year)
        if title:
            words[title["number"]] = self._number(prefix, (title["created_at"] + shift).year)
        return words

    def _swaps(self, copy: Copy) -> dict[Any, dict[Any, Any]]:
        hospital, product, officer = self.original
        people = (
            (hospital.prescriber, copy.hospital.prescriber),
            (hospital.pharmacist, copy.hospital.pharmacist),
            (officer, copy.officer),
        )
        swaps: dict[Any, dict[Any, Any]] = defaultdict(dict)
        swaps[Person] = {old.person: new.person for old, new in people}
        swaps[Membership] = {old.membership: new.membership for old, new in people}
        swaps[Organisation] = {hospital.pk: copy.hospital.pk}
        swaps[Medicine] = {product.medicine: copy.product.medicine}
        swaps[Indication] = {product.indication: copy.product.indication}
        swaps[str] = {old.name: new.name for old, new in people} | {hospital.name: copy.hospital.name}
        return swaps

    def _dossier(self, copy: Copy, swaps: dict[Any, Any], shift: dt.timedelta, words: dict[str, str]) -> int:
        table, told = self.tables[Dossier], copy.pattern.rows[Dossier][0]
        row = table.copy(told, swaps, shift)
        reference = words[told.values["reference"]]
        table.put(
            row,
            reference=reference,
            filing_number=words.get(told.values["filing_number"]),
            product_label=copy.product.label,
            urgent=copy.urgent,
            search_text=" ".join(
                (
                    reference.lower().replace("-", " "),
                    copy.product.key,
                    self._once(("key", copy.hospital.pk), lambda: search_key(copy.hospital.name)),
                )
            ),
        )
        swaps[Dossier] = {told.values["id"]: table.last}
        return table.last

    def _submission(self, copy: Copy, told: Told, swaps: dict[Any, Any], shift: dt.timedelta) -> None:
        table = self.tables[Submission]

        def answers() -> tuple[Any, str]:
            said = _about(copy.product, told.values["answers"])
            return table.encrypt("answers", said), sha256_of(said)

        row = table.copy(told, swaps, shift)
        stored, sha256 = self._once((Submission, told.values["id"], copy.product.indication), answers)
        table.put(row, answers=stored, sha256=sha256)

    def _section(self, copy: Copy, told: Told, swaps: dict[Any, Any], shift: dt.timedelta) -> None:
        table = self.tables[DraftSection]
        row = table.copy(told, swaps, shift)
        if told.values["section"] == "medicine":
            answers = _about(copy.product, {"medicine": told.values["data"]})
            table.put(row, data=table.encrypt("data", answers["medicine"]))

    def _events(self, told: list[Told], swaps: dict[Any, Any], shift: dt.timedelta, words: dict[str, str]) -> None:
        """Each hash is made from the one before, over the copy's own values."""
        table = self.tables[Event]
        previous = ""
        for one in told:
            row = table.copy(one, swaps, shift)
            payload = _renamed(one.values["payload"], words, shift)
            if payload != one.values["payload"]:
                table.put(row, payload=table.encrypt("payload", payload))
            event = SimpleNamespace(**dict(zip(table.attributes, row, strict=True)))
            event.payload, event.previous_hash = payload, previous
            table.put(row, previous_hash=previous, hash=hash_of(event))  # type: ignore[arg-type]
            previous = row[table.at["hash"]]

    def _title(self, told: Told, swaps: dict[Any, Any], shift: dt.timedelta, words: dict[str, str]) -> None:
        table = self.tables[Title]
        row = table.copy(told, swaps, shift)
        table.put(row, number=words[told.values["number"]], chain=words[told.values["number"]])
        swaps[Title] = {told.values["id"]: table.last}

    def _title_version(self, copy: Copy, told: Told, swaps: dict[Any, Any], shift: dt.timedelta) -> None:
        table = self.tables[TitleVersion]
        content = dict(told.values["content"])
        content["answers"] = _about(copy.product, content["answers"])
        row = table.copy(told, swaps, shift)
        table.put(row, content=table.encrypt("content", _renamed(content, {}, shift)))

    def _letter(
        self, told: Told, swaps: dict[Any, Any], shift: dt.timedelta, pattern: Pattern, words: dict[str, str]
    ) -> None:
        """Issued long ago. The PDF and what it was made from are left out: 400,000 of them would fill the disk."""
        table = self.tables[LetterOrder]
        row = table.copy(told, swaps, shift)
        reference = pattern.dossier["reference"]
        table.put(
            row,
            number=self._number("L", row[table.at["ordered_at"]].year),
            dedupe_key=told.values["dedupe_key"].replace(reference, words[reference]),
            verification_code=f"BENCH{table.last:09d}",
            context=self._once(LetterOrder, lambda: table.encrypt("context", {})),
            state=LetterOrder.State.ISSUED.value,
        )

    def _message(self, told: Told, swaps: dict[Any, Any], shift: dt.timedelta, dossier: int, reference: str) -> None:
        """Sent, and never marked as read: few people open an inbox whose every line also came by mail."""
        table = self.tables[OutboxMessage]
        hospital = {old: new for old, new in swaps[Person].items() if old != self.original[2].person}
        row = table.copy(told, {**swaps, str: {}, Person: hospital}, shift)
        kind, _dossier, act, _recipient = told.values["dedupe_key"].split(":")
        table.put(
            row,
            dedupe_key=f"{kind}:{dossier}:{act}:{row[table.at['recipient_id']]}",
            message_id=f"<bench-{table.last}@testserver>",
            reference=reference,
            path=told.values["path"].replace(told.values["reference"], reference),
            state=OutboxMessage.State.SENT.value,
            sent_at=row[table.at["created_at"]],
        )


_SPECIAL = frozenset({Dossier, DraftSection, Submission, Event, Title, TitleVersion, LetterOrder, OutboxMessage})


def _about(product: Product, answers: Mapping[str, Any]) -> dict[str, Any]:
    """The same answers about another product."""
    medicine = {**answers["medicine"], "medicine": product.medicine, "indication": product.indication}
    return {**answers, "medicine": medicine}


def _renamed(payload: Mapping[str, Any], words: Mapping[str, str], shift: dt.timedelta) -> dict[str, Any]:
    """The same payload with the copy's numbers and days."""
    return {name: _said(value, words, shift) if isinstance(value, str) else value for name, value in payload.items()}


def _said(text: str, words: Mapping[str, str], shift: dt.timedelta) -> str:
    if A_DAY.fullmatch(text):
        return (dt.date.fromisoformat(text) + shift).isoformat()
    return words.get(text, text)
