"""Ctrl-C, SIGTERM and SIGHUP while a command runs: all of them unwind it, and end it.

Only the command line handles signals; a program that uses the library has its own ways.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from time import monotonic
from typing import TYPE_CHECKING, Any, Final, NoReturn

if TYPE_CHECKING:
    from ledger.cli.environment import Environment

INTERRUPTED: Final = 128 + signal.SIGINT

_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

_PATIENCE: Final = 1.0
"""Seconds for tidying up, in which further signals are not heeded."""

_SLOW: Final = 0.3
"""Seconds to write the rest of an answer, which nobody may be reading."""

_SOON: Final = 0.01

_MAKING_FILES: Final = ("backup", "export-events")


class Interrupted(KeyboardInterrupt):
    """One of the signals has come.

    It strikes anywhere, also where exceptions are dropped: in a finalizer, or in C code that takes
    any of them for an answer. So if it goes before the command has ended, it comes again.
    """

    def __del__(self) -> None:
        if not _ending:
            signal.signal(signal.SIGALRM, _interrupt_again)
            signal.setitimer(signal.ITIMER_REAL, _SOON)


class _TooSlow(Exception):
    """Nobody reads what is written."""


_received = 0
_heeded_again_at = 0.0
_ending = False


def listen() -> None:
    """Have the signals end the command that runs; what is ignored, as under nohup, stays so."""
    for number in _SIGNALS:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _interrupt)
    sys.unraisablehook = _tell_unraisable


def end(environment: Environment) -> int:
    """Tidy up after an interrupt, say what stands, and give the exit status."""
    from ledger.eventstore.standing import remove_unfinished

    global _ending
    _ending = True
    status = _status()
    for number in _SIGNALS:
        if signal.getsignal(number) is _interrupt:
            signal.signal(number, _end)
    remove_unfinished()
    _in_short_time(environment.stdout.flush)
    words = _words(environment)
    if words:
        _in_short_time(lambda: environment.say(words))
    return status


def by_keyboard() -> bool:
    """Whether it was Ctrl-C that interrupted the command, and not a signal that ends it."""
    return _received in (0, signal.SIGINT)


def end_early() -> NoReturn:
    """End the process where no command has begun."""
    try:
        os.write(2, b"interrupted\n")
    except OSError:  # there is nobody left to tell
        pass
    os._exit(_status())


def _status() -> int:
    return 128 + _received if _received else INTERRUPTED


def _interrupt(number: int, _frame: object) -> None:
    global _received, _heeded_again_at
    now = monotonic()
    if _received and now < _heeded_again_at:
        return
    _received = _received or number
    _heeded_again_at = now + _PATIENCE
    raise Interrupted


def _end(_number: int, _frame: object) -> None:
    os._exit(_status())


def _tell_unraisable(lost: sys.UnraisableHookArgs, /) -> None:
    if not issubclass(lost.exc_type, Interrupted):
        sys.__unraisablehook__(lost)


def _interrupt_again(_number: int, _frame: object) -> None:
    if not _ending:
        raise Interrupted


def _in_short_time(write: Callable[[], Any]) -> None:
    """Write what nobody may be reading, such as into a pipe that is full, or closed."""
    writing = True

    def give_up(_number: int, _frame: object) -> None:
        if writing:
            raise _TooSlow

    try:
        try:
            signal.signal(signal.SIGALRM, give_up)
            signal.setitimer(signal.ITIMER_REAL, _SLOW)
            write()
        finally:
            writing = False
    except (_TooSlow, OSError):
        pass
    signal.setitimer(signal.ITIMER_REAL, 0)


def _words(environment: Environment) -> str:
    """What is said at the end; nothing of a log that is followed, which an interrupt ends well."""
    from ledger.eventstore.standing import saves

    typed = environment.typed
    if typed is None:
        return "interrupted"
    if typed.params.get("follow"):
        return ""
    to_file = typed.info_name in _MAKING_FILES and typed.params.get("file") != "-"
    if not environment.writes and not to_file:
        return "interrupted"
    if not saves():
        return "interrupted: nothing was changed"
    if typed.info_name == "erase":
        from ledger.cli.retyped import typed_again

        return (
            "interrupted: the texts are erased, but traces of them may be left in the ledger "
            f"and beside it\nhint: to remove these, too: {typed_again(environment)}"
        )
    return (
        "interrupted: what was done by then stands; see what that is before you repeat the command"
    )
