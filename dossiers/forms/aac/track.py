"""On what grounds an AAC is asked for: the published criteria (track A) or a full justification (track B)."""

from __future__ import annotations

from typing import Any

from dossiers.forms.base import FormContext

CRITERIA = "A"
JUSTIFICATION = "B"


def chosen_track(context: FormContext) -> Any:
    return context.answers.get("request", {}).get("track")


def follows_criteria(context: FormContext) -> bool:
    """CSP R.5121-74, 6°: an undertaking that the published criteria are met stands for the justification."""
    return context.criteria is not None and chosen_track(context) == CRITERIA


def justifies_in_full(context: FormContext) -> bool:
    """A renewal rests on the clinical data since the grant (R.5121-74-4): it is not justified afresh."""
    if context.kind == "renewal":
        return False
    return chosen_track(context) == JUSTIFICATION or context.criteria is None


def needs_rcp(context: FormContext) -> bool:
    """A criterion that was confirmed asks for a multidisciplinary meeting (RCP)."""
    return follows_criteria(context) and any(criterion.needs_rcp for criterion in context.criteria.criteria.all())
