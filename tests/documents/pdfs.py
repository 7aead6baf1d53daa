"""Reading PDFs in tests: with pypdf and with poppler, since a letter must read the same in both."""

from __future__ import annotations

import io
import re
import subprocess
from typing import Any

from pypdf import PdfReader

from documents.letters.context import freeze
from documents.letters.matter import LetterMatter
from documents.letters.render import render

CODE = "0123456789ABCDEFGHJK"


def draw(kind: str, matter: LetterMatter, *, number: str = "L-2026-000123", code: str = CODE) -> bytes:
    return render(freeze(kind=kind, number=number, code=code, matter=matter))


def one_line(text: str) -> str:
    return re.sub(r"\s+", " ", text.replace("\u00ad", "")).strip()


def pages_of(pdf: bytes) -> list[str]:
    return [one_line(page.extract_text()) for page in PdfReader(io.BytesIO(pdf)).pages]


def text_of(pdf: bytes) -> str:
    return one_line(" ".join(pages_of(pdf)))


def poppler_text_of(pdf: bytes) -> str:
    return one_line(
        subprocess.run(["pdftotext", "-layout", "-", "-"], input=pdf, capture_output=True, check=True).stdout.decode()
    )


def catalogue_of(pdf: bytes) -> Any:
    return PdfReader(io.BytesIO(pdf)).root_object
