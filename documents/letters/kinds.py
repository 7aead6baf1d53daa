"""The letters that exist. Adding one is a row here and a template beside the others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext_lazy as _

from documents.errors import UnknownLetter
from workflows.types import Text


@dataclass(frozen=True)
class LetterKind:
    """`label` names it on screen in the reader's language; `title` is the French title of the document itself.

    `on_title`: it tells what became of a title already granted, and has a `TitleActMatter`; `signed` by a person,
    `reasoned` when the law wants its reasons. `issuer`: "has", "ansm" or "gio" (its innovation service), the body whose
    letter it is; empty when the procedure, or whoever acts, tells. `of`: its procedure, when that is not the first word
    of its code.
    """

    code: str
    label: Text
    title: str
    grants: bool = False
    decides: bool = False
    on_title: bool = False
    signed: bool = False
    reasoned: bool = False
    issuer: str = ""
    of: str = ""

    @property
    def template(self) -> str:
        return f"documents/letters/{self.code}.html"

    @property
    def procedure(self) -> str:
        """The procedure whose requests have such letters; empty for those about a title, which every procedure has."""
        return "" if self.on_title else self.of or self.code.partition("_")[0]


EXEMPTION: Final = "device_exemption"

KINDS: Final = {
    kind.code: kind
    for kind in (
        LetterKind(
            "aac_receipt", _("Acknowledgement of receipt"), "Accusé de réception d'une demande d'accès compassionnel"
        ),
        LetterKind(
            "aac_grant",
            _("Authorisation decision"),
            "Décision portant autorisation d'accès compassionnel",
            grants=True,
            decides=True,
        ),
        LetterKind(
            "aac_refusal",
            _("Refusal decision"),
            "Décision portant refus d'autorisation d'accès compassionnel",
            decides=True,
        ),
        LetterKind(
            "aap_missing_items",
            _("Missing items"),
            "Éléments manquants d'une demande d'accès précoce",
            issuer="has",
        ),
        LetterKind(
            "aap_acknowledgement",
            _("Acknowledgement of a complete file"),
            "Accusé d'enregistrement d'une demande complète d'accès précoce",
            issuer="has",
        ),
        LetterKind(
            "aap_ansm_opinion",
            _("ANSM's opinion"),
            "Avis de l'ANSM sur une demande d'accès précoce",
            signed=True,
            reasoned=True,
            issuer="ansm",
        ),
        LetterKind(
            "aap_grant",
            _("Authorisation decision"),
            "Décision du collège de la Haute Autorité de santé relative à un accès précoce",
            grants=True,
            decides=True,
            issuer="has",
        ),
        LetterKind(
            "aap_refusal",
            _("Refusal decision"),
            "Décision du collège de la Haute Autorité de santé portant refus d'accès précoce",
            decides=True,
            issuer="has",
        ),
        LetterKind(
            "cpc_intention",
            _("Letter of intention"),
            "Intention d'établir un cadre de prescription compassionnelle",
            issuer="ansm",
        ),
        LetterKind(
            "cpc_inadmissible",
            _("Answer: report not admissible"),
            "Signalement irrecevable en vue d'un cadre de prescription compassionnelle",
            issuer="ansm",
        ),
        LetterKind(
            "cpc_put_request",
            _("Protocol asked for"),
            "Demande de protocole d'utilisation thérapeutique et de suivi des patients",
            issuer="ansm",
        ),
        LetterKind(
            "cpc_contradictory",
            _("Drafts for observations"),
            "Projets de décision et de protocole soumis à observations",
            issuer="ansm",
        ),
        LetterKind(
            "cpc_grant",
            _("Framework decision"),
            "Décision relative à un cadre de prescription compassionnelle",
            grants=True,
            decides=True,
            issuer="ansm",
        ),
        LetterKind(
            "cpc_refusal",
            _("Decision not to establish"),
            "Décision de ne pas établir un cadre de prescription compassionnelle",
            decides=True,
            issuer="ansm",
        ),
        LetterKind(
            "device_exemption_receipt",
            _("Acknowledgement of receipt"),
            "Accusé de réception d'une demande de dérogation",
            of=EXEMPTION,
        ),
        LetterKind(
            "device_exemption_completion",
            _("Missing pieces"),
            "Pièces manquantes d'une demande de dérogation",
            of=EXEMPTION,
        ),
        LetterKind(
            "device_exemption_inadmissible",
            _("Inadmissible request"),
            "Irrecevabilité d'une demande de dérogation",
            signed=True,
            reasoned=True,
            of=EXEMPTION,
        ),
        LetterKind(
            "device_exemption_grant",
            _("Exemption decision"),
            "Décision autorisant à titre dérogatoire un dispositif sans marquage CE",
            grants=True,
            decides=True,
            of=EXEMPTION,
        ),
        LetterKind(
            "device_exemption_refusal",
            _("Refusal decision"),
            "Décision portant refus d'une autorisation dérogatoire",
            decides=True,
            of=EXEMPTION,
        ),
        LetterKind(
            "advice_receipt",
            _("Acknowledgement of receipt"),
            "Accusé de réception d'une demande au Guichet Innovation et Orientation",
            issuer="gio",
        ),
        LetterKind("advice_orientation", _("Orientation note"), "Note d'orientation", issuer="gio"),
        LetterKind(
            "advice_ineligible",
            _("Request not eligible"),
            "Demande non éligible au Guichet Innovation et Orientation",
            issuer="gio",
        ),
        LetterKind(
            "advice_opinion",
            _("Written opinion"),
            "Avis de l'ANSM sur un projet",
            signed=True,
            reasoned=True,
            issuer="gio",
        ),
        LetterKind(
            "advice_minutes",
            _("Minutes of the meeting"),
            "Compte rendu de réunion agréé par les deux parties",
            issuer="gio",
        ),
        LetterKind(
            "title_suspension",
            _("Suspension decision"),
            "Décision portant suspension d'une autorisation",
            on_title=True,
            signed=True,
            reasoned=True,
        ),
        LetterKind(
            "title_reinstatement",
            _("End of suspension decision"),
            "Décision portant levée de la suspension d'une autorisation",
            on_title=True,
            signed=True,
            reasoned=True,
        ),
        LetterKind(
            "title_withdrawal",
            _("Withdrawal decision"),
            "Décision portant retrait d'une autorisation",
            on_title=True,
            signed=True,
            reasoned=True,
        ),
        LetterKind(
            "title_modification",
            _("Modification decision"),
            "Décision portant modification d'une autorisation",
            on_title=True,
            signed=True,
            reasoned=True,
        ),
        LetterKind(
            "title_end",
            _("Early end decision"),
            "Décision mettant fin à une autorisation",
            on_title=True,
            signed=True,
            reasoned=True,
        ),
        LetterKind("title_lapse", _("Notice of expiry"), "Avis d'expiration d'une autorisation", on_title=True),
    )
}


def kind_of(code: str) -> LetterKind:
    """Raises `UnknownLetter`: a procedure's table names a letter that nobody wrote."""
    try:
        return KINDS[code]
    except KeyError as error:
        raise UnknownLetter(code) from error
