"""Two sides act on one meeting at the same instant: one of them does, the others are told where it now stands."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from dossiers.demo.filing_meeting_story import ELEVEN, PLACE, Meeting, written
from dossiers.demo.story import ONE_DAY, demo_actor
from dossiers.models import FilingMeeting, MeetingKey, MeetingStep
from dossiers.services.errors import WrongState
from dossiers.services.filing_meetings import begin, take
from notifications.models import OutboxMessage
from tests.dossiers.test_races import at_once
from tests.snapshot import load_world
from workflows.dates import civil_date

pytestmark = pytest.mark.django_db(transaction=True)


def test_of_six_answers_one_is_given(transactional_db: Any) -> None:
    load_world()
    one = Meeting(at=timezone.now() - 2 * ONE_DAY).asked()
    officer, applicant = demo_actor("has_officer"), demo_actor("applicant")
    acts: tuple[tuple[str, Any, dict[str, Any]], ...] = (
        ("plan", officer, {"day": one.row.days[0], "starts_at": ELEVEN, "place": PLACE}),
        ("decline", officer, {"reason": "Non."}),
        ("withdraw", applicant, {}),
    )
    before = OutboxMessage.objects.filter(recipient=applicant.person_id).count()

    def act(rank: int) -> FilingMeeting:
        step, actor, given = acts[rank % len(acts)]
        return take(reference=one.reference, step=step, given=given, actor=actor, at=one.at)

    answers = at_once(act, threads=6)
    done = [answer for answer in answers if isinstance(answer, FilingMeeting)]
    steps = list(MeetingStep.objects.filter(meeting=one.row).order_by("seq").values_list("seq", "verb"))
    assert [seq for seq, _verb in steps] == list(range(1, len(steps) + 1))
    # A day once accepted, the meeting may still be given up by either side; nothing follows that.
    ends = [verb for _seq, verb in steps[2:]]
    assert ends in (["decline"], ["withdraw"], ["plan", "decline"], ["plan", "withdraw"])
    assert len(done) == len(ends)
    assert {type(answer) for answer in answers} == {FilingMeeting, WrongState}
    told = OutboxMessage.objects.filter(recipient=applicant.person_id).count() - before
    assert told == sum(verb in ("plan", "decline") for verb in ends)


def test_of_six_requests_under_one_key_one_is_begun(transactional_db: Any) -> None:
    load_world()
    at, actor = timezone.now(), demo_actor("applicant")
    given = written(civil_date(at))

    answers = at_once(lambda rank: begin(given=given, actor=actor, key="one", at=at), threads=6)

    meeting = FilingMeeting.objects.get()
    assert [answer.reference for answer in answers] == [meeting.reference] * 6
    assert (MeetingKey.objects.count(), MeetingStep.objects.count()) == (1, 1)
    # Those that were late gave their numbers back.
    assert begin(given=given, actor=actor, at=at).reference == meeting.reference.replace("000001", "000002")
