"""Settings that count days: what makes no sense is said before the site starts, with what to do."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from dossiers.checks import numbers_of_days
from earlyaccess.settings.numbers import whole_number, whole_numbers


def found() -> list[str]:
    return [str(message.id) for message in numbers_of_days()]


def test_the_numbers_of_the_site_make_sense() -> None:
    assert found() == []


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("OBLIGATION_REMINDER_DAYS", [], "dossiers.E001"),
        ("OBLIGATION_REMINDER_DAYS", [30, -1], "dossiers.E001"),
        ("OBLIGATION_REMINDER_DAYS", [366], "dossiers.E001"),
        ("OBLIGATION_REMINDER_DAYS", [365, 0], ""),
        ("REMINDER_DAYS", {"aac": [60, 3000]}, "dossiers.E001"),
        ("REMINDER_DAYS", {"aac": []}, "dossiers.E001"),
        ("REMINDER_DAYS", {"aac": [0]}, ""),
        ("OBLIGATION_CLIMBS_AFTER_DAYS", [7], "dossiers.E002"),
        ("OBLIGATION_CLIMBS_AFTER_DAYS", [7, 14, 21], "dossiers.E002"),
        ("OBLIGATION_CLIMBS_AFTER_DAYS", [14, 7], "dossiers.E002"),
        ("OBLIGATION_CLIMBS_AFTER_DAYS", [0, 7], "dossiers.E002"),
        ("OBLIGATION_CLIMBS_AFTER_DAYS", [1, 1], ""),
        ("WORKFLOW_LIMITS", {"COMMENTS_MIN_DAYS": 0}, "dossiers.E003"),
        ("WORKFLOW_LIMITS", {"COMMENTS_MIN_DAYS": 181}, "dossiers.E003"),
        ("WORKFLOW_LIMITS", {"COMMENTS_MIN_DAYS": 1}, ""),
        ("WORKFLOW_LIMITS", {"MEETING_SLOTS": 0}, "dossiers.E004"),
        ("WORKFLOW_LIMITS", {"MEETING_SLOTS": 20}, ""),
        ("WORKFLOW_LIMITS", {"MEETING_BLACKOUT": ("August",)}, "dossiers.E005"),
        ("WORKFLOW_LIMITS", {"MEETING_BLACKOUT": ()}, ""),
    ],
)
def test_a_wrong_number_is_named_with_what_to_do(settings: Any, name: str, value: Any, code: str) -> None:
    known = settings.WORKFLOW_LIMITS
    setattr(settings, name, {**known, **value} if name == "WORKFLOW_LIMITS" else value)
    assert found() == ([code] if code else [])
    for message in numbers_of_days():
        assert name in message.msg or any(one in message.msg for one in value)
        assert "Give" in str(message.hint)


def test_what_is_no_number_is_said_with_its_setting() -> None:
    assert whole_numbers("60, 30,15", of="X") == [60, 30, 15]
    assert whole_numbers("", of="X") == []
    assert whole_number(" 15", of="X") == 15
    with pytest.raises(ImproperlyConfigured, match=r"REMINDER_DAYS_AAC is '60;30': .*60,30,15"):
        whole_numbers("60;30", of="REMINDER_DAYS_AAC")
    with pytest.raises(ImproperlyConfigured, match="COMMENTS_MIN_DAYS is 'ten'"):
        whole_number("ten", of="COMMENTS_MIN_DAYS")
