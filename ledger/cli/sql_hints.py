"""What to do about a query that was refused."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ledger.cli.environment import program_name
from ledger.cli.file_hints import followed_by
from ledger.cli.retyped import command, quoted, typed_again
from ledger.errors import InvalidUsage

if TYPE_CHECKING:
    from ledger.cli.environment import Environment
    from ledger.errors import LedgerError


def invalid_query(env: Environment, error: LedgerError) -> str:
    """The hint: more time where that was too short, else where the examples are."""
    if "timeout" in error.details:
        longer = 10 * int(str(error.details["timeout"]).partition(".")[0] or 1)
        return followed_by(error.advice, typed_again(env, {"timeout": longer}))
    if error.advice.endswith("?") or ":" in error.advice:
        return error.advice
    return f"{error.advice}; examples are in: {command(env, 'help', 'sql')}"


def query_taken_for_option(option: str, arguments: Sequence[str]) -> InvalidUsage | None:
    """The error for a query that begins with a comment; None where it was no query.

    Args:
        option: what there is none of.
        arguments: all that was typed after the program's name.
    """
    from ledger.eventstore.sqlite.query_errors import first_word

    query = next((each for each in arguments if each.startswith(option)), "")
    if not query.startswith("--") or len(query.split()) < 2:
        return None
    advice = "there is nothing in it but a comment: begin it with SELECT"
    if first_word(query):
        others = [each for each in arguments if each is not query]
        again = " ".join(map(quoted, [program_name(), *others, "--", query]))
        advice = f"write two dashes before it: {again}"
    return InvalidUsage("the query was taken for an option", advice=advice)
