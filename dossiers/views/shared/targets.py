"""What an act is done on: a dossier or a title, seen alike by the screen of an act."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from dossiers.models import Decision, Dossier, Event, Title
from dossiers.policy import is_staff_side, may, titles_visible_to
from dossiers.queries import pages
from dossiers.queries.advice import starting_minutes, starting_written_opinion
from dossiers.queries.consulted import starting_findings, starting_opinion
from dossiers.queries.facts import facts_of, title_facts
from dossiers.queries.frameworks import starting_companies, starting_terms
from dossiers.queries.starting import usual_dates
from dossiers.queries.statements import starting_terms as starting_exemption
from dossiers.services.move import move, move_title
from workflows import advice_guards, title_guards
from workflows.aap_guards import OPENING, an_opening_grant_has_a_period
from workflows.dates import PARIS
from workflows.engine import Verdict, judge
from workflows.registry import TITLE, procedure
from workflows.types import Actor, Facts, PayloadField, Procedure, Text, Transition


@dataclass(frozen=True)
class Target:
    """`title` is None when it is the dossier that moves. `version` is the one of whichever moves."""

    dossier: Dossier
    table: Procedure
    actor: Actor
    title: Title | None = None

    @property
    def version(self) -> int:
        return self.title.version if self.title else self.dossier.version

    @property
    def name(self) -> str:
        return self.title.number if self.title else self.dossier.reference

    @property
    def url(self) -> str:
        if self.title:
            return reverse("dossiers:title", args=[self.title.number])
        return reverse("dossiers:dossier", args=[self.dossier.reference])

    @property
    def state_label(self) -> Any:
        state = self.table.state(self.title.state if self.title else self.dossier.state)
        return state.staff if is_staff_side(self.actor) else state.applicant

    def facts(self, at: dt.datetime) -> Facts:
        if self.title:
            return title_facts(self.title, self.actor, at)
        return facts_of(self.dossier, self.actor, at)

    def judge(self, name: str, facts: Facts, at: dt.datetime) -> Verdict:
        """What the engine says before anything is typed; a right that the policy refuses is forbidden."""
        ruling = may(self.actor, "act", self.dossier)
        verdict = judge(self.table, name, facts, self.actor, at)
        if not ruling.allowed and verdict.outcome in ("allowed", "blocked"):
            return Verdict("forbidden", verdict.transition, ruling.reasons)
        return verdict

    def do(self, name: str, *, payload: Mapping[str, Any], version: int | None, key: str, at: dt.datetime) -> Event:
        if self.title:
            return move_title(
                number=self.title.number,
                transition=name,
                actor=self.actor,
                version=version,
                payload=payload,
                key=key,
                at=at,
            )
        return move(
            reference=self.dossier.reference,
            transition=name,
            actor=self.actor,
            version=version,
            payload=payload,
            key=key,
            at=at,
        )

    def proposal(self) -> Decision | None:
        """The proposal that waits for its signature."""
        if self.title:
            return None
        return _decisions(self.dossier).filter(signed_at=None, sent_back_at=None).first()


def _decisions(dossier: Dossier) -> QuerySet[Decision]:
    return dossier.decisions.order_by("-number")


def dossier_target(request: HttpRequest, reference: str) -> Target:
    """Raises Http404 for a dossier that is absent or out of reach."""
    actor: Actor | None = request.actor  # type: ignore[attr-defined]
    found = pages.dossier_for(actor, reference)
    if found is None or actor is None:
        raise Http404
    return Target(found, procedure(found.procedure, found.workflow_version), actor)


def title_target(request: HttpRequest, number: str) -> Target:
    """Raises Http404 for a title that is absent or out of reach."""
    actor: Actor | None = request.actor  # type: ignore[attr-defined]
    found = (
        titles_visible_to(actor)
        .select_related("dossier__organisation", "medicine", "indication")
        .filter(number=number)
        .first()
    )
    if found is None or actor is None:
        raise Http404
    return Target(found.dossier, TITLE, actor, found)


def fields_asked(row: Transition, dossier: Dossier) -> tuple[PayloadField, ...]:
    """The fields of an act as this request needs them: a grant that opens an authorisation must have its period, one
    that changes an authorisation has none; a request about what a product is must be told so. The table says none of
    it for all requests."""
    if title_guards.the_cause_of_an_end_is_possible in row.guards:
        possible = title_guards.CAUSES_OF_AN_END.get(dossier.procedure, frozenset())
        return tuple(_narrowed(one, possible) if one.name == "cause" else one for one in row.payload)
    if dossier.procedure == "cpc" and title_guards.new_last_day_only_shortens in row.guards:
        # A framework keeps its last day: no other is asked, for none would be taken.
        return tuple(one for one in row.payload if one.name != "ends_on")
    if advice_guards.qualification_is_given_where_it_is_asked in row.guards:
        asked_for = dossier.kind == advice_guards.DEVICE_QUALIFICATION
        return tuple(replace(one, required=asked_for) if one.name == "position" else one for one in row.payload)
    if an_opening_grant_has_a_period not in row.guards:
        return row.payload
    if dossier.kind not in OPENING:
        return tuple(one for one in row.payload if one.name not in ("starts_on", "ends_on"))
    asked: dict[str, Text] = {"starts_on": "", "ends_on": _("One year at most.")}
    return tuple(replace(one, required=True, help=asked[one.name]) if one.name in asked else one for one in row.payload)


def _narrowed(field: PayloadField, possible: frozenset[str]) -> PayloadField:
    return replace(field, choices=tuple(choice for choice in field.choices if choice[0] in possible))


def starting_values(target: Target, row: Transition, facts: Facts, at: dt.datetime) -> dict[str, Any]:
    """What the form of an act starts with: what was already typed for it, else the usual dates."""
    start: dict[str, Any] = dict(usual_dates(row, facts, at))
    if "starts_on" in start:
        start |= _corrected(target, start)
    if "name_companies" in row.effects:
        start |= starting_companies(target.dossier, facts)
    if "record_framework" in row.effects:
        start |= starting_terms(target.dossier, facts)
    if "propose_opinion" in row.effects:
        start |= starting_opinion(target.dossier)
    if "college_decides" in row.effects:
        start |= starting_findings(target.dossier, grants=not row.danger)
    if "record_terms" in row.effects:
        start |= starting_exemption(target.dossier, facts.answers)
    if "agree_minutes" in row.effects and row.sources == {"minutes_draft"}:
        start |= starting_minutes(target.dossier)
    if "propose_written_opinion" in row.effects:
        start |= starting_written_opinion(target.dossier)
    return {name: _as_typed(value) for name, value in start.items()}


def _as_typed(value: Any) -> Any:
    """As the browser's control takes it: an instant is the hour in Paris, without its zone."""
    if isinstance(value, dt.datetime):
        return value.astimezone(PARIS).strftime("%Y-%m-%dT%H:%M")
    return value.isoformat() if isinstance(value, dt.date) else value


def _corrected(target: Target, usual: Mapping[str, dt.date]) -> dict[str, Any]:
    """The proposal that was sent back, to be corrected and not typed again; its dates when they still can be."""
    last = _decisions(target.dossier).filter(sent_back_at__isnull=False).first()
    if last is None:
        return {}
    starts_on, ends_on = usual["starts_on"], usual["ends_on"]
    return {
        "outcome": last.outcome,
        "reasons": last.reasons,
        "conditions": last.conditions,
        "starts_on": last.starts_on if last.starts_on and last.starts_on >= starts_on else starts_on,
        "ends_on": last.ends_on if last.ends_on and last.ends_on >= starts_on else ends_on,
    }
