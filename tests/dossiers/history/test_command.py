"""The command: what it prints, where, and its exit status."""

import io
import json

import jsonschema
import pytest
from django.core.management import CommandError, call_command

from dossiers.models import Dossier
from tests.dossiers.history.helpers import HERE, altered, case

pytestmark = pytest.mark.django_db

TEXT = {"type": "string"}
REASON = {
    "type": "object",
    "properties": {"code": TEXT, "message": TEXT, "field": TEXT},
    "required": ["code", "message", "field"],
    "additionalProperties": False,
}
CASE = {
    "type": "object",
    "properties": {
        "id": TEXT,
        "reference": {"type": ["string", "null"]},
        "state": {"type": ["string", "null"]},
        "title": {
            "type": ["object", "null"],
            "properties": {"number": TEXT, "state": TEXT, "starts_on": TEXT, "ends_on": TEXT},
            "required": ["number", "state", "starts_on", "ends_on"],
            "additionalProperties": False,
        },
        "refused_steps": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"at": TEXT, "transition": TEXT, "reasons": {"type": "array", "items": REASON}},
                "required": ["at", "transition", "reasons"],
                "additionalProperties": False,
            },
        },
    },
    "required": ["id", "reference", "state", "title", "refused_steps"],
    "additionalProperties": False,
}
REPORT = {
    "type": "object",
    "properties": {"cases": {"type": "array", "items": CASE}},
    "required": ["cases"],
    "additionalProperties": False,
}


def run(*arguments):
    """(exit status, standard output, standard error)."""
    out, err, status = io.StringIO(), io.StringIO(), 0
    try:
        call_command("import_history", *map(str, arguments), stdout=out, stderr=err)
    except SystemExit as end:
        status = end.code
    return status, out.getvalue(), err.getvalue()


@pytest.fixture
def written(tmp_path):
    def write(*cases):
        path = tmp_path / "cases.json"
        path.write_text(json.dumps(cases))
        return path

    return write


def test_json_alone_on_standard_output_and_progress_beside_it(world, written):
    status, out, err = run(written(case(), altered(case(id="H-2"), 4, role="ansm_assessor")), "--json")
    assert status == 1
    report = json.loads(out)
    jsonschema.validate(report, REPORT)
    kept, refused = report["cases"]
    assert (kept["state"], kept["refused_steps"]) == ("granted", [])
    assert refused["refused_steps"][0] | {"reasons": []} == {"at": "2024-03-07", "transition": "grant", "reasons": []}
    assert "2/2" in err


def test_a_line_a_case_and_every_reason(world, written, in_english):
    path = written(case(), altered(case(id="H-2"), 1, payload={}))
    status, out, _err = run(path)
    assert status == 1
    assert "H-1: AAC-D-2024-000001 granted, AAC-2024-000001 expired 2024-03-07 - 2024-09-06" in out
    assert "H-2: refused, nothing kept\n  2024-03-04 file\n    - Tick this box" in out
    assert "1 imported, 0 imported before, 1 refused." in out
    status, out, _err = run(path)
    assert "(imported before)" in out


def test_all_kept_is_a_success_and_again_too(world, written):
    path = written(case())
    assert run(path, "--json")[0] == 0
    assert run(path, "--json")[0] == 0
    assert Dossier.objects.count() == 1


def test_an_empty_list_is_a_success(db, written):
    assert run(written(), "--json")[:2] == (0, '{"cases": []}\n')


def test_no_list_of_cases_is_an_error(db, tmp_path):
    (tmp_path / "cases.json").write_text('"AAC"')
    with pytest.raises(CommandError):
        call_command("import_history", str(tmp_path / "cases.json"), "--json", stdout=io.StringIO())


def test_published_cases_of_a_procedure_that_is_not_known_are_refused_one_by_one(world, tmp_path):
    path = tmp_path / "cases.json"
    path.write_text((HERE / "aap_published.json").read_text().replace('"AAP-', '"ATU-'))
    status, out, _err = run(path, "--format", "published", "--json")
    assert status == 1
    report = json.loads(out)
    jsonschema.validate(report, REPORT)
    assert [one["id"] for one in report["cases"]] == ["ATU-003", "ATU-032", "ATU-099"]
    assert {step["reasons"][0]["code"] for one in report["cases"] for step in one["refused_steps"]} == {
        "unknown_procedure"
    }
    assert report["cases"][0]["refused_steps"][0]["at"] == "2020-11-04"
