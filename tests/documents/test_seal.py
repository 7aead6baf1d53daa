"""Every issued letter is sealed over its whole content, archivable, and carries what it decides as data."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import json
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from asn1crypto import cms
from django.test import Client
from pyhanko.sign.diff_analysis import ModificationLevel
from pyhanko.sign.validation import SignatureCoverageLevel
from pypdf import PdfReader, PdfWriter

from documents.errors import SealUnavailable
from documents.letters import orders, sealkey
from documents.letters.context import freeze
from documents.letters.kinds import KINDS
from documents.letters.orders import preview
from documents.letters.render import render
from documents.letters.seal import REASON, sealed
from documents.models import IssuedLetter, LetterOrder
from dossiers.models import Title
from tests.documents.matters import AT, BY_KIND, GRANT, PERIOD
from tests.documents.pdfs import CODE, catalogue_of, draw, pages_of, poppler_text_of, text_of
from tests.documents.seals import judged, pdfsig, signature_of

Order = Callable[..., LetterOrder]
MINUTE = dt.timedelta(minutes=1)
NAMES = {
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "pdfaid": "http://www.aiim.org/pdfa/ns/id/",
    "pdfuaid": "http://www.aiim.org/pdfua/ns/id/",
    "pdfaSchema": "http://www.aiim.org/pdfa/ns/schema#",
}


@pytest.fixture
def letter(order_letter: Order, title: Title) -> IssuedLetter:
    order_letter("aac_grant", title=title)
    orders.make_pending(limit=1, at=AT)
    return IssuedLetter.objects.get()


@pytest.fixture(scope="module")
def pdf() -> bytes:
    """A sealed grant, made once: the tests below only look at it."""
    return sealed(draw("aac_grant", GRANT), sealkey.current_seal(at=AT))


# ----------------------------------------------------------------------------------------------------- the seal


def test_poppler_finds_a_valid_seal_over_the_whole_document(letter: IssuedLetter, tmp_path: Path) -> None:
    said = pdfsig(letter.pdf, tmp_path)
    assert said.count("Signature #") == 1
    assert "Signature Validation: Signature is Valid." in said
    assert "Total document signed" in said
    assert "ETSI.CAdES.detached" in said
    assert "Signer Certificate Common Name: Cachet de DÉMONSTRATION" in said


def test_pyhanko_trusts_the_seal_when_it_trusts_the_authority(letter: IssuedLetter) -> None:
    verdict = judged(letter.pdf)
    assert (verdict.intact, verdict.valid, verdict.trusted) == (True, True, True)
    assert verdict.coverage == SignatureCoverageLevel.ENTIRE_FILE
    assert verdict.modification_level == ModificationLevel.NONE
    assert verdict.bottom_line
    assert verdict.signing_cert.sha256.hex() == letter.sealed_with
    assert verdict.signing_cert.subject.native["common_name"] in letter.sealed_by


def test_the_seal_says_what_it_is_and_has_no_place_on_the_page(pdf: bytes) -> None:
    signature = signature_of(pdf)
    said = signature.sig_object
    assert said["/Reason"] == REASON
    assert said["/Location"] == "France"
    assert said["/Name"].endswith("Cachet de DÉMONSTRATION, sans valeur juridique")
    left, bottom, right, top = signature.sig_field["/Rect"]
    assert (left, bottom) == (right, top), "no area, nothing drawn"
    assert int(signature.sig_field["/F"]) & 0b111 == 0b100, "PDF/A: printed and not hidden"
    assert signature.sig_field["/TU"]


def test_the_baseline_is_b_b(pdf: bytes) -> None:
    signer = signature_of(pdf).signer_info
    attributes = {attribute["type"].native for attribute in signer["signed_attrs"]}
    assert attributes >= {"content_type", "message_digest", "signing_certificate_v2"}
    assert "signing_time" not in attributes, "PAdES puts it in the dictionary of the signature"
    assert not list(signer["unsigned_attrs"].native or [])


def test_sealing_changes_nothing_one_reads(letter: IssuedLetter) -> None:
    before = render(letter.order.context)
    assert pages_of(letter.pdf) == pages_of(before)
    assert poppler_text_of(letter.pdf) == poppler_text_of(before)
    assert letter.pdf.startswith(before), "the seal is added after the letter, which keeps its bytes"
    assert letter.sha256 == hashlib.sha256(letter.pdf).hexdigest()


@pytest.mark.parametrize("place", range(12))
def test_a_changed_byte_breaks_the_seal(pdf: bytes, place: int, tmp_path: Path) -> None:
    first, length, _second, _rest = signature_of(pdf).byte_range
    offset = first + 20 + (length - 40) * place // 12
    altered = bytearray(pdf)
    altered[offset] ^= 1
    assert "Signature is Valid" not in pdfsig(bytes(altered), tmp_path)


def test_a_byte_changed_inside_a_page_is_seen_by_pyhanko_too(pdf: bytes) -> None:
    offset = pdf.index(b"stream\n") + 40
    verdict = judged(pdf[:offset] + bytes([pdf[offset] ^ 1]) + pdf[offset + 1 :])
    assert (verdict.intact, verdict.bottom_line) == (False, False)


def test_what_is_added_after_the_seal_is_seen(pdf: bytes, tmp_path: Path) -> None:
    writer, added = PdfWriter(io.BytesIO(pdf), incremental=True), io.BytesIO()
    writer.add_annotation(0, _note())
    writer.write(added)
    assert added.getvalue().startswith(pdf)
    said = pdfsig(added.getvalue(), tmp_path)
    assert "Not total document signed" in said
    assert not judged(added.getvalue()).bottom_line


def _note() -> Any:
    from pypdf.annotations import FreeText

    return FreeText(text="Accordé", rect=(50, 550, 200, 650))


def test_a_preview_is_neither_sealed_nor_has_data() -> None:
    catalogue = catalogue_of(preview(kind="aac_grant", matter=GRANT))
    assert "/AcroForm" not in catalogue
    assert "/AF" not in catalogue
    assert "/EmbeddedFiles" not in catalogue.get("/Names", {})


# -------------------------------------------------------------------------------------------------- the archive


def packet_of(pdf: bytes) -> ET.Element:
    return ET.fromstring(catalogue_of(pdf)["/Metadata"].get_data().decode())  # noqa: S314 - our own


def claims_of(pdf: bytes) -> dict[str, str]:
    found: dict[str, str] = {}
    for description in packet_of(pdf).iterfind("rdf:RDF/rdf:Description", NAMES):
        found |= description.attrib
    return found


@pytest.mark.parametrize("kind", sorted(BY_KIND))
def test_a_sealed_letter_says_it_is_an_archive_and_accessible(kind: str) -> None:
    pdf = sealed(draw(kind, BY_KIND[kind]), sealkey.current_seal(at=AT))
    claims = claims_of(pdf)
    assert (claims[f"{{{NAMES['pdfaid']}}}part"], claims[f"{{{NAMES['pdfaid']}}}conformance"]) == ("3", "A")
    assert claims[f"{{{NAMES['pdfuaid']}}}part"] == "1"
    catalogue = catalogue_of(pdf)
    assert pdf.startswith(b"%PDF-1.7")
    assert "/Version" not in catalogue, "PDF/A-3 is of PDF 1.7"
    assert catalogue["/Extensions"].keys() == {"/ESIC"}
    assert catalogue["/OutputIntents"][0]["/DestOutputProfile"].get_object()["/N"] == 3
    assert catalogue["/MarkInfo"]["/Marked"]
    assert catalogue["/Lang"] == "fr"
    assert catalogue["/ViewerPreferences"]["/DisplayDocTitle"]
    assert "/ID" in PdfReader(io.BytesIO(pdf)).trailer


def test_the_accessibility_claim_comes_with_its_schema(pdf: bytes) -> None:
    """PDF/A refuses a property it does not know, unless the packet describes it."""
    described = [item.text for item in packet_of(pdf).iter(f"{{{NAMES['pdfaSchema']}}}namespaceURI")]
    assert described == [NAMES["pdfuaid"]]
    assert len(packet_of(pdf).findall("rdf:RDF", NAMES)) == 1


def test_sealing_leaves_the_metadata_alone(pdf: bytes) -> None:
    before = draw("aac_grant", GRANT)
    assert ET.tostring(packet_of(pdf)) == ET.tostring(packet_of(before))
    assert PdfReader(io.BytesIO(pdf)).metadata == PdfReader(io.BytesIO(before)).metadata


def test_the_same_context_always_gives_the_same_letter() -> None:
    assert draw("aac_grant", GRANT) == draw("aac_grant", GRANT)


# ----------------------------------------------------------------------------------------------------- the data


def attached(pdf: bytes) -> dict[str, Any]:
    files = PdfReader(io.BytesIO(pdf)).attachments
    ((name, (content,)),) = files.items()
    return {"name": name, **json.loads(content)}


def test_the_data_of_a_grant_read_back_as_the_facts_of_its_order(letter: IssuedLetter) -> None:
    order = letter.order
    assert attached(letter.pdf) == {
        "name": f"{order.number}.json",
        "schema": "earlyaccess.letter",
        "version": 1,
        "demonstration": True,
        "letter": {
            "number": order.number,
            "kind": "aac_grant",
            "name": "Décision portant autorisation d'accès compassionnel",
            "dated": "2026-11-23",
            "verification_code": order.verification_code,
            "verification_url": order.context["url"],
        },
        "dossier": {
            "reference": "D-2026-000042",
            "filing_number": "AACD-2026-000107",
            "procedure": "aac",
            "kind": "first",
            "filed_on": "2026-11-01",
        },
        "medicine": {
            "name": "ŒSOPHALGIDE β-2b",
            "inn": "œsophalgide",
            "code_name": "EAS-7781",
            "form": "solution à diluer pour perfusion",
            "strength": "200 µg/mL",
            "restricted_class": "médicament réservé à l'usage hospitalier",
        },
        "early_access": None,
        "establishment": {"name": "CHU de Saint-Éloi", "finess_et": "750712184", "finess_ej": "750000018"},
        "title": {
            "number": PERIOD.number,
            "starts_on": "2026-11-23",
            "ends_on": "2027-11-22",
            "renews": None,
        },
        "decision": {
            "outcome": "grant",
            "automatic": False,
            "signed_on": "2026-11-23",
            "signatory": "Mme Inès Bourgeois",
            "signatory_quality": "Cheffe du pôle des accès dérogatoires",
            "delegation": {
                "delegator_name": "M. Paul Durand",
                "delegator_title": "directeur général",
                "reference": "DG n° 2026-114 du 1er septembre 2026",
            },
        },
        "act": None,
    }


def test_the_data_are_the_document_s_own_and_listed_once(pdf: bytes) -> None:
    catalogue = catalogue_of(pdf)
    (file,) = catalogue["/AF"]
    assert file["/AFRelationship"] == "/Data"
    assert file["/EF"]["/F"]["/Subtype"] == "/application/json"
    assert catalogue["/Names"]["/EmbeddedFiles"]["/Names"][1] == file


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_the_data_name_no_patient_and_repeat_no_free_text(kind: str) -> None:
    matter = BY_KIND[kind]
    content = json.dumps(attached(draw(kind, matter)), ensure_ascii=False)
    kept_out = [
        matter.patient.initials,
        matter.patient.birth_month,
        matter.prescriber.name,
        matter.prescriber.rpps,
        matter.pharmacist.name,
        matter.indication,
        matter.posology,
        *((matter.decision.reasons, matter.decision.conditions) if matter.decision else ()),
        *((matter.title_act.reasons, matter.title_act.changes) if matter.title_act else ()),
    ]
    assert [text for text in kept_out if text and text in content] == []


def test_the_data_say_nothing_the_letter_does_not_print() -> None:
    pdf = draw("aac_grant", GRANT)
    printed = text_of(pdf)
    data = attached(pdf)
    for text in (*data["medicine"].values(), data["decision"]["signatory"], data["establishment"]["finess_et"]):
        assert text in printed or text in {"œsophalgide", "EAS-7781"}, text


# ------------------------------------------------------------------------------------- crashes, and no seal at all


def test_a_crash_while_sealing_makes_the_letter_again_once(
    order_letter: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = order_letter()

    class Killed(BaseException):
        pass

    def killed(*_arguments: Any) -> bytes:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(orders, "sealed", killed)
        with pytest.raises(Killed):
            orders.make_pending(limit=5, at=AT)
    assert orders.make_pending(limit=5, at=AT + orders.LEASE) == 1
    assert judged(IssuedLetter.objects.get(order=made).pdf).bottom_line


def test_without_a_seal_letters_wait_say_why_and_are_made_once_mended(
    order_letter: Order, settings: Any, fresh_seal: None
) -> None:
    made = order_letter()
    settings.SEAL_DEMONSTRATION = False
    at = AT
    for _turn in range(2 * orders.MAX_ATTEMPTS):
        assert orders.make_pending(limit=5, at=at) == 0
        made.refresh_from_db()
        assert (made.state, made.attempts) == ("ordered", 0)
        assert made.last_error == f"letters cannot be sealed: {sealkey.WHAT_TO_SET}"
        assert made.leased_until is not None
        at = made.leased_until
    settings.SEAL_DEMONSTRATION = True
    assert orders.make_pending(limit=5, at=at) == 1
    assert IssuedLetter.objects.get().order == made


def test_without_a_seal_nothing_is_drawn(
    order_letter: Order, settings: Any, monkeypatch: pytest.MonkeyPatch, fresh_seal: None
) -> None:
    order_letter()
    settings.SEAL_DEMONSTRATION = False
    drawn: list[Any] = []
    monkeypatch.setattr(orders, "render", drawn.append)
    assert orders.make_pending(limit=5, at=AT) == 0
    assert drawn == []


def test_a_file_that_is_no_pdf_is_not_sealed_and_the_key_is_opened_again() -> None:
    seal = sealkey.current_seal(at=AT)
    with pytest.raises(SealUnavailable, match="did not do its part") as caught:
        sealed(b"not a letter", seal)
    assert "not a letter" not in str(caught.value)
    again = sealkey.current_seal(at=AT)
    assert again is not seal
    assert again.fingerprint == seal.fingerprint


# ------------------------------------------------------------------------------------------------- what is said


def test_verification_says_by_whom_the_letter_is_sealed(letter: IssuedLetter, client: Client) -> None:
    page = client.get(f"/verify/{letter.verification_code}/", HTTP_ACCEPT_LANGUAGE="en").content.decode()
    assert "This letter was sealed by DÉMONSTRATION - agence fictive, Cachet de DÉMONSTRATION" in page
    assert "Any PDF reader can check the seal" in page


def test_an_older_letter_is_not_said_to_be_sealed(order_letter: Order, client: Client) -> None:
    made = order_letter()
    before_seals = IssuedLetter.objects.create(
        order=made,
        number=made.number,
        kind=made.kind,
        dossier=made.dossier,
        pdf=b"%PDF",
        sha256="0" * 64,
        size=4,
        verification_code=made.verification_code,
        issued_at=AT,
        template_version="0" * 64,
    )
    assert (before_seals.sealed_with, before_seals.sealed_by) == ("", "")
    page = client.get(f"/verify/{made.verification_code}/", HTTP_ACCEPT_LANGUAGE="en").content.decode()
    assert "This letter is authentic" in page
    assert "sealed by" not in page.lower()


def test_the_form_says_that_letters_are_sealed(client: Client, db: None) -> None:
    assert "Every letter is sealed" in client.get("/verify/", HTTP_ACCEPT_LANGUAGE="en").content.decode()


def test_the_frozen_context_alone_gives_the_data() -> None:
    context = freeze(kind="aac_grant", number="L-1", code=CODE, matter=GRANT)
    assert attached(render(json.loads(json.dumps(context))))["letter"]["verification_code"] == CODE
    assert isinstance(signature_of(sealed(render(context), sealkey.current_seal(at=AT))).signer_info, cms.SignerInfo)
