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
from dossiers.views.applicant.next_words import next_words
from dossiers.views.applicant.words import ANSWERED_BY
from dossiers.views.shared.doors import services_for
from dossiers.views.shared.obligations import late_line
from dossiers.views.shared.rows import short, state_labels
from workflows.dates import civil_date
from workflows.registry import DEVICE_EXEMPTION, all_procedures
from workflows.roles import COMPANY, PROJECT
from workflows.types import Role

SHOWN: Final = 8
SHOWN_ELSEWHERE: Final = 5
HAS_REPLIED: Final = _("Nothing to do: your company has replied")
NAMES: Final = {one.code: one.name for one in all_procedures()}


def company_home(request: HttpRequest) -> HttpResponse:
    actor = acting(request)
    on = civil_date(timezone.now())
    writes = actor.role in company.WRITERS

    def listed(group: hospital.Group, size: int) -> dict[str, Any]:
        found = hospital.group_page(group, actor, size=size)
        url = reverse("dossiers:group", args=[group.name])
        return {"group": group, "rows": company_rows(found, actor.role), "url": url, "more": bool(found.next)}

    mine, elsewhere = company.groups_for(actor.role)
    context = {
        "mine": [listed(group, SHOWN) for group in mine],
        "elsewhere": [listed(group, SHOWN_ELSEWHERE) for group in elsewhere],
        "titles": [_ending(one, on, actor.role) for one in company.titles_ending(actor, on)],
        "obligations_late": late_line(actor, on),
        "writes": writes,
        "meetings": living(actor, on, limit=SHOWN) if writes else [],
        "services": services_for(actor),
        "next_meeting": next_of(actor, timezone.now()),
        "holds": actor.organisation_kind == COMPANY,
        "is_project": actor.organisation_kind == PROJECT,
    }
    return render(request, "dossiers/applicant/company_home.html", context)


def company_rows(found: Page, role: Role) -> list[dict[str, Any]]:
    """Rows as the template reads them: nothing is worked out there."""
    labels = state_labels(staff=False)
    kinds = {(one.code, code): label for one in all_procedures() for code, label in one.kinds}
    return [
        {
            **row,
            "url": _file_url(row["reference"], row["state"], role),
            "label": labels.get((row["procedure"], row["state"]), row["state"]),
            "kind_label": kinds.get((row["procedure"], row["kind"]), row["kind"]),
            "procedure_name": NAMES.get(row["procedure"], row["procedure"]),
            "filing": row["filing__reference"] or "",
            "since": short(row["decided_at"] or row["changed_at"]),
            "next": HAS_REPLIED if row.get("replied") else next_words(row["procedure"], row["state"], role),
            "reply_by": row.get("reply_by"),
            # An agency's own target binds nobody: a company is told the law's delays only.
            "due_on": row["due_on"] if row["procedure"] == "aap" and row["state"] == "assessment" else None,
        }
        for row in found.rows
    ]


def _file_url(reference: str, state: str, role: Role) -> str:
    """Straight to the work when there is some, else to the file's page."""
    if role in company.WRITERS and state == "draft":
        return reverse("dossiers:edit_start", args=[reference])
    if role in company.WRITERS and state in ANSWERED_BY:
        return reverse("dossiers:answers", args=[reference])
    return reverse("dossiers:dossier", args=[reference])


def _ending(one: Ending, on: dt.date, role: Role) -> dict[str, Any]:
    late, is_renewed = one.late_on(on), one.file_by is not None
    renews = role in company.WRITERS and is_renewed and not late and not one.renewal
    asks_anew = one.procedure == DEVICE_EXEMPTION.code and role in DEVICE_EXEMPTION.created_by
    return {
        "procedure": one.procedure,
        "procedure_name": NAMES[one.procedure],
        "file_url": reverse("dossiers:dossier", args=[one.dossier]),
        "anew_url": reverse("dossiers:start_of", args=[one.procedure]) if asks_anew else "",
        "number": one.number,
        "url": reverse("dossiers:title", args=[one.number]),
        "product": one.product,
        "indication": one.indication,
        "ends_on": one.ends_on,
        "file_by": one.file_by,
        "late": late,
        "days_left": ((one.file_by or one.ends_on) - on).days + 1,
        "renewal": one.renewal,
        "renewal_filed": one.renewal_filed,
        "renewal_url": reverse("dossiers:dossier", args=[one.renewal]) if one.renewal else "",
        "renew_url": reverse("dossiers:renew", args=[one.number]) if renews else "",
    }
