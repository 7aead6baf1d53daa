"""Which entry of the referential a request filed in free words means: link one, or record it and link it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch, prefetch_related_objects
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from catalogue.entry_forms import IndicationForm, MedicineForm, NoneOfTheseForm, medicine_initial, show_reasons
from catalogue.models import Medicine
from catalogue.results import Result, result_of
from catalogue.search import medicines, with_versions
from catalogue.services.referential import EntryRefused, LooksLikeExisting
from catalogue.similar import similar_medicines
from dossiers.forms.registry import form_set
from dossiers.models import Dossier
from dossiers.policy import may
from dossiers.queries.answers import current_answers
from dossiers.services.errors import Blocked, Forbidden, NotFound, Stale
from dossiers.services.product import create_and_link, link_entry
from dossiers.views.applicant.common import is_htmx
from dossiers.views.shared.dossier import visible_dossier
from dossiers.views.shared.keys import version_of
from dossiers.views.shared.referential import said_in_words
from workflows.dates import civil_date


@require_http_methods(["GET", "HEAD", "POST"])
def product(request: HttpRequest, reference: str) -> HttpResponse:
    """/dossiers/<reference>/product/: which entry of the referential the request means."""
    found = _allowed(request, reference)
    if request.method != "POST":
        return _product_page(request, found)
    typed = request.POST.get("indication", "")
    try:
        link_entry(
            reference=reference,
            indication=int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 19 else 0,
            actor=request.actor,  # type: ignore[attr-defined]
            version=version_of(request),
        )
    except NotFound as error:
        raise Http404 from error
    except Forbidden as error:
        raise PermissionDenied(str(error.reasons[0].message)) from error
    except (Blocked, Stale) as error:
        for reason in error.reasons:
            messages.warning(request, str(reason.message))
        status = 412 if isinstance(error, Stale) else 422
        return _product_page(request, visible_dossier(request, reference), status=status)
    return _linked(request, reference)


def _product_page(request: HttpRequest, found: Dossier, *, status: int = 200) -> HttpResponse:
    answers = current_answers(found)
    said = form_set(found.procedure).matter(answers)["medicine"]
    chosen = _medicine_named(found, answers)
    typed = request.GET.get("q", "")[:200]
    context = {
        "dossier": found,
        "said": said_in_words(found, answers),
        "query": typed,
        "searched": bool(typed.strip()),
        "rows": _rows(chosen, typed, said),
        "linked": found.linked_indication_id,
        "chosen": chosen,
    }
    template = "dossiers/ansm/_entries.html" if is_htmx(request) else "dossiers/ansm/product.html"
    response = render(request, template, context, status=status)
    # One address answers a page or a piece of one: a cache must not mix them up.
    response["Vary"] = "HX-Request"
    return response


def _rows(chosen: Medicine | None, typed: str, said: Mapping[str, str]) -> list[Result]:
    """The medicine that the request names, else what is searched for, else what looks like the request."""
    if chosen is not None:
        found = [chosen]
        prefetch_related_objects([chosen], Prefetch("indications", queryset=with_versions()))
    elif typed.strip():
        found = medicines(typed)
    else:
        found = similar_medicines(said["name"], said["inn"])
    on = civil_date(timezone.now())
    return [result_of(medicine, on) for medicine in found]


@require_http_methods(["GET", "HEAD", "POST"])
def product_new(request: HttpRequest, reference: str) -> HttpResponse:
    """/dossiers/<reference>/product/new/: record the entry that the request asks for, and link it."""
    found = _allowed(request, reference)
    known = _known_medicine(request, found)
    said = form_set(found.procedure).matter(current_answers(found))
    if request.method != "POST":
        about = MedicineForm(initial=medicine_initial(said["medicine"]))
        return _new_page(request, found, known, about, IndicationForm(initial={"label": said["indication"]}))
    about, indication, other = MedicineForm(request.POST), IndicationForm(request.POST), NoneOfTheseForm(request.POST)
    valid = indication.is_valid() & other.is_valid()
    if not (valid and (known is not None or about.is_valid())):
        return _new_page(request, found, known, about, indication, status=422)
    try:
        create_and_link(
            reference=reference,
            medicine=known.pk if known else about.new_medicine(),
            indication=indication.new_indication(),
            actor=request.actor,  # type: ignore[attr-defined]
            none_of_these=other.cleaned_data["none_of_these"],
            version=version_of(request),
        )
    except NotFound as error:
        raise Http404 from error
    except Forbidden as error:
        raise PermissionDenied(str(error.reasons[0].message)) from error
    except LooksLikeExisting as error:
        return _new_page(request, found, known, about, indication, other, alike=error.found, status=409)
    except (EntryRefused, Blocked, Stale) as error:
        show_reasons(error.reasons, *([indication] if known else [about, indication]))
        fresh = visible_dossier(request, reference)
        status = 412 if isinstance(error, Stale) else 422
        return _new_page(request, fresh, known, about, indication, status=status)
    return _linked(request, reference)


def _new_page(
    request: HttpRequest,
    found: Dossier,
    known: Medicine | None,
    about: MedicineForm,
    indication: IndicationForm,
    other: NoneOfTheseForm | None = None,
    *,
    alike: tuple[Medicine, ...] = (),
    status: int = 200,
) -> HttpResponse:
    context = {
        "dossier": found,
        "said": said_in_words(found, current_answers(found)),
        "known": known,
        "about": about,
        "indication_form": indication,
        "other": other,
        "alike": alike,
    }
    return render(request, "dossiers/ansm/product_new.html", context, status=status)


def _known_medicine(request: HttpRequest, found: Dossier) -> Medicine | None:
    """The medicine to which the indication is added: the one the request names, or the one chosen in the address."""
    named = _medicine_named(found, current_answers(found))
    if named is not None:
        return named
    typed = request.GET.get("medicine", "")
    if not typed:
        return None
    pk = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 19 else 0
    medicine = Medicine.objects.filter(pk=pk).first()
    if medicine is None:
        raise Http404
    return medicine


def _medicine_named(found: Dossier, answers: Mapping[str, Any]) -> Medicine | None:
    """The medicine of the list that the request itself names, its indication being in free words."""
    pk = form_set(found.procedure).derive(answers).medicine_id
    return Medicine.objects.filter(pk=pk).first() if pk else None


def _allowed(request: HttpRequest, reference: str) -> Dossier:
    found = visible_dossier(request, reference)
    ruling = may(request.actor, "link_product", found)  # type: ignore[attr-defined]
    if not ruling.allowed:
        raise PermissionDenied(str(ruling.reasons[0].message))
    return found


def _linked(request: HttpRequest, reference: str) -> HttpResponse:
    messages.success(request, _("The request is linked to the referential."))
    return HttpResponseRedirect(reverse("dossiers:dossier", args=[reference]))
