"""The SQL views as any other program sees them: through a plain connection of Python's own."""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from typing import Any

import msgspec

from ledger import Ledger
from ledger.domain.instant import format_instant
from ledger.domain.money import format_minor_units
from ledger.queries.finding.found import FoundEntry

Rows = list[dict[str, Any]]

KINDS = {
    "AccountOpened": "opening",
    "MoneyDeposited": "deposit",
    "MoneyWithdrawn": "withdrawal",
    "TransferSent": "transfer",
    "TransferReceived": "transfer",
    "EntryReversed": "reversal",
}
LEAST, MOST = -(2**63), 2**63 - 1


def in_memory(ledger: Ledger) -> sqlite3.Connection:
    """A connection to a copy of a ledger that no file has."""
    connection = sqlite3.connect(":memory:")
    content = bytearray(ledger._store._session.connection.serialize("main"))  # type: ignore[attr-defined]
    content[18:20] = b"\1\1"  # else it looks for a write-ahead log beside it
    connection.deserialize(bytes(content))
    return connection


def rows(connection: sqlite3.Connection, sql: str, *bindings: object) -> Rows:
    cursor = connection.execute(sql, bindings)
    names = [column for column, *_ in cursor.description]
    found = [dict(zip(names, row, strict=True)) for row in cursor]
    assert all(type(value) in (int, str, type(None)) for row in found for value in row.values())
    return found


def entry_rows(connection: sqlite3.Connection, sql: str = "SELECT * FROM entries") -> Rows:
    """Rows of the view `entries`, their JSON read, and without what `find` does not tell."""
    found = rows(connection, sql)
    for row in found:
        del row["transfer_id"]
        tags = row["tags"]  # NULL where what is reversed is archived
        row["tags"] = None if tags is None else json.loads(tags)
        row["receipts"] = json.loads(row["receipts"])
    return found


def expected_entries(ledger: Ledger) -> Rows:
    """What the view `entries` must show by what `find` says, by account and in order."""
    owners = {each.account_id: each.owner for each in ledger.accounts()}
    found: list[FoundEntry] = list(ledger.find(with_reversed=True))
    moments = {(each.account_id, each.version): each.effective_us for each in found}
    held: dict[str, int] = defaultdict(int)
    expected = []
    for each in sorted(found, key=lambda each: (each.account_id, each.effective_us, each.version)):
        account, other = each.account_id, each.reverses or each.reversed_by
        held[account] += each.amount_minor
        fits = LEAST <= held[account] <= MOST
        expected.append(
            {
                "date": str(ledger.time_zone.day_of(each.effective_us)),
                "account": account,
                "version": each.version,
                "owner": owners[account],
                "kind": KINDS[each.event_type],
                "amount": format_minor_units(each.amount_minor, each.decimals),
                "balance": format_minor_units(held[account], each.decimals) if fits else None,
                "currency": each.currency,
                "counterparty": each.counterparty,
                "description": "(erased)" if each.erased else each.description,
                "tags": each.tags,
                "receipts": [msgspec.to_builtins(receipt) for receipt in each.receipts],
                "actor": each.actor,
                "reversed": int(other is not None and moments[account, other] == each.effective_us),
                "reverses": each.reverses,
                "reversed_by": each.reversed_by,
                "effective_at": format_instant(each.effective_us),
                "recorded_at": format_instant(each.recorded_us),
                "amount_minor": each.amount_minor,
                "balance_minor": held[account] if fits else None,
                "decimals": each.decimals,
                "backdated": int(each.backdated),
                "erased": int(each.erased),
                "position": each.position,
            }
        )
    return expected


def expected_accounts(ledger: Ledger) -> Rows:
    """What the view `accounts` must show by what `accounts` says."""
    return [
        {
            "account": each.account_id,
            "owner": each.owner,
            "balance": format_minor_units(each.balance_minor, each.decimals),
            "currency": each.currency,
            "transaction_count": each.transaction_count,
            "status": each.status,
            "opened_at": format_instant(each.opened_us),
            "last_activity": format_instant(each.last_activity_us),
            "closed_at": None if each.closed_us is None else format_instant(each.closed_us),
            "overdraft_limit": "unlimited"
            if each.overdraft_limit_minor == MOST
            else format_minor_units(each.overdraft_limit_minor, each.decimals),
            "balance_minor": each.balance_minor,
            "decimals": each.decimals,
        }
        for each in ledger.accounts()
    ]
