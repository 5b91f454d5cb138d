"""What to do next where a period is locked, or a balance is not what the bank states."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Final

from ledger.cli.corrected import instant_of
from ledger.cli.entries import entries_of_account
from ledger.cli.environment import Environment
from ledger.cli.file_hints import followed_by
from ledger.cli.retyped import command, refused_command, typed_again
from ledger.cli.unlocking import unlocked_from
from ledger.domain.diagnosing_gaps import ONLY_HERE
from ledger.errors import LedgerError

_DATED: Final = (
    *("deposit", "withdraw", "transfer", "open", "close"),
    *("reverse", "correct", "amend", "reopen"),
)
"""Commands about something that can be dated later."""

_OF_OPENING: Final = ("opened_at", "initial_balance", "currency", "decimals")
"""What is amended since the opening, and has no date of its own."""

_REASONS: Final = {
    **dict.fromkeys(
        ("deposit", "withdraw", "transfer", "import"), "an entry dated {day} is missing"
    ),
    **dict.fromkeys(("reverse", "amend-entry", "undo"), "an entry dated {day} is wrong"),
    "correct": "an entry dated {day} is missing or wrong",
    "open": "an account opened on {day} is missing",
}
"""Why a period has to be unlocked, as far as the command tells."""


def locked(env: Environment, error: LedgerError) -> str:
    """Date it after the lock, where it has a date, or unlock the period as far as it has to be."""
    name, given = refused_command(env, error)
    reason = _REASONS.get(name, "something dated {day} is missing or wrong")
    unlock = unlocked_from(env, instant_of(error.details["at"]), reason)
    only_unlock = f"unlock the period first: {unlock}"
    if name == "amend" and any(given.get(each) is not None for each in _OF_OPENING):
        return only_unlock
    if name not in _DATED:
        return only_unlock
    if "line" in error.details:
        return followed_by(error.advice, unlock)
    first_free = instant_of(error.details["locked_until"]) + 1
    if name == "correct" and _dated(env, given) == first_free:
        return only_unlock
    later = typed_again(env, {"at": env.show_time(first_free)})
    return f"date it after the lock: {later}; or {only_unlock}"


def _dated(env: Environment, given: Mapping[str, object]) -> int | None:
    """When the entry happened (µs UTC) that a command names by account and version."""
    with suppress(LedgerError), env.ledger() as ledger:
        found = entries_of_account(ledger, str(given["account"]))
        return found.entries[int(str(given["version"]))].effective_at
    return None


def nothing_to_unlock(env: Environment, error: LedgerError) -> str:
    return f"{error.advice}; to see what is locked: {command(env, 'book')}"


def confirmation_differs(env: Environment, error: LedgerError) -> str:
    account, found = error.details.get("account_id"), error.details.get("candidates")
    if not isinstance(account, str) or "line" in error.details or not isinstance(found, list):
        return error.advice
    # What is told is not always an entry: what is dated later may be the reason.
    told = [each for each in found if f"version {each['version']} (" in error.advice]
    corrections = [_correction(env, account, each) for each in told]
    as_of = None if env.typed is None else env.typed.params.get("as_of")
    until = () if as_of is None else ("--as-of", str(as_of))
    see = f"to see the entries: {command(env, 'history', account, *until)}"
    return "; ".join([error.advice, *filter(None, corrections), see])


def _correction(env: Environment, account: str, candidate: Mapping[str, object]) -> str:
    """How to put right what may be wrong, where that is certain once it is."""
    version, right = str(candidate["version"]), candidate["right_amount"]
    if candidate["is_opening"]:
        balance = str(right or "0")
        amend = command(env, "amend", account, "--initial-balance", balance)
        return f"to correct the initial balance: {amend}"
    if candidate["explanation"] == ONLY_HERE:
        return f"to reverse version {version}: {command(env, 'reverse', account, version)}"
    if right is None:
        return ""
    correct = command(env, "correct", account, version, "--amount", str(right))
    return f"to correct version {version}: {correct}"
