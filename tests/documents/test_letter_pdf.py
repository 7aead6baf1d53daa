"""The PDF itself: accessible, self-contained, deaf to what users type, and never fetching anything."""

from __future__ import annotations

import dataclasses
import http.server
import io
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader
from weasyprint import HTML
from weasyprint.urls import FatalURLFetchingError

from documents.letters import render as rendering
from documents.letters.kinds import KINDS
from documents.letters.orders import preview
from tests.documents.matters import BY_KIND, GRANT, GRANTED, PUT, REFUSAL, REFUSED, early
from tests.documents.pdfs import CODE, catalogue_of, draw, pages_of, poppler_text_of, text_of


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_letters_are_tagged_french_and_titled(kind: str) -> None:
    pdf = draw(kind, BY_KIND[kind])
    catalogue = catalogue_of(pdf)
    assert catalogue["/Lang"] == "fr"
    assert catalogue["/MarkInfo"]["/Marked"]
    assert "/StructTreeRoot" in catalogue
    metadata = catalogue["/Metadata"].get_data().decode()
    assert "pdfuaid" in metadata
    information = PdfReader(io.BytesIO(pdf)).metadata
    assert information is not None
    assert str(information.title).startswith(KINDS[kind].title)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_letters_embed_their_own_fonts_only(kind: str) -> None:
    fonts = PdfReader(io.BytesIO(draw(kind, BY_KIND[kind]))).pages[0]["/Resources"]["/Font"]
    for font in fonts.values():
        descendant = font.get_object()["/DescendantFonts"][0].get_object()
        assert "+Letter" in descendant["/BaseFont"]
        assert "/FontFile2" in descendant["/FontDescriptor"].get_object()


def test_every_page_bears_its_number_and_the_reference() -> None:
    pages = pages_of(draw("aac_grant", GRANT))
    assert len(pages) > 1
    for number, page in enumerate(pages, 1):
        assert f"Page {number} sur {len(pages)}" in page
        assert "D-2026-000042" in page


def test_the_qr_code_has_a_text_alternative() -> None:
    assert b"verify/" + CODE.encode() in _uncompressed_text(draw("aac_grant", GRANT))


def _uncompressed_text(pdf: bytes) -> bytes:
    """Alternative texts live in the structure tree, not on the page."""
    found: list[bytes] = []
    seen: set[int] = set()

    def walk(node: Any) -> None:
        node = node.get_object()
        if isinstance(node, list):
            for item in node:
                walk(item)
        elif isinstance(node, dict) and id(node) not in seen:
            seen.add(id(node))
            if "/Alt" in node:
                found.append(str(node["/Alt"]).encode())
            if "/K" in node:
                walk(node["/K"])

    walk(catalogue_of(pdf)["/StructTreeRoot"])
    return b" ".join(found)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_preview_is_marked_on_each_page_and_has_nothing_valid(kind: str) -> None:
    pdf = preview(kind=kind, matter=BY_KIND[kind])
    for page in pages_of(pdf):
        assert "PROJET" in page
    text = text_of(pdf)
    # A letter about a title already granted names it; one that grants has no number to give yet.
    assert ("AAC-2026-000123" in text) == KINDS[kind].on_title
    assert "L-2026" not in text
    assert "Code de vérification" not in text


def test_a_final_letter_is_not_marked() -> None:
    assert "PROJET" not in poppler_text_of(draw("aac_grant", GRANT))


HOSTILE = (
    "<b>gras</b> <script>alert(1)</script> {{ m.patient.initials }} {% now 'Y' %} &amp; "
    "</div></body> 😀 👩‍⚕️ 漢字 العربية ‮renversé\x00\x07 ≤ → α " + "w" * 900
)


def test_what_is_typed_shows_as_text_whatever_it_is() -> None:
    decision = dataclasses.replace(REFUSED, reasons=HOSTILE, conditions=HOSTILE)
    text = text_of(draw("aac_refusal", dataclasses.replace(REFUSAL, decision=decision, posology=HOSTILE)))
    assert text.count("<b>gras</b> <script>alert(1)</script> {{ m.patient.initials }} {% now 'Y' %} &amp;") == 3
    assert "Voies et délais de recours" in text
    # No font of ours draws an ideogram, an emoji or Arabic: a box tells that something stood there.
    assert "\u25a1\u25a1 \u25a1\u25a1" in text
    assert "\u202e" not in text


def test_a_very_long_text_runs_over_pages_and_loses_nothing() -> None:
    words = [f"mot{number}" for number in range(3000)]
    decision = dataclasses.replace(REFUSED, reasons=" ".join(words))
    pdf = draw("aac_refusal", dataclasses.replace(REFUSAL, decision=decision, posology=" ".join(words[:500])))
    seen = set(text_of(pdf).split())
    assert [word for word in words if word not in seen] == []
    assert len(pages_of(pdf)) > 4


def test_a_letter_prints_its_user_s_words_unbroken_by_a_missing_put() -> None:
    text = text_of(draw("aac_grant", dataclasses.replace(GRANT, put=None)))
    assert "consultable sur le site internet de l’Agence. Il doit être lu et respecté" in text


@pytest.fixture
def listener() -> Iterator[tuple[str, list[str]]]:
    """A web server that notes what is asked of it; /moved answers a redirect to itself."""
    asked: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(302)
            self.send_header("Location", "/elsewhere")
            self.end_headers()

        def log_message(self, *arguments: Any) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    thread.join()
    server.server_close()


VECTORS = (
    '<link rel="stylesheet" href="{web}/a.css">',
    '<link rel="attachment" href="{file}">',
    "<style>@import url({web}/b.css);</style>",
    "<style>@font-face {{ font-family: z; src: url({web}/c.ttf) }} p {{ font-family: z }}</style><p>x</p>",
    '<p style="background: url({web}/d.png)">x</p>',
    '<ul><li style="list-style-image: url({file})">x</li></ul>',
    '<p style="content: url({web}/e.png)">x</p>',
    '<img alt="a" src="{web}/moved">',
    '<img alt="b" src="{file}">',
    '<object data="{web}/f.svg"></object>',
    '<embed src="{web}/g.svg">',
    '<svg xmlns="http://www.w3.org/2000/svg"><image href="{web}/h.png" width="9" height="9"/></svg>',
)


@pytest.mark.parametrize("vector", VECTORS)
def test_nothing_is_fetched_from_outside(vector: str, listener: tuple[str, list[str]], tmp_path: Path) -> None:
    """Either the address is passed over or the letter is not made at all; it is never asked for."""
    address, asked = listener
    secret = tmp_path / "secret.svg"
    secret.write_text('<svg xmlns="http://www.w3.org/2000/svg"><text y="20">SECRETFILE</text></svg>')
    body = vector.format(web=address, file=secret.as_uri())
    try:
        pdf = rendering.pdf_of(f'<html lang="fr"><head><title>x</title></head><body>{body}</body></html>')
    except FatalURLFetchingError:
        pdf = b""
    assert asked == []
    assert b"SECRETFILE" not in pdf
    assert not pdf or "SECRETFILE" not in poppler_text_of(pdf)


def test_the_listener_would_have_heard(listener: tuple[str, list[str]]) -> None:
    """The control of the test above: without our fetcher, the same page does ask."""
    address, asked = listener
    HTML(string=f'<img alt="a" src="{address}/moved">').write_pdf()
    assert asked


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/x", "https://127.0.0.1:9/x", "file:///etc/passwd", "ftp://h/x"])
def test_the_fetcher_refuses_every_address_but_data(url: str) -> None:
    with pytest.raises(ValueError, match="disallowed"):
        rendering.only_data().fetch(url)


def test_an_address_typed_by_a_user_is_a_link_and_not_a_resource(listener: tuple[str, list[str]]) -> None:
    address, asked = listener
    put = dataclasses.replace(PUT, url=f"{address}/put")
    draw("aac_grant", dataclasses.replace(GRANT, put=put, decision=dataclasses.replace(GRANTED, reasons=address)))
    assert asked == []


def test_the_template_version_follows_the_template(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    before = {code: rendering.template_version(kind) for code, kind in KINDS.items()}
    assert len(set(before.values())) == len(KINDS)
    assert before == {code: rendering.template_version(kind) for code, kind in KINDS.items()}
    for name in ("letter.css", "words.py"):
        (tmp_path / name).write_bytes((rendering.FOLDER / name).read_bytes() + b"\n")
    monkeypatch.setattr(rendering, "FOLDER", tmp_path)
    after = {code: rendering.template_version(kind) for code, kind in KINDS.items()}
    assert not set(before.values()) & set(after.values())


def test_a_demonstration_site_marks_its_letters_and_a_real_one_does_not(settings: Any) -> None:
    settings.DEMO = True
    for page in pages_of(draw("aac_grant", GRANT)):
        assert "DÉMONSTRATION" in page
    settings.DEMO = False
    assert "DÉMONSTRATION" not in text_of(draw("aac_grant", GRANT))


def test_the_verification_block_never_stands_alone_on_a_page() -> None:
    for length in range(0, 1500, 300):
        reasons = "Motif. " * (length // 7)
        decision = dataclasses.replace(REFUSED, reasons=reasons or "x")
        last = pages_of(draw("aac_refusal", dataclasses.replace(REFUSAL, decision=decision)))[-1]
        assert "Joignez la présente décision" in last, length


@pytest.mark.parametrize("kind", sorted(code for code, kind in KINDS.items() if not kind.on_title))
def test_a_preview_is_drawn_before_anything_is_proposed(kind: str) -> None:
    asked = dataclasses.replace(BY_KIND[kind], decision=None, title=None, put=None)
    if asked.early_access is not None:
        asked = early(asked, missing=(), ansm_opinion=None, findings=(), official_number="", sat_on=None)
    assert "PROJET" in text_of(preview(kind=kind, matter=asked))
