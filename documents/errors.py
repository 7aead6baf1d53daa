"""What can go wrong here, with what the user can do about it."""

from __future__ import annotations

from workflows.types import Reason


class BadFile(Exception):
    """A file is refused: every reason, each telling what to do."""

    def __init__(self, reasons: tuple[Reason, ...]) -> None:
        super().__init__(", ".join(reason.code for reason in reasons))
        self.reasons = reasons


class ContentNotServed(Exception):
    """The content of an attachment may not leave: it is not scanned yet, infected, or removed."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.code)
        self.reason = reason


class UnknownLetter(Exception):
    """No letter of that kind exists: a mistake in a procedure's table."""


class IncompleteLetter(Exception):
    """A mention that the letter must carry by law is missing; `reasons` names each."""

    def __init__(self, reasons: tuple[Reason, ...]) -> None:
        super().__init__(", ".join(reason.code for reason in reasons))
        self.reasons = reasons


class NotInTransaction(Exception):
    """A letter is ordered by the transaction that decides it, or not at all."""


class SealUnavailable(Exception):
    """The agency's seal cannot be put: no key, a wrong one, or a device that does not answer.

    The message says what to mend; it never quotes a letter, a passphrase or a PIN, so that it may be kept and shown.
    """


class SealingFailed(SealUnavailable):
    """The seal is there, and sealing this letter failed: its key or its time-stamp authority did not do their part."""
