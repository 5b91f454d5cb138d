"""Charts, as far as numbers go: the template makes SVG of them.

They are drawn in a square that is stretched to the place there is, so that lines fill a telephone's
screen as well as a sheet of paper; what is to be read stands around it, in the page's own letters.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from ledger.domain.money import format_minor_units
from ledger.exchange.page.scale import SIZE, Scale, scale_of

_MOST_LABELS: Final = 4
_PARTS_OF_SMALL: Final = 2
_NARROWEST: Final = 30
"""Letters have room under a drawing that is as wide as a telephone."""


class Label(NamedTuple):
    """A name under a drawing, and over how many of its columns it may go."""

    text: str
    columns: int


class Axis(NamedTuple):
    """The amounts beside a drawing, from the top down, and where their lines are."""

    texts: tuple[str, ...]
    lines: tuple[int, ...]
    zero: int


class LineChart(NamedTuple):
    """A line, and the area between it and zero, as paths of SVG.

    Attributes:
        dots: a path of no length at each of its points.
    """

    axis: Axis
    line: str
    area: str
    dots: str
    labels: tuple[Label, ...]


class Bar(NamedTuple):
    x: int
    y: int
    height: int


class BarChart(NamedTuple):
    """What came in and what went out, side by side.

    Attributes:
        width: of the drawing, in units of its own; each bar is 3 wide.
    """

    axis: Axis
    width: int
    came_in: tuple[Bar, ...]
    went_out: tuple[Bar, ...]
    labels: tuple[Label, ...]


def line_chart(
    before: int | None, after: Sequence[int], names: Sequence[str], decimals: int
) -> LineChart:
    """Balances at the end of each of some periods of one length.

    Args:
        before: the balance before the first of them (minor units), where the line begins; None
            where there was no money yet, so that it begins at the end of the first one.
    """
    held = after if before is None else (before, *after)
    scale = scale_of(min(held), max(held))
    ends = [
        ((2 * place + 1) * SIZE // (2 * len(after)), scale.place(balance))
        for place, balance in enumerate(after)
    ]
    points = ends if before is None else [(0, scale.place(before)), *ends]
    line = "M" + "L".join(f"{x} {y}" for x, y in points)
    zero = scale.place(0)
    return LineChart(
        _axis(scale, decimals),
        line,
        f"{line}V{zero}H{points[0][0]}Z",
        "".join(f"M{x} {y}h0" for x, y in ends),
        _labels(names),
    )


def bar_chart(
    came_in: Sequence[int], went_out: Sequence[int], names: Sequence[str], decimals: int
) -> BarChart:
    """What came in and went out in each of some periods (minor units, neither negative)."""
    scale = scale_of(0, max(*came_in, *went_out))

    def bars(amounts: Sequence[int], left: int) -> tuple[Bar, ...]:
        tops = [(place, scale.place(amount)) for place, amount in enumerate(amounts)]
        return tuple(Bar(10 * place + left, top, SIZE - top) for place, top in tops)

    return BarChart(
        _axis(scale, decimals),
        10 * len(names),
        bars(came_in, 2),
        bars(went_out, 5),
        _labels(names),
    )


def step_chart(
    before: int, balances: Iterable[tuple[int, int]], first: int, last: int, decimals: int
) -> LineChart | None:
    """A balance as it went from moment to moment; None where it did not change over time.

    Args:
        before: what was held before them (minor units).
        balances: each with the instant since when it was held (µs UTC), in order.
        first, last: the ends of the drawing (µs UTC).
    """
    if first >= last:
        return None
    # What is drawn at one place: the lowest and the highest there, and what it ends with.
    drawn: dict[int, tuple[int, int, int]] = {}
    lowest = highest = before
    for instant, balance in balances:
        x = (instant - first) * SIZE // (last - first)
        low, high, _ = drawn.get(x, (balance, balance, balance))
        drawn[x] = min(low, balance), max(high, balance), balance
        lowest, highest = min(lowest, balance), max(highest, balance)
    if lowest == highest:
        return None
    scale = scale_of(lowest, highest, _PARTS_OF_SMALL)
    start, zero = scale.place(before), scale.place(0)
    parts = [f"M0 {start}"]
    for x, (low, high, held) in drawn.items():
        ends = [scale.place(each) for each in dict.fromkeys((low, high, held))]
        parts.append(f"H{x}" + "".join(f"V{y}" for y in ends))
    line = "".join([*parts, f"H{SIZE}"])
    return LineChart(_axis(scale, decimals), line, f"{line}V{zero}H0Z", "", ())


def _axis(scale: Scale, decimals: int) -> Axis:
    marks = scale.marks
    whole = 10**decimals
    texts = [
        str(each // whole) if scale.step % whole == 0 else format_minor_units(each, decimals)
        for each in marks
    ]
    return Axis(tuple(texts), tuple(map(scale.place, marks)), scale.place(0))


def _labels(names: Sequence[str]) -> tuple[Label, ...]:
    """As many names as have room under a narrow drawing, evenly spread.

    Of ``2026-01`` and ``2026-03`` the second one is shown as ``03``.
    """
    every = -(-len(names) // _MOST_LABELS)
    labels = []
    before = ""
    for place in range(0, len(names), every):
        beginning, mark, rest = names[place].rpartition("-")
        text = rest if beginning == before and mark else names[place]
        columns = min(every, len(names) - place)
        if columns < every and columns * _NARROWEST < len(text) * len(names):
            break
        labels.append(Label(text, columns))
        before = beginning
    return tuple(labels)
