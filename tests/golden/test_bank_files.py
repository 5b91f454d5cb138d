"""Whole files of each format, and what a person reads in them."""

from __future__ import annotations

import pytest

from ledger.bank_statements.statement import StatedBalance
from tests.support.bank_statements.formats import FILES, read_all, told

ENTRIES = {
    "sgml.ofx": [
        (18, "2024-01-03 12:00:00-05:00", -4520, "CAFÉ & BAR", "A1"),
        (26, "2024-01-15", 1250_00, "SMITH & SONS: Invoice 17", "A2"),
        (34, "2024-01-20", -100_00, "Check 1001", "A3"),
        (41, "2024-01-22", -750, "BOOKS", "A4"),
    ],
    "two_accounts.qfx": [
        (9, "2024-02-29", -1999, "Stadtwerke: Strom & Gas", "1"),
        (23, "2024-02-10", -1500, "Ramen", "1"),
    ],
    "camt053_v02.xml": [
        (15, "2024-01-31", -100_00, "Anna Alt: Salary", "B1/1"),
        (16, "2024-01-31", -200_00, "Bert Bau: Salary", "B1/2"),
        (19, "2024-01-31", 150_00, "Landlord: Returned payment", "B2"),
        (25, "2024-01-31", -2655, "Anna Alt, Bert Bau", "B3"),
    ],
    "camt053_v08.xml": [
        (7, "2024-03-02 09:30:00+01:00", 5050, "Zoé Zürcher: RF18539007547034", "R7"),
        (16, "2024-03-02", -900, "Fee", ""),
    ],
    "german.sta": [
        (5, "2023-12-31", -100_00, "Anna Alt: Zu viel gezahlt", "B11"),
        (7, "2024-01-02", -1250, "Stadtwerke Koeln: Rechnung Nr. 2024-00001 vom 2. Januar", ""),
        (11, "2024-01-03", 700, "/OCMT/EUR7,/", "B13"),
        (
            *(19, "2024-01-04", 550),
            "Refund for the club's pencils, which were the wrong ones after all",
            "B14",
        ),
    ],
    "dutch.940": [
        (
            *(6, "2024-03-01", -80),
            "ING Bank N.V. inzake WEB: EV10001REP1000000T1000",
            "00000000001005",
        ),
        (10, "2024-03-01", 156, "J. Jansen: Contributie 2024", ""),
    ],
    "quicken.qif": [
        (20, "2025-01-05", -4520, "Corner shop: Paint", ""),
        (26, "2025-01-25", -1234_56, "Both", ""),
        (40, "2025-01-25", 3456, "Both", ""),
    ],
    "german.qif": [
        (2, "2024-12-31", -1250, "Bäcker", ""),
        (6, "2025-01-01", 3000_00, "17", ""),
    ],
}
"""Line, day or moment, amount in minor units, description, reference."""

ACCOUNTS = {
    "sgml.ofx": [("12345678", "USD", None, 2097_30)],
    "two_accounts.qfx": [
        ("DE02120300000000202051", "EUR", None, 8001),
        ("4111", "JPY", None, None),
    ],
    "camt053_v02.xml": [("DE02120300000000202051", "EUR", 1000_00, 823_45)],
    "camt053_v08.xml": [("CH9300762011623852957", "CHF", -1000, 4050), ("4711", "JPY", None, None)],
    "german.sta": [("12030000/0000202051", "EUR", 1000_00, 900_00)],
    "dutch.940": [("NL69INGB0123456789", "EUR", 662_23, 662_99)],
    "quicken.qif": [("Checking", None, 1000_00, None), ("Savings", None, None, None)],
    "german.qif": [("", None, None, None)],
}
"""Number, currency, opening and closing balance in minor units."""


def amount(balance: StatedBalance | None) -> int | None:
    return None if balance is None else balance.amount_minor


@pytest.mark.parametrize("name", ENTRIES)
def test_a_file_says_what_a_person_reads_in_it(name: str) -> None:
    currency = "USD" if name in ("sgml.ofx", "quicken.qif") else "EUR"
    statements = read_all((FILES / name).read_bytes(), currency)
    assert [told(entry) for each in statements for entry in each.entries] == ENTRIES[name]
    assert [
        (each.account_number, each.currency, amount(each.opening), amount(each.closing))
        for each in statements
    ] == ACCOUNTS[name]
    assert all(each.format is None and each.newest_first is None for each in statements)
