import datetime as dt
from io import StringIO

import pytest
from django.core.management import call_command
from django.utils import timezone

from notifications.models import OutboxMessage


@pytest.mark.django_db
def test_the_operator_sees_then_sends_again_what_was_given_up(make_person, tell) -> None:
    dead, fine = (tell(make_person(), at=timezone.now()) for _ in range(2))
    OutboxMessage.objects.filter(pk=dead.pk).update(state="dead", attempts=6, last_error="OSError: no")
    said = StringIO()
    call_command("retry_mails", "--list", stdout=said)
    assert f"{dead.reference}: OSError: no" in said.getvalue()
    assert fine.reference not in said.getvalue()
    assert OutboxMessage.objects.get(pk=dead.pk).state == "dead"
    call_command("retry_mails", stdout=said)
    again = OutboxMessage.objects.get(pk=dead.pk)
    assert (again.state, again.attempts) == ("pending", 0)
    assert "1 put back in the queue." in said.getvalue()


@pytest.mark.django_db
def test_what_is_older_than_a_month_is_left(make_person, tell) -> None:
    old = tell(make_person(), at=timezone.now() - dt.timedelta(days=31))
    OutboxMessage.objects.filter(pk=old.pk).update(state="dead")
    said = StringIO()
    call_command("retry_mails", stdout=said)
    assert OutboxMessage.objects.get(pk=old.pk).state == "dead"
    assert "0 put back in the queue." in said.getvalue()
    assert "1 older than 30 days left" in said.getvalue()
