"""Asking an expert about one file: for a time, once their links of interest are declared, in confidence.

None of these moves a state: what an expert says is weighed by whoever proposes the decision.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Final

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership, Person
from dossiers.models import Dossier, Event
from dossiers.models.expert import ExpertMission
from dossiers.paths import dossier_path
from dossiers.policy import missions_asked_by, missions_of, visible_to
from dossiers.services import log
from dossiers.services.errors import Blocked, NotFound
from dossiers.services.idempotency import earlier_answer, remember
from dossiers.services.locks import demand
from dossiers.services.stale import refuse_stale
from notifications.outbox import queue
from workflows.dates import civil_date
from workflows.roles import ANSM, EXPERT, HAS
from workflows.types import Actor, Reason, Text

LONGEST: Final = 20_000
MISSIONS: Final = "/missions/"


def ask(
    *,
    reference: str,
    expert: int,
    question: str,
    until: dt.date,
    actor: Actor,
    version: int | None = None,
    key: str = "",
    at: dt.datetime | None = None,
) -> ExpertMission:
    """Ask the membership `expert` for an opinion by `until`, their last day of access. They are told by mail.

    `version`, of the dossier, and `key` as in `move`, here and below. Raises NotFound, Forbidden, Blocked (no such
    expert, recused, asked already, no question, a day that has passed), Stale, Conflict.
    """
    at = at or timezone.now()
    request = log.sha256_of(["expert_ask", reference, expert, question, until])
    with transaction.atomic(durable=True):
        dossier = visible_to(actor).select_for_update(of=("self",)).filter(reference=reference).first()
        if dossier is None:
            raise NotFound([Reason("not_found", _("No such file, or it is not yours to see."))])
        answered = earlier_answer(actor, key, request)
        if answered:
            return dossier.missions.get(pk=answered.payload["mission"])
        refuse_stale(dossier, version, actor)
        demand(actor, "ask_expert", dossier)
        chosen = Membership.objects.open_on(civil_date(at)).select_related("person").filter(pk=expert, role=EXPERT)
        asked = chosen.first()
        _refuse(_faults(dossier, asked, question, until, civil_date(at)))
        assert asked is not None
        # Its last day passed without an opinion: it is over, and another may be asked of the same person.
        dossier.missions.filter(expert=asked, ended_at=None).update(ended_at=at)
        mission = ExpertMission.objects.create(
            dossier=dossier,
            expert=asked,
            question=question.strip(),
            until=until,
            asked_by_id=actor.person_id,
            asked_by_role=actor.role,
            asked_at=at,
        )
        said = {"mission": mission.pk, "to": asked.person.full_name, "reply_by": until}
        remember(actor, key, request, _noted(mission, "expert_asked", actor, at, said))
        _tell(mission, [asked.person], _("Your opinion is asked"), _("Declare your links of interest first."), at)
        return mission


def declare(
    *,
    mission: int,
    conflict: bool,
    declaration: str,
    actor: Actor,
    key: str = "",
    at: dt.datetime | None = None,
) -> ExpertMission:
    """The expert says whether a link of interest stands in the way (CSP L.1451-1). A conflict ends the mission; else
    the file opens. Once. Raises NotFound, Blocked, Conflict."""
    at = at or timezone.now()
    request = log.sha256_of(["expert_declare", mission, conflict, declaration])
    with transaction.atomic(durable=True):
        found = _own(mission, actor)
        if earlier_answer(actor, key, request):
            return found
        _demand_running(found, actor, at)
        if found.declared_at is not None:
            raise Blocked([Reason("declared", _("Your declaration is made already: it cannot be changed."))])
        if not declaration.strip():
            message = _("Say which links you have or had, or that you have none.")
            raise Blocked([Reason("required", message, "declaration")])
        found.declared_at, found.conflict, found.declaration = at, conflict, _shortened(declaration, "declaration")
        found.ended_at = at if conflict else None
        found.save()
        event = _noted(found, "expert_conflict" if conflict else "expert_declared", actor, at, {})
        remember(actor, key, request, event)
        if conflict:
            _tell_asker(found, _("The expert has a conflict of interest"), _("Ask another expert."), at)
        return found


def give_opinion(
    *, mission: int, opinion: str, actor: Actor, key: str = "", at: dt.datetime | None = None
) -> ExpertMission:
    """The expert's opinion, once; it ends the mission, and with it their access. Raises NotFound, Blocked, Conflict."""
    at = at or timezone.now()
    request = log.sha256_of(["expert_opinion", mission, opinion])
    with transaction.atomic(durable=True):
        found = _own(mission, actor)
        if earlier_answer(actor, key, request):
            return found
        _demand_running(found, actor, at)
        if found.conflict is not False:
            raise Blocked([Reason("undeclared", _("Declare your links of interest first."))])
        if not opinion.strip():
            raise Blocked([Reason("required", _("Write your opinion."), "opinion")])
        found.opinion, found.given_at, found.ended_at = _shortened(opinion, "opinion"), at, at
        found.save()
        remember(actor, key, request, _noted(found, "expert_opinion", actor, at, {}))
        _tell_asker(found, _("The expert gave an opinion"), _("Read it on the page of the file."), at)
        return found


def end(
    *,
    mission: int,
    actor: Actor,
    version: int | None = None,
    key: str = "",
    at: dt.datetime | None = None,
) -> ExpertMission:
    """The agency no longer asks: the expert's access ends now. An agency ends the missions that it asked, and finds no
    others. Raises NotFound, Forbidden, Blocked (over already), Stale, Conflict."""
    at = at or timezone.now()
    request = log.sha256_of(["expert_end", mission])
    with transaction.atomic(durable=True):
        seen = missions_asked_by(actor).filter(pk=mission).first()
        if seen is None:
            raise NotFound([Reason("not_found", _("No such request for an opinion."))])
        found = _locked(seen)
        if earlier_answer(actor, key, request):
            return found
        refuse_stale(found.dossier, version, actor)
        demand(actor, "ask_expert", found.dossier)
        if found.ended_at is not None:
            raise Blocked([Reason("over", _("This request for an opinion is over already."))])
        found.ended_at = at
        found.save(update_fields=["ended_at"])
        remember(actor, key, request, _noted(found, "expert_ended", actor, at, {}))
        return found


NOT_RUNNING: Final = Reason("not_found", _("This request for an opinion is over, or is not yours."))


def _own(mission: int, actor: Actor) -> ExpertMission:
    """The expert's own mission, over or not, with its file, both locked. Raises NotFound."""
    own = ExpertMission.objects.filter(pk=mission, expert=actor.membership_id or 0)
    seen = own.first() if actor.role == EXPERT else None
    if seen is None:
        raise NotFound([NOT_RUNNING])
    return _locked(seen)


def _demand_running(mission: ExpertMission, actor: Actor, at: dt.datetime) -> None:
    """Raises NotFound once its last day has passed, it was ended, or it was answered."""
    if not missions_of(actor, civil_date(at)).filter(pk=mission.pk).exists():
        raise NotFound([NOT_RUNNING])


def _locked(seen: ExpertMission) -> ExpertMission:
    """The mission with its file, as they are once nobody else may change them."""
    owner = Dossier.objects.select_for_update(of=("self",)).get(pk=seen.dossier_id)
    found = ExpertMission.objects.select_for_update(of=("self",)).get(pk=seen.pk)
    found.dossier = owner
    return found


def _faults(
    dossier: Dossier, expert: Membership | None, question: str, until: dt.date, on: dt.date
) -> Iterable[Reason]:
    if expert is None:
        yield Reason("expert", _("Choose an expert of the list."), "expert")
    elif dossier.recusals.filter(person=expert.person_id).exists():
        yield Reason("recused", _("This person is recused from this file: choose another."), "expert")
    elif dossier.missions.filter(expert__person=expert.person_id, ended_at=None, until__gte=on).exists():
        yield Reason("asked", _("This expert is asked already."), "expert")
    elif _is_a_party(dossier, expert.person_id):
        yield Reason("concerned", _("This person belongs to a side of this file: choose another."), "expert")
    if not question.strip():
        yield Reason("required", _("Write what you ask."), "question")
    if until < on:
        yield Reason("past", _("Choose a day that is still to come."), "until")


def _is_a_party(dossier: Dossier, person: int) -> bool:
    """Of an organisation that asks or takes part. An agency that began the file itself is no side: its own experts
    advise it."""
    sides = [dossier.organisation_id, *dossier.parties.values_list("organisation_id", flat=True)]
    theirs = Membership.objects.filter(person=person, organisation__in=sides)
    return theirs.exclude(organisation__kind__in=(ANSM, HAS)).exists()


def _refuse(faults: Iterable[Reason]) -> None:
    found = list(faults)
    if found:
        raise Blocked(found)


def _shortened(text: str, field: str) -> str:
    if len(text) > LONGEST:
        message = _("At most %d characters: attach a document to a message for more.") % LONGEST
        raise Blocked([Reason("too_long", message, field)])
    return text.strip()


def _noted(mission: ExpertMission, verb: str, actor: Actor, at: dt.datetime, payload: dict[str, object]) -> Event:
    dossier = mission.dossier
    dossier.version += 1
    dossier.changed_at = at
    event = log.append(dossier=dossier, verb=verb, actor=actor, at=at, payload=payload, staff_only=True)
    dossier.save()
    return event


def _tell_asker(mission: ExpertMission, label: Text, todo: Text, at: dt.datetime) -> None:
    lead = mission.dossier.lead
    people = [mission.asked_by_id, lead.person_id if lead else None]
    asked = Person.objects.filter(pk__in=[one for one in people if one is not None], is_active=True)
    _queue(mission, asked, label, todo, dossier_path(mission.dossier.reference), at)


def _tell(mission: ExpertMission, people: list[Person], label: Text, todo: Text, at: dt.datetime) -> None:
    _queue(mission, people, label, todo, f"{MISSIONS}{mission.pk}/", at)


def _queue(
    mission: ExpertMission, people: Iterable[Person], label: Text, todo: Text, path: str, at: dt.datetime
) -> None:
    queue(
        kind="expert_mission",
        recipients=people,
        dedupe=f"{mission.pk}:{mission.declared_at}:{mission.ended_at}",
        reference=mission.dossier.reference,
        path=path,
        context={
            "label": label,
            "todo": todo,
            "why": _("You receive this message because an expert is asked about this file."),
            "due_on": mission.until,
        },
        at=at,
    )
