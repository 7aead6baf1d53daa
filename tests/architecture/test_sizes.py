"""Modules of fewer than 400 lines and functions of fewer than 50: a longer one is a question. Exceptions are named here
with their answer, and a stale exception fails."""

import ast

from tests.architecture.sources import sources

LONGEST_MODULE = 400
LONGEST_FUNCTION = 50

# path -> why it is long
WHOLE_PROCEDURE = "one procedure is one file, which a pharmacist can proof-read in one go"
PROCEDURES = ("aac", "aap", "advice", "cpc", "device_exemption", "title")
LONG_MODULES = {f"workflows/procedures/{code}.py": WHOLE_PROCEDURE for code in PROCEDURES} | {
    "dossiers/policy.py": "who sees and who may is one file, which an auditor can read in one go"
}
# path:function -> why it is long
LONG_FUNCTIONS: dict[str, str] = {}


def test_modules_stay_short() -> None:
    long = {source.name: source.lines for source in sources() if not source.is_migration}
    long = {name: lines for name, lines in long.items() if lines > LONGEST_MODULE}
    assert long.keys() == LONG_MODULES.keys(), long


def _first_line(function: ast.FunctionDef) -> int:
    """After the docstring: explaining is not what makes a function long."""
    if ast.get_docstring(function) is not None and len(function.body) > 1:
        return function.body[1].lineno
    return function.lineno


def test_functions_stay_short() -> None:
    long = {}
    for source in sources():
        if source.is_migration:
            continue
        for node in ast.walk(source.tree):
            if isinstance(node, ast.FunctionDef) and node.end_lineno:
                length = node.end_lineno - _first_line(node) + 1
                if length > LONGEST_FUNCTION:
                    long[f"{source.name}:{node.name}"] = length
    assert long.keys() == LONG_FUNCTIONS.keys(), long
