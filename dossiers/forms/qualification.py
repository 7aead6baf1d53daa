"""The result of the questions of qualification, kept in a request with the answers that led to it.

Three fields of the section `qualification`, written by the questions' own page (`dossiers:wizard`), hidden in the form
and read in words by everybody. `workflows.qualification` says what they may hold.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from dossiers.forms.fields import ask
from workflows.advice_guards import CLASSES
from workflows.qualification import TABLE, VERSION, Line, answers_of, outcome_choices, readable, rules_of, said_wrong
from workflows.qualification.table import Walk

FIELDS: Final = ("outcome", "path", "version")
LONGEST_PATH: Final = 1_000
EXAMPLE: Final = (
    "nature:software~sw_drives:no~sw_data:transforms~sw_patient:yes~sw_purpose:medical~sw_made:maker~"
    "sw_source:other~sw_rule_11:decides~sw_decides:less"
)
CLAIMED: Final = {
    "device": "device",
    "custom_made": "device",
    "in_vitro": "ivd",
    "accessory": "accessory",
    "not_a_device": "neither",
}
"""What the questions say of a product -> what the section calls it."""


class PathField(forms.CharField):
    """The answers given, `question:answer~question:answer`; in words, a line each."""

    def readable(self, value: Any) -> str:
        lines = readable(value) if isinstance(value, str) else []
        return "\n".join(f"{one.question} {one.answer}" for one in lines)


def outcome_field() -> forms.ChoiceField:
    return ask(
        forms.ChoiceField(
            label=_("What the questions of qualification say"),
            choices=[("", ""), *outcome_choices()],
            required=False,
            widget=forms.HiddenInput,
        ),
        example=TABLE.walk(EXAMPLE).outcome.code,  # type: ignore[union-attr]
    )


def path_field() -> PathField:
    label = _("Answers to these questions")
    field = PathField(label=label, max_length=LONGEST_PATH, required=False, widget=forms.HiddenInput)
    return ask(field, example=EXAMPLE)


def version_field() -> forms.IntegerField:
    return ask(
        forms.IntegerField(
            label=_("Version of these questions"),
            min_value=1,
            max_value=VERSION,
            required=False,
            widget=forms.HiddenInput,
        ),
        example=VERSION,
    )


def refuse_another_outcome(form: forms.Form) -> None:
    """To call in `clean`: an outcome that its answers do not lead to is no result of the questions."""
    outcome, path, version = (form.cleaned_data.get(name) for name in FIELDS)
    if not (outcome or path):
        return
    wrong = said_wrong(str(path or ""), str(outcome or ""), version or VERSION)
    if wrong:
        form.add_error("path", ValidationError(wrong, code="path"))  # type: ignore[arg-type]


def kept_of(data: Mapping[str, Any]) -> dict[str, Any] | None:
    """What a section keeps of the questions, for its page: `label`, `lines`, `path`; None when it keeps nothing."""
    path, code = str(data.get("path") or ""), str(data.get("outcome") or "")
    outcome = TABLE.outcomes.get(code)
    if outcome is None:
        return None
    lines: list[Line] = readable(path)
    return {"label": outcome.label, "lines": lines, "path": path, "older": str(data.get("version")) != str(VERSION)}


def filled_in(found: Walk, before: Mapping[str, Any]) -> dict[str, Any]:
    """The section `qualification` with the result of the questions; what its writer already said of the product there
    stays as it is."""
    assert found.outcome is not None
    claim = CLAIMED.get(found.means, "unknown")
    if found.outcome.code == "borderline_medicine":
        claim = "medicine"
    device_class = found.outcome.code.split("_")[1] if found.outcome.code.startswith(("mdr_", "ivdr_")) else ""
    known = {code.lower(): code for code, _label in CLASSES}
    said = {
        "claim": claim,
        "device_class": known.get(device_class, "unknown"),
        "rule": "; ".join(str(rule.reference) for rule in rules_of(found))[:200],
    }
    return {**said, **{name: value for name, value in before.items() if value}, **answers_of(found)}


def product_kind(found: Walk) -> str:
    """What the section `triage` calls such a product."""
    if found.means == "in_vitro":
        return "ivd"
    return "device" if found.means in {"device", "custom_made", "accessory"} else "borderline"
