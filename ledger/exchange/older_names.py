"""What accounts were called in the older world, by what they are called here."""

from __future__ import annotations

from ledger.errors import ImportRefused
from ledger.exchange.legacy_format import OlderEvent


class OlderNames(dict[str, str]):
    """By the id of each account here its id in one log."""

    def see(self, older: OlderEvent) -> None:
        """Take note of an event's account.

        Raises:
            ImportRefused: it has the id here of another account of the log.
        """
        before = self.setdefault(older.aggregate_id, older.older_id)
        if before != older.older_id:
            raise ImportRefused(
                f"two accounts of the log would both be {older.aggregate_id} here",
                advice="nothing was imported; give one of them another id, wherever it is named",
                account_id=older.aggregate_id,
            )

    @property
    def renamed(self) -> dict[str, str]:
        """The ids there that cannot be ids here, each with the one in its place."""
        return {older: here for here, older in self.items() if here != older}
