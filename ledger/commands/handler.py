"""How a command is carried out though others write, too: where it is decided, and how often."""

from __future__ import annotations

from time import sleep
from typing import TYPE_CHECKING, Final

from ledger.commands.book_times import When
from ledger.commands.command import Amending, Command
from ledger.commands.context import Context
from ledger.commands.idempotency import Request
from ledger.commands.results import WriteResult
from ledger.commands.six_steps import SixSteps
from ledger.errors import InvalidInput, NotFound, RuleViolation, VersionConflict

if TYPE_CHECKING:
    from ledger.commands.amendments import Amendment, AnyCommand, BookCommand

OPTIMISTIC_ATTEMPTS: Final = 4
LONGEST_PAUSE: Final = 0.05
"""Seconds."""


class CommandHandler(SixSteps):
    """Carries out commands against a store."""

    def handle(self, command: AnyCommand, context: Context) -> WriteResult:
        """Carry out a command.

        Without an expected version, a command that loses a race against another writer is decided
        again on fresh state: a few times after a pause, and the last time under the write lock,
        where nobody can come in between.

        Raises:
            VersionConflict: the account (of a transfer: the sender) is not at the expected version.
            LedgerError: the command is refused; nothing has changed.
        """
        looks = hasattr(self.store, "proposal")  # a file needs no such protocol to be loaded
        if looks and not (isinstance(command, Amending) or self.repository.is_locked):
            from ledger.commands.in_one_look import in_one_look

            result = in_one_look(self, command, context)
        else:
            at, request = self.asked(command)
            if isinstance(command, Amending):
                result = self._amend(command, context, request, at)
            elif self.repository.is_locked:
                result = self.carry_out(command, context, request, at, self.repository.load)
            elif self.store.surroundings.repeatable:
                result = self._under_lock(command, context, request, at)
            else:
                result = self._on_kept(command, context, request, at) or self._on_fresh(
                    command, context, request, at
                )
        if not result.replayed:
            self.dispatcher.publish(result.recorded)
        return result

    def _amend(
        self,
        command: Amendment | BookCommand,
        context: Context,
        request: Request | None,
        at: When | None,
    ) -> WriteResult:
        """Put something right, where nobody else can write."""
        from ledger.commands.amending import amend  # few commands do

        try:
            with self.store.transaction():
                return amend(self, command, context, request, at)
        except BaseException:  # the commit may have failed
            self.repository.forget(list(self.repository.kept))
            self.times.forget()
            raise

    def _on_kept(
        self, command: Command, context: Context, request: Request | None, at: When | None
    ) -> WriteResult | None:
        """Decide on the accounts as they are kept; if others wrote meanwhile, the append tells.

        What is refused on such a state may be right on a fresh one.
        """
        kept = self.repository.kept
        for account in command.accounts:
            if account not in kept:
                return None
        try:
            return self.carry_out(command, context, request, at, kept.__getitem__)
        except (InvalidInput, NotFound, RuleViolation, VersionConflict):
            return None

    def _on_fresh(
        self, command: Command, context: Context, request: Request | None, at: When | None
    ) -> WriteResult:
        load = self.repository.load
        for attempt in range(OPTIMISTIC_ATTEMPTS):
            if attempt:  # the book may be what has changed
                self.times.look()
            try:
                return self.carry_out(command, context, request, at, load)
            except (RuleViolation, VersionConflict) as refusal:
                # Another process may have done this very command since its key was looked up.
                done_meanwhile = request and self.replayed(command, request)
                if done_meanwhile:
                    return done_meanwhile
                if not isinstance(refusal, VersionConflict):
                    raise
                # What the caller expects is said of the first account alone.
                lost_by = refusal.details.get("account_id")
                if command.expected_version is not None and lost_by == command.accounts[0]:
                    raise
            _pause(attempt)
        return self._under_lock(command, context, request, at)

    def _under_lock(
        self, command: Command, context: Context, request: Request | None, at: When | None
    ) -> WriteResult:
        """Decide where nobody else can write."""
        try:
            with self.store.transaction():
                self.times.look()
                return self.carry_out(command, context, request, at, self.repository.load)
        except BaseException:  # the commit may have failed
            self.repository.forget(command.accounts)
            raise


def _pause(attempt: int) -> None:
    """Back off for a random while, longer each time, so that losers of a race spread out."""
    from random import random  # only those who lost a race pay for its import

    sleep(random() * LONGEST_PAUSE * (attempt + 1) / OPTIMISTIC_ATTEMPTS)  # noqa: S311 - jitter
