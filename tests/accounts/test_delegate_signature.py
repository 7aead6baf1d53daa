"""`manage.py delegate_signature`: how a deployment lets its first signatory sign."""

import datetime as dt
from collections.abc import Callable

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.models import Delegation, Membership

ACT = {
    "role": "ansm_signatory",
    "delegator_name": "Jeanne Vasseur",
    "delegator_title": "Directrice générale",
    "reference": "Décision DG 2026-77",
    "procedures": "aac",
}
WRONG = {
    "another role": ("ansm_signatory@demo.example", {"role": "ansm_assessor"}),
    "nobody": ("nobody@demo.example", {}),
    "no such procedure": ("ansm_signatory@demo.example", {"procedures": "aac,xyz"}),
    "no procedure": ("ansm_signatory@demo.example", {"procedures": ","}),
    "ends before it starts": ("ansm_signatory@demo.example", {"ends_on": dt.date(2020, 1, 1)}),
}


def test_a_delegation_is_recorded(membership: Callable[[str], Membership], capsys: pytest.CaptureFixture[str]) -> None:
    signatory = membership("ansm_signatory")
    Delegation.objects.all().delete()
    today = timezone.localdate()
    call_command(
        "delegate_signature",
        "ANSM_Signatory@demo.example",
        *(f"--{name.replace('_', '-')}={value}" for name, value in ACT.items()),
        f"--from={today}",
        f"--until={today}",
    )
    found = Delegation.in_force(signatory, "aac", today)
    assert found is not None
    assert (found.reference, found.delegator_name, found.ends_on) == (ACT["reference"], ACT["delegator_name"], today)
    assert Delegation.in_force(signatory, "aac", today + dt.timedelta(days=1)) is None
    assert "signs for Jeanne Vasseur (aac)" in capsys.readouterr().out


@pytest.mark.usefixtures("people")
@pytest.mark.parametrize(("email", "change"), WRONG.values(), ids=WRONG.keys())
def test_what_makes_no_sense_is_refused(email: str, change: dict[str, object]) -> None:
    before = Delegation.objects.count()
    with pytest.raises(CommandError):
        call_command("delegate_signature", email, starts_on=timezone.localdate(), **{**ACT, **change})
    assert Delegation.objects.count() == before
