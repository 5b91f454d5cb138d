"""What to type next where something was to be put right, or has to be before a command can work."""

from __future__ import annotations

from contextlib import suppress
from typing import Final

from ledger.cli.corrected import (
    as_typed,
    in_its_place,
    instant_of,
    last_right_one,
    recorded_again,
)
from ledger.cli.entries import Entries, entries_of_account, opened_at
from ledger.cli.environment import Environment
from ledger.cli.file_hints import followed_by
from ledger.cli.retyped import command, typed_again
from ledger.cli.taken_back import TakingBack
from ledger.cli.undo_hints import instead_of_undoing
from ledger.cli.unlocking import unlocked_from
from ledger.domain.entries import Entry
from ledger.domain.events import AccountOpened, EntryAmended, EntryReversed
from ledger.domain.instant import to_instant
from ledger.errors import LedgerError

FAMILY: Final = ("amend", "amend-entry", "correct", "reopen", "reverse", "undo")
"""The commands that put something right."""


def _about(env: Environment, error: LedgerError) -> str:
    """The account that an error is about; empty where it stands in a line of a batch, whose other
    lines may have opened it."""
    in_batch = "line" in error.details and (env.typed is None or env.typed.info_name != "import")
    return "" if in_batch else str(error.details.get("account_id", ""))


def before_opening(env: Environment, error: LedgerError) -> str:
    """Open the account earlier, once the period is not locked."""
    account = _about(env, error)
    if not account or env.typed is None:
        return error.advice
    advice, typed = error.advice, env.typed.params
    at = instant_of(error.details["at"])
    earlier = as_typed(at)
    if env.typed.info_name == "confirm":  # about the end of a day
        advice = "there was no account then; if it was open earlier, amend its opening"
        earlier = str(env.book_zone.day_of(at))
    elif typed.get("at") is not None and typed.get("opened_at") is None:
        earlier = str(typed["at"])
    amend = command(env, "amend", account, "--opened-at", earlier)
    with suppress(LedgerError), env.ledger() as ledger:
        locked_until = ledger.locked_until
        since = min(at, opened_at(entries_of_account(ledger, account)))
        if locked_until is not None and since <= to_instant(locked_until):
            unlock = unlocked_from(env, since, f"the opening of {account} is dated wrong")
            return f"{advice}; that is locked, so unlock it first: {unlock}; then: {amend}"
    return followed_by(advice, amend)


def closed(env: Environment, error: LedgerError) -> str:
    """Open the account again; empty where it is not closed any more."""
    account = _about(env, error)
    return command(env, "reopen", account) if account and "reopened" not in error.details else ""


def already_reversed(env: Environment, error: LedgerError) -> str:
    """Name what stands in the entry's place, or record it again."""
    account, version = _about(env, error), error.details.get("version")
    if not account or not isinstance(version, int) or env.typed is None:
        return error.advice
    history = f"to see what happened: {command(env, 'history', account)}"
    if env.typed.info_name == "undo":
        return f"what stands of that run can be reversed entry by entry; {history}"
    with suppress(LedgerError), env.ledger() as ledger:
        found = entries_of_account(ledger, account)
        holder, last = last_right_one(ledger, found, version)
        if last.reversed_by:
            hint = followed_by(error.advice, recorded_again(env, holder, last.version))
        else:
            hint = followed_by("it was corrected", _about_another(env, holder, last))
        return f"{hint}; {history}"
    return f"{error.advice}; {history}"


def _about_another(env: Environment, found: Entries, entry: Entry) -> str:
    """What was typed, about another entry."""
    named = {"account": found.account_id, "version": entry.version}
    typed = {} if env.typed is None else env.typed.params
    return typed_again(env, named | ({"transfer": None} if "transfer" in typed else {}))


def no_such_entry(env: Environment, error: LedgerError) -> str:
    """Look where entries and their versions, or the ids of transfers, are shown."""
    if "line" in error.details:
        return error.advice
    account = _about(env, error)
    shown = command(env, "history", account) if account else command(env, "events", "--json")
    return followed_by(error.advice, shown)


def nothing_to_undo(env: Environment, error: LedgerError) -> str:
    """Look who has recorded what."""
    return f"{error.advice}; to see who has recorded what: {command(env, 'events', '--json')}"


def not_earlier(env: Environment, error: LedgerError) -> str:
    """Leave out a time that is too early."""
    if env.typed is None or env.typed.params.get("at") is None or not _about(env, error):
        return error.advice
    return f"{error.advice}, or when it was: {typed_again(env, {'at': None})}"


def not_reversible(env: Environment, error: LedgerError) -> str:
    """Type the command that takes back what is no entry, or is about the entry behind it."""
    account, version = _about(env, error), error.details.get("version")
    if not account or not isinstance(version, int) or env.typed is None:
        return error.advice
    if "from_position" in error.details:
        return instead_of_undoing(env, error)
    with suppress(LedgerError), env.ledger() as ledger:
        back = TakingBack(env, ledger)
        found = back.entries(account)
        event = found.events[version].event
        if isinstance(event, AccountOpened):
            return followed_by(error.advice, back.opened(account))
        right = None
        if isinstance(event, EntryReversed):
            right = in_its_place(ledger, found, event.reverses)
        if env.typed.info_name != "reverse":
            if isinstance(event, EntryAmended):
                right = found, found.entries[event.amends]
            if right is not None:
                return f"name the entry itself: {_about_another(env, *right)}"
            if not isinstance(event, EntryReversed):
                history = command(env, "history", account)
                return f"its history shows the entries: {history}"
        commands = "; then: ".join(back.commands(account, version))
        return followed_by(error.advice, commands)
    return error.advice


def clock_behind(env: Environment, error: LedgerError) -> str:
    """Correct the clock, where it is that which is wrong."""
    details = error.details
    if "trust" in details:
        more = "--from", str(details["from_position"]), "--yes", "--trust-clock"
        again = command(env, "book", "correct-clock", *more)
        return followed_by(error.advice, again)
    if "withdrawing" in details:
        return error.advice
    return followed_by(error.advice, command(env, "book", "correct-clock"))


def nothing_to_correct(env: Environment, error: LedgerError) -> str:
    """Look which corrections of the clock there are."""
    if "corrections" not in error.details:
        return error.advice
    return followed_by(error.advice, command(env, "book"))
