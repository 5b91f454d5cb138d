"""Random logs of the older world: an import takes all that they say, or nothing."""

from __future__ import annotations

import hashlib
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

RENAMED = {"ö d d": "d-d-" + hashlib.sha256("ö d d".encode()).hexdigest()[:16]}
"""What cannot be an id here, and the id that it gets."""

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
    "2024-01-04T01:47:33.5118239": utc("2024-01-04T01:47:33.511823"),
    "2024-01-08T02:00:00.000000999+02:00": utc("2024-01-08T00:00:00"),
    "2024-01-04T01:47:33.": None,
    "2024-01-04": None,
    "": None,
    "yesterday": None,
}


EXTRAS = (
    ',"schema_version":1',
    ',"schema_version":9',
    ',"schema_version":null',
    ',"schema_version":"1"',
    ',"ip":"10.0.0.1"',
)


class OlderEvent(NamedTuple):
    """One line of such a log; numbers and other data as JSON texts.

    Attributes:
        left_out: the data has nothing that had a default there.
        named: which account an opening says that it is of.
        id_of: the line whose ``event_id`` it has, 1-based; 0 for one of its own.
    """

    account: str
    event_type: str
    amount: str
    words: str
    stamp: str
    version: int
    extra: str
    left_out: bool
    named: str
    id_of: int


def _rarely(draw: st.DrawFn, one_in: int) -> bool:
    # The ends of a range are drawn more often than the rest, and the lower one is shrunk to.
    return draw(st.integers(0, one_in - 1)) == one_in // 2


@st.composite
def older_logs(draw: st.DrawFn) -> list[OlderEvent]:
    """A log of the older world, mostly in order and mostly within the balance."""
    log: list[OlderEvent] = []
    versions: dict[str, int] = {}
    stamps = list(STAMPS)
    for place in range(draw(st.integers(1, 7))):
        account = draw(st.sampled_from(["p", "p", "p", "q", *RENAMED]))
        account = "$book" if _rarely(draw, 60) else account
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
        if _rarely(draw, 40):
            version += draw(st.sampled_from([-1, 1, 2**40]))
        if _rarely(draw, 40):
            kind = draw(st.sampled_from(["AccountOpened", "MoneyFound", "TransferSent", ""]))
        numbers = NUMBERS if _rarely(draw, 20) else NUMBERS[:10]
        stamp = draw(st.sampled_from(stamps)) if _rarely(draw, 10) else stamps[min(place, 6)]
        log.append(
            OlderEvent(
                account,
                kind,
                draw(st.sampled_from(numbers)),
                draw(st.sampled_from(["", "Paycheck", "é\n", "[red]", "x" * 300])),
                stamp,
                version,
                draw(st.sampled_from(EXTRAS)) if _rarely(draw, 10) else "",
                _rarely(draw, 5),
                "other" if _rarely(draw, 30) else account,
                draw(st.integers(1, place + 1)) if _rarely(draw, 40) else 0,
            )
        )
        versions[account] = max(1, version)
    return log


def older_line(event: OlderEvent, number: int) -> bytes:
    return (
        f'{{"event_id":"dc1a3999-8ec8-4cbb-84c0-{event.id_of or number:012}","aggregate_id":'
        f'{json.dumps(event.account)},"aggregate_type":"BankAccount","event_type":'
        f'{json.dumps(event.event_type)},"data":{{{",".join(_members(event))}}},'
        f'"metadata":{{"user":"u"}},"version":{event.version},'
        f'"timestamp":{json.dumps(event.stamp)}{event.extra}}}'
    ).encode()


def _members(event: OlderEvent) -> list[str]:
    words = json.dumps(event.words)
    if event.event_type == "AccountOpened":
        needed = [f'"account_id":{json.dumps(event.named)}']
        defaults = [f'"name":{words}', f'"initial_balance":{event.amount}']
    elif event.event_type == "AccountClosed":
        needed, defaults = [], [f'"reason":{words}']
    else:
        needed, defaults = [f'"amount":{event.amount}'], [f'"description":{words}']
    return needed if event.left_out else needed + defaults


class Inferred(NamedTuple):
    """What an import of a log must do.

    Attributes:
        rounded, rounded_to_nothing: how many amounts are.
    """

    events: list[StoredEvent]
    rounded: int
    rounded_to_nothing: int


def inferred(log: list[OlderEvent]) -> Inferred | None:
    """The events of a log, or None where they are impossible or cannot be read."""
    found: list[StoredEvent] = []
    ids: set[int] = set()
    rounded = to_nothing = 0
    for number, event in enumerate(log, 1):
        account = RENAMED.get(event.account, event.account)
        before = [earlier for earlier in found if earlier.account == account]
        opened, is_closing = (event.event_type == f"Account{end}" for end in ("Opened", "Closed"))
        exact = _exact_cents("0" if is_closing or (opened and event.left_out) else event.amount)
        at = STAMPS[event.stamp]
        event_id = event.id_of or number
        if (
            exact is None
            or at is None
            or event_id in ids
            or event.account.startswith("$")
            or (opened and event.named != event.account)
            or event.version != len(before) + 1
            or (
                event.extra.startswith(',"schema_version":')
                and event.extra != ',"schema_version":1'
            )
            or event.event_type
            not in ("AccountOpened", "MoneyDeposited", "MoneyWithdrawn", "AccountClosed")
            or not _possible(event.event_type, exact, at, before)
        ):
            return None
        ids.add(event_id)
        amount = _whole(exact)
        rounded += amount != exact
        to_nothing += not amount and bool(exact)
        words = ("Unknown" if opened else "") if event.left_out else event.words
        found.append(
            StoredEvent(
                account,
                event.version,
                event.event_type,
                -amount if event.event_type == "MoneyWithdrawn" else amount,
                "" if opened else words,
                at,
                words if opened else "",
                "",
            )
        )
    return Inferred(found, rounded, to_nothing)


def _possible(kind: str, exact: Decimal, at: int, before: list[StoredEvent]) -> bool:
    amount = _whole(exact)
    if kind == "AccountOpened":
        return not before and 0 <= amount <= LARGEST
    if not before or before[-1].kind == "AccountClosed" or at < before[0].effective:
        return False
    balance = sum(event.amount for event in before)
    if kind == "AccountClosed":
        return balance == 0 and at >= max(event.effective for event in before)
    if amount == 0:
        return exact != 0
    if not 0 < amount <= LARGEST:
        return False
    if kind == "MoneyDeposited":
        return balance + amount <= LARGEST
    moments = [at, *(event.effective for event in before if event.effective > at)]
    return all(
        sum(event.amount for event in before if event.effective <= moment) >= amount
        for moment in moments
    )


def _exact_cents(text: str) -> Decimal | None:
    """A JSON number in cents, with its fraction; None where it is none."""
    if len(text) > 1_000:
        return None
    try:
        number = json.loads(text, parse_float=Decimal, parse_int=Decimal, parse_constant=_nothing)
        if not isinstance(number, Decimal) or number.adjusted() > 40:
            return None
        with localcontext(prec=100):
            return number * 100
    except (ValueError, InvalidOperation):
        return None


def _whole(cents: Decimal) -> int:
    with localcontext(prec=100):
        return int(cents.quantize(Decimal(1), ROUND_HALF_EVEN))


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
    begun = len(before["events"])
    found = _legacy_events(runner, begun)
    assert found == expected.events, (log, outcome)
    report = json.loads(outcome.out)
    assert report["rounded"] == expected.rounded, (log, outcome)
    assert report["rounded_to_nothing"] == expected.rounded_to_nothing, (log, outcome)
    assert runner.run("verify").status == 0, log


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
