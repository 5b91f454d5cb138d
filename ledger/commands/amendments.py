"""The commands that put something right; see `ledger.commands.command` for what all commands share.

They look things up that only the log knows, so each is decided while nobody else can write.
"""

from __future__ import annotations

from ledger.commands.account_amendments import (
    AmendAccount,
    Confirm,
    ReopenAccount,
    WithdrawConfirmation,
)
from ledger.commands.book_commands import Lock, Unlock
from ledger.commands.command import Command
from ledger.commands.entry_amendments import AmendEntry, Correct, Reverse, Undo

BookCommand = Lock | Unlock

Amendment = (
    Reverse
    | Correct
    | AmendEntry
    | Undo
    | AmendAccount
    | ReopenAccount
    | Confirm
    | WithdrawConfirmation
)

AnyCommand = Command | Amendment | BookCommand
"""All commands."""
