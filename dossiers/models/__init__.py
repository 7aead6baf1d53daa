from dossiers.models.decision import Decision
from dossiers.models.dossier import Assignment, Dossier, DraftSection, Party, Recusal, Submission, Task
from dossiers.models.exchange import InformationRequest, Message
from dossiers.models.history import ImportedCase
from dossiers.models.life import CommentInvitation, Obligation
from dossiers.models.log import AccessLog, ClockFact, Event, IdempotentAnswer, Number
from dossiers.models.title import Title, TitleVersion

__all__ = [
    "AccessLog",
    "Assignment",
    "ClockFact",
    "CommentInvitation",
    "Decision",
    "Dossier",
    "DraftSection",
    "Event",
    "IdempotentAnswer",
    "ImportedCase",
    "InformationRequest",
    "Message",
    "Number",
    "Obligation",
    "Party",
    "Recusal",
    "Submission",
    "Task",
    "Title",
    "TitleVersion",
]
