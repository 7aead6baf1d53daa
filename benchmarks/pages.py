"""What is measured: pages and one act, asked of the whole site as a browser asks them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import cycle
from typing import Any, Final

from django.db import connection
from django.test import Client, override_settings

from accounts.models import Person
from benchmarks import databases
from dossiers.demo.story import DOMAIN
from dossiers.models import Dossier, Title
from dossiers.services.log import differences

SAMPLE: Final = 12
ASSESSOR, SIGNATORY, PRESCRIBER, PHARMACIST = "ansm_assessor", "ansm_signatory", "prescriber", "pharmacist"


class WrongAnswer(Exception):
    """A page that did not answer as it should: what it costs means nothing."""


@dataclass(frozen=True)
class Page:
    """`path` may hold {open}, {granted}, {own} or {fresh}: a dossier of that kind, another at each round."""

    label: str
    path: str
    login: str = ""
    expects: int = 200
    posts: bool = False


BARE: Final = Page("Bare Django view: one indexed query, 50 rows", "/bare/")
PAGES: Final = (
    Page("ANSM home", "/", ASSESSOR),
    Page("ANSM worklist: mine", "/worklists/mine/", ASSESSOR),
    Page("ANSM worklist: unassigned", "/worklists/unassigned/", ASSESSOR),
    Page("ANSM worklist: late", "/worklists/late/", ASSESSOR),
    Page("ANSM worklist: to sign", "/worklists/to_sign/", SIGNATORY),
    Page("ANSM worklist: all open", "/worklists/all/", ASSESSOR),
    Page("ANSM worklist: all open, filtered", "/worklists/all/?q=demo+de+valmirande", ASSESSOR),
    Page("ANSM worklist: decided", "/worklists/decided/", ASSESSOR),
    Page("ANSM search, a product of many files", "/search/?q=qalsody", ASSESSOR),
    Page("ANSM search, a hospital of few files", "/search/?q=etablissement+introuvable", ASSESSOR),
    Page("ANSM authorisations", "/titles/", ASSESSOR),
    Page("ANSM dossier, under examination", "/dossiers/{open}/", ASSESSOR),
    Page("ANSM dossier, granted", "/dossiers/{granted}/", ASSESSOR),
    Page("Hospital home, prescriber", "/", PRESCRIBER),
    Page("Hospital home, pharmacist", "/", PHARMACIST),
    Page("Hospital dossiers", "/dossiers/", PRESCRIBER),
    Page("Hospital dossier, granted", "/dossiers/{own}/", PRESCRIBER),
    Page("Transition: an assessor takes up a dossier", "/dossiers/{fresh}/act/take_up/", ASSESSOR, 302, posts=True),
)


@dataclass(frozen=True)
class Seen:
    """`weight`: bytes of HTML. Two sizes are compared fairly when their pages weigh the same."""

    queries: int
    weight: int


@dataclass
class Site:
    """The site at one size: its database, people signed in, and the dossiers whose pages are opened."""

    database: str
    size: int
    clients: dict[str, Client] = field(default_factory=dict)
    turns: dict[str, Iterator[str]] = field(default_factory=dict)
    version: int = 0

    def open(self) -> None:
        """Sign everybody in and choose the dossiers. The fresh ones are used once, the last loaded first."""
        databases.use(self.database)
        for login in (ASSESSOR, SIGNATORY, PRESCRIBER, PHARMACIST):
            self.clients[login] = Client()
            self.clients[login].force_login(Person.objects.get(email=f"{login}@{DOMAIN}"))
        bare = Client()
        with override_settings(MIDDLEWARE=[]):
            bare.handler.load_middleware()
        self.clients[""] = bare
        filed = Dossier.objects.order_by("-pk")
        own = filed.filter(organisation__memberships__person__email=f"{PRESCRIBER}@{DOMAIN}")
        fresh = filed.filter(state="received", lead=None)
        self.version = fresh[0].version
        for name, found in {
            "open": filed.filter(state="to_sign"),
            "granted": filed.filter(state="granted", title__state="in_force"),
            "own": own.filter(state="granted", title__state="in_force"),
        }.items():
            self.turns[name] = cycle(list(found.values_list("reference", flat=True)[:SAMPLE]))
        self.turns["fresh"] = iter(list(fresh.values_list("reference", flat=True)))

    def check(self) -> None:
        """A sample of the dossiers verifies; a loader that wrote nonsense would measure nonsense."""
        databases.use(self.database)
        known = Dossier.objects.count()
        if known != self.size:
            raise WrongAnswer(f"{known} dossiers, not {self.size}")
        for dossier in Dossier.objects.order_by("pk")[:: max(1, self.size // SAMPLE)]:
            wrong = list(differences(dossier, Title.objects.filter(dossier=dossier).first()))
            if wrong:
                raise WrongAnswer("\n".join(wrong))

    def prepare(self, page: Page) -> tuple[Client, str]:
        path = page.path
        for name, turns in self.turns.items():
            if f"{{{name}}}" in path:
                path = path.replace(f"{{{name}}}", next(turns))
        return self.clients[page.login], path

    def ask(self, page: Page, client: Client, path: str) -> Any:
        """One request, whole: addresses, middleware, policy, queries, template. Raises WrongAnswer."""
        data: dict[str, Any] = {"version": self.version, "key": path}
        answer = client.post(path, data, secure=True) if page.posts else client.get(path, secure=True)
        if answer.status_code != page.expects:
            raise WrongAnswer(f"{path} answered {answer.status_code}, not {page.expects}")
        return answer

    def look(self, page: Page) -> Seen:
        """One request that is not timed: how many queries it makes, and how much it answers."""
        databases.use(self.database)
        queries = 0

        def count(execute: Any, *arguments: Any) -> Any:
            nonlocal queries
            queries += 1
            return execute(*arguments)

        client, path = self.prepare(page)
        with connection.execute_wrapper(count):
            answer = self.ask(page, client, path)
        return Seen(queries, len(answer.content))
