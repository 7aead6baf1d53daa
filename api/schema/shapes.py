"""The JSON Schemas of what the API answers and reads: the components of the OpenAPI document.

They are closed (`additionalProperties: false`): a test checks every answer against them, so that a field that leaves
unannounced is seen.
"""

from __future__ import annotations

from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from api.scopes import SCOPES
from workflows.putrd_library import FORMS
from workflows.registry import all_machines, all_procedures
from workflows.roles import LABELS
from workflows.types import Text

Shape = dict[str, Any]

TEXT: Final[Shape] = {"type": "string"}
INTEGER: Final[Shape] = {"type": "integer"}
FLAG: Final[Shape] = {"type": "boolean"}
DAY: Final[Shape] = {"type": "string", "format": "date"}
INSTANT: Final[Shape] = {"type": "string", "format": "date-time"}
ROLE: Final[Shape] = {"type": "string", "enum": list(LABELS)}
ANY_OBJECT: Final[Shape] = {"type": "object", "additionalProperties": True}
PROCEDURE: Final[Shape] = {"type": "string", "enum": [one.code for one in all_procedures()]}
STATE: Final[Shape] = {"type": "string", "enum": sorted({state.code for one in all_machines() for state in one.states})}


def or_null(shape: Shape) -> Shape:
    if "$ref" in shape or "enum" in shape:
        return {"anyOf": [shape, {"type": "null"}]}
    return {**shape, "type": [shape["type"], "null"]}


def reference_to(name: str) -> Shape:
    return {"$ref": f"#/components/schemas/{name}"}


def many(items: Shape) -> Shape:
    return {"type": "array", "items": items}


def closed(*, optional: tuple[str, ...] = (), **properties: Shape) -> Shape:
    """An object of exactly these properties, all there unless optional."""
    return {
        "type": "object",
        "properties": properties,
        "required": [name for name in properties if name not in optional],
        "additionalProperties": False,
    }


def page_of(items: Shape) -> Shape:
    address = or_null({"type": "string", "format": "uri"})
    return closed(results=many(items), next=address, previous=address)


ORGANISATION: Final = closed(id=INTEGER, kind=TEXT, name=TEXT)
PERIOD: Final = {"starts_on": DAY, "ends_on": DAY}

SHAPES: Final[dict[str, Shape]] = {
    "Problem": {
        "type": "object",
        "description": "RFC 9457. `reasons`: each thing that is wrong, by a stable code, in words, with its field.",
        "properties": {
            "type": {"type": "string", "format": "uri-reference"},
            "title": TEXT,
            "status": INTEGER,
            "detail": TEXT,
            "reasons": many(reference_to("Reason")),
        },
        "required": ["type", "title", "status", "detail", "reasons"],
    },
    "Reason": closed(code=TEXT, message=TEXT, field=TEXT),
    "Me": closed(
        account=closed(id=INTEGER, email=TEXT, name=TEXT, language=TEXT),
        memberships=many(closed(id=INTEGER, role=ROLE, role_label=TEXT, organisation=ORGANISATION, active=FLAG)),
        active_role=or_null(ROLE),
        scopes=many({"type": "string", "enum": sorted(SCOPES)}),
        expires_at=or_null(INSTANT),
    ),
    "Answers": {
        "type": "object",
        "description": "{section: {field: value}}, as the schemas of the procedure's `sections` say.",
        "additionalProperties": ANY_OBJECT,
    },
    "NewDossier": {
        "type": "object",
        "properties": {
            "procedure": {**TEXT, "description": "A code of GET procedures/."},
            "kind": {**TEXT, "description": "One of the procedure's kinds."},
            "answers": reference_to("Answers"),
            "parent": {"type": ["string", "null"], "description": "For a renewal: the number of the title."},
        },
        "required": ["procedure", "kind"],
        "additionalProperties": False,
    },
    "Payload": {
        "type": "object",
        "description": "What `payload_schema` of the transition asks; an empty object when it asks nothing.",
        "additionalProperties": True,
    },
    "Transition": closed(
        name=TEXT,
        label=TEXT,
        allowed=FLAG,
        reasons=many(reference_to("Reason")),
        payload_schema={"type": "object", "description": "JSON Schema 2020-12, with `examples`."},
    ),
    "Transitions": page_of(reference_to("Transition")),
    "Clock": closed(
        state={"type": "string", "enum": ["none", "running", "stopped", "ended"]},
        due_on=or_null(DAY),
        explanation=TEXT,
    ),
    "TitleSummary": closed(number=TEXT, state=STATE, starts_on=DAY, ends_on=DAY),
    "Dossier": closed(
        reference=TEXT,
        filing_number=or_null(TEXT),
        procedure=PROCEDURE,
        procedure_version=INTEGER,
        kind=TEXT,
        state=STATE,
        labels=closed(procedure=TEXT, kind=TEXT, state=TEXT),
        version=INTEGER,
        urgent=FLAG,
        subject=TEXT,
        product=TEXT,
        organisation=ORGANISATION,
        parent=or_null(TEXT),
        created_at=INSTANT,
        changed_at=INSTANT,
        filed_at=or_null(INSTANT),
        decided_at=or_null(INSTANT),
        submission=or_null(INTEGER),
        answers=reference_to("Answers"),
        parties=many(closed(role=ROLE, role_label=TEXT, name=TEXT, contact=TEXT)),
        questions=many(
            closed(
                number=INTEGER,
                asked_at=INSTANT,
                reply_by=DAY,
                open=FLAG,
                pairs=many(closed(id=TEXT, question=TEXT, answer=TEXT)),
            )
        ),
        decisions=many(
            closed(
                number=INTEGER,
                outcome=TEXT,
                reasons=TEXT,
                conditions=TEXT,
                starts_on=or_null(DAY),
                ends_on=or_null(DAY),
                automatic=FLAG,
                proposed_at=or_null(INSTANT),
                signed_at=or_null(INSTANT),
                signed_by=TEXT,
            )
        ),
        clock=or_null(reference_to("Clock")),
        title=or_null(reference_to("TitleSummary")),
        transitions=many(reference_to("Transition")),
    ),
    "DossierRow": closed(
        reference=TEXT,
        filing_number=or_null(TEXT),
        procedure=PROCEDURE,
        kind=TEXT,
        state=STATE,
        labels=closed(procedure=TEXT, kind=TEXT, state=TEXT),
        urgent=FLAG,
        subject=TEXT,
        product=TEXT,
        organisation=TEXT,
        filed_at=or_null(INSTANT),
        changed_at=INSTANT,
        decided_at=or_null(INSTANT),
        due_on=or_null(DAY),
        reply_by=or_null(DAY),
        lead=TEXT,
    ),
    "DossierPage": page_of(reference_to("DossierRow")),
    "SavedAnswers": closed(reference=TEXT, version=INTEGER, answers=reference_to("Answers")),
    "Event": closed(
        seq=INTEGER,
        name=TEXT,
        label=TEXT,
        at=INSTANT,
        by=closed(name=TEXT, role=TEXT, role_label=TEXT),
        machine={"type": "string", "enum": ["dossier", "title", "note"]},
        source=or_null(STATE),
        target=or_null(STATE),
        state_label=TEXT,
        details=many(closed(label=TEXT, value=TEXT)),
        staff_only=FLAG,
        inferred=FLAG,
    ),
    "Events": page_of(reference_to("Event")),
    "Done": closed(
        reference=TEXT,
        title=or_null(TEXT),
        seq=INTEGER,
        name=TEXT,
        at=INSTANT,
        source=or_null(STATE),
        target=or_null(STATE),
        version=INTEGER,
    ),
    "Document": closed(
        id=INTEGER,
        kind=TEXT,
        kind_label=TEXT,
        name=TEXT,
        content_type=TEXT,
        size=INTEGER,
        sha256=TEXT,
        scan={"type": "string", "enum": ["pending", "clean", "infected", "not_scanned"]},
        uploaded_at=INSTANT,
        uploaded_by=TEXT,
        content=or_null({"type": "string", "format": "uri-reference"}),
    ),
    "Documents": page_of(reference_to("Document")),
    "Message": closed(body=TEXT, by=TEXT, role=TEXT, at=INSTANT, staff_side=FLAG, staff_only=FLAG),
    "Messages": page_of(reference_to("Message")),
    "NewMessage": {
        "type": "object",
        "properties": {
            "body": {"type": "string", "minLength": 1, "maxLength": 20_000},
            "staff_only": {"type": "boolean", "default": False, "description": "A note that only agencies read."},
        },
        "required": ["body"],
        "additionalProperties": False,
    },
    "Letter": closed(
        number=TEXT,
        kind=TEXT,
        label=TEXT,
        reference=TEXT,
        title=or_null(TEXT),
        ordered_at=INSTANT,
        issued_at=or_null(INSTANT),
        sha256=or_null(TEXT),
        verification_code=or_null(TEXT),
    ),
    "Letters": page_of(reference_to("Letter")),
    "TitleRow": closed(
        number=TEXT,
        procedure=PROCEDURE,
        state=STATE,
        state_label=TEXT,
        starts_on=DAY,
        ends_on=DAY,
        in_force_until=DAY,
        organisation=TEXT,
        holders=many({**TEXT, "description": "Each organisation that holds it: the companies of a framework."}),
        dossier=TEXT,
        product=TEXT,
        subject=TEXT,
    ),
    "TitlePage": page_of(reference_to("TitleRow")),
    "Title": closed(
        number=TEXT,
        procedure=PROCEDURE,
        state=STATE,
        labels=closed(procedure=TEXT, state=TEXT),
        version=INTEGER,
        starts_on=DAY,
        ends_on=DAY,
        in_force_until=DAY,
        suspended_until=or_null(DAY),
        organisation=ORGANISATION,
        holders=many(ORGANISATION),
        dossier=TEXT,
        product=TEXT,
        subject=TEXT,
        chain=many(closed(number=TEXT, state=STATE, starts_on=DAY, in_force_until=DAY)),
        versions=many(closed(number=INTEGER, valid_from=DAY, content=ANY_OBJECT)),
        letters=many(TEXT),
        transitions=many(reference_to("Transition")),
    ),
    "Verification": closed(
        authentic=FLAG,
        on=DAY,
        kind=TEXT,
        number=TEXT,
        issued_on=DAY,
        sha256=TEXT,
        sealed_by=TEXT,
        title_number=or_null(TEXT),
        title_in_force=or_null(FLAG),
    ),
    "AccessToken": closed(access_token=TEXT, token_type=TEXT, expires_in=INTEGER, scope=TEXT),
    "OAuthError": closed(error=TEXT, error_description=TEXT),
}

PATH_PARAMETERS: Final[dict[str, tuple[Text, Shape]]] = {
    "reference": (_("Reference of a dossier."), {"type": "string", "maxLength": 32}),
    "name": (_("Name of a transition."), {"type": "string", "maxLength": 40}),
    "number": (_("Number of a title, or of a letter."), {"type": "string", "maxLength": 40}),
    "code": (_("A code: of a procedure, or printed at the end of a letter."), {"type": "string", "maxLength": 60}),
    "id": (_("Key of the object."), {"type": "integer", "minimum": 1}),
    "rank": (_("Rank of a unit, or of an incident, under its exemption."), {"type": "integer", "minimum": 1}),
    "meeting": (_("Reference of a pre-filing meeting."), {"type": "string", "maxLength": 32}),
    "access_number": (
        _("The access number that the company gave a patient, or their pseudonym; a slash in it is written ~."),
        {"type": "string", "maxLength": 48},
    ),
    "form": (_("A form of the protocol."), {"type": "string", "enum": [code for code, _label in FORMS]}),
    "visit": (_("Rank of a follow-up visit, from 1; 0 for the other forms."), {"type": "integer", "minimum": 0}),
}
"""Name of a parameter in an address -> what it is, its schema."""
