"""Ctrl-C at every place where it can come."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType
from typing import TypeVar

_T = TypeVar("_T")


def interrupted(action: Callable[[], _T], call: int) -> tuple[bool, _T | None]:
    """Do something, with an interrupt at the n-th function call in it.

    Returns:
        Whether it has so many calls, and what it gives where it has fewer.
    """
    left = call

    def strike(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal left
        if event in ("call", "c_call"):
            left -= 1
            if left == 0:
                raise KeyboardInterrupt

    result = None
    before = sys.getprofile()
    sys.setprofile(strike)
    try:
        result = action()
        left = 0  # what is called from here on is ours
    except KeyboardInterrupt:
        return True, None
    finally:
        sys.setprofile(before)
    return False, result
