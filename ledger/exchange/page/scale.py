"""From amounts to places in a drawing: whole numbers throughout."""

from __future__ import annotations

from typing import Final, NamedTuple

SIZE: Final = 1_000
"""How wide and how high every drawing is, in units of its own."""


class Scale(NamedTuple):
    """An axis of amounts (minor units), from a round number to another, with zero on it."""

    low: int
    high: int
    step: int

    @property
    def marks(self) -> list[int]:
        """The amounts that lines are drawn at, the highest first."""
        return list(range(self.high, self.low - 1, -self.step))

    def place(self, amount: int) -> int:
        """How far below the top an amount is."""
        return (self.high - amount) * SIZE // (self.high - self.low)


def scale_of(lowest: int, highest: int, most: int = 4) -> Scale:
    """The axis for amounts between two (minor units).

    Args:
        most: parts that it has.
    """
    lowest, highest = min(lowest, 0), max(highest, 0)
    if lowest == highest:
        return Scale(0, 1, 1)
    power = 10 ** max(len(str(highest - lowest)) - 2, 0)
    while True:
        for first_digit in (1, 2, 5):
            step = first_digit * power
            low, high = lowest // step, -(-highest // step)
            if high - low <= most:
                return Scale(low * step, high * step, step)
        power *= 10


def share(part: int, whole: int) -> str:
    """How much of a whole something is, as CSS writes it: ``33.3%``."""
    permille = part * 1_000 // whole if whole > 0 else 0
    return f"{permille // 10}.{permille % 10}%"
