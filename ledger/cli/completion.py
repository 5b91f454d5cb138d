"""Values that the shell is offered when Tab is pressed."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final

import typer

if TYPE_CHECKING:
    from ledger.cli.environment import Environment

LATEST_EVENTS: Final = 5_000
"""Among which transfers, tags and the like are looked for; more would make the shell wait."""
_MOST_TRANSFERS: Final = 50


def complete_account(ctx: typer.Context, incomplete: str) -> list[str]:
    """The ids of the accounts that start with what is typed; none where there is no ledger."""
    from ledger.cli.environment import Environment

    environment = ctx.obj if isinstance(ctx.obj, Environment) else Environment()
    return plain_account_ids(environment, incomplete)


def complete_more_accounts(ctx: typer.Context, incomplete: str) -> list[str]:
    """The same for one of several accounts, without those that were named before it."""
    named = ctx.params.get("accounts") or ()
    return [each for each in complete_account(ctx, incomplete) if each not in named]


def complete_open_account(ctx: typer.Context, incomplete: str) -> list[str]:
    """The same for accounts that are not closed."""
    every = complete_account(ctx, incomplete)
    closed = _closed(ctx) if every else set()
    return [each for each in every if each not in closed]


def complete_closed_account(ctx: typer.Context, incomplete: str) -> list[str]:
    """The same for accounts that are."""
    every = complete_account(ctx, incomplete)
    closed = _closed(ctx) if every else set()
    return [each for each in every if each in closed]


def complete_side(ctx: typer.Context, incomplete: str) -> list[str]:
    """The open accounts that may be one side of a transfer, without the one on the other side."""
    other = ctx.params.get("from_account"), ctx.params.get("to_account")
    return [each for each in complete_open_account(ctx, incomplete) if each not in other]


def complete_other_account(ctx: typer.Context, incomplete: str) -> list[str]:
    """The open accounts that an entry of this one may belong to instead."""
    own = ctx.params.get("account")
    return [each for each in complete_open_account(ctx, incomplete) if each != own]


def _closed(ctx: typer.Context) -> set[str]:
    """The accounts that are known to be closed; none where that cannot be told."""
    from ledger.cli.environment import Environment
    from ledger.errors import LedgerError

    environment = ctx.obj if isinstance(ctx.obj, Environment) else Environment()
    try:
        with environment.ledger() as ledger:
            return {each.account_id for each in ledger.accounts("closed")}
    except LedgerError:
        return set()


def complete_beginning(ctx: typer.Context, incomplete: str) -> list[str]:
    """The same, with the prefixes that several of those are below; nothing that was given already,
    or is typed."""
    from collections import Counter

    ids = complete_account(ctx, incomplete)
    levels = Counter(level for each in ids for level in levels_of(each))
    prefixes = [each for each, count in levels.items() if count > 1 and each.startswith(incomplete)]
    given = {incomplete, *(ctx.params.get("accounts") or ())}
    return sorted({*prefixes, *ids} - given)


def levels_of(account_id: str) -> list[str]:
    """The prefixes that an account is below, the shortest first: of ``a:b:c`` ``a:`` and
    ``a:b:``."""
    parts = account_id.split(":")
    return [":".join([*parts[:count], ""]) for count in range(1, len(parts))]


def plain_account_ids(environment: Environment, prefix: str = "") -> list[str]:
    """The ids in a ledger that may be typed as they are; none where it cannot be opened.

    A file made by hand may hold ids outside the documented alphabet. None of those is offered:
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
    from ledger.domain.validation import is_id

    return list(filter(is_id, account_ids))


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


def complete_confirmation(ctx: typer.Context, incomplete: str) -> list[tuple[str, str]]:
    """The versions of the account's confirmations that stand, newest first, with what they say.

    None where none is to be withdrawn.
    """
    from ledger.cli.entries import entries_of_account
    from ledger.cli.environment import Environment
    from ledger.domain.confirmations import standing_confirmations
    from ledger.domain.money import Money
    from ledger.errors import LedgerError

    env = ctx.obj if isinstance(ctx.obj, Environment) else Environment()
    account = ctx.params.get("account")
    if not account or not ctx.params.get("withdraw"):
        return []
    try:
        with env.ledger() as ledger:
            found = entries_of_account(ledger, account)
            standing = standing_confirmations(found.events.values())
            return [
                (
                    str(version),
                    f"{Money(event.balance, event.currency, found.decimals)} at "
                    f"{env.show_end(event.until)} {event.source}",
                )
                for version, event in reversed(standing.items())
                if str(version).startswith(incomplete)
            ]
    except LedgerError:
        return []


def complete_transfer(ctx: typer.Context, incomplete: str) -> list[tuple[str, str]]:
    """The ids of the latest transfers that stand, newest first, with what they are."""
    from ledger.cli.entries import movement
    from ledger.cli.environment import Environment
    from ledger.domain.events import EntryReversed, TransferSent
    from ledger.errors import LedgerError
    from ledger.eventstore.codec import decode_event

    env = ctx.obj if isinstance(ctx.obj, Environment) else Environment()
    try:
        with env.ledger() as ledger:
            latest = max(ledger.head().position - LATEST_EVENTS, 0) + 1
            standing = {}
            for recorded in ledger.events(raw=True, from_position=latest):
                if recorded.event_type == TransferSent.__name__:
                    standing[decode_event(recorded).transfer_id] = recorded
                elif recorded.event_type == EntryReversed.__name__:
                    standing.pop(decode_event(recorded).transfer_id, None)
            ids = [each for each in only_plain(list(standing)) if each.startswith(incomplete)]
            shown = [
                next(ledger.events(from_position=standing[each].position))
                for each in ids[: -_MOST_TRANSFERS - 1 : -1]
            ]
            return [
                (
                    each.event.transfer_id,
                    f"{each.stream_id}: "
                    f"{movement(env, each.event, each.effective_us, each.decimals or 0)} "
                    f"{each.event.description}",
                )
                for each in shown
            ]
    except LedgerError:
        return []


def complete_projection(incomplete: str) -> list[str]:
    """The names of the projections that start with what is typed."""
    from ledger.cli.environment import Environment
    from ledger.errors import LedgerError
    from ledger.projections.projector import OUR_NAMES

    names = [*OUR_NAMES]
    with suppress(LedgerError):
        names += [projection.name for projection in Environment().projections]
    return [name for name in names if name.startswith(incomplete)]


def complete_publication(ctx: typer.Context, incomplete: str) -> list[str]:
    """The names of the publications that start with what is typed."""
    from ledger.cli.environment import Environment
    from ledger.errors import LedgerError

    env = ctx.obj if isinstance(ctx.obj, Environment) else Environment()
    try:
        with env.ledger() as ledger:
            names = [each.name for each in ledger.publications()]
    except LedgerError:
        return []
    return [name for name in names if name.startswith(incomplete)]


def complete_time_zone(incomplete: str) -> list[str]:
    """The names of the time zones that start with what is typed."""
    from ledger.times.zones import known_zones

    return sorted(name for name in known_zones() if name.startswith(incomplete))
