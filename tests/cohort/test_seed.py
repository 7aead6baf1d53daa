"""The demonstration's patients: at every stage of every early access in force, once."""

import pytest
from django.core.management import call_command
from django.utils import timezone

from cohort.demo import seed
from cohort.models import Inclusion, VigilanceNotice
from dossiers.demo.seed import seed as seed_files
from dossiers.models import Title

pytestmark = pytest.mark.django_db


def test_patients_of_every_stage_are_told_once() -> None:
    list(seed_files(stage="decided", number=1))
    at = timezone.now()
    told = list(seed(at=at))
    assert told
    in_force = Title.objects.filter(procedure="aap", state="in_force")
    assert {one.chain for one in Inclusion.objects.all()} == set(in_force.values_list("chain", flat=True))
    states = {"draft", "at_pharmacy", "asked", "accepted", "treated", "stopped"}
    assert set(Inclusion.objects.values_list("state", flat=True)) == states
    assert VigilanceNotice.objects.exists()
    assert not Inclusion.objects.filter(started_on__gt=at).exists()
    assert list(seed(at=at)) == []
    call_command("verify_cohorts")
