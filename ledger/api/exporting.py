"""Giving to other programs, and to people, what a ledger holds."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from ledger.api.wiring import Wired

if TYPE_CHECKING:
    from ledger.commands.arguments import TimeLike
    from ledger.exchange.exports import Exported, Out


class Exporting(Wired):
    """Exports to formats that are not a ledger's own."""

    def export(
        self,
        format: str,
        out: Out,
        *,
        accounts: str | Iterable[str] = (),
        from_time: TimeLike = None,
        to_time: TimeLike = None,
    ) -> Exported:
        """Write accounts over a period in another format, all of one state of the ledger.

        Args:
            format: its name, such as ``html``; see `ledger.exchange.exports.FORMATS`.
            out: what it is written to, as text.
            accounts: ids, and prefixes such as ``club:``; none for all accounts.
            from_time, to_time: both ends belong to the period; left out, it has no such end.

        Raises:
            InvalidOption: there is no such format, what it needs is not installed, or the period
                ends before it begins.
            NoSuchAccount: there is none of an id, or none below a prefix.
        """
        from ledger.exchange.exports import extract, writer

        write = writer(format)
        times = self._source.times
        with self._store.transaction(read_only=True):
            begins, ends = times.period_start(from_time), times.period_end(to_time)
            chosen = (accounts,) if isinstance(accounts, str) else accounts
            part = extract(self._source, chosen, begins, ends)
        return write(part, out)
