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
    from ledger.commands.receipts import files_of_ledger, receipt_of

    files = files_of_ledger(env.path)
    return tuple(receipt_of(path, ledger_files=files) for path in paths)
