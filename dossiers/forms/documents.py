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
