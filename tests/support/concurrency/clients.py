"""Two ways to work on one ledger file, which answer alike: the API, and the installed command."""

from __future__ import annotations

import json
import os
from abc import abstractmethod
from contextlib import AbstractContextManager
from typing import Any, Final

import msgspec

from ledger import Ledger
from ledger.cli.output import documents
from ledger.commands.results import WriteResult
from ledger.errors import LedgerError
from tests.support.concurrency.random_commands import Line
from tests.support.program import Outcome, environment, run

PATIENCE: Final = 60
"""Seconds to wait for the write lock: among eight processes nobody should ever give up."""

Document = dict[str, Any]


class Client(AbstractContextManager["Client"]):
    """What one of many processes can do. Answers are the documents that ``--json`` gives; of a
    refused command it is the error's."""

    @abstractmethod
    def give(self, line: Line) -> Document:
        """Carry out one command."""

    def position(self) -> int | None:
        """The end of the log, where that is known at once."""
        return None

    @abstractmethod
    def batch(self, lines: list[Line], commit_every: int) -> list[Document]:
        """Carry out commands with commits on the way, going on after refusals."""

    @abstractmethod
    def ask(self, *question: str) -> Any:
        """The JSON answer to ``balance``, ``accounts``, ``history A``, ``statement A``."""

    @abstractmethod
    def rebuild(self) -> None:
        """Rebuild the projections."""

    @abstractmethod
    def backup(self, path: str) -> Document:
        """Copy the ledger."""

    def __exit__(self, *error: object) -> None:
        return None


class ApiClient(Client):
    def __init__(self, path: str) -> None:
        self.ledger = Ledger.open(path, create=False, lock_timeout=PATIENCE)

    def position(self) -> int | None:
        return self.ledger.head().position

    def give(self, line: Line) -> Document:
        options: Any = {
            name: line.get(name) for name in ("at", "idempotency_key", "expected_version")
        }
        amount, words = line["amount"], line["description"]
        try:
            match line["command"]:
                case "deposit":
                    result = self.ledger.deposit(line["account"], amount, words, **options)
                case "withdraw":
                    result = self.ledger.withdraw(line["account"], amount, words, **options)
                case _:
                    result = self.ledger.transfer(
                        line["from"], line["to"], amount, words, **options
                    )
        except LedgerError as refusal:
            return documents.error(refusal)
        return documents.write_result(result)

    def batch(self, lines: list[Line], commit_every: int) -> list[Document]:
        answers: list[Document] = []

        def keep(number: int, outcome: WriteResult | LedgerError) -> None:
            document = (
                documents.error(outcome)
                if isinstance(outcome, LedgerError)
                else documents.write_result(outcome)
            )
            answers.append({**document, "line": number})

        self.ledger.batch(
            [msgspec.json.encode(line) for line in lines],
            keep,
            continue_on_error=True,
            commit_every=commit_every,
        )
        return answers

    def ask(self, *question: str) -> Any:
        match question:
            case ("balance",):
                answer: Any = [documents.balance(each) for each in self.ledger.balances()]
            case ("balance", account):
                answer = documents.balance(self.ledger.balance(account))
            case ("accounts",):
                answer = [documents.summary(row) for row in self.ledger.accounts()]
            case ("history", account):
                answer = documents.history(self.ledger.history(account))
            case ("statement", account):
                answer = documents.statement(self.ledger.statement(account))
            case _:
                raise ValueError(question)
        return json.loads(msgspec.json.encode(answer))

    def rebuild(self) -> None:
        self.ledger.rebuild_projections(workers=1)

    def backup(self, path: str) -> Document:
        return documents.backup(self.ledger.backup(path))

    def __exit__(self, *error: object) -> None:
        self.ledger.close()


class CommandClient(Client):
    def __init__(self, path: str) -> None:
        self.env = environment(os.path.dirname(path), path, LEDGER_LOCK_TIMEOUT=str(PATIENCE))

    def give(self, line: Line) -> Document:
        who = [line["from"], line["to"]] if line["command"] == "transfer" else [line["account"]]
        options = [
            f"--{name.replace('_', '-')}={line[name]}"
            for name in ("at", "idempotency_key", "expected_version")
            if name in line
        ]
        done = self._run(line["command"], *who, line["amount"], "-m", line["description"], *options)
        if done.status:
            assert done.out == ""
            return {**json.loads(done.err), "exit": done.status}
        assert done.err == ""
        answer: Document = done.json
        return answer

    def batch(self, lines: list[Line], commit_every: int) -> list[Document]:
        done = self._run(
            *("batch", "-", "--continue-on-error", "--commit-every", str(commit_every)),
            stdin=b"\n".join(msgspec.json.encode(line) for line in lines),
        )
        assert done.status in (0, 3), done.err
        return [json.loads(line) for line in done.bytes_out.splitlines()]

    def ask(self, *question: str) -> Any:
        done = self._run(*question)
        assert (done.status, done.err) == (0, "")
        return done.json

    def rebuild(self) -> None:
        assert self._run("rebuild-projections", "--workers", "1").status == 0

    def backup(self, path: str) -> Document:
        answer: Document = self.ask("backup", path)
        return answer

    def _run(self, *arguments: str, stdin: bytes = b"") -> Outcome:
        return run(*arguments, "--json", env=self.env, stdin=stdin, timeout=2 * PATIENCE)


def client_of(path: str, kind: str) -> Client:
    """A client of the kind ``api`` or ``command``."""
    return ApiClient(path) if kind == "api" else CommandClient(path)
