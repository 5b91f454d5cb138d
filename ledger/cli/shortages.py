"""What the machine or the shell did not let the program have, for whatever error came of it."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from ledger.errors import LedgerError, StorageFailure

if TYPE_CHECKING:
    from ledger.cli.environment import Environment

_FILES_NEEDED: Final = 16
"""Files that a command has open at once at most: two ledgers, each with its log, and some more."""

_NO_MORE_FILES: Final = (errno.EMFILE, errno.ENFILE)


def shortage(env: Environment, error: LedgerError) -> LedgerError | None:
    """The error to show in place of one that came of a lack of files, processes or memory.

    Returns:
        None where the error is about something else.
    """
    lacking = next(filter(None, map(_lacking, _causes(error))), "")
    limit = _open_files()
    # SQLite does not say why it could not open a file.
    if not lacking and isinstance(error, StorageFailure) and limit < _FILES_NEEDED:
        lacking = "open files"
    if not lacking:
        return None
    message = f"the machine does not let this program have enough {lacking}"
    advice = "close other programs, or raise the limit (see ulimit -a), then repeat the command"
    if lacking == "open files" and limit < _FILES_NEEDED:
        message = f"only {limit} files may be open at once, which is too few"
        advice = (
            f"raise the limit on open files (ulimit -n) to {4 * _FILES_NEEDED} or more, perhaps "
            "in a new terminal, then repeat the command"
        )
    if env.writes:
        advice += "; look first whether it has changed anything"
    shown = StorageFailure(message, advice=advice)
    shown.__cause__ = error
    return shown


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    seen = 0
    while error is not None and seen < 100:
        yield error
        error, seen = error.__cause__ or error.__context__, seen + 1


def _lacking(error: BaseException) -> str:
    if isinstance(error, MemoryError):
        return "memory"
    if isinstance(error, RuntimeError) and "start new thread" in str(error):
        return "processes"
    if isinstance(error, OSError):
        if error.errno in _NO_MORE_FILES:
            return "open files"
        if error.errno == errno.ENOMEM:
            return "memory"
        # An output that cannot take more at the moment has the same number.
        if error.errno == errno.EAGAIN and not hasattr(error, "characters_written"):
            return "processes"
    return ""


def _open_files() -> int:
    try:
        import resource
    except (ImportError, OSError):  # there is no such limit on Windows
        return _FILES_NEEDED
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]
