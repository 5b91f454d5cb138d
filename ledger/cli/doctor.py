"""``doctor``."""

from __future__ import annotations

from typing import Annotated

import typer

from ledger.cli.environment import Environment, program_name
from ledger.cli.hints import advice_for
from ledger.cli.options import LedgerCommand, Workers, environment
from ledger.cli.retyped import command
from ledger.errors import LedgerError, VerificationFailed
from ledger.ledger import Ledger
from ledger.verification.problems import GO_BACK, Diagnosis

commands = typer.Typer(rich_markup_mode=None)


@commands.command(
    "doctor",
    cls=LedgerCommand,
    epilog="""
    \b
    Examples:
      ledger doctor
      ledger doctor --repair
      ledger doctor --json
    """,
)
def doctor(
    ctx: typer.Context,
    repair: Annotated[
        bool,
        typer.Option("--repair", help="Rebuild what is wrong, where it is derived from the log."),
    ] = False,
    workers: Workers = None,
) -> None:
    """Diagnose a ledger file, whether it opens or not, and say what to do.

    Nothing is changed without --repair. With it, projections, snapshots, idempotency records and
    the triggers that guard the log are rebuilt where they are wrong, if the log itself is sound.
    Events are never touched.
    """
    from ledger.cli.output.diagnosis import show_diagnosis
    from ledger.cli.progress import progress_bar

    env = environment(ctx)
    with progress_bar(env, "examining") as progress:
        found = Ledger.diagnose(
            env.path,
            repair=repair,
            lock_timeout=env.lock_timeout,
            archive=env.archive_folder,
            workers=workers,
            progress=progress,
            projections=env.projections,
        )
    env.diagnosed_test = found.test
    show_diagnosis(env, found)
    if not found.sound:
        raise _failure(env, found)


def _failure(env: Environment, found: Diagnosis) -> LedgerError:
    refusal = found.refusal
    if refusal is not None:
        problem = found.problems[0]
        refusal.message = problem.message
        if (problem.code, problem.advice) != (refusal.code, refusal.advice):  # else it follows
            refusal.advice = advice_for(env, found, problem)
        return refusal
    count = len(found.problems)
    things = "1 thing is" if count == 1 else f"{count} things are"
    if all(problem.code == "archive_files" for problem in found.problems):
        advice = found.problems[0].advice
    elif all(problem.code == "unknown_type" for problem in found.problems):
        from ledger.cli.own_projections import LOAD_CLASSES

        advice = LOAD_CLASSES
    elif all(problem.repairable for problem in found.problems):
        advice = "the log is sound; to rebuild the rest from it: " + command(
            env, "doctor", "--repair"
        )
    elif found.trusted is None or not found.trusted.position:
        advice = GO_BACK
    else:
        position = str(found.trusted.position)
        save = command(env, "export-events", "good.jsonl", "--to-position", position)
        advice = (
            "keep the file as it is; go back to a backup, or make a ledger of what can be trusted: "
            f"{save}; {program_name()} import-events good.jsonl --db new.db"
        )
    return VerificationFailed(f"{things} wrong with {env.path}", advice=advice, problems=count)
