"""What the calendar does to frameworks: protocols that do not come, silence on material, another authorisation."""

from __future__ import annotations

import datetime as dt

import pytest

from catalogue.models import Indication, Medicine, Source
from dossiers.models import CompanyCall, Event, InformationMaterial, Party, Task
from dossiers.queries.coverage import covered_titles
from dossiers.queries.material import materials_of
from dossiers.services import material
from dossiers.services.company_replies import reply
from dossiers.services.errors import Blocked, Forbidden, NotFound, WrongState
from dossiers.services.framework_days import follow_frameworks
from dossiers.services.staffing import complete_task
from dossiers.services.title_days import follow_titles
from notifications.models import OutboxMessage
from tests.dossiers.cpc_world import framework, framework_renewed
from tests.dossiers.world import early
from workflows.dates import PARIS, civil_date
from workflows.information_material import last_day_for_an_opinion

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world")]
ONE_DAY = dt.timedelta(days=1)


def test_ansm_goes_on_without_a_protocol_that_did_not_come() -> None:
    told = framework().assessed().ask_protocol(days=10)
    told.at += 10 * ONE_DAY
    assert follow_frameworks(at=told.at) == 0
    told.at += ONE_DAY
    assert follow_frameworks(at=told.at) == 1
    assert told.dossier.state == "assessment"
    assert not CompanyCall.objects.filter(closed_at=None).exists()
    event = Event.objects.get(verb="receive_put")
    assert (event.actor_role, event.payload["late"]) == ("system", True)
    assert follow_frameworks(at=told.at) == 0


def test_a_company_replies_as_often_as_it_wants_until_the_call_is_closed() -> None:
    told = framework().draft().report().notify().says("Un.").says("Deux.")
    call = CompanyCall.objects.get()
    assert [one.text for one in call.replies.all()] == ["Un.", "Deux."]
    told.assess()
    with pytest.raises(WrongState):
        told.says("Trois.")
    with pytest.raises(Forbidden):
        reply(reference=told.reference, text="x", actor=told.actor("reporter"))
    with pytest.raises(NotFound):
        reply(reference=told.reference, text="x", actor=told.actor("applicant2"))


def test_each_company_of_a_generic_group_is_told_and_waited_for() -> None:
    told = framework(companies="Laboratoires Démo Aurélia\nDémo Biotech Norvane").draft().report().notify(days=20)
    assert Party.objects.filter(dossier=told.dossier, role="applicant").count() == 2
    mails = OutboxMessage.objects.filter(kind="notify_intention").values_list("recipient__email", flat=True)
    assert {"applicant@demo.example", "applicant2@demo.example"} <= set(mails)
    told.says("Nos données.")
    with pytest.raises(Blocked, match="replies_awaited"):
        told.assess()
    told.says("Les nôtres.", login="applicant2", after=ONE_DAY).assess()
    assert told.dossier.state == "assessment"


def test_silence_on_material_is_favourable_after_one_month_and_cannot_be_taken_back() -> None:
    told = framework().granted()
    told.at += 5 * ONE_DAY
    sent = material.submit(
        number=told.title.number, name="Lettre", description="Texte.", actor=told.actor("applicant"), at=told.at
    )
    again = material.submit(
        number=told.title.number, name="Lettre", description="Texte.", actor=told.actor("applicant"), at=told.at
    )
    assert again == sent
    last = told.at + dt.timedelta(days=(_last(sent) - civil_date(told.at)).days)
    assert material.note_silence(at=last) == 0
    assert material.note_silence(at=last + ONE_DAY) == 1
    assert material.note_silence(at=last + 2 * ONE_DAY) == 0
    sent.refresh_from_db()
    assert sent.deemed_on == civil_date(last) + ONE_DAY
    shown = materials_of(told.title, told.actor("applicant"), civil_date(last) + ONE_DAY)
    assert shown is not None
    assert [(one.deemed, one.may_be_spread) for one in shown.rows] == [(True, True)]
    assert OutboxMessage.objects.filter(kind="material_deemed", recipient__email="applicant@demo.example").exists()
    with pytest.raises(WrongState):
        material.give_opinion(
            number=told.title.number,
            material=sent.pk,
            favourable=False,
            reasons="Trop tard.",
            actor=told.actor("ansm_assessor"),
            at=last + 2 * ONE_DAY,
        )


def _last(sent: InformationMaterial) -> dt.date:
    return last_day_for_an_opinion(sent.sent_at)


def test_an_unfavourable_opinion_has_its_reasons_and_is_of_ansm_alone() -> None:
    told = framework().granted()
    said = {"number": told.title.number, "name": "Dépliant", "description": "Texte."}
    with pytest.raises(Forbidden):
        material.submit(**said, actor=told.actor("ansm_assessor"), at=told.at)
    with pytest.raises(NotFound):
        material.submit(**said, actor=told.actor("applicant2"), at=told.at)
    sent = material.submit(**said, actor=told.actor("applicant"), at=told.at)
    given = {"number": told.title.number, "material": sent.pk, "favourable": False, "at": told.at + ONE_DAY}
    with pytest.raises(Blocked):
        material.give_opinion(**given, reasons=" ", actor=told.actor("ansm_signatory"))
    with pytest.raises(Forbidden):
        material.give_opinion(**given, reasons="Non.", actor=told.actor("applicant"))
    material.give_opinion(**given, reasons="Non.", actor=told.actor("ansm_signatory"))
    with pytest.raises(WrongState):
        material.give_opinion(**given, reasons="Non.", actor=told.actor("ansm_signatory"))


def test_an_early_access_of_the_same_substance_strength_and_form_asks_ansm_to_compare() -> None:
    same = {"inn": "démolizumab", "strength": "50 mg", "form": "gélule"}
    medicine = Medicine.objects.create(source=Source.BDPM, name="DEMOLIZINE", has_ma=True, marketed=True, **same)
    other = Medicine.objects.create(source=Source.BDPM, name="DEMOLIXOR", inn="démolizumab", strength="1 g", form="gel")
    told = framework(given={"product": {"medicine": medicine.pk}}).granted()
    elsewhere = early(told.at + ONE_DAY, given={"product": {"medicine": other.pk}}).granted()
    on = elsewhere.at + 10 * ONE_DAY
    assert covered_titles(civil_date(on)) == []
    twin = Medicine.objects.create(source=Source.BDPM, name="DEMOLIZUMAB AUTRE", **same)
    access = early(told.at + ONE_DAY, given={"product": {"medicine": twin.pk}}).granted()
    on = access.at + 10 * ONE_DAY
    assert [(one.number, one.what) for one in covered_titles(civil_date(on))] == [
        (told.title.number, access.title.number)
    ]
    assert follow_frameworks(at=on) == 1
    assert follow_frameworks(at=on) == 0
    asked = Task.objects.get(kind="framework_covered")
    assert asked.dossier == told.dossier
    # The indications were compared, and differ; then the medicine itself is authorised in another one.
    complete_task(task=asked.pk, actor=told.actor("ansm_assessor"), at=on)
    assert follow_frameworks(at=on) == 0
    Indication.objects.create(medicine=medicine, label="Autre", ma_since=civil_date(on))
    assert follow_frameworks(at=on) == 1
    asked.refresh_from_db()
    assert asked.done_at is None
    told.at = on
    told.move_title("cease", "ansm_signatory", {"cause": "aap", "reason": "Un accès précoce couvre l'indication."})
    assert told.title.in_force_until == civil_date(on)
    assert covered_titles(civil_date(on) + ONE_DAY) == []
    asked.refresh_from_db()
    assert asked.done_at == on  # nothing is left to compare


def test_a_comparison_asked_stays_open_through_a_renewal_and_closes_with_its_end() -> None:
    medicine = Medicine.objects.create(
        source=Source.BDPM,
        name="DEMOLIZINE",
        has_ma=True,
        marketed=True,
        inn="démolizumab",
        strength="50 mg",
        form="gel",
    )
    told = framework(given={"product": {"medicine": medicine.pk}}).granted(months=3)
    Indication.objects.create(medicine=medicine, label="Autre", ma_since=civil_date(told.at + 20 * ONE_DAY))
    assert follow_frameworks(at=told.at + 21 * ONE_DAY) == 1
    asked = Task.objects.get(kind="framework_covered")
    renewal = framework_renewed(told)
    renewal.at = dt.datetime.combine(renewal.title.starts_on, dt.time(6), tzinfo=PARIS)
    follow_titles(at=renewal.at)
    asked.refresh_from_db()
    assert (told.title.state, asked.done_at) == ("replaced", None)
    renewal.at += ONE_DAY
    renewal.move_title("cease", "ansm_signatory", {"cause": "ma", "reason": "L'AMM couvre l'indication."})
    asked.refresh_from_db()
    assert asked.done_at == renewal.at
