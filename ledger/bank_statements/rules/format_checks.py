"""Rules that cannot be right, or contradict one another."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import combinations
from typing import Final

from ledger.bank_statements.rules.character_sets import is_character_set
from ledger.bank_statements.rules.patterns import compiled, pattern_in
from ledger.bank_statements.rules.statement_format import OF_TWO_COLUMNS, StatementFormat, unusable
from ledger.bank_statements.rules.template import parse_template
from ledger.domain.currency import decimals_of
from ledger.domain.tags import check_tag_key, check_tag_value, check_tags
from ledger.domain.validation import check_account_id
from ledger.errors import InvalidAccountId, InvalidCurrency, InvalidTag

COLUMNS: Final = (
    *("date", "amount", "debit", "credit", "direction", "currency_column", "balance"),
    *("own_account", "fee", "time", "id"),
)
"""The rules that name a column."""

_MAY_BE_NONE: Final = ("balance", "own_account", "fee", "time", "id")
_LONGEST_TEXT: Final = 500
DELIMITERS: Final = (";", ",", "\t", "|")
"""Those that are tried where none is given."""
_MATCH: Final = "match"


def check_format(format: StatementFormat) -> StatementFormat:
    """Return the format, or refuse rules that cannot be right.

    Raises:
        InvalidOption: a rule is invalid, or contradicts another; ``rule`` in the details names it.
    """
    for rule, value in format.rules.items():
        longest = max(map(len, _texts(value)), default=0)
        if longest > _LONGEST_TEXT:
            raise unusable(
                rule,
                f"the text has {longest:,} characters, and {_LONGEST_TEXT} are the most",
                "shorten it",
            )
    if format.encoding is not None:
        _check_encoding(format.encoding)
    _check_marks(format)
    for rule in ("skip_top", "skip_bottom"):
        if (getattr(format, rule) or 0) < 0:
            raise unusable(rule, "a number of lines cannot be negative", f"{rule} = 0 or more")
    _check_columns(format)
    if format.date_format is not None:
        _check_date_format(format.date_format)
    if format.description is not None:
        try:
            parse_template(format.description)
        except ValueError as error:
            raise unusable(
                "description", str(error), 'put columns in braces, as in "{Payee}: {Memo}"'
            ) from None
    if format.currency is not None:
        try:
            decimals_of(format.currency)
        except InvalidCurrency as refusal:
            raise unusable("currency", refusal.message, refusal.advice) from None
    _ = format.zone
    for rule in ("skip", "take"):
        _check_row_rule(rule, getattr(format, rule) or {})
    _check_tags(format)
    for each in format.transfer or ():
        _check_transfer(each)
    return format


def _folded(words: str | list[str] | None) -> set[str]:
    return {word.casefold() for word in _texts(words)}


def _texts(value: object) -> list[str]:
    if isinstance(value, list):
        return [each for each in value if isinstance(each, str)]
    return [value] if isinstance(value, str) else []


def _check_encoding(encoding: str) -> None:
    if not is_character_set(encoding):
        raise unusable(
            "encoding",
            f"{encoding!r} is not a text encoding",
            'name one such as "utf-8", "cp1252" or "utf-16"',
        )


def _check_marks(format: StatementFormat) -> None:
    delimiter, quote = format.delimiter, format.quote
    if delimiter is not None and (len(delimiter) != 1 or delimiter in "\r\n"):
        raise unusable(
            "delimiter", f"{delimiter!r} is not one character", 'for example: delimiter = ";"'
        )
    if quote is not None and (len(quote) > 1 or quote in ("\r", "\n")):
        raise unusable("quote", f"{quote!r} is not one character", 'for example: quote = "\'"')
    if quote and delimiter == quote:
        raise unusable("quote", "the delimiter is the same", "choose two different characters")
    if quote and delimiter is None and quote in DELIMITERS:
        raise unusable(
            "quote", f"{quote!r} may be the delimiter", "name that with the rule delimiter"
        )
    if format.decimal_mark is not None and format.decimal_mark == format.thousands_mark:
        raise unusable(
            "thousands_mark",
            "the decimal mark is the same",
            'if there is no thousands mark, write: thousands_mark = ""',
        )


def _check_columns(format: StatementFormat) -> None:
    for rule in COLUMNS:
        column = getattr(format, rule)
        if column == "" and rule in _MAY_BE_NONE:
            continue
        if column == "" or (isinstance(column, int) and column < 1):
            raise unusable(
                rule, "a column is a name, or a number from 1", f"for example: {rule} = 1"
            )
    if format.amount is not None and (format.debit is not None or format.credit is not None):
        raise unusable(
            "amount",
            "amounts are in one column, or in one of debits and one of credits",
            "remove amount, or remove debit and credit",
        )
    if (format.debit is None) != (format.credit is None):
        given, missing = ("debit", "credit") if format.credit is None else ("credit", "debit")
        raise unusable(given, f"{missing} is missing", f"name both columns: {missing} = …")
    if format.direction is not None and format.debit is not None:
        raise unusable(
            "direction", "debits and credits already have their own columns", "remove direction"
        )
    of_two_columns = format.money_out in OF_TWO_COLUMNS
    if of_two_columns and format.amount is not None:
        raise unusable(
            "money_out",
            f'"{format.money_out}" is for amounts in two columns',
            'write money_out = "negative" or "positive", or remove amount',
        )
    if format.money_out is not None and (format.direction or (format.debit and not of_two_columns)):
        other = "direction" if format.direction else "debit"
        raise unusable(
            "money_out", f"{other} says already which way the money goes", "remove one of them"
        )
    if _folded(format.direction_out) & _folded(format.direction_in):
        raise unusable(
            "direction_in", "direction_out is the same word", "name the word for money in"
        )
    words = (format.direction_out, format.direction_in)
    if format.direction is not None and any(each is None or each == [] for each in words):
        raise unusable(
            "direction",
            "the words for money out and money in are missing",
            'add them: direction_out = "Debit" and direction_in = "Credit"',
        )
    if format.money_out == "balance" and not format.balance:
        raise unusable(
            "money_out",
            "the balance column is missing",
            'name it, for example: balance = "Balance"',
        )
    _check_roles(format)
    if format.time and format.date_format and has_time(format.date_format):
        raise unusable(
            "time", "date_format has a time of day already", "remove time, or shorten date_format"
        )


def _check_roles(format: StatementFormat) -> None:
    given = {rule: column for rule in COLUMNS if (column := getattr(format, rule))}
    for (one, column), (other, same) in combinations(given.items(), 2):
        if str(column).casefold() == str(same).casefold() and type(column) is type(same):
            raise unusable(
                other, f"{one} is the same column", f"name one column for {one}, one for {other}"
            )


def has_time(date_format: str) -> bool:
    """Whether a format has a time of day."""
    return re.search("%[HIMcX]", date_format.replace("%%", "")) is not None


def _check_date_format(date_format: str) -> None:
    directives = set(re.findall(r"%(.)", date_format.replace("%%", "")))
    has_day = "j" in directives or ("d" in directives and directives & set("mbB"))
    sample = datetime(2026, 11, 23, tzinfo=UTC)
    try:
        if has_day and directives & {"Y", "y"}:
            datetime.strptime(sample.strftime(date_format), date_format)  # noqa: DTZ007 - a trial
            return
    except (ValueError, re.error):  # the latter where a directive comes twice
        pass
    raise unusable(
        "date_format",
        f"{date_format!r} does not have a day, a month and a year",
        'write it with %d, %m and %Y, such as "%d.%m.%Y" for 31.03.2026',
    )


# ── rules about rows ────────────────────────────────────────────────────────────────────────────


def _check_row_rule(rule: str, columns: dict[str, str | list[str]]) -> None:
    example = f'for example: {rule} = {{Status = ["Pending", "/^cancel/"]}}'
    for column, value in columns.items():
        texts = [value] if isinstance(value, str) else value
        if not column or not texts:
            lacking = "a column has no name" if not column else f"{column!r} has no texts"
            raise unusable(rule, lacking, example, near=column)
        for text in texts:
            pattern = pattern_in(text)
            if pattern is not None:
                _check_pattern(rule, pattern)


def _check_pattern(rule: str, pattern: str) -> None:
    try:
        compiled(pattern)
    except ValueError as error:
        raise unusable(
            rule,
            f"the pattern {_shown(pattern)} cannot be used: {error}",
            'a pattern is a text such as "REWE|EDEKA", or a regular expression such as "^VISA .* "',
            near=pattern,
        ) from None


def _check_match(rule: str, given: dict[str, str]) -> None:
    if _MATCH not in given:
        raise unusable(rule, "match is missing", 'for example: match = "REWE|EDEKA"')
    _check_pattern(rule, given[_MATCH])


def _check_tags(format: StatementFormat) -> None:
    keys: dict[str, str] = {}
    for rule, key, value in _tags(format):
        near = key
        try:
            keys[check_tag_key(key)] = "x"
            near = value
            check_tag_value(key, value)
            near = key
            check_tags(keys)  # keys that differ in capitals, and too many of them, in all rules
        except InvalidTag as refusal:
            raise unusable(rule, refusal.message, refusal.advice, near=near) from None


def _tags(format: StatementFormat) -> Iterator[tuple[str, str, str]]:
    """(rule, key, value) of each tag that a rule gives; of those from columns the key alone."""
    for key, column in (format.tag_columns or {}).items():
        if column == "" or (isinstance(column, int) and column < 1):
            raise unusable(
                "tag_columns",
                "a column is a name, or a number from 1",
                'for example: tag_columns = {category = "Category"}',
                near=key,
            )
        yield "tag_columns", key, "x"
    for each in format.tag or ():
        _check_match("tag", each)
        if len(each) == 1:
            raise unusable(
                "tag", "there is no tag", 'for example: category = "food"', near=each[_MATCH]
            )
        for key, value in each.items():
            if key != _MATCH:
                yield "tag", key, value


def _check_transfer(given: dict[str, str]) -> None:
    _check_match("transfer", given)
    if given.keys() != {_MATCH, "account"}:
        raise unusable(
            "transfer",
            "it takes match and account, and nothing else",
            'for example: match = "SAVINGS" and account = "savings"',
            near=given[_MATCH],
        )
    try:
        check_account_id(given["account"])
    except InvalidAccountId as refusal:
        raise unusable("transfer", refusal.message, refusal.advice, near=given["account"]) from None


def _shown(pattern: str) -> str:
    return repr(pattern if len(pattern) <= 60 else pattern[:57] + "...")
