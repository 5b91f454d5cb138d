"""Input that comes slowly, read to its end before the ledger is locked for it.

One transaction over all of a pipe's lines would otherwise keep every other writer waiting for as
long as somebody upstream takes to think of the next line.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from tempfile import SpooledTemporaryFile
from typing import Final

from ledger.errors import InvalidLine, StorageFailure

_IN_MEMORY: Final = 1_048_576
"""Bytes that are kept in memory; more of them go into a temporary file."""


@contextmanager
def read_ahead(lines: Iterable[bytes]) -> Iterator[Iterator[bytes]]:
    """Read all lines now, and yield them one by one; a bad line is reported in its place.

    Raises:
        StorageFailure: there is no room for them.
    """
    error: InvalidLine | None = None
    with SpooledTemporaryFile(_IN_MEMORY) as kept:
        source = iter(lines)
        while True:
            try:
                line = next(source, None)
            except InvalidLine as found:
                error = found
                break
            if line is None:
                break
            try:
                kept.write(line)
            except OSError as full:
                raise StorageFailure(
                    f"the input cannot be kept in a temporary file: {full.strerror}",
                    advice="make room there (TMPDIR names the folder), or name a file to read from",
                ) from None
        kept.seek(0)

        def given() -> Iterator[bytes]:
            yield from kept
            if error is not None:
                raise error

        yield given()
