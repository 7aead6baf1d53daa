"""What a person may choose to be told of, and what they are told in any case.

A notice that the law gives a person, or that says what they must do by a day, is no topic: nobody can refuse it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext_lazy as _

from accounts.models import Person
from notifications.models import Preference
from workflows.renewals import RENEWED_BY
from workflows.roles import ANSM_STAFF, HAS_STAFF
from workflows.types import Role, Text

PATH: Final = "/account/notifications/"
REMINDERS: Final = "reminders"
DIGEST: Final = "digest"
ALL: Final = "all"
MINE: Final = "mine"
NONE: Final = "none"
ON: Final = "on"
OFF: Final = "off"


@dataclass(frozen=True)
class Topic:
    """Something one may refuse. `choices`: code -> plain words; `roles`: whom it concerns."""

    code: str
    label: Text
    help: Text
    choices: Mapping[str, Text]
    default: str
    roles: frozenset[Role]


TOPICS: Final[dict[str, Topic]] = {
    one.code: one
    for one in (
        Topic(
            REMINDERS,
            _("Reminders before an authorisation of my organisation ends"),
            _(
                "They stop by themselves once a renewal is sent or the treatment is stopped. If everyone who could "
                "renew an authorisation refuses its reminders, everyone receives them: a treatment must not end "
                "because nobody was told."
            ),
            {
                ALL: _("All of them: a colleague may be away"),
                MINE: _("Only for the requests that I wrote, signed, sent or am in charge of"),
                NONE: _("None: my colleagues see to it"),
            },
            ALL,
            frozenset[Role]().union(*RENEWED_BY.values()),
        ),
        Topic(
            DIGEST,
            _("Summary of the day"),
            _("One mail each working day at 7 in the morning: numbers and links, and nothing when nothing waits."),
            {ON: _("Send it to me"), OFF: _("Do not send it to me")},
            ON,
            ANSM_STAFF | HAS_STAFF,
        ),
    )
}
"""Code of a topic -> what may be chosen. Rows of `Preference` hold these codes."""


@dataclass(frozen=True)
class Notice:
    """What is always sent, and why it cannot be refused."""

    what: Text
    why: Text


ALWAYS_SENT: Final = (
    Notice(
        _("Decisions on a request, with their letter"),
        _("A decision has effect, and the time to contest it runs, once it is notified."),
    ),
    Notice(
        _("Suspension, withdrawal, change or end of an authorisation"),
        _("Dispensing may have to stop the same day."),
    ),
    Notice(
        _("Invitations to comment before a suspension or a withdrawal"),
        _("The law gives you the right to be heard before the decision (R.5121-74-8)."),
    ),
    Notice(
        _("Questions from the agency, and their reminders"),
        _("The examination is paused until you answer, and the file may be closed without an answer."),
    ),
    Notice(
        _("Steps of a request that wait for you: to check, to correct, to examine, to sign"),
        _("A patient waits for the next step."),
    ),
    Notice(
        _("Obligations that come with an authorisation, before their date and when they are late"),
        _("They are conditions of the authorisation."),
    ),
    Notice(
        _("What you send before a meeting with ANSM, before its date and when it is late"),
        _("The meeting cannot be held without the briefing document."),
    ),
)


def choice_of(person: Person, topic: str) -> str:
    """What this person chose, or the topic's default. Raises KeyError for an unknown topic."""
    default = TOPICS[topic].default
    return Preference.objects.filter(person=person, topic=topic).values_list("choice", flat=True).first() or default


def choices_of(person: Person) -> dict[str, str]:
    """Topic -> choice, for every topic, in one query."""
    chosen = dict(Preference.objects.filter(person=person, topic__in=TOPICS).values_list("topic", "choice"))
    return {code: chosen.get(code, topic.default) for code, topic in TOPICS.items()}


def choose(*, person: Person, topic: str, choice: str) -> None:
    """Keep this choice in place of the one before. Raises KeyError for an unknown topic, ValueError for a choice that
    the topic does not have."""
    if choice not in TOPICS[topic].choices:
        raise ValueError(f"{topic} has no choice {choice!r}")
    Preference.objects.update_or_create(person=person, topic=topic, defaults={"choice": choice})
