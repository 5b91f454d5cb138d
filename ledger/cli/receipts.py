"""Taking receipts from the files that the command line names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ledger.cli.environment import Environment

if TYPE_CHECKING:
    from ledger.domain.receipts import Receipt


def read_receipts(env: Environment, paths: Sequence[str] | None) -> tuple[Receipt, ...]:
    """The receipts that files are; read before the ledger is opened, since large ones take long.

    Raises:
        InvalidOption: one of them cannot be read, or is no file.
    """
    if not paths:
        return ()
    from ledger.commands.receipts import receipt_of

    return tuple(receipt_of(path, ledger_files=ledger_files(env)) for path in paths)


def ledger_files(env: Environment) -> tuple[str, ...]:
    """The files of the ledger; to close one of them would let go of the locks that guard it."""
    return tuple(env.path + suffix for suffix in ("", "-wal", "-shm"))
