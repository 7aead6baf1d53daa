"""What changed from one version of the criteria to the next, for whoever checks an old request or reviews a new one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from django.utils.translation import gettext as _

from catalogue.criteria import accepted_text
from catalogue.models import CriteriaVersion, Criterion
from catalogue.ranges import age_text, ranges_text


@dataclass(frozen=True)
class Change:
    """`before` is empty for what was added, `after` for what was removed."""

    kind: Literal["added", "removed", "changed"]
    before: str
    after: str


def described(criterion: Criterion) -> str:
    """A criterion in one line: its text, what is accepted, and whether a meeting is needed."""
    parts = [criterion.text.strip()]
    accepted = accepted_text(criterion)
    if accepted:
        parts.append(_("accepted: %(accepted)s") % {"accepted": accepted})
    if criterion.needs_rcp:
        parts.append(_("after a multidisciplinary meeting (RCP)"))
    return " · ".join(parts)


def limits_described(version: CriteriaVersion) -> list[str]:
    """The limits on the patient in words; nothing when there are none."""
    lines = []
    ages = {"at_least": version.min_age_months, "at_most": version.max_age_months}
    known = {name: months for name, months in ages.items() if months is not None}
    if known:
        lines.append(_("Age: %(age)s") % {"age": age_text(known)})
    if version.sex:
        lines.append(_("Sex: %(sex)s") % {"sex": version.get_sex_display()})
    if version.max_daily_dose is not None:
        dose = ranges_text([{"at_most": version.max_daily_dose}], version.dose_unit)
        lines.append(_("Daily dose: %(dose)s") % {"dose": dose})
    return lines


def differences(old: CriteriaVersion, new: CriteriaVersion) -> list[Change]:
    """Criteria compared by key in the new order, then what disappeared, then the limits. Empty when nothing changed."""
    before = {criterion.key: described(criterion) for criterion in old.criteria.all()}
    after = {criterion.key: described(criterion) for criterion in new.criteria.all()}
    changes = []
    for key, text in after.items():
        if key not in before:
            changes.append(Change("added", "", text))
        elif before[key] != text:
            changes.append(Change("changed", before[key], text))
    changes += [Change("removed", text, "") for key, text in before.items() if key not in after]
    old_limits, new_limits = " · ".join(limits_described(old)), " · ".join(limits_described(new))
    if old_limits != new_limits:
        kind: Literal["added", "removed", "changed"] = (
            "added" if not old_limits else "removed" if not new_limits else "changed"
        )
        changes.append(Change(kind, old_limits, new_limits))
    return changes
