"""MT940: which way the money goes, on which day, and that nothing is lost."""

from __future__ import annotations

import pytest

from tests.support.bank_statements.formats import mt940, read_all, read_one, refusal


def one(line: str, *more: str, amount: str = "C240131EUR105,00") -> str:
    return mt940(line, *more, closing=amount)


def description(*lines: str) -> str:
    return read_one(one(":61:240105C5,NTRFX//Y", *lines)).entries[0].description


@pytest.mark.parametrize(
    ("mark", "cents", "closing"),
    [
        ("C", 1250, "C240131EUR112,50"),
        ("D", -1250, "C240131EUR87,50"),
        ("RC", -1250, "C240131EUR87,50"),
        ("RD", 1250, "C240131EUR112,50"),
        ("CR", 1250, "C240131EUR112,50"),
        ("DR", -1250, "C240131EUR87,50"),
        ("RDR", 1250, "C240131EUR112,50"),
        ("RCD", -1250, "C240131EUR87,50"),
    ],
)
@pytest.mark.parametrize("amount", ["12,50", "12,5", "12.50", "000012,50"])
def test_the_mark_says_which_way(mark: str, cents: int, closing: str, amount: str) -> None:
    content = one(f":61:2401050105{mark}{amount}NTRFNONREF", amount=closing)
    assert read_one(content).entries[0].amount_minor == cents


def test_a_reversed_credit_that_is_taken_for_money_in_does_not_add_up() -> None:
    error = refusal(one(":61:240105RC5,NTRFX"))
    assert error.exit_status == 2
    assert error.message == (
        "line 6: the statement does not add up: it opens with 100.00 EUR (line 4), its entries "
        "come to -5.00 EUR, which makes 95.00 EUR, but it closes with 105.00 EUR: 10.00 EUR more"
    )


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("240105", "2024-01-05"),
        ("2401050106", "2024-01-06"),
        ("2401021231", "2023-12-31"),
        ("2312310102", "2024-01-02"),
        ("2402300229", "2024-02-29"),
        ("2302290301", "2023-03-01"),
        ("991231", "1999-12-31"),
        ("240105    ", "2024-01-05"),
    ],
)
def test_the_day_of_booking_is_the_one_nearest_to_that_of_value(written: str, day: str) -> None:
    assert str(read_one(one(f":61:{written}C5,NTRFX")).entries[0].moment) == day


@pytest.mark.parametrize("written", ["240230", "2413050105", "2401050230", "240100"])
def test_what_is_no_date_is_refused_with_its_line(written: str) -> None:
    error = refusal(one(f":61:{written}C5,NTRFX"))
    assert (error.code, error.details["line"]) == ("invalid_time", 5)


@pytest.mark.parametrize(
    ("rest", "reference"),
    [
        ("NTRFNONREF//B1", "B1"),
        ("NTRFNONREF//NONREF", ""),
        ("NTRFINVOICE 7", ""),
        ("S103A/B//C//D", "C//D"),
        ("", ""),
    ],
)
def test_the_reference_is_the_banks(rest: str, reference: str) -> None:
    assert read_one(one(f":61:240105C5,{rest}")).entries[0].reference == reference


def test_texts_are_read_in_each_banks_way() -> None:
    assert description(":86:166?00GUTSCHRIFT?20Miete?32Anna") == "Anna: Miete"
    assert description(":86:166>00GUTSCHRIFT>20Miete") == "Miete"
    assert description(":86:166?00GUTSCHRIFT") == "GUTSCHRIFT"
    pieces = "?20EREF+1?21KREF+2?22SVWZ+" + "Beitrag fuer das Jahr " + "?2324?60Danke"
    assert description(f":86:166{pieces}") == "Beitrag fuer das Jahr 24 Danke"
    assert description(":86:/REMI/USTD//Fee 7/", "/NAME/Jan") == "Jan: Fee 7"
    assert description(":86:/ORDP//NAME/Jan/REMI/STRD/CUR/12345") == "Jan: 12345"
    assert description(":86:Fee", "of January") == "Fee of January"
    assert description(":86:/EREF/A", "-", "B//REMI/Fee") == "Fee"
    assert description(":86:Fee", "-", "JANUARY") == "Fee - JANUARY"
    assert description(":86:" + "x" * 65, "y") == "x" * 65 + "y"
    assert description() == "X"
    assert read_one(one(":61:240105C5,NTRFNONREF")).entries[0].description == "NTRF"
    assert description("Supplied") == "Supplied"
    assert description(":NS:01Fee", "02of May", "17X", "15Bank of the", "16 North") == (
        "Bank of the North: Fee of May"
    )
    assert description(":86:20:15 Uhr:", ":KIT: 7") == "20:15 Uhr: :KIT: 7"


def test_the_statements_own_text_is_not_that_of_an_entry() -> None:
    content = one(":86:Statement", ":61:240105C5,NTRFX", ":86:Fee").replace(
        "\n-", "\n:64:C240131EUR1,\n:86:End\n-"
    )
    assert [entry.description for entry in read_one(content).entries] == ["Fee"]


PAGE = mt940(":61:240105C5,NTRFX", closing="C240105EUR105,00").replace(":62F:", ":62M:")
LAST = mt940(":61:240106C6,NTRFX", opening="C240105EUR105,00", closing="C240131EUR111,00")


def test_pages_are_one_statement() -> None:
    statement = read_one(PAGE + LAST.replace(":60F:", ":60M:"))
    assert [entry.amount_minor for entry in statement.entries] == [500, 600]
    assert statement.opening is not None
    assert statement.closing is not None
    assert (statement.opening.amount_minor, statement.closing.amount_minor) == (100_00, 111_00)


def test_a_missing_page_is_refused() -> None:
    other = LAST.replace("105,00", "106,00").replace("111,00", "112,00")
    error = refusal(PAGE + other)
    assert error.message.startswith(
        "line 11: the page opens with 106.00 EUR, but the one before it closes with 105.00 EUR"
    )


def test_a_missing_statement_is_told() -> None:
    other = LAST.replace("105,00", "106,00").replace("111,00", "112,00")
    statement = read_one(PAGE.replace(":62M:", ":62F:") + other)
    assert "one may be missing between them" in statement.notes[0]


def test_accounts_and_currencies_are_kept_apart() -> None:
    content = PAGE.replace("62M", "62F") + LAST.replace("EUR", "BHD").replace("DE1", "BH2")
    statements = read_all(content)
    assert [(each.account_number, each.entries[0].amount_minor) for each in statements] == [
        ("DE1", 500),
        ("BH2", 6000),
    ]


BEFORE_AND_AFTER = {
    "blocks": ("{1:F01BANKXXXX}{2:I940BANKXXXXN}{3:{108:X}}{4:\n", "-}{5:{MAC:1}}"),
    "blocks in lines of their own": ("{1:F01BANKXXXX}\n{2:I940BANKXXXXN}\n{4:\n", "-}{5:}\n"),
    "blocks on the line of the first field": ("{1:F01BANKXXXX}{4:", "-}"),
    "a brace of its own": ("{1:F01BANKXXXX}{4:\n", "-\n}\n"),
    "names": ("BANKNL2A\n940\nBANKNL2A\n", "-\n"),
    "the number of the message": (":940:\n", "-"),
    "envelope": ("\x01{1:F01}{4:\n", "-}\x03"),
    "only the end of an envelope": ("", "-\x03\n"),
    "nothing": ("\n", ""),
}


@pytest.mark.parametrize(("before", "after"), BEFORE_AND_AFTER.values(), ids=BEFORE_AND_AFTER)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_what_is_around_a_message_is_known(before: str, after: str, end: str) -> None:
    message = before + one(":61:240105C5,NTRFX").removesuffix("-\n") + after
    assert len(read_one(message.replace("\n", end)).entries) == 1


NOT_CONSUMED = {
    "an unknown field": ("98765:", ":61:240105C5,NTRFX", ":99X:y"),
    "text in a balance": ("", ":60F:C240101EUR1,00"),
    "no amount": ("", ":61:240105CNTRFX"),
    "no mark": ("", ":61:2401055,NTRFX"),
    "thousands": ("", ":61:240105C1.000,00NTRFX"),
    "three decimals": ("", ":61:240105C5,000NTRFX"),
}


@pytest.mark.parametrize("lines", NOT_CONSUMED.values(), ids=NOT_CONSUMED)
def test_what_is_not_understood_is_refused(lines: tuple[str, ...]) -> None:
    error = refusal(one(*lines[1:]))
    assert error.exit_status == 2
    assert error.details["line"] in (5, 6, 7)


def test_text_after_the_end_is_refused() -> None:
    error = refusal(mt940() + "Some text\n")
    assert error.message == "line 7: 'Some text' does not belong to an MT940"


@pytest.mark.parametrize("lines", range(1, 7))
def test_a_statement_that_is_cut_off_is_refused(lines: int) -> None:
    content = one(":61:240105C5,NTRFX", ":86:Fee")
    cut = "\n".join(content.split("\n")[:lines])
    assert refusal(cut).exit_status == 2


def report(*lines: str) -> str:
    return "".join(f"{each}\n" for each in (":20:X", ":25:DE1", ":28C:1", ":34F:EUR0,", *lines))


def test_a_report_of_the_day_is_read_with_a_note() -> None:
    lines = (":13D:2401051200+0100", ":61:240105C5,NTRFX", ":61:240105ED7,NTRFX", ":90C:1EUR5,")
    statement = read_one(report(*lines))
    assert [entry.amount_minor for entry in statement.entries] == [500]
    assert [(each.reason, each.guessed) for each in statement.skipped] == [
        ("it is expected, not booked", True)
    ]
    assert "come again in the statement (MT940)" in statement.notes[0]
    error = refusal(report(":61:240105C5,NTRFX", ":90C:2EUR9,"))
    assert error.message.startswith("line 6: the report does not add up: by its own sum")


def test_a_statement_that_comes_twice_is_taken_once() -> None:
    content = one(":61:240105C5,NTRFX", ":61:240106C0,NTRFX")
    statement = read_one(content * 2)
    assert [entry.line for entry in statement.entries] == [5]
    assert [(each.line, each.guessed) for each in statement.skipped] == [(6, False), (13, True)]
    assert statement.closing is not None
    assert (statement.closing.amount_minor, statement.notes) == (105_00, ())


def test_days_that_are_alike_are_not_the_same() -> None:
    even = mt940(":61:240105C5,NTRFX", ":61:240105D5,NTRFX")
    assert len(read_one(even * 2).entries) == 4


def test_only_a_report_may_be_without_balances() -> None:
    lines = (":13D:2401051200+0100", ":34F:EUR0,", ":61:240105C5,NTRFX")
    error = refusal(one(*lines).replace(":60F:C240101EUR100,00\n", ""))
    assert "has no opening balance (:60F:)" in error.message


def test_an_entry_on_two_pages_is_two() -> None:
    page = mt940(":61:240105C5,NTRFX//B", closing="C240105EUR105,00").replace(":62F:", ":62M:")
    last = mt940(":61:240105C5,NTRFX//B", opening="C240105EUR105,00", closing="C240131EUR110,00")
    assert len(read_one(page + last).entries) == 2


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("NL69INGB0123456789EUR", "NL69INGB0123456789"),
        ("51210600/9223382012EUR", "51210600/9223382012"),
        ("DE12 3456 EUR", "DE123456"),
        ("ACCOUNTEUR", "ACCOUNTEUR"),
        ("123", "123"),
    ],
)
def test_the_number_of_the_account_is_without_its_currency(written: str, number: str) -> None:
    assert read_one(mt940().replace(":25:DE1", f":25:{written}")).account_number == number


def test_a_number_may_go_on_in_the_next_line() -> None:
    content = one(":61:240105C5,NTRFX").replace(":28C:1/1\n", ":28C:0000\n0\n")
    assert len(read_one(content).entries) == 1
