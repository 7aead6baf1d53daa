"""Forms of the pre-filing meeting. They read what was typed; `dossiers.services.filing_meetings` says what lacks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from dossiers.forms.aap.pathway import PATHWAYS
from dossiers.forms.fields import DayField, choice, date, line, text
from workflows.dates import say
from workflows.filing_meetings import LANGUAGES, MODES, MOST_DAYS
from workflows.types import Text

DAYS: Final = tuple(f"day_{rank}" for rank in range(1, MOST_DAYS + 1))


class MeetingActForm(forms.Form):
    """A form of one step. `given()`: what the service is told."""

    use_required_attribute = False

    def full_clean(self) -> None:
        """What lacks is marked as needed, and is no error of the form: the service says it, in its own words."""
        needed = {name: field.required for name, field in self.fields.items()}
        for field in self.fields.values():
            field.required = False
        super().full_clean()
        for name, field in self.fields.items():
            field.required = needed[name]

    def given(self) -> dict[str, Any]:
        return dict(self.cleaned_data)

    def blame(self, field: str, message: str) -> None:
        """An answer of the service, beside its field where there is one."""
        self.add_error(field if field in self.fields else None, message)


class WithDays(MeetingActForm):
    """Up to `MOST_DAYS` days, one control each: a list that needs no script."""

    def __init__(self, *args: Any, days: Iterable[dt.date] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        found = dict(zip(DAYS, days, strict=False))
        for rank, name in enumerate(DAYS, start=1):
            widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "autocomplete": "off"})
            self.fields[name] = DayField(
                label=_("Day %(rank)d") % {"rank": rank},
                required=rank == 1,
                widget=widget,
                initial=found.get(name),
            )

    def given(self) -> dict[str, Any]:
        others = {name: value for name, value in self.cleaned_data.items() if name not in DAYS}
        return {**others, "days": [self.cleaned_data[name] for name in DAYS if self.cleaned_data.get(name)]}

    def blame(self, field: str, message: str) -> None:
        super().blame(DAYS[0] if field == "days" else field, message)

    @property
    def day_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in DAYS]

    @property
    def other_fields(self) -> list[forms.BoundField]:
        return [bound for bound in self if bound.name not in DAYS]


class MeetingForm(WithDays):
    """The request itself. What it marks as needed is needed to send it: a draft may wait for its answers."""

    product = line(
        _("Product"),
        hint=_("Its name, or the code name used in trials."),
        example="DEMOLIZINE",
    )
    indication = text(
        _("Indication"),
        hint=_("The one in which you plan to ask for early access."),
        rows=3,
        example="Maladie d'Exemple avancée, après échec d'un traitement",
    )
    pathway = choice(
        _("Which pathway?"),
        PATHWAYS,
        hint=_("Before the marketing authorisation, ANSM takes part in the meeting."),
        example="pre_ma",
    )
    files_on = date(
        _("Filing planned on"),
        hint=_("Even approximate: it helps HAS to choose."),
        example="2027-03-01",
    )
    questions = text(
        _("Your questions"),
        hint=_(
            "One a line, with your own position. Example: is the comparator of the trial the right one? Is the "
            "interim analysis enough?"
        ),
        rows=7,
        example="Le comparateur de l'essai convient-il ?",
    )
    language = choice(_("Language of the meeting"), [*LANGUAGES.items()], example="fr")
    mode = choice(_("How do you want to meet?"), [*MODES.items()], example="online")
    attendees = text(
        _("Who will attend"),
        hint=_("Name and function, one person a line. Only HAS reads it, and ANSM where it takes part."),
        required=False,
        rows=4,
        example="Camille Exemple, directrice des affaires réglementaires",
    )

    def __init__(self, *args: Any, in_the_list: bool = False, **kwargs: Any) -> None:
        """`in_the_list`: the product was chosen in the catalogue, its name is not asked."""
        super().__init__(*args, **kwargs)
        if in_the_list:
            del self.fields["product"]


class PlanForm(MeetingActForm):
    """Where and when, for a day among those put forward."""

    day = forms.ChoiceField(label=_("Which day?"), widget=forms.RadioSelect)
    starts_at = forms.TimeField(
        label=_("At what time"),
        help_text=_("In Paris. The meeting lasts one hour."),
        widget=forms.TimeInput(format="%H:%M", attrs={"type": "time", "class": "app-short"}),
    )
    place = text(
        _("Where, or how to join"),
        hint=_("An address and a room, or the link of the videoconference."),
        max_length=500,
        rows=3,
        example="Visioconférence : https://visio.example/rdv",
    )

    def __init__(self, *args: Any, days: Sequence[dt.date], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self.fields["day"], days)

    def given(self) -> dict[str, Any]:
        return {**self.cleaned_data, "day": chosen_day(self.cleaned_data)}


class ArrangeForm(PlanForm):
    """The same, on any day that both agreed on."""

    def __init__(self, *args: Any, days: Sequence[dt.date] = (), **kwargs: Any) -> None:
        super().__init__(*args, days=days, **kwargs)
        self.fields["day"] = date(
            _("Day of the meeting"), hint=_("Agree on it with the company first."), example="2027-01-18"
        )

    def given(self) -> dict[str, Any]:
        return dict(self.cleaned_data)


class ChooseForm(MeetingActForm):
    day = forms.ChoiceField(label=_("Which day?"), widget=forms.RadioSelect)

    def __init__(self, *args: Any, days: Sequence[dt.date], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self.fields["day"], days)

    def given(self) -> dict[str, Any]:
        return {"day": chosen_day(self.cleaned_data)}


class DaysForm(WithDays):
    words = text(
        _("A word with them"),
        hint=_("If something must be said. The other side reads it."),
        required=False,
        max_length=1_000,
        rows=3,
        example="Aucune salle n'est libre cette semaine-là.",
    )


class ReasonForm(MeetingActForm):
    reason = text(_("Reason"), max_length=2_000, example="La question relève d'un avis scientifique.")

    def __init__(self, *args: Any, hint: Text, needed: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].help_text = hint
        self.fields["reason"].required = needed


class MinutesForm(MeetingActForm):
    minutes = text(
        _("Minutes"),
        hint=_(
            "Each question, what was answered, what is left to do. The company reads them, and ANSM where it takes "
            "part."
        ),
        rows=10,
        example="1. Le comparateur convient. 2. L'analyse intermédiaire ne suffira pas.",
    )


class HoldForm(MinutesForm):
    held_on = date(_("Held on"), example="2027-01-18")

    field_order = ("held_on", "minutes")


class LinkForm(MeetingActForm):
    dossier = forms.ChoiceField(
        label=_("Early access request"),
        help_text=_("HAS and ANSM see the meeting with it once it is filed. They know nothing of a draft."),
        required=False,
    )

    def __init__(self, *args: Any, requests: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["dossier"]
        field.choices = [("", _("None yet")), *requests]


def offer(field: Any, days: Sequence[dt.date]) -> None:
    """Days to choose among, in full."""
    field.choices = [(day.isoformat(), say(day)) for day in days]


def chosen_day(answers: dict[str, Any]) -> dt.date | None:
    typed = answers.get("day")
    return dt.date.fromisoformat(typed) if typed else None
