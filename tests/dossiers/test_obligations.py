"""What is done of an obligation: each act both ways, the lists it is in, and many at once."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from documents.models import Attachment
from dossiers.demo.story import ONE_DAY, demo_actor
from dossiers.models import Event, Obligation
from dossiers.policy import OBLIGATION_PROOF, attachments_visible_to
from dossiers.queries.obligations import late_count, obligations_of, obligations_page
from dossiers.services.errors import Blocked, Forbidden, NotFound, WrongState
from dossiers.services.log import differences
from dossiers.services.obligations import cancel, mark_done, reopen
from dossiers.services.staffing import recuse
from notifications.models import OutboxMessage
from tests.dossiers.owing import TEXT, codes, done, owed, verbs
from tests.dossiers.test_races import at_once
from tests.dossiers.world import expire, granted, title_in
from tests.snapshot import load_world

pytestmark = pytest.mark.django_db


# --------------------------------------------------------------------------------------------------------- add


@pytest.mark.parametrize("by", ["ansm_assessor", "ansm_signatory", "ansm_vigilance"])
def test_ansm_asks_and_the_holder_is_told_without_the_text(world, by):
    told = granted()
    one = owed(told, by=by)
    assert (one.state, one.text, one.created_at) == ("open", TEXT, told.at)
    assert verbs(told) == ["obligation_added"]
    event = Event.objects.get(verb="obligation_added")
    assert event.payload == {"id": one.pk, "obligation": "report", "due_on": one.due_on.isoformat()}
    mails = OutboxMessage.objects.filter(kind="obligation_added")
    assert {mail.recipient.email.partition("@")[0] for mail in mails} >= {"prescriber", "pharmacist"}
    for mail in mails:
        assert (mail.reference, mail.path) == (told.title.number, f"/titles/{told.title.number}/")
        assert "neurofilaments" not in str(mail.context)
    assert list(differences(told.dossier, told.title)) == []


@pytest.mark.parametrize("by", ["ansm_triage", "auditor", "prescriber", "pharmacist", "intern"])
def test_nobody_else_asks(world, by):
    with pytest.raises(Forbidden):
        owed(granted(), by=by)
    assert not Obligation.objects.exists()


def test_who_is_recused_asks_nothing_and_another_hospital_sees_nothing(world):
    told = granted()
    recuse(reference=told.reference, actor=told.actor("assessor"), reason="Lien d'intérêts.", at=told.at)
    with pytest.raises(Forbidden):
        owed(told)
    with pytest.raises(NotFound):
        owed(told, by="prescriber2")


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ({"kind": "wish"}, ("choice", "kind")),
        ({"owed_by": "patient"}, ("choice", "owed_by")),
        ({"text": " \x00 "}, ("required", "text")),
        ({"text": "x" * 4_001}, ("too_long", "text")),
        ({"text": "NIR 1 85 05 78 006 084 36"}, ("national_number", "text")),
        ({"law": "x" * 121}, ("too_long", "law")),
        ({"due_on": -1}, ("past", "due_on")),
        ({"due_on": 400}, ("after_the_end", "due_on")),
        ({"due_on": 90_000, "kind": "undertaking"}, ("date_year", "due_on")),
        ({"every_months": 0}, ("months", "every_months")),
        ({"every_months": 61}, ("months", "every_months")),
    ],
)
def test_what_cannot_be_asked_is_refused_with_its_reason(world, given, fault):
    told = granted()
    if isinstance(given.get("due_on"), int):
        given = {**given, "due_on": told.at.date() + given["due_on"] * ONE_DAY}
    with pytest.raises(Blocked) as refusal:
        owed(told, **given)
    assert codes(refusal) == [fault]
    assert not Obligation.objects.exists()


def test_today_is_not_too_late_and_an_undertaking_outlives_its_title(world):
    told = granted()
    assert owed(told, due_on=told.at.date()).due_on == told.at.date()
    assert owed(told, kind="undertaking", due_on=told.title.ends_on + 90 * ONE_DAY).state == "open"
    assert owed(told, owed_by="agency", due_on=told.title.ends_on + ONE_DAY).state == "open"


@pytest.mark.parametrize("state", ["withdrawn", "ceased", "stopped", "expired"])
def test_a_title_that_ended_obliges_to_nothing_new(world, state):
    with pytest.raises(WrongState):
        owed(title_in(state))


def test_a_form_sent_twice_adds_once(world):
    told = granted()
    assert owed(told).pk == owed(told).pk
    told.at += dt.timedelta(minutes=2)
    owed(told, due_on=told.at.date() + 31 * ONE_DAY)
    assert Obligation.objects.count() == 2


# -------------------------------------------------------------------------------------------------------- done


@pytest.mark.parametrize(
    ("owed_by", "by", "allowed"),
    [
        ("holder", "prescriber", True),
        ("holder", "pharmacist", True),
        ("holder", "intern", False),
        ("holder", "pharmacy_preparer", False),
        ("holder", "ansm_assessor", False),
        ("holder", "auditor", False),
        ("agency", "ansm_assessor", True),
        ("agency", "ansm_triage", True),
        ("agency", "prescriber", False),
        ("agency", "auditor", False),
    ],
)
def test_whoever_owes_it_says_that_it_is_done(world, owed_by, by, allowed):
    told = granted()
    one = owed(told, owed_by=owed_by)
    if not allowed:
        with pytest.raises(Forbidden):
            done(told, one, by=by)
        assert Obligation.objects.get().state == "open"
        return
    closed = done(told, one, by=by)
    assert (closed.state, closed.done_on, closed.closed_at) == ("done", told.at.date(), told.at)
    assert closed.done_by_name == demo_actor(by).name
    assert verbs(told) == ["obligation_added", "obligation_done"]


def test_another_hospital_does_nothing_here(world):
    told = granted()
    with pytest.raises(NotFound):
        done(told, owed(told), by="prescriber2")


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ({"proof": "  "}, ("required", "proof")),
        ({"proof": "x" * 4_001}, ("too_long", "proof")),
        ({"proof": "NIR 185057800608436"}, ("national_number", "proof")),
        ({"done_on": dt.date(2026, 12, 31)}, ("future", "done_on")),
        ({"done_on": dt.date(1026, 5, 4)}, ("date_year", "done_on")),
        ({"document": 987_654_321}, ("document", "document")),
    ],
)
def test_a_proof_is_wanted(world, given, fault):
    told = granted()
    one = owed(told)
    with pytest.raises(Blocked) as refusal:
        done(told, one, **given)
    assert codes(refusal) == [fault]
    assert Obligation.objects.get().state == "open"


def test_the_document_is_attached_with_the_act_and_read_by_the_agency(world):
    told = granted()
    one = done(told, owed(told), proof="", upload=SimpleUploadedFile("rapport.txt", b"Neurofilaments en baisse."))
    attached = Attachment.objects.get(kind=OBLIGATION_PROOF)
    assert one.document == attached
    assert attached.dossier == told.dossier
    for login, sees in (("ansm_assessor", True), ("prescriber", True), ("auditor", True), ("prescriber2", False)):
        assert attachments_visible_to(demo_actor(login)).filter(pk=attached.pk).exists() is sees


def test_a_refused_document_leaves_no_trace_and_no_other_document_is_shown(world):
    told = granted()
    one = owed(told)
    with pytest.raises(Blocked) as refusal:
        done(told, one, upload=SimpleUploadedFile("rapport.exe", b"MZ\x90\x00\x03"))
    assert {reason.field for reason in refusal.value.reasons} == {"upload"}
    with pytest.raises(Blocked):
        done(told, one, done_on=dt.date(2030, 1, 1), upload=SimpleUploadedFile("rapport.txt", b"Stable."))
    assert not Attachment.objects.exists()
    # A document that the hospital attached otherwise since it filed stays its own.
    other = Attachment.objects.create(
        dossier=told.dossier, kind="other", name="interne.txt", size=1, sha256="0" * 64, content_type="text/plain",
        uploaded_by_name="X", uploaded_at=told.at,
    )  # fmt: skip
    assert not attachments_visible_to(demo_actor("ansm_assessor")).filter(pk=other.pk).exists()


def test_a_document_of_another_file_proves_nothing(world):
    mine, theirs = granted(), granted()
    shown = done(theirs, owed(theirs), upload=SimpleUploadedFile("rapport.txt", b"Stable.")).document
    assert shown is not None
    with pytest.raises(Blocked) as refusal:
        done(mine, owed(mine), document=shown.pk)
    assert codes(refusal) == [("document", "document")]
    assert done(theirs, owed(theirs, kind="notice"), proof="", document=shown.pk).document == shown


def test_done_twice_is_done_once(world):
    told = granted()
    one = owed(told, every_months=1)
    done(told, one)
    with pytest.raises(WrongState):
        done(told, one)
    assert Obligation.objects.count() == 2


# --------------------------------------------------------------------------------------------- reopen and cancel


def test_a_proof_that_is_not_enough_is_asked_again(world):
    told = granted()
    one = done(told, owed(told, every_months=1))
    with pytest.raises(Forbidden):
        reopen(obligation=one.pk, reason="Incomplet.", actor=demo_actor("prescriber"), at=told.at)
    with pytest.raises(Blocked) as refusal:
        reopen(obligation=one.pk, reason=" ", actor=demo_actor("ansm_assessor"), at=told.at)
    assert codes(refusal) == [("required", "reason")]
    again = reopen(obligation=one.pk, reason="Le dosage manque.", actor=demo_actor("ansm_assessor"), at=told.at)
    assert (again.state, again.closed_at, again.done_on, again.done_by) == ("open", None, None, None)
    assert again.proof == "Envoyé par messagerie sécurisée."
    [shown] = [
        each for each in obligations_of(told.title, demo_actor("prescriber"), told.at.date()).to_do if each.row == one
    ]
    assert shown.sent_back == "Le dosage manque."
    # Its next occurrence goes on, and is not opened a second time.
    done(told, one, proof="Dosage joint.")
    assert Obligation.objects.filter(previous=one).count() == 1
    kept = Event.objects.filter(verb="obligation_done").order_by("seq")
    assert [event.payload["proof"] for event in kept] == ["Envoyé par messagerie sécurisée.", "Dosage joint."]


def test_it_is_not_reopened_once_the_next_one_is_done(world):
    told = granted()
    one = done(told, owed(told, every_months=1))
    done(told, Obligation.objects.get(previous=one))
    with pytest.raises(Blocked) as refusal:
        reopen(obligation=one.pk, reason="Incomplet.", actor=demo_actor("ansm_assessor"), at=told.at)
    assert codes(refusal) == [("next_done", "")]


def test_what_ended_with_its_title_is_not_reopened(world):
    told = title_in("in_force")
    report = owed(told)
    word = owed(told, kind="undertaking")
    agency = owed(told, owed_by="agency", kind="notice")
    for one, by in ((report, "prescriber"), (word, "prescriber"), (agency, "ansm_assessor")):
        done(told, one, by=by)
    expire(told)
    ansm = demo_actor("ansm_assessor")
    with pytest.raises(WrongState) as refusal:
        reopen(obligation=report.pk, reason="Illisible.", actor=ansm, at=told.at)
    assert codes(refusal) == [("title_ended", "")]
    for one in (word, agency):
        assert reopen(obligation=one.pk, reason="Illisible.", actor=ansm, at=told.at).state == "open"


def test_only_what_was_done_is_reopened(world):
    told = granted()
    with pytest.raises(WrongState):
        reopen(obligation=owed(told).pk, reason="Non.", actor=demo_actor("ansm_assessor"), at=told.at)


def test_ansm_gives_up_what_it_asked(world):
    told = granted()
    one = owed(told)
    with pytest.raises(Forbidden):
        cancel(obligation=one.pk, reason="Non.", actor=demo_actor("pharmacist"), at=told.at)
    with pytest.raises(Blocked):
        cancel(obligation=one.pk, reason="", actor=demo_actor("ansm_assessor"), at=told.at)
    assert (
        cancel(obligation=one.pk, reason="Doublon.", actor=demo_actor("ansm_assessor"), at=told.at).state == "cancelled"
    )
    for act in (cancel, reopen):
        with pytest.raises(WrongState):
            act(obligation=one.pk, reason="Encore.", actor=demo_actor("ansm_assessor"), at=told.at)
    [shown] = obligations_of(told.title, demo_actor("prescriber"), told.at.date()).closed
    assert shown.given_up == "Doublon."


# ----------------------------------------------------------------------------------------------------- the lists


def test_each_reads_the_obligations_of_its_scope(world):
    told = granted()
    today = told.at.date()
    owed(told, due_on=today)
    owed(told, kind="notice", due_on=today + 31 * ONE_DAY)
    tomorrow = today + ONE_DAY
    for login in ("prescriber", "ansm_assessor", "auditor"):
        actor = demo_actor(login)
        assert len(obligations_page(actor, "all", tomorrow).rows) == 2
        assert len(obligations_page(actor, "late", tomorrow).rows) == 1
        assert len(obligations_page(actor, "soon", tomorrow).rows) == 1
        assert len(obligations_page(actor, "soon", today).rows) == 1
        assert (late_count(actor, today), late_count(actor, tomorrow)) == (0, 1)
    for actor in (demo_actor("prescriber2"), None):
        assert obligations_page(actor, "all", tomorrow).rows == []


def test_the_list_is_paged_and_costs_one_query(world):
    told = granted()
    for rank in range(5):
        owed(told, text=f"Point {rank}", due_on=told.at.date() + (rank // 2) * ONE_DAY)
    actor, seen, cursor = demo_actor("ansm_assessor"), [], ""
    while True:
        with CaptureQueriesContext(connection) as queries:
            page = obligations_page(actor, "all", told.at.date(), cursor=cursor, size=2)
        assert len(queries) == 1
        seen += [row["text"] for row in page.rows]
        cursor = page.next
        if not cursor:
            break
    assert seen == [f"Point {rank}" for rank in range(5)]


# ------------------------------------------------------------------------------------------------- many at once


@pytest.mark.django_db(transaction=True)
def test_eight_who_mark_it_done_make_one_event_and_one_next(transactional_db):
    load_world()
    told = granted()
    one = owed(told, every_months=1)
    actor = demo_actor("prescriber")
    answers = at_once(
        lambda rank: mark_done(
            obligation=one.pk, done_on=told.at.date(), proof=f"Envoyé {rank}.", actor=actor, at=told.at
        )
    )
    assert sorted(type(answer).__name__ for answer in answers) == ["Obligation"] + ["WrongState"] * 7
    assert Event.objects.filter(verb="obligation_done").count() == 1
    assert Obligation.objects.filter(previous=one).count() == 1
    assert list(differences(told.dossier, told.title)) == []


@pytest.mark.django_db(transaction=True)
def test_done_and_ended_at_once_leave_no_open_obligation_on_a_dead_title(transactional_db):
    load_world()
    told = granted()
    told.at += 20 * ONE_DAY
    one = owed(told, due_on=told.at.date() + ONE_DAY, every_months=1)
    actor, payload = demo_actor("prescriber"), {"stopped_on": str(told.at.date()), "reason": "efficacy"}

    def act(rank: int) -> Any:
        if rank % 2:
            return told.move_title("stop_treatment", "prescriber", payload)
        return mark_done(obligation=one.pk, done_on=told.at.date(), proof="Envoyé.", actor=actor, at=told.at)

    answers = at_once(act, threads=4)
    assert all(isinstance(answer, Obligation | Event | WrongState | Blocked) for answer in answers), answers
    assert told.title.state == "stopped"
    assert not Obligation.objects.filter(state="open").exists()
    assert list(differences(told.dossier, told.title)) == []
