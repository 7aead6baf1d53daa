"""Which entry of the referential a request means, when it was filed in free words."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalogue.models import Indication, Medicine
from catalogue.services.criteria import NotAllowed
from catalogue.services.referential import NewIndication, NewMedicine, create_entry
from dossiers.forms.registry import form_set
from dossiers.models import Dossier, Event
from dossiers.policy import may, visible_to
from dossiers.queries.answers import current_answers, raw_answers
from dossiers.services import log
from dossiers.services.derived import derive_columns
from dossiers.services.errors import Blocked, Forbidden, NotFound
from dossiers.services.stale import refuse_stale
from workflows.types import Actor, Reason


def link_entry(
    *, reference: str, indication: int, actor: Actor, version: int | None = None, at: dt.datetime | None = None
) -> Event:
    """Attach entry `indication` to a dossier whose answers are in free words. Everybody who reads the dossier sees it.

    `version` is the dossier's that the actor read (None: not checked). The answers stay as signed; rules and letters
    use the entry. Raises NotFound, Forbidden, Blocked (the answers choose an entry or another medicine), Stale.
    """
    with transaction.atomic(durable=True):
        dossier = _locked(reference, actor, version)
        entry = Indication.objects.select_related("medicine").filter(pk=indication).first()
        if entry is None:
            raise Blocked([Reason("no_entry", _("Choose an entry of the referential."), "indication")])
        return _link(dossier, entry, actor, at or timezone.now())


def create_and_link(
    *,
    reference: str,
    medicine: int | NewMedicine,
    indication: NewIndication,
    actor: Actor,
    none_of_these: bool = False,
    version: int | None = None,
    at: dt.datetime | None = None,
) -> Event:
    """Record the entry that the request asks for, and attach it: both or neither. `medicine` is one already recorded,
    or a new one; `none_of_these` as in `catalogue.services.referential.create_entry`.

    Raises what `link_entry` raises, and `catalogue.services.referential.EntryRefused`.
    """
    at = at or timezone.now()
    with transaction.atomic(durable=True):
        dossier = _locked(reference, actor, version)
        known = medicine if isinstance(medicine, NewMedicine) else Medicine.objects.filter(pk=medicine).first()
        if known is None:
            raise Blocked([Reason("no_medicine", _("Choose a medicine that is recorded."), "medicine")])
        try:
            entry = create_entry(medicine=known, indication=indication, actor=actor, at=at, none_of_these=none_of_these)
        except NotAllowed as error:
            raise Forbidden([Reason("role", _("Your role does not allow you to record a medicine."))]) from error
        return _link(dossier, entry, actor, at)


def _locked(reference: str, actor: Actor, version: int | None) -> Dossier:
    dossier = visible_to(actor).select_for_update(of=("self",)).filter(reference=reference).first()
    if dossier is None:
        raise NotFound([Reason("not_found", _("No such file, or it is not yours to see."))])
    ruling = may(actor, "link_product", dossier)
    if not ruling.allowed:
        raise Forbidden(ruling.reasons)
    if actor.person_id is not None and dossier.recusals.filter(person_id=actor.person_id).exists():
        raise Forbidden([Reason("recused", _("You are recused from this file."))])
    refuse_stale(dossier, version, actor)
    return dossier


def _link(dossier: Dossier, entry: Indication, actor: Actor, at: dt.datetime) -> Event:
    answers = raw_answers(dossier) or current_answers(dossier)
    said = form_set(dossier.procedure).derive(answers)
    if said.indication_id is not None:
        message = _("This request chooses an entry of the referential itself: there is nothing to link.")
        raise Blocked([Reason("already_chosen", message, "indication")])
    if said.medicine_id not in (None, entry.medicine_id):
        message = _("This request names another medicine of the list: link it to an indication of that medicine.")
        raise Blocked([Reason("another_medicine", message, "indication")])
    dossier.linked_indication = entry
    derive_columns(dossier, answers)
    dossier.version += 1
    dossier.changed_at = at
    event = log.append(
        dossier=dossier,
        verb="link_product",
        actor=actor,
        at=at,
        payload={"medicine": str(entry.medicine), "indication": entry.label, "entry": entry.pk},
    )
    dossier.save()
    return event
