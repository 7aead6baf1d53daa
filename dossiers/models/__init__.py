from dossiers.models.advice import Meeting, MinutesAgreement, MinutesVersion, Routing, WrittenOpinion
from dossiers.models.after import Appeal, Continuity, ContinuityCount
from dossiers.models.decision import Decision
from dossiers.models.dossier import Assignment, Dossier, DraftSection, Party, Recusal, Submission, Task
from dossiers.models.exchange import InformationRequest, Message
from dossiers.models.exemption import ClinicianStatement, ExemptionTerms
from dossiers.models.expert import ExpertMission
from dossiers.models.filing import Filing
from dossiers.models.filing_meeting import FilingMeeting, MeetingKey, MeetingStep
from dossiers.models.framework import CompanyCall, CompanyReply, FrameworkChange, FrameworkTerms, InformationMaterial
from dossiers.models.history import ImportedCase
from dossiers.models.life import CommentInvitation, HolderComments, Obligation
from dossiers.models.log import AccessLog, ClockFact, Event, IdempotentAnswer, Number
from dossiers.models.opinion import Finding, Opinion
from dossiers.models.title import Title, TitleHolder, TitleVersion

__all__ = [
    "AccessLog",
    "Appeal",
    "Assignment",
    "ClinicianStatement",
    "ClockFact",
    "CommentInvitation",
    "HolderComments",
    "CompanyCall",
    "CompanyReply",
    "Continuity",
    "ContinuityCount",
    "Decision",
    "Dossier",
    "DraftSection",
    "Event",
    "ExemptionTerms",
    "ExpertMission",
    "Filing",
    "FilingMeeting",
    "Finding",
    "FrameworkChange",
    "FrameworkTerms",
    "IdempotentAnswer",
    "ImportedCase",
    "InformationMaterial",
    "InformationRequest",
    "Meeting",
    "MeetingKey",
    "MeetingStep",
    "Message",
    "MinutesAgreement",
    "MinutesVersion",
    "Number",
    "Obligation",
    "Opinion",
    "Party",
    "Recusal",
    "Routing",
    "Submission",
    "Task",
    "Title",
    "TitleHolder",
    "TitleVersion",
    "WrittenOpinion",
]
