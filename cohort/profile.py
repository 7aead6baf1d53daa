"""What may be said of a patient to those who must not recognise them: a band of age, the sex."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from dossiers.forms.aac.patient import age_in_months
from workflows.putrd_library import SEXES
from workflows.types import Text

BANDS: Final[tuple[tuple[str, int, Text], ...]] = (
    ("0-1", 2, _("under 2 years")),
    ("2-11", 12, _("2 to 11 years")),
    ("12-17", 18, _("12 to 17 years")),
    ("18-29", 30, _("18 to 29 years")),
    ("30-39", 40, _("30 to 39 years")),
    ("40-49", 50, _("40 to 49 years")),
    ("50-59", 60, _("50 to 59 years")),
    ("60-69", 70, _("60 to 69 years")),
    ("70-79", 80, _("70 to 79 years")),
    ("80+", 10_000, _("80 years and over")),
)
"""Code, first age of the next band in years, words. Ages of children follow the groups of paediatric trials (ICH E11,
ages under 2 put together)."""

BAND_LABELS: Final = {code: label for code, _next, label in BANDS}
SEX_LABELS: Final = dict(SEXES)


def age_band(birth_month: Any, on: dt.date) -> str:
    """The code of the band on that day; empty when the month is not one, or is to come."""
    months = age_in_months(str(birth_month or ""), on)
    if months is None or months < 0:
        return ""
    return next(code for code, below, _label in BANDS if months < below * 12)


def profile_of(birth_month: Any, sex: Any, on: dt.date) -> dict[str, str]:
    found = {"age_band": age_band(birth_month, on), "sex": str(sex or "") if str(sex or "") in SEX_LABELS else ""}
    return {name: value for name, value in found.items() if value}
