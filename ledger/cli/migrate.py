"""``migrate``."""

from __future__ import annotations

import os
from typing import Annotated, Any

import typer

from ledger.cli.completion import complete_time_zone
from ledger.cli.environment import Environment
from ledger.cli.options import LedgerCommand, environment
from ledger.cli.output.answer import MIGRATION, answer
from ledger.cli.output.counted import counted
from ledger.cli.output.whole_logs import migration, tell_renamed
from ledger.cli.retyped import typed_again
from ledger.errors import InvalidOption, InvalidUsage, LedgerError, VerificationFailed
from ledger.ledger import Ledger
from ledger.migration.report import MigrationReport
from ledger.verification.findings import Finding
from ledger.visible import visible

commands = typer.Typer(rich_markup_mode=None)


@commands.command(
    "migrate",
    cls=LedgerCommand,
    epilog="""
    \b
    Examples:
      ledger migrate books-0.1.db books.db
      ledger migrate books-0.1.db books.db --lift --time-zone Europe/Berlin
      ledger migrate books-0.1.jsonl books.db --json
      ledger migrate club.db club-lifted.db --lift
    """,
)
def migrate(
    ctx: typer.Context,
    source: Annotated[
        str,
        typer.Argument(
            metavar="SOURCE",
            help="The ledger file or export of ledger 0.1; with --lift, of this release too.",
        ),
    ],
    destination: Annotated[
        str, typer.Argument(metavar="DEST", help="The new file; there must be nothing yet.")
    ],
    lift: Annotated[
        bool,
        typer.Option(
            "--lift",
            help="Rewrite the events of the older world too, so that their texts can be erased.",
        ),
    ] = False,
    time_zone: Annotated[
        str | None,
        typer.Option(
            metavar="ZONE",
            help="The new ledger's time zone, such as Europe/Berlin (default: this machine's).",
            autocompletion=complete_time_zone,
        ),
    ] = None,
) -> None:
    """Write a new ledger from one of an older file format. SOURCE stays as it is.

    Balances, histories and answers about the past stay the same, and idempotency keys are
    remembered; hashes and positions are new. SOURCE is verified before anything is made of it, and
    DEST before it gets its name. Afterwards use DEST alone: what is recorded in SOURCE from then
    on is missing there. A head that was noted of SOURCE is still recognized by verify.

    With --lift, SOURCE may be a ledger of this release as well, into which the log of an older
    program was imported. Then positions and the time zone stay, too.
    """
    from ledger.cli.progress import progress_bar

    env = environment(ctx)
    if env.db is not None:
        raise InvalidUsage(
            "migrate names both of its files itself, and takes no --db",
            advice=f"leave --db out; see: {ctx.command_path} --help",
        )
    if env.test is not None:
        raise InvalidUsage(
            "a ledger that is migrated is as real as its source, and takes no LEDGER_CLOCK and "
            "LEDGER_SEED",
            advice=f"leave them out: env -u LEDGER_CLOCK -u LEDGER_SEED {typed_again(env)}",
        )
    if destination == "-":
        raise InvalidOption("a ledger cannot go to stdout", advice="name a file")
    default = env.time_zone if time_zone else _default_zone(env, source, destination)
    try:
        with progress_bar(env, "migrating") as progress:
            report = Ledger.migrate(
                source,
                destination,
                lift=lift,
                time_zone=time_zone,
                default_time_zone=default,
                progress=progress,
                projections=env.projections,
            )
    except VerificationFailed as refusal:
        _show_findings(env, refusal)
        raise
    document = migration(report)
    answer(
        env,
        document=document,
        rows=[document],
        columns=MIGRATION,
        person=lambda: env.write(_conclusion(report)),
    )
    tell_renamed(env, report.renamed)
    if report.kept:
        env.note(
            f"note: events of the older world that are stored as they came: {report.kept}; their "
            "texts cannot be erased, but in a ledger made with --lift they can"
        )


def _default_zone(env: Environment, source: str, destination: str) -> str | None:
    """The zone of the new ledger where SOURCE has none: the person is asked, as by `open`."""
    if env.time_zone or not env.can_ask or os.path.lexists(destination):
        return env.time_zone
    from ledger.migration.opening import open_source

    try:
        older = open_source(source, todays=True)
    except LedgerError:  # which is told where it is to be carried over
        return None
    if older is None:
        return None
    with older:
        return env.asked_zone()


def _show_findings(env: Environment, refusal: VerificationFailed) -> None:
    from ledger.cli.output.verification import show_findings

    details: Any = refusal.details
    show_findings(env, [Finding(**finding) for finding in details["findings"]])
    details["findings"] = details.pop("count")  # as a verification says it


def _lifted(report: MigrationReport) -> str:
    if not report.lifted:
        return ""
    return f"{counted(report.lifted, 'event')} of the older world stored in today's form\n"


def _conclusion(report: MigrationReport) -> str:
    return (
        f"{counted(report.events, 'event')} of {counted(report.accounts, 'account')} carried over "
        f"to {visible(report.path)}, and checked; its time zone is {report.time_zone}\n"
        f"{_lifted(report)}"
        f"head {report.head.short}\n"
    )
