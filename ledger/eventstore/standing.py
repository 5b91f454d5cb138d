"""What an interrupted process must know: whether it has saved anything, and what it must remove.

It is kept for the process, not by a store: after an interrupt there may be none at hand.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

_saved = 0
_unfinished: set[str] = set()


def saving() -> None:
    """Something is about to be saved: a commit, or a file that gets its name."""
    global _saved
    _saved += 1


def not_saved() -> None:
    """What was about to be saved was not."""
    global _saved
    _saved -= 1


def saves() -> int:
    """How often this process has saved something, or was interrupted while it did."""
    return _saved


def temporary_name(target: str, beside: Sequence[str] = ()) -> str:
    """A name beside a file for what is to take its place; a diagnosis knows it by its form.

    Args:
        beside: what the names of further files end with that may come to be with it.
    """
    temporary = f"{target}.new-{os.urandom(6).hex()}"
    _unfinished.update(temporary + suffix for suffix in ("", *beside))
    return temporary


def remove(path: str) -> None:
    """Remove a file that has a temporary name, where there is one."""
    try:
        os.unlink(path)
    except OSError:  # mostly there is no such file; what made it fail is told, not this
        pass
    _unfinished.discard(path)


def remove_unfinished() -> None:
    """Remove what an interrupt kept from being removed."""
    for path in list(_unfinished):
        remove(path)
