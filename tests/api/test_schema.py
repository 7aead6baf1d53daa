"""The OpenAPI document: valid, complete, committed; its page, whose examples run."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.conf import settings as site_settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern
from django.utils import timezone
from jsonschema import Draft202012Validator
from rest_framework.test import APIClient

from api.schema import examples
from api.urls import V1
from documents.attachments import attach
from tests.access.world import make_letters, told_until
from tests.api.callers import BASE, token_of
from tests.api.conformity import described, problems_of
from tests.snapshot import load_world

METHODS = ("get", "post", "put", "patch", "delete")


def operations() -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (method, path, methods[method])
        for path, methods in described()["paths"].items()
        for method in METHODS
        if method in methods
    ]


def test_it_is_openapi_3_1_whose_schemas_are_valid_and_whose_references_lead_somewhere() -> None:
    document = described()
    assert document["openapi"] == "3.1.0"
    for shape in document["components"]["schemas"].values():
        Draft202012Validator.check_schema(shape)
    for reference in re.findall(r'"\$ref": "#/components/(\w+)/(\w+)"', json.dumps(document)):
        assert reference[1] in document["components"][reference[0]]
    ids = [said["operationId"] for _method, _path, said in operations()]
    assert len(ids) == len(set(ids))


def test_every_method_of_every_address_is_in_it() -> None:
    for one in V1:
        assert isinstance(one, URLPattern)
        view = one.callback.cls
        silent = [
            method for method in METHODS if hasattr(view, method) and not hasattr(getattr(view, method), "operation")
        ]
        assert not silent, f"{one.name}: {silent}"


def test_every_operation_says_what_it_refuses() -> None:
    for method, path, said in operations():
        statuses = set(said["responses"])
        assert "429" in statuses, path
        assert "500" not in statuses, path
        if said["security"]:
            assert {"401", "403"} <= statuses, path
        if "{" in path:
            assert "404" in statuses, path
        if "requestBody" in said:
            assert {"400", "415"} <= statuses, path
        needed = {one["name"] for one in said["parameters"] if one["required"]}
        if "If-Match" in needed:
            assert {"412", "428"} <= statuses, (method, path)


def test_an_answer_that_is_not_documented_is_seen() -> None:
    found = HttpResponse(json.dumps({"results": [], "next": 3, "previous": None}), content_type="application/json")
    found.json = lambda: json.loads(found.content)  # type: ignore[attr-defined]
    assert "$.next" in problems_of("GET", f"{BASE}dossiers/", found)[0]
    found.status_code = 418
    assert "418 is not documented" in problems_of("GET", f"{BASE}dossiers/", found)[0]


def test_no_procedure_is_named_in_the_code_of_the_api() -> None:
    from workflows.registry import all_procedures

    codes = {one.code for one in all_procedures()}
    for path in (Path(site_settings.BASE_DIR) / "api").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Constant):
                assert node.value not in codes, f"{path}:{node.lineno}"


@pytest.mark.django_db
def test_it_is_served_to_anybody() -> None:
    answer = APIClient(HTTP_ACCEPT_LANGUAGE="en").get(f"{BASE}schema/")
    assert answer.status_code == 200
    assert answer.json()["openapi"] == "3.1.0"
    other = APIClient().get(f"{BASE}schema/", HTTP_ACCEPT="application/vnd.oai.openapi+json")
    assert other["Content-Type"] == "application/vnd.oai.openapi+json"


def test_a_document_that_is_out_of_date_is_found(settings: Any, tmp_path: Path) -> None:
    settings.BASE_DIR = tmp_path
    (tmp_path / "docs" / "api").mkdir(parents=True)
    with pytest.raises(CommandError):
        call_command("publish_api", "--check")
    call_command("publish_api", verbosity=0)
    call_command("publish_api", "--check")
    (tmp_path / "docs" / "api" / "openapi.json").write_text("{}")
    with pytest.raises(CommandError):
        call_command("publish_api", "--check")


# ---------------------------------------------------------------------------------------------------- the page


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_page_shows_every_operation_without_a_script(language: str) -> None:
    client = Client()
    client.cookies["django_language"] = language
    answer = client.get("/api/docs/")
    assert answer.status_code == 200
    page = BeautifulSoup(answer.content, "html.parser")
    assert page.html is not None
    assert page.html["lang"] == language
    assert {one["id"] for one in page.select("section h3")} == {said["operationId"] for _m, _p, said in operations()}
    assert page.select_one("#status-412")
    assert not [one for one in page.find_all("script") if not one.get("src")]
    assert page.select_one('a[href="/api/v1/schema/"]')


def test_every_example_can_be_read_by_its_language() -> None:
    for method, path, said in operations():
        ast.parse(examples.httpx(method, path, said, "http://127.0.0.1:1"))
        command = examples.curl(method, path, said, "http://127.0.0.1:1")
        subprocess.run(["bash", "-n", "-c", command], check=True)


RUN = ("me_retrieve", "dossiers_list", "dossiers_create", "dossiers_retrieve", "dossiers_answers", "messages_create",
       "documents_content", "letters_retrieve", "register_csv", "register_list",
       "titles_list", "procedures_retrieve", "schema_retrieve")  # fmt: skip


@pytest.mark.timeout(300)
def test_the_examples_run_as_they_stand(transactional_db: None, live_server: Any) -> None:
    load_world()
    draft, granted = told_until("draft"), told_until("granted")
    upload = SimpleUploadedFile("avis.txt", b"Avis favorable.")
    actor = draft.actor("prescriber")
    document = attach(dossier=draft.dossier, kind="other", upload=upload, actor=actor, at=timezone.now())
    make_letters(drawn_by=lambda context: b"%PDF-1.7 not drawn")
    variables = {
        "TOKEN": token_of("prescriber"),
        "REFERENCE": draft.reference,
        "NUMBER": granted.dossier.letters.order_by("pk")[0].number,
        "ID": str(document.pk),
        "CODE": draft.dossier.procedure,
    }
    shell = {**os.environ, **variables}
    for method, path, said in operations():
        if said["operationId"] in RUN:
            program = examples.httpx(method, path, said, live_server.url)
            done = subprocess.run(
                [sys.executable, "-c", program], env=shell, capture_output=True, text=True, check=False
            )
            assert done.returncode == 0, f"{program}\n{done.stderr}"
            assert done.stdout, program
