"""Calls and assignments that break a promise of the architecture, found in the source."""

import ast
import re

import pytest

from tests.architecture.sources import Source, dotted, parse, sources, templates
from tests.architecture.test_imports import RANKS, rank

CLOCK_READERS = frozenset(
    {"date.today", "datetime.now", "datetime.utcnow", "datetime.today", "timezone.now", "timezone.localdate",
     "timezone.localtime", "time.time", "now", "localdate"}
)  # fmt: skip
THE_WRITE_PATH = "dossiers/services/move.py"
# An obligation has a state of its own, no machine's: these two modules write it, and never a dossier's or a title's.
OF_OBLIGATIONS = frozenset({"dossiers/services/obligations.py", "dossiers/services/obligation_life.py"})

# So has an inclusion in a cohort: this module writes it, and never a dossier's or a title's.
OF_INCLUSIONS = "cohort/services/step.py"
# And a unit of an exempted device.
OF_UNITS = "devices/services/step.py"


def reads_the_clock(source: Source) -> list[str]:
    """The date is an argument of a rule: that is what makes the import of old cases and the simulation honest."""
    found = []
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call):
            name = dotted(node.func)
            if name in CLOCK_READERS or ".".join(name.split(".")[-2:]) in CLOCK_READERS:
                found.append(f"{source.name}:{node.lineno} {name}()")
    return found


def writes_a_state(source: Source) -> list[str]:
    """`.state = x`, `setattr(.., "state", ..)`, `update(state=..)`, `bulk_update(.., ["state"])`."""
    found = []
    for node in ast.walk(source.tree):
        targets: list[ast.expr] = []
        if isinstance(node, ast.Assign):
            targets = node.targets
        elif isinstance(node, ast.AnnAssign | ast.AugAssign):
            targets = [node.target]
        if any(isinstance(target, ast.Attribute) and target.attr == "state" for target in targets):
            found.append(f"{source.name}:{node.lineno} .state =")  # type: ignore[attr-defined]
        if isinstance(node, ast.Call):
            name = dotted(node.func).rpartition(".")[2]
            if name == "update" and any(keyword.arg == "state" for keyword in node.keywords):
                found.append(f"{source.name}:{node.lineno} update(state=)")
            constants = {c.value for argument in node.args for c in ast.walk(argument) if isinstance(c, ast.Constant)}
            if name in {"setattr", "bulk_update"} and "state" in constants:
                found.append(f"{source.name}:{node.lineno} {name}(... state ...)")
    return found


def trusts_html(source: Source) -> list[str]:
    """`mark_safe` and `SafeString` turn escaping off; `format_html` does not."""
    return [
        f"{source.name}:{node.lineno} {dotted(node.func)}"
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Call) and dotted(node.func).rpartition(".")[2] in {"mark_safe", "SafeString"}
    ]


def delays_a_task(source: Source) -> list[str]:
    """A countdown or an ETA lives only in Redis, which may be emptied: a row of PostgreSQL says when."""
    return [
        f"{source.name}:{node.lineno} {keyword.arg}="
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Call)
        for keyword in node.keywords
        if keyword.arg in {"countdown", "eta"}
    ]


def test_rules_never_read_the_clock() -> None:
    pure = [s for s in sources() if s.room == "workflows" and ".management" not in s.module]
    found = [line for source in pure for line in reads_the_clock(source)]
    assert not found, "\n".join(found)


def test_states_change_through_the_write_path_only() -> None:
    # Letters and messages have a state of their own; the rooms that hold them cannot reach a dossier or a title.
    others = [
        s for s in sources()
        if s.name not in OF_OBLIGATIONS | {THE_WRITE_PATH, OF_INCLUSIONS, OF_UNITS}
        and not s.is_migration and (rank(s.module) or 0) >= RANKS["dossiers"]
    ]  # fmt: skip
    found = [line for source in others for line in writes_a_state(source)]
    assert not found, "\n".join(found)


# Drawings built from constants and escaped labels: each place is named, with what makes it safe.
MAY_TRUST_HTML: dict[str, str] = {}


def test_escaping_is_never_turned_off() -> None:
    found = [line for source in sources() for line in trusts_html(source)]
    assert {line.partition(":")[0] for line in found} == MAY_TRUST_HTML.keys(), "\n".join(found)


def test_no_task_waits_in_redis() -> None:
    found = [line for source in sources() if not source.is_migration for line in delays_a_task(source)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        (reads_the_clock, "from django.utils import timezone\nx = timezone.now()"),
        (reads_the_clock, "import datetime\nx = datetime.date.today()"),
        (reads_the_clock, "from datetime import datetime\nx = datetime.now(tz)"),
        (writes_a_state, "dossier.state = 'granted'"),
        (writes_a_state, "Dossier.objects.filter(pk=1).update(state='granted')"),
        (writes_a_state, "setattr(dossier, 'state', 'granted')"),
        (writes_a_state, "Dossier.objects.bulk_update(rows, ['state'])"),
        (trusts_html, "from django.utils.safestring import mark_safe\nmark_safe(text)"),
        (delays_a_task, "send.apply_async(args, countdown=5)"),
    ],
)
def test_the_rules_bite(rule: object, text: str) -> None:
    assert rule(parse(text))  # type: ignore[operator]


INLINE_CODE = (
    (re.compile(r"<script(?![^>]*\bsrc=)(?![^>]*type=\"application/json\")", re.IGNORECASE), "inline script"),
    (re.compile(r"<style\b", re.IGNORECASE), "inline style sheet"),
    (re.compile(r"\sstyle\s*=\s*[\"']", re.IGNORECASE), "style attribute"),
    (re.compile(r"\son[a-z]+\s*=\s*[\"']", re.IGNORECASE), "event handler"),
    (re.compile(r"javascript:", re.IGNORECASE), "javascript: address"),
    (re.compile(r"\bhx-on\b|\bhx-vals\s*=\s*[\"']js:", re.IGNORECASE), "htmx inline code"),
    (re.compile(r"\|\s*safe\b|{%\s*autoescape\s+off"), "escaping turned off"),
)
# Letters are printed, never browsed: their style sheet travels in the page. Mails have no other way.
PRINTED = ("templates/documents/letters/", "templates/notifications/mail")


def inline_code(text: str) -> list[str]:
    return [what for pattern, what in INLINE_CODE if pattern.search(text)]


def test_templates_hold_no_inline_code() -> None:
    from tests.architecture.sources import ROOT

    found = {}
    for path in templates():
        name = str(path.relative_to(ROOT))
        if not name.startswith(PRINTED) and (what := inline_code(path.read_text())):
            found[name] = what
    assert not found


@pytest.mark.parametrize(
    "text",
    [
        "<script>x()</script>",
        "<p style='x'>",
        '<a onclick="x()">',
        '<a href="javascript:x()">',
        "<style>",
        "{{ x|safe }}",
    ],
)
def test_the_template_rule_bites(text: str) -> None:
    assert inline_code(text)
    assert not inline_code('<script src="/static/x.js" defer></script><p class="style">on="x"</p>')
