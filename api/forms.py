"""What is typed to make a token, or a system."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation
from api.scopes import SCOPES
from api.systems import roles_offered
from api.tokens import LONGEST_DAYS, USUAL_DAYS
from workflows import roles


def _scopes() -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=_("What it may be used for"),
        choices=list(SCOPES.items()),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one of the scopes offered.")},
    )


class TokenForm(forms.Form):
    use_required_attribute = False

    name = forms.CharField(
        label=_("Name"),
        max_length=100,
        help_text=_("After the system that will use it, so that you know later what stops when you revoke it."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    days = forms.IntegerField(label=_("Days it lives"), min_value=1, max_value=LONGEST_DAYS, initial=USUAL_DAYS)
    scopes = _scopes()


class SystemForm(forms.Form):
    use_required_attribute = False

    name = forms.CharField(
        label=_("Name of the system"),
        max_length=100,
        help_text=_("What it does in files is shown under this name."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    scopes = _scopes()

    def __init__(self, *args: Any, organisation: Organisation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"] = forms.ChoiceField(
            label=_("Role"),
            choices=[(code, roles.LABELS[code]) for code in roles_offered(organisation)],
            help_text=_("A system prepares. What the law has a person sign, a person signs."),
        )
        self.order_fields(["name", "role", "scopes"])
