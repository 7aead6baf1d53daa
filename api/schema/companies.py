"""The shapes of what passes between the companies of a prescription framework and ANSM: calls, replies, material."""

from __future__ import annotations

from typing import Final

from api.schema.shapes import DAY, FLAG, INSTANT, INTEGER, TEXT, Shape, closed, many, or_null, page_of
from api.schema.shapes import reference_to as ref
from dossiers.models import InformationMaterial
from dossiers.models.framework import CALLS

CALL_STATES: Final = ("awaited", "late", "replied", "closed")
MATERIAL_STATES: Final = ("awaited", "unreadable", "given", "deemed")
CALL_ACTS: Final = ("reply",)
MATERIAL_ACTS: Final = ("opinion",)

_CALLS: Final = page_of(ref("CompanyCall"))

COMPANIES: Final[dict[str, Shape]] = {
    "CompanyReply": closed(company=TEXT, at=INSTANT, text=TEXT),
    "CompanyCall": closed(
        step={"type": "string", "enum": list(CALLS)},
        step_label=TEXT,
        asked={**or_null(TEXT), "description": "Null for whoever is not asked and does not ask."},
        protocol={**or_null(TEXT), "description": "The draft protocol that goes with a draft decision."},
        waiver={**or_null(TEXT), "description": "Why no protocol is needed."},
        asked_at=INSTANT,
        reply_by={**DAY, "description": "The last day to reply, included."},
        state={
            "type": "string",
            "enum": list(CALL_STATES),
            "description": "`replied`: every company has, and ANSM has not gone on yet.",
        },
        closed_at=or_null(INSTANT),
        replies={**many(ref("CompanyReply")), "description": "Of your company; all of them for ANSM."},
        acts=many({"type": "string", "enum": list(CALL_ACTS), "description": "What you may do now."}),
    ),
    "CompanyCalls": {
        **_CALLS,
        "properties": {**_CALLS["properties"], "companies": many(TEXT)},
        "required": [*_CALLS["required"], "companies"],
    },
    "Material": closed(
        id=INTEGER,
        title=TEXT,
        company=TEXT,
        name=TEXT,
        description=TEXT,
        document={**or_null(INTEGER), "description": "The material itself, sent as a file: GET documents/{id}/."},
        sent_at=INSTANT,
        sent_by=TEXT,
        opinion_by={**DAY, "description": "The last day for an opinion: silence is favourable from the next."},
        state={
            "type": "string",
            "enum": list(MATERIAL_STATES),
            "description": "`deemed`: silence decided, the opinion is favourable. `unreadable`: a virus was found in "
            "the file, and silence decides nothing.",
        },
        opinion=or_null({"type": "string", "enum": list(InformationMaterial.Opinion.values)}),
        reasons=TEXT,
        given_at=or_null(INSTANT),
        deemed_on=or_null(DAY),
        may_be_spread=FLAG,
        acts=many({"type": "string", "enum": list(MATERIAL_ACTS), "description": "What you may do now."}),
    ),
    "Materials": page_of(ref("Material")),
}
