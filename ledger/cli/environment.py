"""What one run of the program has around it: streams, terminal, ledger file, output format."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any, Final, TypeVar

from ledger.cli.shown_times import ShownTimes
from ledger.cli.streams import Streams
from ledger.commands.repeatable import as_asked
from ledger.errors import (
    ON_IMPOSSIBLE_VALUES,
    DamagedLedger,
    InvalidOption,
    LedgerAppeared,
    LedgerError,
    NoSuchLedger,
)
from ledger.eventstore.opening import is_on_server, shown_location, store_exists
from ledger.eventstore.store import LOCK_TIMEOUT
from ledger.ledger import Ledger

if TYPE_CHECKING:
    from ledger.cli.batch_lines import BatchLines
    from ledger.domain.book_events import TestLedger
    from ledger.ledger import NewBook
    from ledger.projections.folding import AnyProjection

_T = TypeVar("_T")

APPLICATION: Final = "ledger"


def program_name() -> str:
    """The name that the program was called by; it is installed under two."""
    name = os.path.basename(sys.argv[0])
    return name if name == "eledger" else "ledger"


_WRITING: Final = (
    "open",
    "amend",
    "close",
    "reopen",
    "deposit",
    "withdraw",
    "transfer",
    "reverse",
    "correct",
    "amend-entry",
    "undo",
    "confirm",
    "lock",
    "unlock",
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


class Environment(Streams, ShownTimes):
    """Where a command reads, writes and works; commands take everything from here.

    Attributes:
        db: the ledger's path as given, or None for the default one.
        debug: whether errors show their traceback.
        typed: the command as it was parsed (Typer's context), once it was.
        diagnosed_test: whether a diagnosis, which needs no clock and no seed, was of a test ledger;
            None where there was none.
        lines: what is known of the lines of a batch, while one is carried out and after it.
    """

    def __init__(self) -> None:
        super().__init__()
        self.db: str | None = None
        self.debug = False
        self.typed: Any = None
        self.lines: BatchLines | None = None
        self.diagnosed_test: bool | None = None

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

    # ── the ledger ──────────────────────────────────────────────────────────────────────────────

    @property
    def path(self) -> str:
        """The path of the ledger file, or the URL of its database without a password.

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
        return shown_location(path)

    @property
    def absolute_path(self) -> str:
        """The same, wherever one is; of a database on a server, its URL."""
        path = self.path
        return path if is_on_server(path) else os.path.abspath(path)

    @property
    def is_on_server(self) -> bool:
        """Whether the ledger is in a database on a server, and in no file."""
        return is_on_server(self.path)

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
    def is_test(self) -> bool:
        """Whether answers are about a test ledger."""
        return self.test is not None if self.diagnosed_test is None else self.diagnosed_test

    @property
    def mark(self) -> str:
        """What reports on a terminal say of a test ledger; empty for a real one."""
        return " TEST" if self.is_test else ""

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
            self.look_at_zone(ledger)
            try:
                yield ledger
                self._tell_left_behind(ledger)
            except ON_IMPOSSIBLE_VALUES as error:
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
        except ON_IMPOSSIBLE_VALUES:
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
        self._check_settings()
        with ExitStack() as stack:
            try:
                ledger = stack.enter_context(self.ledger(defer_projections=defer_projections))
            except NoSuchLedger:
                if self.exists:  # a link to nowhere, say
                    raise
            else:
                return action(ledger)
        zone = None if restoring else self.asked_zone()
        book: NewBook | None = None if zone is None else {"time_zone": zone}
        path = self.path
        self._make_default_folder(path)
        try:
            with Ledger.draft(
                path,
                restoring=restoring,
                book=book,
                defer_projections=defer_projections,
                projections=self.projections,
                test=self.test,
            ) as ledger:
                self.look_at_zone(ledger)
                result = action(ledger)
                self._tell_left_behind(ledger)
                created = _described(ledger)
            self._tell_created(created)
            return result
        except LedgerAppeared:
            if not repeatable:
                raise
        with self.ledger(defer_projections=defer_projections) as ledger:
            return action(ledger)

    def asked_zone(self) -> str | None:
        """The time zone that the person names who makes a new ledger; None for the machine's.

        It is asked for where the machine's says nothing of the place, since every date that is
        typed or shown depends on it.
        """
        if not self.can_ask or "TZ" in os.environ or self.test:
            return None
        from ledger.cli.asked_zone import asked_zone

        return asked_zone(self)

    def create(self, book: NewBook | None = None, *, tell: bool = True) -> None:
        """Create an empty ledger where there is none.

        Args:
            book: what it is given.
            tell: whether to say where it is.

        Raises:
            LedgerAppeared: another process made one there meanwhile.
        """
        path = self.path
        self._check_settings()
        self._make_default_folder(path)
        with Ledger.draft(
            path, keep_empty=True, book=book, projections=self.projections, test=self.test
        ) as ledger:
            self.look_at_zone(ledger)
            created = _described(ledger)
        if tell:
            self._tell_created(created)

    def _tell_created(self, created: tuple[str, str]) -> None:
        """Say once where a new ledger is, so that it can be found and handed on."""
        if self.exists:  # not where nothing was recorded
            from ledger.visible import visible

            kind, time_zone = created
            self.note(
                f"note: a new {kind} {'at' if self.is_on_server else 'in'} "
                f"{visible(self.absolute_path)}, time zone {time_zone}"
            )

    def _check_settings(self) -> None:
        """Refuse a setting that a new ledger has no use for, but what is asked of it afterwards."""
        _ = self.lock_timeout

    def _make_default_folder(self, path: str) -> None:
        if not self.db and not os.environ.get("LEDGER_DB"):
            os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)


def _described(ledger: Ledger) -> tuple[str, str]:
    """What kind of ledger a new one is, and its time zone."""
    if not ledger.head().position:
        return "ledger", ""
    return "test ledger" if ledger.is_test else "ledger", ledger.time_zone.current


def is_unicode(text: str) -> bool:
    """Whether a text from outside the program was valid UTF-8."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
