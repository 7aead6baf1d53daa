"""Small pieces of screen in the State design system, accessible by construction.

{% load ui %}
{% field form.reason %}                one field: label, hint, control, errors, tied together for screen readers
{% fields form %}                      all visible fields of a form, then the hidden ones
{% error_summary form %}               what is wrong, linking to each field; nothing when all is well
{% state_badge "granted" label %}      the state of a dossier or title
{% badge label "warning" %}            any short mark
{% alert "info" title text %}
{% facts pairs %}                      definition list from (label, value) pairs; empty values are left out
{% empty_state title text url label %}
{% pages previous_url next_url %}      previous and next, for keyset paging
{{ date|day }}  {{ datetime|moment }}  3 March 2026; 3 March 2026, 14:05 (Europe/Paris)
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django import forms, template
from django.forms.utils import ErrorList
from django.utils import timezone
from django.utils.translation import gettext as _

from workflows.dates import say

register = template.Library()

# Colour is a help, never the message: the label always says it.
STATE_COLOURS = {
    "draft": "new",
    "at_pharmacy": "new",
    "info_requested": "warning",
    "incomplete": "warning",
    "to_complete": "warning",
    "suspended": "warning",
    "granted": "success",
    "in_force": "success",
    "restricted": "success",
    "answered": "success",
    "redirected": "",
    "refused": "error",
    "withdrawn": "",
    "closed": "",
    "abandoned": "",
    "expired": "",
    "ceased": "",
    "replaced": "",
    "inadmissible": "error",
}


@register.inclusion_tag("ui/badge.html")
def badge(label: Any, kind: str = "info") -> dict[str, Any]:
    """`kind`: info, success, warning, error, new, or "" for a plain grey one."""
    return {"label": label, "kind": kind}


@register.inclusion_tag("ui/badge.html")
def state_badge(code: str, label: Any) -> dict[str, Any]:
    return {"label": label, "kind": STATE_COLOURS.get(code, "info")}


@register.inclusion_tag("ui/alert.html")
def alert(kind: str, title: Any = "", text: Any = "") -> dict[str, Any]:
    """`kind`: info, success, warning or error."""
    return {"kind": kind, "title": title, "text": text}


@register.inclusion_tag("ui/facts.html")
def facts(pairs: Iterable[tuple[Any, Any]]) -> dict[str, Any]:
    return {"pairs": [(label, value) for label, value in pairs if value not in (None, "", [])]}


@register.inclusion_tag("ui/empty_state.html")
def empty_state(title: Any, text: Any = "", url: str = "", label: Any = "") -> dict[str, Any]:
    return {"title": title, "text": text, "url": url, "label": label}


@register.inclusion_tag("ui/pages.html")
def pages(previous_url: str | None = "", next_url: str | None = "") -> dict[str, Any]:
    return {"previous_url": previous_url, "next_url": next_url}


@register.filter
def day(value: dt.date | dt.datetime | None) -> str:
    """A civil date in full letters of the reader's language; of a datetime, the day it was in Paris."""
    if value is None or value == "":
        return ""
    if isinstance(value, dt.datetime):
        value = timezone.localtime(value).date() if timezone.is_aware(value) else value.date()
    return say(value)


@register.filter
def moment(value: dt.datetime | None) -> str:
    """A date and time as they were in Paris."""
    if value is None or value == "":
        return ""
    local = timezone.localtime(value) if timezone.is_aware(value) else value
    return f"{say(local.date())}, {local:%H:%M}"


# ----------------------------------------------------------------------------------------------------- forms


def _control(bound: forms.BoundField) -> str:
    widget = bound.field.widget
    if isinstance(widget, forms.CheckboxSelectMultiple):
        return "checkboxes"
    if isinstance(widget, forms.RadioSelect):
        return "radios"
    if isinstance(widget, forms.CheckboxInput):
        return "checkbox"
    if isinstance(widget, forms.FileInput):
        return "file"
    if isinstance(widget, forms.Select):
        return "select"
    return "input"


_CONTROL_CLASSES = {"input": "fr-input", "select": "fr-select", "file": "fr-upload"}


@register.inclusion_tag("ui/field.html")
def field(bound: forms.BoundField, label: Any = "", hint: Any = None) -> dict[str, Any]:
    """One field with its label, hint and errors. Django ties hint and errors to the control (aria-describedby)."""
    if hint is not None:
        bound.help_text = hint
    # A placeholder vanishes when one types, and allauth's forms repeat the label there.
    if getattr(bound.field.widget, "input_type", "") in {"email", "password"}:
        bound.field.widget.attrs.pop("placeholder", None)
    control = _control(bound)
    attrs: dict[str, Any] = {}
    css_class = _CONTROL_CLASSES.get(control)
    if css_class:
        attrs["class"] = f"{bound.field.widget.attrs.get('class', '')} {css_class}".strip()
    if (
        control == "input"
        and isinstance(bound.field, forms.DateField)
        and not isinstance(bound.field.widget, forms.Textarea)
    ):
        attrs["type"] = "date"
    return {
        "field": bound,
        "label": label or bound.label,
        "control": control,
        "attrs": attrs,
        "widget": "" if control in {"radios", "checkboxes"} else bound.as_widget(attrs=attrs),
        "errors": bound.errors,
    }


@register.inclusion_tag("ui/fields.html")
def fields(form: forms.BaseForm) -> dict[str, Any]:
    return {"form": form}


@register.inclusion_tag("ui/error_summary.html")
def error_summary(form: forms.BaseForm) -> dict[str, Any]:
    """Everything wrong with the form, each line leading to its field. It takes the focus (static/js/app.js)."""
    problems: list[dict[str, Any]] = []
    if form.is_bound:
        problems += [{"anchor": "", "label": "", "message": message} for message in form.non_field_errors()]
        for bound in form:
            messages: ErrorList = bound.errors
            problems += [{"anchor": _anchor(bound), "label": bound.label, "message": text} for text in messages]
    return {"problems": problems, "title": _("There is something to correct")}


def _anchor(bound: forms.BoundField) -> str:
    """Where the link leads: the control, or the first choice of a group; nowhere for a hidden field."""
    if bound.is_hidden:
        return ""
    if _control(bound) in {"radios", "checkboxes"}:
        return f"{bound.auto_id}_0"
    return bound.id_for_label or bound.auto_id
