"""Is a message still true when its turn comes? The room that knows the facts says so, per kind of message."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from notifications.models import OutboxMessage

Truth = Callable[[OutboxMessage, dt.datetime], bool]
"""(message, the instant of the sending) -> whether it is still true."""

_truths: dict[str, Truth] = {}


def register_truth(kind: str, function: Truth) -> None:
    """`function(message, at)` is asked just before the mail leaves; False makes the message moot. To call in `ready()`.

    ValueError when the kind already has another function.
    """
    if _truths.get(kind, function) is not function:
        raise ValueError(f"{kind} already has a truth function")
    _truths[kind] = function


def still_true(message: OutboxMessage, at: dt.datetime) -> bool:
    """True for a kind nobody registered: most messages tell of something that has happened, and stays so."""
    function = _truths.get(message.kind)
    return function is None or function(message, at)
