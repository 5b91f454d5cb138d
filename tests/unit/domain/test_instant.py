from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.domain.instant import EARLIEST, effective_time, format_instant, to_instant
from ledger.errors import InvalidTime

LATEST = 253_402_300_799_999_999

SAME = [
    (0, "1970-01-01T00:00:00.000000Z"),
    (1, "1970-01-01T00:00:00.000001Z"),
    (-1, "1969-12-31T23:59:59.999999Z"),
    (1_704_067_200_000_000, "2024-01-01T00:00:00.000000Z"),
    (1_709_164_800_123_456, "2024-02-29T00:00:00.123456Z"),
    (EARLIEST, "0001-01-01T00:00:00.000000Z"),
    (EARLIEST + 86_400_000_000 * 365 * 10, "0010-12-30T00:00:00.000000Z"),
    (-30_610_224_000_000_000, "1000-01-01T00:00:00.000000Z"),
    (-30_610_224_000_000_001, "0999-12-31T23:59:59.999999Z"),
    (LATEST, "9999-12-31T23:59:59.999999Z"),
]

instants = st.integers(EARLIEST, LATEST)


@pytest.mark.parametrize(("instant", "text"), SAME)
def test_an_instant_is_written_in_utc_with_six_decimals(instant: int, text: str) -> None:
    assert format_instant(instant) == text


@pytest.mark.parametrize(("instant", "text"), SAME)
def test_a_datetime_is_its_instant_exactly(instant: int, text: str) -> None:
    assert to_instant(datetime.fromisoformat(text)) == instant


@pytest.mark.parametrize("instant", [EARLIEST - 1, LATEST + 1, 10**30, -(10**30)])
def test_an_instant_out_of_range_is_still_shown(instant: int) -> None:
    assert format_instant(instant) == f"{instant} µs"


def test_an_offset_counts() -> None:
    moment = datetime(2024, 1, 1, 2, 30, tzinfo=timezone(timedelta(hours=2, minutes=30)))
    assert to_instant(moment) == 1_704_067_200_000_000


@settings(deadline=None)
@given(instants)
def test_what_is_written_reads_back(instant: int) -> None:
    assert to_instant(datetime.fromisoformat(format_instant(instant))) == instant


@settings(deadline=None)
@given(st.datetimes(timezones=st.just(UTC)))
def test_no_microsecond_is_lost(moment: datetime) -> None:
    assert datetime.fromisoformat(format_instant(to_instant(moment))) == moment


@settings(deadline=None)
@given(instants, instants)
def test_texts_sort_as_times_do(one: int, other: int) -> None:
    assert (one < other) == (format_instant(one) < format_instant(other))


def test_without_a_time_it_happens_now() -> None:
    assert effective_time(None, now=1_000) == 1_000


@pytest.mark.parametrize("at", [1_000, 999, 0, -1, EARLIEST])
def test_it_may_happen_now_or_in_the_past(at: int) -> None:
    assert effective_time(at, now=1_000) == at


@pytest.mark.parametrize("at", [1_001, 10**30])
def test_it_never_happens_in_the_future(at: int) -> None:
    with pytest.raises(InvalidTime, match="is in the future") as refusal:
        effective_time(at, now=1_000)
    assert refusal.value.details == {
        "at": format_instant(at),
        "now": "1970-01-01T00:00:00.001000Z",
    }
    assert refusal.value.message == f"{format_instant(at)} is in the future"
    assert refusal.value.advice.startswith("it is 1970-01-01T00:00:00Z now;")


@pytest.mark.parametrize("at", [EARLIEST - 1, -(2**63) - 1])
def test_nothing_happens_before_the_first_time_that_can_be_written(at: int) -> None:
    with pytest.raises(InvalidTime, match="is before the year 1") as refusal:
        effective_time(at, now=1_000)
    assert refusal.value.details == {"at": f"{at} µs"}
    assert refusal.value.advice == "the earliest time is 0001-01-01T00:00:00Z"
