"""Writing and reading banks' files of all formats in a line."""

from __future__ import annotations

from pathlib import Path

import pytest

from ledger.bank_statements.reading import read_statements
from ledger.bank_statements.rules.rules_file import read_format
from ledger.bank_statements.statement import Entry, Statement
from ledger.domain.currency import decimals_of
from ledger.errors import LedgerError

FILES = Path(__file__).parents[2] / "golden" / "bank_files"


def read_all(content: bytes | str, currency: str = "EUR", rules: str = "") -> list[Statement]:
    content = content.encode() if isinstance(content, str) else content
    given = read_format(rules.encode())
    return read_statements(content, given, currency, decimals_of(currency))


def read_one(content: bytes | str, currency: str = "EUR", rules: str = "") -> Statement:
    (statement,) = read_all(content, currency, rules)
    return statement


def refusal(content: bytes | str, currency: str = "EUR", rules: str = "") -> LedgerError:
    """The error that reading a file ends with."""
    with pytest.raises(LedgerError) as caught:
        read_all(content, currency, rules)
    error = caught.value.with_traceback(None)
    del caught  # or frames and errors that know each other keep the content, which may be 64 MB
    return error


def told(entry: Entry) -> tuple[int, str, int, str, str]:
    """What an entry says."""
    return entry.line, str(entry.moment), entry.amount_minor, entry.description, entry.reference


def ofx(*transactions: str, currency: str = "EUR", after: str = "") -> str:
    """An OFX file of one account, without a header; each transaction is a line, from the 2nd."""
    lines = "".join(f"<STMTTRN>{each}</STMTTRN>\n" for each in transactions)
    return (
        f"<OFX><STMTRS><CURDEF>{currency}<BANKACCTFROM><ACCTID>1</BANKACCTFROM><BANKTRANLIST>\n"
        f"{lines}</BANKTRANLIST>{after}</STMTRS></OFX>\n"
    )


def transaction(amount: str, *, day: str = "20240105", id: str = "", more: str = "") -> str:
    """A transaction of OFX."""
    return f"<DTPOSTED>{day}<TRNAMT>{amount}<FITID>{id}<NAME>Shop{more}"


def camt(*parts: str, message: str = "BkToCstmrStmt", version: str = "camt.053.001.08") -> str:
    """A camt message of one account; each part is in a line, from the 3rd."""
    account = {"BkToCstmrStmt": "Stmt", "BkToCstmrAcctRpt": "Rpt"}.get(message, "Ntfctn")
    lines = "".join(f"{each}\n" for each in parts)
    return (
        f'<?xml version="1.0"?>\n<Document xmlns="urn:iso:std:iso:20022:tech:xsd:{version}">'
        f"<{message}><{account}><Acct><Id><IBAN>DE1</IBAN></Id><Ccy>EUR</Ccy></Acct>\n"
        f"{lines}</{account}></{message}></Document>\n"
    )


def ntry(
    amount: str = "5.00",
    direction: str = "CRDT",
    *,
    status: str = "BOOK",
    currency: str = "EUR",
    more: str = "",
) -> str:
    """An entry of camt."""
    return (
        f'<Ntry><Amt Ccy="{currency}">{amount}</Amt><CdtDbtInd>{direction}</CdtDbtInd>'
        f"<Sts><Cd>{status}</Cd></Sts><BookgDt><Dt>2024-01-05</Dt></BookgDt>{more}</Ntry>"
    )


def bal(kind: str, amount: str, direction: str = "CRDT") -> str:
    """A balance of camt."""
    return (
        f'<Bal><Tp><CdOrPrtry><Cd>{kind}</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">{amount}</Amt>'
        f"<CdtDbtInd>{direction}</CdtDbtInd><Dt><Dt>2024-01-05</Dt></Dt></Bal>"
    )


def mt940(*lines: str, opening: str = "C240101EUR100,00", closing: str = "C240131EUR100,00") -> str:
    """A statement of MT940; the lines come from the 5th."""
    between = "".join(f"{line}\n" for line in lines)
    return f":20:X\n:25:DE1\n:28C:1/1\n:60F:{opening}\n{between}:62F:{closing}\n-\n"


def qif(*lines: str) -> str:
    return "".join(f"{line}\n" for line in ("!Type:Bank", *lines))
