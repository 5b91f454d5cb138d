"""A ledger as a page: one file that can be shown on any screen, and printed."""

from __future__ import annotations

from html import escape

from ledger.exchange.exports import Exported, Extract, Out
from ledger.queries.several_statements import Statements


def write(part: Extract, out: Out) -> Exported:
    """Write the page of an extract."""
    out.write("<!doctype html><meta charset=utf-8>")
    entries = accounts = 0
    for each in Statements(part.source, part.point, part.from_us, part.accounts or None):
        out.write(f"<p>{escape(each.account_id)}: {each.closing_balance}")
        accounts += 1
        entries += sum(1 for line in each.entries if line.confirmed_minor is None)
    return Exported(
        entries=entries,
        accounts=accounts,
        head=part.head,
        from_us=part.from_us,
        to_us=part.to_us,
    )
