"""Event logs to import: exports that were touched, and older worlds that never were."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation, localcontext
from typing import Any, NamedTuple

from hypothesis import strategies as st

from tests.fuzz.contents import Fact, content
from tests.fuzz.figures import Figures
from tests.fuzz.manners import check_manners
from tests.fuzz.worlds import Bench, instant
from tests.property.model import LARGEST

# ── exports ─────────────────────────────────────────────────────────────────────────────────────

HARMLESS = ("as it is", "CRLF", "blank lines", "byte-order mark", "spaces", "other order", "a field more")
HARMFUL = (
    "a line less",
    "a line twice",
    "two lines swapped",
    "no header",
    "header twice",
    "cut",
    "no field",
    "a value changed",
    "another world's line",
)
_STRANGE: tuple[Any, ...] = (None, 0, -1, 1.5, "", "x", [], {}, True, 2**63, "٣", 10**30, "\ud800")


def touched(export: list[bytes], way: str, dice: random.Random) -> bytes:
    """An export to which one thing was done; the lines are its own."""
    lines = list(export)
    place = dice.randrange(1, len(lines))
    end = b"\n"
    if way == "CRLF":
        end = b"\r\n"
    elif way == "blank lines":
        end = b"\n \n\n"
    elif way == "byte-order mark":
        lines[0] = b"\xef\xbb\xbf" + lines[0]
    elif way == "spaces":
        lines[place] = b"\t " + lines[place] + b" \r"
    elif way == "other order":
        lines[place] = _reordered(lines[place], dice)
    elif way == "a field more":
        lines[place] = lines[place][:-1] + b', "colour": {"red": [1e400]}}'
    elif way == "a line less":
        del lines[place]
    elif way == "a line twice":
        lines.insert(place, lines[place])
    elif way == "two lines swapped":
        other = place % (len(lines) - 1) + 1
        lines[place], lines[other] = lines[other], lines[place]
    elif way == "no header":
        del lines[0]
    elif way == "header twice":
        lines.insert(place, lines[0])
    elif way == "cut":
        lines[-1] = lines[-1][: dice.randrange(len(lines[-1]))]
    elif way in ("no field", "a value changed"):
        at = dice.randrange(len(lines))
        lines[at] = _changed(lines[at], way, dice)
    elif way == "another world's line":
        lines.insert(place, OLDER_LINE)
    return end.join(lines)


def _raw_fields(line: bytes) -> dict[str, str]:
    """The fields of a line, each with its very text."""
    fields, decoder, text = {}, json.JSONDecoder(), line.decode()
    place = 1
    while text[place - 1] != "}":
        name, place = decoder.raw_decode(text, place)
        _, end = decoder.raw_decode(text, place + 1)
        fields[name] = text[place + 1 : end]
        place = end + 1
    return fields


def _line(fields: dict[str, str]) -> bytes:
    return ("{" + ",".join(f"{json.dumps(name)}:{raw}" for name, raw in fields.items()) + "}").encode()


def _reordered(line: bytes, dice: random.Random) -> bytes:
    fields = list(_raw_fields(line).items())
    dice.shuffle(fields)
    return _line(dict(fields))


def _changed(line: bytes, way: str, dice: random.Random) -> bytes:
    """A line with a field left out or with another value, one that counts in any case."""
    fields = _raw_fields(line)
    name = dice.choice([each for each in sorted(fields) if each not in ("created_at", "format")])
    if way == "no field":
        del fields[name]
        return _line(fields)
    raw = fields[name]
    while raw == fields[name]:
        kind = dice.randrange(4)
        if kind == 0:
            raw = json.dumps(dice.choice(_STRANGE))
        elif kind == 1 and raw.isdigit():
            raw = str(int(raw) + dice.choice([-1, 1, 2**31, 2**63]))
        elif kind == 2 and raw.startswith("{"):
            raw = raw[:-1] + dice.choice([',"amount":1}', " }", ',"x":NaN}', ',"x":' + "[" * 2_000 + "}"])
        elif len(raw) > 2:
            at = dice.randrange(1, len(raw) - 1)
            raw = raw[:at] + dice.choice("09aZ:-\\") + raw[at + 1 :]
    fields[name] = raw
    return _line(fields)


def check_export(bench: Bench, figures: Figures, export: list[bytes], way: str, seed: int) -> None:
    """Import a touched export into a new ledger: the same ledger, or none."""
    bench.clear()
    log = touched(export, way, random.Random(seed))
    outcome = bench.run("import-events", "-", "--db", "new.db", "--json", stdin=log)
    figures.ran("exports touched", outcome)
    check_manners(outcome)
    made = bench.cwd / "new.db"
    if way in HARMLESS:
        assert outcome.status == 0, (way, outcome)
        again = bench.run("export-events", "--db", "new.db")
        assert again.out.splitlines() == export, way
        return
    if outcome.status == 0:  # then nothing that counts was touched after all
        again = bench.run("export-events", "--db", "new.db")
        assert again.out.splitlines() == export, (way, log)
        figures.remark("exports touched in vain")
        return
    assert outcome.status in (2, 3, 6), (way, outcome)
    assert not made.exists(), (way, outcome)
    assert not outcome.out


# ── the older world ─────────────────────────────────────────────────────────────────────────────

OLDER_LINE = (
    b'{"event_id": "dc1a3999-8ec8-4cbb-84c0-963d9d1cd173", "aggregate_id": "p", '
    b'"aggregate_type": "BankAccount", "event_type": "AccountOpened", "data": {"account_id": "p", '
    b'"name": "Ana", "initial_balance": 5.0}, "metadata": {}, "version": 1, '
    b'"timestamp": "2024-01-04T01:47:33.511823"}'
)

NUMBERS = (
    "100.0",
    "0.1",
    "5",
    "1e2",
    "12.5E-1",
    "0.125",
    "0.135",
    "0.30000000000000004",
    "0.005",
    "0.004",
    "0.0",
    "-0.0",
    "-5.0",
    "1e400",
    "1e-400",
    "92233720368547758.07",
    "92233720368547758.075",
    "9" * 30,
    "9" * 5_000,
    "NaN",
    "Infinity",
    '"5.0"',
    "true",
    "null",
    "[]",
    "05",
    ".5",
    "1E+2",
    "1e999999999999999999999",
)
STAMPS: dict[str, int | None] = {
    "2024-01-04T01:47:33.511823": instant("2024-01-04T01:47:33.511823"),
    "2024-01-05T00:00:00": instant("2024-01-05T00:00:00"),
    "2024-01-06T00:00:00": instant("2024-01-06T00:00:00"),
    "2024-01-07T23:59:59.999999": instant("2024-01-07T23:59:59.999999"),
    "2024-01-08T00:00:00Z": instant("2024-01-08T00:00:00"),
    "2024-01-08T02:00:00+02:00": instant("2024-01-08T00:00:00"),
    "9000-01-01T00:00:00": None,
    "2024-02-30T00:00:00": None,
    "0000-01-01T00:00:00": None,
    "2024-01-04T01:47:33.5118231": None,
    "2024-01-04": None,
    "": None,
    "yesterday": None,
}


class OlderEvent(NamedTuple):
    """One line of such a log; numbers and other data as their JSON texts."""

    account: str
    event_type: str
    amount: str
    words: str
    stamp: str
    version: int
    extra: str


@st.composite
def older_logs(draw: st.DrawFn) -> list[OlderEvent]:
    """A log of the older world, mostly in order and mostly affordable."""
    log: list[OlderEvent] = []
    versions: dict[str, int] = {}
    stamps = list(STAMPS)
    for place in range(draw(st.integers(1, 7))):
        account = draw(st.sampled_from(["p", "p", "p", "q", "ö d d"]))
        version = versions.get(account, 0) + 1
        kind = "AccountOpened" if version == 1 else draw(
            st.sampled_from(["MoneyDeposited", "MoneyDeposited", "MoneyWithdrawn", "AccountClosed"])
        )
        if draw(st.integers(0, 19)) == 0:
            version += draw(st.sampled_from([-1, 1, 2**40]))
        if draw(st.integers(0, 29)) == 0:
            kind = draw(st.sampled_from(["AccountOpened", "MoneyFound", "TransferSent", ""]))
        numbers = NUMBERS[:9] if draw(st.integers(0, 5)) else NUMBERS
        stamp = stamps[min(place, 5)] if draw(st.integers(0, 3)) else draw(st.sampled_from(stamps))
        log.append(
            OlderEvent(
                account,
                kind,
                draw(st.sampled_from(numbers)),
                draw(st.sampled_from(["", "Paycheck", "é\n", "[red]", "x" * 300])),
                stamp,
                version,
                draw(st.sampled_from(["", "", "", ',"schema_version":1', ',"schema_version":9', ',"schema_version":null', ',"schema_version":"1"', ',"ip":"10.0.0.1"'])),
            )
        )
        versions[account] = max(1, version)
    return log


def older_line(event: OlderEvent, number: int) -> bytes:
    words = json.dumps(event.words)
    data = {
        "AccountOpened": f'{{"account_id":{json.dumps(event.account)},"name":{words},"initial_balance":{event.amount}}}',
        "AccountClosed": f'{{"reason":{words}}}',
    }.get(event.event_type, f'{{"amount":{event.amount},"description":{words}}}')
    return (
        f'{{"event_id":"dc1a3999-8ec8-4cbb-84c0-{number:012}","aggregate_id":'
        f'{json.dumps(event.account)},"aggregate_type":"BankAccount","event_type":'
        f'{json.dumps(event.event_type)},"data":{data},"metadata":{{"user":"u"}},'
        f'"version":{event.version},"timestamp":{json.dumps(event.stamp)}{event.extra}}}'
    ).encode()


def understood(log: list[OlderEvent]) -> list[Fact] | None:
    """What a log says happened, or None where it cannot have happened or cannot be read."""
    found: list[Fact] = []
    for event in log:
        before = [fact for fact in found if fact.account == event.account]
        amount = _cents(event.amount) if event.event_type != "AccountClosed" else 0
        at = STAMPS[event.stamp]
        if (
            amount is None
            or at is None
            or event.version != len(before) + 1
            or event.extra.startswith(',"schema_version":')
            and event.extra != ',"schema_version":1'
            or event.event_type not in ("AccountOpened", "MoneyDeposited", "MoneyWithdrawn", "AccountClosed")
            or not _possible(event.event_type, amount, at, before)
        ):
            return None
        signed = -amount if event.event_type == "MoneyWithdrawn" else amount
        opened = event.event_type == "AccountOpened"
        found.append(
            Fact(
                event.account,
                event.version,
                event.event_type,
                signed,
                "" if opened else event.words,
                at,
                event.words if opened else "",
                "",
            )
        )
    return found


def _possible(kind: str, amount: int, at: int, before: list[Fact]) -> bool:
    if kind == "AccountOpened":
        return not before and 0 <= amount <= LARGEST
    if not before or before[-1].kind == "AccountClosed" or at < before[0].effective:
        return False
    balance = sum(fact.amount for fact in before)
    if kind == "AccountClosed":
        return balance == 0 and at >= max(fact.effective for fact in before)
    if not 0 < amount <= LARGEST:
        return False
    if kind == "MoneyDeposited":
        return balance + amount <= LARGEST
    moments = [at, *(fact.effective for fact in before if fact.effective > at)]
    return all(
        sum(fact.amount for fact in before if fact.effective <= moment) >= amount
        for moment in moments
    )


def _cents(text: str) -> int | None:
    """A JSON number as cents, rounded half-even from its text; None where it is none."""
    if len(text) > 1_000:
        return None
    try:
        number = json.loads(text, parse_float=Decimal, parse_int=Decimal, parse_constant=_nothing)
        if not isinstance(number, Decimal) or number.adjusted() > 40:
            return None
        with localcontext(prec=100):
            return int((number * 100).quantize(Decimal(1), ROUND_HALF_EVEN))
    except (ValueError, InvalidOperation):
        return None


def _nothing(_: str) -> None:
    return None


def check_older(bench: Bench, figures: Figures, log: list[OlderEvent]) -> None:
    """Import a log of the older world: all that it says, or nothing."""
    bench.clear()
    before = content(bench.books)
    lines = b"\n".join(older_line(event, number) for number, event in enumerate(log, 1))
    outcome = bench.run("import-events", "-", "--json", stdin=lines)
    figures.ran("older logs", outcome)
    error = check_manners(outcome)
    expected = understood(log)
    if expected is None:
        assert outcome.status in (2, 3, 4), (log, outcome)
        assert error["details"]["line"] in range(1, len(log) + 1), outcome
        assert content(bench.books) == before
        assert not outcome.out
        return
    assert outcome.status == 0, (log, outcome)
    world = len(bench.world.model.log)
    found = _older_facts(bench, world)
    assert found == expected, (log, outcome)


def _older_facts(bench: Bench, after: int) -> list[Fact]:
    """What the ledger says now of the events after a position, by its own `history`."""
    found: list[Fact] = []
    seen = content(bench.books)
    streams = {number: name for number, name, _ in seen["streams"]}
    owners = {}
    for name in {streams[row[1]] for row in seen["events"] if row[0] > after}:
        outcome = bench.run("history", "--json", "--", name)
        assert outcome.status == 0, outcome
        document = json.loads(outcome.out)
        owners[name] = {entry["version"]: entry for entry in document["entries"]}, document["state"]
    for row in sorted(seen["events"]):
        if row[0] <= after:
            continue
        entries, state = owners[streams[row[1]]]
        entry = entries[row[2]]
        cents = Decimal(entry["amount"]) * 100
        opened = entry["event_type"] == "AccountOpened"
        found.append(
            Fact(
                streams[row[1]],
                row[2],
                entry["event_type"],
                int(cents),
                entry["description"],
                int(datetime.fromisoformat(entry["effective_at"]).astimezone(UTC).timestamp()) * 1_000_000
                + datetime.fromisoformat(entry["effective_at"]).microsecond,
                state["owner"] if opened else "",
                "",
            )
        )
    return found


