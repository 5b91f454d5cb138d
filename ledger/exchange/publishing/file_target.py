"""Publishing into a file: a line an event, appended, and on the disk before it is acknowledged.

The file is for its owner alone. It holds the events of one ledger and nothing else. A line that a
killed publisher left without its end was never acknowledged: it is cut off, and sent again.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

import msgspec

from ledger.errors import InvalidOption, LedgerError, PublicationMoved, TargetFailure
from ledger.eventstore.opening import owner_of
from ledger.exchange.publishing.cloud_events import SOURCE, Message
from ledger.exchange.publishing.targets import Target

_BACK: Final = 1 << 18
"""Bytes read at once from the file's end."""


class _Line(msgspec.Struct):
    """What tells whose line it is, and which."""

    specversion: str
    source: str
    position: int
    hash: str


class FileTarget:
    """Implements `ledger.exchange.publishing.targets.OpenTarget`.

    Raises:
        InvalidOption: the file is something else than what this ledger was published into.
        PublicationMoved: another process publishes into it.
        TargetFailure: it cannot be written.
    """

    def __init__(self, target: Target, ledger_id: str, own_file: str | None) -> None:
        self._path = target.name
        self._source = SOURCE + ledger_id
        self._own_file = own_file
        self.last: tuple[int, bytes] | None = None
        self.notes: list[str] = []
        self._sent = 0
        self._is_made = not os.path.lexists(self._path)
        self._file = self._open()

    def send(self, messages: Sequence[Message]) -> None:
        if self._is_moved():
            os.close(self._file)
            self._file = self._open()
        left = memoryview(b"".join(message.body + b"\n" for message in messages))
        self._sent = len(messages)
        try:
            while left:
                left = left[os.write(self._file, left) :]
        except OSError as error:
            raise self._unwritable(error) from error

    def wait(self) -> int:
        try:
            os.fsync(self._file)
        except OSError as error:
            raise self._unwritable(error) from error
        return self._sent

    def close(self) -> None:
        if self._is_made:
            self._remove_empty()
        os.close(self._file)

    def _open(self) -> int:
        self._check_path()
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        try:
            file = os.open(self._path, flags, 0o600)
        except OSError as error:
            if error.errno in (errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.ELOOP):
                raise InvalidOption(
                    f"{self._path!a} cannot be written: {error.strerror}",
                    advice="name another file",
                ) from None
            raise self._unwritable(error) from error
        try:
            if not stat.S_ISREG(os.fstat(file).st_mode):
                raise InvalidOption(
                    f"{self._path!a} is not a regular file", advice="name another file"
                )
            self._lock(file)
            self._look(file)
            self._keep_name()
        except OSError as error:
            os.close(file)
            raise self._unwritable(error) from error
        except LedgerError:
            os.close(file)
            raise
        return file

    def _remove_empty(self) -> None:
        """Leave no file behind that was made for what then could not be published."""
        with suppress(OSError):
            file = os.fstat(self._file)
            if not file.st_size and os.path.samestat(os.lstat(self._path), file):
                os.unlink(self._path)

    def _check_path(self) -> None:
        """See that it is no ledger's file, before anything is made there."""
        own = self._own_file
        owner = owner_of(self._path)
        if owner is not None:
            raise InvalidOption(f"{self._path!a} belongs to {owner}", advice="name another file")
        if (
            own
            and all(map(os.path.exists, (own, self._path)))
            and os.path.samefile(self._path, own)
        ):
            raise InvalidOption(f"{self._path!a} is the ledger itself", advice="name another file")

    def _lock(self, file: int) -> None:
        import fcntl

        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise PublicationMoved(
                f"another process is publishing into {self._path!a}",
                advice="let it finish, or end it",
            ) from None

    def _look(self, file: int) -> None:
        """See whose file it is and how far it goes, and cut off what is no whole line."""
        size = os.fstat(file).st_size
        if not size:
            return
        self._check_line(os.pread(file, _BACK, 0).partition(b"\n")[0])
        end, last = _last_line(file, size)
        if end < size:
            os.ftruncate(file, end)
            os.fsync(file)
            self.notes.append(
                f"the last line of {self._path} was not whole, and was cut off; it is sent again"
            )
        if last:
            self.last = self._check_line(last)

    def _check_line(self, text: bytes) -> tuple[int, bytes] | None:
        """Position and hash of a line; None of one that was only begun."""
        try:
            line = msgspec.json.decode(text, type=_Line)
            found = line.position, bytes.fromhex(line.hash)
        except ValueError:
            if _is_begun(text):
                return None
            raise InvalidOption(
                f"{self._path!a} holds something else than published events",
                advice="name another file",
            ) from None
        if line.source != self._source:
            raise InvalidOption(
                f"{self._path!a} holds the events of another ledger: {line.source[:80]}",
                advice="name another file",
            )
        return found

    def _keep_name(self) -> None:
        """Have the file's name on the disk as well."""
        folder = os.open(os.path.dirname(self._path), os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def _is_moved(self) -> bool:
        """Whether the path leads to another file, or to none, as after a rotation."""
        try:
            return not os.path.samestat(os.stat(self._path), os.fstat(self._file))
        except FileNotFoundError:
            return True
        except OSError as error:
            raise self._unwritable(error) from error

    def _unwritable(self, error: OSError) -> TargetFailure:
        return TargetFailure(
            f"{self._path!a} cannot be written: {error.strerror}",
            advice="check the path and the disk",
        )


def _is_begun(text: bytes) -> bool:
    """Whether it is the beginning of a line that a killed publisher did not finish."""
    begin = b'{"specversion":"1.0","id":"'
    return text.startswith(begin) or begin.startswith(text)


def _last_line(file: int, size: int) -> tuple[int, bytes]:
    """Where the last whole line ends, and what it is; 0 and nothing where there is none."""
    tail, start = b"", size
    while start and tail.count(b"\n") < 2:
        begin = max(0, start - _BACK)
        tail = os.pread(file, start - begin, begin) + tail
        start = begin
    end = tail.rfind(b"\n") + 1
    if not end:
        return 0, b""
    return start + end, tail[tail.rfind(b"\n", 0, end - 1) + 1 : end - 1]
