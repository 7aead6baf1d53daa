"""A frozen context made into a PDF. Nothing is fetched: no address, no file; fonts and drawings travel as data."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import io
import logging
import threading
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from django.template.loader import get_template
from django.utils import translation
from weasyprint import CSS, HTML, Attachment
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher

from documents.letters import archive
from documents.letters.context import printed
from documents.letters.data import as_json
from documents.letters.kinds import LetterKind, kind_of

FOLDER: Final = Path(__file__).parent
FONTS: Final = (
    ("Letter", "normal", "normal", "NotoSans-Regular.ttf"),
    ("Letter", "bold", "normal", "NotoSans-Bold.ttf"),
    ("Letter", "normal", "italic", "NotoSans-Italic.ttf"),
    ("Letter Symbols", "normal", "normal", "NotoSansMath-Symbols.ttf"),
)
SHARED_PARTS: Final = tuple(
    f"documents/letters/{part}.html"
    for part in (
        "base",
        "recipient",
        "visas",
        "designation",
        "signature",
        "appeal",
        "title_visas",
        "title_observations",
        "title_reasons",
        "title_last_day",
        "aap_visas",
        "aap_designation",
        "aap_findings",
        "aap_after_the_end",
        "cpc_visas",
        "cpc_designation",
        "advice_designation",
    )
)
_local = threading.local()

# fontTools tells of every table it cuts; WeasyPrint quotes addresses and characters, which users typed.
for _chatty in ("fontTools", "weasyprint"):
    logging.getLogger(_chatty).setLevel(logging.ERROR)


def only_data() -> URLFetcher:
    """The default fetcher follows http://, file:// and redirects from a style sheet or an image; this one none."""
    return URLFetcher(allowed_protocols={"data"}, allow_redirects=False, fail_on_errors=True)


def render(context: dict[str, Any]) -> bytes:
    """The PDF of a frozen context, for the archive (PDF/A-3a) and for everybody (PDF/UA-1), its data attached.

    A context without a code gives a marked draft, without data. The seal comes after (`documents.letters.seal`).
    """
    kind = kind_of(context["kind"])
    with translation.override("fr"):
        html = get_template(kind.template).render(printed(context))
    return pdf_of(html, attached=[_data_of(context)] if context["code"] else [])


def pdf_of(html: str, *, attached: list[Attachment] | None = None) -> bytes:
    """A page of HTML made into a PDF in the letters' dress."""
    fonts, dress = _dress()
    pdf: bytes = HTML(string=html, url_fetcher=only_data()).write_pdf(
        stylesheets=[dress],
        font_config=fonts,
        color_profiles=archive.colours(),
        output_intent=archive.COLOURS,
        pdf_variant=archive.VARIANT,
        attachments=attached,
        finisher=archive.finish,
    )
    return pdf


def _data_of(context: dict[str, Any]) -> Attachment:
    """Dated like the letter, so that the same context always gives the same file."""
    day = dt.datetime.fromisoformat(context["at"])
    return Attachment(
        file_obj=io.BytesIO(as_json(context)),
        name=f"{context['number']}.json",
        description="Les données de ce courrier, pour les logiciels",
        created=day,
        modified=day,
        relationship="Data",
        url_fetcher=only_data(),
    )


def template_version(kind: LetterKind) -> str:
    """A hash of everything that gives the letter its words and its look, so that an issued letter names its model."""
    digest = hashlib.sha256(_fonts_digest().encode())
    for name in (*SHARED_PARTS, kind.template):
        origin = get_template(name).origin  # type: ignore[attr-defined]
        digest.update(Path(origin.name).read_bytes())
    digest.update((FOLDER / "letter.css").read_bytes())
    digest.update((FOLDER / "words.py").read_bytes())
    return digest.hexdigest()


def _dress() -> tuple[FontConfiguration, CSS]:
    """Fonts and style sheet, read once a thread: Pango's font map must not be shared between two."""
    if not hasattr(_local, "dress"):
        fonts = FontConfiguration()
        source = _font_faces() + (FOLDER / "letter.css").read_text(encoding="utf-8")
        _local.dress = fonts, CSS(string=source, font_config=fonts, url_fetcher=only_data())
    return _local.dress


@lru_cache(maxsize=1)
def _font_faces() -> str:
    face = "@font-face {{ font-family: '{}'; font-weight: {}; font-style: {}; src: url(data:font/ttf;base64,{}); }}\n"
    return "".join(
        face.format(family, weight, style, base64.b64encode((FOLDER / "fonts" / name).read_bytes()).decode())
        for family, weight, style, name in FONTS
    )


@lru_cache(maxsize=1)
def _fonts_digest() -> str:
    return hashlib.sha256(_font_faces().encode()).hexdigest()
