"""What the register tells of early accesses: decisions, silence, wordings, changes, requests under examination."""

from __future__ import annotations

import csv
import datetime as dt
import io
from typing import Any

import pytest
import time_machine
from bs4 import BeautifulSoup
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from rdflib import Graph, Literal

from catalogue.models import Indication
from dossiers.demo.aap_story import REASONS, TEXT, EarlyAccess
from dossiers.demo.story import ONE_DAY, demo_actor
from dossiers.models import Decision, Dossier
from dossiers.services.appeals import lodge
from dossiers.services.silence import follow_silence
from register.exports.risad import EA, RISAD
from register.filings import filings
from register.statistics import OfProcedure, statistics
from tests.register.test_exports import problems
from workflows.dates import PARIS, civil_date, say

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world")]

MONDAY = dt.datetime(2026, 5, 4, 9, 0, tzinfo=PARIS)
NARROWER = "Adultes, après deux lignes de chimiothérapie."
OF_ANSM = "Adultes atteints d'un cholangiocarcinome avancé."
CONDITIONS = "Décision en réunion de concertation pluridisciplinaire."


def story(**options: Any) -> EarlyAccess:
    return EarlyAccess(at=MONDAY, **options)


def claimed(told: EarlyAccess) -> str:
    return str(told.dossier.submissions.order_by("-number")[0].answers["indication"]["claimed"])


def read(path: str, day: dt.datetime, status: int = 200) -> Any:
    with time_machine.travel(day, tick=False):
        answer = Client(headers={"accept-language": "en"}).get(path)
    assert answer.status_code == status, path
    return answer


def words(answer: Any) -> str:
    main = BeautifulSoup(answer.content, "html.parser").find("main")
    return " ".join(main.get_text(" ").split())  # type: ignore[union-attr]


def entries(day: dt.datetime) -> list[dict[str, Any]]:
    found = read("/api/v1/register/?procedure=aap&size=100", day).json()["results"]
    assert isinstance(found, list)
    return found


def graph_at(day: dt.datetime) -> Graph:
    cache.clear()
    body = read("/register/risad.ttl", day).content.decode()
    return Graph().parse(data=body, format="turtle")


def of_aap(on: dt.date) -> OfProcedure:
    return next(one for one in statistics(on) if one.code == "aap")


# -------------------------------------------------------------------------------------------------- decisions


def test_a_grant_is_told_with_its_number_its_wordings_and_its_dates() -> None:
    told = story().draft().file().missing("Projet de RCP").complete("Joint.").acknowledge()
    told.opinion(indication=OF_ANSM).committee().grant(indication=NARROWER, conditions=CONDITIONS)
    decision = Decision.objects.get(dossier__reference=told.reference)
    [entry] = entries(told.at + ONE_DAY)
    assert entry["decision_number"] == decision.official_number == "2026.0001/DC/SEM"
    assert (entry["by_silence"], entry["pathway"]) == (False, "pre_ma")
    assert (entry["indication"], entry["indication_claimed"]) == (NARROWER, claimed(told))
    facts = told.dossier.clock_facts.get(act="started")
    assert entry["filed_on"] == civil_date(told.dossier.filed_at).isoformat()  # type: ignore[arg-type]
    assert entry["complete_on"] == civil_date(facts.at).isoformat() > entry["filed_on"]
    assert entry["decided_on"] == civil_date(told.at).isoformat()
    assert [(one["body"], one["outcome"], one["indication"]) for one in entry["opinions"]] == [
        ("ansm", "favourable", OF_ANSM),
        ("ct", None, None),
    ]
    assert {(one["body"], one["finding"]) for one in entry["findings"]} == {
        ("ansm", "met"),
        ("ct", "met"),
        ("college", "met"),
    }
    page = words(read(entry["url"].removeprefix("http://testserver"), told.at + ONE_DAY))
    bodies = ("Transparency Committee", "HAS College", "Met")
    wordings = (NARROWER, OF_ANSM, claimed(told), "Before marketing authorisation")
    for said in (*bodies, *wordings, "2026.0001/DC/SEM", "First request", say(civil_date(facts.at))):
        assert said in page


def test_a_refusal_says_which_criteria_are_not_met_and_never_why() -> None:
    told = story(pathway="post_ma").examined().refuse(innovative="not_met")
    on = civil_date(told.at)
    lodge(reference=told.reference, kind="gracious", lodged_on=on, grounds="Recours.", actor=demo_actor("has_officer"))
    [entry] = entries(told.at + ONE_DAY)
    assert (entry["kind"], entry["state"], entry["decision_number"]) == ("refusal", "refused", "2026.0001/DC/SEM")
    assert entry["indication"] == entry["indication_claimed"] == claimed(told)
    not_met = [(one["body"], one["criterion"]) for one in entry["findings"] if one["finding"] == "not_met"]
    assert not_met == [("college", "innovative")]
    page = words(read(f"/register/refusal/{entry['key']}/", told.at + ONE_DAY))
    assert "Not met" in page
    assert "After marketing authorisation" in page
    assert "Indication granted" not in page


def test_silence_is_told_apart_from_a_decision() -> None:
    granted = story(pathway="post_ma").draft().file().acknowledge()
    refused = story().draft().file().acknowledge()
    later = MONDAY + 130 * ONE_DAY
    assert follow_silence(at=later) == 2
    shown = {one["kind"]: one for one in entries(later + ONE_DAY)}
    assert set(shown) == {"title", "refusal"}
    for one in shown.values():
        assert (one["by_silence"], one["decision_number"], one["findings"]) == (True, None, [])
    assert shown["title"]["indication"] == claimed(granted)
    page = words(read(f"/register/title/{granted.title.number}/", later + ONE_DAY))
    assert "Granted by silence, no document" in page
    page = words(read(f"/register/refusal/{refused.dossier.filing_number}/", later + ONE_DAY))
    assert "Refused by silence, no document" in page
    assert "by silence, no document" in words(read("/register/", later + ONE_DAY))


def test_a_marketing_authorisation_changes_the_pathway_and_the_name() -> None:
    told = story().granted()
    after = told.on_title("ma_obtained", told.at + 30 * ONE_DAY, given={"product": {"name": "ELREXAMPLE"}})
    after.pathway = "post_ma"
    after.examined().grant()
    [entry] = entries(after.at + ONE_DAY)
    assert (entry["pathway"], entry["decision_number"]) == ("post_ma", "2026.0001/DC/SEM")
    last, first = entry["versions"]
    assert (last["decision_number"], last["pathway"]) == ("2026.0002/DC/SEM", "post_ma")
    assert last["medicine"] == after.dossier.product_label == entry["medicine"]
    assert "ELREXAMPLE" in last["medicine"]
    assert (first["decision_number"], first["pathway"]) == ("2026.0001/DC/SEM", "pre_ma")
    assert first["medicine"] == told.dossier.product_label
    page = words(read(f"/register/title/{told.title.number}/", after.at + ONE_DAY))
    assert "Marketing authorisation obtained · decision 2026.0002/DC/SEM" in page


def test_it_is_found_by_the_number_of_the_decision_and_the_wording_granted() -> None:
    told = story().examined().grant(indication=NARROWER)
    for text in ("2026.0001/dc/sem", "deux lignes de"):
        page = words(read(f"/register/?q={text}", told.at + ONE_DAY))
        assert NARROWER in page, text
    assert NARROWER not in words(read("/register/?q=2026.0002/DC/SEM", told.at + ONE_DAY))


def test_the_file_for_spreadsheets_says_the_same() -> None:
    told = story().granted()
    answer = read("/api/v1/register.csv?procedure=aap", told.at + ONE_DAY)
    text = b"".join(answer.streaming_content).decode().removeprefix("\ufeff")
    [line] = csv.DictReader(io.StringIO(text), delimiter=";")
    [entry] = entries(told.at + ONE_DAY)
    names = ("decision_number", "pathway", "indication_claimed", "filed_on", "complete_on", "decided_on")
    assert [line[name] for name in names] == [entry[name] for name in names]
    assert line["by_silence"] == ""


def test_what_is_confidential_is_nowhere() -> None:
    told = story().examined().grant(conditions=CONDITIONS)
    after = told.at + ONE_DAY
    story(own_pace=False).draft().file()
    secret = (REASONS, TEXT, CONDITIONS, "Meilleurs soins", "Procédé de fabrication", "Pr Dominique Petit",
              "acces.precoce@demeter.example", demo_actor("has_college").name, demo_actor("ansm_signatory").name,
              told.reference)  # fmt: skip
    for path in ("/register/", f"/register/title/{told.title.number}/", "/register/filings/", "/register/filings.json",
                 "/register/filings.csv", "/register/risad.ttl", "/register/statistics/",
                 "/api/v1/register/?size=100"):  # fmt: skip
        said = read(path, after).content.decode()
        assert not [text for text in secret if text in said], path


# --------------------------------------------------------------------------------------- under examination


def test_a_request_is_listed_from_its_acknowledgement_to_its_decision() -> None:
    told = story().draft().file()
    assert filings() == []
    told.acknowledge()
    [one] = filings()
    assert (one.indication_claimed, one.pathway) == (claimed(told), "pre_ma")
    assert one.complete_on == civil_date(told.at)
    assert one.holder == told.dossier.organisation.name
    assert one.medicine == told.dossier.product_label
    told.ask("Quelle est la clairance ?")
    assert filings() == [one]
    page = words(read("/register/filings/", told.at))
    for said in (one.medicine, one.indication_claimed, one.holder, say(one.complete_on), "R.5121-73"):
        assert said in page
    assert told.reference not in page
    assert str(told.dossier.filing_number) not in page
    [shown] = read("/register/filings.json", told.at).json()["results"]
    assert shown["complete_on"] == one.complete_on.isoformat()
    [line] = csv.DictReader(
        io.StringIO(read("/register/filings.csv", told.at).content.decode().removeprefix("\ufeff")), delimiter=";"
    )
    assert line == {name: shown[name] for name in line}
    told.answer("80 mL/min.").do("withdraw", "applicant", {"reason": "Abandon."})
    assert filings() == []


def test_an_empty_list_says_so_and_whoever_asks_too_often_waits(settings: Any) -> None:
    assert "No complete request is under examination." in words(read("/register/filings/", MONDAY))
    settings.API_ANONYMOUS_REQUESTS_PER_MINUTE = 1
    read("/register/filings.json", MONDAY)
    assert read("/register/filings.csv", MONDAY, 429)["Retry-After"]


def test_requests_of_other_procedures_are_nobodys_business() -> None:
    assert Dossier.objects.filter(procedure="aac").exists() or filings() == []
    told = story(pathway="post_ma").draft().file().acknowledge()
    assert [one.procedure for one in filings()] == ["aap"]
    assert told.dossier.filed_at


# ------------------------------------------------------------------------------------------ what a page costs


def test_lists_cost_a_constant_number_of_queries() -> None:
    def cost(path: str) -> int:
        cache.clear()
        with CaptureQueriesContext(connection) as asked:
            read(path, MONDAY + 200 * ONE_DAY)
        return len(asked)

    paths = ("/register/", "/api/v1/register/?size=100", "/register/filings/", "/register/risad.ttl")
    story().granted()
    story().examined().refuse()
    story().draft().file().acknowledge()
    before = [cost(path) for path in paths]
    for _rank in range(2):
        story().granted()
        story().examined().refuse()
        story().draft().file().acknowledge()
    assert [cost(path) for path in paths] == before


# ---------------------------------------------------------------------------------------------------- RISAD


def test_what_is_in_no_catalogue_is_in_the_national_shape_by_its_own_wording() -> None:
    told = story().examined().grant(indication=NARROWER)
    later = told.on_title("renewal", told.at + 200 * ONE_DAY).examined()
    later.grant()
    graph = graph_at(later.at + ONE_DAY)
    assert not problems(graph)
    node = RISAD[f"Indication_EA-{told.title.number}"]
    assert graph.value(node, RISAD.texteIndication) == Literal(claimed(later), lang="fr")
    accesses = set(graph.objects(node, RISAD.estIndicationDe))
    assert accesses == {RISAD[f"AccesDerogatoire_{one.title.number}"] for one in (told, later)}
    for one in accesses:
        assert str(graph.value(one, EA.typeAcces)) == "AAP"
    wording = graph_at(told.at + ONE_DAY).value(node, RISAD.texteIndication)
    assert wording is not None


def test_one_of_the_catalogue_is_there_by_the_wording_granted_too() -> None:
    entry = Indication.objects.select_related("medicine").order_by("pk")[0]
    given = {"product": {"medicine": entry.medicine_id}, "indication": {"indication": entry.pk}}
    told = story(given=given).examined().grant(indication=NARROWER)
    assert told.title.indication == entry
    graph = graph_at(told.at + ONE_DAY)
    assert not problems(graph)
    node = RISAD[f"Indication_EA-{told.title.number}"]
    assert graph.value(node, RISAD.texteIndication) == Literal(NARROWER, lang="fr")
    assert (
        graph.value(RISAD[f"AccesDerogatoire_{told.title.number}"], EA.medicament)
        == (EA[f"Medicament_{entry.medicine_id}"])
    )


# ----------------------------------------------------------------------------------------------- statistics


def test_numbers_count_what_silence_decided_and_tell_it_apart() -> None:
    early = EarlyAccess(at=MONDAY.replace(year=2024)).granted()
    told = story().draft().file().acknowledge()
    told.ask("Quelle est la clairance ?").answer("80 mL/min.").opinion().committee().grant()
    story().examined().refuse()
    story(pathway="post_ma").draft().file().acknowledge()
    later = MONDAY + 130 * ONE_DAY
    assert follow_silence(at=later) == 1
    numbers = of_aap(civil_date(later))
    assert numbers.silent
    assert not numbers.hides
    assert [(one.year, one.decided, one.by_silence) for one in numbers.years] == [
        (2026, 3, 1),
        (2025, 0, 0),
        (2024, 1, 0),
    ]
    assert numbers.years[0].rate == 66.7
    assert (numbers.years[1].rate, numbers.years[1].median) == (None, None)
    assert numbers.years[2].median == early.dossier.decided_in_working_days
    # The days during which the company's answer was awaited are left out.
    days = sorted(Dossier.objects.filter(decided_at__year=2026).values_list("decided_in_working_days", flat=True))
    assert numbers.years[0].median == days[1]
    whole = (told.dossier.decided_at - told.dossier.clock_facts.get(act="started").at).days  # type: ignore[operator]
    assert told.dossier.decided_in_working_days < whole * 5 / 7 - 5  # type: ignore[operator]
    page = words(read("/register/statistics/", later))
    assert "Of which by silence" in page
    assert "2025 0 - - 0" in page


def test_a_procedure_in_which_silence_says_nothing_has_no_such_column() -> None:
    assert not next(one for one in statistics(MONDAY.date()) if one.code == "aac").silent
