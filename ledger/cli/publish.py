"""``publish`` and ``publications``."""

from __future__ import annotations

from typing import Annotated

import typer

from ledger.cli.completion import complete_publication
from ledger.cli.environment import Environment
from ledger.cli.options import LedgerCommand, environment, whole_number
from ledger.cli.output.answer import PUBLICATION, PUBLISHED, answer
from ledger.cli.output.counted import counted
from ledger.cli.output.documents import Document, publication
from ledger.errors import LedgerError
from ledger.exchange.publishing.publisher import (
    BATCH,
    MAX_BATCH,
    PublicationStatus,
    Publisher,
)
from ledger.exchange.publishing.targets import TIMEOUT
from ledger.visible import visible

commands = typer.Typer(rich_markup_mode=None)


@commands.command(
    "publish",
    cls=LedgerCommand,
    epilog="""
    \b
    Examples:
      ledger publish file:published.jsonl
      ledger publish file:published.jsonl --name archive --json
      ledger publish nats://localhost/LEDGER --create
      ledger publish kafka://localhost:9092/ledger --follow
    """,
)
def publish(
    ctx: typer.Context,
    target: Annotated[
        str,
        typer.Argument(
            metavar="TARGET",
            help="nats://HOST[:PORT]/STREAM, kafka://HOST[:PORT]/TOPIC or file:PATH.",
        ),
    ],
    name: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="What the publication is called (default: its target).",
            autocompletion=complete_publication,
            show_default=False,
        ),
    ] = None,
    follow: Annotated[
        bool,
        typer.Option("--follow", help="Publish new events as they come (Ctrl-C to stop)."),
    ] = False,
    after: Annotated[
        int | None,
        typer.Option(
            metavar="POSITION",
            parser=whole_number(0),
            help="Begin after this position (default: where it stopped, or at the beginning).",
            show_default=False,
        ),
    ] = None,
    batch: Annotated[
        int,
        typer.Option(
            metavar="N",
            parser=whole_number(1, MAX_BATCH),
            help="Events to send before their acknowledgement is waited for.",
        ),
    ] = BATCH,
    timeout: Annotated[
        int,
        typer.Option(
            metavar="SECONDS",
            parser=whole_number(1, 86_400),
            help="How long the target may take to answer.",
        ),
    ] = TIMEOUT,
    create: Annotated[
        bool, typer.Option("--create", help="Create the stream or topic if there is none.")
    ] = False,
) -> None:
    """Publish the event log to a broker or a file, from where it stopped the last time.

    Every event arrives at least once, and those of an account in order; one that
    arrives again has the same id. What was published can be read back with
    import-events, which makes the same ledger again.
    """
    env = environment(ctx)
    with (
        env.ledger() as ledger,
        ledger.publisher(
            target, name=name, after=after, batch=batch, timeout=timeout, create=create
        ) as publisher,
    ):
        told = _tell(env, publisher, 0)
        try:
            publisher.run(follow=follow, on_loss=env.say_lost)
        except (LedgerError, KeyboardInterrupt):
            if publisher.published or follow:
                env.note(_summary(publisher))
            raise
        finally:
            _tell(env, publisher, told)
    document = _published(publisher)
    answer(
        env,
        document=document,
        rows=[document],
        columns=PUBLISHED,
        person=lambda: env.write(f"{_summary(publisher)}\n"),
    )


@commands.command(
    "publications",
    cls=LedgerCommand,
    epilog="""
    \b
    Examples:
      ledger publications
      ledger publications --json
    """,
)
def publications(
    ctx: typer.Context,
    forget: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Forget how far this one is; what was published stays.",
            autocompletion=complete_publication,
            show_default=False,
        ),
    ] = None,
) -> None:
    """Show where the log is published to, and how far."""
    env = environment(ctx)
    with env.ledger() as ledger:
        if forget is not None:
            ledger.forget_publication(forget)
        found = ledger.publications()
    if forget is not None:
        env.note(f"{visible(forget)} is forgotten; what was published there stays")
    rows = [publication(each) for each in found]
    answer(
        env, document=lambda: rows, rows=rows, columns=PUBLICATION, person=lambda: _draw(env, found)
    )


def _tell(env: Environment, publisher: Publisher, told: int) -> int:
    """Say what is good to know of the target, but for what was said; gives how much is said."""
    for note in publisher.notes[told:]:
        env.note(f"note: {visible(note)}")
    return len(publisher.notes)


def _published(publisher: Publisher) -> Document:
    kept = publisher.publication
    return {
        "command": "publish",
        "name": kept.name,
        "target": kept.target,
        "events": publisher.published,
        "checkpoint": kept.position,
        "hash": kept.hash.hex(),
    }


def _summary(publisher: Publisher) -> str:
    kept = publisher.publication
    return (
        f"{counted(publisher.published, 'event')} published to {visible(kept.target)}, "
        f"up to position {kept.position}"
    )


def _draw(env: Environment, found: list[PublicationStatus]) -> None:
    from ledger.cli.output.tables import Cell, Column, show_line, show_table

    if not found:
        show_line(env, "nothing is published")
        return
    show_table(
        env,
        (
            Column("Publication"),
            Column("Checkpoint", number=True),
            Column("Lag", number=True),
            Column(""),
            Column("Target", words=True),
        ),
        (
            (
                Cell(each.name, "bold"),
                str(each.checkpoint),
                str(each.lag),
                Cell("another log was published", "bold red")
                if each.diverged
                else Cell("behind", "yellow")
                if each.lag
                else Cell("up to date", "green"),
                "" if each.target == each.name else each.target,
            )
            for each in found
        ),
    )
