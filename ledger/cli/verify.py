"""``verify``."""

from __future__ import annotations

from typing import Annotated

import typer

from ledger.cli.environment import Environment
from ledger.cli.options import LedgerCommand, Workers, environment
from ledger.cli.retyped import command
from ledger.errors import VerificationFailed
from ledger.verification.findings import Verification
from ledger.verification.problems import is_repairable

commands = typer.Typer(rich_markup_mode=None)


@commands.command(
    "verify",
    cls=LedgerCommand,
    epilog="""
    \b
    Examples:
      ledger verify
      ledger verify --quiet && echo sound
      ledger verify --receipts receipts/
      ledger verify --archive books-archive
    """,
)
def verify(
    ctx: typer.Context,
    expect_head: Annotated[
        str | None,
        typer.Option(
            metavar="POSITION:HASH",
            help="A head noted earlier that must still be part of the log.",
        ),
    ] = None,
    receipts: Annotated[
        str | None,
        typer.Option(
            metavar="FOLDER", help="Look for the receipts of all entries in this folder, too."
        ),
    ] = None,
    workers: Workers = None,
) -> None:
    """Check the whole ledger, and report every problem.

    Checks every hash, position, version, time and rule, both sides of transfers, idempotency keys,
    snapshots, projections, and the file or the server's tables themselves. Somebody who rewrote the
    whole ledger would pass all of that; to detect it, or a log that was cut off at its end, note
    the head elsewhere now and then (ledger head), and give it later: --expect-head. Archived
    entries are checked only where --archive names their folder; else the check begins after them,
    and says so.
    """
    from ledger.cli.output.verification import show_verification
    from ledger.cli.progress import progress_bar

    env = environment(ctx)
    with env.ledger(as_it_is=True) as ledger, progress_bar(env, "verifying") as progress:
        found = ledger.verify(
            expect_head=expect_head,
            receipts=receipts,
            archive=env.archive_folder,
            workers=workers,
            progress=progress,
        )
    show_verification(env, found, expect_head)
    if not found.clean:
        raise _failure(env, found)


def _failure(env: Environment, found: Verification) -> VerificationFailed:
    count = len(found.findings)
    findings = "1 finding" if count == 1 else f"{count} findings"
    if all(finding.check == "receipts" for finding in found.findings):
        return VerificationFailed(
            f"the ledger is sound, and receipts are missing: {count}",
            advice="look for them in other folders; an edited file is not the receipt any more",
            findings=count,
        )
    if all(finding.check == "unknown_type" for finding in found.findings):
        from ledger.cli.own_projections import LOAD_CLASSES

        return VerificationFailed(
            f"nothing wrong was found, and streams could not be checked: {count}",
            advice=LOAD_CLASSES,
            findings=count,
        )
    if all(finding.check == "archive_files" for finding in found.findings):
        return VerificationFailed(
            f"{env.path} is sound, but its archive is not all there, or was changed: {findings}",
            advice="put unchanged copies of the files into the folder, then repeat this",
            findings=count,
        )
    if all(is_repairable(finding) for finding in found.findings):
        advice = "the log is sound, but what is derived from it is not; to rebuild it: " + command(
            env, "doctor", "--repair"
        )
    else:
        advice = f"keep the ledger as it is, and see what can be done: {command(env, 'doctor')}"
    return VerificationFailed(
        f"{env.path} does not hold what was written to it: {findings}",
        advice=advice,
        findings=count,
    )
