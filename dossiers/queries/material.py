"""Information material of a prescription framework, for the reader of its page."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.urls import reverse

from documents.attachments import is_acceptable
from documents.models import Attachment
from dossiers.models import InformationMaterial, Title
from dossiers.models.title import LIVING
from dossiers.policy import may
from workflows.information_material import last_day_for_an_opinion, silence_has_decided
from workflows.roles import ANSM_ASSESSOR, ANSM_SIGNATORY, ANSM_STAFF, APPLICANT, AUDITOR
from workflows.types import Actor

MOST_SHOWN = 50


@dataclass(frozen=True)
class Shown:
    """One material. `awaits`: ANSM may still give its opinion, until `last_day`; `may_be_spread`: its opinion is
    favourable, given or deemed; `url`: where its file is, empty while that may not leave."""

    material: InformationMaterial
    company: str
    last_day: dt.date
    awaits: bool
    deemed: bool
    may_be_spread: bool
    url: str


@dataclass(frozen=True)
class Materials:
    rows: tuple[Shown, ...]
    may_submit: bool
    may_advise: bool


def materials_of(title: Title, actor: Actor, on: dt.date) -> Materials | None:
    """None for what is no framework. A company's material is between it and ANSM: neither the
    reporter, nor a ministry, nor the other companies of a generic group read it."""
    if title.procedure != "cpc":
        return None
    acts = may(actor, "act", title.dossier).allowed
    lives = title.state in dict(LIVING.children)["state__in"]
    found = title.information_materials.select_related("organisation", "document")
    if actor.role not in ANSM_STAFF and actor.role != AUDITOR:
        found = found.filter(organisation=actor.organisation_id)
    return Materials(
        rows=tuple(_shown(one, on) for one in found[:MOST_SHOWN]),
        may_submit=acts and lives and actor.role == APPLICANT,
        may_advise=acts and actor.role in (ANSM_ASSESSOR, ANSM_SIGNATORY),
    )


def _shown(one: InformationMaterial, on: dt.date) -> Shown:
    deemed = not one.opinion and not one.is_unreadable and silence_has_decided(one.sent_at, on)
    return Shown(
        material=one,
        company=one.organisation.name,
        last_day=last_day_for_an_opinion(one.sent_at),
        awaits=not one.opinion and not deemed and not one.is_unreadable,
        deemed=deemed,
        may_be_spread=deemed or one.opinion == InformationMaterial.Opinion.FAVOURABLE,
        url=_url(one.document),
    )


def _url(document: Attachment | None) -> str:
    readable = document is not None and is_acceptable(document)
    return reverse("documents:attachment", args=[document.pk]) if document and readable else ""
