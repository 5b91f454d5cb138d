"""Random ledgers with names, units and texts that other programs do not like."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from random import Random

from ledger import Ledger
from ledger.domain.money import format_minor_units
from ledger.domain.receipts import Receipt
from ledger.errors import LedgerError
from tests.support.clock import Clock

START = 1_735_700_000_000_000
HOUR = 3_600_000_000

IDS = (
    "club", "club:savings", "Club", "club:Savings", "petty-cash", "petty.cash", "petty_cash",
    "a::b", "a:", "a:-", "2025:dues", "Assets:Bank", "assets:bank", "liabilities:card", "x" * 128,
    "Income:dues", "assets", "club-2", "a:b:c", "A..b", "0", "Expenses:Uncategorized", "tRUE",
)  # fmt: skip
UNITS = (
    ("USD", None), ("USD", None), ("EUR", None), ("JPY", None), ("KWD", None), ("CLF", None),
    ("BTC", 8), ("ETH", 12), ("V", 0), ("TRUE", 2), ("A1B2C3D4E5F6", 3), ("NULL", 0), ("E5", 1),
)  # fmt: skip
TEXTS = (
    "", "rent", "</script><b>", 'say "x"', "a; b", "a | b", "two\nlines\r\n\ttab", "back\\slash\\n",
    "\u202eevil", "=1+1", "* starred", "! pending", "(17) code", "two  blanks", "; comment",
    "date:2020-01-01", "category:x, tag:y", "[2020-01-01]", "100% %2C", "x" * 10_000, " padded ",
    "\u3000wide\u3000\u3000", "=2020-01-01 x", "^link #tag", "\x1b[31mred\x7f", "日本語 é ✓",
    "@ 5 USD", "\\", '"', "{{", "~", "\ufeff", "'",
)  # fmt: skip
TAGS: tuple[dict[str, str], ...] = (
    {}, {}, {"category": "rent"}, {"category": "Rent"}, {"category": "a;b:c"},
    {"category": "a,b:c"}, {"category": "Uncategorized"}, {"category": "::"},
    {"category": "日本 語"}, {"category": "(x)  y"},
    {"category": "5% off", "date": "2020-01-01"}, {"k": "v, w:x"}, {"K.x": "%2C", "type": "A"},
    {"tag-1": "odd", "text": '"quoted"'}, {"event": "[2021-01-01]", "date2": "1"}, {"lineno": "7"},
    {"category": "é"}, {"category": "नमस्ते"}, {"category": "-"}, {"tag": "x"},
    {"id": "7", "owner": "me"},
)  # fmt: skip
COMMANDS = (
    "deposit", "deposit", "deposit", "withdraw", "withdraw", "transfer", "transfer", "transfer",
    "reverse", "reverse", "correct", "amend", "amend", "amend_opening", "close", "reopen",
    "confirm", "confirm", "later",
)  # fmt: skip


@contextmanager
def hostile_book(dice: Random) -> Iterator[Ledger]:
    """A ledger that has lived a short life."""
    clock = Clock(START)
    zone = dice.choice(("UTC", "Europe/Berlin", "Pacific/Auckland"))
    name = dice.choice(("", 'Club "x" ; y'))
    with Ledger.in_memory(clock=clock, book={"time_zone": zone, "name": name}) as ledger:
        _live(ledger, dice, clock)
        yield ledger


def _live(ledger: Ledger, dice: Random, clock: Clock) -> None:
    ids = dice.sample(IDS, dice.randint(2, 7))
    units = dice.sample(UNITS, dice.randint(1, 3))
    decimals: dict[str, int] = {}
    for account in ids:
        unit, own = dice.choice(units)
        try:
            ledger.open_account(
                account, dice.choice(TEXTS)[:900].strip("\ufeff \u3000") or "Ana", unit,
                dice.choice(("0", "0", "7")), decimals=own,
                overdraft=dice.choice(("0", "unlimited")),
                at=clock.now - dice.choice((0, 30 * 24 * HOUR)),
            )  # fmt: skip
        except LedgerError:
            continue
        decimals[account] = next(
            each.decimals for each in ledger.accounts() if each.account_id == account
        )
    for _ in range(dice.randint(30, 90)):
        clock.now += dice.choice((0, 1, 60_000_000, HOUR, 20 * HOUR))
        with suppress(LedgerError):
            _one(ledger, dice, clock, decimals)


def _one(ledger: Ledger, dice: Random, clock: Clock, decimals: dict[str, int]) -> None:
    account, other = dice.choice(list(decimals)), dice.choice(list(decimals))
    minor = dice.choice((1, 5, 100, 12_345, dice.randrange(1, 10**12)))
    amount = format_minor_units(minor, decimals[account])
    at = dice.choice((None, None, clock.now - dice.randrange(48) * HOUR, clock.now - HOUR))
    text, tags = dice.choice(TEXTS), dice.choice(TAGS)
    receipts = [Receipt(5, f"{dice.randrange(16):064x}")] if dice.random() < 0.2 else []
    version = dice.randrange(1, 12)
    match dice.choice(COMMANDS):
        case "deposit":
            ledger.deposit(account, amount, text, tags=tags, receipts=receipts, at=at)
        case "withdraw":
            ledger.withdraw(account, amount, text, tags=tags, receipts=receipts, at=at)
        case "transfer":
            ledger.transfer(account, other, amount, text, tags=tags, receipts=receipts, at=at)
        case "reverse":
            ledger.reverse(account, version, text)
        case "later":
            ledger.reverse(account, version, text, at=clock.now)
        case "correct":
            ledger.correct(account, version, amount=amount, changes={"description": text})
        case "amend":
            ledger.amend_entry(account, version, {"description": text, "tags": tags})
        case "amend_opening":
            ledger.amend_account(
                account, initial_balance=amount, opened_at=clock.now - 90 * 24 * HOUR
            )
        case "close":
            held = ledger.balance(account)
            if held.balance_minor > 0:
                ledger.withdraw(account, str(held.balance).split()[0], text)
            ledger.close_account(account, text)
        case "reopen":
            ledger.reopen_account(account, text)
        case "confirm":
            held = ledger.balance(account, as_of=at)
            ledger.confirm(account, str(held.balance).split()[0], text, at=at)
