"""How to read a bank's statements: a format, written as a small TOML file of rules.

Any rule may be left out. It is then inferred from the statement, or has the default that is named
below.
"""

from __future__ import annotations

import re
import tomllib
from datetime import UTC, datetime, tzinfo
from typing import Final, Literal

import msgspec

from ledger.bank_statements.decoding import is_character_set
from ledger.bank_statements.template import parse_template
from ledger.domain.currency import decimals_of
from ledger.errors import InvalidCurrency, InvalidOption, InvalidTime
from ledger.json_text import what_is_wrong
from ledger.times.zones import check_zone, load_zone

LARGEST: Final = 65_536
"""Bytes of a file of rules."""

_LONGEST_LINE: Final = 1_000
"""Characters. What reads TOML takes time and memory for the square of a key's parts."""

_LONGEST_TEXT: Final = 500

Column = str | int
"""A column's name, or its number from 1."""

LOCAL: Final = "local"
LEAVE_OUT: Final = "if the line is not an entry, leave it out with the rule skip_top or skip_bottom"
"""Advice for a line that cannot be read."""


class StatementFormat(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How to read the statements of one bank. Each attribute is a rule; None leaves it open.

    Attributes:
        encoding: of the file, as Python names it.
        delimiter: between the columns.
        quote: around texts, or empty for none; ``"`` by default.
        skip_top: number of lines before the table.
        skip_bottom: number of lines after it; blank ones at the very end are not counted.
        header: whether the first line of the table has the names of the columns.
        newest_first: the order of the entries; by default their dates show it.
        date: column of the dates.
        date_format: in the notation of Python's ``strptime``.
        time_zone: of the dates, such as ``Europe/Berlin``; the book's (``local``) by default.
        amount: column of signed amounts, or of unsigned ones beside ``direction``.
        money_out: which sign means money out; the negative one by default. ``balance``: there is
            none, and the balance column shows the direction.
        debit, credit: columns of money out and money in, instead of ``amount``.
        direction: column with a word for money out or money in.
        direction_out, direction_in: those words, one or several.
        decimal_mark: between whole units and their fraction.
        thousands_mark: between groups of digits, or empty for none.
        description: text with columns in braces, such as ``{Payee}: {3}``.
        currency: ISO 4217 code of all amounts; the account's by default.
        currency_column: column with the currency of each entry.
        balance: column with the account's balance after each entry, or empty for none.
        own_account: column with the number of the account that the statement is of, or empty for
            none.
        fee: column with a fee that is taken besides the amount, or empty for none.
        time: column with the time of day, where ``date`` has none.
        id: column with the bank's own id of each entry.
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
    money_out: Literal["negative", "positive", "balance"] | None = None
    debit: Column | None = None
    credit: Column | None = None
    direction: Column | None = None
    direction_out: str | list[str] | None = None
    direction_in: str | list[str] | None = None
    decimal_mark: Literal[".", ","] | None = None
    thousands_mark: Literal["", ".", ",", " ", "'"] | None = None
    description: str | None = None
    currency: str | None = None
    currency_column: Column | None = None
    balance: Column | None = None
    own_account: Column | None = None
    fee: Column | None = None
    time: Column | None = None
    id: Column | None = None

    def to_toml(self) -> str:
        """The rules that are not left open, as a file that `read_format` reads again."""
        import tomli_w

        # The file is shown on terminals too, and a bank may write characters that move the cursor.
        return _UNPRINTABLE.sub(_escaped, tomli_w.dumps(self.rules))

    @property
    def rules(self) -> dict[str, str | int | list[str]]:
        """The rules that are not left open, in the order of the attributes."""
        fields = msgspec.structs.asdict(self)
        return {rule: value for rule, value in fields.items() if value is not None}

    @property
    def zone(self) -> tzinfo | None:
        """The time zone of the dates; None for the book's.

        Raises:
            InvalidOption: there is none of the name.
        """
        if self.time_zone in (None, LOCAL):
            return None
        try:
            check_zone(str(self.time_zone))
        except InvalidTime as error:
            raise _unusable(
                "time_zone",
                error.message,
                'name one such as "Europe/Berlin", or write "local" for the book\'s own',
            ) from None
        return load_zone(str(self.time_zone))


RULES: Final = StatementFormat.__struct_fields__
_COLUMNS: Final = (
    *("date", "amount", "debit", "credit", "direction", "currency_column", "balance"),
    *("own_account", "fee", "time", "id"),
)
_MAY_BE_NONE: Final = ("balance", "own_account", "fee")
"""Columns that are none where the name is empty."""
_TAKES: Final = {
    **dict.fromkeys(_COLUMNS, "a name in quotes, or a number from 1"),
    "skip_top": "a number of lines",
    "skip_bottom": "a number of lines",
    "header": "true or false",
    "newest_first": "true or false",
    "money_out": '"negative" or "positive" or "balance"',
    **dict.fromkeys(("direction_out", "direction_in"), "a text in quotes, or a list of them"),
    "decimal_mark": '"." or ","',
    "thousands_mark": '"." or "," or " " or "\'" or "" for none',
}
"""What the rules take that do not take any text."""


def read_format(text: bytes, name: str = "the rules") -> StatementFormat:
    """Read a file of rules.

    Args:
        name: of the file, for messages.

    Raises:
        InvalidOption: it is not TOML, has an unknown rule, or a rule that cannot be right.
    """
    try:
        source = _source(text)
        found = tomllib.loads(source)
    except (ValueError, RecursionError) as error:
        raise InvalidOption(
            f"{name} is not valid TOML{_where_and_why(error)}",
            advice='a rule is a line such as: date = "Booking date"',
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
        rule = str(error).rpartition(" - at `$.")[2].partition("[")[0].rstrip("`")
        raise InvalidOption(
            f"{name}{_line_of(rule, source)}: {rule}: {_wrong_value(error, rule)}",
            advice=f"{rule} takes {_TAKES.get(rule, 'a text in quotes')}",
            rule=rule,
        ) from None
    except InvalidOption as refusal:
        refusal.message = f"{name}{_line_of(refusal.details['rule'], source)}: {refusal.message}"
        refusal.args = (refusal.message,)
        raise


def _wrong_value(error: msgspec.ValidationError, rule: str) -> str:
    """What is wrong with the value of a rule, whose name stands before it."""
    return what_is_wrong(error).removesuffix(f" (in {rule})").removeprefix(f"{rule} ")


def _source(text: bytes) -> str:
    """The text of a file of rules.

    Raises:
        ValueError: it is none, or none that anybody would write.
    """
    if len(text) > LARGEST:
        raise ValueError(f"it has over {LARGEST:,} bytes")
    source = text.decode("utf-8-sig")
    for number, line in enumerate(source.splitlines(), 1):
        if len(line) > _LONGEST_LINE:
            raise ValueError(f"line {number} has {len(line):,} characters")
    return source


def check_format(format: StatementFormat) -> StatementFormat:
    """Return the format, or refuse rules that cannot be right.

    Raises:
        InvalidOption: a rule is invalid, or contradicts another; ``rule`` in the details names it.
    """
    for rule, value in format.rules.items():
        longest = max(map(len, (value,) if isinstance(value, str) else _texts(value)), default=0)
        if longest > _LONGEST_TEXT:
            raise _unusable(
                rule,
                f"the text has {longest:,} characters, and {_LONGEST_TEXT} are the most",
                "shorten it",
            )
    if format.encoding is not None:
        _check_encoding(format.encoding)
    _check_marks(format)
    for rule in ("skip_top", "skip_bottom"):
        if (getattr(format, rule) or 0) < 0:
            raise _unusable(rule, "a number of lines cannot be negative", f"{rule} = 0 or more")
    _check_columns(format)
    if format.date_format is not None:
        _check_date_format(format.date_format)
    if format.description is not None:
        try:
            parse_template(format.description)
        except ValueError as error:
            raise _unusable(
                "description", str(error), 'put columns in braces, as in "{Payee}: {Memo}"'
            ) from None
    if format.currency is not None:
        try:
            decimals_of(format.currency)
        except InvalidCurrency as refusal:
            raise _unusable("currency", refusal.message, refusal.advice) from None
    _ = format.zone
    return format


def _texts(value: object) -> list[str]:
    return value if isinstance(value, list) else []


def _check_encoding(encoding: str) -> None:
    if not is_character_set(encoding):
        raise _unusable(
            "encoding",
            f"{encoding!r} is not a text encoding",
            'name one such as "utf-8", "cp1252" or "utf-16"',
        )


def _check_marks(format: StatementFormat) -> None:
    delimiter, quote = format.delimiter, format.quote
    if delimiter is not None and (len(delimiter) != 1 or delimiter in "\r\n"):
        raise _unusable(
            "delimiter", f"{delimiter!r} is not one character", 'for example: delimiter = ";"'
        )
    if quote is not None and (len(quote) > 1 or quote in ("\r", "\n")):
        raise _unusable("quote", f"{quote!r} is not one character", 'for example: quote = "\'"')
    if quote and delimiter == quote:
        raise _unusable("quote", "the delimiter is the same", "choose two different characters")
    if format.decimal_mark is not None and format.decimal_mark == format.thousands_mark:
        raise _unusable(
            "thousands_mark",
            "the decimal mark is the same",
            'if there is no thousands mark, write: thousands_mark = ""',
        )


def _check_columns(format: StatementFormat) -> None:
    for rule in _COLUMNS:
        column = getattr(format, rule)
        if column == "" and rule in _MAY_BE_NONE:
            continue
        if column == "" or (isinstance(column, int) and column < 1):
            raise _unusable(
                rule, "a column is a name, or a number from 1", f"for example: {rule} = 1"
            )
    if format.amount is not None and (format.debit is not None or format.credit is not None):
        raise _unusable(
            "amount",
            "amounts are in one column, or in one of debits and one of credits",
            "remove amount, or remove debit and credit",
        )
    if (format.debit is None) != (format.credit is None):
        given, missing = ("debit", "credit") if format.credit is None else ("credit", "debit")
        raise _unusable(given, f"{missing} is missing", f"name both columns: {missing} = …")
    if format.direction is not None and format.debit is not None:
        raise _unusable(
            "direction", "debits and credits already have their own columns", "remove direction"
        )
    if format.direction is not None and None in (format.direction_out, format.direction_in):
        raise _unusable(
            "direction",
            "the words for money out and money in are missing",
            'add them: direction_out = "Debit" and direction_in = "Credit"',
        )
    if format.money_out == "balance" and format.balance in (None, ""):
        raise _unusable(
            "money_out",
            "the balance column is missing",
            'name it, for example: balance = "Balance"',
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
        f"{date_format!r} does not have a day, a month and a year",
        'write it with %d, %m and %Y, such as "%d.%m.%Y" for 31.03.2026',
    )


def _unusable(rule: str, reason: str, advice: str) -> InvalidOption:
    return InvalidOption(f"{rule}: {reason}", advice=advice, rule=rule)


def _where_and_why(error: Exception) -> str:
    """What the reader of TOML complains of, in words for people."""
    if isinstance(error, (RecursionError, UnicodeDecodeError)):
        return f": {what_is_wrong(error)}"
    what, at, where = str(error).rpartition(" (at ")
    if not at:
        return f": {error}"
    twice = (
        ": a rule is given twice"
        if any(word in what for word in ("overwrite", "redefine", "twice"))
        else ""
    )
    return f" at {where.rstrip(')')}{twice}".replace("at end of document", "at its end")


def _line_of(rule: object, source: str) -> str:
    """`` line N``, where the rule stands at the start of a line of the file."""
    found = re.search(rf"^[\s\[]*[\"']?{re.escape(str(rule))}[\"']?\s*[=.\]]", source, re.MULTILINE)
    if found is None:
        return ""
    return f" line {source.count(chr(10), 0, found.end()) + 1}"


_UNPRINTABLE: Final = re.compile(r"[^\n -~]")


def _escaped(found: re.Match[str]) -> str:
    character = found.group()
    if character.isprintable():
        return character
    return "\\t" if character == "\t" else f"\\U{ord(character):08x}"
