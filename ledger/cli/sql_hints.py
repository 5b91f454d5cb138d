"""What to do about a query that was refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger.cli.file_hints import followed_by
from ledger.cli.retyped import command, typed_again

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
