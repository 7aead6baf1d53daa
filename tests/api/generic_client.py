"""A client written by somebody who has read the API's description and never seen the code behind it.

Only httpx and the standard library. It learns the roles of its tokens from `me/`, what to file from `procedures/`, what
may be done from `transitions/`, and answers at random within what the schemas allow.
"""

from __future__ import annotations

import datetime as dt
import json
import random
import re
import string
import uuid
from decimal import Decimal
from typing import Any

import httpx

LETTERS = string.ascii_letters + "éèàçÉœ' ,.-"
DAY = dt.timedelta(days=1)


class Refused(Exception):
    """An answer that is not a success. `reasons` are those of its problem document."""

    def __init__(self, answer: httpx.Response) -> None:
        self.status = answer.status_code
        self.reasons = answer.json()["reasons"]
        super().__init__(f"{answer.request.method} {answer.request.url}: {answer.status_code} {answer.text[:2_000]}")


class Caller:
    """One token. `transport`: another way to the site than a socket."""

    def __init__(self, base: str, token: str, transport: httpx.BaseTransport | None = None) -> None:
        headers = {"Authorization": f"Bearer {token}", "Accept-Language": "en"}
        self.http = httpx.Client(base_url=base, headers=headers, timeout=60, transport=transport)
        self.role: str = self.get("me/")["active_role"]

    def call(self, method: str, path: str, **options: Any) -> httpx.Response:
        answer = self.http.request(method, path, **options)
        if not answer.is_success:
            raise Refused(answer)
        return answer

    def get(self, path: str) -> Any:
        return self.call("GET", path).json()

    def close(self) -> None:
        self.http.close()


class GenericClient:
    """Files a dossier of any procedure and follows it to its end. `rng` makes its choices; `transport`: see Caller."""

    def __init__(
        self, base: str, tokens: list[str], rng: random.Random, transport: httpx.BaseTransport | None = None
    ) -> None:
        self.rng = rng
        self.callers = [Caller(base, token, transport) for token in tokens]
        self.done: list[tuple[str, str]] = []

    def close(self) -> None:
        for one in self.callers:
            one.close()

    # ---------------------------------------------------------------------------------------------- filing

    def file(self, code: str, kind: str | None = None, *, by_rote: bool = False) -> str:
        """Begin a dossier and give its reference. `by_rote`: every first example, nothing thought of."""
        listed = {one["code"]: one for one in self.callers[0].get("procedures/")["results"]}
        author = next(one for one in self.callers if one.role in listed[code]["created_by"])
        kind = kind or listed[code]["kinds"][0]["code"]
        if by_rote:
            found = author.get(f"procedures/{code}/?kind={kind}")
            answers = {key: first_examples(schema) for key, schema in found["sections"].items()}
        else:
            answers = self._answers(author, code, kind)
        body = {"procedure": code, "kind": kind, "answers": answers}
        made = author.call("POST", "dossiers/", json=body, headers={"Idempotency-Key": str(uuid.uuid4())})
        return str(made.json()["reference"])

    def _answers(self, author: Caller, code: str, kind: str) -> dict[str, Any]:
        path = f"procedures/{code}/?kind={kind}"
        found = author.get(path)
        for parameter, catalogue in narrowing(found):
            path += f"&{parameter}={self.rng.choice(author.get(local(catalogue))['results'])['id']}"
            found = author.get(path)
        return random_answers(found, kind, self.rng)

    # ------------------------------------------------------------------------------------------- following

    def follow(self, reference: str, code: str, *, most: int = 30) -> str:
        """Do what can be done, by whoever can, until the dossier is at its end; gives its last state."""
        table = self.callers[0].get(f"procedures/{code}/")
        final = {one["code"] for one in table["states"] if one["final"]}
        visits: dict[str, int] = {}
        for _turn in range(most):
            state = self._state(reference)
            if state in final:
                return state
            visits[state] = visits.get(state, 0) + 1
            self._act(reference, table, visits)
        raise AssertionError(f"no end after {most} acts: {self.done}")

    def _state(self, reference: str) -> str:
        """As the last of the callers who may read it knows it: agencies are told more stages than applicants."""
        return str([seen["state"] for _caller, seen, _tag in self._views(reference)][-1])

    def _views(self, reference: str) -> Any:
        for caller in self.callers:
            try:
                answer = caller.call("GET", f"dossiers/{reference}/")
            except Refused as refusal:
                if refusal.status != 404:
                    raise
            else:
                yield caller, answer.json(), answer.headers["ETag"]

    def _act(self, reference: str, table: dict[str, Any], visits: dict[str, int]) -> None:
        """By those whose turn it is, the act that leads where the dossier has been least, then the one least done; a
        dangerous one only rather than turn in circles. Those who ask never give up their own request."""
        rows = {one["name"]: (rank, one) for rank, one in enumerate(table["transitions"])}
        turn = {one["code"]: one["waits_for"] for one in table["states"]}
        possible, why_not = [], []
        for caller, seen, tag in self._views(reference):
            for one in caller.get(f"dossiers/{reference}/transitions/")["results"]:
                rank, row = rows[one["name"]]
                gives_up = row["danger"] and set(row["roles"]) & set(table["created_by"])
                if one["allowed"] and not gives_up:
                    not_their_turn = caller.role not in turn[seen["state"]]
                    been = 0 if row["to"] == seen["state"] else visits.get(row["to"], 0)
                    done = sum(name == one["name"] for _role, name in self.done)
                    order = (not_their_turn, been + done + 2 * row["danger"], rank)
                    possible.append((order, len(possible), caller, tag, one))
                else:
                    why_not.append((caller.role, one["name"], one["reasons"]))
        if not possible:
            raise AssertionError(f"nothing can be done: {json.dumps(why_not)}")
        _order, _rank, caller, tag, act = min(possible, key=lambda one: one[:2])
        self._do(caller, f"dossiers/{reference}/transitions/{act['name']}/", tag, act["payload_schema"])
        self.done.append((caller.role, act["name"]))

    def _do(self, caller: Caller, path: str, tag: str, schema: dict[str, Any]) -> None:
        """With the examples; when a rule refuses them, with each other choice that the schema offers."""
        refusal: Refused | None = None
        for payload in payloads(schema):
            headers = {"If-Match": tag, "Idempotency-Key": str(uuid.uuid4())}
            try:
                caller.call("POST", path, json=payload, headers=headers)
            except Refused as refused:
                if refused.status != 422:
                    raise
                refusal = refusal or refused
            else:
                return
        assert refusal is not None
        raise refusal


# --------------------------------------------------------------------------------------------- from a schema


def local(address: str) -> str:
    """A path of the description, under the base."""
    return address.removeprefix("/api/v1/")


def first_examples(schema: dict[str, Any]) -> dict[str, Any]:
    return {name: one["examples"][0] for name, one in schema["properties"].items()}


def payloads(schema: dict[str, Any]) -> list[dict[str, Any]]:
    """The examples, then the same with one other choice."""
    first = first_examples(schema)
    choices = {name: one["enum"] for name, one in schema["properties"].items() if "enum" in one}
    others = [{**first, name: code} for name, codes in choices.items() for code in codes if code != first[name]]
    return [first, *others]


def narrowing(found: dict[str, Any]) -> list[tuple[str, str]]:
    properties = [one for section in found["sections"].values() for one in section["properties"].values()]
    return [(one["x-narrows"], one["x-catalogue"]) for one in properties if "x-narrows" in one]


def holds(condition: dict[str, Any] | None, value: dict[str, Any]) -> bool:
    """Whether `value` is in the case that a condition describes; conditions here are about constants."""
    if condition is None:
        return True
    if any(name not in value for name in condition.get("required", [])):
        return False
    for name, one in condition.get("properties", {}).items():
        if name in value and not (value[name] == one["const"] if "const" in one else holds(one, value[name])):
            return False
    return True


def with_more(schema: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    both = {**schema, **more, "required": [*schema.get("required", []), *more.get("required", [])]}
    if "properties" in schema:
        inner = more.get("properties", {})
        both["properties"] = {
            name: with_more(one, inner[name]) if name in inner else one for name, one in schema["properties"].items()
        }
    return both


def in_case(schema: dict[str, Any], rules: list[dict[str, Any]], value: dict[str, Any]) -> dict[str, Any]:
    for rule in rules:
        schema = with_more(schema, rule.get("then" if holds(rule["if"], value) else "else", {}))
    return schema


def first_what_is_looked_at(names: Any, rules: list[dict[str, Any]]) -> list[str]:
    looked_at = {name for rule in rules for word in ("properties", "required") for name in rule["if"].get(word, ())}
    return sorted(names, key=lambda name: name not in looked_at)


def random_answers(found: dict[str, Any], kind: str, rng: random.Random) -> dict[str, Any]:
    """Answers of every section that applies."""
    rules = found["answers"].get("allOf", [])
    sections = {key: one for key, one in found["sections"].items() if kind in one["x-applies"]["kinds"]}
    made: dict[str, Any] = {}
    for key in first_what_is_looked_at(sections, rules):
        if holds(sections[key]["x-applies"]["when"], made):
            made[key] = random_object(in_case({"properties": sections}, rules, made)["properties"][key], rng)
    return made


def random_object(schema: dict[str, Any], rng: random.Random) -> dict[str, Any]:
    rules = schema.get("allOf", [])
    made: dict[str, Any] = {}
    for name in first_what_is_looked_at(schema["properties"], rules):
        here = in_case(schema, rules, made)
        one = here["properties"][name]
        if name in here.get("required", []) or rng.random() < 0.6:
            value = random_value(one, rng)
            floor = made.get(one.get("x-not-before", ""), "")
            made[name] = floor if floor and value[: len(floor)] < floor[: len(value)] else value
    return made


def random_value(schema: dict[str, Any], rng: random.Random) -> Any:
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return rng.choice(schema["enum"])
    if "x-catalogue" in schema:
        return rng.choice(schema["examples"])
    if "anyOf" in schema:
        without = {word: value for word, value in schema.items() if word != "anyOf"}
        return random_value(without | rng.choice(schema["anyOf"]), rng)
    kind = schema["type"]
    if kind == "boolean":
        return rng.random() < 0.5
    if kind == "integer":
        return rng.randint(schema["minimum"], schema["maximum"])
    if kind == "number":
        return random_number(schema, rng)
    if kind == "array":
        count = rng.randint(max(schema.get("minItems", 0), 1), min(schema["maxItems"], 3))
        return [random_value(schema["items"], rng) for _rank in range(count)]
    return random_object(schema, rng) if kind == "object" else random_text(schema, rng)


def random_number(schema: dict[str, Any], rng: random.Random) -> float:
    step = Decimal(str(schema["multipleOf"]))
    lowest = max([Decimal(str(schema[one])) for one in ("minimum", "exclusiveMinimum") if one in schema], default=-1000)
    highest = min([Decimal(str(schema[one])) for one in ("maximum", "exclusiveMaximum") if one in schema], default=1000)
    inside = [lowest + step, min(highest, lowest + 10_000) - step]
    return float(Decimal(rng.randint(int(inside[0] / step), int(inside[1] / step))) * step)


def random_text(schema: dict[str, Any], rng: random.Random) -> str:
    form = schema.get("format")
    if form == "date":
        last = dt.date.fromisoformat(schema.get("formatMaximum", "2030-12-31"))
        first = dt.date.fromisoformat(schema["formatMinimum"]) if "formatMinimum" in schema else last - 900 * DAY
        return (first + rng.randint(0, (last - first).days) * DAY).isoformat()
    if form == "date-time":
        span = DAY
        last_moment = dt.datetime.fromisoformat(schema.get("formatMaximum", "2030-12-31T00:00:00+00:00"))
        if "formatMinimum" in schema:
            span = last_moment - dt.datetime.fromisoformat(schema["formatMinimum"])
        return (last_moment - dt.timedelta(seconds=rng.randint(0, int(span.total_seconds())))).isoformat()
    for _attempt in range(5):
        text = "".join(rng.choice(LETTERS) for _rank in range(rng.randint(1, min(schema.get("maxLength", 200), 120))))
        if re.search(schema.get("pattern", ""), text) and not re.search(schema["not"]["pattern"], text):
            return text
    return str(rng.choice(schema["examples"]))
