"""What one run of the program has around it: streams, terminal, ledger file, output format."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, TextIO, TypeVar

from ledger.commands.repeatable import as_asked
from ledger.errors import DamagedLedger, InvalidOption, LedgerAppeared, LedgerError
from ledger.eventstore.opening import store_exists
from ledger.eventstore.store import LOCK_TIMEOUT
from ledger.ledger import Ledger

if TYPE_CHECKING:
    from ledger.cli.batch_lines import BatchLines
    from ledger.domain.book import ZoneChange
    from ledger.domain.book_events import TestLedger
    from ledger.ledger import NewBook
    from ledger.projections.folding import AnyProjection
    from ledger.times.book_zone import BookZone

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
    "migrate",
    "erase",
    "snapshot",
    "rebuild-projections",
    "create",
    "rename",
    "time-zone",
    "correct-clock",
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
        time_zone: the zone to show times in, as given; None for the book's.
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
        self.time_zone: str | None = None
        self._zone_changes: Sequence[ZoneChange] = ((None, "UTC"),)

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

    # ── times ───────────────────────────────────────────────────────────────────────────────────

    @cached_property
    def _zone(self) -> BookZone:
        """The zone that times are shown in: the one asked for, else the book's, else UTC."""
        from ledger.times.book_zone import BookZone, ZoneChange  # not every command shows a time

        if self._asked_zone:
            return BookZone.of(self._asked_zone)
        return BookZone(ZoneChange(*each) for each in self._zone_changes)

    @property
    def _asked_zone(self) -> str | None:
        return self.time_zone or os.environ.get("LEDGER_TIME_ZONE")

    @property
    def foreign_zone(self) -> str | None:
        """The name of the zone that times are shown in, where it is not the book's."""
        asked = self._asked_zone
        return None if asked == self._zone_changes[-1][1] else asked or None

    def show_time(self, instant: int) -> str:
        """A time (µs UTC) in the zone that is shown, with its offset."""
        return self._zone.show(instant)

    def table_time(self, instant: int | None) -> str:
        """A time (µs UTC) as tables show it: to the second, without an offset."""
        return "" if instant is None else self._zone.show_short(instant)

    def _look_at_zone(self, ledger: Ledger) -> None:
        """Learn how the ledger's book shows times.

        Raises:
            InvalidTime: there is no zone such as the one that is asked for.
        """
        if self._asked_zone:
            from ledger.times.zones import check_zone

            check_zone(self._asked_zone)
        with suppress(LedgerError):  # of a damaged book, which is told by what needs it
            self._zone_changes = ledger.zone_changes()

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
    def test(self) -> TestLedger | None:
        """The clock and the seed of a test ledger; None where none is asked for.

        Raises:
            InvalidOption: LEDGER_CLOCK is no clock, or one of it and LEDGER_SEED is missing.
        """
        return as_asked(os.environ.get("LEDGER_CLOCK"), os.environ.get("LEDGER_SEED"))

    @property
    def mark(self) -> str:
        """What reports on a terminal say of a test ledger; empty for a real one."""
        return " TEST" if self.test is not None else ""

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
            test=self.test,
        ) as ledger:
            self._look_at_zone(ledger)
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
        restoring: bool = False,
        defer_projections: bool = False,
    ) -> _T:
        """Change the ledger, or a new one that comes to be only if the change is accepted.

        Args:
            action: what to do; called a second time if another process makes the ledger meanwhile.
            repeatable: False where it cannot be called twice, since it reads a stream.
            restoring: whether it brings the book of a new ledger with it.
        """
        path = self.path
        if not self.exists:
            self._make_default_folder(path)
            try:
                with Ledger.draft(
                    path,
                    restoring=restoring,
                    defer_projections=defer_projections,
                    projections=self.projections,
                    test=self.test,
                ) as ledger:
                    self._look_at_zone(ledger)
                    result = action(ledger)
                    self._tell_left_behind(ledger)
                    zone = ledger.time_zone.current if ledger.head().position else ""
                self._tell_created(zone)
                return result
            except LedgerAppeared:
                if not repeatable:
                    raise
        with self.ledger(defer_projections=defer_projections) as ledger:
            return action(ledger)

    def create(self, book: NewBook | None = None, *, tell: bool = True) -> None:
        """Create an empty ledger where there is none.

        Args:
            book: what it is given.
            tell: whether to say where it is.

        Raises:
            LedgerAppeared: another process made one there meanwhile.
        """
        path = self.path
        self._make_default_folder(path)
        with Ledger.draft(
            path, keep_empty=True, book=book, projections=self.projections, test=self.test
        ) as ledger:
            self._look_at_zone(ledger)
            zone = ledger.time_zone.current
        if tell:
            self._tell_created(zone)

    def _tell_created(self, time_zone: str) -> None:
        """Say once where a new ledger is, so that it can be found and handed on."""
        if self.exists:  # not where nothing was recorded
            from ledger.cli.output.visible import visible

            kind = "test ledger" if self.test else "ledger"
            self.note(
                f"note: a new {kind} in {visible(os.path.abspath(self.path))}, "
                f"time zone {time_zone}"
            )

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
