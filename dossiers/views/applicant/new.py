"""A new request: find the medicine, choose the indication, see what is already under way, begin."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views import View

from catalogue.criteria import current_version
from catalogue.results import results_for, why_closed
from dossiers.forms.aac.reading import prescriber_answers
from dossiers.models import Dossier
from dossiers.services import drafts
from dossiers.services.drafts import StaleSection
from dossiers.services.errors import Blocked, Conflict, Forbidden, NotFound
from dossiers.services.idempotency import event_of
from dossiers.views.applicant.common import acting, find_dossier, is_htmx, new_key, require
from dossiers.views.applicant.filing import StartFiling, product_answers
from dossiers.views.applicant.products import Product, chosen, same_product
from dossiers.views.applicant.sections import typed_version
from dossiers.views.applicant.starts import Start, starts_for
from workflows.registry import procedure as table_of
from workflows.roles import PRESCRIBER
from workflows.types import Actor, Text

PROCEDURE = "aac"


def begins_early_access(actor: Actor) -> bool:
    return actor.role in table_of("aap").created_by


def may_begin(actor: Actor) -> None:
    if actor.role not in table_of(PROCEDURE).created_by:
        raise PermissionDenied(_("Only a prescriber or an intern begins a request."))


class NewRequest(View):
    """Search of the medicine. htmx asks for the results only; without JavaScript it is a plain GET form."""

    def get(self, request: HttpRequest) -> HttpResponse:
        actor = acting(request)
        starts = starts_for(actor)
        if not {"of", "q"} & set(request.GET) and (len(starts) > 1 or not any(one.searched for one in starts)):
            return the_choice(request, starts)
        if not begins_early_access(actor):
            may_begin(actor)
        return search_page(request, None, "aap" if begins_early_access(actor) else PROCEDURE)


def the_choice(request: HttpRequest, starts: list[Start]) -> HttpResponse:
    """What this role may begin; its page when there is only one."""
    if not starts:
        raise PermissionDenied(_("Your role does not allow you to start a file."))
    if len(starts) == 1:
        return redirect(starts[0].url)
    return render(request, "dossiers/applicant/starts.html", {"starts": starts})


def search_page(request: HttpRequest, dossier: Dossier | None, procedure: str) -> HttpResponse:
    results = results_for(request.GET.get("q", ""), on=timezone.localdate())
    pieces = {"aap": "dossiers/applicant/_aap_results.html"}
    piece = pieces.get(procedure, "dossiers/applicant/_results.html")
    context = {
        "results": results,
        "dossier": dossier,
        "target": target_of(dossier),
        "piece": piece,
        "early": procedure == "aap",
    }
    response = render(request, piece if is_htmx(request) else "dossiers/applicant/new.html", context)
    # One address answers a page or a piece of one: a cache must not mix them up.
    response["Vary"] = "HX-Request"
    return response


def target_of(dossier: Dossier | None) -> str:
    return reverse("dossiers:medicine", args=[dossier.reference]) if dossier else reverse("dossiers:start")


class StartRequest(View):
    """The chosen product, the kind of request, and a warning when the hospital already has a file about it."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if begins_early_access(acting(request)):
            return StartFiling.as_view()(request)
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: HttpRequest) -> HttpResponse:
        may_begin(acting(request))
        return self._page(request, chosen(request.GET))

    def post(self, request: HttpRequest) -> HttpResponse:
        actor = acting(request)
        may_begin(actor)
        product = chosen(request.POST)
        kind = request.POST.get("kind", "")
        key = request.POST.get("key", "").replace("\x00", "")[:64]
        done = event_of(actor, key)
        if done is not None:
            return redirect("dossiers:edit_start", done.dossier.reference)
        if product.not_the_route:
            return self._page(request, product, kind, problem=product.not_the_route)
        if kind not in {code for code, _label, _hint in kinds_for(product)}:
            return self._page(request, product, kind, problem=_("Choose what kind of request it is."))
        if same_product(actor, product) and request.POST.get("anyway") != "1":
            return self._page(request, product, kind, status=409)
        try:
            dossier = drafts.create_draft(
                procedure=PROCEDURE, kind=kind, actor=actor, answers=first_answers(request, product), key=key
            )
        except Forbidden as refusal:
            raise PermissionDenied(" ".join(str(reason.message) for reason in refusal.reasons)) from refusal
        except (Blocked, Conflict) as refusal:
            return self._page(request, product, kind, problem=refusal.reasons[0].message)
        return redirect("dossiers:edit_start", dossier.reference)

    def _page(
        self, request: HttpRequest, product: Product, kind: str = "initial", *, problem: Text = "", status: int = 200
    ) -> HttpResponse:
        on = timezone.localdate()
        indication = product.indication
        existing = same_product(acting(request), product)
        context = {
            "product": product,
            "kinds": kinds_for(product),
            "kind": kind,
            "closed": why_closed(indication, on) if indication else "",
            "criteria": current_version(indication, on) if indication else None,
            "existing": existing,
            "problem": problem,
            "key": new_key(),
        }
        return render(request, "dossiers/applicant/start.html", context, status=422 if problem else status)


def kinds_for(product: Product) -> list[tuple[str, Text, Text]]:
    """(code, label, what it is for). A renewal is not among them: it starts from its authorisation."""
    labels = dict(table_of(PROCEDURE).kinds)
    kinds: list[tuple[str, Text, Text]] = [
        ("initial", labels["initial"], _("The patient does not receive this medicine under an authorisation yet.")),
        (
            "regularisation",
            labels["regularisation"],
            _(
                "Already dispensed while ANSM was closed, the prescriber and the pharmacist having both judged that "
                "the grant criteria were met."
            ),
        ),
    ]
    if product.indication is not None and product.indication.accepts_very_early:
        kinds.append(
            (
                "very_early",
                labels["very_early"],
                _("Research is at a very early stage, the treatment cannot wait and the patient cannot join it."),
            )
        )
    return kinds


def first_answers(request: HttpRequest, product: Product) -> dict[str, dict[str, Any]]:
    """The product chosen, and what the profile already says of the prescriber (of the ward, for an intern)."""
    answers: dict[str, dict[str, Any]] = {"medicine": product.answers()}
    membership = request.membership  # type: ignore[attr-defined]
    known = prescriber_answers(membership)
    names = ("quality", "speciality", "ward", "phone") if membership.role == PRESCRIBER else ("speciality", "ward")
    filled = {name: known[name] for name in names if known[name]}
    if filled:
        answers["prescriber"] = filled
    return answers


class ChangeMedicine(View):
    """The same search, for a draft already begun: the choice goes into its first section."""

    def get(self, request: HttpRequest, reference: str) -> HttpResponse:
        dossier = find_dossier(request, reference)
        require(acting(request), "edit", dossier)
        if {"medicine", "indication", "name"} & set(request.GET):
            product = chosen(request.GET)
            context = {"product": product, "dossier": dossier}
            return render(request, "dossiers/applicant/change_medicine.html", context)
        return search_page(request, dossier, dossier.procedure)

    def post(self, request: HttpRequest, reference: str) -> HttpResponse:
        dossier = find_dossier(request, reference)
        actor = acting(request)
        require(actor, "edit", dossier)
        product = chosen(request.POST)
        if dossier.procedure != PROCEDURE:
            return self._early_access(reference, product, actor)
        if product.not_the_route:
            context = {"product": product, "dossier": dossier}
            return render(request, "dossiers/applicant/change_medicine.html", context, status=422)
        # The rest of the section (posology, duration) is kept; only the product changes.
        data, version, _row_ = typed_version(dossier, "medicine")
        try:
            drafts.save_section(
                reference=reference,
                section="medicine",
                data={**data, **product.answers()},
                actor=actor,
                base_version=version,
                at=timezone.now(),
            )
        except (Forbidden, NotFound) as refusal:
            raise PermissionDenied(" ".join(str(reason.message) for reason in refusal.reasons)) from refusal
        except StaleSection:
            return redirect("dossiers:medicine", reference)
        return redirect("dossiers:edit", reference, "medicine")

    def _early_access(self, reference: str, product: Product, actor: Actor) -> HttpResponse:
        """The mentions follow the product; an indication of the catalogue that was another medicine's is let go."""
        typed = {"name": product.name} if product.medicine is None else {}
        answers = {"product": product_answers(product, typed), "indication": {"indication": None}}
        try:
            drafts.save_answers(reference=reference, answers=answers, actor=actor, at=timezone.now())
        except (Forbidden, NotFound, Blocked) as refusal:
            raise PermissionDenied(" ".join(str(reason.message) for reason in refusal.reasons)) from refusal
        return redirect("dossiers:edit", reference, "product")
