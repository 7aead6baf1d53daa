"""What exists: medicines, the indications they may be asked for, and the criteria in force on a given day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeBoundary, RangeOperators
from django.contrib.postgres.indexes import GinIndex
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Func, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalogue import identifiers
from catalogue.text import search_key
from earlyaccess.append_only import append_only
from workflows.dates import say


class Source(models.TextChoices):
    BDPM = "bdpm", _("Public medicines database (BDPM)")
    REFERENTIAL = "referential", _("Early-access referential")


class Verification(models.TextChoices):
    """How far an entry was checked against a page somebody read."""

    SOURCED = "sourced", _("Read on the cited page")
    PARTLY = "partly", _("Partly read on the cited page")
    IMPORTED = "imported", _("Imported from the public medicines database")
    ENTERED = "entered", _("Entered by ANSM")


class Medicine(models.Model):
    """One medicine: a speciality with its strength and form, or a product known only by a code name.

    `denomination` is the full name as its source writes it; `name` is what is left of it once the strength and the
    form are apart. `restricted_class` is the French label of a class of CSP R.5121-36, printed in letters.
    `invented_fields` names the fields filled for the demonstration and confirmed by no source.
    """

    denomination = models.CharField(_("full name"), max_length=400, blank=True)
    name = models.CharField(_("name"), max_length=400)
    inn = models.CharField(_("substance (INN)"), max_length=400, blank=True)
    code_name = models.CharField(_("code name"), max_length=100, blank=True)
    form = models.CharField(_("form"), max_length=300, blank=True)
    strength = models.CharField(_("strength"), max_length=200, blank=True)
    route = models.CharField(_("route"), max_length=300, blank=True)
    holder = models.CharField(_("rights holder"), max_length=300, blank=True)
    atc = models.CharField(_("ATC code"), max_length=7, blank=True, validators=[identifiers.validate_atc])
    cis = models.CharField(
        _("CIS code"), max_length=8, null=True, blank=True, unique=True, validators=[identifiers.validate_cis]
    )
    cip13 = models.CharField(
        _("CIP13 code"), max_length=13, blank=True, db_index=True, validators=[identifiers.validate_cip13]
    )
    ucd13 = models.CharField(
        _("UCD13 code"), max_length=13, blank=True, db_index=True, validators=[identifiers.validate_ucd13]
    )
    source = models.CharField(_("source"), max_length=20, choices=Source.choices)
    verification = models.CharField(
        _("verification"), max_length=20, choices=Verification.choices, default=Verification.ENTERED
    )
    has_ma = models.BooleanField(_("has a marketing authorisation"), default=False)
    marketed = models.BooleanField(_("marketed in France"), default=False)
    ma_status = models.CharField(_("status of the authorisation"), max_length=100, blank=True)
    ma_procedure = models.CharField(_("procedure of the authorisation"), max_length=100, blank=True)
    marketing_status = models.CharField(_("marketing status"), max_length=100, blank=True)
    ma_on = models.DateField(_("date of the authorisation"), null=True, blank=True)
    eu_number = models.CharField(_("EU number"), max_length=50, blank=True)
    enhanced_monitoring = models.BooleanField(_("additional monitoring"), default=False)
    restricted_class = models.CharField(_("restricted prescription class"), max_length=300, blank=True)
    source_urls = models.JSONField(_("sources"), default=list, blank=True)
    notes = models.TextField(_("status as published"), blank=True)
    invented_fields = models.JSONField(_("fields invented for the demonstration"), default=list, blank=True)
    search = models.TextField(editable=False)
    names = models.TextField(editable=False)
    sort_key = models.CharField(max_length=400, editable=False)

    class Meta:
        verbose_name = _("medicine")
        verbose_name_plural = _("medicines")
        ordering = ["sort_key", "id"]
        indexes = [
            # No fast update: with thousands of pending rows after an import the planner would not use the index.
            GinIndex(name="medicine_search_trgm", fields=["search"], opclasses=["gin_trgm_ops"], fastupdate=False),
            # Mistakes are looked for in names only: a form such as "granulés" looks like too many others.
            GinIndex(name="medicine_names_trgm", fields=["names"], opclasses=["gin_trgm_ops"], fastupdate=False),
            models.Index(name="medicine_by_name", fields=["sort_key", "id"]),
        ]
        constraints = [
            models.CheckConstraint(name="medicine_source_known", condition=Q(source__in=Source.values)),
            models.CheckConstraint(name="medicine_cis_not_empty", condition=~Q(cis="")),
        ]

    def __str__(self) -> str:
        if self.denomination:
            return self.denomination
        called = " ".join(part for part in (self.name, self.strength) if part)
        return f"{called}, {self.form}" if self.form else called

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.refresh_keys()
        fields: Iterable[str] | None = kwargs.get("update_fields")
        if fields is not None:
            kwargs["update_fields"] = {*fields, "search", "names", "sort_key"}
        super().save(*args, **kwargs)

    def get_absolute_url(self) -> str:
        return reverse("catalogue:medicine", args=[self.pk])

    def refresh_keys(self) -> None:
        """Recompute what is searched and sorted by. Bulk writers call it themselves: they do not pass by `save`."""
        self.search = search_key(self.name, self.strength, self.inn, self.code_name, self.form)
        self.names = search_key(self.name, self.inn, self.code_name)
        self.sort_key = search_key(self.name)[:400]

    @property
    def has_current_ma(self) -> bool:
        """An MA with the medicine on the French market: AAC is then not the route (CSP L.5121-12-1 II)."""
        return self.has_ma and self.marketed


class Indication(models.Model):
    """A referential entry: one medicine in one indication.

    `ma_since` and `aap_since`: an MA or an early access (AAP) covers this indication from that day, which ends new
    AACs. `put_*`: the protocol for therapeutic use and patient follow-up (PUT-SP), published or not.
    `put_followup_months`: each authorisation owes follow-up data that often from its first day (none: never).
    `automatic_grant`: ANSM lets requests that meet the criteria be granted by the application itself.
    `company_undertaking_on`: when the company undertook to file an AAP (very early access only).
    `max_days`: longest period of one AAC; the law's own limit is one year.
    """

    medicine = models.ForeignKey(Medicine, on_delete=models.PROTECT, related_name="indications")
    label = models.TextField(_("indication"))
    cim10 = models.CharField(_("ICD-10 code"), max_length=10, blank=True, validators=[identifiers.validate_cim10])
    orpha = models.CharField(_("ORPHA code"), max_length=6, blank=True, validators=[identifiers.validate_orpha])
    rare = models.BooleanField(_("rare disease"), default=False)
    ma_since = models.DateField(_("covered by an MA since"), null=True, blank=True)
    aap_since = models.DateField(_("covered by an early access (AAP) since"), null=True, blank=True)
    put_reference = models.CharField(_("PUT-SP reference"), max_length=100, blank=True)
    put_url = models.URLField(_("PUT-SP address"), max_length=500, blank=True)
    put_published_on = models.DateField(_("PUT-SP published on"), null=True, blank=True)
    put_followup_months = models.PositiveSmallIntegerField(
        _("follow-up data required every (months)"), null=True, blank=True, validators=[MinValueValidator(1)]
    )
    automatic_grant = models.BooleanField(_("granted automatically when the criteria are met"), default=False)
    accepts_very_early = models.BooleanField(_("very early access possible"), default=False)
    company_undertaking_on = models.DateField(_("company's undertaking to file an AAP"), null=True, blank=True)
    max_days = models.PositiveSmallIntegerField(
        _("longest period (days)"), default=365, validators=[MinValueValidator(1)]
    )
    opened_on = models.DateField(_("first grant"), null=True, blank=True)
    closed_on = models.DateField(_("closed to new requests since"), null=True, blank=True)
    source_urls = models.JSONField(_("sources"), default=list, blank=True)
    invented = models.BooleanField(_("partly invented for the demonstration"), default=False)
    invented_fields = models.JSONField(_("fields invented for the demonstration"), default=list, blank=True)

    class Meta:
        verbose_name = _("indication")
        verbose_name_plural = _("indications")
        ordering = ["medicine_id", "id"]
        constraints = [
            models.UniqueConstraint(name="indication_once_per_medicine", fields=["medicine", "label"]),
            models.CheckConstraint(
                name="indication_within_one_year", condition=Q(max_days__gte=1) & Q(max_days__lte=366)
            ),
            models.CheckConstraint(
                name="indication_closed_after_opened",
                condition=Q(closed_on__isnull=True) | Q(opened_on__isnull=True) | Q(closed_on__gte=F("opened_on")),
            ),
        ]

    def __str__(self) -> str:
        return self.label

    def is_open(self, on: dt.date) -> bool:
        """Whether a new AAC may be asked for: not closed, and neither an MA nor an AAP covers it on that day."""
        ends = (self.closed_on, self.ma_since, self.aap_since)
        return not any(day is not None and day <= on for day in ends)


class Sex(models.TextChoices):
    FEMALE = "F", _("Female")
    MALE = "M", _("Male")


class DaysInForce(Func):
    """The days from one date to another, both included; without an end when the second is null."""

    function = "DATERANGE"
    output_field = DateRangeField()


class CriteriaVersion(models.Model):
    """The grant criteria of an indication from `starts_on` to `ends_on` (both days included; empty: until replaced).

    `review_on`: when ANSM said it would look at them again. `invented`: the text was written for the demonstration.
    Ages are in completed months. `max_daily_dose` is in `dose_unit` per day.
    """

    indication = models.ForeignKey(Indication, on_delete=models.PROTECT, related_name="criteria_versions")
    number = models.PositiveSmallIntegerField(_("version"))
    starts_on = models.DateField(_("in force from"))
    ends_on = models.DateField(_("in force until"), null=True, blank=True)
    review_on = models.DateField(_("to be reviewed on"), null=True, blank=True)
    invented = models.BooleanField(_("criteria text written for the demonstration"), default=False)
    source_url = models.URLField(_("source"), max_length=500, blank=True)
    min_age_months = models.PositiveSmallIntegerField(_("youngest age (months)"), null=True, blank=True)
    max_age_months = models.PositiveSmallIntegerField(_("oldest age (months)"), null=True, blank=True)
    sex = models.CharField(_("only for this sex"), max_length=1, choices=Sex.choices, blank=True)
    max_daily_dose = models.DecimalField(
        _("highest daily dose"), max_digits=12, decimal_places=3, null=True, blank=True
    )
    dose_unit = models.CharField(_("unit of the dose"), max_length=30, blank=True)
    published_at = models.DateTimeField(_("published at"), null=True, blank=True)
    published_by = models.CharField(_("published by"), max_length=300, blank=True)
    published_by_id = models.BigIntegerField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("criteria version")
        verbose_name_plural = _("criteria versions")
        ordering = ["indication_id", "-number"]
        constraints = [
            models.UniqueConstraint(name="criteria_number_once", fields=["indication", "number"]),
            models.CheckConstraint(
                name="criteria_end_after_start", condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on"))
            ),
            models.CheckConstraint(
                name="criteria_ages_in_order",
                condition=Q(min_age_months__isnull=True)
                | Q(max_age_months__isnull=True)
                | Q(min_age_months__lte=F("max_age_months")),
            ),
            ExclusionConstraint(
                name="criteria_versions_do_not_overlap",
                expressions=[
                    ("indication", RangeOperators.EQUAL),
                    (
                        DaysInForce("starts_on", "ends_on", RangeBoundary(inclusive_lower=True, inclusive_upper=True)),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                violation_error_message=_("Another version of these criteria is in force on some of these days."),
            ),
        ]

    def __str__(self) -> str:
        return _("version %(number)s from %(day)s") % {"number": self.number, "day": say(self.starts_on)}

    def is_current(self, on: dt.date) -> bool:
        return self.starts_on <= on and (self.ends_on is None or on <= self.ends_on)


class CriterionKind(models.TextChoices):
    STATEMENT = "statement", _("Statement to confirm")
    NUMBER = "number", pgettext_lazy("a value", "Number")
    DATE = "date", _("Date")
    CHOICE = "choice", _("Choice")
    DOCUMENT = "document", _("Document to attach")


class Criterion(models.Model):
    """One condition of a grant. `text` is published to prescribers, in French.

    `accepted`, by kind. number: a list of ranges of which ANY suffices, such as [{"below": 12}, {"above": 36}]
    (`below` and `above` exclude their bound, `at_least` and `at_most` include it, several in one range must all
    hold), in `unit`. date: the same ranges over the time elapsed between that date and the day of the check, in
    `unit` ("days", "months" or "years"). choice: the accepted codes among `choices` ([{"code", "label"}]).
    Empty: any value will do.
    """

    version = models.ForeignKey(CriteriaVersion, on_delete=models.CASCADE, related_name="criteria")
    key = models.SlugField(_("key"), max_length=50)
    text = models.TextField(_("text"))
    kind = models.CharField(_("kind"), max_length=20, choices=CriterionKind.choices, default=CriterionKind.STATEMENT)
    unit = models.CharField(_("unit"), max_length=30, blank=True)
    accepted = models.JSONField(_("accepted values"), default=list, blank=True)
    choices = models.JSONField(_("choices"), default=list, blank=True)
    needs_rcp = models.BooleanField(_("needs a multidisciplinary meeting (RCP)"), default=False)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("criterion")
        verbose_name_plural = _("criteria")
        ordering = ["version_id", "position", "id"]
        constraints = [
            models.UniqueConstraint(name="criterion_key_once_per_version", fields=["version", "key"]),
            models.CheckConstraint(name="criterion_kind_known", condition=Q(kind__in=CriterionKind.values)),
        ]

    def __str__(self) -> str:
        return self.text


class ReferentialAct(models.TextChoices):
    CREATED = "created", _("Entry created")
    CHANGED = "changed", _("Entry changed")
    PUT = "put", _("PUT-SP recorded")
    UCD = "ucd", _("UCD code allocated")


class ReferentialChange(models.Model):
    """Who changed what of the referential, and when. Proof of who opened which door, so the database keeps it as it is.

    `changes` is {field: [before, after]} as JSON: dates in ISO text, null for what was empty. `indication` is null when
    the medicine itself changed.
    """

    medicine = models.ForeignKey(Medicine, on_delete=models.RESTRICT, related_name="changes")
    indication = models.ForeignKey(Indication, on_delete=models.RESTRICT, null=True, related_name="changes")
    act = models.CharField(_("act"), max_length=10, choices=ReferentialAct.choices)
    changes = models.JSONField(_("changes"), default=dict)
    at = models.DateTimeField(_("date"))
    actor_role = models.CharField(max_length=32)
    actor_name = models.CharField(max_length=200, blank=True)
    actor_organisation = models.CharField(max_length=200, blank=True)
    actor_person_id = models.BigIntegerField(null=True, editable=False)

    class Meta:
        verbose_name = _("change of the referential")
        verbose_name_plural = _("changes of the referential")
        ordering = ["-id"]
        triggers = append_only("referential_change")

    def __str__(self) -> str:
        return f"{self.medicine_id} {self.act} {self.at:%F}"
