"""Rules that were saved from one file, and the next one."""

from __future__ import annotations

import pytest

from ledger.errors import InvalidLine
from tests.support.bank_statements.reading import amounts, guess, read, rules, statement

HEADER = "Buchungstag;Empfänger;Betrag"
JANUARY = statement(
    HEADER, "31.01.2025;Miete;-500,00", "15.01.2025;Lohn;2.000,00", "", "Alter Kontostand;0,00 EUR"
)
FEBRUARY = statement(HEADER, "28.02.2025;Miete;-500,00", "15.02.2025;Lohn;2.000,00")


def saved(content: bytes) -> str:
    return guess(content, currency="EUR").kept.to_toml()


def test_a_footer_is_not_counted_in_saved_rules() -> None:
    kept = saved(JANUARY)
    assert "skip_" not in kept
    assert amounts(JANUARY, kept, "EUR") == amounts(FEBRUARY, kept, "EUR") == [-50000, 200000]


def test_a_preamble_is_not_counted_in_saved_rules() -> None:
    kept = saved(statement("Konto;1", "Von;Bis", HEADER, "31.01.2025;Miete;-500,00"))
    assert amounts(FEBRUARY, kept, "EUR") == [-50000, 200000]


@pytest.mark.parametrize(
    ("content", "given", "line", "rule"),
    [
        (FEBRUARY, "skip_bottom = 1", 3, "skip_bottom"),
        (FEBRUARY, "skip_bottom = 2", 2, "skip_bottom"),
        (
            statement("31.01.2025;Miete;-500,00", "15.01.2025;Lohn;2.000,00"),
            "skip_top = 1\ndate = 1\namount = 3",
            1,
            "skip_top",
        ),
        (
            statement("01.01.2025;a;-1,00", HEADER, "31.01.2025;Miete;-500,00"),
            "skip_top = 1",
            1,
            "skip_top",
        ),
    ],
)
def test_a_count_of_lines_that_would_drop_an_entry_is_refused(
    content: bytes, given: str, line: int, rule: str
) -> None:
    with pytest.raises(InvalidLine, match=rf"^line {line}: .* the rule {rule} = ") as refused:
        read(content, given, "EUR")
    assert refused.value.advice.endswith((f"the rule {rule}", "the table is found without it"))


def test_a_count_of_lines_that_drops_no_entry_is_taken() -> None:
    given = "skip_top = 2\nskip_bottom = 3"
    content = statement("Stand;am;01.02.2025", "x;y;7,00", *JANUARY.decode().splitlines())
    content += statement("31.01.2025;Endsaldo;1.500,00", '"Ende')
    assert amounts(content, given, "EUR") == [-50000, 200000]


@pytest.mark.parametrize("encoding", ["cp1252", "latin-1", "mac-roman", "cp1250", "utf-16"])
def test_a_file_in_utf_8_is_not_read_in_another_encoding(encoding: str) -> None:
    with pytest.raises(
        InvalidLine, match=r"^line 1: the file is in UTF-8, but the rule encod"
    ) as no:
        read(FEBRUARY, f'encoding = "{encoding}"', "EUR")
    assert 'encoding = "utf-8"' in no.value.advice


def test_the_line_that_shows_the_encoding_is_named() -> None:
    content = statement("Date,Text,Amount", "2025-03-14,a,-1.00", "2025-03-15,Café,-1.00")
    with pytest.raises(InvalidLine, match=r"^line 3: the file is in UTF-8"):
        read(content, 'encoding = "cp1252"')
    assert amounts(content.replace("é".encode(), b"e"), 'encoding = "cp1252"') == [-100, -100]


def test_text_in_an_encoding_of_its_own_may_look_like_utf_8() -> None:
    content = "Date,Text,Amount\n2025-03-14,联通,-1.00\n".encode("gbk")
    assert [each.description for each in read(content, 'encoding = "gbk"')] == ["联通"]


def test_only_an_encoding_that_a_file_does_not_show_is_saved() -> None:
    text = FEBRUARY.decode()
    for encoding, kept in (("utf-8", None), ("utf-8-sig", None), ("utf-16", None)):
        assert guess(text.encode(encoding), currency="EUR").kept.encoding is kept
    assert guess(text.encode("cp1252"), currency="EUR").kept.encoding == "cp1252"
    assert "encoding" not in guess(FEBRUARY, currency="EUR").guessed


@pytest.mark.parametrize(
    ("written", "decimal_mark", "thousands_mark"),
    [
        (["-5", "12"], None, None),
        (["-5,00"], ",", None),
        (["-5.00"], ".", None),
        (["-1 234,50"], ",", " "),
        (["-1.234,50"], ",", "."),
        (["-1,234.50"], ".", ","),
    ],
)
def test_marks_that_no_amount_shows_are_not_saved(
    written: list[str], decimal_mark: str | None, thousands_mark: str | None
) -> None:
    content = statement("Date;Amount", *(f"2025-03-14;{amount}" for amount in written))
    kept = guess(content).kept
    assert (kept.decimal_mark, kept.thousands_mark) == (decimal_mark, thousands_mark)
    assert guess(content, kept.to_toml()).guessed == ()
    assert amounts(content, kept.to_toml()) == amounts(content)


def test_the_currency_of_the_account_is_not_a_rule_of_the_bank() -> None:
    assert rules(saved(FEBRUARY)).currency is None
    assert rules(saved(FEBRUARY.replace(b"Betrag", b"Betrag (EUR)"))).currency == "EUR"
