"""/titles/<number>/comments/: the holder is invited to comment on what is intended, and comments.

One page for both sides: who may invite finds the form to invite, who may comment the form to comment, others read.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Final

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from dossiers.forms.payload import PayloadForm
from dossiers.models import Title
from dossiers.policy import is_staff_side, may
from dossiers.queries import titles as queries
from dossiers.queries.comments import INTENTIONS, Comments, comments_of
from dossiers.services import access
from dossiers.services import comments as services
from dossiers.services.errors import Blocked, Forbidden, NotFound, WrongState
from workflows.payload import clean_payload
from workflows.registry import TITLE
from workflows.types import Actor, PayloadField, Reason, Text

INVITE: Final = (
    PayloadField("intended", "choice", _("What is intended"), choices=tuple(INTENTIONS.items())),
    PayloadField(
        "grounds",
        "text",
        _("Grounds"),
        help=_("The hospital reads them and answers them: say which facts lead to this intention."),
        max_length=services.LONGEST_TEXT,
        personal=True,
    ),
    PayloadField("reply_by", "date", _("Last day to comment")),
)
GIVE: Final = (
    PayloadField(
        "comments",
        "text",
        _("Your comments"),
        help=_("Sent once, for the whole hospital. Never write a patient's name."),
        max_length=services.LONGEST_TEXT,
        personal=True,
    ),
)
GIVE_UP: Final = (
    PayloadField(
        "reason",
        "text",
        _("Reason"),
        help=_("The other side reads it: say plainly why, and what can be done next."),
        max_length=services.LONGEST_TEXT,
        personal=True,
    ),
)


@dataclass(frozen=True)
class Form:
    """One form of the page. `act` is the right it needs; `do` calls the service with what was typed, cleaned."""

    spec: tuple[PayloadField, ...]
    act: str
    done: Text
    do: Callable[..., Any]


FORMS: Final = {
    "invite": Form(INVITE, "invite_comments", _("The holder is invited to comment."), services.invite),
    "give": Form(
        GIVE,
        "give_comments",
        _("Your comments are sent."),
        lambda *, comments, **rest: services.give(text=comments, **rest),
    ),
    "give_up": Form(GIVE_UP, "invite_comments", _("The holder is told that it is given up."), services.give_up),
}


@dataclass
class Screen:
    """What the page says besides its forms. `name` is the form that was sent, with what was typed in it."""

    status: int = 200
    name: str = ""
    refusals: tuple[Reason, ...] = ()
    closed: Text = ""
    typed: list[tuple[Text, str]] = field(default_factory=list)


@require_http_methods(["GET", "HEAD", "POST"])
def comments(request: HttpRequest, number: str) -> HttpResponse:
    actor: Actor | None = request.actor  # type: ignore[attr-defined]
    found = queries.title_for(actor, number)
    if found is None or actor is None:
        raise Http404
    at = timezone.now()
    if request.method != "POST":
        access.record(dossier=found.dossier, actor=actor, what=f"comments {found.number}", at=at)
        return _page(request, found, actor, at, Screen())
    name = request.POST.get("do", "")
    if name not in FORMS:
        raise Http404
    form = FORMS[name]
    ruling = may(actor, form.act, found.dossier)
    if not ruling.allowed:
        raise PermissionDenied(str(ruling.reasons[0].message))
    screen = Screen(name=name)
    raw = PayloadForm(form.spec, request.POST).raw()
    typed, reasons = clean_payload(form.spec, raw)
    try:
        if reasons:
            raise Blocked(reasons)
        form.do(number=number, actor=actor, at=at, **typed)
    except NotFound as error:
        raise Http404 from error
    except Forbidden as error:
        raise PermissionDenied(str(error.reasons[0].message)) from error
    except Blocked as error:
        screen.status, screen.refusals = 422, error.reasons
    except WrongState as error:
        screen.status, screen.closed = 409, error.reasons[0].message
        screen.typed = [(one.label, str(raw[one.name])) for one in form.spec if raw.get(one.name)]
    else:
        messages.success(request, form.done)
        return HttpResponseRedirect(reverse("dossiers:title", args=[number]) + "#comments")
    return _page(request, queries.title_for(actor, number) or found, actor, at, screen)


def _page(request: HttpRequest, title: Title, actor: Actor, at: dt.datetime, screen: Screen) -> HttpResponse:
    shown = comments_of(title, actor, at)
    intended = TITLE.transition(shown.open.intended) if shown.open else None
    decides = intended is not None and actor.role in intended.roles(title.procedure) and shown.may_give_up
    context = {
        "title": title,
        "dossier": title.dossier,
        "staff": is_staff_side(actor),
        "comments": shown,
        "decide_url": reverse("dossiers:title_act", args=[title.number, intended.name]) if intended and decides else "",
        "decide_label": intended.label if intended else "",
        "screen": screen,
        "forms": {name: _form(request, name, shown, at, screen) for name in _offered(shown)},
    }
    return render(request, "dossiers/shared/comments.html", context, status=screen.status)


def _offered(shown: Comments) -> list[str]:
    offered = {"give": shown.may_answer, "invite": bool(shown.intentions), "give_up": shown.may_give_up}
    return [name for name, is_offered in offered.items() if is_offered]


def _form(request: HttpRequest, name: str, shown: Comments, at: dt.datetime, screen: Screen) -> PayloadForm:
    spec, sent = FORMS[name].spec, screen.name == name and not screen.closed
    if name == "invite":
        spec = (replace(spec[0], choices=shown.intentions), *spec[1:])
    return PayloadForm(
        spec,
        request.POST if sent else None,
        initial={"reply_by": services.earliest_reply(at).isoformat()},
        refusals=screen.refusals if sent else (),
    )
