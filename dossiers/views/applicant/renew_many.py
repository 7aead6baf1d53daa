"""Renewing the authorisations of several patients at once: /expiring/renew/.

A first page asks what the law wants for each patient, and once what may be said for all; pressing begins one request
each and accounts for every one. A prescriber may then sign together those that are complete.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any, Final

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import View

from dossiers.forms import renewal_rows
from dossiers.forms.renewal_rows import RowForm, SharedForm
from dossiers.models import Dossier
from dossiers.policy import may, titles_visible_to, visible_to
from dossiers.queries.answers import birth_months
from dossiers.services import renewals
from dossiers.services.renewals import BEGUN, MOST_AT_ONCE, REFUSED, SIGNED, UNDER_WAY, Outcome, ToSign, Wish
from dossiers.views.applicant.common import acting, new_key, where
from dossiers.views.shared.keys import key_of
from dossiers.views.shared.rows import label_of, short
from workflows.dates import civil_date
from workflows.roles import INTERN, PHARMACIST, PRESCRIBER
from workflows.types import Reason, Text

RENEW: Final = frozenset({PRESCRIBER, INTERN, PHARMACIST})
LONGEST_NUMBER: Final = 40
LONGEST_KEY: Final = 50
"""Of the page's key: the number of a title or a reference comes after it."""
REASONS_SHOWN: Final = 4
OVER: Final = frozenset({"ended", "renewed", "not_found"})
WORDS: Final[dict[str, Text]] = {
    BEGUN: gettext_lazy("Begun"),
    UNDER_WAY: gettext_lazy("Already under way"),
    SIGNED: gettext_lazy("Signed and sent to the pharmacy"),
    REFUSED: gettext_lazy("Not done"),
}
COLOURS: Final = {BEGUN: "success", SIGNED: "success", UNDER_WAY: "info", REFUSED: "error"}


class RenewMany(View):
    http_method_names = ["get", "post", "options"]

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        self.actor = acting(request)
        if self.actor.role not in RENEW:
            raise PermissionDenied(_("Your role does not allow you to ask for a renewal."))
        self.at = timezone.now()
        self.on = civil_date(self.at)
        return super().dispatch(request, *args, **kwargs)

    # ---------------------------------------------------------------------------------------------- first page

    def get(self, request: HttpRequest) -> HttpResponse:
        wanted = numbers(request.GET.getlist("title"))
        found = self._titles(wanted[:MOST_AT_ONCE])
        if not found:
            messages.info(request, _("Select the authorisations to renew, then press the button again."))
            return redirect("dossiers:expiring")
        self._say_when_too_many(wanted)
        return self._ask(found, SharedForm(on=self.on), {}, key=new_key())

    def _say_when_too_many(self, wanted: list[str]) -> None:
        if len(wanted) > MOST_AT_ONCE:
            said = _("You selected %(wanted)d: here are the first %(most)d. Renew the others afterwards.")
            messages.warning(self.request, said % {"wanted": len(wanted), "most": MOST_AT_ONCE})

    def _titles(self, wanted: list[str]) -> list[dict[str, Any]]:
        """Those of the wanted titles that this hospital may renew, soonest first. Two queries."""
        mine = titles_visible_to(self.actor).filter(organisation=self.actor.organisation_id, number__in=wanted)
        found = mine.filter(procedure=renewal_rows.PROCEDURE).order_by("ends_on", "pk")
        columns = (
            *("number", "procedure", "organisation_id", "ends_on"),
            *("dossier_id", "dossier__subject", "dossier__product_label"),
        )
        mine = [one for one in found.values(*columns) if self._may_renew(one)]
        born = birth_months(one["dossier_id"] for one in mine)
        return [{**one, "born": renewal_rows.birth(born.get(one["dossier_id"], ""))} for one in mine]

    def _may_renew(self, one: dict[str, Any]) -> bool:
        owned = Dossier(procedure=one["procedure"], organisation_id=one["organisation_id"])
        return may(self.actor, "renew", owned).allowed

    def _ask(
        self, found: list[dict[str, Any]], shared: SharedForm, forms: dict[str, RowForm], *, key: str
    ) -> HttpResponse:
        context = {
            "rows": [
                {**named(one), "form": forms.get(one["number"]) or RowForm(number=one["number"], on=self.on)}
                for one in found
            ],
            "shared": shared,
            "key": key,
            "may_sign": renewal_rows.signs(self.actor.role),
        }
        return render(self.request, "dossiers/applicant/renew_many.html", context)

    # ------------------------------------------------------------------------------------------------ beginning

    def post(self, request: HttpRequest) -> HttpResponse:
        if request.POST.get("step") == "sign":
            return self._sign(request)
        wanted = numbers(request.POST.getlist("title"))
        if not wanted:
            return redirect("dossiers:expiring")
        self._say_when_too_many(wanted)
        wanted = wanted[:MOST_AT_ONCE]
        shared = SharedForm(request.POST, on=self.on)
        forms = {number: RowForm(request.POST, number=number, on=self.on) for number in wanted}
        outcomes = renewals.begin_all(
            wishes=[Wish(number, _together(forms[number].answers(), shared.answers())) for number in wanted],
            actor=self.actor,
            key=key_of(request)[:LONGEST_KEY],
            at=self.at,
        )
        seen = {one["number"]: one for one in self._titles(wanted)}
        lines = [self._begun_line(one, seen.get(one.subject), forms[one.subject]) for one in outcomes]
        again = [seen[one.subject] for one in outcomes if one.subject in seen and can_be_corrected(one)]
        return self._results(lines, again=again, forms=forms, shared=shared)

    def _begun_line(self, one: Outcome, title: dict[str, Any] | None, form: RowForm) -> dict[str, Any]:
        """What was typed and not kept is given back: to be copied, or in the form when it can be corrected."""
        kept = one.outcome == BEGUN or (title is not None and can_be_corrected(one))
        return {
            "outcome": one,
            "number": one.subject,
            "product": title["dossier__product_label"] if title else "",
            "subject": title["dossier__subject"] if title else "",
            "born": title["born"] if title else "",
            "typed": [] if kept else form.typed(),
        }

    # -------------------------------------------------------------------------------------------------- signing

    def _sign(self, request: HttpRequest) -> HttpResponse:
        wanted = posted_requests(request)
        form = renewal_rows.undertakings_form(request.POST, self.on)
        if not renewal_rows.signs(self.actor.role):
            raise PermissionDenied(_("Only a prescriber makes these statements."))
        if not form.is_valid():
            known = set(
                visible_to(self.actor)
                .filter(reference__in=[one.reference for one in wanted])
                .values_list("reference", flat=True)
            )
            lines = [self._line(Outcome(ref, BEGUN, ref)) for ref in (one.reference for one in wanted) if ref in known]
            return self._results(lines, undertakings=form, status=422)
        outcomes = renewals.sign_all(
            requests=wanted,
            undertakings=renewal_rows.typed_undertakings(request.POST, self.on),
            actor=self.actor,
            key=key_of(request)[:LONGEST_KEY],
            at=self.at,
        )
        return self._results([self._line(one) for one in outcomes])

    def _line(self, one: Outcome) -> dict[str, Any]:
        return {"outcome": one, "number": "", "product": "", "subject": "", "born": "", "typed": []}

    # -------------------------------------------------------------------------------------------------- results

    def _results(
        self,
        lines: list[dict[str, Any]],
        *,
        again: list[dict[str, Any]] | None = None,
        forms: dict[str, RowForm] | None = None,
        shared: SharedForm | None = None,
        undertakings: Any = None,
        status: int = 200,
    ) -> HttpResponse:
        """What became of each; then what was refused, to be mended; then, for a prescriber, the signature."""
        wanted = [line["outcome"].reference for line in lines if line["outcome"].reference]
        found = (
            visible_to(self.actor).select_related("parent_title", "indication__medicine").filter(reference__in=wanted)
        )
        files = {one.reference: one for one in found}
        born = birth_months(files_of_parents(files.values()))
        rows = [result(line, files.get(line["outcome"].reference), self.on, born) for line in lines]
        context = {
            "rows": rows,
            "done": sum(1 for row in rows if row["done"]),
            "again": [{**named(one), "form": (forms or {})[one["number"]]} for one in again or []],
            "shared": shared,
            "key": new_key(),
            "may_sign": renewal_rows.signs(self.actor.role),
            # Those that lack something go along: the next page says again what they lack.
            "drafts": [row for row in rows if row["draft"]],
            "ready": [row for row in rows if row["ready"]],
            "undertakings": undertakings or renewal_rows.undertakings_form(None, self.on),
        }
        return render(self.request, "dossiers/applicant/renew_many_results.html", context, status=status)


def can_be_corrected(one: Outcome) -> bool:
    """Refused for what was typed, and not because of what became of the authorisation."""
    return one.outcome == REFUSED and not {reason.code for reason in one.reasons} & OVER


def files_of_parents(found: Iterable[Dossier]) -> list[int]:
    """The requests that the renewed authorisations came from."""
    return [one.parent_title.dossier_id for one in found if one.parent_title]


def result(line: dict[str, Any], dossier: Dossier | None, on: dt.date, born: Mapping[int, str]) -> dict[str, Any]:
    """One line of the table of results. `ready`: complete but for the signature and its undertakings."""
    one: Outcome = line["outcome"]
    draft = dossier is not None and dossier.state == "draft"
    lacking = renewals.still_needed(dossier, on) if draft and dossier and one.outcome != REFUSED else ()
    reasons = one.reasons or lacking
    parent = dossier.parent_title if dossier else None
    return {
        "number": line["number"] or (parent.number if parent else one.subject),
        "product": line["product"] or (dossier.product_label if dossier else ""),
        "subject": line["subject"] or (dossier.subject if dossier else ""),
        "born": line["born"] or renewal_rows.birth(born.get(parent.dossier_id, "") if parent else ""),
        "typed": line["typed"],
        "word": WORDS[one.outcome],
        "colour": COLOURS[one.outcome],
        "done": one.outcome in (BEGUN, SIGNED),
        "reference": dossier.reference if dossier else "",
        "version": dossier.version if dossier else 0,
        "url": file_url(dossier, draft) if dossier else "",
        "stage": label_of(dossier.procedure, dossier.workflow_version, dossier.state, staff=False) if dossier else "",
        "reasons": [(mend(dossier, reason), reason.message) for reason in reasons[:REASONS_SHOWN]],
        "more": max(0, len(reasons) - REASONS_SHOWN),
        "draft": draft and one.outcome == BEGUN,
        "ready": draft and one.outcome == BEGUN and not lacking,
    }


def file_url(dossier: Dossier, draft: bool) -> str:
    return reverse("dossiers:review" if draft else "dossiers:dossier", args=[dossier.reference])


def mend(dossier: Dossier | None, reason: Reason) -> str:
    """Where that reason can be put right; empty when there is no such place."""
    if dossier is None or dossier.state != "draft":
        return ""
    address = where(dossier, reason.field)
    return "" if address.startswith("#") else address


def named(one: dict[str, Any]) -> dict[str, Any]:
    return {
        "number": one["number"],
        "product": one["dossier__product_label"],
        "subject": one["dossier__subject"],
        "born": one["born"],
        "until": short(one["ends_on"]),
    }


def numbers(typed: Iterable[str]) -> list[str]:
    """The numbers of titles in an address or a form, each once, in their order."""
    return list(dict.fromkeys(one for one in typed if one and len(one) <= LONGEST_NUMBER and "\x00" not in one))


def posted_requests(request: HttpRequest) -> list[ToSign]:
    """`request` fields, each "reference version"."""
    found = []
    for typed in request.POST.getlist("request")[:MOST_AT_ONCE]:
        reference, _space, version = typed.partition(" ")
        if version.isascii() and version.isdigit() and len(version) < 10 and "\x00" not in reference:
            found.append(ToSign(reference, int(version)))
    return found


def _together(one: dict[str, dict[str, Any]], other: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {section: {**one.get(section, {}), **other.get(section, {})} for section in {**one, **other}}
