"""One AAC through the API, from the draft to its letter, with httpx and nothing else.

Une AAC par l'API, du brouillon à la lettre, avec httpx seulement.

    export PRESCRIBER_TOKEN=$(python manage.py api_token prescriber@demo.example)
    export PHARMACIST_TOKEN=$(python manage.py api_token pharmacist@demo.example)
    export ANSM_ASSESSOR_TOKEN=$(python manage.py api_token ansm_assessor@demo.example)
    export ANSM_SIGNATORY_TOKEN=$(python manage.py api_token ansm_signatory@demo.example)
    python docs/api/story.py http://127.0.0.1:8000 letter.pdf
"""

from __future__ import annotations

import hashlib
import os
import sys
import time
import uuid
from pathlib import Path
from typing import Any

import httpx

WORD_OF_THE_STORY = "Bonjour, le compte rendu de la RCP est joint."
DOCUMENT = b"Avis favorable de la RCP du CHU (document de demonstration)."


class Person:
    """Somebody who works through the API under one role."""

    def __init__(self, site: str, token: str) -> None:
        headers = {"Authorization": f"Bearer {token}", "Accept-Language": "fr"}
        self.http = httpx.Client(base_url=f"{site}/api/v1/", headers=headers, timeout=60)

    def read(self, path: str) -> Any:
        return self._good(self.http.get(path)).json()

    def act(self, reference: str, name: str, **given: Any) -> Any:
        """Do an act, once: its payload is made of the examples of its own schema, under what is `given`."""
        offered = self.http.get(f"dossiers/{reference}/transitions/")
        one = next(one for one in self._good(offered).json()["results"] if one["name"] == name)
        assert one["allowed"], one["reasons"]
        properties = one["payload_schema"]["properties"]
        payload = {field: given.get(field, schema["examples"][0]) for field, schema in properties.items()}
        headers = {"If-Match": offered.headers["ETag"], "Idempotency-Key": str(uuid.uuid4())}
        path = f"dossiers/{reference}/transitions/{name}/"
        return self._good(self.http.post(path, json=payload, headers=headers)).json()

    def send(self, method: str, path: str, **options: Any) -> httpx.Response:
        return self._good(self.http.request(method, path, **options))

    @staticmethod
    def _good(answer: httpx.Response) -> httpx.Response:
        """The answer, or an error that quotes the reasons of the problem document."""
        if answer.is_error:
            raise RuntimeError(f"{answer.request.method} {answer.request.url}: {answer.status_code} {answer.text}")
        return answer


def examples_of(procedure: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """An answer to every question: the first example of each property."""
    return {
        section: {name: one["examples"][0] for name, one in schema["properties"].items() if one["examples"]}
        for section, schema in procedure["sections"].items()
    }


def filed(prescriber: Person, pharmacist: Person, code: str = "aac", kind: str = "initial") -> str:
    """A request drafted, completed, signed, checked and sent. Its reference."""
    described = prescriber.read(f"procedures/{code}/?kind={kind}")
    answers = examples_of(described)
    first = next(iter(answers))
    begun = prescriber.send(
        "POST",
        "dossiers/",
        json={"procedure": code, "kind": kind, "answers": {first: answers[first]}},
        headers={"Idempotency-Key": str(uuid.uuid4())},
    )
    reference: str = begun.json()["reference"]
    prescriber.send(
        "PATCH", f"dossiers/{reference}/answers/", json=answers, headers={"If-Match": begun.headers["ETag"]}
    )
    kinds = {"kind": "rcp"}
    document = {"file": ("avis.txt", DOCUMENT)}
    prescriber.send("POST", f"dossiers/{reference}/documents/", data=kinds, files=document)
    prescriber.act(reference, "sign")
    pharmacist.act(reference, "file")
    return reference


def the_letter(reader: Person, reference: str, *, patience: float = 120.0) -> tuple[dict[str, Any], bytes]:
    """The last letter of the dossier, once the worker has made it, and its PDF."""
    number = reader.read(f"dossiers/{reference}/letters/")["results"][-1]["number"]
    until = time.monotonic() + patience
    while True:
        answer = reader.http.get(f"letters/{number}/", headers={"Accept": "application/pdf"})
        if answer.status_code == 200:
            return reader.read(f"letters/{number}/"), answer.content
        if answer.status_code != 409 or time.monotonic() > until:
            raise RuntimeError(f"{answer.status_code} {answer.text}")
        time.sleep(min(1.0, float(answer.headers["Retry-After"])))


def tell(site: str, tokens: dict[str, str], pdf: Path) -> dict[str, Any]:
    """The whole story. `tokens` are by role; `pdf` is where the letter is kept. What was learnt on the way."""
    people = {role: Person(site, token) for role, token in tokens.items()}
    try:
        return decided(site, people, pdf)
    finally:
        for one in people.values():
            one.http.close()


def decided(site: str, people: dict[str, Person], pdf: Path) -> dict[str, Any]:
    prescriber, assessor = people["prescriber"], people["ansm_assessor"]
    reference = filed(prescriber, people["pharmacist"])
    assessor.act(reference, "take_up")
    assessor.send("POST", f"dossiers/{reference}/messages/", json={"body": WORD_OF_THE_STORY})
    assessor.act(reference, "request_information", questions=["Quelle est la clairance ?"])
    prescriber.act(reference, "answer")
    assessor.act(reference, "propose", outcome="grant")
    people["ansm_signatory"].act(reference, "grant")
    dossier = prescriber.read(f"dossiers/{reference}/")
    letter, content = the_letter(prescriber, reference)
    assert hashlib.sha256(content).hexdigest() == letter["sha256"]
    pdf.write_bytes(content)
    # Anybody may verify: no token.
    verified = httpx.get(f"{site}/api/v1/verify/{letter['verification_code']}/", timeout=60).raise_for_status().json()
    page = httpx.get(f"{site}/verify/{letter['verification_code']}/", timeout=60).raise_for_status()
    return {"dossier": dossier, "letter": letter, "verified": verified, "page": page.text}


def main(site: str, pdf: Path) -> None:
    roles = ("prescriber", "pharmacist", "ansm_assessor", "ansm_signatory")
    told = tell(site, {role: os.environ[f"{role.upper()}_TOKEN"] for role in roles}, pdf)
    dossier, verified = told["dossier"], told["verified"]
    sys.stdout.write(f"{dossier['reference']}: {dossier['state']}, {dossier['title']['number']}\n")
    sys.stdout.write(f"letter {told['letter']['number']}: authentic {verified['authentic']}, kept in {pdf}\n")


if __name__ == "__main__":
    main(sys.argv[1].rstrip("/"), Path(sys.argv[2]))
