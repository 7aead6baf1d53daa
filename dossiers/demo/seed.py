"""The demonstration's files, told stage by stage. Same stage and same seed: same files, told once."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator
from typing import Any, Final

from django.db import transaction
from django.utils import timezone

from accounts.demo import load_demo_people
from catalogue.models import Indication
from catalogue.services.demo import load_demo_catalogue
from dossiers.demo import aap_seed, advice_seed, cpc_seed, device_seed
from dossiers.demo.aap_seed import EarlyAccessStories
from dossiers.demo.advice_seed import AdviceStories
from dossiers.demo.cpc_seed import FrameworkStories
from dossiers.demo.device_seed import DeviceStories
from dossiers.demo.story import ONE_DAY, Cast, Story
from dossiers.demo.texts import CASES, INITIALS, Case, request_of
from dossiers.models import Number, Obligation
from dossiers.services.conversation import post
from dossiers.services.numbers import next_number
from dossiers.services.obligations import add, mark_done
from dossiers.services.title_days import follow_titles
from workflows.dates import PARIS, civil_date

STAGES: Final = ("filing", "review", "decided")
OTHER_HOSPITAL: Final = Cast(prescriber="prescriber2", pharmacist="pharmacist2")


def stories_of(stage: str) -> tuple[str, ...]:
    """Names of the stories of a stage, in order: methods of `Seeder`."""
    return {
        "filing": (
            *("fresh_draft", "urgent_draft", "at_pharmacy", "at_pharmacy_elsewhere", "returned"),
            *aap_seed.FILING,
            *cpc_seed.FILING,
            *device_seed.FILING,
            *advice_seed.FILING,
        ),
        "review": (
            *("received",) * 4,
            "urgent_received",
            *("in_assessment",) * 3,
            "late",
            "waiting_for_answers",
            "answered",
            *("to_sign",) * 2,
            "refusal_to_sign",
            *aap_seed.REVIEW,
            *cpc_seed.REVIEW,
            *device_seed.REVIEW,
            *advice_seed.REVIEW,
        ),
        "decided": (
            *("granted",) * 4,
            "granted_on_criteria",
            "ending_soon",
            "renewed",
            "refused",
            "closed",
            "withdrawn",
            "treatment_stopped",
            *aap_seed.DECIDED,
            *cpc_seed.DECIDED,
            *device_seed.DECIDED,
            *advice_seed.DECIDED,
        ),
    }[stage]


class Seeder(EarlyAccessStories, FrameworkStories, DeviceStories, AdviceStories):
    """Tells one story. Everything random comes from `seed`, so that a demo can be told again."""

    def __init__(self, *, seed: str, now: dt.datetime) -> None:
        self.random = random.Random(seed)  # noqa: S311 - invented data, no secret
        self.now = now.astimezone(PARIS)

    # ---------------------------------------------------------------------------------------------- parts

    def ago(self, days: float) -> dt.datetime:
        """So many days ago, at an hour when hospitals write."""
        hour = self.random.randrange(8, 17)
        moment = self.now - dt.timedelta(days=days)
        at_work = moment.replace(hour=hour, minute=self.random.randrange(60), second=0, microsecond=0)
        return at_work if at_work < self.now else moment

    def case(self, name: str = "", *, days: float, cast: Cast | None = None, **request: Any) -> Story:
        """A patient, a medicine, and the day the request is begun."""
        name = name or self.random.choice([one for one in CASES if one != "MALACEF"])
        said = request_of(CASES[name])
        indication = Indication.objects.select_related("medicine").filter(medicine__name=name).order_by("pk")[0]
        return Story(
            at=self.ago(days),
            indication=indication,
            cast=cast or self.random.choice((Cast(), Cast(), OTHER_HOSPITAL)),
            given={
                **said,
                "medicine": {**said["medicine"], "duration_days": self.random.choice((90, 180, 365))},
                "request": {"track": "B", "urgent": "no", **request},
                "patient": {
                    "initials": self.random.choice(INITIALS),
                    "birth_month": f"{self.random.randrange(1948, 2004)}-{self.random.randrange(1, 13):02d}",
                    "sex": self.random.choice(("F", "M")),
                    "weight_kg": str(self.random.randrange(48, 92)),
                },
            },
        )

    def told(self, story: Story) -> Case:
        return CASES[story.indication.medicine.name]

    # ----------------------------------------------------------------------------------------- at the hospital

    def fresh_draft(self) -> Story:
        return self.case("QALSODY", days=1, cast=Cast()).draft()

    def urgent_draft(self) -> Story:
        return self.case("MALACEF", days=0.2, cast=Cast(), urgent="yes").draft()

    def at_pharmacy(self) -> Story:
        return self.case("ZEPZELCA", days=2, cast=Cast()).draft().sign()

    def at_pharmacy_elsewhere(self) -> Story:
        return self.case("TROGARZO", days=1, cast=OTHER_HOSPITAL).draft().sign()

    def returned(self) -> Story:
        story = self.case("AMX0035", days=4, cast=Cast()).draft().sign()
        story.do("return_to_prescriber", "pharmacist", {"reason": "Le poids date de trois mois : à reprendre."})
        return story

    # ------------------------------------------------------------------------------------------------ at ANSM

    def received(self) -> Story:
        return self.case(days=self.random.randrange(1, 6)).draft().sign().file()

    def urgent_received(self) -> Story:
        return self.case("MALACEF", days=1, cast=Cast(), urgent="yes").draft().sign().file()

    def in_assessment(self) -> Story:
        story = self.case(days=self.random.randrange(3, 9)).draft().sign().file().take_up()
        post(
            reference=story.reference,
            body="Dossier complet ; comparer avec la demande précédente de ce service.",
            actor=story.actor("assessor"),
            staff_only=True,
            at=story.at,
        )
        return story

    def late(self) -> Story:
        return self.case(days=40, cast=OTHER_HOSPITAL).draft().sign().file().take_up()

    def waiting_for_answers(self) -> Story:
        story = self.case("QALSODY", days=6, cast=Cast()).draft().sign().file().take_up()
        return story.ask(self.told(story).question)

    def answered(self) -> Story:
        story = self.case(days=9).draft().sign().file().take_up()
        return story.ask(self.told(story).question).answer(self.told(story).reply)

    def to_sign(self) -> Story:
        story = self.case("QALSODY", days=4).draft().sign().file().take_up()
        return story.propose("grant", "Maladie grave sans traitement approprié ; efficacité et sécurité présumées.")

    def refusal_to_sign(self) -> Story:
        story = self.case("AMX0035", days=6).draft().sign().file().take_up()
        return story.propose("refuse", "Les données disponibles ne permettent plus de présumer l'efficacité.")

    # ------------------------------------------------------------------------------------------------ decided

    def _granted(self, name: str, days: int, months: int, cast: Cast | None = None) -> Story:
        story = self.case(name, days=days, cast=cast).draft().sign().file().take_up()
        story.propose(
            "grant", "Maladie grave, rare et invalidante ; aucune alternative ; bénéfice présumé.", months=months
        )
        return story.grant()

    def granted(self) -> Story:
        return self._granted(self.random.choice(("QALSODY", "TROGARZO", "AMX0035")), self.random.randrange(40, 90), 12)

    def granted_on_criteria(self) -> Story:
        return self.case("TROGARZO", days=20, cast=Cast(), track="A").draft().sign().file()

    def oblige(self, story: Story, kind: str, text: str, *, days: int, every_months: int | None = None) -> Obligation:
        """Something that the holder owes, so many days from now; asked the day the authorisation was granted."""
        return add(
            number=story.title.number,
            kind=kind,
            owed_by="holder",
            text=text,
            due_on=max(civil_date(self.now) + dt.timedelta(days=days), civil_date(story.at)),
            every_months=every_months,
            actor=story.actor("assessor"),
            at=story.at,
        )

    def ending_soon(self) -> Story:
        """With a report that was sent, and one that is late."""
        story = self._granted("QALSODY", days=78, months=3, cast=Cast())
        self.oblige(story, "report", "Dosage des neurofilaments à trois mois de traitement.", days=-12)
        sent = self.oblige(story, "report", "Bilan neurologique après la deuxième injection.", days=-30)
        done_at = self.ago(33)
        mark_done(
            obligation=sent.pk,
            done_on=civil_date(done_at),
            proof="Bilan adressé par messagerie sécurisée de santé.",
            actor=story.actor("prescriber"),
            at=done_at,
        )
        return story

    def renewed(self) -> Story:
        first = self._granted("QALSODY", days=200, months=6, cast=Cast())
        told = self.told(first)
        renewal = first.renewal(self.ago(30), {"renewal": {"clinical_data": told.since}})
        renewal.draft().sign().file().take_up().propose("grant", "Poursuite utile.", months=6).grant()
        self.oblige(renewal, "condition", "Échelle fonctionnelle ALSFRS-R.", days=10, every_months=2)
        return renewal

    def refused(self) -> Story:
        story = self.case("AMX0035", days=50).draft().sign().file().take_up()
        story.propose(
            "refuse",
            "L'essai PHOENIX n'a pas montré de bénéfice : l'efficacité ne peut plus être présumée.",
        )
        return story.refuse()

    def closed(self) -> Story:
        story = self.case("ZEPZELCA", days=60).draft().sign().file().take_up()
        story.ask(self.told(story).question, days=10).remind()
        story.do("close_without_action", "assessor", {"reason": "Aucune réponse après la relance."}, after=3 * ONE_DAY)
        return story

    def withdrawn(self) -> Story:
        story = self.case("QALSODY", days=30, cast=Cast()).draft().sign().file()
        story.do("withdraw", "prescriber", {"reason": "Le patient entre dans un essai clinique."})
        return story

    def treatment_stopped(self) -> Story:
        story = self._granted("TROGARZO", days=120, months=12)
        story.at = self.ago(15)
        story.move_title(
            "stop_treatment", "prescriber", {"stopped_on": civil_date(story.at).isoformat(), "reason": "tolerance"}
        )
        return story


def seed(*, stage: str, number: int, now: dt.datetime | None = None) -> Iterator[str]:
    """Tell the stories of `stage` ("all": every stage) that were not told yet; yields each reference.

    A run that was killed goes on where it stopped: how many stories were told is counted in the database.
    """
    load_demo_people()
    load_demo_catalogue()
    now = now or timezone.now()
    for one in STAGES if stage == "all" else (stage,):
        yield from _tell(one, number, now)
    # What the daily task would have done since: no authorisation is shown in force past its last day.
    follow_titles(at=now)


def _tell(stage: str, number: int, now: dt.datetime) -> Iterator[str]:
    series = f"demo:{stage}:{number}"
    counter = Number.objects.filter(series=series, year=0).first()
    for rank, story in enumerate(stories_of(stage), start=1):
        if counter is None or rank > counter.last:
            # Its own randomness per story: the tenth is the same whether or not the first nine were just told.
            yield getattr(Seeder(seed=f"{series}:{rank}", now=now), story)().reference
            with transaction.atomic():
                next_number(series=series, year=0)
