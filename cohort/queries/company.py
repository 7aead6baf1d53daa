"""What the company reads: patients by pseudonym. Each query names its columns: `identity` and `personal` are none."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from django.db.models import Count, Q
from django.utils.translation import gettext_lazy as _

from cohort.forms import said
from cohort.models import CohortForm
from cohort.policy import notices_visible_to, pseudonymised_for
from cohort.profile import BAND_LABELS, SEX_LABELS
from cohort.protocol import Cohort
from cohort.queries.counts import Meter, of_patients
from cohort.states import ASKED, STATES, TREATED
from dossiers.forms.readable import Readable
from dossiers.queries.keyset import Column, Ordering, Page, page
from register.exports.table import harmless
from workflows.dates import civil_date
from workflows.putrd import FORMS, variables_of
from workflows.roles import ANSM_VIGILANCE
from workflows.types import Actor, Text

OLDEST_FIRST: Final = Ordering("asked", (Column("asked_at", "datetime"), Column("id", "integer")))
LATEST_FIRST: Final = Ordering(
    "board", (Column("asked_at", "datetime", descending=True), Column("id", "integer", descending=True))
)
COLUMNS: Final = (
    "rank",
    "pseudonym",
    "state",
    "asked_at",
    "access_number",
    "profile",
    "started_on",
    "stopped_on",
    "next_due_on",
    "organisation__name",
)
TO_ANSWER, UNDER_TREATMENT, EVERYBODY = "asked", "treated", "all"
GROUPS: Final[dict[str, Text]] = {
    TO_ANSWER: _("To answer"),
    UNDER_TREATMENT: _("Under treatment"),
    EVERYBODY: _("All"),
}
MOST_NOTICES: Final = 100


def _condition(group: str) -> Q:
    return Q() if group == EVERYBODY else Q(state=ASKED if group == TO_ANSWER else TREATED)


def board_page(actor: Actor | None, chain: str, group: str, *, cursor: str = "", size: int = 50) -> Page:
    """One query. Raises BadCursor."""
    found = pseudonymised_for(actor).filter(_condition(group), chain=chain)
    return page(found, OLDEST_FIRST if group == TO_ANSWER else LATEST_FIRST, cursor, COLUMNS, size)


def counts(actor: Actor | None, chain: str) -> dict[str, int]:
    wanted = {name: Count("pk", filter=_condition(name)) for name in GROUPS}
    return pseudonymised_for(actor).filter(chain=chain).aggregate(**wanted)


def waiting_by_chain(actor: Actor | None) -> dict[str, tuple[int, int]]:
    """{chain: (requests to answer, patients)}: one query for the list of the company's cohorts."""
    found = pseudonymised_for(actor).order_by().values_list("chain")
    counted = found.annotate(asked=Count("pk", filter=Q(state=ASKED)), everybody=Count("pk"))
    return {chain: (asked, everybody) for chain, asked, everybody in counted}


def rows(found: list[dict[str, Any]], on: dt.date) -> list[dict[str, Any]]:
    """The rows of a page with the meter of each: one query."""
    meters = of_patients([row["id"] for row in found], on)
    return [
        {
            **row,
            "age": BAND_LABELS.get(row["profile"].get("age_band", ""), ""),
            "sex": SEX_LABELS.get(row["profile"].get("sex", ""), ""),
            "state_label": STATES[row["state"]],
            "meter": meters.get(row["id"], Meter()),
            "waiting_days": (on - civil_date(row["asked_at"])).days,
        }
        for row in found
    ]


@dataclass(frozen=True)
class SignedForm:
    label: Text
    visit: int
    visit_label: str
    signed_at: dt.datetime
    signed_by: str
    pharmacist: str
    answers: list[Readable] = field(default_factory=list)


@dataclass(frozen=True)
class PseudonymousPatient:
    """A patient as the company knows them: no field here could name one."""

    chain: str
    rank: int
    pseudonym: str
    hospital: str
    age: Text
    sex: Text
    state: str
    state_label: Text
    access_number: str
    asked_at: dt.datetime
    started_on: dt.date | None
    stopped_on: dt.date | None
    reason: str
    meter: Meter
    forms: list[SignedForm] = field(default_factory=list)


def patient(actor: Actor | None, cohort: Cohort, rank: int, on: dt.date) -> PseudonymousPatient | None:
    """Three queries; None when it is not this company's to see."""
    wanted = (
        "id", "pseudonym", "state", "access_number", "asked_at", "started_on", "stopped_on", "reason", "profile",
        "organisation__name",
    )  # fmt: skip
    row: Any = pseudonymised_for(actor).filter(chain=cohort.chain, rank=rank).values(*wanted).first()
    if row is None:
        return None
    return PseudonymousPatient(
        chain=cohort.chain,
        rank=rank,
        pseudonym=row["pseudonym"],
        hospital=row["organisation__name"],
        age=BAND_LABELS.get(row["profile"].get("age_band", ""), ""),
        sex=SEX_LABELS.get(row["profile"].get("sex", ""), ""),
        state=row["state"],
        state_label=STATES[row["state"]],
        access_number=row["access_number"],
        asked_at=row["asked_at"],
        started_on=row["started_on"],
        stopped_on=row["stopped_on"],
        reason=row["reason"] if row["state"] in ("declined", "withdrawn") else "",
        meter=of_patients([row["id"]], on).get(row["id"], Meter()),
        forms=_signed_forms(cohort, row["id"]),
    )


def _signed_forms(cohort: Cohort, inclusion: int) -> list[SignedForm]:
    names = dict(FORMS)
    signed = CohortForm.objects.filter(inclusion=inclusion, signed_at__isnull=False).order_by("signed_at", "pk")
    wanted = ("form", "visit", "visit_label", "signed_at", "signed_by_name", "pharmacist_name", "answers")
    rows: list[Any] = list(signed.values(*wanted))
    return [
        SignedForm(
            label=names[row["form"]],
            visit=row["visit"],
            visit_label=row["visit_label"],
            signed_at=row["signed_at"],
            signed_by=row["signed_by_name"],
            pharmacist=row["pharmacist_name"],
            answers=said([one for one in cohort.variables(row["form"]) if not one.personal], row["answers"]),
        )
        for row in rows
    ]


# ------------------------------------------------------------------------------------------------- the export


FIXED: Final = (
    "pseudonym", "hospital", "age_band", "sex", "state", "access_number", "started_on", "stopped_on",
    "form", "visit", "due_on", "signed_on",
)  # fmt: skip


def export(actor: Actor | None, cohort: Cohort) -> Iterator[list[str]]:
    """One line for each signed form: what identifies it, then a column for each variable of the protocol, but for those
    that help to recognise the patient."""
    columns = export_columns(cohort)
    yield [*FIXED, *columns]
    forms = CohortForm.objects.filter(
        inclusion__in=pseudonymised_for(actor).filter(chain=cohort.chain).values("pk"), signed_at__isnull=False
    ).order_by("inclusion__rank", "signed_at", "pk")
    wanted = (
        "form", "visit", "due_on", "signed_at", "answers", "inclusion__pseudonym", "inclusion__profile",
        "inclusion__state", "inclusion__access_number", "inclusion__started_on", "inclusion__stopped_on",
        "inclusion__organisation__name",
    )  # fmt: skip
    for row in forms.values(*wanted).iterator(chunk_size=500):
        profile = row["inclusion__profile"]
        fixed = (
            row["inclusion__pseudonym"], row["inclusion__organisation__name"], profile.get("age_band", ""),
            profile.get("sex", ""), row["inclusion__state"], row["inclusion__access_number"],
            row["inclusion__started_on"] or "", row["inclusion__stopped_on"] or "", row["form"], row["visit"] or "",
            row["due_on"] or "", civil_date(row["signed_at"]).isoformat(),
        )  # fmt: skip
        yield [*map(harmless, fixed), *(harmless(row["answers"].get(code, "")) for code in columns)]


def export_columns(cohort: Cohort) -> list[str]:
    """Codes of the variables of the four forms, each once, in the order in which they are first asked."""
    asked = [one for form, _label in FORMS for one in cohort.variables(form)]
    personal = {one.code for one in asked if one.personal}
    return [code for code in dict.fromkeys(one.code for one in asked) if code not in personal]


# ------------------------------------------------------------------------------------------------- vigilance


@dataclass(frozen=True)
class Notice:
    pk: int
    chain: str
    product: str
    pseudonym: str
    rank: int
    hospital: str
    created_at: dt.datetime
    form: Text
    visit: int
    serious: bool
    text: str
    said: list[Readable]
    company_at: dt.datetime | None
    company_name: str
    agency_at: dt.datetime | None
    agency_name: str
    waits_for_me: bool


def notices(actor: Actor | None) -> list[Notice]:
    """The latest notices, those that this reader's side has not acknowledged first. Two queries."""
    agency = actor is not None and actor.role == ANSM_VIGILANCE
    mine = "agency_at" if agency else "company_at"
    names = dict(FORMS)
    found = notices_visible_to(actor).order_by("-created_at", "-pk")
    wanted = (
        "pk", "created_at", "company_at", "company_name", "agency_at", "agency_name", "form__form", "form__visit",
        "form__answers", "inclusion__pseudonym", "inclusion__rank", "inclusion__chain",
        "inclusion__organisation__name", "inclusion__title__dossier__product_label",
    )  # fmt: skip
    waiting = list(found.filter(**{f"{mine}__isnull": True}).values(*wanted)[:MOST_NOTICES])
    done = list(found.filter(**{f"{mine}__isnull": False}).values(*wanted)[:MOST_NOTICES])
    return [_notice(row, names, mine) for row in [*waiting, *done]]


def _notice(row: dict[str, Any], names: dict[str, Text], mine: str) -> Notice:
    answers = row["form__answers"]
    wanted = {"adverse_effect_text", "situation", "reason", "seen_on", "stopped_on"}
    if answers.get("situation") == "none":
        wanted.discard("situation")
    asked = [one for one in variables_of(row["form__form"]) if one.code in wanted]
    return Notice(
        pk=row["pk"],
        chain=row["inclusion__chain"],
        product=row["inclusion__title__dossier__product_label"],
        pseudonym=row["inclusion__pseudonym"],
        rank=row["inclusion__rank"],
        hospital=row["inclusion__organisation__name"],
        created_at=row["created_at"],
        form=names[row["form__form"]],
        visit=row["form__visit"],
        serious=answers.get("adverse_effect_serious") == "yes",
        text=str(answers.get("adverse_effect_text") or ""),
        said=said([one for one in asked if one.code != "adverse_effect_text"], answers),
        company_at=row["company_at"],
        company_name=row["company_name"],
        agency_at=row["agency_at"],
        agency_name=row["agency_name"],
        waits_for_me=row[mine] is None,
    )
