"""How far what is known goes, in words for people."""

from __future__ import annotations

from ledger.cli.environment import Environment


def known_at(env: Environment, moment: int, position: int | None) -> str:
    """Up to when what was recorded counts, and how much of the log that is.

    Args:
        moment: µs UTC.
        position: of the last change that counts; None where nobody looked.
    """
    words = f"known at {env.table_time(moment)}"
    if position is None:
        return words
    return f"{words} ({f'up to change {position}' if position else 'before the first change'})"
