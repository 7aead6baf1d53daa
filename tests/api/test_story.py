"""docs/api/story.py, told against the site as it runs: from the draft to the PDF, then verified by anybody."""

from __future__ import annotations

import ast
import importlib.util
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.utils import timezone

from documents.letters import orders
from dossiers.models import AccessLog, Dossier, Event
from dossiers.services.log import differences
from tests.api.callers import token_of
from tests.documents.pdfs import text_of
from tests.snapshot import load_world

STORY = Path(__file__).resolve().parents[2] / "docs" / "api" / "story.py"
CAST = ("prescriber", "pharmacist", "ansm_assessor", "ansm_signatory")


@pytest.fixture
def site(transactional_db: None, live_server: Any) -> str:
    load_world()
    return str(live_server.url)


@pytest.fixture
def a_worker(site: str) -> Iterator[None]:
    """Makes the letters that wait, as the worker does, beside the site."""
    stop = threading.Event()

    def work() -> None:
        try:
            while not stop.wait(0.5):
                orders.make_pending(limit=5, at=timezone.now())
        finally:
            connection.close()

    working = threading.Thread(target=work)
    working.start()
    yield
    stop.set()
    working.join(timeout=60)


def the_script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("api_story", STORY)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.timeout(300)
@pytest.mark.usefixtures("a_worker")
def test_an_aac_goes_from_its_draft_to_a_verified_letter(site: str, tmp_path: Path) -> None:
    pdf = tmp_path / "letter.pdf"
    told = the_script().tell(site, {role: token_of(role) for role in CAST}, pdf)

    dossier = told["dossier"]
    assert dossier["state"] == "granted"
    title = dossier["title"]["number"]
    text = text_of(pdf.read_bytes())
    assert dossier["reference"] in text
    assert title in text
    assert told["verified"]["authentic"] is True
    assert told["verified"]["title_in_force"] is True
    assert told["verified"]["title_number"] == title
    assert told["letter"]["sha256"] in told["page"]
    verbs = list(Event.objects.filter(machine="dossier").order_by("seq").values_list("verb", flat=True))
    assert verbs == ["create", "sign", "file", "take_up", "request_information", "answer", "propose", "grant"]
    kept = Dossier.objects.get()
    assert list(differences(kept, kept.title)) == []
    assert AccessLog.objects.filter(what=f"letter {told['letter']['number']}").exists()


def test_the_program_of_the_documentation_files_a_request_as_it_stands(site: str, tmp_path: Path) -> None:
    page = BeautifulSoup(httpx.get(f"{site}/api/docs/", timeout=60).text, "html.parser")
    shown = page.select_one("#first-request ~ details code")
    assert shown is not None
    program = tmp_path / "first_request.py"
    program.write_text(shown.text)
    tokens = {f"{who.upper()}_TOKEN": token_of(who) for who in CAST[:2]}
    done = subprocess.run(
        [sys.executable, program],
        env={**os.environ, **tokens, "SITE": site},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    dossier = Dossier.objects.get()
    assert dossier.filing_number in done.stdout
    assert dossier.state == "received"
    assert dossier.attachments.exists()


def test_the_script_needs_httpx_and_the_standard_library_only() -> None:
    imported = {
        (node.module if isinstance(node, ast.ImportFrom) else alias.name).partition(".")[0]  # type: ignore[union-attr]
        for node in ast.walk(ast.parse(STORY.read_text()))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    assert imported - set(sys.stdlib_module_names) == {"httpx"}
