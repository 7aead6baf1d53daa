"""Every audience that a procedure tells has its reason; no word is kept for an act or an audience that is gone."""

import pytest

from dossiers.services.renunciations import MESSAGES
from notifications.words import TODO, WHY, words_for
from workflows import audiences
from workflows.registry import TITLE, all_procedures

TABLES = [*all_procedures(), TITLE]
TOLD = {(row.name, audience) for table in TABLES for row in table.transitions for audience in row.tells}
# Notes of giving an access up: they move no state, so no table tells of them.
TOLD |= {(kind, audience) for kind, (_label, told) in MESSAGES.items() for audience in told}


@pytest.mark.parametrize("audience", sorted(audiences.KNOWN_AUDIENCES))
def test_every_audience_is_told_why(audience: str) -> None:
    assert "why" in words_for("any_act", audience)


def test_no_word_is_left_behind() -> None:
    # A company that holds a title is told with the applicants, in words of its own.
    assert set(TODO) <= TOLD | {(act, audiences.COMPANY) for act, told in TOLD if told == audiences.APPLICANT_SIDE}
    assert set(WHY) == set(audiences.KNOWN_AUDIENCES)


def test_what_is_expected_of_somebody_is_said() -> None:
    """An act that leaves a file waiting for its reader names their next step."""
    for pair in [("sign", audiences.PHARMACY), ("request_information", audiences.APPLICANT_SIDE)]:
        assert "todo" in words_for(*pair)


def test_a_request_that_is_withdrawn_stops_no_dispensing() -> None:
    assert "todo" in words_for("withdraw", audiences.APPLICANT_SIDE)
    assert "todo" not in words_for("withdraw", audiences.APPLICANT_SIDE, on_title=False)


def test_a_company_that_holds_a_title_supplies_and_does_not_dispense() -> None:
    for act in ("suspend", "withdraw", "cease", "expire"):
        hospital = words_for(act, audiences.APPLICANT_SIDE)["todo"]
        company = words_for(act, audiences.APPLICANT_SIDE, held_by_a_company=True)["todo"]
        assert hospital != company
        assert company == TODO[act, audiences.COMPANY]
