"""Each kind of bad file is refused with its own message, which says what to do; good ones are told by content."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from pypdf import PdfWriter
from pypdf.generic import ArrayObject, DictionaryObject, FloatObject, NameObject, NumberObject, TextStringObject

from documents import files
from documents.errors import BadFile
from documents.files import DOCX, JPEG, ODT, PDF, PNG, TEXT, examine

Change = Callable[[PdfWriter], None]


def pdf(pages: int = 1, *, password: str = "", side: float = 595, change: Change | None = None) -> bytes:
    writer = PdfWriter()
    for _page in range(pages):
        writer.add_blank_page(side, 842)
    if change:
        change(writer)
    if password:
        writer.encrypt(password, algorithm="AES-256")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def image(kind: str, size: tuple[int, int] = (20, 20)) -> bytes:
    out = io.BytesIO()
    Image.new("1" if kind == "PNG" else "L", size).save(out, kind)
    return out.getvalue()


def archive(entries: Iterable[tuple[str, bytes]]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in entries:
            made.writestr(name, content)
    return out.getvalue()


def docx(*more: tuple[str, bytes]) -> bytes:
    return archive([("[Content_Types].xml", b"<Types/>"), ("word/document.xml", b"<w/>"), *more])


def upload(content: bytes, name: str = "avis.bin") -> SimpleUploadedFile:
    # The announced type is a lie on purpose: nothing may rest on it.
    return SimpleUploadedFile(name, content, content_type="application/x-lie")


def reasons_for(content: bytes, name: str = "avis.bin") -> list[str]:
    with pytest.raises(BadFile) as caught:
        examine(upload(content, name))
    for reason in caught.value.reasons:
        assert len(str(reason.message)) > 40, "a message says what to do"
        assert reason.field == "file"
    return [reason.code for reason in caught.value.reasons]


GOOD: dict[str, tuple[Callable[[], bytes], str, str]] = {
    "pdf": (pdf, PDF, ".pdf"),
    "png": (lambda: image("PNG"), PNG, ".png"),
    "jpeg": (lambda: image("JPEG"), JPEG, ".jpg"),
    "docx": (docx, DOCX, ".docx"),
    "odt": (lambda: archive([("mimetype", ODT.encode()), ("content.xml", b"<x/>")]), ODT, ".odt"),
    "utf-8": ("Compte rendu de RCP du 3 mars : œdème".encode, TEXT, ".txt"),
    "windows text": (lambda: "Fièvre à 39 °C".encode("cp1252"), TEXT, ".txt"),
    "html": (lambda: b"<html><script>alert(1)</script></html>", TEXT, ".txt"),
}


@pytest.mark.parametrize("case", GOOD)
def test_a_file_is_known_by_its_content(case: str) -> None:
    make, expected, ending = GOOD[case]
    content = make()
    found = examine(upload(content, "../dossier\\Avis de la RCP.v2"))
    assert found.content_type == expected
    assert found.name == "Avis de la RCP.v2" + ending
    assert (found.size, found.sha256) == (len(content), hashlib.sha256(content).hexdigest())


def test_a_right_ending_is_kept_and_a_nameless_file_gets_a_name() -> None:
    assert examine(upload(pdf(), "RCP.PDF")).name == "RCP.PDF"
    assert examine(upload(image("JPEG"), "photo.jpeg")).name == "photo.jpeg"
    nameless = upload(b"note")
    nameless._name = None
    assert examine(nameless).name == "document.txt"
    assert examine(upload(b"note", "a\u202eb\x07c")).name == "abc.txt"


def _kids_repeated(writer: PdfWriter) -> None:
    """One page named a thousand times: a small file, a huge document."""
    tree = writer.root_object["/Pages"].get_object()
    tree[NameObject("/Kids")] = ArrayObject(list(tree["/Kids"]) * 1200)
    tree[NameObject("/Count")] = NumberObject(1)


def _tree_loops(writer: PdfWriter) -> None:
    tree = writer.root_object["/Pages"].get_object()
    tree[NameObject("/Kids")] = ArrayObject([writer.root_object.raw_get("/Pages")])


BAD: dict[str, tuple[Callable[[], bytes], str]] = {
    "nothing": (bytes, "file_empty"),
    "pdf in name only": (lambda: b"%PDF-1.7\nnothing of a PDF follows", "pdf_unreadable"),
    "pdf cut short": (lambda: pdf()[:200], "pdf_unreadable"),
    "pdf without pages": (lambda: pdf(0), "pdf_unreadable"),
    "pdf with a password": (lambda: pdf(password="secret"), "pdf_encrypted"),
    "pdf of 501 pages": (lambda: pdf(501), "too_many_pages"),
    "pdf naming one page 1200 times": (lambda: pdf(change=_kids_repeated), "too_many_pages"),
    "pdf whose tree loops": (lambda: pdf(change=_tree_loops), "too_many_pages"),
    "pdf larger than paper": (lambda: pdf(side=20_000), "page_too_large"),
    "png cut short": (lambda: image("PNG")[:40], "image_unreadable"),
    "jpeg cut short": (lambda: image("JPEG")[:60], "image_unreadable"),
    "png bomb": (lambda: image("PNG", (20_000, 20_000)), "image_too_large"),
    "png too large": (lambda: image("PNG", (9_500, 9_500)), "image_too_large"),
    "docx with macros": (lambda: docx(("word/vbaProject.bin", b"macro")), "document_macros"),
    "docx bomb": (lambda: docx(("word/media/zeros", bytes(60_000_000))), "document_too_heavy"),
    "docx cut short": (lambda: docx()[:60], "document_unreadable"),
    "zip": (lambda: archive([("virus.exe", b"MZ")]), "file_type_refused"),
    "program": (lambda: b"MZ\x90\x00" + bytes(100), "file_type_refused"),
    "gif": (lambda: b"GIF89a" + bytes(100), "file_type_refused"),
    "noise": (lambda: bytes(range(256)), "file_type_refused"),
}


@pytest.mark.parametrize("case", BAD)
def test_each_bad_file_has_its_own_answer(case: str) -> None:
    make, code = BAD[case]
    assert reasons_for(make()) == [code]


@pytest.mark.parametrize(
    "name", ["Jean DUPONT 1850575123456 12.pdf", "2 85 05 2A 123 456.pdf", "IRM_1850575123456.pdf"]
)
def test_a_name_that_holds_a_national_number_is_refused(name: str) -> None:
    assert reasons_for(pdf(), name) == ["national_number"]
    assert examine(upload(pdf(), "IRM 2026-03-01 12h30.pdf")).name == "IRM 2026-03-01 12h30.pdf"


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"<html><script>alert(1)</script></html>", "avis.pdf"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", "image.SVG"),
        (b"note", "avis.html"),
        (pdf(), "avis.docx"),
    ],
)
def test_an_ending_that_the_content_contradicts_is_refused(content: bytes, name: str) -> None:
    assert reasons_for(content, name) == ["file_ending_contradicts"]


def _dictionary(**entries: Any) -> DictionaryObject:
    return DictionaryObject({NameObject(f"/{key}"): value for key, value in entries.items()})


SCRIPT = _dictionary(S=NameObject("/JavaScript"), JS=TextStringObject("app.alert(1)"))
LAUNCH = _dictionary(S=NameObject("/Launch"), F=TextStringObject("calc.exe"))
SHOW_PAGE = _dictionary(S=NameObject("/GoTo"), D=TextStringObject("first"))


def _root(key: str, value: Any) -> Change:
    return lambda writer: writer.root_object.update({NameObject(key): value})


def _page(key: str, value: Any) -> Change:
    return lambda writer: writer.pages[0].update({NameObject(key): value})


def _annotation(**entries: Any) -> Change:
    return _page("/Annots", ArrayObject([_dictionary(Subtype=NameObject("/Link"), **entries)]))


ACTIVE: dict[str, Change] = {
    "script on opening": _root("/OpenAction", SCRIPT),
    "program on opening": _root("/OpenAction", LAUNCH),
    "script after a page": _root("/OpenAction", _dictionary(S=NameObject("/GoTo"), Next=ArrayObject([SCRIPT]))),
    "actions of the document": _root("/AA", _dictionary(WC=SCRIPT)),
    "actions of a page": _page("/AA", _dictionary(O=SCRIPT)),
    "scripts by name": _root(
        "/Names", _dictionary(JavaScript=_dictionary(Names=ArrayObject([TextStringObject("a"), SCRIPT])))
    ),
    "a file inside": lambda writer: writer.add_attachment("virus.exe", b"MZ"),
    "link that starts a program": _annotation(A=LAUNCH),
    "field with actions": _annotation(AA=_dictionary(K=SCRIPT)),
}


@pytest.mark.parametrize("case", ACTIVE)
def test_a_pdf_that_acts_is_refused(case: str) -> None:
    assert reasons_for(pdf(change=ACTIVE[case])) == ["pdf_active"]


@pytest.mark.parametrize(
    "change",
    [
        _root("/OpenAction", SHOW_PAGE),
        _root("/OpenAction", ArrayObject([NumberObject(0), NameObject("/Fit")])),
        _annotation(A=_dictionary(S=NameObject("/URI"), URI=TextStringObject("https://ansm.sante.fr"))),
    ],
)
def test_a_pdf_that_opens_at_a_page_or_links_to_a_site_is_fine(change: Change) -> None:
    assert examine(upload(pdf(change=change))).content_type == PDF


def test_a_file_over_the_limit_is_refused_before_it_is_read(settings: Any) -> None:
    settings.ATTACHMENT_MAX_BYTES = 10
    assert reasons_for(b"eleven byte") == ["file_too_big"]
    assert examine(upload(b"ten bytes!")).size == 10


def test_as_many_pages_as_the_limit_are_fine() -> None:
    assert examine(upload(pdf(500))).content_type == PDF


def test_a_page_may_have_no_size_of_its_own() -> None:
    def inherit(writer: PdfWriter) -> None:
        tree = writer.root_object["/Pages"].get_object()
        tree[NameObject("/MediaBox")] = ArrayObject([FloatObject(side) for side in (0, 0, 595, 842)])
        del tree["/Kids"][0].get_object()["/MediaBox"]

    assert examine(upload(pdf(change=inherit))).content_type == PDF


@settings(max_examples=60, deadline=None)
@given(st.one_of(st.binary(max_size=400), st.binary(max_size=200).map(lambda tail: b"%PDF-1.7\n" + tail)))
def test_no_content_makes_it_fail_otherwise(content: bytes) -> None:
    try:
        found = examine(upload(content))
    except BadFile:
        return
    assert found.content_type in files.ENDINGS


SOUND = [pdf(2), image("PNG"), image("JPEG"), docx()]


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 400), st.binary(min_size=1, max_size=8), st.sampled_from(SOUND))
def test_no_damage_makes_it_fail_otherwise(where: int, damage: bytes, content: bytes) -> None:
    try:
        found = examine(upload(content[:where] + damage + content[where + len(damage) :]))
    except BadFile:
        return
    assert found.content_type in files.ENDINGS
