"""The screen of an act, on a dossier or a title: its form is made from the table, the engine judges what is typed.

Whatever is refused comes back with what was typed: wrong values, a file that changed meanwhile, an act too late.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Final

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from documents.errors import IncompleteLetter
from documents.letters.kinds import KINDS
from dossiers.forms.payload import ADD_BUTTON, Group, PayloadForm
from dossiers.models import Decision, Dossier
from dossiers.policy import is_staff_side, visible_to
from dossiers.queries.advice import positions_of
from dossiers.queries.comments import Comments, comments_of
from dossiers.queries.consulted import consulted, heard_on, opinions_shown
from dossiers.services import access
from dossiers.services.errors import Blocked, Conflict, Forbidden, NotFound, Stale, WrongState
from dossiers.services.letters import preview_of_title_act
from dossiers.services.opinions import BODY_OF
from dossiers.views.shared.keys import key_of, new_key, version_of
from dossiers.views.shared.targets import Target, dossier_target, fields_asked, starting_values, title_target
from workflows import audiences
from workflows.dates import civil_date
from workflows.payload import fitted, offered
from workflows.periods import title_period
from workflows.procedures.title import heard_about
from workflows.registry import procedure as table_of
from workflows.roles import ESTABLISHMENT, MINISTRY_READER
from workflows.title_guards import renounced_after_a_month
from workflows.types import Facts, Reason, Text, Transition

TOLD: Final[dict[str, Text]] = {
    audiences.APPLICANT_SIDE: gettext_lazy("the prescriber and the hospital pharmacy"),
    audiences.LEAD: gettext_lazy("the officer in charge"),
    audiences.ANSM_VIGILANCE: gettext_lazy("the vigilance officers of ANSM"),
    audiences.COMPANY: gettext_lazy("the company, when it is a party to the file"),
    audiences.SITES: gettext_lazy("the hospitals that take part in a company's file"),
    audiences.MINISTERS: gettext_lazy("the ministries"),
}
"""Audiences of the acts on a title, as their pages name them."""
OTHER_SIDE: Final = gettext_lazy("those who filed the request")
"""The applicants' side, of what no hospital asked for."""
EXEMPTION: Final = "device_exemption"
OF_ONE_PROCEDURE: Final = re.compile(r"\(([A-Z]+)\)\Z")


@dataclass
class Screen:
    """What the page of an act says besides its form. `closed`: the act can no longer be done; only the text is kept."""

    status: int = 200
    changes: tuple[str, ...] = ()
    stale: bool = False
    closed: Text = ""
    refusals: tuple[Reason, ...] = ()
    extra: int = 0
    key: str = field(default_factory=new_key)


@require_http_methods(["GET", "HEAD", "POST"])
def act(request: HttpRequest, reference: str, transition: str) -> HttpResponse:
    """/dossiers/<reference>/act/<transition>/"""
    return _act(request, dossier_target(request, reference), transition)


@require_http_methods(["GET", "HEAD", "POST"])
def title_act(request: HttpRequest, number: str, transition: str) -> HttpResponse:
    """/titles/<number>/act/<transition>/. Giving up what HAS is told of first has a page of its own."""
    target = title_target(request, number)
    if transition == "renounce" and request.method != "POST" and renounced_after_a_month(target.dossier.procedure):
        return redirect("dossiers:renunciation", number)
    return _act(request, target, transition)


def _act(request: HttpRequest, target: Target, name: str) -> HttpResponse:
    at = timezone.now()
    if request.method != "POST":
        return _shown(request, target, name, at, Screen())
    row = next((row for row in target.table.transitions if row.name == name), None)
    if row is None:
        raise Http404
    screen = Screen(key=key_of(request))
    if ADD_BUTTON in request.POST:
        screen.extra = 1
        return _shown(request, target, name, at, screen)
    payload = PayloadForm(row.payload, request.POST).raw()
    try:
        target.do(name, payload=payload, version=version_of(request), key=screen.key, at=at)
    except NotFound as error:
        raise Http404 from error
    except Forbidden as error:
        raise PermissionDenied(_first(error.reasons)) from error
    except Blocked as error:
        screen.status, screen.refusals = 422, error.reasons
    except Stale as error:
        screen.status, screen.stale, screen.changes = 412, True, error.changes
    except WrongState as error:
        screen.status, screen.closed = 409, _first(error.reasons)
    except Conflict:
        screen.status = 409
        screen.closed = _("This form was already sent, with another content. Look at the file before you act again.")
    else:
        return _done(request, target, row)
    return _shown(request, _read_again(request, target), name, at, screen)


@require_http_methods(["GET", "HEAD", "POST"])
def title_preview(request: HttpRequest, number: str, transition: str) -> HttpResponse:
    """/titles/<number>/preview/<transition>/: the letter of the act being typed, marked PROJET.

    For whoever may do the act: nothing is done, so nothing is locked. A GET leads to the act's own page.
    """
    target = title_target(request, number)
    at = timezone.now()
    facts = target.facts(at)
    verdict = target.judge(transition, facts, at)
    row = verdict.transition
    if row is None or target.title is None or not row.letter:
        raise Http404
    if verdict.outcome == "forbidden":
        raise PermissionDenied(_first(verdict.reasons))
    if request.method != "POST":
        return HttpResponseRedirect(reverse("dossiers:title_act", args=[number, transition]))
    raw = PayloadForm(row.payload, request.POST).raw()
    verdict = target.judge(transition, replace(facts, payload=raw), at)
    try:
        if not verdict.allowed:
            raise IncompleteLetter(verdict.reasons)
        pdf = preview_of_title_act(
            title=target.title, row=row, payload=verdict.payload or {}, actor=target.actor, facts=facts, at=at
        )
    except IncompleteLetter as error:
        labels = {one.name: one.label for one in row.payload}
        reasons = [(labels.get(reason.field, ""), reason.message) for reason in error.reasons]
        context = {"dossier": target.dossier, "missing": (), "reasons": reasons}
        return render(request, "dossiers/ansm/no_preview.html", context, status=422)
    access.record(dossier=target.dossier, actor=target.actor, what=f"preview {row.letter}", at=at)
    response = HttpResponse(pdf, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="PROJET-{number}.pdf"'
    return response


def _done(request: HttpRequest, target: Target, row: Transition) -> HttpResponse:
    messages.success(request, _("Done: %(act)s.") % {"act": row.past})
    if visible_to(target.actor).filter(pk=target.dossier.pk).exists():
        return HttpResponseRedirect(target.url)
    return HttpResponseRedirect("/")


def _read_again(request: HttpRequest, target: Target) -> Target:
    """The row as it is now: the refusal may come from what somebody else just did."""
    if target.title:
        return title_target(request, target.title.number)
    return dossier_target(request, target.dossier.reference)


def _shown(request: HttpRequest, target: Target, name: str, at: dt.datetime, screen: Screen) -> HttpResponse:
    facts = target.facts(at)
    verdict = target.judge(name, facts, at)
    row = verdict.transition
    if row is None:
        raise Http404
    if verdict.outcome == "forbidden":
        raise PermissionDenied(_first(verdict.reasons))
    if verdict.outcome == "wrong_state" and not screen.closed:
        screen.status, screen.closed = 409, _first(verdict.reasons)
    blocked = verdict.reasons if verdict.outcome == "blocked" and not screen.refusals else ()
    posted = request.POST if request.method == "POST" else None
    form = PayloadForm(
        fitted(fields_asked(row, target.dossier), facts),
        posted,
        initial=starting_values(target, row, facts, at),
        questions=_questions(row, facts),
        offered={one.name: offered(one, facts) for one in row.payload if one.offered and one.kind == "line"},
        refusals=screen.refusals,
        extra=screen.extra,
    )
    staff = is_staff_side(target.actor)
    proposal = target.proposal() if staff else None
    context = {
        **_announced(target, row, at),
        **_consulted(target, row, facts),
        "asked": positions_of(facts.answers) if "propose_written_opinion" in row.effects else [],
        # What such an act sends is attached first, on another page.
        "attach_url": reverse("dossiers:documents", args=[target.name]) if "receive_piece" in row.effects else "",
        "target": target,
        "row": row,
        "law": _law(target.dossier, row),
        "form": form,
        "groups": groups_heard(target, row, form, facts),
        "screen": screen,
        "blocked": blocked,
        "typed": _typed(form, row) if posted is not None and (screen.closed or blocked) else [],
        "version": target.version,
        "key": screen.key,
        "add_button": ADD_BUTTON,
        "proposal": proposal,
        "starts_late": _later_start(target, proposal, at),
        "own_proposal": proposal is not None and proposal.proposer_id == target.actor.person_id,
        "previews": _previewed_as(row) if staff and not target.title else "",
        "letter": row.letter if staff and proposal is not None else "",
    }
    return render(request, "dossiers/shared/act.html", context, status=screen.status)


def _previewed_as(row: Transition) -> str:
    """What the preview of the letter being typed is asked as; empty when this act makes none, or asks nothing."""
    if "record_proposal" in row.effects:
        return "typed"
    return row.letter if "college_decides" in row.effects else ""


def groups_heard(target: Target, row: Transition, form: PayloadForm, facts: Facts) -> list[Group]:
    """The form's groups; beside each criterion to judge, what the other bodies found and what the company says."""
    if target.title or "record_findings" not in row.effects:
        return list(form.groups())
    found = consulted(target.dossier, target.actor, facts.answers)
    heard = heard_on(found, BODY_OF.get(target.actor.role, ""), facts.answers)
    return [replace(one, heard=heard.get(one.criterion)) for one in form.groups()]


def _consulted(target: Target, row: Transition, facts: Facts) -> dict[str, Any]:
    """What the page of an opinion or of a decision says of the indication, and the opinion to sign."""
    nothing: dict[str, Any] = {"consulted": None, "opinion": None, "own_opinion": False, "claimed": ""}
    effects = {"propose_opinion", "give_opinion", "record_findings"}
    if target.title or not effects & set(row.effects):
        return nothing
    shown = opinions_shown(target.dossier, target.actor)
    proposed = next((one for one in shown if one.readable and one.given_at is None), None)
    given = [one for one in shown if one.given_at is not None]
    return {
        "consulted": given,
        "opinion": proposed if "give_opinion" in row.effects else None,
        "own_opinion": proposed is not None and proposed.proposer_id == target.actor.person_id,
        "claimed": str((facts.answers.get("indication") or {}).get("claimed") or ""),
    }


def _announced(target: Target, row: Transition, at: dt.datetime) -> dict[str, Any]:
    """For an act on a title, what its page says before the press: who is told, which letter is made, who was heard."""
    if target.title is None:
        return {"told": [], "letter_made": "", "comments": None, "intention": "", "preview_url": ""}
    kind = row.letter_by(target.actor)
    # What is typed is not known yet: an end for safety is the one that needs a hearing.
    intention = heard_about(row.name, {"cause": "safety"})
    return {
        "told": list(_told(target.dossier, row)),
        "letter_made": KINDS[kind].label if kind else "",
        "comments": _comments(target, row, intention, at) if intention else None,
        "intention": intention,
        "preview_url": reverse("dossiers:title_preview", args=[target.title.number, row.name]) if kind else "",
    }


def _told(dossier: Dossier, row: Transition) -> Iterator[Text]:
    """Ministries are told of what they read."""
    readers = table_of(dossier.procedure, dossier.workflow_version).state(dossier.state).read_by
    for audience in row.tells:
        if audience == audiences.APPLICANT_SIDE and dossier.organisation.kind != ESTABLISHMENT:
            yield OTHER_SIDE
        elif audience != audiences.MINISTERS or MINISTRY_READER in readers:
            yield TOLD[audience]
    if dossier.procedure == EXEMPTION:
        yield _("every hospital that the decision names, or that holds a unit")


def _law(dossier: Dossier, row: Transition) -> str:
    """The source of an act shared by several procedures may be that of one: "CSP R.5121-74-8 (AAC)"."""
    one = OF_ONE_PROCEDURE.search(row.law)
    return row.law if one is None or one[1].lower() == dossier.procedure else ""


def _comments(target: Target, row: Transition, intention: str, at: dt.datetime) -> Comments | None:
    """For an act that needs a hearing in one case only, nothing unless an invitation is open on it."""
    assert target.title is not None
    found = comments_of(target.title, target.actor, at)
    always = row.name == intention
    return found if always or (found.open is not None and found.open.intended == intention) else None


def _later_start(target: Target, proposal: Decision | None, at: dt.datetime) -> dt.date | None:
    """The first day of a title signed now, when the one proposed has already passed."""
    if proposal is None or proposal.starts_on is None or proposal.ends_on is None:
        return None
    first, _last = title_period(target.dossier.kind, proposal.starts_on, proposal.ends_on, civil_date(at))
    return first if first != proposal.starts_on else None


def _typed(form: PayloadForm, row: Transition) -> list[tuple[Any, str]]:
    """What was typed, to be copied, where the form itself can no longer be sent."""
    raw = form.raw()
    lines: list[tuple[Any, str]] = []
    for one in row.payload:
        value = raw.get(one.name)
        if isinstance(value, dict):
            lines += [(form.questions.get(key, key), str(text)) for key, text in value.items()]
        elif value:
            lines.append((one.label, "\n".join(value) if isinstance(value, list) else str(value)))
    return lines


def _questions(row: Transition, facts: Facts) -> dict[str, str]:
    """Those that the act's field of answers answers, if it has one."""
    return next((offered(one, facts) for one in row.payload if one.kind == "answers"), {})


def _first(reasons: tuple[Reason, ...]) -> str:
    return str(reasons[0].message) if reasons else _("This is not possible now.")
