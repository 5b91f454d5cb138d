from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger import Ledger, LedgerError, Money
from ledger.commands.results import WriteResult
from ledger.errors import InsufficientFunds, InvalidLine, InvalidTime, VersionConflict
from ledger.eventstore.records import RecordedEvent
from tests.support.clock import Clock, utc

Outcome = WriteResult | LedgerError

OPEN_A = b'{"command": "open", "account": "a", "owner": "Ana", "initial_balance": "100"}'
OPEN_B = b'{"command": "open", "account": "b", "owner": "Bo"}'


def balances(ledger: Ledger) -> dict[str, str]:
    return {report.account_id: str(report.balance) for report in ledger.balances()}


def whole(ledger: Ledger) -> object:
    """All that a refused batch must leave as it was."""
    return (
        list(ledger.export_events()),
        ledger.accounts(),
        ledger.balances(),
        ledger.projections(),
        ledger.snapshots(),
    )


def test_all_five_commands_with_all_their_fields(ledger: Ledger) -> None:
    report = ledger.batch(
        [
            b'{"command": "open", "account": "a", "owner": "Ana", "currency": "JPY",'
            b' "initial_balance": "100", "at": "2026-01-01T00:00Z", "idempotency_key": "k1",'
            b' "expected_version": 0}',
            b'{"command": "open", "account": "b", "owner": "Bo", "currency": "JPY"}',
            b'{"command": "deposit", "account": "a", "amount": "50", "description": "Gift",'
            b' "at": "2026-01-02T00:00Z", "idempotency_key": "k2", "expected_version": 1}',
            b'{"command": "withdraw", "account": "a", "amount": "30", "description": "Shop",'
            b' "at": "2026-01-03T00:00Z", "idempotency_key": "k3", "expected_version": 2}',
            b'{"command": "transfer", "from": "a", "to": "b", "amount": "120",'
            b' "description": "All", "idempotency_key": "k4", "expected_version": 3}',
            b'{"command": "close", "account": "a", "reason": "Done", "idempotency_key": "k5",'
            b' "expected_version": 4}',
        ]
    )
    assert (report.commands, report.replayed, report.events) == (6, 0, 7)
    assert balances(ledger) == {"b": "120 JPY"}
    assert [entry.description for entry in ledger.history("a").entries] == [
        *("", "Gift", "Shop", "All", "Done"),
    ]
    assert [entry.effective_us for entry in ledger.history("a").entries[:3]] == [
        utc(f"2026-01-0{day}T00:00") for day in (1, 2, 3)
    ]


def test_an_account_opens_in_dollars_with_nothing_unless_said_otherwise(ledger: Ledger) -> None:
    ledger.batch([OPEN_B])
    assert balances(ledger) == {"b": "0.00 USD"}


def test_each_result_comes_with_its_line_number(ledger: Ledger) -> None:
    results: list[tuple[int, WriteResult]] = []

    def keep(number: int, outcome: Outcome) -> None:
        assert isinstance(outcome, WriteResult)
        results.append((number, outcome))

    ledger.batch([OPEN_A, b"", b'{"command": "deposit", "account": "a", "amount": "1"}'], keep)
    assert [(number, result.command, result.balance) for number, result in results] == [
        (1, "open", Money(10000, "USD")),
        (3, "deposit", Money(10100, "USD")),
    ]


def test_a_byte_order_mark_crlf_and_blank_lines_are_forgiven(ledger: Ledger) -> None:
    lines = [b"\xef\xbb\xbf" + OPEN_A + b"\r\n", b"\r\n", b"   \n", OPEN_B + b"\n", b"\t"]
    assert ledger.batch(lines).commands == 2


def test_a_batch_from_a_file_is_read_line_by_line(ledger: Ledger, tmp_path: Path) -> None:
    file = tmp_path / "commands.jsonl"
    file.write_bytes(b"\n".join([OPEN_A, OPEN_B]))
    with file.open("rb") as lines:
        assert ledger.batch(lines).commands == 2


def test_an_empty_batch_does_nothing(ledger: Ledger) -> None:
    report = ledger.batch([b"", b"\n"])
    assert (report.commands, report.events, ledger.head().position) == (0, 0, 1)


DEPOSIT = '{"command": "deposit", "account": "a", '


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        (DEPOSIT + '"amount": 50}', "amount must stand in quotation marks"),
        (DEPOSIT + '"amount": 50.25}', "amount must stand in quotation marks"),
        (DEPOSIT + '"amount": null}', "amount is null"),
        (DEPOSIT + '"amount": "5", "note": "x"}', "deposit can have no field note"),
        (DEPOSIT + '"amount": "5", "expected_version": "1"}', "expected_version must be a number"),
        (DEPOSIT + '"amount": "5", "at": 1772366400}', "at must stand in quotation marks"),
        ('{"command": "deposit", "account": "a"}', "the field amount is missing"),
        ('{"command": "transfer", "from": "a", "amount": "5"}', "the field to is missing"),
        ('{"command": "steal", "account": "a"}', "there is no command steal"),
        ('{"account": "a", "amount": "5"}', "the field command is missing"),
        ('{"command": "deposit", "account": "a", "amou', "it ends too early"),
        ("[]", "it is no object in braces"),
        ("deposit a 5", "it does not begin with a brace"),
        pytest.param('{"a":' + "[" * 100_000, "nested too deeply", id="a deep nest"),
        (OPEN_B.decode() + OPEN_B.decode(), "something follows its end"),
        ('{"command": "deposit", "account": "\udce4"}', "it is not valid UTF-8"),
    ],
)
def test_a_line_that_is_no_command_is_refused_by_its_number(
    line: str, complaint: str, ledger: Ledger
) -> None:
    before = whole(ledger)
    text = line.encode("utf-8", "surrogateescape")
    with pytest.raises(InvalidLine, match=rf"^line 3: this is not a command: .*{complaint}") as no:
        ledger.batch([OPEN_A, b"", text])
    assert no.value.details["line"] == 3
    assert no.value.advice
    assert whole(ledger) == before


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ('{"command": "deposit", "account": "a", "amount": "5,00"}', "invalid_amount"),
        ('{"command": "deposit", "account": "a", "amount": "0"}', "invalid_amount"),
        ('{"command": "deposit", "account": "x", "amount": "5"}', "no_such_account"),
        ('{"command": "open", "account": "-rf", "owner": "X"}', "invalid_account_id"),
        ('{"command": "open", "account": "x", "owner": " "}', "invalid_text"),
        (
            '{"command": "open", "account": "x", "owner": "X", "currency": "usd"}',
            "invalid_currency",
        ),
        ('{"command": "open", "account": "a", "owner": "X"}', "account_already_open"),
        ('{"command": "withdraw", "account": "a", "amount": "100.01"}', "insufficient_funds"),
        ('{"command": "transfer", "from": "a", "to": "a", "amount": "1"}', "same_account"),
        ('{"command": "close", "account": "a"}', "balance_not_zero"),
        (DEPOSIT + '"amount": "1", "at": "last Tuesday"}', "invalid_time"),
        (DEPOSIT + '"amount": "1", "at": "2026-03-01T12:00:00.000001Z"}', "invalid_time"),
        (DEPOSIT + '"amount": "1", "at": "2026-02-28T23:59Z"}', "before_opening"),
        (DEPOSIT + '"amount": "1", "expected_version": 2}', "version_conflict"),
        (DEPOSIT + '"amount": "1", "idempotency_key": ""}', "invalid_text"),
        (DEPOSIT + '"amount": "1", "idempotency_key": "used"}', "idempotency_key_reused"),
    ],
)
def test_one_refused_command_undoes_the_whole_batch(line: str, code: str, ledger: Ledger) -> None:
    ledger.batch(
        [
            OPEN_A.replace(b"}", b', "at": "2026-03-01T11:00Z"}'),
            DEPOSIT.encode() + b'"amount": "7", "idempotency_key": "used"}',
            b'{"command": "withdraw", "account": "a", "amount": "7"}',
        ]
    )
    before = whole(ledger)
    early = [OPEN_B, DEPOSIT.encode() + b'"amount": "1", "idempotency_key": "new"}']
    undo = [b'{"command": "withdraw", "account": "a", "amount": "1"}']
    with pytest.raises(LedgerError, match=r"^line 4: ") as refusal:
        ledger.batch([*early, *undo, line.encode()])
    assert (refusal.value.code, refusal.value.details["line"]) == (code, 4)
    assert whole(ledger) == before
    assert not ledger.deposit("a", "2", idempotency_key="new").replayed


def test_the_accounts_of_an_undone_batch_are_forgotten(ledger: Ledger) -> None:
    ledger.batch([OPEN_A])
    with pytest.raises(InvalidLine):
        ledger.batch([OPEN_B, DEPOSIT.encode() + b'"amount": "50"}', b"{"])
    with pytest.raises(InsufficientFunds):
        ledger.withdraw("a", "101")
    assert ledger.deposit("a", "1").version == 2
    assert ledger.open_account("b", "Bo").version == 1
    ledger.batch([b'{"command": "withdraw", "account": "a", "amount": "101"}'])
    assert balances(ledger) == {"a": "0.00 USD", "b": "0.00 USD"}


def test_the_facts_of_an_undone_batch_are_not_projected_with_the_next(ledger: Ledger) -> None:
    with pytest.raises(InvalidLine):
        ledger.batch([OPEN_A, b"{"])
    ledger.batch([OPEN_B])
    assert balances(ledger) == {"b": "0.00 USD"}
    assert [row.account_id for row in ledger.accounts()] == ["b"]


def test_a_command_after_a_batch_is_projected_at_once(ledger: Ledger) -> None:
    ledger.batch([OPEN_A])
    ledger.deposit("a", "1")
    assert balances(ledger) == {"a": "101.00 USD"}
    with pytest.raises(InvalidLine):
        ledger.batch([b"{"])
    ledger.deposit("a", "1")
    assert balances(ledger) == {"a": "102.00 USD"}


def test_the_accounts_of_a_batch_are_not_remembered_after_it(books: Ledger, path: str) -> None:
    books.batch([OPEN_A])
    with Ledger.open(path, clock=lambda: utc("2026-03-01T12:00")) as rival:
        rival.withdraw("a", "60")
    with pytest.raises(InsufficientFunds):
        books.batch([b'{"command": "withdraw", "account": "a", "amount": "60"}'])


def test_a_backdated_withdrawal_sees_the_earlier_lines_of_its_batch(ledger: Ledger) -> None:
    def deposit(amount: int, day: int) -> bytes:
        at = f"2026-02-{day:02}T00:00Z"
        return f'{DEPOSIT}"amount": "{amount}", "at": "{at}"}}'.encode()

    def withdraw(amount: int, day: int) -> bytes:
        return deposit(amount, day).replace(b"deposit", b"withdraw")

    opening = OPEN_A.replace(b"}", b', "at": "2026-02-01T00:00Z"}')
    tail = [withdraw(130, 10), deposit(200, 20)]
    ledger.batch([opening, deposit(50, 5), *tail, withdraw(20, 7)])
    assert balances(ledger) == {"a": "200.00 USD"}
    with pytest.raises(InsufficientFunds) as refusal:
        ledger.batch([deposit(5, 20), withdraw(1, 7)])
    assert refusal.value.details["at"] == "2026-02-10T00:00:00.000000Z"
    assert refusal.value.details["line"] == 2


def test_a_key_may_be_repeated_within_one_batch(ledger: Ledger) -> None:
    line = DEPOSIT.encode() + b'"amount": "5", "idempotency_key": "k"}'
    spend = b'{"command": "withdraw", "account": "a", "amount": "105"}'
    results: list[WriteResult] = []

    def keep(number: int, outcome: Outcome) -> None:
        assert isinstance(outcome, WriteResult)
        results.append(outcome)

    report = ledger.batch([OPEN_A, line, spend, line], keep)
    assert (report.commands, report.replayed, report.events) == (4, 1, 3)
    assert [(each.version, each.replayed) for each in results] == [
        *((1, False), (2, False), (3, False), (2, True))
    ]
    assert results[3].balance == Money(10500, "USD")


def test_a_batch_that_is_repeated_with_keys_changes_nothing(ledger: Ledger) -> None:
    lines = [
        OPEN_A.replace(b"}", b', "idempotency_key": "k1"}'),
        OPEN_B.replace(b"}", b', "idempotency_key": "k2"}'),
        b'{"command": "transfer", "from": "a", "to": "b", "amount": "5", "idempotency_key": "k3"}',
    ]
    ledger.batch(lines)
    before = whole(ledger)
    report = ledger.batch(lines)
    assert (report.commands, report.replayed, report.events) == (3, 3, 0)
    assert whole(ledger) == before


def test_versions_within_a_batch_count_its_own_lines(ledger: Ledger) -> None:
    lines = [
        DEPOSIT.encode() + b'"amount": "5", "expected_version": %d}' % version
        for version in (1, 2, 3)
    ]
    ledger.batch([OPEN_A, *lines])
    with pytest.raises(VersionConflict) as found:
        ledger.batch([DEPOSIT.encode() + b'"amount": "5", "expected_version": 3}'])
    assert (found.value.actual_version, found.value.details["line"]) == (4, 1)


def test_a_long_batch_is_projected_in_runs_and_to_its_end(ledger: Ledger) -> None:
    lines = [OPEN_A, OPEN_B]
    lines += [DEPOSIT.encode() + b'"amount": "0.01"}'] * 1_500
    lines += [b'{"command": "transfer", "from": "a", "to": "b", "amount": "0.01"}'] * 600
    report = ledger.batch(lines)
    assert (report.commands, report.events) == (2_102, 2_702)
    assert balances(ledger) == {"a": "109.00 USD", "b": "6.00 USD"}
    assert [view.lag for view in ledger.projections()] == [0, 0]
    assert ledger.agreement("a").holds
    assert ledger.agreement("b").holds
    assert [taken.version for taken in ledger.snapshots("b")] == [100, 200, 300, 400, 500, 600]


def test_a_batch_takes_one_recorded_order_while_the_clock_moves(
    ledger: Ledger, clock: Clock
) -> None:
    clock.interruptions += [lambda: setattr(clock, "now", clock.now - 1_000)] * 4
    ledger.batch([OPEN_A, OPEN_B, DEPOSIT.encode() + b'"amount": "5"}'])
    recorded = [event.recorded_at for event in ledger.events(raw=True)]
    assert recorded == sorted(recorded)


def test_subscribers_hear_of_a_batch_once_it_is_committed(books: Ledger, path: str) -> None:
    heard: list[tuple[int, int]] = []
    with Ledger.open(path) as other:
        books.subscribe(lambda event: heard.append((event.position, other.head().position)))
        books.batch([OPEN_A, OPEN_B], lambda number, result: heard.append((0, number)))
    assert heard == [(0, 1), (0, 2), (2, 3), (3, 3)]


def test_subscribers_never_hear_of_an_undone_batch(ledger: Ledger) -> None:
    heard: list[RecordedEvent] = []
    ledger.subscribe(heard.append, raw=True)
    with pytest.raises(InvalidLine):
        ledger.batch([OPEN_A, b"{"])
    assert heard == []
    ledger.batch([OPEN_B])
    assert [event.stream_id for event in heard] == ["b"]


def test_subscribers_never_hear_of_a_rehearsal(ledger: Ledger) -> None:
    heard: list[RecordedEvent] = []
    ledger.subscribe(heard.append, raw=True)
    assert ledger.batch([OPEN_A], dry_run=True).commands == 1
    assert heard == []
    assert ledger.account_ids() == []


def test_subscribers_never_hear_of_a_batch_that_failed_to_commit(books: Ledger) -> None:
    """Somebody inside it caught an exception that had undone half of what was written."""
    heard: list[RecordedEvent] = []
    books.subscribe(heard.append, raw=True)

    def meddle(number: int, outcome: Outcome) -> None:
        with pytest.raises(InvalidLine):
            books.import_events([older_opening(), b"{"])

    with pytest.raises(RuntimeError, match="inner transaction"):
        books.batch([OPEN_A], meddle)
    assert books.account_ids() == []
    books.batch([OPEN_B])
    assert [event.stream_id for event in heard] == ["b"]


def older_opening() -> bytes:
    event = {
        "event_id": "e1",
        "aggregate_id": "old",
        "aggregate_type": "BankAccount",
        "event_type": "AccountOpened",
        "data": {"account_id": "old", "name": "Olga", "initial_balance": 0},
        "version": 1,
        "timestamp": "2024-01-01T00:00:00",
    }
    return json.dumps(event).encode()


def test_a_failure_of_the_caller_undoes_the_batch(ledger: Ledger) -> None:
    def fail(number: int, outcome: Outcome) -> None:
        raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        ledger.batch([OPEN_A], fail)
    assert ledger.account_ids() == []


def test_a_failure_of_the_input_undoes_the_batch(ledger: Ledger) -> None:
    def lines() -> Iterator[bytes]:
        yield OPEN_A
        raise OSError("the disk is gone")

    with pytest.raises(OSError, match="disk"):
        ledger.batch(lines())
    assert ledger.account_ids() == []
    assert ledger.open_account("a", "Ana").version == 1


def test_the_times_of_a_batch_are_read_as_those_of_a_command(ledger: Ledger) -> None:
    with pytest.raises(InvalidTime, match="line 1: '31\\.01\\.2026' is not a date"):
        ledger.batch([DEPOSIT.encode() + b'"amount": "1", "at": "31.01.2026"}'])


def test_a_deferred_batch_leaves_the_projections_behind(path: str, clock: Clock) -> None:
    with Ledger.open(path, clock=clock, defer_projections=True) as ledger:
        ledger.batch([OPEN_A, OPEN_B])
        assert [view.lag for view in ledger.projections()] == [2, 2]
        assert ledger.catch_up() == 2
        assert balances(ledger) == {"a": "100.00 USD", "b": "0.00 USD"}
