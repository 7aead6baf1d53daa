"""Prior observations (CSP R.5121-74-8): the holder of a title is told what the authority intends, and may comment.

Inviting and commenting move no state: each leaves a note in the log. The guards of the title machine read the open
invitation (`queries.facts.comments_fact`), and the act that follows closes it (`effects.close_comments`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Person
from dossiers.forms.fields import no_national_number
from dossiers.models import CommentInvitation, Event, HolderComments, Title
from dossiers.paths import title_path
from dossiers.queries.comments import possible_intentions
from dossiers.queries.holders import holders_of
from dossiers.services import log, tell
from dossiers.services.errors import Blocked, Forbidden, WrongState
from dossiers.services.idempotency import earlier_answer, remember
from dossiers.services.locks import demand, locked_title
from dossiers.services.stale import refuse_stale
from notifications.outbox import queue
from notifications.words import words_for
from workflows import audiences
from workflows.dates import add_months, civil_date, say
from workflows.registry import procedure
from workflows.types import Actor, Reason, Text

LONGEST_TEXT: Final = 10_000
LONGEST_MONTHS: Final = 12
"""A day to answer further away than this is a slip of the keyboard."""

MESSAGES: Final[dict[str, tuple[Text, str]]] = {
    "comment_invitation": (_("You may comment on a decision that is intended"), audiences.APPLICANT_SIDE),
    "comments_received": (_("The holder commented on the decision intended"), audiences.LEAD),
    "comments_given_up": (_("The authority gave up the decision that it intended"), audiences.APPLICANT_SIDE),
}
"""Kind of message -> what happened, and who is told. They are legal notices: nobody may switch them off."""


def invite(
    *,
    number: str,
    intended: str,
    grounds: str,
    reply_by: dt.date | None,
    actor: Actor,
    version: int | None = None,
    key: str = "",
    at: dt.datetime | None = None,
) -> CommentInvitation:
    """Tell the holder of the title `number` that the authority intends to `intended` (a name of HEARD_FIRST), why, and
    until which day they may comment. The same invitation sent twice is one.

    `version`, of the dossier, and `key` as in `move`, here and below. Raises NotFound, Forbidden, WrongState (not from
    this state, or one is open), Blocked (a text that cannot be kept, a day too near: `COMMENTS_MIN_DAYS`), Stale,
    Conflict.
    """
    at = at or timezone.now()
    request = log.sha256_of(["invite_comments", number, intended, grounds, reply_by])
    with transaction.atomic(durable=True):
        title = locked_title(number, actor)
        answered = earlier_answer(actor, key, request)
        if answered:
            return CommentInvitation.objects.get(title=title, invited_at=answered.at)
        _refuse(title, actor, "invite_comments", version)
        text, reasons = _checked(grounds, "grounds")
        reasons += _day_is_possible(reply_by, title, at)
        if intended not in dict(possible_intentions(title)):
            reasons.append(Reason("choice", _("Choose what is intended among what is possible now."), "intended"))
        if reasons or reply_by is None:
            raise Blocked(reasons)
        known = CommentInvitation.objects.filter(title=title, closed_at=None).first()
        if known is not None:
            if (known.intended, known.grounds, known.reply_by) == (intended, text, reply_by):
                return known
            raise WrongState([Reason("already_invited", _("The holder is already invited to comment."))])
        made = CommentInvitation.objects.create(
            title=title,
            intended=intended,
            grounds=text,
            reply_by=reply_by,
            invited_by_id=actor.person_id,
            invited_at=at,
        )
        event = _noted(title, "invite_comments", actor, at, {"intended": intended, "reply_by": reply_by})
        remember(actor, key, request, event)
        _tell(made, "comment_invitation", actor, at)
        return made


def give(
    *,
    number: str,
    text: str,
    actor: Actor,
    version: int | None = None,
    key: str = "",
    at: dt.datetime | None = None,
) -> CommentInvitation:
    """The comments of the actor's organisation, given once for all its people, late ones included as long as nothing is
    decided. Of several companies that hold it each comments, and the authority waits for all.

    Raises NotFound, Forbidden (not of a holder either), WrongState (nothing to comment on, or already answered),
    Blocked, Stale, Conflict.
    """
    at = at or timezone.now()
    request = log.sha256_of(["give_comments", number, text])
    with transaction.atomic(durable=True):
        title = locked_title(number, actor)
        answered = earlier_answer(actor, key, request)
        if answered:
            given = HolderComments.objects.filter(organisation=actor.organisation_id, given_at=answered.at)
            return CommentInvitation.objects.get(title=title, answers__in=given)
        _refuse(title, actor, "give_comments", version)
        said, reasons = _checked(text, "comments")
        asked = _open_invitation(title)
        holders = holders_of(title)
        if actor.organisation_id not in holders:
            raise Forbidden([Reason("not_holder", _("Only those who hold this authorisation comment."))])
        answers = {one.organisation_id: one for one in asked.answers.all()}
        known = answers.get(actor.organisation_id)
        if known is not None:
            if (known.text, known.given_by_id) == (said, actor.person_id):
                return asked
            raise WrongState(
                [Reason("already_answered", _("Comments were already sent: add to them by a message in the file."))]
            )
        if reasons:
            raise Blocked(reasons)
        HolderComments.objects.create(
            invitation=asked,
            organisation_id=actor.organisation_id,
            text=said,
            given_by_id=actor.person_id,
            given_by_name=actor.name,
            given_at=at,
        )
        if set(holders) <= {*answers, actor.organisation_id}:
            asked.answered_at = at
            asked.save(update_fields=["answered_at"])
        said_by = {"intended": asked.intended, "holder": actor.organisation_id}
        remember(actor, key, request, _noted(title, "give_comments", actor, at, said_by))
        _tell(asked, "comments_received", actor, at)
        return asked


def give_up(
    *,
    number: str,
    reason: str,
    actor: Actor,
    version: int | None = None,
    key: str = "",
    at: dt.datetime | None = None,
) -> CommentInvitation:
    """The authority no longer intends it: the invitation closes and the holder is told.

    Raises NotFound, Forbidden, WrongState (no open invitation), Blocked (no reason), Stale, Conflict.
    """
    at = at or timezone.now()
    request = log.sha256_of(["give_up_comments", number, reason])
    with transaction.atomic(durable=True):
        title = locked_title(number, actor)
        answered = earlier_answer(actor, key, request)
        if answered:
            return CommentInvitation.objects.get(title=title, closed_at=answered.at)
        _refuse(title, actor, "invite_comments", version)
        said, reasons = _checked(reason, "reason")
        asked = _open_invitation(title)
        if reasons:
            raise Blocked(reasons)
        asked.closed_at = at
        asked.save(update_fields=["closed_at"])
        event = _noted(title, "give_up_comments", actor, at, {"intended": asked.intended, "reason": said})
        remember(actor, key, request, event)
        _tell(asked, "comments_given_up", actor, at)
        return asked


def earliest_reply(at: dt.datetime) -> dt.date:
    """The first day that may be the last one to comment, for an invitation made at `at`."""
    return civil_date(at) + dt.timedelta(days=int(settings.WORKFLOW_LIMITS["COMMENTS_MIN_DAYS"]))


# ------------------------------------------------------------------------------------------------ the steps


def _refuse(title: Title, actor: Actor, act: str, version: int | None) -> None:
    """Raises Stale when the file changed since `version`, Forbidden unless the actor may `act` on the title."""
    refuse_stale(title.dossier, version, actor)
    demand(actor, act, title.dossier)


def _open_invitation(title: Title) -> CommentInvitation:
    found = CommentInvitation.objects.filter(title=title, closed_at=None).first()
    if found is None:
        raise WrongState([Reason("nothing_asked", _("No invitation to comment is open on this authorisation."))])
    return found


def _checked(typed: str, field: str) -> tuple[str, list[Reason]]:
    """The text as it will be kept, and what is wrong with it."""
    text = typed.replace("\x00", "").replace("\r\n", "\n").encode("utf-8", "ignore").decode().strip()
    if not text:
        return text, [Reason("required", _("Fill in this field: it is needed for this act."), field)]
    if len(text) > LONGEST_TEXT:
        message = _("This text is too long: %d characters at most.") % LONGEST_TEXT
        return text, [Reason("too_long", message, field)]
    try:
        no_national_number(text)
    except ValidationError as error:
        return text, [Reason("national_number", error.message, field)]
    return text, []


def _day_is_possible(reply_by: dt.date | None, title: Title, at: dt.datetime) -> list[Reason]:
    """The law gives no delay: `COMMENTS_MIN_DAYS` is the agency's own. Once the title has ended, nothing is decided on
    what was said."""
    today, last = civil_date(at), title.in_force_until
    if today > last:
        return [Reason("title_ended", _("The authorisation ended on %s.") % say(last))]
    earliest = earliest_reply(at)
    if earliest > last:
        message = _("The authorisation ends on %s, before its holder could comment: let it end, or state an emergency.")
        return [Reason("title_ends_first", message % say(last), "reply_by")]
    if reply_by is None:
        return [Reason("required", _("Fill in this field: it is needed for this act."), "reply_by")]
    latest = min(add_months(today, LONGEST_MONTHS), last)
    if reply_by < earliest:
        message = _("Too soon for the holder to comment: choose %s or later.")
        return [Reason("reply_by_early", message % say(earliest), "reply_by")]
    if reply_by > latest:
        return [Reason("reply_by_late", _("Too late: choose %s or earlier.") % say(latest), "reply_by")]
    return []


def _noted(title: Title, verb: str, actor: Actor, at: dt.datetime, payload: Mapping[str, Any]) -> Event:
    dossier = title.dossier
    dossier.version += 1
    dossier.changed_at = at
    event = log.append(dossier=dossier, verb=verb, actor=actor, at=at, payload={"title": title.number, **payload})
    dossier.save(update_fields=["version", "changed_at"])
    return event


def _tell(invitation: CommentInvitation, kind: str, actor: Actor, at: dt.datetime) -> None:
    """To everyone of the audience but the one who acts, and to whoever invited."""
    title = invitation.title
    label, audience = MESSAGES[kind]
    if audience == audiences.APPLICANT_SIDE and title.organisation_id != title.dossier.organisation_id:
        # Of a framework the companies are heard, not whoever reported the use.
        audience = audiences.COMPANY
    people = tell.AUDIENCES[audience](title.dossier)
    if audience == audiences.LEAD:
        people = people | tell.of_the_agency(title.dossier, invitation.invited_by_id)
    people = {person for person in people if person != actor.person_id}
    # Each holder's answer is told.
    whose = f":{actor.organisation_id}" if kind == "comments_received" else ""
    queue(
        kind=kind,
        recipients=Person.objects.filter(pk__in=people, is_active=True),
        dedupe=f"{title.number}:{invitation.pk}{whose}",
        dossier=title.dossier,
        reference=title.dossier.reference,
        path=title_path(title.number),
        context={
            "label": label,
            "procedure": procedure(title.procedure).name,
            "title": title.number,
            "due_on": invitation.reply_by if kind == "comment_invitation" else None,
            **words_for(kind, audience),
        },
        at=at,
    )
