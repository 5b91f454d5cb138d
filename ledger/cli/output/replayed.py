"""What came of a command that was carried out before under its key."""

from __future__ import annotations

from contextlib import suppress

from ledger.cli.entries import entries_of_account
from ledger.cli.environment import Environment
from ledger.commands.results import WriteResult
from ledger.errors import LedgerError


def note_what_came_of_it(env: Environment, result: WriteResult) -> None:
    """Say where an entry that it recorded was reversed since, so that it counts no more."""
    for recorded in result.recorded:
        if not result.accounts or recorded.stream_id != result.account_id:
            continue
        with suppress(LedgerError), env.ledger() as ledger:  # nothing depends on it
            entry = entries_of_account(ledger, recorded.stream_id).entries.get(recorded.version)
            if entry is not None and entry.reversed_by:
                env.note(
                    f"note: version {recorded.version} of {recorded.stream_id}, which it recorded, "
                    f"was reversed since by version {entry.reversed_by}, and counts no more"
                )
