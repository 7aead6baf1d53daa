"""What people type about themselves and their organisation's members."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts import services
from accounts.models import Membership, Organisation, Person
from catalogue.identifiers import check_rpps
from workflows import roles


class ProfileForm(forms.ModelForm):
    """Identity, as printed in letters."""

    # Wider than the column: spaces of presentation are forgiven, then removed.
    rpps = forms.CharField(
        label=_("RPPS number"),
        required=False,
        max_length=20,
        help_text=_("11 digits; doctors and pharmacists have one."),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )

    class Meta:
        model = Person
        fields = ("first_name", "last_name", "rpps", "language")
        labels = {"language": _("Language of the site and of mails")}
        widgets = {
            "first_name": forms.TextInput(attrs={"autocomplete": "given-name"}),
            "last_name": forms.TextInput(attrs={"autocomplete": "family-name"}),
        }

    def clean_rpps(self) -> str | None:
        typed = self.cleaned_data["rpps"]
        return check_rpps(typed) if typed else None


class ContactForm(forms.ModelForm):
    """How to reach the person under one membership."""

    class Meta:
        model = Membership
        fields = ("quality", "speciality", "ward", "phone")
        widgets = {"phone": forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"})}


def _role_field(organisation: Organisation) -> forms.ChoiceField:
    choices = [(code, roles.LABELS[code]) for code in services.grantable_roles(organisation)]
    return forms.ChoiceField(label=_("Role"), choices=choices)


class InvitationForm(forms.Form):
    email = forms.EmailField(
        label=_("E-mail address"),
        max_length=254,
        help_text=_("A link to set a password is sent there."),
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    first_name = forms.CharField(label=_("First name"), max_length=100)
    last_name = forms.CharField(label=_("Last name"), max_length=100)
    quality = forms.CharField(
        label=_("Position"), max_length=100, required=False, help_text=_("As printed in letters.")
    )
    language = forms.ChoiceField(label=_("Language of the invitation"), choices=Person.Language.choices)

    def __init__(self, *args: Any, organisation: Organisation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"] = _role_field(organisation)
        self.order_fields(["email", "first_name", "last_name", "role", "quality", "language"])


class RoleForm(forms.Form):
    def __init__(self, *args: Any, membership: Membership, **kwargs: Any) -> None:
        kwargs["initial"] = {"role": membership.role}
        super().__init__(*args, **kwargs)
        self.membership = membership
        self.fields["role"] = _role_field(membership.organisation)

    def clean_role(self) -> str:
        role = self.cleaned_data["role"]
        if role == self.membership.role:
            raise ValidationError(_("This person already has this role. Choose another one."), code="same_role")
        return role
