"""What kinds of documents may be attached to a request."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_lazy as _

from workflows.types import Text

KINDS: Final[tuple[tuple[str, Text], ...]] = (
    ("rcp", _("Report of the multidisciplinary meeting (RCP)")),
    ("laboratory", _("Laboratory or genetic results")),
    ("imaging", _("Imaging report")),
    ("publication", _("Publication")),
    ("prescription", _("Prescription")),
    ("other", _("Other document")),
)
"""Of a request about a patient."""

AAP_KINDS: Final[tuple[tuple[str, Text], ...]] = (
    ("smpc", _("Draft summary of product characteristics (RCP)")),
    ("leaflet", _("Draft leaflet (notice)")),
    ("label", _("Draft label (étiquetage)")),
    ("ma_annexes", _("MA and its annexes")),
    ("technical_file", _("Technical file, or modules of the MA application")),
    ("brochure", _("Investigator's brochure")),
    ("synthesis_report", _("Synthesis report and its summary")),
    ("gmo_authorisation", _("GMO authorisation")),
    ("mandate", _("Mandate of the holder")),
    ("publication", _("Publication")),
    ("other", _("Other document")),
)
"""Of an early access request (AAP)."""

CPC_KINDS: Final[tuple[tuple[str, Text], ...]] = (
    ("put_sp", _("Protocol of use and follow-up (PUT-SP)")),
    ("company_data", _("Data of the company")),
    ("publication", _("Publication")),
    ("recommendation", _("Recommendation of a learned society or of another authority")),
    ("report_data", _("Data of the network that reports")),
    ("other", _("Other document")),
)
"""Of a prescription framework (CPC)."""

DEVICE_KINDS: Final[tuple[tuple[str, Text], ...]] = (
    ("instructions", _("Instructions for use")),
    ("clinical_data", _("Safety and performance data")),
    ("risk_analysis", _("Risk analysis")),
    ("certificates", _("Last CE certificates and declarations of conformity")),
    ("audit_report", _("Last audit report of the notified body")),
    ("post_market", _("Post-market surveillance report")),
    ("labelling", _("Label of the device")),
    ("mandate", _("Mandate of the holder")),
    ("publication", _("Publication")),
    ("other", _("Other document")),
)
"""Of a request for an exemption of a device."""

ADVICE_KINDS: Final[tuple[tuple[str, Text], ...]] = (
    ("technical_file", _("Technical file, instructions for use")),
    ("protocol", _("Protocol or synopsis of the study")),
    ("brochure", _("Investigator's brochure")),
    ("claims", _("Leaflet, website, advertising")),
    ("earlier_advice", _("Earlier opinion of an authority or a notified body")),
    ("publication", _("Publication")),
    ("briefing", _("Briefing document for the meeting")),
    ("slides", _("Slides for the meeting")),
    ("other", _("Other document")),
)
"""Of a request to the Innovation and Referral Service."""

LABELS: Final[dict[str, Text]] = {**dict(ADVICE_KINDS), **dict(KINDS + AAP_KINDS + CPC_KINDS + DEVICE_KINDS)}
"""Code -> label, whatever the procedure."""
