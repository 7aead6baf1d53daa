"""Effects of the Innovation and Referral Service: routing, meeting, minutes, written opinion.

As in `effects`: database only, inside the transaction of the act.
"""

from __future__ import annotations

from accounts.models import Membership
from dossiers.models import (
    Assignment,
    Decision,
    Meeting,
    MinutesAgreement,
    MinutesVersion,
    Routing,
    Submission,
    WrittenOpinion,
)
from dossiers.queries.answers import last_submission
from dossiers.services.act import Act
from workflows.advice_guards import BRIEFING, fingerprint, side_of


def route_to_assessor(act: Act) -> None:
    """The guard has checked that this person may lead the file."""
    chosen = Membership.objects.select_related("person").get(pk=int(act.payload["assessor"]))
    Routing.objects.create(dossier=act.dossier, desk=act.payload["desk"], at=act.at)
    act.dossier.assignments.filter(until=None).update(until=act.at)
    Assignment.objects.create(dossier=act.dossier, membership=chosen, since=act.at)
    act.dossier.lead = chosen
    act.result["assessor"] = chosen.person.full_name


def note_the_reply(act: Act) -> None:
    """A request redirected by its desk keeps that desk."""
    Routing.objects.update_or_create(
        dossier=act.dossier,
        defaults={
            "redirected_to": act.payload.get("body", ""),
            "body_name": act.payload.get("body_name", ""),
            "reply": act.payload.get("note") or act.payload.get("reason") or "",
            "at": act.at,
        },
    )


def plan_meeting(act: Act) -> None:
    Meeting.objects.create(
        dossier=act.dossier, starts_at=act.payload["starts_at"], place=act.payload["place"], planned_at=act.at
    )


def receive_piece(act: Act) -> None:
    """What is sent for the meeting becomes part of what the agency reads: a numbered version, the answers unchanged."""
    meeting = Meeting.objects.get(dossier=act.dossier)
    if act.payload["piece"] == BRIEFING:
        meeting.briefing_sent_at = act.at
    else:
        meeting.slides_sent_at = act.at
    meeting.save()
    _hand_over(act)


def _hand_over(act: Act) -> None:
    last = last_submission(act.dossier)
    if last is None:
        raise RuntimeError("a file whose meeting is planned was filed, so it has a submission")
    submission = Submission.objects.create(
        dossier=act.dossier,
        number=last.number + 1,
        answers=last.answers,
        form_version=last.form_version,
        sha256=last.sha256,
        author_id=act.actor.person_id,
        author_name=act.actor.name,
        at=act.at,
    )
    act.result["submission"] = submission.number


def hold_meeting(act: Act) -> None:
    meeting = Meeting.objects.get(dossier=act.dossier)
    meeting.held_on = act.payload["held_on"]
    meeting.participants = act.payload["participants"]
    meeting.save()


def agree_minutes(act: Act) -> None:
    """Whoever writes a text agrees to it. Nothing without one: the other side may write it first."""
    text = act.payload.get("minutes")
    if not text:
        return
    current, side = act.dossier.minutes.order_by("-number").first(), side_of(act.actor)
    if current is None or current.sha256 != fingerprint(text):
        current = MinutesVersion.objects.create(
            dossier=act.dossier,
            number=current.number + 1 if current else 1,
            text=text,
            sha256=fingerprint(text),
            side=side,
            author_id=act.actor.person_id,
            author_name=act.actor.name,
            at=act.at,
        )
    MinutesAgreement.objects.create(
        version=current, side=side, person_id=act.actor.person_id, person_name=act.actor.name, at=act.at
    )
    act.result |= {"version": current.number, "sha256": current.sha256}
    act.result["minutes"] = ""  # the text is in its version, encrypted


def propose_written_opinion(act: Act) -> None:
    act.decision = Decision.objects.create(
        dossier=act.dossier,
        number=act.dossier.decisions.count() + 1,
        outcome="opinion",
        reasons=act.payload["reasons"],
        proposer_id=act.actor.person_id,
        proposer_name=act.actor.name,
        proposed_at=act.at,
    )
    WrittenOpinion.objects.create(
        decision=act.decision,
        questions=dict(act.facts.matter.get("questions", {})),
        answers=act.payload["answers"],
        position=act.payload.get("position", ""),
        device_class=act.payload.get("device_class", ""),
    )
    act.result["decision"] = act.decision.number
