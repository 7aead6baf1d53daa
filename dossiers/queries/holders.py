"""Who holds what was granted. A prescription framework may be of several companies (a generic group), each a full
holder; every other title is held by one organisation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import OuterRef, QuerySet, Subquery

from accounts.models import Organisation
from dossiers.models import Title, TitleHolder
from workflows.registry import procedure
from workflows.roles import COMPANY
from workflows.types import Actor


def held_by(actor: Actor, titles: QuerySet[Title]) -> QuerySet[Title]:
    """Those of `titles` that the actor's organisation holds, alone or with others.

    Only companies hold with others. A hospital may have a hundred thousand titles, which an index gives by their last
    day: it is asked for its own column alone. A company has few: their keys come first, because an OR would read the
    titles of everybody.
    """
    if actor.organisation_kind != COMPANY:
        return titles.filter(organisation=actor.organisation_id)
    alone = Title.objects.filter(organisation=actor.organisation_id).order_by().values("pk")
    together = TitleHolder.objects.filter(organisation=actor.organisation_id).order_by().values("title")
    return titles.filter(pk__in=alone.union(together))


def may_have_several(title: Title) -> bool:
    """Whether its procedure's table lets several organisations hold one title."""
    return bool(procedure(title.procedure).held_by)


def holders_of(title: Title) -> tuple[int, ...]:
    """Primary keys of the organisations that hold `title`, the first named first. One query where several may, else
    none."""
    together = title.holders.all() if may_have_several(title) else ()
    return tuple(one.organisation_id for one in together) or (title.organisation_id,)


def holding(title: Title) -> tuple[Organisation, ...]:
    """The organisations of `holders_of`, at the same cost."""
    together = title.holders.select_related("organisation") if may_have_several(title) else ()
    return tuple(one.organisation for one in together) or (title.organisation,)


def names_of_holders() -> Subquery:
    """Of each title of a list: the names of the organisations that hold it together, the first named first; None where
    its `organisation` holds it alone. Worked out for the rows shown only."""
    together = TitleHolder.objects.filter(title=OuterRef("pk")).order_by().values("title")
    return Subquery(together.annotate(names=ArrayAgg("organisation__name", order_by="id")).values("names"))


def names_in(row: Mapping[str, Any]) -> list[str]:
    """Of a row that has `held_by` (`names_of_holders`) and `organisation__name`: who holds that title."""
    return list(row["held_by"] or [row["organisation__name"]])
