"""Axes and places in drawings."""

from __future__ import annotations

import pytest

from ledger.exchange.page.drawing import bar_chart, line_chart, step_chart
from ledger.exchange.page.scale import SIZE, Scale, scale_of, share


@pytest.mark.parametrize(
    ("lowest", "highest", "expected"),
    [
        (0, 0, Scale(0, 1, 1)),
        (0, 1, Scale(0, 1, 1)),
        (100, 4_000, Scale(0, 4_000, 1_000)),
        (0, 4_001, Scale(0, 6_000, 2_000)),
        (-350, 900, Scale(-500, 1_000, 500)),
        (-7, -3, Scale(-8, 0, 2)),
        (0, 3 * 2**70, Scale(0, 4 * 10**21, 10**21)),
    ],
)
def test_an_axis_goes_from_one_round_number_to_another(
    lowest: int, highest: int, expected: Scale
) -> None:
    assert scale_of(lowest, highest) == expected


def test_places_are_whole_numbers_within_the_drawing_however_large_the_amounts() -> None:
    scale = scale_of(-(2**80), 2**90 + 1)
    places = [scale.place(each) for each in (2**90 + 1, 2**62, 0, -(2**80))]
    assert places == sorted(places)
    assert all(type(each) is int and 0 <= each <= SIZE for each in places)
    assert scale.marks[0] == scale.high
    assert 0 in scale.marks


@pytest.mark.parametrize(
    ("part", "whole", "expected"), [(1, 3, "33.3%"), (5, 5, "100.0%"), (0, 0, "0.0%")]
)
def test_a_share_is_written_without_a_float(part: int, whole: int, expected: str) -> None:
    assert share(part, whole) == expected


def test_a_line_begins_with_what_was_held_before_and_ends_within_the_drawing() -> None:
    chart = line_chart(0, [1_000, 500], ["2026-01", "2026-02"], 2)
    assert chart.line == "M0 1000L250 0L750 500"
    assert chart.area == "M0 1000L250 0L750 500V1000H0Z"
    assert chart.axis.texts == ("10", "5", "0")


def test_bars_are_as_high_as_their_amounts() -> None:
    chart = bar_chart([100, 0], [50, 25], ["2026-01", "2026-02"], 0)
    assert [bar.height for bar in chart.came_in] == [1_000, 0]
    assert [bar.height for bar in chart.went_out] == [500, 250]


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["2026-01", "2026-02"], ["2026-01", "02"]),
        (["2025-12", "2026-01", "2026-02"], ["2025-12", "2026-01", "02"]),
        ([f"2026-{month:02}" for month in range(1, 13)], ["2026-01", "04", "07", "10"]),
        (["2025", "2026"], ["2025", "2026"]),
        ([f"2026-{month:02}" for month in range(1, 12)], ["2026-01", "04", "07", "10"]),
        ([f"2026-{month:02}" for month in range(1, 11)], ["2026-01", "04", "07", "10"]),
        ([f"{2026 + n // 12}-{n % 12 + 1:02}" for n in range(13)], ["2026-01", "05", "09"]),
    ],
)
def test_few_names_stand_under_a_drawing_each_as_short_as_it_can_be(
    names: list[str], expected: list[str]
) -> None:
    labels = line_chart(0, [1] * len(names), names, 0).labels
    assert [label.text for label in labels] == expected
    assert sum(label.columns for label in labels) <= len(names)


def test_steps_at_one_place_keep_the_lowest_and_the_highest_of_them() -> None:
    balances = [(0, 500), (1, 2_000), (2, 0), (3, 1_000), (10_000_000, 500)]
    chart = step_chart(0, balances, 0, 10_000_000, 0)
    assert chart is not None
    assert chart.line == "M0 1000H0V1000V0V500H1000V750H1000"


@pytest.mark.parametrize("balances", [[], [(5, 0)]])
def test_what_did_not_change_is_not_drawn(balances: list[tuple[int, int]]) -> None:
    assert step_chart(0, balances, 0, 10, 2) is None
    assert step_chart(0, [(5, 7)], 5, 5, 2) is None
