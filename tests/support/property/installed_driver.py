"""Drives the installed command and the model side by side: one process per step.

The clock is the machine's, so the model learns from each answer when the command was carried out,
and sees that this lies between the moments before and after.
"""

from __future__ import annotations

import json
import re
import shutil
import tempfile
import time
from collections import Counter, defaultdict
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from tests.support.clock import iso, utc
from tests.support.file_content import Content, content
from tests.support.fork_server import shared
from tests.support.model import DECIMALS, Entry, Intent, Model, state_of, text_of
from tests.support.program import Outcome, environment
from tests.support.property.bank_statements import Row
from tests.support.property.batch_files import json_lines

Document = dict[str, Any]

ACTOR: Final = "Zoë, treasurer"

BOOK_RECORDED_AT: Final = 10
"""The column of the recorded time in the table of events."""

EXITS: Final = {
    "insufficient_funds": 3,
    "balance_too_large": 3,
    "account_closed": 3,
    "account_already_open": 3,
    "balance_not_zero": 3,
    "before_opening": 3,
    "later_activity": 3,
    "currency_mismatch": 3,
    "same_account": 3,
    "idempotency_key_reused": 3,
    "import_refused": 3,
    "no_such_account": 4,
    "no_such_ledger": 4,
    "no_such_projection": 4,
    "version_conflict": 5,
    "invalid_amount": 2,
    "invalid_currency": 2,
    "invalid_option": 2,
    "invalid_time": 2,
    "invalid_usage": 2,
}

EVENT_ID: Final = r"[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"


def kept_up(content: Content) -> Content:
    """All but the entries, which questions catch up."""
    kept = {name: rows for name, rows in content.items() if name != "account_entries"}
    kept["projections"] = [row for row in kept["projections"] if row[0] != "account_entries"]
    kept["sqlite_schema"] = [row for row in kept["sqlite_schema"] if row[2] != "account_entries"]
    return kept


class InstalledDriver:
    """A ledger file that only the installed command touches, and the model of it."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="ledger-installed-"))
        self.files = 0
        self.model = Model()
        self.results: dict[int, Document] = {}
        """Answers by the first position that they name."""
        self.ids: dict[int, str] = {}
        """Event ids by position."""
        self.counted: Counter[str] = Counter()
        self.noted = ""
        """A head that was the log's end at some time."""
        self.statements: defaultdict[str, list[Row]] = defaultdict(list)
        """The last statement of each account."""
        self.unseen = 0
        """How many events the projections are behind."""

    @property
    def path(self) -> Path:
        return self.folder / f"{self.files}.db"

    def end(self) -> None:
        shutil.rmtree(self.folder)

    # ── running it ──────────────────────────────────────────────────────────────────────────────

    def run(self, *arguments: str, stdin: bytes = b"") -> Outcome:
        self.counted["processes"] += 1
        env = environment(self.folder, self.path, TZ="America/St_Johns", LEDGER_ACTOR=ACTOR)
        outcome = shared().run(*arguments, env=env, cwd=self.folder, stdin=stdin)
        assert "Traceback" not in outcome.err
        outcome.err.encode()  # all of it was UTF-8
        return outcome

    def content(self) -> Content:
        return content(self.path)

    def ask(self, command: str, *arguments: str) -> Any:
        """The answer to a question, which must not change anything."""
        self.counted["questions"] += 1
        before = kept_up(self.content())
        outcome = self.run(command, "--json", *arguments)
        assert outcome.status == 0, (command, arguments, outcome)
        assert kept_up(self.content()) == before
        return json.loads(outcome.out)

    def head(self, position: int) -> str:
        """What a report must name as its head."""
        if not position:
            return "0"
        row = self.content()["events"][position - 1]
        assert row[0] == position
        return f"{position}:{row[-1].hex()[:16]}"

    def ask_lines(self, command: str, *arguments: str) -> list[Document]:
        """The same for an answer of one object per line."""
        self.counted["questions"] += 1
        outcome = self.run(command, "--json", *arguments)
        assert (outcome.status, outcome.err) == (0, "")
        return [json.loads(line) for line in outcome.bytes_out.splitlines()]

    def refused(
        self, codes: set[str], command: str, *arguments: str, stdin: bytes = b""
    ) -> Document:
        """The error of a command that must be refused and must change nothing."""
        before = self.content()
        outcome = self.run(command, "--json", *arguments, stdin=stdin)
        assert outcome.out == "", outcome
        assert self.content() == before
        assert self.path.exists() == bool(before)
        error: Document = json.loads(outcome.err)["error"]
        self.check_error(error, codes)
        assert outcome.status == EXITS[error["code"]]
        return error

    def check_error(self, error: Document, codes: set[str]) -> None:
        assert error["code"] in codes, (error, codes)
        assert set(error) == {"code", "message", "hint", "details"}
        assert error["message"]
        assert error["hint"]
        self.counted[f"refused, {error['code']}"] += 1

    # ── commands ────────────────────────────────────────────────────────────────────────────────

    def give(self, intent: Intent) -> None:
        """Type one command."""
        reasons = self.reasons_against(intent, self.model, now())
        if reasons:
            error = self.refused(reasons, *typed(intent))
            self.check_details(error, intent, self.model)
            return
        began, events = now(), len(self.model.log)
        command, *arguments = typed(intent)
        outcome = self.run(command, "--json", *arguments)
        assert (outcome.status, outcome.err) == (0, ""), (intent, outcome)
        self.accept(intent, json.loads(outcome.out), began)
        if len(self.model.log) > events:
            self.unseen = 0

    def reasons_against(self, intent: Intent, model: Model, clock: int) -> set[str]:
        if not self.path.exists() and intent.command != "open":
            return {"no_such_ledger"}
        return model.reasons_against(intent, clock)

    def check_details(self, error: Document, intent: Intent, model: Model) -> None:
        if error["code"] == "idempotency_key_reused":
            assert set(error["details"]["fields"]) == model.differing_fields(intent)
        if error["code"] == "version_conflict":
            found = len(model.entries(intent.account))
            assert error["details"]["expected_version"] == intent.expected
            assert error["details"]["actual_version"] == found

    def accept(self, intent: Intent, answer: Document, began: int) -> None:
        """Apply a command to the model, at the time that the answer names, and compare."""
        self.counted["commands"] += 1
        first = self.model.replays(intent)
        if first is not None:
            self.counted["replayed"] += 1
            assert answer == {**self.results[first], "replayed": True}
            return
        reference = answer["events"][0]
        effective, recorded = map(utc, (reference["effective_at"], reference["recorded_at"]))
        if intent.at is None:
            assert began <= effective <= recorded
        if not self.model.log:
            self.model.began = self.content()["events"][0][BOOK_RECORDED_AT]
        last = self.model.log[-1].recorded if self.model.log else self.model.began
        assert max(began, last) <= recorded <= max(now(), last)
        written = self.model.carry_out(replace(intent, at=effective), recorded)
        if intent.key is not None:
            self.model.keys[intent.key] = (intent, written[0].position)
        ids = [event["event_id"] for event in answer["events"]]
        assert all(re.fullmatch(EVENT_ID, event_id) for event_id in ids)
        self.ids |= {entry.position: each for entry, each in zip(written, ids, strict=True)}
        assert answer == self.answer(intent, written, answer.get("transfer_id"))
        self.results[written[0].position] = answer

    def answer(self, intent: Intent, written: list[Entry], transfer_id: object) -> Document:
        figures = [self.figures(entry) for entry in written]
        if intent.command == "transfer":
            assert transfer_id
            sides: Document = {
                "transfer_id": transfer_id,
                "from": figures[0],
                "to": figures[1],
            }
        else:
            sides = figures[0]
        return {
            "command": intent.command,
            **sides,
            "events": [
                {
                    "event_id": self.ids[entry.position],
                    "event_type": entry.event_type,
                    "version": entry.version,
                    "position": entry.position,
                    "effective_at": iso(entry.effective),
                    "recorded_at": iso(entry.recorded),
                }
                for entry in written
            ],
            "replayed": False,
        }

    def figures(self, entry: Entry) -> Document:
        state = state_of(self.model.entries(entry.account, at_version=entry.version))
        assert state is not None
        return {
            "account_id": entry.account,
            "balance": text_of(state.balance, state.currency),
            "currency": state.currency,
            "version": entry.version,
        }

    # ── batches ─────────────────────────────────────────────────────────────────────────────────

    def batch(self, intents: list[Intent]) -> None:
        """All or nothing; the commands name their times, so that the result is known before."""
        clock = now()
        intents = [replace(intent, at=clock) if intent.at is None else intent for intent in intents]
        ahead = self.model.copy()
        for number, intent in enumerate(intents, 1):
            reasons = ahead.reasons_against(intent, clock)
            if reasons:
                lines = b"".join(json_lines(intents))
                error = self.refused(reasons, "batch", "-", stdin=lines)
                assert error["details"]["line"] == number
                self.check_details(error, intent, ahead)
                return
            if ahead.replays(intent) is None:
                ahead.carry_out(intent, clock)
        self.batch_line_by_line(intents)

    def batch_line_by_line(self, intents: list[Intent], *options: str) -> None:
        """A batch that is not refused as a whole, and its answer to each line."""
        began = now()
        events = len(self.model.log)
        lines = b"".join(json_lines(intents))
        outcome = self.run("batch", "-", "--json", *options, stdin=lines)
        documents = [json.loads(line) for line in outcome.bytes_out.splitlines()]
        refused = 0
        for number, (intent, document) in enumerate(zip(intents, documents, strict=True), 1):
            assert document.pop("line") == number
            reasons = self.model.reasons_against(intent, began)
            if "error" in document:
                refused += 1
                self.check_error(document["error"], reasons)
                self.check_details(document["error"], intent, self.model)
            else:
                assert not reasons, (intent, document)
                self.accept(intent, document, began)
        assert outcome.status == (3 if refused else 0)
        if "--defer-projections" in options:
            self.unseen += len(self.model.log) - events
        elif len(self.model.log) > events:
            self.unseen = 0

    def rehearse(self, intents: list[Intent]) -> None:
        """A dry run says the same of each line, and keeps nothing."""
        kept = (self.model, dict(self.results), dict(self.ids), self.unseen)
        before = self.content()
        self.model = self.model.copy()
        try:
            self.batch_line_by_line(intents, "--dry-run", "--continue-on-error")
        finally:
            self.model, self.results, self.ids, self.unseen = kept
        assert self.content() == before


def typed(intent: Intent) -> list[str]:
    """A command as it is typed."""
    words = {"open": "--owner", "close": "--reason"}.get(intent.command, "--description")
    options = [f"{words}={intent.text}"]
    if intent.command == "open":
        options += [f"--currency={intent.currency}", f"--initial-balance={intent.amount}"]
    if intent.at is not None:
        options.append(f"--at={iso(intent.at)}")
    if intent.key is not None:
        options.append(f"--idempotency-key={intent.key}")
    if intent.expected is not None:
        options.append(f"--expected-version={intent.expected}")
    amount = [] if intent.command in ("open", "close") else [intent.amount]
    # Behind `--` nothing is an option, an amount such as -3 neither.
    return [intent.command, *options, "--", *intent.accounts, *amount]


def now() -> int:
    """The machine's clock in µs UTC."""
    return time.time_ns() // 1_000


def decimal(minor: int, currency: str) -> str:
    assert currency in DECIMALS
    return text_of(minor, currency)
