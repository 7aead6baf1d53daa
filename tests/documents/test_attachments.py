"""Files of a dossier: attached once, never served before their scan, never lost."""

from __future__ import annotations

import socketserver
import struct
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection

from accounts.models import Person
from documents.attachments import attach, is_acceptable, open_content, remove, scan_pending
from documents.errors import BadFile, ContentNotServed
from documents.models import Attachment
from dossiers.models import Dossier
from tests.documents.matters import AT
from workflows.roles import PRESCRIBER
from workflows.types import Actor

EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


@pytest.fixture
def actor(db: None) -> Actor:
    person = Person.objects.create_user("camille@chu.example", first_name="Camille", last_name="Aubrac")
    return Actor(role=PRESCRIBER, person_id=person.pk, name="Camille Aubrac")


def note(content: bytes = b"Compte rendu", name: str = "DURAND Jean.txt") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def attached(dossier: Dossier, actor: Actor, content: bytes = b"Compte rendu", kind: str = "rcp") -> Attachment:
    return attach(dossier=dossier, kind=kind, upload=note(content), actor=actor, at=AT)


class ClamAV:
    """A scanner that speaks clamd's INSTREAM: infected when the stream holds EICAR, an error when it says "huge"."""

    def __init__(self) -> None:
        clamav = self
        self.scanned: list[bytes] = []

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                if self.rfile.readline() != b"nINSTREAM\n":
                    return
                content = b""
                while size := struct.unpack("!L", self.rfile.read(4))[0]:
                    content += self.rfile.read(size)
                clamav.scanned.append(content)
                answer = b"stream: OK"
                if b"EICAR" in content:
                    answer = b"stream: Eicar-Test-Signature FOUND"
                elif b"huge" in content:
                    answer = b"INSTREAM size limit exceeded. ERROR"
                self.wfile.write(answer + b"\n")

        self.server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self.url = f"tcp://127.0.0.1:{self.server.server_address[1]}"
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture
def clamav(settings: Any) -> Iterator[ClamAV]:
    server = ClamAV()
    settings.CLAMAV_URL = server.url
    yield server
    server.close()


def test_an_attachment_is_kept_under_a_name_nobody_can_guess(dossier: Dossier, actor: Actor) -> None:
    found = attached(dossier, actor)
    assert (found.name, found.size, found.content_type) == ("DURAND Jean.txt", 12, "text/plain")
    assert (found.uploaded_by_id, found.uploaded_by_name, found.uploaded_at) == (actor.person_id, "Camille Aubrac", AT)
    assert "DURAND" not in found.file.name
    assert Path(found.file.path).read_bytes() == b"Compte rendu"
    assert Path(found.file.path).stat().st_mode & 0o077 == 0


def test_the_name_lies_encrypted_in_the_database(dossier: Dossier, actor: Actor) -> None:
    attached(dossier, actor)
    with connection.cursor() as cursor:
        cursor.execute("SELECT t::text FROM documents_attachment t")
        assert "DURAND" not in cursor.fetchone()[0]


def test_the_same_file_twice_is_one(dossier: Dossier, actor: Actor) -> None:
    first = attached(dossier, actor)
    assert attached(dossier, actor).pk == first.pk
    assert attached(dossier, actor, kind="biology").pk != first.pk
    assert attached(dossier, actor, b"Autre").pk != first.pk
    assert Attachment.objects.count() == 3


@pytest.mark.django_db(transaction=True)
def test_a_double_click_attaches_once_and_leaves_no_stray_file(
    dossier: Dossier, actor: Actor, settings: Any, tmp_path: Path
) -> None:
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(tmp_path)}},
    }
    barrier, found = threading.Barrier(4), []

    def click() -> None:
        barrier.wait()
        found.append(attached(dossier, actor).pk)
        connection.close()

    threads = [threading.Thread(target=click) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert len(set(found)) == 1
    assert Attachment.objects.count() == 1


def test_a_bad_file_leaves_nothing(dossier: Dossier, actor: Actor) -> None:
    with pytest.raises(BadFile):
        attached(dossier, actor, b"MZ\x90\x00" + bytes(50))
    assert not Attachment.objects.exists()


def test_a_dossier_holds_a_limited_number(dossier: Dossier, actor: Actor, settings: Any) -> None:
    settings.ATTACHMENTS_PER_DOSSIER = 1
    first = attached(dossier, actor)
    with pytest.raises(BadFile) as caught:
        attached(dossier, actor, b"Autre")
    assert [reason.code for reason in caught.value.reasons] == ["too_many_files"]
    remove(attachment=first, actor=actor, at=AT)
    assert attached(dossier, actor, b"Autre").pk


def test_removing_keeps_the_row_and_the_content(dossier: Dossier, actor: Actor) -> None:
    found = attached(dossier, actor)
    remove(attachment=found, actor=actor, at=AT)
    remove(attachment=found, actor=Actor(role=PRESCRIBER), at=AT.replace(year=2030))
    found.refresh_from_db()
    assert (found.removed_at, found.removed_by_id) == (AT, actor.person_id)
    assert Path(found.file.path).exists()
    with pytest.raises(ContentNotServed, match="attachment_removed"):
        open_content(found)
    assert attached(dossier, actor).pk != found.pk, "it may be attached again"


def test_without_a_scanner_a_file_is_not_scanned_and_acceptable(dossier: Dossier, actor: Actor) -> None:
    found = attached(dossier, actor)
    assert found.scan == "not_scanned"
    assert is_acceptable(found)
    with open_content(found) as content:
        assert content.read() == b"Compte rendu"
    Attachment.objects.update(scan="pending")
    assert scan_pending(limit=10, at=AT) == 1
    found.refresh_from_db()
    assert found.scan == "not_scanned"


def test_with_a_scanner_nothing_is_served_before_its_verdict(dossier: Dossier, actor: Actor, clamav: ClamAV) -> None:
    sound, infected = attached(dossier, actor), attached(dossier, actor, EICAR)
    for waiting in (sound, infected):
        assert waiting.scan == "pending"
        assert not is_acceptable(waiting)
        with pytest.raises(ContentNotServed, match="attachment_not_scanned_yet"):
            open_content(waiting)
    assert scan_pending(limit=10, at=AT) == 2
    sound.refresh_from_db()
    infected.refresh_from_db()
    assert (sound.scan, sound.scanned_at) == ("clean", AT)
    with open_content(sound) as content:
        assert content.read() == b"Compte rendu"
    assert infected.scan == "infected"
    with pytest.raises(ContentNotServed, match="attachment_infected"):
        open_content(infected)
    assert sorted(clamav.scanned) == sorted([b"Compte rendu", EICAR])
    assert scan_pending(limit=10, at=AT) == 0, "each is scanned once"


def test_files_received_before_the_scanner_are_scanned_too(
    dossier: Dossier, actor: Actor, settings: Any, clamav: ClamAV
) -> None:
    settings.CLAMAV_URL = ""
    found = attached(dossier, actor, EICAR)
    settings.CLAMAV_URL = clamav.url
    assert not is_acceptable(found)
    scan_pending(limit=10, at=AT)
    found.refresh_from_db()
    assert found.scan == "infected"


def test_a_file_the_scanner_cannot_finish_waits_and_holds_up_nobody(
    dossier: Dossier, actor: Actor, clamav: ClamAV
) -> None:
    stuck = attached(dossier, actor, b"huge")
    assert scan_pending(limit=1, at=AT) == 0
    sound = attached(dossier, actor)
    assert scan_pending(limit=1, at=AT) == 1
    stuck.refresh_from_db()
    sound.refresh_from_db()
    assert (stuck.scan, sound.scan) == ("pending", "clean")


def test_a_silent_scanner_leaves_files_waiting(dossier: Dossier, actor: Actor, settings: Any) -> None:
    settings.CLAMAV_URL = "tcp://127.0.0.1:9"
    found = attached(dossier, actor)
    assert scan_pending(limit=10, at=AT) == 0
    found.refresh_from_db()
    assert found.scan == "pending"
