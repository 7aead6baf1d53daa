"""A client that has never seen our code files and follows a dossier from the description alone."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, Phase, given, note, settings
from hypothesis import strategies as st

from tests.api.callers import ADDRESS, in_process, token_of
from tests.api.from_schema import broken, fits, valid_answers
from tests.api.generic_client import Caller, GenericClient, Refused, local, narrowing
from tests.snapshot import load_world

# Dozens of requests each.
pytestmark = pytest.mark.timeout(300)

CAST = ("prescriber", "pharmacist", "ansm_assessor", "ansm_signatory")
CAST_OF_AN_EARLY_ACCESS = ("applicant", "ansm_assessor", "ansm_signatory", "ct_secretary", "has_officer", "has_college")
CAST_OF_A_FRAMEWORK = ("reporter", "ansm_assessor", "ansm_signatory", "ansm_triage", "applicant")
GENTLE = settings(
    max_examples=12,
    deadline=None,
    print_blob=True,
    # A failure is shown as it was found: each attempt to make it shorter costs requests.
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture
def loaded(transactional_db: None) -> None:
    load_world()


@pytest.fixture
def client_with(loaded: None) -> Iterator[Callable[..., GenericClient]]:
    made: list[GenericClient] = []

    def make(seed: int, cast: tuple[str, ...] = CAST) -> GenericClient:
        rng = random.Random(seed)  # noqa: S311
        made.append(GenericClient(ADDRESS, [token_of(login) for login in cast], rng, in_process()))
        return made[-1]

    yield make
    for one in made:
        one.close()


def test_a_dossier_filed_by_rote_is_answered_and_decided(client_with):
    """Every first example, every section, every field: the contract's promise."""
    client = client_with(0)
    reference = client.file("aac", by_rote=True)
    assert client.follow(reference, "aac") == "granted"
    assert client.done == [
        ("prescriber", "sign"),
        ("pharmacist", "file"),
        ("ansm_assessor", "take_up"),
        ("ansm_assessor", "request_information"),
        ("prescriber", "answer"),
        ("ansm_assessor", "propose"),
        ("ansm_signatory", "grant"),
    ]


@pytest.mark.parametrize("attempt", range(3))
@pytest.mark.parametrize("kind", ["initial", "regularisation"])
def test_whatever_it_answers_within_the_schema_a_dossier_comes_to_its_end(client_with, attempt, kind):
    seed = random.randrange(10**9) + attempt  # noqa: S311
    client = client_with(seed)
    try:
        reference = client.file("aac", kind)
        assert client.follow(reference, "aac") in {"granted", "refused"}
    except Exception as failure:
        failure.add_note(f"seed {seed}, so far {client.done}")
        raise


@pytest.mark.parametrize("by_rote", [True, False])
def test_an_early_access_is_asked_and_decided_from_its_description(client_with, by_rote):
    seed = random.randrange(10**9)  # noqa: S311
    client = client_with(seed, CAST_OF_AN_EARLY_ACCESS)
    try:
        reference = client.file("aap", "first", by_rote=by_rote)
        assert client.follow(reference, "aap") in {"granted", "refused"}
    except Exception as failure:
        failure.add_note(f"seed {seed}, so far {client.done}")
        raise


def as_the_company(client: GenericClient, reference: str) -> None:
    """What a company does, and no act of the table is: it attaches its protocol, or replies."""
    company = next(one for one in client.callers if one.role == "applicant")
    if "reply" in company.get(f"dossiers/{reference}/company_calls/")["results"][0]["acts"]:
        said = {"text": "Nos données, nos observations."}
        company.call("POST", f"dossiers/{reference}/company_calls/replies/", json=said)
    else:
        upload = {"file": ("protocole.txt", b"Le protocole.", "text/plain")}
        company.call("POST", f"dossiers/{reference}/documents/", data={"kind": "put_sp"}, files=upload)


def test_a_framework_is_reported_heard_and_decided_from_its_description(client_with):
    client = client_with(1, CAST_OF_A_FRAMEWORK)
    reference = client.file("cpc", "report", by_rote=True)
    for _wait in range(4):
        try:
            state = client.follow(reference, "cpc")
            break
        except AssertionError:
            as_the_company(client, reference)
    assert state in {"granted", "refused"}
    assert client.done[:3] == [
        ("reporter", "report"),
        ("ansm_assessor", "notify_intention"),
        ("ansm_assessor", "assess"),
    ]
    assert ("ansm_signatory", "grant") in client.done or ("ansm_signatory", "refuse") in client.done


@pytest.fixture
def author(loaded: None) -> Iterator[Caller]:
    caller = Caller(ADDRESS, token_of("prescriber"), in_process())
    yield caller
    caller.close()


def described(author: Caller, kind: str, rank: int) -> dict[str, Any]:
    path = f"procedures/aac/?kind={kind}"
    for parameter, catalogue in narrowing(author.get(path)):
        rows = author.get(local(catalogue))["results"]
        path += f"&{parameter}={rows[rank % len(rows)]['id']}"
    found: dict[str, Any] = author.get(path)
    return found


def begun(author: Caller, kind: str, answers: dict[str, Any]) -> tuple[str, str]:
    made = author.call("POST", "dossiers/", json={"procedure": "aac", "kind": kind, "answers": answers})
    return made.json()["reference"], made.headers["ETag"]


def signed(author: Caller, reference: str, tag: str) -> httpx.Response:
    return author.call("POST", f"dossiers/{reference}/transitions/sign/", json={}, headers={"If-Match": tag})


@pytest.mark.parametrize("rank", range(4))
def test_random_valid_answers_can_be_signed(author, rank):
    kind = ("initial", "regularisation")[rank % 2]
    found = described(author, kind, rank)

    @GENTLE
    @given(data=st.data())
    def check(data: Any) -> None:
        answers = data.draw(valid_answers(found["sections"], found["answers"], kind))
        reference, tag = begun(author, kind, answers)
        assert signed(author, reference, tag).json()["target"] == "at_pharmacy"

    check()


@pytest.mark.parametrize("rank", range(4))
def test_random_invalid_answers_are_refused_with_the_field_named(author, rank):
    """A draft keeps what is wrong; signing names it. What must never be kept is refused at once."""
    found = described(author, "initial", rank)

    @GENTLE
    @given(data=st.data())
    def check(data: Any) -> None:
        answers = data.draw(valid_answers(found["sections"], found["answers"], "initial"))
        section, field, keyword, wrong = data.draw(
            broken(found["sections"], found["answers"], answers, "initial"), label="broken"
        )
        note(f"{keyword} of {section}.{field}")
        with pytest.raises(Refused) as refusal:
            signed(author, *begun(author, "initial", wrong))
        assert refusal.value.status == 422
        named = [reason["field"].removeprefix("answers.") for reason in refusal.value.reasons]
        assert any(name.startswith(f"{section}.{field}") for name in named), (keyword, named)

    check()


def test_a_key_that_the_schema_does_not_know_is_refused_and_named(author):
    found = described(author, "initial", 0)
    reference, tag = begun(author, "initial", {})
    closed = [key for key, schema in found["sections"].items() if schema.get("additionalProperties") is False]
    assert {"patient", "medicine", "clinical"} <= set(closed)
    for path, body in [*((f"{key}.zzz", {key: {"zzz": "x"}}) for key in closed), ("zzz", {"zzz": {}})]:
        assert not fits({**found["answers"], "properties": found["sections"], "required": []}, body)
        with pytest.raises(Refused) as refusal:
            author.call("PATCH", f"dossiers/{reference}/answers/", json=body, headers={"If-Match": tag})
        assert (refusal.value.status, [reason["field"] for reason in refusal.value.reasons]) == (422, [path])


def test_what_must_never_be_kept_is_refused_on_patch(author):
    found = described(author, "initial", 0)
    answers = {key: {} for key in found["sections"]}
    reference, tag = begun(author, "initial", {})
    for section, field, value in (
        ("patient", "initials", "Dupont Marie"),
        ("clinical", "justification", "NIR 1 85 05 78 006 084 91"),
        ("history", "treatments", [{"treatment": "1 85 05 78 006 084 91"}]),
    ):
        with pytest.raises(Refused) as refusal:
            author.call(
                "PATCH", f"dossiers/{reference}/answers/", json={section: {field: value}}, headers={"If-Match": tag}
            )
        assert refusal.value.status == 422
        assert [reason["field"] for reason in refusal.value.reasons] == [f"{section}.{field}"]
    assert set(author.get(f"dossiers/{reference}/")["answers"]) <= set(answers)
