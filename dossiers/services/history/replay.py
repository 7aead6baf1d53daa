"""One case, in one transaction: it stands or falls whole. Every guard and clock is asked at the step's own date."""

from __future__ import annotations

import datetime as dt
import logging
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from django.db import InterfaceError, OperationalError, connection, transaction
from django.utils.translation import gettext as _

from catalogue.criteria import current_version
from dossiers.forms.base import FormContext, StatedProduct
from dossiers.forms.registry import form_set
from dossiers.models import Dossier, ImportedCase, Title
from dossiers.queries.answers import current_answers
from dossiers.services import log, obligation_life
from dossiers.services.drafts import create_draft_within
from dossiers.services.errors import Blocked, ServiceError
from dossiers.services.history import calendar
from dossiers.services.history.case import START, Case, CaseRefused, Entry, Fate, Outcome, Refusal, Step
from dossiers.services.history.cast import CAUSE, Cast, NoActor
from dossiers.services.history.gaps import completed, not_given, with_marked_texts
from dossiers.services.history.implied import SATISFIED_BY
from dossiers.services.history.implied import payload_of as implied_payload
from dossiers.services.history.planner import role_of
from dossiers.services.history.product import Products
from dossiers.services.history.published import unknown_procedure
from dossiers.services.move import move_title_within, move_within
from dossiers.services.opinions import number_as_published
from dossiers.services.requests import remind_within
from workflows.aap_guards import FAVOURABLE
from workflows.dates import civil_date
from workflows.guards import RENEWAL
from workflows.registry import TITLE, all_procedures, procedure
from workflows.types import Actor, Procedure, Reason, System

log_of_faults = logging.getLogger(__name__)

REMIND: Final = "remind"
"""The only act without a row in a table that a history may tell: without it no file is closed for lack of an answer."""

ONE_IMPORT_AT_A_TIME: Final = 0x_15_70_41
"""Key of the advisory lock: two imports of one file wait for each other, and each case still comes in once."""


@dataclass
class Importer:
    """Plays cases. `now` is the day of the import: no step lies after it, and titles are followed up to it."""

    now: dt.datetime
    cast: Cast = field(default_factory=Cast)
    products: Products = field(default_factory=Products)

    def play(self, case: Case, *, follow: bool = True) -> Outcome:
        """Replay `case`, or say why not; what was imported before is only told. With `follow` False the titles are left
        where their last step put them: a renewal still to come acts on them first."""
        try:
            with transaction.atomic():
                _wait_for_other_imports()
                known = ImportedCase.objects.select_related("dossier").filter(case=case.id).first()
                if known is not None:
                    return told_before(case, known)
                dossier = _Replay(self, case).run(follow=follow)
                ImportedCase.objects.create(case=case.id, digest=case.digest, dossier=dossier, at=self.now)
        except CaseRefused as refused:
            self.cast.forget()
            return Outcome(case.id, "refused", refused=(refused.refusal,))
        except (OperationalError, InterfaceError):
            raise
        except Exception as error:  # noqa: BLE001 - a fault of ours in one case must not cost the report of all others
            self.cast.forget()
            return Outcome(case.id, "refused", refused=(_fault(case, error),))
        self.cast.keep()
        return outcome_of(case, "kept", dossier)

    def follow(self, cases: list[Case]) -> None:
        """The calendar of titles whose renewals have been played. Inside the transaction that played them."""
        for case in cases:
            title = Title.objects.filter(dossier__imported_case__case=case.id).first()
            if title is not None:
                follow_to_the_end([title.pk], self.now)


def _fault(case: Case, error: Exception) -> Refusal:
    """Where it happened, never what it was about: the words of an error may quote a patient's file."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{type(error).__name__}, {Path(last.filename).name}:{last.lineno}"
    log_of_faults.error("import_history: a case was stopped by a fault: %s", where)
    message = _("A fault of this site stopped this case (%s): send this line to those who maintain the site.")
    return Refusal(_first(case), START, (Reason("fault", message % where),))


def told_before(case: Case, known: ImportedCase) -> Outcome:
    """What an earlier import made of this case. Another history under its id is refused."""
    if known.digest == case.digest:
        return outcome_of(case, "known", known.dossier)
    message = _("Another history was imported under the id “%(id)s” (%(reference)s): give this one its own id.")
    said = {"id": case.id, "reference": known.dossier.reference}
    refusal = Refusal(_first(case), START, (Reason("same_id", message % said, "id"),))
    return Outcome(case.id, "refused", refused=(refusal,))


def outcome_of(case: Entry, fate: Fate, dossier: Dossier) -> Outcome:
    title = getattr(dossier, "title", None)
    return Outcome(
        case.id, fate, reference=dossier.reference, state=dossier.state, title=_period(title) if title else None
    )


def _period(title: Title) -> dict[str, str]:
    return {
        "number": title.number,
        "state": title.state,
        "starts_on": title.starts_on.isoformat(),
        "ends_on": title.ends_on.isoformat(),
    }


def follow_to_the_end(titles: list[int], now: dt.datetime) -> None:
    """The calendar up to today: what it left undone, the daily job would do, and write to people of years ago. What a
    title still alive obliges to counts from today: nobody knows here what was done before."""
    today = civil_date(now)
    calendar.follow(titles, today)
    for title in Title.objects.filter(pk__in=titles, state__in=("in_force", "suspended")).select_related("dossier"):
        if title.in_force_until >= today:
            Dossier.objects.select_for_update(of=("self",)).get(pk=title.dossier_id)
            obligation_life.open_with(title=title, actor=System(CAUSE), at=now, due_from=today)


def _wait_for_other_imports() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [ONE_IMPORT_AT_A_TIME])


def _first(case: Case) -> str:
    return case.steps[0].said if case.steps else ""


class _Replay:
    """The replay of one case under way."""

    def __init__(self, importer: Importer, case: Case) -> None:
        self.importer = importer
        self.case = case
        self.reference = ""
        self.title: Title | None = None
        self.parents: list[int] = []
        self.reached = ""
        self.prepared: set[str] = set()

    def run(self, *, follow: bool) -> Dossier:
        """Raises CaseRefused at the first step that cannot be done."""
        case = self.case
        with self._refusing(_first(case), START):
            self.table = self._table()
            self.kind = case.kind or self.table.kinds[0][0]
            self.applicant = self.importer.cast.applicant(case.applicant, self.table.created_by)
            self._check_days()
            parent = self._parent()
            self._create(parent)
        for rank, step in enumerate(case.steps):
            with self._refusing(step.said or step.at.isoformat(), step.transition):
                calendar.follow(self._titles(), civil_date(step.at))
                self._do_or_prepare(step, case.steps[rank + 1].transition if rank + 1 < len(case.steps) else "")
        return self._finish(follow=follow)

    @contextmanager
    def _refusing(self, at: str, transition: str) -> Iterator[None]:
        try:
            yield
        except ServiceError as error:
            raise CaseRefused(Refusal(at, transition, error.reasons)) from error
        except NoActor as error:
            raise CaseRefused(Refusal(at, transition, (error.reason,))) from error

    def _stop(self, code: str, message: str, where: str, at: str = "", transition: str = START) -> CaseRefused:
        return CaseRefused(Refusal(at or _first(self.case), transition, (Reason(code, message, where),)))

    # -------------------------------------------------------------------------------------------- the draft

    def _table(self) -> Procedure:
        code = self.case.procedure
        if code not in {one.code for one in all_procedures()}:
            raise CaseRefused(Refusal(_first(self.case), START, (unknown_procedure(code).reason,)))
        return procedure(code)

    def _check_days(self) -> None:
        today = civil_date(self.importer.now)
        for step in self.case.steps:
            # Of a day alone the hour is ours: what was done early this morning may come in at once.
            has_hour = len(step.said) > len("2023-01-05")
            if civil_date(step.at) > today or (has_hour and step.at > self.importer.now):
                message = _("This step is dated in the future.")
                raise self._stop("in_the_future", message, "at", step.said or step.at.isoformat(), step.transition)

    def _parent(self) -> Title | None:
        if not self.case.parent:
            return None
        titles = Title.objects.select_related("dossier")
        found = (
            titles.filter(dossier__imported_case__case=self.case.parent).first()
            or titles.filter(number=self.case.parent).first()
        )
        if found is None:
            message = _("No authorisation was imported under the id “%s”, and none has this number.") % self.case.parent
            raise self._stop("parent", message, "parent")
        if self.case.steps[0].at < found.created_at:
            message = (
                _("This renewal begins before %s, which it renews, was granted: correct the dates.") % found.number
            )
            raise self._stop("before_parent", message, "at")
        self.parents = list(Title.objects.filter(chain=found.chain).values_list("pk", flat=True))
        return found

    def _create(self, parent: Title | None) -> None:
        case, first = self.case, self.case.steps[0]
        stated = self.importer.products.stated(case.product, case.indication)
        dossier = create_draft_within(
            procedure=case.procedure,
            kind=self.kind,
            actor=self._author(),
            answers=self._answers(stated, parent),
            parent=parent.number if parent else None,
            at=first.at,
        )
        self.reference, self.reached = dossier.reference, dossier.state

    def _author(self) -> Actor:
        """The first person of the history who may have begun it; else one of the applicant's who may."""
        told = [step.role for step in self.case.steps if step.role in self.table.created_by]
        may = sorted(self.table.created_by & self.applicant.allowed_roles)
        return self._actor([*told, *may][0])

    def _actor(self, role: str) -> Actor:
        return self.importer.cast.actor(role, self.applicant, self.case.procedure)

    def _answers(self, stated: StatedProduct, parent: Title | None) -> dict[str, dict[str, Any]]:
        """What the source says, over what its product says; a renewal has its parent's answers beneath."""
        case = self.case
        forms = form_set(case.procedure)
        answers: dict[str, dict[str, Any]] = {}
        layers = [forms.prefill(current_answers(parent.dossier))] if parent and self.kind == RENEWAL else []
        for layer in (*layers, forms.stated(stated), case.answers):
            for section, values in layer.items():
                answers[section] = {**answers.get(section, {}), **values}
        if not case.published:
            return answers
        on = civil_date(case.steps[0].at)
        indication = stated.indication
        context = FormContext(
            kind=self.kind,
            on=on,
            answers=answers,
            indication=indication,
            criteria=current_version(indication, on) if indication else None,
            parent_title=parent,
        )
        return with_marked_texts(forms, context)

    # -------------------------------------------------------------------------------------------- the steps

    def _do_or_prepare(self, step: Step, following: str) -> None:
        """The step; and, in a published history, before a step that the rules refuse for want of another act, that
        act: it must have been done, since the step was."""
        try:
            self._do(step, following)
        except Blocked as refusal:
            lacking = [SATISFIED_BY[one.code] for one in refusal.reasons if one.code in SATISFIED_BY]
            if not self.case.published or not lacking or self.prepared & set(lacking):
                raise
            for name in lacking:
                self.prepared.add(name)
                self._do_or_prepare(self._implied(name, step), step.transition)
            self._do(step, following)

    def _implied(self, name: str, step: Step) -> Step:
        """The act `name`, done by the time of `step`, which no source tells."""
        row = self.table.transition(name)
        payload = completed(row, implied_payload(row, not_given=not_given()), day=civil_date(step.at), decision="")
        if name == "propose_ansm_opinion":
            payload["outcome"] = FAVOURABLE  # asked for by grants only, which an unfavourable one forbids
        return replace(
            step, transition=name, role=role_of(row, self.case.procedure), payload=payload, inferred=True, number=""
        )

    def _do(self, step: Step, following: str) -> None:
        actor = self._actor(step.role)
        marks: dict[str, Any] = {"at": step.at, "inferred": step.inferred, "imported": True}
        if step.transition == REMIND:
            remind_within(reference=self.reference, actor=actor, **marks)
        elif self._is_of_the_title(step.transition):
            assert self.title is not None
            move_title_within(
                number=self.title.number, transition=step.transition, actor=actor, payload=step.payload, **marks
            )
        else:
            event = move_within(
                reference=self.reference,
                transition=step.transition,
                actor=actor,
                payload=step.payload,
                published=self.case.published,
                follow=not self._goes_on(step.transition, following),
                **marks,
            )
            self.reached = event.dossier.state
            if step.number:
                number_as_published(reference=self.reference, number=step.number)
            if self.table.state(self.reached).final:
                self.title = Title.objects.filter(dossier=event.dossier_id).first()

    def _is_of_the_title(self, transition: str) -> bool:
        """Once the dossier is over, what bears a name of both machines is an act on the title."""
        if self.title is None:
            return False
        return any(row.name == transition for row in TITLE.transitions)

    def _goes_on(self, transition: str, following: str) -> bool:
        """Whether the next step leaves from where this one leads: then nothing else happened by itself in between."""
        target = next((row.target for row in self._rows(transition) if self.reached in row.sources), "")
        return any(target in row.sources for row in self._rows(following))

    def _rows(self, name: str) -> list[Any]:
        return [row for row in self.table.transitions if row.name == name]

    # -------------------------------------------------------------------------------------------- the end

    def _titles(self) -> list[int]:
        """The title of this case once it is granted, and those that it renews."""
        return [*self.parents, self.title.pk] if self.title is not None else self.parents

    def _finish(self, *, follow: bool) -> Dossier:
        if follow and self.title is not None:
            follow_to_the_end(self._titles(), self.importer.now)
        dossier = Dossier.objects.select_for_update(of=("self",)).get(reference=self.reference)
        if dossier.decided_at is None and dossier.lead_id is not None:
            # Whoever examined it elsewhere is nobody here: it waits for an officer.
            dossier.assignments.filter(until=None).update(until=self.importer.now)
            dossier.lead = None
            dossier.save(update_fields=["lead"])
        log.append(
            dossier=dossier,
            verb="import_history",
            actor=System(CAUSE),
            at=self.importer.now,
            payload={"case": self.case.id},
        )
        return dossier
