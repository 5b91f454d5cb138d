"""Writing and reading bank statements in a line."""

from __future__ import annotations

from datetime import date, datetime

from ledger.bank_statements.inference import InferredFormat, infer_format
from ledger.bank_statements.matching.similar_entries import Decision, Decisions
from ledger.bank_statements.reading import read_statements
from ledger.bank_statements.rules.rules_file import read_format
from ledger.bank_statements.rules.statement_format import StatementFormat
from ledger.bank_statements.statement import Entry, Skipped, Statement
from ledger.domain.currency import decimals_of

TAKE_ALL = Decisions(Decision.TAKE, Decision.TAKE)
"""What is like an entry that is there, and is not the same, is another one."""


def statement(*lines: str) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()


def rules(text: str) -> StatementFormat:
    return read_format(text.encode())


def read(content: bytes, given: str = "", currency: str = "USD") -> list[Entry]:
    return read_all(content, given, currency)[0]


def read_all(
    content: bytes, given: str = "", currency: str = "USD"
) -> tuple[list[Entry], list[Skipped]]:
    found = read_whole(content, given, currency)
    return found.entries, found.skipped


def read_whole(content: bytes, given: str = "", currency: str = "USD") -> Statement:
    (found,) = read_statements(content, rules(given), currency, decimals_of(currency))
    return found


def guess(content: bytes, given: str = "", currency: str | None = "USD") -> InferredFormat:
    return infer_format(content, rules(given), currency)


def amounts(content: bytes, given: str = "", currency: str = "USD") -> list[int]:
    return [entry.amount_minor for entry in read(content, given, currency)]


def moments(content: bytes, given: str = "") -> list[date | datetime]:
    return [entry.moment for entry in read(content, given)]


def descriptions(content: bytes, given: str = "") -> list[str]:
    return [entry.description for entry in read(content, given)]


def statements(content: bytes, given: str = "", currency: str = "USD") -> list[Statement]:
    return read_statements(content, rules(given), currency, decimals_of(currency))


def only(content: bytes, given: str = "", currency: str = "USD") -> Statement:
    (found,) = statements(content, given, currency)
    return found
