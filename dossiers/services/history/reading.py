"""The importer's own format: a JSON list of cases (design/api.md).

A file is read whole: ten thousand cases take some tens of megabytes, which any machine that runs this site has. Keys
that the format does not name are ignored: sources carry notes of their own.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from django.utils.translation import gettext as _

from dossiers.services.history.case import START, Case, Entry, Refusal, Step, Unreadable, moment_of
from dossiers.services.log import canonical, sha256_of
from workflows.dates import PARIS, civil_date
from workflows.payload import FIRST_YEAR, LAST_YEAR
from workflows.roles import LABELS
from workflows.types import Reason

LONGEST_ID: Final = 200
LONGEST_NUMBER: Final = 40
A_MINUTE: Final = dt.timedelta(minutes=1)
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_NINE_DIGITS: Final = re.compile(r"\d{9}", re.ASCII)


class UnreadableFile(Exception):
    """The file is not a list of cases at all."""


class Wrong(Exception):
    """What makes a case unreadable. `step` is its rank from 1 in `steps` when it is about one, else `at` says where."""

    def __init__(self, code: str, message: str, where: str = "", *, step: int = 0, at: str = "") -> None:
        self.reason = Reason(code, message, where)
        self.step = step
        self.at = at
        super().__init__(code)


def load(path: Path) -> Any:
    """The JSON of `path`. Raises UnreadableFile, which says where it stops being JSON."""
    try:
        text = path.read_text(encoding="utf-8-sig")
        return json.loads(text, object_pairs_hook=_object, parse_constant=_no_number)
    except OSError as error:
        raise UnreadableFile(_("%(file)s cannot be read: %(why)s.") % {"file": path, "why": error.strerror}) from error
    except UnicodeDecodeError as error:
        raise UnreadableFile(_("%(file)s is not written in UTF-8.") % {"file": path}) from error
    except (ValueError, RecursionError) as error:
        # A number of five thousand digits is JSON and no number of ours: Python says so without a place.
        where = f"{error.lineno}:{error.colno}" if isinstance(error, json.JSONDecodeError) else "1:1"
        raise UnreadableFile(_("%(file)s is not JSON: see %(where)s.") % {"file": path, "where": where}) from error


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Of a key written twice JSON keeps one value in silence: half of a history would be lost unseen."""
    read = dict(pairs)
    if len(read) < len(pairs):
        keys = [key for key, _value in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        message = _("The file writes “%s” twice in one JSON object: keep one of them.")
        raise UnreadableFile(message % twice.encode(errors="replace").decode()[:40])
    return read


def _no_number(name: str) -> None:
    """NaN and Infinity, which Python reads, are not JSON."""
    raise ValueError(name)


def read_own(data: Any) -> list[Entry]:
    """Every case of the list, readable or not, in its order. Raises UnreadableFile when it is not a list."""
    if not isinstance(data, list):
        raise UnreadableFile(_("The file must be a JSON list of cases."))
    return [entry for rank, raw in enumerate(data, start=1) for entry in entries_of(raw, rank, _case)]


def entries_of(raw: Any, rank: int, read: Callable[[Mapping[str, Any], str, str], list[Entry]]) -> list[Entry]:
    """`read(raw, id, digest)`, or what is wrong with it, said with the case and the step it is in."""
    name = _("case %d") % rank
    try:
        if not isinstance(raw, Mapping):
            raise Wrong("case", _("A case is a JSON object."))
        _refuse_what_cannot_be_stored(raw)
        digest = sha256_of(raw)
        name = id_of(raw, digest)
        return read(raw, name, digest)
    except Wrong as wrong:
        return [_unreadable(raw, name, wrong)]


def _unreadable(raw: Any, name: str, wrong: Wrong) -> Unreadable:
    step: Any = raw["steps"][wrong.step - 1] if wrong.step else {}
    step = step if isinstance(step, Mapping) else {}
    where = _("%(case)s, step %(step)d") % {"case": name, "step": wrong.step} if wrong.step else name
    reason = Reason(wrong.reason.code, f"{where}: {wrong.reason.message}", wrong.reason.field)
    said = wrong.at or str(step.get("at") or "")
    return Unreadable(name, Refusal(said, str(step.get("transition") or START), (reason,)))


def id_of(raw: Mapping[str, Any], digest: str) -> str:
    """The case's own id; one made of its content when it has none."""
    given = raw.get("id")
    if given is None or given == "":
        return f"sha256:{digest[:32]}"
    if isinstance(given, bool) or not isinstance(given, str | int) or len(str(given)) > LONGEST_ID:
        raise Wrong("id", _("The id is a text of %d characters at most.") % LONGEST_ID, "id")
    return str(given)


def text_of(raw: Mapping[str, Any], name: str, *, required: bool = False, where: str = "", step: int = 0) -> str:
    value = raw.get(name)
    if value is None or value == "":
        if required:
            raise Wrong("required", _("“%s” is needed.") % name, where or name, step=step)
        return ""
    if not isinstance(value, str):
        raise Wrong("type", _("“%s” is a text.") % name, where or name, step=step)
    return " ".join(value.split())


def mapping_of(raw: Mapping[str, Any], name: str, *, where: str = "", step: int = 0) -> dict[str, Any]:
    value = raw.get(name)
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise Wrong("type", _("“%s” is a JSON object.") % name, where or name, step=step)
    return dict(value)


def answers_of(raw: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    answers = mapping_of(raw, "answers")
    return {section: mapping_of(answers, section, where=f"answers.{section}") for section in answers}


def named_of(raw: Mapping[str, Any], name: str) -> dict[str, str]:
    """A product or an applicant: its name, or an object with its name and numbers. Nine digits alone are a number."""
    value = raw.get(name)
    if isinstance(value, Mapping):
        return {key: text_of(value, key, where=f"{name}.{key}") for key in map(str, value) if value[key] is not None}
    said = text_of(raw, name)
    if not said:
        return {}
    return {"number": said} if _NINE_DIGITS.fullmatch(said) else {"name": said}


def day_of(value: str, where: str, step: int = 0) -> dt.date:
    message = _("“%s” is not a date: write 2023-01-05.") % value[:40]
    if not _DAY.fullmatch(value):
        raise Wrong("date", message, where, step=step)
    try:
        day = dt.date.fromisoformat(value)
    except ValueError as error:
        raise Wrong("date", message, where, step=step) from error
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise Wrong("date_year", message, where, step=step)
    return day


# ------------------------------------------------------------------------------------------------- own format


def _case(raw: Mapping[str, Any], name: str, digest: str) -> list[Entry]:
    steps = raw.get("steps")
    if not isinstance(steps, list) or not steps:
        raise Wrong("no_steps", _("A case has a list of dated steps."), "steps")
    case = Case(
        id=name,
        digest=digest,
        procedure=text_of(raw, "procedure", required=True),
        kind=text_of(raw, "kind"),
        product=named_of(raw, "product"),
        indication=text_of(raw, "indication"),
        applicant=named_of(raw, "applicant"),
        answers=answers_of(raw),
        steps=tuple(_steps(steps)),
        parent=text_of(raw, "parent"),
    )
    return [case]


def _steps(steps: list[Any]) -> list[Step]:
    read: list[Step] = []
    for rank, raw in enumerate(steps, start=1):
        if not isinstance(raw, Mapping):
            raise Wrong("step", _("A step is a JSON object."), "steps", step=rank)
        said = text_of(raw, "at", required=True, step=rank)
        at = _moment(said, rank)
        if read and _DAY.fullmatch(said) and at <= read[-1].at and civil_date(at) == civil_date(read[-1].at):
            at = read[-1].at + A_MINUTE
        if read and at < read[-1].at:
            raise Wrong("order", _("This step is dated before the one before it."), "at", step=rank)
        role = text_of(raw, "role", required=True, step=rank)
        if role not in LABELS:
            raise Wrong("role", _("“%s” is not a role.") % role, "role", step=rank)
        read.append(
            Step(
                at=at,
                transition=text_of(raw, "transition", required=True, step=rank),
                role=role,
                payload=mapping_of(raw, "payload", step=rank),
                said=said,
                number=_number(raw, rank),
            )
        )
    return read


def _number(raw: Mapping[str, Any], rank: int) -> str:
    """The number that the authority gave the decision that this step is."""
    number = text_of(raw, "number", step=rank)
    if len(number) > LONGEST_NUMBER:
        message = _("The number of a decision has %d characters at most.") % LONGEST_NUMBER
        raise Wrong("number", message, "number", step=rank)
    return number


def _moment(said: str, rank: int) -> dt.datetime:
    """A day, or an instant with its zone; without a zone it is the time in Paris."""
    if len(said) <= 10:
        return moment_of(day_of(said, "at", rank))
    try:
        at = dt.datetime.fromisoformat(said)
    except ValueError as error:
        raise Wrong("date", _("“%s” is not a date: write 2023-01-05.") % said[:40], "at", step=rank) from error
    at = at if at.tzinfo else at.replace(tzinfo=PARIS)
    if not FIRST_YEAR <= at.year <= LAST_YEAR:
        raise Wrong("date_year", _("“%s” is not a date: write 2023-01-05.") % said[:40], "at", step=rank)
    # Instants of Paris are compared by what the clock on the wall shows, which goes back in October and jumps in March.
    return at.astimezone(dt.UTC)


def _refuse_what_cannot_be_stored(raw: Mapping[str, Any]) -> None:
    """NUL and lone surrogates can be written in JSON and not stored."""
    text = canonical(raw)
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise Wrong("characters", _("This case holds characters that cannot be stored.")) from error
    if "\\u0000" in text:
        raise Wrong("characters", _("This case holds characters that cannot be stored."))
