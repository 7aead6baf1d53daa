"""Which hospitals of this site the lines of a decision name: one per line, by its FINESS number or by its name."""

from __future__ import annotations

import re
from typing import Final

from django.db.models import Q

from accounts.models import Organisation
from workflows.roles import ESTABLISHMENT

FINESS: Final = re.compile(r"(?<![0-9A-Z])(?:[0-9]{9}|2[AB][0-9]{7})(?![0-9A-Z])", re.ASCII)


def lines_of(sites: str) -> list[str]:
    return [line.strip() for line in sites.splitlines() if line.strip()]


def establishments_named(sites: str) -> list[int]:
    """Keys of the hospitals that the lines name, in their order and once each. One query.

    The FINESS number decides. Without one, the name does: the whole line, or what comes before its first comma; a name
    that two hospitals bear tells neither.
    """
    lines = lines_of(sites)
    numbers = {line: found[0] for line in lines if (found := FINESS.search(line.upper()))}
    names = {line: {line, line.partition(",")[0].strip()} for line in lines if line not in numbers}
    said = {name for both in names.values() for name in both}
    rows = Organisation.objects.filter(Q(finess_et__in=numbers.values()) | Q(name__in=said), kind=ESTABLISHMENT)
    known = list(rows.order_by("pk"))
    found: list[int] = []
    for line in lines:
        number, both = numbers.get(line, ""), names.get(line, set())
        same = [one.pk for one in known if (number and one.finess_et == number) or one.name in both]
        found += same if len(same) == 1 else []
    return list(dict.fromkeys(found))
