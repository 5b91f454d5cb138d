"""What was reversed at another moment than its own, which sums count as the opposite."""

from __future__ import annotations

from typing import NamedTuple

from ledger.domain.instant import EARLIEST, LATEST
from ledger.domain.money import format_minor_units
from ledger.exchange.exports import Extract
from ledger.exchange.page.wording import count
from ledger.queries.account_sets import account_set
from ledger.queries.entry_rows import KNOWN, TABLE, EntryRows
from ledger.queries.exact_sums import sum_of, total


class Reversed(NamedTuple):
    """Reversals that sums count, in words: ``1 reversal of money out``.

    Attributes:
        came_in, went_out: how much of In and Out they are, as texts; empty where there are none.
    """

    came_in: str
    went_out: str
    of_money_out: str
    of_money_in: str


def reversals_of(part: Extract, entries: EntryRows) -> dict[tuple[str, int], Reversed]:
    """By currency and decimals; those of transfers between accounts of the page move nothing."""
    accounts = account_set(part.source, part.accounts, check=False)
    among, ids = accounts.condition("account_id")
    within, _ = accounts.condition("counterparty")
    rows = entries.ask(
        "SELECT currency, decimals, sum(CASE WHEN amount > 0 THEN 1 ELSE 0 END), "
        "sum(CASE WHEN amount < 0 THEN 1 ELSE 0 END), "
        f"{sum_of('CASE WHEN amount > 0 THEN amount ELSE 0 END')}, "
        f"{sum_of('CASE WHEN amount < 0 THEN -amount ELSE 0 END')} FROM {TABLE} "
        f"WHERE {KNOWN} AND is_entry = 1 AND undone = 0 AND reverses IS NOT NULL "
        f"AND effective_at >= ? AND effective_at <= ? AND {among} "
        f"AND NOT coalesce({within}, FALSE) GROUP BY currency, decimals",
        (
            *entries.known,
            EARLIEST if part.from_us is None else part.from_us,
            LATEST if part.to_us is None else part.to_us,
            *ids,
            *ids,
        ),
    )
    return {
        (currency, decimals): Reversed(
            format_minor_units(total(*sums[:2]), decimals) if ins else "",
            format_minor_units(total(*sums[2:]), decimals) if outs else "",
            count(ins, "reversal", "reversals"),
            count(outs, "reversal", "reversals"),
        )
        for currency, decimals, ins, outs, *sums in rows
    }
