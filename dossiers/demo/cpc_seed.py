"""The demonstration's prescription frameworks: invented medicines at every stage, and the life of the one published for
Kaftrio and Kalydeco, with its real dates (domain/aac-cpc.md, section 2.6). Its texts are shortened or invented."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from dossiers.demo.cpc_story import Framework
from dossiers.services.conversation import post
from dossiers.services.material import submit
from workflows.cpc_guards import OWN_INITIATIVE
from workflows.dates import PARIS

FILING: Final = ("cpc_draft",)
REVIEW: Final = (
    "cpc_reported",
    "cpc_company_told",
    "cpc_in_assessment",
    "cpc_protocol_asked",
    "cpc_drafts_sent",
    "cpc_to_sign",
)
DECIDED: Final = (
    "cpc_granted",
    "cpc_own_initiative",
    "cpc_renewed",
    "cpc_refused",
    "cpc_inadmissible",
    "cpc_withdrawn",
    "kaftrio",
)

KAFTRIO: Final[dict[str, dict[str, Any]]] = {
    "product": {
        "name": "KAFTRIO 75 mg/50 mg/100 mg, comprimé pelliculé",
        "inn": "ivacaftor/tézacaftor/élexacaftor",
        "form": "comprimé pelliculé",
        "strength": "75 mg/50 mg/100 mg",
        "ma_status": "marketed",
        "others": ["KALYDECO 150 mg, comprimé pelliculé"],
        "companies": ["Laboratoires Démo Aurélia"],
    },
    "need": {
        "indication": "Mucoviscidose des patients de 12 ans et plus, non porteurs d'une mutation F508del, avec "
        "atteinte respiratoire sévère (VEMS inférieur ou égal à 40 %), évolution vers la transplantation ou "
        "pronostic vital engagé.",
        "summary": "Des patients sans mutation F508del n'ont aucun modulateur autorisé ; certains peuvent répondre.",
        "unmet": "Aucun modulateur de CFTR n'est autorisé pour ces patients.",
        "alternatives": "Soins de support ; transplantation pulmonaire.",
        "population": "Quelques dizaines de patients en France (ordre de grandeur inventé).",
        "expected_patients": 80,
    },
    "evidence": {
        "benefit": "Données in vitro sur des mutations rares ; cas publiés de réponse clinique.",
        "risk": "Élévation des transaminases, éruptions, hypertension artérielle : surveillance hépatique.",
        "references": ["Décision de l'ANSM du 19 mai 2022, ansm.sante.fr"],
    },
    "use": {
        "posology": "Posologie de l'autorisation de mise sur le marché ; essai de quatre à six semaines, puis "
        "poursuite selon la réponse.",
        "prescription_class": "Prescription hospitalière par les centres de ressources et de compétences",
        "follow_up": "Réponse à quatre à six semaines, puis suivi trimestriel.",
    },
}


def day(year: int, month: int, number: int, hour: int = 10) -> dt.datetime:
    return dt.datetime(year, month, number, hour, tzinfo=PARIS)


class Kaftrio:
    """The framework of Kaftrio and Kalydeco, each act on its published day. `until`: nothing later is told."""

    def __init__(self, until: dt.datetime) -> None:
        self.until = until
        self.told = Framework(at=day(2022, 2, 1), given=KAFTRIO, own_pace=False)

    def tell(self) -> Framework:
        """The day of the report is invented, and so are those of the protocol: no source gives them."""
        told = self.told.draft()
        self._on(day(2022, 2, 2)).report()
        self._on(day(2022, 2, 25)).notify(days=45)
        self._on(day(2022, 3, 11)).says("L'exploitant transmet les données disponibles sur les mutations rares.")
        self._on(day(2022, 4, 1)).says("L'exploitant complète ses données de tolérance.")
        self._on(day(2022, 4, 4)).assess()
        self._on(day(2022, 4, 5)).ask_protocol(days=14)
        self._on(day(2022, 4, 15)).attach_protocol().do("receive_put", told.company, {})
        self._on(day(2022, 4, 20)).drafts(days=6)
        self._on(day(2022, 4, 26)).says("L'exploitant présente ses observations sur les projets.")
        self._writes(day(2022, 5, 5), "ansm_assessor", "Réunion avec l'association de patients.", note=True)
        self._writes(day(2022, 5, 9), "applicant", "L'exploitant complète ses observations par courriel.")
        self._writes(day(2022, 5, 17), "ansm_assessor", "L'Agence répond aux observations de l'exploitant.")
        self._on(day(2022, 5, 17)).close_drafts()
        self._on(day(2022, 5, 18)).do("propose", "ansm_assessor", self._proposal())
        self._on(day(2022, 5, 19)).do("grant", "ansm_signatory")
        self._then()
        return told

    def _proposal(self) -> dict[str, Any]:
        reasons = "Besoin non couvert ; rapport bénéfice/risque présumé favorable au vu des données disponibles."
        return {
            "outcome": "grant",
            "reasons": reasons,
            **self.told.terms(dt.date(2022, 5, 20)),
            "medicines": "\n".join([KAFTRIO["product"]["name"], *KAFTRIO["product"]["others"]]),
            "vigilance_centre": "",
        }

    def _then(self) -> None:
        """Two changes that do not move the last day, then what the source does not tell and the abrogation needs: a
        renewal for three years from 2025, of which it dates nothing."""
        self._change(day(2023, 6, 1), "Extension aux patients de 6 ans et plus.", "Données chez l'enfant.")
        restricted = "Les patients couverts par l'accès précoce du 7 septembre 2023 sont retirés de l'indication."
        self._change(day(2024, 2, 2), restricted, "Accès précoce octroyé dans une partie de l'indication.")
        if self.until < day(2025, 11, 6):
            return
        renewal = self.told.renewal(day(2025, 2, 3)).granted()
        renewal.at = day(2025, 11, 6)
        covered = {"cause": "ma", "reason": "L'autorisation de mise sur le marché couvre l'indication (motif résumé)."}
        renewal.move_title("cease", "ansm_signatory", covered)

    def _writes(self, at: dt.datetime, login: str, body: str, *, note: bool = False) -> None:
        post(reference=self.told.reference, body=body, actor=self.told.actor(login), staff_only=note, at=at)

    def _change(self, at: dt.datetime, changes: str, reason: str) -> None:
        if at <= self.until:
            self._on(at).move_title("modify", "ansm_signatory", {"changes": changes, "reason": reason})

    def _on(self, at: dt.datetime) -> Framework:
        self.told.at = at
        return self.told


class FrameworkStories:
    """What `Seeder` tells of prescription frameworks. `ago` is the seeder's."""

    now: dt.datetime

    def ago(self, days: float) -> dt.datetime:
        raise NotImplementedError

    def framed(self, days: float, name: str, inn: str, **options: Any) -> Framework:
        product = {"name": f"{name} 50 mg, gélule", "inn": f"{inn} (DCI inventée)", "others": []}
        return Framework(at=self.ago(days), given={"product": product}, **options)

    def cpc_draft(self) -> Framework:
        return self.framed(2, "TREMORIL", "trémorilide").draft()

    def cpc_reported(self) -> Framework:
        return self.framed(3, "VASCULEX", "vasculexine").draft().report()

    def cpc_company_told(self) -> Framework:
        return self.framed(12, "DERMALINE", "dermalinib").draft().report().notify()

    def cpc_in_assessment(self) -> Framework:
        return self.framed(30, "OSTEOVIA", "ostéoviamab").assessed()

    def cpc_protocol_asked(self) -> Framework:
        return self.framed(35, "NEPHRALYS", "néphralysine").assessed().ask_protocol()

    def cpc_drafts_sent(self) -> Framework:
        return self.framed(65, "ALGOSTENE", "algosténide").assessed().protocol().drafts(days=30)

    def cpc_to_sign(self) -> Framework:
        return self.framed(75, "HEPATODIX", "hépatodixine").heard().propose()

    # ------------------------------------------------------------------------------------------------- decided

    def cpc_granted(self) -> Framework:
        told = self.framed(240, "SPASMOLENE", "spasmolène").granted()
        submit(
            number=told.title.number,
            name="Lettre aux neurologues, version 1",
            description="Rappel des conditions du cadre, de la mention à porter et de la surveillance hépatique.",
            actor=told.actor("applicant"),
            at=self.ago(8),
        )
        return told

    def cpc_own_initiative(self) -> Framework:
        told = self.framed(200, "CORTEVIA", "cortéviadone", kind=OWN_INITIATIVE)
        return (
            told.assessed()
            .drafts(waiver="Sécurité bien connue.")
            .says("Sans observation.")
            .close_drafts()
            .propose(report_months=None)
            .grant()
        )

    def cpc_renewed(self) -> Framework:
        first = self.framed(1_130, "ARYTMOL", "arytmolol").granted()
        return first.renewal(self.ago(150)).granted()

    def cpc_refused(self) -> Framework:
        return self.framed(160, "LUPIZONE", "lupizone").heard().propose("refuse").refuse()

    def cpc_inadmissible(self) -> Framework:
        reason = {"reason": "Le signalement ne cite aucune donnée publiée dans l'indication."}
        return (
            self.framed(50, "GASTRIDEX", "gastridexine").draft().report().do("find_inadmissible", "ansm_triage", reason)
        )

    def cpc_withdrawn(self) -> Framework:
        reason = {"reason": "Une autorisation de mise sur le marché est attendue dans l'indication."}
        return self.framed(45, "OCULENE", "oculénine").draft().report().do("withdraw", "reporter", reason)

    def kaftrio(self) -> Framework:
        return Kaftrio(self.now).tell()
