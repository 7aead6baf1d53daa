"""The project's own source files, parsed once for every test of this folder."""

import ast
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROOMS = (
    "workflows",
    "accounts",
    "catalogue",
    "documents",
    "notifications",
    "dossiers",
    "cohort",
    "devices",
    "api",
    "register",
    "earlyaccess",
)


@dataclass(frozen=True)
class Source:
    path: Path
    tree: ast.Module
    lines: int

    @property
    def name(self) -> str:
        return str(self.path.relative_to(ROOT))

    @property
    def module(self) -> str:
        return ".".join(self.path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")

    @property
    def room(self) -> str:
        return self.path.relative_to(ROOT).parts[0]

    @property
    def is_migration(self) -> bool:
        return "migrations" in self.path.parts


def parse(text: str, name: str = "accounts/example.py") -> Source:
    """A source that is not on disk, for the tests that show a rule bites."""
    return Source(path=ROOT / name, tree=ast.parse(text), lines=text.count("\n"))


@lru_cache(maxsize=1)
def sources() -> tuple[Source, ...]:
    found = []
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            text = path.read_text()
            found.append(Source(path=path, tree=ast.parse(text), lines=text.count("\n")))
    return tuple(found)


@lru_cache(maxsize=1)
def templates() -> tuple[Path, ...]:
    return tuple(sorted((ROOT / "templates").rglob("*.html")))


def dotted(node: ast.AST) -> str:
    """`a.b.c` of an expression, or an empty string."""
    if isinstance(node, ast.Attribute):
        left = dotted(node.value)
        return f"{left}.{node.attr}" if left else f"?.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""
