"""Drives a `Ledger` and the model of it side by side: the steps of a life."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace

from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule

from ledger.bank_statements.importing import Outcome
from ledger.bank_statements.rules.rules_file import read_format
from tests.support.bank_statements.reading import TAKE_ALL
from tests.support.model import Intent, other_command, other_spelling
from tests.support.property.bank_statements import (
    RULES,
    Already,
    file_of,
    is_settled,
    plan,
    rows_from,
)
from tests.support.property.batch_files import csv_file, json_lines
from tests.support.property.comparisons import check_past, check_statement
from tests.support.property.drawn_commands import ACCOUNTS, DrawnCommand, work
from tests.support.property.invariants import Invariants
from tests.support.property.ledger_driver import BANK_MODES, BASE, CHANGES, PROJECTIONS


class LedgerMachine(Invariants):
    """The steps; Hypothesis leaves some of them out of each life, so most begin with commands."""

    @initialize(
        interval=st.sampled_from([0, 1, 3, 7]),
        opened=st.sampled_from([2, 3, 1, 0]),
        odd=st.sampled_from(["JPY", "KWD", "CLF"]),
    )
    def begin(self, interval: int, opened: int, odd: str) -> None:
        self.interval = interval
        self.make()
        self.model.began = self.clock
        self.checkpoints = dict.fromkeys(PROJECTIONS, self.model.head)
        for account, currency in (("a", "USD"), ("b", "USD"), ("c", odd))[:opened]:
            intent = Intent("open", account, "20", "Ana", currency=currency, at=BASE - 30)
            self.accept(intent, self.execute(intent))

    @rule(step=st.sampled_from([1, 2, 10, 1_000, 60_000_000, -1, -7, -1_000]))
    def the_clock_moves(self, step: int) -> None:
        self.clock += step

    @rule(several=work)
    def commands(self, several: list[DrawnCommand]) -> None:
        for drawn in several:
            self.clock += drawn.step
            self.give(drawn.intent(self.model, self.clock), look_at_bytes=drawn.look_at_bytes)

    @precondition(lambda self: self.model.keys)
    @rule(
        place=st.integers(0, 9),
        change=st.sampled_from(CHANGES),
    )
    def retry(self, place: int, change: str) -> None:
        """A command is repeated under its key, unchanged or not."""
        keys = sorted(self.model.keys)
        before = self.model.keys[keys[place % len(keys)]][0]
        self.give(
            {
                "nothing": before,
                "spelling": other_spelling(before),
                "text": replace(before, text="something else"),
                "at": replace(before, at=self.clock - 3),
                "account": replace(before, account="d"),
                "amount": replace(before, amount="7"),
                "command": other_command(before),
                "version": replace(before, expected=0),
            }[change]
        )

    @rule(several=work)
    def batch(self, several: list[DrawnCommand]) -> None:
        """All or nothing."""
        intents = self.intents(several)
        lines, ahead = json_lines(intents), self.model.copy()
        for number, intent in enumerate(intents, 1):
            reasons = ahead.reasons_against(intent, self.clock)
            if reasons:
                refusal = self.refused(reasons, intent, lambda: self.ledger.batch(lines), ahead)
                assert refusal.details["line"] == number
                return
            if ahead.replays(intent) is None:
                ahead.carry_out(intent, self.clock)
        self.batch_line_by_line(intents, lines)

    @rule(
        several=work,
        commit_every=st.sampled_from([None, 1, 2, 3, 100]),
        as_csv=st.booleans(),
    )
    def batch_going_on(
        self, several: list[DrawnCommand], commit_every: int | None, as_csv: bool
    ) -> None:
        """Refused commands are left out."""
        intents = self.intents(several)
        options = {"continue_on_error": True, "commit_every": commit_every}
        if as_csv:
            self.batch_line_by_line(intents, csv_file(intents), input_format="csv", **options)
        else:
            self.batch_line_by_line(intents, json_lines(intents), **options)

    @rule(several=work)
    def rehearse(self, several: list[DrawnCommand]) -> None:
        """A dry run answers as the batch would, and keeps nothing."""
        self.counted["rehearsals"] += 1
        intents = self.intents(several)
        ahead, results = self.model, dict(self.results)
        before, checkpoints = self.content(), dict(self.checkpoints)
        self.model = ahead.copy()
        try:
            self.batch_line_by_line(
                intents, json_lines(intents), dry_run=True, continue_on_error=True
            )
        finally:
            self.model, self.results, self.checkpoints = ahead, results, checkpoints
        assert self.content() == before

    @precondition(lambda self: self.model.log)
    @rule(
        seed=st.integers(0, 2**32 - 1),
        mode=st.sampled_from(BANK_MODES),
    )
    def bank_statement(self, seed: int, mode: str) -> None:
        """A bank statement is imported; what was imported before is not imported again."""
        accounts = self.model.accounts()
        account = accounts[seed % len(accounts)]
        state = self.model.state(account)
        assert state is not None
        rows = rows_from(seed, self.model, account, self.clock, self.statements[account])
        self.statements[account] = rows
        content, rules = file_of(rows, state.currency), read_format(RULES.encode())
        planned = plan(rows, self.model, account)
        already = Already(self.model.bank, planned)
        if mode == "all or nothing" and (already.is_ambiguous or not is_settled(planned)):
            mode = "going on"
        if mode == "all or nothing":
            ahead, there = self.model.copy(), Already(self.model.bank, planned)
            for intent, identity, line in planned:
                if there.take(identity):
                    continue
                reasons = ahead.reasons_against(intent, self.clock)
                if reasons:
                    refusal = self.refused(
                        reasons,
                        intent,
                        lambda: self.ledger.import_statement(account, content, rules, TAKE_ALL),
                    )
                    assert refusal.details["line"] == line
                    return
                ahead.carry_out(intent, self.clock)
        before = self.content()
        kept = (self.model, dict(self.results), dict(self.checkpoints))
        if mode == "dry run":
            self.model = self.model.copy()
        outcomes: list[Outcome] = []
        self.ledger.import_statement(
            account,
            content,
            rules,
            TAKE_ALL,
            continue_on_error=mode == "going on",
            dry_run=mode == "dry run",
            on_outcome=outcomes.append,
        )
        by_line = {each.line: each for each in planned}
        assert sorted(outcome.planned.line for outcome in outcomes) == sorted(by_line)
        for outcome in outcomes:
            intent, identity, _ = by_line[outcome.planned.line]
            reasons = self.model.reasons_against(intent, self.clock)
            self.counted[f"bank: {outcome.kind}"] += 1
            if outcome.kind == "already there":
                assert already.take(identity)
            elif reasons:
                assert outcome.kind == "refused"
                assert outcome.refusal is not None
                self.check_refusal(outcome.refusal, reasons, intent, self.model)
            else:
                assert outcome.kind == "imported"
                assert outcome.result is not None
                self.accept(intent, outcome.result)
                self.model.bank[identity] += 1
        already.check_all_were_taken()
        if mode == "dry run":
            self.model, self.results, self.checkpoints = kept
            assert self.content() == before

    @precondition(lambda self: self.model.log)
    @rule(several=work, place=st.integers(0, 3))
    def snapshot(self, several: list[DrawnCommand], place: int) -> None:
        self.commands(several)
        accounts = self.model.accounts()
        account = accounts[place % len(accounts)]
        (taken,) = self.ledger.snapshot([account])
        self.counted["snapshots"] += 1
        entries = self.model.entries(account)
        assert (taken.account_id, taken.version, taken.usable) == (account, len(entries), True)
        assert taken.highest_effective_us == max(entry.effective for entry in entries)
        assert taken.last_recorded_us == entries[-1].recorded

    @rule(several=work, names=st.sets(st.sampled_from(PROJECTIONS)))
    def rebuild(self, several: list[DrawnCommand], names: set[str]) -> None:
        self.commands(several)
        chosen = sorted(names) or PROJECTIONS
        report = self.ledger.rebuild_projections(sorted(names), workers=1)
        self.counted["rebuilds"] += 1
        rebuilt = [name for name in sorted(report.names) if names or name in PROJECTIONS]
        assert (rebuilt, report.events) == (sorted(chosen), self.model.head)
        for name in chosen:
            self.checkpoints[name] = self.model.head

    @rule(several=work)
    def catch_up(self, several: list[DrawnCommand]) -> None:
        self.commands(several)
        behind = max(self.model.head - position for position in self.checkpoints.values())
        entries = [view for view in self.ledger.projections() if view.name == "account_entries"]
        assert self.ledger.catch_up() == max(behind, *(view.lag for view in entries), 0)
        self.checkpoints = dict.fromkeys(PROJECTIONS, self.model.head)

    @rule(several=work, deferred=st.booleans(), interval=st.sampled_from([0, 1, 3, 7]))
    def reopen(self, several: list[DrawnCommand], deferred: bool, interval: int) -> None:
        self.commands(several)
        self.deferred, self.interval = deferred, interval
        self.counted["reopenings"] += 1
        self.open_again()

    @rule(several=work)
    def verify(self, several: list[DrawnCommand]) -> None:
        """Nothing is wrong, and the totals are those of the model."""
        self.counted["verified"] += 1
        noted = self.ledger.head()
        self.commands(several)
        found = self.ledger.verify(expect_head=noted.short if noted.position else None, workers=1)
        assert found.clean, found.findings
        assert found.head == self.ledger.head()
        held: Counter[str] = Counter()
        for account in self.model.accounts():
            state = self.model.state(account)
            assert state is not None
            held[state.currency] += state.balance
        assert {total.currency: total.balances_minor for total in found.totals} == dict(held)

    @rule(several=work, deferred=st.booleans())
    def move_to_a_copy(self, several: list[DrawnCommand], deferred: bool) -> None:
        """The log is imported into a new ledger, which answers exactly as the old one."""
        self.commands(several)
        exported = list(self.ledger.export_events())
        self.counted["copies"] += 1
        ledger_id, head = self.ledger.ledger_id, self.ledger.head()
        self.deferred = deferred
        self.make(restoring=True)
        report = self.ledger.import_events(exported)
        assert (report.events, report.accounts) == (self.model.head, len(self.model.accounts()))
        assert list(self.ledger.export_events()) == exported
        assert (self.ledger.ledger_id, self.ledger.head()) == (ledger_id, head)
        seen = 0 if deferred else self.model.head
        self.checkpoints = dict.fromkeys(PROJECTIONS, seen)

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
            self.counted["questions about the past"] += 2
            check_past(self.ledger, self.model, account, as_of, known_at, version, limit)
            from_time = dice.choice(instants)
            check_statement(self.ledger, self.model, account, from_time, as_of, known_at)
