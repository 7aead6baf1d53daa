"""What a prescription framework (CPC) keeps of its own: what is asked of the companies, what they reply, what the
framework says, and the information material that the companies submit (CSP R.5121-76-1 to R.5121-76-11)."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from documents.models import Attachment
from dossiers.models.decision import Decision
from dossiers.models.dossier import Dossier
from dossiers.models.title import Title
from earlyaccess.crypto import EncryptedTextField

CALLS = ("information", "protocol", "observations")


class CompanyCall(models.Model):
    """What ANSM asks of every company that is a party, until the day `reply_by` (included). One is open at a time.

    `asked`: the information wanted, what the protocol must provide, or the draft decision; `protocol`: the draft
    protocol that goes with it; `waiver`: why none is needed.
    """

    dossier = models.ForeignKey(Dossier, models.RESTRICT, related_name="company_calls")
    step = models.CharField(max_length=16)
    asked = EncryptedTextField()
    protocol = EncryptedTextField(blank=True, default="")
    waiver = EncryptedTextField(blank=True, default="")
    reply_by = models.DateField()
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.RESTRICT, null=True, related_name="+")
    asked_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(step__in=CALLS), name="company_call_step_known"),
            models.UniqueConstraint(
                fields=("dossier",), condition=Q(closed_at__isnull=True), name="one_open_company_call"
            ),
        )
        ordering = ("asked_at", "id")

    def __str__(self) -> str:
        return f"{self.dossier_id} {self.step}"


class CompanyReply(models.Model):
    """What one company replied to a call; it may write several times until the call is closed."""

    call = models.ForeignKey(CompanyCall, models.RESTRICT, related_name="replies")
    organisation = models.ForeignKey("accounts.Organisation", models.RESTRICT, related_name="+")
    text = EncryptedTextField()
    given_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.RESTRICT, null=True, related_name="+")
    given_by_name = models.CharField(max_length=200, blank=True)
    given_at = models.DateTimeField()

    class Meta:
        ordering = ("given_at", "id")

    def __str__(self) -> str:
        return f"{self.call_id} {self.organisation_id}"


class FrameworkTerms(models.Model):
    """What a proposed or signed framework says (R.5121-76-5). It names no patient and is published once signed.

    `medicines`: [{"label": ..., "medicine": primary key in the catalogue, or null}]. `report_months`: how often the
    company reports, null when it does not; `waived`: no follow-up of patients is asked. Written in clear, unlike the
    decision, since the register publishes it.
    """

    decision = models.OneToOneField(Decision, models.RESTRICT, related_name="framework")
    indication = models.TextField()
    conditions = models.TextField(blank=True)
    waived = models.BooleanField(default=False)
    medicines = models.JSONField(default=list)
    posology = models.TextField()
    adverse_effects = models.TextField()
    prescription_class = models.CharField(max_length=10_000, blank=True)
    report_months = models.PositiveSmallIntegerField(null=True)
    vigilance_centre = models.CharField(max_length=10_000, blank=True)

    def __str__(self) -> str:
        return str(self.decision_id)


class FrameworkChange(models.Model):
    """What a version of a framework changes, as it is published (R.5121-76-10): `number` is that of the version."""

    title = models.ForeignKey(Title, models.RESTRICT, related_name="published_changes")
    number = models.PositiveSmallIntegerField()
    changes = models.TextField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("title", "number"), name="one_change_per_version"),)
        ordering = ("number",)

    def __str__(self) -> str:
        return f"{self.title_id} v{self.number}"


class InformationMaterial(models.Model):
    """Material for professionals that a company submits before it is spread. ANSM's opinion is favourable when it stays
    silent for one month (R.5121-76-11): `deemed_on` is the first day on which that is so, once noted. It is a text, an
    address where it is read, or the `document` itself."""

    class Opinion(models.TextChoices):
        FAVOURABLE = "favourable"
        UNFAVOURABLE = "unfavourable"

    title = models.ForeignKey(Title, models.RESTRICT, related_name="information_materials")
    organisation = models.ForeignKey("accounts.Organisation", models.RESTRICT, related_name="+")
    name = models.CharField(max_length=300)
    description = models.TextField(blank=True)
    document = models.ForeignKey(Attachment, models.RESTRICT, null=True, related_name="+")
    sent_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.RESTRICT, null=True, related_name="+")
    sent_by_name = models.CharField(max_length=200, blank=True)
    sent_at = models.DateTimeField()
    opinion = models.CharField(max_length=16, choices=Opinion.choices, blank=True)
    reasons = models.TextField(blank=True)
    given_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.RESTRICT, null=True, related_name="+")
    given_at = models.DateTimeField(null=True)
    deemed_on = models.DateField(null=True)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(opinion="", given_at__isnull=True) | (~Q(opinion="") & Q(given_at__gte=F("sent_at"))),
                name="an_opinion_on_material_has_its_day",
            ),
            models.CheckConstraint(
                condition=Q(opinion="") | Q(deemed_on__isnull=True), name="an_opinion_on_material_is_given_once"
            ),
            models.CheckConstraint(
                condition=~Q(opinion="unfavourable") | ~Q(reasons=""), name="an_unfavourable_opinion_has_reasons"
            ),
        )
        indexes = (
            models.Index(
                fields=("sent_at",), condition=Q(opinion="", deemed_on__isnull=True), name="material_awaits_opinion"
            ),
        )
        ordering = ("-sent_at", "-id")

    def __str__(self) -> str:
        return f"{self.title_id} {self.pk}"

    @property
    def is_unreadable(self) -> bool:
        """A virus was found in its file: nobody can open it, so that silence decides nothing about it."""
        return self.document is not None and self.document.scan == Attachment.Scan.INFECTED
