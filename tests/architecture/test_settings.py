"""Every setting that comes from the environment is in the README's table, and nothing else is."""

import ast
import re

from earlyaccess.schedule import BEAT_SCHEDULE
from tests.architecture.sources import ROOT, dotted, parse, sources

ROW = re.compile(r"^\| `([A-Z0-9_]+)` \|", re.MULTILINE)


def settings_read(tree: ast.Module) -> set[str]:
    """The names given to `env(...)`, `env.str(...)`, `env.bool(...)`..."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and dotted(node.func).split(".")[0] == "env" and node.args:
            argument = node.args[0]
            if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                found.add(argument.value)
    return found


def test_every_setting_is_documented_once() -> None:
    read = set()
    for source in sources():
        if source.module.startswith("earlyaccess.settings"):
            read |= settings_read(source.tree)
    rows = ROW.findall((ROOT / "README.md").read_text())
    assert len(rows) == len(set(rows))
    known_elsewhere = {"PORT", "DJANGO_SETTINGS_MODULE"}
    assert set(rows) - known_elsewhere == read


def test_the_search_finds_settings() -> None:
    assert settings_read(parse('x = env.str("SECRET_KEY")\ny = env("A", default=1)').tree) == {"SECRET_KEY", "A"}


def test_every_beat_entry_imports_and_takes_its_arguments() -> None:
    import inspect
    from importlib import import_module

    from celery import Task

    for name, entry in BEAT_SCHEDULE.items():
        module, _, function = entry["task"].rpartition(".")
        task = getattr(import_module(module), function)
        assert isinstance(task, Task), name
        assert task.name == entry["task"], name
        inspect.signature(task.run).bind(*entry.get("args", ()), **entry.get("kwargs", {}))
        assert entry["schedule"], name


def test_no_test_of_the_suite_is_skipped_without_a_reason() -> None:
    for path in (ROOT / "tests").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and dotted(node.func).endswith(("mark.skip", "mark.xfail")):
                assert any(keyword.arg == "reason" for keyword in node.keywords), f"{path}:{node.lineno}"
