"""Settings refuse what would be dangerous, and logs keep what people typed to themselves."""

import json
import os
import subprocess
import sys
from typing import Any

import pytest
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

from earlyaccess.logs import drop_personal_data
from earlyaccess.storage import storage_from_url
from tests.architecture.sources import ROOT

PRODUCTION = {
    "DJANGO_SETTINGS_MODULE": "earlyaccess.settings.prod",
    "SECRET_KEY": "x" * 60 + "production-like",
    "FIELD_KEYS": "ZGV2ZWxvcGVyLWtleS10aGF0LXByb3RlY3RzLW5vbmU=",
    "ALLOWED_HOSTS": "example.org",
    "DATABASE_URL": "postgresql://u:p@127.0.0.1:1/x",
    "REDIS_URL": "redis://127.0.0.1:1/0",
    "EMAIL_URL": "smtp://127.0.0.1:25",
    "SITE_URL": "https://example.org",
}


def _import_production_settings(**changes: str | None) -> "subprocess.CompletedProcess[str]":
    env = {**PRODUCTION, **changes, "PATH": os.environ["PATH"]}
    return subprocess.run(
        [sys.executable, "-c", "from django.conf import settings; print(settings.SESSION_COOKIE_NAME)"],
        env={name: value for name, value in env.items() if value is not None},
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_production_settings_load() -> None:
    done = _import_production_settings()
    assert done.stdout == "__Host-session\n", done.stderr


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"DEMO": "1"}, "DEMO=1"),
        ({"SECRET_KEY": None}, "SECRET_KEY"),
        ({"FIELD_KEYS": None}, "FIELD_KEYS"),
        ({"FIELD_KEYS": ""}, "FIELD_KEYS"),
        ({"ALLOWED_HOSTS": None}, "ALLOWED_HOSTS"),
        ({"DATABASE_URL": None}, "DATABASE_URL"),
        ({"EMAIL_URL": None}, "EMAIL_URL"),
        ({"SITE_URL": None}, "SITE_URL"),
    ],
)
def test_production_refuses_to_start(changes: dict[str, str | None], word: str) -> None:
    done = _import_production_settings(**changes)
    assert done.returncode != 0
    assert word in done.stderr.splitlines()[-1]


def test_pages_are_closed_unless_said(settings: Any) -> None:
    assert any(issubclass(import_string(name), LoginRequiredMiddleware) for name in settings.MIDDLEWARE)


def test_the_content_policy_allows_no_inline_code(settings: Any) -> None:
    directives = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
    flat = json.dumps({name: list(map(str, values)) for name, values in directives.items()})
    assert "unsafe" not in flat
    assert "http" not in flat
    assert list(map(str, directives["script-src"])) == ["'self'"]


def test_storage_addresses() -> None:
    assert storage_from_url("file:///srv/files")["OPTIONS"]["location"] == "/srv/files"
    s3 = storage_from_url("s3://letters?endpoint_url=https://s3.example.org&region_name=eu")
    assert s3["OPTIONS"]["bucket_name"] == "letters"
    assert s3["OPTIONS"]["endpoint_url"] == "https://s3.example.org"
    with pytest.raises(ImproperlyConfigured):
        storage_from_url("ftp://somewhere")


def test_s3_storage_can_be_made() -> None:
    description = storage_from_url("s3://letters?endpoint_url=http://127.0.0.1:1&access_key=a&secret_key=b")
    assert import_string(description["BACKEND"])(**description["OPTIONS"]).bucket_name == "letters"


def test_logs_drop_what_people_typed() -> None:
    line = {"event": "saved", "answers": {"name": "Jeanne"}, "reference": "AAC-1", "request": "GET /search?q=Jeanne"}
    assert drop_personal_data(None, "info", line) == {
        "event": "saved",
        "reference": "AAC-1",
        "request": "GET /search",
    }
