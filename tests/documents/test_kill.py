"""The worker is really killed (SIGKILL) while it draws a letter: another one makes it, once."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import pytest
from django.db import connection

from documents.letters import orders
from documents.models import IssuedLetter, LetterOrder
from tests.documents.matters import AT

WORKER = """
import datetime as dt, sys, time
import django
django.setup()
from documents.letters import orders

def endless(context):
    print("drawing", flush=True)
    time.sleep(600)

orders.render = endless
orders.make_pending(limit=1, at=dt.datetime.fromisoformat(sys.argv[1]))
"""


def address_of_the_test_database() -> str:
    one = connection.settings_dict
    host = quote(str(one["HOST"]), safe="")
    return f"postgresql://{one['USER']}:{quote(str(one['PASSWORD']))}@{host}:{one['PORT']}/{one['NAME']}"


@pytest.mark.django_db(transaction=True)
def test_a_killed_worker_loses_no_letter(order_letter: Callable[..., LetterOrder]) -> None:
    made = order_letter()
    environment = {**os.environ, "DATABASE_URL": address_of_the_test_database()}
    with subprocess.Popen(
        [sys.executable, "-c", WORKER, AT.isoformat()],
        env=environment,
        cwd=Path(__file__).parents[2],
        stdout=subprocess.PIPE,
        text=True,
    ) as worker:
        try:
            assert worker.stdout is not None
            assert worker.stdout.readline() == "drawing\n"
        finally:
            worker.kill()
    made.refresh_from_db()
    assert (made.state, made.attempts) == ("leased", 1)
    assert orders.make_pending(limit=5, at=AT) == 0
    assert orders.make_pending(limit=5, at=AT + orders.LEASE) == 1
    assert orders.make_pending(limit=5, at=AT + 2 * orders.LEASE) == 0
    assert IssuedLetter.objects.count() == 1
