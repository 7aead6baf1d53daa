"""What each step of a pre-filing meeting asks of a system: read from JSON, and described as a JSON Schema.

`dossiers.services.filing_meetings` says what lacks, as it does for the screens; here is what cannot be read.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from catalogue.models import Medicine
from dossiers.forms.aap.pathway import PATHWAYS, PRE_MA
from dossiers.forms.fields import LINE, LONG
from dossiers.models import FilingMeeting
from dossiers.queries.filing_meetings import linkable, request_of
from workflows.calendar import add_working_days
from workflows.filing_meetings import LANGUAGES, MODES, MOST_DAYS
from workflows.payload import FIRST_YEAR, LAST_YEAR, clean_payload, payload_schema
from workflows.types import Actor, PayloadField, Reason

_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_HOUR: Final = r"^([01][0-9]|2[0-3]):[0-5][0-9]$"
_LARGEST_ID: Final = 2**63 - 1


def _words(name: str, label: Any, example: str, *, most: int = LONG, required: bool = True) -> PayloadField:
    return PayloadField(name, "text", label, required=required, example=example, max_length=most, personal=True)


def _days(*, required: bool = True) -> PayloadField:
    return PayloadField("days", "questions", _("Days that suit you"), required=required, max_length=10)


DRAFT: Final = (
    PayloadField(
        "medicine",
        "integer",
        _("Product, chosen in the list"),
        required=False,
        help=_("The `id` of a row of GET catalogue/medicines/; else its name, as `product`."),
    ),
    PayloadField("product", "line", _("Product"), required=False, example="DEMOLIZINE", max_length=LINE),
    _words("indication", _("Indication"), "Maladie d'Exemple avancée, après échec d'un traitement", required=False),
    PayloadField("pathway", "choice", _("Which pathway?"), required=False, choices=PATHWAYS, example=PRE_MA),
    PayloadField("files_on", "date", _("Filing planned on"), required=False, example="2035-06-29"),
    _words("questions", _("Your questions"), "Le comparateur de l'essai convient-il ?", required=False),
    _days(required=False),
    PayloadField(
        "language", "choice", _("Language of the meeting"), required=False, choices=(*LANGUAGES.items(),), example="fr"
    ),
    PayloadField(
        "mode", "choice", _("How do you want to meet?"), required=False, choices=(*MODES.items(),), example="online"
    ),
    _words("attendees", _("Who will attend"), "Camille Exemple, affaires réglementaires", required=False),
)
"""What a draft holds; null or "" empties."""

_DAY_FIELD: Final = PayloadField("day", "date", _("Day of the meeting"))
_WHEN: Final = (
    _DAY_FIELD,
    PayloadField("starts_at", "line", _("At what time"), help=_("In Paris. The meeting lasts one hour."), max_length=5),
    _words("place", _("Where, or how to join"), "Visioconférence : https://visio.example/rdv", most=500),
)
_OTHER_DAYS: Final = (
    _days(),
    _words("words", _("A word with them"), "Aucune salle n'est libre.", most=1_000, required=False),
)
_MINUTES: Final = _words("minutes", _("Minutes"), "1. Le comparateur convient.")
ASKED: Final[dict[str, tuple[PayloadField, ...]]] = {
    "ask": DRAFT,
    "plan": _WHEN,
    "offer": _OTHER_DAYS,
    "choose": (_DAY_FIELD,),
    "propose": _OTHER_DAYS,
    "arrange": _WHEN,
    "hold": (PayloadField("held_on", "date", _("Held on")), _MINUTES),
    "correct": (_MINUTES,),
    "decline": (_words("reason", _("Reason"), "La question relève d'un avis scientifique.", most=2_000),),
    "withdraw": (_words("reason", _("Reason"), "Le calendrier a changé.", most=2_000, required=False),),
    "link": (
        PayloadField(
            "dossier",
            "line",
            _("Early access request"),
            required=False,
            help=_("HAS and ANSM see the meeting with it once it is filed. They know nothing of a draft."),
            max_length=32,
        ),
    ),
}
"""Step -> what it asks. A draft is written by PATCH."""


# ------------------------------------------------------------------------------------------------- what is sent


def cleaned(
    fields: tuple[PayloadField, ...], given: Mapping[str, Any], *, named: frozenset[str] = frozenset()
) -> tuple[dict[str, Any], tuple[Reason, ...]]:
    """What the service is told, and what cannot be read. `named`: fields of the draft that are given empty are emptied,
    not left as they were."""
    what, faults = clean_payload(fields, given)
    reasons = list(faults)
    for name, read, code, message in _READ:
        if name in what:
            try:
                what[name] = read(what[name])
            except ValueError:
                reasons.append(Reason(code, message, name))
    wrong = {one.field for one in reasons}
    for name in named & given.keys() - wrong:
        what.setdefault(name, _EMPTY.get(name, ""))
    if "medicine" in what:
        what["medicine_id"] = what.pop("medicine")
        if what["medicine_id"] is not None:
            what.setdefault("product", "")
    return what, tuple(reasons)


def written(given: Mapping[str, Any]) -> tuple[dict[str, Any], tuple[Reason, ...]]:
    """The words of a draft, as far as they are given."""
    return cleaned(DRAFT, given, named=frozenset(field.name for field in DRAFT))


def _as_days(typed: list[str]) -> list[dt.date]:
    days = [dt.date.fromisoformat(one) for one in typed if _DAY.fullmatch(one)]
    if len(days) < len(typed) or any(not FIRST_YEAR <= day.year <= LAST_YEAR for day in days):
        raise ValueError
    return days


def _as_hour(typed: str) -> dt.time:
    if not re.fullmatch(_HOUR, typed):
        raise ValueError
    return dt.time.fromisoformat(typed)


def _as_medicine(typed: int) -> int:
    if not 0 < typed <= _LARGEST_ID or not Medicine.objects.filter(pk=typed).exists():
        raise ValueError
    return typed


_READ: Final[tuple[tuple[str, Callable[[Any], Any], str, Any], ...]] = (
    ("days", _as_days, "date", _("Write dates that exist, as year-month-day, for example 2026-03-31.")),
    ("starts_at", _as_hour, "time", _("Write a time as hours and minutes, for example 14:30.")),
    ("medicine", _as_medicine, "choice", _("There is no such medicine.")),
)
_EMPTY: Final[Mapping[str, Any]] = {"medicine": None, "files_on": None, "days": []}


# --------------------------------------------------------------------------------------------- what is described


def schema_of(step: str, meeting: FilingMeeting, actor: Actor, on: dt.date) -> dict[str, Any]:
    """What this step asks of this very meeting, its examples valid for it."""
    return payload_schema(ASKED[step], _OVERRIDES[step](meeting, actor, on), on=on)


def _list_of_days(on: dt.date, *, least: int) -> dict[str, Any]:
    return {
        "items": {"type": "string", "format": "date"},
        "minItems": least,
        "maxItems": MOST_DAYS,
        "examples": [[add_working_days(on, count).isoformat() for count in (10, 12)]],
    }


def _hour() -> dict[str, Any]:
    return {"pattern": _HOUR, "examples": ["11:00"]}


def _as_written(meeting: FilingMeeting, actor: Actor, on: dt.date) -> dict[str, Any]:
    """Each may be null; nothing is needed again of what is written already."""
    found: dict[str, Any] = {}
    for field in DRAFT:
        if field.kind == "choice":
            found[field.name] = {"type": ["string", "null"], "enum": [*(code for code, _label in field.choices), None]}
        elif field.kind in ("text", "line"):
            found[field.name] = {"type": ["string", "null"], "minLength": 0}
    return found | {
        "medicine": {"type": ["integer", "null"], "x-catalogue": "/api/v1/catalogue/medicines/"},
        "files_on": {"type": ["string", "null"]},
        "days": {**_list_of_days(on, least=0), "type": ["array", "null"]},
    }


def _one_of_its_days(meeting: FilingMeeting, actor: Actor, on: dt.date) -> dict[str, Any]:
    days = [day.isoformat() for day in meeting.days]
    to_come = [day for day in days if day >= on.isoformat()]
    return {"day": {"enum": days, "examples": (to_come or days)[:1]}, "starts_at": _hour()}


def _any_day(meeting: FilingMeeting, actor: Actor, on: dt.date) -> dict[str, Any]:
    day = meeting.meets_on or add_working_days(on, 10)
    return {"day": {"examples": [day.isoformat()]}, "starts_at": _hour()}


def _other_days(meeting: FilingMeeting, actor: Actor, on: dt.date) -> dict[str, Any]:
    return {"days": _list_of_days(on, least=1)}


def _held(meeting: FilingMeeting, actor: Actor, on: dt.date) -> dict[str, Any]:
    return {"held_on": {"examples": [min(meeting.meets_on or on, on).isoformat()]}}


def _links(meeting: FilingMeeting, actor: Actor, on: dt.date) -> dict[str, Any]:
    linked = request_of(meeting, actor)
    offered = {"": str(_("None yet")), **dict(linkable(actor, linked.pk if linked else None))}
    return {"dossier": {"enum": list(offered), "x-labels": offered, "minLength": 0, "examples": list(offered)[-1:]}}


def _nothing(meeting: FilingMeeting, actor: Actor, on: dt.date) -> dict[str, Any]:
    return {}


_OVERRIDES: Final[dict[str, Callable[[FilingMeeting, Actor, dt.date], dict[str, Any]]]] = {
    **dict.fromkeys(ASKED, _nothing),
    "ask": _as_written,
    "plan": _one_of_its_days,
    "choose": lambda *asked: {"day": _one_of_its_days(*asked)["day"]},
    "arrange": _any_day,
    "offer": _other_days,
    "propose": _other_days,
    "hold": _held,
    "link": _links,
}
