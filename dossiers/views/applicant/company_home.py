"""A company's first page: whose turn it is on each request, what has a day, and the next act of each."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dossiers.queries import company, hospital
from dossiers.queries.company import Ending
from dossiers.queries.filing_meetings import living
from dossiers.queries.keyset import Page
from dossiers.queries.meetings import next_of
from dossiers.views.applicant.common import acting
from dossiers.views.applicant.wizard import begins
from dossiers.views.applicant.words import ANSWERED_BY
from dossiers.views.shared.obligations import late_line
from dossiers.views.shared.rows import short, state_labels
from workflows.dates import civil_date
from workflows.registry import all_procedures
from workflows.roles import APPLICANT, COMPANY, CONTRIBUTOR, PROJECT, REPORTER
from workflows.types import Role, Text

SHOWN: Final = 8

NEXT: Final[dict[str, dict[Role, Text]]] = {
    "draft": {
        APPLICANT: _("Finish it, then file it"),
        CONTRIBUTOR: _("Finish it; an applicant must file it"),
        REPORTER: _("Finish it, then send it to ANSM"),
    },
    "invited": {
        APPLICANT: _("Read it, then take it over or decline"),
        CONTRIBUTOR: _("An applicant of your company takes it over"),
    },
    "to_complete": {
        APPLICANT: _("Send the missing pieces"),
        CONTRIBUTOR: _("Prepare the missing pieces; an applicant must send them"),
    },
    "incomplete": {
        APPLICANT: _("Send the missing items"),
        CONTRIBUTOR: _("Prepare the missing items; an applicant must send them"),
    },
    "info_requested": {
        APPLICANT: _("Answer the questions"),
        CONTRIBUTOR: _("Prepare the answers; an applicant must send them"),
    },
    "meeting_planned": {
        APPLICANT: _("Send the briefing document, then the slides"),
        CONTRIBUTOR: _("Attach the briefing document and the slides; an applicant must send them"),
    },
    "minutes_draft": {
        APPLICANT: _("Read the minutes: agree to them, or propose another text"),
        CONTRIBUTOR: _("Read the minutes; an applicant must agree to them"),
    },
    "intention_notified": {
        APPLICANT: _("Read the letter of intention and give your information"),
        CONTRIBUTOR: _("Prepare the information; an applicant must send it"),
    },
    "put_requested": {
        APPLICANT: _("Attach your protocol, then send it"),
        CONTRIBUTOR: _("Attach the protocol; an applicant must send it"),
    },
    "contradictory": {
        APPLICANT: _("Read the drafts and comment on them"),
        CONTRIBUTOR: _("Prepare the observations; an applicant must send them"),
    },
}
NEXT_FOR_ALL: Final[dict[str, Text]] = {
    "incomplete": _("The applicants of your company send the missing items"),
    "info_requested": _("The applicants of your company answer the questions"),
    "invited": _("The applicants of your company take it over"),
    "to_complete": _("The applicants of your company send the missing pieces"),
    "received": _("Nothing to do: ANSM has it"),
    "to_sign": _("Nothing to do: ANSM examines it"),
    "inadmissible": _("Read the letter: reasons and appeals"),
    "filed": _("Nothing to do: HAS checks that it is complete"),
    "assessment": _("Nothing to do: HAS and ANSM examine it"),
    "reported": _("Nothing to do: ANSM checks that it may examine it"),
    "intention_notified": _("Nothing to do: ANSM asks the company for its information"),
    "put_requested": _("Nothing to do: ANSM asks the company for its protocol"),
    "contradictory": _("Nothing to do: the company may comment on the drafts"),
    "granted": _("Read the authorisation"),
    "refused": _("Read the decision: reasons and appeals"),
    "assigned": _("Nothing to do: ANSM examines it"),
    "answered": _("Read the answer"),
    "redirected": _("Read the orientation note"),
    "abandoned": _("Make a new request if it is still needed"),
}
"""What whoever does nothing with it reads."""


def company_home(request: HttpRequest) -> HttpResponse:
    actor = acting(request)
    on = civil_date(timezone.now())
    writes = actor.role in company.WRITERS

    def listed(group: hospital.Group) -> dict[str, Any]:
        found = hospital.group_page(group, actor, size=SHOWN)
        url = reverse("dossiers:group", args=[group.name])
        return {"group": group, "rows": company_rows(found, actor.role), "url": url, "more": bool(found.next)}

    mine, elsewhere = company.groups_for(actor.role)
    context = {
        "mine": [listed(group) for group in mine],
        "elsewhere": [listed(group) for group in elsewhere],
        "titles": [_ending(one, on, writes=writes) for one in company.titles_ending(actor, on)],
        "obligations_late": late_line(actor, on),
        "writes": writes,
        "meetings": living(actor, on, limit=SHOWN) if writes else [],
        "qualifies": begins(actor),
        "next_meeting": next_of(actor, timezone.now()),
        "holds": actor.organisation_kind == COMPANY,
        "is_project": actor.organisation_kind == PROJECT,
    }
    return render(request, "dossiers/applicant/company_home.html", context)


def company_rows(found: Page, role: Role) -> list[dict[str, Any]]:
    """Rows as the template reads them: nothing is worked out there."""
    labels = state_labels(staff=False)
    procedures = {one.code: one.name for one in all_procedures()}
    kinds = {(one.code, code): label for one in all_procedures() for code, label in one.kinds}
    return [
        {
            **row,
            "url": _file_url(row["reference"], row["state"], role),
            "label": labels.get((row["procedure"], row["state"]), row["state"]),
            "kind_label": kinds.get((row["procedure"], row["kind"]), row["kind"]),
            "procedure_name": procedures.get(row["procedure"], row["procedure"]),
            "filing": row["filing__reference"] or "",
            "since": short(row["decided_at"] or row["changed_at"]),
            "next": NEXT.get(row["state"], {}).get(role) or _next_for_all(row["procedure"], row["state"]),
            "reply_by": row.get("reply_by"),
            # An agency's own target binds nobody: a company is told the law's delays only.
            "due_on": row["due_on"] if row["procedure"] == "aap" and row["state"] == "assessment" else None,
        }
        for row in found.rows
    ]


def _next_for_all(code: str, state: str) -> Text:
    if code == "device_exemption" and state == "assessment":
        return NEXT_FOR_ALL["to_sign"]
    return NEXT_FOR_ALL.get(state, "")


def _file_url(reference: str, state: str, role: Role) -> str:
    """Straight to the work when there is some, else to the file's page."""
    if role in company.WRITERS and state == "draft":
        return reverse("dossiers:edit_start", args=[reference])
    if role in company.WRITERS and state in ANSWERED_BY:
        return reverse("dossiers:answers", args=[reference])
    return reverse("dossiers:dossier", args=[reference])


def _ending(one: Ending, on: dt.date, *, writes: bool) -> dict[str, Any]:
    late = one.late_on(on)
    return {
        "number": one.number,
        "url": reverse("dossiers:title", args=[one.number]),
        "product": one.product,
        "indication": one.indication,
        "ends_on": one.ends_on,
        "file_by": one.file_by,
        "late": late,
        "days_left": (one.file_by - on).days + 1,
        "renewal": one.renewal,
        "renewal_filed": one.renewal_filed,
        "renewal_url": reverse("dossiers:dossier", args=[one.renewal]) if one.renewal else "",
        "renew_url": reverse("dossiers:renew", args=[one.number]) if writes and not late and not one.renewal else "",
    }
