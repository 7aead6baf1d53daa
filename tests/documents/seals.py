"""Looking at seals in tests: with poppler's pdfsig, and with pyHanko told whom to trust."""

from __future__ import annotations

import io
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from asn1crypto import x509 as asn1
from cryptography.hazmat.primitives.serialization import Encoding, pkcs12
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.status import PdfSignatureStatus
from pyhanko_certvalidator import ValidationContext

from documents.letters import sealkey


def pdfsig(pdf: bytes, folder: Path) -> str:
    """What poppler says of the signatures, without looking for the certificate's authority."""
    file = folder / "letter.pdf"
    file.write_bytes(pdf)
    done = subprocess.run(["pdfsig", "-nocert", str(file)], capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def demonstration_authority() -> asn1.Certificate:
    content = sealkey.demonstration_file().read_bytes()
    _key, _certificate, (authority,) = pkcs12.load_key_and_certificates(content, None)
    return asn1.Certificate.load(authority.public_bytes(Encoding.DER))


def signature_of(pdf: bytes) -> Any:
    (signature,) = PdfFileReader(io.BytesIO(pdf)).embedded_signatures
    return signature


def judged(pdf: bytes) -> PdfSignatureStatus:
    """pyHanko's verdict on the only signature, the demonstration's authority being trusted."""
    trusting = ValidationContext(trust_roots=[demonstration_authority()], allow_fetching=False)
    # pyHanko runs an event loop of its own, which a thread whose browser already runs one refuses.
    with ThreadPoolExecutor(max_workers=1) as thread:
        return thread.submit(
            validate_pdf_signature, signature_of(pdf), trusting, ts_validation_context=trusting
        ).result()
