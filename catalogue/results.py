"""What a search shows: each medicine with what may be asked for it today, and why not when it may not."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from catalogue.criteria import current_version
from catalogue.models import Indication, Medicine
from catalogue.search import DEFAULT_LIMIT, code_in, medicines
from catalogue.text import query_key

Text = str | Promise


@dataclass(frozen=True)
class Choice:
    """An indication that can be chosen, or `closed`: why it cannot. `criteria_in_force`: track A is open."""

    indication: Indication
    criteria_in_force: bool
    closed: Text = ""


@dataclass(frozen=True)
class Result:
    """`not_the_route`: why no AAC may be asked for this medicine at all, empty when one may."""

    medicine: Medicine
    choices: tuple[Choice, ...]
    not_the_route: Text = ""


@dataclass(frozen=True)
class Results:
    """`problem` says what is wrong with the code that was typed, if a code was typed."""

    query: str
    rows: tuple[Result, ...]
    problem: Text = ""
    searched: bool = False


def results_for(text: str, *, on: dt.date, limit: int = DEFAULT_LIMIT) -> Results:
    """Search results for a page, with what is open on the civil day `on`. A constant number of queries."""
    code = code_in(text)
    return Results(
        query=text[:200].replace("\x00", ""),
        rows=tuple(result_of(medicine, on) for medicine in medicines(text, limit)),
        problem=code.problem if code else "",
        searched=bool(query_key(text)),
    )


def result_of(medicine: Medicine, on: dt.date) -> Result:
    """One medicine and its choices; reads its prefetched indications."""
    choices = tuple(
        Choice(
            indication=indication,
            criteria_in_force=current_version(indication, on) is not None,
            closed=why_closed(indication, on),
        )
        for indication in medicine.indications.all()
    )
    blocked = medicine.has_current_ma and not any(not choice.closed for choice in choices)
    return Result(medicine, choices, not_the_route=MA_IS_THE_ROUTE if blocked else "")


MA_IS_THE_ROUTE: Text = _(
    "This medicine has a marketing authorisation (MA) and is marketed in France: a compassionate access (AAC) is not "
    "the route. For a use outside its MA, see the compassionate prescription frameworks (CPC)."
)


def why_closed(indication: Indication, on: dt.date) -> Text:
    """Why no new AAC may be asked for in this indication on that day; empty when one may."""
    if indication.aap_since is not None and indication.aap_since <= on:
        return _("An early access (AAP) covers this indication: ask for access under the AAP.")
    if indication.ma_since is not None and indication.ma_since <= on:
        return _("A marketing authorisation (MA) covers this indication: prescribe under the MA.")
    if indication.closed_on is not None and indication.closed_on <= on:
        return _("ANSM has closed this indication to new requests.")
    return ""
