"""``archive``."""

from __future__ import annotations

import os
from typing import Annotated, Any, Final

import typer

from ledger.cli.options import LedgerCommand, environment
from ledger.cli.output.answer import answer
from ledger.cli.output.counted import counted
from ledger.errors import InvalidOption
from ledger.exchange.archiving import ArchiveReport
from ledger.visible import visible

commands = typer.Typer(rich_markup_mode=None)

_COLUMNS: Final = (
    "folder",
    "files",
    "first_position",
    "to_position",
    "events",
    "size_before",
    "size_after",
    "archived_size",
)


@commands.command(
    "archive",
    cls=LedgerCommand,
    epilog="""
    \b
    Examples:
      ledger archive books-archive --to 2025-12
      ledger archive books-archive --to 2026-01-31 --json
    """,
)
def archive(
    ctx: typer.Context,
    folder: Annotated[
        str, typer.Argument(metavar="DIR", help="The folder for the files; made if need be.")
    ],
    to: Annotated[
        str | None,
        typer.Option(
            "--to",
            metavar="TIME",
            help="Archive what was recorded by then; a date or month means its end (default: the "
            "moment that the books are locked until).",
        ),
    ] = None,
) -> None:
    """Move the oldest entries into sealed files, so that the ledger gets smaller.

    Balances and commands go on as before. What needs the moved entries reads them in the folder,
    which the ledger remembers: take it along when you move or copy the ledger. Everything is
    checked before it goes, and a run that was killed can be repeated.
    """
    from ledger.cli.progress import progress_bar

    env = environment(ctx)
    if not folder:
        raise InvalidOption("the folder of the archive has no name", advice="name a folder")
    with env.ledger() as ledger, progress_bar(env, "archiving") as progress:
        report = ledger.archive(folder, to, progress=progress)
    document = _document(report)
    answer(
        env,
        document=document,
        rows=[document],
        columns=_COLUMNS,
        person=lambda: env.write(
            f"{counted(report.events, 'change')} archived in "
            f"{counted(len(report.segments), 'file')} of {visible(report.folder)}, and checked\n"
            f"{visible(env.path)} had {report.size_before:,} bytes, and has "
            f"{report.size_after:,} now{env.mark}\n"
        ),
    )
    if report.published:
        env.note(
            f"note: nothing after position {report.to_position} is archived, since "
            f"{report.published} has not published it yet"
        )
    if report.left_over:
        from ledger.eventstore.archive.left_over import in_words

        env.note(f"note: {visible(in_words(report.left_over))}")
    if report.not_shrunk:
        env.note(f"note: the ledger could not be made smaller yet: {report.not_shrunk}")


def _document(report: ArchiveReport) -> dict[str, Any]:
    sizes = [os.path.getsize(os.path.join(report.folder, each.file)) for each in report.segments]
    return {
        "folder": report.folder,
        "files": [each.file for each in report.segments],
        "first_position": report.segments[0].first_position,
        "to_position": report.to_position,
        "events": report.events,
        "size_before": report.size_before,
        "size_after": report.size_after,
        "archived_size": sum(sizes),
    }
