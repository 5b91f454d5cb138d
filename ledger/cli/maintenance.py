"""``snapshot``, ``snapshots``, ``projections``, ``rebuild-projections`` and moving whole logs."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable
from typing import Annotated

import typer

from ledger.cli.completion import complete_account, complete_projection
from ledger.cli.environment import Environment, Format, opened_for_reading
from ledger.cli.options import LedgerCommand, environment
from ledger.cli.output import documents
from ledger.cli.output.answer import PROJECTION, SNAPSHOT, answer
from ledger.cli.output.visible import visible
from ledger.errors import InvalidOption, InvalidUsage, StorageFailure
from ledger.exchange.log_files import ImportReport
from ledger.ledger import Ledger
from ledger.projections.projector import ProjectionStatus
from ledger.queries.snapshots import SnapshotInfo

commands = typer.Typer(rich_markup_mode=None)


@commands.command(
    "snapshot",
    cls=LedgerCommand,
    epilog="""
    \b
    Examples:
      ledger snapshot acc-001
      ledger snapshot --all
    """,
)
def snapshot(
    ctx: typer.Context,
    accounts: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="ACCOUNT …", help="The accounts' ids.", autocompletion=complete_account
        ),
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Every account.")] = False,
) -> None:
    """Keep the state of accounts as of now, so that they load faster.

    One is kept by itself at every 100th event of an account.
    """
    env = environment(ctx)
    if bool(accounts) == every:
        raise InvalidUsage(
            "name one account or more, or say --all", advice="see: ledger snapshot --help"
        )
    with env.ledger() as ledger:
        taken = ledger.snapshot(ledger.account_ids() if every else accounts or [])
    _show_snapshots(env, taken)


@commands.command(
    "snapshots",
    cls=LedgerCommand,
    epilog="""
    \b
    Examples:
      ledger snapshots
      ledger snapshots acc-001 --json
    """,
)
def snapshots(
    ctx: typer.Context,
    account: Annotated[
        str | None,
        typer.Argument(
            metavar="[ACCOUNT]",
            help="Only this account's.",
            autocompletion=complete_account,
            show_default=False,
        ),
    ] = None,
) -> None:
    """List the snapshots. One made by an older fold is passed over, never trusted."""
    env = environment(ctx)
    with env.ledger() as ledger:
        if account is not None:
            ledger.balance(account)
        found = ledger.snapshots(account)
    _show_snapshots(env, found)
    unusable = sum(not info.usable for info in found)
    if unusable:
        env.say(
            f"note: {unusable} of {len(found)} snapshots were made by another version's fold and "
            "are passed over; to take new ones: ledger snapshot --all"
        )


@commands.command(
    "projections",
    cls=LedgerCommand,
    epilog="""
    \b
    Examples:
      ledger projections
      ledger projections --catch-up
    """,
)
def projections(
    ctx: typer.Context,
    catch_up: Annotated[
        bool, typer.Option("--catch-up", help="First fold what they have not seen yet.")
    ] = False,
) -> None:
    """Show how far each read model is behind the log."""
    env = environment(ctx)
    with env.ledger() as ledger:
        if catch_up:
            from ledger.cli.progress import progress_bar

            with progress_bar(env, "catching up") as progress:
                ledger.catch_up(progress)
        found = ledger.projections()
    _show_projections(env, found)


@commands.command(
    "rebuild-projections",
    cls=LedgerCommand,
    epilog="""
    \b
    Examples:
      ledger rebuild-projections
      ledger rebuild-projections account_balances --workers 2
    """,
)
def rebuild_projections(
    ctx: typer.Context,
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[NAME …]",
            help="Which ones; all if left out.",
            autocompletion=complete_projection,
            show_default=False,
        ),
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, max=256, help="Processes (else one a processor)."),
    ] = None,
) -> None:
    """Make read models again from the whole log, while the old ones keep serving."""
    from ledger.cli.progress import progress_bar

    env = environment(ctx)
    with env.ledger() as ledger:
        with progress_bar(env, "folding the log") as progress:
            report = ledger.rebuild_projections(names or (), workers=workers, progress=progress)
        found = [each for each in ledger.projections() if each.name in report.names]
    _show_projections(env, found)
    env.say(
        f"{report.events} events folded into {report.rows} rows "
        f"by {report.workers} process{'es' if report.workers > 1 else ''}"
    )


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
        str, typer.Argument(metavar="[FILE]", help="Where to; - for stdout.", show_default=False)
    ] = "-",
    force: Annotated[bool, typer.Option("--force", help="Overwrite the file.")] = False,
    to_position: Annotated[
        int | None,
        typer.Option(metavar="N", min=0, help="Only the log up to there, though the rest be lost."),
    ] = None,
) -> None:
    """Write the whole log as JSON Lines, from which import-events makes the same ledger again."""
    env = environment(ctx)
    with env.ledger(as_it_is=to_position is not None) as ledger:
        lines = ledger.export_events(to_position=to_position)
        if file == "-":
            for line in lines:
                env.write_bytes(line + b"\n")
            return
        count = _write_file(file, lines, env.path, force=force)
    env.say(f"{count} events written to {visible(file)}")


@commands.command(
    "import-events",
    cls=LedgerCommand,
    epilog="""
    \b
    Examples:
      ledger import-events sample_data/older_world.jsonl
      ledger import-events books.jsonl --db copy.db
    """,
)
def import_events(
    ctx: typer.Context,
    file: Annotated[
        str, typer.Argument(metavar="FILE", help="A file of JSON Lines, or - for stdin.")
    ],
    defer_projections: Annotated[
        bool,
        typer.Option("--defer-projections", help="Leave the read models behind for now."),
    ] = False,
) -> None:
    """Append a log from a file, all of it or nothing.

    It is either an export of another ledger, which goes into an empty one and is verified hash by
    hash, or a log of the older world, kept as it is.
    """
    env = environment(ctx)
    with opened_for_reading(file, ahead=env.exists) as lines:

        def run(ledger: Ledger) -> ImportReport:
            return ledger.import_events(lines)

        report = env.change_or_create(run, repeatable=False, defer_projections=defer_projections)
    document = documents.import_report(report)
    if env.shown_as is Format.JSON:
        answer(env, document=document, rows=(), columns=(), person=lambda: None)
    rounded = f"; {report.rounded} amounts had to be rounded" if report.rounded else ""
    env.say(
        f"{report.events} events of {report.accounts} accounts imported{rounded}\n"
        f"head {report.head_position}:{report.head_hash}"
    )


def _write_file(path: str, lines: Iterable[bytes], ledger_file: str, *, force: bool) -> int:
    """Write an export under a temporary name, and rename it when it is whole."""
    if os.path.lexists(path):
        _check_overwritable(path, ledger_file, force=force)
    temporary = f"{path}.new-{os.urandom(6).hex()}"
    count = -1  # the header is no event
    try:
        with open(temporary, "xb") as file:
            for line in lines:
                file.write(line + b"\n")
                count += 1
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except OSError as error:
        if not path or error.errno in (errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG):
            raise InvalidOption(
                f"{path!a} cannot be a file: {error.strerror}",
                advice="name another, or - for stdout",
            ) from None
        raise StorageFailure(
            f"{path!a} cannot be written: {error.strerror}", advice="check the path and the disk"
        ) from None
    finally:
        if os.path.lexists(temporary):
            os.unlink(temporary)
    return count


def _check_overwritable(path: str, ledger_file: str, *, force: bool) -> None:
    if not force:
        raise InvalidOption(
            f"{path!a} exists already", advice="name another file, or overwrite it with --force"
        )
    if os.path.exists(path) and not os.path.isfile(path):
        raise InvalidOption(
            f"{path!a} is not a regular file", advice="name a file, or - for stdout"
        )
    if os.path.exists(path) and os.path.samefile(path, ledger_file):
        raise InvalidOption(f"{path!a} is the ledger itself", advice="name another file")


def _show_snapshots(env: Environment, found: list[SnapshotInfo]) -> None:
    rows = [documents.snapshot(info) for info in found]

    def draw() -> None:
        from ledger.cli.output.tables import Cell, Column, local_time, show_table

        if not found:
            env.say("no snapshots yet")
            return
        show_table(
            env,
            (
                Column("Account"),
                Column("Version", number=True),
                Column("Last happened"),
                Column("Last recorded"),
                Column(""),
            ),
            (
                (
                    Cell(info.account_id, "bold"),
                    str(info.version),
                    local_time(info.highest_effective_at),
                    local_time(info.last_recorded_at),
                    Cell("usable", "green") if info.usable else Cell("passed over", "yellow"),
                )
                for info in found
            ),
        )

    answer(env, document=rows, rows=rows, columns=SNAPSHOT, person=draw)


def _show_projections(env: Environment, found: list[ProjectionStatus]) -> None:
    rows = [documents.projection(status) for status in found]

    def draw() -> None:
        from ledger.cli.output.tables import Cell, Column, show_table

        show_table(
            env,
            (
                Column("Projection"),
                Column("Version", number=True),
                Column("Checkpoint", number=True),
                Column("Lag", number=True),
                Column(""),
            ),
            (
                (
                    Cell(status.name, "bold"),
                    str(status.version),
                    str(status.checkpoint),
                    str(status.lag),
                    Cell("unknown here", "yellow")
                    if not status.known
                    else Cell("has to be rebuilt", "bold red")
                    if status.outdated
                    else Cell("behind", "yellow")
                    if status.lag
                    else Cell("up to date", "green"),
                )
                for status in found
            ),
        )

    answer(env, document=rows, rows=rows, columns=PROJECTION, person=draw)
