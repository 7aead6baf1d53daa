"""What the API itself refuses, beside what the services do. `api.problems` turns each into its status."""

from __future__ import annotations

from collections.abc import Iterable

from dossiers.services.errors import ServiceError
from workflows.types import Reason


class BadRequest(ServiceError):
    """The request cannot be read: an unknown key, a wrong JSON type, a filter that does not exist (400)."""


class NoIfMatch(ServiceError):
    """A write that must say which version it was decided on, and does not (428)."""


class NotReady(ServiceError):
    """What is asked for exists and may not be given now: a document not scanned, a letter not made (409).

    `soon`: it may be asked for again in a few seconds; a removed or infected document never comes back.
    """

    def __init__(self, reasons: Iterable[Reason], *, soon: bool) -> None:
        super().__init__(reasons)
        self.soon = soon


class TooLarge(ServiceError):
    """More bytes than this address reads (413)."""


class Tired(ServiceError):
    """Too many wrong codes from one address (429)."""
