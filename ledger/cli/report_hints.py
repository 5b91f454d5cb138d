"""What to type instead of a report that was refused."""

from __future__ import annotations

from ledger.cli.environment import Environment
from ledger.cli.mistyped import nearest
from ledger.cli.retyped import typed_again
from ledger.errors import LedgerError
from ledger.queries.reports.groupings import ACCOUNT, PERIODS, TAG


def cannot_be_by(env: Environment, error: LedgerError) -> str:
    """What to do where a report cannot be by something."""
    wrong, keys = error.details.get("by"), error.details.get("tags")
    if env.typed is None or not isinstance(wrong, str):
        return error.advice
    given = list(env.typed.params.get("by") or ())
    if given.count(wrong) > 1:
        once = {"by": list(dict.fromkeys(given))}
        return f"{error.advice}: {typed_again(env, once)}"
    names = [f"{TAG}{key}" for key in keys] if isinstance(keys, list) else [*PERIODS, ACCOUNT]
    near = nearest(wrong, names)
    if not near:
        return error.advice
    meant = {"by": [near[0] if each == wrong else each for each in given]}
    return f"did you mean {' or '.join(near)}? {typed_again(env, meant)}"
