"""What only an exemption for a device keeps: clinicians' signed statements, and the terms proposed with a decision."""

import datetime as dt

from django.conf import settings
from django.db import models
from django.db.models import Q

from dossiers.models.decision import Decision
from dossiers.models.dossier import Dossier
from earlyaccess.append_only import append_only
from earlyaccess.crypto import EncryptedJSONField, EncryptedTextField


class ClinicianStatement(models.Model):
    """Why a clinician needs the device, signed and never altered. The latest of each person counts.

    `patients`: {who, birth_year, sex} of each, in an individual request. `sha256` is taken over the canonical JSON of
    what was signed (`dossiers.services.exemption`). The manufacturer reads who signed, when and for how many patients.
    """

    dossier = models.ForeignKey(Dossier, models.RESTRICT, related_name="statements")
    number = models.PositiveSmallIntegerField()
    membership = models.ForeignKey("accounts.Membership", models.RESTRICT, related_name="+")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.RESTRICT, related_name="+")
    organisation = models.ForeignKey("accounts.Organisation", models.RESTRICT, related_name="+")
    author_name = models.CharField(max_length=200)
    author_quality = models.CharField(max_length=250, blank=True)
    need = EncryptedTextField()
    alternatives = EncryptedTextField()
    patients = EncryptedJSONField(default=list)
    patient_count = models.PositiveSmallIntegerField(default=0)
    sha256 = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("dossier", "number"), name="clinician_statement_number"),)
        ordering = ("number",)
        triggers = append_only("clinician_statement")

    def __str__(self) -> str:
        return f"{self.dossier_id} statement {self.number}"


class ExemptionTerms(models.Model):
    """Where, how much, for how many patients, under which dated conditions: with the proposal, then the decision.

    `patients` None: every patient who meets the criteria. `dated_conditions`: {due_on, text} of each.
    """

    decision = models.OneToOneField(Decision, models.RESTRICT, related_name="terms")
    patients = models.PositiveIntegerField(null=True)
    sites = EncryptedTextField()
    quantity = models.CharField(max_length=200)
    dated_conditions = EncryptedJSONField(default=list)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(patients__isnull=True) | Q(patients__gte=1), name="exemption_for_a_patient_at_least"
            ),
        )

    def __str__(self) -> str:
        return f"terms of {self.decision_id}"

    @property
    def conditions(self) -> list[tuple[dt.date, str]]:
        """(last day to do it, its words) of each dated condition, in the order of their days."""
        return [(dt.date.fromisoformat(one["due_on"]), one["text"]) for one in self.dated_conditions]
