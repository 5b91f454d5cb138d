"""Who gives the commands, and in which run."""

from __future__ import annotations

import os
from typing import Final

import msgspec

from ledger.domain.validation import check_text
from ledger.eventstore.metadata import Metadata

BATCH: Final = "batch"
IMPORT: Final = "import"


class Context(msgspec.Struct, frozen=True):
    """What is noted with every event of one run.

    Attributes:
        actor: who gave the command.
        run: drawn anew by each run; nobody can choose it.
        via: what the command came by, where it is not given alone: ``batch`` or ``import``.
        correlation_id: shared by all that belongs together, where the caller says so.
        causation_id: the message that led to it, where the caller names one.
    """

    actor: str
    run: str
    via: str | None = None
    correlation_id: str | None = None
    causation_id: str | None = None

    def metadata(
        self,
        command: str,
        *,
        idempotency_key: str | None = None,
        request: bytes | None = None,
        imported: dict[str, msgspec.Raw] | None = None,
    ) -> str:
        """The metadata of a command's events, as they are stored; see `Metadata`."""
        return Metadata(
            self.actor,
            command,
            self.run,
            self.via,
            self.correlation_id,
            self.causation_id,
            idempotency_key,
            None if request is None else msgspec.Raw(request),
            imported,
        ).encode()


def current_context(run: str, actor: str | None = None) -> Context:
    """The context of this process.

    The actor is ``LEDGER_ACTOR``, else the name of the operating system's user. Scripts that run
    the program several times can tie the runs together with ``LEDGER_CORRELATION_ID``, and name
    their cause with ``LEDGER_CAUSATION_ID``.

    Args:
        run: see `Context`.
        actor: the one to name where ``LEDGER_ACTOR`` does not.

    Raises:
        InvalidText: one of them is not valid UTF-8.
    """
    environment = os.environ
    correlation_id = environment.get("LEDGER_CORRELATION_ID")
    causation_id = environment.get("LEDGER_CAUSATION_ID")
    return Context(
        check_text(environment.get("LEDGER_ACTOR") or actor or _user(), "the actor"),
        run,
        None,
        check_text(correlation_id, "the correlation id") if correlation_id else None,
        check_text(causation_id, "the causation id") if causation_id else None,
    )


def _user() -> str:
    try:
        from pwd import getpwuid

        return getpwuid(os.getuid()).pw_name
    except (ImportError, KeyError):  # no such module on Windows, or a user without a name
        return os.environ.get("USERNAME") or os.environ.get("USER") or "unknown"
