"""Letters: ordered in the transaction that decides, made after it, once, whatever crashes in between."""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
import traceback
from typing import Any, Final

from django.db import transaction
from django.db.models import F, Q

from documents.errors import IncompleteLetter, NotInTransaction, SealingFailed, SealUnavailable
from documents.letters.codes import new_code
from documents.letters.context import freeze
from documents.letters.kinds import kind_of
from documents.letters.matter import LetterMatter
from documents.letters.mentions import missing_mentions
from documents.letters.render import render, template_version
from documents.letters.seal import sealed
from documents.letters.sealkey import Seal, current_seal
from documents.models import IssuedLetter, LetterOrder

log = logging.getLogger(__name__)

LEASE: Final = dt.timedelta(seconds=60)
FIRST_REST: Final = dt.timedelta(seconds=15)
LONGEST_REST: Final = dt.timedelta(hours=1)
MAX_ATTEMPTS: Final = 8
SEAL_REST: Final = dt.timedelta(minutes=10)
"""How long letters wait for a seal that is not there; again and again, for as long as it is not."""


def order(
    *, kind: str, number: str, dossier: Any, title: Any | None, matter: LetterMatter, dedupe_key: str, at: dt.datetime
) -> LetterOrder:
    """Orders a letter and freezes all it will say. Ordering twice with one `dedupe_key` gives the first order.

    Raises `NotInTransaction` outside an atomic block, `IncompleteLetter` when a mandatory mention is missing,
    `UnknownLetter`. The worker is woken once the transaction is committed.
    """
    if not transaction.get_connection().in_atomic_block:
        raise NotInTransaction(kind)
    if missing := missing_mentions(kind, matter):
        raise IncompleteLetter(missing)
    known = LetterOrder.objects.filter(dedupe_key=dedupe_key).first()
    if known is not None:
        return known
    code = new_code()
    made = LetterOrder.objects.create(
        dedupe_key=dedupe_key,
        number=number,
        dossier=dossier,
        title=title,
        kind=kind,
        context=freeze(kind=kind, number=number, code=code, matter=matter),
        template_version=template_version(kind_of(kind)),
        verification_code=code,
        ordered_at=at,
    )
    transaction.on_commit(_wake_the_worker, robust=True)
    return made


def preview(*, kind: str, matter: LetterMatter) -> bytes:
    """The letter as it would read, marked PROJET on every page, without a number or a code that could be used."""
    return render(freeze(kind=kind, number="", code="", matter=matter))


def make_pending(*, limit: int, at: dt.datetime) -> int:
    """Makes at most `limit` letters that wait, and tells how many were issued. Safe to run twice at once, or late."""
    issued = 0
    for _turn in range(limit):
        leased = _lease_one(at)
        if leased is None:
            break
        try:
            issued += _make(leased, at)
        except SealUnavailable as error:
            _wait_for_the_seal(leased, error, at)
            break
    return issued


def start_again(*, number: str, at: dt.datetime) -> None:
    """Gives a failed letter a new series of attempts, once its cause is mended. Does nothing to any other."""
    LetterOrder.objects.filter(number=number, state=LetterOrder.State.FAILED).update(
        state=LetterOrder.State.ORDERED, attempts=0, leased_until=at
    )


def _wake_the_worker() -> None:
    from documents.tasks import poke

    poke()


def _lease_one(at: dt.datetime) -> LetterOrder | None:
    """The next order nobody else is making. The context stays in the table: one that cannot be read must not block."""
    with transaction.atomic():
        while True:
            taken = (
                LetterOrder.objects.select_for_update(skip_locked=True, of=("self",))
                .defer("context")
                .filter(state__in=(LetterOrder.State.ORDERED, LetterOrder.State.LEASED))
                .filter(Q(leased_until=None) | Q(leased_until__lte=at))
                .order_by("pk")
                .first()
            )
            if taken is None:
                return None
            if taken.attempts < MAX_ATTEMPTS:
                break
            # Every attempt killed its worker: an error would have been written by `_rest`.
            _give_up(taken, taken.last_error or "the worker stopped at each attempt")
        taken.state = LetterOrder.State.LEASED
        taken.attempts += 1
        taken.leased_until = at + LEASE
        taken.save(update_fields=["state", "attempts", "leased_until"])
    return taken


def _make(leased: LetterOrder, at: dt.datetime) -> bool:
    """True when this call issued the letter. Drawing and sealing take a while and happen outside any transaction.

    Raises `SealUnavailable`, which is no fault of the letter.
    """
    try:
        # Asked for first: without a seal, drawing would be for nothing.
        seal = current_seal(at=at)
        pdf = sealed(render(leased.context), seal)
    except SealUnavailable:
        raise
    except Exception as error:
        _rest(leased, error, at)
        return False
    return _issue(leased, pdf, seal, at)


def _issue(leased: LetterOrder, pdf: bytes, seal: Seal, at: dt.datetime) -> bool:
    with transaction.atomic():
        locked = LetterOrder.objects.select_for_update(of=("self",)).defer("context").get(pk=leased.pk)
        if locked.state == LetterOrder.State.ISSUED:
            # Our lease ended while we drew, and another worker was faster.
            return False
        IssuedLetter.objects.create(
            order=locked,
            number=locked.number,
            kind=locked.kind,
            dossier_id=locked.dossier_id,
            title_id=locked.title_id,
            pdf=pdf,
            sha256=hashlib.sha256(pdf).hexdigest(),
            size=len(pdf),
            verification_code=locked.verification_code,
            issued_at=at,
            template_version=template_version(kind_of(locked.kind)),
            sealed_with=seal.fingerprint,
            sealed_by=seal.name,
        )
        locked.state = LetterOrder.State.ISSUED
        locked.leased_until = None
        locked.last_error = ""
        locked.save(update_fields=["state", "leased_until", "last_error"])
    return True


def _rest(leased: LetterOrder, error: Exception, at: dt.datetime) -> None:
    """Writes the failure down and lets the order rest, longer each time, until it is given up."""
    cause = _cause_of(error)
    with transaction.atomic():
        locked = LetterOrder.objects.select_for_update(of=("self",)).defer("context").get(pk=leased.pk)
        if locked.state != LetterOrder.State.LEASED or locked.attempts != leased.attempts:
            return
        if locked.attempts >= MAX_ATTEMPTS:
            _give_up(locked, cause)
            return
        locked.state = LetterOrder.State.ORDERED
        locked.leased_until = at + min(FIRST_REST * 2**locked.attempts, LONGEST_REST)
        locked.last_error = cause[:500]
        locked.save(update_fields=["state", "leased_until", "last_error"])
    log.warning("letter %s could not be made (attempt %d): %s", leased.number, leased.attempts, cause)


def _wait_for_the_seal(leased: LetterOrder, error: SealUnavailable, at: dt.datetime) -> None:
    """No attempt is spent: a weekend without a seal loses no letter. Without any seal at all, the others wait as well:
    a device that is asked for each letter may be locked by as many wrong PINs."""
    waits = {"leased_until": at + SEAL_REST, "last_error": str(error)[:500]}
    LetterOrder.objects.filter(pk=leased.pk, state=LetterOrder.State.LEASED, attempts=leased.attempts).update(
        state=LetterOrder.State.ORDERED, attempts=F("attempts") - 1, **waits
    )
    if not isinstance(error, SealingFailed):
        due = Q(leased_until=None) | Q(leased_until__lte=at)
        LetterOrder.objects.filter(due, state=LetterOrder.State.ORDERED).update(**waits)
    log.warning("letters wait for the seal: %s", error)


def _cause_of(error: Exception) -> str:
    where = traceback.extract_tb(error.__traceback__)[-1]
    # The message of an error may quote the letter, so only its type and place are kept.
    return f"{type(error).__name__} in {where.name} ({where.filename.rsplit('/', 1)[-1]}:{where.lineno})"


def _give_up(locked: LetterOrder, cause: str) -> None:
    locked.state = LetterOrder.State.FAILED
    locked.leased_until = None
    locked.last_error = cause[:500]
    locked.save(update_fields=["state", "leased_until", "last_error"])
    log.error("letter %s is given up after %d attempts: %s", locked.number, locked.attempts, cause)
