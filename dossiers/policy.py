"""The only permission file. Lists, pages, files, history, API, search and exports ask `visible_to` and `may`.

Out of `visible_to` is *not found*; in it but refused by `may` is *forbidden*. What may be done to a dossier's state is
not here: the procedure's table says it (`workflows.engine`), on top of `may(actor, "act", dossier)`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from documents.models import Attachment, LetterOrder
from dossiers.models import (
    Decision,
    Dossier,
    Event,
    ExpertMission,
    FilingMeeting,
    InformationMaterial,
    Message,
    Obligation,
    Party,
    Submission,
    Title,
)
from workflows.aap_guards import PRE_MA
from workflows.audiences import APPLICANT_SIDE, SITES
from workflows.audiences import COMPANY as COMPANY_TOLD
from workflows.dates import civil_date
from workflows.filing_meetings import STEPS as MEETING_STEPS
from workflows.registry import TITLE, all_procedures, procedure, title_readers
from workflows.renewals import fulfilled_by
from workflows.roles import (
    AGENCY_STAFF,
    ANSM_ASSESSOR,
    ANSM_SIGNATORY,
    ANSM_STAFF,
    ANSM_TRIAGE,
    APPLICANT,
    AUDITOR,
    COMPANY,
    CONTRIBUTOR,
    EXPERT,
    HAS_STAFF,
    MINISTRY_READER,
    ORG_ADMIN,
    PHARMACIST,
    PRESCRIBER,
)
from workflows.types import Actor, Reason, Role, Transition

OBLIGATION_PROOF = "obligation_proof"
"""Kind of the documents that show an obligation done: attached with that act only, and then part of what was sent."""
OF_COMMENTS = frozenset({"invite_comments", "give_comments", "give_up_comments"})
"""Notes of what the authority intends and its holders comment."""
INFORMATION_MATERIAL = "information_material"
"""Kind of the documents that a company submits for professionals under a framework: attached with that act only, and
read by that company and ANSM alone, since it is the company that spreads them."""


@dataclass(frozen=True)
class Ruling:
    allowed: bool
    reasons: tuple[Reason, ...] = ()


ALLOWED = Ruling(True)


def _refused(code: str, message: object) -> Ruling:
    return Ruling(False, (Reason(code, message),))  # type: ignore[arg-type]


# ------------------------------------------------------------------------------------------------- who sees


def is_staff_side(actor: Actor) -> bool:
    """Agency staff and auditors read the staff's labels, notes, proposals and staff-only events."""
    return actor.is_system or actor.role in AGENCY_STAFF or actor.role == AUDITOR


def reads_as_agency(actor: Actor, dossier: Dossier) -> bool:
    """Staff's side, of this very file: a ministry reads what it reported itself as any reporter does, and neither what
    companies tell the agency nor what it asks of them."""
    return is_staff_side(actor) and not _reported_it(actor, dossier)


def _reported_it(actor: Actor, dossier: Dossier) -> bool:
    return actor.role == MINISTRY_READER and actor.organisation_id == dossier.organisation_id


def _in_a_state_read_by(role: str) -> Q:
    """The table says, state by state, which roles read a dossier."""
    condition = Q(pk__in=[])
    for one in all_procedures():
        states = [state.code for state in one.states if role in state.read_by]
        if states:
            condition |= Q(procedure=one.code, state__in=states)
    return condition


def _of_own_organisation(actor: Actor) -> Q:
    named = Party.objects.filter(dossier=OuterRef("pk"), organisation=actor.organisation_id)
    return Q(organisation=actor.organisation_id) | Q(Exists(named))


def visible_to(actor: Actor | None) -> QuerySet[Dossier]:
    """Every dossier this actor may know of. An actor without membership (a technical administrator) sees none."""
    if actor is None:
        return Dossier.objects.none()
    if actor.is_system or actor.role == AUDITOR:
        return Dossier.objects.all()
    if actor.organisation_id is None or actor.role == ORG_ADMIN:
        return Dossier.objects.none()
    if actor.role == EXPERT:
        opened = missions_of(actor, civil_date(timezone.now())).filter(dossier=OuterRef("pk"), conflict=False)
        return Dossier.objects.filter(Exists(opened))
    readable = _in_a_state_read_by(actor.role)
    if actor.role in AGENCY_STAFF:
        # Before it is filed, a dossier is its owner's alone: a withdrawn draft never reaches the agency.
        return Dossier.objects.filter(readable, Q(filed_at__isnull=False) | Q(organisation=actor.organisation_id))
    return Dossier.objects.filter(readable, _of_own_organisation(actor))


def missions_of(actor: Actor | None, on: dt.date) -> QuerySet[ExpertMission]:
    """The expert's own missions that run on that civil day: what they read of the file before they declare that no link
    of interest stands in the way is the question alone."""
    if actor is None or actor.role != EXPERT or actor.membership_id is None:
        return ExpertMission.objects.none()
    return ExpertMission.objects.filter(expert=actor.membership_id, ended_at=None, until__gte=on)


def missions_asked_by(actor: Actor) -> QuerySet[ExpertMission]:
    """Those that the actor's own agency asked on files it reads: where two agencies examine one file, neither knows of
    the other's experts, nor ends their missions."""
    return ExpertMission.objects.filter(
        asked_by_role__in=agency_of(actor.role), dossier__in=visible_to(actor).values("pk")
    )


def titles_visible_to(actor: Actor | None) -> QuerySet[Title]:
    """A title is read by whoever reads the dossier that it came from."""
    return Title.objects.filter(Exists(visible_to(actor).filter(pk=OuterRef("dossier"))))


def reads_titles(role: str) -> bool:
    """Whether some procedure's table lets this role read what it grants: their pages are offered to nobody else."""
    return any(role in title_readers(one.code) for one in all_procedures())


def reads_what_was_sent_only(actor: Actor | None) -> bool:
    """An agency reads a request as it was sent to it: not the versions that the pharmacist returned, nor what the
    hospital prepares before it sends its answers."""
    return actor is not None and actor.role in AGENCY_STAFF


def attachments_visible_to(actor: Actor | None) -> QuerySet[Attachment]:
    """Documents of the dossiers this actor reads; for an agency, those sent with the request, with an answer, as the
    proof of an obligation, or given by another organisation than the owner, which sends nothing later."""
    seen = Attachment.objects.filter(dossier__in=visible_to(actor))
    if actor is None or actor.is_system or actor.role == AUDITOR:
        return seen
    if actor.role not in ANSM_STAFF:
        # The other companies of a generic group spread theirs.
        its = InformationMaterial.objects.filter(document=OuterRef("pk"), organisation=actor.organisation_id)
        seen = seen.filter(~Q(kind=INFORMATION_MATERIAL) | Q(Exists(its)))
    if actor.role != EXPERT and not reads_what_was_sent_only(actor):
        return seen.filter(_given_by_the_owner_or_by(actor))
    own = Q(dossier__organisation=actor.organisation_id)
    if actor.role == MINISTRY_READER:
        # What it reported itself it reads as any reporter does.
        return seen.filter((own & _given_by_the_owner_or_by(actor)) | (~own & _sent()))
    # Of what an agency writes itself nothing is sent yet: it is its own.
    return seen.filter((own & Q(dossier__filed_at=None)) | _sent())


def _sent() -> Q:
    """Sent with the request, with an answer, as a proof, or given by another organisation than the owner."""
    filed_at = F("dossier__filed_at")
    with_the_request = Q(uploaded_at__lte=filed_at) & (Q(removed_at=None) | Q(removed_at__gt=filed_at))
    answers = Submission.objects.filter(
        dossier=OuterRef("dossier"), at__gt=OuterRef("dossier__filed_at"), at__gte=OuterRef("uploaded_at")
    )
    with_an_answer = Q(Exists(answers), removed_at=None) | Exists(answers.filter(at__lt=OuterRef("removed_at")))
    as_a_proof = Q(kind=OBLIGATION_PROOF, uploaded_at__gt=filed_at) | Exists(
        Obligation.objects.filter(document=OuterRef("pk"))
    )
    others = Party.objects.filter(dossier=OuterRef("dossier"), organisation=OuterRef("organisation"))
    by_another = Exists(others.exclude(organisation=OuterRef("dossier__organisation"))) & Q(uploaded_at__gt=filed_at)
    return with_the_request | with_an_answer | Q(as_a_proof, removed_at=None) | Q(by_another, removed_at=None)


def _given_by_the_owner_or_by(actor: Actor) -> Q:
    """What is filed is the file, whoever prepared it; what another organisation adds later is between that one and the
    agency."""
    own = Q(organisation=actor.organisation_id) | Q(organisation=F("dossier__organisation"))
    filed = Q(dossier__filed_at=None) | Q(uploaded_at__lte=F("dossier__filed_at"))
    its = Q(kind=INFORMATION_MATERIAL)  # narrowed above to the company's own
    return Q(uploaded_by=None) | filed | its | own


def messages_visible_to(actor: Actor, dossier: Dossier) -> QuerySet[Message]:
    """The exchanges with the agency: of several organisations on one file, each reads its own and what the agency
    writes. An expert reads none."""
    found = Message.objects.filter(dossier=dossier)
    authors = note_authors(actor, dossier)
    if actor.role == EXPERT:
        return found.none()
    if authors is not None:
        found = found.filter(Q(staff_only=False) | Q(author_role__in=authors))
    agency = reads_as_agency(actor, dossier)
    if agency and reads_what_was_sent_only(actor) and dossier.filed_at is not None:
        # What the hospital's own people said among themselves before they sent the request stays theirs.
        found = found.filter(at__gte=dossier.filed_at)
    if not agency:
        own = Q(organisation=actor.organisation_id)
        found = found.filter(Q(author_role__in=sorted(AGENCY_STAFF)) | Q(author=None) | own)
    return found


def reads_letter_of(row: Transition, actor: Actor) -> bool:
    """What an agency writes to the companies that are parties, and to nobody else who takes part (a protocol asked, a
    draft decision), is between it and them."""
    to_companies_alone = COMPANY_TOLD in row.tells and not {APPLICANT_SIDE, SITES} & set(row.tells)
    return not to_companies_alone or actor.organisation_kind == COMPANY


def letters_visible_to(actor: Actor | None) -> QuerySet[LetterOrder]:
    """Letters of the dossiers this actor reads. Of an act that applicants are not told of (an opinion given to the body
    that decides) they read the letter with the decision; an expert reads all that the agency wrote."""
    seen = LetterOrder.objects.filter(dossier__in=visible_to(actor))
    if actor is None or (is_staff_side(actor) and actor.role != MINISTRY_READER):
        return seen
    rows = [row for one in all_procedures() for row in one.transitions if row.letter]
    others = Q(kind__in={row.letter for row in rows if not reads_letter_of(row, actor)})
    if actor.role == MINISTRY_READER:
        return seen.exclude(others, dossier__organisation=actor.organisation_id)
    if actor.role != EXPERT:
        seen = seen.exclude(others)
    between = [row.letter for one in all_procedures() for row in one.transitions if row.letter and row.staff_only]
    signed = Decision.objects.filter(dossier=OuterRef("dossier"), signed_at__isnull=False)
    return seen.filter(~Q(kind__in=between) | Exists(signed))


def obligations_visible_to(actor: Actor | None) -> QuerySet[Obligation]:
    """What the titles that this actor reads oblige to. What is owed by the owner of the file is read by all who take
    part in it; what another organisation owes, each company of a framework, is between that one and the agencies."""
    seen = Obligation.objects.filter(title__in=titles_visible_to(actor))
    if actor is None or actor.role == EXPERT:
        return seen
    owners = Q(holder=F("title__dossier__organisation"))
    if actor.role == MINISTRY_READER:  # as `reads_as_agency`
        return seen.filter(Q(holder=None) | ~Q(title__dossier__organisation=actor.organisation_id) | owners)
    if is_staff_side(actor):
        return seen
    return seen.filter(Q(holder=None) | Q(holder=actor.organisation_id) | owners)


def reads_note(event: Event, actor: Actor, dossier: Dossier) -> bool:
    """Whether this line of the log of `dossier` is this actor's to read: others than staff read none that is staff's,
    nor what was noted of what one company of a framework owes, comments or submits when that is not theirs, nor what
    the authority says of its intentions to those who hold the authorisation."""
    if reads_as_agency(actor, dossier):
        return True
    if event.staff_only or actor.role == EXPERT:
        return not event.staff_only
    if event.verb in OF_COMMENTS and not _holds_what_is_granted(actor, dossier):
        return False
    whose = event.payload.get("holder") if event.machine == "note" else None
    return whose in (None, actor.organisation_id)


def _holds_what_is_granted(actor: Actor, dossier: Dossier) -> bool:
    """Of a framework the companies heard on it, else the owner of the file: not the others who take part."""
    if procedure(dossier.procedure, dossier.workflow_version).held_by:
        return actor.organisation_kind == COMPANY
    return _is_of_the_owner(actor, dossier)


def note_authors(actor: Actor, dossier: Dossier) -> frozenset[Role] | None:
    """Roles whose notes this actor reads; None for everybody's. Where an agency consults another each keeps its own; a
    ministry reads none, be it the one that reported."""
    if not is_staff_side(actor) or actor.role == MINISTRY_READER:
        return frozenset()
    if actor.is_system or actor.role == AUDITOR:
        return None
    consults = procedure(dossier.procedure, dossier.workflow_version).consults
    return agency_of(actor.role) if consults else None


def reads_proposals(actor: Actor) -> bool:
    """What an agency prepares and nobody signed is read by the agencies and their auditors."""
    return is_staff_side(actor) and actor.role != MINISTRY_READER


def agency_of(role: Role) -> frozenset[Role]:
    """The roles of the agency whose notes and tasks this role shares; none for a role of no agency."""
    return next((staff for staff in (ANSM_STAFF, HAS_STAFF) if role in staff), frozenset())


# ------------------------------------------------------------------------------------------------- who may


def _is_of_the_owner(actor: Actor, dossier: Dossier) -> bool:
    return actor.organisation_id is not None and actor.organisation_id == dossier.organisation_id


def _takes_part(actor: Actor, dossier: Dossier) -> bool:
    """Of the owner, or of an organisation named on the dossier. What it may then do, the table says by its roles."""
    if actor.organisation_id is None:
        return False
    if dossier.pk is None:  # a list asks of a dossier that it did not read, by its owner
        return _is_of_the_owner(actor, dossier)
    return _is_of_the_owner(actor, dossier) or any(
        one.organisation_id == actor.organisation_id for one in dossier.parties.all()
    )


def _view(actor: Actor, dossier: Dossier) -> Ruling:
    return ALLOWED


def _act(actor: Actor, dossier: Dossier) -> Ruling:
    """Applicants act on the files their organisation owns or is named on, agencies on those filed with them, auditors
    on none."""
    if actor.role == AUDITOR:
        return _refused("read_only", _("An auditor reads and changes nothing."))
    if actor.role == EXPERT:
        return _refused("read_only", _("An expert reads the file and gives an opinion, apart."))
    if actor.is_system or actor.role in AGENCY_STAFF or _takes_part(actor, dossier):
        return ALLOWED
    return _refused("not_owner", _("This file belongs to another organisation."))


def _edit(actor: Actor, dossier: Dossier) -> Ruling:
    state = procedure(dossier.procedure, dossier.workflow_version).state(dossier.state)
    if not state.edited_by:
        return _refused("not_editable", _("At this stage the answers can no longer be changed."))
    if actor.role not in state.edited_by:
        return _refused("role", _("Your role does not allow you to change these answers now."))
    return _act(actor, dossier)


def _attach(actor: Actor, dossier: Dossier) -> Ruling:
    """Whoever edits may attach, and whoever the table says; while the pharmacy checks, so may those whose turn it
    is."""
    state = procedure(dossier.procedure, dossier.workflow_version).state(dossier.state)
    if actor.role in state.attached_by and _takes_part(actor, dossier):
        return ALLOWED
    if dossier.filed_at is None and actor.role in state.waits_for and _is_of_the_owner(actor, dossier):
        return ALLOWED
    return _edit(actor, dossier)


def _is_recused(actor: Actor, dossier: Dossier) -> bool:
    """Reads the recusals that a page has fetched already, if it has."""
    return any(one.person_id == actor.person_id for one in dossier.recusals.all())


RECUSED = ("recused", _("You are recused from this file: somebody else must act."))


def _write_message(actor: Actor, dossier: Dossier) -> Ruling:
    """A ministry reads what others examine: it neither asks nor answers for them. On a file of its own it does."""
    if actor.role == MINISTRY_READER and not _is_of_the_owner(actor, dossier):
        return _refused("read_only", _("A ministry reads this file and does not write in it."))
    return _refused(*RECUSED) if _is_recused(actor, dossier) else _act(actor, dossier)


def _staff_only(actor: Actor, dossier: Dossier) -> Ruling:
    if actor.role in ANSM_STAFF or actor.role in HAS_STAFF:
        return _refused(*RECUSED) if _is_recused(actor, dossier) else ALLOWED
    return _refused("staff", _("Only agency staff may do this."))


def _read_notes(actor: Actor, dossier: Dossier) -> Ruling:
    return ALLOWED if is_staff_side(actor) else _refused("staff", _("Only agency staff may read this."))


def _assign(actor: Actor, dossier: Dossier) -> Ruling:
    if actor.role not in procedure(dossier.procedure, dossier.workflow_version).assigned_by:
        return _refused("role", _("Your role does not allow you to assign files."))
    if dossier.decided_at is not None:
        return _refused("decided", _("This file is decided: nobody needs to be assigned."))
    return _refused(*RECUSED) if _is_recused(actor, dossier) else ALLOWED


def _ask_expert(actor: Actor, dossier: Dossier) -> Ruling:
    """Whoever examines it may ask for help, while it is examined."""
    table = procedure(dossier.procedure, dossier.workflow_version)
    here = frozenset().union(*(row.by for row in table.transitions if dossier.state in row.sources))
    if actor.role not in table.led_by | table.assigned_by | (here & (ANSM_STAFF | HAS_STAFF)):
        return _refused("role", _("Only those who examine this file ask experts."))
    if dossier.filed_at is None or dossier.decided_at is not None:
        return _refused("not_examined", _("This file is not under examination: no expert is asked."))
    return _refused(*RECUSED) if _is_recused(actor, dossier) else ALLOWED


def _link_product(actor: Actor, dossier: Dossier) -> Ruling:
    """Say which entry of the referential a request means, while it is examined."""
    if actor.role not in {ANSM_TRIAGE, ANSM_ASSESSOR, ANSM_SIGNATORY}:
        return _refused("role", _("Only ANSM says which entry of the referential a request is about."))
    if dossier.filed_at is None or dossier.decided_at is not None:
        return _refused("not_examined", _("This file is not under examination: its medicine stays as it is."))
    return _refused(*RECUSED) if _is_recused(actor, dossier) else ALLOWED


def _renew(actor: Actor, dossier: Dossier) -> Ruling:
    """A renewal is a new request: whoever may write one for the owner may start it (R.5121-74-4)."""
    if actor.role in procedure(dossier.procedure).created_by or actor.role in {PRESCRIBER, PHARMACIST}:
        return _act(actor, dossier)
    return _refused("role", _("Your role does not allow you to ask for a renewal."))


def _invite_comments(actor: Actor, dossier: Dossier) -> Ruling:
    """Whoever may suspend, and the assessors who prepare it, tell the holder what is intended (R.5121-74-8)."""
    table = procedure(dossier.procedure, dossier.workflow_version)
    if actor.role not in TITLE.transition("suspend").roles(dossier.procedure) | table.led_by:
        return _refused("role", _("Your role does not allow you to invite the holder to comment."))
    return _refused(*RECUSED) if _is_recused(actor, dossier) else ALLOWED


def _give_comments(actor: Actor, dossier: Dossier) -> Ruling:
    """Whoever may end the authorisation for its holder speaks for them."""
    holders = [TITLE.transition(name).roles(dossier.procedure) for name in ("stop_treatment", "renounce")]
    if actor.role not in frozenset().union(*holders):
        return _refused("role", _("Your role does not allow you to comment for the holder."))
    return _act(actor, dossier)


def _oblige(actor: Actor, dossier: Dossier) -> Ruling:
    """Ask for something by a day, give it up, or find its proof not enough."""
    if actor.role not in procedure(dossier.procedure, dossier.workflow_version).followed_by:
        return _refused("role", _("Your role does not allow you to follow what this authorisation obliges to."))
    return _refused(*RECUSED) if _is_recused(actor, dossier) else ALLOWED


def _fulfil(actor: Actor, dossier: Dossier) -> Ruling:
    """Say that what the holder owes was done, with its proof."""
    if actor.role not in fulfilled_by(dossier.procedure) or not _takes_part(actor, dossier):
        return _refused("role", _("Only those who may ask for the renewal of this authorisation may do this."))
    return ALLOWED


def _record_appeal(actor: Actor, dossier: Dossier) -> Ruling:
    """The authority that decided receives the appeals, or is told of them by the court."""
    table = procedure(dossier.procedure, dossier.workflow_version)
    if actor.role not in table.led_by | TITLE.transition("withdraw").roles(dossier.procedure):
        return _refused("role", _("Only the authority that decided records appeals."))
    return ALLOWED


def _answer_renunciation(actor: Actor, dossier: Dossier) -> Ruling:
    """The authority that could withdraw it answers a holder that gives it up (R.5121-72-1)."""
    if actor.role not in TITLE.transition("withdraw").roles(dossier.procedure):
        return _refused("role", _("Only the authority that decided answers the holder."))
    return _refused(*RECUSED) if _is_recused(actor, dossier) else ALLOWED


RULES: dict[str, Callable[[Actor, Dossier], Ruling]] = {
    "view": _view,
    "read_document": _view,
    "read_letter": _view,
    "act": _act,
    "edit": _edit,
    "attach": _attach,
    "write_message": _write_message,
    "write_note": _staff_only,
    "read_notes": _read_notes,
    "recuse": _staff_only,
    "assign": _assign,
    "ask_expert": _ask_expert,
    "link_product": _link_product,
    "renew": _renew,
    "oblige": _oblige,
    "fulfil": _fulfil,
    "fulfil_for_agency": _staff_only,
    "invite_comments": _invite_comments,
    "give_comments": _give_comments,
    "record_appeal": _record_appeal,
    "answer_renunciation": _answer_renunciation,
}


def may(actor: Actor | None, act: str, dossier: Dossier) -> Ruling:
    """Whether `actor` may do `act` (a key of RULES) on a dossier already found through `visible_to`.

    Raises KeyError for an act that has no rule: an unknown right is a fault of ours, never a yes.
    """
    rule = RULES[act]
    if actor is None:
        return _refused("no_membership", _("Choose the role under which you act."))
    return rule(actor, dossier)


def may_fulfil(actor: Actor | None, owed: Obligation) -> Ruling:
    """Whether `actor` may say that `owed`, found through `obligations_visible_to`, was done: whoever owes it."""
    if owed.holder_id is None:
        return may(actor, "fulfil_for_agency", owed.title.dossier)
    ruling = may(actor, "fulfil", owed.title.dossier)
    if ruling.allowed and actor is not None and actor.organisation_id != owed.holder_id:
        return _refused("not_owed", _("Another organisation owes this: it says itself that it is done."))
    return ruling


# ------------------------------------------------------------------------------------------ pre-filing meetings


def asks_for_meetings(actor: Actor | None) -> bool:
    """Whoever writes early access requests for a company."""
    return actor is not None and actor.organisation_kind == COMPANY and actor.role in {APPLICANT, CONTRIBUTOR}


def reads_meetings(actor: Actor | None) -> bool:
    """Whether this role has a page about pre-filing meetings at all."""
    others = ANSM_STAFF | HAS_STAFF | {AUDITOR}
    return asks_for_meetings(actor) or (actor is not None and actor.role in others)


def meetings_visible_to(actor: Actor | None) -> QuerySet[FilingMeeting]:
    """A company's own; once sent, HAS's; ANSM's before marketing authorisation, where it takes part, and with the filed
    request that came of it."""
    if actor is None or not reads_meetings(actor):
        return FilingMeeting.objects.none()
    if actor.role == AUDITOR:
        return FilingMeeting.objects.all()
    if asks_for_meetings(actor):
        return FilingMeeting.objects.filter(organisation=actor.organisation_id)
    sent = FilingMeeting.objects.filter(asked_at__isnull=False)
    if actor.role in HAS_STAFF:
        return sent
    return sent.filter(Q(pathway=PRE_MA) | Q(dossier__in=visible_to(actor)))


def may_step(actor: Actor, name: str) -> Ruling:
    """Whether the role may take this step (`workflows.filing_meetings`) on a meeting found in the actor's scope."""
    if actor.role in MEETING_STEPS[name].roles:
        return ALLOWED
    return _refused("role", _("Your role does not allow you to do this."))
