"""The demo's people and catalogue under every test of this folder; each answer is held against the OpenAPI document."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient

from tests.api.conformity import problems_of
from tests.snapshot import load_world


@pytest.fixture
def world(db: Any) -> None:
    load_world()


@pytest.fixture(autouse=True)
def answers_are_as_documented(monkeypatch: pytest.MonkeyPatch) -> None:
    ask = APIClient.request

    def request(client: APIClient, **asked: Any) -> Any:
        answer = ask(client, **asked)
        wrong = problems_of(asked["REQUEST_METHOD"], asked["PATH_INFO"], answer)
        assert not wrong, "\n".join(wrong)
        return answer

    monkeypatch.setattr(APIClient, "request", request)
