from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.bank_statements.cells.amounts import (
    MARKS,
    AmountReader,
    check_directions,
    infer_marks,
    is_blank,
)
from ledger.domain.currency import DECIMALS
from ledger.domain.money import MAX_MINOR_UNITS, format_minor_units
from ledger.errors import CurrencyMismatch, InvalidAmount


@pytest.mark.parametrize(
    ("text", "marks", "currency", "minor_units"),
    [
        ("12.50", ".,", "USD", 1250),
        ("-12.50", ".,", "USD", -1250),
        ("\u221212.50", ".,", "USD", -1250),
        ("12,50-", ",.", "EUR", -1250),
        ("+1.234.567,8", ",.", "EUR", 123456780),
        ("(1,234.50)", ".,", "USD", -123450),
        ("($4.00)", ".,", "USD", -400),
        ("$1,234.50", ".,", "USD", 123450),
        ("-$1,234.50", ".,", "USD", -123450),
        ("$-1,234.50", ".,", "USD", -123450),
        ("€ 3,00", ",.", "EUR", 300),
        ("12,00 EUR", ",.", "EUR", 1200),
        ("R$ 1.980,00", ",.", "BRL", 198000),
        ("1\u202f234,50", ", ", "EUR", 123450),
        ("1\u00a0234,50", ", ", "EUR", 123450),
        ("1'234.50", ".'", "CHF", 123450),
        ("1\u2019234.50", ".'", "CHF", 123450),
        ("1,23,456.00", ".,", "INR", 12345600),
        (".5", ".,", "USD", 50),
        ("007", ".,", "USD", 700),
        ("12.5000", ".,", "USD", 1250),
        ("1200.00", ".,", "JPY", 1200),
        ("¥285,000", ".,", "JPY", 285000),
        ("0.125", ".,", "KWD", 125),
        ("$(27.80)", ".,", "USD", -2780),
        ("($27.80)", ".,", "USD", -2780),
        ("(27.80) USD", ".,", "USD", -2780),
        ("Fr. 10.00", ".'", "CHF", 1000),
        ("Fr..50", ".'", "CHF", 50),
        ("SFr. 1'000.50", ".'", "CHF", 100050),
        ("CHF -1'234.50", ".'", "CHF", -123450),
        ("1200.00 DR", ".,", "USD", -120000),
        ("1,200.00 Cr", ".,", "INR", 120000),
        ("5.00Dr.", ".,", "INR", -500),
        ("-5.00 DR", ".,", "USD", -500),
        ("5.00 CR EUR", ".,", "EUR", 500),
        ("5,00 EUR S", ",.", "EUR", -500),
        ("5,00 H", ",.", "EUR", 500),
        ("'-5.00", ".,", "USD", -500),
        ("12,00 EUR-", ",.", "EUR", -1200),
        ("Rs.500", ".,", "INR", 50000),
        ("$.50", ".,", "USD", 50),
        ("92233720368547758.07", ".,", "USD", MAX_MINOR_UNITS),
    ],
)
def test_amounts_are_read_exactly(text: str, marks: str, currency: str, minor_units: int) -> None:
    assert AmountReader(marks[0], marks[1], currency, DECIMALS[currency]).read(text) == minor_units


@pytest.mark.parametrize(
    ("text", "unit", "decimals", "minor_units"),
    [
        ("0.00000001", "BTC", 8, 1),
        ("1,000.5", "BTC", 8, 100_050_000_000),
        ("-1.25", "BTC", 8, -125_000_000),
        ("1,200", "POINTS", 0, 1_200),
        ("-12.5 HOURS", "HOURS", 1, -125),
        ("KM 12", "KM", 0, 12),
        ("5.000", "USD", 3, 5_000),
    ],
)
def test_amounts_are_read_in_the_decimals_that_the_account_has_pinned(
    text: str, unit: str, decimals: int, minor_units: int
) -> None:
    assert AmountReader(".", ",", unit, decimals).read(text) == minor_units


@pytest.mark.parametrize(
    ("text", "unit", "decimals", "reason"),
    [
        ("0.000000001", "BTC", 8, "BTC has 8 decimals"),
        ("1.5", "POINTS", 0, "POINTS has no decimals"),
        ("92233720368.54775808", "BTC", 8, "the largest amount is 92233720368.54775807"),
    ],
)
def test_an_amount_that_the_pinned_decimals_cannot_hold_is_refused(
    text: str, unit: str, decimals: int, reason: str
) -> None:
    with pytest.raises(InvalidAmount, match=reason):
        AmountReader(".", ",", unit, decimals).read(text)


@pytest.mark.parametrize(
    ("text", "marks", "currency", "reason"),
    [
        ("12.345", ".,", "USD", "USD has 2 decimals"),
        ("1.000", ".,", "USD", "USD has 2 decimals"),
        ("12.5", ".,", "JPY", "JPY has no decimals"),
        ("92233720368547758.08", ".,", "USD", "the largest amount is 92233720368547758.07"),
        ("1" * 30, ".,", "USD", "the largest amount is"),
        ("1" * 30 + ".00", ".,", "USD", "the largest amount is"),
        ("1,50", ".,", "USD", "not a number"),
        ("12,34,5", ".,", "USD", "not a number"),
        ("1.50", ",.", "USD", "not a number"),
        ("0,500", ".,", "USD", "not a number"),
        ("12.", ".,", "USD", "not a number"),
        ("--5", ".,", "USD", "not a number"),
        ("(-5)", ".,", "USD", "not a number"),
        ("-5-", ".,", "USD", "not a number"),
        ("1e3", ".,", "USD", "not a number"),
        ("0x10", ".,", "USD", "not a number"),
        ("NaN", ".,", "USD", "not a number"),
        ("1_000", ".,", "USD", "not a number"),
        ("\u0661\u0662", ".,", "USD", "not a number"),
        ("1E3", ".,", "USD", "not a number"),
        ("-5.00 CR", ".,", "USD", "it contradicts itself"),
        ("+5.00 DR", ".,", "USD", "it contradicts itself"),
        ("(5.00) Cr.", ".,", "USD", "it contradicts itself"),
        ("5.00 DR CR", ".,", "USD", "not a number"),
        ("5.00 XR", ".,", "USD", "not a number"),
        ("$(5.00", ".,", "USD", "not a number"),
        ("5(0)", ".,", "USD", "not a number"),
        ("((5.00))", ".,", "USD", "not a number"),
        ("5 USD EUR", ".,", "USD", "not a number"),
        ("€5 USD", ".,", "USD", "it contradicts itself"),
        ("1 2", ".,", "USD", "not a number"),
        ("1.2.3", ".,", "USD", "not a number"),
        ("-", ".,", "USD", "not a number"),
    ],
)
def test_texts_that_are_not_amounts_are_refused_with_a_reason(
    text: str, marks: str, currency: str, reason: str
) -> None:
    with pytest.raises(InvalidAmount, match=reason):
        AmountReader(marks[0], marks[1], currency, DECIMALS[currency]).read(text)


@pytest.mark.parametrize("text", ["€5.00", "5.00 EUR", "£5.00", "GBP 5.00"])
def test_an_amount_in_another_currency_is_refused(text: str) -> None:
    with pytest.raises(CurrencyMismatch, match="but the account is in USD"):
        AmountReader(".", ",", "USD", 2).read(text)


@pytest.mark.parametrize(
    ("text", "named", "account"),
    [
        ("-30.00 zł", "PLN (zł)", "EUR"),
        ("-120.50 kr", "DKK or ISK or NOK or SEK (kr)", "USD"),
        ("-US$12.00", "USD (US$)", "CAD"),
        ("$5.00", "$", "EUR"),
        ("$5.00 CAD", "CAD", "USD"),
        ("R$ 5.00", "BRL (R$)", "USD"),
        ("¥500", "CNY or JPY (¥)", "KRW"),
        ("₹500.00", "INR (₹)", "USD"),
        ("5.00 eur", "EUR (eur)", "USD"),
        ("£5.00", "£", "HOURS"),
    ],
)
def test_a_sign_that_cannot_mean_the_currency_is_refused(
    text: str, named: str, account: str
) -> None:
    with pytest.raises(CurrencyMismatch) as refused:
        AmountReader(".", ",", account, 2).read(text)
    assert refused.value.message == f"{text!r} is in {named}, but the account is in {account}"


@pytest.mark.parametrize(
    ("text", "accounts"),
    [
        ("$5", "USD CAD AUD MXN HKD"),
        ("C$5", "CAD NIO"),
        ("5 kr", "SEK NOK DKK ISK"),
        ("5 Kr.", "DKK"),
        ("¥5", "JPY CNY"),
        ("￥5", "JPY CNY"),
        ("5円", "JPY"),
        ("5 Kč", "CZK"),
        ("5 Ft", "HUF"),
        ("5 lei", "RON"),
        ("5원", "KRW"),
        ("₩5", "KRW"),
        ("£5", "GBP EGP"),
        ("5 руб.", "RUB"),
        ("5 eur", "EUR"),
        ("RM5", "MYR"),
        ("Rp 5", "IDR"),
    ],
)
def test_a_sign_is_accepted_for_each_currency_that_it_can_mean(text: str, accounts: str) -> None:
    for account in accounts.split():
        assert AmountReader(".", ",", account, 0).read(text) == 5


@pytest.mark.parametrize("text", ["", "-", "–", "--", "$ -", "€-", "- $"])
def test_a_dash_is_an_empty_cell(text: str) -> None:
    assert is_blank(text)


@pytest.mark.parametrize("text", ["0", "-5", "(-)", "---", "kr", "$", "n/a", "5,-"])
def test_other_texts_are_not(text: str) -> None:
    assert not is_blank(text)


@pytest.mark.parametrize(
    ("texts", "line"),
    [
        (["5.00 CR", "7.00"], 3),
        (["7.00", "5.00 CR"], 2),
        (["7.00", "5.00 DR", "-1.00"], 2),
    ],
)
def test_words_at_some_amounts_alone_are_refused(texts: list[str], line: int) -> None:
    with pytest.raises(InvalidAmount, match=rf"^line {line}: '7.00' does not say") as refused:
        check_directions(enumerate(texts, 2))
    assert refused.value.details["rule"] == "money_out"


@pytest.mark.parametrize(
    ("texts", "by_words"),
    [
        (["5.00 CR", "7.00 DR", "0.00", "-"], True),
        (["5.00 CR", "-7.00"], True),
        (["5", "7"], False),
        ([], False),
    ],
)
def test_words_at_all_amounts_or_none_are_fine(texts: list[str], by_words: bool) -> None:
    assert check_directions(enumerate(texts, 2)) is by_words


@given(
    minor_units=st.integers(-MAX_MINOR_UNITS, MAX_MINOR_UNITS),
    marks=st.sampled_from(MARKS),
    currency=st.sampled_from(["JPY", "USD", "KWD", "CLF"]),
    grouped=st.booleans(),
)
@settings(max_examples=200)
def test_every_amount_is_read_as_it_was_written(
    minor_units: int, marks: tuple[str, str], currency: str, grouped: bool
) -> None:
    decimal_mark, thousands_mark = marks
    whole, point, fraction = format_minor_units(minor_units, DECIMALS[currency]).partition(".")
    if grouped:
        whole = f"{int(whole):,}".replace(",", thousands_mark)
        whole = f"-{whole}" if minor_units < 0 and not whole.startswith("-") else whole
    text = whole + (decimal_mark + fraction if point else "")
    assert AmountReader(*marks, currency, DECIMALS[currency]).read(text) == minor_units


# ── marks ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("texts", "currency", "marks"),
    [
        (["12.50", "3.00"], "USD", (".", ",")),
        (["12,50"], "EUR", (",", ".")),
        (["1.234,50"], "EUR", (",", ".")),
        (["1,234", "12.50"], "USD", (".", ",")),
        (["1.234", "12,5"], "EUR", (",", ".")),
        (["1.234.567"], "EUR", (",", ".")),
        (["1 234,50"], "EUR", (",", " ")),
        (["1\u202f234", "5,00"], "EUR", (",", " ")),
        (["1'234.50"], "CHF", (".", "'")),
        (["1,200", "500"], "JPY", (".", ",")),
        (["1.200"], "JPY", (",", ".")),
        (["1200.00"], "JPY", (".", ",")),
        (["0.500", "1.234"], "KWD", (".", ",")),
        (["5", "-7"], "USD", (".", ",")),
        ([], "USD", (".", ",")),
        (["no amount", "1,5"], None, (",", ".")),
    ],
)
def test_the_marks_fit_all_amounts(
    texts: list[str], currency: str | None, marks: tuple[str, str]
) -> None:
    assert infer_marks(enumerate(texts, 2), currency) == marks


@pytest.mark.parametrize(
    ("texts", "currency", "line"),
    [
        (["500", "1,234"], "USD", 3),
        (["1.234"], "EUR", 2),
        (["1.000", "25.000"], "USD", 2),
        (["1.234"], "KWD", 2),
        (["1,234"], None, 2),
    ],
)
def test_ambiguous_marks_are_refused_with_the_rules_to_choose_from(
    texts: list[str], currency: str | None, line: int
) -> None:
    with pytest.raises(
        InvalidAmount, match=f"^line {line}: the amounts do not show which decimal mark"
    ) as refused:
        infer_marks(enumerate(texts, 2), currency)
    assert 'decimal_mark = "."' in refused.value.advice
    assert 'decimal_mark = ","' in refused.value.advice


def test_amounts_with_different_marks_are_refused_with_the_line() -> None:
    with pytest.raises(InvalidAmount, match=r"^line 4: '1,50' is written with other decimal or"):
        infer_marks([(2, "1.50"), (3, "7"), (4, "1,50")], "USD")


@pytest.mark.parametrize(
    ("known", "marks"),
    [
        ({"decimal_mark": "."}, (".", ",")),
        ({"decimal_mark": ","}, (",", ".")),
        ({"thousands_mark": "."}, (",", ".")),
        ({"decimal_mark": ".", "thousands_mark": ""}, (".", "")),
    ],
)
def test_a_given_mark_decides(known: dict[str, str], marks: tuple[str, str]) -> None:
    amount = "1,234" if known.get("decimal_mark") == "." and len(known) == 1 else "1.234"
    assert infer_marks([(2, amount)], "EUR", **known) == marks
