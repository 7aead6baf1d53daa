"""A room may import what is on its left, never what is on its right (ARCHITECTURE.md). Late imports inside functions
count too: they hide the same dependency."""

import ast

import pytest

from tests.architecture.sources import Source, parse, sources

# The longest prefix that fits a module gives its rank.
RANKS = {
    "workflows": 0,
    "accounts": 1,
    "catalogue": 1,
    "documents": 2,
    "notifications": 2,
    "dossiers": 3,
    "dossiers.policy": 4,
    "dossiers.queries": 4,
    "dossiers.services": 5,
    "dossiers.views": 6,
    "dossiers.tasks": 6,
    # Where the room is plugged into the others when the site starts.
    "dossiers.apps": 6,
    "dossiers.truth": 6,
    "dossiers.demo": 6,
    "cohort": 6,
    "devices": 6,
    "api": 6,
    "register": 6,
    "earlyaccess": 7,
}
# Lent to every room by the project: they import nothing but the rules, so the arrow does not turn back.
LENT_TO_ALL = frozenset({"earlyaccess.crypto", "earlyaccess.append_only", "earlyaccess.templatetags.ui"})
# In whatever room they lie, these are the outside of the site: they call services and nothing calls them.
OUTSIDE = frozenset({"views", "urls", "management"})


def rank(module: str) -> int | None:
    parts = module.split(".")
    if parts[0] in RANKS and parts[0] != "earlyaccess" and len(parts) > 1 and parts[1] in OUTSIDE:
        return RANKS["dossiers.views"]
    for length in range(len(parts), 0, -1):
        found = RANKS.get(".".join(parts[:length]))
        if found is not None:
            return found
    return None


def imported_modules(source: Source) -> list[tuple[int, str]]:
    """(line, module) of every import. `from dossiers import policy` counts as `dossiers.policy`."""
    found: list[tuple[int, str]] = []
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            found += [(node.lineno, alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{source.name}:{node.lineno} relative import"
            module = node.module or ""
            names = [f"{module}.{alias.name}" for alias in node.names]
            found += [(node.lineno, name if name in RANKS or name in LENT_TO_ALL else module) for name in names]
    return found


def forbidden_imports(source: Source) -> list[str]:
    own = rank(source.module)
    assert own is not None, f"{source.module} has no rank"
    wrong = []
    for line, module in imported_modules(source):
        other = rank(module)
        if other is not None and other > own and module not in LENT_TO_ALL:
            wrong.append(f"{source.name}:{line} imports {module}, which is on its right")
    return wrong


def test_no_room_imports_what_is_on_its_right() -> None:
    wrong = [line for source in sources() if not source.is_migration for line in forbidden_imports(source)]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    ("module", "text"),
    [
        ("workflows/engine.py", "from accounts.models import Person"),
        ("accounts/actors.py", "import dossiers.models"),
        ("dossiers/models/dossier.py", "def late():\n    from dossiers import policy\n"),
        ("dossiers/policy.py", "from dossiers.services.move import move"),
        ("documents/tasks.py", "from earlyaccess.celery import app"),
    ],
)
def test_the_rule_bites(module: str, text: str) -> None:
    assert forbidden_imports(parse(text, module))


def test_what_is_lent_to_all_imports_no_room_but_the_rules() -> None:
    for source in sources():
        if source.module in LENT_TO_ALL:
            assert not any(rank(module) for _line, module in imported_modules(source)), source.name


def test_workflows_knows_no_model_and_no_settings() -> None:
    for source in sources():
        if source.room != "workflows" or source.module == "workflows.apps" or ".management" in source.module:
            continue
        for line, module in imported_modules(source):
            assert not module.startswith("django") or module.startswith("django.utils"), (
                f"{source.name}:{line} {module}"
            )
