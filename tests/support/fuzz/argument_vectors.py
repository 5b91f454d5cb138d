"""Argument vectors: commands as people type them, right or with mistakes."""

from __future__ import annotations

from typing import Any, NamedTuple

from hypothesis import strategies as st

from tests.support.file_content import Content, content
from tests.support.fuzz.argument_values import (
    ACCOUNTS,
    AMOUNTS,
    KEYS,
    TEXTS,
    accounts,
    commands,
    times,
)
from tests.support.fuzz.batches import NOW, assert_log_is
from tests.support.fuzz.case_counts import CaseCounts
from tests.support.fuzz.case_runner import CaseRunner
from tests.support.fuzz.exit_contract import STATUS_OF, check_exit
from tests.support.fuzz.independent_parser import NUMBERS, TIMES, meaning
from tests.support.fuzz.stored_events import chained, identity
from tests.support.independent_chain import hashes

POSITIONAL = {
    "open": ("account",),
    "deposit": ("account", "amount"),
    "withdraw": ("account", "amount"),
    "transfer": ("from", "to", "amount"),
    "close": ("account",),
}

LONGEST = 100_000
"""Bytes of an argument; Linux takes up to 131,072."""

JUNK = (
    "--db",
    "--db=",
    "--db=other.db",
    "--db=.",
    "--db=no/such/folder/books.db",
    "--db=books.db",
    "--db=a\udcff.db",
    "--db=" + "d" * 300,
    "--format",
    "--format=json",
    "--format=xml",
    "--format=",
    "--format=TABLE",
    "--json",
    "--json=yes",
    "--jso",
    "--no-json",
    "--debugger",
    "--help",
    "-h",
    "--version",
    "--time-zone",
    "--time-zone=Asia/Tokyo",
    "--time-zone=Mars/Phobos",
    "--time-zone=../etc/passwd",
    "--decimals",
    "--decimals=2",
    "--decimals=x",
    "--decimals=-1",
    "--tag",
    "--tag=a=b",
    "--tag=a",
    "--tag=a=b=c",
    "--receipt=books.db",
    "--receipt=books.db-wal",
    "--receipt=.",
    "--receipt=missing",
    "--receipts=.",
    "--raw",
    "--name=\x1b[31m",
    "--reason=asked for",
    "--from=1",
    "--from=2024-03-01",
    "--withdraw",
    "--trust-clock",
    "--lift",
    "--limit",
    "--limit=0",
    "--limit=-1",
    "--limit=3",
    "--limit=99999999999999999999999",
    "--from-position=0",
    "--from-position=2",
    "--from-position=9223372036854775808",
    "--at-version=1",
    "--at-version=0",
    "--at-version=-9223372036854775809",
    "--to-version=2",
    "--to-version=10000000000000000000000",
    "--expected-version",
    "--expected-version=x",
    "--expected-version=٣",
    "--workers=2",
    "--workers=0",
    "--workers=1e3",
    "--commit-every=0",
    "--commit-every=2",
    "--continue-on-error",
    "--dry-run",
    "--status=open",
    "--status=closed",
    "--all",
    "--step",
    "--catch-up",
    "--force",
    "--repair",
    "--quiet",
    "--as-of",
    "--known-at",
    "--idempotency-key",
    "-m",
    "-",
    "--",
    "-x",
    "-mm",
    "-r",
    "@books.db",
    "books.db",
    "*",
    "",
    "\udcff\udcfe",
    "🏦",
    "x" * LONGEST,
    "5",
    "a",
    "b",
)

QUESTIONS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "balance": ((), ("account", "--as-of", "--known-at")),
    "accounts": ((), ("--status",)),
    "history": (("account",), ("--as-of", "--known-at", "--at-version", "--limit")),
    "statement": (("account",), ("--from", "--to", "--known-at")),
    "replay": (("account",), ("--to-version",)),
    "events": ((), ("--account", "--from-position", "--limit")),
    "snapshot": ((), ("account",)),
    "snapshots": ((), ("account",)),
    "projections": ((), ()),
    "rebuild-projections": ((), ("projection",)),
    "export-events": ((), ("file",)),
    "verify": ((), ("--expect-head", "--receipts")),
    "head": ((), ()),
    "book": ((), ("--time-zone",)),
    "book create": ((), ("--name", "--time-zone")),
    "book rename": (("name",), ()),
    "book time-zone": (("zone",), ("--from",)),
    "book correct-clock": ((), ("--from", "--reason")),
    "erase": (("account",), ("--reason",)),
    "migrate": (("file", "file"), ("--time-zone",)),
    "reverse": (("account", "version"), ("--reason", "--at")),
    "correct": (("account", "version"), ("--amount", "--at", "--account", "--from", "--to")),
    "amend-entry": (("account", "version"), ("--description",)),
    "amend": (("account",), ("--owner", "--overdraft", "--opened-at", "--initial-balance")),
    "reopen": (("account",), ("--at",)),
    "undo": ((), ("--reason",)),
    "confirm": (("account", "amount"), ("--as-of", "--source")),
    "lock": (("time",), ("--reason",)),
    "unlock": ((), ("time", "--reason")),
    "doctor": ((), ()),
    "backup": (("file",), ()),
    "import-events": (("file",), ()),
    "batch": ((), ("file", "--input-format", "--commit-every")),
    "import": (("file",), ("--account", "--rules")),
}
"""Of each other command what it needs and what it may have."""

ZONES = (
    "UTC",
    "Asia/Tokyo",
    "europe/berlin",
    "Mars/Phobos",
    "CET",
    "",
    "../UTC",
    "x" * 300,
    "\udcff",
)
_NUMBERS = ("0", "1", "2", "3", "-1", "٣", "1.0", "", "1e3", "0x1", "9" * 25, "999999999999999999")
_VALUES: dict[str, st.SearchStrategy[str]] = {
    "account": accounts,
    "--account": accounts,
    "projection": st.sampled_from(
        ["account_balances", "account_summaries", "events", "", "x\udcff"]
    ),
    "file": st.sampled_from(
        ["-", "books.db", "missing", "", ".", "a\udcffb", "n" * 300, "new.jsonl"]
    ),
    "--expect-head": st.sampled_from(
        ["", "1:", ":", "1:00", "1:0123456789abcdef", "-1:0123456789", "9" * 30 + ":0123456789"]
    ),
    "--receipts": st.sampled_from([".", "", "missing", "books.db", "a\udcffb"]),
    "--name": st.sampled_from(TEXTS),
    "name": st.sampled_from(TEXTS),
    "--reason": st.sampled_from(TEXTS),
    "--time-zone": st.sampled_from(ZONES),
    "zone": st.sampled_from(ZONES),
    "--rules": st.sampled_from(["-", "books.db", "missing", "", "."]),
    "--status": st.sampled_from(["active", "closed", "all", "ALL", "", "open", "\udcff"]),
    "--input-format": st.sampled_from(["jsonl", "csv", "CSV", "json", ""]),
    "--as-of": times,
    "--at": times,
    "--opened-at": times,
    "time": times,
    "amount": st.sampled_from(AMOUNTS),
    "--amount": st.sampled_from(AMOUNTS),
    "--owner": st.sampled_from(TEXTS),
    "--description": st.sampled_from(TEXTS),
    "--known-at": times,
    "--from": times,
    "--to": times,
}


class Vector(NamedTuple):
    """Arguments, and the fields of the command where the arguments surely make one."""

    arguments: tuple[str, ...]
    fields: dict[str, Any] | None


def typed_word(text: object) -> str:
    """What a person can type: no NUL; what is not text arrives as invalid bytes."""
    plain = str(text).replace("\0", "\x01")
    return "".join("\udcff" if 0xD800 <= ord(mark) <= 0xDFFF else mark for mark in plain)[:LONGEST]


@st.composite
def changes(draw: st.DrawFn) -> Vector:
    """A command that changes something, its options in any order, and perhaps twice."""
    fields = {name: _field(value) for name, value in draw(commands()).items()}
    command = fields["command"]
    positional = [fields[name] for name in POSITIONAL[command]]
    options: list[list[str]] = [["--json"]]
    for name in sorted(set(fields) - set(POSITIONAL[command]) - {"command"}):
        option = "--" + name.replace("_", "-")
        if name == "description" and draw(st.booleans()):
            option = "-m"
        value = str(fields[name])
        if draw(st.integers(0, 7)) == 0:  # of an option given twice the last one counts
            options.append([option, "1"] if name in NUMBERS else [option, "first"])
        together = draw(st.booleans())
        options.append([f"{option}={value}"] if together and option != "-m" else [option, value])
    before = draw(st.integers(0, len(options)))
    early = [word for option in options[:before] for word in option]
    late = [word for option in options[before:] for word in option]
    dashed = any(text.startswith("-") for text in positional)
    if dashed:
        arguments = [command, *early, *late, "--", *positional]
    else:
        arguments = [command, *early, *positional, *late]
    return Vector(tuple(arguments), fields)


def _field(value: Any) -> Any:
    return value if isinstance(value, int) else typed_word(value)


@st.composite
def questions(draw: st.DrawFn) -> Vector:
    """Any other command, with values that may be anything."""
    command = draw(st.sampled_from(sorted(QUESTIONS)))
    needed, allowed = QUESTIONS[command]
    arguments = command.split()
    for name in [*needed, *(each for each in allowed if draw(st.booleans()))]:
        value = typed_word(draw(_VALUES.get(name, st.sampled_from(_NUMBERS))))
        arguments += [name, value] if name.startswith("--") else [value]
    return Vector(
        (*arguments, *draw(st.sampled_from([(), ("--json",), ("--format", "csv")]))), None
    )


@st.composite
def mutants(draw: st.DrawFn) -> Vector:
    """A vector with words removed, doubled, swapped or inserted."""
    words = list(draw(st.one_of(changes(), questions())).arguments)
    pool = st.one_of(
        st.sampled_from(JUNK),
        st.sampled_from(
            [*map(typed_word, (*ACCOUNTS, *AMOUNTS, *KEYS, *TEXTS)), *TIMES, *QUESTIONS]
        ),
        st.text(max_size=5).map(typed_word),
    )
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.integers(0, len(words)))
        way = draw(st.integers(0, 3))
        if way == 0:
            words.insert(place, draw(pool))
        elif way == 1 and words:
            words.pop(place % len(words))
        elif way == 2 and words:
            words.insert(place, words[draw(st.integers(0, len(words) - 1))])
        elif words:
            other = draw(st.integers(0, len(words) - 1))
            place %= len(words)
            words[place], words[other] = words[other], words[place]
    return Vector(tuple(words), None)


vectors = st.one_of(changes(), questions(), mutants())


def check_vector(runner: CaseRunner, counts: CaseCounts, vector: Vector) -> None:
    """Run a command line: it does what it says, or it changes nothing."""
    runner.clear()
    before = content(runner.books)
    stdin = b'{"command": "deposit", "account": "a", "amount": "1.00"}\n'
    outcome = runner.run(*vector.arguments, stdin=stdin)
    counts.ran("argument vectors", outcome)
    # A ledger file that cannot be made is a failure of the machine, whatever its name was.
    makes_a_ledger = any("--db" in word or word == "backup" for word in vector.arguments)
    error = check_exit(outcome, bad_disk=makes_a_ledger)
    after = content(runner.books)
    if vector.fields is None:
        if outcome.status:
            assert log_of(after) == log_of(before), outcome
        assert_log_goes_on(before, after)
        return
    model = runner.start.model.copy()
    intent, reasons = meaning(vector.fields, model, NOW)
    if (intent.expected or 0) < 0:
        reasons.add("invalid_usage")
    if not reasons:
        assert outcome.status == 0, (vector.fields, outcome)
        if model.replays(intent) is None:
            model.carry_out(intent, NOW)
        assert_log_is(runner, model.log)
        return
    assert outcome.status, (vector.fields, reasons, outcome)
    assert error["code"] in reasons, (vector.fields, reasons, outcome)
    assert outcome.status == STATUS_OF[error["code"]], outcome
    assert not outcome.out, outcome
    assert after == before, outcome


def log_of(found: Content) -> list[tuple[Any, ...]]:
    return sorted(found["events"])


def assert_log_goes_on(before: Content, after: Content) -> None:
    """The log still begins as it did, and what follows is chained to it."""
    old, new = log_of(before), log_of(after)
    assert new[: len(old)] == old
    assert [event.hash for event in chained(after)] == hashes(identity(after), chained(after))[1:]
