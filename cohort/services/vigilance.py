"""An adverse effect told in a form reaches the company's pharmacovigilance and ANSM's vigilance, and both say so.

Source: CSP R.5121-70, I, B, 3° d and 4° (the protocol says how effects are declared). The hospital's own duty to
declare to its regional centre (CRPV, CSP R.5121-161) stays: the patient's page recalls it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cohort.models import CohortForm, Inclusion, VigilanceNotice
from cohort.policy import may_acknowledge, notices_visible_to
from cohort.protocol import Cohort
from cohort.services import tell
from cohort.services.step import demand
from dossiers.services.errors import NotFound
from workflows.roles import ANSM_VIGILANCE
from workflows.types import Actor, Reason


def is_to_declare(answers: Mapping[str, Any]) -> bool:
    """An adverse effect, a special situation, or an end of treatment for either."""
    return (
        answers.get("adverse_effect") == "yes"
        or answers.get("situation") not in (None, "", "none")
        or answers.get("reason") in ("adverse_effect", "pregnancy", "death")
    )


def notice_of(inclusion: Inclusion, cohort: Cohort, form: CohortForm, at: dt.datetime) -> VigilanceNotice | None:
    """The notice of a form that has just been signed, told to both sides; None when it has nothing to declare."""
    if not is_to_declare(form.answers):
        return None
    notice = VigilanceNotice.objects.create(form=form, inclusion=inclusion, created_at=at)
    tell.vigilance(notice, cohort, at)
    return notice


def acknowledge(*, notice: int, actor: Actor, at: dt.datetime | None = None) -> VigilanceNotice:
    """Say that it was read and taken in charge. The first of each side counts. Raises NotFound, Forbidden."""
    at = at or timezone.now()
    with transaction.atomic(durable=True):
        seen = notices_visible_to(actor).filter(pk=notice).values_list("pk", flat=True).first()
        if seen is None:
            raise NotFound([Reason("not_found", _("No such notice, or it is not yours to see."))])
        demand(may_acknowledge(actor))
        found = VigilanceNotice.objects.select_for_update(of=("self",)).get(pk=seen)
        if actor.role == ANSM_VIGILANCE:
            if found.agency_at is None:
                found.agency_at, found.agency_name = at, actor.name
        elif found.company_at is None:
            found.company_at, found.company_name = at, actor.name
        found.save()
        return found
