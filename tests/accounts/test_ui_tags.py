"""The reusable pieces of screen: what is typed is escaped, what is wrong is tied to its field."""

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from bs4 import BeautifulSoup
from django import forms
from django.template import Context, Template
from django.utils import translation


class Sample(forms.Form):
    reason = forms.CharField(label="Reason", help_text="In your words", max_length=5, widget=forms.Textarea)
    colour = forms.ChoiceField(label="Colour", choices=[("r", "Red"), ("b", "Blue")], widget=forms.RadioSelect)
    many = forms.MultipleChoiceField(
        label="Many", choices=[("1", "One")], widget=forms.CheckboxSelectMultiple, required=False
    )
    agree = forms.BooleanField(label="I agree")
    on = forms.DateField(label="On")
    kind = forms.ChoiceField(label="Kind", choices=[("a", "A")])
    file = forms.FileField(label="File", required=False)
    hidden = forms.CharField(widget=forms.HiddenInput, initial="kept")


def _render(source: str, **context: Any) -> BeautifulSoup:
    with translation.override("en"):
        return BeautifulSoup(Template("{% load ui %}" + source).render(Context(context)), "html.parser")


def test_every_control_has_a_label_and_its_classes() -> None:
    page = _render("{% fields form %}", form=Sample())
    for control in page.select("input:not([type=hidden]), textarea, select"):
        assert page.select_one(f"label[for={control['id']}]"), control
    assert page.select_one("#id_reason")["class"] == ["fr-input"]
    assert page.select_one("#id_kind")["class"] == ["fr-select"]
    assert page.select_one("#id_file")["class"] == ["fr-upload"]
    assert page.select_one("#id_on")["type"] == "date"
    assert page.select_one("[name=hidden]")["value"] == "kept"
    assert len(page.select("legend")) == 2


def test_hints_and_errors_are_tied_to_the_control() -> None:
    form = Sample({"reason": "too long", "on": "31/02/2026"})
    form.is_valid()
    page = _render("{% fields form %}", form=form)
    described = page.select_one("#id_reason")["aria-describedby"].split()
    assert [page.select_one(f"#{each}") is not None for each in described] == [True, True]
    assert page.select_one("#id_reason")["aria-invalid"] == "true"
    assert page.select_one("#id_on")["value"] == "31/02/2026", "what was typed stays, even wrong"


def test_each_line_of_the_error_summary_leads_to_an_existing_control() -> None:
    form = Sample({"reason": "<b>"})
    form.is_valid()
    form.add_error(None, "As a whole & <i>")
    page = _render("{% error_summary form %}{% fields form %}", form=form)
    links = page.select("[data-error-summary] a")
    assert len(links) == 4
    for link in links:
        assert page.select_one(link["href"]) is not None, link
    assert page.find("i") is None
    assert not _render("{% error_summary form %}", form=Sample()).select("[data-error-summary]")


def test_nothing_typed_becomes_markup() -> None:
    nasty = "<script>alert(1)</script>"
    page = _render(
        "{% alert 'info' nasty nasty %}{% badge nasty %}{% facts pairs %}{% empty_state nasty nasty nasty nasty %}",
        nasty=nasty,
        pairs=[(nasty, nasty), ("empty", ""), ("none", None), ("zero", 0)],
    )
    assert page.find("script") is None
    assert len(page.select("dt")) == 2


@pytest.mark.parametrize("language", ["fr", "en"])
def test_dates_are_those_of_paris(language: str) -> None:
    late = dt.datetime(2026, 3, 2, 23, 30, tzinfo=ZoneInfo("UTC"))
    with translation.override(language):
        text = Template("{% load ui %}{{ at|day }}|{{ at|moment }}|{{ none|day }}").render(
            Context({"at": late, "none": None})
        )
    month = {"fr": "mars", "en": "March"}[language]
    assert text == f"3 {month} 2026|3 {month} 2026, 00:30|"
