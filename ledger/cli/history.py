"""``history``, ``replay`` and ``events``."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Annotated

import typer

from ledger.cli.completion import complete_account
from ledger.cli.environment import Environment, Format
from ledger.cli.options import Account, AsOf, KnownAt, LedgerCommand, environment
from ledger.cli.output import documents
from ledger.cli.output.answer import AGREEMENT, ENTRY, EVENT, STEP, answer
from ledger.cli.output.rows import write_csv, write_tsv
from ledger.errors import DamagedLedger
from ledger.eventstore.records import RecordedEvent
from ledger.exchange.export_format import event_line
from ledger.ledger import Ledger
from ledger.queries.replay import ReplayStep

commands = typer.Typer(rich_markup_mode=None)

Limit = Annotated[int | None, typer.Option(metavar="N", min=0, help="Show only so many.")]


@commands.command(
    "history",
    cls=LedgerCommand,
    epilog="""
    \b
    Examples:
      ledger history acc-001
      ledger history acc-001 --as-of 2026-06-30
      ledger history acc-001 --as-of 2026-06-30 --known-at 2026-07-15T12:00:00Z
      ledger history acc-001 --limit 10
    """,
)
def history(
    ctx: typer.Context,
    account: Account,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    at_version: Annotated[
        int | None, typer.Option(metavar="N", help="Count only the first N events.")
    ] = None,
    limit: Annotated[
        int | None, typer.Option(metavar="N", min=0, help="Show only the last N entries.")
    ] = None,
) -> None:
    """Show an account's entries up to a point, with a running balance, and its state then.

    Entries stand in the order in which they were recorded.
    """
    env = environment(ctx)
    with env.ledger() as ledger:
        report = ledger.history(
            account, as_of=as_of, known_at=known_at, at_version=at_version, limit=limit
        )
    currency = report.state.currency

    def draw() -> None:
        from ledger.cli.output.history import show_history

        show_history(env, report)

    answer(
        env,
        document=documents.history(report),
        rows=[documents.history_entry(entry, currency) for entry in report.entries],
        columns=ENTRY,
        person=draw,
    )


@commands.command(
    "replay",
    cls=LedgerCommand,
    epilog="""
    \b
    Examples:
      ledger replay acc-001
      ledger replay acc-001 --step
      ledger replay acc-001 --to-version 3 --step
    """,
)
def replay(
    ctx: typer.Context,
    account: Account,
    to_version: Annotated[
        int | None, typer.Option(metavar="N", help="Stop after the first N events.")
    ] = None,
    step: Annotated[
        bool, typer.Option("--step", help="Show the state before and after each event.")
    ] = False,
) -> None:
    """Fold an account from its first event, without a snapshot, and compare the result.

    Says whether the fold, the newest snapshot and the read models agree (exit 6 if not).
    """
    env = environment(ctx)
    with env.ledger() as ledger:
        if step:
            _show_steps(env, ledger.replay(account, to_version))
        found = ledger.agreement(account, to_version)

    def draw() -> None:
        from ledger.cli.output.history import show_agreement

        show_agreement(env, found)

    document = documents.agreement(found)
    if not (step and env.shown_as in (Format.PLAIN, Format.CSV)):
        answer(env, document=document, rows=[document], columns=AGREEMENT, person=draw)
    if not found.holds:
        raise DamagedLedger(
            f"fold, snapshot and read models of {account} do not agree",
            advice="the fold is right; to make the rest again from the log: ledger doctor --repair",
            account_id=account,
        )


def _show_steps(env: Environment, steps: Iterator[ReplayStep]) -> None:
    match env.shown_as:
        case Format.TABLE:
            from ledger.cli.output.history import show_steps

            show_steps(env, steps)
        case Format.JSON:
            import msgspec

            for each in steps:
                env.write_bytes(msgspec.json.encode(documents.replay_step(each)) + b"\n")
        case Format.CSV:
            write_csv(env.stdout, map(documents.replay_step, steps), STEP)
        case Format.PLAIN:
            write_tsv(env.stdout, map(documents.replay_step, steps), STEP)


@commands.command(
    "events",
    cls=LedgerCommand,
    epilog="""
    \b
    Examples:
      ledger events --limit 5
      ledger events --account acc-001 --json
      ledger events --from-position 100 --follow --json
    """,
)
def events(
    ctx: typer.Context,
    account: Annotated[
        str | None,
        typer.Option(
            metavar="ACCOUNT", help="Only this account's.", autocompletion=complete_account
        ),
    ] = None,
    from_position: Annotated[
        int, typer.Option(metavar="N", min=1, help="Begin at this position.")
    ] = 1,
    limit: Limit = None,
    follow: Annotated[
        bool, typer.Option("--follow", help="Go on with new events as they come; Ctrl-C ends it.")
    ] = False,
) -> None:
    """Show the log itself, as it is stored."""
    env = environment(ctx)
    with env.ledger() as ledger:
        found = _selected(env, ledger, account, from_position, follow=follow)
        _show_events(env, islice(found, limit and min(limit, sys.maxsize)), follow=follow)


def _selected(
    env: Environment, ledger: Ledger, account: str | None, from_position: int, *, follow: bool
) -> Iterator[RecordedEvent]:
    if not follow:
        return ledger.events(from_position=from_position, account_id=account)
    if account is not None:
        ledger.balance(account)  # a typing error would otherwise be followed for ever
    return (
        event
        for event in ledger.follow(from_position=from_position, pause=env.pause)
        if account in (None, event.stream_id)
    )


def _show_events(env: Environment, found: Iterable[RecordedEvent], *, follow: bool) -> None:
    match env.shown_as:
        case Format.JSON:
            for event in found:
                env.write_bytes(event_line(event) + b"\n")
                if follow:
                    env.stdout.flush()
        case Format.CSV:
            write_csv(env.stdout, _flushed(env, found, follow=follow), EVENT)
        case Format.PLAIN:
            write_tsv(env.stdout, _flushed(env, found, follow=follow), EVENT)
        case Format.TABLE:
            from ledger.cli.output.history import show_events

            show_events(env, found, follow=follow)


def _flushed(
    env: Environment, found: Iterable[RecordedEvent], *, follow: bool
) -> Iterator[documents.Document]:
    """Documents of events; when following, each is out before the next one is waited for."""
    for event in found:
        yield documents.event(event)
        if follow:
            env.stdout.flush()
