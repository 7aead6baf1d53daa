"""The register in the shape of RISAD, the national reference of indications under derogatory access (RDF, Turtle).

What its data sheet documents is said with its own terms and identifiers (namespace `risad:`). Its sheet was read as far
as the class of indications; kind, dates and medicine of an access, which were not, are said with terms of ours (`ea:`),
described in `risad.shacl.ttl` beside this file, which is also the contract that tests check (docs/adr/0016).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from itertools import groupby
from pathlib import Path
from typing import Any, Final

from django.db.models import Prefetch, Q, QuerySet
from rdflib import Graph, Literal, Namespace, URIRef
from rdflib.namespace import RDF, RDFS, XSD

from catalogue.models import Indication, Medicine
from dossiers.models import Title
from register import published, queries
from register.decided import Decided, changes_of, load
from workflows import registry
from workflows.dates import civil_date

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
        graph = _empty_graph()
        for entry in chunk:
            describe(graph, entry, on, address)
        yield from _written(graph)
    last = ""
    while chains := _chains(last):
        last = chains[-1]
        graph = _empty_graph()
        for accesses in _worded_titles(chains, on):
            describe_wording(graph, accesses, address)
        yield from _written(graph)


def _empty_graph() -> Graph:
    graph = Graph()
    for name, space in _PREFIXES.items():
        graph.bind(name, space, replace=True)
    return graph


def _written(graph: Graph) -> Iterator[str]:
    if graph:
        # A Turtle file may say its prefixes again: each part is one by itself.
        yield graph.serialize(format="turtle")


def describe(graph: Graph, entry: Any, on: dt.date, address: Callable[[str], str]) -> None:
    """One indication and its accesses; nothing when none of them is in the national reference."""
    accesses = list(_accesses(entry, address))
    if not accesses:
        return
    node = _indication(graph, f"EA{entry.pk}", entry.medicine.name, entry.label)
    for access, kind, medicine, starts_on, ends_on, page in accesses:
        _access(graph, node, access, kind, _medicine(graph, medicine), (starts_on, ends_on), page)


def describe_wording(graph: Graph, titles: list[tuple[Any, Decided]], address: Callable[[str], str]) -> None:
    """The indication that a request words itself, as the last title of its chain says it, and the accesses to it."""
    told = [(title, decided) for title, decided in titles if not _empty(title)]
    if not told:
        return
    last, decided = told[-1]
    text = decided.granted or (last.indication.label if last.indication else decided.name)
    node = _indication(graph, f"EA-{last.chain}", decided.name, text)
    for title, said in told:
        access = RISAD[f"AccesDerogatoire_{title.number}"]
        kind = registry.procedure(title.procedure).public.national_kind
        medicine = _medicine(graph, title.medicine) if title.medicine else _named(graph, title.chain, said.name)
        page = address(queries.path(queries.TITLE, title.number))
        _access(graph, node, access, kind, medicine, (title.since, title.until), page)


def _named(graph: Graph, chain: str, name: str) -> URIRef:
    """A medicine that is not in the catalogue: by its latest name, one for the whole chain."""
    node = EA[f"Medicament_{chain}"]
    graph.add((node, RDF.type, EA.Medicament))
    graph.set((node, RDFS.label, Literal(name, lang=FRENCH)))
    return node


def _indication(graph: Graph, code: str, name: str, text: str) -> URIRef:
    node = RISAD[f"Indication_{code}"]
    graph.add((node, RDFS.subClassOf, RISAD.Indication))
    graph.add((node, RISAD.codeIndication, Literal(code)))
    graph.add((node, RDFS.label, Literal(_label(name, text), lang=FRENCH)))
    graph.add((node, RISAD.texteIndication, Literal(text, lang=FRENCH)))
    return node


def _access(
    graph: Graph,
    indication: URIRef,
    access: URIRef,
    kind: str,
    medicine: URIRef,
    days: tuple[dt.date, dt.date | None],
    page: str,
) -> None:
    starts_on, ends_on = days
    graph.add((indication, RISAD.estIndicationDe, access))
    graph.add((access, RDFS.subClassOf, RISAD.AccesDerogatoire))
    graph.add((access, EA.typeAcces, Literal(kind)))
    graph.add((access, EA.dateDebut, Literal(starts_on)))
    if ends_on is not None:
        graph.add((access, EA.dateFin, Literal(ends_on)))
    graph.add((access, EA.page, Literal(page, datatype=XSD.anyURI)))
    graph.add((access, EA.medicament, medicine))


def _label(name: str, indication: str) -> str:
    text = f"{name} : {indication}"
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
    national = [code for code in _national() if code not in published.wording_their_own()]
    titles = queries.dated_titles(on).filter(procedure__in=national)
    opened = Q(pk__in=queries.referential().values("pk"))
    named = Q(pk__in=Title.objects.filter(procedure__in=national, indication__isnull=False).values("indication"))
    rows = queries.with_dates(Indication.objects.filter(opened | named, pk__gt=after), on)
    own = Prefetch("titles", titles.select_related("medicine").order_by("pk"), to_attr="public_titles")
    loaded = rows.select_related("medicine").prefetch_related(own).order_by("pk")
    return list(loaded[:INDICATIONS_A_TURN])


def _national() -> list[str]:
    """Procedures whose titles, public one by one, are in the national reference."""
    return [one.code for one in published.all_public() if one.public.titles and one.public.national_kind]


def _worded() -> QuerySet[Title]:
    return Title.objects.filter(procedure__in=[code for code in _national() if code in published.wording_their_own()])


def _chains(after: str) -> list[str]:
    """The next chains of titles whose requests word their own indication."""
    chains = _worded().filter(chain__gt=after).order_by("chain").values_list("chain", flat=True).distinct()
    return list(chains[:INDICATIONS_A_TURN])


def _worded_titles(chains: list[str], on: dt.date) -> Iterator[list[tuple[Any, Decided]]]:
    """The titles of each chain, oldest first, each with what it says now."""
    rows = queries.dated_titles(on).filter(pk__in=_worded().filter(chain__in=chains).values("pk"))
    rows = rows.select_related("medicine", "indication", "dossier").defer("dossier__subject")
    titles = list(rows.order_by("chain", "renewal_rank"))
    said, changes = load(title.dossier for title in titles), changes_of(titles)
    for _chain, members in groupby(titles, key=lambda title: str(title.chain)):
        yield [(one, _now(said[one.dossier_id], changes.get(one.pk, {}), on)) for one in members]


def _now(first: Decided, changes: Mapping[dt.datetime, Decided], on: dt.date) -> Decided:
    """What a title says: its own decision, or the last that changed it."""
    past = [at for at in changes if civil_date(at) <= on]
    return changes[max(past)] if past else first
