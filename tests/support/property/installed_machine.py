"""Random lives of a ledger that only the installed command touches, step by step."""

from __future__ import annotations

import json
import random
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.support.model import Intent
from tests.support.property.bank_statements import RULES, Already, file_of, plan, rows_from
from tests.support.property.drawn_commands import DrawnCommand, work
from tests.support.property.installed_driver import InstalledDriver, now
from tests.support.property.questions import ask_something

PROJECTIONS = {"account_balances": 2, "account_summaries": 3}

BATCH_OPTIONS = (
    ("--continue-on-error",),
    ("--continue-on-error", "--commit-every", "1"),
    ("--continue-on-error", "--commit-every", "3"),
    ("--continue-on-error", "--defer-projections"),
)

seeds = st.integers(0, 2**32 - 1)


class InstalledMachine(RuleBasedStateMachine):
    """What a person or a script does in a shell."""

    def __init__(self) -> None:
        super().__init__()
        self.it = InstalledDriver()

    def teardown(self) -> None:
        self.it.end()

    @initialize(odd=st.sampled_from(["JPY", "KWD", "CLF"]))
    def begin(self, odd: str) -> None:
        self.it.give(Intent("deposit", "a", "1"))  # there is no ledger, and none comes to be
        self.it.give(Intent("open", "a", "1.2345", "Ana"))
        currencies = {"a": "USD", "b": "USD", "c": odd}
        self.it.batch(
            [
                Intent("open", account, "20", "Ana", currency=currency)
                for account, currency in currencies.items()
            ]
        )

    def intents(self, several: list[DrawnCommand]) -> list[Intent]:
        """Commands in sequence, each drawn for what comes before it."""
        ahead, clock = self.it.model.copy(), now()
        intents: list[Intent] = []
        for drawn in several:
            intent = drawn.intent(ahead, clock)
            intents.append(intent)
            if not ahead.reasons_against(intent, clock) and ahead.replays(intent) is None:
                ahead.carry_out(intent, clock)
        return intents

    @rule(several=work)
    def type_commands(self, several: list[DrawnCommand]) -> None:
        for drawn in several[:3]:
            self.it.give(drawn.intent(self.it.model, now()))

    @precondition(lambda self: self.it.model.keys)
    @rule(seed=seeds)
    def retry(self, seed: int) -> None:
        keys = sorted(self.it.model.keys)
        self.it.give(self.it.model.keys[keys[seed % len(keys)]][0])

    @rule(several=work)
    def batch(self, several: list[DrawnCommand]) -> None:
        self.it.batch(self.intents(several))

    @rule(several=work, options=st.sampled_from(BATCH_OPTIONS))
    def batch_going_on(self, several: list[DrawnCommand], options: tuple[str, ...]) -> None:
        self.it.batch_line_by_line(self.intents(several), *options)

    @rule(several=work)
    def rehearse(self, several: list[DrawnCommand]) -> None:
        self.it.rehearse(self.intents(several))

    @rule(seed=seeds)
    def ask(self, seed: int) -> None:
        ask_something(self.it, random.Random(seed))

    @rule(seed=seeds)
    def bank_statement(self, seed: int) -> None:
        """Whatever the account accepts is imported, and nothing twice."""
        it, accounts = self.it, self.it.model.accounts()
        account = accounts[seed % len(accounts)]
        state = it.model.state(account)
        assert state is not None
        rows = rows_from(seed, it.model, account, now(), it.statements[account])
        it.statements[account] = rows
        planned = plan(rows, it.model, account)
        (it.folder / "statement.csv").write_bytes(file_of(rows, state.currency))
        (it.folder / "rules.toml").write_text(RULES)
        began, events = now(), len(it.model.log)
        files = ("statement.csv", "--rules", "rules.toml")
        take = ("--duplicates", "take", "--transfers", "take")
        outcome = it.run(
            *("import", *files, "--account", account, "--continue-on-error", "--json", *take)
        )
        documents = [json.loads(line) for line in outcome.bytes_out.splitlines()]
        outcomes = [each for each in documents if each["outcome"] not in ("rules", "skipped")]
        refused, already = 0, Already(it.model.bank, planned)
        by_line = {each.line: each for each in planned}
        assert sorted(answer["line"] for answer in outcomes) == sorted(by_line)
        for answer in outcomes:
            kind = answer.pop("outcome")
            intent, identity, _ = by_line[answer.pop("line")]
            assert answer.pop("idempotency_key")
            it.counted[f"bank: {kind}"] += 1
            reasons = it.model.reasons_against(intent, began)
            if kind == "already there":
                assert already.take(identity)
            elif reasons:
                assert kind == "refused"
                it.check_error(answer["error"], reasons)
                refused += 1
            else:
                assert kind == "imported"
                it.accept(intent, answer, began)
                it.model.bank[identity] += 1
        already.check_all_were_taken()
        assert outcome.status == (3 if refused else 0)
        if len(it.model.log) > events:
            it.unseen = 0

    @rule(seed=seeds)
    def snapshot(self, seed: int) -> None:
        it, accounts = self.it, self.it.model.accounts()
        chosen = random.Random(seed).sample(accounts, 1 + seed % len(accounts))
        outcome = it.run("snapshot", "--json", *chosen)
        assert outcome.status == 0
        assert [(each["account_id"], each["version"]) for each in outcome.json] == [
            (account, len(it.model.entries(account))) for account in chosen
        ]
        it.counted["snapshots"] += 1
        it.refused({"no_such_account"}, "snapshot", accounts[0], "nobody")

    @rule(rebuilt=st.booleans())
    def bring_up(self, rebuilt: bool) -> None:
        """The projections are rebuilt, or catch up."""
        how = ("rebuild-projections",) if rebuilt else ("projections", "--catch-up")
        outcome = self.it.run(*how, "--json")
        assert outcome.status == 0
        self.it.unseen = 0
        self.it.counted["rebuilds" if rebuilt else "catching up"] += 1
        self.projections_are_where_they_should_be(outcome.json)

    @rule()
    def move_to_a_copy(self) -> None:
        """The log is imported into a new ledger, and that is used from then on."""
        it = self.it
        it.counted["copies"] += 1
        log = f"log-{it.files}.jsonl"
        assert it.run("export-events", log).status == 0
        it.refused({"import_refused"}, "import-events", log)
        exported = it.run("export-events").bytes_out
        assert (it.folder / log).read_bytes() == exported
        it.files += 1
        outcome = it.run("import-events", log, "--json")
        assert outcome.status == 0
        report = outcome.json
        counts = (it.model.head, len(it.model.accounts()))
        assert (report["events"], report["accounts"]) == counts
        assert it.run("export-events").bytes_out == exported
        it.unseen = 0

    @rule()
    def verify(self) -> None:
        """Nothing is wrong, and every head that was noted is still part of the log."""
        it = self.it
        it.counted["verified"] += 1
        outcome = it.run("verify", "--quiet", "--workers", "1")
        assert (outcome.status, outcome.out, outcome.err) == (0, "", "")
        for noted in (it.noted, it.head(it.model.head)):
            if noted:
                assert it.run("verify", "--quiet", "--expect-head", noted).status == 0
        it.noted = it.head(it.model.head)

    @rule()
    def go_on_with_a_backup(self) -> None:
        """A backup is the same ledger, and is used from then on."""
        it = self.it
        it.counted["backups"] += 1
        before = it.content()
        outcome = it.run("backup", f"{it.files + 1}.db", "--json")
        assert outcome.status == 0
        report = outcome.json
        assert (report["events"], report["head"]) == (it.model.head, it.head(it.model.head))
        it.refused({"invalid_option"}, "backup", f"{it.files + 1}.db")
        it.files += 1
        assert it.content() == before

    @rule()
    def projections(self) -> None:
        self.projections_are_where_they_should_be(self.it.ask("projections"))

    def projections_are_where_they_should_be(self, found: list[dict[str, Any]]) -> None:
        seen = self.it.model.head - self.it.unseen
        # The entries are there once a question has asked for them, and caught up by questions.
        assert [each for each in found if each["name"] != "account_entries"] == [
            {
                "name": name,
                "version": version,
                "checkpoint": seen,
                "lag": self.it.unseen,
                "outdated": False,
                "known": True,
            }
            for name, version in PROJECTIONS.items()
        ]

    @invariant()
    def the_file_has_as_many_events_as_the_model(self) -> None:
        """What is in them is compared by `ask`."""
        assert len(self.it.content().get("events", ())) == self.it.model.head
