"""An expert asked about one file: what is asked, the links declared, the opinion given."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from dossiers.models.dossier import Dossier
from earlyaccess.crypto import EncryptedTextField


class ExpertMission(models.Model):
    """Until its last day `until`, and once they declared that they have no conflict of interest (CSP L.1451-1), the
    expert reads the file and gives an opinion, once. The opinion is the agency's own: applicants never read it.

    `conflict` None: nothing is declared yet; True: the mission ended with it.
    """

    dossier = models.ForeignKey(Dossier, models.RESTRICT, related_name="missions")
    expert = models.ForeignKey("accounts.Membership", models.RESTRICT, related_name="missions")
    question = EncryptedTextField()
    until = models.DateField()
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.RESTRICT, null=True, related_name="+")
    asked_by_role = models.CharField(max_length=32)
    asked_at = models.DateTimeField()
    declared_at = models.DateTimeField(null=True)
    conflict = models.BooleanField(null=True)
    declaration = EncryptedTextField(blank=True, default="")
    opinion = EncryptedTextField(blank=True, default="")
    given_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("dossier", "expert"), condition=Q(ended_at__isnull=True), name="one_open_mission_of_an_expert"
            ),
            models.CheckConstraint(
                condition=Q(given_at__isnull=True) | Q(conflict=False), name="an_opinion_follows_a_declaration"
            ),
        )
        ordering = ("asked_at", "id")

    def __str__(self) -> str:
        return f"{self.dossier_id} {self.expert_id}"
