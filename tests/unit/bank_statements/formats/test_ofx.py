"""OFX: what its elements say, however carelessly they are written."""

from __future__ import annotations

import pytest

from tests.support.bank_statements.formats import (
    FILES,
    ofx,
    read_all,
    read_one,
    refusal,
    transaction,
)


def test_an_empty_name_swallows_nothing() -> None:
    content = ofx(
        "<DTPOSTED>20240105<NAME><TRNAMT>1.00<MEMO>", "<DTPOSTED>20240106<TRNAMT>2.00<NAME></NAME>"
    )
    assert [entry.amount_minor for entry in read_one(content).entries] == [100, 200]


def test_transactions_without_closing_tags_are_told_apart() -> None:
    content = ofx(transaction("1.00"), transaction("2.00")).replace("</STMTTRN>", "")
    assert [entry.amount_minor for entry in read_one(content).entries] == [100, 200]


def test_two_transactions_that_run_together_are_refused() -> None:
    content = ofx(transaction("1.00"), transaction("2.00")).replace("</STMTTRN>\n<STMTTRN>", "\n")
    error = refusal(content)
    assert error.message == "line 3: there are two DTPOSTED in one STMTTRN"


def test_a_transaction_outside_of_any_is_refused() -> None:
    content = ofx(transaction("1.00"), transaction("2.00")).replace("<STMTTRN>", "<STMTTRX>")
    assert refusal(content).message == "line 2: there is a TRNAMT outside of any STMTTRN"


@pytest.mark.parametrize(
    ("name", "memo", "description"),
    [
        ("SHOP", "Card 1", "SHOP: Card 1"),
        ("SHOP", "shop", "shop"),
        ("SHOP NUMBER SEVEN", "SHOP", "SHOP NUMBER SEVEN"),
        ("A LONG NAME THAT IS", "A LONG NAME THAT IS CUT", "A LONG NAME THAT IS CUT"),
        ("JOE'S #1", "POS;JOE'S #1", "POS;JOE'S #1"),
        ("ING", "PARKING", "ING: PARKING"),
        ("", "Card 1", "Card 1"),
        ("A &amp; B &#233;&lt;", "AT&T", "A & B é<: AT&T"),
        ("", "", "Atm"),
    ],
)
def test_a_description_is_name_and_memo_once(name: str, memo: str, description: str) -> None:
    one = f"<TRNTYPE>ATM<DTPOSTED>20240105<TRNAMT>1<NAME>{name}<MEMO>{memo}"
    assert read_one(ofx(one)).entries[0].description == description


@pytest.mark.parametrize(
    ("written", "moments"),
    [
        (["20240105120000", "20240106120000"], ["2024-01-05", "2024-01-06"]),
        (["20240105000000[-5:EST]"] * 2, ["2024-01-05"] * 2),
        (["20240105120000", "20240106120001"], ["2024-01-05 12:00:00", "2024-01-06 12:00:01"]),
        (["20240105120000", "20240106"], ["2024-01-05 12:00:00", "2024-01-06"]),
        (["20240105090000"] * 2, ["2024-01-05 09:00:00"] * 2),
    ],
)
def test_noon_or_midnight_in_all_of_a_file_is_no_time(
    written: list[str], moments: list[str]
) -> None:
    content = ofx(*(f"<DTPOSTED>{each}<TRNAMT>1.00<NAME>x" for each in written))
    assert [str(entry.moment) for entry in read_one(content).entries] == moments


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("20240105", "2024-01-05"),
        ("20240105120100[-5:EST]", "2024-01-05 12:01:00-05:00"),
        ("20240105235959.999[+5.5:IST]", "2024-01-05 23:59:59.999000+05:30"),
        ("20240105000100[-3:30]", "2024-01-05 00:01:00-03:30"),
        ("20240105000100", "2024-01-05 00:01:00"),
    ],
)
def test_a_date_is_a_day_or_a_moment(written: str, moment: str) -> None:
    entry = read_one(ofx(transaction("1", day=written))).entries[0]
    assert str(entry.moment) == moment


@pytest.mark.parametrize("day", ["20240230", "2024-01-05", "", "20240105120000[99:X]", "00000000"])
def test_what_is_no_date_is_refused_with_its_line(day: str) -> None:
    assert refusal(ofx(transaction("1", day=day))).message.startswith("line 2: ")


@pytest.mark.parametrize(
    ("written", "cents"),
    [
        ("-45.20", -4520),
        ("+7", 700),
        ("1.", 100),
        (".5", 50),
        ("7,5", 750),
        ("1,234.56", 123_456),
        ("1.234,5", 123_450),
    ],
)
def test_amounts_have_a_comma_or_a_point(written: str, cents: int) -> None:
    assert read_one(ofx(transaction(written))).entries[0].amount_minor == cents


@pytest.mark.parametrize("written", ["1.234", "1,234", "1.005", "1e3", "٣", "--1", "9" * 30])
def test_an_amount_that_may_be_another_is_refused(written: str) -> None:
    error = refusal(ofx(transaction("1"), transaction(written)))
    assert error.code == "invalid_amount"
    assert error.details["line"] == 3


def test_repeated_ids_are_told_and_not_used() -> None:
    statement = read_one(ofx(transaction("1", id="7"), transaction("2", id="7")))
    assert [entry.reference for entry in statement.entries] == ["", ""]
    assert statement.notes[0].startswith("the bank's reference '7' is on lines 2 and 3")


def test_ids_of_different_accounts_may_be_the_same() -> None:
    statements = read_all((FILES / "two_accounts.qfx").read_bytes())
    assert [each.entries[0].reference for each in statements] == ["1", "1"]


@pytest.mark.parametrize("action", ["REPLACE", "DELETE"])
def test_a_correction_is_carried_out_in_the_file(action: str) -> None:
    more = f"<CORRECTFITID>7<CORRECTACTION>{action}"
    statement = read_one(
        ofx(
            transaction("1", id="7"),
            transaction("3", id="9"),
            transaction("2", id="8", more=more),
        )
    )
    assert [each.amount_minor for each in statement.entries] == (
        [300, 200] if action == "REPLACE" else [300]
    )
    assert [each.guessed for each in statement.skipped] == [True] * (1 + (action == "DELETE"))


def test_a_correction_of_an_earlier_file_is_left_to_a_person() -> None:
    more = "<CORRECTFITID>6<CORRECTACTION>REPLACE"
    statement = read_one(ofx(transaction("1"), transaction("2", more=more)))
    assert [entry.amount_minor for entry in statement.entries] == [100]
    assert "replaces the bank's entry '6', which is not in the file" in statement.skipped[0].reason


def test_pending_transactions_are_left_out() -> None:
    pending = "<BANKTRANLISTP><STMTTRNP><TRNAMT>9</STMTTRNP></BANKTRANLISTP>"
    content = ofx(transaction("1"), transaction("2", more="<PENDING>Y"), after=pending)
    statement = read_one(content)
    assert [entry.amount_minor for entry in statement.entries] == [100]
    assert [(each.line, each.reason) for each in statement.skipped] == [
        (3, "it is pending"),
        (4, "it is pending"),
    ]


def test_unsigned_amounts_are_refused_where_the_types_say_otherwise() -> None:
    content = ofx(transaction("1", more="<TRNTYPE>DEBIT"), transaction("2"))
    assert refusal(content).message.startswith("line 2: the type of the transaction (TRNTYPE)")
    statement = read_one(ofx(transaction("1", more="<TRNTYPE>DEBIT"), transaction("-2")))
    assert [entry.amount_minor for entry in statement.entries] == [100, -200]
    assert statement.notes[0].startswith("line 2: the type (TRNTYPE) is DEBIT with money in")


def test_another_currency_is_refused() -> None:
    assert refusal(ofx(transaction("1"), currency="USD")).code == "currency_mismatch"
    abroad = transaction("1", more="<CURRENCY><CURRATE>1.1<CURSYM>USD</CURRENCY>")
    assert refusal(ofx(abroad)).code == "currency_mismatch"
    converted = transaction("1", more="<ORIGCURRENCY><CURRATE>1.1<CURSYM>USD</ORIGCURRENCY>")
    assert read_one(ofx(converted)).entries[0].amount_minor == 100
    error = refusal(ofx(transaction("1"), currency="EUX"))
    assert (error.code, error.details["line"]) == ("invalid_currency", 2)


@pytest.mark.parametrize(
    "header",
    [
        "OFXHEADER:100\nDATA:OFXSGML\nVERSION:103\nENCODING:UTF-8\nCHARSET:NONE\n\n",
        "OFXHEADER: 100 DATA: OFXSGML ENCODING: USASCII CHARSET: 1252 ",
        "\n\n<?xml version='1.0'?><?OFX OFXHEADER='200' VERSION='230'?>",
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "utf-16"])
def test_any_header_and_encoding_is_read(header: str, encoding: str) -> None:
    content = (header + ofx(transaction("1", more=" Zoë €"))).encode(encoding)
    assert read_one(content).entries[0].description == "Shop Zoë €"


def test_investments_are_refused_or_left_out() -> None:
    alone = "<OFX><INVSTMTRS><STMTTRN><TRNAMT>x</STMTTRN></INVSTMTRS></OFX>"
    assert "about investments only" in refusal(alone).message
    both = ofx(transaction("1"), after="</STMTRS><INVSTMTRS></INVSTMTRS><STMTRS>")
    assert "investments (line 3) is left out" in read_all(both)[0].notes[0]


def test_what_the_banks_server_says_is_told() -> None:
    content = "<OFX><STATUS><CODE>15500<SEVERITY>ERROR<MESSAGE>Sign on again</STATUS></OFX>"
    assert "the bank's server said: 'Sign on again'" in refusal(content).message


def test_statements_that_overlap_in_a_file_have_each_entry_once() -> None:
    one = ofx(transaction("1", id="7"), transaction("2", id="8"))
    inner = ofx(transaction("2", id="8"), transaction("3", id="9"))
    inner = inner[inner.index("<STMTRS>") : inner.index("</OFX>")]
    statement = read_one(one.replace("</OFX>", f"{inner}</OFX>"))
    assert [entry.reference for entry in statement.entries] == ["7", "8", "9"]
    assert statement.skipped[0].reason.startswith("it is the entry of line 3 again")


def test_elements_before_the_first_one_are_refused() -> None:
    content = "OFXHEADER:100\n<STMTTRN>\n" + ofx(transaction("1"))
    assert refusal(content).message.startswith("line 2: '<STMTTRN>' stands before")


def test_a_balance_without_a_day_is_one() -> None:
    after = "<LEDGERBAL><BALAMT>-3.50<DTASOF>00000000</LEDGERBAL>"
    closing = read_one(ofx(transaction("1"), after=after)).closing
    assert closing is not None
    assert (closing.amount_minor, closing.day) == (-350, None)


def test_elements_that_are_too_deep_are_refused() -> None:
    assert "too deep" in refusal("<OFX>" + "<BAL>" * 100_000).message


def test_what_is_in_a_comment_is_not_read() -> None:
    content = ofx(transaction("1"), transaction("2"), transaction("3"))
    lines = content.split("\n")
    lines[2] = f"<!-- {lines[2]} -->"
    assert [(each.line, each.amount_minor) for each in read_one("\n".join(lines)).entries] == [
        (2, 100),
        (4, 300),
    ]
    lines[2] = lines[2].removesuffix("-->")
    assert refusal("\n".join(lines)).message == "line 3: '<!--' does not belong to any element"


def test_tags_without_end_and_without_a_transaction_are_refused_early() -> None:
    error = refusal(ofx(transaction("-1.00", more="<A>" * 200_001)))
    assert "there are over 200,000 tags here without a transaction" in error.message
    few = transaction("-1.00", more="<A>x" * 70_000)
    assert len(read_one(ofx(few, few, few)).entries) == 3
