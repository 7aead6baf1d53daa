"""What an agency's agent sees first: what waits for them, what is urgent, what is late."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dossiers.queries import worklists
from dossiers.queries.worklists import Filters
from dossiers.views.ansm.worklists import first_list, staff_actor, tabs
from dossiers.views.shared.obligations import late_line
from dossiers.views.shared.rows import rows, short
from workflows.dates import civil_date
from workflows.types import Actor

SHOWN = 5
TASKS = {"publish_criteria": _("Publish the grant criteria and the UCD code")}


def home(request: HttpRequest) -> HttpResponse:
    """The agency's half of `/`. Raises PermissionDenied for anybody else."""
    actor = staff_actor(request)
    at = timezone.now()
    on = civil_date(at)
    name = first_list(actor)

    def first(list_name: str, filters: Filters = Filters()) -> list[dict[str, object]]:  # noqa: B008 - frozen
        found = worklists.list_page(list_name, actor, at, filters, size=SHOWN)
        return rows(found.rows, staff=True, on=on)

    def of_worklist(list_name: str) -> dict[str, object]:
        one = worklists.WORKLISTS[list_name]
        url = reverse("dossiers:worklist", args=[list_name])
        return {
            "title": one.label,
            "help": one.help,
            "rows": first(list_name),
            "when_empty": one.when_empty,
            "url": url,
        }

    shown = [
        {
            "title": _("Your next dossiers"),
            "help": worklists.WORKLISTS[name].help,
            "rows": first(name, Filters(states=worklists.states_waiting_for(actor.role))),
            "when_empty": _("No dossier waits for you."),
            "url": reverse("dossiers:worklist", args=[name]),
        },
        # Whoever examines also finds here what nobody has taken up: it is theirs to take.
        *([of_worklist("unassigned")] if name == "mine" else []),
        {
            "title": _("Urgent dossiers"),
            "help": _("The prescriber says the patient cannot wait."),
            "rows": first("all", Filters(urgent=True)),
            "when_empty": _("No urgent dossier is open."),
            "url": reverse("dossiers:worklist", args=["all"]) + "?urgent=on",
        },
        of_worklist("late"),
    ]
    context = {
        "tabs": tabs(worklists.counts(actor, at)),
        "shown": shown,
        "tasks": _tasks(actor),
        "obligations_late": late_line(actor, on),
    }
    return render(request, "dossiers/ansm/home.html", context)


def _tasks(actor: Actor) -> list[dict[str, object]]:
    """What acts left for this role to do, each with the page where it is done."""
    return [
        {
            "id": task["id"],
            "label": TASKS.get(task["kind"], task["kind"]),
            "product": task["dossier__product_label"],
            "since": short(task["created_at"]),
            "reference": task["dossier__reference"],
            "url": reverse("dossiers:dossier", args=[task["dossier__reference"]]),
            "do_url": reverse("dossiers:task", args=[task["dossier__reference"], task["id"]]),
        }
        for task in worklists.open_tasks(actor)
    ]
