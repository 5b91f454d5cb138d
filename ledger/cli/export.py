"""``export``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import typer

from ledger.cli.completion import complete_beginning
from ledger.cli.environment import Environment
from ledger.cli.export_file_names import json_on_stdout
from ledger.cli.export_options import complete_to, format_and_end
from ledger.cli.options import SEVERAL, LedgerCommand, environment
from ledger.cli.output.answer import answer
from ledger.cli.output.counted import counted
from ledger.cli.output.documents import exported
from ledger.cli.output_files import new_file
from ledger.cli.streams import Format
from ledger.exchange.exports import Exported, Out
from ledger.visible import visible

commands = typer.Typer(rich_markup_mode=None)


@commands.command(
    "export",
    cls=LedgerCommand,
    epilog="""
    \b
    Examples:
      ledger export year.html --from 2026-01-01 --to 2026-12-31
      ledger export accounts.html acc-001 acc-002
      ledger export books.journal
      ledger export - --to beancount --from 2026-01-01
      ledger export entries.csv
      ledger export - --to html --to 2026-06-30 > half-year.html
    """,
)
def export(
    ctx: typer.Context,
    file: Annotated[str, typer.Argument(metavar="FILE", help="File to write, or - for stdout.")],
    accounts: Annotated[
        list[str] | None,
        typer.Argument(
            metavar=SEVERAL[1],
            help="Only these accounts; a prefix such as club: stands for all accounts below club.",
            autocompletion=complete_beginning,
            show_default=False,
        ),
    ] = None,
    from_time: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="TIME",
            help="Start of the period (default: the first entry). A date or month means its start.",
        ),
    ] = None,
    to: Annotated[
        list[str] | None,
        typer.Option(
            "--to",
            metavar="FORMAT|TIME",
            help="The format, such as html (default: what the file's name ends with); and, given "
            "once more or alone, the end of the period (default: the last entry). A date or month "
            "means its end.",
            autocompletion=complete_to,
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the file if it exists.")] = False,
) -> None:
    """Export accounts over a period to a format for people, or for other programs.

    html is a page in one file, to be shown on any screen and printed, which loads nothing from
    elsewhere. hledger and beancount are journals for these programs, with each transfer as one
    transaction, the tag category as an account, and balances that they check. csv has a row for
    every entry, with all that is known of it. `ledger help exports` says more.
    """
    env = environment(ctx)
    if file == "-" and env.format is Format.JSON:
        raise json_on_stdout(env, to or ())
    chosen, to_time = format_and_end(env, file, to or ())
    with env.ledger() as ledger:
        write = ledger.prepare_export(
            chosen,
            accounts=accounts or (),
            from_time=from_time,
            to_time=to_time,
            group_digits=env.group_digits,
        )
        if file == "-":
            found = write(_Encoded(env.write_bytes))
        else:
            with new_file(file, env.path, force=force) as new:
                found = write(_Encoded(new.write))
    if env.format is Format.JSON:
        document = exported(chosen, file, found)
        answer(env, document=document, rows=(), columns=(), person=lambda: None)
    else:
        _tell(env, file, found)


class _Encoded(Out):
    """Text on its way to a stream of bytes, in UTF-8 whatever the terminal's encoding is."""

    def __init__(self, write: Callable[[bytes], object]) -> None:
        self._write = write

    def write(self, text: str, /) -> None:
        self._write(text.encode())


def _tell(env: Environment, file: str, found: Exported) -> None:
    """Say what was written."""
    where = "exported" if file == "-" else f"written to {visible(file)}"
    dated = found.from_us is not None or found.to_us is not None
    zone = f"; times are shown in {env.foreign_zone}" if dated and env.foreign_zone else ""
    env.note(
        f"{counted(found.entries, 'entry')} of {counted(found.accounts, 'account')}"
        f"{_period(env, found)} {where}{zone}{env.mark}"
    )
    for note in found.notes:
        env.note(f"note: {visible(note)}")


def _period(env: Environment, found: Exported) -> str:
    """The period: days where they are whole in the zone that is shown, else times as in tables."""
    words = ""
    if found.from_us is not None:
        start = env.show_start(found.from_us)
        words = f" from {env.table_time(found.from_us) if 'T' in start else start}"
    if found.to_us is not None:
        end = env.show_end(found.to_us)
        words += f" to {env.table_time(found.to_us) if 'T' in end else end}"
    return words
