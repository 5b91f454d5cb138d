"""The rules by which a bank's statement is read: a small TOML file.

Every rule may be left out; what is left out is guessed from the statement, or has the default that
is named below.
"""

from __future__ import annotations

import re
import tomllib
from datetime import UTC, datetime, tzinfo
from typing import Final, Literal

import msgspec

from ledger.bank_statements.template import fields_of
from ledger.domain.currency import decimals_of
from ledger.errors import InvalidCurrency, InvalidOption

Column = str | int
"""A column's name, or its number from 1."""

LOCAL: Final = "local"


class StatementFormat(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How to read the statements of one bank; None is *not said*.

    Attributes:
        encoding: of the file, as Python names it.
        delimiter: between the columns.
        quote: around texts, or empty for none; ``"`` by default.
        skip_top: lines before the table.
        skip_bottom: lines after it; blank ones at the very end are not counted.
        header: whether the first line of the table has the columns' names.
        newest_first: the order of the entries; by default it is seen from their dates.
        date: column.
        date_format: as Python's ``strptime`` takes it.
        time_zone: of the dates, as ``Europe/Berlin``; the machine's (``local``) by default.
        amount: column of signed amounts, or of unsigned ones beside ``direction``.
        money_out: which sign of an amount is money out; the negative one by default.
        debit, credit: columns of money out and in, instead of ``amount``.
        direction: column that says by a word whether an amount is money out or in.
        direction_out, direction_in: those words.
        decimal_mark: between whole units and their fraction.
        thousands_mark: between groups of digits, or empty for none.
        description: text with columns in braces, as ``{Payee}: {3}``.
        currency: of all amounts, an ISO 4217 code; the account's by default.
        currency_column: column that says it for each entry.
    """

    encoding: str | None = None
    delimiter: str | None = None
    quote: str | None = None
    skip_top: int | None = None
    skip_bottom: int | None = None
    header: bool | None = None
    newest_first: bool | None = None
    date: Column | None = None
    date_format: str | None = None
    time_zone: str | None = None
    amount: Column | None = None
    money_out: Literal["negative", "positive"] | None = None
    debit: Column | None = None
    credit: Column | None = None
    direction: Column | None = None
    direction_out: str | None = None
    direction_in: str | None = None
    decimal_mark: Literal[".", ","] | None = None
    thousands_mark: Literal["", ".", ",", " ", "'"] | None = None
    description: str | None = None
    currency: str | None = None
    currency_column: Column | None = None

    def to_toml(self) -> str:
        """The rules that are said, as the file from which `read_format` reads them again."""
        return "".join(
            f"{name} = {_toml(value)}\n"
            for name, value in msgspec.structs.asdict(self).items()
            if value is not None
        )

    @property
    def zone(self) -> tzinfo | None:
        """The time zone of the dates; None for the machine's.

        Raises:
            InvalidOption: this machine does not know it.
        """
        if self.time_zone in (None, LOCAL):
            return None
        from zoneinfo import ZoneInfo

        try:
            return ZoneInfo(str(self.time_zone))
        except (KeyError, ValueError, OSError):
            raise _unusable(
                "time_zone",
                f"{self.time_zone!r} is no time zone that this machine knows",
                'write one such as "Europe/Berlin", or "local" for the machine\'s own',
            ) from None


RULES: Final = StatementFormat.__struct_fields__


def read_format(text: bytes, name: str = "the rules") -> StatementFormat:
    """Read a rules file.

    Args:
        name: of the file, for messages.

    Raises:
        InvalidOption: it is no TOML, has an unknown rule, or a rule that cannot be meant.
    """
    try:
        source = text.decode("utf-8-sig")
        found = tomllib.loads(source)
    except (ValueError, RecursionError) as error:  # numbers of thousands of digits among them
        raise InvalidOption(
            f"{name} is no TOML: {error}", advice='a rule is a line such as: date = "Booking date"'
        ) from None
    for rule in found:
        if rule not in RULES:
            raise InvalidOption(
                f"{name}{_line_of(rule, source)}: there is no rule {rule!r}",
                advice=f"the rules are {', '.join(RULES)}",
                rule=rule,
            )
    try:
        return check_format(msgspec.convert(found, StatementFormat))
    except msgspec.ValidationError as error:
        what, _, rule = str(error).partition(" - at `$.")
        what, rule = what.replace(" | null", "").replace("`", ""), rule.rstrip("`")
        raise InvalidOption(
            f"{name}{_line_of(rule, source)}: {rule}: {what[:1].lower()}{what[1:]}",
            advice=f"the rules are {', '.join(RULES)}",
            rule=rule,
        ) from None
    except InvalidOption as refusal:
        refusal.message = f"{name}{_line_of(refusal.details['rule'], source)}: {refusal.message}"
        refusal.args = (refusal.message,)
        raise


def check_format(rules: StatementFormat) -> StatementFormat:
    """Give the rules back, or refuse what cannot be meant together.

    Raises:
        InvalidOption: a rule is none, or contradicts another; ``rule`` in the details names it.
    """
    if rules.encoding is not None:
        _check_encoding(rules.encoding)
    _check_marks(rules)
    for rule in ("skip_top", "skip_bottom"):
        if (getattr(rules, rule) or 0) < 0:
            raise _unusable(rule, "less than no line cannot be skipped", f"{rule} = 0 or more")
    _check_columns(rules)
    if rules.date_format is not None:
        _check_date_format(rules.date_format)
    if rules.description is not None:
        try:
            fields_of(rules.description)
        except ValueError as error:
            raise _unusable(
                "description", str(error), 'columns stand in braces: "{Payee}: {Memo}"'
            ) from None
    if rules.currency is not None:
        try:
            decimals_of(rules.currency)
        except InvalidCurrency as refusal:
            raise _unusable("currency", refusal.message, refusal.advice) from None
    _ = rules.zone
    return rules


def _check_encoding(encoding: str) -> None:
    try:
        "".encode(encoding)
    except (LookupError, ValueError):
        raise _unusable(
            "encoding",
            f"{encoding!r} is no encoding of text",
            'write one such as "utf-8", "cp1252" or "utf-16"',
        ) from None


def _check_marks(rules: StatementFormat) -> None:
    delimiter, quote = rules.delimiter, rules.quote
    if delimiter is not None and (len(delimiter) != 1 or delimiter in "\r\n"):
        raise _unusable("delimiter", f"{delimiter!r} is not one character", 'delimiter = ";"')
    if quote is not None and (len(quote) > 1 or quote in ("\r", "\n")):
        raise _unusable("quote", f"{quote!r} is not one character", "quote = '\"'")
    if quote and delimiter == quote:
        raise _unusable("quote", "it is the delimiter too", "choose two characters")
    if rules.decimal_mark is not None and rules.decimal_mark == rules.thousands_mark:
        raise _unusable(
            "thousands_mark", "it is the decimal mark too", 'thousands_mark = "" is for none'
        )


def _check_columns(rules: StatementFormat) -> None:
    for rule in ("date", "amount", "debit", "credit", "direction", "currency_column"):
        column = getattr(rules, rule)
        if column == "" or (isinstance(column, int) and column < 1):
            raise _unusable(
                rule, "a column has a name, or a number from 1", f"write {rule} = 1, for example"
            )
    if rules.amount is not None and (rules.debit is not None or rules.credit is not None):
        raise _unusable(
            "amount",
            "amounts stand in one column, or in two columns of debits and credits",
            "leave out amount, or debit and credit",
        )
    if (rules.debit is None) != (rules.credit is None):
        given, missing = ("debit", "credit") if rules.credit is None else ("credit", "debit")
        raise _unusable(given, f"{missing} is missing", f"name both columns: {missing} = …")
    if rules.direction is not None and rules.debit is not None:
        raise _unusable("direction", "debits and credits have their own columns", "leave it out")
    if rules.direction is not None and None in (rules.direction_out, rules.direction_in):
        raise _unusable(
            "direction",
            "its two words are missing",
            'say them: direction_out = "Debit" and direction_in = "Credit"',
        )


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
    raise _unusable(
        "date_format",
        f"{date_format!r} does not give a day, a month and a year",
        'write it with %d, %m and %Y, such as "%d.%m.%Y" for 31.03.2026',
    )


def _unusable(rule: str, error: str, advice: str) -> InvalidOption:
    return InvalidOption(f"{rule}: {error}", advice=advice, rule=rule)


def _line_of(rule: object, source: str) -> str:
    """`` line N``, where the rule stands at the start of a line of the file."""
    found = re.search(rf"^[\s\[]*[\"']?{re.escape(str(rule))}[\"']?\s*[=.\]]", source, re.MULTILINE)
    if found is None:
        return ""
    return f" line {source.count(chr(10), 0, found.end()) + 1}"


def _toml(value: str | int) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if set('"\\') & set(value) and "'" not in value and value.isprintable():
        return f"'{value}'"
    return f'"{"".join(map(_toml_character, value))}"'


_SHORT: Final = {'"': '\\"', "\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"}


def _toml_character(character: str) -> str:
    if character in _SHORT:
        return _SHORT[character]
    if character.isprintable():
        return character
    return f"\\u{ord(character):04x}" if ord(character) < 0x10000 else f"\\U{ord(character):08x}"
