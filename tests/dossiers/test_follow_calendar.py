"""`manage.py follow_calendar`: the night's work shown, stopped and resumed."""

from __future__ import annotations

import datetime as dt
import io
import os
import signal

import pytest
from django.core.management import CommandError, call_command
from django.test import override_settings

from dossiers import tasks
from dossiers.models import Event, Title
from dossiers.services import title_days
from tests.dossiers.world import granted

pytestmark = pytest.mark.django_db


def run(**options) -> tuple[str, str]:
    out, seen = io.StringIO(), io.StringIO()
    call_command("follow_calendar", stdout=out, stderr=seen, **options)
    return out.getvalue(), seen.getvalue()


@pytest.fixture
def ended(world) -> list[Title]:
    """Three titles of one patient's hospital whose last day has passed."""
    return [granted(months=3).title for _ in range(3)]


def test_all_that_is_due_is_done_with_a_bar(ended):
    said, seen = run()
    assert said == "3 titles moved, 0 still due.\n"
    assert "Titles" in seen
    assert "3/3" in seen or "100%" in seen
    assert set(Title.objects.values_list("state", flat=True)) == {"expired"}
    assert run() == ("0 titles moved, 0 still due.\n", "")


def test_stopped_by_ctrl_c_it_finishes_the_title_in_hand_and_goes_on_when_run_again(ended, monkeypatch):
    really = title_days.move_title
    asked: list[str] = []

    def interrupted(**act):
        event = really(**act)
        if not asked:
            asked.append(act["number"])
            os.kill(os.getpid(), signal.SIGINT)
        return event

    monkeypatch.setattr(title_days, "move_title", interrupted)
    with pytest.raises(CommandError, match="run the command again") as stopped:
        run()
    assert stopped.value.returncode == 130
    assert list(Title.objects.filter(state="expired").values_list("number", flat=True)) == asked
    said, _seen = run()
    assert said == "2 titles moved, 0 still due.\n"
    assert Event.objects.filter(verb="expire").count() == 3


def test_a_title_that_cannot_be_read_does_not_keep_the_others_in_force(ended, monkeypatch, caplog):
    really = title_days.move_title

    def broken(**act):
        if act["number"] == ended[0].number:
            raise RuntimeError("a secret about a patient")
        return really(**act)

    monkeypatch.setattr(title_days, "move_title", broken)
    assert title_days.follow_titles(at=dt.datetime.now(dt.UTC)) == 2
    assert ended[0].number in caplog.text
    assert "secret" not in caplog.text


def test_only_a_demonstration_chooses_its_day(ended):
    with override_settings(DEMO=False), pytest.raises(CommandError, match="DEMO=true"):
        run(on=dt.date(2030, 1, 1))


def test_a_long_night_is_cut_in_turns_that_ask_for_the_next_one(ended, monkeypatch):
    asked: list[tuple] = []
    monkeypatch.setattr(tasks, "TITLES_A_TURN", 2)
    monkeypatch.setattr(tasks.follow_the_calendar, "apply_async", lambda args, **options: asked.append(args))
    assert tasks.follow_the_calendar() == 2
    assert asked == [(None, sorted(title.pk for title in ended)[1])]
    assert tasks.follow_the_calendar(*asked[0]) == 1
    assert len(asked) == 1


def test_a_broker_that_is_away_does_not_stop_the_night(ended, monkeypatch):
    def away(**options):
        raise OSError("no broker")

    monkeypatch.setattr(tasks, "TITLES_A_TURN", 2)
    monkeypatch.setattr(tasks.follow_the_calendar, "apply_async", away)
    assert [tasks.follow_the_calendar() for _beat in range(3)] == [2, 1, 0]
