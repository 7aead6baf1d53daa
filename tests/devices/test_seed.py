"""The demonstration's units: at every stage, with incidents answered, open and late; told once."""

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from devices.demo import seed
from devices.models import Incident, Unit
from dossiers.demo.seed import seed as seed_files
from workflows.dates import civil_date

pytestmark = pytest.mark.django_db


def test_units_of_every_stage_are_told_once() -> None:
    list(seed_files(stage="decided", number=1))
    at = timezone.now()
    told = list(seed(at=at))
    assert told
    assert set(Unit.objects.values_list("state", flat=True)) >= {"shipped", "received", "used", "destroyed"}
    assert not Unit.objects.filter(used_on__gt=civil_date(at)).exists()
    assert Incident.objects.filter(awaited_on__lt=civil_date(at), initial_on=None).exists()
    assert Incident.objects.filter(initial_on__isnull=False).exists()
    assert list(seed(at=at)) == []
    call_command("verify_devices")
    Unit.objects.filter(state="used").update(state="destroyed")
    with pytest.raises(CommandError):
        call_command("verify_devices")
