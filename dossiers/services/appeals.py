"""Appeals against a decision, as the authority that receives them records them (CRPA L.411-2; CJA R.421-1)."""

from __future__ import annotations

import datetime as dt

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dossiers.forms.fields import no_national_number
from dossiers.models import Appeal, Dossier
from dossiers.policy import may, visible_to
from dossiers.services import log
from dossiers.services.errors import Blocked, Forbidden, NotFound
from workflows.dates import civil_date, say
from workflows.types import Actor, Reason

LONGEST = 20_000
WITHDRAWN = "withdrawn"
"""State of a request that its applicant took back: nobody decided anything."""


def lodge(
    *, reference: str, kind: str, lodged_on: dt.date, grounds: str, actor: Actor, at: dt.datetime | None = None
) -> Appeal:
    """Record an appeal against the decision on `reference`, lodged on that day. Raises NotFound, Forbidden, Blocked."""
    at = at or timezone.now()
    with transaction.atomic(durable=True):
        dossier = _locked(reference, actor)
        faults = _faults_of_lodging(dossier, kind, lodged_on, civil_date(at))
        faults += _faults_of_words(grounds, "grounds", _("Say what the appeal is about."))
        if faults:
            raise Blocked(faults)
        appeal = Appeal.objects.create(
            dossier=dossier,
            kind=kind,
            lodged_on=lodged_on,
            grounds=grounds.strip(),
            recorded_by_id=actor.person_id,
            at=at,
        )
        _noted(dossier, "appeal_lodged", actor, at, {"appeal": kind, "lodged_on": lodged_on})
        return appeal


def settle(
    *, appeal: int, outcome: str, answered_on: dt.date, answer: str, actor: Actor, at: dt.datetime | None = None
) -> Appeal:
    """Record how an appeal ended, once. Raises NotFound, Forbidden, Blocked."""
    at = at or timezone.now()
    with transaction.atomic(durable=True):
        found = Appeal.objects.select_related("dossier").filter(pk=appeal).first()
        if found is None:
            raise NotFound([Reason("not_found", _("No such appeal."))])
        dossier = _locked(found.dossier.reference, actor)
        found = Appeal.objects.select_for_update().get(pk=appeal)
        faults = _faults_of_words(answer, "answer", _("Say in a few words what was answered."))
        if found.outcome:
            faults.append(Reason("settled", _("This appeal is settled already.")))
        if outcome not in Appeal.Outcome.values:
            faults.append(Reason("choice", _("Choose how the appeal ended."), "outcome"))
        if not found.lodged_on <= answered_on <= civil_date(at):
            message = _("Choose a day from %s on, not in the future.")
            faults.append(Reason("day", message % say(found.lodged_on), "answered_on"))
        if faults:
            raise Blocked(faults)
        found.outcome, found.answered_on, found.answer = outcome, answered_on, answer.strip()
        found.save(update_fields=["outcome", "answered_on", "answer"])
        _noted(dossier, "appeal_settled", actor, at, {"appeal": found.kind, "outcome": outcome})
        return found


def _locked(reference: str, actor: Actor) -> Dossier:
    dossier = visible_to(actor).select_for_update(of=("self",)).filter(reference=reference).first()
    if dossier is None:
        raise NotFound([Reason("not_found", _("No such file, or it is not yours to see."))])
    ruling = may(actor, "record_appeal", dossier)
    if not ruling.allowed:
        raise Forbidden(ruling.reasons)
    return dossier


def _faults_of_lodging(dossier: Dossier, kind: str, lodged_on: dt.date, today: dt.date) -> list[Reason]:
    if dossier.decided_at is None or dossier.state == WITHDRAWN:
        return [Reason("not_decided", _("Nothing is decided yet: there is nothing to appeal against."))]
    faults = []
    if kind not in Appeal.Kind.values:
        faults.append(Reason("choice", _("Choose to whom the appeal is made."), "kind"))
    elif dossier.appeals.filter(kind=kind, outcome="").exists():
        message = _("An appeal of this kind is recorded already and waits for its answer: settle that one first.")
        faults.append(Reason("lodged", message, "kind"))
    decided_on = civil_date(dossier.decided_at)
    if not decided_on <= lodged_on <= today:
        message = _("Choose a day from %s on, not in the future.")
        faults.append(Reason("day", message % say(decided_on), "lodged_on"))
    return faults


def _faults_of_words(text: str, field: str, message: object) -> list[Reason]:
    if not text.strip():
        return [Reason("required", message, field)]  # type: ignore[arg-type]
    if len(text) > LONGEST or "\x00" in text:
        return [Reason("too_long", _("This text is too long: %d characters at most.") % LONGEST, field)]
    try:
        no_national_number(text)
    except ValidationError as error:
        return [Reason("national_number", error.messages[0], field)]
    return []


def _noted(dossier: Dossier, verb: str, actor: Actor, at: dt.datetime, payload: dict[str, object]) -> None:
    dossier.version += 1
    dossier.changed_at = at
    log.append(dossier=dossier, verb=verb, actor=actor, at=at, payload=payload)
    dossier.save()
