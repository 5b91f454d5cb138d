"""What to do where an account holds too little: see what is in the way, or allow an overdraft."""

from __future__ import annotations

from contextlib import suppress

from ledger.cli.corrected import as_typed, instant_of
from ledger.cli.entries import entries_of_account
from ledger.cli.environment import Environment
from ledger.cli.mistake_hints import FAMILY
from ledger.cli.retyped import command, refused_command, typed_again
from ledger.errors import LedgerError
from ledger.times import system_clock


def insufficient_funds(env: Environment, error: LedgerError) -> str:
    """Name the commands where the account is there without the file that a line is from."""
    account, enough = error.details.get("account_id"), error.details.get("overdraft_needed")
    in_file = "line" in error.details
    if not isinstance(account, str) or env.typed is None:
        return error.advice
    if in_file and env.lines is not None and env.lines.opens(account):
        return f"{error.advice}; or allow an overdraft of {enough}" if enough else error.advice
    hints = [error.advice]
    if error.advice.endswith("see its history"):
        hints = [f"{error.advice}: {command(env, 'history', account)}"]
    ahead = None if in_file else _version_ahead(env, error, account)
    if ahead is not None:
        hints.append(
            f"version {ahead} is dated ahead of now; if that is wrong, correct the date of version "
            f"{ahead} to when it happened"
        )
    if isinstance(enough, str):
        hints.append(_overdraft(env, error, account, enough, now=ahead is not None))
    return "; ".join(hints)


def _overdraft(
    env: Environment, error: LedgerError, account: str, enough: str, *, now: bool
) -> str:
    """What allows enough of an overdraft, from now on or from when the money is lacking."""
    name, given = refused_command(env, error)
    if name == "amend" and given.get("overdraft"):
        if "line" in error.details:
            return f"or allow an overdraft of {enough}"
        return f"or allow an overdraft: {typed_again(env, {'overdraft': enough})}"
    is_of_past = name == "import" or name in FAMILY or bool(given.get("at"))
    since = ["--at", as_typed(instant_of(error.details["at"]))] if is_of_past and not now else []
    allow = command(env, "amend", account, "--overdraft", enough, *since)
    if name == "undo":  # which would be about that amendment then
        return f"or allow an overdraft, and then reverse the entries one by one: {allow}"
    return f"or allow an overdraft: {allow}"


def _version_ahead(env: Environment, error: LedgerError, account: str) -> int | None:
    """The entry that leaves too little at a moment which has yet to come; of a test ledger none,
    whose moments are no real ones."""
    at = instant_of(error.details["at"])
    if at <= system_clock():
        return None
    with suppress(LedgerError), env.ledger() as ledger:
        if ledger.is_test or at <= ledger.head().recorded_us:
            return None
        for entry in entries_of_account(ledger, account).entries.values():
            if entry.effective_at == at and entry.event.direction < 0 and not entry.reversed_by:
                return entry.version
    return None
