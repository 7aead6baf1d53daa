"""The demonstration's exemptions for devices: invented devices of an invented manufacturer, at every stage."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from dossiers.demo.device_story import Exemption
from workflows.dates import civil_date
from workflows.device_guards import GLOBAL

FILING: Final = ("device_begun_by_a_clinician", "device_company_invited", "device_draft_with_a_statement")
REVIEW: Final = (
    "device_received",
    "device_to_complete",
    "device_in_assessment",
    "device_waiting_for_answers",
    "device_to_sign",
)
DECIDED: Final = (
    "device_granted_for_one_patient",
    "device_granted_in_vitro",
    "device_refused",
    "device_inadmissible",
    "device_withdrawn",
    "device_ce_obtained",
    "device_lifted",
)
PIECES: Final = ("Notice d'utilisation en français", "Analyse des risques à jour")
SENT: Final = ("Jointe au dossier, document « instructions ».", "Jointe au dossier, version de ce mois.")


class DeviceStories:
    """What `Seeder` tells of exemptions. `ago` is the seeder's."""

    def ago(self, days: float) -> dt.datetime:
        raise NotImplementedError

    def exempted(self, days: float, name: str, model: str, **others: Any) -> Exemption:
        given = {"device": {"name": name, "model": model}}
        return Exemption(at=self.ago(days), given=given, **others)

    def device_begun_by_a_clinician(self) -> Exemption:
        return self.exempted(1, "EXTRALIA", "EX-2", begun_by="clinician").draft()

    def device_company_invited(self) -> Exemption:
        return self.exempted(3, "VALVELIS", "P-21", begun_by="clinician").draft().invite_company()

    def device_draft_with_a_statement(self) -> Exemption:
        return self.exempted(4, "STENTORIS", "S4").draft().invite_clinician().state_need()

    def device_received(self) -> Exemption:
        return self.exempted(4, "OSTEOLINK", "Titane 3", begun_by="clinician").filed()

    def device_to_complete(self) -> Exemption:
        return self.exempted(9, "NEUROSTIM", "NS-8").filed().ask_for_pieces(*PIECES)

    def device_in_assessment(self) -> Exemption:
        told = self.exempted(20, "AORTALIS", "Fenêtrée", begun_by="clinician", patients=("CD, 1949, M", "EF, 1955, F"))
        # One of the two patients is treated in both hospitals: they are two, and not three.
        told.prepared().invite_clinician("prescriber2").state_need("prescriber2", ("CD, 1949, M",), shared=1)
        return told.file().ask_for_pieces(*PIECES).complete(*SENT).take_up()

    def device_waiting_for_answers(self) -> Exemption:
        told = self.exempted(16, "PANCREASENSE", "G2", kind=GLOBAL).filed().take_up()
        return told.ask("Combien d'incidents graves ont été déclarés depuis deux ans ?")

    def device_to_sign(self) -> Exemption:
        return self.exempted(15, "LARYNGEA", "L1", begun_by="clinician").filed().take_up().propose()

    # ------------------------------------------------------------------------------------------------- decided

    def device_granted_for_one_patient(self) -> Exemption:
        return self.exempted(40, "EXTRALIA", "EX-2", begun_by="clinician").granted()

    def device_granted_in_vitro(self) -> Exemption:
        told = self.exempted(70, "GENORARE", "Panel 3", kind=GLOBAL, in_vitro=True)
        return told.granted(
            months=12,
            quantity="60 coffrets",
            dated_conditions=["6: Bilan des tests réalisés et des résultats discordants"],
        )

    def device_refused(self) -> Exemption:
        return self.exempted(60, "CARDIOPATCH", "CP-1", kind=GLOBAL).filed().take_up().propose("refuse").refuse()

    def device_inadmissible(self) -> Exemption:
        return self.exempted(50, "ORTHOMOULE", "OM-5").filed().find_inadmissible()

    def device_withdrawn(self) -> Exemption:
        told = self.exempted(35, "GLYCOLENS", "GL-3", kind=GLOBAL).filed()
        return told.do("withdraw", told.company, {"reason": "Le certificat CE est délivré."})

    def device_ce_obtained(self) -> Exemption:
        told = self.exempted(150, "SPINALOCK", "SL-7", begun_by="clinician").granted()
        told.at = self.ago(20)
        certificate = {"certificate": "CE 0000-2026-123", "notified_body": "Organisme Démo (0000)"}
        told.move_title(
            "close_ce_obtained", told.company, {**certificate, "certified_on": civil_date(told.at).isoformat()}
        )
        return told

    def device_lifted(self) -> Exemption:
        told = self.exempted(120, "BIOMESH", "BM-2", kind=GLOBAL).granted(quantity="30 unités")
        told.at = self.ago(10)
        payload = {"reason": "Deux ruptures du dispositif en un mois.", "emergency": True}
        told.move_title("withdraw", "ansm_signatory", payload)
        return told
