"""Two clients at once, over HTTP: the contract's answers, one event."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
from django.utils import timezone

from dossiers.models import Dossier, Event, Obligation
from tests.access.world import told_until
from tests.api.callers import token_of
from tests.snapshot import load_world
from workflows.dates import civil_date


@pytest.fixture
def base(transactional_db: None, live_server: Any) -> str:
    load_world()
    return f"{live_server.url}/api/v1/"


def at_once(*asks: Callable[[], httpx.Response]) -> list[httpx.Response]:
    """The answer to each, all asked together."""
    start, answers = threading.Barrier(len(asks)), {}

    def run(rank: int) -> None:
        start.wait(timeout=20)
        answers[rank] = asks[rank]()

    threads = [threading.Thread(target=run, args=(rank,)) for rank in range(len(asks))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return [answers[rank] for rank in range(len(asks))]


def asking(
    base: str, path: str, body: dict[str, Any], *, who: str = "prescriber", **headers: str
) -> Callable[[], httpx.Response]:
    sent = {"Authorization": f"Bearer {token_of(who)}", "Accept-Language": "en"}
    sent |= {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda: httpx.post(f"{base}{path}", json=body, headers=sent, timeout=60)


@pytest.mark.parametrize("version", ['"1"', "*"])
def test_the_same_key_twice_is_one_event_and_the_same_answer(base: str, version: str) -> None:
    told = told_until("draft", at=timezone.now())
    path = f"dossiers/{told.reference}/transitions/sign/"
    ask = asking(base, path, {}, If_Match=version, Idempotency_Key="one")
    first, second = at_once(ask, ask)
    assert (first.status_code, second.status_code) == (200, 200), (first.text, second.text)
    assert first.json() == second.json()
    assert first.headers["ETag"] == second.headers["ETag"]
    assert Event.objects.filter(verb="sign").count() == 1


@pytest.mark.parametrize(("version", "loser"), [('"1"', 412), ("*", 409)])
def test_two_keys_are_one_event_and_one_refusal(base: str, version: str, loser: int) -> None:
    told = told_until("draft", at=timezone.now())
    path = f"dossiers/{told.reference}/transitions/sign/"
    asks = [asking(base, path, {}, If_Match=version, Idempotency_Key=key) for key in ("one", "two")]
    answers = at_once(*asks)
    assert sorted(answer.status_code for answer in answers) == [200, loser], [answer.text for answer in answers]
    assert Event.objects.filter(verb="sign").count() == 1
    # Each key keeps its own answer: the winner's is given again, the loser's is refused again.
    again = [ask() for ask in asks]
    assert [answer.status_code for answer in again] == [answer.status_code for answer in answers]
    assert Event.objects.filter(verb="sign").count() == 1


def test_one_dossier_is_begun_for_one_key(base: str) -> None:
    ask = asking(base, "dossiers/", {"procedure": "aac", "kind": "initial"}, Idempotency_Key="begin")
    answers = at_once(ask, ask, ask)
    assert {answer.status_code for answer in answers} == {201}, [answer.text for answer in answers]
    assert len({answer.json()["reference"] for answer in answers}) == 1
    assert Dossier.objects.count() == 1


def test_one_key_for_two_files_at_once_serves_one_of_them(base: str) -> None:
    paths = [f"dossiers/{told_until('draft', at=timezone.now()).reference}/transitions/sign/" for _file in range(2)]
    asks = [asking(base, path, {}, If_Match="*", Idempotency_Key="one") for path in paths]
    answers = at_once(*asks)
    assert sorted(answer.status_code for answer in answers) == [200, 409], [answer.text for answer in answers]
    assert Event.objects.filter(verb="sign").count() == 1


def test_one_obligation_is_asked_for_one_key_and_done_once(base: str) -> None:
    path = f"titles/{told_until('granted').title.number}/obligations/"
    today = civil_date(timezone.now())
    body = {"kind": "report", "owed_by": "holder", "text": "Le suivi.", "due_on": str(today + timedelta(days=20))}
    ask = asking(base, path, body, who="ansm_assessor", Idempotency_Key="one")
    made = at_once(ask, ask)
    assert [answer.status_code for answer in made] == [201, 201], [answer.text for answer in made]
    assert Obligation.objects.count() == 1
    done = f"{path}{made[0].json()['id']}/done/"
    say = {"done_on": str(today), "proof": "Envoyé."}
    asks = [asking(base, done, say, who=who, If_Match=made[0].headers["ETag"]) for who in ("prescriber", "pharmacist")]
    answers = at_once(*asks)
    assert sorted(answer.status_code for answer in answers) == [200, 412], [answer.text for answer in answers]
    assert Event.objects.filter(verb="obligation_done").count() == 1


def test_two_who_save_the_same_version_do_not_overwrite_each_other(base: str) -> None:
    told = told_until("draft", at=timezone.now())
    path = f"{base}dossiers/{told.reference}/answers/"
    headers = {"Authorization": f"Bearer {token_of('prescriber')}", "If-Match": '"1"'}

    def saving(initials: str) -> Callable[[], httpx.Response]:
        return lambda: httpx.patch(path, json={"patient": {"initials": initials}}, headers=headers, timeout=60)

    answers = at_once(saving("AB"), saving("CD"))
    assert sorted(answer.status_code for answer in answers) == [200, 412]
    won = next(answer for answer in answers if answer.status_code == 200)
    assert told.dossier.sections.get(section="patient").data["initials"] == won.json()["answers"]["patient"]["initials"]
