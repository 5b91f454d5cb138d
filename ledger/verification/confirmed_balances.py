"""Balances that were confirmed and changed since: nothing is wrong, but it is worth knowing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ledger.commands.book_times import BookTimes
from ledger.commands.repository import AccountRepository
from ledger.domain.confirmations import BrokenConfirmation, broken_confirmations
from ledger.errors import ArchiveMissing, LedgerError
from ledger.eventstore.store import EventStore
from ledger.verification.findings import amount_text
from ledger.verification.worker import UNFIT


def notes_on_confirmations(store: EventStore, account_ids: Iterable[str]) -> Iterator[str]:
    """What is to be said of the confirmations of accounts; nothing of what cannot be read."""
    repository, times = AccountRepository(store), BookTimes(store)
    for account_id in account_ids:
        try:
            account = repository.load_at(account_id, use_snapshot=False).account
            decimals = account.state.decimals
            for broken in broken_confirmations(account.history()):
                yield _note(account_id, broken, times, decimals)
        except ArchiveMissing:
            yield (
                f"the confirmed balances of account {account_id} were not compared: that takes the "
                "archive"
            )
        except (LedgerError, *UNFIT):  # which is found elsewhere
            continue


def _note(account_id: str, broken: BrokenConfirmation, times: BookTimes, decimals: int) -> str:
    confirmed, held = broken.confirmed, broken.held
    currency = confirmed.currency
    stated = amount_text(confirmed.balance, currency, decimals)
    now = "it was not open"
    if held is not None:
        now = f"it held {amount_text(held, currency, decimals)}"
    return (
        f"the balance of account {account_id} on {times.zone.show(confirmed.until)} was confirmed "
        f"(version {broken.version}) as {stated}, and the books say now that {now}"
    )
