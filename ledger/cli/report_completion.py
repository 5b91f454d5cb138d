"""What the shell is offered for a report when Tab is pressed."""

from __future__ import annotations

import typer

from ledger.cli.environment import Environment
from ledger.errors import LedgerError
from ledger.queries.reports.groupings import ACCOUNT, PERIODS


def complete_by(ctx: typer.Context, incomplete: str) -> list[str]:
    """What a report can be by besides what it is by already, tags that entries have included."""
    env = ctx.obj if isinstance(ctx.obj, Environment) else Environment()
    given = ctx.params.get("by") or ()
    return [name for name in groupings(env) if name.startswith(incomplete) and name not in given]


def groupings(env: Environment) -> list[str]:
    """What a report can be by; no tags where there is no ledger that can be read."""
    try:
        with env.ledger() as ledger:
            return ledger.report_groupings()
    except LedgerError:
        return [*PERIODS, ACCOUNT]
