"""What only an exemption for a device keeps: clinicians' signed statements, and the terms proposed with a decision."""

import datetime as dt

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from accounts.models import Organisation
from dossiers.models.decision import Decision
from dossiers.models.dossier import Dossier
from earlyaccess.append_only import append_only
from earlyaccess.crypto import EncryptedJSONField, EncryptedTextField


class ClinicianStatement(models.Model):
    """Why a clinician needs the device, signed and never altered. The latest of each person for each hospital counts.

    `patients`: {who, birth_year, sex} of each, in an individual request; `shared_count`: how many of them another
    clinician's statement identifies too, as its author says. `sha256` is taken over the canonical JSON of what was
    signed (`dossiers.services.exemption`). The manufacturer reads who signed, when and for how many patients.
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
    shared_count = models.PositiveSmallIntegerField(default=0)
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

    `patients` None: every patient who meets the criteria. `sites`: one hospital per line; `establishments`: the keys of
    those known here, by their FINESS number or their name, as they were when it was proposed. `dated_conditions`:
    {due_on, text} of each.
    """

    decision = models.OneToOneField(Decision, models.RESTRICT, related_name="terms")
    patients = models.PositiveIntegerField(null=True)
    sites = EncryptedTextField()
    establishments = ArrayField(models.BigIntegerField(), default=list)
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
    def known_sites(self) -> list[str]:
        """Names of the hospitals of this site that the decision names: told of what becomes of it. One query."""
        named = Organisation.objects.filter(pk__in=self.establishments).order_by("name", "pk")
        return list(named.values_list("name", flat=True))

    @property
    def has_unknown_sites(self) -> bool:
        """Whether a line names no hospital of this site: somebody tells it otherwise."""
        return len([line for line in self.sites.splitlines() if line.strip()]) > len(self.establishments)

    @property
    def conditions(self) -> list[tuple[dt.date, str]]:
        """(last day to do it, its words) of each dated condition, in the order of their days."""
        return [(dt.date.fromisoformat(one["due_on"]), one["text"]) for one in self.dated_conditions]
