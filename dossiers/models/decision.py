"""What was proposed and what was signed."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from dossiers.models.dossier import Dossier
from earlyaccess.crypto import EncryptedTextField


class Decision(models.Model):
    """A proposal, then its signature. The database refuses that one person does both ("four eyes").

    `automatic` marks what nobody signs by hand: a grant made by rule on the published criteria, or `tacit`, the effect
    of silence. `official_number`: the number that the deciding authority gives its decisions. `indication`: the one
    granted, when it is narrower than the one claimed. `sat_on`: the day of the sitting that decided.
    """

    dossier = models.ForeignKey(Dossier, models.RESTRICT, related_name="decisions")
    number = models.PositiveSmallIntegerField()
    outcome = models.CharField(max_length=16)
    reasons = EncryptedTextField(default="", blank=True)
    conditions = EncryptedTextField(default="", blank=True)
    starts_on = models.DateField(null=True)
    ends_on = models.DateField(null=True)
    automatic = models.BooleanField(default=False)
    tacit = models.BooleanField(default=False)
    official_number = models.CharField(max_length=40, unique=True, null=True)  # noqa: DJ001 - unique once given
    indication = models.TextField(blank=True, default="")
    sat_on = models.DateField(null=True)
    proposer = models.ForeignKey(settings.AUTH_USER_MODEL, models.RESTRICT, null=True, related_name="+")
    proposer_name = models.CharField(max_length=200, blank=True)
    proposed_at = models.DateTimeField()
    sent_back_at = models.DateTimeField(null=True)
    signatory = models.ForeignKey(settings.AUTH_USER_MODEL, models.RESTRICT, null=True, related_name="+")
    signatory_name = models.CharField(max_length=200, blank=True)
    delegation = models.ForeignKey("accounts.Delegation", models.RESTRICT, null=True, related_name="+")
    signed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("dossier", "number"), name="decision_number"),
            models.UniqueConstraint(
                fields=("dossier",), condition=Q(signed_at__isnull=False), name="one_signed_decision"
            ),
            models.UniqueConstraint(
                fields=("dossier",),
                condition=Q(signed_at__isnull=True, sent_back_at__isnull=True),
                name="one_open_proposal",
            ),
            models.CheckConstraint(
                condition=Q(signatory__isnull=True) | Q(proposer__isnull=True) | ~Q(proposer=F("signatory")),
                name="four_eyes",
            ),
            models.CheckConstraint(
                condition=~Q(outcome="grant") | Q(starts_on__isnull=False, ends_on__gte=F("starts_on")),
                name="a_grant_has_a_period",
            ),
        )
        ordering = ("number",)

    def __str__(self) -> str:
        return f"{self.dossier_id} {self.outcome}"
