"""What was granted. A title lives its own life; reopening a request never edits it."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeBoundary, RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django_fsm import RETURN_VALUE, FSMField, transition

from dossiers.models.dossier import Dossier
from earlyaccess.append_only import append_only
from earlyaccess.crypto import EncryptedJSONField
from workflows.registry import TITLE

# Condition of a partial index, and of the queries that mean to use it.
LIVING = Q(state__in=("in_force", "suspended"))


# A renewal that the authority took back before its first day continues nothing. One whose treatment stopped before then
# does: nobody is to be asked for another.
TAKEN_BACK = Q(state__in=("withdrawn", "ceased"), in_force_until__lt=F("starts_on"))


class DateRange(Func):
    function = "daterange"


class Title(models.Model):
    """A granted act. `ends_on` is the decided end; `in_force_until` the last day it really has force (both included).

    A renewal continues its title's `chain`; the database refuses two titles of a chain in force on one day.
    """

    number = models.CharField(max_length=40, unique=True)
    chain = models.CharField(max_length=32)
    renewal_rank = models.PositiveSmallIntegerField(default=0)
    procedure = models.CharField(max_length=32)
    dossier = models.OneToOneField(Dossier, models.RESTRICT, related_name="title")
    organisation = models.ForeignKey("accounts.Organisation", models.RESTRICT, related_name="titles")
    medicine = models.ForeignKey("catalogue.Medicine", models.RESTRICT, null=True, related_name="titles")
    indication = models.ForeignKey("catalogue.Indication", models.RESTRICT, null=True, related_name="titles")
    state = FSMField(protected=True, max_length=32)
    version = models.PositiveIntegerField(default=1)
    starts_on = models.DateField()
    ends_on = models.DateField()
    in_force_until = models.DateField()
    suspended_until = models.DateField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(state__in=sorted(state.code for state in TITLE.states)), name="title_state_is_of_its_table"
            ),
            models.CheckConstraint(condition=Q(ends_on__gte=F("starts_on")), name="title_ends_after_it_starts"),
            ExclusionConstraint(
                name="one_title_of_a_chain_in_force",
                expressions=(
                    (F("chain"), RangeOperators.EQUAL),
                    (
                        DateRange("starts_on", "in_force_until", RangeBoundary(inclusive_upper=True)),
                        RangeOperators.OVERLAPS,
                    ),
                ),
                # A title ended before its first day has no day in force at all.
                condition=Q(in_force_until__gte=F("starts_on")),
            ),
        )
        indexes = (
            models.Index(fields=("state", "ends_on", "id"), name="title_expiring"),
            # The list of titles by their last day (queries.titles): those that ended are its history.
            models.Index(fields=("ends_on", "id"), condition=LIVING, name="title_living"),
            models.Index(fields=("organisation", "state", "ends_on", "id"), name="title_of_organisation"),
            # The register: the titles of a procedure.
            models.Index(fields=("procedure", "starts_on", "id"), name="title_of_procedure"),
            # What continues a title: asked for each title of a list.
            models.Index(fields=("chain", "renewal_rank"), name="title_chain"),
        )

    def __str__(self) -> str:
        return self.number

    @property
    def is_taken_back(self) -> bool:
        """`TAKEN_BACK`, of a title in hand."""
        return self.state in ("withdrawn", "ceased") and self.in_force_until < self.starts_on

    @transition(field=state, source="+", target=RETURN_VALUE())
    def enter(self, state: str) -> str:
        """See `Dossier.enter`."""
        return state


class TitleHolder(models.Model):
    """One of the organisations that hold a title together, as the companies of a generic group do. Only where the
    procedure's table says who holds (`Procedure.held_by`): any other title is its `organisation`'s alone. The one of a
    framework is the first of them."""

    title = models.ForeignKey(Title, models.RESTRICT, related_name="holders")
    organisation = models.ForeignKey("accounts.Organisation", models.RESTRICT, related_name="+")
    since = models.DateField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("title", "organisation"), name="title_held_once_by_each"),)
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.title_id} {self.organisation_id}"


def continuing(chain: Any, rank: Any) -> models.QuerySet[Title]:
    """The titles that continue the one of `rank` in `chain` (values or references of an outer query), nearest first."""
    later = Title.objects.filter(chain=chain, renewal_rank__gt=rank)
    return later.exclude(TAKEN_BACK).order_by("renewal_rank")


class TitleVersion(models.Model):
    """What the title says from `valid_from` on, until a version of a higher number does: never two at once.

    `content` is what the letter states; the old version is kept.
    """

    title = models.ForeignKey(Title, models.RESTRICT, related_name="versions")
    number = models.PositiveSmallIntegerField()
    content = EncryptedJSONField()
    valid_from = models.DateField()
    at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("title", "number"), name="title_version_number"),)
        ordering = ("number",)
        triggers = append_only("title_version")

    def __str__(self) -> str:
        return f"{self.title_id} v{self.number}"
