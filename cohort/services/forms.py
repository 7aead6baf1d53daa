"""Forms of a patient: kept as typed, never lost, strict when signed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cohort.forms import Setting, VariablesForm, apart
from cohort.models import CohortForm, Inclusion
from cohort.policy import may_include, may_sign_forms
from cohort.profile import profile_of
from cohort.protocol import Cohort, not_in_force_since
from cohort.services import log, tell, vigilance
from cohort.services.step import demand, demand_open, locked, next_due_on, reason_of, take
from cohort.states import ACCEPTED, AT_PHARMACY, DRAFT, STOPPED, TREATED
from dossiers.services.errors import Blocked, NotFound, Stale, WrongState
from dossiers.services.log import canonical
from workflows.dates import add_months, civil_date, say
from workflows.putrd import Variable
from workflows.putrd_library import ACCESS_REQUEST, FOLLOW_UP, INITIATION, STOP
from workflows.types import Actor, Reason

LONGEST: Final = 100_000
"""Characters of JSON one form may hold."""

MONTHS_AHEAD: Final = 12
"""How far visits that repeat are written down: further ones follow as forms are signed."""

OPEN_WHILE: Final[dict[str, frozenset[str]]] = {
    ACCESS_REQUEST: frozenset({DRAFT}),
    INITIATION: frozenset({ACCEPTED}),
    FOLLOW_UP: frozenset({TREATED, STOPPED}),
    STOP: frozenset({TREATED}),
}
"""A visit that took place before the end may still be told after it."""


class StaleForm(Stale):
    """Somebody saved this form since it was opened: `theirs` is what they typed. Nothing was overwritten."""

    def __init__(self, form: CohortForm) -> None:
        self.theirs: dict[str, Any] = {**form.answers, **form.personal}
        self.saved_by_name = form.saved_by.full_name if form.saved_by else ""
        message = _("This form was changed elsewhere since you opened it: compare, then save again.")
        super().__init__(current_version=form.version, reasons=[Reason("stale_form", message)])


def setting_of(inclusion: Inclusion, at: dt.datetime) -> Setting:
    return Setting(on=civil_date(at), started_on=inclusion.started_on)


def save(
    *,
    pseudonym: str,
    form: str,
    visit: int = 0,
    data: Mapping[str, Any],
    actor: Actor,
    base_version: int | None = None,
    at: dt.datetime | None = None,
) -> CohortForm:
    """Keep what was typed, valid or not. `base_version`: the version that was shown (None: not checked).

    Raises NotFound, Forbidden, WrongState (signed already), Blocked (a name, a national number, too long), StaleForm.
    """
    at = at or timezone.now()
    with transaction.atomic(durable=True):
        inclusion, cohort = locked(pseudonym, actor)
        demand(may_include(actor))
        found = _open_form(inclusion, form, visit)
        variables = cohort.variables(form)
        typed = storable(data, variables, setting_of(inclusion, at))
        answers, personal = apart(variables, typed)
        if found.answers == answers and found.personal == personal:
            return found
        if base_version is not None and base_version != found.version:
            raise StaleForm(found)
        found.answers, found.personal = answers, personal
        found.version += 1
        found.saved_at, found.saved_by_id = at, actor.person_id
        found.save()
        if form == ACCESS_REQUEST:
            _know(inclusion, found, at)
            inclusion.save(update_fields=["identity", "profile", "changed_at"])
        return found


def sign(
    *,
    pseudonym: str,
    form: str,
    visit: int = 0,
    actor: Actor,
    version: int | None = None,
    at: dt.datetime | None = None,
) -> CohortForm:
    """Sign the form as last saved, strictly. The access request goes to the pharmacy, the others count at once.

    `version`: the one that was read before signing (None: not checked). Raises NotFound, Forbidden, WrongState, Stale,
    Blocked with every fault and its field.
    """
    at = at or timezone.now()
    with transaction.atomic(durable=True):
        inclusion, cohort = locked(pseudonym, actor, with_title=form in (ACCESS_REQUEST, INITIATION))
        demand(may_sign_forms(actor))
        found = _open_form(inclusion, form, visit)
        if version is not None and version != found.version:
            raise StaleForm(found)
        variables = cohort.variables(form)
        filled = VariablesForm(
            {**found.answers, **found.personal}, variables=variables, setting=setting_of(inclusion, at)
        )
        if not filled.is_valid():
            raise Blocked(filled.faults())
        found.answers, found.personal = apart(variables, filled.signed())
        found.signed_at, found.signed_by_id, found.signed_by_name = at, actor.person_id, actor.name
        found.save()
        _follow(inclusion, cohort, found, actor, at)
        return found


def add_unplanned_visit(*, pseudonym: str, actor: Actor, at: dt.datetime | None = None) -> CohortForm:
    """A follow-up form that the calendar does not ask for: an effect between two visits must not wait for the next."""
    at = at or timezone.now()
    with transaction.atomic(durable=True):
        inclusion, _cohort = locked(pseudonym, actor)
        demand(may_include(actor))
        if inclusion.state != TREATED:
            raise WrongState([Reason("not_treated", _("Visits are added while the patient is under treatment."))])
        empty = CohortForm.objects.filter(
            inclusion=inclusion, form=FOLLOW_UP, due_on=None, signed_at=None, cancelled_at=None
        ).first()
        return empty or CohortForm.objects.create(inclusion=inclusion, form=FOLLOW_UP, visit=_last_visit(inclusion) + 1)


# --------------------------------------------------------------------------------------- what a signature does


def _follow(inclusion: Inclusion, cohort: Cohort, form: CohortForm, actor: Actor, at: dt.datetime) -> None:
    match form.form:
        case "access_request":
            _know(inclusion, form, at)
            take(inclusion=inclusion, cohort=cohort, name="sign", actor=actor, at=at)
            tell.pharmacy(inclusion, actor, at)
        case "initiation":
            _start(inclusion, cohort, form, actor, at)
        case "follow_up":
            plan_visits(inclusion, cohort, civil_date(at))
            inclusion.next_due_on = next_due_on(inclusion)
            inclusion.version += 1
            inclusion.changed_at = at
            inclusion.save(update_fields=["next_due_on", "version", "changed_at"])
            log.append(inclusion=inclusion, verb="follow", actor=actor, at=at, payload={"visit": form.visit})
            vigilance.notice_of(inclusion, cohort, form, at)
        case "stop":
            _stop(inclusion, cohort, form, actor, at)


def _start(inclusion: Inclusion, cohort: Cohort, form: CohortForm, actor: Actor, at: dt.datetime) -> None:
    """A treatment begins while the title is in force. What began before a suspension may still be told after it."""
    started_on = dt.date.fromisoformat(form.answers["started_on"])
    if not cohort.admits(civil_date(at)) and started_on >= not_in_force_since(cohort.title):
        demand_open(cohort, at)
    if inclusion.answered_at is not None and started_on < civil_date(inclusion.answered_at):
        given = say(civil_date(inclusion.answered_at))
        message = _("The company gave access on %(day)s: the treatment cannot have begun before.") % {"day": given}
        raise Blocked([Reason("before_access", message, "started_on")])
    inclusion.started_on = started_on
    plan_visits(inclusion, cohort, civil_date(at))
    take(inclusion=inclusion, cohort=cohort, name="start", actor=actor, at=at)


def _stop(inclusion: Inclusion, cohort: Cohort, form: CohortForm, actor: Actor, at: dt.datetime) -> None:
    """Visits after the last day are no longer expected; those before it stay owed."""
    inclusion.stopped_on = dt.date.fromisoformat(form.answers["stopped_on"])
    waiting = CohortForm.objects.filter(inclusion=inclusion, form=FOLLOW_UP, signed_at=None, cancelled_at=None)
    for one in waiting.order_by("visit"):
        if one.due_on is None or one.due_on > inclusion.stopped_on:
            one.cancelled_at = at
            one.save(update_fields=["cancelled_at"])
    take(inclusion=inclusion, cohort=cohort, name="stop", actor=actor, at=at)
    vigilance.notice_of(inclusion, cohort, form, at)


def plan_visits(inclusion: Inclusion, cohort: Cohort, on: dt.date) -> int:
    """Write down the visits of the calendar that are not yet, a year ahead of `on`. Once made, a visit keeps its day:
    a later version of the protocol adds after the last one, and moves none. Returns how many are new."""
    if inclusion.started_on is None:
        return 0
    planned = CohortForm.objects.filter(inclusion=inclusion, form=FOLLOW_UP)
    last_due = planned.filter(due_on__isnull=False).order_by("-due_on").values_list("due_on", flat=True).first()
    until = add_months(max(on, inclusion.started_on), MONTHS_AHEAD)
    visits = [one for one in cohort.visits(inclusion.started_on, until) if last_due is None or one.due_on > last_due]
    number = _last_visit(inclusion)
    new = [
        CohortForm(
            inclusion=inclusion, form=FOLLOW_UP, visit=number + rank, visit_label=visit.label[:120], due_on=visit.due_on
        )
        for rank, visit in enumerate(visits, 1)
    ]
    CohortForm.objects.bulk_create(new)
    return len(new)


def _last_visit(inclusion: Inclusion) -> int:
    last = CohortForm.objects.filter(inclusion=inclusion, form=FOLLOW_UP).order_by("-visit").first()
    return last.visit if last else 0


def _know(inclusion: Inclusion, form: CohortForm, at: dt.datetime) -> None:
    """What lists show of the patient, read from the access request."""
    inclusion.identity = {
        code: str(form.personal.get(code) or "") for code in ("initials", "birth_month") if form.personal.get(code)
    }
    inclusion.profile = profile_of(form.personal.get("birth_month"), form.answers.get("sex"), civil_date(at))
    inclusion.changed_at = at


# ---------------------------------------------------------------------------------------------- what is refused


def _open_form(inclusion: Inclusion, form: str, visit: int) -> CohortForm:
    """The form, which may still be written. One that nobody opened yet is made, but for visits: the calendar has them.
    Raises NotFound, WrongState."""
    found = (
        CohortForm.objects.select_for_update(of=("self",))
        .select_related("saved_by")
        .filter(inclusion=inclusion, form=form, visit=visit)
        .first()
    )
    if found is None:
        if form not in OPEN_WHILE or form == FOLLOW_UP or visit:
            raise NotFound([Reason("not_found", _("No such form."))])
        found = CohortForm(inclusion=inclusion, form=form, visit=visit)
    if found.signed_at is not None:
        raise WrongState([Reason("signed", _("This form is signed: it can no longer be changed."))])
    if found.cancelled_at is not None:
        raise WrongState([Reason("cancelled", _("The treatment ended before this visit: no form is expected."))])
    if inclusion.state not in OPEN_WHILE[form]:
        raise WrongState([Reason("state", _("This form is not to be filled at this stage."))])
    return found


def storable(data: Mapping[str, Any], variables: tuple[Variable, ...], setting: Setting) -> dict[str, Any]:
    """What a draft may keep: fields of this form only, less what must be stored nowhere. Raises Blocked."""
    known = {one.code for one in variables}
    typed = {
        code: value.replace("\x00", "") if isinstance(value, str) else value
        for code, value in data.items()
        if code in known
    }
    if len(canonical(typed)) > LONGEST:
        raise Blocked([Reason("too_long", _("This is too long to be kept: shorten your texts."))])
    faults = VariablesForm(variables=variables, setting=setting).never_kept(typed)
    if faults:
        raise Blocked(faults)
    return {code: value for code, value in typed.items() if value not in (None, "")}


def give_back(
    *, pseudonym: str, reason: str, actor: Actor, version: int | None = None, at: dt.datetime | None = None
) -> Inclusion:
    """The pharmacist returns the access request: the prescriber's signature is taken off, nothing typed is lost."""
    at = at or timezone.now()
    with transaction.atomic(durable=True):
        inclusion, cohort = locked(pseudonym, actor, version=version)
        take(inclusion=inclusion, cohort=cohort, name="return", actor=actor, at=at, reason=reason)
        form = inclusion.forms.select_for_update().get(form=ACCESS_REQUEST)
        form.signed_at, form.signed_by, form.signed_by_name = None, None, ""
        form.version += 1
        form.save()
        tell.prescriber(inclusion, "cohort_returned", _("An access request is returned to you"), actor, at)
        return inclusion


def send(*, pseudonym: str, actor: Actor, version: int | None = None, at: dt.datetime | None = None) -> Inclusion:
    """The pharmacist signs too, and the request goes to the company."""
    at = at or timezone.now()
    with transaction.atomic(durable=True):
        inclusion, cohort = locked(pseudonym, actor, with_title=True, version=version)
        if inclusion.state == AT_PHARMACY:
            form = inclusion.forms.select_for_update().get(form=ACCESS_REQUEST)
            form.pharmacist_at, form.pharmacist_name = at, actor.name
            form.save(update_fields=["pharmacist_at", "pharmacist_name"])
        inclusion.asked_at = at
        take(inclusion=inclusion, cohort=cohort, name="send", actor=actor, at=at)
        tell.company(inclusion, cohort, actor, at)
        return inclusion


__all__ = [
    "StaleForm",
    "add_unplanned_visit",
    "give_back",
    "plan_visits",
    "reason_of",
    "save",
    "send",
    "sign",
    "storable",
]
