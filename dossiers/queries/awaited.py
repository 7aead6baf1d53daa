"""Whose turn it is. In a procedure that consults the state alone does not say it: the opinions do. Nor does it of a
meeting, for which one side sends documents, of minutes, to which each side agrees, and of companies that are heard,
whose replies ANSM waits for until a day.

The same rule twice: of one dossier's facts, for its page; of all dossiers, for the lists. A test compares them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from typing import Final

from django.db.models import Exists, OuterRef, Q, QuerySet

from dossiers.models import CompanyCall, CompanyReply, Meeting, MinutesVersion, Opinion, Party, Submission
from workflows import roles
from workflows.aap_guards import (
    ANSM,
    CT,
    PRE_MA,
    UNFAVOURABLE,
    ansm_is_unfavourable,
    ansm_must_be_heard,
    given_opinion,
)
from workflows.advice_guards import ANSM_SIDE, APPLICANT_SIDE, BRIEFING, SLIDES, meeting_of, minutes_of
from workflows.cpc_guards import HEARD, replies_are_awaited
from workflows.registry import all_procedures
from workflows.types import Facts, Procedure, Role, State

EXAMINED: Final = "assessment"
"""The state of a consulting procedure in which the bodies are heard, then the decision is taken."""


def awaited_roles(table: Procedure, state: State, facts: Facts, on: dt.date) -> frozenset[Role]:
    """The roles that `facts` wait for on that civil day: while opinions lack, those who give them and the officer; then
    the College."""
    if state.code in _OF_A_SIDE:
        return _side_awaited(state, facts)
    if state.code in HEARD and replies_are_awaited(facts, on):
        return state.waits_for - roles.ANSM_STAFF
    if not table.consults or state.code != EXAMINED:
        return state.waits_for
    ansm_lacks = ansm_must_be_heard(facts) and given_opinion(facts, ANSM) is None
    ct_lacks = given_opinion(facts, CT) is None and not ansm_is_unfavourable(facts)
    found: set[Role] = set()
    if ansm_lacks:
        proposed = any(one.body == ANSM and one.given_at is None for one in facts.opinions)
        found.add(roles.ANSM_SIGNATORY if proposed else roles.ANSM_ASSESSOR)
    if ct_lacks:
        found.add(roles.CT_SECRETARY)
    found.add(roles.HAS_OFFICER if ansm_lacks or ct_lacks else roles.HAS_COLLEGE)
    return frozenset(found)


_OF_A_SIDE: Final = frozenset({"meeting_planned", "minutes_draft"})


def _side_awaited(state: State, facts: Facts) -> frozenset[Role]:
    """The applicant while a document lacks for the meeting, ANSM once it has the briefing document; of minutes, the
    side that has not agreed to the current text, both while nobody wrote one."""
    ours = state.waits_for & roles.ANSM_STAFF
    theirs, nobody = state.waits_for - ours, frozenset[Role]()
    if state.code == "meeting_planned":
        meeting = meeting_of(facts)
        pieces = meeting.pieces if meeting else frozenset()
        return (theirs if pieces < {BRIEFING, SLIDES} else nobody) | (ours if BRIEFING in pieces else nobody)
    minutes = minutes_of(facts)
    agreed = minutes.agreed if minutes else frozenset()
    return (nobody if ANSM_SIDE in agreed else ours) | (nobody if APPLICANT_SIDE in agreed else theirs)


def _of_a_side(role: Role) -> dict[str, Q]:
    """The same, of all dossiers: {state: those in which it is the turn of this role's side}."""
    ansm = role in roles.ANSM_STAFF
    met = Meeting.objects.filter(dossier=OuterRef("pk"))
    ready = met.filter(briefing_sent_at__isnull=False)
    lacks = met.filter(Q(briefing_sent_at=None) | Q(slides_sent_at=None))
    written = MinutesVersion.objects.filter(dossier=OuterRef("pk"))
    later = MinutesVersion.objects.filter(dossier=OuterRef("dossier"), number__gt=OuterRef("number"))
    current = written.filter(~Exists(later))
    # Whoever wrote the current text has agreed to it; had the other side too, the minutes would be final.
    of_the_other = current.exclude(side=ANSM_SIDE if ansm else APPLICANT_SIDE)
    return {
        "meeting_planned": Q(Exists(ready if ansm else lacks)),
        "minutes_draft": ~Q(Exists(written)) | Q(Exists(of_the_other)),
    }


def _heard(on: dt.date) -> Q:
    """Files whose companies have all replied to what is asked of them, or whose day to reply has passed."""
    given = CompanyReply.objects.filter(
        call__dossier=OuterRef("dossier"), call__closed_at=None, organisation=OuterRef("organisation")
    )
    companies = Party.objects.filter(dossier=OuterRef("pk"), organisation__kind=roles.COMPANY)
    in_time = CompanyCall.objects.filter(dossier=OuterRef("pk"), closed_at=None, reply_by__gte=on)
    return ~Q(Exists(companies.exclude(Exists(given)))) | ~Q(Exists(in_time))


def awaiting(role: Role, on: dt.date, excused: Collection[int] = ()) -> Q:
    """Dossiers in which it is this role's turn on that civil day. `excused`: those on which ANSM need not be heard,
    before marketing authorisation (`excused_from_ansm`)."""
    condition = Q(pk__in=[])
    for one in all_procedures():
        states = [state.code for state in one.states if role in state.waits_for and not state.final]
        if one.consults and EXAMINED in states:
            states.remove(EXAMINED)
            condition |= Q(procedure=one.code, state=EXAMINED) & _examined(role, excused)
        for state in _OF_A_SIDE.intersection(states):
            states.remove(state)
            condition |= Q(procedure=one.code, state=state) & _of_a_side(role)[state]
        for state in HEARD.intersection(states) if role in roles.ANSM_STAFF else ():
            states.remove(state)
            condition |= Q(procedure=one.code, state=state) & _heard(on)
        if states:
            condition |= Q(procedure=one.code, state__in=states)
    return condition


def excused_from_ansm() -> list[int]:
    """Open requests made before marketing authorisation, of which the CHMP has given a favourable opinion: ANSM's is
    not needed. The answers say it and they are encrypted, so that they are read here, in one query; few are open."""
    codes = [one.code for one in all_procedures() if one.consults]
    signed = Submission.objects.filter(
        ~Exists(_given(ANSM, "dossier")),
        dossier__procedure__in=codes,
        dossier__state=EXAMINED,
        dossier__pathway=PRE_MA,
    )
    latest = signed.order_by("dossier", "-number").distinct("dossier").values_list("dossier", "answers")
    return [pk for pk, answers in latest if (answers.get("regulatory") or {}).get("chmp_favourable_on")]


def _given(body: str, dossier: str = "pk", **said: str) -> QuerySet[Opinion]:
    return Opinion.objects.filter(dossier=OuterRef(dossier), body=body, given_at__isnull=False, **said)


def _examined(role: Role, excused: Collection[int]) -> Q:
    opined, unfavourable = Exists(_given(ANSM)), Exists(_given(ANSM, outcome=UNFAVOURABLE))
    proposed = Exists(
        Opinion.objects.filter(dossier=OuterRef("pk"), body=ANSM, given_at__isnull=True, dropped_at__isnull=True)
    )
    ansm_lacks = Q(pathway=PRE_MA) & ~Q(pk__in=list(excused)) & ~Q(opined)
    ct_lacks = ~Q(Exists(_given(CT))) & ~Q(unfavourable)
    turns: dict[Role, Q] = {
        roles.ANSM_ASSESSOR: ansm_lacks & ~Q(proposed),
        roles.ANSM_SIGNATORY: ansm_lacks & Q(proposed),
        roles.CT_SECRETARY: ct_lacks,
        roles.HAS_OFFICER: ansm_lacks | ct_lacks,
        roles.HAS_COLLEGE: ~ansm_lacks & ~ct_lacks,
    }
    return turns.get(role, Q(pk__in=[]))
