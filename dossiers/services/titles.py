"""Titles: opened, continued by their renewal without a gap, ended. Called under the locks of the write path."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db import transaction

from dossiers.models import Decision, Dossier, Title, TitleHolder, TitleVersion
from dossiers.models.title import LIVING, continuing
from dossiers.services import numbers
from dossiers.services.changes_meanwhile import Said, said_on_the_first_day
from dossiers.services.locks import lock_title
from workflows.dates import civil_date
from workflows.periods import title_period
from workflows.registry import TITLE, prefix_of, procedure
from workflows.renewals import kept_by_its_renewal

ONE_DAY = dt.timedelta(days=1)


def open_title(
    *, dossier: Dossier, decision: Decision, answers: Mapping[str, Any], on: dt.date, at: dt.datetime
) -> Title:
    """The title of a granted dossier. A renewal continues its parent's chain, from what the parent says today
    (`changes_meanwhile`), and shortens it to the eve of its start.

    Shortening comes first: the database refuses two titles of a chain on one day. The parent's dossier is locked before
    the parent, as in every act on a title.
    """
    if decision.starts_on is None or decision.ends_on is None:
        raise ValueError("a grant has a period")
    starts_on, ends_on = decision.starts_on, decision.ends_on
    if not decision.tacit:  # silence decided on its own day, whenever it is noted
        starts_on, ends_on = title_period(dossier.kind, starts_on, ends_on, on)
    parent = dossier.parent_title
    if parent is not None:
        parent = lock_title(parent.pk, parent.dossier_id)
        if parent.in_force_until >= starts_on or _was_kept_in_force(dossier, parent):
            parent.in_force_until = starts_on - ONE_DAY
            parent.save(update_fields=["in_force_until"])
    held_by = _holders(dossier)
    chain, rank, number = _next_number(dossier, parent, on)
    said = said_on_the_first_day(dossier, answers)
    title = Title.objects.create(
        number=number,
        chain=chain,
        renewal_rank=rank,
        procedure=dossier.procedure,
        dossier=dossier,
        organisation_id=next(iter(held_by), dossier.organisation_id),
        medicine_id=said.medicine,
        indication_id=said.indication,
        state=TITLE.initial,
        starts_on=starts_on,
        ends_on=ends_on,
        in_force_until=ends_on,
        created_at=at,
    )
    TitleHolder.objects.bulk_create([TitleHolder(title=title, organisation_id=one, since=starts_on) for one in held_by])
    _first_version(title, decision, said, at)
    return title


def _first_version(title: Title, decision: Decision, said: Said, at: dt.datetime) -> None:
    TitleVersion.objects.create(
        title=title,
        number=1,
        content={
            "answers": said.answers,
            "conditions": decision.conditions,
            "ends_on": title.ends_on,
            **({"indication": decision.indication} if decision.indication else {}),
            **({"pathway": said.pathway} if said.pathway else {}),
        },
        valid_from=title.starts_on,
        at=at,
    )


def _holders(dossier: Dossier) -> list[int]:
    """The organisations that hold together what is granted: the parties of the role that its procedure's table names,
    the first named first. Nobody where it names none: the owner of the dossier is the only holder."""
    role = procedure(dossier.procedure, dossier.workflow_version).held_by
    if not role:
        return []
    return list(dossier.parties.filter(role=role).order_by("id").values_list("organisation_id", flat=True))


def _was_kept_in_force(renewal: Dossier, parent: Title) -> bool:
    """The early access that a renewal filed in time kept in force until this very decision (CSP R.5121-69-4)."""
    return (
        kept_by_its_renewal(parent.procedure)
        and renewal.kind == "renewal"
        and parent.state in ("in_force", "suspended")
    )


def keep_in_force(*, number: str, on: dt.date) -> None:
    """Day after day, while the renewal filed in time waits for its decision: nobody knows beforehand until when."""
    with transaction.atomic():
        title = Title.objects.select_related("dossier").get(number=number)
        locked = lock_title(title.pk, title.dossier_id)
        if not TITLE.state(locked.state).final and locked.in_force_until < on and kept_by_its_renewal(locked.procedure):
            locked.in_force_until = on
            locked.save(update_fields=["in_force_until"])


def kept_until(*, title: Title, on: dt.date) -> None:
    """What a renewal kept in force past its last day ends on the day `on` that the renewal is refused, or given up: the
    daily job may not have come so far yet, or have gone past it before the silence of that day was noted."""
    locked = lock_title(title.pk, title.dossier_id)
    kept = kept_by_its_renewal(locked.procedure) and locked.in_force_until >= locked.ends_on
    if kept and on > locked.ends_on and not TITLE.state(locked.state).final:
        locked.in_force_until = on
        locked.save(update_fields=["in_force_until"])


def change_by_decision(
    *, title: Title, dossier: Dossier, decision: Decision, answers: Mapping[str, Any], at: dt.datetime
) -> None:
    """A decision on new data, or on the marketing authorisation obtained, changes what the title says from its day on:
    its answers, its pathway, its name. Its days do not move. A renewal of it that is granted already, and that knew
    nothing of the change, is changed from its own first day."""
    for one in (title, *continuing(title.chain, title.renewal_rank).filter(LIVING)):
        _change(one, dossier, decision, answers, at)


def _change(title: Title, dossier: Dossier, decision: Decision, answers: Mapping[str, Any], at: dt.datetime) -> None:
    locked = lock_title(title.pk, title.dossier_id)
    last = locked.versions.order_by("-number")[0]
    TitleVersion.objects.create(
        title=locked,
        number=last.number + 1,
        content={
            **last.content,
            "answers": answers,
            # Silence sets no conditions of its own: those that were set remain.
            "conditions": last.content.get("conditions", "") if decision.tacit else decision.conditions,
            "indication": decision.indication,
            "pathway": dossier.pathway,
            "decided_by": dossier.reference,
        },
        valid_from=max(civil_date(at), locked.starts_on),
        at=at,
    )
    locked.version += 1
    locked.medicine, locked.indication = dossier.medicine, dossier.indication
    locked.save(update_fields=["version", "medicine", "indication"])


def _next_number(dossier: Dossier, parent: Title | None, on: dt.date) -> tuple[str, int, str]:
    """(chain, rank, number): `AAC-2026-000123`, then `AAC-2026-000123-R01` for its first renewal."""
    if parent is not None:
        rank = Title.objects.filter(chain=parent.chain).order_by("-renewal_rank")[0].renewal_rank + 1
        return parent.chain, rank, f"{parent.chain}-R{rank:02d}"
    prefix = prefix_of(dossier.procedure)
    chain = numbers.spell(prefix, on.year, numbers.next_number(series=prefix, year=on.year))
    return chain, 0, chain


def last_day_at_an_end(starts_on: dt.date, in_force_until: dt.date, ended_on: dt.date) -> dt.date:
    """The last day of force of what ends on `ended_on`; the eve of its first day when it never began.

    The day of the act still counts: a decision takes effect when it is notified, not before, and what was dispensed
    that morning was lawful.
    """
    return min(in_force_until, max(ended_on, starts_on - ONE_DAY))


def end(*, title: Title, verb: str, payload: Mapping[str, Any], on: dt.date) -> None:
    """Note the last day the title had force. Ending never lengthens it."""
    match verb:
        case "expire":
            last = title.in_force_until  # an early access kept in force by its renewal outlived its last day
        case "replace":
            last = title.in_force_until
        case "stop_treatment":
            last = payload["stopped_on"]
        case _:
            last = on
            if title.in_force_until < on and kept_by_its_renewal(title.procedure):
                title.in_force_until = on  # a renewal kept it in force, and the daily job has not noted this day
    title.in_force_until = last_day_at_an_end(title.starts_on, title.in_force_until, last)
    if verb in ("withdraw", "cease") and title.in_force_until < title.starts_on:
        _give_back_the_days(title)


def _give_back_the_days(title: Title) -> None:
    """A renewal taken back before its first day: the title that it had cut lives again until its own last day.

    That title is locked as every act on it locks it, its dossier first, because its obligations come back to it next.
    Its renewal is locked already: an act that begins on it and reaches its renewal takes the two in the other order,
    and one of both comes again (`deadlock`).
    """
    # Saved first: the database refuses two titles of a chain on one day.
    title.save(update_fields=["in_force_until"])
    before = title.dossier.parent_title
    if before is None:
        return
    parent = lock_title(before.pk, before.dossier_id)
    if not TITLE.state(parent.state).final and parent.in_force_until < parent.ends_on:
        parent.in_force_until = parent.ends_on
        parent.save(update_fields=["in_force_until"])


def new_version(*, title: Title, payload: Mapping[str, Any], on: dt.date, at: dt.datetime) -> None:
    """What the title says from today, or from its first day when that is to come; the earlier version stays. Of two
    changes made on one day the last one counts."""
    last = title.versions.order_by("-number")[0]
    ends_on = payload.get("ends_on") or title.ends_on
    TitleVersion.objects.create(
        title=title,
        number=last.number + 1,
        content={**last.content, "changes": payload["changes"], "ends_on": ends_on},
        valid_from=max(on, title.starts_on),
        at=at,
    )
    title.ends_on = ends_on
    title.in_force_until = min(title.in_force_until, ends_on)
