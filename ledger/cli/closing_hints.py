"""What to do next where a period is locked, or a balance is not what the bank states."""

from __future__ import annotations

from datetime import datetime

from ledger.cli.environment import Environment
from ledger.cli.file_hints import followed_by
from ledger.cli.retyped import command, typed_again
from ledger.domain.instant import to_instant
from ledger.errors import LedgerError


def locked(env: Environment, error: LedgerError) -> str:
    until = error.details.get("locked_until")
    unlock = command(env, "unlock", "--reason", "a mistake was found")
    typed = env.typed
    if (
        "line" in error.details
        or typed is None
        or "at" not in typed.params
        or typed.info_name == "amend"  # what it is about has a moment of its own
        or not isinstance(until, str)
    ):
        return followed_by(error.advice, unlock)
    later = env.show_time(to_instant(datetime.fromisoformat(until)) + 1)
    return (
        f"date it after the lock: {typed_again(env, {'at': later})}; or unlock the period first: "
        f"{unlock}"
    )


def nothing_to_unlock(env: Environment, error: LedgerError) -> str:
    return f"{error.advice}; to see what is locked: {command(env, 'book')}"


def confirmation_differs(env: Environment, error: LedgerError) -> str:
    account, found = error.details.get("account_id"), error.details.get("candidates")
    if not isinstance(account, str) or "line" in error.details or not isinstance(found, list):
        return error.advice
    corrections = [
        f"to correct version {each['version']}: "
        + command(env, "correct", account, str(each["version"]), "--amount", each["right_amount"])
        for each in found
        if each["right_amount"] is not None
    ]
    as_of = None if env.typed is None else env.typed.params.get("as_of")
    until = () if as_of is None else ("--as-of", str(as_of))
    see = f"to see the entries: {command(env, 'history', account, *until)}"
    return "; ".join([error.advice, *corrections, see])
