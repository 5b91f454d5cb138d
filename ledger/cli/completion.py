"""Values that the shell is offered when Tab is pressed."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from ledger.cli.environment import Environment


def complete_account(ctx: typer.Context, incomplete: str) -> list[str]:
    """The ids of the accounts that start with what is typed; none where there is no ledger."""
    from ledger.cli.environment import Environment

    environment = ctx.obj if isinstance(ctx.obj, Environment) else Environment()
    return plain_account_ids(environment, incomplete)


def plain_account_ids(environment: Environment, prefix: str = "") -> list[str]:
    """The ids in a ledger that may be typed as they are; none where it cannot be opened.

    A log made elsewhere may hold ids outside the documented alphabet. None of those is offered:
    what a shell inserts must mean the same to it as to us.
    """
    from ledger.errors import LedgerError

    try:
        with environment.ledger() as ledger:
            return only_plain(ledger.account_ids(prefix))
    except LedgerError:
        return []


def only_plain(account_ids: list[str]) -> list[str]:
    """Those ids that are in the documented alphabet."""
    from ledger.domain.validation import check_account_id
    from ledger.errors import InvalidAccountId

    def is_plain(account_id: str) -> bool:
        try:
            check_account_id(account_id)
        except InvalidAccountId:
            return False
        return True

    return list(filter(is_plain, account_ids))


def complete_version(ctx: typer.Context, incomplete: str) -> list[tuple[str, str]]:
    """The versions of the account's entries that stand, newest first, with what they are."""
    from ledger.cli.entries import entries_of_account, told
    from ledger.cli.environment import Environment
    from ledger.errors import LedgerError

    env = ctx.obj if isinstance(ctx.obj, Environment) else Environment()
    account = ctx.params.get("account")
    if not account:
        return []
    try:
        with env.ledger() as ledger:
            found = entries_of_account(ledger, account)
            return [
                (str(version), f"{told(env, found, version)} {found.entries[version].description}")
                for version in sorted(found.entries, reverse=True)
                if not found.entries[version].reversed_by and str(version).startswith(incomplete)
            ]
    except LedgerError:
        return []


def complete_projection(incomplete: str) -> list[str]:
    """The names of the projections that start with what is typed."""
    from ledger.cli.environment import Environment
    from ledger.errors import LedgerError
    from ledger.projections.projector import PROJECTIONS

    names = [projection.name for projection in PROJECTIONS]
    with suppress(LedgerError):
        names += [projection.name for projection in Environment().projections]
    return [name for name in names if name.startswith(incomplete)]


def complete_time_zone(incomplete: str) -> list[str]:
    """The names of the time zones that start with what is typed."""
    from ledger.times.zones import known_zones

    return sorted(name for name in known_zones() if name.startswith(incomplete))
