"""``projections`` and ``rebuild-projections``."""

from __future__ import annotations

from typing import Annotated

import typer

from ledger.cli.completion import complete_projection
from ledger.cli.environment import Environment
from ledger.cli.options import LedgerCommand, Workers, environment
from ledger.cli.output import documents
from ledger.cli.output.answer import PROJECTION, answer
from ledger.cli.output.counted import counted
from ledger.cli.streams import Format
from ledger.ledger import Ledger
from ledger.projections.projector import ProjectionStatus

commands = typer.Typer(rich_markup_mode=None)


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
        bool, typer.Option("--catch-up", help="First process the events that they have not seen.")
    ] = False,
) -> None:
    """Show how far each projection is behind the log."""
    env = environment(ctx)
    with env.ledger() as ledger:
        if catch_up:
            from ledger.cli.progress import progress_bar

            with progress_bar(env, "catching up") as progress:
                ledger.catch_up(progress)
        found = ledger.projections()
        reasons = _reasons(env, ledger, found)
    _show_projections(env, found)
    for name, reason in () if env.quiet else reasons:
        from ledger.cli.output.tables import show_line

        show_line(env, f"note: the projection {name} is left behind: {reason}")


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
            help="Names of projections (default: all).",
            autocompletion=complete_projection,
            show_default=False,
        ),
    ] = None,
    workers: Workers = None,
) -> None:
    """Rebuild projections from the whole log, while the old ones stay in use."""
    from ledger.cli.progress import progress_bar

    env = environment(ctx)
    with env.ledger() as ledger:
        with progress_bar(env, "rebuilding") as progress:
            report = ledger.rebuild_projections(names or (), workers=workers, progress=progress)
        found = [each for each in ledger.projections() if each.name in report.names]
    _show_projections(env, found)
    env.note(
        f"{counted(report.events, 'event')} folded into {counted(report.rows, 'row')} "
        f"by {report.workers} process{'es' if report.workers > 1 else ''}"
    )


def _reasons(
    env: Environment, ledger: Ledger, found: list[ProjectionStatus]
) -> list[tuple[str, str]]:
    """Why somebody's own projections stay behind, for a person: by name."""
    behind = {each.name: each.failure for each in found if each.lag and not each.outdated}
    if env.shown_as is not Format.TABLE:
        return []
    own = [each for each in env.projections if each.name in behind]
    if not own:
        return []
    from ledger.cli.own_projections import why_it_fails

    reasons = [(each.name, behind[each.name] or why_it_fails(each, ledger)) for each in own]
    return [(name, reason) for name, reason in reasons if reason]


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

    answer(env, document=lambda: rows, rows=rows, columns=PROJECTION, person=draw)
