"""Information material on a prescription framework: submitted by a company, favourable after one month of silence.

CSP R.5121-76-11. Each step leaves a note in the log; none moves a state. `workflows.information_material` counts.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Person
from documents.attachments import attach
from documents.errors import BadFile
from documents.models import Attachment
from dossiers.forms.fields import no_national_number
from dossiers.models import Event, InformationMaterial, Title
from dossiers.models.title import LIVING
from dossiers.paths import title_path
from dossiers.policy import INFORMATION_MATERIAL
from dossiers.services import log, tell
from dossiers.services.errors import Blocked, Forbidden, NotFound, WrongState
from dossiers.services.idempotency import earlier_answer, remember
from dossiers.services.locks import demand, locked_title
from dossiers.services.stale import refuse_stale
from notifications.outbox import queue
from workflows import audiences
from workflows.dates import civil_date, say
from workflows.information_material import deemed_favourable_on, last_day_for_an_opinion, silence_has_decided
from workflows.roles import ANSM_ASSESSOR, ANSM_SIGNATORY, APPLICANT
from workflows.types import Actor, Reason, System, Text

LONGEST_NAME: Final = 300
LONGEST_TEXT: Final = 20_000
FRAMEWORK: Final = "cpc"
ADVISERS: Final = frozenset({ANSM_ASSESSOR, ANSM_SIGNATORY})

LABELS: Final[dict[str, Text]] = {
    "material_sent": _("Information material waits for ANSM's opinion"),
    "material_opinion": _("ANSM gave its opinion on your information material"),
    "material_deemed": _("ANSM stayed silent: the opinion on your information material is favourable"),
}


def submit(
    *,
    number: str,
    name: str,
    description: str,
    actor: Actor,
    upload: UploadedFile[Any] | None = None,
    version: int | None = None,
    key: str = "",
    at: dt.datetime | None = None,
) -> InformationMaterial:
    """Submit material under the framework `number`. The same one submitted twice, and not answered yet, is one.
    It is the file `upload`, or else `description` says where it is read, or all of it.

    `version`, of the dossier, and `key` as in `move`, here and below. Raises NotFound, Forbidden (not an applicant of a
    company of the framework), WrongState (it has ended), Blocked, Stale, Conflict.
    """
    at = at or timezone.now()
    request = log.sha256_of(["material", number, name, description, *_sha256_of(upload)])
    with transaction.atomic(durable=True):
        title = _framework(number, actor)
        answered = earlier_answer(actor, key, request)
        if answered:
            return InformationMaterial.objects.get(title=title, organisation=actor.organisation_id, sent_at=answered.at)
        refuse_stale(title.dossier, version, actor)
        demand(actor, "act", title.dossier)
        if actor.role != APPLICANT:
            raise Forbidden([Reason("role", _("Only an applicant of the company submits its material."))])
        if not Title.objects.filter(LIVING, pk=title.pk).exists():
            raise WrongState([Reason("title_ended", _("The framework has ended: nothing more is submitted under it."))])
        said: dict[str, Any] = {"name": _checked(name, "name", LONGEST_NAME)}
        said["description"] = _checked(description, "description", LONGEST_TEXT, required=False)
        said["document"] = _document(upload, said["description"], title, actor, at)
        known = InformationMaterial.objects.filter(
            title=title, organisation=actor.organisation_id, opinion="", deemed_on=None, **said
        ).first()
        if known is not None:
            sent = Event.objects.filter(dossier=title.dossier, verb="material_sent", at=known.sent_at)
            remember(actor, key, request, sent.latest("seq"))
            return known
        made = InformationMaterial.objects.create(
            title=title,
            organisation_id=actor.organisation_id or 0,
            sent_by_id=actor.person_id,
            sent_by_name=actor.name,
            sent_at=at,
            **said,
        )
        remember(actor, key, request, _noted(made, "material_sent", actor, at))
        _tell(made, "material_sent", tell.AUDIENCES[audiences.LEAD](title.dossier) - {actor.person_id}, at)
        return made


def give_opinion(
    *,
    number: str,
    material: int,
    favourable: bool,
    reasons: str,
    actor: Actor,
    version: int | None = None,
    key: str = "",
    at: dt.datetime | None = None,
) -> InformationMaterial:
    """ANSM's opinion, within the month. Raises NotFound, Forbidden, WrongState (given, or silence decided already),
    Blocked (an unfavourable one without its reasons), Stale, Conflict."""
    at = at or timezone.now()
    request = log.sha256_of(["material_opinion", number, material, favourable, reasons])
    with transaction.atomic(durable=True):
        title = _framework(number, actor)
        if earlier_answer(actor, key, request):
            return InformationMaterial.objects.get(title=title, pk=material)
        refuse_stale(title.dossier, version, actor)
        demand(actor, "act", title.dossier)
        if actor.role not in ADVISERS or title.dossier.recusals.filter(person=actor.person_id).exists():
            raise Forbidden([Reason("role", _("Only an assessor or a signatory of ANSM gives this opinion."))])
        found = InformationMaterial.objects.select_for_update(of=("self",)).filter(title=title, pk=material).first()
        if found is None:
            raise NotFound([Reason("not_found", _("No such material on this framework."))])
        if found.opinion:
            raise WrongState([Reason("opinion_given", _("The opinion on this material is given already."))])
        if found.deemed_on or silence_has_decided(found.sent_at, civil_date(at)):
            message = _("The month ended on %s: silence is a favourable opinion, which cannot be changed.")
            raise WrongState([Reason("silence", message % say(last_day_for_an_opinion(found.sent_at)))])
        said = _checked(reasons, "reasons", LONGEST_TEXT, required=not favourable)
        choices = InformationMaterial.Opinion
        found.opinion = choices.FAVOURABLE if favourable else choices.UNFAVOURABLE
        found.reasons, found.given_by_id, found.given_at = said, actor.person_id, at
        found.save(update_fields=["opinion", "reasons", "given_by", "given_at"])
        remember(actor, key, request, _noted(found, "material_opinion", actor, at))
        _tell(found, "material_opinion", _company(found), at)
        return found


def note_silence(*, at: dt.datetime, limit: int = 200) -> int:
    """Write down what silence has decided; safe to run twice. Tells how many were noted."""
    today, noted = civil_date(at), 0
    waiting = InformationMaterial.objects.filter(opinion="", deemed_on=None).order_by("sent_at", "pk")
    # Of a file that nobody could open, silence says nothing.
    waiting = waiting.exclude(document__scan=Attachment.Scan.INFECTED)
    for pk, number, sent_at in list(waiting.values_list("pk", "title__number", "sent_at")[:limit]):
        if silence_has_decided(sent_at, today):
            noted += _note_one(pk, number, at)
    return noted


def _note_one(pk: int, number: str, at: dt.datetime) -> bool:
    system = System("silence")
    with transaction.atomic():
        locked_title(number, system)
        found = InformationMaterial.objects.select_for_update(of=("self",)).select_related("title__dossier").get(pk=pk)
        if found.opinion or found.deemed_on:
            return False
        found.deemed_on = deemed_favourable_on(found.sent_at)
        found.save(update_fields=["deemed_on"])
        _noted(found, "material_deemed", system, at)
        _tell(found, "material_deemed", _company(found), at)
    return True


# ------------------------------------------------------------------------------------------------ the steps


def _framework(number: str, actor: Actor) -> Title:
    title = locked_title(number, actor)
    if title.procedure != FRAMEWORK:
        raise NotFound([Reason("not_found", _("No such framework, or it is not yours to see."))])
    return title


def _sha256_of(upload: UploadedFile[Any] | None) -> list[str]:
    if upload is None:
        return []
    digest = hashlib.sha256()
    for chunk in upload.chunks():
        digest.update(chunk)
    return [digest.hexdigest()]


def _document(
    upload: UploadedFile[Any] | None, description: str, title: Title, actor: Actor, at: dt.datetime
) -> Attachment | None:
    if upload is None:
        if not description:
            message = _("Attach the material, or write its text or where ANSM reads it.")
            raise Blocked([Reason("required", message, "upload")])
        return None
    try:
        return attach(dossier=title.dossier, kind=INFORMATION_MATERIAL, upload=upload, actor=actor, at=at)
    except BadFile as refusal:
        raise Blocked([Reason(one.code, one.message, "upload") for one in refusal.reasons]) from refusal


def _checked(typed: str, field: str, most: int, *, required: bool = True) -> str:
    text = typed.replace("\x00", "").replace("\r\n", "\n").encode("utf-8", "ignore").decode().strip()
    if required and not text:
        raise Blocked([Reason("required", _("Fill in this field: it is needed for this act."), field)])
    if len(text) > most:
        raise Blocked([Reason("too_long", _("This text is too long: %d characters at most.") % most, field)])
    try:
        no_national_number(text)
    except ValidationError as error:
        raise Blocked([Reason("national_number", error.message, field)]) from error
    return text


def _noted(material: InformationMaterial, verb: str, actor: Actor, at: dt.datetime) -> Event:
    dossier = material.title.dossier
    dossier.version += 1
    dossier.changed_at = at
    of = material.organisation
    payload = {"title": material.title.number, "company": of.name, "holder": of.pk}
    event = log.append(dossier=dossier, verb=verb, actor=actor, at=at, payload=payload)
    dossier.save(update_fields=["version", "changed_at"])
    return event


def _company(material: InformationMaterial) -> set[int]:
    """Whoever submitted it, and the other applicants of the company today."""
    members = material.organisation.memberships.open_on(civil_date(timezone.now())).filter(role=APPLICANT)
    return set(members.values_list("person_id", flat=True))


def _tell(material: InformationMaterial, kind: str, people: set[int], at: dt.datetime) -> None:
    title = material.title
    queue(
        kind=kind,
        recipients=Person.objects.filter(pk__in=people, is_active=True),
        dedupe=f"{title.number}:{material.pk}",
        dossier=title.dossier,
        reference=title.dossier.reference,
        path=title_path(title.number),
        context={
            "label": LABELS[kind],
            "title": title.number,
            "due_on": last_day_for_an_opinion(material.sent_at) if kind == "material_sent" else None,
        },
        at=at,
    )
