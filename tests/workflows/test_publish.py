"""What is generated from the tables: up to date, valid, accessible, and without anything the page's policy refuses."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import translation

from workflows.diagram import Audience, state_diagram
from workflows.procedures.aac import AAC
from workflows.procedures.title import TITLE
from workflows.publish import access_matrix, generated_files, procedure_page
from workflows.types import Procedure

SVG = "{http://www.w3.org/2000/svg}"
DOCS = Path(__file__).resolve().parents[2] / "docs" / "procedures"
BOTH = pytest.mark.parametrize("table", [AAC, TITLE], ids=lambda table: table.code)
AUDIENCES = pytest.mark.parametrize("audience", ["staff", "applicant"])


@pytest.fixture(autouse=True)
def in_english() -> object:
    with translation.override("en"):
        yield


def parsed(text: str) -> ET.Element:
    return ET.fromstring(text)  # noqa: S314 - made by ourselves


def test_docs_are_up_to_date() -> None:
    assert {path.name: path.read_text(encoding="utf-8") for path in DOCS.iterdir()} == generated_files()


def test_pages_do_not_depend_on_the_reader_language() -> None:
    with translation.override("fr"):
        in_french = generated_files()
    assert in_french == generated_files()


def test_the_command_writes_then_agrees_then_notices(tmp_path: Path) -> None:
    folder = tmp_path / "procedures"
    with pytest.raises(CommandError, match=r"aac\.md"):
        call_command("publish_procedures", check=True, folder=folder, verbosity=0)
    assert not folder.exists()
    call_command("publish_procedures", folder=folder)
    call_command("publish_procedures", check=True, folder=folder)
    (folder / "aac.svg").write_text("changed", encoding="utf-8")
    (folder / "old.md").write_text("a procedure that is no more", encoding="utf-8")
    with pytest.raises(CommandError, match=r"aac\.svg, old\.md"):
        call_command("publish_procedures", check=True, folder=folder)
    call_command("publish_procedures", folder=folder)
    assert not (folder / "old.md").exists()
    call_command("publish_procedures", check=True, folder=folder)


@BOTH
def test_the_page_names_every_state_act_rule_and_role(table: Procedure) -> None:
    page = procedure_page(table)
    for state in table.states:
        assert f"`{state.code}`" in page
        assert str(state.applicant) in page
    for row in table.transitions:
        assert f"(`{row.name}`)" in page
        for field in row.payload:
            assert f"`{field.name}`" in page
        for guard in row.guards:
            assert guard.__name__.replace("_", " ") in page  # type: ignore[attr-defined]
        if row.law:
            assert row.law in page


def test_matrix_of_the_aac() -> None:
    rows = {(row.name, row.source): set(row.roles) for row in access_matrix(AAC)}
    assert rows["sign", "draft"] == {"prescriber"}
    assert rows["withdraw", "to_sign"] == {"prescriber", "pharmacist"}
    assert len(rows) == sum(len(row.sources) for row in AAC.transitions)


def test_matrix_of_titles_says_for_which_procedures() -> None:
    rows = {(row.name, row.source): row.roles for row in access_matrix(TITLE)}
    assert rows["suspend", "in_force"] == {
        "ansm_signatory": ("aac", "aap", "cpc", "device_exemption"),
        "has_college": ("aap",),
    }
    assert rows["stop_treatment", "in_force"] == {"prescriber": ("aac",), "pharmacist": ("aac",)}
    assert rows["expire", "suspended"] == {"system": ()}


# --------------------------------------------------------------------------------------------------- diagrams


@BOTH
@AUDIENCES
def test_a_diagram_passes_a_strict_policy(table: Procedure, audience: Audience) -> None:
    text = str(state_diagram(table, audience=audience))
    for element in parsed(text).iter():
        assert element.tag not in {f"{SVG}style", f"{SVG}script", f"{SVG}foreignObject"}
        for name in element.attrib:
            assert name != "style"
            assert not name.startswith("on")
    assert "href" not in text


@BOTH
@AUDIENCES
def test_a_diagram_is_told_in_words(table: Procedure, audience: Audience) -> None:
    root = parsed(str(state_diagram(table, audience=audience)))
    assert root.attrib["role"] == "img"
    title_id, desc_id = root.attrib["aria-labelledby"].split()
    title, desc = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
    assert title is not None
    assert desc is not None
    assert (title.attrib["id"], desc.attrib["id"]) == (title_id, desc_id)
    assert str(table.name) in (title.text or "")
    for row in table.transitions:
        hidden = audience == "applicant" and row.staff_only
        assert (str(row.label) in (desc.text or "")) is not hidden, row.name


def lit(root: ET.Element) -> list[str]:
    return [group.attrib["data-state"] for group in root.iter(f"{SVG}g") if "--current" in group.attrib["class"]]


@BOTH
def test_the_present_state_is_lit(table: Procedure) -> None:
    assert lit(parsed(str(state_diagram(table)))) == []
    for state in table.states:
        root = parsed(str(state_diagram(table, current=state.code)))
        assert lit(root) == [state.code]
        desc = root.find(f"{SVG}desc")
        assert desc is not None
        assert (desc.text or "").startswith(f"Present stage: {state.staff}.")


def test_applicants_are_not_shown_that_a_proposal_waits() -> None:
    proposed = str(state_diagram(AAC, current="to_sign", audience="applicant"))
    assert proposed == str(state_diagram(AAC, current="assessment", audience="applicant"))
    assert "to_sign" not in proposed
    assert "Propose" not in proposed


def boxes(root: ET.Element) -> dict[str, tuple[float, float, float, float]]:
    found = {}
    for group in root.iter(f"{SVG}g"):
        if "data-state" in group.attrib:
            rect = group.find(f"{SVG}rect")
            assert rect is not None
            found[group.attrib["data-state"]] = tuple(float(rect.attrib[key]) for key in ("x", "y", "width", "height"))
    return found  # type: ignore[return-value]


@BOTH
@AUDIENCES
def test_boxes_are_apart_and_inside(table: Procedure, audience: Audience) -> None:
    root = parsed(str(state_diagram(table, audience=audience)))
    placed = boxes(root)
    labels = {str(state.staff if audience == "staff" else state.applicant) for state in table.states}
    assert len(placed) == len(labels)
    assert len({(x, y) for x, y, _w, _h in placed.values()}) == len(placed)
    for code, (x, y, width, height) in placed.items():
        assert x >= 0
        assert y >= 0
        assert x + width <= float(root.attrib["width"])
        assert y + height <= float(root.attrib["height"])
        for other, (ox, oy, _ow, _oh) in placed.items():
            assert code == other or abs(ox - x) >= width or abs(oy - y) >= height


@BOTH
def test_straight_lines_cross_no_box(table: Procedure) -> None:
    """The detours of long arrows: no vertical part runs through a box on its way."""
    root = parsed(str(state_diagram(table)))
    for path in root.iter(f"{SVG}path"):
        for x, y1, y2 in _verticals(path.attrib["d"]):
            for bx, by, width, height in boxes(root).values():
                inside = bx < x < bx + width
                assert not (inside and min(y1, y2) < by and by + height < max(y1, y2)), path.attrib["d"]


def _verticals(drawn: str) -> list[tuple[int, int, int]]:
    x = y = 0
    found = []
    for command, first, second in re.findall(r"([MHV])(\d+)(?: (\d+))?", drawn):
        if command == "M":
            x, y = int(first), int(second)
        elif command == "H":
            x = int(first)
        else:
            found.append((x, y, int(first)))
            y = int(first)
    return found


def test_every_state_but_the_first_has_an_arrow_to_it() -> None:
    """Each box is touched by the end of an arrow, the dashed ones included."""
    for table in (AAC, TITLE):
        root = parsed(str(state_diagram(table)))
        ends = set()
        for path in root.iter(f"{SVG}path"):
            if "marker-end" in path.attrib:
                x, y = (int(number) for number in _last_point(path.attrib["d"]))
                ends.add((x, y))
        for code, (x, y, width, height) in boxes(root).items():
            touched = [end for end in ends if x <= end[0] <= x + width and end[1] in (y, y + height)]
            assert touched, code


def _last_point(drawn: str) -> tuple[str, str]:
    numbers = re.findall(r"\d+", drawn)
    if "C" in drawn:
        return numbers[-2], numbers[-1]
    across = re.findall(r"[MH](\d+)", drawn)
    return across[-1], numbers[-1]


def test_title_diagram_of_one_procedure_leaves_the_others_out() -> None:
    text = str(state_diagram(TITLE, granted_by="aac"))
    assert "Declare that the treatment stopped" in text
    assert "Give up the authorisation" not in text
    assert "HAS College" not in text


def test_labels_follow_the_active_language_and_are_escaped() -> None:
    hostile = Procedure("x", 1, "<b>&", (), (AAC.states[0],), (), "draft")
    root = parsed(str(state_diagram(hostile)))
    title = root.find(f"{SVG}title")
    assert title is not None
    assert "<b>&" in (title.text or "")
