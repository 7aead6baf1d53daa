"""The words a procedure is written in. Pure data: no model, no setting, no reading of the clock.

A procedure (AAC, AAP, ...) is a `Procedure` made of `State` and `Transition` rows that a pharmacist at ANSM can
proof-read. What was granted (a title) is a second machine in the same words.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from django.utils.functional import Promise

Text = str | Promise
"""A string, or a lazy translation of one."""

Role = str


@dataclass(frozen=True)
class Reason:
    """Why an act is refused: a stable `code` for systems, a `message` for people, the `field` it is about if any.

    `field` is `section.field` for an answer, the field's name for a payload, empty for the dossier as a whole.
    """

    code: str
    message: Text
    field: str = ""


# --------------------------------------------------------------------------------------------------- who acts


@dataclass(frozen=True)
class Actor:
    """A person under one chosen membership, or the system. A snapshot: what is written in the log."""

    role: Role
    person_id: int | None = None
    membership_id: int | None = None
    organisation_id: int | None = None
    organisation_kind: str = ""
    name: str = ""
    organisation_name: str = ""

    @property
    def is_system(self) -> bool:
        return self.role == "system"


def System(cause: str) -> Actor:  # noqa: N802 - reads as a kind of actor, as in System("silence")
    """The application acting by itself, named after the cause: "silence", "criteria", "expiry"."""
    return Actor(role="system", name=cause)


# ----------------------------------------------------------------------------------- what a guard may look at


@dataclass(frozen=True)
class DocumentFact:
    kind: str
    scan: Literal["pending", "clean", "infected", "not_scanned"]
    name: str = ""


@dataclass(frozen=True)
class RequestFact:
    """An information request: when asked, until when, what is answered. Questions are keyed by a short id."""

    asked_at: dt.datetime
    reply_by: dt.date | None
    questions: Mapping[str, str]
    answered: frozenset[str] = frozenset()
    reminded_at: dt.datetime | None = None
    answered_at: dt.datetime | None = None
    closed_at: dt.datetime | None = None

    @property
    def is_open(self) -> bool:
        return self.closed_at is None


@dataclass(frozen=True)
class ProposalFact:
    outcome: str
    proposer_id: int | None
    starts_on: dt.date | None = None
    ends_on: dt.date | None = None


@dataclass(frozen=True)
class OpinionFact:
    """What a body proposed to say of a request (`given_at` None), or said. `outcome`: favourable or unfavourable; empty
    for a body whose opinion is its findings alone."""

    body: str
    outcome: str = ""
    proposer_id: int | None = None
    given_at: dt.datetime | None = None


@dataclass(frozen=True)
class EventFact:
    verb: str
    at: dt.datetime
    role: Role
    person_id: int | None = None


@dataclass(frozen=True)
class CommentsFact:
    """The open invitation to comment: the act intended (a transition of the title machine), when the holder was
    invited, the last day to answer, when they did."""

    intended: str
    invited_on: dt.date
    reply_by: dt.date
    answered_on: dt.date | None = None


@dataclass(frozen=True)
class TitleFact:
    """A title and its place in its chain. `ends_on` is the last day decided; `in_force_until` the last one it really
    has force, when a renewal cut it (None: the same). `chain_starts_on`: the first day of the first title of the chain;
    `last_suspension`: the first and the last day of the latest suspensions of the chain that followed each other. Of
    the renewal granted after it: `successor`, its number; `successor_lives`, neither ended nor stopped;
    `successor_suspended_until`, when it is suspended. `suspended_until` is kept by a title that expired while it was
    suspended. `renounced_on`: the day its holder told the authority that it gives it up, while that waits for an
    answer. `holders`: how many organisations hold it together."""

    number: str
    state: str
    starts_on: dt.date
    ends_on: dt.date
    renewal_pending: bool = False
    suspended_until: dt.date | None = None
    successor_starts_on: dt.date | None = None
    comments: CommentsFact | None = None
    in_force_until: dt.date | None = None
    chain_starts_on: dt.date | None = None
    last_suspension: tuple[dt.date, dt.date] | None = None
    successor: str = ""
    successor_lives: bool = False
    successor_suspended_until: dt.date | None = None
    renounced_on: dt.date | None = None
    holders: int = 1

    @property
    def last_day(self) -> dt.date:
        """The last day of force."""
        return self.in_force_until or self.ends_on


@dataclass(frozen=True)
class Facts:
    """A frozen picture of one dossier or one title, made by `dossiers.facts` before any rule looks at it.

    `answers` is {section: {field: value}} of the draft or of the last submission. `missing` is what strict
    validation finds wrong with them. `product` holds what the catalogue says of the medicine or device.
    `payload` is what the actor typed with the act, or None while we only ask what could be done: a guard about
    the payload answers nothing then. `limits` are the settings a rule may use, by name. `due_on`: the last day of the
    first clock, None while it has none (not started, stopped, over). `opinions`: those of the bodies consulted;
    `findings`: {body: {criterion: finding}}. `matter`: what only this procedure keeps (`dossiers.matter`).
    """

    procedure: str
    state: str
    kind: str = ""
    urgent: bool = False
    filed_at: dt.datetime | None = None
    answers: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    missing: tuple[Reason, ...] = ()
    documents: tuple[DocumentFact, ...] = ()
    request: RequestFact | None = None
    proposal: ProposalFact | None = None
    events: tuple[EventFact, ...] = ()
    recused: frozenset[int] = frozenset()
    may_sign_for_body: bool = False
    product: Mapping[str, Any] = field(default_factory=dict)
    parent: TitleFact | None = None
    title: TitleFact | None = None
    due_on: dt.date | None = None
    opinions: tuple[OpinionFact, ...] = ()
    findings: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    matter: Mapping[str, Any] = field(default_factory=dict)
    payload: Mapping[str, Any] | None = None
    limits: Mapping[str, Any] = field(default_factory=dict)


Guard = Callable[[Facts, Actor, dt.datetime], tuple[Reason, ...]]
"""Empty when fine. `at` is an aware datetime; civil dates are Europe/Paris."""


# -------------------------------------------------------------------------------------- what the actor types


FieldKind = Literal["text", "line", "date", "datetime", "choice", "integer", "boolean", "questions", "answers"]


@dataclass(frozen=True)
class DateIn:
    """An example date, counted in days from the day the example is shown: a fixed one would end in the past."""

    days: int


@dataclass(frozen=True)
class PayloadField:
    """One thing asked with an act. `example` is valid in the demo data (published in the API's JSON Schema).

    Kinds: `text` (several lines), `line`, `date` (ISO), `datetime` (ISO, aware), `choice`, `integer`, `boolean`,
    `questions` (list of non-empty strings), `answers` ({question id: non-empty string}).
    `only_if` names another field of the payload and the value it must have for this one to count.
    `personal` marks free text that may hold patient data: it never leaves the encrypted columns. `offered`: the key of
    `Facts.matter` that holds {code: words}, the values offered for a `line` or a `choice`, or the questions that
    `answers` answer; an optional field for which a file offers nothing is not asked.
    """

    name: str
    kind: FieldKind
    label: Text
    required: bool = True
    help: Text = ""
    choices: tuple[tuple[str, Text], ...] = ()
    example: Any = None
    max_length: int = 10_000
    only_if: tuple[str, Any] | None = None
    personal: bool = False
    offered: str = ""


# ------------------------------------------------------------------------------------------------ the clock


ClockAct = Literal["", "start", "stop", "resume", "extend", "end"]
NO_EFFECT: Final = "no_effect"


@dataclass(frozen=True)
class Length:
    """A delay: calendar `months` (date to date) and/or `days`, or `working_days`. All zero is not a delay."""

    months: int = 0
    days: int = 0
    working_days: int = 0


@dataclass(frozen=True)
class ClockRule:
    """One delay of a procedure. `length` None: the law gives none; `target_setting` then names a working-day
    target that agents follow and that has no legal effect (`urgent_target_setting` for urgent files). `silence` says
    what an expired clock does: NO_EFFECT or the name of a `system` transition; `silence_otherwise` names the one that
    is possible when the first is not. `extension`: what an act that extends the clock adds to it."""

    name: str
    length: Length | None
    law: str
    silence: str = NO_EFFECT
    target_setting: str = ""
    urgent_target_setting: str = ""
    extension: Length = Length()
    silence_otherwise: str = NO_EFFECT


# --------------------------------------------------------------------------------------------------- tables


@dataclass(frozen=True)
class State:
    """`staff` and `applicant` are the two audiences' labels. `read_by`: roles that may read a dossier in this state
    (own organisation's for applicants; agency roles read it whoever filed it). `edited_by`: roles that may change
    its answers and documents; `attached_by`: roles that may add documents and no more. `waits_for`: roles whose turn it
    is, for the worklists. `help` explains to its reader."""

    code: str
    staff: Text
    applicant: Text
    read_by: frozenset[Role]
    edited_by: frozenset[Role] = frozenset()
    attached_by: frozenset[Role] = frozenset()
    waits_for: frozenset[Role] = frozenset()
    final: bool = False
    help: Text = ""


@dataclass(frozen=True)
class Transition:
    """One act. `by`: roles that may do it (`by_procedure` narrows it for the title machine, whose signatory depends
    on the deciding body). `effects`: names resolved in `dossiers.services.effects`, run in order inside the
    transaction. `letter`: kind of letter ordered; with `letter_is_signed`, by people alone: what the system does at a
    term fixed beforehand is no new decision, and nobody would sign it. `tells`: audiences warned by mail.
    `when`: of several rows of one name and one source, whose targets differ, the first that says yes is the one.
    `staff_only`: applicants never see this event. `danger`: asks for care on screen (a refusal, a withdrawal).
    `law`: its legal reference."""

    name: str
    sources: frozenset[str]
    target: str
    by: frozenset[Role]
    label: Text
    past: Text
    by_procedure: Mapping[str, frozenset[Role]] = field(default_factory=dict)
    when: Callable[[Facts, Actor], bool] | None = None
    guards: tuple[Guard, ...] = ()
    payload: tuple[PayloadField, ...] = ()
    effects: tuple[str, ...] = ()
    clock: ClockAct = ""
    letter: str = ""
    letter_is_signed: bool = False
    tells: tuple[str, ...] = ()
    staff_only: bool = False
    danger: bool = False
    law: str = ""
    help: Text = ""

    def letter_by(self, actor: Actor) -> str:
        """The kind of letter that this actor's act orders; empty when it orders none."""
        return "" if self.letter_is_signed and actor.is_system else self.letter

    def roles(self, procedure: str) -> frozenset[Role]:
        return self.by_procedure.get(procedure, self.by) if self.by_procedure else self.by


@dataclass(frozen=True)
class Publication:
    """What anybody may read of a procedure in the public register; without it, nothing.

    `titles`: each title by itself. `refusals`: each refusal too, of the kinds `refused_kinds` (empty: of every kind).
    `referential`: not the titles, which each name a patient, but the entries of the referential (a medicine in an
    indication) under which they are granted. `filings`: that a complete request is under examination. `claimed`: the
    section and the field of the answers that word the indication claimed, where requests word their own. `pathways`:
    what the codes of `Dossier.pathway` are called. `national_kind`: what the national RISAD reference calls such an
    access; empty when it does not hold them. `law`: what makes it public.
    """

    titles: bool = False
    refusals: bool = False
    refused_kinds: frozenset[str] = frozenset()
    referential: bool = False
    filings: bool = False
    claimed: tuple[str, str] | None = None
    pathways: tuple[tuple[str, Text], ...] = ()
    national_kind: str = ""
    law: str = ""


@dataclass(frozen=True)
class Procedure:
    """A whole machine. `kinds`: of dossiers, with labels; `initial`: where one is born; `series`: see `prefix_of`.

    `created_by`: roles that begin a dossier, in organisations of the kinds `created_in` (empty: of any kind);
    `kinds_reserved`: kinds that some of those alone begin. `kinds_on_a_title`: kinds of request about something
    granted, which start from it. `led_by`: roles of the officer in charge; `assigned_by`: roles that may choose another
    one; `followed_by`: roles of the authorities that say what a title obliges to. `held_by`: role of the party whose
    organisation holds what is granted, empty: the dossier's owner. `consults`: other bodies give their opinion first.
    """

    code: str
    version: int
    name: Text
    law: tuple[str, ...]
    states: tuple[State, ...]
    transitions: tuple[Transition, ...]
    initial: str
    kinds: tuple[tuple[str, Text], ...] = ()
    kinds_on_a_title: frozenset[str] = frozenset({"renewal"})
    clocks: tuple[ClockRule, ...] = ()
    created_by: frozenset[Role] = frozenset()
    created_in: frozenset[str] = frozenset()
    kinds_reserved: Mapping[str, frozenset[Role]] = field(default_factory=dict)
    led_by: frozenset[Role] = frozenset()
    assigned_by: frozenset[Role] = frozenset()
    followed_by: frozenset[Role] = frozenset()
    held_by: Role = ""
    consults: bool = False
    public: Publication = Publication()
    series: str = ""

    def kinds_begun_by(self, actor: Actor) -> frozenset[str]:
        """Kinds that this actor begins without starting from something granted."""
        if actor.role not in self.created_by or (self.created_in and actor.organisation_kind not in self.created_in):
            return frozenset()
        alone = {code for code, _label in self.kinds} - self.kinds_on_a_title
        return frozenset(code for code in alone if actor.role in self.kinds_reserved.get(code, self.created_by))

    def state(self, code: str) -> State:
        for state in self.states:
            if state.code == code:
                return state
        raise KeyError(code)

    def transition(self, name: str, source: str | None = None) -> Transition:
        """The row called `name`; where a name has a row for each of several sources, the one that leaves `source`."""
        rows = [row for row in self.transitions if row.name == name]
        if not rows:
            raise KeyError(name)
        return next((row for row in rows if source is None or source in row.sources), rows[0])
