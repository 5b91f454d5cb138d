"""Saying which confirmed balances are others now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ledger.cli.environment import Environment
from ledger.commands.results import WriteResult
from ledger.domain.events import (
    AccountAmended,
    BalanceConfirmed,
    ConfirmationWithdrawn,
    EntryAmended,
)
from ledger.domain.money import Money
from ledger.errors import LedgerError, NoSuchAccount
from ledger.visible import visible

_THAT_LEAVE_BALANCES: Final = frozenset(
    each.__name__
    for each in (AccountAmended, BalanceConfirmed, ConfirmationWithdrawn, EntryAmended)
)

if TYPE_CHECKING:
    from ledger.ledger import Ledger
    from ledger.queries.confirmations import ChangedBalance


class ChangedBalances:
    """Notes about one run: what its commands did to balances that were confirmed.

    They are looked up only where something happened at or before a confirmed moment.
    """

    def __init__(self, env: Environment) -> None:
        self._env = env
        self._before: dict[str, int] = {}
        """The version of each account that something happened to, before this run."""

    def see(self, result: WriteResult) -> None:
        """Take note of a command."""
        if result.replayed:
            return
        changing = [each for each in result.recorded if each.event_type not in _THAT_LEAVE_BALANCES]
        for account in result.accounts:
            until = account.confirmed_until_us
            if until is None:
                continue
            named = account.account_id
            for event in changing:
                if event.stream_id == named and event.effective_at <= until:
                    self._before.setdefault(named, event.version - 1)

    def tell(self) -> None:
        """Say, once all is committed, which balances were changed; that fails no command."""
        if not self._before or self._env.quiet:
            return
        try:
            with self._env.ledger() as ledger:
                changed = [
                    broken
                    for broken in ledger.broken_confirmations(self._before)
                    if self._held_before(ledger, broken) != broken.held
                ]
        except LedgerError as failure:
            from ledger.cli.retyped import once_there

            self._env.note(
                "note: this may have changed a balance that was confirmed, which could not be "
                f"looked up: {visible(failure.message)}; {once_there(self._env, failure, 'verify')}"
            )
            return
        for broken in changed:
            by = f"{visible(broken.source)} confirmed" if broken.source else "was confirmed"
            self._env.note(
                f"note: this changes the balance of {broken.account_id} that {by} for "
                f"{self._env.show_end(broken.until_us)} ({broken.confirmed})"
            )

    def _held_before(self, ledger: Ledger, broken: ChangedBalance) -> Money | None:
        """What the account held at the confirmed moment before this run; None where nothing."""
        try:
            report = ledger.history(
                broken.account_id,
                as_of=broken.until_us,
                at_version=self._before[broken.account_id],
                limit=1,
            )
        except NoSuchAccount:
            return None
        state = report.state
        return Money(state.balance_minor, state.currency, state.decimals)
