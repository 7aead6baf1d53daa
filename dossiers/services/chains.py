"""What an act on an authorisation means for the rest of its chain: what stops with a treatment, what goes on under a
renewal."""

from __future__ import annotations

import datetime as dt
from typing import Final

from django.utils.translation import gettext_lazy as _

from accounts.models import Person
from dossiers.models import Dossier, Title
from dossiers.models.title import LIVING, continuing
from dossiers.paths import dossier_path
from dossiers.services import log
from dossiers.services.act import Act, Following
from dossiers.services.tell import AUDIENCES
from notifications.outbox import queue
from notifications.words import words_for
from workflows import audiences
from workflows.aap_guards import RENEWAL
from workflows.registry import procedure
from workflows.types import Actor

RENEWAL_STOPPED: Final = "renewal_stopped"


def stop_the_chain(act: Act) -> None:
    """One treatment, one chain: it stops under each of its authorisations that lives, declared by the same person in
    the same words. Each reaches the others in turn; one that is stopped already is left alone.

    Declared on a renewal, it locks backwards: a deadlock that this may cause is tried again (`deadlock`).
    """
    if act.title is None:
        raise RuntimeError(f"{act.row.name} is an act on a title")
    others = Title.objects.filter(LIVING, chain=act.title.chain).exclude(pk=act.title.pk).order_by("renewal_rank")
    for number in others.values_list("number", flat=True):
        act.followed_by.append(Following(number, act.row.name, act.actor, act.payload))
    if not act.imported:
        _tell_who_examines(act.title.chain, act)


def _tell_who_examines(chain: str, act: Act) -> None:
    """Whoever examines a renewal of it: granting has become impossible, and nothing on their desk says so."""
    examined = Dossier.objects.filter(parent_title__chain=chain, filed_at__isnull=False, decided_at=None)
    for renewal in examined.select_related("lead"):
        people = AUDIENCES[audiences.LEAD](renewal) - {act.actor.person_id}
        queue(
            kind=RENEWAL_STOPPED,
            recipients=Person.objects.filter(pk__in=people, is_active=True),
            dedupe=f"{chain}:{renewal.pk}",
            dossier=renewal,
            reference=renewal.reference,
            path=dossier_path(renewal.reference),
            context={
                **words_for(RENEWAL_STOPPED, audiences.LEAD),
                "label": _("The treatment that this renewal would continue was declared stopped"),
                "procedure": procedure(renewal.procedure, renewal.workflow_version).name,
                "title": chain,
                "todo": _("It can no longer be granted: propose a refusal, or ask the hospital to withdraw it."),
            },
            at=act.at,
        )


def pass_requests_on(*, title: Title, actor: Actor, at: dt.datetime) -> None:
    """`title` was replaced by its renewal: what was asked about it and is not decided, drafts included, is asked of
    that renewal now. A draft stays where the renewal has one of its kind already."""
    kinds = procedure(title.procedure).kinds_on_a_title - {RENEWAL}
    heir = continuing(title.chain, title.renewal_rank).filter(LIVING).first() if kinds else None
    if heir is None:
        return
    begun = set(heir.renewals.filter(decided_at=None).values_list("kind", flat=True))
    asked = Dossier.objects.select_for_update(of=("self",)).filter(parent_title=title, kind__in=kinds, decided_at=None)
    for one in asked.order_by("pk"):
        if one.filed_at is None and one.kind in begun:
            continue
        one.parent_title = heir
        one.version += 1
        one.changed_at = at
        log.append(dossier=one, verb="request_carried", actor=actor, at=at, payload={"title": heir.number})
        one.save(update_fields=["parent_title", "version", "changed_at"])
