from __future__ import annotations

import tomllib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.bank_statements.rules.format_checks import check_format
from ledger.bank_statements.rules.rules_file import read_format
from ledger.bank_statements.rules.statement_format import RULES, StatementFormat
from ledger.errors import InvalidOption


def test_words_of_a_direction_are_a_text_or_several() -> None:
    given = "direction = 'T'\ndirection_in = 'C'\n"
    format = read_format(f"{given}direction_out = ['D', 'Fee']".encode())
    assert (format.direction_out, read_format(format.to_toml().encode())) == (["D", "Fee"], format)
    for wrong in ("direction_out = []", "direction_out = ['D', 'c']", "direction_out = [1]"):
        with pytest.raises(InvalidOption):
            read_format((given + wrong).encode())


def test_a_direction_by_the_balances_needs_these() -> None:
    with pytest.raises(InvalidOption, match="the balance column is missing"):
        read_format(b"money_out = 'balance'")
    assert read_format(b"balance = ''\nown_account = ''\nfee = ''").balance == ""


def test_all_rules_can_be_given() -> None:
    text = b"""
    encoding = "cp1252"
    delimiter = ";"
    quote = "'"
    skip_top = 4
    skip_bottom = 1
    header = true
    newest_first = false
    date = "Booking date"
    date_format = "%d.%m.%Y"
    time_zone = "local"
    debit = 3
    credit = "Paid in"
    decimal_mark = ","
    thousands_mark = ""
    description = "{Payee}: {5}"
    currency = "EUR"
    currency_column = 6
    fee = ""
    time = "Time"
    id = "Reference"
    skip = {Status = ["PENDING", "/^rev/"], "Completed Date" = "", 7 = "x"}
    tag_columns = {category = "Category"}
    [take]
    Status = "ok"
    [[tag]]
    match = "REWE|EDEKA"
    category = "food"
    [[tag]]
    match = 'VISA \\d+'
    "kind.of" = "card"
    [[transfer]]
    match = "SAVINGS"
    account = "club:savings"
    """
    rules = read_format(text)
    assert (rules.date, rules.debit, rules.credit) == ("Booking date", 3, "Paid in")
    assert (rules.skip_top, rules.skip_bottom, rules.header) == (4, 1, True)
    assert (rules.newest_first, rules.thousands_mark) == (False, "")
    assert read_format(rules.to_toml().encode()) == rules


def test_a_rules_file_may_be_empty_and_have_a_byte_order_mark() -> None:
    assert read_format(b"\xef\xbb\xbf# nothing yet\n") == StatementFormat()


def test_an_unknown_rule_is_refused_with_its_line_and_the_known_ones() -> None:
    with pytest.raises(InvalidOption) as refused:
        read_format(b'date = 1\n# a note\ndatum = "Tag"\n', "bank.toml")
    assert refused.value.message == "bank.toml line 3: there is no rule 'datum'"
    assert refused.value.exit_status == 2
    for rule in RULES:
        assert rule in refused.value.advice


@pytest.mark.parametrize(
    ("text", "line", "rule"),
    [
        ('date = 1\ndelimiter = ";;"', 2, "delimiter"),
        ('delimiter = ""', 1, "delimiter"),
        ('delimiter = "\\n"', 1, "delimiter"),
        ('quote = "ab"', 1, "quote"),
        ('delimiter = "|"\nquote = "|"', 2, "quote"),
        ("skip_top = -1", 1, "skip_top"),
        ('skip_bottom = "one"', 1, "skip_bottom"),
        ('header = "yes"', 1, "header"),
        ("date = 0", 1, "date"),
        ('date = ""', 1, "date"),
        ("amount = 1.5", 1, "amount"),
        ("[amount]\ncolumn = 1", 1, "amount"),
        ("amount = 1\ndebit = 2\ncredit = 3", 1, "amount"),
        ("date = 1\ndebit = 2", 2, "debit"),
        ("credit = 2", 1, "credit"),
        ("amount = 1\ndirection = 2", 2, "direction"),
        ('direction = 1\ndirection_out = "D"\ndirection_in = "C"\ndebit = 2\ncredit = 3', 1, "dir"),
        ('money_out = "minus"', 1, "money_out"),
        ('decimal_mark = ";"', 1, "decimal_mark"),
        ('decimal_mark = ","\nthousands_mark = ","', 2, "thousands_mark"),
        ('thousands_mark = "x"', 1, "thousands_mark"),
        ('encoding = "klingon"', 1, "encoding"),
        ('encoding = "base64"', 1, "encoding"),
        ('time_zone = "Mars/Olympus"', 1, "time_zone"),
        ('time_zone = "../etc/passwd"', 1, "time_zone"),
        ('currency = "XYZ"', 1, "currency"),
        ('currency = "eur"', 1, "currency"),
        ('description = "{Payee"', 1, "description"),
        ('description = "Payee}"', 1, "description"),
        ('description = "{}"', 1, "description"),
        ('date_format = "%d.%m."', 1, "date_format"),
        ('date_format = "%Y-%m"', 1, "date_format"),
        ('date_format = "DD.MM.YYYY"', 1, "date_format"),
        ('date_format = "%d.%m.%Y %Q"', 1, "date_format"),
        ('date_format = "%d.%m.%Y %d"', 1, "date_format"),
        ('date_format = "%d.%m.%Y %"', 1, "date_format"),
        ('header = true\nquote = ","', 2, "quote"),
        ('date = "A"\namount = "a"', 2, "amount"),
        ("date = 1\ndebit = 2\ncredit = 2", 3, "credit"),
        ('date_format = "%d.%m.%Y %H:%M"\ntime = "Time"', 2, "time"),
        ('money_out = "negative"\ndebit = 2\ncredit = 3', 1, "money_out"),
        ('direction = 1\ndirection_out = "D"\ndirection_in = "d"', 3, "direction_in"),
        ('skip = "PENDING"', 1, "skip"),
        ("skip = {Status = 1}", 1, "skip"),
        ("skip = {Status = []}", 1, "skip"),
        ('[skip]\nA = "x"\nB = ["y", "/(/"]', 3, "skip"),
        ('[take]\nA = "x"\nB = "/(a+)+$/"', 3, "take"),
        ('tag_columns = {"a b" = 1}', 1, "tag_columns"),
        ("tag_columns = {category = 0}", 1, "tag_columns"),
        ('[tag]\nmatch = "x"', 1, "tag"),
        ('[[tag]]\nmatch = "x"', 2, "tag"),
        ('[[tag]]\ncategory = "x"', 1, "tag"),
        ('[[tag]]\nmatch = "x"\na = "y"\n[[tag]]\nmatch = "z"\na = 1', 4, "tag"),
        ('[[tag]]\nmatch = "x"\na = "y"\n[[tag]]\na = "z"\nmatch = "("', 6, "tag"),
        ('[[tag]]\nmatch = "x"\na = "y"\n[[tag]]\nmatch = "z"\nA = "z"', 6, "tag"),
        ('[[tag]]\nmatch = "x"\na = "b=c"', 3, "tag"),
        ('[[transfer]]\nmatch = "x"\naccount = "-x"', 3, "transfer"),
        ('[[transfer]]\nmatch = "x"\naccount = "a"\nwith = "b"', 2, "transfer"),
        ('[[transfer]]\naccount = "a"', 1, "transfer"),
    ],
)
def test_an_invalid_rule_is_refused_with_its_line(text: str, line: int, rule: str) -> None:
    with pytest.raises(InvalidOption, match=rf"^bank\.toml line {line}: {rule}") as refused:
        read_format(text.encode(), "bank.toml")
    assert refused.value.advice


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("encoding = 8", "encoding takes a text in quotes"),
        ("skip_top = 'four'", "skip_top takes a number of lines"),
        ("amount = 1.5", "amount takes a name in quotes, or a number from 1"),
        (
            "money_out = 'minus'",
            'money_out takes "negative" or "positive" or "balance" or "column" or "sign"',
        ),
    ],
)
def test_a_rule_of_the_wrong_kind_is_refused_with_what_it_takes(text: str, advice: str) -> None:
    with pytest.raises(InvalidOption) as refused:
        read_format(text.encode())
    assert refused.value.advice == advice


def test_a_rule_whose_line_cannot_be_found_is_still_named() -> None:
    with pytest.raises(InvalidOption, match=r"^bank\.toml: there is no rule 'datum'"):
        read_format(b'"d\\u0061tum" = 1', "bank.toml")


@pytest.mark.parametrize(
    "text",
    [
        b"date = ",
        b"date: 1",
        b"\xff\xfe",
        b"date = 1\ndate = 2",
        pytest.param(b"skip_top = " + b"9" * 5_000, id="a number without end"),
        pytest.param(b"date = " + b"[" * 50_000, id="deep nesting"),
    ],
)
def test_a_file_that_is_not_toml_is_refused(text: bytes) -> None:
    with pytest.raises(InvalidOption, match=r"^bank\.toml is not valid TOML"):
        read_format(text, "bank.toml")


@pytest.mark.parametrize(
    "date_format",
    ["%d.%m.%Y", "%m/%d/%y", "%d %b %Y %H:%M", "%Y-%m-%dT%H:%M:%S%z", "%Y%j", "%d%%%m%Y"],
)
def test_date_formats_with_a_whole_date_are_accepted(date_format: str) -> None:
    assert read_format(f'date_format = "{date_format}"'.encode()).date_format == date_format


@given(name=st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
@settings(max_examples=200)
def test_any_column_name_survives_the_rules_file(name: str) -> None:
    text = StatementFormat(date=name).to_toml()
    assert tomllib.loads(text) == {"date": name}
    assert text.removesuffix("\n").isprintable()


@given(
    texts=st.dictionaries(
        st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20),
        st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=20), min_size=1),
        min_size=1,
    )
)
@settings(max_examples=100)
def test_any_text_to_skip_survives_the_rules_file(texts: dict[str, str | list[str]]) -> None:
    text = StatementFormat(skip=texts).to_toml()
    assert tomllib.loads(text) == {"skip": texts}


@pytest.mark.parametrize(
    "encoding",
    [
        *("unicode_escape", "raw_unicode_escape", "idna", "punycode", "undefined", "charmap"),
        *("utf_7", "rot13", "base64", "zlib", "hex", "mbcs", "oem", "../x", "a\0b", "x" * 400),
    ],
)
def test_what_is_no_character_set_is_no_encoding(encoding: str) -> None:
    with pytest.raises(InvalidOption, match="is not a text encoding"):
        check_format(StatementFormat(encoding=encoding))


@pytest.mark.parametrize("encoding", ["UTF8", "latin-1", "cp1252", "utf_16", "iso-8859-15", "gbk"])
def test_character_sets_are_known_by_any_of_their_names(encoding: str) -> None:
    assert check_format(StatementFormat(encoding=encoding)).encoding == encoding
