"""The measure: the least that Django can do for a list, one query answered by an index and a template of fifty rows."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from dossiers.models import Dossier

ROWS = 50
COLUMNS = ("reference", "filing_number", "state", "product_label", "urgent", "filed_at", "changed_at", "decided_at")


@login_not_required
def bare(request: HttpRequest) -> HttpResponse:
    """Served without any middleware: no session, no sign-in, no policy, no header of the site."""
    rows = Dossier.objects.order_by("pk").values(*COLUMNS)[:ROWS]
    return render(request, "benchmarks/bare.html", {"rows": rows})
