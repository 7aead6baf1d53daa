"""What `manage.py check --deploy`, and a worker that starts, say of this room."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.utils import timezone

from documents.errors import SealUnavailable
from documents.letters import sealkey

HINT = "Letters wait, unsealed and unsent, until this is mended; they are then made by themselves."
WARNED_BEFORE = dt.timedelta(days=60)


@register(deploy=True)
def the_seal(**_options: Any) -> list[CheckMessage]:
    """Whether the letters can be sealed. A file is opened to be sure; a device is not: wrong PINs lock it."""
    found: list[CheckMessage] = []
    if settings.SEAL_TIMESTAMP_URL and not _is_an_address(settings.SEAL_TIMESTAMP_URL):
        wanted = (
            "SEAL_TIMESTAMP_URL is not the address of a time-stamp authority: give one such as https://tsa.example/tsr"
        )
        found.append(Error(wanted, hint=HINT, id="documents.E003"))
    if wrong := sealkey.what_is_wrong():
        return [*found, Error(wrong, hint=HINT, id="documents.E001")]
    return [*found, *(_the_file() if settings.SEAL_PKCS12 else [])]


def _the_file() -> list[CheckMessage]:
    now = timezone.now()
    try:
        seal = sealkey.opened()
        sealkey.demand_valid(seal, at=now)
    except SealUnavailable as error:
        return [Error(str(error), hint=HINT, id="documents.E002")]
    if seal.not_after - now < WARNED_BEFORE:
        ends = f"the certificate of the seal ends on {seal.not_after:%Y-%m-%d}: ask for the next one now"
        return [Warning(ends, hint="From the day after, letters wait, unsealed and unsent.", id="documents.W001")]
    return []


def _is_an_address(url: str) -> bool:
    try:
        URLValidator(schemes=["http", "https"])(url)
    except ValidationError:
        # The validator wants a domain; a time-stamp authority may be a machine of the agency's own network.
        return bool(re.fullmatch(r"https?://[A-Za-z0-9-]+(:\d{1,5})?(/[!-~]*)?", url))
    return True
