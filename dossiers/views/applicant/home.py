"""The first page: what waits for me, and what happens elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views import View

from accounts.views import landing
from dossiers.policy import is_staff_side
from dossiers.queries import company, hospital, worklists
from dossiers.queries.keyset import Page
from dossiers.views.ansm.home import home as ansm_home
from dossiers.views.applicant.common import acting
from dossiers.views.applicant.company_home import company_home, company_rows
from dossiers.views.applicant.ministry_home import ministry_home
from dossiers.views.has.home import home as has_home
from dossiers.views.shared.doors import services_for
from dossiers.views.shared.experts import missions
from dossiers.views.shared.obligations import late_line
from dossiers.views.shared.paging import address, first_page_if_lost
from dossiers.views.shared.rows import rows, short
from workflows.dates import civil_date
from workflows.registry import all_procedures
from workflows.roles import (
    ANSM_STAFF,
    ESTABLISHMENT,
    EXPERT,
    HAS_STAFF,
    HOSPITAL,
    INTERN,
    MINISTRY_READER,
    PHARMACIST,
    PHARMACY_PREPARER,
    PRESCRIBER,
)
from workflows.types import Role, Text

SHOWN = 8
SHOWN_ELSEWHERE = 5

# What this reader does next with a file in this state; what nobody of the hospital has to do is said too.
NEXT: dict[str, dict[Role, Text]] = {
    "draft": {
        PRESCRIBER: _("Finish it, then sign it"),
        INTERN: _("Finish it; a prescriber must sign it"),
        PHARMACIST: _("The prescriber finishes it"),
    },
    "at_pharmacy": {
        PHARMACIST: _("Check it, then send it to ANSM"),
        PHARMACY_PREPARER: _("Check it; a pharmacist must send it"),
    },
    "info_requested": {PHARMACY_PREPARER: _("Prepare the answers"), INTERN: _("Prepare the answers")},
}
NEXT_FOR_ALL: dict[str, Text] = {
    "at_pharmacy": _("The pharmacist checks it"),
    "received": _("Nothing to do: ANSM has it"),
    "assessment": _("Nothing to do: ANSM examines it"),
    "to_sign": _("Nothing to do: ANSM examines it"),
    "info_requested": _("Answer ANSM's questions"),
    "granted": _("Read the authorisation"),
    "refused": _("Read the letter: reasons and appeals"),
    "closed": _("Make a new request if it is still needed"),
}
# Of an exemption for a device, which its manufacturer files.
NEXT_FOR_DEVICES: dict[str, Text] = {
    "draft": _("Complete it, invite the manufacturer, sign your statement"),
    "invited": _("Nothing to do: the manufacturer takes it over"),
    "received": _("Nothing to do: ANSM has it"),
    "to_complete": _("Nothing to do: the manufacturer sends what is missing"),
    "assessment": _("Nothing to do: ANSM examines it"),
    "to_sign": _("Nothing to do: ANSM examines it"),
    "info_requested": _("Nothing to do: the manufacturer answers ANSM"),
    "granted": _("Read where and how it may be used"),
    "refused": _("Read the letter: reasons and appeals"),
    "inadmissible": _("Read the letter: reasons and appeals"),
}


SIGNED: Text = _("Nothing to do: your hospital has signed, the manufacturer completes it")
SIGNED_THEN_INVITE: Text = _("Your hospital has signed: invite the manufacturer")


# Of the same, where the manufacturer's own words would tell a clinician that something is asked of them.
STATE_OF_A_DEVICE: dict[str, Text] = {
    "to_complete": _("ANSM asks the manufacturer for pieces"),
    "info_requested": _("ANSM asks the manufacturer questions"),
}


@dataclass(frozen=True)
class Listed:
    """One list with its rows, and where the rest of it is."""

    group: hospital.Group
    rows: list[dict[str, Any]]
    url: str
    more: bool


@method_decorator(login_not_required, name="dispatch")
class Home(View):
    """`/`: each role's own; the front page for whoever is not signed in."""

    def get(self, request: HttpRequest) -> HttpResponse:
        actor = getattr(request, "actor", None)
        if not request.user.is_authenticated or actor is None:
            return landing(request)
        if actor.role in ANSM_STAFF:
            return ansm_home(request)
        if actor.role in HAS_STAFF:
            return has_home(request)
        if actor.role in HOSPITAL:
            return self._hospital(request)
        if actor.role in company.ROLES:
            return company_home(request)
        if actor.role == EXPERT:
            return missions(request)
        if actor.role == MINISTRY_READER:
            return ministry_home(request)
        return self._plain(request)

    def _hospital(self, request: HttpRequest) -> HttpResponse:
        actor = acting(request)
        mine, elsewhere = hospital.groups_for(actor.role)

        def listed(group: hospital.Group, size: int) -> Listed:
            found = hospital.group_page(group, actor, size=size)
            url = reverse("dossiers:group", args=[group.name])
            return Listed(group, shown(found, actor.role), url, bool(found.next))

        context = {
            "mine": [listed(group, SHOWN) for group in mine],
            "elsewhere": [listed(group, SHOWN_ELSEWHERE) for group in elsewhere],
            "titles": ending(hospital.titles_ending(actor, civil_date(timezone.now())), civil_date(timezone.now())),
            "obligations_late": late_line(actor, civil_date(timezone.now())),
            "may_create": actor.role in {PRESCRIBER, INTERN},
            "services": services_for(actor),
            "may_renew": actor.role in {PRESCRIBER, INTERN, PHARMACIST},
        }
        return render(request, "dossiers/applicant/home.html", context)

    def _plain(self, request: HttpRequest) -> HttpResponse:
        actor = acting(request)
        staff = is_staff_side(actor)
        found = first_page_if_lost(
            request,
            lambda cursor: worklists.search_page(actor, worklists.Filters(), cursor=cursor, staff=staff),
        )
        context = {
            "rows": rows(found.rows, staff=staff, on=civil_date(timezone.now())),
            "staff": staff,
            "next_url": address(request, [], page=found.next) if found.next else "",
            "previous_url": address(request, [], page=found.previous) if found.previous else "",
            "services": services_for(actor),
        }
        return render(request, "dossiers/applicant/plain_home.html", context)


class GroupPage(View):
    """All of one list of the home page, page by page."""

    def get(self, request: HttpRequest, name: str) -> HttpResponse:
        actor = acting(request)
        of_company = actor.role in company.ROLES
        groups = company.groups_of(actor.role) if of_company else hospital.GROUPS if actor.role in HOSPITAL else {}
        group = groups.get(name)
        if group is None:
            raise Http404
        found = first_page_if_lost(request, lambda cursor: hospital.group_page(group, actor, cursor=cursor))
        context = {
            "group": group,
            "rows": company_rows(found, actor.role) if of_company else shown(found, actor.role),
            "piece": f"dossiers/applicant/{'_company_rows' if of_company else piece_of(group)}.html",
            "next_url": address(request, [], page=found.next) if found.next else "",
            "previous_url": address(request, [], page=found.previous) if found.previous else "",
        }
        return render(request, "dossiers/applicant/group.html", context)


def piece_of(group: hospital.Group) -> str:
    """The template of its rows: a list of devices has no patient to name."""
    return "_device_rows" if group.of_devices else "_rows"


def shown(found: Page, role: Role) -> list[dict[str, Any]]:
    """Rows as the template reads them: nothing is worked out there."""
    labels = {(one.code, state.code): state.applicant for one in all_procedures() for state in one.states}
    kinds = {(one.code, code): label for one in all_procedures() for code, label in one.kinds}
    lines = []
    for row in found.rows:
        state, of_device = row["state"], row["procedure"] == "device_exemption"
        since = row["decided_at"] if row["decided_at"] else row["changed_at"]
        lines.append(
            {
                **row,
                "url": _device_url(row["reference"]) if of_device else file_url(row["reference"], state, role),
                # Its subject is a medical condition, and nobody's initials.
                "subject": "" if of_device else row["subject"],
                "label": (STATE_OF_A_DEVICE.get(state) if of_device else None)
                or labels.get((row["procedure"], state), state),
                "kind_label": kinds.get((row["procedure"], row["kind"]), row["kind"]),
                "since": short(since),
                "next": _next_for_a_device(row)
                if of_device
                else NEXT.get(state, {}).get(role) or NEXT_FOR_ALL.get(state, ""),
                "colour_state": "assessment" if state == "to_sign" else state,
            }
        )
    return lines


def _next_for_a_device(row: dict[str, Any]) -> Text:
    """A draft that the hospital signed goes on with whoever holds it."""
    if row.get("signed"):
        return SIGNED_THEN_INVITE if row["organisation__kind"] == ESTABLISHMENT else SIGNED
    return NEXT_FOR_DEVICES.get(row["state"], "")


def _device_url(reference: str) -> str:
    return reverse("dossiers:dossier", args=[reference])


def file_url(reference: str, state: str, role: Role) -> str:
    """Straight to the work when there is some, else to the file's page."""
    if state == "draft" and role in {PRESCRIBER, INTERN}:
        return reverse("dossiers:edit_start", args=[reference])
    if state == "at_pharmacy" and role in {PHARMACIST, PHARMACY_PREPARER}:
        return reverse("dossiers:check", args=[reference])
    if state == "info_requested":
        return reverse("dossiers:answers", args=[reference])
    return reverse("dossiers:dossier", args=[reference])


def ending(titles: list[dict[str, Any]], on: Any) -> list[dict[str, Any]]:
    return [
        {
            **title,
            "url": reverse("dossiers:title", args=[title["number"]]),
            "renew_url": reverse("dossiers:renew", args=[title["number"]]),
            "renewal_url": reverse("dossiers:dossier", args=[title["renewal"]]) if title["renewal"] else "",
            # Its last day is still one of them, as on the other pages.
            "days_left": (title["ends_on"] - on).days + 1,
        }
        for title in titles
    ]
