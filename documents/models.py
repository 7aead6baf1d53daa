"""What is attached to a dossier, the letters that were ordered and those that were issued."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from documents.storage import attachment_storage, random_path
from earlyaccess.append_only import append_only
from earlyaccess.crypto import EncryptedBinaryField, EncryptedJSONField, EncryptedTextField


class Attachment(models.Model):
    """A file somebody added to a dossier. It is never overwritten: removing it leaves its row and its author."""

    class Scan(models.TextChoices):
        PENDING = "pending", _("Waiting for the virus scan")
        CLEAN = "clean", _("No virus found")
        INFECTED = "infected", _("Virus found")
        NOT_SCANNED = "not_scanned", _("Not scanned: this site has no virus scanner")

    dossier = models.ForeignKey("dossiers.Dossier", models.PROTECT, related_name="attachments")
    kind = models.CharField(_("kind of document"), max_length=40)
    # Encrypted because people name files after their patients.
    name = EncryptedTextField(_("name"))
    file = models.FileField(_("file"), storage=attachment_storage, upload_to=random_path, max_length=200)
    size = models.PositiveBigIntegerField(_("size in bytes"))
    sha256 = models.CharField(max_length=64)
    content_type = models.CharField(_("type"), max_length=100)
    scan = models.CharField(_("virus scan"), max_length=12, choices=Scan.choices, default=Scan.PENDING)
    scanned_at = models.DateTimeField(_("scanned at"), null=True, blank=True)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, verbose_name=_("added by")
    )
    uploaded_by_name = models.CharField(max_length=300)
    # For which one its sender acted: people work for several, and leave one for another. Empty for a process of ours.
    organisation = models.ForeignKey("accounts.Organisation", models.PROTECT, related_name="+", null=True)
    uploaded_at = models.DateTimeField(_("added at"))
    removed_at = models.DateTimeField(_("removed at"), null=True, blank=True)
    removed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("removed by")
    )

    class Meta:
        verbose_name = _("attachment")
        verbose_name_plural = _("attachments")
        ordering = ["uploaded_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["dossier", "kind", "sha256", "organisation"],
                condition=models.Q(removed_at=None),
                nulls_distinct=False,
                name="attachment_same_file_once",
            ),
            models.CheckConstraint(
                condition=models.Q(scan__in=["pending", "clean", "infected", "not_scanned"]),
                name="attachment_scan_known",
            ),
        ]
        indexes = [
            models.Index(fields=["id"], condition=models.Q(scan="pending"), name="attachment_to_scan"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class LetterOrder(models.Model):
    """A letter that must be made. Its context is frozen in the transaction that decided it; a worker makes it later."""

    class State(models.TextChoices):
        ORDERED = "ordered", _("Waiting to be made")
        LEASED = "leased", _("Being made")
        ISSUED = "issued", _("Issued")
        FAILED = "failed", _("Could not be made")

    dedupe_key = models.CharField(max_length=200, unique=True)
    number = models.CharField(_("number"), max_length=40, unique=True)
    dossier = models.ForeignKey("dossiers.Dossier", models.PROTECT, related_name="letter_orders")
    title = models.ForeignKey("dossiers.Title", models.PROTECT, related_name="letter_orders", null=True, blank=True)
    kind = models.CharField(_("kind"), max_length=40)
    context = EncryptedJSONField()
    template_version = models.CharField(max_length=64)
    verification_code = models.CharField(max_length=20, unique=True)
    ordered_at = models.DateTimeField(_("ordered at"))
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.ORDERED)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    # Nobody takes the order before then: somebody is making it, or it rests after a failure.
    leased_until = models.DateTimeField(null=True, blank=True)
    last_error = models.CharField(max_length=500, blank=True)

    class Meta:
        verbose_name = _("letter order")
        verbose_name_plural = _("letter orders")
        ordering = ["ordered_at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=["ordered", "leased", "issued", "failed"]), name="letter_order_state_known"
            ),
        ]
        indexes = [
            models.Index(
                fields=["id"], condition=models.Q(state__in=["ordered", "leased"]), name="letter_order_to_make"
            ),
        ]

    def __str__(self) -> str:
        return self.number


class IssuedLetter(models.Model):
    """A letter as it was sent out, byte for byte. A correction is a new letter that cites this one."""

    order = models.OneToOneField(LetterOrder, models.PROTECT, related_name="issued")
    number = models.CharField(_("number"), max_length=40, unique=True)
    kind = models.CharField(_("kind"), max_length=40)
    dossier = models.ForeignKey("dossiers.Dossier", models.PROTECT, related_name="letters")
    title = models.ForeignKey("dossiers.Title", models.PROTECT, related_name="letters", null=True, blank=True)
    pdf = EncryptedBinaryField()
    sha256 = models.CharField(max_length=64)
    size = models.PositiveIntegerField(_("size in bytes"))
    verification_code = models.CharField(max_length=20, unique=True)
    issued_at = models.DateTimeField(_("issued at"))
    template_version = models.CharField(max_length=64)
    # SHA-256 of the certificate of the seal, and whom it names; both empty for letters older than the seal.
    sealed_with = models.CharField(_("certificate of the seal"), max_length=64, blank=True, default="")
    sealed_by = models.CharField(_("sealed by"), max_length=300, blank=True, default="")

    class Meta:
        verbose_name = _("issued letter")
        verbose_name_plural = _("issued letters")
        ordering = ["issued_at", "pk"]
        triggers = append_only("issued_letter")

    def __str__(self) -> str:
        return self.number
