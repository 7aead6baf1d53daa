"""What follows a decision: forms that count the patients still treated, record an appeal, and say how it ended.

Whatever is refused comes back with what was typed, as on the screens of obligations.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views import View

from dossiers.models import Appeal, Continuity, Dossier
from dossiers.policy import may
from dossiers.queries import after as queries
from dossiers.queries.pages import dossier_for
from dossiers.queries.titles import title_for
from dossiers.services import appeals, continuity
from dossiers.services.errors import Blocked, Forbidden, NotFound
from workflows.dates import civil_date, say
from workflows.types import Actor, Text


def _day(label: Text, hint: Text = "", *, required: bool = True) -> forms.DateField:
    widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "class": "app-short"})
    return forms.DateField(label=label, help_text=hint, required=required, widget=widget)


def _words(label: Text, hint: Text) -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": 6, "maxlength": appeals.LONGEST})
    return forms.CharField(label=label, help_text=hint, widget=widget)


class CountForm(forms.Form):
    use_required_attribute = False

    on = _day(_("Counted on"), _("The day of which you know the number."))
    patients = forms.IntegerField(
        label=_("Patients still treated"),
        help_text=_("0 when none is left: the continuity then closes."),
        min_value=0,
        max_value=continuity.MOST_PATIENTS,
        widget=forms.NumberInput(attrs={"class": "app-short", "inputmode": "numeric"}),
    )
    until = _day(
        _("You supply them until"),
        _("Only to supply them longer than planned. Leave empty otherwise."),
        required=False,
    )


class LodgeForm(forms.Form):
    use_required_attribute = False

    kind = forms.ChoiceField(
        label=_("To whom the appeal is made"), choices=[*queries.KINDS.items()], widget=forms.RadioSelect
    )
    lodged_on = _day(_("Lodged on"), _("The day it was received, or registered by the court."))
    grounds = _words(
        _("What it is about"),
        _("In a few words. The authorities and the holder of the file read it. No patient's name or number."),
    )


class SettleForm(forms.Form):
    use_required_attribute = False

    outcome = forms.ChoiceField(label=_("How it ended"), choices=[*queries.OUTCOMES.items()], widget=forms.RadioSelect)
    answered_on = _day(_("Answered on"), _("The day of the answer or of the judgment."))
    answer = _words(
        _("What was answered"),
        _("In a few words. The authorities and the holder of the file read it. No patient's name or number."),
    )


class AfterScreen(View):
    """One form about what follows a decision. `anchor`: where it lies on the page that it belongs to."""

    heading: Text
    intro: Text = ""
    button: Text
    done: Text
    anchor: str
    actor: Actor
    dossier: Dossier

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        actor: Actor | None = request.actor  # type: ignore[attr-defined]
        if actor is None:
            raise Http404
        self.actor = actor
        self.find(**kwargs)
        ruling = may(actor, self.act(), self.dossier)
        if not ruling.allowed:
            raise PermissionDenied(" ".join(str(reason.message) for reason in ruling.reasons))
        return super().dispatch(request, *args, **kwargs)

    def find(self, **kwargs: Any) -> None:
        """Raises Http404: absent and out of reach are told apart to nobody."""
        raise NotImplementedError

    def act(self) -> str:
        raise NotImplementedError

    def form(self, *data: Any) -> forms.Form:
        raise NotImplementedError

    def do(self, typed: dict[str, Any], at: dt.datetime) -> object:
        raise NotImplementedError

    def closed(self) -> Text:
        """Why the form can no longer be sent; empty while it can."""
        return ""

    def about(self) -> list[tuple[Text, Text]]:
        """What the form is about: (label, value)."""
        return []

    def back(self) -> tuple[str, str]:
        """(address, name) of the page that it belongs to."""
        return reverse("dossiers:dossier", args=[self.dossier.reference]), self.dossier.reference

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        closed = self.closed()
        return self.page(self.form(), closed=closed, status=409 if closed else 200)

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        form = self.form(request.POST)
        if closed := self.closed():
            return self.page(form, closed=closed, status=409)
        if not form.is_valid():
            return self.page(form, status=422)
        try:
            self.do(form.cleaned_data, timezone.now())
        except NotFound as error:
            raise Http404 from error
        except Forbidden as error:
            raise PermissionDenied(str(error.reasons[0].message)) from error
        except Blocked as error:
            for reason in error.reasons:
                form.add_error(reason.field if reason.field in form.fields else None, str(reason.message))
            return self.page(form, status=422)
        messages.success(request, str(self.done))
        return HttpResponseRedirect(f"{self.back()[0]}#{self.anchor}")

    def page(self, form: forms.Form, *, closed: Text = "", status: int = 200) -> HttpResponse:
        typed = [(one.label, one.value()) for one in form if form.is_bound and isinstance(one.value(), str)]
        address, name = self.back()
        context = {
            "screen": self,
            "dossier": self.dossier,
            "about": self.about(),
            "form": form,
            "closed": closed,
            "typed": [(label, words) for label, words in typed if words] if closed else [],
            "back_url": f"{address}#{self.anchor}",
            "back_name": name,
        }
        return render(self.request, "dossiers/shared/after_form.html", context, status=status)


class Count(AfterScreen):
    heading = _("Patients still treated")
    intro = _(
        "Say how many patients you still supply now that the authorisation has ended. HAS, ANSM and the ministry "
        "read it."
    )
    button = _("Declare")
    done = _("Noted. Thank you.")
    anchor = "continuity"
    row: Continuity | None

    def find(self, **kwargs: Any) -> None:
        self.title = title_for(self.actor, kwargs["number"])
        if self.title is None:
            raise Http404
        self.dossier, self.row = self.title.dossier, queries.continuity_for(self.title)

    def act(self) -> str:
        return "fulfil"

    def form(self, *data: Any) -> forms.Form:
        return CountForm(*data, initial={"on": civil_date(timezone.now())})

    def closed(self) -> Text:
        if self.row is None:
            return _("No continuity of treatment is open for this authorisation.")
        return _("The continuity of treatment is over: nothing more is to be counted.") if self.row.closed_on else ""

    def about(self) -> list[tuple[Text, Text]]:
        if self.row is None:
            return []
        return [(_("From"), say(self.row.starts_on)), (_("At least until"), say(self.row.ends_on))]

    def back(self) -> tuple[str, str]:
        number = self.title.number if self.title else ""
        return reverse("dossiers:title", args=[number]), number

    def do(self, typed: dict[str, Any], at: dt.datetime) -> object:
        return continuity.count(number=self.back()[1], **typed, actor=self.actor, at=at)


class AppealScreen(AfterScreen):
    """About a decided file."""

    anchor = "appeals"

    def find(self, **kwargs: Any) -> None:
        found = dossier_for(self.actor, kwargs["reference"])
        if found is None:
            raise Http404
        self.dossier = found

    def act(self) -> str:
        return "record_appeal"

    def about(self) -> list[tuple[Text, Text]]:
        decided_at = self.dossier.decided_at
        return [(_("Decided on"), say(civil_date(decided_at)))] if decided_at else []


class Lodge(AppealScreen):
    heading = _("Record an appeal")
    intro = _("An appeal that you received, or of which the court told you. The holder of the file sees it.")
    button = _("Record it")
    done = _("The appeal is recorded.")

    def form(self, *data: Any) -> forms.Form:
        return LodgeForm(*data)

    def closed(self) -> Text:
        if queries.is_decided(self.dossier):
            return ""
        return _("Nothing is decided on this file: there is nothing to appeal against.")

    def do(self, typed: dict[str, Any], at: dt.datetime) -> object:
        return appeals.lodge(reference=self.dossier.reference, **typed, actor=self.actor, at=at)


class Settle(AppealScreen):
    heading = _("How the appeal ended")
    intro = _(
        "Said once. If the decision is changed, the change itself is made by an act on the authorisation, or by a new "
        "request."
    )
    button = _("Record how it ended")
    done = _("The end of the appeal is recorded.")
    appeal: Appeal

    def find(self, **kwargs: Any) -> None:
        super().find(**kwargs)
        found = queries.appeal_for(self.dossier, kwargs["pk"])
        if found is None:
            raise Http404
        self.appeal = found

    def form(self, *data: Any) -> forms.Form:
        return SettleForm(*data, initial={"answered_on": civil_date(timezone.now())})

    def closed(self) -> Text:
        if not self.appeal.outcome:
            return ""
        return _("This appeal is settled already: %(outcome)s.") % {"outcome": queries.OUTCOMES[self.appeal.outcome]}

    def about(self) -> list[tuple[Text, Text]]:
        return [
            (_("Appeal"), queries.KINDS[self.appeal.kind]),
            (_("Lodged on"), say(self.appeal.lodged_on)),
            (_("What it is about"), self.appeal.grounds),
        ]

    def do(self, typed: dict[str, Any], at: dt.datetime) -> object:
        return appeals.settle(appeal=self.appeal.pk, **typed, actor=self.actor, at=at)
