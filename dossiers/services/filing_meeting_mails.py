"""Who is told of a step of a pre-filing meeting: a row of the outbox, without a word that anybody typed."""

from __future__ import annotations

import datetime as dt
from typing import Final

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership, Person
from dossiers.models import FilingMeeting, MeetingStep
from dossiers.paths import meeting_path
from notifications.outbox import queue
from workflows.aap_guards import PRE_MA
from workflows.dates import civil_date
from workflows.filing_meetings import STEPS
from workflows.roles import ANSM_ASSESSOR, APPLICANT, CONTRIBUTOR, HAS_OFFICER
from workflows.types import Actor, Text

KIND: Final = "filing_meeting"
UNTOLD: Final = frozenset({"write", "link"})
"""Steps that ask nothing of the other side."""

COMPANY, HAS, ANSM = "company", "has", "ansm"
WHY: Final[dict[str, Text]] = {
    COMPANY: _("Everyone who writes early access requests for your company receives this message."),
    HAS: _("Every HAS officer receives this message: the first to answer does so for all."),
    ANSM: _("Every ANSM assessor receives this message, as the medicine has no marketing authorisation."),
}
NOTHING: Final = _("Nothing is expected of you.")
COME: Final = _("Add it to your calendar: the file is on the page of the meeting.")
READ_WHY: Final = _("Read why on the page of the meeting.")
TODO: Final[dict[str, dict[str, Text]]] = {
    "ask": {
        HAS: _("Accept one of the days, offer others, or decline with your reason."),
        ANSM: _("Read the questions: HAS answers for both, and tells you the day."),
    },
    "plan": {COMPANY: COME, ANSM: COME},
    "offer": {COMPANY: _("Choose one of these days, or propose others.")},
    "choose": {HAS: _("Say at what time and where you meet."), ANSM: COME},
    "propose": {HAS: _("Accept one of the days, offer others, or decline with your reason.")},
    "arrange": {COMPANY: COME, ANSM: COME},
    "hold": {COMPANY: _("Read the minutes on the page of the meeting."), ANSM: _("Read the minutes.")},
    "correct": {COMPANY: _("Read the minutes again."), ANSM: _("Read the minutes again.")},
    "decline": {COMPANY: READ_WHY, ANSM: NOTHING},
    "withdraw": {HAS: NOTHING, ANSM: NOTHING},
}
"""Step -> each side that is told of it, and what it can do then."""


def tell(*, meeting: FilingMeeting, step: MeetingStep, actor: Actor, at: dt.datetime) -> None:
    """Queue one message per person told of this step, never to the one who took it. What was never sent is told to
    nobody, and ANSM is told of those before marketing authorisation."""
    if meeting.asked_at is None or step.verb in UNTOLD:
        return
    for side, todo in TODO[step.verb].items():
        queue(
            kind=KIND,
            recipients=_people(meeting, side).exclude(pk=actor.person_id or 0),
            dedupe=f"{meeting.pk}:{step.seq}",
            reference=meeting.reference,
            path=meeting_path(meeting.reference),
            context={
                "label": STEPS[step.verb].past,
                "todo": todo,
                "why": WHY[side],
                **({"on": meeting.meets_on} if meeting.meets_on and meeting.declined_at is None else {}),
            },
            at=at,
        )


def _people(meeting: FilingMeeting, side: str) -> QuerySet[Person]:
    there = Membership.objects.open_on(civil_date(timezone.now()))
    if side == COMPANY:
        there = there.filter(organisation=meeting.organisation_id, role__in=(APPLICANT, CONTRIBUTOR))
    elif side == HAS:
        there = there.filter(role=HAS_OFFICER)
    else:
        there = there.filter(role=ANSM_ASSESSOR) if meeting.pathway == PRE_MA else there.none()
    return Person.objects.filter(pk__in=there.values("person"), is_active=True)


def still_last(*, meeting: int, seq: int) -> bool:
    """Whether no later step has come, of those that are told: it has its own message, which says more."""
    later = MeetingStep.objects.filter(meeting=meeting, seq__gt=seq).exclude(verb__in=UNTOLD)
    return not later.exists()
