"""The files of data: JSON, CSV, Turtle. The shapes refuse what is broken, so that conforming means something."""

from __future__ import annotations

import csv
import datetime as dt
import io
import warnings
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from pyshacl import validate
from rdflib import Graph, Literal, URIRef
from rdflib.namespace import RDFS, XSD

from api.schema.described import DESCRIBED
from catalogue.models import Indication, Medicine
from register.exports.risad import EA, RISAD, SHAPES
from register.exports.table import harmless
from tests.dossiers.world import dossier_in, granted
from workflows.dates import PARIS

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world")]


@pytest.fixture(autouse=True)
def today() -> Any:
    with time_machine.travel(dt.datetime(2026, 5, 20, 10, tzinfo=PARIS), tick=False):
        yield


def ask(path: str, status: int = 200, **headers: str) -> Any:
    answer = Client(headers={"accept-language": "en", **headers}).get(path)
    assert answer.status_code == status, (path, answer.status_code)
    return answer


def text_of(answer: Any) -> str:
    return (b"".join(answer.streaming_content) if answer.streaming else answer.content).decode()


# --------------------------------------------------------------------------------------------------- JSON and CSV


def every_entry() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    path = "/api/v1/register/?size=3"
    while path:
        body = ask(path).json()
        found += body["results"]
        path = body["next"] or ""
    return found


def test_json_and_csv_say_the_same(publish: Callable[..., None]) -> None:
    publish(granted().dossier, dossier_in("refused").dossier)
    entries = every_entry()
    assert {one["kind"] for one in entries} == {"referential", "title", "refusal"}
    assert set(entries[0]) == set(DESCRIBED["RegisterEntry"]["properties"])
    answer = ask("/api/v1/register.csv")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    written = text_of(answer)
    assert written.startswith("\ufeffkind;key;")
    lines = list(csv.DictReader(io.StringIO(written.removeprefix("\ufeff")), delimiter=";"))
    for name in ("kind", "key", "procedure", "state", "medicine", "indication", "starts_on", "ends_on", "url"):
        assert [line[name] for line in lines] == [harmless(one[name]) for one in entries], name
    assert text_of(ask("/api/v1/register/?format=csv")) == written
    assert text_of(ask("/api/v1/register/", accept="text/csv")) == written


def test_a_permanent_address_leads_to_its_page() -> None:
    for one in every_entry()[:3]:
        assert one["url"] == f"http://testserver/register/{one['kind']}/{one['key']}/"
        ask(one["url"])


def test_filters_of_the_contract() -> None:
    entry = Indication.objects.filter(opened_on__isnull=False).order_by("pk")[0]
    Indication.objects.filter(pk=entry.pk).update(
        opened_on=dt.date(2020, 3, 9), closed_on=dt.date(2020, 9, 1), ma_since=None, aap_since=None
    )

    def keys(query: str) -> set[str]:
        return {one["key"] for one in ask(f"/api/v1/register/?size=100&{query}").json()["results"]}

    assert str(entry.pk) in keys("in_force_on=2020-08-31")
    assert str(entry.pk) not in keys("in_force_on=2020-09-01")
    assert str(entry.pk) not in keys("in_force_on=2020-02-29")
    assert keys("procedure=aac") == keys("")
    for wrong in ("in_force_on=2020-02-30", "in_force_on=20200101", "in_force_on=9999-12-31", "procedure=nothing",
                  "procedur=aac", "cursor=x", "format=xml", "size=0", "in_force_on=2020-1-1"):  # fmt: skip
        problem = ask(f"/api/v1/register/?{wrong}", 400)
        assert problem["Content-Type"] == "application/problem+json"
    ask("/api/v1/register.csv?cursor=x", 400)
    ask("/api/v1/register.csv", 200, accept="application/json")
    ask("/api/v1/register/", 406, accept="image/png")


@given(text=st.text(max_size=30))
def test_no_cell_is_a_formula_and_nothing_is_lost(text: str) -> None:
    cell = harmless(text)
    assert not cell.lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
    assert cell in (text, f"'{text}")


def test_a_hostile_name_is_text_in_the_file() -> None:
    entry = Indication.objects.filter(opened_on__isnull=False).order_by("pk")[0]
    Medicine.objects.filter(pk=entry.medicine_id).update(denomination='=HYPERLINK("http://x";"y")\n;')
    lines = list(csv.reader(io.StringIO(text_of(ask("/api/v1/register.csv"))), delimiter=";"))
    assert {len(line) for line in lines} == {len(lines[0])}
    assert any(line[4] == '\'=HYPERLINK("http://x";"y")\n;' for line in lines)


# ---------------------------------------------------------------------------------------------------------- RISAD


def graph_of(path: str = "/register/risad.ttl") -> Graph:
    answer = ask(path)
    assert answer["Content-Type"] == "text/turtle; charset=utf-8"
    return Graph().parse(data=text_of(answer), format="turtle")


def problems(graph: Graph) -> str:
    """What the shapes refuse; empty when nothing."""
    shapes = SHAPES.read_text()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # pySHACL calls rdflib by names that it is leaving
        ok, _report, words = validate(graph, shacl_graph=shapes, shacl_graph_format="turtle", advanced=True)
    return "" if ok else str(words)


def test_the_export_conforms_to_its_shapes_and_holds_each_public_access(publish: Callable[..., None]) -> None:
    told = granted()
    publish(told.dossier)
    graph = graph_of()
    assert not problems(graph)
    node = RISAD[f"Indication_EA{told.indication.pk}"]
    assert graph.value(node, RISAD.codeIndication) == Literal(f"EA{told.indication.pk}")
    assert graph.value(node, RISAD.texteIndication) == Literal(told.indication.label, lang="fr")
    accesses = {graph.value(one, EA.typeAcces).toPython(): one for one in graph.objects(node, RISAD.estIndicationDe)}
    assert set(accesses) == {"AAC", "AAP"}
    assert graph.value(accesses["AAP"], EA.dateDebut).toPython() == told.title.starts_on
    assert graph.value(accesses["AAP"], EA.dateFin).toPython() == told.title.in_force_until
    medicine = graph.value(accesses["AAP"], EA.medicament)
    codes = {graph.value(medicine, EA.codeUCD13), graph.value(medicine, EA.codeCIS)} - {None}
    assert {str(code) for code in codes} == {
        code for code in (told.indication.medicine.ucd13, told.indication.medicine.cis) if code
    }
    indications = set(graph.subjects(RDFS.subClassOf, RISAD.Indication))
    assert len(indications) == Indication.objects.filter(opened_on__isnull=False).count()


def test_the_shapes_themselves_are_published() -> None:
    assert len(graph_of("/register/risad.shacl.ttl")) > 50


def test_the_export_is_made_once_in_some_minutes_and_not_sent_twice(
    django_assert_num_queries: Callable[..., Any],
) -> None:
    first = ask("/register/risad.ttl")
    assert first["Cache-Control"] == "public, max-age=600"
    with django_assert_num_queries(0):
        assert text_of(ask("/register/risad.ttl")) == text_of(first)
        again = ask("/register/risad.ttl", 304, **{"if-none-match": first["ETag"]})
    assert (again["ETag"], again.content) == (first["ETag"], b"")
    # Its addresses are those of the host that was asked.
    elsewhere = Client(headers={"host": "localhost"}).get("/register/risad.ttl")
    assert "http://localhost/register/" in text_of(elsewhere)
    assert "http://testserver/" not in text_of(elsewhere)


def test_whoever_asks_too_often_is_told_when_to_come_back(settings: Any) -> None:
    settings.API_ANONYMOUS_REQUESTS_PER_MINUTE = 2
    ask("/register/risad.ttl")
    ask("/api/v1/register.csv")
    refused = ask("/register/risad.ttl", 429)
    assert 0 < int(refused["Retry-After"]) <= 60
    assert "try again in" in text_of(refused)


INDICATION = RISAD.Indication_EA1
ACCESS = RISAD.AccesDerogatoire_EA1
MEDICINE = EA.Medicament_1
SOUND = f"""
@prefix risad: <{RISAD}> . @prefix ea: <{EA}> . @prefix rdfs: <{RDFS}> . @prefix xsd: <{XSD}> .
risad:Indication_EA1 rdfs:subClassOf risad:Indication ; risad:codeIndication "EA1" ; rdfs:label "a"@fr ;
  risad:texteIndication "b"@fr ; risad:estIndicationDe risad:AccesDerogatoire_EA1 .
risad:AccesDerogatoire_EA1 rdfs:subClassOf risad:AccesDerogatoire ; ea:typeAcces "AAC" ;
  ea:dateDebut "2025-01-01"^^xsd:date ; ea:dateFin "2025-02-01"^^xsd:date ; ea:medicament ea:Medicament_1 ;
  ea:page "http://x/"^^xsd:anyURI .
ea:Medicament_1 a ea:Medicament ; rdfs:label "m"@fr ; ea:codeUCD13 "3400894000001" ; ea:codeCIS "60000001" .
"""
EACH_ONE = [  # what is taken away, what is put in its place
    (INDICATION, RISAD.codeIndication, []),
    (INDICATION, RISAD.codeIndication, [Literal("EA1"), Literal("EA2")]),
    (INDICATION, RISAD.codeIndication, [Literal("EA1", lang="fr")]),
    (INDICATION, RISAD.codeIndication, [Literal("")]),
    (INDICATION, RISAD.estIndicationDe, []),
    (INDICATION, RISAD.estIndicationDe, [Literal("AAC")]),
    (INDICATION, RISAD.estIndicationDe, [MEDICINE]),
    (INDICATION, RDFS.label, []),
    (INDICATION, RDFS.label, [Literal("a")]),
    (INDICATION, RISAD.texteIndication, []),
    (INDICATION, RISAD.texteIndication, [Literal("a", lang="fr"), Literal("b", lang="fr")]),
    (INDICATION, RISAD.texteIndicationCdt, [Literal("a", lang="fr"), Literal("b", lang="fr")]),
    (INDICATION, EA.page, [Literal("http://x/", datatype=XSD.anyURI)]),
    (ACCESS, EA.typeAcces, []),
    (ACCESS, EA.typeAcces, [Literal("ATU")]),
    (ACCESS, EA.dateDebut, []),
    (ACCESS, EA.dateDebut, [Literal("hier")]),
    (ACCESS, EA.dateFin, [Literal(dt.date(2024, 12, 31))]),
    (ACCESS, EA.dateFin, [Literal(dt.date(2025, 2, 1)), Literal(dt.date(2025, 3, 1))]),
    (ACCESS, EA.medicament, []),
    (ACCESS, EA.medicament, [INDICATION]),
    (ACCESS, EA.page, []),
    (ACCESS, EA.patient, [Literal("ABC")]),
    (MEDICINE, RDFS.label, []),
    (MEDICINE, EA.codeUCD13, [Literal("12")]),
    (MEDICINE, EA.codeCIS, [Literal("abcdefgh")]),
    (MEDICINE, EA.hospital, [Literal("CHU")]),
]


def test_sound_data_conform() -> None:
    assert not problems(Graph().parse(data=SOUND, format="turtle"))


@pytest.mark.parametrize(("subject", "predicate", "objects"), EACH_ONE)
def test_each_broken_thing_is_refused_by_the_shapes(subject: URIRef, predicate: URIRef, objects: list[Any]) -> None:
    graph = Graph().parse(data=SOUND, format="turtle")
    graph.remove((subject, predicate, None))
    for one in objects:
        graph.add((subject, predicate, one))
    assert problems(graph)


@pytest.mark.parametrize(("node", "wrong"), [(INDICATION, RISAD.Autre_1), (ACCESS, EA.AccesDerogatoire_1)])
def test_identifiers_have_the_form_of_the_reference(node: URIRef, wrong: URIRef) -> None:
    moved = Graph().parse(data=SOUND.replace(f"risad:{node.removeprefix(RISAD)}", f"<{wrong}>"), format="turtle")
    assert problems(moved)


def test_an_access_of_no_indication_is_refused() -> None:
    graph = Graph().parse(data=SOUND, format="turtle")
    graph.remove((INDICATION, None, None))
    assert problems(graph)
