"""The agency's seal on a letter: an invisible PAdES signature over all its bytes, that any PDF reader can check.

PAdES baseline B-B; B-T, with an independent proof of the hour, when a time-stamp authority is set.
"""

from __future__ import annotations

import io
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Final

from documents.errors import SealingFailed
from documents.letters import sealkey
from documents.letters.sealkey import Seal

if TYPE_CHECKING:
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.sign.signers import PdfSigner

FIELD: Final = "Cachet"
REASON: Final = "Origine et intégrité de ce courrier"
LOCATION: Final = "France"
# A device does one signature at a time.
_sealing = threading.Lock()


def sealed(pdf: bytes, seal: Seal) -> bytes:
    """The same letter, sealed: no page changes, and nothing may be added without breaking the seal.

    Raises `SealingFailed` when the device or the time-stamp authority does not do its part.
    """
    # pyHanko runs an event loop of its own, which a thread that already has one refuses.
    with _sealing, ThreadPoolExecutor(max_workers=1) as thread:
        try:
            return thread.submit(_sign, pdf, seal).result()
        except Exception as error:
            sealkey.forget()
            asked = "the key or the time-stamp authority" if seal.timestamper else "the key"
            raise SealingFailed(f"{asked} of the seal did not do its part ({type(error).__name__})") from error


def _sign(pdf: bytes, seal: Seal) -> bytes:
    output = io.BytesIO()
    _pdf_signer(seal).sign_pdf(_writer(pdf), output=output)
    return output.getvalue()


def _writer(pdf: bytes) -> IncrementalPdfFileWriter:
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.sign.signers.constants import ESIC_EXTENSION_1

    class SameArchive(IncrementalPdfFileWriter):
        """Adds the signature and nothing else: the letter remains the PDF/A-3, hence the PDF 1.7, it says it is."""

        def _update_meta(self) -> None:
            """pyHanko would write the XMP packet anew."""

        def ensure_output_version(self, version: tuple[int, int]) -> None:
            """pyHanko asks for 2.0 for an elliptic curve; PAdES (ETSI EN 319 142-1) needs no more than 1.7."""

        def register_extension(self, ext: Any) -> None:
            if ext == ESIC_EXTENSION_1:
                super().register_extension(ext)

    return SameArchive(io.BytesIO(pdf))


def _pdf_signer(seal: Seal) -> PdfSigner:
    from pyhanko.sign.fields import InvisSigSettings, MDPPerm, SigFieldSpec, SigSeedSubFilter
    from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner

    return PdfSigner(
        PdfSignatureMetadata(
            field_name=FIELD,
            md_algorithm="sha256",
            subfilter=SigSeedSubFilter.PADES,
            name=seal.name,
            reason=REASON,
            location=LOCATION,
            certify=True,
            docmdp_permissions=MDPPerm.NO_CHANGES,
        ),
        signer=seal.signer,
        timestamper=seal.timestamper,
        new_field_spec=SigFieldSpec(
            FIELD,
            readable_field_name="Cachet électronique de l'agence",
            # Off the page: the one place where PDF/A and PDF/UA both accept a field that is not drawn.
            invis_sig_settings=InvisSigSettings(box_out_of_bounds=True),
        ),
    )
