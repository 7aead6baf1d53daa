"""The demonstration's requests to the Innovation and Referral Service: invented projects, at every stage."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from dossiers.demo.advice_story import AdviceStory
from workflows.advice_guards import (
    DEVICE_CLINICAL_RESEARCH,
    DEVICE_QUALIFICATION,
    PRE_SUBMISSION,
    REGULATORY_GUIDANCE,
    SCIENTIFIC_OPINION,
    SLIDES,
)

FILING: Final = ("advice_draft", "advice_draft_of_a_company")
REVIEW: Final = (
    "advice_received",
    "advice_received_from_a_company",
    "advice_assigned",
    "advice_waiting_for_answers",
    "advice_meeting_planned",
    "advice_briefing_sent",
    "advice_minutes_to_agree",
    "advice_to_sign",
)
DECIDED: Final = (
    "advice_answered_in_writing",
    "advice_answered_after_a_meeting",
    "advice_redirected",
    "advice_not_eligible",
    "advice_withdrawn",
)

TO_THE_EXPERT: Final = "Le comparateur proposé est-il encore celui de la pratique en deuxième ligne ?"
QUESTION: Final = "Quelles données d'entrée le logiciel reçoit-il, et que devient son résultat ?"


class AdviceStories:
    """What `Seeder` tells of the Innovation and Referral Service. `ago` is the seeder's."""

    now: dt.datetime

    def ago(self, days: float) -> dt.datetime:
        raise NotImplementedError

    def project(self, days: float, name: str, kind: str = DEVICE_QUALIFICATION, **given: Any) -> AdviceStory:
        """A request of the academic project, about an invented product of this name."""
        return AdviceStory(at=self.ago(days), kind=kind, given={"about": {"name": name}, **given})

    def firm(self, days: float, name: str, kind: str = SCIENTIFIC_OPINION, *, meeting: bool = False) -> AdviceStory:
        """A request of the company, about an invented product of this name."""
        said = {
            "about": {"name": name},
            "project": {
                "name": "Laboratoires Démo Aurélia",
                "nature": "start_up",
                "institution": "",
                "contact_name": "Hélène Houdancourt, responsable des affaires réglementaires",
                "contact_email": "innovation@aurelia.example",
            },
        }
        return AdviceStory(at=self.ago(days), kind=kind, meeting=meeting, given=said, who="applicant")

    def advice_draft(self) -> AdviceStory:
        return self.project(2, "LUCIOLES-DOSE").draft()

    def advice_draft_of_a_company(self) -> AdviceStory:
        return self.firm(1, "AUR-512", meeting=True).draft()

    def advice_received(self) -> AdviceStory:
        return self.project(1, "LUCIOLES-VISION").draft().file()

    def advice_received_from_a_company(self) -> AdviceStory:
        return self.firm(3, "AUR-118", REGULATORY_GUIDANCE).draft().file()

    def advice_assigned(self) -> AdviceStory:
        return self.firm(9, "AUR-044", meeting=True).assigned("scientific").consult(TO_THE_EXPERT)

    def advice_waiting_for_answers(self) -> AdviceStory:
        return self.project(12, "LUCIOLES-ECHO", DEVICE_CLINICAL_RESEARCH).assigned("device_research").ask(QUESTION)

    def advice_meeting_planned(self) -> AdviceStory:
        return self.firm(12, "AUR-209", meeting=True).assigned("scientific").plan()

    def advice_briefing_sent(self) -> AdviceStory:
        return self.firm(18, "AUR-310", meeting=True).assigned("advanced_therapy").plan().send()

    def advice_minutes_to_agree(self) -> AdviceStory:
        return self.firm(95, "AUR-077", meeting=True).assigned("scientific").plan().send().send(SLIDES).hold()

    def advice_to_sign(self) -> AdviceStory:
        return self.project(20, "LUCIOLES-SOMMEIL").assigned().propose()

    # ------------------------------------------------------------------------------------------------- decided

    def advice_answered_in_writing(self) -> AdviceStory:
        return self.project(60, "LUCIOLES-CAPTEUR").assigned().ask(QUESTION).answer("La vidéo seule.").propose().give()

    def advice_answered_after_a_meeting(self) -> AdviceStory:
        told = self.firm(130, "AUR-620", meeting=True).met()
        return told.agree()

    def advice_redirected(self) -> AdviceStory:
        note = (
            "Votre question porte sur l'évaluation en vue du remboursement. Elle relève de la HAS : demandez-lui un "
            "rendez-vous précoce depuis son site."
        )
        told = self.project(40, "LUCIOLES-SUIVI", REGULATORY_GUIDANCE).draft().file()
        return told.do("redirect", "ansm_triage", {"body": "has", "note": note})

    def advice_not_eligible(self) -> AdviceStory:
        reason = "Le dossier de cette étude est déjà déposé : il est examiné dans sa procédure, sans avis préalable."
        told = self.firm(50, "AUR-733", PRE_SUBMISSION).draft().file()
        return told.do("find_ineligible", "ansm_triage", {"reason": reason})

    def advice_withdrawn(self) -> AdviceStory:
        told = self.project(35, "LUCIOLES-VOIX").assigned()
        return told.do("withdraw", told.who, {"reason": "Le projet change de produit."})
