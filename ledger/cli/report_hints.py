"""What to type instead of a report that was refused."""

from __future__ import annotations

from ledger.cli.environment import Environment
from ledger.cli.mistyped import nearest
from ledger.cli.report_completion import groupings
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
    if isinstance(keys, list):
        near = nearest(wrong, [f"{TAG}{key}" for key in keys])
    else:
        near = _nearest_of_all(env, wrong)
    if not near:
        return error.advice
    meant = {"by": [near[0] if each == wrong else each for each in given]}
    return f"did you mean {' or '.join(near)}? {typed_again(env, meant)}"


def _nearest_of_all(env: Environment, wrong: str) -> list[str]:
    """What a report can be by that is called nearly so, tags included, with ``tag:`` or without."""
    tags = {name.removeprefix(TAG): name for name in groupings(env) if name.startswith(TAG)}
    if wrong in tags:
        return [tags[wrong]]
    return [tags.get(name, name) for name in nearest(wrong, [*PERIODS, ACCOUNT, *tags])]
