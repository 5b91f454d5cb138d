"""``backup``."""

from __future__ import annotations

from typing import Annotated

import typer

from ledger.cli import retyped
from ledger.cli.options import LedgerCommand, environment
from ledger.cli.output import documents
from ledger.cli.output.answer import BACKUP, answer
from ledger.cli.output.counted import counted
from ledger.errors import InvalidOption
from ledger.visible import visible

commands = typer.Typer(rich_markup_mode=None)


@commands.command(
    "backup",
    cls=LedgerCommand,
    epilog="""
    \b
    Examples:
      ledger backup books-backup.db
      ledger backup books-backup.db --force --json
    """,
)
def backup(
    ctx: typer.Context,
    destination: Annotated[str, typer.Argument(metavar="DEST", help="The file to write.")],
    force: Annotated[bool, typer.Option("--force", help="Replace the file if it exists.")] = False,
) -> None:
    """Copy the ledger to a file. Others may write to it meanwhile.

    The copy is checked before it gets its name: whatever happens, DEST is either what it was
    before or a complete ledger. Note the head that is shown: it proves later that nothing was cut
    off.
    """
    from ledger.cli.progress import progress_bar

    env = environment(ctx)
    if destination == "-":
        raise InvalidOption(
            "a backup cannot go to stdout",
            advice="name a file, or write out the log instead: "
            + retyped.command(env, "export-events"),
        )
    with env.ledger() as ledger, progress_bar(env, "copying") as progress:
        report = ledger.backup(destination, force=force, progress=progress)
    document = documents.backup(report)
    answer(
        env,
        document=document,
        rows=[document],
        columns=BACKUP,
        person=lambda: env.write(
            f"{counted(report.head.position, 'change')} copied to {visible(report.path)}, and "
            "checked\n"
            f"head {report.head.short}{env.mark}\n"
        ),
    )
    if report.archive_folders:
        env.note(
            "note: archived entries are not in the copy; so copy their folder, too: "
            f"{visible(', '.join(report.archive_folders))}"
        )
