"""What WeasyPrint leaves to say of a PDF that is both an archive (PDF/A-3a) and readable by everybody (PDF/UA-1).

WeasyPrint writes one claim or the other. The second is true as well, since the tags are the same; PDF/A lets the packet
of metadata (XMP) say so when it also describes the property used (ISO 19005-3, 6.6.2.3).
"""

from __future__ import annotations

import importlib.resources
import io
from functools import lru_cache
from typing import Any, Final

from weasyprint.css import ColorProfile

VARIANT: Final = "pdf/a-3a"
COLOURS: Final = "screen"
ACCESSIBLE_TOO: Final = b"""\
<rdf:Description rdf:about="" xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/" pdfuaid:part="1"/>\
<rdf:Description rdf:about="" xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/" \
xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#" xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">\
<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">\
<pdfaSchema:schema>PDF/UA identification schema</pdfaSchema:schema>\
<pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI>\
<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>\
<pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource">\
<pdfaProperty:name>part</pdfaProperty:name>\
<pdfaProperty:valueType>Integer</pdfaProperty:valueType>\
<pdfaProperty:category>internal</pdfaProperty:category>\
<pdfaProperty:description>Part of ISO 14289 the file conforms to</pdfaProperty:description>\
</rdf:li></rdf:Seq></pdfaSchema:property>\
</rdf:li></rdf:Bag></pdfaExtension:schemas></rdf:Description>"""
END: Final = b"</rdf:RDF>"


def colours() -> dict[str, ColorProfile]:
    """The colours PDF/A has us define: sRGB, from the file WeasyPrint ships (and would leave open)."""
    profile = ColorProfile(io.BytesIO(_srgb()), "sRGB2014.icc", "relative-colorimetric", (["r"], ["g"], ["b"]))
    return {COLOURS: profile}


@lru_cache(maxsize=1)
def _srgb() -> bytes:
    return (importlib.resources.files("weasyprint.pdf") / "sRGB2014.icc").read_bytes()


def finish(document: Any, pdf: Any) -> None:
    """WeasyPrint calls it just before it writes the file."""
    _claim_accessibility(pdf)
    _name_each_file_once(pdf)


def _claim_accessibility(pdf: Any) -> None:
    packet = pdf.objects[_number(pdf.catalog["Metadata"])]
    written = b"".join(packet.stream)
    packet.stream = [written.replace(END, ACCESSIBLE_TOO + END, 1)]


def _name_each_file_once(pdf: Any) -> None:
    """WeasyPrint lists a file attached to the document once by its name and once more as an object."""
    files = pdf.catalog.get("AF")
    if files is not None:
        files[:] = dict.fromkeys(files)


def _number(reference: bytes | str) -> int:
    return int(reference.split()[0])
