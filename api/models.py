"""Who may call the API: tokens, clients of organisations' systems; and what was called."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from earlyaccess.append_only import append_only


class SystemClient(models.Model):
    """A system of an organisation, which takes short tokens by OAuth2 client credentials (RFC 6749, 4.4).

    It acts under `membership`: that of a person who cannot sign in, and whose name is the system's. The secret itself
    is nowhere: `secret_digest` is its SHA-256, enough for 256 random bits.
    """

    client_id = models.CharField(max_length=40, unique=True)
    secret_digest = models.CharField(max_length=64)
    membership = models.OneToOneField("accounts.Membership", models.PROTECT, related_name="system_client")
    scopes = ArrayField(models.CharField(max_length=10))
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("created_at", "id")

    def __str__(self) -> str:
        return self.client_id


class ApiToken(models.Model):
    """A bearer token, known by its SHA-256 alone. `membership` is what its bearer acts as.

    It is null for a person of no organisation (a technical administrator), who sees nobody's file.
    """

    name = models.CharField(_("name"), max_length=100)
    digest = models.CharField(max_length=64, unique=True)
    # Its first characters, so that a person knows which of their tokens this is.
    hint = models.CharField(max_length=12)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="api_tokens")
    membership = models.ForeignKey("accounts.Membership", models.PROTECT, null=True, related_name="api_tokens")
    client = models.ForeignKey(SystemClient, models.PROTECT, null=True, related_name="tokens")
    scopes = ArrayField(models.CharField(max_length=10))
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-created_at", "-id")
        indexes = (models.Index(fields=("person", "-created_at"), name="api_token_of_person"),)

    def __str__(self) -> str:
        return f"{self.name} ({self.hint}...)"

    def holds_at(self, at: dt.datetime) -> bool:
        return self.revoked_at is None and at < self.expires_at


class ApiCall(models.Model):
    """One request answered to somebody known: who, what, with which answer. Never what was typed or read."""

    at = models.DateTimeField()
    method = models.CharField(max_length=7)
    path = models.CharField(max_length=200)
    status = models.PositiveSmallIntegerField()
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    role = models.CharField(max_length=30, blank=True)
    token = models.ForeignKey(ApiToken, models.PROTECT, null=True, related_name="calls")

    class Meta:
        indexes = (models.Index(fields=("token", "-at"), name="api_call_of_token"),)
        triggers = append_only("api_call")

    def __str__(self) -> str:
        return f"{self.method} {self.path} {self.status}"
