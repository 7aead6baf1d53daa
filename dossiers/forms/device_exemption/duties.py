"""What the grant of an exemption obliges the manufacturer to, read in its request: the milestones of the certificate.

The conditions with a date that ANSM sets are obligations of their own (`dossiers.services.exemption`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Final

from django.utils.translation import gettext_lazy as _

from dossiers.forms.base import Answers, Duty
from dossiers.forms.device_exemption.reading import day

LAW: Final = "MDR art. 59, IVDR art. 54"


def duties(kind: str, answers: Answers, starts_on: dt.date) -> Iterator[Duty]:
    """A milestone already past on the first day is no promise any more: none is made of it."""
    progress = day(answers.get("commitments", {}).get("progress_by"))
    if progress and progress >= starts_on:
        yield Duty("report", _("Report on the way to the CE marking."), LAW, progress)
    expected = day(answers.get("status", {}).get("ce_expected_on"))
    if expected and expected >= starts_on:
        text = _("CE marking expected: declare the certificate, or say why it is late and until when.")
        yield Duty("condition", text, LAW, expected)
