"""The shapes of what describes the rest: procedures and reference data."""

from __future__ import annotations

from typing import Final

from api.schema.shapes import ANY_OBJECT, DAY, FLAG, INTEGER, ROLE, STATE, TEXT, Shape, closed, many, or_null, page_of
from api.schema.shapes import reference_to as ref

JSON_SCHEMA: Final[Shape] = {"type": "object", "description": "JSON Schema 2020-12, with `examples`."}

KIND: Final = closed(code=TEXT, label=TEXT, needs_parent=FLAG)
_ROW: Final = {
    "code": TEXT,
    "version": INTEGER,
    "name": TEXT,
    "law": many(TEXT),
    "kinds": many(KIND),
    "created_by": many(ROLE),
}
_MEDICINE: Final = {
    **dict.fromkeys(
        ("label", "name", "inn", "code_name", "form", "strength", "route", "holder", "atc", "source"), TEXT
    ),
    **dict.fromkeys(("cis", "cip13", "ucd13"), TEXT),
}
_INDICATION: Final = {
    "id": INTEGER,
    "label": TEXT,
    "cim10": TEXT,
    "orpha": TEXT,
    "rare": FLAG,
    "open": FLAG,
    "closed": {**TEXT, "description": "Why no new request may be made in it; empty when one may."},
    "max_days": INTEGER,
    "automatic_grant": FLAG,
    "accepts_very_early": FLAG,
    "put_reference": TEXT,
    "put_url": TEXT,
    "criteria": or_null(ref("GrantCriteria")),
}

_PATHWAY: Final = {**or_null(TEXT), "description": "`pre_ma` or `post_ma`, of an early access."}
_VERSION: Final = closed(
    number=INTEGER,
    starts_on=DAY,
    ends_on=or_null(DAY),
    decision_number={**or_null(TEXT), "description": "Null unless a numbered decision made this version."},
    by_silence=FLAG,
    pathway=_PATHWAY,
    medicine=or_null(TEXT),
    indication=or_null(TEXT),
)
_REGISTER_ENTRY: Final = closed(
    kind={"type": "string", "enum": ["referential", "title", "refusal"]},
    key=TEXT,
    url={"type": "string", "format": "uri"},
    procedure=TEXT,
    procedure_label=TEXT,
    state={"type": "string", "enum": ["in_force", "upcoming", "suspended", "ended", "refused"]},
    state_label=TEXT,
    medicine=TEXT,
    **dict.fromkeys(("substance", "cis", "ucd13", "atc", "indication", "cim10", "orpha", "holder"), or_null(TEXT)),
    starts_on=DAY,
    ends_on={**or_null(DAY), "description": "The last day, included; null while none is known."},
    ended_because=or_null(TEXT),
    put_reference=or_null(TEXT),
    put_url=or_null(TEXT),
    automatic_grant=FLAG,
    decision_number={**or_null(TEXT), "description": "As the authority numbers its decisions; null for silence."},
    by_silence={**FLAG, "description": "The delay ran out and silence decided: there is no document."},
    pathway=_PATHWAY,
    indication_claimed=or_null(TEXT),
    filed_on=or_null(DAY),
    complete_on={**or_null(DAY), "description": "The day from which the delay ran."},
    decided_on=or_null(DAY),
    opinions=many(
        closed(
            body=TEXT,
            outcome={**or_null(TEXT), "description": "Null: the findings of the body are its opinion."},
            indication={**or_null(TEXT), "description": "Null: the one claimed."},
            given_on=DAY,
        )
    ),
    findings=many(closed(criterion=TEXT, body=TEXT, finding=TEXT)),
    versions=many(_VERSION),
    granted=many(closed(year=INTEGER, count={**or_null(INTEGER), "description": "Null: fewer than 10."})),
)

DESCRIBED: Final[dict[str, Shape]] = {
    "RegisterEntry": _REGISTER_ENTRY,
    "RegisterPage": page_of(ref("RegisterEntry")),
    "ProcedureRow": closed(**_ROW),
    "Procedures": page_of(ref("ProcedureRow")),
    "ProcedureState": closed(
        code=STATE,
        label=TEXT,
        help=TEXT,
        final=FLAG,
        read_by=many(ROLE),
        edited_by=many(ROLE),
        waits_for=many(ROLE),
    ),
    "ProcedureTransition": closed(
        **{
            "name": TEXT,
            "label": TEXT,
            "help": TEXT,
            "from": many(STATE),
            "to": STATE,
            "roles": many(ROLE),
            "payload": JSON_SCHEMA,
            "rules": many(TEXT),
            "law": TEXT,
            "letter": or_null(TEXT),
            "clock": or_null(TEXT),
            "danger": FLAG,
            "staff_only": FLAG,
        }
    ),
    "Procedure": closed(
        **_ROW,
        initial=STATE,
        roles={"type": "object", "additionalProperties": TEXT},
        states=many(ref("ProcedureState")),
        transitions=many(ref("ProcedureTransition")),
        clocks=many(closed(name=TEXT, length=or_null(TEXT), law=TEXT, silence=or_null(TEXT))),
        title=closed(initial=STATE, states=many(ref("ProcedureState")), transitions=many(ref("ProcedureTransition"))),
        described_for=closed(
            kind=TEXT,
            on=DAY,
            indication=or_null(INTEGER),
            indication_asked=FLAG,
            criteria_version=or_null(INTEGER),
        ),
        answers=JSON_SCHEMA,
        sections={"type": "object", "additionalProperties": JSON_SCHEMA},
    ),
    "GrantCriteria": closed(
        version=INTEGER,
        starts_on=DAY,
        ends_on=or_null(DAY),
        min_age_months=or_null(INTEGER),
        max_age_months=or_null(INTEGER),
        sex=or_null(TEXT),
        max_daily_dose=or_null(TEXT),
        dose_unit=TEXT,
        criteria=many(
            closed(
                key=TEXT, text=TEXT, kind=TEXT, unit=TEXT, accepted=many({}), choices=many(ANY_OBJECT), needs_rcp=FLAG
            )
        ),
    ),
    "Indication": closed(**_INDICATION),
    "Medicine": closed(
        id=INTEGER, **_MEDICINE, has_ma=FLAG, marketed=FLAG, not_the_route=TEXT, indications=many(ref("Indication"))
    ),
    "MedicinePage": page_of(ref("Medicine")),
    "IndicationPage": page_of(closed(**_INDICATION, medicine=INTEGER, medicine_label=TEXT)),
    "DevicePage": page_of(closed(id=INTEGER, label=TEXT)),
    "Establishment": closed(id=INTEGER, name=TEXT, finess_et=TEXT, finess_ej=TEXT, address=TEXT),
    "EstablishmentPage": page_of(ref("Establishment")),
}
