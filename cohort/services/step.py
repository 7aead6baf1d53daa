"""The only place where the state of an inclusion changes: one row lock, one transaction, one event.

Locks are taken in one order: the title when a patient is to come in, then the inclusion, then its forms.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from cohort.models import CohortForm, Inclusion
from cohort.policy import inclusions_visible_to, is_company, may_step, pseudonymised_for
from cohort.protocol import Cohort, cohort_of
from cohort.services import log
from cohort.states import STATES, STEPS
from dossiers.forms.fields import no_national_number
from dossiers.models import Title
from dossiers.policy import Ruling
from dossiers.services.errors import Blocked, Forbidden, NotFound, Stale, WrongState
from workflows.dates import civil_date
from workflows.types import Actor, Reason

LONGEST_REASON: Final = 2_000


def in_scope(actor: Actor) -> QuerySet[Inclusion]:
    """What this actor may act on: the hospital's own patients, or those asked of the company."""
    return pseudonymised_for(actor) if is_company(actor) else inclusions_visible_to(actor)


def locked(
    pseudonym: str, actor: Actor, *, with_title: bool = False, version: int | None = None
) -> tuple[Inclusion, Cohort]:
    """The inclusion that `actor` sees, with its cohort, as they are once nobody else may change them.

    `with_title` also holds the title, so that no suspension comes between the check and the act. `version`: the one on
    which the act was decided (None: not checked). Raises NotFound, Stale.
    """
    seen = in_scope(actor).filter(pseudonym=pseudonym).values_list("pk", "chain").first()
    if seen is None:
        raise NotFound([Reason("not_found", _("No such patient, or they are not yours to see."))])
    cohort = held(seen[1]) if with_title else cohort_of(seen[1])
    if cohort is None:
        raise NotFound([Reason("not_found", _("No such early access."))])
    found = Inclusion.objects.select_for_update(of=("self",)).get(pk=seen[0])
    if version is not None and version != found.version:
        message = _("This patient's file has changed since you opened it: look at what changed, then decide again.")
        raise Stale(current_version=found.version, reasons=[Reason("stale", message)])
    return found, cohort


def held(chain: str) -> Cohort | None:
    """The cohort of a chain, its titles locked."""
    list(Title.objects.select_for_update(of=("self",)).filter(chain=chain).order_by("pk"))
    return cohort_of(chain)


def demand(ruling: Ruling) -> None:
    if not ruling.allowed:
        raise Forbidden(ruling.reasons)


def demand_open(cohort: Cohort, at: dt.datetime) -> None:
    """No patient comes in under a title that is not in force. Raises Blocked."""
    if cohort.admits(civil_date(at)):
        return
    if cohort.title.state == "suspended":
        message = _("This early access is suspended: no patient may be included until the suspension ends.")
    else:
        message = _("This early access is not in force: no patient may be included any more.")
    raise Blocked([Reason("title_not_in_force", message)])


def take(
    *,
    inclusion: Inclusion,
    cohort: Cohort,
    name: str,
    actor: Actor,
    at: dt.datetime,
    reason: str = "",
    payload: Mapping[str, Any] | None = None,
) -> None:
    """Take the step `name` on an inclusion that the caller holds. Raises Forbidden, WrongState, Blocked."""
    step = STEPS[name]
    demand(may_step(actor, name))
    if inclusion.state not in step.sources:
        said = _("This is no longer possible: %(state)s.") % {"state": STATES[inclusion.state]}
        raise WrongState([Reason("state", said)])
    if step.needs_title:
        demand_open(cohort, at)
    words = reason_of(reason, needed=step.needs_reason)
    source, inclusion.state = inclusion.state, step.target
    if step.needs_reason:
        inclusion.reason = words
    inclusion.version += 1
    inclusion.changed_at = at
    inclusion.next_due_on = next_due_on(inclusion)
    inclusion.save()
    said_more = {"reason": words} if step.needs_reason else {}
    log.append(
        inclusion=inclusion,
        verb=name,
        actor=actor,
        at=at,
        source=source,
        target=step.target,
        payload={**said_more, **(payload or {})},
    )


def next_due_on(inclusion: Inclusion) -> dt.date | None:
    """The day of the earliest visit whose form is not signed."""
    waiting = CohortForm.objects.filter(inclusion=inclusion, signed_at=None, cancelled_at=None, due_on__isnull=False)
    return waiting.order_by("due_on").values_list("due_on", flat=True).first()


def reason_of(text: str, *, needed: bool) -> str:
    """The words of a reason, trimmed. Raises Blocked when they lack, are too long, or hold a national number."""
    words = text.replace("\x00", "").strip()
    if needed and not words:
        raise Blocked([Reason("required", _("Write the reason: whoever reads it must know what to do."), "reason")])
    if len(words) > LONGEST_REASON:
        too_long = _("This is too long: %d characters at most.") % LONGEST_REASON
        raise Blocked([Reason("too_long", too_long, "reason")])
    try:
        no_national_number(words)
    except ValidationError as error:
        raise Blocked([Reason("national_number", error.message, "reason")]) from error
    return words
