"""Drives a `Ledger` and the model of it side by side, and compares all that can be asked."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import note
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from ledger import Ledger, Money
from ledger.errors import LedgerError
from ledger.eventstore.memory import MemoryStore
from ledger.eventstore.records import Identity
from ledger.projections.runner import ProjectionRunner
from ledger.service.results import AccountFigures, WriteResult
from tests.property.comparing import check_past, instant, iso, state_in, status_of
from tests.property.model import Entry, Intent, Model, other_spelling, state_of, text_of

BASE = 1_000_000_000_000_000
"""2001-09-09T01:46:40Z in µs."""

ACCOUNTS = ("a", "b", "c", "d")
AMOUNTS = ("1", "2", "5", "10.00", "2.50", "0.05", "100")
ODD_AMOUNTS = ("0", "1.005", "-3", "1e2", "", "92233720368547758.07", "92233720368547758.08")
PROJECTIONS = ("account_balances", "account_summaries")


class LedgerMachine(RuleBasedStateMachine):
    """The rules; what kind of store the ledger is on is said by the subclasses."""

    ledger: Ledger

    def __init__(self) -> None:
        super().__init__()
        self.model = Model()
        self.results: dict[int, WriteResult] = {}
        self.checkpoints = dict.fromkeys(PROJECTIONS, 0)
        self.clock = BASE
        self.interval = 0
        self.deferred = False

    # ── the store ───────────────────────────────────────────────────────────────────────────────

    def make(self) -> None:
        """Begin a new, empty store, and open a ledger on it."""
        raise NotImplementedError

    def open_again(self) -> None:
        """Open the same store anew, with the settings of now."""
        raise NotImplementedError

    @contextmanager
    def bytes_kept(self) -> Iterator[None]:
        """What is inside must leave the store as it is, to the byte, where it has bytes."""
        yield

    def time(self) -> int:
        return self.clock

    # ── rules ───────────────────────────────────────────────────────────────────────────────────

    @initialize(interval=st.sampled_from([0, 1, 3, 7]))
    def begin(self, interval: int) -> None:
        self.interval = interval
        self.make()

    @rule(step=st.sampled_from([1, 1, 2, 10, 1_000, 60_000_000, -1, -7, -1_000]))
    def the_clock_moves(self, step: int) -> None:
        self.clock += step

    @rule(data=st.data(), look_at_bytes=st.booleans())
    def command(self, data: st.DataObject, look_at_bytes: bool) -> None:
        intent = self.draw_intent(data, self.model)
        reasons = self.model.reasons_against(intent, self.clock)
        if not reasons:
            self.accept(intent, self.execute(intent))
        elif look_at_bytes:
            with self.bytes_kept():
                self.refused(reasons, intent, lambda: self.execute(intent))
        else:
            self.refused(reasons, intent, lambda: self.execute(intent))

    @rule(data=st.data(), size=st.integers(1, 5))
    def batch(self, data: st.DataObject, size: int) -> None:
        ahead = self.model.copy()
        lines: list[bytes] = []
        expected: list[tuple[Intent, int | None]] = []
        for _ in range(size):
            intent = self.draw_intent(data, ahead)
            lines.append(batch_line(intent))
            reasons = ahead.reasons_against(intent, self.clock)
            if reasons:
                refusal = self.refused(reasons, intent, lambda: self.ledger.batch(lines), ahead)
                assert refusal.details["line"] == len(lines)
                return
            replayed = ahead.replays(intent)
            expected.append((intent, replayed))
            if replayed is None:
                ahead.carry_out(intent, self.clock)
        results: list[WriteResult] = []
        report = self.ledger.batch(lines, lambda number, result: results.append(result))
        for (intent, _), result in zip(expected, results, strict=True):
            self.accept(intent, result)
        again = sum(replayed is not None for _, replayed in expected)
        written = sum(len(result.events) for result in results if not result.replayed)
        assert (report.commands, report.replayed, report.events) == (size, again, written)

    @precondition(lambda self: self.model.log)
    @rule(data=st.data())
    def snapshot(self, data: st.DataObject) -> None:
        account = data.draw(st.sampled_from(self.model.accounts()))
        (taken,) = self.ledger.snapshot([account])
        entries = self.model.entries(account)
        assert (taken.account_id, taken.version, taken.usable) == (account, len(entries), True)
        assert taken.highest_effective_at == max(entry.effective for entry in entries)
        assert taken.last_recorded_at == entries[-1].recorded

    @rule(names=st.sets(st.sampled_from(PROJECTIONS)))
    def rebuild(self, names: set[str]) -> None:
        chosen = sorted(names) or PROJECTIONS
        report = self.ledger.rebuild_projections(sorted(names), workers=1)
        assert (sorted(report.names), report.events) == (sorted(chosen), len(self.model.log))
        for name in chosen:
            self.checkpoints[name] = len(self.model.log)

    @rule()
    def catch_up(self) -> None:
        behind = max(len(self.model.log) - position for position in self.checkpoints.values())
        assert self.ledger.catch_up() == behind
        self.checkpoints = dict.fromkeys(PROJECTIONS, len(self.model.log))

    @rule(deferred=st.booleans(), interval=st.sampled_from([0, 1, 3, 7]))
    def reopen(self, deferred: bool, interval: int) -> None:
        self.deferred, self.interval = deferred, interval
        self.open_again()

    @rule(deferred=st.booleans())
    def move_to_a_copy(self, deferred: bool) -> None:
        """The log goes into a new ledger, and life goes on there: nobody can tell."""
        exported = list(self.ledger.export_events())
        identity, head = self.ledger.identity, self.ledger.head()
        self.deferred = deferred
        self.make()
        report = self.ledger.import_events(exported)
        assert (report.events, report.accounts) == (len(self.model.log), len(self.model.accounts()))
        assert list(self.ledger.export_events()) == exported
        assert (self.ledger.identity, self.ledger.head()) == (identity, head)
        seen = 0 if deferred else len(self.model.log)
        self.checkpoints = dict.fromkeys(PROJECTIONS, seen)

    @precondition(lambda self: self.model.log)
    @rule(data=st.data())
    def ask_about_the_past(self, data: st.DataObject) -> None:
        account = data.draw(st.sampled_from(ACCOUNTS), label="account")
        instants = {self.clock}
        for entry in self.model.log[-12:]:
            for moment in (entry.effective, entry.recorded):
                instants |= {moment - 1, moment, moment + 1}
        point = st.none() | st.sampled_from(sorted(instants))
        as_of, known_at = data.draw(point, label="as of"), data.draw(point, label="known at")
        version = data.draw(st.none() | st.integers(0, 12), label="at version")
        limit = data.draw(st.none() | st.integers(0, 12), label="limit")
        check_past(self.ledger, self.model, account, as_of, known_at, version, limit)

    # ── what holds at any moment ────────────────────────────────────────────────────────────────

    @invariant()
    def the_log_is_the_models(self) -> None:
        lines = [json.loads(line) for line in self.ledger.export_events()]
        header, documents = lines[0], lines[1:]
        assert header["events"] == len(documents) == len(self.model.log)
        for entry, document in zip(self.model.log, documents, strict=True):
            amount = document["data"].get("amount", document["data"].get("initial_balance", 0))
            assert entry._replace(amount=abs(entry.amount), other=None) == Entry(
                document["position"],
                document["aggregate_id"],
                document["version"],
                document["event_type"],
                amount,
                document["data"].get("description", document["data"].get("reason", "")),
                instant(document["effective_at"]),
                instant(document["recorded_at"]),
                None,
                document["data"].get("owner", ""),
                document["data"].get("currency", entry.currency),
            )

    @invariant()
    def projections_fold_their_part_of_the_log(self) -> None:
        positions = {view.name: view.checkpoint for view in self.ledger.projections()}
        lags = {view.name: view.lag for view in self.ledger.projections()}
        assert positions == self.checkpoints
        assert lags == {
            name: len(self.model.log) - position for name, position in self.checkpoints.items()
        }
        seen = Model(self.model.log[: self.checkpoints["account_balances"]])
        assert [
            (report.account_id, report.balance.minor_units, report.balance.currency, report.version)
            for report in self.ledger.balances()
        ] == [
            (account, state.balance, state.currency, len(seen.entries(account)))
            for account in seen.accounts()
            if (state := seen.state(account)) and state.closed is None
        ]
        seen = Model(self.model.log[: self.checkpoints["account_summaries"]])
        for status in ("all", "active", "closed"):
            assert [
                (row.account_id, row.status, state_in(row)) for row in self.ledger.accounts(status)
            ] == [
                (account, status_of(state), state)
                for account in seen.accounts()
                if (state := seen.state(account)) and status in ("all", status_of(state))
            ]

    @invariant()
    def all_ways_lead_to_the_same_state(self) -> None:
        lag = max(len(self.model.log) - position for position in self.checkpoints.values())
        for account in self.model.accounts():
            entries = self.model.entries(account)
            found = self.ledger.agreement(account)
            assert found.holds
            assert found.projection_lag == lag
            assert state_in(found.fold) == state_of(entries)
            assert found.snapshot in (None, found.fold)
            assert found.projection == (None if lag else found.fold)
            steps = list(self.ledger.replay(account))
            assert [state_in(step.after) for step in steps] == [
                state_of(entries[:version]) for version in range(1, len(entries) + 1)
            ]

    # ── inside ──────────────────────────────────────────────────────────────────────────────────

    def draw_intent(self, data: st.DataObject, model: Model) -> Intent:
        def choose(*choices: Any) -> Any:
            return data.draw(st.sampled_from(choices))

        if model.keys and choose(True, False, False, False):
            key = choose(*sorted(model.keys))
            repeated = model.keys[key][0]
            change = choose(None, "spelling", "text", "at", "stale version")
            if change == "spelling":
                return other_spelling(repeated)
            if change == "text":
                return replace(repeated, text="something else")
            if change == "at":
                return replace(repeated, at=self.clock - 3)
            if change == "stale version":
                return replace(repeated, expected=0)
            return repeated
        kind = choose("open", "deposit", "deposit", "withdraw", "withdraw", "transfer", "close")
        account, to = choose(*ACCOUNTS), choose(*ACCOUNTS)
        amount = choose(*AMOUNTS, *AMOUNTS, *AMOUNTS, choose(*ODD_AMOUNTS))
        state = model.state(account)
        if state and kind in ("withdraw", "transfer") and choose(True, False):
            amount = text_of(state.balance, state.currency)
        instants = [self.clock - back for back in (0, 1, 2, 5, 20, 1_000)]
        instants += [entry.effective for entry in model.entries(account)]
        instants += [self.clock + 100_000_000]
        at = choose(None, None, choose(*instants))
        versions = [None, None, None, len(model.entries(account)), 0]
        return Intent(
            kind,
            account,
            "" if kind == "close" else amount,
            choose("Ana", "Bo ☂") if kind == "open" else choose("", "rent", "[x] \n"),
            to if kind == "transfer" else "",
            choose("USD", "USD", "USD", "JPY") if kind == "open" else "USD",
            at,
            choose(None, None, "k1", "k2", "k3"),
            choose(*versions),
        )

    def execute(self, intent: Intent) -> WriteResult:
        options: dict[str, Any] = {
            "at": intent.at,
            "idempotency_key": intent.key,
            "expected_version": intent.expected,
        }
        account, amount, text = intent.account, intent.amount, intent.text
        if intent.command == "open":
            return self.ledger.open_account(account, text, intent.currency, amount, **options)
        if intent.command == "deposit":
            return self.ledger.deposit(account, amount, text, **options)
        if intent.command == "withdraw":
            return self.ledger.withdraw(account, amount, text, **options)
        if intent.command == "transfer":
            return self.ledger.transfer(account, intent.to, amount, text, **options)
        return self.ledger.close_account(account, text, **options)

    def accept(self, intent: Intent, result: WriteResult) -> None:
        """Carry a command out in the model, and compare what the ledger answered."""
        note(f"accepted {intent}")
        first = self.model.replays(intent)
        if first is not None:
            assert result.replayed
            original = self.results[first]
            assert result == type(original)(
                original.command,
                original.accounts,
                original.events,
                original.transfer_id,
                replayed=True,
            )
            return
        written = self.model.carry_out(intent, self.clock)
        assert not result.replayed
        assert result.command == intent.command
        assert [
            (event.position, event.stream_id, event.version, event.effective_at, event.recorded_at)
            for event in result.events
        ] == [
            (entry.position, entry.account, entry.version, entry.effective, entry.recorded)
            for entry in written
        ]
        for entry, event, figures in zip(written, result.events, result.accounts, strict=True):
            earlier = self.model.entries(entry.account, at_version=entry.version - 1)
            assert event.backdated == any(other.effective > entry.effective for other in earlier)
            assert figures == self.figures(entry)
        transfer_ids = {json.loads(event.data).get("transfer_id") for event in result.events}
        assert transfer_ids == {result.transfer_id}
        self.results[written[0].position] = result
        if not self.deferred:
            self.checkpoints = dict.fromkeys(PROJECTIONS, len(self.model.log))

    def figures(self, entry: Entry) -> AccountFigures:
        state = state_of(self.model.entries(entry.account, at_version=entry.version))
        assert state is not None
        return AccountFigures(entry.account, Money(state.balance, state.currency), entry.version)

    def refused(
        self,
        reasons: set[str],
        intent: Intent,
        command: Callable[[], object],
        model: Model | None = None,
    ) -> LedgerError:
        note(f"refused {intent}: {reasons}")
        before = list(self.ledger.export_events())
        rows = (self.ledger.accounts(), self.ledger.balances(), self.ledger.projections())
        snapshots = self.ledger.snapshots()
        with pytest.raises(LedgerError) as refusal:
            command()
        assert refusal.value.code in reasons
        assert list(self.ledger.export_events()) == before
        assert rows == (self.ledger.accounts(), self.ledger.balances(), self.ledger.projections())
        assert snapshots == self.ledger.snapshots()
        if refusal.value.code == "idempotency_key_reused":
            differing = refusal.value.details["fields"]
            assert isinstance(differing, list)
            assert set(differing) == (model or self.model).differing_fields(intent)
        if refusal.value.code == "version_conflict":
            assert refusal.value.details["expected_version"] == intent.expected
        return refusal.value


class MemoryMachine(LedgerMachine):
    def make(self) -> None:
        self.store = MemoryStore(Identity("memory", self.clock), self.time)
        ProjectionRunner(self.store).create()
        self.open_again()

    def open_again(self) -> None:
        self.ledger = Ledger(
            self.store,
            clock=self.time,
            snapshot_interval=self.interval,
            defer_projections=self.deferred,
        )


class SqliteMachine(LedgerMachine):
    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.mkdtemp(prefix="ledger-model-")
        self.files = 0

    @property
    def path(self) -> str:
        return os.path.join(self.folder, f"{self.files}.db")

    def make(self) -> None:
        if self.files:
            self.ledger.close()
        self.files += 1
        self.ledger = self.open_file()

    def open_file(self) -> Ledger:
        return Ledger.open(
            self.path,
            clock=self.time,
            snapshot_interval=self.interval,
            defer_projections=self.deferred,
        )

    def open_again(self) -> None:
        self.ledger.close()
        self.ledger = self.open_file()

    @contextmanager
    def bytes_kept(self) -> Iterator[None]:
        before = self.bytes_when_closed()
        yield
        assert self.bytes_when_closed() == before

    def bytes_when_closed(self) -> bytes:
        self.ledger.close()
        assert os.listdir(self.folder).count(f"{self.files}.db-wal") == 0
        with open(self.path, "rb") as file:
            content = file.read()
        self.ledger = self.open_file()
        return content

    def teardown(self) -> None:
        if self.files:
            self.ledger.close()
        shutil.rmtree(self.folder)


def batch_line(intent: Intent) -> bytes:
    """A command as a line of a batch."""
    line: dict[str, object] = {"command": intent.command}
    if intent.command == "transfer":
        line |= {"from": intent.account, "to": intent.to}
    else:
        line["account"] = intent.account
    if intent.command == "open":
        line |= {"owner": intent.text, "currency": intent.currency}
        line["initial_balance"] = intent.amount
    elif intent.command == "close":
        line["reason"] = intent.text
    else:
        line |= {"amount": intent.amount, "description": intent.text}
    if intent.at is not None:
        line["at"] = iso(intent.at)
    if intent.key is not None:
        line["idempotency_key"] = intent.key
    if intent.expected is not None:
        line["expected_version"] = intent.expected
    return json.dumps(line).encode()
