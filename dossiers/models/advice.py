"""What the Innovation and Referral Service keeps of a request: its desk, its meeting, its minutes, its written opinion.

Minutes and agreements are proof: the database refuses to change or to delete them.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from dossiers.models.decision import Decision
from dossiers.models.dossier import Dossier
from earlyaccess.append_only import append_only
from earlyaccess.crypto import EncryptedJSONField, EncryptedTextField
from workflows.advice_guards import BODIES, CLASSES, DESKS, POSITIONS, SIDES


class Routing(models.Model):
    """The desk that answers. `redirected_to` and `reply`: the body to which the applicant was sent instead, or why the
    request is not eligible."""

    dossier = models.OneToOneField(Dossier, models.RESTRICT, related_name="routing")
    desk = models.CharField(max_length=32, choices=DESKS, blank=True)
    redirected_to = models.CharField(max_length=32, choices=BODIES, blank=True)
    body_name = models.CharField(max_length=300, blank=True)
    reply = EncryptedTextField(blank=True, default="")
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.dossier_id} {self.desk or self.redirected_to}"


class Meeting(models.Model):
    """One meeting with the applicant, an hour from `starts_at`. `held_on` may differ when both sides moved it.

    `place` may be the link of a video conference, which opens to whoever has it: encrypted.
    """

    dossier = models.OneToOneField(Dossier, models.RESTRICT, related_name="meeting")
    starts_at = models.DateTimeField()
    place = EncryptedTextField()
    planned_at = models.DateTimeField()
    briefing_sent_at = models.DateTimeField(null=True)
    slides_sent_at = models.DateTimeField(null=True)
    held_on = models.DateField(null=True)
    participants = EncryptedTextField(blank=True, default="")

    class Meta:
        indexes = (models.Index(fields=("starts_at",), condition=Q(held_on__isnull=True), name="meeting_to_come"),)

    def __str__(self) -> str:
        return f"{self.dossier_id} {self.starts_at:%F %H:%M}"


class MinutesVersion(models.Model):
    """One text of the minutes; the last one is current. `side`: whose it is. `sha256` is taken over the text."""

    dossier = models.ForeignKey(Dossier, models.RESTRICT, related_name="minutes")
    number = models.PositiveSmallIntegerField()
    text = EncryptedTextField()
    sha256 = models.CharField(max_length=64)
    side = models.CharField(max_length=16, choices=SIDES)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.RESTRICT, null=True, related_name="+")
    author_name = models.CharField(max_length=200)
    at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("dossier", "number"), name="minutes_number"),)
        ordering = ("number",)
        triggers = append_only("minutes_version")

    def __str__(self) -> str:
        return f"{self.dossier_id} minutes v{self.number}"


class MinutesAgreement(models.Model):
    """One side agrees to one version: both, to the same one, make it final."""

    version = models.ForeignKey(MinutesVersion, models.RESTRICT, related_name="agreements")
    side = models.CharField(max_length=16, choices=SIDES)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.RESTRICT, null=True, related_name="+")
    person_name = models.CharField(max_length=200)
    at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("version", "side"), name="one_agreement_of_a_side"),)
        ordering = ("id",)
        triggers = append_only("minutes_agreement")

    def __str__(self) -> str:
        return f"{self.version_id} {self.side}"


class WrittenOpinion(models.Model):
    """What a written opinion says besides its conclusion, which is the decision's reasons. `answers` is {number of the
    question: text}, `questions` the questions as they were asked, under the same numbers."""

    decision = models.OneToOneField(Decision, models.RESTRICT, related_name="written_opinion")
    questions = EncryptedJSONField(default=dict)
    answers = EncryptedJSONField(default=dict)
    position = models.CharField(max_length=16, choices=POSITIONS, blank=True)
    device_class = models.CharField(max_length=8, choices=CLASSES, blank=True)

    def __str__(self) -> str:
        return f"opinion {self.decision_id}"

    @property
    def pairs(self) -> list[dict[str, str]]:
        """Each question with its answer, in order."""
        return [{"question": words, "answer": self.answers.get(key, "")} for key, words in self.questions.items()]
