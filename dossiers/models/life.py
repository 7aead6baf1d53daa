"""What happens to a title between its first and its last day: comments invited before a sanction, obligations."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from dossiers.models.title import Title
from earlyaccess.crypto import EncryptedTextField


class CommentInvitation(models.Model):
    """The holders are told what the authority intends and may comment before it decides (R.5121-74-8).

    `intended` is the transition of the title machine that may follow. At most one is open at a time. `answered_at`:
    when the last of them had commented.
    """

    title = models.ForeignKey(Title, models.RESTRICT, related_name="comment_invitations")
    intended = models.CharField(max_length=32)
    grounds = EncryptedTextField()
    reply_by = models.DateField()
    invited_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.RESTRICT, null=True, related_name="+")
    invited_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    # Set by the decision that follows, or when the authority gives its intention up.
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("title",), condition=Q(closed_at__isnull=True), name="one_open_comment_invitation"
            ),
        )
        ordering = ("invited_at", "id")

    def __str__(self) -> str:
        return f"{self.title_id} {self.intended}"


class HolderComments(models.Model):
    """What one holder of the title comments, once for all its people: of several companies each is heard by itself."""

    invitation = models.ForeignKey(CommentInvitation, models.RESTRICT, related_name="answers")
    organisation = models.ForeignKey("accounts.Organisation", models.RESTRICT, related_name="+")
    text = EncryptedTextField()
    given_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.RESTRICT, null=True, related_name="+")
    given_by_name = models.CharField(max_length=200, blank=True)
    given_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("invitation", "organisation"), name="each_holder_comments_once"),
        )
        ordering = ("given_at", "id")

    def __str__(self) -> str:
        return f"{self.invitation_id} {self.organisation_id}"


class Obligation(models.Model):
    """Something a title obliges to by a day: a report, a notice, an undertaking, a condition.

    `due_on` is the last day to do it. One that repeats (`every_months`) opens its next occurrence when it is done, as
    long as the title lives. `holder`: the organisation that owes it, empty when the agency does; of several companies
    that hold one title each owes its own. `text` says what is owed and may name a patient: encrypted, and never in a
    mail.
    """

    class Kind(models.TextChoices):
        REPORT = "report", _("Report")
        NOTICE = "notice", pgettext_lazy("an obligation", "Notice")
        UNDERTAKING = "undertaking", _("Undertaking")
        CONDITION = "condition", _("Condition")

    class OwedBy(models.TextChoices):
        HOLDER = "holder", _("The holder of the authorisation")
        AGENCY = "agency", _("The agency")

    class State(models.TextChoices):
        OPEN = "open", _("To do")
        DONE = "done", pgettext_lazy("an obligation", "Done")
        CANCELLED = "cancelled", _("Cancelled")

    title = models.ForeignKey(Title, models.RESTRICT, related_name="obligations")
    kind = models.CharField(max_length=16, choices=Kind.choices)
    owed_by = models.CharField(max_length=8, choices=OwedBy.choices)
    holder = models.ForeignKey("accounts.Organisation", models.RESTRICT, null=True, related_name="obligations")
    text = EncryptedTextField()
    law = models.CharField(max_length=120, blank=True)
    due_on = models.DateField()
    every_months = models.PositiveSmallIntegerField(null=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    previous = models.OneToOneField("self", models.RESTRICT, null=True, related_name="next")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.RESTRICT, null=True, related_name="+")
    created_at = models.DateTimeField()
    done_on = models.DateField(null=True)
    done_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.RESTRICT, null=True, related_name="+")
    done_by_name = models.CharField(max_length=200, blank=True)
    # The proof: what was done, in words, and the document that shows it when there is one.
    proof = EncryptedTextField(blank=True, default="")
    document = models.ForeignKey("documents.Attachment", models.RESTRICT, null=True, related_name="+")
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(kind__in=("report", "notice", "undertaking", "condition")), name="obligation_kind_known"
            ),
            models.CheckConstraint(condition=Q(owed_by__in=("holder", "agency")), name="obligation_owed_by_known"),
            models.CheckConstraint(
                condition=Q(owed_by="holder", holder__isnull=False) | Q(owed_by="agency", holder__isnull=True),
                name="obligation_is_owed_by_one",
            ),
            models.CheckConstraint(condition=Q(state__in=("open", "done", "cancelled")), name="obligation_state_known"),
            models.CheckConstraint(
                condition=Q(state="open", closed_at__isnull=True) | (~Q(state="open") & Q(closed_at__isnull=False)),
                name="obligation_closed_has_a_date",
            ),
            models.CheckConstraint(
                condition=~Q(state="done") | Q(done_on__isnull=False), name="obligation_done_has_a_day"
            ),
        )
        indexes = (
            # What is to do: costs the same after ten years of obligations done.
            models.Index(fields=("due_on", "id"), condition=Q(state="open"), name="obligation_to_do"),
            # The same of one organisation, whose list starts from it.
            models.Index(
                fields=("holder", "due_on", "id"), condition=Q(state="open"), name="obligation_to_do_of_holder"
            ),
        )
        ordering = ("due_on", "id")

    def __str__(self) -> str:
        return f"{self.title_id} {self.kind} {self.due_on}"
