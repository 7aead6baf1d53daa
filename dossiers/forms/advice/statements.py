"""What the applicant states in sending the request."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from dossiers.forms.base import SectionForm
from dossiers.forms.fields import confirm, text
from workflows.roles import APPLICANT


class StatementsForm(SectionForm):
    """Contributors prepare everything else; whoever sends the request for the project makes these statements."""

    key = "statements"
    title = _("Statements")
    intro = _("The applicant makes these statements. They are dated and bound to the request.")
    only_for = frozenset({APPLICANT})

    confidential = text(
        _("What is confidential, and why"),
        hint=_("The whole request stays between you and ANSM. Say here what needs more care still."),
        required=False,
        max_length=2_000,
        rows=3,
        example="Section « Produit » : procédé de fabrication (secret des affaires).",
    )
    not_binding = confirm(
        _("I know that the answer binds neither ANSM nor me, and does not prejudge a later application.")
    )
    states_truth = confirm(_("What this request states is exact, and nothing that matters is left out."))
