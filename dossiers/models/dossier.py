"""The case file: what was asked, by whom, and how far it is."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django_fsm import RETURN_VALUE, FSMField, transition

from earlyaccess.append_only import append_only
from earlyaccess.crypto import EncryptedJSONField, EncryptedTextField
from workflows.registry import all_procedures


def states_of_their_procedure() -> Q:
    """A dossier's state belongs to its procedure's table: generated from the tables, held by the database."""
    condition = Q(pk__in=[])
    for procedure in all_procedures():
        condition |= Q(procedure=procedure.code, state__in=sorted(state.code for state in procedure.states))
    return condition


# Conditions of partial indexes, and of the queries that mean to use them.
OPEN = Q(filed_at__isnull=False, decided_at__isnull=True)
DONE = Q(filed_at__isnull=False, decided_at__isnull=False)
UNCOUNTED = DONE & Q(decided_in_working_days__isnull=True)


class Dossier(models.Model):
    """One request. `state` moves only through `dossiers.services.move`; `due_on`, `lead`, `search_text` are derived.

    So is `decided_in_working_days`: what its clock really ran, pauses left out, so that a statistic is one query.
    """

    reference = models.CharField(max_length=32, unique=True)
    procedure = models.CharField(max_length=32)
    workflow_version = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=32)
    state = FSMField(protected=True, max_length=32)
    version = models.PositiveIntegerField(default=1)
    organisation = models.ForeignKey("accounts.Organisation", models.RESTRICT, related_name="dossiers")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.RESTRICT, null=True, related_name="+")
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    medicine = models.ForeignKey("catalogue.Medicine", models.RESTRICT, null=True, related_name="dossiers")
    indication = models.ForeignKey("catalogue.Indication", models.RESTRICT, null=True, related_name="dossiers")
    # What ANSM attached to a request for something that was not in the referential. The answers win when they choose.
    linked_indication = models.ForeignKey(
        "catalogue.Indication", models.RESTRICT, null=True, related_name="+", db_index=False
    )
    # What the owner calls the file (the patient's initials for an AAC): personal, so encrypted and never searched.
    subject = EncryptedTextField(blank=True, default="")
    product_label = models.CharField(max_length=300, blank=True)
    urgent = models.BooleanField(default=False)
    # Before or after marketing authorisation, of an early access.
    pathway = models.CharField(max_length=16, blank=True, default="")
    filing = models.ForeignKey("dossiers.Filing", models.RESTRICT, null=True, related_name="dossiers")
    parent_title = models.ForeignKey("dossiers.Title", models.RESTRICT, null=True, related_name="renewals")
    filing_number = models.CharField(max_length=32, unique=True, null=True)  # noqa: DJ001 - unique once given
    filed_at = models.DateTimeField(null=True)
    decided_at = models.DateTimeField(null=True)
    decided_in_working_days = models.PositiveIntegerField(null=True)
    due_on = models.DateField(null=True)
    lead = models.ForeignKey("accounts.Membership", models.RESTRICT, null=True, related_name="led_dossiers")
    search_text = models.TextField(blank=True)

    class Meta:
        constraints = (
            models.CheckConstraint(condition=states_of_their_procedure(), name="dossier_state_is_of_its_procedure"),
            models.CheckConstraint(
                condition=Q(filed_at__isnull=True, filing_number__isnull=True)
                | Q(filed_at__isnull=False, filing_number__isnull=False),
                name="dossier_is_numbered_when_filed",
            ),
        )
        indexes = (
            models.Index(fields=("organisation", "-changed_at", "-id"), name="dossier_of_organisation"),
            # A hospital's home: its few open files, and the latest of the many that are over (queries.hospital).
            models.Index(
                fields=("organisation", "state"), condition=Q(decided_at__isnull=True), name="dossier_open_of_hospital"
            ),
            models.Index(
                fields=("organisation", "-decided_at", "-id"),
                condition=Q(decided_at__isnull=False),
                name="dossier_done_of_hospital",
            ),
            # The worklists (dossiers.queries.worklists): only open dossiers, so that they stay small as history grows.
            models.Index(fields=("-urgent", "due_on", "id"), condition=OPEN, name="dossier_open_due"),
            models.Index(fields=("state", "-urgent", "due_on", "id"), condition=OPEN, name="dossier_open_state"),
            models.Index(fields=("lead", "-urgent", "due_on", "id"), condition=OPEN, name="dossier_open_lead"),
            models.Index(fields=("filed_at", "id"), condition=OPEN, name="dossier_open_filed"),
            models.Index(fields=("-decided_at", "-id"), condition=DONE, name="dossier_done"),
            # What the sweeper of dossiers.services.worked_days has to count: empty but for a moment.
            models.Index(fields=("id",), condition=UNCOUNTED, name="dossier_uncounted"),
            models.Index(fields=("-filed_at", "-id"), condition=Q(filed_at__isnull=False), name="dossier_filed"),
            # The register: what was refused, of the procedures that publish it.
            models.Index(
                fields=("procedure", "-decided_at", "-id"), condition=Q(state="refused"), name="dossier_refused"
            ),
            GinIndex(fields=("search_text",), opclasses=("gin_trgm_ops",), name="dossier_search"),
        )

    def __str__(self) -> str:
        return self.reference

    @transition(field=state, source="+", target=RETURN_VALUE())
    def enter(self, state: str) -> str:
        """The FSM lock's only door; `dossiers.services.move` holds the key, the procedure's table the plan."""
        return state


class DraftSection(models.Model):
    """One section of the answers as last typed, valid or not. Permissive on purpose: strictness waits for signing."""

    dossier = models.ForeignKey(Dossier, models.CASCADE, related_name="sections")
    section = models.CharField(max_length=40)
    data = EncryptedJSONField(default=dict)
    version = models.PositiveIntegerField(default=1)
    saved_at = models.DateTimeField()
    saved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.RESTRICT, null=True, related_name="+")

    class Meta:
        constraints = (models.UniqueConstraint(fields=("dossier", "section"), name="one_draft_per_section"),)

    def __str__(self) -> str:
        return f"{self.dossier_id}/{self.section}"


class Submission(models.Model):
    """The answers as signed: numbered, never altered. `sha256` is taken over the canonical JSON of `answers`."""

    dossier = models.ForeignKey(Dossier, models.RESTRICT, related_name="submissions")
    number = models.PositiveSmallIntegerField()
    answers = EncryptedJSONField()
    form_version = models.PositiveSmallIntegerField()
    sha256 = models.CharField(max_length=64)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.RESTRICT, null=True, related_name="+")
    author_name = models.CharField(max_length=200)
    at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("dossier", "number"), name="submission_number"),)
        ordering = ("number",)
        triggers = append_only("submission")

    def __str__(self) -> str:
        return f"{self.dossier_id} v{self.number}"


class Party(models.Model):
    """Who is what on this dossier: the prescriber who signed, the pharmacist who sent it; or another organisation than
    the owner that takes part in it, whose person may not be known yet (`membership` None)."""

    dossier = models.ForeignKey(Dossier, models.CASCADE, related_name="parties")
    organisation = models.ForeignKey("accounts.Organisation", models.RESTRICT, related_name="parties")
    membership = models.ForeignKey("accounts.Membership", models.RESTRICT, null=True, related_name="+")
    role = models.CharField(max_length=32)
    since = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("dossier", "role", "organisation"), name="one_party_per_role"),)

    def __str__(self) -> str:
        return f"{self.dossier_id} {self.role}"


class Assignment(models.Model):
    """Who leads the examination, from when to when. The database allows one lead at a time."""

    dossier = models.ForeignKey(Dossier, models.RESTRICT, related_name="assignments")
    membership = models.ForeignKey("accounts.Membership", models.RESTRICT, related_name="assignments")
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)
    reason = models.TextField(blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("dossier",), condition=Q(until__isnull=True), name="one_lead_at_a_time"),
        )
        ordering = ("since", "id")

    def __str__(self) -> str:
        return f"{self.dossier_id} -> {self.membership_id}"


class Recusal(models.Model):
    """A person who declared a conflict of interest: they act no more on this dossier (R.1451-1 s. CSP)."""

    dossier = models.ForeignKey(Dossier, models.RESTRICT, related_name="recusals")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.RESTRICT, related_name="recusals")
    reason = models.TextField()
    at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("dossier", "person"), name="one_recusal_per_person"),)

    def __str__(self) -> str:
        return f"{self.dossier_id} x {self.person_id}"


class Task(models.Model):
    """Something a role must do because of an act: publish the criteria of a first grant."""

    dossier = models.ForeignKey(Dossier, models.RESTRICT, related_name="tasks")
    kind = models.CharField(max_length=40)
    role = models.CharField(max_length=32)
    created_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    done_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.RESTRICT, null=True, related_name="+")

    class Meta:
        constraints = (models.UniqueConstraint(fields=("dossier", "kind"), name="one_task_of_a_kind"),)

    def __str__(self) -> str:
        return f"{self.dossier_id} {self.kind}"
