"""Rows of the reference data. No person is in them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.db.models import prefetch_related_objects

from accounts.models import Organisation
from catalogue.criteria import current_version
from catalogue.models import CriteriaVersion, Criterion, Indication, Medicine
from catalogue.results import result_of, why_closed


def medicines(found: Sequence[Medicine], on: dt.date) -> list[dict[str, Any]]:
    """With what may be asked for each today. Reads prefetched indications; one query more for all criteria."""
    load_criteria([indication for medicine in found for indication in medicine.indications.all()], on)
    return [_medicine(one, on) for one in found]


def indications(found: Sequence[Indication], on: dt.date) -> list[dict[str, Any]]:
    load_criteria(found, on)
    return [{**_indication(one, on), "medicine": one.medicine_id, "medicine_label": str(one.medicine)} for one in found]


def load_criteria(found: Sequence[Indication], on: dt.date) -> None:
    versions = [version for one in found if (version := current_version(one, on)) is not None]
    prefetch_related_objects(versions, "criteria")


def _medicine(medicine: Medicine, on: dt.date) -> dict[str, Any]:
    result = result_of(medicine, on)
    names = ("name", "inn", "code_name", "form", "strength", "route", "holder", "atc", "source")
    return {
        "id": medicine.pk,
        "label": str(medicine),
        **{name: getattr(medicine, name) for name in names},
        "cis": medicine.cis or "",
        "cip13": medicine.cip13,
        "ucd13": medicine.ucd13,
        "has_ma": medicine.has_ma,
        "marketed": medicine.marketed,
        "not_the_route": str(result.not_the_route),
        "indications": [_indication(choice.indication, on) for choice in result.choices],
    }


def _indication(indication: Indication, on: dt.date) -> dict[str, Any]:
    version = current_version(indication, on)
    closed = str(why_closed(indication, on))
    return {
        "id": indication.pk,
        "label": indication.label,
        "cim10": indication.cim10,
        "orpha": indication.orpha,
        "rare": indication.rare,
        "open": not closed,
        "closed": closed,
        "max_days": indication.max_days,
        "automatic_grant": indication.automatic_grant,
        "accepts_very_early": indication.accepts_very_early,
        "put_reference": indication.put_reference,
        "put_url": indication.put_url,
        "criteria": _criteria(version) if version is not None else None,
    }


def _criteria(version: CriteriaVersion) -> dict[str, Any]:
    return {
        "version": version.number,
        "starts_on": version.starts_on,
        "ends_on": version.ends_on,
        "min_age_months": version.min_age_months,
        "max_age_months": version.max_age_months,
        "sex": version.sex or None,
        "max_daily_dose": str(version.max_daily_dose) if version.max_daily_dose is not None else None,
        "dose_unit": version.dose_unit,
        "criteria": [_criterion(one) for one in version.criteria.all()],
    }


def _criterion(criterion: Criterion) -> dict[str, Any]:
    return {
        "key": criterion.key,
        "text": criterion.text,
        "kind": criterion.kind,
        "unit": criterion.unit,
        "accepted": criterion.accepted,
        "choices": criterion.choices,
        "needs_rcp": criterion.needs_rcp,
    }


def establishment(organisation: Organisation) -> dict[str, Any]:
    return {
        "id": organisation.pk,
        "name": organisation.name,
        "finess_et": organisation.finess_et,
        "finess_ej": organisation.finess_ej,
        "address": organisation.address,
    }
