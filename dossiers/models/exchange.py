"""What the examiner and the applicant say to each other, and what staff say among themselves."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from dossiers.models.dossier import Dossier
from earlyaccess.crypto import EncryptedJSONField, EncryptedTextField


class InformationRequest(models.Model):
    """Questions to the applicant, or items that lack. `questions` and `answers` are {id: text}; one is open at most.
    `reply_by` None: no day is set."""

    dossier = models.ForeignKey(Dossier, models.RESTRICT, related_name="requests")
    number = models.PositiveSmallIntegerField()
    questions = EncryptedJSONField()
    answers = EncryptedJSONField(default=dict)
    reply_by = models.DateField(null=True)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.RESTRICT, null=True, related_name="+")
    asked_at = models.DateTimeField()
    reminded_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("dossier", "number"), name="information_request_number"),
            models.UniqueConstraint(
                fields=("dossier",), condition=Q(closed_at__isnull=True), name="one_open_information_request"
            ),
        )
        ordering = ("number",)

    def __str__(self) -> str:
        return f"{self.dossier_id} ?{self.number}"


class Message(models.Model):
    """One line of the conversation. A staff note (`staff_only`) is never shown to an applicant."""

    dossier = models.ForeignKey(Dossier, models.RESTRICT, related_name="messages")
    body = EncryptedTextField()
    staff_only = models.BooleanField(default=False)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.RESTRICT, null=True, related_name="+")
    author_name = models.CharField(max_length=200)
    author_role = models.CharField(max_length=32)
    # For which one they wrote: people work for several, and leave one for another.
    organisation = models.ForeignKey("accounts.Organisation", models.RESTRICT, related_name="+", null=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ("at", "id")

    def __str__(self) -> str:
        return f"{self.dossier_id} @{self.at:%F}"
