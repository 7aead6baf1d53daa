"""What I want to be told of."""

from __future__ import annotations

import datetime as dt
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.models import Membership, Person
from notifications.preferences import ALWAYS_SENT, TOPICS, Topic, choices_of, choose
from workflows.dates import civil_date


def topics_for(person: Person, on: dt.date) -> list[Topic]:
    """The topics that concern somebody of this person's roles on that day."""
    held = set(Membership.objects.filter(person=person).open_on(on).values_list("role", flat=True))
    return [topic for topic in TOPICS.values() if topic.roles & held]


class PreferencesForm(forms.Form):
    """One question per topic, named after it."""

    def __init__(self, topics: list[Topic], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for topic in topics:
            self.fields[topic.code] = forms.ChoiceField(
                label=str(topic.label),
                help_text=str(topic.help),
                choices=list(topic.choices.items()),
                widget=forms.RadioSelect,
            )


@never_cache
@require_http_methods(["GET", "POST"])
def preferences(request: HttpRequest) -> HttpResponse:
    """My choices; posting them keeps them."""
    me = cast(Person, request.user)
    topics = topics_for(me, civil_date(timezone.now()))
    form = PreferencesForm(topics, request.POST if request.method == "POST" else None, initial=choices_of(me))
    if request.method == "POST" and form.is_valid():
        for topic, choice in form.cleaned_data.items():
            choose(person=me, topic=topic, choice=choice)
        messages.success(request, _("Your choices are saved."))
        return redirect("notifications:preferences")
    context = {"form": form, "has_topics": bool(topics), "always_sent": ALWAYS_SENT}
    return render(request, "notifications/preferences.html", context, status=422 if form.errors else 200)
