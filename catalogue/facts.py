"""What the catalogue says of a medicine in an indication on one day: the `product` of the facts that rules look at."""

from __future__ import annotations

import datetime as dt
from typing import Any

from catalogue.criteria import current_version
from catalogue.models import CriteriaVersion, Indication, Medicine


def _past(day: dt.date | None, on: dt.date) -> dt.date | None:
    return day if day is not None and day <= on else None


def product_facts(indication: Indication, on: dt.date) -> dict[str, Any]:
    """A picture of the referential entry on the civil day `on`; a date still to come is None.

    `criteria_version` is the number of the version in force, `limits` its limits on the patient (None without a
    version): ages in completed months, highest daily dose in `dose_unit`. One query for the versions and one for the
    medicine, none when they are prefetched.
    """
    version = current_version(indication, on)
    put_published_on = _past(indication.put_published_on, on)
    return {
        "indication_id": indication.pk,
        "indication": indication.label,
        "rare": indication.rare,
        "open": indication.is_open(on),
        "criteria_version": version.number if version else None,
        "criteria_current": version is not None,
        "limits": _limits(version),
        "automatic_grant": indication.automatic_grant,
        "put_reference": indication.put_reference,
        "put_url": indication.put_url,
        "put_published": put_published_on is not None,
        "put_published_on": put_published_on,
        "ma_since": _past(indication.ma_since, on),
        "aap_since": _past(indication.aap_since, on),
        "opened_on": _past(indication.opened_on, on),
        "max_days": indication.max_days,
        "accepts_very_early": indication.accepts_very_early,
        "company_undertaking": _past(indication.company_undertaking_on, on) is not None,
        "medicine": medicine_facts(indication.medicine),
    }


def medicine_facts(medicine: Medicine) -> dict[str, Any]:
    """The mentions of a medicine that a letter must carry (CSP R.5121-74-3), and whether it has a current MA."""
    return {
        "id": medicine.pk,
        "name": medicine.name,
        "inn": medicine.inn,
        "code_name": medicine.code_name,
        "form": medicine.form,
        "strength": medicine.strength,
        "route": medicine.route,
        "holder": medicine.holder,
        "restricted_class": medicine.restricted_class,
        "ucd13": medicine.ucd13,
        "has_current_ma": medicine.has_current_ma,
    }


def _limits(version: CriteriaVersion | None) -> dict[str, Any] | None:
    if version is None:
        return None
    return {
        "min_age_months": version.min_age_months,
        "max_age_months": version.max_age_months,
        "sex": version.sex,
        "max_daily_dose": version.max_daily_dose,
        "dose_unit": version.dose_unit,
    }
