"""Guards of the exemption for a device without CE marking (MDR art. 59, IVDR art. 54).

`facts.matter` holds what only this procedure keeps: `owner_kind`, the kind of the organisation that holds the file;
`statements`, one mapping per statement that counts: the `person` and the `organisation` that signed it, `patients`, how
many it identifies, `shared`, how many of these another clinician's statement identifies too.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from workflows.dates import add_months, civil_date, last_day_of_a_period, say
from workflows.guards import FINE, Reasons, granting, typed
from workflows.roles import ESTABLISHMENT
from workflows.types import Actor, Facts, Reason

MOST_PATIENTS: Final = 1_000_000
"""Beyond it, a slip of the keyboard, which no column holds."""

INDIVIDUAL: Final = "individual"
GLOBAL: Final = "global"

INADMISSIBLE_GROUNDS: Final = (
    ("no_benefit", _("No significant benefit for the patients is shown")),
    ("custom_made", _("The device is custom-made")),
    ("investigational", _("The device is for a clinical investigation or a performance study")),
    ("incomplete", _("The pieces asked for were not supplied")),
)

EMAIL: Final = re.compile(r"[A-Za-z0-9._%+\-]+@[A-Za-z0-9.\-]+\.[A-Za-z]{2,}")
PATIENT: Final = re.compile(r"(?P<who>[^,;]{1,12})[,;] ?(?P<year>(?:19|20)\d{2})[,;] ?(?P<sex>[FM])", re.IGNORECASE)
NO_NAME: Final = re.compile(r"[A-ZÀ-Ý](?:[.\- ]?[A-ZÀ-Ý]){0,3}\.?|[A-Z]{0,4}[\-_ ]?\d{1,6}")
"""Initials, or a code with digits: never a word that could be a name."""

DATED: Final = re.compile(r"(?:(?P<day>\d{4}-\d{2}-\d{2})|(?P<months>\d{1,2}))\s*:\s*(?P<text>\S.*)", re.ASCII)


# ----------------------------------------------------------------------------------------- who is in the file


def the_hospital_holds_the_file(facts: Facts, actor: Actor) -> bool:
    """Whether there is still a manufacturer to invite."""
    return bool(facts.matter.get("owner_kind") == ESTABLISHMENT)


def _somebody_is_named(facts: Facts, name: str, message: Any) -> Reasons:
    if facts.payload is None:
        return FINE
    email = typed(facts, "email")
    if isinstance(email, str) and not EMAIL.fullmatch(email):
        return (Reason("email", _("Write a whole e-mail address, such as name@company.example."), "email"),)
    if email or typed(facts, name):
        return FINE
    return (Reason("nobody_named", message, "email"),)


def a_company_is_named(facts: Facts, actor: Actor, at: dt.datetime) -> Reasons:
    return _somebody_is_named(facts, "company", _("Give an e-mail address, or the name of a company known here."))


def a_clinician_is_named(facts: Facts, actor: Actor, at: dt.datetime) -> Reasons:
    return _somebody_is_named(facts, "hospital", _("Give an e-mail address, or the name of a hospital known here."))


# ---------------------------------------------------------------------------------------- clinicians' statements


def statement_is_signed(facts: Facts, actor: Actor, at: dt.datetime) -> Reasons:
    reasons: list[Reason] = []
    if typed(facts, "informed") is False:
        message = _("Tell each patient that the device bears no CE marking before you use it: tick this statement.")
        reasons.append(Reason("not_informed", message, "informed"))
    if typed(facts, "signed") is False:
        reasons.append(Reason("not_signed", _("Tick this statement to sign."), "signed"))
    return tuple(reasons)


def patient_of(line: str) -> dict[str, str] | None:
    """ "AB, 1961, F" -> its three parts; None when it is not such a line, or when it could hold a name."""
    found = PATIENT.fullmatch(line.strip())
    if found is None or not NO_NAME.fullmatch(found["who"].strip()):
        return None
    return {"who": found["who"].strip(), "birth_year": found["year"], "sex": found["sex"].upper()}


def is_individual(facts: Facts, actor: Actor) -> bool:
    """One or several identified patients: each statement says which."""
    return facts.kind == INDIVIDUAL


def is_global(facts: Facts, actor: Actor) -> bool:
    """Criteria, and nobody by themselves: a statement names no patient."""
    return facts.kind == GLOBAL


def patients_are_not_named(facts: Facts, actor: Actor, at: dt.datetime) -> Reasons:
    """By initials or a code, a year of birth and a sex: all that ANSM needs (GDPR art. 5)."""
    lines: Any = typed(facts, "patients") or []
    year = civil_date(at).year
    for rank, line in enumerate(lines, start=1):
        patient = patient_of(line)
        if patient is None or int(patient["birth_year"]) > year:
            message = _("Patient %d: write initials or a code, the year of birth and F or M, such as: AB, 1961, F.")
            return (Reason("patient_line", message % rank, "patients"),)
    return FINE


def shared_patients_are_those_of_others(facts: Facts, actor: Actor, at: dt.datetime) -> Reasons:
    """A clinician says how many of their patients another statement of the file identifies already, and not which: the
    manufacturer reads a number, no hospital reads another's patients."""
    shared = typed(facts, "shared")
    if not isinstance(shared, int):
        return FINE
    signer = (actor.person_id, actor.organisation_id)
    signed = facts.matter.get("statements", ())
    of_others = sum(int(one["patients"]) for one in signed if (one["person"], one.get("organisation")) != signer)
    lines: Any = typed(facts, "patients") or []
    most = min(of_others, len(lines))
    if 0 <= shared <= most:
        return FINE
    message = _(
        "Write a number from 0 to %d: your patients whom the statement of another clinician of this file identifies "
        "too."
    )
    return (Reason("shared", message % most, "shared"),)


def identified_patients(facts: Facts) -> int:
    """How many patients the statements identify in all: those whom two clinicians identify count once."""
    signed = facts.matter.get("statements", ())
    alone = sum(int(one["patients"]) - int(one.get("shared", 0)) for one in signed)
    return max((alone, *(int(one["patients"]) for one in signed)))


def a_clinician_stated_the_need(facts: Facts, actor: Actor, at: dt.datetime) -> Reasons:
    if facts.matter.get("statements"):
        return FINE
    message = _("No clinician has signed a statement of need: invite one, who signs it in this file.")
    return (Reason("no_statement", message),)


def patient_count_fits_the_kind(facts: Facts, actor: Actor, at: dt.datetime) -> Reasons:
    """Individual: as many patients as the statements identify. Global: criteria that a patient must meet."""
    need = facts.answers.get("need", {})
    if facts.kind == GLOBAL:
        if str(need.get("criteria") or "").strip():
            return FINE
        message = _("A global exemption needs the criteria that a patient must meet: write them.")
        return (Reason("no_criteria", message, "need.criteria"),)
    identified, said = identified_patients(facts), _whole(need.get("patients"))
    if not facts.matter.get("statements") or said is None or said == identified:
        return FINE
    message = _(
        "The request counts %(said)d patients, the clinicians' statements identify %(identified)d: correct the request "
        "or have the clinician sign a new statement. Where two clinicians treat one patient, the second says so in "
        "theirs."
    )
    return (Reason("patient_count", message % {"said": said, "identified": identified}, "need.patients"),)


# ------------------------------------------------------------------------------------------------------ pieces

ALWAYS_NEEDED: Final = ("instructions", "clinical_data", "risk_analysis")


def pieces_needed(answers: Mapping[str, Mapping[str, Any]]) -> tuple[str, ...]:
    """Codes of the documents a request cannot go without, from its answers, in the order in which they are asked.

    ANSM's own list was not visible: these are the pieces of section 1.4 that every source asks for.
    """
    needed = list(ALWAYS_NEEDED)
    if answers.get("status", {}).get("reason") == "certificate_lapsed":
        needed.append("certificates")
    if answers.get("request", {}).get("capacity") == "representative":
        needed.append("mandate")
    return tuple(needed)


def pieces_missing(answers: Mapping[str, Mapping[str, Any]], attached: Iterable[str]) -> tuple[str, ...]:
    there = set(attached)
    return tuple(one for one in pieces_needed(answers) if one not in there)


PIECE_NAMES: Final = {
    "instructions": _("the instructions for use"),
    "clinical_data": _("the safety and performance data"),
    "risk_analysis": _("the risk analysis"),
    "certificates": _("the last CE certificates and declarations of conformity"),
    "mandate": _("the mandate of the authorised representative"),
}


def mandatory_pieces_are_attached(facts: Facts, actor: Actor, at: dt.datetime) -> Reasons:
    missing = pieces_missing(facts.answers, (one.kind for one in facts.documents))
    return tuple(
        Reason("document_missing", _("Attach %s to the documents.") % PIECE_NAMES[one], "documents") for one in missing
    )


# ---------------------------------------------------------------------------------------------------- examination


def reply_date_is_near_enough(facts: Facts, actor: Actor, at: dt.datetime) -> Reasons:
    reply_by = typed(facts, "reply_by")
    if not isinstance(reply_by, dt.date):
        return FINE
    latest = civil_date(at) + dt.timedelta(days=int(facts.limits["DEVICE_REPLY_MAX_DAYS"]))
    if reply_by > latest:
        return (Reason("reply_by_late", _("Give a reply date on or before %s.") % say(latest), "reply_by"),)
    return FINE


def period_is_within_the_setting(facts: Facts, actor: Actor, at: dt.datetime) -> Reasons:
    """No text gives a length; ANSM's scheme of 2016 for orphaned certificates had twelve months: a setting."""
    starts_on, ends_on = typed(facts, "starts_on"), typed(facts, "ends_on")
    if not isinstance(starts_on, dt.date) or not isinstance(ends_on, dt.date):
        return FINE
    latest = last_day_of_a_period(starts_on, int(facts.limits["DEVICE_PERIOD_MONTHS"]))
    if ends_on > latest:
        message = _("An exemption is temporary: the last day is %s or earlier.")
        return (Reason("period_too_long", message % say(latest), "ends_on"),)
    return FINE


def granted_patients_fit_the_request(facts: Facts, actor: Actor, at: dt.datetime) -> Reasons:
    if not granting(facts):
        return FINE
    patients = typed(facts, "patients")
    if isinstance(patients, int) and not 1 <= patients <= MOST_PATIENTS:
        return (Reason("patients", _("Write how many patients, one at least."), "patients"),)
    if facts.kind != INDIVIDUAL:
        return FINE
    identified = identified_patients(facts)
    if isinstance(patients, int) and patients <= identified:
        return FINE
    message = _("An individual exemption is for identified patients: write their number, %d at most.") % identified
    return (Reason("patients", message, "patients"),)


def dated_condition(line: str, starts_on: dt.date) -> tuple[dt.date, str] | None:
    """ "2027-03-31: interim report", or "6: interim report" six months after `starts_on`: the last day to do it, and
    its words. None when the line says no such thing."""
    found = DATED.fullmatch(line.replace("\u00a0", " ").strip())
    if found is None:
        return None
    if found["months"]:
        return add_months(starts_on, int(found["months"])), found["text"].strip()
    try:
        return dt.date.fromisoformat(found["day"]), found["text"].strip()
    except ValueError:
        return None


def conditions_have_their_day(facts: Facts, actor: Actor, at: dt.datetime) -> Reasons:
    lines: Any = typed(facts, "dated_conditions") or []
    first, last = typed(facts, "starts_on"), typed(facts, "ends_on")
    if not isinstance(first, dt.date) or not isinstance(last, dt.date):
        return FINE
    for rank, line in enumerate(lines, start=1):
        found = dated_condition(line, first)
        if found is None:
            message = _(
                "Line %d: begin with the last day to do it, such as 2027-03-31: interim report, or with a number of "
                "months, such as 6: interim report."
            )
            return (Reason("condition_without_a_day", message % rank, "dated_conditions"),)
        if not first <= found[0] <= last:
            message = _("Line %d: this day is not within the period of the exemption.")
            return (Reason("condition_outside", message % rank, "dated_conditions"),)
    return FINE


def notice_is_due(patients: int | None) -> bool:
    """MDR art. 59(2), IVDR art. 54(2): the Commission and the Member States are told unless the use is limited to a
    single patient. The count decides, not the kind of the request; no count is more than one."""
    return patients != 1


# ------------------------------------------------------------------------------------------------------ the title


def certificate_is_issued(facts: Facts, actor: Actor, at: dt.datetime) -> Reasons:
    """CE marking ends the exemption on the day it is declared, which is not before the certificate is issued."""
    issued_on = typed(facts, "certified_on")
    if isinstance(issued_on, dt.date) and issued_on > civil_date(at):
        message = _("This certificate is dated in the future: declare the CE marking once it is issued.")
        return (Reason("certificate_in_the_future", message, "certified_on"),)
    return FINE


def _whole(value: object) -> int | None:
    """A whole number, as typed or as signed; None when it is not one."""
    words = str(value).strip() if isinstance(value, int | str) and not isinstance(value, bool) else ""
    return int(words) if words.isascii() and words.isdigit() and len(words) < 9 else None
