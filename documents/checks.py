"""What `manage.py check --deploy`, and a worker that starts, say of this room."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from documents.errors import SealUnavailable
from documents.letters import sealkey

HINT = "Letters wait, unsealed and unsent, until this is mended; then: manage.py retry_letters --all"


@register(deploy=True)
def the_seal(**_options: Any) -> list[CheckMessage]:
    """Whether the letters can be sealed. A file is opened to be sure; a device is not: wrong PINs lock it."""
    if wrong := sealkey.what_is_wrong():
        return [Error(wrong, hint=HINT, id="documents.E001")]
    if not settings.SEAL_PKCS12:
        return []
    try:
        sealkey.opened()
    except SealUnavailable as error:
        return [Error(str(error), hint=HINT, id="documents.E002")]
    return []
