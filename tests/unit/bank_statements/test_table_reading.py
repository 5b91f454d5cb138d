from __future__ import annotations

from contextlib import suppress

import pytest

from ledger.errors import InvalidInput, InvalidLine
from tests.support.bank_statements.reading import (
    amounts,
    descriptions,
    guess,
    read,
    read_all,
    statement,
)

HEADER = "Date,Description,Amount"


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (r'"The \"Shop\" Ltd"', 'The "Shop" Ltd'),
        (r'"a \"b\", c"', 'a "b", c'),
        ('Kauf 5" Rohr', 'Kauf 5" Rohr'),
        ('"Ritter" Sport', '"Ritter" Sport'),
        ('"Restaurant "Adler""', 'Restaurant "Adler"'),
        ('"a "" b" ', 'a " b'),
        ('"never closed', '"never closed'),
        ('="Shop"', "Shop"),
        ('="a, b"', "a, b"),
        ('"=""a, b"""', "a, b"),
        ("=Shop", "=Shop"),
    ],
)
@pytest.mark.parametrize("others", ['2025-03-15,"say ""hi"", or",1.00', "2025-03-15,plain,1.00"])
def test_quotes_are_read_where_one_way_to_cut_the_lines_works(
    cell: str, text: str, others: str
) -> None:
    content = statement(HEADER, others, f"2025-03-14,{cell},-4.25", '2025-03-16,"two', 'x",2.00')
    entries = read(content)
    assert [entry.amount_minor for entry in entries] == [100, -425, 200]
    assert [entry.description for entry in entries][1:] == [text, "two\nx"]
    assert [entry.line for entry in entries] == [2, 3, 4]


def test_blanks_may_stand_between_quotes_and_delimiters() -> None:
    content = statement('"Date" ;"Description" ;"Amount"', '"14.03.2025" ;"a; b" ;"-5,00" ')
    assert (descriptions(content), amounts(content)) == (["a; b"], [-500])


def test_cells_that_all_have_quotes_may_have_them_inside() -> None:
    content = statement(
        '"Date";"Description";"Amount"',
        '"14.03.2025";"Ritter" Sport;"-5,00"',
        '"15.03.2025";"a";"2"',
    )
    assert (descriptions(content), amounts(content)) == (['"Ritter" Sport', "a"], [-500, 200])


def test_lines_that_a_stray_quote_joins_are_asked_about() -> None:
    content = statement(HEADER, '2025-03-14,"pipe,-4.25', '2025-03-15,5",1.00')
    with pytest.raises(InvalidInput, match=r"^line 2: the quotation marks do not show") as refused:
        read(content)
    assert refused.value.details["rule"] == "quote"
    assert descriptions(content, 'quote = ""') == ['"pipe', '5"']
    assert descriptions(content, "quote = '\"'") == ["pipe,-4.25\n2025-03-15,5"]


def test_quotes_that_no_way_to_cut_the_lines_explains_are_refused_with_the_line() -> None:
    content = statement(HEADER, "2025-03-13,a,1.00", '2025-03-14,"say "hi", or",-4.25')
    with pytest.raises(InvalidInput, match=r"^line 3: the row that starts here cannot be read"):
        read(content)


def test_the_quotation_mark_that_was_found_is_a_rule_that_reads_the_file_again() -> None:
    content = statement(HEADER, '2025-03-14,"Ritter" Sport,-4.25')
    saved = guess(content).format.to_toml()
    assert guess(content).format.quote == '"'
    assert read(content, saved) == read(content)


# ── rows and columns ────────────────────────────────────────────────────────────────────────────


def test_empty_cells_at_the_end_of_a_row_may_be_missing() -> None:
    content = statement("Date,Amount,Description,Note", "2025-03-14,-5.50,Shop", "2025-03-15,1.00")
    assert (amounts(content), descriptions(content)) == ([-550, 100], ["Shop", ""])
    content = statement("Date,Description,Debit,Credit", "2025-03-14,Shop,5.50", "2025-03-15,,,1")
    assert amounts(content) == [-550, 100]


@pytest.mark.parametrize(
    ("header", "line"),
    [
        ("Date,Description,Amount", "2025-03-14,Shop"),
        ("Amount,Description,Date", "5.50,Shop"),
        ("Date,Description,Debit,Credit", "2025-03-14,Shop,"),
        ("Date,Amount,Description", "2025-03-14,1.00,Shop,more"),
    ],
)
def test_a_row_without_its_date_or_amount_is_refused(header: str, line: str) -> None:
    full = ",".join("2025-03-13" if name == "Date" else "" for name in header.split(","))
    content = statement(header, full, line, full)
    with pytest.raises(InvalidInput, match=r"^line 3: there are . columns here"):
        read(content)


def test_a_column_without_a_name_is_kept_where_it_has_a_text() -> None:
    content = statement("Date,Amount,Description,", "2025-03-14,-5.50,Shop,Town", "2025-03-15,1,x,")
    assert guess(content).table.header == ["Date", "Amount", "Description", ""]
    assert descriptions(content, "description = '{3} {4}'") == ["Shop Town", "x"]
    content = statement("Date,Amount,Description,,", "2025-03-14,-5.50,Shop,,")
    assert guess(content).table.header == ["Date", "Amount", "Description"]


def test_the_header_is_found_below_a_long_preamble() -> None:
    for line in ("x", "Konto,123", '"', 'a "b" c,"d" e', ""):
        content = statement(*[line] * 900, HEADER, "2025-03-14,Shop,-5.00")
        assert [entry.line for entry in read(content)] == [902]


# ── files that break off ────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("last", "reason"),
    [
        ("15.03.2025;x;-1", "its amount has 0 decimals, and all others have 2"),
        ("15.03.2025;x;-1,5", "its amount has 1 decimals"),
    ],
)
def test_a_file_that_breaks_off_in_an_amount_is_refused(last: str, reason: str) -> None:
    content = statement("Date;Text;Amount", "13.03.2025;x;-5,00", "14.03.2025;x;1.200,00")
    with pytest.raises(InvalidLine, match=rf"^line 4: the file seems to be cut off .*{reason}"):
        read(content + last.encode())
    assert len(read(content + last.encode() + b"\n")) == 3


def test_a_file_that_breaks_off_between_columns_is_refused() -> None:
    content = statement("Date,Amount,Text", "2025-03-14,-5.00,x") + b"2025-03-15,1.00"
    with pytest.raises(InvalidLine, match=r"^line 3: the file seems to be cut off"):
        read(content)
    assert amounts(content + b"\n") == [-500, 100]


@pytest.mark.parametrize("last", ["2025-03-15,x,7.00", '2025-03-15,x,"7"', "2025-03-15,x,0.50"])
def test_a_last_line_without_an_end_may_be_complete(last: str) -> None:
    content = statement(HEADER, "2025-03-14,x,-5.00")
    assert len(read_all(content + last.encode())[0]) == 2


def test_quotes_without_end_take_time_in_proportion_to_the_file() -> None:
    for text in ('"a,"b,' * 3_000 + "\n", '"a,b\n' * 3_000, '"' * 20_000 + "\n", '"a" b,' * 3_000):
        with suppress(InvalidInput):
            read(statement(HEADER, "2025-03-14,x,1.00") + text.encode())


@pytest.mark.parametrize(
    ("whole", "cut"),
    [
        (["2025-01-13", "2025-01-12"], "2025-01-1"),
        (["14.02.2025"], "14.02.2"),
        (["14.02.2025", "15.02.2025"], "14.02.20"),
        (["1/2/2025", "11/12/2025"], "1/2/20"),
        (["14 Feb 2025"], "15 Feb 20"),
        (["2025-01-13 10:15"], "2025-01-13 10:1"),
    ],
)
def test_a_file_that_breaks_off_in_a_date_is_refused(whole: list[str], cut: str) -> None:
    lines = [f"-5.00,x,{each}" for each in whole]
    content = statement("Amount,Text,Date", *lines) + f"1.00,x,{cut}".encode()
    with pytest.raises(InvalidLine, match=rf"^line {len(whole) + 2}: .*cut off .*{cut!r} is the"):
        read(content, 'date_format = "%m/%d/%Y"' if "/" in cut else "")


@pytest.mark.parametrize(
    ("whole", "last"),
    [
        (["2025-01-13"], "2025-01-12"),
        (["2025-1-13"], "2025-1-9"),
        (["13.1.2025"], "9.1.2025"),
        (["13.01.2025", "9.1.2025"], "9.1.2025"),
    ],
)
def test_a_date_at_the_end_of_a_file_may_be_complete(whole: list[str], last: str) -> None:
    lines = [f"-5.00,x,{each}" for each in whole]
    content = statement("Amount,Text,Date", *lines) + f"1.00,x,{last}".encode()
    assert len(read(content)) == len(whole) + 1
