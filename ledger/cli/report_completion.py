"""What the shell is offered for a report when Tab is pressed."""

from __future__ import annotations

import typer

from ledger.cli.completion import plain_account_ids
from ledger.cli.environment import Environment
from ledger.errors import LedgerError
from ledger.queries.reports.groupings import ACCOUNT, PERIODS


def complete_prefix(ctx: typer.Context, incomplete: str) -> list[str]:
    """The accounts that start with what is typed, and before them the groups up to a colon."""
    ids = plain_account_ids(_environment(ctx), incomplete)
    groups: dict[str, int] = {}
    for account_id in ids:
        end = account_id.find(":", len(incomplete)) + 1
        if end:
            groups[account_id[:end]] = groups.get(account_id[:end], 0) + 1
    given = ctx.params.get("prefixes") or ()
    several = [group for group, count in groups.items() if count > 1]
    return [each for each in (*several, *ids) if each not in given]


def complete_by(ctx: typer.Context, incomplete: str) -> list[str]:
    """What a report can be by besides what it is by already, tags that entries have included."""
    names = [*PERIODS, ACCOUNT]
    try:
        with _environment(ctx).ledger() as ledger:
            names = ledger.report_groupings()
    except LedgerError:
        pass
    given = ctx.params.get("by") or ()
    return [name for name in names if name.startswith(incomplete) and name not in given]


def _environment(ctx: typer.Context) -> Environment:
    return ctx.obj if isinstance(ctx.obj, Environment) else Environment()
