"""Two companies of one framework are competitors: what one is asked, says and sends stays hidden from the other."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from accounts.models import Membership
from documents.attachments import attach
from dossiers.demo.cpc_story import Framework
from dossiers.demo.story import ONE_DAY, demo_actor
from dossiers.policy import attachments_visible_to, messages_visible_to
from dossiers.queries.comments import comments_of
from dossiers.queries.obligations import obligations_of
from dossiers.queries.timeline import timeline
from dossiers.queries.titles import title_for
from dossiers.services import comments, material
from dossiers.services.conversation import post
from dossiers.services.obligations import mark_done
from tests.dossiers.frameworks.test_holders import ONE, OTHER, heard, report_of
from tests.dossiers.frameworks.test_material_file import GROUP, a_pdf, group

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


def test_what_one_holder_comments_is_not_read_by_the_other() -> None:
    told = group()
    comments.invite(
        number=told.title.number, intended="suspend", grounds="Motifs.",
        reply_by=timezone.localdate() + 15 * ONE_DAY, actor=demo_actor("ansm_assessor"),
    )  # fmt: skip
    comments.give(number=told.title.number, text=SAID, actor=demo_actor(ONE))
    read = {}
    for login in (ONE, OTHER, "ansm_assessor"):
        title = title_for(demo_actor(login), told.title.number)
        assert title is not None
        shown = comments_of(title, demo_actor(login), timezone.now())
        read[login] = SAID in str(shown)
    assert read == {ONE: True, OTHER: False, "ansm_assessor": True}


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
    told = heard(told, ONE, OTHER).propose().grant()
    told.at = timezone.now()
    mark_done(obligation=report_of(told, ONE).pk, done_on=told.at.date(), proof=SAID, actor=demo_actor(ONE), at=told.at)
    for login, reads in (("ministry_reader", False), (OTHER, False), (ONE, True), ("ansm_assessor", True)):
        actor = demo_actor(login)
        shown = obligations_of(told.title, actor, told.at.date())
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
