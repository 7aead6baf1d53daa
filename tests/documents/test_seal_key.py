"""Where the seal comes from: a file, a device, or the demonstration's certificate; what is said when there is none."""

from __future__ import annotations

import datetime as dt
import http.server
import logging
import os
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from asn1crypto import keys as asn1_keys
from asn1crypto import tsp
from asn1crypto import x509 as asn1
from celery.signals import worker_init
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)
from cryptography.x509.oid import ExtendedKeyUsageOID
from django.utils import timezone
from pyhanko.sign.timestamps import DummyTimeStamper

from documents import tasks
from documents.checks import the_seal
from documents.errors import SealUnavailable
from documents.letters import demoseal, sealkey
from documents.letters.seal import sealed
from tests.documents.matters import AT, RECEIPT
from tests.documents.pdfs import draw
from tests.documents.seals import judged, pdfsig, signature_of

pytestmark = pytest.mark.usefixtures("fresh_seal")
SETTINGS = (*sealkey.PKCS11_PARTS, "SEAL_PKCS12", "SEAL_PKCS12_PASSPHRASE", "SEAL_TIMESTAMP_URL")


@pytest.fixture
def production(settings: Any) -> Any:
    """The settings of a production where nobody has thought of the seal yet."""
    settings.SEAL_DEMONSTRATION = False
    assert not any(getattr(settings, name) for name in SETTINGS)
    return settings


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A PKCS#12 file as an agency would be given one: its passphrase is "mot de passe"."""
    made = tmp_path / "demonstration.p12"
    demoseal.make_once(made)
    key, certificate, others = pkcs12.load_key_and_certificates(made.read_bytes(), None)
    agency = tmp_path / "agency.p12"
    agency.write_bytes(
        pkcs12.serialize_key_and_certificates(
            b"seal",
            key,  # type: ignore[arg-type]
            certificate,
            others,
            BestAvailableEncryption(b"mot de passe"),
        )
    )
    return agency


# ------------------------------------------------------------------------------------------- the demonstration's


def test_the_demonstration_certificate_is_made_once_by_many_at_once(tmp_path: Path) -> None:
    path, made = tmp_path / "seal" / "demonstration.p12", []
    barrier = threading.Barrier(6)

    def start() -> None:
        barrier.wait()
        made.append(demoseal.make_once(path))

    threads = [threading.Thread(target=start) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(made) == [False] * 5 + [True]
    assert [one.name for one in path.parent.iterdir()] == [path.name], "no draft is left"


def test_the_demonstration_key_is_ours_alone(tmp_path: Path) -> None:
    path = tmp_path / "seal" / "demonstration.p12"
    before = os.umask(0)
    try:
        demoseal.make_once(path)
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_the_demonstration_certificate_says_what_it_is(tmp_path: Path) -> None:
    path = tmp_path / "demonstration.p12"
    demoseal.make_once(path)
    key, certificate, (authority,) = pkcs12.load_key_and_certificates(path.read_bytes(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    assert isinstance(key.curve, ec.SECP256R1)
    assert certificate is not None
    for name in (certificate.subject, certificate.issuer):
        assert "DÉMONSTRATION" in name.get_attributes_for_oid(x509.NameOID.COMMON_NAME)[0].value
    certificate.verify_directly_issued_by(authority)
    assert not certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca


def test_the_seal_is_opened_once_per_process(monkeypatch: pytest.MonkeyPatch) -> None:
    opened, real = [], sealkey.opened
    monkeypatch.setattr(sealkey, "opened", lambda: opened.append(1) or real())
    assert sealkey.current_seal(at=AT) is sealkey.current_seal(at=AT)
    assert opened == [1]


# ------------------------------------------------------------------------------------------------------- a file


def test_a_file_seals(production: Any, file: Path, tmp_path: Path) -> None:
    production.SEAL_PKCS12, production.SEAL_PKCS12_PASSPHRASE = str(file), "mot de passe"
    assert the_seal() == []
    pdf = sealed(draw("aac_receipt", RECEIPT), sealkey.current_seal(at=AT))
    assert "Signature is Valid" in pdfsig(pdf, tmp_path)


@pytest.mark.parametrize("passphrase", ["", "mot de pass", "mot de passe "])
def test_a_wrong_passphrase_is_said_without_being_repeated(production: Any, file: Path, passphrase: str) -> None:
    production.SEAL_PKCS12, production.SEAL_PKCS12_PASSPHRASE = str(file), passphrase
    with pytest.raises(SealUnavailable, match="SEAL_PKCS12_PASSPHRASE") as caught:
        sealkey.current_seal(at=AT)
    assert "mot de" not in str(caught.value)
    assert [message.id for message in the_seal()] == ["documents.E002"]


def test_a_missing_file_is_named(production: Any, tmp_path: Path) -> None:
    production.SEAL_PKCS12 = str(tmp_path / "nowhere.p12")
    with pytest.raises(SealUnavailable, match="nowhere.p12 cannot be read"):
        sealkey.current_seal(at=AT)


def test_a_file_without_a_key_is_refused(production: Any, file: Path) -> None:
    _key, certificate, _others = pkcs12.load_key_and_certificates(file.read_bytes(), b"mot de passe")
    file.write_bytes(pkcs12.serialize_key_and_certificates(b"seal", None, certificate, None, NoEncryption()))
    production.SEAL_PKCS12 = str(file)
    with pytest.raises(SealUnavailable, match="holds no key"):
        sealkey.current_seal(at=AT)


@pytest.mark.parametrize(
    ("at", "words"),
    [
        (demoseal.NOT_BEFORE - dt.timedelta(seconds=1), "valid from 2020-01-01 only"),
        (demoseal.NOT_AFTER + dt.timedelta(seconds=1), "expired on 2050-01-01"),
    ],
)
def test_a_certificate_seals_on_its_days_only(at: dt.datetime, words: str) -> None:
    with pytest.raises(SealUnavailable, match=words):
        sealkey.current_seal(at=at)
    assert sealkey.current_seal(at=demoseal.NOT_BEFORE)
    assert sealkey.current_seal(at=demoseal.NOT_AFTER)


@pytest.mark.parametrize(
    ("at", "found"),
    [
        (demoseal.NOT_BEFORE - dt.timedelta(seconds=1), ["documents.E002"]),
        (demoseal.NOT_AFTER - dt.timedelta(days=60), []),
        (demoseal.NOT_AFTER - dt.timedelta(days=59), ["documents.W001"]),
        (demoseal.NOT_AFTER + dt.timedelta(seconds=1), ["documents.E002"]),
    ],
)
def test_the_check_says_when_the_certificate_ends(
    production: Any, file: Path, monkeypatch: pytest.MonkeyPatch, at: dt.datetime, found: list[str]
) -> None:
    production.SEAL_PKCS12, production.SEAL_PKCS12_PASSPHRASE = str(file), "mot de passe"
    monkeypatch.setattr(timezone, "now", lambda: at)
    assert [message.id for message in the_seal()] == found


@pytest.mark.parametrize(
    ("url", "right"),
    [
        ("https://tsa.example/tsr", True),
        ("http://horodatage:8080/tsr", True),
        ("http://127.0.0.1:3161", True),
        ("tsa.example/tsr", False),
        ("ftp://tsa.example/tsr", False),
        ("https://", False),
        ("https://tsa exemple/", False),
        ("https://tsa.example:port/", False),
    ],
)
def test_the_check_reads_the_address_of_the_time_stamps(production: Any, file: Path, url: str, right: bool) -> None:
    production.SEAL_PKCS12, production.SEAL_PKCS12_PASSPHRASE = str(file), "mot de passe"
    production.SEAL_TIMESTAMP_URL = url
    assert [message.id for message in the_seal()] == ([] if right else ["documents.E003"])


# ----------------------------------------------------------------------------------------------------- a device

PUT_IN_THE_DEVICE = """
import sys
import pkcs11
from pkcs11.util.ec import decode_ec_private_key
from pkcs11.util.x509 import decode_x509_certificate
module, key, *certificates = sys.argv[1:]
names = {pkcs11.Attribute.ID: b"1", pkcs11.Attribute.TOKEN: True}
with pkcs11.lib(module).get_token(token_label="agence").open(user_pin="4321", rw=True) as session:
    hidden = {pkcs11.Attribute.SENSITIVE: True, pkcs11.Attribute.EXTRACTABLE: False, pkcs11.Attribute.SIGN: True}
    key = decode_ec_private_key(bytes.fromhex(key))
    session.create_object({**key, **names, **hidden, pkcs11.Attribute.LABEL: "cachet"})
    for label, certificate in zip(("cachet", "autorite"), certificates, strict=True):
        certificate = decode_x509_certificate(bytes.fromhex(certificate))
        session.create_object({**certificate, **names, pkcs11.Attribute.LABEL: label})
"""


@pytest.fixture(scope="module")
def module_of_the_device(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A SoftHSM token that holds the demonstration's key. One for all tests: a module is initialised once a process."""
    folder = tmp_path_factory.mktemp("device")
    (folder / "tokens").mkdir()
    configuration = folder / "softhsm2.conf"
    configuration.write_text(f"directories.tokendir = {folder}/tokens\nlog.level = ERROR\n")
    demoseal.make_once(sealkey.demonstration_file())
    key, *certificates = _key_and_certificates(sealkey.demonstration_file())
    module = next(str(path) for path in sorted(Path("/usr/lib").glob("**/libsofthsm2.so")))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOFTHSM2_CONF", str(configuration))
        token = ["--init-token", "--free", "--label", "agence", "--pin", "4321", "--so-pin", "8765"]
        subprocess.run(["softhsm2-util", *token], check=True, capture_output=True)
        subprocess.run([sys.executable, "-c", PUT_IN_THE_DEVICE, module, key, *certificates], check=True)
        yield module


def _key_and_certificates(file: Path) -> list[str]:
    key, certificate, others = pkcs12.load_key_and_certificates(file.read_bytes(), None)
    assert key is not None
    assert certificate is not None
    hidden = key.private_bytes(Encoding.DER, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    return [hidden.hex(), *(one.public_bytes(Encoding.DER).hex() for one in (certificate, *others))]


@pytest.fixture
def device(production: Any, module_of_the_device: str) -> Any:
    """The settings that name the token."""
    for name, value in zip(sealkey.PKCS11_PARTS, (module_of_the_device, "agence", "4321", "cachet"), strict=True):
        setattr(production, name, value)
    return production


def test_a_device_seals_with_a_key_that_never_leaves_it(device: Any, tmp_path: Path) -> None:
    assert the_seal() == []
    seal = sealkey.current_seal(at=AT)
    for _letter in range(2):
        pdf = sealed(draw("aac_receipt", RECEIPT), seal)
        assert "Signature is Valid" in pdfsig(pdf, tmp_path)
        assert judged(pdf).bottom_line


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SEAL_PKCS11_MODULE", "/nowhere/module.so"),
        ("SEAL_PKCS11_TOKEN", "another"),
        ("SEAL_PKCS11_PIN", "9999"),
        ("SEAL_PKCS11_KEY", "another"),
    ],
)
def test_a_device_that_does_not_open_says_what_to_check(device: Any, name: str, value: str) -> None:
    right = getattr(device, name)
    setattr(device, name, value)
    with pytest.raises(SealUnavailable, match="device of the seal did not open") as caught:
        sealkey.current_seal(at=AT)
    assert name in str(caught.value)
    assert "9999" not in str(caught.value)
    # A device knows one sign-in per process: the one that failed half-way must not keep the next one out.
    setattr(device, name, right)
    assert sealkey.current_seal(at=AT)


def test_a_seal_that_is_forgotten_leaves_its_device(device: Any) -> None:
    for _time in range(3):
        kept = sealkey.current_seal(at=AT)
        sealkey.forget()
        assert kept.signer


# ------------------------------------------------------------------------------------------------ the proof of the hour


def _stamper() -> DummyTimeStamper:
    key, name = rsa.generate_private_key(65537, 2048), x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "TSA")])
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), 1, demoseal.NOT_BEFORE, demoseal.NOT_AFTER)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
        .sign(key, hashes.SHA256())
    )
    return DummyTimeStamper(
        asn1.Certificate.load(certificate.public_bytes(Encoding.DER)),
        asn1_keys.PrivateKeyInfo.load(key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())),
    )


@pytest.fixture
def authority() -> Iterator[tuple[str, list[int]]]:
    """A time-stamp authority on this machine, and what it answered; it refuses while the list starts with a 0."""
    stamper = _stamper()
    answers: list[int] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = tsp.TimeStampReq.load(self.rfile.read(int(self.headers["Content-Length"])))
            refusing = answers[:1] == [0]
            answers.append(503 if refusing else 200)
            self.send_response(answers[-1])
            self.send_header("Content-Type", "text/plain" if refusing else "application/timestamp-reply")
            self.end_headers()
            self.wfile.write(b"" if refusing else stamper.request_tsa_response(asked).dump())

        def log_message(self, *arguments: Any) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/", answers
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_time_stamp_authority_makes_it_b_t(settings: Any, authority: Any, tmp_path: Path) -> None:
    settings.SEAL_TIMESTAMP_URL, answers = authority
    pdf = sealed(draw("aac_receipt", RECEIPT), sealkey.current_seal(at=AT))
    assert set(answers) == {200}
    unsigned = signature_of(pdf).signer_info["unsigned_attrs"]
    assert [attribute["type"].native for attribute in unsigned] == ["signature_time_stamp_token"]
    assert "Signature is Valid" in pdfsig(pdf, tmp_path)
    assert "Total document signed" in pdfsig(pdf, tmp_path)


def test_an_authority_that_refuses_keeps_the_letter_waiting(settings: Any, authority: Any) -> None:
    settings.SEAL_TIMESTAMP_URL, answers = authority
    answers.append(0)
    with pytest.raises(SealUnavailable, match="time-stamp authority of the seal did not do its part"):
        sealed(draw("aac_receipt", RECEIPT), sealkey.current_seal(at=AT))
    answers.clear()
    assert sealed(draw("aac_receipt", RECEIPT), sealkey.current_seal(at=AT))


# ---------------------------------------------------------------------------------------------- what the checks say


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "letters cannot be sealed: set SEAL_PKCS12"),
        ({"SEAL_PKCS11_MODULE": "m"}, "also needs SEAL_PKCS11_TOKEN, SEAL_PKCS11_PIN, SEAL_PKCS11_KEY"),
        ({"SEAL_PKCS11_PIN": "1", "SEAL_PKCS12": "f"}, "keep one"),
    ],
)
def test_production_without_a_seal_is_told_what_to_set(production: Any, changes: dict[str, str], words: str) -> None:
    for name, value in changes.items():
        setattr(production, name, value)
    (message,) = the_seal()
    assert words in message.msg
    assert message.is_serious()
    assert "made by themselves" in str(message.hint)
    with pytest.raises(SealUnavailable, match=words):
        sealkey.current_seal(at=AT)


def test_the_deployment_check_of_a_real_process_says_it() -> None:
    from earlyaccess.local.check import PRODUCTION

    environment = {**os.environ, **PRODUCTION, "SEAL_PKCS11_KEY": ""}
    done = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy"],
        env=environment,
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "documents.E001" in done.stderr
    assert "SEAL_PKCS11_KEY" in done.stderr


def test_a_worker_that_starts_says_it(production: Any, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR, logger="documents.tasks"):
        worker_init.send(sender=None)
    assert "letters cannot be sealed" in caplog.text
    caplog.clear()
    production.SEAL_DEMONSTRATION = True
    tasks.say_what_the_seal_lacks()
    assert caplog.text == ""
