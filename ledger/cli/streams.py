"""Where a run of the program reads and writes, and in which format it answers."""

from __future__ import annotations

import os
import sys
import time
from contextlib import AbstractContextManager, nullcontext, suppress
from enum import StrEnum
from typing import Final, TextIO

from ledger.errors import LedgerError, RuleViolation

_OFF: Final = ("", "0", "false", "no")


class Format(StrEnum):
    """The ways to show an answer."""

    TABLE = "table"
    PLAIN = "plain"
    JSON = "json"
    CSV = "csv"


class Streams:
    """The streams of this run, and how they are written to.

    Attributes:
        format: as given, or None for ``table`` on a terminal and ``plain`` elsewhere.
        quiet: whether notes and summaries are left out.
        paging: whether stdout goes through a pager, where it is long.
        group_digits: whether people are shown the digits of amounts in groups.
    """

    def __init__(self) -> None:
        super().__init__()
        self.stdout: TextIO = sys.stdout
        self.stderr: TextIO = sys.stderr
        self.format: Format | None = None
        self.quiet = False
        self.paging = False
        self.group_digits = os.environ.get("LEDGER_GROUP_DIGITS", "").lower() not in _OFF

    @property
    def shown_as(self) -> Format:
        """The format that this run answers in."""
        if self.format is not None:
            return self.format
        return Format.TABLE if self.stdout.isatty() else Format.PLAIN

    def amount(self, text: str) -> str:
        """An amount as it is shown to people: with its digits in groups, where that is wanted.

        Args:
            text: the amount as programs are shown it, with its currency or without.
        """
        if not self.group_digits or self.shown_as is not Format.TABLE:
            return text
        from ledger.digit_groups import grouped

        return grouped(text, self.stdout.encoding)

    def paged(self) -> AbstractContextManager[None]:
        """Have what is drawn in a block go through the person's pager, where it is long.

        A block within another shares its pager.
        """
        if self.shown_as is not Format.TABLE or not (
            self.stdout.isatty() and sys.stdin is not None and sys.stdin.isatty()
        ):
            return nullcontext()
        from ledger.cli.pager import PagerQuit, paged, pager_command

        if self.paging:
            return suppress(PagerQuit)
        command = pager_command()
        return nullcontext() if command is None else paged(self, command)

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

    def say_lost(self, failure: LedgerError) -> None:
        """Tell the person that a server is waited for."""
        self.note(f"note: {failure.message}; trying again")

    def colours(self, stream: TextIO) -> bool:
        """Whether a stream is to be coloured, given NO_COLOR, FORCE_COLOR and TERM=dumb.

        See no-color.org and force-color.org; ``FORCE_COLOR=0`` is off, as people mean it.
        """
        if os.environ.get("NO_COLOR"):
            return False
        force = os.environ.get("FORCE_COLOR")
        if force:
            return force.lower() not in _OFF
        return stream.isatty() and os.environ.get("TERM") not in ("dumb", "unknown")

    @property
    def can_ask(self) -> bool:
        """Whether there is a person who sees a question and can answer."""
        return sys.stdin is not None and sys.stdin.isatty() and self.stderr.isatty()

    def ask(self, question: str) -> str | None:
        """The person's answer to a question; None where there is an end of input instead."""
        try:
            self.stderr.write(f"{question} ")
            self.stderr.flush()
            return sys.stdin.readline().strip() or None
        except KeyboardInterrupt:  # which leaves the prompt's line without an end
            self.say("")
            raise

    def confirm(self, question: str) -> None:
        """Have the person agree; only "y" or "yes" is an answer that means yes.

        Raises:
            typer.Exit: the answer was no. Nothing failed and nothing is done, so its status is
                neither 1 nor 0: like a rule, the person refused what was understood.
        """
        answer = self.ask(f"{question} [y/N]") or ""
        if answer.lower() not in ("y", "yes"):
            import typer

            self.say("nothing was changed")
            raise typer.Exit(RuleViolation.exit_status)
