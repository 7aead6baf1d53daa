"""Two companies of one framework are competitors: what one is asked, says and sends stays hidden from the other."""

from __future__ import annotations

import datetime as dt
from importlib import import_module

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.utils import timezone

from accounts.models import Membership
from documents.attachments import attach
from documents.models import Attachment
from dossiers.demo.cpc_story import Framework
from dossiers.demo.story import ONE_DAY, demo_actor
from dossiers.models import Title
from dossiers.policy import attachments_visible_to, messages_visible_to
from dossiers.queries.obligations import obligations_of
from dossiers.queries.timeline import timeline
from dossiers.services import comments, material
from dossiers.services.conversation import post
from dossiers.services.errors import Blocked, Forbidden, NotFound, WrongState
from dossiers.services.move import move, move_title
from dossiers.services.obligations import mark_done
from earlyaccess.crypto import encrypt
from notifications.models import OutboxMessage
from tests.dossiers.cpc_world import heard_by
from tests.dossiers.frameworks.test_holders import ONE, OTHER, report_of
from tests.dossiers.frameworks.test_material_file import GROUP, a_pdf, group
from tests.dossiers.screens import browser, text_of
from workflows.dates import civil_date

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world")]
SAID = "zqsecret"


def asked_for_a_protocol() -> Framework:
    told = Framework(at=timezone.now() - dt.timedelta(days=60), companies=GROUP).draft().report().notify()
    return told.says("Nos données.").says("Les nôtres.", login=OTHER).assess().ask_protocol()


def test_who_leaves_a_company_for_its_competitor_does_not_take_its_words_along() -> None:
    told = asked_for_a_protocol()
    given = attach(dossier=told.dossier, kind="put_sp", upload=a_pdf(), actor=demo_actor(ONE), at=timezone.now())
    written = post(reference=told.reference, body=SAID, actor=demo_actor(ONE))
    Membership.objects.create(
        person_id=demo_actor(ONE).person_id,
        organisation_id=demo_actor(OTHER).organisation_id,
        role="contributor",
        starts_on=timezone.localdate(),
    )
    for login, reads in ((ONE, True), (OTHER, False), ("ansm_assessor", True)):
        actor = demo_actor(login)
        assert attachments_visible_to(actor).filter(pk=given.pk).exists() == reads
        assert messages_visible_to(actor, told.dossier).filter(pk=written.pk).exists() == reads


def test_the_same_protocol_sent_by_two_companies_is_one_of_each() -> None:
    told = asked_for_a_protocol()
    first = attach(dossier=told.dossier, kind="put_sp", upload=a_pdf(), actor=demo_actor(ONE), at=timezone.now())
    renamed = SimpleUploadedFile("autre.pdf", a_pdf().read(), content_type="application/pdf")
    second = attach(dossier=told.dossier, kind="put_sp", upload=renamed, actor=demo_actor(OTHER), at=timezone.now())
    seen = {
        login: set(attachments_visible_to(demo_actor(login)).filter(kind="put_sp").values_list("pk", flat=True))
        for login in (ONE, OTHER, "ansm_assessor")
    }
    assert seen == {ONE: {first.pk}, OTHER: {second.pk}, "ansm_assessor": {first.pk, second.pk}}


def test_each_holder_comments_and_the_authority_waits_for_all() -> None:
    told = group()
    agent, signatory = demo_actor("ansm_assessor"), demo_actor("ansm_signatory")
    until = timezone.localdate() + 15 * ONE_DAY
    comments.invite(number=told.title.number, intended="suspend", grounds="Motifs.", reply_by=until, actor=agent)
    suspended = {"reason": "Un signal.", "until": str(timezone.localdate() + 30 * ONE_DAY)}
    for login in (ONE, OTHER):
        with pytest.raises(Blocked) as refusal:
            move_title(number=told.title.number, transition="suspend", actor=signatory, payload=suspended)
        assert "comments_awaited" in [one.code for one in refusal.value.reasons]
        with pytest.raises((Forbidden, NotFound)):
            comments.give(number=told.title.number, text=SAID, actor=demo_actor("device_applicant"))
        key = f"key-{login}"
        given = {comments.give(number=told.title.number, text=SAID, actor=demo_actor(login), key=key).pk for _ in "12"}
        assert len(given) == 1
        with pytest.raises(WrongState):
            comments.give(number=told.title.number, text="Autre.", actor=demo_actor(login))
    assert OutboxMessage.objects.filter(kind="comments_received", recipient=agent.person_id).count() == 2
    for login, count in ((ONE, 1), (OTHER, 1), ("ansm_assessor", 2)):
        page = text_of(browser(login).get(f"/titles/{told.title.number}/"))
        assert page.count(SAID) == count, login
    move_title(number=told.title.number, transition="suspend", actor=signatory, payload=suspended)
    assert Title.objects.get(pk=told.title.pk).state == "suspended"


def test_who_had_answered_before_each_holder_did_is_found_again() -> None:
    """The statements of the migration, on a row as it was."""
    told = group()
    agent = demo_actor("ansm_assessor")
    until = timezone.localdate() + 15 * ONE_DAY
    asked = comments.invite(
        number=told.title.number, intended="suspend", grounds="Motifs.", reply_by=until, actor=agent
    )
    migration = import_module("dossiers.migrations.0023_each_holder_comments")
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE dossiers_commentinvitation ADD comments bytea")
        cursor.execute("ALTER TABLE dossiers_commentinvitation ADD answered_by_id bigint")
        cursor.execute("ALTER TABLE dossiers_commentinvitation ADD answered_by_name varchar(200) DEFAULT ''")
        cursor.execute(
            "UPDATE dossiers_commentinvitation SET comments = %s, answered_by_id = %s, answered_at = now()",
            [encrypt(SAID.encode()), demo_actor(OTHER).person_id],
        )
        cursor.execute(migration.ANSWERS)
        cursor.execute(migration.AWAITED)
    asked.refresh_from_db()
    assert asked.answered_at is None
    [said] = asked.answers.all()
    assert (said.text, said.organisation_id) == (SAID, demo_actor(OTHER).organisation_id)


def test_what_is_given_up_is_not_told_to_whoever_reported() -> None:
    told = group()
    comments.invite(
        number=told.title.number, intended="suspend", grounds="Motifs.",
        reply_by=timezone.localdate() + 15 * ONE_DAY, actor=demo_actor("ansm_assessor"),
    )  # fmt: skip
    comments.give_up(number=told.title.number, reason=SAID, actor=demo_actor("ansm_assessor"))
    read = {
        login: SAID in str([one.details for one in timeline(told.dossier, demo_actor(login))])
        for login in (ONE, OTHER, "reporter", "ansm_assessor")
    }
    assert read == {ONE: True, OTHER: True, "reporter": False, "ansm_assessor": True}


def test_a_ministry_that_reported_reads_no_obligation_of_the_companies() -> None:
    told = Framework(at=timezone.now() - dt.timedelta(days=200), author="ministry_reader", companies=GROUP)
    told = heard_by(told, ONE, OTHER).propose().grant()
    told.at = timezone.now()
    mark_done(
        obligation=report_of(told, ONE).pk, done_on=civil_date(told.at), proof=SAID, actor=demo_actor(ONE), at=told.at
    )
    for login, reads in (("ministry_reader", False), (OTHER, False), (ONE, True), ("ansm_assessor", True)):
        actor = demo_actor(login)
        shown = obligations_of(told.title, actor, civil_date(told.at))
        assert (SAID in str([one.row.proof for one in (*shown.to_do, *shown.closed)])) == reads, login
        assert ("obligation_done" in [one.verb for one in timeline(told.dossier, actor)]) == reads, login


def test_that_one_submits_material_or_comments_is_not_told_to_its_competitor() -> None:
    told = group()
    comments.invite(
        number=told.title.number, intended="suspend", grounds="Motifs.",
        reply_by=timezone.localdate() + 15 * ONE_DAY, actor=demo_actor("ansm_assessor"),
    )  # fmt: skip
    comments.give(number=told.title.number, text=SAID, actor=demo_actor(ONE))
    material.submit(number=told.title.number, name="Lettre", description="Texte.", actor=demo_actor(ONE))
    noted = {"give_comments", "material_sent"}
    for login, reads in ((ONE, noted), (OTHER, set()), ("reporter", set()), ("ansm_assessor", noted)):
        assert noted & {one.verb for one in timeline(told.dossier, demo_actor(login))} == reads, login


def test_no_company_ends_a_framework_for_its_competitors() -> None:
    told = group()
    with pytest.raises(Blocked) as refusal:
        move_title(
            number=told.title.number, transition="renounce", actor=demo_actor(OTHER), payload={"reason": "Arrêt."}
        )
    assert [one.code for one in refusal.value.reasons] == ["held_by_several"]
    assert Title.objects.get(pk=told.title.pk).state == "in_force"
    alone = Framework(at=timezone.now() - dt.timedelta(days=200)).granted()
    alone.at = timezone.now()
    alone.move_title("renounce", ONE, {"reason": "Arrêt."})
    assert alone.title.state == "ceased"


def test_a_company_sends_its_own_protocol_and_is_not_stopped_by_that_of_its_competitor() -> None:
    told = asked_for_a_protocol()
    named = SimpleUploadedFile(f"{SAID}.pdf", a_pdf().read(), content_type="application/pdf")
    first = attach(dossier=told.dossier, kind="put_sp", upload=named, actor=demo_actor(ONE), at=timezone.now())
    sending = {"reference": told.reference, "transition": "receive_put", "actor": demo_actor(OTHER), "payload": {}}
    with pytest.raises(Blocked) as refusal:
        move(**sending)
    assert [one.code for one in refusal.value.reasons] == ["no_protocol"]
    Attachment.objects.filter(pk=first.pk).update(scan=Attachment.Scan.INFECTED)
    attach(dossier=told.dossier, kind="put_sp", upload=a_pdf(700), actor=demo_actor(OTHER), at=timezone.now())
    move(**sending)
    assert told.dossier.state == "assessment"
