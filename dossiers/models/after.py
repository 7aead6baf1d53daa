"""What follows a decision: an appeal against it; the treatments that go on once an authorisation has ended."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from dossiers.models.dossier import Dossier
from dossiers.models.title import Title
from earlyaccess.crypto import EncryptedTextField


class Appeal(models.Model):
    """A letter to the authority that decided (gracious), or a case before the administrative court."""

    class Kind(models.TextChoices):
        GRACIOUS = "gracious"
        COURT = "court"

    class Outcome(models.TextChoices):
        UPHELD = "upheld"  # the decision stands
        CHANGED = "changed"
        DROPPED = "dropped"

    dossier = models.ForeignKey(Dossier, models.RESTRICT, related_name="appeals")
    kind = models.CharField(max_length=16, choices=Kind.choices)
    lodged_on = models.DateField()
    grounds = EncryptedTextField(default="", blank=True)
    outcome = models.CharField(max_length=16, choices=Outcome.choices, blank=True)
    answered_on = models.DateField(null=True)
    answer = EncryptedTextField(default="", blank=True)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.RESTRICT, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(outcome="", answered_on__isnull=True)
                | (~Q(outcome="") & Q(answered_on__gte=F("lodged_on"))),
                name="an_appeal_is_answered_after_it_is_lodged",
            ),
        )
        ordering = ("lodged_on", "id")

    def __str__(self) -> str:
        return f"{self.dossier_id} {self.kind}"


class Continuity(models.Model):
    """The treatments under way when an authorisation ended: the holder supplies them at least until `ends_on`.

    Until `first_terms_until` they are covered as before. Both days are included (CSS L.162-16-5-4, D.163-3).
    """

    title = models.OneToOneField(Title, models.RESTRICT, related_name="continuity")
    starts_on = models.DateField()
    first_terms_until = models.DateField()
    ends_on = models.DateField()
    closed_on = models.DateField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("first_terms_until"), first_terms_until__gte=F("starts_on")),
                name="a_continuity_has_its_days_in_order",
            ),
        )
        indexes = (models.Index(fields=("ends_on",), condition=Q(closed_on__isnull=True), name="continuity_open"),)

    def __str__(self) -> str:
        return f"{self.title_id} -> {self.ends_on}"


class ContinuityCount(models.Model):
    """How many patients were still treated on a day, as the holder declared; `until`: the day they now go on to."""

    continuity = models.ForeignKey(Continuity, models.RESTRICT, related_name="counts")
    on = models.DateField()
    patients = models.PositiveIntegerField()
    until = models.DateField(null=True)
    declared_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.RESTRICT, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("continuity", "on"), name="one_count_a_day"),)
        ordering = ("on",)

    def __str__(self) -> str:
        return f"{self.continuity_id} {self.on}: {self.patients}"
