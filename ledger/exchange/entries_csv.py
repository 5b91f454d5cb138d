"""Entries as CSV: one row for each, with all that is known of it.

Unlike a statement it has every entry, those too that were reversed at their own moment. An account
that was opened anew in another currency has no balance in the one before: nothing in it stands.
"""

from __future__ import annotations

from typing import Final

import msgspec

from ledger.domain.money import format_minor_units
from ledger.exchange.exports import Exported, Extract, Out
from ledger.exchange.spreadsheet import row_writer
from ledger.queries.entry_rows import balances_at, entry_rows
from ledger.queries.exported_entries import (
    ExportedRow,
    accounts_until,
    chosen_set,
    entries_between,
)
from ledger.visible import unbroken

COLUMNS: Final = (
    "position",
    "account_id",
    "owner",
    "version",
    "event_type",
    "effective_at",
    "recorded_at",
    "amount",
    "currency",
    "balance",
    "counterparty",
    "transfer_id",
    "description",
    "tags",
    "receipts",
    "actor",
    "reverses",
    "reversed_by",
    "backdated",
    "erased",
)

_tags: Final = msgspec.json.Decoder(dict[str, str]).decode
_receipts: Final = msgspec.json.Decoder(list[dict[str, str | int]]).decode


def write(part: Extract, out: Out) -> Exported:
    """Write the entries of an extract; the balance is that of the account after each of them."""
    with entry_rows(part.source, part.point) as rows:
        chosen = chosen_set(part.accounts)
        found = accounts_until(part.source, rows, part.to_us, chosen)
        accounts = {each.account_id: each for each in found}
        held: dict[str, int] = {}
        if part.from_us is not None:
            held = {each.account_id: each.balance for each in balances_at(rows, part.from_us - 1)}
        write_row = row_writer(out, COLUMNS)
        entries = 0
        for row in entries_between(part.source, rows, part.from_us, part.to_us, chosen):
            if row.confirmed is not None:
                continue
            account, balance = accounts[row.account_id], ""
            if (row.currency, row.decimals) == (account.currency, account.decimals):
                sum_of_all = held[row.account_id] = held.get(row.account_id, 0) + row.amount
                balance = format_minor_units(sum_of_all, row.decimals)
            cells = _cells(part, row, account.owner, balance)
            write_row(cells if "".join(cells).isprintable() else map(unbroken, cells))
            entries += 1
    return Exported(
        entries=entries,
        accounts=len(accounts),
        head=part.head,
        from_us=part.from_us,
        to_us=part.to_us,
        notes=(f"CSV has no place for the head that the entries come from: {part.head.short}",),
    )


def _cells(part: Extract, row: ExportedRow, owner: str, balance: str) -> list[str]:
    tags = "" if row.tags == "{}" else "; ".join(f"{k}={v}" for k, v in _tags(row.tags).items())
    receipts = ""
    if row.receipts != "[]":
        receipts = " ".join(f"{each['size']}:{each['sha256']}" for each in _receipts(row.receipts))
    return [
        str(row.position),
        row.account_id,
        owner,
        str(row.version),
        row.event_type,
        part.zone.show(row.effective_us),
        part.zone.show(row.recorded_us),
        format_minor_units(row.amount, row.decimals),
        row.currency,
        balance,
        row.counterparty or "",
        row.transfer_id or "",
        "" if row.erased else row.description,
        tags,
        receipts,
        row.actor,
        "" if row.reverses is None else str(row.reverses),
        "" if row.reversed_by is None else str(row.reversed_by),
        "true" if row.backdated else "false",
        "true" if row.erased else "false",
    ]
