"""Giving an early access up: the holder tells HAS, HAS answers. Without an answer in a month, its silence accepts."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from django import forms
from django.http import Http404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dossiers.queries.renunciations import renunciation_of
from dossiers.queries.titles import title_for
from dossiers.services import renunciations
from dossiers.services.errors import Blocked, WrongState
from dossiers.views.shared.after import AfterScreen
from workflows.dates import civil_date, say
from workflows.title_guards import last_day_to_answer, renounced_after_a_month
from workflows.types import Text

ACCEPT, REFUSE = "accept", "refuse"
OUTCOMES: Final = (
    (ACCEPT, _("Accept: the authorisation ends today")),
    (REFUSE, _("Refuse: the authorisation goes on")),
)


def _words(label: Text, hint: Text, *, required: bool = True) -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": 6, "maxlength": renunciations.LONGEST_TEXT})
    return forms.CharField(label=label, help_text=hint, widget=widget, required=required)


class AskForm(forms.Form):
    use_required_attribute = False

    reason = _words(
        _("Why you give it up"),
        _("Say also how many patients are treated and what relays the treatment. No patient's name or number."),
    )


class AnswerForm(forms.Form):
    use_required_attribute = False

    outcome = forms.ChoiceField(label=_("Your answer"), choices=OUTCOMES, widget=forms.RadioSelect)
    reason = _words(_("Reason"), _("The holder reads it. Needed for a refusal."), required=False)


class RenunciationScreen(AfterScreen):
    anchor = "renunciation"

    def find(self, **kwargs: Any) -> None:
        self.title = title_for(self.actor, kwargs["number"])
        if self.title is None or not renounced_after_a_month(self.title.procedure):
            raise Http404
        self.dossier, self.waiting = self.title.dossier, renunciation_of(self.title, self.actor)

    @property
    def number(self) -> str:
        return self.title.number if self.title else ""

    def back(self) -> tuple[str, str]:
        return reverse("dossiers:title", args=[self.number]), self.number

    def do(self, typed: dict[str, Any], at: dt.datetime) -> object:
        try:
            return self.send(typed, at)
        except WrongState as error:
            raise Blocked(error.reasons) from error

    def send(self, typed: dict[str, Any], at: dt.datetime) -> object:
        raise NotImplementedError


class Ask(RenunciationScreen):
    heading = _("Give up the authorisation")
    intro = _(
        "HAS has a month to answer; its silence accepts. Until then the authorisation stays in force. Afterwards the "
        "patients already treated are supplied for a year at least."
    )
    button = _("Tell HAS")
    done = _("HAS is told.")
    danger = True

    def act(self) -> str:
        return "fulfil"

    def form(self, *data: Any) -> forms.Form:
        return AskForm(*data)

    def closed(self) -> Text:
        if self.waiting is not None:
            return _("HAS was told on %s: it has a month to answer.") % say(self.waiting.asked_on)
        if self.title is not None and self.title.state != "in_force":
            return _("Only an authorisation in force is given up.")
        return ""

    def about(self) -> list[tuple[Text, Text]]:
        today = civil_date(timezone.now())
        return [(_("Last day for HAS to answer"), say(last_day_to_answer(today)))]

    def send(self, typed: dict[str, Any], at: dt.datetime) -> object:
        return renunciations.ask(number=self.number, reason=typed["reason"], actor=self.actor, at=at)


class Answer(RenunciationScreen):
    heading = _("Answer the holder who gives the authorisation up")
    button = _("Answer the holder")
    done = _("The holder is told.")

    def act(self) -> str:
        return "answer_renunciation"

    def form(self, *data: Any) -> forms.Form:
        return AnswerForm(*data)

    def closed(self) -> Text:
        return "" if self.waiting else _("The holder does not ask to give this authorisation up.")

    def about(self) -> list[tuple[Text, Text]]:
        if self.waiting is None:
            return []
        return [
            (_("Told on"), say(self.waiting.asked_on)),
            (_("Last day to answer, silence then accepts"), say(self.waiting.answer_by)),
            (_("Reason"), self.waiting.reason),
        ]

    def send(self, typed: dict[str, Any], at: dt.datetime) -> object:
        accepted = typed["outcome"] == ACCEPT
        return renunciations.answer(
            number=self.number, accepted=accepted, reason=typed["reason"], actor=self.actor, at=at
        )
