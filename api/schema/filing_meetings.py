"""The shapes of pre-filing meetings: their list, one of them, and what a draft holds."""

from __future__ import annotations

from typing import Any, Final

from api.schema.shapes import DAY, FLAG, INSTANT, INTEGER, ORGANISATION, TEXT, Shape, closed, many, or_null, page_of
from api.schema.shapes import reference_to as ref
from dossiers.forms.aap.pathway import PATHWAYS
from dossiers.forms.fields import LINE, LONG
from workflows.filing_meetings import BY_COMPANY, BY_HAS, LANGUAGES, MODES, MOST_DAYS, STATES

STATE: Final[Shape] = {"type": "string", "enum": list(STATES)}
HOUR: Final[Shape] = {**or_null(TEXT), "description": "HH:MM, in Paris."}


def _code(codes: Any) -> Shape:
    return {"type": ["string", "null"], "enum": [*codes, "", None]}


def _text(longest: int) -> Shape:
    return {"type": ["string", "null"], "maxLength": longest}


_ROW: Final = {
    "reference": TEXT,
    "state": STATE,
    "state_label": TEXT,
    "organisation": ORGANISATION,
    "product_label": TEXT,
    "your_turn": {**FLAG, "description": "Whether the next act is your side's."},
    "changed_at": INSTANT,
    "asked_at": or_null(INSTANT),
    "meets_on": or_null(DAY),
    "starts_at": HOUR,
}
_WRITTEN: Final[dict[str, Shape]] = {
    "medicine": {"type": ["integer", "null"], "description": "The `id` of a row of GET catalogue/medicines/."},
    "product": {**_text(LINE), "description": "Its name, when it is not in that list."},
    "indication": _text(LONG),
    "pathway": _code(code for code, _label in PATHWAYS),
    "files_on": or_null(DAY),
    "questions": _text(LONG),
    "days": {
        "type": ["array", "null"],
        "items": DAY,
        "description": f"Working days that suit the company: {MOST_DAYS} at most, before the filing.",
    },
    "language": _code(LANGUAGES),
    "mode": _code(MODES),
    "attendees": {**_text(LONG), "description": "Names and functions: HAS reads them, and ANSM where it takes part."},
}

FILING_MEETINGS: Final[dict[str, Shape]] = {
    "FilingMeetingWritten": {
        "type": "object",
        "description": "What a draft holds. What is given replaces what was there; null empties.",
        "properties": _WRITTEN,
        "additionalProperties": False,
    },
    "NewFilingMeeting": {
        "type": "object",
        "properties": {
            **_WRITTEN,
            "dossier": {
                "type": ["string", "null"],
                "maxLength": 32,
                "description": "Reference of your company's early access request that it is about, if one is begun.",
            },
        },
        "additionalProperties": False,
    },
    "FilingMeetingRow": closed(**_ROW),
    "FilingMeetingPage": page_of(ref("FilingMeetingRow")),
    "FilingMeeting": closed(
        **_ROW,
        version=INTEGER,
        created_at=INSTANT,
        medicine=or_null(INTEGER),
        **dict.fromkeys(("product", "indication", "pathway", "questions", "language", "mode", "attendees"), TEXT),
        files_on=or_null(DAY),
        days={**many(DAY), "description": "Those put forward now."},
        days_by={"type": "string", "enum": [BY_COMPANY, BY_HAS]},
        place=TEXT,
        held_on=or_null(DAY),
        minutes=TEXT,
        reason={**TEXT, "description": "Why it was declined or withdrawn."},
        dossier={**or_null(TEXT), "description": "The early access request that it is about, as far as you see it."},
        calendar={
            **or_null({"type": "string", "format": "uri-reference"}),
            "description": "The calendar file, once a day is agreed on.",
        },
        editable={**FLAG, "description": "Whether you may PATCH it now."},
        history=many(closed(label=TEXT, by=TEXT, at=INSTANT, words=TEXT, days=many(DAY))),
        transitions=many(ref("Transition")),
    ),
}
