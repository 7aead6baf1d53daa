"""What prescribers and patients will read, what the company commits itself to, what it keeps confidential."""

from __future__ import annotations

import datetime as dt
from typing import Any

from dateutil.relativedelta import relativedelta
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from dossiers.forms.aap.pathway import (
    FIRST,
    POST_MA,
    PRE_MA,
    past_day,
    pathway_of,
    refuse_future,
    without_superseded,
)
from dossiers.forms.base import FormContext, SectionForm
from dossiers.forms.fields import ask, confirm, date, describe, text
from workflows.roles import APPLICANT

LONGEST_BEFORE_MA = relativedelta(years=2)
"""CSP L.5121-12, III: the MA application is filed within a time set by HAS, two years at most from the grant."""


class TextsForm(SectionForm):
    """ANSM joins these texts to its favourable opinion (CSP R.5121-69)."""

    key = "texts"
    title = _("Draft SmPC, leaflet and label")
    law = "CSP R.5121-68, II ; R.5121-69"
    intro = _("Three documents in French. After a narrower decision ANSM adapts them with you.")
    only_if = ("request", "pathway", PRE_MA)

    smpc = confirm(_("I attach the draft summary of product characteristics (RCP)."))
    leaflet = confirm(_("I attach the draft leaflet (notice)."))
    label = confirm(_("I attach the draft label (étiquetage)."))
    origin = text(
        _("Where these drafts come from"),
        hint=_(
            "Example: the text filed at the EMA on 10 January 2026; or the texts annexed to the authorisation, "
            "unchanged."
        ),
        max_length=1_000,
        rows=3,
        example="Textes déposés à l'EMA dans la demande d'AMM, traduits en français.",
    )

    @classmethod
    def applies(cls, context: FormContext) -> bool:
        return pathway_of(context) == PRE_MA


class MaTextsForm(SectionForm):
    key = "ma_texts"
    title = _("MA and its annexes")
    law = "CSP R.5121-68, II, 2°"
    intro = _("The MA and its annexes in French take the place of drafts.")
    only_if = ("request", "pathway", POST_MA)

    annexes = confirm(_("I attach the MA and its annexes."))
    annexes_on = date(_("Date of the annexes attached"), example="2026-03-01")
    difference = text(
        _("How the indication claimed differs from that of the MA"),
        hint=_("It may be narrower, never wider. Leave empty when they are the same."),
        required=False,
        max_length=1_000,
        rows=3,
        example="Restreinte aux patients en échec d'une première ligne.",
    )

    @classmethod
    def applies(cls, context: FormContext) -> bool:
        return pathway_of(context) == POST_MA

    def build(self) -> None:
        past_day(self, "annexes_on", days=40)

    def clean(self) -> dict[str, Any]:
        answers = super().clean() or {}
        refuse_future(self, ("annexes_on",))
        return answers


class AnnexesForm(SectionForm):
    """No text lists these; they are in the template of HAS as we remember it (not verified)."""

    key = "annexes"
    title = _("References and confidentiality")
    intro = _("Decisions are published: say here what must not be.")

    bibliography = text(
        _("Bibliography"),
        hint=_("One reference a line. Attach the publications that matter most."),
        required=False,
        rows=8,
        example="Petit D. et al. Essai inventé du démolizumab. Revue d'Exemple 2026;1:1-10.",
    )
    confidential = text(
        _("What is confidential, and why"),
        hint=_("Document and page, or answer. Example: quality section, manufacturing process: trade secret."),
        required=False,
        max_length=2_000,
        example="Section qualité : procédé de fabrication (secret des affaires).",
    )


class CommitmentsForm(SectionForm):
    """Contributors prepare everything else; whoever signs for the company makes these statements, anew each time."""

    key = "commitments"
    title = _("Commitments of the company")
    law = "CSP L.5121-12, III et IV ; CSS L.162-16-5-4 ; D.5121-69-3"
    intro = _("The applicant makes these statements. They are dated and bound to the signature.")
    only_for = frozenset({APPLICANT})

    supply = confirm(_("The company will supply the medicine at the latest two months after the authorisation."))
    continuity = confirm(
        _("The company will go on supplying patients under treatment for at least one year after the early access.")
    )
    data_collection = confirm(
        _("The company will collect the data that the protocol (PUT-RD) asks for, pay for it, and send the reports.")
    )
    ma_application_by = date(
        _("MA application filed by"),
        hint=_("Two years from today at most. When it is filed already, the day it was."),
        required=False,
        example="2027-03-01",
    )
    listing_request = confirm(
        _("The company will ask for reimbursement (listing) within one month of the MA."), required=False
    )
    states_truth = confirm(_("What this request states is exact, and nothing that matters is left out."))

    def build(self) -> None:
        latest = self._latest_day()
        ask(self.fields["ma_application_by"], example=min(latest, self.context.on + relativedelta(years=1)).isoformat())
        describe(self.fields["ma_application_by"], formatMaximum=latest.isoformat())
        self.fields["ma_application_by"].required = pathway_of(self.context) == PRE_MA
        self.fields["listing_request"].required = pathway_of(self.context) == POST_MA

    def _latest_day(self) -> dt.date:
        """From the grant, so from today at the earliest for a first request. Of a chain of renewals only the title
        renewed is known here: the time that HAS set, which may be shorter, is checked by those who decide."""
        parent = self.context.parent_title
        start = parent.starts_on if parent is not None and self.context.kind != FIRST else self.context.on
        latest: dt.date = start + LONGEST_BEFORE_MA
        return latest

    def superseded(self) -> frozenset[str]:
        of_the_other = {PRE_MA: "listing_request", POST_MA: "ma_application_by"}
        found = of_the_other.get(pathway_of(self.context))
        return frozenset({found} if found else ())

    def clean(self) -> dict[str, Any]:
        answers = super().clean() or {}
        day, latest = answers.get("ma_application_by"), self._latest_day()
        if day is not None and day > latest:
            message = _("The MA application must be filed within two years of the authorisation: give an earlier date.")
            self.add_error("ma_application_by", ValidationError(message, code="too_late"))
        return without_superseded(self, answers)
