"""The mail this room sends itself. It carries no health data and no act waits for it."""

from __future__ import annotations

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation

from accounts.models import Membership, Person


def first_path(person: Person) -> str:
    """Where a new person sets a password; whoever has one signs in, an administrator resets nobody's password."""
    if person.has_usable_password():
        return reverse("account_login")
    key = default_token_generator.make_token(person)
    return reverse("account_reset_password_from_key", args=[user_pk_to_url_str(person), key])


def send_invitation(*, membership: Membership, link: str) -> None:
    """Tell the person they joined. `link` sets their first password, or signs in whoever already has one."""
    person = membership.person
    with translation.override(person.language):
        context = {
            "membership": membership,
            "link": link,
            "new_account": not person.has_usable_password(),
        }
        subject = render_to_string("accounts/email/invitation_subject.txt", context)
        text = render_to_string("accounts/email/invitation.txt", context)
    send_mail(" ".join(subject.split()), text, None, [person.email])
