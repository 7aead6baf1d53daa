"""What a service answers instead of doing the act. Views and the API turn each into words and a status."""

from __future__ import annotations

from collections.abc import Iterable

from workflows.types import Reason


class ServiceError(Exception):
    """Base of all of them; `reasons` is never empty of meaning: it is what the person is told."""

    def __init__(self, reasons: Iterable[Reason] = ()) -> None:
        self.reasons = tuple(reasons)
        super().__init__("; ".join(reason.code for reason in self.reasons))


class NotFound(ServiceError):
    """Absent, or out of this actor's scope: the two are told apart to nobody (404)."""


class Forbidden(ServiceError):
    """In scope, but this role may not do this (403)."""


class WrongState(ServiceError):
    """The act does not start from the present state (409)."""


class Blocked(ServiceError):
    """A guard refuses; every reason is listed (422)."""


class Stale(ServiceError):
    """The file changed since the actor read it (412). `changes` says what happened meanwhile, oldest first."""

    def __init__(self, *, current_version: int, changes: Iterable[str] = (), reasons: Iterable[Reason] = ()) -> None:
        self.current_version = current_version
        self.changes = tuple(changes)
        super().__init__(reasons)


class Conflict(ServiceError):
    """An idempotency key used again for another request (409)."""
