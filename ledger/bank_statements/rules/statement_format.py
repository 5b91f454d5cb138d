"""How to read a bank's statements: a format, written as a small TOML file of rules.

Any rule may be left out. It is then inferred from the statement, or has the default that is named
below.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import tzinfo
from typing import Any, Final, Literal

import msgspec

from ledger.errors import InvalidOption, InvalidTime
from ledger.times.zones import check_zone, load_zone

Column = str | int
"""A column's name, or its number from 1."""

LOCAL: Final = "local"
LEAVE_OUT: Final = "if the line is not an entry, leave it out with the rule skip"
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
            none, and the balance column shows the direction. With ``debit`` and ``credit``, where
            signs vary: ``column``, the column counts, whatever the sign; ``sign``, an unusual sign
            takes a debit or a credit back.
        debit, credit: columns of money out and money in, instead of ``amount``.
        direction: column with a word for money out or money in.
        direction_out, direction_in: those words, one or several.
        decimal_mark: between whole units and their fraction.
        thousands_mark: between groups of digits, or empty for none.
        description: text with columns in braces, such as ``{Payee}: {3}``.
        currency: ISO 4217 code of all amounts; the account's by default.
        currency_column: column with the currency of each entry.
        balance: column with the account's balance after each entry; empty for none.
        own_account: column with the number of the account that the statement is of; empty for
            none.
        fee: column with a fee that is taken besides the amount, whatever its sign; empty for none.
        time: column with the time of day, where ``date`` has none; empty for none.
        id: column with the bank's own id of each entry; empty for none.
        skip: rows to leave out: by column, one text or several, each as the cell is, or a regular
            expression between slashes, such as ``/^saldo/``.
        take: rows that are entries whatever they look like, in the same way; ``skip`` goes first.
        tag_columns: by a tag's key, the column with its values.
        tag: tags for entries whose description has a pattern: ``match``, and values by key.
        transfer: accounts of the ledger that money comes from or goes to: ``match`` and
            ``account``.
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
    money_out: Literal["negative", "positive", "balance", "column", "sign"] | None = None
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
    skip: dict[str, str | list[str]] | None = None
    take: dict[str, str | list[str]] | None = None
    tag_columns: dict[str, Column] | None = None
    tag: list[dict[str, str]] | None = None
    transfer: list[dict[str, str]] | None = None

    def to_toml(self) -> str:
        """The rules that are not left open, as a file that `rules_file` reads again."""
        import tomli_w

        # The file is shown on terminals too, and a bank may write characters that move the cursor.
        return _UNPRINTABLE.sub(_escaped, tomli_w.dumps(self.rules))

    @property
    def rules(self) -> dict[str, Any]:
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
            raise unusable(
                "time_zone",
                error.message,
                'name one such as "Europe/Berlin", or write "local" for the book\'s own',
            ) from None
        return load_zone(str(self.time_zone))


RULES: Final = StatementFormat.__struct_fields__
OF_TWO_COLUMNS: Final = ("column", "sign")
"""What ``money_out`` can be where debits and credits have columns of their own."""


def unusable(rule: str, reason: str, advice: str, near: str = "") -> InvalidOption:
    """The error for a rule that cannot be right; ``near`` stands beside what is wrong with it."""
    beside = {"near": near} if near else {}
    return InvalidOption(f"{rule}: {reason}", advice=advice, rule=rule, **beside)


def in_toml(rule: Mapping[str, object]) -> str:
    """A rule's value as an inline table, to be typed."""
    return "{" + ", ".join(f"{_key(key)} = {_text(value)}" for key, value in rule.items()) + "}"


def _key(key: str) -> str:
    return key if _BARE_KEY.fullmatch(key) else _text(key)


def _text(value: object) -> str:
    return msgspec.json.encode(value).decode()  # texts and lists of JSON are those of TOML


_BARE_KEY: Final = re.compile("[A-Za-z0-9_-]+")
_UNPRINTABLE: Final = re.compile(r"[^\n -~]")


def _escaped(found: re.Match[str]) -> str:
    character = found.group()
    if character.isprintable():
        return character
    return "\\t" if character == "\t" else f"\\U{ord(character):08x}"
