"""A company's filing: begun for one or several indications at once, completed by another, filed in one act."""

from __future__ import annotations

from typing import Any, Final

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import View

from catalogue.models import Indication
from dossiers.forms.aap.pathway import PATHWAYS
from dossiers.forms.aap.product import MENTIONS
from dossiers.forms.base import FormContext
from dossiers.forms.fields import CodesField, choice, line
from dossiers.forms.registry import form_set
from dossiers.forms.rows import RowsField
from dossiers.models import Dossier
from dossiers.policy import may
from dossiers.queries.answers import form_context, raw_answers
from dossiers.queries.filings import PartOfAll, shared_parts
from dossiers.services import filings
from dossiers.services.errors import Blocked, Conflict, Forbidden, NotFound, ServiceError
from dossiers.services.filings import FILED, MOST_INDICATIONS, ToFile
from dossiers.services.idempotency import event_of
from dossiers.views.applicant.common import (
    acting,
    by_section,
    file_context,
    find_dossier,
    new_key,
    posted_key,
    require,
)
from dossiers.views.applicant.edit import add_blank_row, without_row
from dossiers.views.applicant.products import Product, chosen, same_product
from dossiers.views.applicant.sections import COMPLETE, steps
from workflows.dates import civil_date
from workflows.registry import procedure as table_of
from workflows.types import Actor

EMPTY_ELSEWHERE: Final = "empty"
"""In the place of a section to copy: every shared one that the other drafts have not begun."""

LONGEST_KEY: Final = 50
"""Of the page's key: the reference of a request comes after it."""


def indication_field() -> forms.CharField:
    return line(
        gettext_lazy("Indication in plain words"),
        hint=gettext_lazy("One line that anybody understands. The exact wording is asked afterwards."),
        max_length=200,
        example="Maladie d'Exemple avancée, après échec d'un traitement",
    )


class StartForm(forms.Form):
    """As little as makes drafts: everything else is asked section by section. `medicine`: chosen in the catalogue."""

    use_required_attribute = False

    name = line(
        gettext_lazy("Name, or code name"),
        hint=gettext_lazy("The one used in trials when there is no brand name yet. Example: XYZ-123."),
        max_length=200,
        example="DEMOLIZINE",
    )
    inn = line(
        gettext_lazy("Substance (INN)"),
        hint=gettext_lazy("Example: tofersen. Leave empty when there is none yet."),
        required=False,
        max_length=200,
        example="démolizumab",
    )
    pathway = choice(gettext_lazy("Which pathway?"), PATHWAYS, example="pre_ma")
    known = CodesField(
        label=gettext_lazy("Indications of the catalogue"),
        help_text=gettext_lazy("Tick each one that you ask for."),
        required=False,
        choices=[],
    )
    indications = RowsField(
        columns={"simplified": indication_field()},
        label=gettext_lazy("Indications"),
        help_text=gettext_lazy(
            "HAS decides for each indication: one row makes one request. More can be added later, while it is a draft."
        ),
        required=False,
        most=MOST_INDICATIONS,
    )

    def __init__(self, *args: Any, product: Product, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.product = product
        self.offered: dict[str, Indication] = {}
        if product.medicine is not None:
            del self.fields["name"], self.fields["inn"]
            self.offered = {str(one.pk): one for one in product.medicine.indications.order_by("pk")}
        if self.offered:
            known: Any = self.fields["known"]
            known.choices = [(pk, one.label) for pk, one in self.offered.items()]
            self.fields["indications"].label = gettext_lazy("Other indications")
        else:
            del self.fields["known"]

    def clean(self) -> dict[str, Any]:
        answers: dict[str, Any] = super().clean() or self.cleaned_data
        if "indications" in answers and not self._chosen(answers):
            self.add_error("indications", _("Give one indication at least."))
        return answers

    def _chosen(self, answers: dict[str, Any]) -> list[dict[str, Any]]:
        known = [self.offered[pk] for pk in answers.get("known") or ()]
        return [
            *({"indication": one.pk, "claimed": one.label, "simplified": one.label[:200]} for one in known),
            *({"simplified": row["simplified"]} for row in answers["indications"]),
        ]

    def wanted(self) -> list[dict[str, Any]]:
        """Raw answers of the section `indication`, one for each request to begin. Only after `is_valid`."""
        return self._chosen(self.cleaned_data)

    def answers(self) -> dict[str, dict[str, Any]]:
        """What every request starts with. Only after `is_valid`."""
        typed = self.cleaned_data
        product = {"name": typed.get("name", ""), "inn": typed.get("inn", "")}
        return {"request": {"pathway": typed["pathway"]}, "product": product_answers(self.product, product)}


def product_answers(product: Product, typed: dict[str, Any]) -> dict[str, Any]:
    """The section `product`: the row of the catalogue with its mentions, or the words typed."""
    if product.medicine is None:
        return {"medicine": None, **typed}
    return {"medicine": product.medicine.pk, **{name: getattr(product.medicine, name) for name in MENTIONS}}


def contact_answers(request: HttpRequest) -> dict[str, Any]:
    """What the profile says of whoever begins."""
    membership = request.membership  # type: ignore[attr-defined]
    said = {
        "holder_name": membership.organisation.name,
        "contact_name": membership.person.full_name,
        "contact_email": membership.person.email,
        "contact_phone": membership.phone,
    }
    return {name: value for name, value in said.items() if value}


class StartFiling(View):
    """The pathway and the indications of the product chosen, and a warning when there are files about it already."""

    def get(self, request: HttpRequest) -> HttpResponse:
        product = chosen(request.GET)
        return self._page(request, StartForm(product=product, initial={"name": product.name}))

    def post(self, request: HttpRequest) -> HttpResponse:
        actor, product, key = acting(request), chosen(request.POST), posted_key(request)
        done = event_of(actor, key)
        if done is not None:
            return self._onwards(done.dossier)
        if "add_row" in request.POST or "remove_row" in request.POST:
            return self._rows(request, product)
        form = StartForm(request.POST, product=product)
        if not form.is_valid():
            return self._page(request, form, status=422)
        if same_product(actor, self._named(form)) and request.POST.get("anyway") != "1":
            return self._page(request, form, status=409)
        try:
            filing = filings.begin_filing(
                answers={**form.answers(), "contacts": contact_answers(request)},
                indications=form.wanted(),
                actor=actor,
                key=key,
                at=timezone.now(),
            )
        except Forbidden as refusal:
            raise PermissionDenied(" ".join(str(reason.message) for reason in refusal.reasons)) from refusal
        except (Blocked, Conflict) as refusal:
            for reason in refusal.reasons:
                form.add_error(None, str(reason.message))
            return self._page(request, form, status=422)
        first = filing.dossiers.order_by("pk")[0]
        return self._onwards(first)

    def _onwards(self, first: Dossier) -> HttpResponse:
        """One indication: to its sections. Several: to what they are together."""
        several = Dossier.objects.filter(filing=first.filing_id).count() > 1
        return redirect("dossiers:filing" if several else "dossiers:edit_start", first.reference)

    def _rows(self, request: HttpRequest, product: Product) -> HttpResponse:
        posted = without_row(request.POST, request.POST.get("remove_row", ""))
        blank = StartForm(product=product)
        typed = {
            name: field.widget.value_from_datadict(posted, request.FILES, name) for name, field in blank.fields.items()
        }
        form = StartForm(product=product, initial=typed)
        if "add_row" in request.POST:
            add_blank_row(form, "indications")
        return self._page(request, form)

    def _named(self, form: StartForm) -> Product:
        return Product(form.product.medicine, None, form.cleaned_data.get("name", ""))

    def _page(self, request: HttpRequest, form: StartForm, status: int = 200) -> HttpResponse:
        named = form.product
        if not named.name and form.is_bound:
            named = Product(named.medicine, None, str(form.data.get("name") or ""))
        context = {
            "form": form,
            "product": form.product,
            "existing": same_product(acting(request), named),
            "key": new_key(),
        }
        return render(request, "dossiers/applicant/aap_start.html", context, status=status)


def posted_requests(request: HttpRequest) -> list[ToFile]:
    """`request` fields, each "reference version"."""
    found = []
    for typed in request.POST.getlist("request")[:MOST_INDICATIONS]:
        reference, _space, version = typed.partition(" ")
        if version.isascii() and version.isdigit() and len(version) < 10 and "\x00" not in reference:
            found.append(ToFile(reference, int(version)))
    return found


class AddForm(forms.Form):
    use_required_attribute = False

    simplified = indication_field()


class FilingPage(View):
    """Every request of a filing: how far each is, what they share, one more indication, and filing them together."""

    http_method_names = ["get", "post", "options"]

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        self.dossier: Dossier = find_dossier(request, kwargs["reference"])
        self.actor: Actor = acting(request)
        if not filings.may_have_siblings(self.dossier):
            if request.method == "POST":
                require(self.actor, "edit", self.dossier)
            return redirect("dossiers:dossier", self.dossier.reference)
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: HttpRequest, reference: str) -> HttpResponse:
        return self._page(AddForm())

    def post(self, request: HttpRequest, reference: str) -> HttpResponse:
        try:
            if request.POST.get("act") == "add":
                return self._add(request)
            if request.POST.get("act") == "file":
                return self._file(request)
            return self._copy(request)
        except NotFound as refusal:
            raise Http404 from refusal
        except Forbidden as refusal:
            raise PermissionDenied(" ".join(str(reason.message) for reason in refusal.reasons)) from refusal
        except ServiceError as refusal:
            for reason in refusal.reasons:
                messages.error(request, str(reason.message))
            return redirect("dossiers:filing", reference)

    def _add(self, request: HttpRequest) -> HttpResponse:
        form = AddForm(request.POST)
        if not form.is_valid():
            return self._page(form, status=422)
        added = filings.add_indication(
            reference=self.dossier.reference,
            indication={"simplified": form.cleaned_data["simplified"]},
            actor=self.actor,
            key=posted_key(request),
            at=timezone.now(),
        )
        messages.success(request, _("Added. It starts with what this request shares, and with its documents."))
        return redirect("dossiers:edit", added.reference, "indication")

    def _copy(self, request: HttpRequest) -> HttpResponse:
        wanted = [request.POST.get("copy", "")]
        if wanted == [EMPTY_ELSEWHERE]:
            found = list(filings.requests_of(self.dossier, self.actor).prefetch_related("sections"))
            wanted = [part.key for part in self._parts(found) if part.empty and not part.other]
        copied: dict[str, None] = {}
        for section in wanted:
            done = filings.copy_section(
                reference=self.dossier.reference, section=section, actor=self.actor, at=timezone.now()
            )
            copied |= dict.fromkeys(done)
        messages.success(request, _("Copied into: %s.") % ", ".join(copied) if copied else _("They say the same."))
        return redirect("dossiers:filing", self.dossier.reference)

    def _file(self, request: HttpRequest) -> HttpResponse:
        wishes = posted_requests(request)
        outcomes = filings.file_all(
            wishes=wishes, actor=self.actor, key=posted_key(request)[:LONGEST_KEY], at=timezone.now()
        )
        self.dossier = find_dossier(request, self.dossier.reference)
        seen = {one.reference: one for one in filings.requests_of(self.dossier, self.actor)}
        results = [
            {
                "dossier": seen[one.reference],
                "number": one.number,
                "filed": one.outcome == FILED,
                "groups": by_section(seen[one.reference], one.reasons),
            }
            for one in outcomes
            if one.reference in seen
        ]
        return self._page(AddForm(), results=results)

    def _page(self, form: AddForm, *, results: list[dict[str, Any]] | None = None, status: int = 200) -> HttpResponse:
        found = list(filings.requests_of(self.dossier, self.actor).prefetch_related("sections"))
        rows = [self._row(one) for one in found]
        open_here = self.dossier.filed_at is None and may(self.actor, "edit", self.dossier).allowed
        parts = self._parts(found) if open_here and len(found) > 1 else []
        context = {
            **file_context(self.dossier, self.actor),
            "rows": rows,
            "drafts": [row for row in rows if row["draft"]],
            "ready": [row for row in rows if row["ready"]],
            "parts": parts,
            "any_empty": sum(bool(part.empty and not part.other) for part in parts) > 1,
            "may_add": open_here and len(found) < MOST_INDICATIONS,
            "may_file": self.actor.role in table_of("aap").transition("file").by,
            "steps": self._steps(open_here),
            "form": form,
            "results": results or [],
            "key": new_key(),
        }
        return render(self.request, "dossiers/applicant/filing.html", context, status=status)

    def _steps(self, open_here: bool) -> list[Any]:
        return steps(self.dossier, form_context(self.dossier, civil_date(timezone.now()))) if open_here else []

    def _row(self, one: Dossier) -> dict[str, Any]:
        table = table_of(one.procedure, one.workflow_version)
        draft = one.state == table.initial
        complete = total = 0
        if draft:
            # No form of an early access reads the referential's criteria: nothing is fetched for them.
            menu = steps(one, FormContext(kind=one.kind, on=civil_date(timezone.now()), answers=raw_answers(one)))
            complete, total = sum(step.progress == COMPLETE for step in menu), len(menu)
        return {
            "dossier": one,
            "state": table.state(one.state),
            "draft": draft,
            "ready": draft and complete == total,
            "complete": complete,
            "total": total,
            "here": one.pk == self.dossier.pk,
            "url": reverse("dossiers:edit_start" if draft else "dossiers:dossier", args=[one.reference]),
        }

    def _parts(self, found: list[Dossier]) -> list[PartOfAll]:
        drafts = {one.reference: raw_answers(one) for one in found if one.filed_at is None and one.decided_at is None}
        mine = frozenset(
            form.key
            for form in form_set(self.dossier.procedure).sections
            if form.key in filings.COPIED and (not form.only_for or self.actor.role in form.only_for)
        )
        return shared_parts(self.dossier, drafts, civil_date(timezone.now()), mine)
