"""``batch``."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from tempfile import SpooledTemporaryFile
from typing import IO, Annotated, Final

import msgspec
import typer

from ledger.cli.batch_lines import BatchLines
from ledger.cli.environment import Environment
from ledger.cli.hints import hint_for
from ledger.cli.input_files import opened_for_reading
from ledger.cli.options import LedgerCommand, environment, whole_number
from ledger.cli.output import documents
from ledger.cli.output.changed_balances import ChangedBalances
from ledger.cli.output.counted import counted
from ledger.cli.progress import progress_bar
from ledger.cli.streams import Format
from ledger.commands.batch_input import InputFormat
from ledger.commands.results import BatchReport, WriteResult
from ledger.errors import (
    InvalidOption,
    InvalidUsage,
    LedgerAppeared,
    LedgerError,
    RuleViolation,
)
from ledger.ledger import Ledger
from ledger.visible import visible

commands = typer.Typer(rich_markup_mode=None)

_IN_MEMORY: Final = 1_048_576
"""Bytes of answers that wait in memory for their commit; more of them wait in a file."""

_COMPARED: Final = 200
"""Unknown ids that are compared with those there are, which takes up to 25 ms for each."""


@commands.command(
    "batch",
    cls=LedgerCommand,
    epilog="""
    \b
    Each line is one command; its fields are named like the command's options:
      {"command": "open", "account": "acc-001", "owner": "Ana Souza", "currency": "USD"}
      {"command": "deposit", "account": "acc-001", "amount": "50.00", "description": "Paycheck"}
      {"command": "transfer", "from": "acc-001", "to": "acc-002", "amount": "20.00"}
      {"command": "close", "account": "acc-001", "reason": "moved"}
    Each may also have "at", "idempotency_key" and "expected_version".

    \b
    Examples:
      ledger batch sample_data/club_year.jsonl
      ledger batch sample_data/club_year.jsonl --dry-run
      echo '{"command": "open", "account": "a", "owner": "Ana"}' | ledger batch -
    """,
)
def batch(
    ctx: typer.Context,
    file: Annotated[
        str,
        typer.Argument(
            metavar="[FILE]", help="File of JSON Lines or CSV, or - for stdin.", show_default=False
        ),
    ] = "-",
    input_format: Annotated[
        str | None,
        typer.Option(
            metavar="jsonl|csv",
            help="Format of the file (default: by its extension, or jsonl).",
            autocompletion=lambda: ["jsonl", "csv"],
        ),
    ] = None,
    continue_on_error: Annotated[
        bool,
        typer.Option("--continue-on-error", help="Skip commands that are refused, and go on."),
    ] = False,
    commit_every: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            parser=whole_number(1),
            help="Save after every N lines (with --continue-on-error).",
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Check everything, and write nothing.")
    ] = False,
    defer_projections: Annotated[
        bool,
        typer.Option(
            "--defer-projections", help="Update balances and lists later; faster for large files."
        ),
    ] = False,
) -> None:
    """Carry out the commands in a file: all of them, or none."""
    env = environment(ctx)
    written_as = _input_format(file, input_format)
    if commit_every is not None and not continue_on_error:
        raise InvalidUsage(
            "--commit-every without --continue-on-error could leave the file half done",
            advice="give both options, or neither for all or nothing",
        )
    read = env.lines = BatchLines(written_as, commit_every)
    answers = _Answers(env, read)
    one_transaction = commit_every is None or dry_run
    with (
        opened_for_reading(file, "command", ahead=one_transaction and env.exists) as lines,
        progress_bar(env, "carrying out commands") as progress,
    ):

        def run(ledger: Ledger) -> BatchReport:
            with read.carried_out_by(ledger):
                return ledger.batch(
                    read.watched(_watched(file, lines, progress)),
                    answers.keep,
                    input_format=written_as,
                    continue_on_error=continue_on_error,
                    commit_every=commit_every,
                    dry_run=dry_run,
                    on_commit=_nothing if commit_every is None else answers.give,
                )

        if commit_every is not None and not dry_run and not env.exists:
            with suppress(LedgerAppeared):
                env.create()  # what is committed and reported must be in a ledger that exists
        report = env.change_or_create(run, repeatable=False, defer_projections=defer_projections)
        answers.give()
    _tell(env, report, dry_run=dry_run)
    if not dry_run:
        answers.changed.tell()
    if report.refused:
        raise typer.Exit(RuleViolation.exit_status)


def _nothing() -> None:
    pass


class _Answers:
    """The result of each line, reported once it is committed and not before."""

    def __init__(self, env: Environment, lines: BatchLines) -> None:
        self._env = env
        self._lines = lines
        self.changed = ChangedBalances(env)
        self._wrong: set[object] = set()
        self._waiting: IO[bytes] = SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 - the run's own

    def keep(self, line: int, outcome: WriteResult | LedgerError) -> None:
        if isinstance(outcome, LedgerError):
            self._refuse(line, outcome)
            return
        self._lines.note(outcome)
        self.changed.see(outcome)
        if self._env.shown_as is Format.JSON:
            self._write(line, documents.write_result(outcome))

    def _refuse(self, line: int, error: LedgerError) -> None:
        hint = self._hint(error)
        if self._env.shown_as is Format.JSON:
            self._write(line, documents.error(error, hint))
            return
        error.show_times(self._env.show_end)
        self._env.say(f"{visible(error.message)} ({error.code})")
        if hint:
            self._env.say(f"hint: {visible(hint)}")

    def _hint(self, error: LedgerError) -> str:
        if error.code in ("no_such_account", "invalid_account_id"):
            wrong = error.details.get("account_id")
            if wrong not in self._wrong and len(self._wrong) >= _COMPARED:
                return error.advice
            self._wrong.add(wrong)
        return hint_for(self._env, error)

    def _write(self, line: int, document: documents.Document) -> None:
        self._waiting.write(msgspec.json.encode({**document, "line": line}) + b"\n")

    def give(self) -> None:
        self._waiting.seek(0)
        while part := self._waiting.read(65_536):
            self._env.write_bytes(part)
        self._waiting.seek(0)
        self._waiting.truncate()


def _input_format(file: str, named: str | None) -> InputFormat:
    match named or ("csv" if file.lower().endswith(".csv") else "jsonl"):
        case "csv":
            return "csv"
        case "jsonl":
            return "jsonl"
        case other:
            raise InvalidOption(f"{other!a} is not an input format", advice="use jsonl or csv")


def _watched(
    file: str, lines: Iterable[bytes], progress: Callable[[int, int | None], None] | None
) -> Iterable[bytes]:
    """The lines of a file, with the bar moving as they are read."""
    if progress is None:
        return lines
    size = None if file == "-" else os.path.getsize(file) or None
    return _moving(lines, size, progress)


def _moving(
    lines: Iterable[bytes], size: int | None, progress: Callable[[int, int | None], None]
) -> Iterator[bytes]:
    done = 0
    for number, line in enumerate(lines):
        done += len(line)
        if number % 1_000 == 0:
            progress(done, size)
        yield line


def _tell(env: Environment, report: BatchReport, *, dry_run: bool) -> None:
    commands = counted(report.commands, "command")
    replayed = f", {report.replayed} of them done before" if report.replayed else ""
    refused = f"; {report.refused} refused" if report.refused else ""
    if dry_run:
        env.note(f"{commands} would be carried out{replayed}{refused}")
        return
    env.note(
        f"{commands} carried out{replayed}: {counted(report.events, 'change')} recorded{refused}"
    )
