"""What hints about a line of a batch need to know: what stands in it, and which accounts are there.

Accounts that the batch itself has opened count too. They are asked of the ledger that carries the
batch out, which knows them before they are saved.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

import msgspec

from ledger.cli.completion import only_plain, plain_account_ids
from ledger.commands.batch import HELD
from ledger.commands.batch_input import READ_AHEAD, InputFormat
from ledger.commands.results import WriteResult
from ledger.ledger import Ledger

if TYPE_CHECKING:
    from ledger.cli.environment import Environment


_LONGEST = 16_384
"""Bytes of a line that is kept; hints do without longer ones, of which some thousands may come."""


class BatchLines:
    """The lines of a batch that were read last."""

    def __init__(self, input_format: InputFormat, commit_every: int | None) -> None:
        self._ledger: Ledger | None = None
        self._format = input_format
        self._header = b""
        self._read = 0
        self._last: deque[bytes] = deque(maxlen=min(commit_every or 0, HELD) + READ_AHEAD + 1)
        self._opened: set[str] = set()
        self._ids: tuple[str, ...] | None = None

    @contextmanager
    def carried_out_by(self, ledger: Ledger) -> Iterator[None]:
        """Ask this ledger, as long as the block lasts."""
        self._ledger = ledger
        try:
            yield
        finally:
            self._ledger = None

    def watched(self, lines: Iterable[bytes]) -> Iterator[bytes]:
        """The same lines, of which the last ones are kept."""
        for line in lines:
            self._header = self._header or line
            self._last.append(line if len(line) <= _LONGEST else b"")
            self._read += 1
            yield line

    def fields(self, number: object) -> Mapping[str, object]:
        """What stands in a line, by name; nothing where it is not known."""
        if not isinstance(number, int) or not 0 <= self._read - number < len(self._last):
            return {}
        line = self._last[number - self._read - 1]
        try:
            return self._cells(line) if self._format == "csv" else _object(line)
        except ValueError:
            return {}

    def _cells(self, line: bytes) -> Mapping[str, object]:
        import csv

        header, row = csv.reader([self._header.decode("utf-8-sig"), line.decode()])
        return dict(zip((name.strip() for name in header), row, strict=False))

    def note(self, result: WriteResult) -> None:
        """Take note of an account that a line has opened."""
        if result.command == "open":
            self._opened.add(result.account_id)

    def opens(self, account: str) -> bool:
        """Whether a line has opened an account, which may not be there without the batch."""
        return account in self._opened

    def account_ids(self, env: Environment) -> tuple[str, ...]:
        """The ids that may be typed as they are, sorted."""
        if self._ids is None:
            ledger = self._ledger
            found = plain_account_ids(env) if ledger is None else only_plain(ledger.account_ids())
            self._ids = tuple(found)
        if not self._opened.issubset(self._ids):
            self._ids = tuple(sorted({*self._ids, *self._opened}))
        return self._ids


def _object(line: bytes) -> Mapping[str, object]:
    return msgspec.json.decode(line.removeprefix(b"\xef\xbb\xbf"), type=dict[str, object])
