"""What the bodies consulted on a request say of it, criterion by criterion (CSP L.5121-12)."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from dossiers.models.dossier import Dossier
from earlyaccess.crypto import EncryptedTextField
from workflows.aap_guards import BODIES, CRITERIA, FINDINGS


class Opinion(models.Model):
    """An opinion proposed, then signed by somebody else ("four eyes", held by the database), or recorded as given.

    `outcome` is favourable or unfavourable; empty for a body whose opinion is its findings alone. `indication`: the one
    kept, empty when it is the one claimed. `smpc`, `leaflet`, `label`: which version of each text is annexed.
    """

    dossier = models.ForeignKey(Dossier, models.RESTRICT, related_name="opinions")
    body = models.CharField(max_length=16, choices=BODIES)
    number = models.PositiveSmallIntegerField()
    outcome = models.CharField(max_length=16, blank=True)
    indication = models.TextField(blank=True, default="")
    reasons = EncryptedTextField(default="", blank=True)
    smpc = models.CharField(max_length=300, blank=True, default="")
    leaflet = models.CharField(max_length=300, blank=True, default="")
    label = models.CharField(max_length=300, blank=True, default="")
    sat_on = models.DateField(null=True)
    proposer = models.ForeignKey(settings.AUTH_USER_MODEL, models.RESTRICT, null=True, related_name="+")
    proposer_name = models.CharField(max_length=200, blank=True)
    proposed_at = models.DateTimeField()
    dropped_at = models.DateTimeField(null=True)
    signatory = models.ForeignKey(settings.AUTH_USER_MODEL, models.RESTRICT, null=True, related_name="+")
    signatory_name = models.CharField(max_length=200, blank=True)
    delegation = models.ForeignKey("accounts.Delegation", models.RESTRICT, null=True, related_name="+")
    given_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("dossier", "body", "number"), name="opinion_number"),
            models.UniqueConstraint(
                fields=("dossier", "body"), condition=Q(given_at__isnull=False), name="one_opinion_given_by_a_body"
            ),
            models.UniqueConstraint(
                fields=("dossier", "body"),
                condition=Q(given_at__isnull=True, dropped_at__isnull=True),
                name="one_opinion_proposed_in_a_body",
            ),
            models.CheckConstraint(
                condition=Q(signatory__isnull=True) | Q(proposer__isnull=True) | ~Q(proposer=F("signatory")),
                name="an_opinion_has_four_eyes",
            ),
        )
        ordering = ("number",)

    def __str__(self) -> str:
        return f"{self.dossier_id} {self.body} {self.outcome}"


class Finding(models.Model):
    """What a body found of one criterion: met, not met or not examined, and why."""

    dossier = models.ForeignKey(Dossier, models.RESTRICT, related_name="findings")
    body = models.CharField(max_length=16, choices=BODIES)
    criterion = models.CharField(max_length=32, choices=CRITERIA)
    finding = models.CharField(max_length=16, choices=FINDINGS)
    reasons = EncryptedTextField(default="", blank=True)
    comparators = models.TextField(blank=True, default="")
    at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("dossier", "body", "criterion"), name="one_finding_of_a_body_per_criterion"
            ),
        )
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.dossier_id} {self.body} {self.criterion}"
