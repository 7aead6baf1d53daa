"""Files added to a dossier. Whether somebody may do so is asked by the caller: the policy lies further right."""

from __future__ import annotations

import datetime as dt
import logging
from typing import Any

from django.conf import settings
from django.core.files.base import File
from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet
from django.utils.translation import gettext as _

from documents import scanner
from documents.errors import BadFile, ContentNotServed
from documents.files import Examined, examine
from documents.models import Attachment
from workflows.types import Actor, Reason

log = logging.getLogger(__name__)
Scan = Attachment.Scan


def attach(*, dossier: Any, kind: str, upload: UploadedFile, actor: Actor, at: dt.datetime) -> Attachment:
    """Adds a file. The same content sent again under the same kind by the same organisation is the attachment already
    there: what another sent is not for this one to know of.

    Raises `BadFile` with every reason, each telling its sender what to do.
    """
    found = examine(upload)
    present = Attachment.objects.filter(dossier=dossier, removed_at=None)
    its = {"kind": kind, "sha256": found.sha256, "organisation": actor.organisation_id}
    same = present.filter(**its).first()
    if same is not None:
        return same
    _refuse_one_too_many(present)
    attachment = _describe(dossier, kind, found, actor, at)
    # The name is drawn by the storage; what the user called the file never reaches the disk.
    attachment.file.save("", File(upload), save=False)
    try:
        with transaction.atomic():
            attachment.save(force_insert=True)
    except IntegrityError:
        # A double click: the other request attached it between our look and our write.
        attachment.file.storage.delete(str(attachment.file.name))
        return present.get(**its)
    return attachment


def share(*, attachment: Attachment, dossier: Any, actor: Actor, at: dt.datetime) -> Attachment:
    """The same file on another dossier: a row that points to the bytes already stored, under the verdict they have.

    A dossier that holds it already keeps the row it has. Raises `BadFile` when it holds as many documents as it can.
    """
    present = Attachment.objects.filter(dossier=dossier, removed_at=None)
    its = {"kind": attachment.kind, "sha256": attachment.sha256, "organisation": actor.organisation_id}
    same = present.filter(**its).first()
    if same is not None:
        return same
    _refuse_one_too_many(present)
    shared = Attachment(
        dossier=dossier,
        kind=attachment.kind,
        name=attachment.name,
        file=str(attachment.file.name),
        size=attachment.size,
        sha256=attachment.sha256,
        content_type=attachment.content_type,
        scan=attachment.scan,
        scanned_at=attachment.scanned_at,
        uploaded_by_id=actor.person_id,
        uploaded_by_name=actor.name,
        organisation_id=actor.organisation_id,
        uploaded_at=at,
    )
    try:
        with transaction.atomic():
            shared.save(force_insert=True)
    except IntegrityError:
        # A double click: the other request shared it between our look and our write.
        return present.get(**its)
    return shared


def _refuse_one_too_many(present: QuerySet[Attachment]) -> None:
    if present.count() >= settings.ATTACHMENTS_PER_DOSSIER:
        message = _("This dossier holds %(limit)d documents, the most it can. Remove one first.")
        raise BadFile((Reason("too_many_files", message % {"limit": settings.ATTACHMENTS_PER_DOSSIER}, "file"),))


def _describe(dossier: Any, kind: str, found: Examined, actor: Actor, at: dt.datetime) -> Attachment:
    return Attachment(
        dossier=dossier,
        kind=kind,
        name=found.name,
        size=found.size,
        sha256=found.sha256,
        content_type=found.content_type,
        scan=Scan.PENDING if scanner.is_configured() else Scan.NOT_SCANNED,
        uploaded_by_id=actor.person_id,
        uploaded_by_name=actor.name,
        organisation_id=actor.organisation_id,
        uploaded_at=at,
    )


def remove(*, attachment: Attachment, actor: Actor, at: dt.datetime) -> None:
    """Takes a file off its dossier. Its row and content stay: a submission may already rest on it. Twice is once."""
    removed = Attachment.objects.filter(pk=attachment.pk, removed_at=None)
    if removed.update(removed_at=at, removed_by_id=actor.person_id):
        attachment.refresh_from_db(fields=["removed_at", "removed_by"])


def scan_pending(*, limit: int, at: dt.datetime) -> int:
    """Has at most `limit` files scanned and tells how many got a verdict. Twice at once gives the same verdicts.

    Without a scanner the files that wait become "not scanned"; once there is one, those are scanned too.
    """
    if not scanner.is_configured():
        return Attachment.objects.filter(scan=Scan.PENDING).update(scan=Scan.NOT_SCANNED)
    waiting = Attachment.objects.filter(scan__in=(Scan.PENDING, Scan.NOT_SCANNED), removed_at=None)
    scanned = 0
    # The least recently tried first: a file the scanner cannot finish must not hold up the others.
    for attachment in waiting.order_by(F("scanned_at").asc(nulls_first=True), "pk")[:limit]:
        try:
            with attachment.file.open("rb") as content:
                verdict = scanner.scan(content)
        except (scanner.ScannerSilent, OSError) as error:
            log.warning("attachment %s could not be scanned: %s", attachment.pk, error)
            Attachment.objects.filter(pk=attachment.pk).update(scanned_at=at)
            continue
        Attachment.objects.filter(pk=attachment.pk).update(scan=verdict, scanned_at=at)
        scanned += 1
    return scanned


def is_acceptable(attachment: Attachment) -> bool:
    """Clean, or not scanned on a site that has no scanner: such a file may be filed and read."""
    return attachment.scan == Scan.CLEAN or (attachment.scan == Scan.NOT_SCANNED and not scanner.is_configured())


def open_content(attachment: Attachment) -> File[bytes]:
    """The stored bytes. Raises `ContentNotServed` when they may not leave, with what to tell the reader."""
    if attachment.removed_at is not None:
        raise ContentNotServed(Reason("attachment_removed", _("This document was removed from the dossier.")))
    if attachment.scan == Scan.INFECTED:
        message = _("A virus was found in this document: it cannot be opened. Ask its sender for a sound copy.")
        raise ContentNotServed(Reason("attachment_infected", message))
    if not is_acceptable(attachment):
        message = _("This document is being scanned for viruses. Try again in a minute.")
        raise ContentNotServed(Reason("attachment_not_scanned_yet", message))
    return attachment.file.open("rb")
