"""Confirmations of an account's balance: which of them stand, and which no longer hold."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from ledger.domain.account_path import path_of
from ledger.domain.aggregate import Dated
from ledger.domain.events import AccountEvent, BalanceConfirmed, ConfirmationWithdrawn


class BrokenConfirmation(NamedTuple):
    """A confirmation that stands, though the balance was changed since.

    Attributes:
        version: of the confirmation.
        held: what the account held then, as the books say now (minor units); None where they say
            that it was not open.
    """

    version: int
    confirmed: BalanceConfirmed
    held: int | None


def standing_confirmations(history: Iterable[Dated[AccountEvent]]) -> dict[int, BalanceConfirmed]:
    """Those that were not withdrawn, by version.

    Args:
        history: in version order.
    """
    standing: dict[int, BalanceConfirmed] = {}
    for version, _, event in history:
        if type(event) is BalanceConfirmed:
            standing[version] = event
        elif type(event) is ConfirmationWithdrawn:
            standing.pop(event.confirms, None)
    return standing


def broken_confirmations(history: Sequence[Dated[AccountEvent]]) -> list[BrokenConfirmation]:
    """Those that stand and no longer hold, in version order.

    Args:
        history: all events of the account, in version order.
    """
    broken = []
    for version, confirmed in standing_confirmations(history).items():
        until = confirmed.until
        path = path_of([each for each in history if each.effective_at <= until], until)
        held = path[0].balance if path and path[0].moment == until else None
        if held != confirmed.balance:
            broken.append(BrokenConfirmation(version, confirmed, held))
    return broken
