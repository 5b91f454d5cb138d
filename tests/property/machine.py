"""Drives a `Ledger` and the model of it side by side, and compares all that can be asked."""

from __future__ import annotations

import json
import os
import random
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import currently_in_test_context, note
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from ledger import Ledger, Money
from ledger.errors import LedgerError
from ledger.eventstore.memory import MemoryStore
from ledger.eventstore.records import Identity
from ledger.projections.runner import ProjectionRunner
from ledger.service.results import AccountFigures, WriteResult
from tests.property.comparing import check_past, instant, iso, state_in, status_of
from tests.property.drafts import ACCOUNTS, Draft, work
from tests.property.model import Entry, Intent, Model, other_spelling, state_of

BASE = 1_000_000_000_000_000
"""2001-09-09T01:46:40Z in µs."""

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
        self.noted: str | None = None

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
    # Hypothesis switches some of them off in each life, so most begin with some commands.

    @initialize(interval=st.sampled_from([0, 1, 3, 7]), opened=st.sampled_from([2, 3, 1, 0]))
    def begin(self, interval: int, opened: int) -> None:
        self.interval = interval
        self.make()
        for account, currency in (("a", "USD"), ("b", "USD"), ("c", "JPY"))[:opened]:
            intent = Intent("open", account, "20", "Ana", currency=currency, at=BASE - 30)
            self.accept(intent, self.execute(intent))

    @rule(step=st.sampled_from([1, 2, 10, 1_000, 60_000_000, -1, -7, -1_000]))
    def the_clock_moves(self, step: int) -> None:
        self.clock += step

    @rule(several=work)
    def commands(self, several: list[Draft]) -> None:
        for draft in several:
            self.clock += draft.step
            self.give(draft.intent(self.model, self.clock), look_at_bytes=draft.look_at_bytes)

    @precondition(lambda self: self.model.keys)
    @rule(
        place=st.integers(0, 9),
        change=st.sampled_from(["nothing", "spelling", "text", "at", "account", "version"]),
    )
    def retry(self, place: int, change: str) -> None:
        """A command comes again under its key, as it was or not."""
        keys = sorted(self.model.keys)
        before = self.model.keys[keys[place % len(keys)]][0]
        self.give(
            {
                "nothing": before,
                "spelling": other_spelling(before),
                "text": replace(before, text="something else"),
                "at": replace(before, at=self.clock - 3),
                "account": replace(before, account="d"),
                "version": replace(before, expected=0),
            }[change]
        )

    @rule(several=work)
    def batch(self, several: list[Draft]) -> None:
        ahead = self.model.copy()
        lines: list[bytes] = []
        expected: list[tuple[Intent, int | None]] = []
        self.clock += several[0].step
        for draft in several:
            intent = draft.intent(ahead, self.clock)
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

        def keep(number: int, outcome: WriteResult | LedgerError) -> None:
            assert isinstance(outcome, WriteResult)
            results.append(outcome)

        report = self.ledger.batch(lines, keep)
        for (intent, _), result in zip(expected, results, strict=True):
            self.accept(intent, result)
        again = sum(replayed is not None for _, replayed in expected)
        written = sum(len(result.events) for result in results if not result.replayed)
        assert (report.commands, report.replayed, report.events) == (len(lines), again, written)

    @precondition(lambda self: self.model.log)
    @rule(several=work, place=st.integers(0, 3))
    def snapshot(self, several: list[Draft], place: int) -> None:
        self.commands(several)
        accounts = self.model.accounts()
        account = accounts[place % len(accounts)]
        (taken,) = self.ledger.snapshot([account])
        entries = self.model.entries(account)
        assert (taken.account_id, taken.version, taken.usable) == (account, len(entries), True)
        assert taken.highest_effective_at == max(entry.effective for entry in entries)
        assert taken.last_recorded_at == entries[-1].recorded

    @rule(several=work, names=st.sets(st.sampled_from(PROJECTIONS)))
    def rebuild(self, several: list[Draft], names: set[str]) -> None:
        self.commands(several)
        chosen = sorted(names) or PROJECTIONS
        report = self.ledger.rebuild_projections(sorted(names), workers=1)
        assert (sorted(report.names), report.events) == (sorted(chosen), len(self.model.log))
        for name in chosen:
            self.checkpoints[name] = len(self.model.log)

    @rule(several=work)
    def catch_up(self, several: list[Draft]) -> None:
        self.commands(several)
        behind = max(len(self.model.log) - position for position in self.checkpoints.values())
        assert self.ledger.catch_up() == behind
        self.checkpoints = dict.fromkeys(PROJECTIONS, len(self.model.log))

    @rule(several=work, deferred=st.booleans(), interval=st.sampled_from([0, 1, 3, 7]))
    def reopen(self, several: list[Draft], deferred: bool, interval: int) -> None:
        self.commands(several)
        self.deferred, self.interval = deferred, interval
        self.open_again()

    @rule(several=work, deferred=st.booleans())
    def move_to_a_copy(self, several: list[Draft], deferred: bool) -> None:
        """The log goes into a new ledger, and life goes on there: nobody can tell."""
        self.commands(several)
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

    @rule(several=work)
    def verify(self, several: list[Draft]) -> None:
        self.commands(several)
        self.nothing_is_wrong()

    @precondition(lambda self: self.model.log)
    @rule(seed=st.integers(0, 2**32 - 1))
    def ask_about_the_past(self, seed: int) -> None:
        dice = random.Random(seed)
        instants: list[int | None] = [None, None, None, self.clock]
        for entry in self.model.log[-12:]:
            for moment in (entry.effective, entry.recorded):
                instants += [moment - 1, moment, moment + 1]
        for _ in range(10):
            account = dice.choice(ACCOUNTS)
            as_of, known_at = dice.choice(instants), dice.choice(instants)
            version = dice.choice([None, None, None, *range(13)])
            limit = dice.choice([None, None, *range(13)])
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

    def nothing_is_wrong(self) -> None:
        """The product's own proof, which walks the whole log: asked for now and then."""
        found = self.ledger.verify(expect_head=self.noted)
        assert (found.findings, found.events) == ((), len(self.model.log))
        assert found.accounts == len(self.model.accounts())
        assert found.idempotency_keys == len(self.model.keys)
        assert found.snapshots == len(self.ledger.snapshots())
        states = [self.model.state(account) for account in self.model.accounts()]
        for totals in found.totals:
            held = [each.balance for each in states if each and each.currency == totals.currency]
            assert totals.balances == sum(held) == totals.money_in - totals.money_out
        self.noted = found.head.short

    # ── inside ──────────────────────────────────────────────────────────────────────────────────

    def give(self, intent: Intent, *, look_at_bytes: bool = False) -> None:
        reasons = self.model.reasons_against(intent, self.clock)
        if not reasons:
            self.accept(intent, self.execute(intent))
        elif look_at_bytes:
            with self.bytes_kept():
                self.refused(reasons, intent, lambda: self.execute(intent))
        else:
            self.refused(reasons, intent, lambda: self.execute(intent))

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
        tell(f"accepted {intent}")
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
        tell(f"refused {intent}: {reasons}")
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
    def teardown(self) -> None:
        self.nothing_is_wrong()

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
        try:
            if self.files:
                self.nothing_is_wrong()
        finally:
            if self.files:
                self.ledger.close()
            shutil.rmtree(self.folder)


def tell(what: str) -> None:
    """Show what happened where a test fails."""
    if currently_in_test_context():
        note(what)
    else:
        print(what)


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
