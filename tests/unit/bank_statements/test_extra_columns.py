"""Fees, times of day and ids in columns of their own."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from ledger.errors import InvalidInput, InvalidLine
from tests.support.bank_statements.reading import (
    amounts,
    guess,
    moments,
    read,
    read_whole,
    statement,
)

REVOLUT = statement(
    "Date,Description,Amount,Fee",
    "2025-02-10,Top-Up,500.00,0.00",
    "2025-02-11,Café,-3.50,",
    "2025-02-13,Cash,-100.00,2.00",
)


def test_a_fee_is_asked_about_and_taken_by_a_rule() -> None:
    with pytest.raises(InvalidLine, match=r"^line 4: there is a fee of '2.00' \(in 'Fee'\)") as no:
        read(REVOLUT)
    assert 'add the rule fee = "Fee"; if not, fee = ""' in no.value.advice
    assert amounts(REVOLUT, 'fee = "Fee"') == [50000, -350, -10200]
    assert amounts(REVOLUT, 'fee = ""') == [50000, -350, -10000]


@pytest.mark.parametrize(
    ("amount", "fee", "entry"),
    [
        ("-100.00", "2.00", [-10200]),
        ("-100.00", "-2.00", [-10200]),
        ("100.00", "2.00", [9800]),
        ("", "2.00", [-200]),
        ("0.00", "2.00", [-200]),
        ("2.00", "2.00", []),
        ("", "", []),
        ("", "0.00", []),
    ],
)
def test_a_fee_is_money_out_whatever_its_sign(amount: str, fee: str, entry: list[int]) -> None:
    content = statement("Date,Amount,Gebühr", f"2025-03-14,{amount},{fee}", "2025-03-15,-1.00,0.00")
    assert amounts(content, 'fee = "Gebühr"') == [*entry, -100]


@pytest.mark.parametrize("name", ["Fee", "Gebühren", "Frais", "Comisión", "Taxa", "Prowizja"])
def test_fees_of_nothing_are_no_question(name: str) -> None:
    assert amounts(statement(f"Date,Amount,{name}", "2025-03-14,-1.00,0.00")) == [-100]
    with pytest.raises(InvalidLine, match=r"^line 2: there is a fee of '0.10'"):
        read(statement(f"Date,Amount,{name}", "2025-03-14,-1.00,0.10"))


@pytest.mark.parametrize(
    ("name", "written", "clock"),
    [
        ("Time", "23:59:10", "23:59:10"),
        ("Uhrzeit", "09:05", "09:05:00"),
        ("Hora", "9:05", "09:05:00"),
        ("Heure", "14h30", "14:30:00"),
        ("Tid", "14.30", "14:30:00"),
        ("Godzina", "143015", "14:30:15"),
        ("Time", "2:30 PM", "14:30:00"),
        ("Time", "12:05:09 am", "00:05:09"),
        ("Transaction time", "14:30:15.250", "14:30:15.250000"),
    ],
)
def test_a_time_of_day_is_joined_with_its_date(name: str, written: str, clock: str) -> None:
    content = statement(
        f"Date,{name},Amount", f"2025-03-14,{written},-1.00", "2025-03-14,,-2.00",
        "2025-03-14,00:00:00,-3.00",
    )  # fmt: skip
    found = moments(content)
    assert found[0] == datetime.fromisoformat(f"2025-03-14T{clock}")
    assert found[1:] == [date(2025, 3, 14), datetime(2025, 3, 14)]  # noqa: DTZ001
    assert moments(content, 'time = ""') == [date(2025, 3, 14)] * 3
    assert guess(content).kept.time == name


@pytest.mark.parametrize(
    ("header", "rows"),
    [
        ("Date,Time,Amount", ["2025-03-14,morning,-1.00", "2025-03-14,10:00,-1.00"]),
        ("Date,Time,Amount", ["2025-03-14,00:00,-1.00", "2025-03-14,00:00,-1.00"]),
        ("Date,Time,Amount", ["2025-03-14 10:00,10:00,-1.00", "2025-03-14 11:00,11:00,-1.00"]),
        ("Date,Time,Amount", ["2025-03-14,25:00,-1.00", "2025-03-14,10:00,-1.00"]),
    ],
)
def test_a_column_that_adds_no_times_is_not_used(header: str, rows: list[str]) -> None:
    assert guess(statement(header, *rows)).format.time is None


def test_a_time_that_cannot_be_read_is_refused_with_its_line() -> None:
    content = statement("Date,When,Amount", "2025-03-14,10:00,-1.00", "2025-03-14,late,-1.00")
    with pytest.raises(InvalidInput, match=r"^line 3: 'late' is not a time of day"):
        read(content, 'time = "When"')
    with_hours = statement("Date,When,Amount", "2025-03-14 10:00,10:00,-1.00")
    with pytest.raises(InvalidLine, match="the dates have a time of day already"):
        read(with_hours, 'time = "When"')


IDS = statement(
    "Transaction ID,Date,Amount", "tx_1,2025-02-14,-3.40", "tx_2,2025-02-14,50.00"
)  # fmt: skip


def test_the_id_of_the_bank_is_the_reference() -> None:
    assert [entry.reference for entry in read(IDS)] == ["tx_1", "tx_2"]
    assert [entry.reference for entry in read(IDS, 'id = ""')] == ["", ""]


@pytest.mark.parametrize(
    "content",
    [
        IDS.replace(b"tx_2", b"tx_1"),
        IDS.replace(b"tx_2", b""),
        IDS.replace(b"tx_1", b"1").replace(b"tx_2", b"2"),
        IDS.replace(b"Transaction ID", b"Kundenreferenz"),
    ],
)
def test_what_may_not_be_an_id_is_none(content: bytes) -> None:
    assert guess(content).format.id is None


def test_ids_by_a_rule_may_be_empty_and_are_told_where_they_come_twice() -> None:
    given = 'id = "Transaction ID"'
    assert [entry.reference for entry in read(IDS.replace(b"tx_2", b""), given)] == ["tx_1", ""]
    twice = read_whole(IDS.replace(b"tx_2", b"tx_1"), given)
    assert "lines 2, 3 have the same id, 'tx_1'" in twice.notes


@pytest.mark.parametrize(
    "given", ["date = 'Date'\nfee = 2", "amount = 3\nid = 'Amount'", "time = 'Date'"]
)
def test_a_column_has_one_role(given: str) -> None:
    with pytest.raises(InvalidLine, match=r"^line 1: .* is the column of the rule"):
        read(IDS, given)
