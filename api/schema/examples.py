"""A command and a program for each operation, which run as they stand once TOKEN and the names in capitals are set."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from api.schema.operations import BYTES, CSV, FORM, JSON, MULTIPART, PDF

IN_A_SHELL: Final = {"If-Match": "*", "Idempotency-Key": "$(uuidgen)"}
IN_PYTHON: Final = {"If-Match": '"*"', "Idempotency-Key": "str(uuid.uuid4())", "Accept": f'"{PDF}"'}
KEPT_AS: Final = {PDF: "letter.pdf", BYTES: "document", CSV: "register.csv"}
SHOWN: Final = {PDF: "answer.content[:20]", BYTES: "answer.content[:20]", CSV: "answer.text[:200]"}
_NAMES: Final = re.compile(r"{(\w+)}")


def variables(path: str) -> list[str]:
    """What the reader must set besides TOKEN: REFERENCE for {reference}."""
    return [name.upper() for name in _NAMES.findall(path)]


def curl(method: str, path: str, said: Mapping[str, Any], site: str) -> str:
    """One command of a shell."""
    address = f"{site}{_NAMES.sub(lambda found: '$' + found[1].upper(), path)}"
    parts = ["curl --fail-with-body" + ("" if method == "get" else f" -X {method.upper()}")]
    if said.get("security"):
        parts.append('-H "Authorization: Bearer $TOKEN"')
    parts += [f'-H "{name}: {value}"' for name, value in _headers(said, IN_A_SHELL).items()]
    media, body = _body(said)
    if media == MULTIPART:
        parts += ["-F kind=other", "-F file=@avis.pdf"]
    elif media == FORM:
        parts += ['-u "$CLIENT_ID:$CLIENT_SECRET"', "-d grant_type=client_credentials"]
    elif media:
        text = json.dumps(body, ensure_ascii=False).replace("'", "'\\''")
        parts += ['-H "Content-Type: application/json"', f"-d '{text}'"]
    if kept := KEPT_AS.get(_read(said)):
        parts.append(f"-o {kept}")
    return " \\\n  ".join([*parts, f'"{address}"'])


def httpx(method: str, path: str, said: Mapping[str, Any], site: str) -> str:
    """A program in Python, whose only library is httpx."""
    names = variables(path)
    headers = _headers(said, IN_PYTHON)
    standard = ["import os"] * bool(names or said.get("security") or _body(said)[0] == FORM)
    standard += ["import uuid"] * ("Idempotency-Key" in headers)
    lines = [*standard, "", "import httpx", ""] if standard else ["import httpx", ""]
    address = _NAMES.sub(lambda found: "{os.environ['" + found[1].upper() + "']}", path)
    lines.append(f'address = {"f" if names else ""}"{site}{address}"')
    given = ["address"]
    if said.get("security"):
        shown = "".join(f', "{name}": {value}' for name, value in headers.items())
        lines.append(f'headers = {{"Authorization": f"Bearer {{os.environ[\'TOKEN\']}}"{shown}}}')
        given.append("headers=headers")
    media, body = _body(said)
    if media == MULTIPART:
        lines.append('files = {"file": ("avis.pdf", open("avis.pdf", "rb"))}')
        given += ['data={"kind": "other"}', "files=files"]
    elif media == FORM:
        lines.append('secret = (os.environ["CLIENT_ID"], os.environ["CLIENT_SECRET"])')
        given += ["auth=secret", 'data={"grant_type": "client_credentials"}']
    elif media:
        lines.append(f"body = {body!r}")
        given.append("json=body")
    lines.append(f"answer = httpx.{method}({', '.join(given)})")
    lines += ["answer.raise_for_status()", f"print({SHOWN.get(_read(said), 'answer.json()')})"]
    return "\n".join(lines)


def _headers(said: Mapping[str, Any], written: Mapping[str, str]) -> dict[str, str]:
    """{name: its value, as `written` has it}; a PDF is asked for as such."""
    names = [one["name"] for one in said["parameters"] if one["in"] == "header"]
    needed = {name: written[name] for name in names}
    return needed | ({"Accept": written.get("Accept", PDF)} if _read(said) == PDF else {})


def _body(said: Mapping[str, Any]) -> tuple[str, Any]:
    """(media type, example) of the body, empty when the operation has none."""
    content = said.get("requestBody", {}).get("content", {})
    for media, one in content.items():
        return media, one.get("example", {})
    return "", None


def _read(said: Mapping[str, Any]) -> str:
    """The type that the example reads: the PDF rather than what is known of it, whatever bytes, else JSON or CSV."""
    types = said["responses"].get("200", {}).get("content", {})
    if JSON in types:
        return PDF if PDF in types else JSON
    return CSV if CSV in types else BYTES if types else JSON
