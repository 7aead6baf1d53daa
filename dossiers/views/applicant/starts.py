"""Which requests a role may begin, in one list, and the page on which most begin: the kind, then the sections."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views import View

from dossiers.forms.base import Answers
from dossiers.forms.cpc.report import MINISTER
from dossiers.services import drafts
from dossiers.services.errors import Blocked, Conflict, Forbidden
from dossiers.views.applicant.common import acting, new_key
from workflows.cpc_guards import REPORT
from workflows.registry import procedure as table_of
from workflows.roles import MINISTRY_READER
from workflows.types import Actor, Procedure, Text


@dataclass(frozen=True)
class Start:
    """How a request of one procedure begins. `label` is the act; `asks`: what it asks for and of whom; `hints`: what
    each kind is for; `searched`: it begins with the search of a medicine, on its own page."""

    procedure: str
    label: Text
    asks: Text
    hints: Mapping[str, Text] = field(default_factory=dict)
    searched: bool = False

    @property
    def url(self) -> str:
        if self.searched:
            return f"{reverse('dossiers:new')}?of={self.procedure}"
        return reverse("dossiers:start_of", args=[self.procedure])


STARTS: Final[dict[str, Start]] = {
    one.procedure: one
    for one in (
        Start(
            "aac",
            _("Compassionate access (AAC)"),
            _("One patient of yours needs a medicine without marketing authorisation: ANSM decides."),
            searched=True,
        ),
        Start(
            "aap",
            _("Early access (AAP)"),
            _("Your medicine answers a serious, unmet need before it is on the market or reimbursed: HAS decides."),
            searched=True,
        ),
        Start(
            "cpc",
            _("Prescription framework (CPC)"),
            _("A marketed medicine helps patients outside its indication: ANSM may frame how it is prescribed to all."),
            hints={
                "report": _("You report a use and the need it answers, with the literature."),
                "own_initiative": _("ANSM begins by itself, without a report."),
            },
        ),
        Start(
            "device_exemption",
            _("Exemption for a device without CE marking"),
            _(
                "Patients need a medical device, or an in-vitro test, that bears no CE marking: its manufacturer asks, "
                "a clinician says why, ANSM decides. A clinician may begin, then invites the manufacturer."
            ),
            {
                "individual": _("You know who they are: one or several patients, by initials or a code."),
                "global": _("For whoever meets written criteria, over a period."),
            },
        ),
        Start(
            "advice",
            _("Innovation and Referral Service (GIO)"),
            _("You have a question on a medicine or a device that you develop: ANSM answers, free of charge."),
            hints={
                "scientific_opinion": _(
                    "On the development of a medicine or a device: ten questions at most, each with your own position."
                ),
                "regulatory_guidance": _("Which rules apply to your project, and which steps come next."),
                "device_qualification": _("Is the product a device, or an in-vitro device, and of which class?"),
                "device_clinical_research": _("What applies to your device, and how to study it in patients."),
                "pre_submission": _("A nearly final file of a clinical study, read before it is filed."),
            },
        ),
    )
}


def starts_for(actor: Actor) -> list[Start]:
    """What this actor may begin, in the order in which the procedures are known."""
    return [start for code, start in STARTS.items() if table_of(code).kinds_begun_by(actor)]


def kinds_for(table: Procedure, actor: Actor) -> list[tuple[str, Text, Text]]:
    """(code, label, hint) of the kinds that stand alone: the others start from the page of an authorisation."""
    hints = STARTS[table.code].hints
    begun = table.kinds_begun_by(actor)
    return [(code, label, hints.get(code, "")) for code, label in table.kinds if code in begun]


def known_of(kind: str, procedure: str, actor: Actor) -> Answers | None:
    """What is not asked of whoever reports, since it is known: who they are."""
    if (procedure, kind) != ("cpc", REPORT):
        return None
    origin = {"body_name": actor.organisation_name, "contact_name": actor.name}
    return {"origin": origin | ({"body": MINISTER} if actor.role == MINISTRY_READER else {})}


class StartOf(View):
    """The kind of request is chosen, a draft is made, and its first section opens."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        self.actor = acting(request)
        self.begun = next((one for one in starts_for(self.actor) if one.procedure == kwargs["procedure"]), None)
        if self.begun is None:
            raise PermissionDenied(_("Your role does not allow you to start this kind of file."))
        if self.begun.searched:
            return redirect(self.begun.url)
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: HttpRequest, procedure: str) -> HttpResponse:
        kinds = kinds_for(table_of(procedure), self.actor)
        return self._page(kind=kinds[0][0] if len(kinds) == 1 else request.GET.get("kind", ""))

    def post(self, request: HttpRequest, procedure: str) -> HttpResponse:
        kind = request.POST.get("kind", "")
        key = request.POST.get("key", "").replace("\x00", "")[:64]
        if kind not in {code for code, _label, _hint in kinds_for(table_of(procedure), self.actor)}:
            return self._page(kind="", problem=_("Choose what kind of request it is."), key=key)
        try:
            dossier = drafts.create_draft(
                procedure=procedure, kind=kind, actor=self.actor, answers=known_of(kind, procedure, self.actor), key=key
            )
        except Forbidden as refusal:
            raise PermissionDenied(" ".join(str(reason.message) for reason in refusal.reasons)) from refusal
        except (Blocked, Conflict) as refusal:
            return self._page(kind=kind, problem=refusal.reasons[0].message)
        return redirect("dossiers:edit_start", dossier.reference)

    def _page(self, *, kind: str, problem: Text = "", key: str = "") -> HttpResponse:
        assert self.begun is not None
        context = {
            "start": self.begun,
            "kinds": kinds_for(table_of(self.begun.procedure), self.actor),
            "kind": kind,
            "problem": problem,
            "key": key or new_key(),
        }
        return render(self.request, "dossiers/applicant/start_of.html", context, status=422 if problem else 200)
