"""``diff``."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated, Final

import typer

from ledger.cli.completion import complete_account
from ledger.cli.environment import Environment
from ledger.cli.options import AsOf, LedgerCommand, environment
from ledger.cli.shown_columns import Show, parse_columns
from ledger.cli.streams import Format
from ledger.errors import LedgerError, NoSuchAccount
from ledger.ledger import Ledger
from ledger.queries.differences.known_states import LOCK, NOW, is_path, is_state

commands = typer.Typer(rich_markup_mode=None)

_DATE: Final = re.compile(r"[0-9]+[./][0-9]", re.ASCII)
"""How a date begins that is not written as dates are here, which is then said."""


def _complete_from(ctx: typer.Context, incomplete: str) -> list[str]:
    words = [each for each in (LOCK,) if each.startswith(incomplete)]
    return [*words, *complete_account(ctx, incomplete)]


def _complete_to(ctx: typer.Context, incomplete: str) -> list[str]:
    words = [each for each in (NOW,) if each.startswith(incomplete)]
    return [*words, *complete_account(ctx, incomplete)]


@commands.command(
    "diff",
    cls=LedgerCommand,
    epilog="""
    \b
    Examples:
      ledger diff
      ledger diff lock --as-of 2026-01-31
      ledger diff 2026-02-01 acc-001
      ledger diff 2026-02-01 2026-03-01 --as-of 2026-01-31
      ledger diff 3 acc-001 --json
      ledger diff backup.db
    """,
)
def diff(
    ctx: typer.Context,
    before: Annotated[
        str,
        typer.Argument(
            metavar="[FROM]",
            help="What to compare: lock (when the period was locked), a time (what was known "
            "then), a position, a head such as 1204:9f86d081884c7d65, or the file of a copy.",
            autocompletion=_complete_from,
            show_default=False,
        ),
    ] = LOCK,
    after: Annotated[
        str | None,
        typer.Argument(
            metavar="[TO]",
            help="What to compare it with, in the same words (default: now).",
            autocompletion=_complete_to,
            show_default=False,
        ),
    ] = None,
    accounts: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[ACCOUNT …]",
            help="Only these accounts; club: stands for all whose ids begin so.",
            autocompletion=complete_account,
            show_default=False,
        ),
    ] = None,
    as_of: AsOf = None,
    show: Show = None,
) -> None:
    """Show what changed between two states of the books, account by account, and why.

    Alone, it shows what changed since the period was locked. Each figure is shown as it was and as
    it is, with the entries that explain the difference, which is checked to be their sum.
    """
    env = environment(ctx)
    more = parse_columns(show)
    words = [before, *(each for each in (after, *(accounts or ())) if each is not None)]
    one, other, named = _sorted_out(words)
    ctx.params.update(before=one, after=other, accounts=named)
    with (
        _ledger(env, one, other) as ledger,
        _knowing_what_was_typed(env, words, named),
        ledger.diff(one, other, *named, as_of=as_of) as found,
    ):
        match env.shown_as:
            case Format.JSON:
                from ledger.cli.output.difference_documents import whole

                for piece in whole(env, found):
                    env.write_bytes(piece)
            case Format.TABLE:
                from ledger.cli.output.differences import show_difference

                with env.paged():
                    show_difference(env, found, more)
            case _:
                from ledger.cli.output.difference_documents import CHANGE, lines
                from ledger.cli.output.rows import write_csv, write_tsv

                write = write_csv if env.shown_as is Format.CSV else write_tsv
                write(env, lines(env, found), CHANGE)


@contextmanager
def _knowing_what_was_typed(
    env: Environment, words: Sequence[str], named: Sequence[str]
) -> Iterator[None]:
    """The first word that is taken for an account may have been meant as a state."""
    try:
        yield
    except NoSuchAccount as error:
        at = len(words) - len(named)
        if at < 2 and error.details.get("account_id") == named[0]:
            from ledger.cli.diff_hints import tell_of_neither

            tell_of_neither(env, error, words, at)
        raise


def _sorted_out(words: Sequence[str]) -> tuple[str, str | None, list[str]]:
    """The two states and the accounts: whatever cannot be a state is an account."""
    states: list[str | None] = []
    for word in words[:2]:
        if not _names_state(word):
            break
        states.append(word)
    one, other, *_ = [*states, None, None]
    return LOCK if one is None else one, other, list(words[len(states) :])


def _names_state(word: str) -> bool:
    if is_path(word) and "/" not in word and not word.endswith(".db"):
        return os.path.lexists(word)  # the ids of accounts may have dots
    return is_state(word) or _DATE.match(word) is not None


@contextmanager
def _ledger(env: Environment, one: str, other: str | None) -> Iterator[Ledger]:
    """The ledger that is asked: the one of this run, but where two files are compared."""
    if other is None or not (is_path(one) and is_path(other)):
        with env.ledger() as ledger:
            yield ledger
        return
    given, env.db = env.db, other
    try:
        with env.ledger() as ledger:
            yield ledger
    except LedgerError as error:
        if not isinstance(error, NoSuchAccount):
            error.details.setdefault("other_file", other)
            env.db = given
        raise
