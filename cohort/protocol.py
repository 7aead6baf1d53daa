"""The protocol (PUT-RD) of a cohort, as its title says it: which variables each form asks, when visits are due."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from cohort.policy import PROCEDURE
from dossiers.forms.aap.put_rd import COMPANY, EXTERNAL
from dossiers.models import Event, Title, TitleVersion
from dossiers.queries.titles import product_of
from workflows.dates import civil_date
from workflows.putrd import Variable, Visit, protocol_variables, visits_due

REPEATED: Final = "every_months"
"""The field of `put_rd` that says how often visits go on after the last row of the calendar."""


@dataclass(frozen=True)
class Cohort:
    """A chain of titles and the protocol now in force. `title` is the first that lives, until its renewal has taken
    over, or the last there was."""

    title: Title
    put_rd: Mapping[str, Any] = field(default_factory=dict)
    indication: str = ""
    substance: str = ""
    product: str = ""

    @property
    def chain(self) -> str:
        return self.title.chain

    @property
    def label(self) -> str:
        return self.product or str(self.title.medicine or self.title.chain)

    @property
    def register(self) -> str:
        """The name of the platform or register outside this site that collects the data; empty when it is here."""
        kept = self.put_rd.get("register")
        return str(self.put_rd.get("register_name") or "") if kept in (COMPANY, EXTERNAL) else ""

    def variables(self, form: str) -> tuple[Variable, ...]:
        return protocol_variables(self.put_rd, form)

    def visits(self, starts_on: dt.date, until: dt.date) -> tuple[Visit, ...]:
        """The calendar of a patient, up to `until` where it repeats."""
        every = str(self.put_rd.get(REPEATED) or "")
        months = int(every) if every.isascii() and every.isdigit() and len(every) < 4 else None
        return visits_due(starts_on, self.put_rd.get("visits") or (), every_months=months, until=until)

    def admits(self, on: dt.date) -> bool:
        """Whether a patient may come in. A title whose renewal is pending stays in force, whatever day it had."""
        return self.title.state == "in_force" and self.title.starts_on <= on


def cohorts_of(titles: Iterable[Title]) -> list[Cohort]:
    """One for each chain among `titles` (with their dossier and medicine), by label. Two queries at most."""
    chains: dict[str, Title] = {}
    for title in sorted(titles, key=_standing):
        chains[title.chain] = title
    contents: dict[int, Mapping[str, Any]] = {}
    versions = TitleVersion.objects.filter(title__in=[title.pk for title in chains.values()])
    for version in versions.order_by("title", "number"):
        contents[version.title_id] = version.content
    found = [_cohort(title, contents.get(title.pk, {})) for title in chains.values()]
    return sorted(found, key=lambda cohort: (cohort.label.lower(), cohort.chain))


def cohort_of(chain: str) -> Cohort | None:
    """The cohort of a chain that the caller may open; None when there is no such early access."""
    titles = Title.objects.select_related("dossier", "medicine", "organisation").filter(
        procedure=PROCEDURE, chain=chain
    )
    found = cohorts_of(titles)
    return found[0] if found else None


def not_in_force_since(title: Title) -> dt.date:
    """The first civil day on which a title that is suspended or over admitted nobody any more."""
    events = Event.objects.filter(dossier=title.dossier_id, machine="title").exclude(target__in=("in_force", ""))
    last = events.order_by("-seq").values_list("at", flat=True).first()
    return civil_date(last) if last is not None else title.in_force_until + dt.timedelta(days=1)


def _standing(title: Title) -> tuple[bool, int]:
    """What lives comes last. A renewal granted ahead lives too and has not begun: the title that it will replace is
    the one that stands. Of what lives no more, the latest renewal."""
    lives = title.state in ("in_force", "suspended")
    return lives, -title.renewal_rank if lives else title.renewal_rank


def _cohort(title: Title, content: Mapping[str, Any]) -> Cohort:
    answers = content.get("answers")
    sections = answers if isinstance(answers, Mapping) else {}
    put_rd, indication = sections.get("put_rd"), sections.get("indication")
    said = indication if isinstance(indication, Mapping) else {}
    product = sections.get("product")
    typed = str(product.get("inn") or "") if isinstance(product, Mapping) else ""
    return Cohort(
        title=title,
        product=product_of(title, content),
        substance=title.medicine.inn if title.medicine is not None else typed,
        put_rd=put_rd if isinstance(put_rd, Mapping) else {},
        indication=str(content.get("indication") or said.get("simplified") or said.get("claimed") or ""),
    )
