"""The published frameworks and their predecessors (RTU): what is told is replayed, what is not is marked, and what is
no compassionate access is refused with the reason."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core.management import call_command

from catalogue.models import Medicine, Source
from dossiers.models import CompanyCall, Dossier, Event, FrameworkTerms, Title
from tests.dossiers.history.helpers import case as request_of_a_patient
from tests.dossiers.history.helpers import codes, play, play_published, published
from workflows.dates import civil_date

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world")]

# By hand, from the sources: the state of the file, then of what was granted and its days as of 23 November 2026.
KEPT = {
    "CPC-001": ("granted", "expired", "2022-05-20", "2025-05-19"),
    "CPC-002": ("granted", "expired", "2015-03-03", "2018-03-02"),
    "CPC-002/2": ("granted", "expired", "2022-04-06", "2025-04-05"),
    "CPC-004": ("granted", "in_force", "2025-06-13", "2028-06-12"),
    "CPC-005": ("granted", "in_force", "2025-07-30", "2028-07-29"),
    "CPC-007": ("granted", "expired", "2019-12-02", "2022-12-01"),
    "CPC-008": ("granted", "ceased", "2016-01-02", "2019-01-01"),
    "CPC-010": ("granted", "expired", "2015-10-01", "2018-09-30"),
    "CPC-013": ("granted", "expired", "2018-01-02", "2021-01-01"),
    "CPC-014": ("granted", "expired", "2018-01-02", "2021-01-01"),
    "CPC-016": ("assessment", None, None, None),
    "CPC-017": ("granted", "expired", "2014-03-02", "2017-03-01"),
    "CPC-019": ("granted", "ceased", "2015-11-02", "2018-11-01"),
}
REFUSED = {"CPC-011": ["no_date"]}
"""Its source tells of a framework and of no day at all."""


def test_each_published_framework_is_replayed() -> None:
    outcomes = {one.id: one for one in play_published(published("cpc"))}
    told = {
        name: (
            one.state,
            one.title and one.title["state"],
            one.title and one.title["starts_on"],
            one.title and one.title["ends_on"],
        )
        for name, one in outcomes.items()
        if one.fate == "kept"
    }
    refused = {name: [one.code for each in row.refused for one in each.reasons] for name, row in outcomes.items()}
    assert {name: why for name, why in refused.items() if why} == REFUSED
    assert told == KEPT
    call_command("verify_log")


def test_the_days_of_kaftrio_are_those_of_its_sources() -> None:
    [kept] = play_published({"cases": [published("cpc")["cases"][0]]})
    events = Event.objects.filter(dossier__reference=kept.reference)
    told = {one.verb: civil_date(one.at) for one in events if not one.inferred}
    assert told["notify_intention"] == dt.date(2022, 2, 25)
    assert told["open_contradictory"] == dt.date(2022, 4, 20)
    assert told["close_contradictory"] == dt.date(2022, 4, 26)
    assert told["grant"] == dt.date(2022, 5, 19)
    versions = list(Title.objects.get(number=kept.title["number"]).versions.values_list("valid_from", flat=True))
    assert versions == [dt.date(2022, 5, 20), dt.date(2023, 6, 1), dt.date(2024, 2, 2)]
    assert {one.verb for one in events if one.inferred} == {"report", "assess", "propose"}
    dossier = Dossier.objects.get(reference=kept.reference)
    assert dossier.parties.get(organisation__kind="company").organisation.name == "Vertex Pharmaceuticals (France)"
    assert FrameworkTerms.objects.get(decision__dossier=dossier).decision.indication.startswith("Mucoviscidose")


def test_several_companies_hold_one_framework() -> None:
    cases = [one for one in published("cpc")["cases"] if one["id"] == "CPC-010"]
    [kept] = play_published({"cases": cases})
    dossier = Dossier.objects.get(reference=kept.reference)
    assert dossier.parties.filter(role="applicant").count() == 6
    # None of them was ever asked through this application to reply to anything now.
    assert not CompanyCall.objects.filter(dossier=dossier, closed_at=None).exists()


# ------------------------------------------------------------------------------------------- look-alikes

MARKETED = {"name": "DEMOMARKET", "denomination": "DEMOMARKET 250 mg, comprimé", "inn": "démomarkétine"}


def marketed() -> Medicine:
    return Medicine.objects.create(source=Source.BDPM, has_ma=True, marketed=True, **MARKETED)


def framework(**product: str) -> dict[str, object]:
    return {
        "id": "CPC-X",
        "kind": "own_initiative",
        "medicine": "ONC201 (dordaviprone)",
        "indication": "Gliome diffus avec mutation H3K27M",
        "company": "Chimerix",
        "outcome": "granted",
        "answers": {"product": product},
        "events": [{"date": "2021-11", "type": "granted"}],
    }


def test_a_pharmacy_preparation_is_no_framework() -> None:
    """NEG-001: ONC201 was prepared by a hospital under a protocol."""
    [refused] = play_published([framework(ma_status="preparation")])
    assert codes(refused) == ["a_preparation"]


def test_a_medicine_without_authorisation_is_for_another_access() -> None:
    [refused] = play_published([framework(ma_status="no_ma")])
    assert codes(refused) == ["no_ma"]


def test_a_marketed_medicine_is_no_aac_and_may_be_framed() -> None:
    """NEG-003, and NEG-005 (EGATEN): authorised and marketed in France, so that no AAC is possible."""
    medicine = marketed()
    told = request_of_a_patient()
    told["product"] = {"name": medicine.name}
    told["indication"] = "Autre indication"
    told["answers"]["medicine"] = {
        **told["answers"].get("medicine", {}),
        "medicine": medicine.pk,
        "indication": None,
        "other_indication": "Autre indication",
    }
    [refused] = play(told)
    assert "has_ma" in codes(refused) or "marketed" in codes(refused), codes(refused)
    [kept] = play_published([{**framework(ma_status="marketed"), "medicine": medicine.name}])
    assert kept.state == "granted"
    assert Dossier.objects.get(reference=kept.reference).medicine == medicine
