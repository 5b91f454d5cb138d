"""Who gives the commands, and in which run."""

from __future__ import annotations

import os
from uuid import uuid4

import msgspec

from ledger.domain.validation import check_text


class Context(msgspec.Struct, frozen=True):
    """What is noted with every event of one run.

    Attributes:
        actor: who gave the command.
        correlation_id: shared by all that belongs together: one process, one batch.
        causation_id: the message that led to it, where the caller names one.
    """

    actor: str
    correlation_id: str
    causation_id: str | None = None


def new_id() -> str:
    """A random UUID (version 4, RFC 9562)."""
    return str(uuid4())


def current_context() -> Context:
    """The context of this process.

    The actor is ``LEDGER_ACTOR``, else the name of the operating system's user. Scripts that run
    the program several times can tie the runs together with ``LEDGER_CORRELATION_ID``, and name
    their cause with ``LEDGER_CAUSATION_ID``.

    Raises:
        InvalidText: one of them is not valid UTF-8.
    """
    environment = os.environ
    return Context(
        check_text(environment.get("LEDGER_ACTOR") or _user(), "the actor"),
        check_text(environment.get("LEDGER_CORRELATION_ID") or new_id(), "the correlation id"),
        check_text(environment["LEDGER_CAUSATION_ID"], "the causation id")
        if environment.get("LEDGER_CAUSATION_ID")
        else None,
    )


def _user() -> str:
    try:
        from pwd import getpwuid

        return getpwuid(os.getuid()).pw_name
    except (ImportError, KeyError):  # no such module on Windows, or a user without a name
        return os.environ.get("USERNAME") or os.environ.get("USER") or "unknown"
