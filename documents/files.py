"""What an upload really is. The name and the type a browser announces are never believed; the content is read."""

from __future__ import annotations

import hashlib
import warnings
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, Final

import filetype
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _
from PIL import Image
from pypdf import PdfReader
from pypdf.generic import DictionaryObject

from documents.active_pdf import PageActs, document_acts
from documents.errors import BadFile
from workflows.identity import holds_national_number
from workflows.types import Reason

PDF: Final = "application/pdf"
PNG: Final = "image/png"
JPEG: Final = "image/jpeg"
DOCX: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
ODT: Final = "application/vnd.oasis.opendocument.text"
TEXT: Final = "text/plain"
# Sniffed type -> the endings a download may bear, the first being the usual one.
ENDINGS: Final = {
    PDF: (".pdf",),
    PNG: (".png",),
    JPEG: (".jpg", ".jpeg"),
    DOCX: (".docx",),
    ODT: (".odt",),
    TEXT: (".txt",),
}
# Endings that say what a file is: content of another kind under one of them is a mistake, or a trap.
TELLING_ENDINGS: Final = frozenset(
    {ending for endings in ENDINGS.values() for ending in endings}
    | {".svg", ".html", ".htm", ".xhtml", ".xml", ".js", ".doc", ".xls", ".xlsx", ".zip", ".gif", ".tif", ".tiff"}
)
# 200 inches, the largest page PDF readers promise to open.
LARGEST_SIDE_POINTS: Final = 14_400
UNZIPPED_TIMES: Final = 100
UNZIPPED_ENTRIES: Final = 5_000


@dataclass(frozen=True)
class Examined:
    """What was found out about a file: `name` is shown to users only, `size` is in bytes."""

    name: str
    content_type: str
    size: int
    sha256: str


def examine(upload: UploadedFile) -> Examined:
    """Reads the file through. Raises `BadFile` with a reason that tells what to do."""
    size = upload.size or 0
    if size == 0:
        raise _refusal("file_empty", _("This file is empty. Choose it again, or check it opens on your computer."))
    if size > settings.ATTACHMENT_MAX_BYTES:
        raise _refusal(
            "file_too_big",
            _("This file weighs %(size)s; the most is %(limit)s. Split it, or scan it again in lower quality.")
            % {"size": filesizeformat(size), "limit": filesizeformat(settings.ATTACHMENT_MAX_BYTES)},
        )
    content_type = _sniff(upload)
    name = _shown_name(upload.name or "", content_type)
    checks = {PDF: _check_pdf, PNG: _check_image, JPEG: _check_image, DOCX: _check_office, ODT: _check_office}
    if content_type in checks:
        checks[content_type](upload)
    digest = hashlib.sha256()
    upload.seek(0)
    for chunk in upload.chunks():
        digest.update(chunk)
    upload.seek(0)
    return Examined(name, content_type, size, digest.hexdigest())


def _refusal(code: str, message: str) -> BadFile:
    return BadFile((Reason(code, message, "file"),))


def _shown_name(typed: str, content_type: str) -> str:
    """The user's name for it without folders or control characters, ending as its content demands.

    Raises `BadFile` for a national number in it, and for an ending that its content contradicts.
    """
    name = "".join(character for character in PurePosixPath(typed.replace("\\", "/")).name if character.isprintable())
    if holds_national_number(name):
        raise _refusal(
            "national_number",
            _(
                "The name of this file holds what looks like a national health number (NIR or INS). Rename the file "
                "without it, nor the patient's name, then add it again."
            ),
        )
    endings = ENDINGS[content_type]
    announced = PurePosixPath(name).suffix.lower()
    if announced in TELLING_ENDINGS - set(endings):
        raise _refusal(
            "file_ending_contradicts",
            _(
                "The name of this file ends in %(announced)s but its content is of another kind (%(found)s). Open it "
                "with the program that made it, print or export it as PDF, then add the copy."
            )
            % {"announced": announced, "found": endings[0]},
        )
    stem, ending = (name, "") if name.lower().endswith(endings) else (name, endings[0])
    return (stem[-180:] or "document") + ending


def _sniff(upload: UploadedFile) -> str:
    upload.seek(0)
    head = upload.read(8192)
    upload.seek(0)
    if head.lstrip()[:5] == b"%PDF-":
        return PDF
    guess = filetype.guess_mime(head)
    if guess in (PNG, JPEG):
        return guess
    if head.startswith(b"PK\x03\x04"):
        return _sniff_zip(upload)
    if guess is None and _reads_as_text(upload):
        return TEXT
    raise _refusal(
        "file_type_refused",
        _(
            "This kind of file is not accepted. Send a PDF, a PNG or JPEG image, a DOCX or ODT document or a plain "
            "text; from another program, print or export it as PDF."
        ),
    )


def _sniff_zip(upload: UploadedFile) -> str:
    advice = _("This document cannot be opened. Export it as PDF and send that.")
    with _readable("document_unreadable", advice), zipfile.ZipFile(upload) as archive:
        names = set(archive.namelist())
        mimetype = archive.read("mimetype")[:100] if _small(archive, "mimetype") else b""
    if "word/document.xml" in names and "[Content_Types].xml" in names:
        return DOCX
    if mimetype.strip() == ODT.encode():
        return ODT
    raise _refusal(
        "file_type_refused",
        _("Archives and spreadsheets are not accepted. Send each document by itself, as PDF when you can."),
    )


def _small(archive: zipfile.ZipFile, name: str) -> bool:
    return name in archive.namelist() and archive.getinfo(name).file_size < 200


def _reads_as_text(upload: UploadedFile) -> bool:
    upload.seek(0)
    content = upload.read()
    upload.seek(0)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        # Old Windows programs in French.
        text = content.decode("cp1252", "replace")
    return "\ufffd" not in text and not any(c < " " and c not in "\t\n\r\f" for c in text)


def _check_office(upload: UploadedFile) -> None:
    with (
        _readable("document_unreadable", _("This document cannot be opened. Export it as PDF and send that.")),
        zipfile.ZipFile(upload) as archive,
    ):
        entries = archive.infolist()
        unzipped = sum(entry.file_size for entry in entries)
        macros = any(PurePosixPath(entry.filename).name.lower() == "vbaproject.bin" for entry in entries)
        encrypted = any(entry.flag_bits & 1 for entry in entries)
    if encrypted:
        raise _refusal("document_encrypted", _("This document asks for a password. Remove it and send it again."))
    if macros:
        raise _refusal("document_macros", _("This document holds macros. Export it as PDF and send that."))
    if len(entries) > UNZIPPED_ENTRIES or unzipped > UNZIPPED_TIMES * (upload.size or 0) + 1_000_000:
        raise _refusal("document_too_heavy", _("Once opened this document is far too big. Export it as PDF."))


def _check_image(upload: UploadedFile) -> None:
    advice = _("This image cannot be read to the end. Open it on your computer, save it again and send that.")
    with _readable("image_unreadable", advice), warnings.catch_warnings():
        # Pillow warns of large images by itself; the limit below is ours.
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        upload.seek(0)
        try:
            with Image.open(upload, formats=("PNG", "JPEG")) as image:
                width, height = image.size
                image.verify()
        except Image.DecompressionBombError:
            width = height = settings.ATTACHMENT_MAX_PIXELS
    if width * height > settings.ATTACHMENT_MAX_PIXELS:
        raise _refusal(
            "image_too_large",
            _("This image has far too many pixels (the most is %(limit)d million). Make it smaller and send it again.")
            % {"limit": settings.ATTACHMENT_MAX_PIXELS // 1_000_000},
        )


def _check_pdf(upload: UploadedFile) -> None:
    advice = _("This PDF is damaged: it cannot be read. Open it on your computer, print it as PDF and send that.")
    with _readable("pdf_unreadable", advice):
        upload.seek(0)
        reader = PdfReader(upload)
        encrypted = reader.is_encrypted
    if encrypted:
        raise _refusal(
            "pdf_encrypted",
            _("This PDF is protected by a password. Print it as PDF without the protection and send that."),
        )
    with _readable("pdf_unreadable", advice):
        pages, page_acts = 0, PageActs()
        acts = document_acts(reader)
        for page in _pages(reader):
            pages += page.get("/Type") != "/Pages"
            _check_page_size(page)
            acts = acts or page_acts(page)
    if acts:
        raise _refusal(
            "pdf_active",
            _("This PDF holds scripts, actions or other files. Print it as PDF, then attach the copy."),
        )
    if pages == 0:
        raise _refusal("pdf_unreadable", advice)


def _pages(reader: PdfReader) -> Iterator[DictionaryObject]:
    """The nodes of the page tree, counted as they come: a tree may loop, or name one branch a million times."""
    limit = settings.ATTACHMENT_MAX_PAGES
    waiting: list[Any] = [reader.root_object["/Pages"]]
    seen = 0
    while waiting:
        node = waiting.pop().get_object()
        seen += 1
        if seen + len(waiting) > 2 * limit or (node.get("/Type") == "/Pages" and int(node.get("/Count", 0)) > limit):
            raise _refusal(
                "too_many_pages",
                _("This PDF has too many pages (the most is %(limit)d). Send only the pages that matter.")
                % {"limit": limit},
            )
        waiting.extend(node.get("/Kids", ()))
        yield node


def _check_page_size(page: DictionaryObject) -> None:
    box = page.get("/MediaBox")
    if box is None:
        return
    left, bottom, right, top = (float(side.get_object()) for side in box.get_object())
    if max(abs(right - left), abs(top - bottom)) > LARGEST_SIDE_POINTS:
        raise _refusal("page_too_large", _("A page of this PDF is larger than any paper. Print it as PDF on A4."))


@contextmanager
def _readable(code: str, advice: str) -> Iterator[None]:
    """Whatever a reader raises on a hostile or damaged file is one thing to its sender: it cannot be read."""
    try:
        yield
    except BadFile:
        raise
    except Exception as error:
        raise _refusal(code, advice) from error


def download_type(content_type: str) -> str:
    """The type to announce for stored content."""
    return "text/plain; charset=utf-8" if content_type == TEXT else content_type
