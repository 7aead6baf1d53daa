"""The register names every company of what several hold together."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from dossiers.demo.story import ONE_DAY
from tests.dossiers.cpc_world import framework, heard_by

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world")]
FIRST, SECOND = "Laboratoires Démo Aurélia", "Démo Biotech Norvane"
COMPANIES = {"applicant": FIRST, "applicant2": SECOND}


def established(*logins: str) -> tuple[str, dt.datetime]:
    """The number of a framework of these companies, and a moment when it is in force."""
    told = framework(companies="\n".join(COMPANIES[login] for login in logins))
    heard_by(told, *logins).propose().grant()
    return told.title.number, told.at + 2 * ONE_DAY


def test_each_company_of_a_framework_is_named() -> None:
    number, at = established("applicant2", "applicant")
    with time_machine.travel(at, tick=False):
        rows = Client().get("/api/v1/register/?procedure=cpc").json()["results"]
        page = Client().get(f"/register/title/{number}/").text
    assert [one["holder"] for one in rows if one["key"] == number] == [f"{SECOND}, {FIRST}"]
    assert f"{SECOND}, {FIRST}" in page


def test_a_second_company_costs_no_query_more() -> None:
    costs = []
    for logins in (["applicant"], ["applicant"], ["applicant", "applicant2"]):
        _, at = established(*logins)
        with time_machine.travel(at, tick=False):
            with CaptureQueriesContext(connection) as made:
                Client().get("/api/v1/register/?procedure=cpc")
            costs.append(len(made))

    assert costs[2] <= costs[1]
