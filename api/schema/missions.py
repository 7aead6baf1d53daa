"""The shapes of what is asked of experts, of what clinicians stated, and of meetings."""

from __future__ import annotations

from typing import Final

from api.schema.shapes import DAY, FLAG, INSTANT, INTEGER, PROCEDURE, ROLE, TEXT, Shape, closed, many, or_null, page_of
from api.schema.shapes import reference_to as ref
from workflows.advice_guards import SIDES

MISSION_STATES: Final = ("asked", "declared", "given", "conflict", "ended", "over")
MISSION_ACTS: Final = ("declare", "give_opinion")

_STATE: Final[Shape] = {
    "type": "string",
    "enum": list(MISSION_STATES),
    "description": "`asked`: no link of interest declared yet; `conflict`: a link stood in the way; `ended`: the "
    "agency no longer asks; `over`: the last day passed without an opinion.",
}
_ASKED: Final = {
    "id": INTEGER,
    "dossier": TEXT,
    "question": TEXT,
    "until": {**DAY, "description": "The last day of the expert's access, included."},
    "asked_at": INSTANT,
    "state": _STATE,
    **dict.fromkeys(("declared_at", "given_at", "ended_at"), or_null(INSTANT)),
}
_EXPERT: Final = closed(membership=INTEGER, name=TEXT)
_ROW: Final = {
    "dossier": TEXT,
    "organisation": TEXT,
    "starts_at": INSTANT,
    "place": TEXT,
    "held_on": or_null(DAY),
    "cancelled": {**FLAG, "description": "The request was withdrawn before its meeting was held."},
    "lead": {**TEXT, "description": "Who is in charge, for agencies; else empty."},
}
_SIDE: Final = {"side": {"type": "string", "enum": [code for code, _label in SIDES]}, "side_label": TEXT}
_PAGE_OF_EXPERTS: Final = page_of(ref("ExpertAsked"))

MISSIONS: Final[dict[str, Shape]] = {
    "Mission": closed(
        **_ASKED,
        procedure=PROCEDURE,
        procedure_label=TEXT,
        product=TEXT,
        applicant=TEXT,
        acts=many({"type": "string", "enum": list(MISSION_ACTS), "description": "What you may do now."}),
    ),
    "Missions": page_of(ref("Mission")),
    "ExpertAsked": closed(
        **_ASKED,
        expert=closed(membership=INTEGER, name=TEXT, speciality=TEXT, organisation=TEXT),
        asked_by_role=ROLE,
        conflict={**or_null(FLAG), "description": "Null until the expert declares."},
        declaration=TEXT,
        opinion=TEXT,
        acts=many({"type": "string", "enum": ["end"], "description": "What you may do now."}),
    ),
    "Experts": {
        **_PAGE_OF_EXPERTS,
        "properties": {
            **_PAGE_OF_EXPERTS["properties"],
            "candidates": many({**_EXPERT, "description": "Who may be asked, for whoever may ask."}),
        },
        "required": [*_PAGE_OF_EXPERTS["required"], "candidates"],
    },
    "Statement": closed(
        number=INTEGER,
        author=TEXT,
        quality=TEXT,
        hospital=TEXT,
        at=INSTANT,
        sha256={**TEXT, "description": "The seal of what was signed, by whom and when."},
        patient_count=INTEGER,
        shared_count={**INTEGER, "description": "How many of them another statement counts already."},
        counts={**FLAG, "description": "No later statement of the same clinician replaces it."},
        readable={**FLAG, "description": "Whether you may read what it says; else the rest is empty."},
        need=TEXT,
        alternatives=TEXT,
        patients=many({"type": "object", "additionalProperties": TEXT}),
    ),
    "Statements": page_of(ref("Statement")),
    "MeetingRow": closed(
        **_ROW,
        expected={
            **many(closed(what=TEXT, due_on=or_null(DAY), done_on=or_null(DAY), late=FLAG)),
            "description": "What the meeting needs, in the order in which it comes.",
        },
    ),
    "Meetings": page_of(ref("MeetingRow")),
    "Planning": closed(
        orientation=or_null(
            closed(
                desk={**TEXT, "description": "The desk that answers; empty when the request went elsewhere."},
                desk_label=TEXT,
                redirected_to={**TEXT, "description": "The body to which the applicant was sent instead; else empty."},
                reply={**TEXT, "description": "The orientation note, or why the request is not eligible."},
                at=INSTANT,
            )
        ),
        meeting=or_null(
            closed(
                starts_at=INSTANT,
                ends_at=INSTANT,
                place=TEXT,
                held_on=or_null(DAY),
                participants=TEXT,
                cancelled=FLAG,
                planned_at=INSTANT,
                sequence={**INTEGER, "description": "Grows each time that it is planned anew, or given up."},
                briefing_due_on=DAY,
                briefing_sent_at=or_null(INSTANT),
                slides_due_on=DAY,
                slides_sent_at=or_null(INSTANT),
                calendar={"type": "string", "format": "uri-reference"},
            )
        ),
        weeks={
            **many(
                closed(
                    monday=DAY,
                    closed={**FLAG, "description": "ANSM holds no meeting in this week."},
                    meetings={**INTEGER, "description": "How many it holds already."},
                    half_days=many(
                        closed(
                            day=DAY,
                            half=TEXT,
                            label=TEXT,
                            starts_at={**INSTANT, "description": "The first hour: as `plan_meeting` takes it."},
                            problem={**TEXT, "description": "Why it is no longer possible; else empty."},
                            others=many(closed(dossier=TEXT, starts_at=INSTANT)),
                        )
                    ),
                )
            ),
            "description": "The half-days that the applicant proposed, for whoever may plan the meeting now.",
        },
        minutes={
            **many(
                closed(
                    number=INTEGER,
                    text=TEXT,
                    sha256=TEXT,
                    at=INSTANT,
                    **_SIDE,
                    agreements=many(closed(**_SIDE, at=INSTANT)),
                )
            ),
            "description": "Each version, the last first: the one to which both sides agree is final.",
        },
    ),
}
