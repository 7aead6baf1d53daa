"""What the bodies heard on a request said of it, as far as one reader may know: opinions, findings, indications.

Until the decision it is the authorities' alone; then it is published (CSP R.5121-73), and the company reads it too.
What ANSM proposes and has not given is ANSM's: HAS only knows that it is proposed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from dossiers.models import Decision, Dossier, Finding, Opinion
from dossiers.policy import is_staff_side
from workflows import roles
from workflows.aap_guards import (
    ANSM,
    BODIES,
    COLLEGE,
    CRITERIA,
    CT,
    FAVOURABLE,
    FINDINGS,
    MET,
    NOT_EXAMINED,
    PRE_MA,
    UNFAVOURABLE,
)
from workflows.registry import procedure
from workflows.types import Actor, Text

OUTCOMES: Final[dict[str, tuple[Text, str]]] = {
    FAVOURABLE: (_("Favourable"), "success"),
    UNFAVOURABLE: (_("Unfavourable"), "error"),
}
COLOURS: Final = {"met": "success", "not_met": "error", "not_examined": "new"}
OF_ANSM: Final = "efficacy_safety"
"""The one criterion on which ANSM is heard."""


@dataclass(frozen=True)
class OpinionShown:
    """`given_at` None: proposed. `readable` False: its reader may only know that it is. `texts`: (label, version
    annexed)."""

    body: str
    name: Text
    readable: bool
    outcome: Text = ""
    colour: str = ""
    indication: str = ""
    reasons: str = ""
    texts: tuple[tuple[Text, str], ...] = ()
    sat_on: dt.date | None = None
    proposed_at: dt.datetime | None = None
    proposer_id: int | None = None
    proposer: str = ""
    given_at: dt.datetime | None = None
    signatory: str = ""


@dataclass(frozen=True)
class Cell:
    """What one body found of one criterion; `finding` empty when nothing is recorded, `why` then says the cause."""

    body: Text
    finding: Text = ""
    colour: str = ""
    reasons: str = ""
    why: Text = ""


@dataclass(frozen=True)
class CriterionRow:
    code: str
    label: Text
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Consulted:
    """`comparators`: a cell per column. `indications`: (whose, the wording, or why there is none)."""

    bodies: tuple[Text, ...]
    opinions: tuple[OpinionShown, ...]
    rows: tuple[CriterionRow, ...]
    comparators: tuple[Cell, ...]
    indications: tuple[tuple[Text, Text], ...]
    findings: Mapping[str, Mapping[str, Finding]] = field(default_factory=dict)

    @property
    def has_comparators(self) -> bool:
        return any(cell.reasons for cell in self.comparators)


def consulted(dossier: Dossier, actor: Actor, answers: Mapping[str, Any]) -> Consulted | None:
    """None where nobody is consulted, before the filing, and for a company before the decision. Three queries."""
    table = procedure(dossier.procedure, dossier.workflow_version)
    if not table.consults or dossier.filed_at is None:
        return None
    staff = is_staff_side(actor)
    decision = dossier.decisions.filter(signed_at__isnull=False).first()
    if not staff and decision is None:
        return None
    found: dict[str, dict[str, Finding]] = {}
    for one in dossier.findings.all():
        found.setdefault(one.body, {})[one.criterion] = one
    opinions = opinions_shown(dossier, actor)
    return Consulted(
        bodies=tuple(label for _code, label in BODIES),
        opinions=opinions,
        rows=tuple(
            CriterionRow(code, label, tuple(_cell(dossier, body, code, found, decision) for body, _name in BODIES))
            for code, label in CRITERIA
        ),
        comparators=tuple(_comparators_cell(body, found.get(body, {})) for body, _name in BODIES),
        indications=_indications(dossier, answers, opinions, decision),
        findings=found,
    )


def opinions_shown(dossier: Dossier, actor: Actor) -> tuple[OpinionShown, ...]:
    """Those given, then for the agencies the one that is proposed; to a ministry nothing is told of a proposal."""
    rows = dossier.opinions.filter(dropped_at=None).order_by("given_at", "pk")
    names = dict(BODIES)
    shown = []
    for one in rows:
        if one.given_at is not None:
            shown.append(_read(one, names[one.body], staff=is_staff_side(actor)))
        elif reads_proposals(actor):
            shown.append(_read(one, names[one.body], staff=True))
        elif actor.role in roles.HAS_STAFF:
            shown.append(OpinionShown(one.body, names[one.body], readable=False, proposed_at=one.proposed_at))
    return tuple(shown)


def reads_proposals(actor: Actor) -> bool:
    """What ANSM proposes is read by its staff, and by auditors who read all."""
    return actor.is_system or actor.role in roles.ANSM_STAFF or actor.role == roles.AUDITOR


def _read(one: Opinion, name: Text, *, staff: bool) -> OpinionShown:
    outcome, colour = OUTCOMES.get(one.outcome, ("", ""))
    texts = (
        (_("Summary of product characteristics"), one.smpc),
        (_("Package leaflet"), one.leaflet),
        (_("Label"), one.label),
    )
    return OpinionShown(
        body=one.body,
        name=name,
        readable=True,
        outcome=outcome,
        colour=colour,
        indication=one.indication,
        reasons=one.reasons,
        texts=tuple((label, text) for label, text in texts if text),
        sat_on=one.sat_on,
        proposed_at=one.proposed_at,
        proposer_id=one.proposer_id,
        # Who prepared it is the agencies' own affair; who signed it is published.
        proposer=one.proposer_name if staff else "",
        given_at=one.given_at,
        signatory=one.signatory_name,
    )


def _cell(
    dossier: Dossier, body: str, code: str, found: Mapping[str, Mapping[str, Finding]], decision: Decision | None
) -> Cell:
    name = dict(BODIES)[body]
    one = found.get(body, {}).get(code)
    if one is not None:
        return Cell(name, dict(FINDINGS)[one.finding], COLOURS[one.finding], one.reasons)
    if body == ANSM and (code != OF_ANSM or dossier.pathway != PRE_MA):
        return Cell(name, why=_("Not asked"))
    if decision is not None:
        return Cell(name, why=_("By silence, no document") if decision.tacit and body == COLLEGE else _("Not given"))
    return Cell(name, why=_("Not recorded yet"))


def _comparators_cell(body: str, findings: Mapping[str, Finding]) -> Cell:
    return Cell(
        dict(BODIES)[body], reasons=_comparators(findings), why=_("Not asked") if body == ANSM else _("None given")
    )


def _comparators(findings: Mapping[str, Finding]) -> str:
    return next((one.comparators for one in findings.values() if one.comparators), "")


def _indications(
    dossier: Dossier, answers: Mapping[str, Any], opinions: tuple[OpinionShown, ...], decision: Decision | None
) -> tuple[tuple[Text, Text], ...]:
    """Claimed, kept by ANSM, granted."""
    claimed = str((answers.get("indication") or {}).get("claimed") or "")
    as_claimed = _("As claimed")
    found: list[tuple[Text, Text]] = [(_("Claimed"), claimed)]
    ansm = next((one for one in opinions if one.body == ANSM and one.readable and one.given_at), None)
    if ansm is not None:
        without_words = as_claimed if ansm.colour == "success" else pgettext_lazy("an indication", "None")
        found.append((_("Kept by ANSM"), ansm.indication or without_words))
    elif dossier.pathway == PRE_MA:
        found.append((_("Kept by ANSM"), _("No opinion given")))
    else:
        found.append((_("Kept by ANSM"), _("Not asked: the medicine has a marketing authorisation")))
    if decision is None:
        found.append((_("Granted"), _("Not decided yet")))
    elif decision.outcome == "refuse":
        found.append((_("Granted"), _("None: refused")))
    else:
        found.append((_("Granted"), decision.indication or as_claimed))
    return tuple(found)


# ------------------------------------------------------------------------------------------- the forms of acts


@dataclass(frozen=True)
class Heard:
    """Of one criterion: what the other bodies found, and what the company says."""

    cells: tuple[Cell, ...] = ()
    claim: str = ""


def heard_on(found: Consulted | None, own_body: str, answers: Mapping[str, Any]) -> dict[str, Heard]:
    """{criterion: what whoever judges it reads beside}."""
    if found is None:
        return {}
    claims = answers.get("criteria") or {}
    own = dict(BODIES).get(own_body)
    return {
        row.code: Heard(
            tuple(cell for cell in row.cells if cell.finding and cell.body != own), str(claims.get(row.code) or "")
        )
        for row in found.rows
    }


def starting_findings(dossier: Dossier, *, grants: bool) -> dict[str, str]:
    """What the College's form starts with: the committee's findings and reasons, which it usually makes its own.

    `grants`: only those that a grant may repeat. Where the committee found otherwise the field is left empty, so that
    whoever departs from it says why. After an unfavourable opinion of ANSM the rest may be left unexamined.
    """
    found: dict[str, dict[str, Finding]] = {}
    for one in dossier.findings.all():
        found.setdefault(one.body, {})[one.criterion] = one
    committee, ansm = found.get(CT, {}), found.get(ANSM, {})
    start: dict[str, str] = {"comparators": _comparators(committee)}
    for code, _label in CRITERIA:
        judged = committee.get(code)
        if judged is None or (judged.finding == NOT_EXAMINED and code in ansm):
            judged = ansm.get(code)
        if judged is not None and (judged.finding == MET or not grants):
            start |= {code: judged.finding, f"{code}_reasons": judged.reasons}
        elif judged is None and ansm and not grants:
            start[code] = NOT_EXAMINED
    return {name: text for name, text in start.items() if text}


def starting_opinion(dossier: Dossier) -> dict[str, str]:
    """The opinion that waits for its signature: a new proposal corrects it instead of typing it again."""
    one = dossier.opinions.filter(body=ANSM, given_at=None, dropped_at=None).first()
    if one is None:
        return {}
    names = ("outcome", "indication", "reasons", "smpc", "leaflet", "label")
    return {name: text for name in names if (text := getattr(one, name))}
