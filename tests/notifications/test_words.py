"""Every audience that a procedure tells has its reason; no word is kept for an act or an audience that is gone."""

import pytest

from notifications.words import TODO, WHY, words_for
from workflows import audiences
from workflows.registry import TITLE, all_procedures

TABLES = [*all_procedures(), TITLE]
TOLD = {(row.name, audience) for table in TABLES for row in table.transitions for audience in row.tells}


@pytest.mark.parametrize("audience", sorted(audiences.KNOWN_AUDIENCES))
def test_every_audience_is_told_why(audience: str) -> None:
    assert "why" in words_for("any_act", audience)


def test_no_word_is_left_behind() -> None:
    assert set(TODO) <= TOLD
    assert set(WHY) == set(audiences.KNOWN_AUDIENCES)


def test_what_is_expected_of_somebody_is_said() -> None:
    """An act that leaves a file waiting for its reader names their next step."""
    for pair in [("sign", audiences.PHARMACY), ("request_information", audiences.APPLICANT_SIDE)]:
        assert "todo" in words_for(*pair)
