"""What a hospital sees first: what waits for it, what happens elsewhere, which authorisations end soon.

Files belong to the hospital, not to the person who typed them. Every list is one query, whatever its length.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from dossiers.models import ClinicianStatement, CompanyCall, CompanyReply, Dossier, InformationRequest, Party, Title
from dossiers.models.title import continuing
from dossiers.policy import titles_visible_to, visible_to
from dossiers.queries.keyset import Column, Ordering, Page, page
from workflows.registry import DEVICE_EXEMPTION, all_procedures
from workflows.roles import INTERN, PHARMACIST, PHARMACY_PREPARER, PRESCRIBER
from workflows.types import Actor, Role, Text

ENDING_DAYS: Final = 60
"""A title is shown as ending from this many days before its last: no law sets a filing lead time for a renewal."""

WRITERS: Final = frozenset({PRESCRIBER, INTERN})
PHARMACY: Final = frozenset({PHARMACIST, PHARMACY_PREPARER})

CHANGED: Final = Ordering(
    "changed", (Column("changed_at", "datetime", descending=True), Column("id", "integer", descending=True))
)
URGENT_FIRST: Final = Ordering(
    "urgent",
    (Column("urgent", "boolean", descending=True), Column("changed_at", "datetime"), Column("id", "integer")),
)
REPLY_BY: Final = Ordering("reply", (Column("reply_by", "date", nullable=True), Column("id", "integer")))
DECIDED: Final = Ordering(
    "decided",
    (Column("decided_at", "datetime", descending=True), Column("id", "integer", descending=True)),
)

ROW: Final = (
    "reference",
    "filing_number",
    "procedure",
    "kind",
    "state",
    "subject",
    "product_label",
    "urgent",
    "changed_at",
    "filed_at",
    "decided_at",
)


@dataclass(frozen=True)
class Group:
    """One list of the home page. `waits_for`: roles whose turn it is there; the others read it as "elsewhere".

    `decided`: what is over. Said to the database too, whose indexes hold open and decided files apart. `named`: files
    of others on which the organisation is named are listed too. What an agency asks of several companies is asked of
    each until it has replied (`until_replied`); files in the states `once_replied` are here from then on. `procedures`:
    those it lists, empty for all. `for_others`: whether those whose turn it is not there read it too.
    """

    name: str
    label: Text
    states: frozenset[str]
    waits_for: frozenset[Role]
    ordering: Ordering = CHANGED
    empty: Text = ""
    columns: tuple[str, ...] = ROW
    decided: bool = False
    named: bool = False
    until_replied: bool = False
    once_replied: frozenset[str] = frozenset()
    procedures: frozenset[str] = frozenset()
    for_others: bool = True

    @property
    def of_devices(self) -> bool:
        """Whether all its rows are of devices, which have no patient to name."""
        return self.procedures == {DEVICE_EXEMPTION.code}


GROUPS: Final[dict[str, Group]] = {
    one.name: one
    for one in (
        Group(
            "questions",
            _("Questions from ANSM"),
            frozenset({"info_requested"}),
            WRITERS | PHARMACY,
            REPLY_BY,
            _("ANSM asks you nothing."),
            (*ROW, "reply_by"),
        ),
        Group(
            "drafts",
            _("Drafts to finish"),
            frozenset({"draft"}),
            WRITERS,
            CHANGED,
            _("No draft waits for you."),
            procedures=frozenset({"aac"}),
        ),
        Group(
            "pharmacy",
            _("To check at the pharmacy"),
            frozenset({"at_pharmacy"}),
            PHARMACY,
            URGENT_FIRST,
            _("No request waits to be checked."),
        ),
        Group(
            "ansm",
            _("At ANSM"),
            frozenset({"received", "assessment", "to_sign"}),
            frozenset(),
            CHANGED,
            _("No request is under examination."),
        ),
        Group(
            "device_drafts",
            _("Exemptions for devices to prepare"),
            frozenset({"draft"}),
            frozenset({PRESCRIBER}),
            CHANGED,
            _("No request for a device waits for you."),
            (*ROW, "signed", "organisation__kind"),
            named=True,
            procedures=frozenset({DEVICE_EXEMPTION.code}),
            for_others=False,
        ),
        Group(
            "devices",
            _("Exemptions for devices"),
            frozenset(state.code for state in DEVICE_EXEMPTION.states if not state.final) - {"draft"},
            frozenset(),
            CHANGED,
            _("No request for a device in which your hospital takes part is under way."),
            named=True,
            procedures=frozenset({DEVICE_EXEMPTION.code}),
        ),
        Group(
            "decided",
            _("Decided"),
            frozenset({"granted", "refused", "closed", "withdrawn", "inadmissible"}),
            frozenset(),
            DECIDED,
            _("Nothing has been decided yet."),
            decided=True,
            named=True,
        ),
    )
}


def groups_for(role: Role) -> tuple[list[Group], list[Group]]:
    """(what waits for this role, what happens elsewhere)."""
    mine = [group for group in GROUPS.values() if role in group.waits_for]
    return mine, [group for group in GROUPS.values() if role not in group.waits_for and group.for_others]


def group_page(group: Group, actor: Actor, *, cursor: str = "", size: int = 50) -> Page:
    """One page of a list, in one query. Raises BadCursor."""
    found = visible_to(actor).filter(_here(group, actor), decided_at__isnull=not group.decided)
    if group.named:
        named = Party.objects.filter(organisation=actor.organisation_id).order_by().values("dossier")
        # One set of keys, not a condition with an OR: the database then starts from the organisation's few files.
        found = found.filter(pk__in=_owned(actor).union(named))
    else:
        found = found.filter(organisation=actor.organisation_id)
    if group.procedures:
        found = found.filter(procedure__in=group.procedures)
    if "signed" in group.columns:
        own = ClinicianStatement.objects.filter(dossier=OuterRef("pk"), organisation=actor.organisation_id)
        found = found.annotate(signed=Exists(own))
    if "reply_by" in group.columns:
        found = found.annotate(reply_by=_reply_by(group))
    if "replied" in group.columns:
        found = found.annotate(replied=_has_replied(actor))
    return page(found, group.ordering, cursor, group.columns, size)


def _here(group: Group, actor: Actor) -> Q:
    here = Q(state__in=group.states)
    if group.until_replied:
        here &= ~Q(_has_replied(actor))
    if group.once_replied:
        here |= Q(_has_replied(actor), state__in=group.once_replied)
    return here


def _has_replied(actor: Actor) -> Exists:
    """Whether the actor's organisation has replied to what the companies are asked now."""
    mine = CompanyReply.objects.filter(organisation=actor.organisation_id, call__closed_at=None)
    return Exists(mine.filter(call__dossier=OuterRef("pk")))


def _reply_by(group: Group) -> Any:
    """The last day of what is asked now: of the owner of the file, or of the companies named on it."""
    asked = Subquery(_open_request("reply_by"))
    if not group.named:
        return asked
    of_companies = CompanyCall.objects.filter(dossier=OuterRef("pk"), closed_at=None)
    return Coalesce(asked, Subquery(of_companies.values("reply_by")[:1]))


def _owned(actor: Actor) -> QuerySet[Any]:
    return Dossier.objects.filter(organisation=actor.organisation_id).order_by().values("pk")


def _open_request(column: str) -> QuerySet[Any]:
    return InformationRequest.objects.filter(dossier=OuterRef("pk"), closed_at=None).values(column)[:1]


def titles_ending(actor: Actor, on: dt.date, *, limit: int = 20) -> list[dict[str, Any]]:
    """Titles in force that end within `ENDING_DAYS`, soonest first, with the renewal begun if any. One query."""
    renewal = Dossier.objects.filter(parent_title=OuterRef("pk"), decided_at=None).exclude(state="withdrawn")
    found = titles_visible_to(actor).filter(
        organisation=actor.organisation_id, state="in_force", ends_on__lte=on + dt.timedelta(days=ENDING_DAYS)
    )
    found = found.annotate(renewal=Subquery(renewal.order_by("-id").values("reference")[:1])).exclude(
        Exists(continuing(OuterRef("chain"), OuterRef("renewal_rank")))
    )
    return list(
        found.order_by("ends_on", "id").values(
            "number", "ends_on", "renewal", subject=F("dossier__subject"), product=F("dossier__product_label")
        )[:limit]
    )


def files_about_the_same_product(
    actor: Actor, *, medicine_id: int | None, name: str = "", limit: int = 20
) -> list[dict[str, Any]]:
    """Drafts and open files of the actor's organisation for that medicine (or, without one, for that name)."""
    open_states = {state.code for one in all_procedures() for state in one.states if not state.final}
    found = visible_to(actor).filter(organisation=actor.organisation_id, state__in=open_states, decided_at=None)
    if medicine_id is not None:
        found = found.filter(medicine=medicine_id)
    elif name.strip():
        found = found.filter(medicine=None, product_label__istartswith=name.strip()[:100])
    else:
        return []
    return list(found.order_by("-changed_at", "-id").values(*ROW)[:limit])


def open_renewal(actor: Actor, title: Title, kind: str = "renewal") -> str:
    """Reference of the request of that kind about this title that is begun and undecided, or ""."""
    begun = visible_to(actor).filter(parent_title=title, kind=kind, decided_at=None).exclude(state="withdrawn")
    return begun.order_by("-id").values_list("reference", flat=True).first() or ""
