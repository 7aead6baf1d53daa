"""Facts in which every act of a table is possible, to take one thing away at a time."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

from workflows import roles
from workflows.dates import PARIS, civil_date
from workflows.payload import example_payload
from workflows.types import Actor, DocumentFact, Facts, OpinionFact, Procedure, ProposalFact, RequestFact, TitleFact

NOW = dt.datetime(2026, 3, 2, 10, 0, tzinfo=PARIS)
TODAY = civil_date(NOW)
PROPOSER = 7
ACTING = 8


def day(offset: int) -> dt.date:
    return TODAY + dt.timedelta(days=offset)


def actor(role: str, person_id: int | None = ACTING) -> Actor:
    if role == roles.SYSTEM:
        return Actor(role=role, name="test")
    return Actor(role=role, person_id=person_id, membership_id=1, organisation_id=1, name="Camille Durand")


PRODUCT = {
    "indication_id": 1,
    "criteria_version": 1,
    "criteria_current": True,
    "criteria_met": True,
    "automatic_grant": True,
    "put_reference": "PUT-1",
    "put_url": "",
    "ma_since": None,
    "aap_since": None,
    "max_days": 365,
    "requested_days": 180,
    "company_undertaking": False,
}


def dossier_facts(state: str, **changes: Any) -> Facts:
    """An AAC in `state`, with nothing in the way of any of its acts; the proposal is to grant."""
    facts = Facts(
        procedure="aac",
        state=state,
        kind="initial",
        answers={"request": {"track": "A"}},
        documents=(DocumentFact("report", "clean", "compte-rendu.pdf"),),
        request=RequestFact(
            asked_at=NOW - dt.timedelta(days=30),
            reply_by=day(-1),
            questions={"1": "Quelle dose ?"},
            reminded_at=NOW - dt.timedelta(days=3),
        ),
        proposal=ProposalFact("grant", PROPOSER, day(0), day(180)),
        may_sign_for_body=True,
        product=PRODUCT,
        limits={"AAC_REPLY_MAX_DAYS": 60, "AAC_REGULARISATION_MAX_DAYS": 15},
    )
    return dataclasses.replace(facts, **changes)


PROPOSED = OpinionFact("ansm", "favourable", PROPOSER)
FAVOURABLE = dataclasses.replace(PROPOSED, given_at=NOW - dt.timedelta(days=5))
UNFAVOURABLE = dataclasses.replace(FAVOURABLE, outcome="unfavourable")
COMMITTEE = OpinionFact("ct", given_at=NOW - dt.timedelta(days=2))


def early_facts(state: str, *, pathway: str = "pre_ma", chmp: dt.date | None = None, **changes: Any) -> Facts:
    """A first early access request in `state`, examined by everybody, that the College may grant."""
    facts = Facts(
        procedure="aap",
        state=state,
        kind="first",
        filed_at=NOW - dt.timedelta(days=60),
        documents=(DocumentFact("smpc", "clean", "rcp.pdf"),),
        request=RequestFact(NOW - dt.timedelta(days=9), day(3), {"1": "Quelle survie ?"}),
        may_sign_for_body=True,
        product={**PRODUCT, "pathway": pathway, "chmp_favourable_on": chmp},
        due_on=day(10),
        opinions=(FAVOURABLE, COMMITTEE),
    )
    return dataclasses.replace(facts, **changes)


READY: dict[str, dict[str, Any]] = {
    "propose_ansm_opinion": {"opinions": ()},
    "give_ansm_opinion": {"opinions": (PROPOSED,)},
    "give_ct_opinion": {"opinions": (FAVOURABLE,)},
    "deem_abandoned": {"request": RequestFact(NOW - dt.timedelta(days=9), day(-1), {"1": "Quelle survie ?"})},
    "grant_tacitly": {"due_on": day(-1)},
    "refuse_tacitly": {"due_on": day(-1), "opinions": ()},
}
"""Act -> what it wants otherwise than a grant does."""


def title_facts(state: str, procedure: str = "aac", **changes: Any) -> Facts:
    """A title of `procedure` in `state`, in the middle of its period."""
    facts = Facts(
        procedure=procedure,
        state=state,
        kind="initial",
        may_sign_for_body=True,
        product=PRODUCT,
        title=TitleFact("AAC-2026-000001", state, day(-30), day(150), suspended_until=day(30), renounced_on=day(-40)),
        limits={"AAC_REPLY_MAX_DAYS": 60, "AAC_REGULARISATION_MAX_DAYS": 15},
    )
    return dataclasses.replace(facts, **changes)


def examples(table: Procedure, name: str, source: str | None = None) -> dict[str, Any]:
    """The payload published as an example, counted from the day of `NOW`."""
    return example_payload(table.transition(name, source).payload, TODAY)
