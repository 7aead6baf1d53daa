"""What a hospital reads: its own patients, what is to be done for each, late visits first."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cohort.models import CohortForm, Inclusion
from cohort.policy import inclusions_visible_to
from cohort.queries.counts import Meter, of_patients
from cohort.states import ACCEPTED, AT_PHARMACY, DRAFT, LIVING, OVER, STATES, TREATED
from dossiers.queries.keyset import Column, Ordering, Page, page
from workflows.putrd_library import ACCESS_REQUEST, FOLLOW_UP, INITIATION
from workflows.roles import PHARMACIST
from workflows.types import Actor, Role, Text

SOON_DAYS: Final = 30
DUE: Final = Ordering("due", (Column("next_due_on", "date", nullable=True), Column("id", "integer")))
CHANGED: Final = Ordering(
    "over", (Column("changed_at", "datetime", descending=True), Column("id", "integer", descending=True))
)
COLUMNS: Final = (
    "chain",
    "rank",
    "pseudonym",
    "identity",
    "state",
    "next_due_on",
    "access_number",
    "title__dossier__product_label",
)
TODO, LIVE, ALL_OVER = "todo", "living", "over"
GROUPS: Final[dict[str, Text]] = {
    TODO: _("To do"),
    LIVE: _("All under way"),
    ALL_OVER: pgettext_lazy("patients", "Ended"),
}


@dataclass(frozen=True)
class Next:
    """The next act for a patient: what it is, which form it opens (empty: the patient's page), how late it is."""

    label: Text
    form: str = ""
    visit: int = 0
    late: int = 0
    due_on: dt.date | None = None
    ours: bool = True


def group_condition(group: str, on: dt.date) -> Q:
    soon = on + dt.timedelta(days=SOON_DAYS)
    match group:
        case "todo":
            return Q(state__in=(DRAFT, AT_PHARMACY, ACCEPTED)) | Q(next_due_on__lte=soon)
        case "over":
            return Q(state__in=sorted(OVER))
    return Q(state__in=sorted(LIVING))


def patients_page(actor: Actor | None, group: str, on: dt.date, *, cursor: str = "", size: int = 50) -> Page:
    """One query. Raises BadCursor."""
    ordering = CHANGED if group == ALL_OVER else DUE
    return page(inclusions_visible_to(actor).filter(group_condition(group, on)), ordering, cursor, COLUMNS, size)


def counts(actor: Actor | None, on: dt.date) -> dict[str, int]:
    """How many patients each tab has, and `late`: those for whom a visit's form is late. One query."""
    wanted = {name: Count("pk", filter=group_condition(name, on)) for name in GROUPS}
    return inclusions_visible_to(actor).aggregate(**wanted, late=Count("pk", filter=Q(next_due_on__lt=on)))


def rows(found: list[dict[str, Any]], on: dt.date, role: Role) -> list[dict[str, Any]]:
    """The rows of a page with what comes next and the meter of each. Two queries, whatever their number."""
    keys = [row["id"] for row in found]
    meters = of_patients(keys, on)
    visits = next_visits(keys)
    return [
        {
            **row,
            "initials": row["identity"].get("initials", ""),
            "birth_month": row["identity"].get("birth_month", ""),
            "state_label": STATES[row["state"]],
            "meter": meters.get(row["id"], Meter()),
            "next": next_act(row["state"], visits.get(row["id"]), on, role),
        }
        for row in found
    ]


def next_visits(inclusions: list[int]) -> dict[int, tuple[int, dt.date]]:
    """{inclusion: (visit, day)} of the earliest visit of the calendar whose form is not signed."""
    waiting = CohortForm.objects.filter(
        inclusion__in=inclusions, form=FOLLOW_UP, signed_at=None, cancelled_at=None, due_on__isnull=False
    )
    found: dict[int, tuple[int, dt.date]] = {}
    for inclusion, visit, due_on in waiting.order_by("due_on", "visit").values_list("inclusion", "visit", "due_on"):
        if due_on is not None:
            found.setdefault(inclusion, (visit, due_on))
    return found


def next_act(state: str, visit: tuple[int, dt.date] | None, on: dt.date, role: Role) -> Next:
    """What this role does next; `ours` False when it waits for somebody else."""
    if visit is not None and (state == TREATED or visit[1] < on):
        late = max((on - visit[1]).days, 0)
        return Next(_("Fill in the follow-up visit"), FOLLOW_UP, visit[0], late, visit[1])
    match state:
        case "draft":
            return Next(_("Complete and sign the access request"), ACCESS_REQUEST)
        case "at_pharmacy":
            if role == PHARMACIST:
                return Next(_("Check, sign and send"))
            return Next(_("The pharmacist checks, signs and sends"), ours=False)
        case "asked":
            return Next(_("The company answers"), ours=False)
        case "accepted":
            return Next(_("Tell the start of treatment"), INITIATION)
        case "treated":
            return Next(_("Nothing for now"), ours=False)
    return Next(_("Nothing more to do"), ours=False)


def patient(actor: Actor | None, chain: str, rank: int) -> Inclusion | None:
    """The patient, if they are of the reader's hospital, with what the page shows."""
    return (
        inclusions_visible_to(actor)
        .select_related("title__dossier", "title__medicine", "organisation")
        .filter(chain=chain, rank=rank)
        .first()
    )


def forms_of(inclusion: Inclusion) -> list[CohortForm]:
    """Every form of the patient in the order of the protocol: request, start, visits by their day, end."""
    order = {ACCESS_REQUEST: 0, INITIATION: 1, FOLLOW_UP: 2}
    found = inclusion.forms.select_related("notice", "saved_by").order_by("pk")
    return sorted(found, key=lambda one: (order.get(one.form, 3), one.due_on or _moment(one), one.visit))


def _moment(form: CohortForm) -> dt.date:
    """Where a visit that the calendar does not ask for stands among the others."""
    return form.signed_at.date() if form.signed_at else dt.date.max


def alike(actor: Actor | None, inclusion: Inclusion) -> list[str]:
    """Pseudonyms of living inclusions of the same hospital and cohort whose identity is the same: a patient must not
    be included twice. Encrypted, so read one by one: those of one hospital in one cohort."""
    identity = inclusion.identity
    if not identity.get("initials") or not identity.get("birth_month"):
        return []
    others = inclusions_visible_to(actor).filter(chain=inclusion.chain, state__in=sorted(LIVING))
    rest: QuerySet[Any] = others.exclude(pk=inclusion.pk).order_by("rank")
    return [
        pseudonym
        for pseudonym, other in rest.values_list("pseudonym", "identity")
        if all(other.get(name) == identity.get(name) for name in ("initials", "birth_month"))
    ]
