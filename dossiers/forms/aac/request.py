"""What kind of request it is, how urgent, by whom, and what the prescriber undertakes (CSP R.5121-74)."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dossiers.forms.aac.track import CRITERIA, JUSTIFICATION
from dossiers.forms.base import SectionForm
from dossiers.forms.fields import ask, choice, confirm, describe, line, moment, text
from workflows.dates import PARIS
from workflows.roles import PRESCRIBER

YES, NO = "yes", "no"
REGULARISATION_FIELDS = ("dispensed_at", "prescriber_attests", "pharmacist_attests", "pharmacist_name")


class RequestForm(SectionForm):
    key = "request"
    title = _("Grounds and urgency")
    law = "CSP R.5121-74, 6°"
    intro = _("Which way the request is argued, and whether the treatment can wait.")
    rules = (
        {
            "if": {"properties": {"urgent": {"const": YES}}, "required": ["urgent"]},
            "then": {"required": ["urgent_reason"], "properties": {"urgent_reason": {"pattern": "\\S"}}},
        },
    )

    track = choice(
        _("How do you argue this request?"),
        (
            (CRITERIA, _("I confirm that the published grant criteria are met")),
            (JUSTIFICATION, _("I give a full justification")),
        ),
        hint=_("The published criteria are shorter to fill in, and the answer can be immediate."),
        example=JUSTIFICATION,
    )
    urgent = choice(
        _("Can the treatment wait?"),
        ((YES, _("No, it cannot be deferred")), (NO, _("Yes, it can be deferred"))),
        hint=_("A request that cannot wait is examined first."),
        example=NO,
    )
    urgent_reason = text(
        _("Why it cannot wait"),
        hint=_("Needed when the treatment cannot be deferred. Example: respiratory function is falling quickly."),
        required=False,
        max_length=1_000,
        rows=3,
        example="La fonction respiratoire se dégrade rapidement.",
    )
    dispensed_at = moment(
        _("Dispensed on"),
        hint=_("Date and time of the dispensing made while ANSM was closed."),
        example="2025-03-14T22:30:00+01:00",
    )
    prescriber_attests = confirm(
        _("The prescriber judged, before the dispensing, that the request complied with the grant criteria.")
    )
    pharmacist_attests = confirm(
        _("The hospital pharmacist judged, before the dispensing, that the request complied with the grant criteria.")
    )
    pharmacist_name = line(
        _("Name of the hospital pharmacist on duty"),
        hint=_("The professional's name, not the patient's. Example: Dr Claire Martin."),
        max_length=150,
        example="Dr Claire Martin",
    )

    def build(self) -> None:
        if self.context.kind != "regularisation":
            for name in REGULARISATION_FIELDS:
                del self.fields[name]
        else:
            self._example_of_a_dispensing()
        if self.context.kind == "renewal":
            self._choices_of_a_renewal()
        if self.context.kind == "very_early":
            describe(ask(self.fields["urgent"], example=YES), enum=[YES])
        if self.context.criteria is None:
            track: Any = self.fields["track"]
            track.choices = [pair for pair in track.choices if pair[0] != CRITERIA]
            track.initial = JUSTIFICATION
            track.help_text = _("ANSM has published no criteria for this indication: a full justification is needed.")
            if self.context.kind == "renewal":
                track.help_text = _("A renewal rests on the clinical data since the authorisation.")

    def _example_of_a_dispensing(self) -> None:
        """The evening before: an older dispensing is soon too late to be regularised."""
        evening = dt.datetime.combine(self.context.on - dt.timedelta(days=1), dt.time(22, 30), tzinfo=PARIS)
        longest = dt.timedelta(days=int(settings.WORKFLOW_LIMITS["AAC_REGULARISATION_MAX_DAYS"]))
        earliest = dt.datetime.combine(self.context.on - longest, dt.time(0), tzinfo=PARIS)
        bounds = {"formatMinimum": earliest.isoformat(), "formatMaximum": evening.isoformat()}
        describe(ask(self.fields["dispensed_at"], example=evening.isoformat()), **bounds)

    def _choices_of_a_renewal(self) -> None:
        track: Any = self.fields["track"]
        track.choices = [
            (CRITERIA, _("I confirm the published grant criteria again (the answer can be immediate)")),
            (JUSTIFICATION, _("I ask on the clinical data since the authorisation")),
        ]
        track.help_text = _("Clinical data and usefulness are asked for in both cases.")

    def superseded(self) -> frozenset[str]:
        return frozenset({"urgent_reason"}) if self.data.get("urgent") == NO else frozenset()

    def undrawn(self) -> frozenset[str]:
        return frozenset()

    def clean(self) -> dict[str, Any]:
        answers = super().clean() or {}
        if answers.get("urgent") == NO:
            answers["urgent_reason"] = ""
        if answers.get("urgent") == YES and "urgent_reason" in answers and not answers["urgent_reason"]:
            self.add_error(
                "urgent_reason",
                ValidationError(_("Say in a sentence why the treatment cannot be deferred."), code="required"),
            )
        if self.context.kind == "very_early" and answers.get("urgent") == NO:
            message = _(
                "A very early access is possible only when the treatment cannot be deferred (CSP L.5121-12-1, II). "
                "If it can wait, make a first request instead."
            )
            self.add_error("urgent", ValidationError(message, code="very_early_not_urgent"))
        self._dispensing_is_past(answers.get("dispensed_at"))
        return answers

    def _dispensing_is_past(self, moment_: dt.datetime | None) -> None:
        if moment_ is not None and timezone.localtime(moment_).date() > self.context.on:
            self.add_error(
                "dispensed_at", ValidationError(_("The dispensing is in the future: correct its date."), code="future")
            )


class PrescriberForm(SectionForm):
    key = "prescriber"
    title = _("Prescriber")
    law = "CSP R.5121-74"
    intro = _("Filled in from the profile. The name is that of the prescriber who signs.")

    quality = line(
        _("Position"),
        hint=_("As printed in the letter. Example: hospital practitioner."),
        max_length=100,
        example="Praticien hospitalier",
    )
    speciality = line(_("Speciality"), hint=_("Example: neurology."), max_length=100, example="Neurologie")
    ward = line(_("Ward"), hint=_("Example: neurology, building B."), max_length=150, example="Neurologie, bâtiment B")
    phone = describe(
        line(
            _("Phone where you can be reached"),
            hint=_("ANSM calls it when something is unclear. Example: 01 42 16 00 00."),
            max_length=30,
            example="01 42 16 00 00",
            inputmode="tel",
        ),
        pattern=r"^\+?[0-9](?:[ .\-]?[0-9]){3,12}$",
    )

    def clean_phone(self) -> str:
        phone: str = self.cleaned_data["phone"]
        if sum(character.isdigit() for character in phone) < 4:
            raise ValidationError(_("Give a phone number, such as 01 42 16 00 00."), code="phone")
        return phone


class UndertakingsForm(SectionForm):
    key = "undertakings"
    title = _("Undertakings")
    law = "CSP L.5121-12-1, VI ; R.5121-74, 7°"
    intro = _("A prescriber makes these statements. They are dated and bound to the signature.")
    only_for = frozenset({PRESCRIBER})

    informs_patient = confirm(
        _(
            "I have informed, or will inform before the treatment starts, the patient or their representative that the "
            "medicine has no marketing authorisation for this use, of its known risks, its expected benefits and the "
            "conditions of its supply."
        ),
        hint="CSP L.5121-12-1, VI",
    )
    follows_protocol = confirm(
        _(
            "I will respect the protocol for therapeutic use and patient follow-up (PUT-SP), collect the data it "
            "asks for and report suspected adverse effects."
        ),
        hint="CSP R.5121-74-5",
    )
    states_truth = confirm(
        _("What this request states matches the patient's medical record; the criteria or grounds it gives are met."),
        hint="CSP R.5121-74, 6°",
    )
