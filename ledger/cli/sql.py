"""``sql``."""

from __future__ import annotations

from typing import Annotated, Final

import typer

from ledger.cli.input_files import read_file
from ledger.cli.options import LedgerCommand, environment, whole_number
from ledger.errors import InvalidQuery

commands = typer.Typer(rich_markup_mode=None)

_LONGEST: Final = 1_000_000
_LONGEST_TIME: Final = 86_400


@commands.command(
    "sql",
    cls=LedgerCommand,
    epilog="""
    \b
    Examples:
      ledger sql "SELECT account, balance, currency FROM accounts"
      ledger sql "SELECT * FROM entries WHERE amount_minor < 0 ORDER BY amount_minor LIMIT 10"
      ledger sql "SELECT * FROM balances('2026-01', '2026-02')" --json
      echo "SELECT count(*) FROM entries" | ledger sql -
    """,
)
def sql(
    ctx: typer.Context,
    query: Annotated[
        str, typer.Argument(metavar="QUERY", help='One SELECT in quotation marks; "-" for stdin.')
    ],
    timeout: Annotated[
        int,
        typer.Option(
            metavar="SECONDS",
            parser=whole_number(1, _LONGEST_TIME),
            help="Give up after so many seconds of work.",
        ),
    ] = 30,
) -> None:
    """Ask the ledger in SQL; nothing can be changed that way.

    The views accounts and entries are never behind the log, event_log is the log itself. The
    functions balances(as_of, known_at) and entries_at(as_of, known_at) look into the past: their
    arguments are times as --as-of and --known-at take them, or NULL, and may be left out. Other
    SQLite tools see the same views, but not the functions.

    Amounts are exact: decimal texts, and whole minor units in the columns that end in _minor, which
    are the ones to add up.

    On a server the same views and functions are asked in PostgreSQL's SQL; best as a role that has
    SELECT alone, since who may read the server's files may do so in a query. What there is to read,
    and more examples: ledger help sql
    """
    env = environment(ctx)
    text = query if query != "-" else _typed_in(read_file("-", _LONGEST))
    with env.ledger() as ledger, ledger.sql(text, timeout=timeout) as answer:
        from ledger.cli.failing import fail
        from ledger.cli.output.sql import show_answer
        from ledger.cli.overdue import Overdue
        from ledger.eventstore.sql_views import took_too_long

        with Overdue(timeout, lambda: fail(env, took_too_long(timeout))) as watched:
            show_answer(env, answer._replace(rows=watched.rows(answer.rows)))


def _typed_in(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if len(content) > _LONGEST:  # it was cut
            return content.decode(errors="replace")
        raise InvalidQuery("the query is no Unicode text", advice="write it in UTF-8") from error
