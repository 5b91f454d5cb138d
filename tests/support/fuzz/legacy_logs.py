"""Random logs of the older world: an import takes all that they say, or nothing."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation, localcontext
from typing import NamedTuple

from hypothesis import strategies as st

from tests.support.clock import utc
from tests.support.file_content import content
from tests.support.fuzz.case_counts import CaseCounts
from tests.support.fuzz.case_runner import CaseRunner
from tests.support.fuzz.exit_contract import check_exit
from tests.support.fuzz.stored_events import StoredEvent
from tests.support.model import LARGEST

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
    "2024-01-04T01:47:33.511823": utc("2024-01-04T01:47:33.511823"),
    "2024-01-05T00:00:00": utc("2024-01-05T00:00:00"),
    "2024-01-06T00:00:00": utc("2024-01-06T00:00:00"),
    "2024-01-07T23:59:59.999999": utc("2024-01-07T23:59:59.999999"),
    "2024-01-08T00:00:00Z": utc("2024-01-08T00:00:00"),
    "2024-01-08T02:00:00+02:00": utc("2024-01-08T00:00:00"),
    "9000-01-01T00:00:00": None,
    "2024-02-30T00:00:00": None,
    "0000-01-01T00:00:00": None,
    "2024-01-04T01:47:33.5118231": None,
    "2024-01-04": None,
    "": None,
    "yesterday": None,
}


class OlderEvent(NamedTuple):
    """One line of such a log; numbers and other data as JSON texts."""

    account: str
    event_type: str
    amount: str
    words: str
    stamp: str
    version: int
    extra: str


@st.composite
def older_logs(draw: st.DrawFn) -> list[OlderEvent]:
    """A log of the older world, mostly in order and mostly within the balance."""
    log: list[OlderEvent] = []
    versions: dict[str, int] = {}
    stamps = list(STAMPS)
    for place in range(draw(st.integers(1, 7))):
        account = draw(st.sampled_from(["p", "p", "p", "q", "ö d d"]))
        version = versions.get(account, 0) + 1
        kind = (
            "AccountOpened"
            if version == 1
            else draw(
                st.sampled_from(
                    ["MoneyDeposited", "MoneyDeposited", "MoneyWithdrawn", "AccountClosed"]
                )
            )
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
                draw(
                    st.sampled_from(
                        [
                            "",
                            "",
                            "",
                            ',"schema_version":1',
                            ',"schema_version":9',
                            ',"schema_version":null',
                            ',"schema_version":"1"',
                            ',"ip":"10.0.0.1"',
                        ]
                    )
                ),
            )
        )
        versions[account] = max(1, version)
    return log


def older_line(event: OlderEvent, number: int) -> bytes:
    words, account = json.dumps(event.words), json.dumps(event.account)
    opening = f'"account_id":{account},"name":{words},"initial_balance":{event.amount}'
    data = {
        "AccountOpened": f"{{{opening}}}",
        "AccountClosed": f'{{"reason":{words}}}',
    }.get(event.event_type, f'{{"amount":{event.amount},"description":{words}}}')
    return (
        f'{{"event_id":"dc1a3999-8ec8-4cbb-84c0-{number:012}","aggregate_id":'
        f'{json.dumps(event.account)},"aggregate_type":"BankAccount","event_type":'
        f'{json.dumps(event.event_type)},"data":{data},"metadata":{{"user":"u"}},'
        f'"version":{event.version},"timestamp":{json.dumps(event.stamp)}{event.extra}}}'
    ).encode()


def inferred(log: list[OlderEvent]) -> list[StoredEvent] | None:
    """The events of a log, or None where they are impossible or cannot be read."""
    found: list[StoredEvent] = []
    for event in log:
        before = [earlier for earlier in found if earlier.account == event.account]
        amount = _cents(event.amount) if event.event_type != "AccountClosed" else 0
        at = STAMPS[event.stamp]
        if (
            amount is None
            or at is None
            or event.version != len(before) + 1
            or (
                event.extra.startswith(',"schema_version":')
                and event.extra != ',"schema_version":1'
            )
            or event.event_type
            not in ("AccountOpened", "MoneyDeposited", "MoneyWithdrawn", "AccountClosed")
            or not _possible(event.event_type, amount, at, before)
        ):
            return None
        signed = -amount if event.event_type == "MoneyWithdrawn" else amount
        opened = event.event_type == "AccountOpened"
        found.append(
            StoredEvent(
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


def _possible(kind: str, amount: int, at: int, before: list[StoredEvent]) -> bool:
    if kind == "AccountOpened":
        return not before and 0 <= amount <= LARGEST
    if not before or before[-1].kind == "AccountClosed" or at < before[0].effective:
        return False
    balance = sum(event.amount for event in before)
    if kind == "AccountClosed":
        return balance == 0 and at >= max(event.effective for event in before)
    if not 0 < amount <= LARGEST:
        return False
    if kind == "MoneyDeposited":
        return balance + amount <= LARGEST
    moments = [at, *(event.effective for event in before if event.effective > at)]
    return all(
        sum(event.amount for event in before if event.effective <= moment) >= amount
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


def check_older(runner: CaseRunner, counts: CaseCounts, log: list[OlderEvent]) -> None:
    """Import a log of the older world: all of it, or nothing."""
    runner.clear()
    before = content(runner.books)
    lines = b"\n".join(older_line(event, number) for number, event in enumerate(log, 1))
    outcome = runner.run("import-events", "-", "--json", stdin=lines)
    counts.ran("older logs", outcome)
    error = check_exit(outcome)
    expected = inferred(log)
    if expected is None:
        assert outcome.status in (2, 3, 4), (log, outcome)
        assert error["details"]["line"] in range(1, len(log) + 1), outcome
        assert content(runner.books) == before
        assert not outcome.out
        return
    assert outcome.status == 0, (log, outcome)
    begun = len(runner.start.model.log)
    found = _legacy_events(runner, begun)
    assert found == expected, (log, outcome)


def _legacy_events(runner: CaseRunner, after: int) -> list[StoredEvent]:
    """The events after a position as the ledger's own `history` shows them."""
    found: list[StoredEvent] = []
    seen = content(runner.books)
    streams = {number: name for number, name, _ in seen["streams"]}
    owners = {}
    for name in {streams[row[1]] for row in seen["events"] if row[0] > after}:
        outcome = runner.run("history", "--json", "--", name)
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
            StoredEvent(
                streams[row[1]],
                row[2],
                entry["event_type"],
                int(cents),
                entry["description"],
                int(datetime.fromisoformat(entry["effective_at"]).astimezone(UTC).timestamp())
                * 1_000_000
                + datetime.fromisoformat(entry["effective_at"]).microsecond,
                state["owner"] if opened else "",
                "",
            )
        )
    return found
