"""Balances of accounts together with those of the accounts below them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ledger.exchange.journals.parts import Amount, Posting


class Subaccounts:
    """What accounts hold, as transactions are added.

    Args:
        name_of: the names of accounts, whose parts stand between colons.
    """

    def __init__(self, name_of: Mapping[str, str]) -> None:
        names = set(name_of.values())
        self._held: dict[str, Amount] = {}
        self._names = names
        self._below: dict[str, list[str]] = {}
        for name in names:
            above = name
            while ":" in above:
                above = above.rpartition(":")[0]
                if above in names:
                    self._below.setdefault(above, []).append(name)

    def add(self, posting: Posting) -> None:
        """Count what a transaction adds to an account."""
        name, amount, _ = posting
        if name in self._names:
            held = self._held.get(name)
            self._held[name] = amount._replace(minor=amount.minor + (held.minor if held else 0))

    def held(self, name: str, like: Amount) -> Amount:
        """What an account itself holds, in the unit of an amount where nothing was added."""
        return self._held.get(name) or like._replace(minor=0)

    def sum(
        self, name: str, own: Amount, held: Callable[[str], Amount | None] | None = None
    ) -> Amount:
        """What an account holds together with those below it that are in the same currency.

        Args:
            own: what it holds itself.
            held: what the others hold; what was added to them if left out.
        """
        amounts = [own]
        for each in self._below.get(name, ()):
            found = (held or self._held.get)(each)
            if found is not None and found.currency == own.currency:
                amounts.append(found)
        decimals = max(each.decimals for each in amounts)
        minor = sum(each.minor * 10 ** (decimals - each.decimals) for each in amounts)
        return Amount(minor, own.currency, decimals)
