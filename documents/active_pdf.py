"""Does a PDF do something by itself, or carry other files? A dossier is read by people: its pages are enough."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from pypdf import PdfReader

MOST_ANNOTATIONS: Final = 20_000
MOST_ACTIONS_IN_A_CHAIN: Final = 50
ACTING: Final = frozenset({"/JavaScript", "/Launch", "/ImportData", "/SubmitForm", "/Rendition", "/RichMediaExecute"})
CARRYING: Final = frozenset({"/FileAttachment", "/RichMedia", "/Movie", "/Screen", "/3D"})


def document_acts(reader: PdfReader) -> bool:
    """Scripts or actions of the whole document, or files embedded in it. Opening at a given page is no action here."""
    root = reader.root_object
    names = _mapping(root.get("/Names"))
    return bool("/AA" in root or {"/JavaScript", "/EmbeddedFiles"} & set(names) or _acts(root.get("/OpenAction")))


class PageActs:
    """Asked of each page in turn; counts the annotations of all, which a hostile file can name without end.

    Raises ValueError beyond `MOST_ANNOTATIONS`.
    """

    def __init__(self) -> None:
        self._seen = 0

    def __call__(self, page: Mapping[str, Any]) -> bool:
        if "/AA" in page:
            return True
        annotations = _direct(page.get("/Annots")) or ()
        self._seen += len(annotations)
        if self._seen > MOST_ANNOTATIONS:
            raise ValueError("too many annotations")
        return any(_annotation_acts(_mapping(one)) for one in annotations)


def _annotation_acts(annotation: Mapping[str, Any]) -> bool:
    return "/AA" in annotation or _direct(annotation.get("/Subtype")) in CARRYING or _acts(annotation.get("/A"))


def _acts(action: Any) -> bool:
    """An action, or a chain of them. A destination (an array or a name) only says which page to show."""
    waiting = [action]
    for _step in range(MOST_ACTIONS_IN_A_CHAIN):
        if not waiting:
            return False
        one = _mapping(waiting.pop())
        if _direct(one.get("/S")) in ACTING:
            return True
        following = _direct(one.get("/Next"))
        waiting += following if isinstance(following, list) else [following] if following is not None else []
    return bool(waiting)


def _direct(value: Any) -> Any:
    return value.get_object() if hasattr(value, "get_object") else value


def _mapping(value: Any) -> Mapping[str, Any]:
    found = _direct(value)
    return found if isinstance(found, Mapping) else {}
