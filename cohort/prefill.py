"""What is known already and need not be typed again, and from where.

The compassionate access (AAC) of the same patient in the same hospital fills the access request; each form fills what
the next ones ask again. Nothing is taken from another hospital.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from cohort.models import CohortForm
from cohort.protocol import Cohort
from dossiers.forms.aac.clinical import RESPONSES
from dossiers.forms.fields import LINE
from dossiers.models import Title
from dossiers.policy import titles_visible_to
from dossiers.queries.answers import birth_months, current_answers
from workflows.dates import civil_date, say
from workflows.putrd import Variable
from workflows.putrd_library import ACCESS_REQUEST, FOLLOW_UP, INITIATION
from workflows.types import Actor, Text

MOST_OFFERED: Final = 50
FORM_NAMES: Final[dict[str, Text]] = {
    ACCESS_REQUEST: _("the access request"),
    INITIATION: _("the start of treatment"),
    FOLLOW_UP: _("the last follow-up visit"),
}
SAME_AS: Final = {(INITIATION, "dose"): "planned_dose"}
"""(form, variable) -> the name under which an earlier form asked the same."""

COPIED: Final = frozenset({"dose", "co_treatments", "qol_questionnaire"})
"""What often stays from one form to the next. What is measured or observed is never copied: it is to be looked at."""


@dataclass(frozen=True)
class Offer:
    """A patient of this hospital who has a compassionate access to this medicine."""

    number: str
    initials: str
    birth_month: str
    state: str


@dataclass(frozen=True)
class Known:
    value: Any
    source: Text


# ------------------------------------------------------------------------------------------------ from an AAC


def own_aacs(actor: Actor, cohort: Cohort) -> QuerySet[Title]:
    """AACs of the actor's hospital for the medicine of the cohort, or for its substance; the latest first."""
    same = Q(medicine__isnull=False, medicine=cohort.title.medicine_id)
    if cohort.substance:
        same |= Q(medicine__inn__iexact=cohort.substance)
    found = titles_visible_to(actor).filter(same, procedure="aac", organisation=actor.organisation_id)
    return found.select_related("dossier", "indication").order_by("-starts_on", "-pk")


def own_aac(actor: Actor, cohort: Cohort, number: str) -> Title | None:
    return own_aacs(actor, cohort).filter(number=number).first()


def offers(actor: Actor, cohort: Cohort, taken: Iterable[str] = ()) -> list[Offer]:
    """One for each patient, the latest AAC of a chain standing for it; less those included already (`taken`). Two
    queries."""
    latest: dict[str, Title] = {}
    gone = set(taken)
    for title in own_aacs(actor, cohort)[: 4 * MOST_OFFERED]:
        latest.setdefault(title.chain, title)
    titles = [title for title in latest.values() if title.number not in gone][:MOST_OFFERED]
    months = birth_months([title.dossier_id for title in titles])
    return [Offer(one.number, one.dossier.subject, months.get(one.dossier_id, ""), one.state) for one in titles]


def answers_of_aac(title: Title) -> dict[str, Any]:
    """Raw answers of the access request that the last request of this AAC gives."""
    answers = current_answers(title.dossier)
    patient, clinical = _section(answers, "patient"), _section(answers, "clinical")
    medicine, history = _section(answers, "medicine"), _section(answers, "history")
    indication = title.indication
    given = {
        "initials": patient.get("initials"),
        "birth_month": patient.get("birth_month"),
        "sex": patient.get("sex"),
        "weight": patient.get("weight_kg"),
        "diagnosis": (indication.label if indication else str(medicine.get("other_indication") or ""))[:LINE],
        "prior_treatments": _treatments(history),
        "planned_dose": medicine.get("posology"),
        "rcp_on": clinical.get("rcp_on"),
        "earlier_access": "yes",
    }
    return {code: value for code, value in given.items() if value not in (None, "")}


def _section(answers: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = answers.get(name)
    return found if isinstance(found, Mapping) else {}


def _treatments(history: Mapping[str, Any]) -> str:
    """Earlier treatments as lines: "Riluzole, 2023-09 to 2024-06: no response"."""
    rows = history.get("treatments")
    lines = []
    for row in rows if isinstance(rows, list) else []:
        if not isinstance(row, Mapping) or not row.get("treatment"):
            continue
        period = " - ".join(str(row[name]) for name in ("started", "stopped") if row.get(name))
        said = ", ".join(part for part in (str(row["treatment"]), period) if part)
        response = str(dict(RESPONSES).get(str(row.get("response") or ""), ""))
        more = "; ".join(part for part in (response, str(row.get("stop_reason") or "")) if part)
        lines.append(f"{said}: {more}" if more else said)
    return "\n".join(lines)


def like_this_patient(offered: Iterable[Offer], identity: Mapping[str, Any]) -> Offer | None:
    """The AAC of somebody of the same initials and month of birth: probably the same patient, for a person to say."""
    wanted = (str(identity.get("initials") or ""), str(identity.get("birth_month") or ""))
    if not all(wanted):
        return None
    return next((one for one in offered if (one.initials, one.birth_month) == wanted), None)


# ------------------------------------------------------------------------------------------ from earlier forms


def known(form: CohortForm, earlier: Iterable[CohortForm], variables: Iterable[Variable]) -> dict[str, Known]:
    """What earlier signed forms of the patient (oldest first) say of the variables of `form`."""
    signed = [one for one in earlier if one.signed_at is not None and one.pk != form.pk]
    found: dict[str, Known] = {}
    for one in variables:
        if one.code not in COPIED or one.only_if is not None:
            continue
        for before in reversed(signed):
            value = before.answers.get(SAME_AS.get((form.form, one.code), one.code)) or before.answers.get(one.code)
            if value:
                day = say(civil_date(before.signed_at)) if before.signed_at else ""
                source = _("%(form)s of %(day)s") % {"form": FORM_NAMES.get(before.form, before.form), "day": day}
                found[one.code] = Known(value, source)
                break
    return found
