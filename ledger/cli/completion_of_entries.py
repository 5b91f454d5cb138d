"""What entries have, offered when Tab is pressed: tags, who recorded them, groups of accounts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import typer

from ledger.cli.completion import LATEST_EVENTS, complete_account

if TYPE_CHECKING:
    from ledger.commands.ledger_events import LedgerEvent


def complete_prefix(ctx: typer.Context, incomplete: str) -> list[str]:
    """Ids of accounts, and what those of a group start with, such as ``club:``; none twice."""
    ids = complete_account(ctx, incomplete)
    given = ctx.params.get("prefixes") or ctx.params.get("account") or ()
    found = {*ids, *(each for each in groups(ids) if each.startswith(incomplete))}
    return sorted(found.difference(given))


def groups(account_ids: Iterable[str]) -> set[str]:
    """What ids start with, up to each of their colons."""
    return {
        account_id[: place + 1]
        for account_id in account_ids
        for place, mark in enumerate(account_id)
        if mark == ":"
    }


def complete_tag(ctx: typer.Context, incomplete: str) -> list[str]:
    """Keys of tags of the latest entries; after a ``=``, the values that they have there."""
    key, equals, _ = incomplete.partition("=")
    found = set[str]()
    for each in _latest(ctx):
        tags: dict[str, str] = getattr(each.event, "tags", None) or {}
        if not equals:
            found |= tags.keys()
        elif key in tags:
            found.add(f"{key}={tags[key]}")
    return sorted(each for each in found if each.startswith(incomplete))


def complete_actor(ctx: typer.Context, incomplete: str) -> list[str]:
    """Who recorded the latest events."""
    return sorted({each.actor for each in _latest(ctx) if each.actor.startswith(incomplete)})


def _latest(ctx: typer.Context) -> Iterator[LedgerEvent]:
    from ledger.cli.environment import Environment
    from ledger.errors import LedgerError

    environment = ctx.obj if isinstance(ctx.obj, Environment) else Environment()
    try:
        with environment.ledger() as ledger:
            first = max(ledger.head().position - LATEST_EVENTS, 0) + 1
            yield from ledger.events(from_position=first)
    except LedgerError:
        return
