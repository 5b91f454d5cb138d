"""The values in commands: plausible ones among impossible ones."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from tests.support.fuzz.independent_parser import ALLOWED, NEEDED, TIMES

AMOUNTS = (
    "5",
    "5.00",
    "0.01",
    "007.50",
    "12.25",
    "100",
    "0",
    "0.00",
    "5.",
    ".5",
    "5.001",
    "5.0000",
    "-5",
    "+5",
    "1,000",
    "1_000",
    "1e3",
    "NaN",
    "Infinity",
    "٥",
    "５",
    "²",
    " 5",
    "5\n",
    "5 USD",
    "",
    "0x10",
    "--",
    "92233720368547758.07",
    "92233720368547758.08",
    "9" * 39,
    "9" * 400,
    "0" * 39 + "1",
    "0" * 50 + "1",
    "\ud8005",
    "5\0",
)
ACCOUNTS = (
    "a",
    "b",
    "yen",
    "shut",
    "new",
    "x:y.z_-1",
    "nobody",
    "A",
    "--db",
    "-h",
    "-",
    "--",
    "@books.db",
    "",
    " a",
    "a\n",
    "á",
    "а",  # Cyrillic
    "٣",
    "a" * 128,
    "a" * 129,
    "../a",
    "a\0",
    "a\udcff",
    "*",
    "$(id)",
)
TEXTS = (
    "",
    "Paycheck",
    "[red]not red[/red] :smile:",
    "line\r\nend\ttab",
    "\x1b[31m\x07\x9b",
    "\u202edrawkcab\u2028\u2029",
    "=HYPERLINK()",
    "'; DROP TABLE events; --",
    '"quotes", and \\ more',
    "🏦" * 300,
    "x" * 10_000,
    "x" * 10_001,
    "\0",
    "a\udcffb",
    "\ud83d",
    "\ufeff",
    "  ",
    "null",
    "--json",
)
KEYS = (
    "used",
    "k1",
    "k2",
    "null",
    "",
    " ",
    "ключ",
    "k" * 255,
    "k" * 256,
    "k\0",
    "k\n",
    "k\udc80",
    "%s{0}",
)
CURRENCIES = ("USD", "USD", "USD", "JPY", "JPY", "usd", "US", "", "DOLLARS", "\u0000", "U$D")
UNITS = ("HOURS", "BTC", "P1", "1P", "ABCDEFGHIJKL", "ABCDEFGHIJKLM", "hours", "É", "H\n")
DECIMALS = (2, 0, 8, 12, 13, -1, 10**30)
VERSIONS = (0, 1, 2, 3, 4, -1, 2**31, 2**63, -(2**63) - 1, 10**30)


def _mostly(good: tuple[Any, ...], every: tuple[Any, ...]) -> st.SearchStrategy[Any]:
    """A good value three times out of four."""
    return st.one_of(*[st.sampled_from(good)] * 3, st.sampled_from(every))


amounts = _mostly(AMOUNTS[:5], AMOUNTS)
accounts = _mostly(ACCOUNTS[:5], ACCOUNTS)
texts = st.one_of(_mostly(TEXTS[:5], TEXTS), st.text(max_size=20))
keys = st.one_of(_mostly(KEYS[:3], KEYS), st.text(max_size=8))
times = _mostly(tuple(TIMES)[:5], tuple(TIMES))
currencies = _mostly((*CURRENCIES[:5], *UNITS[:3]), (*CURRENCIES, *UNITS))
decimals = _mostly(DECIMALS[:3], DECIMALS)
versions = _mostly(VERSIONS[:5], VERSIONS)

FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "account": accounts,
    "from": accounts,
    "to": accounts,
    "owner": texts,
    "description": texts,
    "reason": texts,
    "amount": amounts,
    "initial_balance": amounts,
    "currency": currencies,
    "decimals": decimals,
    "at": times,
    "idempotency_key": keys,
    "expected_version": versions,
}


@st.composite
def commands(draw: st.DrawFn) -> dict[str, Any]:
    """The fields of a command, all of them of the right type."""
    command = draw(st.sampled_from(["open", "deposit", "deposit", "withdraw", "transfer", "close"]))
    fields: dict[str, Any] = {"command": command}
    for name in sorted(NEEDED[command]):
        fields[name] = draw(FIELDS[name])
    for name in sorted(ALLOWED[command]):
        if draw(st.booleans()):
            fields[name] = draw(FIELDS[name])
    for name in ("at", "idempotency_key", "expected_version"):
        if draw(st.integers(0, 3)) == 0:
            fields[name] = draw(FIELDS[name])
    return fields
