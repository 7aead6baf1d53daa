"""The demonstration's early accesses: invented products of an invented company, at every stage."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from dossiers.demo.aap_story import EarlyAccess
from dossiers.demo.filing_meeting_story import Meeting
from dossiers.services.silence import follow_silence
from workflows.aap_guards import NOT_EXAMINED, NOT_MET, POST_MA, PRE_MA, UNFAVOURABLE

FILING: Final = ("aap_draft", "aap_draft_after_the_ma")
REVIEW: Final = (
    "aap_filed",
    "aap_incomplete",
    "aap_in_assessment",
    "aap_waiting_for_answers",
    "aap_opinion_to_sign",
    "aap_for_the_committee",
    "aap_for_the_college",
    "meeting_asked",
    "meeting_offered",
    "meeting_planned",
    "meeting_held",
    "meeting_declined",
)
DECIDED: Final = (
    "aap_granted",
    "aap_granted_after_the_ma",
    "aap_renewal_filed",
    "aap_refused",
    "aap_refused_by_silence",
)

ITEMS: Final = ("Projet de notice en français", "Liste des centres français de l'essai de phase 3")
SENT: Final = ("Joint au dossier, document « Projet de notice ».", "Section « Essais », ligne 2, complétée.")
QUESTION: Final = "Quels sont les résultats de survie globale à douze mois dans la population de l'indication ?"
REPLY: Final = "La survie globale à douze mois est de 64 % (IC 95 % : 55-72), voir le rapport joint."


class EarlyAccessStories:
    """What `Seeder` tells of early accesses. `ago` is the seeder's."""

    now: dt.datetime

    def ago(self, days: float) -> dt.datetime:
        raise NotImplementedError

    def early(self, days: float, name: str, inn: str, pathway: str = PRE_MA, **given: Any) -> EarlyAccess:
        product = {"name": name, "inn": f"{inn} (DCI inventée)", **given}
        return EarlyAccess(at=self.ago(days), pathway=pathway, given={"product": product})

    def aap_draft(self) -> EarlyAccess:
        return self.early(2, "FENIXOLA", "fénixolimab", code_name="DMT-310").draft()

    def aap_draft_after_the_ma(self) -> EarlyAccess:
        return self.early(1, "NEUROLYSE", "neurolysine", POST_MA).draft()

    def aap_filed(self) -> EarlyAccess:
        return self.early(2, "CARDIOVIA", "cardiovastine", POST_MA).draft().file()

    def aap_incomplete(self) -> EarlyAccess:
        return self.early(9, "HEMOLIBRA", "hémolibracept", code_name="DMT-118").draft().file().missing(*ITEMS)

    def aap_in_assessment(self) -> EarlyAccess:
        told = self.early(30, "ORPHELIA", "orphélimab", code_name="DMT-044").draft().file()
        return told.missing(*ITEMS).complete(*SENT).acknowledge()

    def aap_waiting_for_answers(self) -> EarlyAccess:
        told = self.early(25, "PULMORA", "pulmoracept", POST_MA).draft().file().acknowledge()
        return told.ask(QUESTION)

    def aap_opinion_to_sign(self) -> EarlyAccess:
        told = self.early(40, "MYASTENE", "myasténimab", code_name="DMT-209").draft().file().acknowledge()
        return told.ask(QUESTION, login="ansm_assessor").answer(REPLY).propose_opinion()

    def aap_for_the_committee(self) -> EarlyAccess:
        return self.early(45, "RETINALIS", "rétinaligène", code_name="DMT-501").draft().file().acknowledge().opinion()

    def aap_for_the_college(self) -> EarlyAccess:
        return self.early(75, "LYMPHADEX", "lymphadéxumab", POST_MA).examined()

    # -------------------------------------------------------------------------------- meetings before a filing

    def meeting_asked(self) -> Meeting:
        return Meeting(at=self.ago(2)).asked()

    def meeting_offered(self) -> Meeting:
        given = {"product": "DERMALYNE", "indication": "Épidermolyse bulleuse de l'enfant.", "pathway": POST_MA}
        return Meeting(at=self.ago(4), given=given).offered()

    def meeting_planned(self) -> Meeting:
        given = {"product": "OSTEOVIGA (DMT-733)", "indication": "Ostéogenèse imparfaite de l'enfant."}
        return Meeting(at=self.ago(3), given=given).planned()

    def meeting_held(self) -> Meeting:
        given = {"product": "NEPHROLIA (DMT-815)", "indication": "Néphropathie à IgA de progression rapide."}
        return Meeting(at=self.ago(40), given=given).held()

    def meeting_declined(self) -> Meeting:
        given = {"product": "DMT-950", "indication": "Maladie de Huntington, stade précoce."}
        return Meeting(at=self.ago(20), given=given).declined()

    # ------------------------------------------------------------------------------------------------- decided

    def aap_granted(self) -> EarlyAccess:
        return self.early(200, "SOLVANTIA", "solvantimab", code_name="DMT-204").granted()

    def aap_granted_after_the_ma(self) -> EarlyAccess:
        return (
            self.early(150, "GLIOMEX", "gliomexine", POST_MA)
            .examined()
            .grant(indication="Patients adultes en échec de deux lignes de traitement, sans alternative disponible.")
        )

    def aap_renewal_filed(self) -> EarlyAccess:
        first = self.early(375, "AMYLOSTAT", "amylostatine", POST_MA).granted()
        return first.on_title("renewal", self.ago(88), given=first.given).draft().file().acknowledge()

    def aap_refused(self) -> EarlyAccess:
        told = self.early(110, "VIRODYNE", "virodyvir", code_name="DMT-620").draft().file().acknowledge()
        others = ("serious", "no_alternative", "cannot_wait", "innovative")
        unread = dict.fromkeys(others, NOT_EXAMINED)
        return told.opinion(UNFAVOURABLE).refuse(efficacy_safety=NOT_MET, **unread)

    def aap_refused_by_silence(self) -> EarlyAccess:
        told = self.early(130, "ARTHROLEV", "arthrolévimab", code_name="DMT-077").draft().file().acknowledge()
        follow_silence(at=self.now)
        return told
