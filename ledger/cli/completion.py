"""What the shell is offered when Tab is pressed."""

from __future__ import annotations

import typer


def complete_account(ctx: typer.Context, incomplete: str) -> list[str]:
    """The ids of the accounts that start with what is typed; none where there is no ledger."""
    from ledger.cli.environment import Environment
    from ledger.errors import LedgerError

    environment = ctx.obj if isinstance(ctx.obj, Environment) else Environment()
    try:
        with environment.ledger() as ledger:
            return ledger.account_ids(incomplete)
    except LedgerError:
        return []


def complete_projection(incomplete: str) -> list[str]:
    """The names of the projections that start with what is typed."""
    from ledger.projections.runner import PROJECTIONS

    names = [projection.spec.name for projection in PROJECTIONS]
    return [name for name in names if name.startswith(incomplete)]
