"""A small country lives for five months, in the order of time, and its log holds."""

import datetime as dt

import pytest
from django.core.management import call_command

from dossiers.demo.simulation import Simulation
from dossiers.models import Dossier, Event, Title

pytestmark = pytest.mark.django_db


def test_five_months_of_a_small_country(world):
    simulation = Simulation(start=dt.date(2026, 1, 5), days=150, scale=0.0015, seed=3)
    days = list(simulation.play())
    assert len(days) == 150
    assert Dossier.objects.count() == simulation.told > 15
    assert {"granted", "closed", "refused", "withdrawn"} & set(Dossier.objects.values_list("state", flat=True))
    assert Title.objects.filter(renewal_rank__gt=0).exists()
    assert Title.objects.filter(state__in=("replaced", "expired")).exists()
    # Titles are numbered in the order in which they were granted.
    granted = list(Event.objects.filter(verb="open").order_by("at", "pk").values_list("payload", flat=True))
    firsts = [payload["title"] for payload in granted if "-R" not in payload["title"]]
    assert firsts == sorted(firsts)
    call_command("verify_log")
