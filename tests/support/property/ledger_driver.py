"""Gives commands to a `Ledger` and to its model, and compares the results."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import currently_in_test_context, note
from hypothesis.stateful import RuleBasedStateMachine

from ledger import Ledger
from ledger.commands.results import AccountFigures, WriteResult
from ledger.errors import LedgerError
from tests.support.model import DECIMALS, Entry, Intent, Model, state_of
from tests.support.property.bank_statements import Row
from tests.support.property.drawn_commands import DrawnCommand

BASE = 1_000_000_000_000_000
"""2001-09-09T01:46:40Z in µs."""

CHANGES = ("nothing", "spelling", "text", "at", "account", "amount", "command", "version")
"""What may differ where a command comes again under its key."""

BANK_MODES = ("all or nothing", "going on", "dry run")

PROJECTIONS = ("account_balances", "account_summaries")


class LedgerDriver(RuleBasedStateMachine):
    """What every life does; subclasses choose the kind of store."""

    ledger: Ledger

    def __init__(self) -> None:
        super().__init__()
        self.model = Model()
        self.results: dict[int, WriteResult] = {}
        self.checkpoints = dict.fromkeys(PROJECTIONS, 0)
        self.clock = BASE
        self.interval = 0
        self.deferred = False
        self.counted: Counter[str] = Counter()
        self.statements: defaultdict[str, list[Row]] = defaultdict(list)

    # ── the store ───────────────────────────────────────────────────────────────────────────────

    def make(self, *, restoring: bool = False) -> None:
        """Begin a new store with a book, or an empty one, and open a ledger on it."""
        raise NotImplementedError

    def open_again(self) -> None:
        """Open the same store anew, with the settings of now."""
        raise NotImplementedError

    def content(self) -> object:
        """Everything that the store holds, to see that nothing has changed."""
        return (
            list(self.ledger.export_events()),
            self.ledger.accounts(),
            self.ledger.balances(),
            self.ledger.projections(),
            self.ledger.snapshots(),
        )

    @contextmanager
    def bytes_kept(self) -> Iterator[None]:
        """The block must leave the store unchanged, to the byte where it has bytes."""
        yield

    def time(self) -> int:
        return self.clock

    def intents(self, several: list[DrawnCommand]) -> list[Intent]:
        """Commands in sequence at one time, each drawn for what comes before it."""
        ahead = self.model.copy()
        intents: list[Intent] = []
        self.clock += several[0].step
        for drawn in several:
            intent = drawn.intent(ahead, self.clock)
            intents.append(intent)
            if not ahead.reasons_against(intent, self.clock) and ahead.replays(intent) is None:
                ahead.carry_out(intent, self.clock)
        return intents

    def batch_line_by_line(self, intents: list[Intent], lines: list[bytes], **options: Any) -> None:
        """Give a batch that is not refused, and compare the result of each line."""
        outcomes: list[tuple[int, WriteResult | LedgerError]] = []
        commits: list[int] = []
        report = self.ledger.batch(
            lines,
            lambda number, outcome: outcomes.append((number, outcome)),
            on_commit=lambda: commits.append(len(outcomes)),
            **options,
        )
        size = (not options.get("dry_run") and options.get("commit_every")) or len(intents)
        assert commits == [min(done + size, len(intents)) for done in range(0, len(intents), size)]
        counted: Counter[str] = Counter()
        for intent, (_, outcome) in zip(intents, outcomes, strict=True):
            reasons = self.model.reasons_against(intent, self.clock)
            if isinstance(outcome, LedgerError):
                if options.get("input_format") == "csv" and intent.amount == "":
                    reasons.add("invalid_line")  # an empty cell is no amount at all
                self.check_refusal(outcome, reasons, intent, self.model)
                counted["refused"] += 1
                continue
            assert not reasons
            self.accept(intent, outcome)
            counted["commands"] += 1
            counted["replayed" if outcome.replayed else "written"] += 1
            counted["events"] += 0 if outcome.replayed else len(outcome.recorded)
        assert (report.commands, report.replayed, report.events, report.refused) == (
            counted["commands"],
            counted["replayed"],
            counted["events"],
            counted["refused"],
        )

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
        """Apply a command to the model, and compare the ledger's answer."""
        tell(f"accepted {intent}")
        self.counted["commands"] += 1
        first = self.model.replays(intent)
        if first is not None:
            self.counted["replayed"] += 1
            assert result.replayed
            original = self.results[first]
            assert result == type(original)(
                original.command,
                original.accounts,
                original.recorded,
                original.produced,
                replayed=True,
            )
            return
        written = self.model.carry_out(intent, self.clock)
        assert not result.replayed
        assert result.command == intent.command
        assert [
            (event.position, event.stream_id, event.version, event.effective_at, event.recorded_at)
            for event in result.recorded
        ] == [
            (entry.position, entry.account, entry.version, entry.effective, entry.recorded)
            for entry in written
        ]
        for entry, event, figures in zip(written, result.recorded, result.accounts, strict=True):
            earlier = self.model.entries(entry.account, at_version=entry.version - 1)
            assert event.backdated == any(other.effective > entry.effective for other in earlier)
            assert figures == self.figures(entry)
        transfer_ids = {json.loads(event.data).get("transfer_id") for event in result.recorded}
        assert transfer_ids == {result.transfer_id}
        self.results[written[0].position] = result
        if not self.deferred:
            self.checkpoints = dict.fromkeys(PROJECTIONS, self.model.head)

    def figures(self, entry: Entry) -> AccountFigures:
        state = state_of(self.model.entries(entry.account, at_version=entry.version))
        assert state is not None
        return AccountFigures(
            entry.account,
            state.balance,
            state.currency,
            entry.version,
            DECIMALS[state.currency],
        )

    def refused(
        self,
        reasons: set[str],
        intent: Intent,
        command: Callable[[], object],
        model: Model | None = None,
    ) -> LedgerError:
        tell(f"refused {intent}: {reasons}")
        before = self.content()
        with pytest.raises(LedgerError) as refusal:
            command()
        assert self.content() == before
        self.check_refusal(refusal.value, reasons, intent, model or self.model)
        return refusal.value

    def check_refusal(
        self, refusal: LedgerError, reasons: set[str], intent: Intent, model: Model
    ) -> None:
        assert refusal.code in reasons
        self.counted[f"refused, {refusal.code}"] += 1
        if refusal.code == "idempotency_key_reused":
            differing = refusal.details["fields"]
            assert isinstance(differing, list)
            assert set(differing) == model.differing_fields(intent)
        if refusal.code == "version_conflict":
            assert refusal.details["expected_version"] == intent.expected


def tell(what: str) -> None:
    """Show what happened where a test fails."""
    if currently_in_test_context():
        note(what)
    else:
        print(what)
