"""Histories replayed: dossiers and titles as the live acts would have left them."""

import pytest
from django.core.management import call_command
from django.utils import timezone

from benchmarks.histories import histories
from dossiers.models import Dossier
from dossiers.services.history.reading import read_own
from dossiers.services.history.run import import_cases

pytestmark = pytest.mark.django_db


def test_sixty_histories(world):
    outcomes = [one for _rank, one in import_cases(read_own(list(histories(60))), now=timezone.now())]
    refused = [one for one in outcomes if one.fate == "refused"]
    assert not refused, [one.as_json() for one in refused[:2]]
    print([(one.id, one.state, one.title) for one in outcomes])
    assert Dossier.objects.count() == 60
    call_command("verify_log")
