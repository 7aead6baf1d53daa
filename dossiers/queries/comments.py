"""What the holder of a title was invited to comment on, and what they answered, for the reader of its page."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from dossiers.models import CommentInvitation, HolderComments, Title
from dossiers.policy import is_staff_side, may, reads_as_agency
from dossiers.queries.holders import holders_of
from workflows.dates import civil_date
from workflows.procedures.title import HEARD_FIRST
from workflows.registry import TITLE
from workflows.types import Actor, Text

MOST_SHOWN: Final = 20

INTENTIONS: Final[dict[str, Text]] = {
    "suspend": _("suspend the authorisation"),
    "withdraw": _("withdraw the authorisation for good"),
}
"""What the authority intends, in words that end "The authority intends to ..."."""


@dataclass(frozen=True)
class Invitation:
    """One invitation. `invited_by` is empty for others than staff: an agency speaks as a body.

    `answers`: those that this reader reads, an agency all of them, a holder its own. `answered_at`: when the reader's
    own organisation had commented, or all the holders for an agency. `awaited`: open, not answered, and its last day
    not passed. `late`: open and passed without an answer. `of_several`: more than one organisation holds the title.
    """

    intended: str
    words: Text
    grounds: str
    invited_at: dt.datetime
    invited_by: str
    reply_by: dt.date
    answers: tuple[HolderComments, ...]
    answered_at: dt.datetime | None
    of_several: bool
    closed_at: dt.datetime | None
    awaited: bool
    late: bool


@dataclass(frozen=True)
class Comments:
    """What the part of the page shows. `intentions`: what this reader may invite to comment on now."""

    open: Invitation | None
    past: tuple[Invitation, ...]
    intentions: tuple[tuple[str, Text], ...]
    may_answer: bool
    may_give_up: bool

    @property
    def any(self) -> bool:
        return bool(self.open or self.past or self.intentions)


def comments_of(title: Title, actor: Actor, at: dt.datetime) -> Comments:
    """Without a query for a title of `titles.title_for`, which brings the invitations and the recusals; of a framework
    its holders are asked for. They are between the authority and the holders: neither whoever reported the use nor the
    hospitals of an exemption read them."""
    staff, on = is_staff_side(actor), civil_date(at)
    agency, holders = reads_as_agency(actor, title.dossier), holders_of(title)
    if not (agency or actor.organisation_id in holders):
        return Comments(None, (), (), may_answer=False, may_give_up=False)
    rows = sorted(title.comment_invitations.all(), key=lambda row: (row.invited_at, row.pk), reverse=True)[:MOST_SHOWN]
    own = None if agency else actor.organisation_id
    found = [_said(row, on, staff=staff, own=own, of_several=len(holders) > 1) for row in rows]
    open_now = next((one for one in found if one.closed_at is None), None)
    invites = may(actor, "invite_comments", title.dossier).allowed
    return Comments(
        open=open_now,
        past=tuple(one for one in found if one.closed_at is not None),
        intentions=tuple(possible_intentions(title)) if invites and open_now is None else (),
        may_answer=open_now is not None
        and open_now.answered_at is None
        and may(actor, "give_comments", title.dossier).allowed,
        may_give_up=invites and open_now is not None,
    )


def possible_intentions(title: Title) -> list[tuple[str, Text]]:
    """The acts that need prior observations and could be done from the title's present state."""
    return [(name, INTENTIONS[name]) for name in HEARD_FIRST if _starts_from(name, title.state)]


def _starts_from(name: str, state: str) -> bool:
    return any(row.name == name and state in row.sources for row in TITLE.transitions)


def _said(row: CommentInvitation, on: dt.date, *, staff: bool, own: int | None, of_several: bool) -> Invitation:
    """`own`: the organisation whose answer alone is read; None for an agency, which reads all."""
    answers = tuple(one for one in row.answers.all() if own in (None, one.organisation_id))
    answered_at = row.answered_at if own is None else next((one.given_at for one in answers), None)
    is_open = row.closed_at is None and answered_at is None
    inviter: Any = row.invited_by
    return Invitation(
        intended=row.intended,
        words=INTENTIONS.get(row.intended, row.intended),
        grounds=row.grounds,
        invited_at=row.invited_at,
        invited_by=inviter.full_name if staff and inviter else "",
        reply_by=row.reply_by,
        answers=answers,
        answered_at=answered_at,
        of_several=of_several,
        closed_at=row.closed_at,
        awaited=is_open and on <= row.reply_by,
        late=is_open and on > row.reply_by,
    )
