"""Who may act: people, the organisations they belong to, under which role and since when."""

from __future__ import annotations

import datetime as dt
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalogue.identifiers import validate_finess, validate_rpps, validate_siren
from workflows import roles

ROLE_CHOICES = [(code, roles.LABELS[code]) for code in roles.LABELS if code != roles.SYSTEM]


class PersonManager(BaseUserManager["Person"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> Person:
        """Without a password the account exists but nobody can sign in until one is set through a mailed link."""
        if not email:
            raise ValueError("a person needs an e-mail address")
        person = self.model(email=email, **fields)
        person.set_password(password)
        person.save(using=self._db)
        return person

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> Person:
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> Person:
        return self.get(email=(username or "").strip().lower())


class Person(AbstractBaseUser, PermissionsMixin):
    """A human being with an e-mail address. What they may do comes from a membership, never from this row."""

    class Language(models.TextChoices):
        FRENCH = "fr", "Français"
        ENGLISH = "en", "English"

    email = models.EmailField(_("e-mail address"), unique=True)
    first_name = models.CharField(_("first name"), max_length=100)
    last_name = models.CharField(_("last name"), max_length=100)
    # Null and not "" when unknown: the column is unique.
    rpps = models.CharField(  # noqa: DJ001
        _("RPPS number"), max_length=11, null=True, blank=True, unique=True, validators=[validate_rpps]
    )
    language = models.CharField(_("language"), max_length=2, choices=Language.choices, default=Language.FRENCH)
    is_active = models.BooleanField(_("may sign in"), default=True)
    is_staff = models.BooleanField(
        _("technical administrator"), default=False, help_text=_("Runs the site; reads no dossier by virtue of it.")
    )
    date_joined = models.DateTimeField(_("since"), default=timezone.now)

    objects: ClassVar[PersonManager] = PersonManager()

    EMAIL_FIELD = "email"
    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["first_name", "last_name"]

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        constraints = [models.UniqueConstraint(Lower("email"), name="person_email_unique_whatever_the_case")]

    def __str__(self) -> str:
        return self.full_name

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.email = self.email.strip().lower()
        self.rpps = self.rpps or None
        super().save(*args, **kwargs)

    def clean(self) -> None:
        super().clean()
        self.email = self.email.strip().lower()
        self.rpps = self.rpps or None

    @property
    def full_name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip() or self.email

    def get_full_name(self) -> str:
        return self.full_name

    def get_short_name(self) -> str:
        return self.first_name or self.full_name


class Organisation(models.Model):
    """Files belong to it, not to the person who typed them."""

    class Kind(models.TextChoices):
        ESTABLISHMENT = roles.ESTABLISHMENT, _("Health establishment")
        COMPANY = roles.COMPANY, _("Company")
        PROJECT = roles.PROJECT, _("Academic or start-up project")
        REPORTING_BODY = roles.REPORTING_BODY, _("Reporting body")
        ANSM = roles.ANSM, _("ANSM")
        HAS = roles.HAS, _("HAS")
        MINISTRY = roles.MINISTRY, _("Ministry")

    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices)
    name = models.CharField(_("name"), max_length=200)
    finess_et = models.CharField(_("geographic FINESS number"), max_length=9, blank=True, validators=[validate_finess])
    finess_ej = models.CharField(_("legal FINESS number"), max_length=9, blank=True, validators=[validate_finess])
    siren = models.CharField(_("SIREN number"), max_length=9, blank=True, validators=[validate_siren])
    address = models.TextField(_("address"), blank=True)
    phone = models.CharField(_("phone"), max_length=30, blank=True)
    email = models.EmailField(_("e-mail address"), blank=True)
    pharmacy_name = models.CharField(_("hospital pharmacy"), max_length=200, blank=True)
    pharmacy_address = models.TextField(_("address of the hospital pharmacy"), blank=True)
    pharmacy_phone = models.CharField(_("phone of the hospital pharmacy"), max_length=30, blank=True)
    pharmacy_email = models.EmailField(_("e-mail of the hospital pharmacy"), blank=True)

    class Meta:
        verbose_name = _("organisation")
        verbose_name_plural = _("organisations")
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["finess_et"], condition=~models.Q(finess_et=""), name="organisation_one_per_finess_et"
            ),
            models.CheckConstraint(
                condition=models.Q(kind__in=sorted(roles.ROLES_BY_ORGANISATION_KIND)), name="organisation_kind_known"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def allowed_roles(self) -> frozenset[str]:
        """Role codes its members may hold (domain/workflows.md, Roles)."""
        return roles.ROLES_BY_ORGANISATION_KIND[self.kind] | roles.ANYWHERE


class MembershipQuerySet(models.QuerySet["Membership"]):
    def open_on(self, on: dt.date) -> MembershipQuerySet:
        """Those a person may act under on that civil day (Europe/Paris)."""
        return self.filter(starts_on__lte=on).filter(models.Q(ends_on=None) | models.Q(ends_on__gt=on))


class Membership(models.Model):
    """A person in an organisation under one role. It is never deleted: acts refer to it.

    `ends_on` is the first day it no longer holds, so that somebody sent away today loses their access today.
    """

    person = models.ForeignKey(Person, models.PROTECT, related_name="memberships")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="memberships")
    role = models.CharField(_("role"), max_length=30, choices=ROLE_CHOICES)
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("ended on"), null=True, blank=True)
    quality = models.CharField(_("position"), max_length=100, blank=True, help_text=_("As printed in letters."))
    speciality = models.CharField(_("speciality"), max_length=100, blank=True)
    ward = models.CharField(_("ward"), max_length=150, blank=True)
    phone = models.CharField(_("phone"), max_length=30, blank=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        ordering = ["starts_on", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "organisation", "role"],
                condition=models.Q(ends_on=None),
                name="membership_one_open_per_role",
            ),
            models.CheckConstraint(condition=models.Q(role__in=sorted(roles.ALL)), name="membership_role_known"),
            models.CheckConstraint(
                condition=models.Q(ends_on=None) | models.Q(ends_on__gte=models.F("starts_on")),
                name="membership_ends_after_start",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} - {self.get_role_display()}, {self.organisation}"

    def clean(self) -> None:
        super().clean()
        if self.organisation_id and self.role and self.role not in self.organisation.allowed_roles:
            raise ValidationError(
                {"role": ValidationError(_("This role does not exist in this kind of organisation."), code="role")}
            )

    def is_open(self, on: dt.date) -> bool:
        return self.starts_on <= on and (self.ends_on is None or on < self.ends_on)


class Delegation(models.Model):
    """The head of a body lets one of its members sign in their name: printed in the letter, checked before signing."""

    membership = models.ForeignKey(Membership, models.PROTECT, related_name="delegations")
    delegator_name = models.CharField(_("delegated by"), max_length=200)
    delegator_title = models.CharField(_("title of the delegator"), max_length=200)
    reference = models.CharField(_("reference of the act of delegation"), max_length=200)
    procedures = ArrayField(models.CharField(max_length=30), verbose_name=_("procedures"))
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("until"), null=True, blank=True)

    class Meta:
        verbose_name = _("delegation of signature")
        verbose_name_plural = _("delegations of signature")
        ordering = ["starts_on", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends_on=None) | models.Q(ends_on__gte=models.F("starts_on")),
                name="delegation_ends_after_start",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reference} ({self.delegator_name})"

    @classmethod
    def in_force(cls, membership: Membership | int, procedure: str, on: dt.date) -> Delegation | None:
        """The latest delegation that covers this procedure on this civil day, if any."""
        return (
            cls.objects.filter(membership=membership, procedures__contains=[procedure], starts_on__lte=on)
            .filter(models.Q(ends_on=None) | models.Q(ends_on__gte=on))
            .order_by("-starts_on", "-pk")
            .first()
        )
