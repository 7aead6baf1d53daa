"""The patients followed under an early access (AAP) by its protocol, the PUT-RD (CSP R.5121-70 and R.5121-70-1).

What helps to recognise a patient lies in columns of its own (`identity`, `personal`), so that what the company reads is
a query that never names them. All that is said of a patient is encrypted; days are not, lists are ordered by them.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from cohort.states import STATES
from dossiers.models import Title
from earlyaccess.append_only import append_only
from earlyaccess.crypto import EncryptedJSONField, EncryptedTextField
from workflows.putrd import FORMS


class Inclusion(models.Model):
    """One patient of one hospital in one cohort. `state` moves only through `cohort.services.step`.

    A cohort is a chain of titles: a renewal goes on with the same patients. `pseudonym` ("AAP-2026-000012/0007") is the
    chain and the rank in which inclusions were begun: nothing of the patient is in it. `identity`: initials and month
    of birth, the hospital's alone. `profile`: age band and sex, which the company may read. `next_due_on` is derived:
    the day of the earliest visit whose form is not signed.
    """

    title = models.ForeignKey(Title, models.RESTRICT, related_name="inclusions")
    chain = models.CharField(max_length=32)
    rank = models.PositiveIntegerField()
    pseudonym = models.CharField(max_length=48, unique=True)
    organisation = models.ForeignKey("accounts.Organisation", models.RESTRICT, related_name="inclusions")
    state = models.CharField(max_length=16, default="draft")
    version = models.PositiveIntegerField(default=1)
    identity = EncryptedJSONField(default=dict)
    profile = EncryptedJSONField(default=dict)
    # The AAC of the same patient in the same hospital from which the request was pre-filled, by its number.
    source = models.CharField(max_length=40, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.RESTRICT, null=True, related_name="+")
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    asked_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    access_number = models.CharField(max_length=40, blank=True)
    # The words of the last refusal, return or renunciation.
    reason = EncryptedTextField(blank=True, default="")
    started_on = models.DateField(null=True)
    stopped_on = models.DateField(null=True)
    next_due_on = models.DateField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("chain", "rank"), name="inclusion_rank"),
            models.UniqueConstraint(
                fields=("chain", "access_number"), condition=~Q(access_number=""), name="inclusion_access_number"
            ),
            models.CheckConstraint(condition=Q(state__in=sorted(STATES)), name="inclusion_state_known"),
            models.CheckConstraint(
                condition=~Q(state__in=("treated", "stopped")) | Q(started_on__isnull=False),
                name="inclusion_treated_has_a_first_day",
            ),
            models.CheckConstraint(
                condition=Q(stopped_on__isnull=True) | Q(stopped_on__gte=F("started_on")),
                name="inclusion_stops_after_it_starts",
            ),
        )
        indexes = (
            models.Index(fields=("organisation", "state", "next_due_on", "id"), name="inclusion_of_hospital"),
            models.Index(fields=("chain", "state", "id"), name="inclusion_of_cohort"),
        )
        ordering = ("chain", "rank")

    def __str__(self) -> str:
        return self.pseudonym


class InclusionKey(models.Model):
    """The idempotency key under which another system began an inclusion: sent again, it begins no other patient."""

    key = models.CharField(max_length=200)
    actor_key = models.CharField(max_length=80)
    request_hash = models.CharField(max_length=64)
    inclusion = models.ForeignKey(Inclusion, models.RESTRICT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("actor_key", "key"), name="one_inclusion_per_key"),)

    def __str__(self) -> str:
        return self.key


class CohortForm(models.Model):
    """One form of the protocol for one patient: a draft until `signed_at`, then proof of what was observed.

    `visit` counts follow-up visits from 1, and is 0 for the three other forms. `due_on`: the day of the protocol's
    calendar, empty for a form that none expects. `personal` holds what helps to recognise the patient.
    """

    inclusion = models.ForeignKey(Inclusion, models.RESTRICT, related_name="forms")
    form = models.CharField(max_length=16)
    visit = models.PositiveSmallIntegerField(default=0)
    visit_label = models.CharField(max_length=120, blank=True)
    due_on = models.DateField(null=True)
    answers = EncryptedJSONField(default=dict)
    personal = EncryptedJSONField(default=dict)
    version = models.PositiveIntegerField(default=0)
    saved_at = models.DateTimeField(null=True)
    saved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.RESTRICT, null=True, related_name="+")
    signed_at = models.DateTimeField(null=True)
    signed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.RESTRICT, null=True, related_name="+")
    signed_by_name = models.CharField(max_length=200, blank=True)
    # The access request alone bears two signatures (PUT-RD, annex 1).
    pharmacist_at = models.DateTimeField(null=True)
    pharmacist_name = models.CharField(max_length=200, blank=True)
    # A visit that the end of the treatment made needless.
    cancelled_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("inclusion", "form", "visit"), name="one_form_per_visit"),
            models.CheckConstraint(
                condition=Q(form__in=sorted(code for code, _label in FORMS)), name="cohort_form_known"
            ),
            models.CheckConstraint(
                condition=Q(form="follow_up", visit__gt=0) | (~Q(form="follow_up") & Q(visit=0)),
                name="only_follow_ups_are_counted",
            ),
        )
        indexes = (
            models.Index(
                fields=("due_on", "id"), condition=Q(signed_at=None, cancelled_at=None), name="cohort_form_to_fill"
            ),
        )
        ordering = ("inclusion", "id")

    def __str__(self) -> str:
        return f"{self.inclusion_id} {self.form} {self.visit}"


class CohortEvent(models.Model):
    """One act on an inclusion, chained by hash to the one before it: never changed, never deleted.

    `payload` may hold a person's words about a patient: encrypted.
    """

    inclusion = models.ForeignKey(Inclusion, models.RESTRICT, related_name="events")
    seq = models.PositiveIntegerField()
    verb = models.CharField(max_length=24)
    source = models.CharField(max_length=16, blank=True)
    target = models.CharField(max_length=16, blank=True)
    at = models.DateTimeField()
    actor_role = models.CharField(max_length=32)
    actor_person = models.ForeignKey(settings.AUTH_USER_MODEL, models.RESTRICT, null=True, related_name="+")
    actor_name = models.CharField(max_length=200, blank=True)
    actor_organisation = models.CharField(max_length=200, blank=True)
    payload = EncryptedJSONField(default=dict)
    previous_hash = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("inclusion", "seq"), name="cohort_event_seq"),)
        ordering = ("inclusion", "seq")
        triggers = append_only("cohort_event")

    def __str__(self) -> str:
        return f"{self.inclusion_id}#{self.seq} {self.verb}"


class VigilanceNotice(models.Model):
    """A signed form tells of an adverse effect or of a special situation: the company's pharmacovigilance and ANSM's
    vigilance each acknowledge it. What happened is read in the form."""

    class Side(models.TextChoices):
        COMPANY = "company", _("The company's pharmacovigilance")
        AGENCY = "agency", _("ANSM vigilance")

    form = models.OneToOneField(CohortForm, models.RESTRICT, related_name="notice")
    inclusion = models.ForeignKey(Inclusion, models.RESTRICT, related_name="notices")
    created_at = models.DateTimeField()
    company_at = models.DateTimeField(null=True)
    company_name = models.CharField(max_length=200, blank=True)
    agency_at = models.DateTimeField(null=True)
    agency_name = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes = (models.Index(fields=("-created_at", "-id"), name="vigilance_latest"),)
        ordering = ("-created_at", "-id")

    def __str__(self) -> str:
        return f"{self.inclusion_id} {self.created_at:%Y-%m-%d}"


class Agreement(models.Model):
    """What a company pays a hospital for entering the data of a protocol, by form (arrêté of 15 April 2022, standard
    agreement, Journal officiel of 23 April 2022). `tariff`: {form: euros, as text}."""

    chain = models.CharField(max_length=32)
    organisation = models.ForeignKey("accounts.Organisation", models.RESTRICT, related_name="cohort_agreements")
    reference = models.CharField(max_length=80, blank=True)
    signed_on = models.DateField()
    tariff = models.JSONField(default=dict)
    noted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.RESTRICT, null=True, related_name="+")
    noted_at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("chain", "organisation"), name="one_agreement_per_hospital"),)
        ordering = ("chain", "organisation")

    def __str__(self) -> str:
        return f"{self.chain} {self.organisation_id}"


class Payment(models.Model):
    """So many signed forms of one kind paid to a hospital: a line of account, never altered."""

    agreement = models.ForeignKey(Agreement, models.RESTRICT, related_name="payments")
    form = models.CharField(max_length=16)
    count = models.PositiveIntegerField()
    amount = models.DecimalField(max_digits=12, decimal_places=2)
    paid_on = models.DateField()
    noted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.RESTRICT, null=True, related_name="+")
    noted_at = models.DateTimeField()

    class Meta:
        constraints = (models.CheckConstraint(condition=Q(count__gt=0), name="payment_counts_something"),)
        ordering = ("paid_on", "id")
        triggers = append_only("cohort_payment")

    def __str__(self) -> str:
        return f"{self.agreement_id} {self.form} {self.count}"
