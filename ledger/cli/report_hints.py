"""What to type instead of a report that was refused."""

from __future__ import annotations

from ledger.cli.completion import plain_account_ids
from ledger.cli.environment import Environment
from ledger.cli.mistyped import nearest
from ledger.cli.retyped import command, typed_again
from ledger.errors import LedgerError
from ledger.queries.reports.groupings import ACCOUNT, PERIODS, TAG


def no_account_starts_so(env: Environment, error: LedgerError) -> str:
    """What to do where no account starts with what was typed."""
    wrong = error.details.get("prefix")
    if env.typed is None or not isinstance(wrong, str):
        return error.advice
    ids = plain_account_ids(env)
    groups = {each[: each.find(":") + 1] for each in ids if ":" in each}
    near = nearest(wrong, [*sorted(groups), *ids])
    given = env.typed.params.get("prefixes")
    if near and given:
        meant = [near[0] if each == wrong else each for each in given]
        return f"did you mean {' or '.join(near)}? {typed_again(env, {'prefixes': meant})}"
    return f"{error.advice}: {command(env, 'accounts')}"


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
