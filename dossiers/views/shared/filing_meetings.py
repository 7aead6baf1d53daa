"""Pre-filing meetings: the list of each side, the page of one, its calendar file, and the form of each step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import View
from django.views.decorators.http import require_safe

from dossiers.forms import filing_meeting as forms
from dossiers.models import FilingMeeting
from dossiers.policy import asks_for_meetings, may_step, reads_meetings
from dossiers.queries import filing_meetings as queries
from dossiers.services.errors import Blocked, Forbidden, NotFound, Stale, WrongState
from dossiers.services.filing_meeting_calendar import as_calendar, has_a_day
from dossiers.services.filing_meetings import take
from workflows.dates import civil_date
from workflows.filing_meetings import LANGUAGES, MODES, OFFERED, PLANNED, STATES, STEPS
from workflows.types import Actor, Text

WITHOUT_FORM: Final = frozenset({"write", "ask"})
"""Steps of the page on which the request is written (`views.applicant.meetings`)."""
DANGER: Final = frozenset({"decline", "withdraw"})


def meetings_actor(request: HttpRequest) -> Actor:
    """The actor, when their role has to do with pre-filing meetings. Raises PermissionDenied (403)."""
    actor: Actor | None = request.actor  # type: ignore[attr-defined]
    if actor is None or not reads_meetings(actor):
        raise PermissionDenied(_("Pre-filing meetings are between companies, HAS and ANSM."))
    return actor


def visible_meeting(request: HttpRequest, reference: str) -> FilingMeeting:
    """The meeting, or Http404: absent and out of reach are told apart to nobody."""
    found = queries.meeting_for(request.actor, reference)  # type: ignore[attr-defined]
    if found is None:
        raise Http404
    return found


@require_safe
def meetings(request: HttpRequest) -> HttpResponse:
    actor, on = meetings_actor(request), civil_date(timezone.now())
    context = {
        "living": queries.living(actor, on),
        "over": queries.over(actor, on),
        "asks": asks_for_meetings(actor),
    }
    return render(request, "dossiers/filing_meetings/list.html", context)


@require_safe
def meeting(request: HttpRequest, reference: str) -> HttpResponse:
    found = visible_meeting(request, reference)
    actor: Actor = request.actor  # type: ignore[attr-defined]
    on = civil_date(timezone.now())
    steps = queries.steps_for(found, actor, on)
    context = {
        "meeting": found,
        "product": queries.product_of(found),
        "state": found.state,
        "label": STATES[found.state],
        "colour": queries.COLOURS[found.state],
        "mine": queries.is_turn_of(found, actor, on),
        "next": next_words(found, actor),
        "steps": [
            {"label": one.label, "url": step_url(found, one.name), "danger": one.name in DANGER}
            for one in steps
            if one.name not in ("ask", "link")
        ],
        "may_link": any(one.name == "link" for one in steps),
        "link_url": reverse("dossiers:filing_meeting_act", args=[reference, "link"]),
        "request_linked": queries.request_of(found, actor),
        "language": LANGUAGES.get(found.language, ""),
        "mode": MODES.get(found.mode, ""),
        "has_file": has_a_day(found),
        "history": queries.history(found, actor),
        "asks": asks_for_meetings(actor),
    }
    return render(request, "dossiers/filing_meetings/meeting.html", context)


def step_url(found: FilingMeeting, step: str) -> str:
    if step == "write":
        return reverse("dossiers:filing_meeting_edit", args=[found.reference])
    return reverse("dossiers:filing_meeting_act", args=[found.reference, step])


NEXT_OF_COMPANY: Final[dict[str, Text]] = {
    "draft": gettext_lazy("HAS does not see it yet: finish it, then an applicant sends it."),
    "asked": gettext_lazy("HAS answers: it accepts one of your days, offers others, or declines with its reason."),
    "offered": gettext_lazy("None of your days was possible. Choose one of those HAS offers, or propose others."),
    "planned": gettext_lazy("Add the meeting to your calendar. HAS writes its minutes here afterwards."),
    "held": gettext_lazy("The minutes are below. They bind nobody: the decision is taken on the filed request."),
    "declined": gettext_lazy("The reason is below. You may file without a meeting, or ask for another."),
    "withdrawn": gettext_lazy("Nothing more happens here. You may ask for another meeting."),
}
NEXT_OF_AGENCIES: Final[dict[str, Text]] = {
    "asked": gettext_lazy("HAS accepts one of the days, offers others, or declines with its reason."),
    "offered": gettext_lazy("The company chooses one of the days that HAS offered, or proposes others."),
    "planned": gettext_lazy("Prepare the questions. HAS records the minutes after the meeting."),
    "held": gettext_lazy("The minutes are below. They bind nobody: the decision is taken on the filed request."),
    "declined": gettext_lazy("The company was told of the reason below."),
    "withdrawn": gettext_lazy("The company no longer asks for this meeting."),
}


def next_words(found: FilingMeeting, actor: Actor) -> Text:
    if found.state == PLANNED and found.starts_at is None:
        return _("The day is agreed on. HAS still has to say at what time and where.")
    words = NEXT_OF_COMPANY if asks_for_meetings(actor) else NEXT_OF_AGENCIES
    return words.get(found.state, "")


# ---------------------------------------------------------------------------------------------- the calendar file


@require_safe
def calendar_file(request: HttpRequest, reference: str) -> HttpResponse:
    """The meeting for one's own calendar. Raises Http404 while no day is agreed on."""
    found = visible_meeting(request, reference)
    if not has_a_day(found):
        raise Http404
    response = HttpResponse(as_calendar(found), content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{found.reference}.ics"'
    return response


# --------------------------------------------------------------------------------------------------- each step


@dataclass(frozen=True)
class Screen:
    """The page of one step. `form(meeting, actor, *data)` makes its form."""

    intro: Text
    done: Text
    form: Callable[..., forms.MeetingActForm]


def _plan(found: FilingMeeting, actor: Actor, *data: Any) -> forms.MeetingActForm:
    return forms.PlanForm(*data, days=found.days)


def _arrange(found: FilingMeeting, actor: Actor, *data: Any) -> forms.MeetingActForm:
    present = {"day": found.meets_on, "starts_at": found.starts_at, "place": found.place}
    return forms.ArrangeForm(*data, initial=present)


def _days(found: FilingMeeting, actor: Actor, *data: Any) -> forms.MeetingActForm:
    return forms.DaysForm(*data)


def _choose(found: FilingMeeting, actor: Actor, *data: Any) -> forms.MeetingActForm:
    return forms.ChooseForm(*data, days=found.days)


def _decline(found: FilingMeeting, actor: Actor, *data: Any) -> forms.MeetingActForm:
    return forms.ReasonForm(*data, needed=True, hint=_("The company reads it: say why, and what it can do instead."))


def _withdraw(found: FilingMeeting, actor: Actor, *data: Any) -> forms.MeetingActForm:
    return forms.ReasonForm(
        *data, needed=False, hint=_("If you want to give one. HAS reads it, and ANSM where it takes part.")
    )


def _hold(found: FilingMeeting, actor: Actor, *data: Any) -> forms.MeetingActForm:
    today = civil_date(timezone.now())
    return forms.HoldForm(*data, initial={"held_on": min(found.meets_on or today, today)})


def _correct(found: FilingMeeting, actor: Actor, *data: Any) -> forms.MeetingActForm:
    return forms.MinutesForm(*data, initial={"minutes": found.minutes})


def _link(found: FilingMeeting, actor: Actor, *data: Any) -> forms.MeetingActForm:
    linked = queries.request_of(found, actor)
    present = {"dossier": linked.reference if linked else ""}
    return forms.LinkForm(*data, initial=present, requests=queries.linkable(actor, found.dossier_id))


SCREENS: Final[dict[str, Screen]] = {
    "plan": Screen(
        gettext_lazy("The company is told of the day, and ANSM where it takes part."),
        gettext_lazy("The meeting is planned. The company is told of it."),
        _plan,
    ),
    "arrange": Screen(
        gettext_lazy("The company is told of the change, and ANSM where it takes part."),
        gettext_lazy("The change is recorded. The company is told of it."),
        _arrange,
    ),
    "offer": Screen(
        gettext_lazy("The company chooses one of these days, or proposes others."),
        gettext_lazy("The days are offered. The company is told of them."),
        _days,
    ),
    "propose": Screen(
        gettext_lazy("HAS accepts one of these days, offers others, or declines with its reason."),
        gettext_lazy("Your days are sent to HAS."),
        _days,
    ),
    "choose": Screen(
        gettext_lazy("HAS then says at what time and where."),
        gettext_lazy("The day is agreed on. HAS is told of it."),
        _choose,
    ),
    "hold": Screen(
        gettext_lazy("What was said and agreed. The company is told that the minutes are here."),
        gettext_lazy("The minutes are recorded. The company is told of them."),
        _hold,
    ),
    "correct": Screen(
        gettext_lazy("The company is told of the correction; the earlier minutes stay in the history."),
        gettext_lazy("The minutes are corrected. The company is told of it."),
        _correct,
    ),
    "decline": Screen(
        gettext_lazy("The company may still file: a meeting is a service, never a condition."),
        gettext_lazy("The request is declined. The company is told of the reason."),
        _decline,
    ),
    "withdraw": Screen(
        gettext_lazy("It cannot be taken up again. You may ask for another meeting later."),
        gettext_lazy("The request is withdrawn."),
        _withdraw,
    ),
    "link": Screen(
        gettext_lazy("The meeting then shows on the page of that request."),
        gettext_lazy("Noted."),
        _link,
    ),
}


class MeetingStep(View):
    """One form for one step. Whatever is refused comes back with what was typed."""

    http_method_names = ("get", "post", "options")

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        self.found = visible_meeting(request, kwargs["reference"])
        self.actor: Actor = request.actor  # type: ignore[attr-defined]
        self.step = kwargs["step"]
        if self.step not in SCREENS:
            raise Http404
        ruling = may_step(self.actor, self.step)
        if not ruling.allowed:
            raise PermissionDenied(str(ruling.reasons[0].message))
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        closed = self._closed()
        return self._page(self._form(), closed=closed, status=409 if closed else 200)

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        form = self._form(request.POST)
        if closed := self._closed():
            return self._page(form, closed=closed, status=409)
        if not form.is_valid():
            return self._page(form, status=422)
        try:
            take(
                reference=self.found.reference,
                step=self.step,
                given=form.given(),
                version=posted_version(request),
                actor=self.actor,
                at=timezone.now(),
            )
        except NotFound as error:
            raise Http404 from error
        except Forbidden as error:
            raise PermissionDenied(str(error.reasons[0].message)) from error
        except WrongState as error:
            return self._page(form, closed=error.reasons[0].message, status=409)
        except (Stale, Blocked) as error:
            for reason in error.reasons:
                form.blame(reason.field, str(reason.message))
            self.found = visible_meeting(request, self.found.reference)
            return self._page(form, status=409 if isinstance(error, Stale) else 422)
        messages.success(request, str(SCREENS[self.step].done))
        return HttpResponseRedirect(reverse("dossiers:filing_meeting", args=[self.found.reference]))

    def _form(self, *data: Any) -> forms.MeetingActForm:
        return SCREENS[self.step].form(self.found, self.actor, *data)

    def _closed(self) -> Text:
        """Why this step can no longer be taken; empty while it can."""
        if self.found.state in STEPS[self.step].sources:
            return ""
        return _("This is no longer possible: %(state)s.") % {"state": STATES[self.found.state]}

    def _page(self, form: forms.MeetingActForm, *, closed: Text = "", status: int = 200) -> HttpResponse:
        typed = [(one.label, one.value()) for one in form if form.is_bound and isinstance(one.value(), str)]
        context = {
            "meeting": self.found,
            "product": queries.product_of(self.found),
            "heading": STEPS[self.step].label,
            "danger": self.step in DANGER,
            "screen": SCREENS[self.step],
            "form": form,
            "with_days": isinstance(form, forms.WithDays),
            "closed": closed,
            "typed": [(label, words) for label, words in typed if words] if closed else [],
            "offered": self.found.state == OFFERED,
        }
        return render(self.request, "dossiers/filing_meetings/step.html", context, status=status)


def posted_version(request: HttpRequest) -> int | None:
    """The version on which the form was shown. None, for a form that does not say, checks nothing."""
    typed = request.POST.get("version", "")
    return int(typed) if typed.isdecimal() and len(typed) < 10 else None
