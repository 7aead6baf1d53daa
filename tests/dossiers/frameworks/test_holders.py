"""A framework of two companies (a generic group): each holds it like any other holder, and owes its own alone."""

from __future__ import annotations

import datetime as dt
from importlib import import_module
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Membership, Organisation
from dossiers.demo.cpc_story import Framework
from dossiers.demo.story import ONE_DAY, demo_actor
from dossiers.models import Event, Obligation, TitleHolder
from dossiers.queries.comments import comments_of
from dossiers.queries.deadlines import deadlines
from dossiers.queries.expiring import coming_months, ending_page, living_titles, somebody_may_renew
from dossiers.queries.holders import holders_of
from dossiers.queries.obligations import late_count, obligations_of, obligations_page
from dossiers.queries.timeline import timeline
from dossiers.queries.titles import TitleFilters, titles_page
from dossiers.services import comments
from dossiers.services.errors import Blocked, Forbidden, NotFound, Stale
from dossiers.services.log import differences
from dossiers.services.obligation_reminders import plan_obligation_reminders
from dossiers.services.obligations import add, cancel, mark_done, reopen
from dossiers.services.reminders import plan_expiry_reminders, still_due
from notifications.models import OutboxMessage
from tests.dossiers.cpc_world import framework, framework_renewed, heard_by
from tests.dossiers.screens import browser, text_of
from workflows.dates import PARIS, add_months

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world")]
ONE, OTHER = "applicant", "applicant2"
FIRST, SECOND = "Laboratoires Démo Aurélia", "Démo Biotech Norvane"
GROUP = f"{FIRST}\n{SECOND}"
STRANGER = "device_applicant"
ASKED = "zqdemande"
PROOF = "zqpreuve"


def granted(*, months: int = 36, **options: Any) -> Framework:
    """Held by both, and by nobody else."""
    told = heard_by(framework(companies=GROUP, **options), ONE, OTHER).propose(months=months).grant()
    told.at += 2 * ONE_DAY
    return told


def report_of(told: Framework, login: str) -> Obligation:
    return Obligation.objects.get(title=told.title, holder=demo_actor(login).organisation_id, state="open")


def done(told: Framework, one: Obligation, login: str) -> Obligation:
    return mark_done(obligation=one.pk, done_on=told.at.date(), proof=PROOF, actor=demo_actor(login), at=told.at)


def noon(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(12), tzinfo=PARIS)


def told_by(kind: str) -> set[str]:
    mails = OutboxMessage.objects.filter(kind=kind).values_list("recipient__email", flat=True)
    return {email.partition("@")[0] for email in mails}


# ------------------------------------------------------------------------------------------------------- who holds


def test_each_company_holds_it_and_nobody_else() -> None:
    told = granted()
    companies = [demo_actor(login).organisation_id for login in (ONE, OTHER)]
    assert list(holders_of(told.title)) == companies
    assert {one.since for one in TitleHolder.objects.all()} == {told.title.starts_on}
    alone = framework(at=told.at + ONE_DAY).granted()
    assert holders_of(alone.title) == (companies[0],)
    for login, held in ((ONE, 2), (OTHER, 1), (STRANGER, 0)):
        actor = demo_actor(login)
        listed = titles_page(actor, TitleFilters(), told.at.date()).rows
        assert len(listed) == held
        assert all(row["held_by"] == GROUP.split("\n") for row in listed if row["number"] == told.title.number)
        ending = ending_page(actor, "products", told.title.ends_on - 10 * ONE_DAY)
        assert len([row for row in ending.rows if row["number"] == told.title.number]) == min(held, 1)
        months = coming_months(actor, "products", told.title.ends_on - 10 * ONE_DAY).months
        assert sum(month.total for month in months) == held


def test_a_hospital_is_asked_for_its_own_column_alone() -> None:
    """The index of its titles serves a hundred thousand of them: nothing is said to the database that would hide it."""
    told = granted()
    hospital = living_titles(demo_actor("pharmacist"), "hospital")
    assert "titleholder" not in str(hospital.query)
    company = living_titles(demo_actor(OTHER), "products")
    assert "UNION" in str(company.query)
    assert list(company) == [told.title]


def test_a_list_costs_the_same_however_many_companies_hold_its_titles() -> None:
    framework().granted()
    agent, company, costs = demo_actor("ansm_assessor"), demo_actor(ONE), []
    for _count in range(2):
        with CaptureQueriesContext(connection) as queries:
            titles_page(agent, TitleFilters(), timezone.localdate())
            obligations_page(agent, "all", timezone.localdate())
            obligations_page(company, "all", timezone.localdate())
        costs.append(len(queries))
        granted()
    assert costs == [3, 3]


def test_the_one_where_nobody_is_left_is_pointed_out() -> None:
    told = granted()
    on = told.at.date()
    living = living_titles(demo_actor("ansm_assessor"), "agency")
    assert living.filter(somebody_may_renew(on)).exists()
    Membership.objects.filter(organisation__name=SECOND).update(ends_on=on - ONE_DAY)
    assert not living.filter(somebody_may_renew(on)).exists()


# --------------------------------------------------------------------------------------------------- its obligations


def test_each_owes_its_own_report_and_one_frees_no_other() -> None:
    told = granted()
    first, second = report_of(told, ONE), report_of(told, OTHER)
    assert (first.due_on, first.every_months) == (second.due_on, second.every_months)
    done(told, first, ONE)
    assert Obligation.objects.get(pk=second.pk).state == "open"
    # Its own goes on, under its own name; the other's is where it was.
    following = report_of(told, ONE)
    assert (following.previous, following.due_on) == (first, add_months(first.due_on, 12))
    assert report_of(told, OTHER) == second
    assert list(differences(told.dossier, told.title)) == []


def test_nobody_does_nor_reads_what_the_other_company_owes() -> None:
    told = granted()
    first, second = report_of(told, ONE), report_of(told, OTHER)
    for login in (OTHER, STRANGER, "reporter"):
        with pytest.raises(NotFound):
            done(told, first, login)
    with pytest.raises(Forbidden):
        done(told, first, "ansm_assessor")
    done(told, first, ONE)
    agent = demo_actor("ansm_assessor")
    reopen(obligation=first.pk, reason=ASKED, actor=agent, at=told.at)
    cancel(obligation=first.pk, reason=ASKED, actor=agent, at=told.at)
    for login, owners in (
        (ONE, {FIRST}), (OTHER, {SECOND}), ("reporter", set()), ("ansm_assessor", {FIRST, SECOND}),
    ):  # fmt: skip
        shown = obligations_of(told.title, demo_actor(login), told.at.date())
        assert {one.row.holder.name for one in (*shown.to_do, *shown.closed) if one.row.holder} == owners
        history = [one for one in timeline(told.dossier, demo_actor(login)) if one.verb.startswith("obligation_")]
        said = " ".join(words for one in history for _label, words in one.details)
        assert (ASKED in said) == (FIRST in owners)
        assert bool(history) == bool(owners)
        assert {name for name in (FIRST, SECOND) if name in said} == owners
    assert not obligations_of(told.title, demo_actor(ONE), told.at.date()).to_do[0].may_cancel
    assert obligations_of(told.title, demo_actor(OTHER), told.at.date()).to_do[0].may_do
    assert report_of(told, OTHER) == second


def test_what_one_company_does_is_not_told_to_the_other_even_as_a_change_of_the_file() -> None:
    told = granted()
    version = told.dossier.version
    done(told, report_of(told, ONE), ONE)
    with pytest.raises(Stale) as late:
        mark_done(
            obligation=report_of(told, OTHER).pk, done_on=told.at.date(), proof=PROOF, version=version,
            actor=demo_actor(OTHER), at=told.at,
        )  # fmt: skip
    assert late.value.changes == ()


def test_what_ansm_asks_is_asked_of_each_or_of_one() -> None:
    told = granted()
    agent = demo_actor("ansm_assessor")
    given = {"number": told.title.number, "kind": "condition", "owed_by": "holder", "text": ASKED}
    OutboxMessage.objects.all().delete()
    add(**given, due_on=told.at.date() + 30 * ONE_DAY, actor=agent, at=told.at)
    assert {one.holder.name for one in Obligation.objects.filter(kind="condition") if one.holder} == {FIRST, SECOND}
    assert told_by("obligation_added") == {ONE, OTHER}
    OutboxMessage.objects.all().delete()
    second = demo_actor(OTHER).organisation_id
    only = add(**given, due_on=told.at.date() + 40 * ONE_DAY, holder=second, actor=agent, at=told.at)
    assert (only.holder_id, Obligation.objects.filter(kind="condition").count()) == (second, 3)
    assert told_by("obligation_added") == {OTHER}
    for refused in ({"holder": demo_actor(STRANGER).organisation_id}, {"holder": second, "owed_by": "agency"}):
        with pytest.raises(Blocked) as refusal:
            add(**{**given, **refused}, due_on=told.at.date() + 50 * ONE_DAY, actor=agent, at=told.at)
        assert [(one.code, one.field) for one in refusal.value.reasons] == [("not_a_holder", "holder")]


def test_lists_and_calendars_have_what_its_reader_owes() -> None:
    told = granted()
    first = report_of(told, ONE)
    on = first.due_on + ONE_DAY
    done(told, first, ONE)
    for login, late, listed in ((ONE, 0, 1), (OTHER, 1, 1), (STRANGER, 0, 0), ("ansm_assessor", 1, 2)):
        actor = demo_actor(login)
        assert late_count(actor, on) == late
        assert len(obligations_page(actor, "all", on).rows) == listed
    days = {
        login: [one.key for one in deadlines(demo_actor(login), told.at.date()) if one.kind == "obligation"]
        for login in (ONE, OTHER, STRANGER)
    }
    assert days[OTHER] == [f"obligation-{report_of(told, OTHER).pk}"]
    assert set(days[ONE]) <= {f"obligation-{report_of(told, ONE).pk}"}
    assert days[STRANGER] == []


def test_a_renewal_goes_on_with_the_companies_that_it_names() -> None:
    told = granted(months=18)
    first, second = report_of(told, ONE), report_of(told, OTHER)
    for login in (ONE, OTHER):
        done(told, report_of(told, login), login)
    told.companies = FIRST
    renewal = framework_renewed(told)
    assert holders_of(renewal.title) == (first.holder_id,)
    assert set(Obligation.objects.filter(title=renewal.title).values_list("holder", flat=True)) == {first.holder_id}
    assert not Obligation.objects.filter(holder=second.holder_id, state="open", title=renewal.title).exists()


def test_a_company_that_the_renewal_leaves_out_owes_nothing_after_the_end() -> None:
    told = granted(months=18)
    last = told.title.ends_on
    agent = demo_actor("ansm_assessor")
    word = {"number": told.title.number, "kind": "undertaking", "owed_by": "holder", "text": ASKED}
    add(**word, due_on=last + 20 * ONE_DAY, actor=agent, at=told.at)
    told.companies = FIRST
    renewal = framework_renewed(told)
    undertakings = dict(Obligation.objects.filter(kind="undertaking").values_list("holder__name", "title__number"))
    # A word given outlives the framework: the company that left keeps its own there.
    assert undertakings == {FIRST: renewal.title.number, SECOND: told.title.number}


def test_a_company_that_the_renewal_adds_owes_its_own() -> None:
    told = framework().granted(months=18)
    told.companies = GROUP
    at = dt.datetime.combine(told.title.ends_on - 90 * ONE_DAY, dt.time(9), tzinfo=PARIS)
    renewal = heard_by(told.renewal(at), ONE, OTHER).propose().grant()
    reports = Obligation.objects.filter(title=renewal.title, state="open", kind="report")
    assert {one.holder.name for one in reports if one.holder} == {FIRST, SECOND}


# ------------------------------------------------------------------------------------------------------- reminders


def test_who_owes_is_reminded_and_only_of_its_own() -> None:
    told = granted()
    first = report_of(told, ONE)
    done(told, first, ONE)
    OutboxMessage.objects.all().delete()
    plan_obligation_reminders(at=noon(first.due_on - 7 * ONE_DAY))
    assert told_by("reminder_obligation") == {OTHER}


def test_each_company_is_reminded_before_the_end() -> None:
    told = granted()
    OutboxMessage.objects.all().delete()
    before = noon(told.title.ends_on - 30 * ONE_DAY)
    plan_expiry_reminders(at=before)
    assert told_by("reminder_expiry") == {ONE, OTHER}
    assert plan_expiry_reminders(at=before) == 0
    mail = OutboxMessage.objects.get(kind="reminder_expiry", recipient__email__startswith=f"{OTHER}@")
    assert still_due(number=told.title.number, dedupe_key=mail.dedupe_key, at=before)
    # Gone from its company, its applicant is told nothing more; whoever gives roles there is.
    Membership.objects.filter(person=mail.recipient, role="applicant").update(ends_on=before.date() - ONE_DAY)
    assert not still_due(number=told.title.number, dedupe_key=mail.dedupe_key, at=before)
    plan_expiry_reminders(at=before)
    admins = Membership.objects.filter(organisation__name=SECOND, role="org_admin").values("person__email")
    assert told_by("nobody_renews") == {one["person__email"].partition("@")[0] for one in admins}


def test_nothing_noted_of_an_obligation_lacks_its_company() -> None:
    told = granted()
    companies = {one.pk: one.name for one in Organisation.objects.filter(name__in=(FIRST, SECOND))}
    done(told, report_of(told, ONE), ONE)
    noted = Event.objects.filter(dossier=told.dossier, verb__startswith="obligation_")
    assert noted.count() == 3
    for event in noted:
        assert companies[event.payload["holder"]] == event.payload["company"]
        assert PROOF not in event.payload.get("company", "")


# ------------------------------------------------------------------------------------------------------- the pages


def test_the_page_of_the_framework_names_its_companies_and_whose_each_report_is() -> None:
    told = granted()
    address = f"/titles/{told.title.number}/"
    agency = text_of(browser("ansm_assessor").get(address))
    assert f"{FIRST}, {SECOND}" in agency
    assert f"owed by {FIRST}" in agency
    assert f"owed by {SECOND}" in agency
    own = browser(OTHER).get(address)
    links = [str(one["href"]) for one in BeautifulSoup(own.content, "html.parser").select("#obligations a[href]")]
    assert links == [f"{address}obligations/{report_of(told, OTHER).pk}/done/"]
    assert browser(OTHER).get(f"{address}obligations/{report_of(told, ONE).pk}/done/").status_code == 404
    assert browser(STRANGER).get(address).status_code == 404


def test_the_form_of_ansm_asks_which_company_where_several_hold_it() -> None:
    told = granted()
    address = f"/titles/{told.title.number}/obligations/new/"
    client = browser("ansm_assessor")
    offered = BeautifulSoup(client.get(address).content, "html.parser").select("input[name=holder]")
    ids = [str(one.organisation_id) for one in told.title.holders.all()]
    assert [one["value"] for one in offered] == ["", *ids]
    typed = {
        "kind": "notice", "owed_by": "holder", "text": ASKED,
        "due_on": (timezone.localdate() + 20 * ONE_DAY).isoformat(),
    }  # fmt: skip
    assert client.post(address, {**typed, "holder": ids[1]}).status_code == 302
    assert [str(one.holder_id) for one in Obligation.objects.filter(kind="notice")] == ids[1:]
    refused = client.post(address, {**typed, "holder": ids[0], "owed_by": "agency"})
    assert refused.status_code == 422
    assert "Choose one of the companies that hold this authorisation." in text_of(refused)
    alone = framework(at=told.at).granted()
    page = client.get(f"/titles/{alone.title.number}/obligations/new/")
    assert not BeautifulSoup(page.content, "html.parser").select("input[name=holder]")


def test_a_company_finds_its_framework_and_its_report_on_every_page() -> None:
    told = granted()
    for login, finds in ((ONE, True), (OTHER, True), (STRANGER, False)):
        client = browser(login)
        for address in ("/titles/", "/obligations/"):
            assert (told.title.number in text_of(client.get(address))) == finds


# ------------------------------------------------------------------------------- comments, and the rows of before


def test_both_companies_are_invited_to_comment_and_none_reads_the_other() -> None:
    told = granted()
    OutboxMessage.objects.all().delete()
    comments.invite(
        number=told.title.number, intended="suspend", grounds="Un signal.", at=told.at,
        reply_by=told.at.date() + 20 * ONE_DAY, actor=demo_actor("ansm_signatory"),
    )  # fmt: skip
    assert told_by("comment_invitation") == {ONE, OTHER}
    assert comments_of(told.title, demo_actor("reporter"), told.at).open is None
    assert comments_of(told.title, demo_actor(OTHER), told.at).may_answer
    comments.give(number=told.title.number, text=PROOF, actor=demo_actor(OTHER), at=told.at)
    read = {}
    for login in (ONE, OTHER, "ansm_assessor"):
        asked = comments_of(told.title, demo_actor(login), told.at).open
        assert asked is not None
        read[login] = (asked.answered_at, [(one.text, one.given_by_name) for one in asked.answers])
    said = [(PROOF, demo_actor(OTHER).name)]
    assert read == {ONE: (None, []), OTHER: (told.at, said), "ansm_assessor": (None, said)}


def test_what_was_granted_before_is_held_and_owed_by_each_company_too() -> None:
    """The migration, on rows as they were: one holder said on the title, one obligation for all."""
    told = granted()
    alone = framework(at=told.at).granted()
    second = report_of(told, OTHER)
    before = set(TitleHolder.objects.values_list("title", "organisation", "since"))
    Obligation.objects.filter(pk=second.pk).delete()
    TitleHolder.objects.all().delete()
    migration = import_module("dossiers.migrations.0014_holders")
    with connection.cursor() as cursor:
        for statement in (migration.HOLDERS, migration.OWED_BY_THE_FIRST, migration.OWED_BY_THE_OTHERS):
            cursor.execute(statement)
    assert set(TitleHolder.objects.values_list("title", "organisation", "since")) == before
    again = report_of(told, OTHER)
    assert (again.text, again.due_on, again.every_months) == (second.text, second.due_on, second.every_months)
    assert Obligation.objects.filter(title=alone.title).count() == 1


def test_the_ministry_that_reported_reads_what_any_reporter_reads() -> None:
    told = granted(author="ministry_reader")
    done(told, report_of(told, ONE), ONE)
    ministry = demo_actor("ministry_reader")
    shown = obligations_of(told.title, ministry, told.at.date())
    assert (shown.to_do, shown.closed) == ([], [])
    assert obligations_page(ministry, "all", told.at.date()).rows == []
    assert not [one for one in timeline(told.dossier, ministry) if one.verb.startswith("obligation_")]
    # Of what somebody else reported it reads all, as the agencies do.
    other = granted()
    assert len(obligations_of(other.title, ministry, other.at.date()).to_do) == 2
