"""What to type instead of an export that was refused."""

from __future__ import annotations

from ledger.cli.environment import Environment
from ledger.cli.file_hints import followed_by
from ledger.cli.retyped import typed_again
from ledger.errors import LedgerError
from ledger.exchange.exports import FORMATS


def export_refused(env: Environment, error: LedgerError) -> str:
    """What to do where an option of an export cannot be meant."""
    details, typed = error.details, env.typed.params
    if "from" in details and "to" in details:
        end = next(each for each in typed["to"] if each.lower() not in FORMATS)
        others = [each for each in typed["to"] if each != end]
        swapped = {"from_time": end, "to": [*others, typed["from_time"]]}
        return followed_by(error.advice, typed_again(env, swapped))
    return error.advice
