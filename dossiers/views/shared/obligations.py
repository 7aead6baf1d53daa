"""Obligations: /obligations/ for the reader's scope, and the forms that add, do, reopen and cancel one of a title.

Whatever is refused comes back with what was typed; only a file has to be chosen again, browsers allow nothing else.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _
from django.views import View
from django.views.decorators.http import require_safe

from accounts.models import Organisation
from documents.models import Attachment
from dossiers.models import Obligation, Title
from dossiers.policy import Ruling, attachments_visible_to, is_staff_side, may, may_fulfil
from dossiers.queries import obligations as queries
from dossiers.queries.holders import holding, may_have_several
from dossiers.queries.titles import title_for
from dossiers.services import obligations as services
from dossiers.services.errors import Blocked, Forbidden, NotFound, WrongState
from dossiers.services.obligation_faults import LONGEST_LAW, LONGEST_TEXT, MOST_MONTHS
from dossiers.views.shared.paging import address, first_page_if_lost
from dossiers.views.shared.rows import procedures_about_patients
from workflows.dates import civil_date
from workflows.types import Actor, Text

WHEN: dict[queries.When, Text] = {
    "late": _("Late"),
    "soon": _("Next 30 days"),
    "all": _("All to do"),
}
SHOWN_OF_TEXT = 160


@require_safe
def obligations(request: HttpRequest) -> HttpResponse:
    actor: Actor | None = request.actor  # type: ignore[attr-defined]
    on = civil_date(timezone.now())
    asked = request.GET.get("when", "")
    when: queries.When = "late" if asked == "late" else "soon" if asked == "soon" else "all"
    page = first_page_if_lost(request, lambda cursor: queries.obligations_page(actor, when, on, cursor=cursor))
    pairs = [("when", when)] if when != "all" else []
    rows = queries.rows(page.rows, actor, on)
    counted = queries.counts(actor, on)
    of_patients = procedures_about_patients()
    for row in rows:
        row["about_patient"] = row["procedure"] in of_patients
        row["url"] = reverse("dossiers:title", args=[row["number"]]) + "#obligations"
        row["done_url"] = reverse("dossiers:obligation_done", args=[row["number"], row["pk"]]) if row["may_do"] else ""
        row["text"] = Truncator(row["text"]).chars(SHOWN_OF_TEXT)
    context = {
        "rows": rows,
        "when": when,
        "tabs": [(label, address_of(name), name == when, _said(counted[name])) for name, label in WHEN.items()],
        "staff": actor is not None and is_staff_side(actor),
        "may_do": any(row["may_do"] for row in rows),
        "next_url": address(request, pairs, page=page.next) if page.next else "",
        "previous_url": address(request, pairs, page=page.previous) if page.previous else "",
        "clear_url": request.path,
    }
    return render(request, "dossiers/shared/obligations.html", context)


def _said(count: int) -> str:
    return f"{count} +" if count == queries.MOST_IN_TABS else str(count)


def address_of(when: queries.When) -> str:
    """The list, so filtered."""
    return reverse("dossiers:obligations") + (f"?when={when}" if when != "all" else "")


def late_line(actor: Actor, on: dt.date) -> dict[str, Any]:
    """For a home page: how many are late and where they are; `count` 0 when there is nothing to say."""
    count = queries.late_count(actor, on)
    return {"count": count, "more": count == queries.MOST_COUNTED, "url": address_of("late")}


# ---------------------------------------------------------------------------------------------------- the forms


def _text(label: Any, hint: Any, *, required: bool = True) -> forms.CharField:
    return forms.CharField(
        label=label,
        help_text=hint,
        required=required,
        widget=forms.Textarea(attrs={"rows": 4, "maxlength": LONGEST_TEXT}),
    )


class AddForm(forms.Form):
    use_required_attribute = False

    kind = forms.ChoiceField(label=_("What it is"), choices=Obligation.Kind.choices, widget=forms.RadioSelect)
    owed_by = forms.ChoiceField(
        label=_("Who owes it"), choices=Obligation.OwedBy.choices, widget=forms.RadioSelect, initial="holder"
    )
    text = _text(_("What is owed"), _("Whoever owes it reads it here. No mail repeats it."))
    law = forms.CharField(
        label=_("Legal basis"),
        required=False,
        max_length=LONGEST_LAW,
        help_text=_("Example: CSP R.5121-74-5."),
    )
    due_on = forms.DateField(
        label=_("Last day to do it"),
        help_text=_("Whoever owes it is reminded 30 days and 7 days before, on the day, and each week it is late."),
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "class": "app-short"}),
    )
    every_months = forms.IntegerField(
        label=_("Then every (months)"),
        required=False,
        min_value=1,
        max_value=MOST_MONTHS,
        help_text=_("Empty: it is owed once."),
        widget=forms.NumberInput(attrs={"class": "app-short"}),
    )

    holder = forms.TypedChoiceField(
        label=_("Which company"),
        required=False,
        coerce=int,
        empty_value=None,
        widget=forms.RadioSelect,
        help_text=_("Each company owes its own: when one has done it, the others still have to."),
    )
    field_order = ("kind", "owed_by", "holder")

    def __init__(self, *args: Any, holders: Sequence[Organisation], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice: Any = self.fields["holder"]
        choice.choices = [("", _("Each of them")), *((one.pk, one.name) for one in holders)]
        if len(holders) == 1:
            del self.fields["holder"]


class DoneForm(forms.Form):
    use_required_attribute = False

    done_on = forms.DateField(
        label=_("Done on"), widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "class": "app-short"})
    )
    proof = _text(
        _("What was done"),
        _("A few words, or a document below; both are welcome. Without the patient's name or numbers."),
        required=False,
    )
    upload = forms.FileField(
        label=_("Document that shows it"),
        required=False,
        help_text=_(
            "PDF, PNG, JPEG, DOCX, ODT or plain text. Strip the patient's name and numbers first. "
            "The agencies and the holder read it."
        ),
    )
    document = forms.ModelChoiceField(
        label=_("Or a document of this file"),
        queryset=Attachment.objects.none(),
        required=False,
        empty_label=_("No other document"),
    )

    def __init__(self, *args: Any, documents: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice: Any = self.fields["document"]
        choice.queryset = documents
        if not documents:
            del self.fields["document"]
        choice.label_from_instance = lambda one: one.name


class ReasonForm(forms.Form):
    use_required_attribute = False

    reason = _text(_("Reason"), _("The holder reads it."))


class ObligationScreen(View):
    """One form about the obligations of a title. `ruling`: what the policy says before the form is shown."""

    heading: Text
    intro: Text = ""
    button: Text
    done: Text
    danger = False
    actor: Actor
    title: Title
    obligation: Obligation | None = None

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        actor: Actor | None = request.actor  # type: ignore[attr-defined]
        found = title_for(actor, kwargs["number"])
        if found is None or actor is None:
            raise Http404
        self.actor, self.title = actor, found
        if "pk" in kwargs:
            self.obligation = queries.obligation_for(actor, kwargs["number"], kwargs["pk"])
            if self.obligation is None:
                raise Http404
        ruling = self.ruling()
        if not ruling.allowed:
            raise PermissionDenied(" ".join(str(reason.message) for reason in ruling.reasons))
        return super().dispatch(request, *args, **kwargs)

    def ruling(self) -> Ruling:
        return may(self.actor, "oblige", self.title.dossier)

    def starting(self) -> dict[str, Any]:
        return {}

    def form(self, *data: Any) -> forms.Form:
        raise NotImplementedError

    def do(self, typed: dict[str, Any], at: dt.datetime) -> object:
        raise NotImplementedError

    def closed(self) -> Text:
        """Why the form can no longer be sent; empty while it can."""
        wanted = "done" if isinstance(self, Reopen) else "open"
        if self.obligation is not None and self.obligation.state != wanted:
            return _("It is no longer to do: %(state)s.") % {"state": self.obligation.get_state_display()}
        return ""

    def get(self, request: HttpRequest, number: str, pk: int = 0) -> HttpResponse:
        closed = self.closed()
        return self.page(self.form(), closed=closed, status=409 if closed else 200)

    def post(self, request: HttpRequest, number: str, pk: int = 0) -> HttpResponse:
        form = self.form(request.POST, request.FILES)
        if not form.is_valid():
            return self.page(form, closed=self.closed(), status=422)
        try:
            self.do(form.cleaned_data, timezone.now())
        except NotFound as error:
            raise Http404 from error
        except Forbidden as error:
            raise PermissionDenied(str(error.reasons[0].message)) from error
        except WrongState as error:
            return self.page(form, closed=error.reasons[0].message, status=409)
        except Blocked as error:
            for reason in error.reasons:
                form.add_error(reason.field if reason.field in form.fields else None, str(reason.message))
            return self.page(form, status=422)
        messages.success(request, str(self.done))
        return HttpResponseRedirect(reverse("dossiers:title", args=[number]) + "#obligations")

    def page(self, form: forms.Form, *, closed: Text = "", status: int = 200) -> HttpResponse:
        typed = [(one.label, one.value()) for one in form if form.is_bound and isinstance(one.value(), str)]
        context = {
            "screen": self,
            "title": self.title,
            "obligation": self.obligation,
            "holders": holding(self.title),
            "shared": may_have_several(self.title),
            "form": form,
            "closed": closed,
            "typed": [(label, words) for label, words in typed if words] if closed else [],
            "back_url": reverse("dossiers:title", args=[self.title.number]) + "#obligations",
        }
        return render(self.request, "dossiers/shared/obligation_form.html", context, status=status)

    def pk(self) -> int:
        return self.obligation.pk if self.obligation else 0


class New(ObligationScreen):
    heading = _("Add an obligation")
    intro = _("Something to report, to notify, to keep or to meet by a day.")
    button = _("Add it")
    done = _("The obligation is added. Whoever owes it is told.")

    def form(self, *data: Any) -> forms.Form:
        return AddForm(*data, holders=holding(self.title))

    def closed(self) -> Text:
        if self.title.state not in ("in_force", "suspended"):
            return _("This authorisation has ended: nothing more can be asked of it.")
        return ""

    def do(self, typed: dict[str, Any], at: dt.datetime) -> object:
        return services.add(number=self.title.number, **typed, actor=self.actor, at=at)


class Done(ObligationScreen):
    heading = _("Say that it is done")
    button = _("It is done")
    done = _("Noted as done. Thank you.")

    def ruling(self) -> Ruling:
        return may_fulfil(self.actor, self.obligation) if self.obligation else super().ruling()

    def form(self, *data: Any) -> forms.Form:
        documents = attachments_visible_to(self.actor).filter(dossier=self.title.dossier, removed_at=None)
        start: dict[str, Any] = {"done_on": civil_date(timezone.now())}
        if self.obligation is not None:
            # Of one that was reopened: what was sent is completed, not typed again.
            start |= {"proof": self.obligation.proof, "document": self.obligation.document_id}
        make: Callable[..., forms.Form] = DoneForm
        return make(*data, documents=documents.order_by("uploaded_at", "pk"), initial=start)

    def do(self, typed: dict[str, Any], at: dt.datetime) -> object:
        chosen: Attachment | None = typed.get("document")
        return services.mark_done(
            obligation=self.pk(),
            done_on=typed["done_on"],
            proof=typed["proof"],
            document=chosen.pk if chosen else None,
            upload=typed["upload"],
            actor=self.actor,
            at=at,
        )


class Reopen(ObligationScreen):
    heading = _("Reopen: the proof is not enough")
    intro = _("It is to be done again, by the same day. Its holder is told and reads your reason.")
    button = _("Reopen")
    done = _("Reopened. Its holder is told.")

    def form(self, *data: Any) -> forms.Form:
        return ReasonForm(*data)

    def do(self, typed: dict[str, Any], at: dt.datetime) -> object:
        return services.reopen(obligation=self.pk(), reason=typed["reason"], actor=self.actor, at=at)


class Cancel(ObligationScreen):
    heading = _("Cancel this obligation")
    intro = _("It is no longer asked for, nor are those that would have followed. Its reminders stop.")
    button = _("Cancel the obligation")
    done = _("Cancelled.")
    danger = True

    def form(self, *data: Any) -> forms.Form:
        return ReasonForm(*data)

    def do(self, typed: dict[str, Any], at: dt.datetime) -> object:
        return services.cancel(obligation=self.pk(), reason=typed["reason"], actor=self.actor, at=at)
