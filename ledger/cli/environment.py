"""What one run of the program has around it: streams, terminal, ledger file, output format."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, TextIO, TypeVar

from ledger.errors import DamagedLedger, InvalidOption, LedgerAppeared, LedgerError
from ledger.eventstore.opening import store_exists
from ledger.eventstore.store import LOCK_TIMEOUT
from ledger.ledger import Ledger

if TYPE_CHECKING:
    from ledger.cli.batch_lines import BatchLines
    from ledger.projections.folding import AnyProjection

_T = TypeVar("_T")

APPLICATION: Final = "ledger"


def program_name() -> str:
    """The name that the program was called by; it is installed under two."""
    name = os.path.basename(sys.argv[0])
    return name if name == "eledger" else "ledger"


class Format(StrEnum):
    """The ways to show an answer."""

    TABLE = "table"
    PLAIN = "plain"
    JSON = "json"
    CSV = "csv"


_WRITING: Final = (
    "open",
    "close",
    "deposit",
    "withdraw",
    "transfer",
    "batch",
    "import",
    "import-events",
    "erase",
    "snapshot",
    "rebuild-projections",
)
"""The commands that change the ledger, whatever their options."""

_ON_IMPOSSIBLE_VALUES: Final = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    TypeError,
    ValueError,
)
"""Errors that impossible values in a damaged file lead to. Checking every value would slow down
every reader, so the file is only checked once one of these has occurred."""


class Environment:
    """Where a command reads, writes and works; commands take everything from here.

    Attributes:
        db: the ledger's path as given, or None for the default one.
        format: as given, or None for ``table`` on a terminal and ``plain`` elsewhere.
        debug: whether errors show their traceback.
        quiet: whether notes and summaries are left out.
        typed: the command as it was parsed (Typer's context), once it was.
        lines: what is known of the lines of a batch, while one is carried out and after it.
    """

    def __init__(self) -> None:
        self.stdout: TextIO = sys.stdout
        self.stderr: TextIO = sys.stderr
        self.db: str | None = None
        self.format: Format | None = None
        self.debug = False
        self.quiet = False
        self.typed: Any = None
        self.lines: BatchLines | None = None

    @property
    def writes(self) -> bool:
        """Whether the command that was typed changes the ledger."""
        if self.typed is None:
            return False
        given = self.typed.params
        if given.get("dry_run"):
            return False
        return (
            self.typed.info_name in _WRITING
            or bool(given.get("catch_up"))
            or bool(given.get("repair"))
        )

    # ── output ──────────────────────────────────────────────────────────────────────────────────

    @property
    def shown_as(self) -> Format:
        """The format that this run answers in."""
        if self.format is not None:
            return self.format
        return Format.TABLE if self.stdout.isatty() else Format.PLAIN

    def write(self, text: str) -> None:
        """Write an answer to stdout."""
        self.stdout.write(text)

    def write_bytes(self, data: bytes) -> None:
        """Write an answer in UTF-8, whatever the terminal's encoding is, such as JSON."""
        self.stdout.flush()
        self.stdout.buffer.write(data)

    def pause(self, seconds: float) -> None:
        """Wait, unless nobody reads stdout any more, which only a write would show otherwise.

        Raises:
            BrokenPipeError: the reader of a pipe is gone.
        """
        import select

        if not hasattr(select, "poll"):
            time.sleep(seconds)
            return
        poll = select.poll()
        poll.register(self.stdout.fileno(), 0)  # errors alone, which are always reported
        if poll.poll(seconds * 1_000):
            raise BrokenPipeError

    def say(self, message: str) -> None:
        """Tell the person on stderr what must be known, such as an error."""
        self.stderr.write(f"{message}\n")

    def note(self, message: str) -> None:
        """Tell the person on stderr what is good to know, unless only errors are wanted."""
        if not self.quiet:
            self.say(message)

    def colours(self, stream: TextIO) -> bool:
        """Whether a stream is to be coloured, given NO_COLOR, FORCE_COLOR and TERM=dumb.

        See no-color.org and force-color.org; ``FORCE_COLOR=0`` is off, as people mean it.
        """
        if os.environ.get("NO_COLOR"):
            return False
        force = os.environ.get("FORCE_COLOR")
        if force:
            return force.lower() not in ("0", "false", "no")
        return stream.isatty() and os.environ.get("TERM") not in ("dumb", "unknown")

    # ── the ledger ──────────────────────────────────────────────────────────────────────────────

    @property
    def path(self) -> str:
        """The path of the ledger file.

        Raises:
            InvalidOption: it is empty, or not valid UTF-8, which SQLite insists on.
        """
        if self.db == "":
            raise InvalidOption("the path given with --db is empty", advice="name a file")
        path = self.db or os.environ.get("LEDGER_DB")
        if not path:
            from platformdirs import user_data_dir

            path = os.path.join(user_data_dir(APPLICATION, appauthor=False), "ledger.db")
        if not is_unicode(path):
            raise InvalidOption(
                f"the path of the ledger is not valid UTF-8: {path!a}",
                advice="use a path that is valid UTF-8",
            )
        return path

    @property
    def lock_timeout(self) -> float:
        """Seconds to wait for another process's write.

        Raises:
            InvalidOption: LEDGER_LOCK_TIMEOUT is not a number of seconds.
        """
        text = os.environ.get("LEDGER_LOCK_TIMEOUT")
        if not text:
            return LOCK_TIMEOUT
        try:
            seconds = float(text)
        except ValueError:
            seconds = -1.0
        if not 0 <= seconds <= 86_400:
            raise InvalidOption(
                f"LEDGER_LOCK_TIMEOUT is {text!a}, not a number of seconds",
                advice="give a number of seconds, such as 10",
            )
        return seconds

    @property
    def exists(self) -> bool:
        """Whether there is something at the ledger's path, which others may be using."""
        return store_exists(self.path)

    @property
    def projections(self) -> Sequence[AnyProjection]:
        """Somebody's own projections.

        Raises:
            InvalidOption: LEDGER_PROJECTIONS names what is none.
        """
        names = os.environ.get("LEDGER_PROJECTIONS")
        if not names:
            return ()
        from ledger.cli.own_projections import load

        return load(names)

    @contextmanager
    def ledger(
        self, *, defer_projections: bool = False, as_it_is: bool = False
    ) -> Iterator[Ledger]:
        """The existing ledger, to ask or to change; ``as_it_is`` though parts of it are missing."""
        with Ledger.open(
            self.path,
            create=False,
            lock_timeout=self.lock_timeout,
            defer_projections=defer_projections,
            as_it_is=as_it_is,
            projections=self.projections,
        ) as ledger:
            try:
                yield ledger
                self._tell_left_behind(ledger)
            except _ON_IMPOSSIBLE_VALUES as error:
                raise self._diagnosed(ledger, error) from error

    def _tell_left_behind(self, ledger: Ledger) -> None:
        """Say which of somebody's own projections could not be kept up, and why."""
        for status in ledger.projections() if os.environ.get("LEDGER_PROJECTIONS") else ():
            if status.failure:
                self.say(f"note: the projection {status.name} was left behind: {status.failure}")

    def _diagnosed(self, ledger: Ledger, error: Exception) -> Exception:
        """Whether an unforeseen error comes from a damaged file, or from the program."""
        try:
            if ledger.verify(workers=1).clean:
                return error
        except LedgerError as finding:
            return finding
        except _ON_IMPOSSIBLE_VALUES:
            pass
        from ledger.cli.retyped import command

        return DamagedLedger(
            f"{self.path} is damaged: it holds values that cannot be",
            advice=f"to see what is wrong with it: {command(self, 'verify')}",
        )

    def change_or_create(
        self,
        action: Callable[[Ledger], _T],
        *,
        repeatable: bool = True,
        defer_projections: bool = False,
    ) -> _T:
        """Change the ledger, or a new one that comes to be only if the change is accepted.

        Args:
            action: what to do; called a second time if another process makes the ledger meanwhile.
            repeatable: False where it cannot be called twice, since it reads a stream.
        """
        path = self.path
        if not self.exists:
            self._make_default_folder(path)
            try:
                with Ledger.draft(
                    path, defer_projections=defer_projections, projections=self.projections
                ) as ledger:
                    result = action(ledger)
                    self._tell_left_behind(ledger)
                    return result
            except LedgerAppeared:
                if not repeatable:
                    raise
        with self.ledger(defer_projections=defer_projections) as ledger:
            return action(ledger)

    def create(self) -> None:
        """Create an empty ledger where there is none."""
        path = self.path
        self._make_default_folder(path)
        Ledger.open(path, lock_timeout=self.lock_timeout, projections=self.projections).close()

    def _make_default_folder(self, path: str) -> None:
        if not self.db and not os.environ.get("LEDGER_DB"):
            os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)


def is_unicode(text: str) -> bool:
    """Whether a text from outside the program was valid UTF-8."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
