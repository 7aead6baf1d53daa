"""The demonstration tells every state of an AAC, once, and its log holds."""

import pgtrigger
import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from dossiers.demo.seed import seed
from dossiers.demo.story import demo_actor
from dossiers.models import Dossier, Event, Title
from dossiers.policy import missions_of
from workflows.dates import civil_date
from workflows.registry import procedure

pytestmark = pytest.mark.django_db


def test_every_state_of_the_table_is_told_once():
    told = list(seed(stage="all", number=1))
    assert len(told) == len(set(told))
    for code in ("aac", "advice"):
        states = {state.code for state in procedure(code).states}
        assert set(Dossier.objects.filter(procedure=code).values_list("state", flat=True)) == states
    # Each demonstration account finds something to do: an expert's is a mission.
    assert missions_of(demo_actor("expert"), civil_date(timezone.now())).exists()
    assert not Event.objects.filter(at__gt=timezone.now()).exists()
    assert list(seed(stage="all", number=1)) == []
    call_command("verify_log")


def test_no_authorisation_is_in_force_past_its_last_day():
    list(seed(stage="decided", number=3))
    today = civil_date(timezone.now())
    assert Title.objects.filter(state="in_force").exists()
    assert not Title.objects.filter(state="in_force", in_force_until__lt=today).exists()


def test_a_run_that_stopped_goes_on_where_it_was():
    telling = seed(stage="filing", number=7)
    first = [next(telling), next(telling), next(telling)]
    telling.close()
    rest = list(seed(stage="filing", number=7))
    assert not set(first[:2]) & set(rest)
    assert Dossier.objects.count() == len(first) + len(rest)


def test_verify_log_finds_a_state_that_no_event_leads_to():
    list(seed(stage="filing", number=1))
    dossier = Dossier.objects.filter(state="draft").order_by("pk")[0]
    Dossier.objects.filter(pk=dossier.pk).update(state="at_pharmacy")
    with pytest.raises(CommandError, match="1 differences"):
        call_command("verify_log")


def test_verify_log_finds_an_altered_event():
    list(seed(stage="filing", number=1))
    event = Event.objects.filter(verb="sign").order_by("pk")[0]
    # Somebody with the rights of the database's owner, who switches the trigger off.
    with pgtrigger.ignore("dossiers.Event:event_append_only"):
        Event.objects.filter(pk=event.pk).update(actor_name="somebody else")
    with pytest.raises(CommandError):
        call_command("verify_log")
