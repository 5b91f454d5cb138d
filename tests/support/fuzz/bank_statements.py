"""Bank statements as banks write them, with the rules to read them; and arbitrary rules."""

from __future__ import annotations

import json
from decimal import Decimal
from itertools import groupby
from typing import Any, NamedTuple

from hypothesis import strategies as st

from tests.support.clock import utc
from tests.support.file_content import content
from tests.support.fuzz.case_counts import CaseCounts
from tests.support.fuzz.case_runner import CaseRunner
from tests.support.fuzz.exit_contract import check_exit
from tests.support.fuzz.stored_events import stored_events

WRITTEN_DATES = (
    "2024-03-11",
    "2024-03-12",
    "2024-03-30",
    "2024-02-29",
    "1999-12-31",
    "2024-02-30",
    "0000-01-01",
    "9999-12-31",
    "",
)
DESCRIPTIONS = (
    "RENT",
    "Café, Zürich",
    'the "Corner" shop',
    "=HYPERLINK(1)",
    "@SUM(A1)",
    "-5.00",
    "two\nlines",
    "a;b|c\td",
    "2024-03-11",
    "[red]",
    "{1}",
    "100.00",
    "'quoted'",
    "",
)
CENTS = (1, 5, 100, 1_225, 5_000, 99_999, 123_456_78, 0)
FORMATS = {"%Y-%m-%d": "{0}-{1}-{2}", "%d.%m.%Y": "{2}.{1}.{0}", "%m/%d/%Y": "{1}/{2}/{0}"}


class Entry(NamedTuple):
    date: str
    cents: int
    words: str


class Bank(NamedTuple):
    """How a bank writes."""

    delimiter: str
    date_format: str
    decimal_mark: str
    thousands_mark: str
    style: str
    encoding: str
    end: str
    newest_first: bool
    preamble: int

    @property
    def rules(self) -> dict[str, Any]:
        found: dict[str, Any] = {
            "delimiter": self.delimiter,
            "encoding": self.encoding,
            "header": True,
            "skip_top": self.preamble,
            "date": "Date",
            "date_format": self.date_format,
            "time_zone": "UTC",
            "decimal_mark": self.decimal_mark,
            "thousands_mark": self.thousands_mark,
            "description": "{Text}",
            "newest_first": self.newest_first,
        }
        if self.style == "two columns":
            return found | {"debit": "Out", "credit": "In"}
        if self.style == "direction":
            return found | {
                "amount": "Out",
                "direction": "In",
                "direction_out": "D",
                "direction_in": "C",
            }
        return found | {"amount": "Out"}


entries = st.lists(
    st.builds(
        Entry,
        st.one_of(*[st.sampled_from(WRITTEN_DATES[:3])] * 6, st.sampled_from(WRITTEN_DATES)),
        st.sampled_from([*CENTS, *(-cents for cents in CENTS)]),
        st.sampled_from(DESCRIPTIONS),
    ),
    min_size=1,
    max_size=6,
)

banks = st.builds(
    Bank,
    st.sampled_from([",", ";", "\t", "|"]),
    st.sampled_from(sorted(FORMATS)),
    st.just("."),
    st.sampled_from(["", "'", " "]),
    st.sampled_from(["signed", "two columns", "direction"]),
    st.sampled_from(["utf-8", "utf-16", "cp1252", "utf-8-sig"]),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.booleans(),
    st.integers(0, 2),
)


def statement(bank: Bank, found: list[Entry]) -> bytes:
    """The file that a bank makes of entries."""
    rows = [["Date", "Out", "In", "Text"]]
    for entry in reversed(found) if bank.newest_first else found:
        year, _, rest = entry.date.partition("-")
        date = FORMATS[bank.date_format].format(year, *rest.split("-")) if rest else ""
        amount = _amount(bank, abs(entry.cents))
        if bank.style == "two columns":
            cells = ["", amount] if entry.cents > 0 else [amount, ""]
        elif bank.style == "direction":
            cells = [amount, "C" if entry.cents > 0 else "D"]
        else:
            cells = [("-" if entry.cents < 0 else "") + amount, "ignored"]
        rows.append([date, *cells, entry.words])
    lines = ["Your bank" + bank.end] * bank.preamble
    lines += [bank.delimiter.join(f'"{_quoted(cell)}"' for cell in row) + bank.end for row in rows]
    return "".join(lines).encode(bank.encoding)


def _quoted(cell: str) -> str:
    return cell.replace('"', '""')


def _amount(bank: Bank, cents: int) -> str:
    whole, fraction = divmod(cents, 100)
    grouped = f"{whole:,}".replace(",", bank.thousands_mark)
    return f"{grouped}{bank.decimal_mark}{fraction:02}"


def toml(rules: dict[str, Any]) -> bytes:
    """Rules as a file; JSON's texts, numbers and lists are valid TOML."""
    return "".join(f"{name} = {json.dumps(value)}\n" for name, value in rules.items()).encode()


def check_statement(
    runner: CaseRunner, counts: CaseCounts, bank: Bank, written: list[Entry]
) -> None:
    """Import a statement by rules that fit it: each entry is imported or reported."""
    runner.clear()
    before = stored_events(runner.books)
    unchanged = content(runner.books)
    (runner.cwd / "bank.toml").write_bytes(toml(bank.rules))
    file = statement(bank, written)
    arguments = ("import", "-", "--account", "a", "--rules", "bank.toml", "--json")
    outcome = runner.run(*arguments, "--continue-on-error", stdin=file)
    counts.ran("bank statements", outcome)
    error = check_exit(outcome)
    moves = [entry for entry in written if entry.cents]
    if any(_day(entry.date) is None for entry in written):
        assert outcome.status == 2, (bank, written, outcome)
        assert error["details"]["line"] > bank.preamble
        assert content(runner.books) == unchanged
        return
    assert outcome.status in (0, 3), (bank, written, outcome)
    after = stored_events(runner.books)
    expected, refused = _expected(runner, moves)
    assert after[: len(before)] == before
    new = [(event.effective, event.amount, event.words) for event in after[len(before) :]]
    assert new == expected, (bank, written, outcome)
    assert outcome.status == (3 if refused else 0), (refused, outcome)
    again = runner.run(*arguments, "--continue-on-error", stdin=file)
    check_exit(again)
    if not refused:  # what was refused may have room now, and is then rightly taken
        assert stored_events(runner.books) == after, (bank, written, again)


def _day(text: str) -> int | None:
    return {"2024-02-30": None, "0000-01-01": None, "": None}.get(
        text,
        utc(text)
        if text
        in ("2024-03-11", "2024-03-12", "2024-03-30", "2024-02-29", "1999-12-31", "9999-12-31")
        else None,
    )


def _expected(runner: CaseRunner, moves: list[Entry]) -> tuple[list[tuple[int, int, str]], int]:
    """Which movements an account accepts, oldest first, and how many it refuses.

    What lacks money is tried once more after the others of its day.
    """
    model = runner.start.model
    held = [(entry.effective, entry.amount) for entry in model.entries("a")]
    opened = held[0][0]
    taken, refused = [], 0

    def lacks_money(at: int, entry: Entry) -> bool:
        moments = [at, *(moment for moment, _ in held if moment > at)]
        lowest = min(sum(amount for when, amount in held if when <= each) for each in moments)
        if lowest + min(entry.cents, 0) < 0:
            return True
        held.append((at, entry.cents))
        taken.append((at, entry.cents, entry.words.strip()))
        return False

    ordered = sorted(moves, key=lambda each: _day(each.date) or 0)
    for at, together in groupby(ordered, key=lambda each: _day(each.date)):
        assert at is not None
        of_day = list(together)
        if at < opened or at > 1_780_000_000_000_000:
            refused += len(of_day)
            continue
        waiting = [entry for entry in of_day if lacks_money(at, entry)]
        refused += sum(lacks_money(at, entry) for entry in waiting)
    return taken, refused


def _as_toml(value: Any) -> str:
    if isinstance(value, dict):
        pairs = (f"{json.dumps(key)} = {_as_toml(each)}" for key, each in value.items())
        return f"{{{', '.join(pairs)}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(_as_toml, value))}]"
    return json.dumps(value)


# ── rules of anything ───────────────────────────────────────────────────────────────────────────

ODD: tuple[Any, ...] = (
    0,
    1,
    2,
    -1,
    99,
    2**70,
    True,
    False,
    1.5,
    "",
    "x",
    "Date",
    "\n",
    '"',
    "%",
    "%d",
    "%Q",
    "%d%d%Y%m",
    "{",
    "{}",
    "{9}",
    "{nope}",
    "Mars/Phobos",
    "../../etc/passwd",
    "/etc/passwd",
    "utf-99",
    "idna",
    "rot13",
    "hex",
    "punycode",
    "zlib",
    "utf-7",
    "undefined",
    "unicode_escape",
    "NaN",
    [],
    ["Date"],
    {},
    {"Text": "/(a+)+/"},
    {"Text": ["RENT", "/^@/", ""], "1": "x"},
    {"Date": "2024-03-11"},
    {"kind": "Text"},
    [{"match": "rent|caf.", "kind": "x", "account": "b"}],
    [{"match": "shop", "account": "b"}],
    "\u0000",
    "é",
    "USD",
    "JPY",
    "usd",
)

RAW = (
    b"= 1\n",
    b"date = \n",
    b"[date]\n",
    b"[[date]]\n",
    b"date.format = 1\n",
    b"\xff\xfe",
    b'date = "a"\ndate = "b"\n',
    b"skip_top = " + b"9" * 5_000 + b"\n",
    b"date = " + b"[" * 3_000,
    b"date = 2024-02-30\n",
    b"date = 2024-03-11\n",
    b"skip_top = 1e400\n",
    b"skip_top = inf\n",
    b"skip_top = nan\n",
    b"\x00",
    b"colour = 1\n",
    b'"" = 1\n',
    b"'date' = {a = 1}\n",
)


@st.composite
def odd_rules(draw: st.DrawFn) -> bytes:
    """Rules that fit the statement, except for some of them."""
    rules = dict(draw(banks).rules)
    for _ in range(draw(st.integers(1, 3))):
        name = draw(
            st.sampled_from(
                [
                    *sorted(rules),
                    "quote",
                    "skip_bottom",
                    "money_out",
                    "currency",
                    "currency_column",
                    "direction",
                    *("fee", "time", "id", "skip", "take", "tag_columns", "tag", "transfer"),
                ]
            )
        )
        if draw(st.booleans()):
            rules[name] = draw(st.sampled_from(ODD))
        else:
            rules.pop(name, None)
    text = b""
    for name, value in rules.items():
        text += f"{name} = {_as_toml(value)}\n".encode()
    return text + (draw(st.sampled_from(RAW)) if draw(st.integers(0, 4)) == 0 else b"")


def check_rules(
    runner: CaseRunner, counts: CaseCounts, rules: bytes, file: bytes, how: str
) -> None:
    """Read a statement by odd rules: refused, or all that is imported adds up."""
    runner.clear()
    before = content(runner.books)
    (runner.cwd / "bank.csv").write_bytes(file)
    outcome = runner.run(
        "import", "bank.csv", "--account", "a", "--rules", "-", *how.split(), stdin=rules
    )
    counts.ran("rules", outcome)
    check_exit(outcome)
    after = content(runner.books)
    if outcome.status or how != "--json":
        assert after == before, outcome
        return
    answers = [json.loads(line) for line in outcome.bytes_out.splitlines()]
    balances = [Decimal(answer["balance"]) for answer in answers if answer["outcome"] == "imported"]
    held = sum(event.amount for event in stored_events(runner.books) if event.account == "a")
    if balances:
        assert balances[-1] * 100 == held
