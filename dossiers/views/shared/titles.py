"""What was granted: /titles/ and /titles/<number>/."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from dossiers.models import Dossier, Title
from dossiers.models.title import continuing
from dossiers.policy import is_staff_side, may
from dossiers.queries import titles as queries
from dossiers.queries.after import continuity_of
from dossiers.queries.comments import comments_of
from dossiers.queries.facts import title_facts
from dossiers.queries.frameworks import terms_of
from dossiers.queries.holders import holding, names_in
from dossiers.queries.material import materials_of
from dossiers.queries.obligations import obligations_of
from dossiers.queries.renunciations import renunciation_of
from dossiers.queries.statements import terms_of as exemption_terms_of
from dossiers.queries.timeline import timeline
from dossiers.services import access
from dossiers.views.shared.actions import title_actions
from dossiers.views.shared.keys import new_key
from dossiers.views.shared.paging import address, first_page_if_lost
from dossiers.views.shared.rows import is_about_a_patient, label_of, procedures_about_patients, short
from dossiers.views.shared.title_starts import (
    Starts,
    is_kept_by_a_renewal,
    is_renewed,
    presses,
    renewal_is_late,
    renewals_among,
    starts,
)
from earlyaccess.templatetags.ui import STATE_COLOURS
from workflows.dates import civil_date
from workflows.diagram import state_diagram
from workflows.engine import choices
from workflows.registry import TITLE, procedure
from workflows.types import Actor

ALL = "all"
SOON = 60
"""Days before the end from which the page says so loudly: the first reminder of an AAC."""


class TitleFilterForm(forms.Form):
    q = forms.CharField(label=_("Medicine or number"), required=False, max_length=200)
    state = forms.ChoiceField(
        label=_("Stage"),
        required=False,
        choices=[("", _("In force or suspended")), (ALL, _("All")), *((one.code, one.staff) for one in TITLE.states)],
    )
    expiring = forms.TypedChoiceField(
        label=_("Ends within"),
        required=False,
        coerce=int,
        empty_value=None,
        choices=[
            ("", _("Any time")),
            ("30", _("30 days")),
            ("60", _("60 days")),
            ("90", _("90 days")),
            ("180", _("180 days")),
        ],
    )

    def filters(self) -> queries.TitleFilters:
        self.is_valid()
        typed: dict[str, Any] = self.cleaned_data
        state = typed.get("state") or ""
        states = queries.LIVING if not state else () if state == ALL else (state,)
        return queries.TitleFilters(text=typed.get("q") or "", states=states, expiring=typed.get("expiring"))

    @property
    def narrowing(self) -> int:
        return sum(1 for name in ("state", "expiring") if self.data.get(name))

    def query(self) -> list[tuple[str, str]]:
        return [(name, self.data[name]) for name in self.fields if self.data.get(name)]


@require_safe
def titles(request: HttpRequest) -> HttpResponse:
    actor: Actor | None = request.actor  # type: ignore[attr-defined]
    on = civil_date(timezone.now())
    form = TitleFilterForm(request.GET)
    filters = form.filters()
    page = first_page_if_lost(request, lambda cursor: queries.titles_page(actor, filters, on, cursor=cursor))
    pairs = form.query()
    context = {
        "form": form,
        "filtered": bool(pairs),
        "rows": title_rows(page.rows, on),
        "staff": actor is not None and is_staff_side(actor),
        "next_url": address(request, pairs, page=page.next) if page.next else "",
        "previous_url": address(request, pairs, page=page.previous) if page.previous else "",
        "clear_url": request.path,
    }
    return render(request, "dossiers/shared/titles.html", context)


def title_rows(found: list[dict[str, Any]], on: dt.date) -> list[dict[str, Any]]:
    labels = {one.code: str(one.staff) for one in TITLE.states}
    of_patients = procedures_about_patients()
    return [
        {
            "about_patient": one["procedure"] in of_patients,
            "number": one["number"],
            "url": reverse("dossiers:title", args=[one["number"]]),
            "subject": one["dossier__subject"],
            "product": one["dossier__product_label"],
            "hospital": ", ".join(names_in(one)),
            # As on its own page: what has not begun is in force for nobody yet.
            "state": _("From %(day)s") % {"day": short(one["starts_on"])}
            if is_to_come(one, on)
            else labels[one["state"]],
            "colour": "info" if is_to_come(one, on) else STATE_COLOURS.get(one["state"], "info"),
            "from": short(one["starts_on"]),
            "until": short(min(one["in_force_until"], one["ends_on"])),
            "left": _left(one, on),
        }
        for one in found
    ]


def is_to_come(one: dict[str, Any], on: dt.date) -> bool:
    return one["state"] == "in_force" and one["starts_on"] > on


def _left(one: dict[str, Any], on: dt.date) -> str:
    """What is left of a title of the list. Beyond the last day decided, it is its renewal that keeps it."""
    if one["state"] in queries.LIVING and one["in_force_until"] > one["ends_on"]:
        return str(_("kept until its renewal is decided"))
    return days_left(one["state"], one["in_force_until"], on)


def days_left(state: str, last_day: dt.date, on: dt.date) -> str:
    """ "12 days left", empty for a title that lives no more."""
    if state not in queries.LIVING or last_day < on:
        return ""
    days = (last_day - on).days + 1
    return ngettext("%d day left", "%d days left", days) % days


@require_safe
def title(request: HttpRequest, number: str) -> HttpResponse:
    actor: Actor | None = request.actor  # type: ignore[attr-defined]
    found = queries.title_for(actor, number)
    if found is None or actor is None:
        raise Http404
    at = timezone.now()
    access.record(dossier=found.dossier, actor=actor, what=f"title {found.number}", at=at)
    on = civil_date(at)
    staff = is_staff_side(actor)
    dossier = found.dossier
    verdicts = choices(TITLE, title_facts(found, actor, at), actor, at) if may(actor, "act", dossier).allowed else ()
    versions = queries.versions(found)
    renewals = queries.renewals(found, actor)
    acts = title_actions(verdicts, found)
    started = starts(found, actor, renewals, on)
    context = {
        "title": found,
        "holders": holding(found),
        "dossier": dossier,
        "staff": staff,
        "state": TITLE.state(found.state),
        **_days(found, started, on),
        "content": versions[0].content if versions else {},
        "product": queries.product_of(found, versions[0].content if versions else {}),
        "indication": queries.granted_wording(found, versions[0].content if versions else {}),
        "versions": queries.spans(found, versions),
        # Of an AAC the letter says it all; what silence grants has none.
        "opened_by": queries.opened_by(found) if procedure(found.procedure).consults else None,
        "comments": comments_of(found, actor, at),
        "letters": queries.title_letters(found, actor),
        "chain": queries.chain(found, actor),
        "renewals": [
            (one, _kind_of(one), label_of(one.procedure, one.workflow_version, one.state, staff=staff))
            for one in renewals
        ],
        "renew_url": _renew_url(found, actor, _is_renewed(found, renewals_among(renewals)), on),
        "starts": started,
        "about_patient": is_about_a_patient(procedure(found.procedure)),
        "actions": acts,
        "may_act": any(one.allowed for one in acts),
        "timeline": [one for one in timeline(dossier, actor) if one.of_title],
        "diagram": state_diagram(TITLE, current=found.state, granted_by=found.procedure),
        "key": new_key(),
        "version": found.version,
        **_life(found, actor, on),
        "asks_anew": not is_renewed(found.procedure) and may(actor, "renew", dossier).allowed,
    }
    return render(request, "dossiers/shared/title.html", context)


def _life(found: Title, actor: Actor, on: dt.date) -> dict[str, Any]:
    """What it obliges to and what follows it, of the procedure that granted it."""
    lives = found.state in queries.LIVING
    return {
        "materials": materials_of(found, actor, on),
        "terms": terms_of(found.dossier),
        "obligations": obligations_of(found, actor, on),
        "renunciation": renunciation_of(found, actor) if lives else None,
        "exemption_terms": exemption_terms_of(found.dossier) if found.procedure == "device_exemption" else None,
        # An end opens it: a title that lives has none to look for.
        "continuity": None if lives else continuity_of(found, actor, on),
    }


def _days(found: Title, started: Starts, on: dt.date) -> dict[str, Any]:
    """How long it still has force, and what presses. What its renewal keeps in force has no last day to count to."""
    kept = is_kept_by_a_renewal(found)
    soon = found.state in queries.LIVING and (found.in_force_until - on).days <= SOON and not kept
    return {
        "kept": kept,
        "left": "" if kept else days_left(found.state, found.in_force_until, on),
        "soon": soon,
        "renew_soon": soon or presses(started.file_by, on),
        "begun": found.starts_on <= on or found.state != "in_force",
        "ends_first": found.suspended_until is not None and found.in_force_until <= found.suspended_until,
        "cut_short": found.in_force_until < found.ends_on,
    }


def _is_renewed(found: Title, renewals: list[Dossier]) -> bool:
    """Asked for and not decided, or granted and not taken back: either way there is nothing more to press."""
    if any(one.decided_at is None for one in renewals):
        return True
    return bool(renewals) and continuing(found.chain, found.renewal_rank).exists()


def _kind_of(one: Dossier) -> Any:
    return dict(procedure(one.procedure, one.workflow_version).kinds).get(one.kind, one.kind)


def _renew_url(found: Title, actor: Actor, asked_already: bool, on: dt.date) -> str:
    """Where to renew, for whoever may and while it makes sense (late for one that expired); empty otherwise."""
    if (
        asked_already
        or not is_renewed(found.procedure)
        or renewal_is_late(found.procedure, found.ends_on, on)
        or found.state not in (*queries.LIVING, "expired")
        or not may(actor, "renew", found.dossier).allowed
    ):
        return ""
    try:
        return reverse("dossiers:renew", args=[found.number])
    except NoReverseMatch:
        return ""
