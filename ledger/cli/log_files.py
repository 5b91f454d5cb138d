"""``export-events`` and ``import-events``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from itertools import chain
from typing import Annotated

import typer

from ledger.cli.environment import Environment
from ledger.cli.input_files import opened_for_reading
from ledger.cli.options import LedgerCommand, environment, whole_number
from ledger.cli.output.answer import answer
from ledger.cli.output.counted import counted
from ledger.cli.output.whole_logs import exported_log, import_report, tell_renamed
from ledger.cli.output_files import write_lines
from ledger.cli.streams import Format
from ledger.errors import LedgerError
from ledger.eventstore.export_format import read_header
from ledger.exchange.log_files import looked_into
from ledger.exchange.restoring import ImportReport
from ledger.ledger import Ledger
from ledger.visible import visible

commands = typer.Typer(rich_markup_mode=None)


@commands.command(
    "export-events",
    cls=LedgerCommand,
    epilog="""
    \b
    Examples:
      ledger export-events books.jsonl
      ledger export-events | gzip > books.jsonl.gz
    """,
)
def export_events(
    ctx: typer.Context,
    file: Annotated[
        str,
        typer.Argument(
            metavar="[FILE]", help="File to write, or - for stdout.", show_default=False
        ),
    ] = "-",
    force: Annotated[bool, typer.Option("--force", help="Replace the file if it exists.")] = False,
    to_position: Annotated[
        int | None,
        typer.Option(
            metavar="N", parser=whole_number(0), help="Only the events up to this position."
        ),
    ] = None,
) -> None:
    """Export the event log as JSON Lines, from which import-events makes the same ledger again."""
    env = environment(ctx)
    with env.ledger(as_it_is=to_position is not None) as ledger:
        lines = ledger.export_events(to_position=to_position)
        if file == "-":
            for line in lines:
                env.write_bytes(line + b"\n")
            return
        header = next(lines)  # what is wrong with the position comes before what is in the way
        count = write_lines(file, chain((header,), lines), env.path, force=force)
    if env.format is Format.JSON:
        document = exported_log(file, read_header(header))
        answer(env, document=document, rows=(), columns=(), person=lambda: None)
    else:
        env.note(f"{counted(count, 'event')} written to {visible(file)}")


@contextmanager
def _lines(env: Environment, source: str, ledger_id: str | None) -> Iterator[Iterable[bytes]]:
    """The lines of a log: a file's, or what a broker has."""
    if not source.lower().startswith(("nats://", "kafka://")):
        path = source[5:] if source[:5].lower() == "file:" else source
        with opened_for_reading(path, "event", ahead=env.exists) as lines:
            if ledger_id is not None:
                from ledger.exchange.publishing.read_back import of_ledger

                lines = of_ledger(lines, ledger_id)
            yield lines
        return
    from ledger.exchange.publishing.read_back import published_lines
    from ledger.exchange.publishing.targets import TIMEOUT, parse_target

    target = parse_target(source)
    messages = published_lines(target, timeout=TIMEOUT, ledger_id=ledger_id)
    try:
        with closing(messages):
            yield messages
    except LedgerError as refusal:
        line = f"line {refusal.details.get('line')}: "
        if refusal.untold.startswith(line):  # there are no lines there
            refusal.message = "message " + refusal.untold.removeprefix("line ")
        raise


@commands.command(
    "import-events",
    cls=LedgerCommand,
    epilog="""
    \b
    Examples:
      ledger import-events sample_data/older_world.jsonl
      ledger import-events books.jsonl --db copy.db
      ledger import-events nats://localhost/LEDGER --db copy.db
    """,
)
def import_events(
    ctx: typer.Context,
    file: Annotated[
        str,
        typer.Argument(
            metavar="FILE",
            help="File of JSON Lines, - for stdin, or what the log was published to.",
        ),
    ],
    ledger_id: Annotated[
        str | None,
        typer.Option(
            metavar="ID", help="Of several ledgers that were published there, the one with this id."
        ),
    ] = None,
    defer_projections: Annotated[
        bool,
        typer.Option(
            "--defer-projections", help="Do not update the projections yet; faster for large logs."
        ),
    ] = False,
) -> None:
    """Import an event log from a file, all of it or nothing.

    An export makes the ledger that it came from again, where there is none yet, and every hash is
    checked; so does what was published, be it nats://HOST/STREAM, kafka://HOST/TOPIC or file:PATH.
    A log of the older world is appended, and its events are kept as they are; an account there
    whose id cannot be one here gets another, which is told.
    """
    env = environment(ctx)
    with _lines(env, file, ledger_id) as given:
        is_export, lines = looked_into(given)

        def run(ledger: Ledger) -> ImportReport:
            return ledger.import_events(lines)

        report = env.change_or_create(
            run, repeatable=False, restoring=is_export, defer_projections=defer_projections
        )
    document = import_report(report)
    if env.shown_as is Format.JSON:
        answer(env, document=document, rows=(), columns=(), person=lambda: None)
    rounded = f"; {counted(report.rounded, 'amount')} had to be rounded" if report.rounded else ""
    if report.rounded_to_nothing:
        rounded += f", {report.rounded_to_nothing} of them to nothing"
    erased = (
        f"; {counted(report.erased, 'text')} erased, as the log itself says"
        if report.erased
        else ""
    )
    if report.carried_over:
        erased += f"; {counted(report.carried_over, 'later erasure')} recorded anew"
    env.note(
        f"{counted(report.events, 'event')} of {counted(report.accounts, 'account')} "
        f"imported{rounded}{erased}\n"
        f"head {document['head']}"
    )
    tell_renamed(env, report.renamed)
