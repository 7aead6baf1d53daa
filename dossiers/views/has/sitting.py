"""Recording a sitting: /agenda/record/. One form per request on one page; each act is its own, with its own outcome."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import View

from dossiers.forms.payload import PayloadForm
from dossiers.services.errors import Conflict, ServiceError, Stale
from dossiers.views.has.agenda import BODY_OF, agenda_actor, day_typed
from dossiers.views.shared.acts import groups_heard
from dossiers.views.shared.keys import key_of, new_key
from dossiers.views.shared.targets import Target, dossier_target, fields_asked, starting_values
from workflows.aap_guards import CT
from workflows.dates import civil_date
from workflows.types import Facts, PayloadField, Reason, Text, Transition

MOST_AT_ONCE: Final = 20
LONGEST_REFERENCE: Final = 32
LONGEST_KEY: Final = 60
"""Of the page's key: each reference comes after it."""

ACTS: Final = {CT: ("give_ct_opinion",)}
DECISIONS: Final = ("grant", "refuse")
LATER: Final = "later"
DONE, LEFT, REFUSED = "done", "left", "refused"
WORDS: Final[dict[str, tuple[Text, str]]] = {
    DONE: (gettext_lazy("Recorded"), "success"),
    LEFT: (gettext_lazy("Left for another sitting"), "info"),
    REFUSED: (gettext_lazy("Not recorded"), "error"),
}


@dataclass
class Item:
    """One request of the sitting. `outcome` is empty until the page is sent."""

    target: Target
    facts: Facts
    rows: tuple[Transition, ...]
    form: PayloadForm
    outcome: str = ""
    words: Text = ""
    reasons: tuple[Reason, ...] = ()

    @property
    def reference(self) -> str:
        return self.target.dossier.reference


class Sitting(View):
    http_method_names = ["get", "post", "options"]

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        self.actor = agenda_actor(request)
        if self.actor.role not in BODY_OF:
            raise PermissionDenied(_("The secretary of the Committee records its sittings, the College its own."))
        self.names = ACTS.get(BODY_OF[self.actor.role], DECISIONS)
        self.at = timezone.now()
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: HttpRequest) -> HttpResponse:
        wanted = references(request.GET)
        if not wanted:
            messages.info(request, _("Tick the requests of the sitting, then press the button again."))
            return redirect("dossiers:agenda")
        self._say_when_too_many(wanted)
        sat_on = day_typed(request.GET.get("sat_on", "")) or civil_date(self.at)
        items = [self._item(request, reference) for reference in wanted[:MOST_AT_ONCE]]
        return self._page(items, sat_on.isoformat())

    def post(self, request: HttpRequest) -> HttpResponse:
        wanted = references(request.POST)
        if not wanted:
            return redirect("dossiers:agenda")
        self._say_when_too_many(wanted)
        sat_on = request.POST.get("sat_on", "")
        key = key_of(request)[:LONGEST_KEY]
        items = [self._item(request, reference, request.POST) for reference in wanted[:MOST_AT_ONCE]]
        for item in items:
            self._record(item, request.POST, sat_on, key)
        again = [self._again(request, item) for item in items if item.outcome == REFUSED]
        return self._page(again, sat_on, done=items, status=422 if again else 200)

    # ----------------------------------------------------------------------------------------------- one request

    def _item(self, request: HttpRequest, reference: str, data: QueryDict | None = None) -> Item:
        """Its form, which asks what the body's acts ask. Raises Http404 for one that is out of reach."""
        target = dossier_target(request, reference)
        asked = [row for row in target.table.transitions if row.name in self.names]
        rows = tuple(replace(row, payload=fields_asked(row, target.dossier)) for row in asked)
        if not rows:
            raise Http404
        facts = target.facts(self.at)
        return Item(target, facts, rows, self._form(target, facts, rows, data))

    def _form(
        self,
        target: Target,
        facts: Facts,
        rows: tuple[Transition, ...],
        data: QueryDict | None,
        refusals: tuple[Reason, ...] = (),
    ) -> PayloadForm:
        start = starting_values(target, rows[0], facts, self.at)
        # One body's one act is what it sat for; between two decisions nobody chooses for the College.
        start["act"] = rows[0].name if len(rows) == 1 else ""
        prefix = target.dossier.reference
        return PayloadForm(sitting_fields(rows), data, initial=start, refusals=refusals, prefix=prefix)

    def _record(self, item: Item, posted: QueryDict, sat_on: str, key: str) -> None:
        typed = item.form.raw()
        if typed.get("act") == LATER:
            item.outcome = LEFT
            return
        row = next((row for row in item.rows if row.name == typed.get("act")), None)
        if row is None:
            said = _("Choose what is decided, or leave the request for another sitting.")
            item.outcome, item.reasons = REFUSED, (Reason("required", said, "act"),)
            return
        asked = {field.name for field in row.payload}
        payload = {name: value for name, value in {**typed, "sat_on": sat_on}.items() if name in asked and value}
        version = posted.get(f"{item.reference}-version", "")
        try:
            item.target.do(
                row.name,
                payload=payload,
                version=int(version) if version.isascii() and version.isdigit() and len(version) < 10 else 0,
                key=f"{key}:{item.reference}" if key else "",
                at=self.at,
            )
        except Stale as error:
            said = _("This file changed since you opened the page: %s. Read it again, then send again.")
            changes = ", ".join(error.changes) or _("a small change")
            item.outcome, item.reasons = REFUSED, (Reason("stale", said % changes),)
        except Conflict:
            said = _("This form was already sent, with another content. Look at the file before you act again.")
            item.outcome, item.reasons = REFUSED, (Reason("conflict", said),)
        except ServiceError as error:
            item.outcome, item.reasons = REFUSED, tuple(error.reasons)
        else:
            item.outcome, item.words = DONE, row.past

    def _again(self, request: HttpRequest, item: Item) -> Item:
        """The request as it is now, with what was typed and why it was refused."""
        target = dossier_target(request, item.reference)
        facts = target.facts(self.at)
        form = self._form(target, facts, item.rows, request.POST, item.reasons)
        return replace(item, target=target, facts=facts, form=form)

    # ------------------------------------------------------------------------------------------------- the page

    def _page(
        self, items: list[Item], sat_on: str, *, done: list[Item] | None = None, status: int = 200
    ) -> HttpResponse:
        shown = [self._shown(item) for item in items]
        context = {
            "items": shown,
            "may_send": any(not one["blocked"] for one in shown),
            "results": [_result(item) for item in done or []],
            "recorded": sum(1 for item in done or [] if item.outcome == DONE),
            "sat_on": sat_on,
            "key": new_key(),
            "add_button": "",
        }
        return render(self.request, "dossiers/has/sitting.html", context, status=status)

    def _shown(self, item: Item) -> dict[str, Any]:
        dossier, facts = item.target.dossier, item.facts
        verdicts = [item.target.judge(row.name, facts, self.at) for row in item.rows]
        # Where no act is possible, its form would only be refused: why is said instead.
        blocked = () if any(one.allowed for one in verdicts) else verdicts[0].reasons
        return {
            "reference": item.reference,
            "url": item.target.url,
            "product": dossier.product_label,
            "subject": dossier.subject,
            "company": dossier.organisation.name,
            "claimed": (facts.answers.get("indication") or {}).get("claimed") or "",
            "due_on": dossier.due_on,
            "version": item.target.version,
            "form": item.form,
            "groups": groups_heard(item.target, item.rows[0], item.form, facts),
            "blocked": blocked if not item.outcome else (),
        }

    def _say_when_too_many(self, wanted: list[str]) -> None:
        if len(wanted) > MOST_AT_ONCE:
            said = _("You ticked %(wanted)d: here are the first %(most)d. Record the others afterwards.")
            messages.warning(self.request, said % {"wanted": len(wanted), "most": MOST_AT_ONCE})


def sitting_fields(rows: tuple[Transition, ...]) -> tuple[PayloadField, ...]:
    """One form for the acts among which a body chooses: what each asks once; what one asks alone, only if it is chosen.

    The day of the sitting is the page's.
    """
    choices = (*((row.name, row.label) for row in rows), (LATER, _("Leave for another sitting")))
    fields = [PayloadField("act", "choice", _("Decision") if len(rows) > 1 else _("Opinion"), choices=choices)]
    names = [{field.name for field in row.payload} for row in rows]
    common = set.intersection(*names)
    for row in rows:
        for field in row.payload:
            if field.name == "sat_on" or field.name in {one.name for one in fields}:
                continue
            fields.append(field if field.name in common else replace(field, only_if=("act", row.name)))
    # What counts for one decision only comes last, together.
    return tuple(sorted(fields, key=lambda field: field.only_if is not None))


def references(data: Mapping[str, Any]) -> list[str]:
    """The references in an address or a form, each once, in their order."""
    typed = data.getlist("dossier")  # type: ignore[attr-defined]
    return list(dict.fromkeys(one for one in typed if one and len(one) <= LONGEST_REFERENCE and "\x00" not in one))


def _result(item: Item) -> dict[str, Any]:
    word, colour = WORDS[item.outcome]
    return {
        "reference": item.reference,
        "url": item.target.url,
        "product": item.target.dossier.product_label,
        "word": word,
        "colour": colour,
        "said": item.words,
        "reasons": [one.message for one in item.reasons],
    }
