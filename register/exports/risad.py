"""The register in the shape of RISAD, the national reference of indications under derogatory access (RDF, Turtle).

What its data sheet documents is said with its own terms and identifiers (namespace `risad:`). Its sheet was read as far
as the class of indications; kind, dates and medicine of an access, which were not, are said with terms of ours (`ea:`),
described in `risad.shacl.ttl` beside this file, which is also the contract that tests check (docs/adr/0016).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from django.db.models import Prefetch, Q
from rdflib import Graph, Literal, Namespace, URIRef
from rdflib.namespace import RDF, RDFS, XSD

from catalogue.models import Indication, Medicine
from dossiers.models import Title
from register import published, queries
from workflows import registry

RISAD: Final = Namespace("http://data.esante.gouv.fr/dss/risad/")
EA: Final = Namespace("tag:earlyaccess.invalid,2026:register#")
SHAPES: Final = Path(__file__).with_name("risad.shacl.ttl")

INDICATIONS_A_TURN: Final = 200
LONGEST_LABEL: Final = 160
FRENCH: Final = "fr"
_PREFIXES: Final = {"risad": RISAD, "ea": EA, "rdf": RDF, "rdfs": RDFS, "xsd": XSD}


def turtle(on: dt.date, address: Callable[[str], str]) -> Iterator[str]:
    """The whole export, some indications at a time. `address` makes a whole address of a path."""
    yield "".join(f"@prefix {name}: <{space}> .\n" for name, space in _PREFIXES.items()) + "\n"
    after = 0
    while chunk := _indications(on, after):
        after = chunk[-1].pk
        graph = Graph()
        for name, space in _PREFIXES.items():
            graph.bind(name, space, replace=True)
        for entry in chunk:
            describe(graph, entry, on, address)
        if graph:
            # A Turtle file may say its prefixes again: each part is one by itself.
            yield graph.serialize(format="turtle")


def describe(graph: Graph, entry: Any, on: dt.date, address: Callable[[str], str]) -> None:
    """One indication and its accesses; nothing when none of them is in the national reference."""
    accesses = list(_accesses(entry, address))
    if not accesses:
        return
    node = RISAD[f"Indication_EA{entry.pk}"]
    graph.add((node, RDFS.subClassOf, RISAD.Indication))
    graph.add((node, RISAD.codeIndication, Literal(f"EA{entry.pk}")))
    graph.add((node, RDFS.label, Literal(_label(entry), lang=FRENCH)))
    graph.add((node, RISAD.texteIndication, Literal(entry.label, lang=FRENCH)))
    for access, kind, medicine, starts_on, ends_on, page in accesses:
        graph.add((node, RISAD.estIndicationDe, access))
        graph.add((access, RDFS.subClassOf, RISAD.AccesDerogatoire))
        graph.add((access, EA.typeAcces, Literal(kind)))
        graph.add((access, EA.dateDebut, Literal(starts_on)))
        if ends_on is not None:
            graph.add((access, EA.dateFin, Literal(ends_on)))
        graph.add((access, EA.page, Literal(page, datatype=XSD.anyURI)))
        graph.add((access, EA.medicament, _medicine(graph, medicine)))


def _label(entry: Any) -> str:
    text = f"{entry.medicine.name} : {entry.label}"
    return text if len(text) <= LONGEST_LABEL else f"{text[: LONGEST_LABEL - 1].rstrip()}…"


Access = tuple[URIRef, str, Medicine, dt.date, dt.date | None, str]


def _accesses(entry: Any, address: Callable[[str], str]) -> Iterator[Access]:
    of = published.of_the_referential()
    if of is not None and of.public.national_kind and entry.opened_on is not None and not _empty(entry):
        page = address(queries.path(queries.REFERENTIAL, str(entry.pk)))
        node = RISAD[f"AccesDerogatoire_EA{entry.pk}"]
        yield node, of.public.national_kind, entry.medicine, entry.since, entry.until, page
    for title in entry.public_titles:
        if not _empty(title):
            page = address(queries.path(queries.TITLE, title.number))
            node = RISAD[f"AccesDerogatoire_{title.number}"]
            kind = registry.procedure(title.procedure).public.national_kind
            yield node, kind, title.medicine or entry.medicine, title.since, title.until, page


def _empty(dated: Any) -> bool:
    """Ended before its first day: it never had force."""
    return dated.until is not None and dated.until < dated.since


def _medicine(graph: Graph, medicine: Medicine) -> URIRef:
    node = EA[f"Medicament_{medicine.pk}"]
    graph.add((node, RDF.type, EA.Medicament))
    graph.add((node, RDFS.label, Literal(str(medicine), lang=FRENCH)))
    if medicine.ucd13:
        graph.add((node, EA.codeUCD13, Literal(medicine.ucd13)))
    if medicine.cis:
        graph.add((node, EA.codeCIS, Literal(medicine.cis)))
    if medicine.inn:
        graph.add((node, EA.dci, Literal(medicine.inn, lang=FRENCH)))
    return node


def _indications(on: dt.date, after: int) -> list[Any]:
    """The next indications in which something public was granted, with their titles that are public by themselves."""
    national = [one.code for one in published.all_public() if one.public.titles and one.public.national_kind]
    titles = queries.dated_titles(on).filter(procedure__in=national)
    opened = Q(pk__in=queries.referential().values("pk"))
    named = Q(pk__in=Title.objects.filter(procedure__in=national, indication__isnull=False).values("indication"))
    rows = queries.with_dates(Indication.objects.filter(opened | named, pk__gt=after), on)
    own = Prefetch("titles", titles.select_related("medicine").order_by("pk"), to_attr="public_titles")
    loaded = rows.select_related("medicine").prefetch_related(own).order_by("pk")
    return list(loaded[:INDICATIONS_A_TURN])
