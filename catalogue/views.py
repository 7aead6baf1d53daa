"""Screens of the catalogue: searching, one medicine, publishing criteria."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any, cast

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Field, Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views import View

from catalogue.criteria import current_version
from catalogue.differences import Change, described, differences, limits_described
from catalogue.entry_views import back_of
from catalogue.forms import (
    BaseCriterionFormSet,
    CriterionForm,
    PublicationForm,
    criterion_forms,
    new_criteria,
    show_reasons,
    typed_rows,
)
from catalogue.history import history_of
from catalogue.models import CriteriaVersion, Criterion, Indication, Medicine
from catalogue.results import result_of, results_for, why_closed
from catalogue.services.criteria import CriteriaRefused, may_publish, publish_criteria
from catalogue.services.referential import may_record
from workflows import roles
from workflows.types import Actor


class MedicineSearch(View):
    """Search by name, substance or code. htmx asks for the results only; without JavaScript it is a plain page."""

    def get(self, request: HttpRequest) -> HttpResponse:
        results = results_for(request.GET.get("q", ""), on=timezone.localdate())
        may = may_record(getattr(request, "actor", None))
        context = {"results": results, "choose_url_name": "", "propose_url_name": "", "may_record": may}
        template = "catalogue/_medicine_results.html" if _wants_fragment(request) else "catalogue/search.html"
        response = render(request, template, context)
        # The same address answers a page or a piece of one: a cache must not mix them up.
        response["Vary"] = "HX-Request"
        return response


def _wants_fragment(request: HttpRequest) -> bool:
    headers = request.headers
    return headers.get("HX-Request") == "true" and headers.get("HX-History-Restore-Request") != "true"


@dataclass(frozen=True)
class VersionShown:
    """A version as the page lists it. `changes` are those since the version before, None for the first."""

    version: CriteriaVersion
    current: bool
    lines: list[str]
    limits: list[str]
    changes: list[Change] | None


@dataclass(frozen=True)
class IndicationShown:
    indication: Indication
    closed: Any
    versions: list[VersionShown]
    review_overdue: bool

    @property
    def current(self) -> VersionShown | None:
        return next((shown for shown in self.versions if shown.current), None)


class MedicinePage(View):
    """A medicine: what it is, what may be asked for it, and every version of its criteria with what changed."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        medicine = get_object_or_404(
            Medicine.objects.prefetch_related(Prefetch("indications", queryset=_indications_with_criteria())), pk=pk
        )
        today = timezone.localdate()
        actor: Actor | None = getattr(request, "actor", None)
        context = {
            "medicine": medicine,
            "result": result_of(medicine, today),
            "indications": [_shown(indication, today) for indication in medicine.indications.all()],
            "may_publish": may_publish(actor),
            "may_record": may_record(actor),
            "history": history_of(medicine) if _is_staff(actor) else [],
            "invented": set(medicine.invented_fields),
            "identity": _identity(medicine),
            "authorisation": _authorisation(medicine),
        }
        return render(request, "catalogue/medicine.html", context)


def _is_staff(actor: Actor | None) -> bool:
    """Who reads the history of the referential: agencies and auditors."""
    return actor is not None and actor.role in roles.AGENCY_STAFF | {roles.AUDITOR}


def _indications_with_criteria() -> Any:
    criteria = Prefetch("criteria", queryset=Criterion.objects.order_by("position", "id"))
    versions = CriteriaVersion.objects.order_by("-number").prefetch_related(criteria)
    return Indication.objects.order_by("label", "id").prefetch_related(Prefetch("criteria_versions", queryset=versions))


def _shown(indication: Indication, today: Any) -> IndicationShown:
    newest_first = list(indication.criteria_versions.all())
    changes = {new.pk: differences(old, new) for new, old in pairwise(newest_first)}
    versions = [
        VersionShown(
            version=version,
            current=version.is_current(today),
            lines=[described(criterion) for criterion in version.criteria.all()],
            limits=limits_described(version),
            changes=changes.get(version.pk),
        )
        for version in newest_first
    ]
    current = current_version(indication, today)
    overdue = current is not None and current.review_on is not None and current.review_on < today
    return IndicationShown(indication, why_closed(indication, today), versions, overdue)


def _identity(medicine: Medicine) -> list[tuple[Any, Any, bool]]:
    """(label, value, invented) of what identifies the medicine; what is unknown is left out."""
    names = (
        "inn", "code_name", "form", "strength", "route", "holder", "restricted_class", "atc", "cis", "cip13", "ucd13",
    )  # fmt: skip
    return _facts(medicine, names)


def _authorisation(medicine: Medicine) -> list[tuple[Any, Any, bool]]:
    return _facts(medicine, ("ma_status", "ma_procedure", "ma_on", "marketing_status", "eu_number"))


def _facts(medicine: Medicine, names: tuple[str, ...]) -> list[tuple[Any, Any, bool]]:
    return [
        (
            cast("Field[Any, Any]", medicine._meta.get_field(name)).verbose_name,
            getattr(medicine, name),
            name in medicine.invented_fields,
        )
        for name in names
        if getattr(medicine, name)
    ]


class PublishCriteria(View):
    """ANSM publishes a new version of the criteria, starting from a copy of the last one."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        actor: Actor | None = getattr(request, "actor", None)
        if actor is None or not may_publish(actor):
            raise PermissionDenied(_("Only an ANSM assessor or signatory publishes criteria."))
        self.actor = actor
        self.indication = get_object_or_404(Indication.objects.select_related("medicine"), pk=kwargs["pk"])
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        last = self.indication.criteria_versions.order_by("-number").first()
        initial = PublicationForm.initial_of(last) if last else {}
        rows = [CriterionForm.initial_of(criterion) for criterion in last.criteria.all()] if last else []
        form = PublicationForm(initial={**initial, "starts_on": timezone.localdate()})
        return self._page(form, criterion_forms(initial=rows))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        if "more_rows" in request.POST:
            rows = criterion_forms(initial=typed_rows(request.POST))
            return self._page(PublicationForm(initial=_typed(request)), rows)
        form = PublicationForm(request.POST)
        formset = criterion_forms(data=request.POST)
        if not (form.is_valid() & formset.is_valid()):
            return self._page(form, formset, status=422)
        try:
            version = publish_criteria(
                indication=self.indication,
                publication=form.publication(),
                criteria=new_criteria(formset),
                actor=self.actor,
                at=timezone.now(),
            )
        except CriteriaRefused as refused:
            show_reasons(form, formset, refused.reasons)
            return self._page(form, formset, status=422)
        messages.success(
            request,
            _("Version %(number)d of the criteria is published, in force from %(day)s.")
            % {"number": version.number, "day": version.starts_on.strftime("%d/%m/%Y")},
        )
        return redirect(back_of(request) or self.indication.medicine.get_absolute_url())

    def _page(self, form: PublicationForm, formset: BaseCriterionFormSet, status: int = 200) -> HttpResponse:
        back = back_of(self.request)
        context = {"form": form, "formset": formset, "indication": self.indication, "back": back}
        return render(self.request, "catalogue/publish_criteria.html", context, status=status)


def _typed(request: HttpRequest) -> dict[str, Any]:
    return {name: request.POST.get(name, "") for name in PublicationForm.base_fields}
