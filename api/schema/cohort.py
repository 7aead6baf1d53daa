"""The shapes of the patients followed under an early access, of their forms, and of what the forms add up to."""

from __future__ import annotations

from typing import Final

from api.schema.described import JSON_SCHEMA
from api.schema.shapes import ANY_OBJECT, DAY, FLAG, INSTANT, INTEGER, TEXT, Shape, closed, many, or_null, page_of
from api.schema.shapes import reference_to as ref
from cohort.states import STATES
from workflows.putrd_library import FORMS

STATE: Final[Shape] = {"type": "string", "enum": list(STATES)}
FORM: Final[Shape] = {"type": "string", "enum": [code for code, _label in FORMS]}
FORM_STATE: Final[Shape] = {"type": "string", "enum": ["to_fill", "draft", "signed", "not_expected"]}
ADDRESS: Final[Shape] = {"type": "string", "format": "uri-reference"}
_TYPED: Final[Shape] = {**ANY_OBJECT, "description": "{variable: value}, as the schema of the form says."}

_LINES: Final = many(closed(label=TEXT, count=INTEGER))
_ROW: Final = {
    "pseudonym": TEXT,
    "access_number": or_null(TEXT),
    "url": ADDRESS,
    "state": STATE,
    "state_label": TEXT,
    "hospital": TEXT,
    "identity": {
        **or_null(closed(initials=TEXT, birth_month=TEXT)),
        "description": "What helps to recognise the patient: null but for their own hospital.",
    },
    **dict.fromkeys(("age_band", "sex"), or_null(TEXT)),
    **dict.fromkeys(("asked_at", "answered_at"), or_null(INSTANT)),
    **dict.fromkeys(("started_on", "stopped_on"), or_null(DAY)),
    "next_due_on": {**or_null(DAY), "description": "The day of the earliest visit whose form is not signed."},
    "completeness": ref("Completeness"),
}
_FORM: Final = {
    "form": FORM,
    "label": TEXT,
    "visit": INTEGER,
    "visit_label": TEXT,
    "url": ADDRESS,
    "due_on": or_null(DAY),
    "days_late": INTEGER,
    "state": FORM_STATE,
    "open": {**FLAG, "description": "Whether your hospital may fill it now."},
    "version": INTEGER,
    "saved_at": or_null(INSTANT),
    "saved_by": TEXT,
    "signed_at": or_null(INSTANT),
    "signed_by": TEXT,
    "pharmacist_at": or_null(INSTANT),
    "pharmacist": TEXT,
    "answers": _TYPED,
}

COHORT: Final[dict[str, Shape]] = {
    "Completeness": closed(
        received={**INTEGER, "description": "Forms signed."},
        expected={**INTEGER, "description": "Those signed, and visits whose day has come."},
        rate={**INTEGER, "description": "Whole per cent, rounded down."},
    ),
    "CohortNumbers": closed(
        **dict.fromkeys(("asked", "given", "treated", "ended"), INTEGER), completeness=ref("Completeness")
    ),
    "CohortPatientRow": closed(**_ROW),
    "CohortPage": {
        **page_of(ref("CohortPatientRow")),
        "properties": {**page_of(ref("CohortPatientRow"))["properties"], "numbers": ref("CohortNumbers")},
        "required": ["results", "next", "previous", "numbers"],
    },
    "CohortPatient": closed(
        **_ROW,
        title=TEXT,
        version=INTEGER,
        reason={**TEXT, "description": "The words of the last refusal, return or renunciation."},
        source={**or_null(TEXT), "description": "The compassionate access that filled the request; the hospital's."},
        alike={**many(TEXT), "description": "Patients of your hospital who may be the same person."},
        forms=many(ref("CohortForm")),
        events=many(closed(name=TEXT, label=TEXT, at=INSTANT, by=TEXT, organisation=TEXT, reason=TEXT)),
        transitions=many(ref("Transition")),
    ),
    "NewInclusion": {
        "type": "object",
        "properties": {
            "source": {
                "type": ["string", "null"],
                "maxLength": 40,
                "description": "An AAC of your hospital for the same medicine, whose answers fill the request.",
            },
            "answers": _TYPED,
        },
        "additionalProperties": False,
    },
    "CohortForm": closed(**_FORM),
    "CohortForms": page_of(ref("CohortForm")),
    "CohortFormWhole": closed(
        **_FORM,
        suggested={**_TYPED, "description": "What earlier forms say; never written by itself."},
        schema=JSON_SCHEMA,
    ),
    "SavedForm": {
        "type": "object",
        "properties": {"answers": _TYPED},
        "required": ["answers"],
        "additionalProperties": False,
    },
    "NewForm": {
        "type": "object",
        "properties": {
            "form": FORM,
            "visit": {
                "type": ["integer", "null"],
                "minimum": 0,
                "maximum": 32_767,
                "description": "For a follow-up: left out, the next of the calendar if it is near, else one outside.",
            },
            "answers": _TYPED,
            "sign": {"type": "boolean", "default": False, "description": "Sign it at once: needs the scope `act`."},
        },
        "required": ["form", "answers"],
        "additionalProperties": False,
    },
    "CohortProtocol": closed(
        title=TEXT,
        product=TEXT,
        indication=TEXT,
        admits={**FLAG, "description": "Whether patients may be included today."},
        register={**TEXT, "description": "Where the data is collected when it is not here; else empty."},
        visits=many(closed(label=TEXT, months=or_null(INTEGER), days=or_null(INTEGER))),
        every_months={**or_null(INTEGER), "description": "How often visits go on after the last of the list."},
        forms={"type": "object", "additionalProperties": JSON_SCHEMA},
    ),
    "CohortFigures": closed(
        on=DAY,
        **dict.fromkeys(("asked", "given", "treated", "ended"), INTEGER),
        **dict.fromkeys(("adverse", "serious", "patients_with_effect"), INTEGER),
        **dict.fromkeys(("states", "ages", "sexes", "stop_reasons", "effects", "courses", "situations"), _LINES),
        months=many(closed(month=DAY, count=INTEGER)),
        hospitals={
            **many(closed(name=TEXT, patients=INTEGER, completeness=ref("Completeness"))),
            "description": "Empty for hospitals.",
        },
        completeness=ref("Completeness"),
        by_form=many(closed(label=TEXT, completeness=ref("Completeness"))),
        answer_days={**or_null({"type": "number"}), "description": "Median days from a request to its answer."},
    ),
}
