"""Where the agency's seal comes from: a PKCS#12 file, a PKCS#11 device, or the certificate of the demonstration.

It is opened once per process, at its first letter: a session of a device does not survive the fork of a worker.
"""

from __future__ import annotations

import datetime as dt
import threading
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings

from documents.errors import SealUnavailable
from documents.letters import demoseal

if TYPE_CHECKING:
    from pyhanko.sign import Signer
    from pyhanko.sign.timestamps import TimeStamper

# pyHanko is imported where it is used: it takes a third of a second, and the pages of the site never seal.

WHAT_TO_SET: Final = (
    "set SEAL_PKCS12 (and SEAL_PKCS12_PASSPHRASE), or SEAL_PKCS11_MODULE, SEAL_PKCS11_TOKEN, SEAL_PKCS11_PIN and "
    "SEAL_PKCS11_KEY"
)
PKCS11_PARTS: Final = ("SEAL_PKCS11_MODULE", "SEAL_PKCS11_TOKEN", "SEAL_PKCS11_PIN", "SEAL_PKCS11_KEY")
TIMESTAMP_SECONDS: Final = 10


@dataclass(frozen=True)
class Seal:
    """`name`: whom the certificate names; `fingerprint`: SHA-256 of the certificate, 64 hexadecimal digits.

    Both instants are aware; the certificate is valid from the first to the last, included.
    """

    signer: Signer
    timestamper: TimeStamper | None
    name: str
    fingerprint: str
    not_before: dt.datetime
    not_after: dt.datetime


_opening = threading.Lock()
_opened: list[Seal] = []


def current_seal(*, at: dt.datetime) -> Seal:
    """The seal of this site. Raises `SealUnavailable` when there is none, or when it is not valid at `at`."""
    with _opening:
        if not _opened:
            _opened.append(opened())
        seal = _opened[0]
    demand_valid(seal, at=at)
    return seal


def demand_valid(seal: Seal, *, at: dt.datetime) -> None:
    """Raises `SealUnavailable` when the certificate is not valid at `at`."""
    if at < seal.not_before:
        raise SealUnavailable(f"the certificate of the seal is valid from {seal.not_before:%Y-%m-%d} only")
    if at > seal.not_after:
        raise SealUnavailable(f"the certificate of the seal expired on {seal.not_after:%Y-%m-%d}: renew it")


def forget() -> None:
    """The next letter opens the seal again: a device may have been pulled out, or its session ended."""
    with _opening:
        for seal in _opened:
            close(seal)
        _opened.clear()


def close(seal: Seal) -> None:
    """Leaves its device, if it has one: a device knows one sign-in per process, and refuses a second one."""
    session = getattr(seal.signer, "pkcs11_session", None)
    if session is not None:
        _leave(session)


def _leave(session: Any) -> None:
    """A device that was pulled out has already left."""
    with suppress(Exception):
        session.close()


def demonstration_file() -> Path:
    return Path(settings.VAR_DIR) / "seal" / "demonstration.p12"


def what_is_wrong() -> str:
    """What in the settings keeps letters from being sealed, in plain words; empty when nothing is."""
    device = [part for part in PKCS11_PARTS if getattr(settings, part)]
    if device and settings.SEAL_PKCS12:
        return "both a PKCS#12 file and a PKCS#11 device are set for the seal of the letters: keep one"
    if device and len(device) < len(PKCS11_PARTS):
        missing = [part for part in PKCS11_PARTS if part not in device]
        return f"the PKCS#11 device of the seal also needs {', '.join(missing)}"
    if not (device or settings.SEAL_PKCS12 or settings.SEAL_DEMONSTRATION):
        return f"letters cannot be sealed: {WHAT_TO_SET}"
    return ""


def opened() -> Seal:
    """The seal the settings name, opened anew. Raises `SealUnavailable`."""
    if wrong := what_is_wrong():
        raise SealUnavailable(wrong)
    if settings.SEAL_PKCS11_MODULE:
        return _seal_of(_device_signer())
    if settings.SEAL_PKCS12:
        return _seal_of(_file_signer(Path(settings.SEAL_PKCS12), settings.SEAL_PKCS12_PASSPHRASE))
    demoseal.make_once(demonstration_file())
    return _seal_of(_file_signer(demonstration_file(), ""))


def _file_signer(path: Path, passphrase: str) -> Signer:
    from pyhanko.sign.signers import SimpleSigner

    try:
        content = path.read_bytes()
    except OSError as error:
        raise SealUnavailable(f"SEAL_PKCS12: {path} cannot be read ({type(error).__name__})") from error
    try:
        return SimpleSigner.load_pkcs12_data(content, other_certs=(), passphrase=passphrase.encode() or None)
    except Exception as error:  # a wrong passphrase and a file of another kind fail in many ways
        raise SealUnavailable(
            "SEAL_PKCS12: the file does not open with SEAL_PKCS12_PASSPHRASE, or holds no key with its certificate"
        ) from error


def _device_signer() -> Signer:
    from pyhanko.config.pkcs11 import TokenCriteria
    from pyhanko.sign.pkcs11 import PKCS11Signer, open_pkcs11_session

    session = None
    try:
        session = open_pkcs11_session(
            settings.SEAL_PKCS11_MODULE,
            token_criteria=TokenCriteria(label=settings.SEAL_PKCS11_TOKEN),
            user_pin=settings.SEAL_PKCS11_PIN,
        )
        signer = PKCS11Signer(session, cert_label=settings.SEAL_PKCS11_KEY, other_certs_to_pull=None)
        # Reads the certificate and finds the key now, not in the middle of a letter. Of an elliptic curve, every device
        # knows how to sign a digest, few how to make it.
        signer.use_raw_mechanism = signer.signing_cert.public_key.algorithm == "ec"
    except Exception as error:  # each maker's module has errors of its own
        if session is not None:
            _leave(session)
        raise SealUnavailable(
            f"the PKCS#11 device of the seal did not open ({type(error).__name__}): "
            f"check {', '.join(PKCS11_PARTS)} and that the device is plugged in"
        ) from error
    return signer


def _seal_of(signer: Signer) -> Seal:
    certificate = signer.signing_cert
    if certificate is None:
        raise SealUnavailable("the seal has a key without its certificate")
    return Seal(
        signer=signer,
        timestamper=_timestamper(),
        name=_name_of(certificate),
        fingerprint=certificate.sha256.hex(),
        not_before=certificate.not_valid_before,
        not_after=certificate.not_valid_after,
    )


def _name_of(certificate: Any) -> str:
    names = certificate.subject.native
    parts = (names.get("organization_name"), names.get("common_name"))
    # A part may be repeated in a certificate; one name is enough to know whose seal it is.
    words = [str(part[0] if isinstance(part, list) else part) for part in parts if part]
    return ", ".join(dict.fromkeys(words))[:300]


def _timestamper() -> TimeStamper | None:
    if not settings.SEAL_TIMESTAMP_URL:
        return None
    from pyhanko.sign.timestamps import HTTPTimeStamper

    return HTTPTimeStamper(settings.SEAL_TIMESTAMP_URL, timeout=TIMESTAMP_SECONDS)
