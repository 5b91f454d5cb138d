"""``events``."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from ledger.cli.completion import complete_account
from ledger.cli.environment import Environment
from ledger.cli.options import LedgerCommand, environment, whole_number
from ledger.cli.output import event_documents
from ledger.cli.output.answer import EVENT, RAW_EVENT, answer_each
from ledger.cli.output.documents import Document
from ledger.cli.shown_columns import Show, parse_columns
from ledger.eventstore.records import RecordedEvent
from ledger.ledger import Ledger

if TYPE_CHECKING:
    from ledger.commands.ledger_events import LedgerEvent

commands = typer.Typer(rich_markup_mode=None)


@commands.command(
    "events",
    cls=LedgerCommand,
    epilog="""
    \b
    Examples:
      ledger events --limit 5
      ledger events --account acc-001 --json
      ledger events --from-position 100 --follow --json
      ledger events --raw --limit 1
    """,
)
def events(
    ctx: typer.Context,
    account: Annotated[
        str | None,
        typer.Option(
            metavar="ACCOUNT",
            help="Only the events of this account.",
            autocompletion=complete_account,
        ),
    ] = None,
    from_position: Annotated[
        int, typer.Option(metavar="N", parser=whole_number(1), help="Start at this position.")
    ] = 1,
    limit: Annotated[
        int | None, typer.Option(metavar="N", parser=whole_number(0), help="Show at most N events.")
    ] = None,
    follow: Annotated[
        bool, typer.Option("--follow", help="Wait for new events and show them (Ctrl-C to stop).")
    ] = False,
    raw: Annotated[
        bool, typer.Option("--raw", help="Show the events as they are stored, byte for byte.")
    ] = False,
    show: Show = None,
) -> None:
    """Show the event log."""
    env = environment(ctx)
    more = parse_columns(show)
    with env.ledger() as ledger:
        last = limit and min(limit, sys.maxsize)
        if raw:
            stored = islice(_stored(env, ledger, account, from_position, follow=follow), last)
            rows = _flushed(env, map(event_documents.raw_event, stored), follow=follow)
            answer_each(env, rows, RAW_EVENT, lambda: _show_raw(env, rows), endless=follow)
            return
        found = islice(_lifted(env, ledger, account, from_position, follow=follow), last)

        def draw() -> None:
            from ledger.cli.output.events import show_events

            show_events(env, found, more, follow=follow)

        rows = _flushed(env, map(event_documents.event, found), follow=follow)
        answer_each(env, rows, EVENT, draw, endless=follow)


def _lifted(
    env: Environment, ledger: Ledger, account: str | None, from_position: int, *, follow: bool
) -> Iterator[LedgerEvent]:
    if not follow:
        return ledger.events(from_position=from_position, account_id=account)
    _check_followed(ledger, account)
    found = ledger.follow(from_position=from_position, pause=env.pause, on_loss=env.say_lost)
    return (event for event in found if account in (None, event.stream_id))


def _stored(
    env: Environment, ledger: Ledger, account: str | None, from_position: int, *, follow: bool
) -> Iterator[RecordedEvent]:
    if not follow:
        return ledger.events(from_position=from_position, account_id=account, raw=True)
    _check_followed(ledger, account)
    found = ledger.follow(
        from_position=from_position, pause=env.pause, on_loss=env.say_lost, raw=True
    )
    return (event for event in found if account in (None, event.stream_id))


def _check_followed(ledger: Ledger, account: str | None) -> None:
    if account is not None:
        ledger.balance(account)  # a typing error would otherwise be followed for ever


def _show_raw(env: Environment, rows: Iterable[Document]) -> None:
    """Raw events are no table: one line of JSON each, on a terminal too."""
    for row in rows:
        env.write_bytes(msgspec.json.encode(row) + b"\n")


def _flushed(env: Environment, rows: Iterable[Document], *, follow: bool) -> Iterator[Document]:
    """Events for programs; when following, each is out before the next one is waited for."""
    for row in rows:
        yield row
        if follow:
            env.stdout.flush()
